#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The life of a container that its config limits: what it may not do, what events says of it, what update
# changes while it runs. All by what the container itself feels.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# limited RESOURCES: runs so, if this caller may limit that; E2E_LIMITS: the caller must
limited() {
	sleeper
	cfg ".linux.resources = $1"
	r run -d "$ID"
	[ "$status" -ne 0 ] || return 0
	[ -z "${E2E_LIMITS:-}" ] || fail "$output"
	case $output in
	*'rootless needs no limits'* | *'could not join or create cgroup'* | *'is not delegated'* | *'is not mounted'*)
		skip "no such limits here: ${output##*linux.resources.}" ;;
	esac
	fail "$output"
}
stats() { R events --stats "$ID" | jq "$@"; }
inside() { r exec "$ID" sh -c "$1"; }

# fits MiB, killed MiB: a process that fills that much memory
fill() { inside "dd if=/dev/zero of=/dev/null bs=${1}M count=1"; }
fits() { fill "$1"; is "$1 MiB: $status" "$1 MiB: 0"; }
killed() { fill "$1"; is "$1 MiB: $status" "$1 MiB: 137"; }

# share: percent of a processor that a busy loop gets, by the clock of its own cgroup
share() {
	local from to start end
	R exec -d "$ID" sh -c 'timeout 3 sh -c "while :; do :; done"' </dev/null
	# the time around both: on a slow machine a share comes out too small, never too large
	start=${EPOCHREALTIME/./} from=$(stats .data.cpu.usage.total)
	sleep 2
	to=$(stats .data.cpu.usage.total) end=${EPOCHREALTIME/./}
	echo $(((to - from) / 10 / (end - start)))
}

t_memory_that_is_not_there_kills_and_events_says_so() {
	limited '{memory: {limit: 33554432, swap: 33554432}}'
	bg events --interval 1h "$ID" </dev/null >out 2>err &
	wait_for eval 'ls -l /proc/$!/fd 2>/dev/null | grep -q timerfd'
	fits 8
	killed 64
	wait_for test -s out
	is "$(cat out)" '{"type":"oom","id":"'"$ID"'"}'
	is "$(state_of "$ID")" running
	ok kill "$ID" KILL
	wait
	ok delete "$ID"
}
t_memory_is_given_and_taken_while_it_runs() {
	limited '{memory: {limit: 33554432, swap: 33554432}}'
	is "$(stats .data.memory.usage.limit)" 33554432
	killed 64
	ok update --memory-swap 134217728 --memory 134217728 "$ID"
	is "$(stats .data.memory.usage.limit)" 134217728
	fits 64
	ok update --memory 33554432 --memory-swap 33554432 "$ID"
	killed 64
}
t_the_101st_process_fails() {
	limited '{pids: {limit: 100}}'
	# init, this shell and 98
	inside 'i=0; while [ $i -lt 150 ]; do sleep 1000 & i=$((i+1)); done; echo 150 run'
	[ "$status" -ne 0 ] || fail "$output"
	has "$output" fork
	is "$(stats '.data.pids | .current, .limit' | paste -sd' ')" "99 100"
	ok update --pids-limit 110 "$ID"
	inside 'sleep 0 & wait; echo runs'
	is "$status, $output" "0, runs"
	is "$(stats .data.pids.limit)" 110
}
t_a_busy_loop_gets_its_share() {
	local little much
	limited '{cpu: {quota: 5000, period: 100000}}'
	little=$(share)
	[ "$(stats .data.cpu.throttling.throttledPeriods)" -gt 0 ] || fail "never held back: $(stats .data.cpu.throttling)"
	ok update --cpu-quota 50000 "$ID"
	much=$(share)
	echo "$little of 5, $much of 50 percent"
	# a busy machine has less to give, and never more
	[ "$little" -le 8 ] || fail "$little percent of a processor, not 5"
	[ "$much" -ge $((2 * little)) ] && [ "$much" -le 58 ] || fail "$much percent of a processor, not 50"
}
t_all_at_once_and_nothing_stays() {
	limited '{memory: {limit: 536870912}, cpu: {quota: 50000, period: 100000}, pids: {limit: 100}}'
	is "$(stats -c '[.data.memory.usage.limit, .data.pids.limit]')" '[536870912,100]'
	fits 64
	ok update --memory 268435456 --pids-limit 50 --cpu-quota 25000 "$ID"
	is "$(stats -c '[.data.memory.usage.limit, .data.pids.limit]')" '[268435456,50]'
	ok delete --force "$ID"
	is "$(find /sys/fs/cgroup -name "*$ID*" 2>/dev/null)" ""
}
