#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: published ports, and who is seen at the other end.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

# port JSON…: as a filter of the launch message
port() { local IFS=,; echo ".ports = [$*]"; }
tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3${4:+, $4}}"; }
udp() { echo "{protocol: \"udp\", host: \"$1\", hostPort: $2, guestPort: $3${4:+, $4}}"; }
# The last client that a server of this case saw.
last_peer() { awk '/^peer/ { p = $2 } END { print p }' "$NET/$1"; }
# saw SERVER ADDRESS
saw() { is "$(last_peer "$1")" "$2"; }

t_tcp_from_far_and_near() {
	net_up "$(port "$(tcp "" 8080 80)")"
	c_serves s tcp 0.0.0.0 80
	is "$(x_says echo tcp $H 8080 far)" far
	saw s $X
	is "$(traffic echo tcp 127.0.0.1 8080 near)" near
	saw s 10.0.2.2
	is "$(traffic echo tcp $H 8080 lan)" lan
	saw s $H
	is "$(x_says digest $H 8080 50000000)" "same 50000000"
	is "$(traffic digest 127.0.0.1 8080 50000000)" "same 50000000"
	net_down
}
t_tcp6_from_far_and_near() {
	net_up "$(port "$(tcp "" 8080 80)")"
	c_serves s tcp :: 80
	is "$(x_says echo tcp $H6 8080 far)" far
	saw s $X6
	is "$(traffic echo tcp ::1 8080 near)" near
	saw s fd00::2
	is "$(x_says echo tcp $H 8080 four)" four
	saw s $X
	is "$(x_says digest $H6 8080 20000000)" "same 20000000"
	net_down
}
t_a_server_of_one_family_serves_both() {
	net_up "$(port "$(tcp "" 8080 80)")"
	c_serves s tcp 0.0.0.0 80
	is "$(x_says echo tcp $H6 8080 six-to-four)" six-to-four
	saw s 10.0.2.2
	is "$(traffic echo tcp ::1 8080 again)" again
	net_down
}
t_tcp_by_libslirp() {
	net_up "$(port "$(tcp "" 8080 80 'path: "slirp"')" "$(tcp 127.0.0.1 8081 80 'path: "slirp"')")"
	c_serves s tcp :: 80
	is "$(x_says echo tcp $H 8080 far)" far
	saw s $X
	is "$(x_says echo tcp $H6 8080 six)" six
	saw s $X6
	is "$(traffic echo tcp 127.0.0.1 8081 near)" near
	saw s 10.0.2.2
	is "$(x_says digest $H 8080 20000000)" "same 20000000"
	is "$(x_says burst $H 8080 200 | cut -d' ' -f1)" 200
	net_down
}
t_rp_filter_does_not_matter() {
	local rp
	net_up "$(port "$(tcp "" 8080 80)" "$(udp "" 8080 80)")"
	c_serves s tcp :: 80
	c_serves u udp :: 80
	for rp in 0 1 2; do
		in_c sysctl -qw net.ipv4.conf.all.rp_filter=$rp net.ipv4.conf.default.rp_filter=$rp net.ipv4.conf.eth0.rp_filter=$rp
		is "$(x_says echo tcp $H 8080 "t$rp")" "t$rp"
		saw s $X
		is "$(x_says echo udp $H 8080 "u$rp")" "u$rp"
		saw u $X
		is "$(x_says echo tcp $H6 8080 "t6$rp")" "t6$rp"
		saw s $X6
		is "$(x_says echo udp $H6 8080 "u6$rp")" "u6$rp"
		saw u $X6
	done
	net_down
}
t_udp_from_far_and_near() {
	net_up "$(port "$(udp "" 5353 53)")"
	c_serves s udp 0.0.0.0 53
	is "$(x_says echo udp $H 5353 far)" far
	saw s $X
	is "$(traffic echo udp 127.0.0.1 5353 near)" near
	saw s 10.0.2.2
	# the one does not disturb the other
	is "$(x_says echo udp $H 5353 far2)" far2
	is "$(traffic echo udp 127.0.0.1 5353 near2)" near2
	for size in 1473 9000 60000; do
		is "$(x_says echo udp $H 5353 x$size)" "$size bytes"
	done
	net_down
}
t_udp6() {
	net_up "$(port "$(udp "" 5353 53)")"
	c_serves s udp :: 53
	is "$(x_says echo udp $H6 5353 far)" far
	saw s $X6
	is "$(traffic echo udp ::1 5353 near)" near
	saw s fd00::2
	is "$(x_says echo udp $H6 5353 x9000)" "9000 bytes"
	net_down
}
t_two_hundred_at_once() {
	local got
	net_up "$(port "$(tcp "" 8080 80)")"
	c_serves s tcp 0.0.0.0 80
	for from in "traffic burst 127.0.0.1" "x_says burst $H"; do
		for n in 20 200; do
			got=$($from 8080 $n)
			is "${got% *}" $n
			# a loaded machine is slow; a lost SYN is a second
			[ "${got#* }" -lt 1000 ] || fail "the last of $n came after ${got#* } ms"
		done
	done
	net_down
}
t_ports_of_the_kernels_choice() {
	net_up "$(port "$(tcp 127.0.0.1 0 80)" "$(udp "" 0 81)" "$(tcp "" 0 80)")"
	c_serves s tcp 0.0.0.0 80
	c_serves u udp 0.0.0.0 81
	is "$(traffic echo tcp 127.0.0.1 "$(host_port 0)" one)" one
	is "$(traffic echo udp 127.0.0.1 "$(host_port 1)" two)" two
	is "$(x_says echo tcp $H "$(host_port 2)" three)" three
	net_down
}
t_where_it_was_asked_to_listen() {
	net_up "$(port "$(tcp 127.0.0.1 8080 80)" "$(tcp $H 8081 80)" "$(tcp ::1 8082 80)" "$(tcp $H6 8083 80)")"
	c_serves s tcp :: 80
	is "$(traffic echo tcp 127.0.0.1 8080 a)" a
	is "$(x_says echo tcp $H 8081 b)" b
	is "$(traffic echo tcp ::1 8082 c)" c
	is "$(x_says echo tcp $H6 8083 d)" d
	has "$(x_says echo tcp $H 8080 e)" refused
	has "$(traffic echo tcp 127.0.0.1 8081 e)" refused
	net_down
}
t_nobody_listens_inside() {
	net_up "$(port "$(tcp "" 8080 80)")"
	# accepted, then reset: what every proxy does
	like "$(x_says echo tcp $H 8080 x)" 'reset by peer|refused'
	c_serves s tcp 0.0.0.0 80
	is "$(x_says echo tcp $H 8080 y)" y
	net_down
}
t_to_another_address_inside() {
	net_up "$(port "$(tcp "" 8080 80 'guest: "127.0.0.1"')" "$(tcp "" 8081 80 'guest: "::1"')")"
	c_serves four tcp 127.0.0.1 80
	c_serves six tcp ::1 80
	is "$(x_says echo tcp $H 8080 a)" a
	is "$(x_says echo tcp $H6 8081 b)" b
	net_down
}
t_a_socket_with_a_path() {
	net_up "$(port '{protocol: "tcp", host: "unix:'"$CASE_DIR"'/web.sock", guestPort: 80}')"
	c_serves s tcp 0.0.0.0 80
	is "$(traffic echo unix "$CASE_DIR/web.sock" hello)" hello
	saw s 10.0.2.2
	net_down
	# one that a killed process left is no hindrance
	[ -S "$CASE_DIR/web.sock" ] || fail "no socket is left"
	net_up "$(port '{protocol: "tcp", host: "unix:'"$CASE_DIR"'/web.sock", guestPort: 80}')"
	c_serves s tcp 0.0.0.0 80
	is "$(traffic echo unix "$CASE_DIR/web.sock" again)" again
	net_down
}
t_a_path_longer_than_an_address() {
	local dir=$CASE_DIR/$(printf 'd%.0s' $(seq 100))
	mkdir "$dir"
	net_up "$(port '{protocol: "tcp", host: "unix:'"$dir"'/web.sock", guestPort: 80}')"
	c_serves s tcp 0.0.0.0 80
	cd "$dir" || exit 1
	is "$(traffic echo unix web.sock hello)" hello
	net_down
}
# handed SPEC…: the helper gets these, and the ports of $PORTS
handed() {
	document "$(port "$@")"
	rm -f "$NET"/{up,answers,init.pid}
	# shellcheck disable=SC2086
	traffic hold $SPECS -- "$E2E_STAGE/bin/launch" "$(cat "$NET/map")" "$NET/doc.json" "$NET" "$E2E_STAGE/bin/runc-net" sleep 1000 \
		</dev/null >"$NET/out" 2>"$NET/err" &
	LAUNCHER=$!
	wait_for net_is_decided
	[ -e "$NET/up" ] || fail "no network: $(answers) $(cat "$NET/err")"
	find_c
}
t_sockets_that_are_handed_over() {
	SPECS="tcp:0.0.0.0:8080 udp:0.0.0.0:8081 tcp:::1:8082 unix:$CASE_DIR/s tcp:0.0.0.0:8083" handed \
		"$(tcp "" 0 80 'listener: true')" "$(udp "" 0 81 'listener: true')" "$(tcp "" 0 80 'listener: true')" \
		"$(tcp "" 0 80 'listener: true')" "$(tcp "" 0 80 'listener: true, path: "slirp"')"
	c_serves s tcp :: 80
	c_serves u udp :: 81
	is "$(x_says echo tcp $H 8080 tcp)" tcp
	saw s $X
	is "$(x_says echo udp $H 8081 udp)" udp
	saw u $X
	is "$(traffic echo tcp ::1 8082 six)" six
	is "$(traffic echo unix "$CASE_DIR/s" unix)" unix
	is "$(x_says echo tcp $H 8083 slirp)" slirp
	saw s $X
	is "$(host_port 0)" 8080
	net_down
}
t_without_a_device() {
	net_up '.mode = "publish" | .ports = ['"$(tcp "" 8080 80)"', '"$(tcp 127.0.0.1 0 81)"'] | del(.network, .network6, .mac, .ifname, .mtu)' \
		sh -c 'ip -o link; exec sleep 1000'
	is "$(backend)" none
	wait_for grep -q lo: "$NET/out"
	hasnt "$(cat "$NET/out")" eth0
	c_serves s tcp 0.0.0.0 80
	c_serves t tcp 127.0.0.1 81
	is "$(x_says echo tcp $H 8080 far)" far
	saw s $X
	is "$(x_says echo tcp $H6 8080 six)" six
	is "$(traffic echo tcp 127.0.0.1 "$(host_port 1)" near)" near
	is "$(x_says digest $H 8080 20000000)" "same 20000000"
	# and without its library in memory
	hasnt "$(lab host "cat /proc/$(main_pid)/maps")" slirp
	net_down
}
t_half_closed_connections() {
	net_up "$(port "$(tcp "" 8080 80)")"
	"${IN_C[@]}" socat TCP-LISTEN:80,fork,reuseaddr SYSTEM:'cat >/dev/null; sleep 0.3; echo done' &
	SERVERS=$!
	wait_for in_c sh -c 'ss -ltn | grep -q ":80 "'
	is "$(printf 'question' | socat -t 20 - TCP:127.0.0.1:8080)" "done"
	net_down
}
