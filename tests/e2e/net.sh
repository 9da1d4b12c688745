#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The network of --network and --publish, from its first word to the end of its last process.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/host-net.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# As in lib.sh, but quotes in a message are what they were before the log escaped them.
fails() {
	local want=$1 text=$2
	shift 2
	r "$@"
	output=${output//\\\"/\"}
	[ "$status" -eq "$want" ] || fail "runc $*: status $status, not $want: $output"
	has "$output" "$text"
}
# A bundle whose container can talk and listen: peer is in its /bin.
networked() {
	has_runc_net
	bundle "$@"
	cp "$E2E_STAGE/bin/peer" rootfs/bin/
}
# A container in the background that serves, with these options; ready when it does.
served() { # served PROTOCOL PORT… -- OPTIONS…
	local words=()
	while [ "$1" != -- ]; do words+=("$1"); shift; done
	shift
	networked peer serve "${words[@]}"
	R run -d "$@" "$ID" </dev/null >"$CASE_DIR/served" 2>&1 || fail "run $*: $(cat "$CASE_DIR/served")"
	wait_for grep -q ready "$CASE_DIR/served"
}
resting() { # resting OPTIONS…
	networked sleep 1000
	ok run -d "$@" "$ID"
}
inside() { R exec "$ID" "$@" 2>&1; }
helper_of() { jq '."org.runc.net".pid' "$STATE/$1/state.json"; }
# The second process, which libslirp is in.
child_of() { pgrep -P "$1" | head -1; }
net_status() { R state "$ID" | jq -r .net.status; }
is_net_status() { [ "$(net_status)" = "$1" ]; }
# Root's bundle has every capability that the cases want; that of an ordinary user is alike.
ids() { # ids one|range: of an ordinary user's container
	[ "$1" = range ] || return 0
	rm config.json
	"$RUNC" spec --rootless --map-auto || fail "spec --map-auto"
	cfg '.process.terminal = false | del(.linux.resources)'
}

# ---- without it ----

t_nothing_is_asked_for() {
	bundle ls /sys/class/net
	ok run "$ID"
	sleeper
	ok run -d "$ID"
	is "$(R state "$ID" | jq 'has("net")')" false
	is "$(ls "$STATE/$ID" | tr '\n' ' ')" "config.json state.json "
	fails 1 "has no network of runc's (run it with --network slirp)" net "$ID" list
}
t_none_is_as_the_config_says() {
	bundle readlink /proc/self/ns/net
	ok run --network none "$ID"
	[ "$E2E_AS" = root ] || is "$output" "$(ns_of self net)"
}

# ---- what is there ----

t_it_has_an_address_and_a_way_out() {
	networked sh -c "ip -o addr show eth0; ip route; peer ask tcp $X 8000 hello; peer ask udp $X 8000; peer ask tcp $X6 8000"
	ok run --network slirp "$ID"
	has "$output" "inet 10.0.2.100/24"
	has "$output" "inet6 fd00::100/64"
	has "$output" "default via 10.0.2.2 dev eth0"
	has "$output" "from $H to 8000
hello"
	has "$output" "from $H6 to 8000"
	no_helper || fail "a helper is left"
}
t_ipv6_networks() {
	needs_root
	networked ip -o addr show eth0
	ip -6 addr add fd00::9/64 dev out nodad
	r run --network slirp "$ID"
	ip -6 addr del fd00::9/64 dev out
	has "$output" "inet6 fd00:0:0:1::100/64"
	ok run --network slirp:cidr6=fd12:0:0:7::/64 "$ID"
	has "$output" "inet6 fd12:0:0:7::100/64"
}
t_networks_that_the_host_has_are_warned_of() {
	networked true
	ok run --network slirp:cidr=198.51.100.0/24 "$ID"
	has "$output" "net: 198.51.100.0/24 is also routed on the host (dev out); hosts there are not reachable from the container; set org.runc.net.cidr"
}
t_with_a_range_of_ids() {
	needs_user
	networked
	ids range
	script "cat /proc/self/uid_map; peer ask tcp $X 8000; cat /proc/sys/net/ipv4/ping_group_range; peer ping 10.0.2.2"
	ok run --network slirp "$ID"
	has "$output" "from $H to 8000"
	like "$output" $'0\t65536'
	has "$output" pong
}
t_in_a_user_namespace_of_roots() {
	needs_root
	networked sh -c "cat /proc/self/uid_map; peer ask tcp $X 8000; cat /etc/resolv.conf; touch /etc/resolv.conf"
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
	r run --network slirp "$ID"
	has "$output" "from $H to 8000"
	has "$output" "nameserver 10.0.2.3"
	has "$output" "Read-only file system"
}
t_in_a_user_namespace_that_is_joined() {
	needs_user
	networked sh -c "peer ask tcp $X 8000; cat /etc/resolv.conf"
	unshare --user --map-root-user sleep 1000 &
	wait_for sh -c "[ \"\$(readlink /proc/$!/ns/user)\" != '$(ns_of self user)' ] && grep -q . /proc/$!/uid_map"
	cfg --arg path "/proc/$!/ns/user" '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: $path}] | del(.linux.uidMappings, .linux.gidMappings)'
	r run --network slirp "$ID"
	kill $!
	has "$output" "from $H to 8000"
	has "$output" "nameserver 10.0.2.3"
}
t_with_a_middle_process() {
	networked sh -c "peer ask tcp $X 8000; cat /proc/uptime"
	cfg '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100000000}}'
	ok run --network slirp "$ID"
	has "$output" "from $H to 8000"
	like "$output" "
1[0-9]{8}\."
}
t_without_a_mount_namespace() {
	needs_root
	networked cat /etc/resolv.conf
	cfg '.linux.namespaces |= map(select(.type != "mount")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	ok run --network slirp "$ID"
	has "$output" "nameserver 10.0.2.3"
	hasnt "$(cat /proc/self/mountinfo)" "$CASE_DIR"
}
t_the_processes_have_little() {
	local outer inner
	resting --network slirp
	outer=$(helper_of "$ID") inner=$(child_of "$(helper_of "$ID")")
	for pid in $outer $inner; do
		is "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$pid/status")" 1
		# a sanitizer makes calls that no list of ours allows: such a build has no filter
		[ -n "${SANITIZER_DIR:-}" ] || is "$(awk '/^Seccomp:/ { print $2 }' "/proc/$pid/status")" 2
	done
	is "$(awk '/^CapEff:/ { print $2 }' "/proc/$inner/status")" 0000000000000000
	hasnt "$(tr '\0' ' ' <"/proc/$outer/environ" 2>/dev/null)" =
	if [ "$E2E_AS" = root ]; then
		[ "$(stat -c %u "/proc/$inner/task")" != 1000 ] || fail "its user is somebody's"
		is "$(readlink "/proc/$outer/fd/1")" /dev/null
		is "$(ls "/proc/$inner/root/" | tr '\n' ' ')" "etc "
	fi
}
t_low_ports_and_ping_inside() {
	networked
	script 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start; peer serve tcp 80 & sleep 0.1; kill %1; peer ping 10.0.2.2'
	cfg '.process.user = {uid: 0, gid: 0} | .process.capabilities = {bounding: [], effective: [], permitted: []}'
	ok run --network slirp "$ID"
	has "$output" "0"
	has "$output" ready
	has "$output" pong
}
t_sysctls_of_the_config_stay() {
	networked cat /proc/sys/net/ipv4/ip_unprivileged_port_start
	cfg '.linux.namespaces += [{"type": "network"}] | .linux.namespaces |= unique_by(.type) | .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "77"}'
	ok run --network slirp "$ID"
	is "$output" 77
}
t_options() {
	networked ip -o addr show net0
	ok run --network slirp:ifname=net0,mtu=1400,cidr=10.9.8.0/24,ip=10.9.8.7,mac=02:00:00:00:00:07,ipv6=false "$ID"
	has "$output" "inet 10.9.8.7/24"
	hasnt "$output" fd00::
	args sh -c 'cat /sys/class/net/net0/mtu /sys/class/net/net0/address; cat /etc/resolv.conf'
	cfg '.mounts |= map(select(.destination != "/sys")) | .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs"}]'
	ok run --network slirp:ifname=net0,mtu=1400,cidr=10.9.8.0/24,mac=02:00:00:00:00:07,dns_search=a.test,b.test "$ID"
	has "$output" "1400
02:00:00:00:00:07"
	has "$output" "nameserver 10.9.8.3"
	has "$output" "search a.test b.test"
}
t_by_annotation() {
	networked sh -c "ip -o addr show net7; peer ask tcp $X 8000"
	cfg '.linux.namespaces += [{"type": "network"}] | .linux.namespaces |= unique_by(.type) |
		.annotations = {"org.runc.net": "slirp", "org.runc.net.ifname": "net7", "org.runc.net.publish": "127.0.0.1:18080:80,127.0.0.1:18081:81"}'
	ok --net-annotations run "$ID"
	has "$output" "10.0.2.100/24"
	has "$output" "from $H to 8000"
	args sleep 1000
	ok --net-annotations run -d "$ID"
	is "$(R state "$ID" | jq -c .net.ports)" '["127.0.0.1:18080:80/tcp","127.0.0.1:18081:81/tcp"]'
	ok delete -f "$ID"
	# the command line beats them
	ok --net-annotations run -d --network slirp --publish 127.0.0.1:18082:82 "$ID"
	is "$(R state "$ID" | jq -c .net.ports)" '["127.0.0.1:18082:82/tcp"]'
}
# An engine has them from an image.
t_annotations_are_not_obeyed_unasked() {
	networked sh -c 'ip -o link | wc -l'
	cfg '.linux.namespaces += [{"type": "network"}] | .linux.namespaces |= unique_by(.type) |
		.annotations = {"org.runc.net": "slirp", "org.runc.net.host_loopback": "true", "org.runc.net.publish": "18080:80"}'
	ok run "$ID"
	is "$(tail -n 1 <<<"$output")" 1
	has "$output" "net: annotation org.runc.net is ignored: without --net-annotations it may be an image's"
	args sleep 1000
	ok run -d --network slirp "$ID"
	is "$(R state "$ID" | jq -c .net.ports)" "[]"
	is "$(jq '.hostLoopback == true' "$STATE/$ID/net/config.json")" false
}
t_the_host_is_reached_only_if_asked() {
	peer serve tcp 18090 18091 >ready 2>&1 &
	wait_for grep -q ready ready
	networked sh -c 'cat /etc/hosts; for port in 18090 18091; do peer ask tcp 10.0.2.2 $port; done'
	r run --network slirp "$ID"
	hasnt "$output" "from"
	hasnt "$output" host.internal
	r run --network slirp:host_ports=18090 "$ID"
	has "$output" "to 18090"
	hasnt "$output" "to 18091"
	has "$output" "10.0.2.2	host.internal"
	r run --network slirp:host_loopback=true "$ID"
	has "$output" "to 18090"
	has "$output" "to 18091"
	kill %1
}
t_restricted() {
	networked sh -c "peer ask tcp $X 8000; nslookup web.test; echo end"
	r run --network slirp:restrict=true "$ID"
	hasnt "$output" "from"
	hasnt "$output" "Address: $X"
	has "$output" end
}

# ---- names ----

t_names_by_the_hosts_server() {
	networked sh -c "cat /etc/resolv.conf; nslookup -type=a web.test 10.0.2.3; nslookup -type=a web; nslookup -type=a nosuch.test; true"
	ok run --network slirp "$ID"
	has "$output" "nameserver 10.0.2.3"
	has "$output" "search test"
	like "$output" "Name:[[:space:]]*web.test
Address: $X"
	has "$output" NXDOMAIN
}
t_no_names() {
	networked sh -c "cat /etc/resolv.conf; nslookup -type=a web.test 10.0.2.3; true"
	rm -f rootfs/etc/resolv.conf
	ok run --network slirp:dns=none "$ID"
	hasnt "$output" "nameserver"
	hasnt "$output" "Address: $X"
	[ ! -e rootfs/etc/resolv.conf ] || fail "made a resolv.conf"
}

# ---- resolv.conf and hosts ----

t_files_of_the_image_stay() {
	networked sh -c 'cat /etc/resolv.conf /etc/hosts; echo x >>/etc/resolv.conf'
	echo "# the image's" >rootfs/etc/resolv.conf
	cfg '.root.readonly = false'
	r run --network slirp "$ID"
	has "$output" "nameserver 10.0.2.3"
	has "$output" "127.0.0.1	localhost"
	has "$output" "Read-only file system"
	is "$(cat rootfs/etc/resolv.conf)" "# the image's"
	is "$(stat -c %s rootfs/etc/hosts)" 0
}
t_the_containers_own_name() {
	networked cat /etc/hosts
	cfg '.hostname = "web7"'
	ok run --network slirp "$ID"
	has "$output" "10.0.2.100	web7"
}
t_mounts_of_the_config_come_first() {
	networked sh -c 'cat /etc/resolv.conf; cat /etc/hosts'
	echo "# the config's" >mine
	cfg --arg mine "$PWD/mine" '.mounts += [{destination: "/etc/./resolv.conf", source: $mine, type: "bind", options: ["bind"]}]'
	ok run --network slirp "$ID"
	has "$output" "# the config's"
	hasnt "$output" nameserver
	has "$output" localhost
}
t_a_mount_over_etc() {
	networked sh -c 'ls /etc; cat /etc/resolv.conf'
	cfg '.mounts += [{destination: "/etc", source: "tmpfs", type: "tmpfs", options: ["mode=755"]}]'
	ok run --network slirp "$ID"
	has "$output" "hosts
resolv.conf
nameserver 10.0.2.3"
}
t_a_link_that_leads_nowhere() {
	networked sh -c 'readlink /etc/resolv.conf; cat /etc/resolv.conf'
	ln -s ../run/systemd/resolve/stub-resolv.conf rootfs/etc/resolv.conf
	ok run --network slirp "$ID"
	has "$output" "../run/systemd/resolve/stub-resolv.conf
nameserver 10.0.2.3"
	is "$(stat -c %s rootfs/run/systemd/resolve/stub-resolv.conf)" 0
}
t_a_link_that_leads_out() {
	networked sh -c 'cat /etc/resolv.conf'
	ln -s "../../../../../../../../../../../../$PWD/precious" rootfs/etc/resolv.conf
	echo precious >precious
	ok run --network slirp "$ID"
	has "$output" "nameserver 10.0.2.3"
	is "$(cat precious)" precious
}
t_links_to_what_is_no_file() {
	networked sh -c 'echo started; test -c /dev/null && echo null; cat /proc/self/comm'
	ln -s /dev/null rootfs/etc/resolv.conf
	ln -s /proc/self/comm rootfs/etc/hosts
	ok run --network slirp "$ID"
	has "$output" "started
null
cat"
	has "$output" "/etc/resolv.conf stays the image's"
	has "$output" "/etc/hosts stays the image's"
}
t_a_directory_in_its_place() {
	networked sh -c 'echo started; ls /etc/resolv.conf'
	mkdir -p rootfs/etc/resolv.conf/x
	ok run --network slirp "$ID"
	has "$output" "started
x"
	has "$output" "/etc/resolv.conf stays the image's"
}
# Somebody else's image, which the caller may only read.
read_only_image() {
	networked sh -c 'cat /etc/resolv.conf /etc/hosts /etc/passwd; echo x >/etc/x; ls -l /etc/resolv.conf'
	cfg '.root.readonly = false'
}
t_a_file_system_that_is_read_only() {
	needs_root
	read_only_image
	ln -s ../run/systemd/resolve/stub-resolv.conf rootfs/etc/resolv.conf
	mount --bind rootfs rootfs
	mount -o remount,bind,ro rootfs
	r run --network slirp "$ID"
	umount rootfs
	has "$output" "nameserver 10.0.2.3"
	has "$output" "127.0.0.1	localhost"
	has "$output" "root:x:0:0"
	has "$output" "can't create /etc/x: Read-only file system"
	hasnt "$output" "->"
	is "$(readlink rootfs/etc/resolv.conf)" ../run/systemd/resolve/stub-resolv.conf
	[ ! -e rootfs/etc/hosts ] || fail "made in the image"
}
t_an_image_of_somebody_elses() {
	needs_user
	read_only_image
	# the stage's root file system is root's
	cfg --arg root "$E2E_ROOTFS" '.root = {path: $root, readonly: false}'
	args sh -c 'cat /etc/resolv.conf /etc/hosts; echo x >/etc/x; true'
	ok run --network slirp "$ID"
	has "$output" "nameserver 10.0.2.3"
	has "$output" "127.0.0.1	localhost"
	has "$output" "can't create /etc/x: Read-only file system"
	[ ! -e "$E2E_ROOTFS/etc/resolv.conf" ] || fail "made in the image"
}
t_a_read_only_file_system_and_mounts_below_etc() {
	needs_root
	read_only_image
	echo mine >mine
	: >rootfs/etc/mine
	cfg --arg mine "$PWD/mine" '.mounts += [{destination: "/etc/mine", source: $mine, type: "bind", options: ["bind"]}]'
	args cat /etc/mine
	mount --bind rootfs rootfs
	mount -o remount,bind,ro rootfs
	r run --network slirp "$ID"
	umount rootfs
	is "$status" 0
	has "$output" mine
	has "$output" "/etc/resolv.conf stays the image's: the config has other mounts below /etc"
}

# ---- published ports ----

t_published_to_another_machine() {
	served tcp 80 -- --network slirp --publish 18100:80
	is "$(x_ask tcp $H 18100 hello)" "from $X to 80
hello"
	is "$(x_ask tcp $H6 18100)" "from $X6 to 80"
	has "$(peer ask tcp 127.0.0.1 18100)" "to 80"
	ok delete -f "$ID"
	is_closed 18100 || fail "still open"
}
t_published_udp() {
	served udp 53 -- --network slirp --publish 18101:53/udp
	is "$(x_ask udp $H 18101)" "from $X to 53"
	has "$(peer ask udp 127.0.0.1 18101)" "to 53"
}
t_published_by_libslirp() {
	served tcp 80 -- --network slirp --publish '18102:80;mode=slirp'
	is "$(x_ask tcp $H 18102)" "from $X to 80"
}
t_published_at_one_address() {
	served tcp 80 -- --network slirp --publish 127.0.0.1:18103:80 --publish "[$H6]:18104:80"
	has "$(peer ask tcp 127.0.0.1 18103)" "to 80"
	has "$(x_ask tcp $H 18103)" "Connection refused"
	is "$(x_ask tcp $H6 18104)" "from $X6 to 80"
	has "$(x_ask tcp $H 18104)" "Connection refused"
}
t_a_range_of_ports() {
	served tcp 80 81 82 -- --network slirp --publish 18110-18112:80
	has "$(peer ask tcp 127.0.0.1 18110)" "to 80"
	has "$(peer ask tcp 127.0.0.1 18111)" "to 81"
	has "$(peer ask tcp 127.0.0.1 18112)" "to 82"
}
t_a_port_that_the_kernel_chooses() {
	served tcp 80 -- --network slirp --publish 127.0.0.1:0:80
	port=$(R net "$ID" list --format json | jq .entries[0].host_port)
	[ "$port" -gt 1024 ] || fail "port $port"
	has "$(peer ask tcp 127.0.0.1 "$port")" "to 80"
	is "$(R state "$ID" | jq -r .net.ports[0])" "127.0.0.1:$port:80/tcp"
}
t_an_address_inside() {
	networked
	script 'peer serve tcp 80 & sleep 1000'
	ok run -d --network slirp --publish 127.0.0.1:18113:127.0.0.1:80 "$ID"
	wait_for answers 18113
	has "$(peer ask tcp 127.0.0.1 18113)" "to 80"
}
t_a_unix_socket() {
	served tcp 80 -- --network slirp --publish "unix:$CASE_DIR/web.sock:80"
	has "$(peer ask unix "$CASE_DIR/web.sock" hello)" "hello"
	ok delete -f "$ID"
	[ ! -e "$CASE_DIR/web.sock" ] || fail "the socket is left"
}
t_an_inherited_socket() {
	networked peer serve tcp 80
	peer pass tcp 127.0.0.1 18114 "$RUNC" --root "$STATE" run -d --network slirp --publish fd:3:80 "$ID" </dev/null >served 2>&1 ||
		fail "$(cat served)"
	wait_for grep -q ready served
	has "$(peer ask tcp 127.0.0.1 18114)" "to 80"
	# it is runc-net's, and the container does not have it too
	hasnt "$(inside ls -l /proc/1/fd)" "/3 "
	hasnt "$(inside cat /proc/1/environ | tr '\0' '\n')" LISTEN_FDS
	ok delete -f "$ID"
	is_closed 18114 || fail "still open"
}
t_an_inherited_socket_of_udp() {
	networked peer serve udp 53
	peer pass udp 127.0.0.1 18117 "$RUNC" --root "$STATE" run -d --network slirp --publish fd:3:53/udp "$ID" </dev/null >served 2>&1 ||
		fail "$(cat served)"
	wait_for grep -q ready served
	has "$(peer ask udp 127.0.0.1 18117)" "to 53"
	ok delete -f "$ID"
	peer pass udp 127.0.0.1 18117 "$RUNC" --root "$STATE" run --network slirp --publish fd:3:53 "$ID" </dev/null >out 2>&1
	has "$(cat out)" "net: publish fd:3: descriptor 3 is not a stream socket that listens"
}
t_an_inherited_socket_in_the_foreground() {
	networked peer serve tcp 80
	peer pass tcp 127.0.0.1 18115 "$RUNC" --root "$STATE" run --network slirp --publish fd:3:80 "$ID" </dev/null >served 2>&1 &
	wait_for grep -q ready served
	has "$(peer ask tcp 127.0.0.1 18115)" "to 80"
	kill -KILL "$(helper_of "$ID")"
	wait_for is_closed 18115
	ok kill "$ID" KILL
	wait $!
	is $? 137
}
t_published_without_any_other_network() {
	served tcp 80 -- --network none --publish 18116:80
	is "$(x_ask tcp $H 18116)" "from $X to 80"
	is "$(inside ls /proc/sys/net/ipv4/conf | tr '\n' ' ')" "all default lo "
	[ -z "$(inside cat /etc/resolv.conf 2>/dev/null | grep nameserver)" ] || fail "has a name server"
	is "$(R state "$ID" | jq -r '.net | .mode + " " + .backend')" "publish none"
	# no libslirp is loaded for it
	[ "$E2E_AS" = user ] || ! grep -q libslirp "/proc/$(helper_of "$ID")/maps" "/proc/$(child_of "$(helper_of "$ID")")/maps" || fail "libslirp is loaded"
}

# runc-net meets what the container sends: taken over, it must not write to a terminal.
t_words_of_runc_net_are_shown_harmless() {
	sleeper
	ok run -d --network slirp "$ID"
	cd "$STATE/$ID" && mv net.sock aside || fail "no net.sock"
	echo '{"entries":[{"id":1,"proto":"tcp","host_addr":"","host_port":1,"guest_addr":"","guest_port":1,"mode":"\u001b]0;x\u0007"}]}' >words
	socat UNIX-LISTEN:net.sock SYSTEM:'cat >/dev/null; cat words' &
	wait_for test -S net.sock
	ok net "$ID" list
	has "$output" '\x1b]0;x\a'
	mv aside net.sock
}

# ---- errors, each for real ----

t_bad_words() {
	sleeper
	fails 1 'net: publish "80800:80": port 80800 is out of range (0-65535)' run --network slirp --publish 80800:80 "$ID"
	fails 1 'net: --network "bridge": expected slirp[:KEY=VALUE,...] or none' run --network bridge "$ID"
	fails 1 'net: --publish needs --network slirp' run -p 80:80 "$ID"
	cfg '.annotations = {"org.runc.net.nosuch": "1"}'
	fails 1 'net: annotation org.runc.net.nosuch: unknown key' --net-annotations run "$ID"
	is "$(ls -A "$STATE" 2>/dev/null)" ""
}
t_a_namespace_that_is_joined() {
	sleeper
	cfg '.linux.namespaces |= map(select(.type != "network")) + [{type: "network", path: "/proc/self/ns/net"}]'
	fails 1 'net: --network needs a new network namespace, but config.json joins /proc/self/ns/net' run --network slirp "$ID"
	cfg '.annotations = {"org.runc.net": "slirp"}'
	fails 1 'net: org.runc.net needs a new network namespace, but config.json joins /proc/self/ns/net' --net-annotations run "$ID"
}
t_runc_net_is_not_installed() {
	bundle true
	mkdir alone
	install -m755 "$RUNC" alone/runc
	RUNC=$PWD/alone/runc
	[ ! -e /usr/local/libexec/runc/runc-net ] || skip "runc-net is installed"
	r run --network slirp "$ID"
	is "$status" 1
	like "$output" 'net: cannot run [^ ]*/libexec/runc/runc-net: no such file or directory; install the program runc-net or remove --network'
	cfg '.annotations = {"org.runc.net": "slirp"} | .linux.namespaces += [{"type": "network"}] | .linux.namespaces |= unique_by(.type)'
	r --net-annotations run "$ID"
	has "$output" "install the program runc-net or remove org.runc.net"
}
t_runc_net_that_others_may_change() {
	bundle true
	mkdir alone
	install -m755 "$RUNC" alone/runc
	install -m777 /bin/true alone/runc-net
	RUNC=$PWD/alone/runc
	fails 1 "net: cannot run $PWD/alone/runc-net: it may be changed by others than root and the caller" run --network slirp "$ID"
}
# Programs that are no runc-net: what one hears of one that fails in some way.
t_runc_net_that_does_not_work() {
	local what want
	bundle true
	mkdir alone
	install -m755 "$RUNC" alone/runc
	RUNC=$PWD/alone/runc
	while IFS='|' read -r what want; do
		printf '#!/bin/sh\n%s\n' "$what" >alone/runc-net
		chmod 755 alone/runc-net
		fails 1 "$want" run --network slirp "$ID"
		is "$(ls -A "$STATE")" ""
	done <<-END
		exit 127|net: runc-net cannot load libslirp.so.0 (need 4.7 or newer)
		exit 3|net: runc-net ended before it was ready (status 3)
		kill -SYS \$\$|net: runc-net ended by signal 31 (SIGSYS)
		exec sleep 20|net: runc-net is not ready after 5 s
	END
	echo '#!/no/such/interpreter' >alone/runc-net
	fails 1 "net: cannot run $PWD/alone/runc-net: no such file or directory" run --network slirp "$ID"
	! pgrep -x -f "sleep 20" >/dev/null || fail "it is left"
}
t_a_port_that_is_in_use() {
	networked true
	peer hold 127.0.0.1 18120 >ready &
	wait_for grep -q ready ready
	fails 1 "net: publish 127.0.0.1:18120/tcp: address already in use" run --network slirp --publish 127.0.0.1:18120:80 "$ID"
	hasnt "$output" "by container"
	kill %1
	no_helper || fail "a helper is left"
}
t_a_port_that_a_container_uses() {
	resting --network slirp --publish 18121:80
	fails 1 "net: publish 127.0.0.1:18121/tcp: address already in use (by container \"$ID\")" \
		run --network slirp --publish 127.0.0.1:18121:80 "$ID-2"
	is "$(ls "$STATE")" "$ID"
}
t_a_low_port() {
	needs_user
	networked true
	fails 1 "net: publish 80/tcp: permission denied: ports below $(cat /proc/sys/net/ipv4/ip_unprivileged_port_start) need privileges here" run --network slirp --publish 80:80 "$ID"
	has "$output" "sysctl net.ipv4.ip_unprivileged_port_start=80"
}
t_an_address_of_another_host() {
	networked true
	fails 1 "net: publish 192.0.2.9:18122/tcp: cannot assign requested address: not an address of this host" \
		run --network slirp --publish 192.0.2.9:18122:80 "$ID"
}
t_a_descriptor_that_is_none() {
	networked true
	fails 1 "net: publish fd:7: descriptor 7 was not open when runc started" run --network slirp --publish fd:7:80 "$ID"
	R run --network slirp --publish fd:3:80 "$ID" 3</dev/null >out 2>&1
	is "$?" 1
	has "$(cat out)" "net: publish fd:3: descriptor 3 is not a stream socket that listens"
}
t_of_several_ports_none_is_opened() {
	networked true
	peer hold 127.0.0.1 18124 >ready &
	wait_for grep -q ready ready
	fails 1 "net: publish 127.0.0.1:18124/tcp: address already in use" run --network slirp --publish 127.0.0.1:18123-18125:80 "$ID"
	is_closed 18123 || fail "still open"
	kill %1
}
t_libslirp_is_not_there() {
	needs_root
	networked true
	for lib in /usr/lib/*/libslirp.so.0 /usr/lib64/libslirp.so.0; do
		[ ! -e "$lib" ] || unshare --mount --propagation private sh -c 'mount --bind /dev/null "$1"; shift; exec "$@"' sh \
			"$(realpath "$lib")" "$RUNC" --root "$STATE" run --network slirp "$ID" >out 2>&1
	done
	has "$(cat out)" "cannot load libslirp.so.0 (need 4.7 or newer)"
	is "$(ls -A "$STATE")" ""
}

# ---- hooks ----

t_hooks_find_the_network_ready() {
	networked sh -c 'ip -o addr show eth0'
	cfg --arg s "cat >$PWD/state; peer ask tcp 127.0.0.1 18130 >$PWD/asked 2>&1; cat /proc/\$(jq .pid $PWD/state)/net/dev >$PWD/dev" \
		'.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $s]}]'
	ok run --network slirp --publish 127.0.0.1:18130:80 "$ID"
	has "$(cat dev)" eth0
	hasnt "$(cat asked)" refused
	has "$output" 10.0.2.100
}
t_a_hook_that_fails_ends_it() {
	networked true
	cfg '.hooks.createRuntime = [{path: "/bin/false"}]'
	fails 1 "error running createRuntime hook" run --network slirp --publish 127.0.0.1:18131:80 "$ID"
	wait_for no_helper
	is_closed 18131 || fail "still open"
}

# ---- life ----

t_create_start_delete() {
	networked peer serve tcp 80
	R create --network slirp --publish 127.0.0.1:18140:80 "$ID" </dev/null >served 2>&1 || fail "$(cat served)"
	is "$(R state "$ID" | jq -r '.status + " " + .net.status')" "created running"
	# the port is there before the program
	peer ask tcp 127.0.0.1 18140 >/dev/null 2>&1
	ok start "$ID"
	wait_for grep -q ready served
	has "$(peer ask tcp 127.0.0.1 18140)" "to 80"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	wait_for no_helper
	is_closed 18140 || fail "still open"
	is "$(net_status)" stopped
	ok delete "$ID"
}
t_exec_shares_it() {
	resting --network slirp
	has "$(inside ip -o addr show eth0)" 10.0.2.100
	has "$(inside peer ask tcp $X 8000)" "from $H"
}
t_in_the_foreground() {
	networked sh -c "peer ask tcp $X 8000; exit 7"
	r run --network slirp --publish 127.0.0.1:18141:80 "$ID"
	is "$status" 7
	has "$output" "from $H"
	no_helper || fail "a helper is left"
	is_closed 18141 || fail "still open"
}
t_its_death_is_told_in_the_foreground() {
	networked sh -c 'echo go; read x; echo end'
	mkfifo in
	R run --network slirp "$ID" <in >out 2>err &
	exec 9>in
	wait_for grep -q go out
	kill -SYS "$(helper_of "$ID")"
	wait_for grep -q "helper of container" err
	has "$(cat err)" "net: helper of container \\\"$ID\\\" exited (signal 31, SIGSYS); container keeps running without network; \\\"runc net $ID restart\\\""
	echo >&9
	exec 9>&-
	wait %1 || fail "run: $?"
	is "$(cat out)" "go
end"
}
t_init_is_killed() {
	resting --network slirp --publish 127.0.0.1:18142:80
	pid=$(helper_of "$ID")
	kill -KILL "$(pid_of "$ID")"
	wait_for is_gone "$pid"
	wait_for no_helper
	is_closed 18142 || fail "still open"
}
t_the_runtime_is_killed() {
	networked sleep 1000
	bg run --network slirp --publish 127.0.0.1:18143:80 "$ID" </dev/null >/dev/null 2>&1 &
	wait_for is_state "$ID" running 2>/dev/null
	kill -KILL $!
	wait $! 2>/dev/null
	is "$(net_status)" running
	is_open 18143 || fail "closed with the runtime"
	inside peer ask tcp $X 8000 | grep -q "from $H" || fail "no network"
	ok delete -f "$ID"
	no_helper || fail "a helper is left"
}
t_runc_net_is_killed() {
	local outer inner which
	for which in outer inner; do
		resting --network slirp --publish 127.0.0.1:18144:80
		outer=$(helper_of "$ID")
		inner=$(child_of "$outer")
		[ -n "$inner" ] || fail "runc-net has no second process"
		kill -KILL "${!which}"
		wait_for is_gone "$outer"
		wait_for is_gone "$inner"
		is_closed 18144 || fail "still open"
		is "$(R state "$ID" | jq -r '.status + " " + .net.status')" "running dead"
		ok delete -f "$ID"
	done
}
t_all_are_killed_at_once() {
	resting --network slirp --publish 127.0.0.1:18145:80
	outer=$(helper_of "$ID")
	kill -KILL "$(pid_of "$ID")" "$outer" "$(child_of "$outer")"
	wait_for no_helper
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_a_runc_net_that_is_stopped_is_ended_by_delete() {
	resting --network slirp
	outer=$(helper_of "$ID")
	kill -STOP "$outer" "$(child_of "$outer")"
	fails 1 "net: runc-net does not answer" net "$ID" list
	ok delete -f "$ID"
	no_helper || fail "a helper is left"
}
t_another_process_with_its_pid_is_not_signalled() {
	needs_root
	resting --network slirp
	sleep 0.05 # a process is told from another by its start too, which is counted in 10 ms
	sleep 1000 &
	jq -c --argjson pid $! '."org.runc.net".pid = $pid' "$STATE/$ID/state.json" >new && cat new >"$STATE/$ID/state.json"
	is "$(net_status)" dead
	ok delete -f "$ID"
	kill -0 %1 || fail "it was killed"
	kill %1
	wait_for no_helper
}
t_restart() {
	served tcp 80 -- --network slirp --publish 127.0.0.1:18146:80 --publish 127.0.0.1:0:80
	port=$(R net "$ID" list --format json | jq .entries[1].host_port)
	ok net "$ID" add 127.0.0.1:18147:80
	ok net "$ID" rm 1
	old=$(helper_of "$ID")
	kill -KILL "$old"
	wait_for is_net_status dead
	fails 1 "net: helper of container \"$ID\" is not running: \"runc net $ID restart\"" net "$ID" list
	ok net "$ID" restart
	is "$(net_status)" running
	[ "$(helper_of "$ID")" != "$old" ] || fail "the same"
	has "$(inside peer ask tcp $X 8000)" "from $H"
	has "$(peer ask tcp 127.0.0.1 18147)" "to 80"
	has "$(peer ask tcp 127.0.0.1 "$port")" "to 80"
	is_closed 18146 || fail "was removed, and is back"
	# one that runs is replaced
	ok net "$ID" restart
	has "$(inside peer ask tcp $X 8000)" "from $H"
	is "$(helpers_of_case | wc -l)" 2
}
t_restart_of_a_created_container() {
	networked peer ask tcp $X 8000
	R create --network slirp "$ID" </dev/null >out 2>&1 || fail "$(cat out)"
	kill -KILL "$(helper_of "$ID")"
	wait_for is_net_status dead
	ok net "$ID" restart
	ok start "$ID"
	wait_for grep -q "from $H" out
}
t_restart_that_fails_says_why() {
	resting --network slirp --publish 127.0.0.1:18148:80
	kill -KILL "$(helper_of "$ID")"
	wait_for is_closed 18148
	peer hold 127.0.0.1 18148 >ready &
	wait_for grep -q ready ready
	fails 1 "net: publish 127.0.0.1:18148/tcp: address already in use" net "$ID" restart
	kill %1
	wait %1 2>/dev/null
	ok net "$ID" restart
	is "$(net_status)" running
}
# It has found both, init and runc-net.
is_watching() { [ "$(ls -l "/proc/$1/fd" 2>/dev/null | grep -c pidfd)" -ge 2 ]; }
t_events_tell_its_end() {
	resting --network slirp
	bg events "$ID" >events 2>errors &
	wait_for is_watching $!
	kill -SEGV "$(helper_of "$ID")"
	wait_for grep -q '"type":"net"' events
	is "$(jq -c 'select(.type == "net") | [.id, .data.status]' events)" "[\"$ID\",\"dead\"]"
	has "$(jq -r 'select(.type == "net") | .data.text' events)" "net: helper of container \"$ID\" exited"
	ok kill "$ID" KILL
	wait %1
}
t_events_do_not_take_the_end_of_both_for_it() {
	resting --network slirp
	bg events "$ID" >events 2>errors &
	wait_for is_watching $!
	ok kill "$ID" KILL
	wait %1
	hasnt "$(cat events)" '"type":"net"'
}
t_a_hundred_lives_leave_nothing() {
	networked true
	local i
	for i in $(seq 25); do
		ok run --network slirp --publish "127.0.0.1:18149:80" "$ID"
	done
	no_helper || fail "a helper is left"
	is_closed 18149 || fail "still open"
}

# ---- runc net ----

t_list() {
	served tcp 80 -- --network slirp --publish 127.0.0.1:18150:80 --publish '[::1]:18151:81;mode=slirp' --publish 127.0.0.1:18152:53/udp
	is "$(R net "$ID" list --format json | jq -c '[.entries[] | [.id, .proto, .host_addr, .host_port, .guest_port]]')" \
		'[[1,"tcp","127.0.0.1",18150,80],[2,"tcp","::1",18151,81],[3,"udp","127.0.0.1",18152,53]]'
	like "$(R net "$ID" list)" "^ID +PROTOCOL +HOST +CONTAINER +MODE
1 +tcp +127\.0\.0\.1:18150 +"
	like "$(R net "$ID" list)" "2 +tcp +\[::1\]:18151 "
}
t_add_and_rm() {
	served tcp 80 81 -- --network slirp
	is "$(R net "$ID" list --format json)" '{"entries":[]}'
	ok net "$ID" add 127.0.0.1:18160-18161:80 "unix:$CASE_DIR/web.sock:80"
	has "$output" 18160
	has "$(peer ask tcp 127.0.0.1 18160)" "to 80"
	has "$(peer ask tcp 127.0.0.1 18161)" "to 81"
	has "$(peer ask unix "$CASE_DIR/web.sock")" "to 80"
	is "$(R state "$ID" | jq -c .net.ports)" "[\"127.0.0.1:18160:80/tcp\",\"127.0.0.1:18161:81/tcp\",\"unix:$CASE_DIR/web.sock:80/tcp\"]"
	ok net "$ID" rm 1 "unix:$CASE_DIR/web.sock:80"
	is_closed 18160 || fail "still open"
	is_open 18161 || fail "closed too"
	is "$(R state "$ID" | jq -c .net.ports)" '["127.0.0.1:18161:81/tcp"]'
	ok net "$ID" add 18168:80
	like "$(R net "$ID" list)" "tcp +\*:18168 "
	ok net "$ID" rm 18168:80
	is_closed 18168 || fail "still open"
	fails 1 'net: "1" is not published' net "$ID" rm 1
	fails 1 'net: "127.0.0.1:18160:80" is not published' net "$ID" rm 127.0.0.1:18161:81 127.0.0.1:18160:80
	is_open 18161 || fail "closed although one word was wrong"
}
t_add_all_or_none() {
	resting --network slirp --publish 127.0.0.1:18162:80
	fails 1 "net: publish 127.0.0.1:18162/tcp: address already in use" net "$ID" add 127.0.0.1:18163:80 127.0.0.1:18162:80
	is_closed 18163 || fail "open"
	is "$(R net "$ID" list --format json | jq '.entries | length')" 1
}
t_add_that_another_container_has() {
	resting --network slirp --publish 127.0.0.1:18164:80
	ok run -d --network slirp "$ID-2"
	fails 1 "address already in use (by container \"$ID\")" net "$ID-2" add 127.0.0.1:18164:80
}
t_add_an_inherited_socket() {
	served tcp 80 -- --network slirp
	peer pass tcp 127.0.0.1 18165 "$RUNC" --root "$STATE" net "$ID" add fd:3:80 >out 2>&1 || fail "$(cat out)"
	has "$(peer ask tcp 127.0.0.1 18165)" "to 80"
	kill -KILL "$(helper_of "$ID")"
	wait_for is_net_status dead
	ok net "$ID" restart
	has "$output" "its socket was inherited, and is gone"
}
t_stats() {
	served tcp 80 -- --network slirp --publish 127.0.0.1:18166:80
	peer ask tcp 127.0.0.1 18166 hello >/dev/null
	inside peer ask tcp $X 8000 >/dev/null
	stats=$(R net "$ID" stats --format json)
	is "$(echo "$stats" | jq -c '[.ports[0].id, .ports[0].connections]')" "[1,1]"
	[ "$(echo "$stats" | jq .frames_in)" -gt 0 ] || fail "$stats"
	has "$(R net "$ID" stats)" BACKEND
}
t_words_of_net() {
	resting --network slirp
	fails 1 'expected list, add, rm, stats or restart' net "$ID" nosuch
	fails 1 'which ports?' net "$ID" add
	fails 1 'takes no more words' net "$ID" list all
	fails 1 'invalid format option' net --format yaml "$ID" list
	fails 1 'net: publish "x": expected' net "$ID" add x
	fails 1 'container does not exist' net "$ID-none" list
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	fails 1 'container not running' net "$ID" list
}
t_control_socket_is_the_callers_alone() {
	resting --network slirp
	is "$(stat -c '%a %F' "$STATE/$ID/net.sock")" "600 socket"
	is "$(stat -c %a "$STATE/$ID/net")" 700
}
t_clients_of_slirp4netns() {
	served tcp 80 -- --network slirp
	api() { printf %s "$1" | socat -t 10 - "UNIX-CONNECT:$STATE/$ID/net.sock"; }
	is "$(api '{"execute": "add_hostfwd", "arguments": {"proto": "tcp", "host_addr": "127.0.0.1", "host_port": 18167, "guest_addr": "10.0.2.100", "guest_port": 80}}' | jq -c .)" '{"return":{"id":1}}'
	has "$(peer ask tcp 127.0.0.1 18167)" "to 80"
	is "$(api '{"execute": "list_hostfwd"}' | jq -c '.entries[] | [.id, .proto, .host_addr, .host_port, .guest_addr, .guest_port]')" '[1,"tcp","127.0.0.1",18167,"10.0.2.100",80]'
	is "$(api '{"execute": "remove_hostfwd", "arguments": {"id": 1}}' | jq -c .)" '{"return":{}}'
	is_closed 18167 || fail "still open"
}
