#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures runc-net beside slirp4netns and rootlesskit's builtin port driver, as an ordinary user, each
# in a host's network of its own that ends with it.
#
#   make bench-net            all of it: the table, then the goals (exit 1 if one is not met)
#   BENCH_ROUNDS=5            more rounds (3)
#   BENCH_SECONDS=3           longer flows (2)
#   BENCH_FLOWS=5             more flows of each kind, and more starts, in a round (3)
#   BENCH_ONLY='tap|s4n'      only these contenders; no goals
#
# Contenders run in turns, so that what else the machine does hits all of them; numbers are medians
# over all rounds. One flow says little: where three processes share two processors, it depends on where
# the scheduler happens to put them, by a third.
# Everywhere reno: the pacing of other favourites is not what is compared here.
set -u
export LC_ALL=C

srcdir=${srcdir:-.}
builddir=${builddir:-.}
rounds=${BENCH_ROUNDS:-3} seconds=${BENCH_SECONDS:-2} flows=${BENCH_FLOWS:-3}

# ---- one contender, in its own place ----

# for the background: $! is then the program itself
exec_user() { exec setpriv --reuid=20777 --regid=20777 --clear-groups env -i HOME=/mnt/home USER=bench XDG_RUNTIME_DIR=/mnt/home PATH="$PATH" "$@"; }
as_user() { (exec_user "$@"); }
in_c() { as_user nsenter --target "$c" --user --net --preserve-credentials "$@"; }
wait_until() {
	local i
	for i in $(seq 500); do
		"$@" && return 0
		sleep 0.02
	done
	echo "net.sh: waited in vain for $*" >&2
	exit 1
}
is_open() { traffic echo tcp 127.0.0.1 "$1" q >/dev/null 2>&1; }
gbit() { jq -r '(.end.sum_received.bits_per_second // 0) / 1e9'; }
flow() { "$@" -t "$seconds" -J 2>/dev/null | gbit; }
rss() { for p in "$@"; do awk '/^VmRSS:/ { print $2 }' "/proc/$p/status"; done | awk '{ s += $1 } END { print s }'; }
say() { echo "$who $1 $2"; }

place() {
	mount -t tmpfs -o mode=755 none /mnt
	cp -a /etc /mnt/etc && mount --bind /mnt/etc /etc
	echo 'bench:x:20777:20777::/mnt/home:/bin/sh' >>/etc/passwd
	echo 'bench:x:20777:' >>/etc/group
	echo 'bench:900000:65536' | tee -a /etc/subuid >>/etc/subgid
	mkdir -m 700 /mnt/home && chown 20777:20777 /mnt/home
	mkdir /mnt/bin
	install -m755 "$builddir/runc-net" "$builddir/tests/net/launch" "$builddir/tests/net/traffic" /mnt/bin/
	PATH=/mnt/bin:$PATH
	mount -t tmpfs none /dev/net 2>/dev/null && mknod -m 666 /dev/net/tun c 10 200
	ip link set lo up
	sysctl -qw net.ipv4.tcp_congestion_control=reno
}

document() {
	jq -n --arg backend "$1" '{id: "bench", mode: "slirp", backend: $backend, userns: true, uid: 0, gid: 0, ifname: "eth0",
		mac: "52:54:00:12:34:56", mtu: 1500, network: "10.0.2.0/24", address: "10.0.2.100", gateway: "10.0.2.2", dnsAddress: "10.0.2.3",
		dns: true, hostLoopback: true, ports: [{protocol: "tcp", host: "", hostPort: 15201, guestPort: 5201}, {protocol: "tcp", host: "", hostPort: 17777, guestPort: 7777}]}'
}
launch_ours() {
	rm -f /mnt/home/up
	exec_user launch one /mnt/home/doc.json /mnt/home /mnt/bin/runc-net sleep 1000 </dev/null >/dev/null 2>&1 &
	wait_until test -e /mnt/home/up
	say ready_ms "$(awk '{ print $1 / 1000 }' /mnt/home/ready_us)"
}
is_gone() { ! kill -0 "$1" 2>/dev/null; }
end_ours() {
	kill -9 "$(cat /mnt/home/init.pid)"
	wait_until is_gone "$(cat /mnt/home/helper.pid)"
	sleep 0.3 # until the kernel has taken the namespaces down too
}
# Sets c, a process inside, and helpers, the processes that are weighed.
start_ours() {
	document "$1" >/mnt/home/doc.json
	for _ in $(seq 2 "$flows"); do
		launch_ours
		end_ours
	done
	launch_ours
	c=$(cat /mnt/home/init.pid)
	helpers="$(cat /mnt/home/helper.pid) $(pgrep -P "$(cat /mnt/home/helper.pid)")"
}
start_s4n() {
	local pipe began
	exec_user unshare --user --map-root-user --net sleep 1000 &
	c=$!
	wait_until sh -c "[ \"\$(readlink /proc/$c/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ] && grep -q sleep /proc/$c/comm"
	mkfifo -m 666 /mnt/home/ready
	exec 9<>/mnt/home/ready
	began=$(date +%s%N)
	exec_user slirp4netns -c --mtu="$1" -a /mnt/home/s4n.sock -r 9 "$c" tap0 </dev/null >/dev/null 2>&1 &
	helpers=$!
	read -r -N 1 pipe <&9
	say ready_ms "$(awk -v a="$began" -v b="$(date +%s%N)" 'BEGIN { print (b - a) / 1e6 }')"
	for map in 15201:5201 17777:7777; do
		printf '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"0.0.0.0","host_port":%d,"guest_port":%d}}' "${map%:*}" "${map#*:}" |
			socat -t 2 - UNIX-CONNECT:/mnt/home/s4n.sock >/dev/null
	done
}
start_rlk() {
	exec_user rootlesskit --state-dir=/mnt/home/rlk --net=slirp4netns --mtu=65520 --port-driver=builtin -p 0.0.0.0:15201:5201/tcp -p 0.0.0.0:17777:7777/tcp \
		sleep 1000 </dev/null >/mnt/home/rlk.log 2>&1 &
	wait_until pgrep -x sleep -u 20777 >/dev/null
	c=$(pgrep -n -x sleep -u 20777)
	helpers=$(pgrep -u 20777 -x 'rootlesskit|exe|slirp4netns' | tr '\n' ' ')
}

one() {
	local got
	who=$1
	place
	case $who in
	tap | veth) start_ours "$who" ;;
	s4n-*) start_s4n "${who#s4n-}" ;;
	rlk) start_rlk ;;
	esac
	in_c sysctl -qw net.ipv4.tcp_congestion_control=reno
	say idle_kb "$(rss $helpers)"
	iperf3 -s -B 127.0.0.1 -p 5301 >/dev/null 2>&1 &
	in_c iperf3 -s -p 5201 >/dev/null 2>&1 &
	in_c traffic serve tcp 0.0.0.0 7777 >/dev/null 2>&1 &
	traffic serve tcp 127.0.0.1 7878 >/dev/null 2>&1 &
	wait_until is_open 17777
	wait_until is_open 7878
	wait_until in_c sh -c 'ss -ltn | grep -q ":5201 "'
	for _ in $(seq "$flows"); do
		say publish_in "$(flow iperf3 -c 127.0.0.1 -p 15201)"
		say publish_out "$(flow iperf3 -R -c 127.0.0.1 -p 15201)"
	done
	say publish_crr "$(traffic crr 127.0.0.1 17777 1500 | cut -d' ' -f1)"
	got=$(traffic burst 127.0.0.1 17777 200)
	say burst_ok "${got% *}"
	say burst_ms "${got#* }"
	[ "$who" != rlk ] || return 0
	for _ in $(seq "$flows"); do
		say up "$(flow in_c iperf3 -c 10.0.2.2 -p 5301)"
		say down "$(flow in_c iperf3 -R -c 10.0.2.2 -p 5301)"
	done
	traffic slow 6001 1000 65536 >/mnt/slow &
	wait_until grep -q ready /mnt/slow
	in_c traffic flood 10.0.2.2 6001 2500
	wait_until grep -q ' ' /mnt/slow
	say sink_mbit "$(tail -1 /mnt/slow | cut -d' ' -f1)"
	say sink_pause_ms "$(tail -1 /mnt/slow | cut -d' ' -f2)"
	say rr_us "$(in_c traffic rr 10.0.2.2 7878 1000 | cut -d' ' -f2)"
	ulimit -n 4096
	in_c traffic idle 10.0.2.2 7878 900 >/mnt/idle &
	wait_until grep -q ready /mnt/idle
	say rr900_us "$(in_c traffic rr 10.0.2.2 7878 1000 | cut -d' ' -f2)"
	say idle900_kb "$(rss $helpers)"
}

if [ "${1:-}" = --one ]; then
	one "$2"
	exit
fi

# ---- all of them ----

[ "$(id -u)" -eq 0 ] || { echo "bench-net: needs root, to make networks of its own"; exit 1; }
[ -x "$builddir/runc-net" ] || { echo "bench-net: runc-net is not built (no headers of libslirp)"; exit 1; }
for tool in iperf3 ip jq nsenter pgrep setpriv socat ss unshare; do
	command -v $tool >/dev/null || { echo "bench-net: $tool is missing"; exit 1; }
done
contenders="tap veth"
if command -v slirp4netns >/dev/null; then
	contenders+=" s4n-65520 s4n-1500"
else
	echo "slirp4netns is not installed, so not compared"
fi
if command -v rootlesskit >/dev/null && command -v slirp4netns >/dev/null && command -v newuidmap >/dev/null; then
	contenders+=" rlk"
else
	echo "rootlesskit is not installed, so not compared"
fi
[ -z "${BENCH_ONLY:-}" ] || contenders=$(tr ' ' '\n' <<<"$contenders" | grep -E "$BENCH_ONLY" | tr '\n' ' ')

results=$(mktemp /tmp/runc-bench-net.XXXXXX)
trap 'rm -f "$results"' EXIT
echo "kernel: $(uname -r), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds of $flows flows of $seconds s"
for round in $(seq "$rounds"); do
	for who in $contenders; do
		timeout $((90 + 5 * flows * seconds)) unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
			env builddir="$builddir" BENCH_SECONDS="$seconds" BENCH_FLOWS="$flows" "$BASH" "$0" --one "$who" >>"$results" || echo "bench-net: $who failed in round $round"
	done
done

# Medians; a table; ratios against goals.
awk -v contenders="$contenders" -v goals="${BENCH_ONLY:+none}" '
function median(key, n, i, j, t, v) {
	n = split(values[key], v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return n ? (n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2) : ""
}
function row(key, title, i, x) {
	printf "%-34s", title
	for (i = 1; i <= count; i++) {
		x = median(who[i] " " key)
		printf x == "" ? " %10s" : " %10.1f", x == "" ? "-" : x
	}
	print ""
}
function goal(title, x, relation, y) {
	if (x == "" || y == "")
		return
	ok = relation == ">=" ? x >= y : x <= y
	printf "%-4s %-66s %8.2f %s %.2f\n", ok ? "ok" : "MISS", title, x, relation, y
	missed += !ok
}
function ratio(a, b, key, x, y) { x = median(a " " key); y = median(b " " key); return x == "" || y == "" || y == 0 ? "" : x / y }
{ values[$1 " " $2] = values[$1 " " $2] " " $3 }
END {
	count = split(contenders, who, " ")
	printf "\n%-34s", ""
	for (i = 1; i <= count; i++) printf " %10s", who[i]
	print ""
	row("up", "up, Gbit/s"); row("down", "down, Gbit/s")
	row("publish_in", "published, in, Gbit/s"); row("publish_out", "published, out, Gbit/s")
	row("publish_crr", "published connections a second")
	row("burst_ok", "of 200 clients at once, served"); row("burst_ms", "the last of them, ms")
	row("sink_mbit", "1 Gbit/s receiver gets, Mbit/s"); row("sink_pause_ms", "its longest pause, ms")
	row("rr_us", "round trip, us"); row("rr900_us", "with 900 idle connections, us")
	row("idle_kb", "at rest, kB"); row("idle900_kb", "with 900 idle connections, kB")
	row("ready_ms", "ready, ms")
	if (goals != "")
		exit 0
	print ""
	for (i = 1; i <= 2; i++) {
		w = who[i]
		goal(w ": up / slirp4netns 65520", ratio(w, "s4n-65520", "up"), ">=", 1.5)
		goal(w ": up / slirp4netns 1500", ratio(w, "s4n-1500", "up"), ">=", 6)
		goal(w ": down / slirp4netns 65520", ratio(w, "s4n-65520", "down"), ">=", 1)
		goal(w ": published in / slirp4netns 65520", ratio(w, "s4n-65520", "publish_in"), ">=", 3)
		goal(w ": published out / slirp4netns 65520", ratio(w, "s4n-65520", "publish_out"), ">=", 3)
		goal(w ": published in / rootlesskit", ratio(w, "rlk", "publish_in"), ">=", 1)
		goal(w ": published out / rootlesskit", ratio(w, "rlk", "publish_out"), ">=", 1)
		goal(w ": published connections / rootlesskit", ratio(w, "rlk", "publish_crr"), ">=", 2)
		goal(w ": of 200 clients at once, served", median(w " burst_ok"), ">=", 200)
		goal(w ": the last of them, ms", median(w " burst_ms"), "<=", 200)
		goal(w ": longest pause of a 1 Gbit/s receiver, ms", median(w " sink_pause_ms"), "<=", 50)
		goal(w ": with 900 idle connections, MB", median(w " idle900_kb") / 1024, "<=", 30)
		goal(w ": round trip with 900 idle / without", median(w " rr900_us") / median(w " rr_us"), "<=", 3)
		goal(w ": ready, ms", median(w " ready_ms"), "<=", 5)
		goal(w ": at rest, MB", median(w " idle_kb") / 1024, "<=", 5)
	}
	exit missed > 0
}' "$results"
