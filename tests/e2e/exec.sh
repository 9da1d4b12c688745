#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# exec: one more process, never less confined than the first.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

up() {
	sleeper
	[ $# -eq 0 ] || cfg "$1"
	ok run -d "$ID"
}
X() { R exec "$@" </dev/null; }
process() { # process JSON-additions ARGS…: a process document
	local more=$1
	shift
	jq -n '{cwd: "/", args: $ARGS.positional, env: ["PATH=/bin"]} + '"$more" --args -- "$@" >process.json
}

t_exit_status() {
	up
	X "$ID" sh -c 'exit 42'
	is $? 42
	X "$ID" sh -c 'kill -KILL $$'
	is $? 137
}
t_output_and_input() {
	up
	is "$(echo hello | R exec "$ID" cat)" hello
}
t_flags_end_at_the_id() {
	up
	is "$(X "$ID" echo -t --cwd)" "-t --cwd"
}
t_same_namespaces_as_init() {
	up
	is "$(X "$ID" sh -c 'for n in mnt pid ipc uts; do readlink /proc/self/ns/$n; done')" "$(X "$ID" sh -c 'for n in mnt pid ipc uts; do readlink /proc/1/ns/$n; done')"
	has "$(X "$ID" ps)" "sleep 1000"
}
t_same_cgroup_as_init() {
	needs_root
	up
	is "$(X "$ID" cat /proc/self/cgroup)" "$(X "$ID" cat /proc/1/cgroup)"
}
t_into_a_created_container() {
	sleeper
	ok create "$ID"
	is "$(X "$ID" echo inside)" inside
}
t_into_a_stopped_container() {
	bundle true
	ok run --keep "$ID"
	fails 255 "cannot exec in a stopped container" exec "$ID" true
}
t_into_an_unknown_container() {
	fails 255 "container does not exist" exec "$ID" true
}
t_missing_command() {
	up
	fails 255 "exec args cannot be empty" exec "$ID"
}
t_no_such_program() {
	up
	fails 255 'exec: \"nosuch\": executable file not found in $PATH' exec "$ID" nosuch
	fails 255 'exec: \"/no/such\": stat /no/such: no such file or directory' exec "$ID" /no/such
	fails 255 'is a directory' exec "$ID" /bin
	fails 255 'permission denied' exec "$ID" /etc/passwd
}
t_missing_interpreter_is_one_line() {
	sleeper
	printf '#!/no/such\n' >rootfs/run.sh && chmod 755 rootfs/run.sh
	ok run -d "$ID"
	fails 255 "" exec "$ID" /run.sh
	is "$output" "exec /run.sh: no such file or directory"
}
t_working_directory() {
	up
	is "$(X --cwd /tmp "$ID" pwd)" /tmp
	is "$(X "$ID" pwd)" /
}
t_environment() {
	up '.process.env += ["BASE=1"]'
	is "$(X -e A=b --env C=d,e "$ID" sh -c 'echo $BASE $A $C')" "1 b d,e"
	is "$(X -e BASE=2 "$ID" sh -c 'echo $BASE')" 2
	hasnt "$(SECRET=1 X "$ID" env)" SECRET
}
t_user() {
	needs_root
	up
	is "$(X -u 1000:100 "$ID" sh -c 'id -u; id -g')" "1000
100"
	is "$(X --user 1 "$ID" id -u)" 1
	is "$(X --user 1 --additional-gids 5 -g 6 "$ID" grep Groups /proc/self/status | tr -s '\t ' ' ')" "Groups: 5 6 "
}
t_bad_users() {
	up
	fails 255 "bad uid" exec -u -1 "$ID" true
	fails 255 "bad uid" exec -u 4294967295 "$ID" true
	fails 255 "bad uid" exec -u 4294967296 "$ID" id -u
	fails 255 "bad uid" exec -u root "$ID" true
	fails 255 "bad gid" exec -u 1:x "$ID" true
	fails 255 "bad gid" exec -u 1: "$ID" true
	fails 255 "additional-gids must be a positive number" exec -g -5 "$ID" true
}
t_capabilities_are_those_of_the_container() {
	up
	is "$(X "$ID" grep CapEff /proc/self/status)" "$(X "$ID" grep CapEff /proc/1/status)"
	is "$(X "$ID" grep CapInh /proc/self/status | tr -d '\t ')" CapInh:0000000000000000
}
t_added_capabilities() {
	up
	has "$(X --cap CAP_SYS_CHROOT "$ID" grep -E 'CapEff|CapBnd' /proc/self/status)" "0000000020040420"
	is "$(X --cap CAP_SYS_CHROOT "$ID" grep -E 'CapInh|CapAmb' /proc/self/status | tr -d '\t ' | tr '\n' ' ')" \
		"CapInh:0000000000000000 CapAmb:0000000000000000 "
}
t_no_new_privileges_is_inherited() {
	up
	is "$(X "$ID" grep NoNewPrivs /proc/self/status | tr -d '\t ')" NoNewPrivs:1
	is "$(X --no-new-privs=false "$ID" grep NoNewPrivs /proc/self/status | tr -d '\t ')" NoNewPrivs:0
	process '{}' grep NoNewPrivs /proc/self/status
	is "$(X -p process.json "$ID" | tr -d '\t ')" NoNewPrivs:1
	process '{noNewPrivileges: false}' grep NoNewPrivs /proc/self/status
	is "$(X -p process.json "$ID" | tr -d '\t ')" NoNewPrivs:0
}
t_rlimits_are_inherited() {
	up '.process.rlimits = [{type: "RLIMIT_NOFILE", hard: 300, soft: 200}]'
	is "$(X "$ID" sh -c 'ulimit -Hn; ulimit -Sn')" "300
200"
	process '{}' sh -c 'ulimit -Sn'
	is "$(X -p process.json "$ID")" 200
	process '{rlimits: [{type: "RLIMIT_NOFILE", hard: 100, soft: 90}]}' sh -c 'ulimit -Sn'
	is "$(X -p process.json "$ID")" 90
}
t_umask_is_the_containers() {
	up '.process.user.umask = 63'
	is "$(X "$ID" sh -c umask)" 0077
	process '{user: {uid: 0, gid: 0, umask: 0}}' sh -c umask
	is "$(X -p process.json "$ID")" 0077
}
t_seccomp_applies_too() {
	up '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]} | .root.readonly = false'
	r exec "$ID" mkdir /x
	is "$status" 1
	has "$output" "Function not implemented"
}
t_keyring_is_the_containers() {
	[ -e /proc/keys ] || skip "this kernel has no keyrings"
	up 'del(.linux.maskedPaths)'
	has "$(X "$ID" cat /proc/keys)" "_ses.$ID"
}
t_process_document() {
	up
	process '{cwd: "/tmp", env: ["PATH=/bin", "X=1"]}' sh -c 'pwd; echo $X; echo $HOME'
	is "$(X --process process.json "$ID")" "/tmp
1
/root"
}
t_process_document_from_a_pipe() {
	up
	process '{}' echo piped
	is "$(R exec -p <(cat process.json) "$ID")" piped
}
t_process_document_ignores_other_options() {
	up
	process '{}' sh -c 'pwd; echo "[$A]"'
	is "$(X -p process.json --cwd /tmp -e A=1 "$ID")" "/
[]"
}
t_bad_process_documents() {
	up
	echo '{' >process.json
	fails 255 "process.json: line" exec -p process.json "$ID"
	echo '{"cwd": "/", "args": "sh"}' >process.json
	fails 255 "process.json: args: expected an array, not a string" exec -p process.json "$ID"
	echo '{"cwd": "tmp", "args": ["sh"]}' >process.json
	fails 255 "Cwd must be an absolute path" exec -p process.json "$ID"
	echo '{"cwd": "/", "args": []}' >process.json
	fails 255 "args must not be empty" exec -p process.json "$ID"
	fails 255 "open /no/such" exec -p /no/such "$ID"
}
t_config_is_the_one_it_was_created_with() {
	up '.process.env += ["WHEN=created"]'
	cfg '.process.env += ["WHEN=later"] | .linux.seccomp = {defaultAction: "nonsense"}'
	is "$(X "$ID" sh -c 'echo $WHEN')" created
	rm config.json
	is "$(X "$ID" sh -c 'echo $WHEN')" created
}
t_detached() {
	up
	ok exec -d --pid-file "$CASE_DIR/pid" "$ID" sleep 500
	is "$output" ""
	has "$(tr '\0' ' ' <"/proc/$(cat "$CASE_DIR/pid")/cmdline")" "sleep 500"
	has "$(X "$ID" ps)" "sleep 500"
}
t_pid_file_that_cannot_be_written() {
	up
	fails 255 "open /no/such/pid" exec --pid-file /no/such/pid "$ID" true
}
t_descriptors() {
	up
	is "$(R exec "$ID" sh -c 'ls /proc/self/fd | wc -l' 7</ 8</etc)" 4
	echo three >3
	is "$(R exec --preserve-fds 1 "$ID" cat /proc/self/fd/3 3<3)" three
}
t_signals_reach_the_process() {
	up
	bg exec "$ID" sh -c 'trap "exit 12" USR1; echo up; while :; do sleep 0.05; done' >out </dev/null &
	wait_for grep -q up out
	kill -USR1 $!
	wait $!
	is $? 12
}
t_pidfd_socket() {
	up
	fdrecv pidfd "$CASE_DIR/sock" >out &
	wait_for test -S "$CASE_DIR/sock"
	ok exec -d --pid-file "$CASE_DIR/pid" --pidfd-socket "$CASE_DIR/sock" "$ID" sleep 500
	wait
	is "$(cat out)" "name: setns
pid: $(cat "$CASE_DIR/pid")"
}
t_sub_cgroup_rules() {
	needs_root
	up
	fails 255 "bad sub cgroup path: ../.." exec --cgroup ../.. "$ID" true
	fails 255 "invalid --cgroup argument: :x (empty <controller> prefix)" exec --cgroup :x "$ID" true
	fails 255 "missing <controller>: prefix" exec --cgroup a --cgroup b "$ID" true
	fails 255 "specified multiple times" exec --cgroup pids:a --cgroup pids:b "$ID" true
	fails 255 "unknown controller nope" exec --cgroup nope:a "$ID" true
	fails 255 "o such file or directory" exec --cgroup nosuch "$ID" true
}
t_sub_cgroup() {
	needs_root
	up
	find /sys/fs/cgroup -type d -name "$ID" | while read -r d; do mkdir "$d/sub"; done
	find /sys/fs/cgroup/cpuset -type d -name sub -path "*$ID*" 2>/dev/null | while read -r d; do
		cat "$d/../cpuset.cpus" >"$d/cpuset.cpus"
		cat "$d/../cpuset.mems" >"$d/cpuset.mems"
	done
	has "$(X --cgroup sub "$ID" cat /proc/self/cgroup)" "$ID/sub"
	has "$(X --cgroup / "$ID" cat /proc/self/cgroup)" "/$ID"
}
t_debug_lines_that_others_look_for() {
	up
	ok --debug exec "$ID" true
	has "$output" "nsexec container setup"
	has "$output" "child process in init()"
	has "$output" "setns_init: about to exec"
	process '{execCPUAffinity: {initial: "0"}}' true
	ok --debug exec -p process.json "$ID"
	like "$output" 'nsexec.*: affinity: 0x1"'
}
t_cpu_affinity() {
	[ "$(nproc)" -gt 1 ] || skip "one processor"
	up '.process.execCPUAffinity = {initial: "0", final: "1"}'
	is "$(X "$ID" grep Cpus_allowed_list /proc/self/status | cut -f2)" 1
	process '{execCPUAffinity: {initial: "0"}}' grep Cpus_allowed_list /proc/self/status
	is "$(X -p process.json "$ID" | cut -f2)" 0
	process '{execCPUAffinity: {initial: "a-b"}}' true
	fails 255 "bad CPUAffinity.Initial" exec -p process.json "$ID"
}
t_without_own_mount_namespace_entries() {
	# a namespace that the container does not have is not joined
	sleeper
	cfg '.linux.namespaces |= map(select(.type != "uts")) | del(.hostname)'
	ok run -d "$ID"
	is "$(X "$ID" readlink /proc/self/ns/uts)" "$(ns_of self uts)"
}
t_many_at_once() {
	local i
	up
	for i in $(seq 20); do
		(X "$ID" echo "$i" >"out.$i") &
	done
	wait
	is "$(cat out.* | sort -n | tr '\n' ' ')" "$(seq 20 | tr '\n' ' ')"
}
t_init_dies_meanwhile() {
	up
	# not the sleep of the container itself, nor an exec that is still on its way
	bg exec "$ID" sleep 1001 </dev/null &
	wait_for sh -c "'$RUNC' --root '$STATE' ps '$ID' -ef | grep -q 'sleep 1001' && [ \$('$RUNC' --root '$STATE' ps -f json '$ID' | tr ',' '\n' | wc -l) = 2 ]"
	ok kill "$ID" KILL
	wait $!
	is $? 137
}
