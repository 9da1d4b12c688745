#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pause and resume: what stands still, and what may be done with it meanwhile.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# A container that counts, into out/count.
counter() {
	bundle sh -c 'n=0; while :; do n=$((n + 1)); echo $n >/out/count; sleep 0.01; done'
	mkdir -p out
	cfg '.mounts += [{destination: "/out", type: "bind", source: "'"$PWD"'/out", options: ["bind", "rw"]}]'
}
count() { cat out/count; }
counts_on() {
	local before
	before=$(count)
	wait_for eval '[ -n "$(count)" ] && [ "$(count)" != "'"$before"'" ]'
}
stands_still() {
	local before
	before=$(count)
	sleep 0.3
	is "$(count)" "$before"
}
running_counter() {
	counter
	ok run -d "$ID"
	needs_cgroup
	wait_for test -s out/count
}
# An ordinary user has a cgroup only where it is given one.
has_cgroup() { jq -e '.cgroup_paths | has("freezer") or has("")' "$STATE/$ID/state.json" >/dev/null; }
needs_cgroup() {
	has_cgroup && return
	R delete --force "$ID"
	exit 78
}

t_pause_and_resume() {
	running_counter
	ok pause "$ID"
	is "$output" ""
	is "$(state_of "$ID")" paused
	stands_still
	ok resume "$ID"
	is "$output" ""
	is "$(state_of "$ID")" running
	counts_on
	ok pause "$ID"
	stands_still
	ok resume "$ID"
	counts_on
}
t_list_and_ps_of_a_paused_container() {
	running_counter
	ok pause "$ID"
	is "$(R list -f json | jq -r '.[0].status')" paused
	like "$(R list)" "$ID +[0-9]+ +paused +"
	has "$(R ps -f json "$ID")" "$(pid_of "$ID")"
	[ "$(pid_of "$ID")" -gt 0 ] || fail "a paused container has its pid"
}
t_pause_of_a_created_container() {
	sleeper
	ok create "$ID"
	needs_cgroup
	ok pause "$ID"
	is "$(state_of "$ID")" paused
	fails 1 "cannot start a container in the paused state" start "$ID"
	ok resume "$ID"
	is "$(state_of "$ID")" created
	ok start "$ID"
	is "$(state_of "$ID")" running
}
t_what_cannot_be_paused_or_resumed() {
	running_counter
	fails 1 "container not paused" resume "$ID"
	ok pause "$ID"
	fails 1 "container not running" pause "$ID"
	is "$(state_of "$ID")" paused
	ok resume "$ID"
	fails 1 "container not paused" resume "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	fails 1 "container not running" pause "$ID"
	fails 1 "container not paused" resume "$ID"
	ok delete "$ID"
	fails 1 "container does not exist" pause "$ID"
	fails 1 "container does not exist" resume "$ID"
}
t_arguments() {
	local c
	for c in pause resume; do
		fails 1 "requires exactly 1 argument(s)" $c
		fails 1 "requires exactly 1 argument(s)" $c a b
		fails 1 "invalid container ID format" $c ../x
	done
}
t_exec_into_a_paused_container() {
	local before
	running_counter
	ok pause "$ID"
	fails 255 "cannot exec in a paused container (use --ignore-paused to override)" exec "$ID" true
	bg exec --ignore-paused "$ID" sh -c 'echo ran >/out/ran; exit 3' </dev/null &
	sleep 0.5
	[ ! -e out/ran ] || fail "it ran in a paused container"
	kill -0 $! || fail "exec did not wait"
	stands_still
	ok resume "$ID"
	wait $!
	is $? 3
	is "$(cat out/ran)" ran
}
t_kill_of_a_paused_container() {
	running_counter
	ok pause "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_another_signal_comes_with_resume() {
	bundle sh -c 'trap "echo term >/out/got; exit 0" TERM; echo 1 >/out/count; while :; do sleep 0.05; done'
	mkdir out
	cfg '.mounts += [{destination: "/out", type: "bind", source: "'"$PWD"'/out", options: ["bind", "rw"]}]'
	ok run -d "$ID"
	needs_cgroup
	wait_for test -s out/count
	ok pause "$ID"
	ok kill "$ID" TERM
	sleep 0.3
	[ ! -e out/got ] || fail "it took a signal while paused"
	is "$(state_of "$ID")" paused
	ok resume "$ID"
	wait_for test -e out/got
	wait_for is_state "$ID" stopped
}
t_kill_of_a_paused_container_that_shares_its_pids() {
	local pids p
	needs_root
	bundle sh -c 'sleep 1000 & sleep 1001 & wait'
	cfg '.linux.namespaces -= [{type: "pid"}]'
	ok run -d "$ID"
	wait_for eval '[ "$(R ps -f json "$ID" | jq length)" = 3 ]'
	pids=$(R ps -f json "$ID" | jq '.[]')
	ok pause "$ID"
	ok kill "$ID" KILL
	for p in $pids; do wait_for is_gone "$p"; done
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_delete_of_a_paused_container() {
	local pid
	running_counter
	pid=$(pid_of "$ID")
	ok pause "$ID"
	fails 1 "cannot delete container $ID that is not stopped: paused" delete "$ID"
	is "$(state_of "$ID")" paused
	stands_still
	ok delete --force "$ID"
	wait_for is_gone "$pid"
	fails 1 "container does not exist" state "$ID"
}
t_delete_of_a_paused_created_container() {
	sleeper
	ok create "$ID"
	needs_cgroup
	ok pause "$ID"
	fails 1 "cannot delete container $ID that is not stopped: paused" delete "$ID"
	ok delete --force "$ID"
}
t_delete_while_an_exec_waits() {
	running_counter
	ok pause "$ID"
	bg exec --ignore-paused "$ID" true </dev/null >exec.out 2>&1 &
	sleep 0.3
	kill -0 $! || fail "exec did not wait"
	ok delete --force "$ID"
	wait $! && fail "exec into a container that was deleted succeeded"
	fails 1 "container does not exist" state "$ID"
}
t_pause_while_it_forks() {
	local i
	bundle sh -c 'for i in 1 2 3 4; do (while :; do /bin/true; done) & done
		n=0; while :; do n=$((n + 1)); echo $n >/out/count; done'
	mkdir out
	cfg '.mounts += [{destination: "/out", type: "bind", source: "'"$PWD"'/out", options: ["bind", "rw"]}]'
	ok run -d "$ID"
	needs_cgroup
	wait_for test -s out/count
	for i in $(seq 20); do
		ok pause "$ID"
		is "$(state_of "$ID")" paused
		[ "$i" != 10 ] || stands_still
		ok resume "$ID"
	done
	counts_on
}
t_what_an_ancestor_does_is_not_a_pause() {
	local parent
	needs_cgroupfs
	needs_root
	counter
	cfg --arg p "/$ID-parent/a" '.linux.cgroupsPath = $p'
	ok run -d "$ID"
	if [ -d "/sys/fs/cgroup/freezer/$ID-parent" ]; then
		parent=/sys/fs/cgroup/freezer/$ID-parent/freezer.state
		echo FROZEN >"$parent"
	else
		parent=/sys/fs/cgroup/$ID-parent/cgroup.freeze
		echo 1 >"$parent"
	fi
	r state "$ID"
	echo THAWED >"$parent" 2>/dev/null || echo 0 >"$parent"
	is "$(echo "$output" | jq -r .status)" running
	ok pause "$ID"
	is "$(state_of "$ID")" paused
	ok delete --force "$ID"
	find /sys/fs/cgroup -depth -type d -name "$ID-parent" -exec rmdir {} +
}
t_a_container_that_stands_still_from_outside_can_be_resumed() {
	local freezer
	needs_root
	running_counter
	freezer=$(jq -r '.cgroup_paths.freezer // empty' "$STATE/$ID/state.json")
	if [ -n "$freezer" ]; then
		echo FROZEN >"$freezer/freezer.state"
	else
		echo 1 >"$(jq -r '.cgroup_paths[""]' "$STATE/$ID/state.json")/cgroup.freeze"
	fi
	is "$(state_of "$ID")" paused
	ok resume "$ID"
	counts_on
}
t_without_a_cgroup_there_is_nothing_to_freeze() {
	needs_user
	counter
	ok run -d "$ID"
	! has_cgroup || { R delete --force "$ID"; exit 78; }
	fails 1 "cannot toggle freezer: cgroups not configured for container" pause "$ID"
	has "$output" "runc pause failure might be caused by lack of full access to cgroups"
	is "$(state_of "$ID")" running
	fails 1 "container not paused" resume "$ID"
}
