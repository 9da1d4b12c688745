#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A create that is killed at any of its system calls is removed whole by delete --force.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# How many system calls the host's process makes; then it is killed at each in turn.
every_prefix() { # every_prefix STEP [OPTIONS…]
	local n calls step=$1 left status killed=0 tried=0
	shift
	# there each run costs a quarter of a second
	[ -z "${SANITIZER_DIR:-}" ] || step=$((step * 4))
	strace -o trace -e trace=all "$RUNC" --root "$STATE" create "$@" "$ID" </dev/null >/dev/null 2>&1 || fail "create under strace"
	ok delete --force "$ID"
	calls=$(wc -l <trace)
	[ "$calls" -gt 100 ] || fail "only $calls calls?"
	for n in $(seq 1 "$step" "$calls"); do
		status=0
		ended_at SIGKILL "$n" "$RUNC" --root "$STATE" create "$@" "$ID" </dev/null >/dev/null 2>&1 || status=$?
		tried=$((tried + 1))
		[ $status -ne 137 ] || killed=$((killed + 1))
		R delete --force "$ID" </dev/null >out 2>&1 || fail "killed at call $n: delete: $(cat out)"
		left=$(ls -A "$STATE" 2>/dev/null; find /sys/fs/cgroup -type d -name "$ID" 2>/dev/null)
		[ -z "$left" ] || fail "killed at call $n: left $left"
	done
	# calls are not the same in each run
	[ $((killed * 10)) -ge $((tried * 9)) ] || fail "of $tried only $killed were killed"
	wait_for no_process_of_ours
}
no_process_of_ours() {
	# [s]: grep must not find itself
	! grep -qs "$CASE_DIR/[s]tate" /proc/[0-9]*/cmdline && ! pgrep -x -f "runc-net $ID.*" >/dev/null
}

t_killed_at_each_system_call() {
	command -v strace >/dev/null || skip "strace is not installed"
	sleeper
	every_prefix 1
}
t_killed_at_each_system_call_with_a_user_namespace_and_a_shared_pid_namespace() {
	command -v strace >/dev/null || skip "strace is not installed"
	needs_root
	sleeper
	cfg '.linux.namespaces |= map(select(.type != "pid")) + [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings |
		.mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	chmod 755 "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
	every_prefix 3
}
t_killed_at_each_system_call_on_the_hosts_mounts() {
	command -v strace >/dev/null || skip "strace is not installed"
	needs_root
	sleeper
	cfg '.linux.namespaces |= map(select(.type != "mount")) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
	every_prefix 3
	hasnt "$(cat /proc/self/mountinfo)" "$CASE_DIR"
}
t_killed_at_each_system_call_with_a_network() {
	command -v strace >/dev/null || skip "strace is not installed"
	[ -x "${RUNC%/*}/runc-net" ] || skip "runc-net is not built here (libslirp's headers are missing)"
	sleeper
	every_prefix 3 --network slirp
}
t_init_that_dies_while_it_is_set_up() {
	bundle true
	cfg '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "kill -KILL $PPID"]}]'
	r create "$ID"
	# of its own pid namespace it cannot be killed from inside; then the create succeeds
	[ "$status" = 0 ] || is "$(ls -A "$STATE")" ""
}
t_a_failed_create_leaves_the_id_free() {
	bundle true
	cfg '.hooks.createRuntime = [{path: "/bin/false"}]'
	r create "$ID"
	is "$status" 1
	cfg 'del(.hooks)'
	ok run "$ID"
}
t_an_interrupted_create_is_told_by_list() {
	bundle true
	cfg '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo > '"$PWD"'/here; sleep 1; exec touch '"$PWD"'/done"]}]'
	bg create "$ID" </dev/null >/dev/null 2>&1 &
	wait_for test -e here
	is "$(R list -q 2>&1)" ""
	fails 1 "is in use by another runc" delete "$ID"
	kill -KILL $!
	wait $! 2>/dev/null
	has "$(R list 2>&1)" "a create was interrupted: runc delete --force $ID"
	ok delete --force "$ID"
	wait_for test -e done # a hook outlives a runc that is killed
}
