#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: the control socket: what slirp4netns' clients say, more, and what nobody should.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3${4:+, $4}}"; }
# asks JSON; the answer must be just that
asks() { is "$(ask_control "$1")" "$2"; }
refuses() { # refuses JSON ERRNO TEXT
	local got
	got=$(ask_control "$1")
	is "$(jq -r .error.errno <<<"$got")" "$2"
	is "$(jq -r .error.desc <<<"$got")" "$3"
}

t_as_the_manual_of_slirp4netns_says() {
	local json
	net_up
	c_serves s tcp 0.0.0.0 80
	json='{"execute": "add_hostfwd", "arguments": {"proto": "tcp", "host_addr": "0.0.0.0", "host_port": 8080, "guest_addr": "10.0.2.100", "guest_port": 80}}'
	is "$(echo -n "$json" | socat UNIX-CONNECT:"$NET/net.sock" -)" '{"return":{"id":1}}'
	is "$(x_says echo tcp $H 8080 hello)" hello
	json='{"execute": "list_hostfwd"}'
	is "$(echo -n "$json" | socat UNIX-CONNECT:"$NET/net.sock" -)" \
		'{"entries":[{"id":1,"proto":"tcp","host_addr":"0.0.0.0","host_port":8080,"guest_addr":"10.0.2.100","guest_port":80,"mode":"splice"}]}'
	json='{"execute": "remove_hostfwd", "arguments": {"id": 1}}'
	is "$(echo -n "$json" | socat UNIX-CONNECT:"$NET/net.sock" -)" '{"return":{}}'
	has "$(x_says echo tcp $H 8080 hello)" refused
	# what is left out
	asks '{"execute":"add_hostfwd","arguments":{"proto":"udp","host_port":5353,"guest_port":53}}' '{"return":{"id":2}}'
	c_serves u udp 0.0.0.0 53
	is "$(x_says echo udp $H 5353 hello)" hello
	net_down
}
t_a_client_that_does_not_close_its_half() {
	net_up
	coproc NC { exec socat - UNIX-CONNECT:"$NET/net.sock"; }
	echo -n '{"execute":"list_hostfwd"}' >&"${NC[1]}"
	read -r -t 5 line <&"${NC[0]}" || :
	is "$line" '{"entries":[]}'
	kill "$NC_PID"
	net_down
}
t_added_ports() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	c_serves s tcp :: 80
	asks '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"::1","host_port":8081,"guest_port":80}}' '{"return":{"id":2}}'
	is "$(traffic echo tcp ::1 8081 six)" six
	asks '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"","host_port":8082,"guest_port":80,"mode":"slirp"}}' '{"return":{"id":3}}'
	is "$(x_says echo tcp $H 8082 slirp)" slirp
	is "$(x_says echo tcp $H6 8082 slirp6)" slirp6
	ask_control '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":0,"guest_port":80}}' >added
	is "$(cat added)" '{"return":{"id":4}}'
	port=$(ask_control '{"execute":"list_hostfwd"}' | jq '.entries[] | select(.id == 4).host_port')
	is "$(x_says echo tcp $H "$port" chosen)" chosen
	for id in 1 2 3 4; do asks "{\"execute\":\"remove_hostfwd\",\"arguments\":{\"id\":$id}}" '{"return":{}}'; done
	asks '{"execute":"list_hostfwd"}' '{"entries":[]}'
	has "$(traffic echo tcp ::1 8081 six)" refused
	has "$(x_says echo tcp $H 8082 slirp)" refused
	# a number is never given twice
	asks '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":8083,"guest_port":80}}' '{"return":{"id":5}}'
	net_down
}
t_many_or_none() {
	net_up ".ports = [$(tcp "" 8000 80)]"
	c_serves s tcp 0.0.0.0 80
	refuses '{"execute":"add_many","arguments":{"ports":[{"protocol":"tcp","hostPort":8001,"guestPort":80},{"protocol":"tcp","hostPort":8000,"guestPort":80}]}}' \
		EADDRINUSE "publish 8000/tcp: address already in use"
	has "$(x_says echo tcp $H 8001 x)" refused
	asks '{"execute":"add_many","arguments":{"ports":[{"protocol":"tcp","hostPort":8001,"guestPort":80},{"protocol":"udp","host":"127.0.0.1","hostPort":8001,"guestPort":80}]}}' '{"return":{"ids":[2,3]}}'
	is "$(x_says echo tcp $H 8001 y)" y
	net_down
}
t_a_connection_outlives_its_port() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	c_serves s tcp 0.0.0.0 80
	coproc NC { exec socat - TCP:127.0.0.1:8000; }
	echo one >&"${NC[1]}"
	read -r -t 5 line <&"${NC[0]}"
	is "$line" one
	asks '{"execute":"remove_hostfwd","arguments":{"id":1}}' '{"return":{}}'
	echo two >&"${NC[1]}"
	read -r -t 5 line <&"${NC[0]}"
	is "$line" two
	kill "$NC_PID"
	net_down
}
t_stats_and_info() {
	local stats
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	c_serves s tcp 0.0.0.0 80
	is "$(traffic digest 127.0.0.1 8000 100000)" "same 100000"
	is "$(in_c traffic echo tcp $X 8000 out)" out
	wait_for no_active
	stats=$(ask_control '{"execute":"stats"}' | jq -c .return)
	is "$(jq -c '.ports[0]' <<<"$stats")" '{"id":1,"connections":1,"active":0,"bytes_in":100000,"bytes_out":100000}'
	is "$(jq '.frames_in > 3 and .frames_out > 3 and .bytes_in > 200 and .uptime_ms > 0' <<<"$stats")" true
	is "$(jq -r .backend <<<"$stats")" "$(backend)"
	is "$(ask_control '{"execute":"info"}' | jq -c '.return | del(.libslirp)')" \
		"{\"pid\":$HELPER_PID,\"id\":\"test\",\"mode\":\"slirp\",\"backend\":\"$(backend)\",\"address\":\"10.0.2.100\",\"address6\":\"fd00::100\",\"mtu\":1500}"
	net_down
}
no_active() { [ "$(ask_control '{"execute":"stats"}' | jq '.return.ports[0].active')" = 0 ]; }
t_what_nobody_should_say() {
	local json
	net_up
	refuses '' EINVAL 'bad request: cannot parse JSON: request: empty file'
	refuses '{}' EINVAL 'bad request: no execute found'
	refuses '{"execute":"dance"}' EINVAL 'bad request: unknown execute'
	refuses '{"execute":"add_hostfwd"}' EINVAL 'bad request: add_hostfwd: bad arguments.proto'
	refuses '{"execute":"add_hostfwd","arguments":{}}' EINVAL 'bad request: add_hostfwd: bad arguments.proto'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"icmp"}}' EINVAL 'bad request: add_hostfwd: bad arguments.proto'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp"}}' EINVAL 'bad request: add_hostfwd: bad arguments.host_port'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":70000,"guest_port":1}}' EINVAL 'bad request: add_hostfwd: bad arguments.host_port'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":-1,"guest_port":1}}' EINVAL 'bad request: add_hostfwd: bad arguments.host_port'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":8000,"guest_port":0}}' EINVAL 'bad request: add_hostfwd: bad arguments.guest_port'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":8000,"guest_port":1,"host_addr":"nowhere"}}' EINVAL 'publish "nowhere": is not an address'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":8000,"guest_port":1,"guest_addr":"nowhere"}}' EINVAL 'publish to "nowhere": is not an address'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":0,"guest_port":1,"host_addr":"unix:/x"}}' ENOTSUP 'publish unix:/x: open the socket, and send it with the request'
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"192.0.2.9","host_port":8000,"guest_port":80}}' EADDRNOTAVAIL 'publish 192.0.2.9:8000/tcp: cannot assign requested address: not an address of this host'
	refuses '{"execute":"remove_hostfwd"}' EINVAL 'bad request: remove_hostfwd: bad arguments.id'
	refuses '{"execute":"remove_hostfwd","arguments":{"id":77}}' ENOENT 'bad request: remove_hostfwd: bad arguments.id'
	refuses '{"execute":"add_many","arguments":{"ports":[]}}' EINVAL 'bad request: add_many: bad arguments.ports'
	for json in garbage '[]' '{' '{"execute":' '{"execute":7}' '"' '{"execute":"stats"}}' "$(printf '\0')" '{"execute":"add_hostfwd","arguments":7}' \
		'{"execute":"add_hostfwd","arguments":{"proto":7}}' '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":"80"}}' \
		'{"a":{"a":{"a":{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['; do
		like "$(ask_control "$json")" '^\{"(error|return)":'
	done
	head -c 200000 /dev/zero | tr '\0' ' ' | socat -t 5 - UNIX-CONNECT:"$NET/net.sock" >big
	has "$(cat big)" '"desc":"bad request: '
	head -c 200000 /dev/urandom | socat -t 5 - UNIX-CONNECT:"$NET/net.sock" >/dev/null 2>&1
	# it is still there, and still does its work
	asks '{"execute":"list_hostfwd"}' '{"entries":[]}'
	is "$(in_c traffic echo tcp $X 8000 alive)" alive
	net_down
}
t_ports_that_the_caller_alone_may_have() {
	needs_user
	net_up
	refuses '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_port":80,"guest_port":80}}' EACCES \
		'publish 0.0.0.0:80/tcp: permission denied: ports below 1024 need privileges here; use a port >= 1024, or sysctl net.ipv4.ip_unprivileged_port_start=80, or pass a socket with fd:N'
	net_down
}
t_silent_clients_delay_nobody() {
	local got
	net_up
	in_c traffic rr $X 8000 300 >before
	server mute traffic mute "$NET/net.sock" 20 '{"execute"'
	in_c traffic rr $X 8000 1000 >during
	# the worst of a second's round trips: a stop would be as long as the second
	got=$(cut -d' ' -f3 during)
	[ "${got%.*}" -lt 500000 ] || fail "before: $(cat before), during: $(cat during)"
	# they have ten seconds; then others come in again
	wait_for asks_now
	net_down
}
asks_now() { [ "$(echo -n '{"execute":"list_hostfwd"}' | socat -t 1 - UNIX-CONNECT:"$NET/net.sock")" = '{"entries":[]}' ]; }
