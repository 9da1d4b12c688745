#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: what it says when something is wrong: cause first, advice second.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
udp() { echo "{protocol: \"udp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
# which port of the message an error is about, and why
about() {
	is "$(jq -c 'select(.kind == "failed").port' "$NET/answers")" "$1"
	is "$(jq -c 'select(.kind == "failed").errno' "$NET/answers")" "$2"
}

t_a_low_port() {
	needs_user
	net_fails "publish 80/tcp: permission denied: ports below 1024 need privileges here; use a port >= 1024, or sysctl net.ipv4.ip_unprivileged_port_start=80, or pass a socket with fd:N" \
		".ports = [$(tcp "" 8080 80), $(tcp "" 80 80)]"
	about 1 13
	net_fails "publish [::1]:53/udp: permission denied: ports below 1024 need privileges here; use a port >= 1024, or sysctl net.ipv4.ip_unprivileged_port_start=53, or pass a socket with fd:N" \
		".ports = [$(udp ::1 53 53)]"
	lab host sysctl -qw net.ipv4.ip_unprivileged_port_start=100
	net_fails "publish 80/tcp: permission denied: ports below 100 need privileges here; use a port >= 100, or sysctl net.ipv4.ip_unprivileged_port_start=80, or pass a socket with fd:N" \
		".ports = [$(tcp "" 80 80)]"
	lab host sysctl -qw net.ipv4.ip_unprivileged_port_start=80
	net_up ".ports = [$(tcp "" 80 80)]"
	net_down
	lab host sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
}
t_a_low_port_of_root() {
	needs_root
	net_up ".ports = [$(tcp "" 80 80), $(udp "" 53 53)]"
	c_serves s tcp 0.0.0.0 80
	is "$(x_says echo tcp $H 80 low)" low
	net_down
	# also with a user namespace: it is bound before that is joined
	MAP=range net_up ".ports = [$(tcp "" 80 80)]"
	net_down
}
t_a_busy_port() {
	server s traffic serve tcp 127.0.0.1 8000
	server u traffic serve udp :: 8001
	net_fails "publish 127.0.0.1:8000/tcp: address already in use" ".ports = [$(tcp 127.0.0.1 8000 80)]"
	about 0 98
	net_fails "publish 8000/tcp: address already in use" ".ports = [$(tcp "" 8000 80)]"
	net_fails "publish 8001/udp: address already in use" ".ports = [$(udp "" 8001 80)]"
	no_helper || fail "a helper is left"
}
t_an_address_of_somebody_else() {
	net_fails "publish 192.0.2.9:8080/tcp: cannot assign requested address: not an address of this host" ".ports = [$(tcp 192.0.2.9 8080 80)]"
	about 0 99
}
t_a_path_that_cannot_be() {
	net_fails "publish unix:/nowhere/at/all: no such file or directory" '.ports = [{protocol: "tcp", host: "unix:/nowhere/at/all", guestPort: 80}]'
	echo "not a socket" >"$CASE_DIR/file"
	net_fails "publish unix:$CASE_DIR/file: address already in use" '.ports = [{protocol: "tcp", host: "unix:'"$CASE_DIR"'/file", guestPort: 80}]'
	is "$(cat "$CASE_DIR/file")" "not a socket"
	server s traffic serve unix "$CASE_DIR/live"
	net_fails "publish unix:$CASE_DIR/live: address already in use" '.ports = [{protocol: "tcp", host: "unix:'"$CASE_DIR"'/live", guestPort: 80}]'
}
t_what_needs_a_device() {
	net_fails "publish 8080/udp: needs a network device: use --network slirp" ".mode = \"publish\" | .ports = [$(udp "" 8080 80)]"
}
t_no_device_by_tun() {
	needs_user
	net_fails 'no way to create a network device: /dev/net/tun: permission denied (load module "tun" or "veth", or make /dev/net/tun accessible)' '.backend = "tap"'
}
t_no_device_at_all() {
	needs_user
	document .
	rm -f "$NET"/{up,answers}
	# in there the container's network namespace is the last one
	unshare --user --map-root-user sh -c 'echo 1 >/proc/sys/user/max_net_namespaces && exec "$@"' - \
		"$E2E_STAGE/bin/launch" one "$NET/doc.json" "$NET" "$E2E_STAGE/bin/runc-net" true </dev/null >"$NET/out" 2>&1
	is "$(jq -r 'select(.kind == "failed").text' "$NET/answers")" \
		'no way to create a network device: /dev/net/tun: permission denied; veth: new network namespace: no space left on device (load module "tun" or "veth", or make /dev/net/tun accessible)'
}
t_networks_that_meet() {
	lab host ip route add 10.0.0.0/16 via $X
	net_up
	is "$(said warning)" "10.0.2.0/24 is also routed on the host (dev out); hosts there are not reachable from the container; set org.runc.net.cidr"
	net_down
	lab host ip route del 10.0.0.0/16
	net_up
	is "$(said warning)" ""
	net_down
}
t_no_name_server() {
	local text="/etc/resolv.conf has no usable nameserver; names will not resolve (set org.runc.net.dns)"
	for content in "search test" "nameserver nowhere" ""; do
		echo "$content" >/etc/resolv.conf.new
		mv -f /etc/resolv.conf.new /etc/resolv.conf
		net_up
		is "$(said warning)" "$text"
		net_down
	done
	rm -f /etc/resolv.conf
	net_up
	is "$(said warning)" "$text"
	net_down
	net_up '.dns = false'
	is "$(said warning)" ""
	net_down
	net_up ".dnsServers = [\"$X\"]"
	is "$(said warning)" ""
	net_down
	echo "nameserver $X" >/etc/resolv.conf
}
t_ping_is_refused_by_the_host() {
	local group
	lab host sysctl -qw net.ipv4.ping_group_range='"1 0"'
	net_up
	group=$(id -g)
	[ "$(cat "$NET/map")" != none ] || group=64999
	is "$(said info)" "ping from the container will fail: group $group is outside net.ipv4.ping_group_range (1 0)"
	in_c busybox ping -c 1 -W 1 $X && fail "it works all the same"
	is "$(in_c traffic echo tcp $X 8000 alive)" alive
	net_down
	lab host sysctl -qw net.ipv4.ping_group_range='"0 2147483647"'
	net_up
	is "$(said info)" ""
	net_down
}
t_no_libslirp() {
	local file
	needs_root
	file=$(ldconfig -p | awk '/libslirp.so.0/ { print $NF; exit }')
	for instead in /dev/null "$(ldconfig -p | awk '/libz.so.1|libm.so.6/ { print $NF; exit }')"; do
		mount --bind "$instead" "$(realpath "$file")"
		net_start
		wait_for net_is_decided
		umount "$(realpath "$file")"
		is "$(jq -r 'select(.kind == "failed").text' "$NET/answers")" "runc-net cannot load libslirp.so.0 (need 4.7 or newer)"
	done
	mount --bind /dev/null "$(realpath "$file")"
	net_up '.mode = "publish"'
	net_down
	umount "$(realpath "$file")"
}
# up with so few descriptors (with_files N)
with_files() {
	rm -f "$NET"/{up,answers,init.pid}
	(ulimit -n "$1" && exec "$E2E_STAGE/bin/launch" "$(cat "$NET/map")" "$NET/doc.json" "$NET" "$E2E_STAGE/bin/runc-net" sleep 1000) \
		</dev/null >"$NET/out" 2>"$NET/err" &
	LAUNCHER=$!
	wait_for net_is_decided
	find_c
}
t_few_descriptors() {
	local i
	document ".ports = [$(tcp 127.0.0.1 8000 80)]"
	# sockets for the first clients, but no room for the next ones that are asked for
	with_files 70
	c_serves s tcp 0.0.0.0 80
	for i in $(seq 50); do
		wait_for is_served
	done
	net_down
}
t_no_more_descriptors() {
	document ".ports = [$(tcp 127.0.0.1 8000 80)]"
	with_files 150
	c_serves s tcp 0.0.0.0 80
	is "$(ask_control '{"execute":"stats"}' | jq .return.warning)" null
	traffic idle 127.0.0.1 8000 200 >idle.log 2>&1 &
	IDLE=$!
	wait_for warned
	is "$(ask_control '{"execute":"stats"}' | jq -r .return.warning)" "135 file descriptors in use, new connections are refused; raise RLIMIT_NOFILE"
	kill $IDLE 2>/dev/null
	wait_for is_served
	net_down
}
warned() { [ "$(ask_control '{"execute":"stats"}' | jq '.return | has("warning")')" = true ]; }
is_served() { [ "$(traffic echo tcp 127.0.0.1 8000 again)" = again ]; }
