#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# events: what a container uses, and that its memory ran out.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# cg CONTROLLER: the container's directory of it, v1's or the unified one; nothing if it has none
cg() { jq -r --arg c "$1" '.cgroup_paths[$c] // .cgroup_paths[""] // empty' "$STATE/$ID/state.json"; }
up() {
	sleeper
	cfg '.root.readonly = false'
	ok run -d "$ID"
	# where nothing was delegated an ordinary user has none: what is said then is a case below
	[ -n "$(cg cpu)" ] || { [ "$E2E_AS" = user ] && exit 78; } || fail "the container has no cgroup"
}
stats() { R events --stats "$ID" | jq -c ".data.$1"; }
# In the background, into the file out; $events is its pid.
watch() {
	local dir
	dir=$(cg memory)
	# else it says that it cannot tell, and goes on
	can_tell=$([ -e "$dir/memory.events" ] || [ -e "$dir/memory.oom_control" ] && echo yes)
	bg events "$@" "$ID" </dev/null >out 2>err &
	events=$!
}
lines() { [ "$(wc -l <out)" -ge "$1" ]; }
# Does runc listen already? It has written nothing yet, so: does it hold its timer?
listens() { ls -l "/proc/$events/fd" 2>/dev/null | grep -q timerfd; }
# ends: with status 0, by itself
ends() {
	wait_for is_gone "$events"
	wait "$events"
	is $? 0
	[ "$can_tell" ] || { is "$(grep -c "no OOM notices: " err)" 1; sed -i '/no OOM notices: /d' err; }
	# a user is told so, always
	[ "$E2E_AS" = root ] || sed -i '/getting OOM notifications may fail/d' err
	is "$(cat err)" ""
}

t_stats_as_clients_match_them() {
	up
	ok events --stats "$ID"
	is "$(wc -l <"$CASE_DIR/output")" 1
	[[ $output == '{"type":"stats","id":"'$ID'","data":{'* ]] || fail "$output"
	is "$(echo "$output" | jq -c 'keys_unsorted, (.data | keys_unsorted)')" '["type","id","data"]
["cpu","cpuset","memory","pids","blkio","hugetlb","intel_rdt","network_interfaces"]'
	is "$(echo "$output" | jq -c '.data | .pids.current, .network_interfaces, .intel_rdt')" "1
null
{}"
}
t_processor_time_grows() {
	local before after
	up
	before=$(stats cpu.usage.total)
	R exec "$ID" sh -c 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done' </dev/null
	after=$(stats cpu.usage.total)
	[ "$after" -gt $((before + 5000000)) ] || fail "$before ns, and after 50000 rounds $after ns"
	[ "$(stats cpu.usage.user)" -gt 0 ] || fail "no time in user mode"
}
t_memory_is_what_its_files_say() {
	local dir
	up
	dir=$(cg memory)
	[ -e "$dir/memory.stat" ] || skip "no memory controller here"
	[ "$(stats memory.usage.usage)" -gt 0 ] || fail "no memory in use"
	is "$(stats memory.raw | jq -r 'keys_unsorted[]')" "$(cut -d' ' -f1 "$dir/memory.stat" | sort)"
	if [ -e "$dir/memory.max" ]; then
		# jq rounds: the text itself
		has "$(R events --stats "$ID")" '"usage":{"limit":18446744073709551615,"usage":'
		echo 100000000 >"$dir/memory.max"
		is "$(stats memory.usage.limit)" 99999744
		is "$(stats memory.kernel)" null
	else
		has "$(R events --stats "$ID")" '"usage":{"limit":9223372036854771712,"usage":'
		echo 100000000 >"$dir/memory.limit_in_bytes"
		is "$(stats memory.usage.limit)" 99999744
		[ "$(stats memory.kernel.usage)" -gt 0 ] || fail "no kernel memory"
	fi
}
t_processes_and_their_limit() {
	local dir
	up
	dir=$(cg pids)
	R exec -d "$ID" sleep 1000 </dev/null
	is "$(stats pids.current)" 2
	[ -e "$dir/pids.max" ] || skip "no pids controller here: its processes were counted"
	# systemd has a limit of its own
	is "$(stats pids.limit)" "$(sed s/max/null/ "$dir/pids.max")"
	echo 77 >"$dir/pids.max"
	is "$(stats pids)" '{"current":2,"limit":77}'
}
t_pressure() {
	up
	[ -e "$(jq -r '.cgroup_paths[""]' "$STATE/$ID/state.json")/cpu.pressure" ] || skip "no pressure is kept here"
	for _ in 1 2 3 4; do
		R exec -d "$ID" sh -c 'timeout 3 sh -c "while :; do :; done"' </dev/null
	done
	sleep 2
	is "$(stats 'cpu.psi.some | keys_unsorted')" '["avg10","avg60","avg300","total"]'
	[ "$(stats cpu.psi.some.total)" -gt 0 ] || fail "four loops, and no pressure"
	stats cpu.psi >psi
	like "$(cat psi)" '"avg10":[0-9]+(\.[0-9]+)?,'
}
t_bytes_read_and_written() {
	local dir
	up
	dir=$(cg blkio)
	[ -e "$dir/io.stat" ] || [ -e "$dir/blkio.throttle.io_serviced" ] || skip "no io controller here"
	# v1 counts for a device once there is a limit for it
	if [ -e "$dir/blkio.throttle.write_bps_device" ]; then
		echo "$(stat -c %Hd:%Ld rootfs) 1000000000" >"$dir/blkio.throttle.write_bps_device" || skip "this disk has no v1 limits"
	fi
	R exec "$ID" sh -c 'dd if=/dev/zero of=/big bs=1M count=4 && sync' </dev/null >dd 2>&1
	# v1 counts a write where it is submitted, v2 needs a file system that says whose it is
	R exec "$ID" sh -c 'dd if=/dev/zero of=/big bs=1M count=4 oflag=direct' </dev/null >dd 2>&1 || skip "no direct writing here: $(cat dd)"
	[ "$(stats blkio.ioServiceBytesRecursive | jq '[.[]? | select(.op == "Write") | .value] | add // 0')" -ge 4194304 ] ||
		fail "4 MiB were written: $(stats blkio); $(cat "$dir"/io.stat "$dir"/blkio.throttle.io_service_bytes 2>/dev/null)"
}
milliseconds() { local t=${EPOCHREALTIME/./}; echo "${t%???}"; }
t_every_interval_without_drift() {
	local n began elapsed
	up
	watch --interval 100ms
	wait_for lines 1
	began=$(milliseconds)
	sleep 2
	n=$(wc -l <out)
	elapsed=$(($(milliseconds) - began))
	# never more than the clock allows; on a machine that is slow enough some ticks fall together
	[ "$n" -le $((elapsed / 100 + 3)) ] && [ "$n" -ge $((elapsed / 200)) ] || fail "$n lines in $elapsed ms"
	ok kill "$ID" KILL
	ends
	is "$(jq -r .type out | sort -u)" stats
}
t_the_first_comes_after_an_interval() {
	up
	watch --interval 1h
	wait_for listens
	sleep 0.3
	ok delete --force "$ID"
	ends
	is "$(cat out)" ""
}
t_ends_when_the_container_has_ended() {
	bundle sh -c "until [ -e /go ]; do sleep 0.05; done"
	ok run -d "$ID"
	# where nothing was delegated an ordinary user has none: what is said then is a case below
	[ -n "$(cg cpu)" ] || { [ "$E2E_AS" = user ] && exit 78; } || fail "the container has no cgroup"
	watch
	wait_for listens
	touch rootfs/go
	ends
}
t_of_a_created_container() {
	sleeper
	ok create "$ID"
	[ -n "$(cg cpu)" ] || exit 78
	is "$(stats pids.current)" 1
	watch --interval 20ms
	wait_for lines 2
	ok delete "$ID"
	ends
}
t_a_reader_that_goes_away() {
	up
	R events --interval 10ms "$ID" </dev/null 2>err | head -2 >out
	is "$(wc -l <out)" 2
}

# limit BYTES: what the kernel grants the container, swap included
limit() {
	local dir
	dir=$(cg memory)
	if [ -e "$dir/memory.max" ]; then
		echo "$1" >"$dir/memory.max" && { [ ! -e "$dir/memory.swap.max" ] || echo 0 >"$dir/memory.swap.max"; }
	elif [ -e "$dir/memory.limit_in_bytes" ]; then
		echo "$1" >"$dir/memory.limit_in_bytes" && { [ ! -e "$dir/memory.memsw.limit_in_bytes" ] || echo "$1" >"$dir/memory.memsw.limit_in_bytes"; }
	else
		skip "no memory controller here"
	fi
}
too_much='dd if=/dev/zero of=/dev/null bs=64M count=1'
eat() {
	# by a process of its own, which is the one that is killed
	R exec "$ID" sh -c "$too_much" </dev/null >dd 2>&1
	is $? 137
}
t_oom() {
	up
	limit 16777216
	watch --interval 1h
	wait_for listens
	eat
	wait_for lines 1
	eat
	wait_for lines 2
	ok kill "$ID" KILL
	ends
	is "$(sort out | uniq -c | tr -s ' ')" ' 2 {"type":"oom","id":"'"$ID"'"}'
}
t_oom_of_init_is_told_before_the_end() {
	bundle sh -c "until [ -e /go ]; do sleep 0.05; done; exec $too_much"
	ok run -d "$ID"
	# where nothing was delegated an ordinary user has none: what is said then is a case below
	[ -n "$(cg cpu)" ] || { [ "$E2E_AS" = user ] && exit 78; } || fail "the container has no cgroup"
	limit 16777216
	watch --interval 1h
	wait_for listens
	touch rootfs/go
	ends
	is "$(cat out)" '{"type":"oom","id":"'"$ID"'"}'
}
t_oom_that_was_before_is_not_told() {
	up
	limit 16777216
	eat
	watch --interval 1h
	wait_for listens
	sleep 0.3
	ok kill "$ID" KILL
	ends
	is "$(cat out)" ""
}

t_of_a_stopped_container() {
	bundle true
	ok run --keep "$ID"
	fails 1 "container with id $ID is not running" events "$ID"
	fails 1 "container with id $ID is not running" events --stats "$ID"
}
t_of_an_unknown_container() {
	fails 1 "container does not exist" events "$ID"
}
t_bad_intervals() {
	up
	fails 1 "duration interval must be greater than 0" events --interval 0s "$ID"
	fails 1 "duration interval must be greater than 0" events --interval -5s "$ID"
	fails 1 'invalid value "5" for flag -interval: time: missing unit in duration "5"' events --interval 5 "$ID"
	fails 1 '\"events\" requires exactly 1 argument(s)' events
}
t_a_container_without_a_cgroup_says_so() {
	needs_user
	sleeper
	ok run -d "$ID"
	[ -z "$(cg cpu)" ] || exit 78 # this user has one
	fails 1 "the container has no cgroup" events --stats "$ID"
	fails 1 "the container has no cgroup" events "$ID"
}
