#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Killing and listing all of a container, by its cgroup.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

shares_pids='.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'

# hide DIR…: from here on runc sees a machine on which these are not mounted.
hide() {
	local d
	for d in "$@"; do
		# the neighbour of this script shows it on the machine as it is
		mountpoint -q "$d" || { [ -n "${E2E_V2:-}" ] && exit 78; } || skip "$d is not there to be hidden"
	done
	cat >"$CASE_DIR/runc" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'umount $* || exit 99; exec "\$0" "\$@"' "$RUNC" "\$@"
	END
	chmod 755 "$CASE_DIR/runc"
	RUNC=$CASE_DIR/runc
}
nobody_is_in_it() { [ "$(R ps -f json "$ID")" = null ]; }

# Eight processes that each live just long enough to start the next, beside an init that shares the host's pids.
relays() {
	bundle sh -c 'for i in 1 2 3 4 5 6 7 8; do sh /relay & done; exec sleep 1000'
	echo 'sh /relay & exit' >rootfs/relay
	cfg "$shares_pids"
	ok run -d "$ID"
	sleep 0.2
	[ "$(R ps -f json "$ID" | jq length)" -ge 5 ] || fail "too few: $(R ps "$ID")"
}
nothing_survives() {
	ok kill "$ID" KILL
	wait_for nobody_is_in_it
	sleep 0.2
	is "$(R ps -f json "$ID")" null
	ok delete "$ID"
}
t_processes_that_fork_all_the_time() {
	needs_root
	relays
	nothing_survives
}
t_processes_that_fork_all_the_time_on_v1_alone() {
	needs_root
	hide /sys/fs/cgroup/unified
	relays
	is "$(jq '.cgroup_paths | has("")' "$STATE/$ID/state.json")" false
	nothing_survives
}
t_processes_that_fork_all_the_time_without_a_freezer() {
	needs_root
	hide /sys/fs/cgroup/unified /sys/fs/cgroup/freezer
	relays
	is "$(jq '.cgroup_paths | has("") or has("freezer")' "$STATE/$ID/state.json")" false
	nothing_survives
}
t_delete_of_processes_that_fork_all_the_time() {
	needs_root
	relays
	ok delete --force "$ID"
}
t_delete_of_processes_that_fork_all_the_time_on_v1_alone() {
	needs_root
	hide /sys/fs/cgroup/unified
	relays
	ok delete --force "$ID"
}
t_those_in_cgroups_below_count_too() {
	local dir pid
	needs_root
	sleeper
	cfg "$shares_pids"
	ok run -d "$ID"
	ok exec -d --pid-file "$CASE_DIR/pid" "$ID" sleep 999
	pid=$(cat "$CASE_DIR/pid")
	jq -r '.cgroup_paths[]' "$STATE/$ID/state.json" | sort -u | while read -r dir; do
		mkdir -p "$dir/a/b"
		[ ! -e "$dir/cpuset.cpus" ] || for sub in a a/b; do
			cat "$dir/cpuset.cpus" >"$dir/$sub/cpuset.cpus"
			cat "$dir/cpuset.mems" >"$dir/$sub/cpuset.mems"
		done
		echo "$pid" >"$dir/a/b/cgroup.procs" || exit 1
	done || fail "cannot move"
	is "$(R ps -f json "$ID" | jq -c sort)" "$(jq -nc "[$pid, $(pid_of "$ID")] | sort")"
	has "$(R ps "$ID")" "sleep 999"
	nothing_survives
}
t_all_is_an_old_word() {
	sleeper
	ok run -d "$ID"
	ok kill --all "$ID" KILL
	wait_for is_state "$ID" stopped
	ok kill -a "$ID" 0
	fails 1 "container not running" kill "$ID" 0
}
is_stopped_by() { # is_stopped_by SIGNAL: a container that waits for its start
	sleeper
	ok create "$ID"
	ok kill "$ID" "$1"
	wait_for is_state "$ID" stopped
	fails 1 "cannot start a container that has stopped" start "$ID"
	ok delete "$ID"
}
# In a pid namespace of its own the kernel would keep these from an init without handlers.
t_created_container_ends_by_sigterm() { is_stopped_by TERM; }
t_created_container_ends_by_sigint() { is_stopped_by INT; }
t_created_container_ends_by_sighup() { is_stopped_by HUP; }
t_created_container_ends_by_sigquit() { is_stopped_by QUIT; }
t_created_container_ends_by_sigterm_under_a_filter() {
	sleeper
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["rt_sigaction", "rt_sigprocmask"], action: "SCMP_ACT_ERRNO"}]}'
	ok create "$ID"
	ok kill "$ID" TERM
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
