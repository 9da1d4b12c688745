#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How processes get into a container's cgroup: init at create, others by exec.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

X() { R exec "$@" </dev/null; }
unified() { jq -r '.cgroup_paths[""] // empty' "$STATE/$ID/state.json"; }

# Writing a pid into cgroup.procs costs milliseconds: v2 is entered by birth, v1 by oneself through tasks.
t_no_pid_is_written_to_cgroup_procs() {
	local v1 v2
	command -v strace >/dev/null || skip "strace is not installed"
	needs_root
	sleeper
	# -I2: a signal ends strace, and what it follows goes on
	strace -I2 -f -qq -s 200 -e trace=open,openat,openat2,clone3,write -o trace.create "$RUNC" --root "$STATE" create "$ID" </dev/null >/dev/null 2>&1 &
	wait_for is_state "$ID" created
	sleep 0.2
	kill $!
	wait
	ok start "$ID"
	strace -f -qq -s 200 -e trace=open,openat,openat2,clone3,write -o trace.exec "$RUNC" --root "$STATE" exec "$ID" true </dev/null >/dev/null 2>&1 || fail "exec"
	v2=$([ -n "$(unified)" ] && echo 1 || echo 0)
	v1=$(jq -r '.cgroup_paths | to_entries[] | select(.key != "") | .value' "$STATE/$ID/state.json" | sort -u | wc -l)
	[ $((v1 + v2)) -gt 0 ] || fail "no cgroup"
	for t in create exec; do
		hasnt "$(grep -E 'open.*cgroup\.procs' "trace.$t" | grep -E 'O_WRONLY|O_RDWR')" cgroup.procs
		is "$t $(grep -c 'clone3(.*CLONE_INTO_CGROUP' "trace.$t") born in it" "$t $v2 born in it"
		is "$t $(grep -c 'write([0-9]*, "0", 1)' "trace.$t") entered" "$t $v1 entered"
	done
}

# Puts init into a cgroup below, and gives controllers to those below: then v2 lets nobody else in above.
init_moves() {
	local dir controller
	sleeper
	cfg '.linux.resources = {}'
	ok run -d "$ID"
	dir=$(unified)
	[ -n "$dir" ] || skip "no unified cgroup here"
	for controller in hugetlb memory pids cpu io; do
		! grep -qw $controller "$dir/cgroup.controllers" || break
	done
	mkdir "$dir/init.scope"
	pid_of "$ID" >"$dir/init.scope/cgroup.procs" || fail "cannot move init"
	echo "+$controller" >"$dir/cgroup.subtree_control" 2>/dev/null || skip "no controller to give to cgroups below: $(cat "$dir/cgroup.controllers")"
}
t_where_init_is_now() {
	needs_root
	init_moves
	is "$(X "$ID" cat /proc/self/cgroup | grep '^0:')" "$(X "$ID" cat /proc/1/cgroup | grep '^0:')"
	like "$(X "$ID" cat /proc/self/cgroup)" '(^|[[:space:]])0::(/[^[:space:]]*)?/init.scope($|[[:space:]])'
	has "$(R ps "$ID")" "sleep 1000"
}
t_where_init_is_now_but_not_if_told_where() {
	needs_root
	init_moves
	fails 255 " adding pid " exec --cgroup / "$ID" true
	has "$output" " to cgroups"
	has "$output" "evice or resource busy"
	# one path is for all hierarchies
	jq -r '.cgroup_paths[]' "$STATE/$ID/state.json" | sort -u | while read -r dir; do
		mkdir -p "$dir/init.scope"
		[ ! -e "$dir/cpuset.cpus" ] || for f in cpus mems; do cat "$dir/cpuset.$f" >"$dir/init.scope/cpuset.$f"; done
	done
	like "$(X --cgroup init.scope "$ID" cat /proc/self/cgroup)" '(^|[[:space:]])0::(/[^[:space:]]*)?/init.scope($|[[:space:]])'
}
t_a_cgroup_that_is_not_there() {
	needs_root
	sleeper
	ok run -d "$ID"
	fails 255 " adding pid " exec --cgroup nosuch "$ID" true
	has "$output" " cgroup"
	has "$output" "o such file or directory"
}
