#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# runc-net: how it lives: what it may, and that all of it ends with any part of it.
. "${E2E_STAGE:-${srcdir:-.}/tests}/net/lab.sh"

tcp() { echo "{protocol: \"tcp\", host: \"$1\", hostPort: $2, guestPort: $3}"; }
status_of() { awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status"; }
is_closed() { [[ $(traffic echo tcp 127.0.0.1 "$1" q) =~ refused ]]; }
# What is to be left of a container's network: nothing.
all_gone() {
	wait_for no_helper
	is_closed 8000 || fail "somebody still listens on 8000"
}
has_device() { in_c ip link show eth0 >/dev/null 2>&1; }
has_no_device() { ! has_device; }

t_it_ends_with_init() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	kill -KILL "$INIT"
	all_gone
}
t_it_ends_with_init_that_ends_well() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]" true
	all_gone
}
t_the_main_process_is_killed() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	kill -KILL "$(main_pid)"
	all_gone
	wait_for has_no_device
}
t_the_agent_is_killed() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	kill -KILL "$HELPER_PID"
	all_gone
	wait_for has_no_device
}
t_the_agent_is_told_to_end() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	kill -TERM "$HELPER_PID"
	all_gone
}
t_whoever_started_it_is_killed() {
	net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
	c_serves s tcp 0.0.0.0 80
	kill -KILL "$LAUNCHER"
	wait_for is_gone "$LAUNCHER"
	is "$(traffic echo tcp 127.0.0.1 8000 still)" still
	kill -KILL "$INIT"
	all_gone
}
t_in_every_order() {
	local order
	for order in "INIT HELPER_PID MAIN" "HELPER_PID INIT MAIN" "MAIN HELPER_PID INIT" "MAIN INIT HELPER_PID" "LAUNCHER MAIN INIT" "LAUNCHER INIT HELPER_PID"; do
		net_up ".ports = [$(tcp 127.0.0.1 8000 80)]"
		MAIN=$(main_pid)
		for name in $order; do kill -KILL "${!name}" 2>/dev/null; done
		all_gone
		kill -KILL "$INIT" "$LAUNCHER" 2>/dev/null
	done
	:
}
t_one_that_is_stopped() {
	net_up
	MAIN=$(main_pid)
	kill -STOP "$MAIN"
	kill -KILL "$INIT"
	all_gone
}
t_runc_ends_before_it_is_ready() {
	local i
	for i in 1 2 3 4 5; do
		net_start
		wait_for test -e "$NET/helper.pid"
		kill -KILL "$LAUNCHER"
		kill -KILL "$(cat "$NET/init.pid")"
		wait_for no_helper
	done
}
t_what_the_processes_may() {
	local main
	net_up
	main=$(main_pid)
	for pid in $HELPER_PID $main; do
		is "$(status_of "$pid" NoNewPrivs)" 1
		[ -n "${SANITIZER_DIR:-}" ] || is "$(status_of "$pid" Seccomp)" 2
		is "$(lab host "cd /proc/$pid/root && find . ! -path ." | tr '\n' ' ')" "./etc ./etc/resolv.conf "
		[ "$(lab host "readlink /proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] || fail "it is in the host's mount namespace"
		is "$(lab host "grep -c . /proc/$pid/mountinfo")" 1
	done
	is "$(status_of "$main" CapEff)" 0000000000000000
	is "$(status_of "$main" CapPrm)" 0000000000000000
	# CAP_NET_ADMIN and CAP_NET_RAW
	is "$(status_of "$HELPER_PID" CapEff)" 0000000000003000
	is "$(status_of "$HELPER_PID" CapPrm)" 0000000000003000
	is "$(lab host "readlink /proc/$main/ns/net")" "$(readlink /proc/self/ns/net)"
	is "$(lab host "readlink /proc/$HELPER_PID/ns/net")" "$(lab host "readlink /proc/$INIT/ns/net")"
	is "$(lab host "readlink /proc/$main/ns/user")" "$(lab host "readlink /proc/$INIT/ns/user")"
	is "$(status_of "$main" NSpid | wc -w)" 1
	[ "$(lab host "readlink /proc/$main/ns/pid")" != "$(readlink /proc/self/ns/pid)" ] || fail "it sees the host's processes"
	# nothing of the host's is open but sockets, and the agent's way to resolv.conf
	lab host "ls -l /proc/$main/fd" >fds
	is "$(grep -c ' /' fds)" "$(grep -c -e ' /dev/null' -e ' /dev/net/tun' -e ' /etc/resolv.conf' -e "$NET" fds)"
	net_down
}
range_first() {
	if [ "$E2E_AS" = root ]; then echo 500000; else awk -F: -v user="$USER" '$1 == user { print $2 }' /etc/subuid | head -1; fi
}
t_as_one_id_a_range_and_root() {
	local map uid
	for map in one range none; do
		[ "$map" != none ] || [ "$E2E_AS" = root ] || continue
		[ "$map" != one ] || [ "$E2E_AS" = user ] || continue
		MAP=$map net_up ".ports = [$(tcp "" 8000 80)]"
		c_serves s tcp 0.0.0.0 80
		uid=$(status_of "$(main_pid)" Uid)
		case $map in
		one) is "$uid" "$(id -u)" ;;
		range) is "$uid" $(($(range_first) + 65534)) ;;
		none) is "$uid" 64999 ;;
		esac
		is "$(x_says echo tcp $H 8000 "$map")" "$map"
		is "$(in_c traffic echo udp $X 8000 "$map")" "$map"
		net_down
		kill $SERVERS
		SERVERS=
	done
}
t_by_either_kind_of_device() {
	local kind
	for kind in tap veth; do
		[ $kind = veth ] || lab tun 666
		net_up ".backend = \"$kind\" | .ports = [$(tcp "" 8000 80)]"
		is "$(backend)" $kind
		c_serves s tcp 0.0.0.0 80
		is "$(x_says echo tcp $H 8000 $kind)" $kind
		is "$(in_c traffic digest $X 8000 3000000)" "same 3000000"
		is "$(in_c traffic digest $X6 8000 3000000)" "same 3000000"
		is "$(in_c traffic echo udp $X 8000 x9000)" "9000 bytes"
		kill $SERVERS
		SERVERS=
		net_down
	done
	# whichever can be had
	net_up
	is "$(backend)" tap
	net_down
	lab tun 600
	net_up
	if [ "$E2E_AS" = root ]; then
		is "$(backend)" tap
	else
		is "$(backend)" veth
		is "$(said debug)" "/dev/net/tun: permission denied, using veth"
	fi
	net_down
}
# The kernel removes a pair some time after the last process that had its other end.
t_a_device_of_the_one_before() {
	local kind
	lab tun 666
	for kind in tap veth; do
		BEFORE="ip link add eth0 address 52:54:00:12:34:56 type veth peer name x" net_up ".backend = \"$kind\""
		is "$(in_c traffic echo tcp $X 8000 $kind)" $kind
		net_down
	done
	# one that is somebody else's stays
	BEFORE="ip link add eth0 type veth peer name x" net_fails \
		"no way to create a network device: veth: file exists (load module \"tun\" or \"veth\", or make /dev/net/tun accessible)" '.backend = "veth"'
}
t_a_container_that_changes_its_mtu() {
	net_up
	is "$(in_c traffic digest $X 8000 3000000)" "same 3000000"
	in_c ip link set eth0 mtu 1280
	is "$(in_c traffic digest $X 8000 3000000)" "same 3000000"
	is "$(in_c traffic echo udp $X 8000 x9000)" "9000 bytes"
	in_c ip link set eth0 mtu 9000
	is "$(in_c traffic digest $X 8000 3000000)" "same 3000000"
	is "$(in_c traffic echo udp $X 8000 x20000)" "20000 bytes"
	in_c ip link set eth0 mtu 576
	is "$(in_c traffic digest $X 8000 300000)" "same 300000"
	net_down
}
t_odd_mtus() {
	local mtu
	for mtu in 1280 1499 9001 65520; do
		net_up ".mtu = $mtu"
		has "$(in_c ip link show eth0)" " mtu $mtu "
		is "$(in_c traffic digest $X 8000 3000000)" "same 3000000"
		is "$(in_c traffic digest $X6 8000 3000000)" "same 3000000"
		is "$(in_c traffic echo udp $X 8000 x30000)" "30000 bytes"
		net_down
	done
}
