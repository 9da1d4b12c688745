# SPDX-License-Identifier: Apache-2.0
# For scripts about networks: sourced first, it gives them a host's network of their own,
# so that the machine's is never touched. Three places:
#
#     H   where runc is called: lo, and a way out, 198.51.100.1 and 2001:db8:5::1, to
#     X   another machine, 198.51.100.2 and 2001:db8:5::2, where in_x runs commands as nobody
#     C   a container, 10.0.2.100
#
# /etc/resolv.conf of H names a server at 127.0.0.1, which knows web.test (X) and packages.test (H).
# All of it ends with the script: it is the first process of a pid namespace.

H=198.51.100.1 H6=2001:db8:5::1
X=198.51.100.2 X6=2001:db8:5::2
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/wire.sh"

# As root, once.
host_net_up() {
	local peer=$builddir/tests/helpers/peer dir=$1 x
	wire_up
	install -m755 "$peer" "$dir/peer"
	# whoever is in H, and nobody else, may have commands run in X
	PATH=$dir:$PATH nsenter --net="/proc/$x/ns/net" setpriv --reuid=65534 --regid=65534 --clear-groups \
		socat TCP-LISTEN:7777,reuseaddr,fork,backlog=64 SYSTEM:sh,stderr </dev/null >/dev/null 2>&1 &
	nsenter --net="/proc/$x/ns/net" "$dir/peer" serve tcp 8000 </dev/null >/dev/null 2>&1 &
	nsenter --net="/proc/$x/ns/net" "$dir/peer" serve udp 8000 </dev/null >/dev/null 2>&1 &
	"$dir/peer" dns 53 web.test=$X packages.test=$H </dev/null >/dev/null 2>&1 &
	printf 'search test\nnameserver 127.0.0.1\n' >"$dir/resolv.conf"
	mount --bind "$dir/resolv.conf" "$(realpath /etc/resolv.conf)"
}

if [ -z "${E2E_AS:-}" ] && [ -z "${E2E_HOST_NET:-}" ]; then
	for tool in ip socat unshare nsenter setpriv; do
		command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is missing"; exit 0; }
	done
	if [ "$(id -u)" -ne 0 ]; then
		echo "1..0 # SKIP needs root, to make a network of its own"
		exit 0
	fi
	exec env E2E_HOST_NET=yes E2E_UNIQUE=$$ unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private bash "$0"
elif [ -z "${E2E_AS:-}" ]; then
	builddir=${builddir:-.}
	host_net_dir=$(mktemp -d /tmp/runc-host-net.XXXXXX)
	chmod 755 "$host_net_dir"
	host_net_up "$host_net_dir" || { echo "Bail out! no network of the script's own"; exit 1; }
fi

# ---- what cases say ----

# Commands in X, as nobody; their output, and their status as the last line "status N".
in_x() {
	printf '{ %s\n} 2>&1; printf "\\nstatus $?\\n"\n' "$*" | socat -t 30 - TCP:$X:7777
}
# x_ask WORDS…: what peer hears in X
x_ask() { in_x "peer ask $*" | sed '$d' | sed '${/^$/d}'; }
has_runc_net() {
	[ -x "${RUNC%/*}/runc-net" ] || skip "runc-net is not built here (libslirp's headers are missing)"
}
# The processes of runc-net for containers of this case.
helpers_of_case() { pgrep -x -f "runc-net $ID.*" 2>/dev/null; }
no_helper() { [ -z "$(helpers_of_case)" ]; }
# A port that nobody listens on.
is_closed() { peer ask tcp "${2:-127.0.0.1}" "$1" 2>&1 | grep -q "Connection refused"; }
is_open() { ! is_closed "$@"; }
answers() { peer ask tcp 127.0.0.1 "$1" >/dev/null 2>&1; }
