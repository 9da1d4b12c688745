#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Terminals: in the foreground by a real pty, detached by a console socket.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

tty_bundle() {
	bundle "$@"
	cfg '.process.terminal = true'
}
on_pty() { # on_pty PTY-ARGS… -- RUNC-ARGS…
	local a=()
	while [ "$1" != -- ]; do a+=("$1"); shift; done
	shift
	pty "${a[@]}" -- "$RUNC" --root "$STATE" "$@"
}

t_the_two_commands_of_the_readme_give_a_shell() {
	mkdir -p mine && cp -a "$E2E_ROOTFS" mine/rootfs && cd mine
	if [ "$E2E_AS" = root ]; then "$RUNC" spec; else "$RUNC" spec --rootless; fi
	output=$(on_pty -e '# ' -s 'echo in-$((40+2))\n' -e 'in-42' -s 'exit 5\n' -- run "$ID" 2>&1)
	is $? 5
}
t_it_is_a_terminal_of_the_container() {
	tty_bundle sh -c 'for i in 0 1 2; do readlink /proc/self/fd/$i; done; tty'
	output=$(on_pty -- run "$ID" | tr -d '\r')
	is "$output" "/dev/pts/0
/dev/pts/0
/dev/pts/0
/dev/pts/0"
}
t_console_device() {
	tty_bundle sh -c 'stat -c "%F" /dev/console; echo hello >/dev/console'
	output=$(on_pty -- run "$ID" | tr -d '\r')
	is "$output" "character special file
hello"
}
t_controlling_terminal() {
	tty_bundle sh -c 'echo through >/dev/tty; ps -o pid,tty 2>/dev/null | head -2 | tail -1'
	has "$(on_pty -- run "$ID")" through
}
t_window_size_at_start() {
	tty_bundle stty size
	has "$(on_pty -z 33x77 -- run "$ID")" "33 77"
}
t_window_size_changes() {
	tty_bundle sh -c 'stty size; trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.1; done'
	has "$(on_pty -e '24 80' -e ready -z 40x100 -e '40 100' -- run "$ID")" "40 100"
}
t_console_size_of_the_config() {
	tty_bundle stty size
	cfg '.process.consoleSize = {height: 10, width: 110}'
	rm -f out
	fdrecv tty "$CASE_DIR/sock" >out &
	wait_for test -S "$CASE_DIR/sock"
	ok run -d --console-socket "$CASE_DIR/sock" "$ID"
	wait_for grep -q "10 110" out
	wait
}
t_interrupt_key_reaches_the_program() {
	tty_bundle sh -c 'trap "echo got-int; exit 9" INT; echo ready; while :; do sleep 0.1; done'
	output=$(on_pty -e ready -s '\x03' -e got-int -- run "$ID")
	is $? 9
}
t_job_control() {
	tty_bundle sh
	output=$(on_pty -e '# ' -s 'sh -c "echo go\$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x1a' -e Stopped -s 'jobs\n' -e Stopped -s 'kill %1; fg\n' -e Terminated -s 'exit 3\n' -- run "$ID" 2>&1)
	is $? 3
}
t_end_of_file_key_ends_the_shell() {
	tty_bundle sh
	output=$(on_pty -e '# ' -s '\x04' -- run "$ID" 2>&1)
	is $? 0
}
t_caller_terminal_is_restored() {
	tty_bundle true
	output=$(pty -- sh -c "stty -a >before; '$RUNC' --root '$STATE' run '$ID'; stty -a >after" 2>&1)
	is "$(cat after)" "$(cat before)"
	cfg '.process.args = ["/no/such"]'
	output=$(pty -- sh -c "'$RUNC' --root '$STATE' run '$ID'; stty -a >after" 2>&1)
	is "$(cat after)" "$(cat before)"
}
t_all_output_arrives() {
	tty_bundle sh -c 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; echo the-end'
	output=$(on_pty -- run "$ID" | tr -d '\r')
	is "$(echo "$output" | wc -l)" 5001
	is "$(echo "$output" | tail -1)" the-end
}
t_without_a_terminal_of_the_caller_it_is_an_error() {
	tty_bundle true
	fails 1 "open /dev/tty: no such device or address" run "$ID"
	is "$(ls -A "$STATE")" ""
}
t_stdin_may_be_something_else() {
	tty_bundle stty size
	has "$(pty -- sh -c "'$RUNC' --root '$STATE' run '$ID' </dev/null")" "24 80"
}
t_callers_terminal_never_enters_a_container() {
	# terminal: false, run from a terminal: the program has pipes
	bundle sh -c 'test -t 0 || test -t 1 || test -t 2 || echo none; cat'
	output=$(on_pty -e none -s 'typed\n' -e typed -s '\x04' -- run "$ID" 2>&1)
	is $? 0
}
t_redirected_output_from_a_terminal() {
	bundle sh -c 'echo to-file; echo to-terminal >&2'
	output=$(pty -- sh -c "'$RUNC' --root '$STATE' run '$ID' >file")
	is "$(cat file)" to-file
	has "$output" to-terminal
}
t_large_output_through_a_pipe() {
	bundle sh -c 'head -c 3000000 /dev/zero | tr "\0" x; echo; exit 4'
	is "$(R run "$ID" | wc -c)" 3000001
}
t_nobody_reads_the_output() {
	# a blocked reader must not keep signals from getting through
	bundle sh -c 'trap "exit 6" TERM; yes | head -c 300000 & wait; echo done; while :; do sleep 0.1; done'
	mkfifo out
	bg run "$ID" >out </dev/null 2>&1 &
	p=$!
	exec 5<out
	wait_for is_state "$ID" running
	sleep 0.3
	kill -KILL $p
	wait $p 2>/dev/null
	exec 5<&-
	ok delete -f "$ID"
}
t_console_socket_of_create() {
	tty_bundle sh -c 'echo over the socket; tty; sleep 1000'
	fdrecv tty "$CASE_DIR/sock" >out &
	wait_for test -S "$CASE_DIR/sock"
	ok create --console-socket "$CASE_DIR/sock" "$ID"
	ok start "$ID"
	wait_for grep -q "over the socket" out
	has "$(cat out)" "name: /dev/p"
	wait_for grep -q /dev/pts/0 out
	ok delete -f "$ID"
	wait
}
t_console_socket_path_may_be_long_and_relative() {
	local dir
	dir=$(printf 'a%.0s' $(seq 120))
	tty_bundle sh -c 'echo reached; sleep 1000'
	cd "$CASE_DIR" && mkdir -p "$dir"
	(cd "$dir" && exec fdrecv tty s >../out) &
	wait_for test -S "$dir/s"
	ok run -d -b "$BUNDLE" --console-socket "$dir/s" "$ID"
	wait_for grep -q reached out
	ok delete -f "$ID"
	wait
}
t_console_socket_that_nobody_listens_on() {
	tty_bundle true
	fails 1 "connect: no such file or directory" run -d --console-socket "$CASE_DIR/none" "$ID"
	is "$(ls -A "$STATE")" ""
}
t_terminal_without_a_devpts() {
	tty_bundle sh -c 'test -t 0 && echo yes'
	cfg '.mounts |= map(select(.type != "devpts"))'
	has "$(on_pty -- run "$ID")" yes
}
t_exec_with_a_terminal() {
	sleeper
	ok run -d "$ID"
	output=$(on_pty -e '# ' -s 'tty; stty size\n' -e /dev/pts/0 -e '24 80' -s 'exit 8\n' -- exec -t "$ID" sh)
	is $? 8
}
t_exec_with_a_terminal_detached() {
	sleeper
	ok run -d "$ID"
	fdrecv tty "$CASE_DIR/sock" >out &
	wait_for test -S "$CASE_DIR/sock"
	ok exec -d -t --console-socket "$CASE_DIR/sock" "$ID" sh -c 'echo exec over the socket'
	wait
	has "$(cat out)" "exec over the socket"
	fails 255 "cannot allocate tty if runc will detach without setting console socket" exec -d -t "$ID" true
}
t_terminal_belongs_to_the_user() {
	tty_bundle sh -c 'stat -c %u /dev/pts/0'
	if [ "$E2E_AS" = root ]; then
		cfg '.process.user = {uid: 1000, gid: 1000}'
		has "$(on_pty -- run "$ID")" 1000
	else
		has "$(on_pty -- run "$ID")" 0
	fi
}
