#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the common commands cost, counted: processes, execs, system calls, memory. Times are for tests/bench;
# these numbers do not depend on who else uses the machine. A limit is what was counted when it was written and
# a little more: whoever passes it, says why in the commit that raises it.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# trace ARGS…: runc's system calls, those of the container's program included, in $CASE_DIR/calls
trace() {
	local tracer
	command -v strace >/dev/null || skip "strace is missing"
	ldd "$RUNC" 2>&1 | grep -qE 'statically linked|not a dynamic' || skip "linked dynamically, and the counts are of the static one"
	rm -f "$CASE_DIR/pid"
	# -I2: a signal ends it and frees what it follows; by itself it would wait for a created container's init
	strace -I2 -f -qq -e signal=none -o "$CASE_DIR/trace" \
		sh -c 'echo $$ >"$0"; exec "$@"' "$CASE_DIR/pid" "$RUNC" --root "$STATE" "$@" \
		>"$CASE_DIR/output" 2>&1 </dev/null &
	tracer=$!
	wait_for traced_is_over "$tracer"
	kill "$tracer" 2>/dev/null
	wait "$tracer"
	# calls that began, after the shell's: "pid name(…"
	awk -v name="$RUNC" '/execve\(/ && index($0, "execve(\"" name "\"") { on = 1 } on && /^[0-9]+ +[a-z0-9_]+\(/' \
		"$CASE_DIR/trace" >"$CASE_DIR/calls"
	grep -qE "^$(cat "$CASE_DIR/pid") +(exit_group\(0\)|\+\+\+ exited with 0 \+\+\+)" "$CASE_DIR/trace" ||
		fail "strace runc $*: $(cat "$CASE_DIR/output")"
}
traced_is_over() {
	! kill -0 "$1" 2>/dev/null || { [ -s "$CASE_DIR/pid" ] && is_gone "$(cat "$CASE_DIR/pid")"; }
}
calls() { grep -cE "^[0-9]+ +($1)\(" "$CASE_DIR/calls"; }
none() { # none WHAT REGEX: no call matches
	local hits
	hits=$(grep -E "$2" "$CASE_DIR/calls") && fail "$1: $hits"
	return 0
}
at_most() { # at_most LIMIT NUMBER WHAT
	[ "$2" -le "$1" ] || fail "$2 $3, and $1 was the most"
	echo "$2 $3 (at most $1)"
}
# limits FORKS EXECS CALLS: exactly these; the calls at most
limits() {
	is "$(calls 'clone|clone3|fork|vfork') forks" "$1 forks"
	is "$(calls 'execve|execveat') execs" "$2 execs"
	at_most "$3" "$(wc -l <"$CASE_DIR/calls")" "system calls"
	none "slept" ' (nanosleep|clock_nanosleep)\('
	none "waited for a time" ' ((poll|epoll_p?wait)\(.*, [1-9][0-9]*(, NULL, [0-9]+)?(\) +=| <unf)|(ppoll|select|pselect6|epoll_pwait2|futex)\(.*\{tv_sec=)'
	none "used ld.so" '"(/etc/ld\.so\.[a-z]+|[^"]*/ld-linux[^"]*|[^"]*\.so(\.[0-9]+)*)"'
	none "read what NSS or the time zone live by" '"/(etc/(nsswitch\.conf|localtime|host\.conf|resolv\.conf)|usr/share/zoneinfo/[^"]*|(var/)?run/nscd/[^"]*|run/systemd/userdb[^"]*)"'
	# list names the owners; from the file itself, once
	[ "${FUNCNAME[1]}" = t_list ] || none "looked up names" '"/etc/(passwd|group|shadow)"'
}
# Each hierarchy of v1, which a hybrid host has up to a dozen of, costs the same again.
trees() { grep -c ' - cgroup ' /proc/self/mountinfo; }
# As root our own file must be protected from the container: one more exec, of a sealed copy.
seal() { [ "$E2E_AS" = root ] && echo 1 || echo 0; }

t_run() {
	bundle true
	trace run "$ID"
	limits 1 $((2 + $(seal))) $((770 + 28 * $(trees)))
	none "knew of networks" 'runc-net|net\.sock|resolv\.conf|AF_INET|"net"'
}
t_run_with_a_network() {
	[ -x "${RUNC%/*}/runc-net" ] || skip "runc-net is not built here (libslirp's headers are missing)"
	bundle true
	trace run --network slirp "$ID"
	# runc's own; runc-net is a program with costs of its own
	grep -vE "^($(of_runc_net)) " "$CASE_DIR/calls" >"$CASE_DIR/ours" && mv "$CASE_DIR/ours" "$CASE_DIR/calls"
	is "$(calls 'clone|clone3|fork|vfork') forks" "2 forks"
	is "$(calls 'execve|execveat') execs" "$((2 + $(seal))) execs"
	at_most $((1000 + 28 * $(trees))) "$(wc -l <"$CASE_DIR/calls")" "system calls"
}
# The pids that became runc-net, and of what that made.
of_runc_net() {
	awk -v net="${RUNC%/*}/runc-net" '
		/execve\(/ && index($0, "execve(\"" net "\"") { pid[$1] = 1 }
		($1 in pid) && /(clone|clone3|fork|vfork)(\(| resumed).*= [0-9]+$/ { pid[$NF] = 1 }
		END { for (p in pid) { printf "%s%s", sep, p; sep = "|" } }' "$CASE_DIR/trace"
}
t_create_start_delete() {
	bundle true
	trace create "$ID"
	limits 1 $((1 + $(seal))) $((750 + 28 * $(trees)))
	trace start "$ID"
	limits 0 1 80
	wait_for is_state "$ID" stopped
	trace delete "$ID"
	limits 0 1 $((86 + 2 * $(trees)))
}
t_exec() {
	sleeper
	ok run -d "$ID"
	trace exec "$ID" true
	# the first joins the namespaces, the second is in them
	limits 2 $((2 + $(seal))) $((410 + 11 * $(trees)))
}
t_state() {
	sleeper
	ok create "$ID"
	trace state "$ID"
	limits 0 1 60
}
t_kill() {
	sleeper
	ok create "$ID"
	trace kill "$ID" KILL
	limits 0 1 60
}
t_list() {
	local i base
	sleeper
	ok create "$ID-1"
	trace list
	limits 0 1 72
	base=$(wc -l <"$CASE_DIR/calls")
	for i in 2 3 4 5 6; do ok create "$ID-$i"; done
	trace list
	at_most 26 $((($(wc -l <"$CASE_DIR/calls") - base) / 5)) "system calls for one more container"
}
t_resident_memory() {
	case $(ldd "$RUNC") in *san.so*) skip "a sanitizer's shadow is not ours" ;; esac
	local file=$CASE_DIR/rows
	bundle true
	pairbench -n 3 -w 0 -o "$file" "runc=$RUNC --root $STATE run $ID-%d" >/dev/null || fail "run fails"
	at_most 3072 "$(cut -f3 "$file")" "KiB resident"
}
