#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: what a container may reach, also by frames that its kernel would not send.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

mac=52:54:00:12:34:56
tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
udp() { echo "{protocol: \"udp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
h_serves() { # h_serves NAME WORDS…: in H
	local name=$1
	shift
	server "$name" traffic serve "$@"
}
syn() { in_c traffic syn eth0 $mac "$@"; }
# all_nothing ADDR…: a second for all of them; whoever hears an answer shows that there was one
all_nothing() {
	local to pids=()
	for to; do
		syn "$to" 7000 >"$NET.syn.$to" &
		pids+=($!)
	done
	wait "${pids[@]}"
	for to; do is "$to $(cat "$NET.syn.$to")" "$to nothing"; done
}
# all_silent "WORDS…"…: echoes that do not come, and that are waited for together
all_silent() {
	local what pids=()
	for what; do
		# shellcheck disable=SC2086
		quick $what >"$NET.silent.$what" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	for what; do is "$what: $(cat "$NET.silent.$what")" "$what: "; done
}
quick() { timeout 3 "${IN_C[@]}" traffic echo "$@"; }

t_loopback_of_the_host_is_closed() {
	h_serves four tcp 127.0.0.1 7000
	h_serves six tcp ::1 7000
	h_serves u udp 127.0.0.1 7001
	net_up
	has "$(quick tcp 10.0.2.2 7000 a)" refused
	has "$(quick tcp fd00::2 7000 a)" refused
	is "$(quick udp 10.0.2.2 7001 a)" ""
	# libslirp takes any address of the network for it
	is "$(quick tcp fd00::77 7000 a)" ""
	# frames by hand, as a container with CAP_NET_RAW sends them
	is "$(syn $X 8000)" connected
	all_nothing 127.0.0.1 127.1.2.3 0.0.0.0 255.255.255.255 10.0.2.255 ::1 :: ::ffff:127.0.0.1 ff02::1
	is "$(syn 10.0.2.2 7000)" reset
	is "$(syn fd00::2 7000)" reset
	is "$(syn fd00::99 7000)" reset
	is "$(grep -c peer "$NET/four")" 0
	is "$(grep -c peer "$NET/six")" 0
	is "$(grep -c peer "$NET/u")" 0
	net_down
}
t_loopback_of_the_host_is_open() {
	h_serves four tcp 127.0.0.1 7000
	h_serves six tcp ::1 7000
	h_serves u udp 127.0.0.1 7001
	net_up '.hostLoopback = true'
	is "$(quick tcp 10.0.2.2 7000 a)" a
	is "$(quick tcp fd00::2 7000 b)" b
	is "$(quick udp 10.0.2.2 7001 c)" c
	# by its own name, not by others
	is "$(syn 127.0.0.1 7000)" nothing
	is "$(syn fd00::99 7000)" reset
	net_down
}
t_single_ports_of_the_host() {
	h_serves a tcp 127.0.0.1 7000
	h_serves b tcp 127.0.0.1 7001
	h_serves six tcp ::1 7000
	h_serves u udp 127.0.0.1 7002
	h_serves v udp 127.0.0.1 7003
	net_up '.hostPorts = [{protocol: "tcp", port: 7000}, {protocol: "udp", port: 7002}]'
	is "$(quick tcp 10.0.2.2 7000 a)" a
	is "$(quick tcp fd00::2 7000 six)" six
	is "$(quick udp 10.0.2.2 7002 u)" u
	has "$(quick tcp 10.0.2.2 7001 b)" refused
	all_silent "udp 10.0.2.2 7003 v" "udp 10.0.2.2 7000 v"
	has "$(quick tcp fd00::2 7001 b)" refused
	is "$(syn fd00::77 7000)" reset
	is "$(in_c traffic echo tcp $X 8000 out)" out
	is "$(grep -c peer "$NET/b" "$NET/v" | tr '\n' ' ')" "$NET/b:0 $NET/v:0 "
	net_down
}
t_restricted() {
	h_serves a tcp 127.0.0.1 7000
	net_up ".restrict = true | .hostPorts = [{protocol: \"tcp\", port: 7000}] | .ports = [$(tcp "" 8080 80), $(udp "" 8081 81), {protocol: \"tcp\", host: \"\", hostPort: 8082, guestPort: 80, path: \"slirp\"}]"
	c_serves s tcp :: 80
	c_serves u udp :: 81
	has "$(quick tcp $X 8000 a)" refused
	has "$(quick tcp $X6 8000 a)" refused
	is "$(quick udp $X 8000 a)" ""
	in_c busybox ping -c 1 -W 1 $X && fail "ping goes out"
	in_c busybox ping -c 1 -W 5 10.0.2.2 || fail "the gateway does not answer"
	has "$(timeout 3 "${IN_C[@]}" traffic ask 10.0.2.3 web.test tcp)" refused
	# what was asked for goes in, and its answers out
	is "$(x_says echo tcp $H 8080 tcp)" tcp
	is "$(x_says echo udp $H 8081 udp)" udp
	is "$(traffic echo udp 127.0.0.1 8081 near)" near
	is "$(x_says echo tcp $H 8082 slirp)" slirp
	is "$(quick tcp 10.0.2.2 7000 host)" host
	net_down
}
t_urgent_bytes_are_ordinary_ones() {
	net_up
	is "$(in_c traffic urgent $X 8000)" "abc"
	net_down
}
t_noise() {
	local seed
	net_up
	# for an hour of it: E2E_ONLY=noise NOISE=2000
	for seed in $(seq "${NOISE:-3}"); do in_c traffic noise eth0 $seed 4000; done
	is "$(in_c traffic echo tcp $X 8000 alive)" alive
	is "$(in_c traffic echo udp $X 8000 alive)" alive
	in_c ip link set eth0 down
	in_c ip link set eth0 up
	in_c ip route replace default via 10.0.2.2
	is "$(in_c traffic echo tcp $X 8000 alive)" alive
	net_down
}
t_offloads_of_the_container() {
	command -v ethtool >/dev/null || skip "ethtool is missing"
	net_up
	for feature in tso gso gro tx sg; do
		in_c ethtool -K eth0 $feature off >/dev/null 2>&1
		is "$(in_c traffic digest $X 8000 1000000)" "same 1000000"
	done
	for feature in tx sg tso gso gro; do in_c ethtool -K eth0 $feature on >/dev/null 2>&1; done
	in_c ethtool -K eth0 tx-udp-segmentation on >/dev/null 2>&1
	is "$(in_c traffic digest $X 8000 1000000)" "same 1000000"
	is "$(in_c traffic echo udp $X 8000 x9000)" "9000 bytes"
	net_down
}
