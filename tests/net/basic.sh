#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: what goes out, what comes in, and what is there when it is ready.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

t_it_is_all_there_when_it_is_ready() {
	net_up . sh -c 'ip -o addr show eth0; ip route; ip -6 route; cat /sys/class/net/eth0/mtu; ip link show eth0'
	wait "$LAUNCHER"
	out=$(cat "$NET/out")
	has "$out" "inet 10.0.2.100/24"
	has "$out" "inet6 fd00::100/64"
	has "$out" "default via 10.0.2.2 dev eth0"
	has "$out" "default via fd00::2 dev eth0"
	has "$out" "52:54:00:12:34:56"
	wait_for no_helper
}
t_tcp_out() {
	net_up
	is "$(in_c traffic echo tcp $X 8000 hello)" hello
	is "$(in_c traffic echo tcp $X6 8000 hello6)" hello6
	is "$(in_c traffic digest $X 8000 30000000)" "same 30000000"
	is "$(in_c traffic digest $X6 8000 30000000)" "same 30000000"
	net_down
}
t_udp_out() {
	net_up
	is "$(in_c traffic echo udp $X 8000 hello)" hello
	is "$(in_c traffic echo udp $X6 8000 hello6)" hello6
	for size in 1400 1473 9000 60000; do
		is "$(in_c traffic echo udp $X 8000 x$size)" "$size bytes"
	done
	is "$(in_c traffic echo udp $X6 8000 x9000)" "9000 bytes"
	net_down
}
t_ping() {
	net_up
	for to in 10.0.2.2 10.0.2.3 $X; do
		in_c busybox ping -c 1 -W 5 $to || fail "no answer of $to"
	done
	in_c busybox ping -c 1 -W 5 -s 200 $X || fail "no answer to a large one"
	in_c busybox ping -6 -c 1 -W 5 fd00::2 || fail "no answer of fd00::2"
	net_down
}
