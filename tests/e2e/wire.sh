# SPDX-License-Identifier: Apache-2.0
# A wire between two machines, for scripts about networks in a network namespace of their own: this one is H, with a
# way out to X, another namespace. Sourced.

# wire_up: addresses are $H, $H6, $X and $X6; leaves in x the pid that keeps X until it ends.
wire_up() {
	ip link set lo up
	unshare --net sleep 100000 &
	x=$!
	until [ "$(readlink "/proc/$x/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
	ip link add out type veth peer name in netns "$x"
	ip addr add $H/24 dev out
	ip addr add $H6/64 dev out nodad
	ip link set out up
	nsenter --net="/proc/$x/ns/net" sh -c "
		ip link set lo up
		ip addr add $X/24 dev in
		ip addr add $X6/64 dev in nodad
		ip link set in up"
	ip route add default via $X
	ip -6 route add default via $X6
}
