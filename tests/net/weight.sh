#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: what it weighs, and that it does not stop and go.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

rss() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }
tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
[ -z "${SANITIZER_DIR:-}" ] || SKIP_WEIGHT="built with sanitizers, which weigh more"

t_at_rest() {
	[ -z "${SKIP_WEIGHT:-}" ] || skip "$SKIP_WEIGHT"
	net_up ".ports = [$(tcp "" 8080 80)]"
	total=$(($(rss "$HELPER_PID") + $(rss "$(main_pid)")))
	echo "# $total kB at rest"
	[ $total -lt 5120 ] || fail "both processes have $total kB"
	net_down
}
t_nine_hundred_connections_at_rest() {
	local total before after
	[ -z "${SKIP_WEIGHT:-}" ] || skip "$SKIP_WEIGHT"
	ulimit -n 4096 2>/dev/null || skip "this shell may not have as many descriptors"
	net_up
	in_c traffic rr $X 8000 1000 >rr.before
	server idle "${IN_C[@]}" traffic idle $X 8000 900
	total=$(($(rss "$HELPER_PID") + $(rss "$(main_pid)")))
	in_c traffic rr $X 8000 1000 >rr.after
	[ $total -lt 30720 ] || fail "both processes have $total kB"
	before=$(cut -d' ' -f2 rr.before) after=$(cut -d' ' -f2 rr.after)
	echo "# $total kB, round trip $before us, then $after us"
	# three times on a machine at rest; this one may be busy
	[ "${after%.*}" -lt $((${before%.*} * 6 + 500)) ] || fail "a round trip took $before us, now $after us"
	net_down
}
t_nine_hundred_published_connections() {
	local total
	[ -z "${SKIP_WEIGHT:-}" ] || skip "$SKIP_WEIGHT"
	ulimit -n 4096 2>/dev/null || skip "this shell may not have as many descriptors"
	net_up ".ports = [$(tcp "" 8080 80)]"
	c_serves s tcp 0.0.0.0 80
	server idle traffic idle 127.0.0.1 8080 900
	total=$(($(rss "$HELPER_PID") + $(rss "$(main_pid)")))
	echo "# $total kB"
	[ $total -lt 10240 ] || fail "both processes have $total kB"
	is "$(ask_control '{"execute":"stats"}' | jq .return.ports[0].active)" 900
	net_down
}
t_a_slow_receiver_gets_its_rate() {
	local got
	net_up '.hostLoopback = true'
	server slow traffic slow 7000 1000 65536
	in_c traffic flood 10.0.2.2 7000 2500
	wait_for grep -q ' ' "$NET/slow"
	got=$(tail -1 "$NET/slow")
	echo "# $got"
	[ "${got%% *}" -gt 300 ] || fail "$got: Mbit/s, longest pause"
	# the known stop is 200 ms; a busy machine has its own
	[ "$(echo "$got" | cut -d' ' -f2 | cut -d. -f1)" -lt 150 ] || fail "$got: Mbit/s, longest pause"
	net_down
}
