# SPDX-License-Identifier: Apache-2.0
# For scripts about runc-net, sourced first: they run in a network of their own, so that the
# machine's is never touched, and without runc: launch.c does what runc would.
#
#     H   where runc-net is started: lo, and 198.51.100.1 and 2001:db8::1 on a wire to
#     X   another machine, 198.51.100.2 and 2001:db8::2, with echo servers on port 8000
#     C   the container, 10.0.2.100 and fd00::100
#
# /etc is a copy that anybody may change, /dev/net/tun is closed to all but root. All of it
# is in a pid namespace and ends with the script.

LAB=/mnt
H=198.51.100.1 H6=2001:db8::1 X=198.51.100.2 X6=2001:db8::2
C=10.0.2.100 C6=fd00::100
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/wire.sh"

# ---- once, as root: the place ----

lab_make() {
	local x
	cp -a /etc "$LAB/etc"
	rm -f "$LAB/etc/resolv.conf"
	echo "nameserver $X" >"$LAB/etc/resolv.conf"
	chmod 777 "$LAB/etc"
	mount --bind "$LAB/etc" /etc
	mount -t tmpfs none /dev/net 2>/dev/null || { mkdir -p /dev/net && mount -t tmpfs none /dev/net; }
	mknod -m 600 /dev/net/tun c 10 200
	# what is measured and tested is not the pacing of the host's favourite
	sysctl -qw net.ipv4.tcp_congestion_control=reno net.ipv4.ping_group_range="0 2147483647"
	wire_up
	nsenter --net="/proc/$x/ns/net" sysctl -qw net.ipv4.tcp_congestion_control=reno
	install -m755 "$builddir/tests/net/traffic" "$LAB/traffic"
	mkfifo "$LAB/ask"
	chmod 666 "$LAB/ask"
	lab_serve "$x" </dev/null >"$LAB/server.log" 2>&1 &
	for where in "tcp $X" "tcp $X6" "udp $X" "udp $X6"; do
		# shellcheck disable=SC2086
		nsenter --net="/proc/$x/ns/net" "$LAB/traffic" serve $where 8000 </dev/null >/dev/null 2>&1 &
	done
}

# What a case cannot do as an ordinary user: a line of "N VERB WORDS", answered by a file.
lab_serve() {
	local x=$1 n verb words
	exec 3<>"$LAB/ask"
	while read -r n verb words <&3; do
		(
			case $verb in
			tun) chmod "$words" /dev/net/tun ;;
			host) eval "$words" ;; # in H
			x) nsenter --net="/proc/$x/ns/net" setpriv --reuid=65534 --regid=65534 --clear-groups bash -c "$words" ;;
			esac >"$LAB/reply.$n" 2>&1 3<&-
			echo $? >"$LAB/reply.$n.new"
			mv "$LAB/reply.$n.new" "$LAB/reply.$n.done"
		) &
	done
}

if [ -z "${E2E_AS:-}" ] && [ -z "${NET_LAB:-}" ]; then
	for tool in ip unshare nsenter setpriv sysctl jq; do
		command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is missing"; exit 0; }
	done
	[ -x "${builddir:-.}/runc-net" ] || { echo "1..0 # SKIP runc-net is not built (no headers of libslirp)"; exit 0; }
	[ "$(id -u)" -eq 0 ] || { echo "1..0 # SKIP needs root, to make a network of its own"; exit 0; }
	exec env NET_LAB=yes E2E_UNIQUE=$$ unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private bash "$0"
elif [ -z "${E2E_AS:-}" ]; then
	builddir=${builddir:-.}
	mount -t tmpfs -o mode=755 none "$LAB"
	lab_make || { echo "Bail out! no network of the script's own"; exit 1; }
fi

. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# ---- what cases say ----

# lab VERB WORDS…: tun MODE; host COMMAND, as root in H; x COMMAND, as nobody in X
lab() {
	local n=$BASHPID.$RANDOM
	echo "$n $*" >"$LAB/ask"
	wait_for test -e "$LAB/reply.$n.done"
	cat "$LAB/reply.$n"
	return "$(cat "$LAB/reply.$n.done")"
}
in_x() { lab x "$*"; }
# What somebody in X hears when they talk to us.
x_says() { in_x "$LAB/traffic" "$@"; }

# The launch message of this case, changed by a jq filter.
document() {
	local map=${MAP:-one} userns=true uid=0
	[ "$E2E_AS" = user ] || [ -n "${MAP:-}" ] || map=none
	case $map in none) userns=false uid=64999 ;; range) uid=65535 ;; esac
	mkdir -p "$NET"
	trap net_clean EXIT
	echo "$map" >"$NET/map"
	jq -n --argjson userns $userns --argjson uid $uid '{
		id: "test", mode: "slirp", backend: "auto", userns: $userns, uid: $uid, gid: $uid, debug: true,
		ifname: "eth0", mac: "52:54:00:12:34:56", mtu: 1500,
		network: "10.0.2.0/24", address: "10.0.2.100", gateway: "10.0.2.2", dnsAddress: "10.0.2.3",
		ipv6: true, network6: "fd00::/64", address6: "fd00::100", gateway6: "fd00::2", dnsAddress6: "fd00::3",
		dns: true} | '"${1:-.}" >"$NET/doc.json"
}
# net_start [FILTER [CMD…]]: runc-net for a new container, in the background; CMD runs in
# it once the network is there.
net_start() {
	document "${1:-.}"
	shift
	[ $# -gt 0 ] || set -- sleep 1000
	rm -f "$NET"/{up,answers,init.pid,helper.pid,helper.status,ready_us}
	"$E2E_STAGE/bin/launch" "$(cat "$NET/map")" "$NET/doc.json" "$NET" "${HELPER:-$E2E_STAGE/bin/runc-net}" "$@" \
		</dev/null >"$NET/out" 2>"$NET/err" &
	LAUNCHER=$!
}
# net_up [FILTER [CMD…]]: until it is ready
net_up() {
	net_start "$@"
	wait_for net_is_decided
	[ -e "$NET/up" ] || fail "no network: $(cat "$NET/answers" "$NET/err" 2>/dev/null)"
	find_c
}
net_is_decided() { [ -e "$NET/up" ] || is_gone "$LAUNCHER"; }
# net_fails TEXT [FILTER]: it must not come up, and say so; what was said is in $output
net_fails() {
	local text=$1
	shift
	net_start "$@"
	wait_for net_is_decided
	[ ! -e "$NET/up" ] || fail "it is up: $(cat "$NET/answers")"
	output=$(answers)
	[ "$(jq -r 'select(.kind == "failed").text' "$NET/answers")" = "$text" ] || fail "got: $output
want: $text"
}
answers() { cat "$NET/answers" 2>/dev/null; }
# What was said at a level.
said() { jq -r --arg level "$1" 'select(.kind == "log" and .level == $level).text' "$NET/answers"; }
backend() { jq -r 'select(.kind == "ready").backend' "$NET/answers"; }
# The n-th published port, as it was chosen.
host_port() { jq -r --argjson n "$1" 'select(.kind == "ready").hostPorts[$n]' "$NET/answers"; }

# The container ends; so must everything else.
net_down() {
	[ -n "${INIT:-}" ] || return 0
	kill -KILL "$INIT" 2>/dev/null
	wait_for no_helper
	INIT=
}
no_helper() { [ -z "$(pgrep -x runc-net)" ]; }
# The process with libslirp.
main_pid() { pgrep -P "$HELPER_PID" | head -1; }

# Commands in the container's network. The words are in IN_C, for those who want no shell between.
in_c() { "${IN_C[@]}" "$@"; }
find_c() {
	INIT=$(cat "$NET/init.pid") HELPER_PID=$(cat "$NET/helper.pid")
	if [ "$(cat "$NET/map")" = none ]; then
		IN_C=(nsenter --net="/proc/$INIT/ns/net")
	else
		IN_C=(nsenter --target "$INIT" --user --net --preserve-credentials)
	fi
}
# A server in C, H or wherever the first word says, until the case ends: its output is $NET/NAME.
server() { # server NAME PREFIX… traffic WORDS…
	local name=$1
	shift
	mkdir -p "$NET"
	trap net_clean EXIT
	"$@" </dev/null >"$NET/$name" 2>&1 &
	SERVERS="${SERVERS:-} $!"
	wait_for grep -q ready "$NET/$name"
}
c_serves() { # c_serves NAME WORDS…
	local name=$1
	shift
	server "$name" "${IN_C[@]}" traffic serve "$@"
}
ask_control() { printf '%s' "$1" | socat -t 5 - "UNIX-CONNECT:$NET/net.sock"; }

# What is of the case, when it is over, however it went.
net_clean() {
	local pid
	for pid in ${SERVERS:-} ${LAUNCHER:-} $(jobs -p); do kill -TERM "$pid" 2>/dev/null; done
	for pid in $(cat "$NET"/init.pid "$NET"/helper.pid 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
}
eval "$(declare -f run_case | sed '1s/run_case/run_one_case/')"
run_case() {
	NET=$E2E_TMP/$1/net
	run_one_case "$1"
}
eval "$(declare -f leftovers | sed '1s/leftovers/leftovers_of_lib/')"
leftovers() {
	local left
	left=$(pgrep -a -x 'runc-net|launch' | sed 's/^/process: /')
	left+=$(find /proc/[0-9]*/exe -lname '*/traffic' 2>/dev/null | cut -d/ -f3 | while read -r p; do
		grep -qs "$LAB" "/proc/$p/cmdline" || echo "process: $p $(tr '\0' ' ' <"/proc/$p/cmdline")"
	done)
	[ -z "$left" ] || { echo "$left"; return 1; }
	leftovers_of_lib
}
