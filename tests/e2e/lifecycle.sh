#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The life of a container, step by step and at once; what state, list and kill say of it.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

t_run_passes_the_exit_status() {
	bundle sh -c 'exit 7'
	r run "$ID"
	is "$status" 7
}
t_run_passes_output_and_input() {
	bundle cat
	is "$(echo hello | R run "$ID")" hello
}
t_run_leaves_nothing() {
	bundle true
	ok run "$ID"
	is "$(ls -A "$STATE")" ""
}
t_run_killed_by_a_signal_gives_128_and_it() {
	sleeper
	bg run "$ID" </dev/null &
	wait_for is_state "$ID" running
	ok kill "$ID" KILL
	wait $!
	is $? 137
}
t_run_prints_nothing_of_its_own() {
	bundle true
	ok run "$ID"
	is "$output" ""
}
t_run_keep_leaves_a_stopped_container() {
	bundle true
	ok run --keep "$ID"
	is "$(state_of "$ID")" stopped
	ok delete "$ID"
}
t_run_detached_returns_at_once() {
	sleeper
	ok run -d "$ID"
	is "$output" ""
	is "$(state_of "$ID")" running
}
t_create_start_kill_delete() {
	sleeper
	ok create "$ID"
	is "$output" ""
	is "$(state_of "$ID")" created
	ok start "$ID"
	is "$output" ""
	is "$(state_of "$ID")" running
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	ok delete "$ID"
	is "$output" ""
	fails 1 "container does not exist" state "$ID"
}
t_created_program_does_not_run_before_start() {
	bundle sh -c 'echo ran >/out/file'
	mkdir out
	cfg '.mounts += [{destination: "/out", source: "'"$PWD"'/out", options: ["bind"]}]'
	ok create "$ID"
	sleep 0.2
	[ ! -e out/file ] || fail "it ran before start"
	ok start "$ID"
	wait_for test -e out/file
}
t_start_twice_is_an_error() {
	sleeper
	ok run -d "$ID"
	fails 1 "cannot start an already running container" start "$ID"
}
t_start_of_a_stopped_container_is_an_error() {
	bundle true
	ok run --keep "$ID"
	fails 1 "cannot start a container that has stopped" start "$ID"
}
t_start_after_init_was_killed_says_so() {
	sleeper
	ok create "$ID"
	kill -KILL "$(pid_of "$ID")"
	wait_for is_state "$ID" stopped
	fails 1 "cannot start a container that has stopped" start "$ID"
}
t_second_create_of_an_id_fails_cleanly() {
	sleeper
	ok create "$ID"
	fails 1 "container with given ID already exists" create "$ID"
	is "$(state_of "$ID")" created
	fails 1 "container with given ID already exists" run "$ID"
	is "$(state_of "$ID")" created
}
t_of_two_concurrent_creates_one_wins() {
	local i won=0
	sleeper
	for i in 1 2 3 4; do
		(R create "$ID" >"out.$i" 2>&1 </dev/null; echo $? >"rc.$i") &
	done
	wait
	for i in 1 2 3 4; do
		[ "$(cat rc.$i)" != 0 ] || won=$((won + 1))
		[ "$(cat rc.$i)" = 0 ] || has "$(cat out.$i)" "already exists"
	done
	is $won 1
	is "$(state_of "$ID")" created
}
t_delete_of_a_running_container_needs_force() {
	sleeper
	ok run -d "$ID"
	fails 1 "cannot delete container $ID that is not stopped: running" delete "$ID"
	is "$(state_of "$ID")" running
	ok delete --force "$ID"
	fails 1 "container does not exist" state "$ID"
}
t_delete_of_a_created_container() {
	sleeper
	ok create "$ID"
	ok delete "$ID"
	fails 1 "container does not exist" state "$ID"
}
t_delete_of_an_unknown_container() {
	mkdir -p "$STATE" && chmod 700 "$STATE"
	fails 1 "container does not exist" delete "$ID"
	ok delete --force "$ID"
	is "$output" ""
}
t_delete_removes_a_stray_directory() {
	mkdir -p "$STATE/$ID" && chmod 700 "$STATE"
	fails 1 "container does not exist" state "$ID"
	fails 1 "container does not exist" delete "$ID"
	[ ! -e "$STATE/$ID" ] || fail "it is still there"
}
t_delete_twice() {
	sleeper
	ok run -d "$ID"
	ok delete -f "$ID"
	fails 1 "container does not exist" delete "$ID"
	ok delete -f "$ID"
}
t_state_document() {
	sleeper
	cfg '.annotations = {"b.key": "2", "a.key": "one < two"}'
	ok create "$ID"
	is "$(R state "$ID" | jq -c 'keys_unsorted')" '["ociVersion","id","pid","status","bundle","rootfs","created","annotations","owner"]'
	is "$(R state "$ID" | jq -c '[.ociVersion,.id,.status,.bundle,.rootfs,.owner,.annotations]')" \
		'["1.3.0","'"$ID"'","created","'"$BUNDLE"'","'"$BUNDLE"'/rootfs","",{"a.key":"one < two","b.key":"2"}]'
	like "$(R state "$ID" | jq -r .created)" '^20[0-9-]*T[0-9:]*(\.[0-9]*[1-9])?Z$'
	has "$(R state "$ID")" 'one \u003c two'
	[ "$(R state "$ID" | tail -c1)" = "}" ] || fail "state ends with a line feed"
	kill -0 "$(pid_of "$ID")"
}
t_state_of_stopped_has_pid_0() {
	bundle true
	ok run --keep "$ID"
	is "$(pid_of "$ID")" 0
}
t_state_without_annotations_has_no_such_key() {
	sleeper
	ok create "$ID"
	is "$(R state "$ID" | jq 'has("annotations")')" false
}
t_state_file_has_what_others_read() {
	sleeper
	ok run -d "$ID"
	is "$(jq -c '[.id, (.init_process_pid|type), (.init_process_start|type), .config.rootfs]' "$STATE/$ID/state.json")" \
		'["'"$ID"'","number","number","'"$BUNDLE"'/rootfs"]'
	has "$(jq -r '.config.labels[]' "$STATE/$ID/state.json")" "bundle=$BUNDLE"
	is "$(jq -r .namespace_paths.NEWPID "$STATE/$ID/state.json")" "/proc/$(pid_of "$ID")/ns/pid"
	is "$(stat -c %a "$STATE/$ID/state.json")" 600
	is "$(stat -c %a "$STATE/$ID")" 711
	is "$(stat -c %a "$STATE")" 700
}
t_list_as_table() {
	sleeper
	ok run -d "$ID"
	ok list
	like "$output" $'^ID +PID +STATUS +BUNDLE +CREATED +OWNER\n'
	like "$output" "$ID +[0-9]+ +running +$BUNDLE +20[0-9]+-.*Z +$(id -un)"
}
t_list_as_json() {
	sleeper
	ok run -d "$ID"
	ok list --format json
	like "$output" '^\[\{"ociVersion":"1.3.0","id":"'"$ID"'","pid":[0-9]+,"status":"running","bundle":"'
	is "$(echo "$output" | jq -r '.[0].owner')" "$(id -un)"
}
t_list_quiet_and_sorted() {
	sleeper
	ok create "$ID-b"
	ok create "$ID-a"
	ok list -q
	is "$output" "$ID-a
$ID-b"
}
t_list_of_nothing() {
	mkdir -p "$STATE" && chmod 700 "$STATE"
	ok list
	like "$output" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
	ok list -f json
	is "$output" null
	ok list -q
	is "$output" ""
	fails 1 "invalid format option" list -f xml
}
t_list_of_a_missing_root_is_an_error() {
	r list
	is "$status" 1
}
t_list_tells_of_what_it_cannot_load_and_goes_on() {
	sleeper
	ok create "$ID"
	mkdir "$STATE/broken" && echo '{' >"$STATE/broken/state.json"
	ok list -q
	has "$output" "load container broken: "
	has "$output" "$ID"
	rm -r "$STATE/broken"
}
t_kill_sends_sigterm_by_default() {
	bundle sh -c 'trap "exit 42" TERM; while :; do sleep 0.05; done'
	bg run "$ID" >/dev/null 2>&1 </dev/null &
	wait_for is_state "$ID" running
	sleep 0.3
	ok kill "$ID"
	wait $!
	is $? 42
}
t_kill_takes_names_and_numbers() {
	local name
	bundle sh -c 'trap "echo usr1" USR1; while :; do sleep 0.05; done'
	bg run "$ID" >out 2>&1 </dev/null &
	wait_for is_state "$ID" running
	sleep 0.3
	for name in USR1 SIGUSR1 sigusr1 usr1 10; do
		ok kill "$ID" $name
		sleep 0.15
	done
	ok kill "$ID" 9
	wait $!
	is "$(grep -c usr1 out)" 5
}
t_kill_with_an_unknown_signal() {
	sleeper
	ok run -d "$ID"
	fails 1 'unknown signal \"NOPE\"' kill "$ID" NOPE
	r kill "$ID" -9
	is "$status" 1
	is "$(state_of "$ID")" running
}
t_kill_of_a_stopped_container() {
	bundle true
	ok run --keep "$ID"
	fails 1 "container not running" kill "$ID" 0
	ok kill -a "$ID" 0
	ok kill --all "$ID" KILL
}
t_kill_of_an_unknown_container() {
	fails 1 "container does not exist" kill "$ID" KILL
}
t_kill_before_start() {
	sleeper
	ok create "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
}
t_kill_without_own_pid_namespace_reaches_all() {
	needs_root # a user's processes without cgroup cannot be found
	bundle sh -c 'sleep 1000 & echo $! >/tmp/child; exec sleep 1000'
	cfg '.linux.namespaces |= map(select(.type != "pid")) | .root.readonly = false'
	ok run -d "$ID"
	wait_for test -s rootfs/tmp/child
	child=$(cat rootfs/tmp/child)
	ok kill "$ID" KILL
	wait_for is_gone "$child"
	wait_for is_state "$ID" stopped
}
t_orphans_die_with_the_container() {
	bundle sh -c 'sleep 1000 & sleep 1000 & exit 3'
	r run "$ID"
	is "$status" 3
}
t_pid_file() {
	sleeper
	ok run -d --pid-file "$CASE_DIR/pid" "$ID"
	is "$(cat "$CASE_DIR/pid")" "$(pid_of "$ID")"
}
t_pid_file_is_relative_to_the_caller() {
	sleeper
	cd "$CASE_DIR"
	ok create --bundle "$BUNDLE" --pid-file here.pid "$ID"
	is "$(cat here.pid)" "$(pid_of "$ID")"
}
t_pid_file_that_cannot_be_written_fails_and_cleans_up() {
	sleeper
	r run -d --pid-file /no/such/dir/pid "$ID"
	is "$status" 1
	is "$(ls -A "$STATE")" ""
}
t_bundle_option() {
	bundle pwd
	cd /
	is "$(R run -b "$BUNDLE" "$ID")" /
	is "$(R run --bundle="$BUNDLE" "$ID")" /
}
t_flags_after_the_operand() {
	sleeper
	ok run "$ID" -d
	is "$(state_of "$ID")" running
}
t_roots_are_separate() {
	sleeper
	ok run -d "$ID"
	is "$("$RUNC" --root "$CASE_DIR/other" list -q 2>/dev/null)" ""
	has "$(R list)" running
}
t_xdg_runtime_dir_is_the_default_root() {
	needs_user
	mkdir -m 700 xdg
	bundle sleep 1000
	XDG_RUNTIME_DIR=$CASE_DIR/xdg "$RUNC" run -d "$ID" </dev/null
	[ -e "$CASE_DIR/xdg/runc/$ID/state.json" ] || fail "not there"
	is "$(stat -c %a "$CASE_DIR/xdg/runc")" 1700
	XDG_RUNTIME_DIR=$CASE_DIR/xdg "$RUNC" delete -f "$ID"
}
t_root_may_not_be_slash() {
	fails 1 "should not be set to /" --root / list
}
t_signals_to_run_reach_the_program() {
	bundle sh -c 'trap "echo hup" HUP; trap "echo usr2; exit 5" USR2; echo up; while :; do sleep 0.05; done'
	bg run "$ID" >out 2>&1 </dev/null &
	wait_for grep -q up out
	kill -HUP $!
	wait_for grep -q hup out
	kill -USR2 $!
	wait $!
	is $? 5
}
t_create_survives_its_creator() {
	sleeper
	(R create "$ID" </dev/null >/dev/null 2>&1)
	sleep 0.1
	is "$(state_of "$ID")" created
	ok start "$ID"
}
t_created_init_holds_no_host_descriptor() {
	local link bad=
	needs_root # the links of a process that is not dumpable are root's to read
	sleeper
	exec 7</ 8<"$BUNDLE"
	ok create "$ID"
	for fd in /proc/"$(pid_of "$ID")"/fd/*; do
		link=$(readlink "$fd")
		case $link in
		/dev/null | pipe:* | socket:* | "anon_inode:["* | */exec.fifo | / | /proc | /1/task/1/fd | /proc/1/task/1/fd) ;;
		"$CASE_DIR/output") ;;
		*) bad+=" $link" ;;
		esac
	done
	is "$bad" ""
}
t_program_sees_three_descriptors() {
	bundle sh -c 'ls /proc/self/fd | wc -l'
	is "$(R run "$ID" 7</ 8</etc 2>/dev/null)" 4
}
t_closed_stdio_is_no_error() {
	bundle sh -c 'ls /proc/self/fd | wc -l >/tmp/n'
	cfg '.root.readonly = false'
	R run "$ID" <&- >&- 2>&-
	is $? 0
	is "$(cat rootfs/tmp/n)" 4
}
t_ps_as_table_and_json() {
	sleeper
	ok run -d "$ID"
	ok ps "$ID"
	like "$output" $'^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n.*sleep 1000'
	ok ps -f json "$ID"
	is "$output" "[$(pid_of "$ID")]"
	ok ps "$ID" -o pid,comm -e
	like "$output" $'^ *PID +COMMAND\n *'"$(pid_of "$ID")"' +sleep$'
	fails 1 "couldn't find PID field in ps output" ps "$ID" -o comm -e
}
t_ps_among_many_long_words() {
	local words
	sleeper
	words=$(printf 'x%.0s' $(seq 50000))
	mkfifo hold
	# open at both ends from the first: each of them finds its line, and no open has to wait
	exec 5<>hold
	for _ in 1 2 3; do
		sh -c 'read -r _ <"$0"; :' hold "$words" &
	done
	ok run -d "$ID"
	ok ps "$ID"
	has "$output" "sleep 1000"
	printf '\n\n\n' >&5
	wait
	exec 5>&-
}
t_ps_of_a_stopped_container() {
	bundle true
	ok run --keep "$ID"
	ok ps -f json "$ID"
	is "$output" null
}
t_two_hundred_containers_leave_nothing() {
	local i
	bundle true
	for i in $(seq 100); do
		R run "$ID-$i" </dev/null >/dev/null 2>&1 &
		R run "$ID-x$i" </dev/null >/dev/null 2>&1 || fail "container $i failed"
		wait $! || fail "container $i failed"
	done
	is "$(ls -A "$STATE")" ""
}
# Until its execve init is not dumpable, and an ordinary user's exec may not join it.
t_run_has_started_the_program_when_it_returns() {
	command -v strace >/dev/null || skip "strace is not installed"
	sleeper
	strace -I2 -f -qq -e trace=execve -e inject=execve:delay_enter=500000 -o /dev/null \
		"$RUNC" --root "$STATE" run -d --pid-file pid "$ID" </dev/null >run.out 2>&1 &
	wait_for test -s pid
	ok exec "$ID" true
	ok kill "$ID" KILL
	wait
}
