#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the program finds: arguments, environment, ids, limits, privileges.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# A map of several ids where the caller may have them.
many_ids() {
	if [ "$E2E_AS" = root ]; then
		cfg '.linux.namespaces += [{type: "user"}] |
			.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
			.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
		chmod 755 "$CASE_DIR" "$BUNDLE" "$E2E_TMP"
	else
		rm config.json
		"$RUNC" spec --rootless --map-auto
		cfg '.process.terminal = false'
	fi
}
caps() { cfg '.process.capabilities = '"$1"; }

t_arguments_arrive_as_they_are() {
	bundle printf '[%s]' 'a b' '' '$HOME' "it's" '"'
	is "$(R run "$ID")" "[a b][][\$HOME][it's][\"]"
}
t_argv0_is_kept() {
	bundle sh -c 'cat /proc/$$/cmdline | tr "\0" " "'
	has "$(R run "$ID")" "sh -c "
}
t_program_is_searched_in_the_containers_path() {
	bundle tool
	mkdir rootfs/opt
	printf '#!/bin/sh\necho found\n' >rootfs/opt/tool
	chmod 755 rootfs/opt/tool
	cfg '.process.env = ["PATH=/nowhere:/opt"]'
	is "$(R run "$ID")" found
}
t_environment() {
	bundle env
	cfg '.process.env = ["PATH=/bin", "A=1", "B=two words", "A=3", "N=line\nfeed"]'
	r run "$ID"
	has "$output" "A=3"
	hasnt "$output" "A=1"
	has "$output" "B=two words"
	has "$output" "N=line
feed"
}
t_environment_of_the_caller_stays_outside() {
	bundle env
	SECRET=caller r run "$ID"
	hasnt "$output" SECRET
}
t_home_comes_from_the_containers_passwd() {
	bundle sh -c 'echo $HOME'
	is "$(R run "$ID")" /root
	cfg '.process.env += ["HOME="]'
	is "$(R run "$ID")" /root
	cfg '.process.env += ["HOME=/x"]'
	is "$(R run "$ID")" /x
}
t_home_of_an_unknown_user_is_slash() {
	bundle sh -c 'echo $HOME'
	grep -v root: rootfs/etc/passwd >rootfs/etc/p && mv rootfs/etc/p rootfs/etc/passwd
	is "$(R run "$ID")" /
}
t_working_directory() {
	bundle pwd
	cfg '.process.cwd = "/tmp"'
	is "$(R run "$ID")" /tmp
}
t_working_directory_is_made() {
	bundle sh -c 'pwd; stat -c %a .'
	cfg '.process.cwd = "/new/dir"'
	is "$(R run "$ID")" "/new/dir
755"
}
t_working_directory_that_is_a_file() {
	bundle pwd
	cfg '.process.cwd = "/etc/passwd"'
	fails 1 'chdir to cwd (\"/etc/passwd\") set in config.json failed: not a directory' run "$ID"
}
t_user_and_group() {
	bundle sh -c 'id -u; id -g; grep -E "^(Uid|Gid)" /proc/self/status'
	many_ids
	script 'id -u; id -g; grep -E "^(Uid|Gid)" /proc/self/status'
	cfg '.process.user = {uid: 1000, gid: 100}'
	is "$(R run "$ID" | tr '\t' ' ')" "1000
100
Uid: 1000 1000 1000 1000
Gid: 100 100 100 100"
}
t_supplementary_groups_are_exactly_those_of_the_config() {
	bundle true
	many_ids
	args grep Groups: /proc/self/status
	cfg '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 20]}'
	is "$(R run "$ID" | tr -s '\t ' ' ')" "Groups: 5 20 "
	cfg 'del(.process.user.additionalGids)'
	is "$(R run "$ID" | tr -s '\t ' ' ')" "Groups: "
}
t_unmapped_user_is_a_clear_error() {
	bundle true
	if [ "$E2E_AS" = root ]; then many_ids; fi
	cfg '.process.user.uid = 70000'
	fails 1 "cannot setuid to unmapped uid 70000 in user namespace" run "$ID"
}
t_id_minus_one_is_refused() {
	bundle true
	cfg '.process.user.uid = 4294967295'
	fails 1 "4294967295 is not a user id" run "$ID"
	cfg '.process.user = {uid: 0, gid: 4294967295}'
	fails 1 "4294967295 is not a group id" run "$ID"
}
t_umask() {
	bundle sh -c umask
	is "$(R run "$ID")" 0022
	cfg '.process.user.umask = 63'
	is "$(umask 0; R run "$ID")" 0077
	is "$(umask 0; cfg 'del(.process.user.umask)'; R run "$ID")" 0022
}
t_no_new_privileges() {
	bundle grep NoNewPrivs /proc/self/status
	is "$(R run "$ID" | tr -d '\t ')" NoNewPrivs:1
	cfg '.process.noNewPrivileges = false'
	is "$(R run "$ID" | tr -d '\t ')" NoNewPrivs:0
}
t_capabilities() {
	bundle grep Cap /proc/self/status
	caps '{bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_CHOWN"]}'
	is "$(R run "$ID" | tr -d '\t ' | tr '\n' ' ')" \
		"CapInh:0000000000000000 CapPrm:0000000000000021 CapEff:0000000000000021 CapBnd:0000000000000021 CapAmb:0000000000000000 "
}
t_ambient_capabilities_survive_exec_of_a_user() {
	bundle true
	many_ids
	args grep -E 'CapEff|CapAmb' /proc/self/status
	caps '{bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
	cfg '.process.user = {uid: 1000, gid: 1000}'
	is "$(R run "$ID" | tr -d '\t ' | tr '\n' ' ')" "CapEff:0000000000000020 CapAmb:0000000000000020 "
}
t_a_user_gets_no_capabilities_without_ambient() {
	bundle true
	many_ids
	args grep -E 'CapEff|CapPrm' /proc/self/status
	caps '{bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"]}'
	cfg '.process.user = {uid: 1000, gid: 1000}'
	is "$(R run "$ID" | tr -d '\t ' | tr '\n' ' ')" "CapPrm:0000000000000000 CapEff:0000000000000000 "
}
t_no_capabilities_object_means_none() {
	bundle grep Cap /proc/self/status
	cfg 'del(.process.capabilities)'
	hasnt "$(R run "$ID" | tr -d '\t ' | sed 's/:0000000000000000$/:none/')" ":0"
}
t_unknown_capability_is_a_warning() {
	bundle grep CapEff /proc/self/status
	caps '{bounding: ["CAP_KILL", "CAP_NOPE"], effective: ["CAP_KILL", "CAP_NOPE"], permitted: ["CAP_KILL"]}'
	ok run "$ID"
	has "$output" "ignoring unknown or unavailable capabilities: [CAP_NOPE]"
	has "$output" 0000000000000020
}
t_ambient_that_cannot_be_raised_is_a_warning() {
	bundle true
	caps '{bounding: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
	ok run "$ID"
	has "$output" "can't raise ambient capability CAP_CHOWN: "
}
t_rlimits() {
	bundle sh -c 'ulimit -Hn; ulimit -Sn; ulimit -Sc'
	cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", hard: 200, soft: 100}, {type: "RLIMIT_CORE", hard: 0, soft: 0}]'
	is "$(R run "$ID" | tr '\n' ' ')" "200 100 0 "
}
t_rlimit_of_2_to_the_64_minus_1_is_infinity() {
	bundle sh -c 'ulimit -Hs'
	[ "$(ulimit -Hs)" = unlimited ] || skip "the hard stack limit here is not infinite"
	cfg '.process.rlimits = [{type: "RLIMIT_STACK", hard: 18446744073709551615, soft: 8388608}]'
	# jq 1.6 rounds: write it as text
	sed -i 's/18446744073709552000/18446744073709551615/' config.json
	is "$(R run "$ID")" unlimited
}
t_raising_a_hard_limit_without_the_right_is_a_clear_error() {
	bundle true
	cfg '.process.rlimits = [{type: "RLIMIT_NOFILE", hard: 1048575, soft: 1024}]'
	if [ "$E2E_AS" = root ] && grep -q 'CapEff:.*[4567cdef]ffffff$' /proc/self/status && (ulimit -Hn 1048575) 2>/dev/null; then
		ok run "$ID"
		return
	fi
	fails 1 "RLIMIT_NOFILE: raising the hard limit from $(ulimit -Hn) to 1048575 needs CAP_SYS_RESOURCE: operation not permitted" run "$ID"
	is "$(ls -A "$STATE")" ""
}
t_oom_score_adj() {
	bundle cat /proc/self/oom_score_adj
	cfg '.process.oomScoreAdj = 500'
	is "$(R run "$ID")" 500
}
t_oom_score_adj_that_may_not_be_lowered_is_a_warning() {
	local now
	now=$(cat /proc/self/oom_score_adj)
	bundle cat /proc/self/oom_score_adj
	cfg '.process.oomScoreAdj = -900'
	ok run "$ID"
	case $output in
	-900) ;; # this root may
	*)
		has "$output" "process.oomScoreAdj: lowering it to -900 needs CAP_SYS_RESOURCE"
		has "$output" "
$now"
		;;
	esac
}
t_scheduler() {
	bundle sh -c 'cut -d" " -f19,41 /proc/self/stat'
	cfg '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	is "$(R run "$ID")" "5 3"
	cfg '.process.scheduler = {policy: "SCHED_IDLE"}'
	is "$(R run "$ID" | cut -d' ' -f2)" 5
}
t_scheduler_rules() {
	bundle true
	cfg '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}'
	fails 1 "invalid scheduler.nice: 20" run "$ID"
	cfg '.process.scheduler = {policy: "SCHED_BATCH", priority: 1}'
	fails 1 "scheduler.priority can only be specified for SchedFIFO or SchedRR" run "$ID"
	cfg '.process.scheduler = {policy: "SCHED_NOPE"}'
	fails 1 "invalid scheduler policy: SCHED_NOPE" run "$ID"
}
t_io_priority() {
	bundle ionice -p 1
	cfg '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	has "$(R run "$ID")" "best-effort: prio 6"
	cfg '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}'
	fails 1 "invalid ioPriority.Priority: 8" run "$ID"
}
t_personality() {
	bundle uname -m
	[ "$(uname -m)" = x86_64 ] || skip "known for x86_64 only"
	cfg '.linux.personality = {domain: "LINUX32"}'
	is "$(R run "$ID")" i686
}
t_memory_policy_texts() {
	bundle true
	cfg '.linux.memoryPolicy = {mode: "MPOL_NOPE"}'
	fails 1 "invalid memory policy mode" run "$ID"
	cfg '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0-7"}'
	fails 1 "mode requires 0 nodes but got 8" run "$ID"
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NOPE"]}'
	fails 1 "invalid memory policy flag" run "$ID"
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "4000"}'
	fails 1 "invalid memory policy node" run "$ID"
}
t_memory_policy() {
	bundle cat /proc/self/numa_maps
	cfg '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	[ -e /proc/self/numa_maps ] || skip "this kernel has no NUMA"
	has "$(R run "$ID")" "bind:0"
}
t_affinity_of_the_caller_does_not_leak() {
	bundle grep Cpus_allowed_list /proc/self/status
	is "$(taskset 1 "$RUNC" --root "$STATE" run "$ID" </dev/null | cut -f2)" "$(grep Cpus_allowed_list /proc/1/status | cut -f2)"
}
t_ignored_signals_of_the_caller_do_not_leak() {
	bundle grep -E 'SigIgn|SigBlk' /proc/self/status
	is "$(trap '' PIPE HUP INT; R run "$ID" </dev/null | tr -d '\t ' | tr '\n' ' ')" "SigBlk:0000000000000000 SigIgn:0000000000000000 "
}
t_session_is_its_own() {
	bundle cut '-d ' -f5,6 /proc/1/stat
	is "$(R run "$ID")" "1 1"
}
t_session_keyring_is_its_own() {
	bundle cat /proc/keys
	cfg 'del(.linux.maskedPaths)'
	[ -e /proc/keys ] || skip "this kernel has no keyrings"
	has "$(R run "$ID")" "_ses.$ID-"
	# no hexadecimal digit: the first one's name ends in chance, and it may still be there
	hasnt "$(R run --no-new-keyring "$ID-none")" "_ses.$ID-none"
}
t_preserved_descriptors() {
	bundle sh -c 'cat <&3; cat <&4; ls /proc/self/fd | wc -l'
	echo three >3; echo four >4
	is "$(R run --preserve-fds 2 "$ID" 3<3 4<4 9</dev/null)" "three
four
6"
	fails 1 "unable to stat preserved-fd" run --preserve-fds 3 "$ID"
}
t_socket_activation() {
	bundle sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
	echo three >3
	is "$(bash -c 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" --root "$1" run "$2" 3<3' "$RUNC" "$STATE" "$ID" </dev/null)" "1 1
three"
	# not for us: nothing is passed
	args sh -c 'echo "[$LISTEN_FDS]"'
	is "$(LISTEN_FDS=1 LISTEN_PID=1 R run "$ID" 3<3)" "[]"
}
t_notify_socket() {
	bundle true
	cp "$(command -v fdrecv)" rootfs/bin/
	script 'fdrecv send "$NOTIFY_SOCKET" "READY=1
STATUS=secret"; exec sleep 1000'
	fdrecv notify "$CASE_DIR/host.sock" >got &
	wait_for test -S "$CASE_DIR/host.sock"
	NOTIFY_SOCKET=$CASE_DIR/host.sock r run -d "$ID"
	is "$status" 0
	wait
	is "$(cat got)" "READY=1
MAINPID=$(pid_of "$ID")
BARRIER=1"
}
t_notify_socket_in_the_foreground_and_after_create() {
	bundle true
	cp "$(command -v fdrecv)" rootfs/bin/
	script 'fdrecv send "$NOTIFY_SOCKET" "READY=1"; exec sleep 1000'
	fdrecv notify "$CASE_DIR/host.sock" >got &
	wait_for test -S "$CASE_DIR/host.sock"
	export NOTIFY_SOCKET=$CASE_DIR/host.sock
	bg run "$ID" </dev/null &
	main=$!
	wait_for grep -q BARRIER got
	has "$(cat got)" "MAINPID=$main"
	ok kill "$ID" KILL
	wait
	fdrecv notify "$CASE_DIR/host.sock" >got &
	wait_for test -S "$CASE_DIR/host.sock"
	ok create "$ID"
	ok start "$ID"
	wait
	has "$(cat got)" "MAINPID=$(pid_of "$ID")"
}
t_pidfd_socket() {
	sleeper
	fdrecv pidfd "$CASE_DIR/sock" >out 2>&1 &
	wait_for test -S "$CASE_DIR/sock"
	ok run -d --pidfd-socket "$CASE_DIR/sock" "$ID"
	wait
	is "$(cat out)" "name: standard
pid: $(pid_of "$ID")"
	fails 1 "failed to dail" run -d --pidfd-socket "$CASE_DIR/none" "$ID-2"
}
t_exec_failure_after_start_is_one_line_and_255() {
	bundle /run.sh
	printf '#!/no/such/interpreter\n' >rootfs/run.sh
	chmod 755 rootfs/run.sh
	fails 255 "" run "$ID"
	is "$output" "exec /run.sh: no such file or directory"
}
