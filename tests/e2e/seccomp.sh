#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# seccomp: filters by their effect, and the agent of SCMP_ACT_NOTIFY.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

profile() { cfg '.linux.seccomp = '"$1"' | .root.readonly = false'; }
deny() { profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "'"$1"'"'"${2:+, errnoRet: $2}"'}]}'; }
notify() { profile '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "'"$CASE_DIR"'/agent", listenerMetadata: "meta", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'; }
agent() { # agent N: answers N notifications
	rm -f "$CASE_DIR/agent" # of the one before, who no longer listens
	fdrecv agent "$CASE_DIR/agent" "$1" >agent.out 2>&1 &
	wait_for test -S "$CASE_DIR/agent"
}

t_mode_is_filter() {
	bundle grep Seccomp: /proc/self/status
	deny SCMP_ACT_ERRNO
	is "$(R run "$ID" | tr -d '\t ')" Seccomp:2
}
t_errno() {
	bundle mkdir /x
	deny SCMP_ACT_ERRNO
	fails 1 "Operation not permitted" run "$ID"
	deny SCMP_ACT_ERRNO 28
	fails 1 "No space left on device" run "$ID"
	deny SCMP_ACT_ERRNO 0
	ok run "$ID"
	[ ! -e rootfs/x ] || fail "it was made"
}
t_kill() {
	bundle mkdir /x
	deny SCMP_ACT_KILL_PROCESS
	r run "$ID"
	is "$status" 159
	deny SCMP_ACT_KILL
	r run "$ID"
	is "$status" 159
}
t_default_action_errno_with_an_allow_list() {
	# all but mkdir, by names that the kernel has
	bundle sh -c 'mkdir /x; echo $?; echo still here'
	profile "$(jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 1}]}')"
	r run "$ID"
	has "$output" "still here"
}
t_arguments() {
	bundle sh -c 'trap "echo usr1" USR1; trap "echo usr2" USR2; kill -USR1 $$; kill -USR2 $$; echo end'
	profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 12, op: "SCMP_CMP_EQ"}]}]}'
	is "$(R run "$ID" 2>/dev/null)" "usr1
end"
	# all conditions of one rule must hold; another rule for the same call stands beside it
	profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [
		{index: 0, value: 99999999, op: "SCMP_CMP_EQ"}, {index: 1, value: 12, op: "SCMP_CMP_EQ"}]},
		{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 255, valueTwo: 10, op: "SCMP_CMP_MASKED_EQ"}]}]}'
	is "$(R run "$ID" 2>/dev/null)" "usr2
end"
}
t_unknown_syscalls_are_left_out() {
	bundle echo fine
	profile '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call", "mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	is "$(R run "$ID")" fine
}
t_without_no_new_privileges() {
	bundle sh -c 'grep -E "NoNewPrivs|Seccomp:" /proc/self/status; mkdir /x'
	deny SCMP_ACT_ERRNO
	cfg '.process.noNewPrivileges = false'
	r run "$ID"
	has "$(echo "$output" | tr -d '\t ')" "NoNewPrivs:0
Seccomp:2"
	has "$output" "Operation not permitted"
}
t_flags_are_logged_as_scripts_expect() {
	bundle true
	deny SCMP_ACT_ERRNO
	ok --debug run "$ID"
	has "$output" '"seccomp filter flags: 4"'
	cfg '.linux.seccomp.flags = []'
	ok --debug run "$ID"
	has "$output" '"seccomp filter flags: 0"'
	cfg '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]'
	ok --debug run "$ID"
	has "$output" '"seccomp filter flags: 2"'
}
t_foreign_abi_is_killed() {
	bundle true
	profile '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	ok run "$ID"
}
t_hook_under_the_filter() {
	bundle true
	deny SCMP_ACT_KILL_PROCESS
	cfg '.hooks.startContainer = [{path: "/bin/mkdir", args: ["mkdir", "/x"]}]'
	fails 255 "error running startContainer hook" run "$ID"
	has "$output" "bad system call"
}
t_notify() {
	bundle sh -c 'mkdir /x; echo after'
	notify
	agent 1
	r run "$ID"
	wait
	has "$output" "No medium found"
	has "$output" after
	is "$(jq -c '[.ociVersion, .fds, .metadata, .state.id, .state.status, (.pid|type)]' agent.out)" \
		'["1.3.0",["seccompFd"],"meta","'"$ID"'","creating","number"]'
}
t_notify_of_a_created_container() {
	bundle sh -c 'mkdir /x; sleep 1000'
	notify
	agent 1
	ok create "$ID"
	is "$(jq .pid agent.out)" "$(pid_of "$ID")"
	ok start "$ID"
	wait
}
t_notify_without_no_new_privileges() {
	bundle sh -c 'mkdir /x; echo after'
	notify
	cfg '.process.noNewPrivileges = false'
	agent 1
	r run "$ID"
	wait
	has "$output" "No medium found"
}
t_notify_of_exec() {
	sleeper
	notify
	agent 0
	ok run -d "$ID"
	wait
	agent 1
	r exec "$ID" mkdir /y
	wait
	has "$output" "No medium found"
	is "$(jq -r .state.status agent.out)" running
	is "$(jq .state.pid agent.out)" "$(pid_of "$ID")"
}
t_notify_without_an_agent() {
	bundle true
	notify
	fails 1 "failed to connect with seccomp agent" run "$ID"
	is "$(ls -A "$STATE")" ""
	cfg '.linux.seccomp.listenerPath = "agent"'
	fails 1 "linux.seccomp.listenerPath: agent is not absolute" run "$ID"
}
t_listener_path_without_notify_is_ignored() {
	bundle echo fine
	deny SCMP_ACT_ERRNO
	cfg '.linux.seccomp.listenerPath = "/no/such/agent"'
	is "$(R run "$ID")" fine
}
t_the_engines_default_profile() {
	bundle sh -c 'mkdir /x && ls / >/dev/null && (unshare -U true 2>/dev/null || echo denied)'
	cfg --slurpfile p "$E2E_STAGE/data/seccomp-default.json" '.linux.seccomp = $p[0] | .root.readonly = false'
	is "$(R run "$ID")" denied
}
