# SPDX-License-Identifier: Apache-2.0
# Boots a machine of $suite and runs end-to-end scripts in it, as $rows say; sourced. A row is
#
#     USER MODE SCRIPT[:CASES]…     see tests/vm/inside; e2e/ and .sh are left out
#
# What plain cgroup v2 without controllers shows as well (tests/e2e/*-v2.sh) is left out by CASES; VM_ALL=yes
# has all cases. VM_MODES and VM_SCRIPTS narrow it (regular expressions over MODE and SCRIPT), and E2E_ONLY.
# VM_LIMIT is what a row may take, in seconds. VM_REQUIRED=yes: what cannot run here is a failure, not skipped.
set -u
shopt -s extglob
export LC_ALL=C
srcdir=${srcdir:-.} builddir=${builddir:-.}
vm_home=$srcdir/tests/vm
. "$vm_home/lib.sh"

cannot() {
	[ -z "${VM_REQUIRED:-}" ] || { echo "Bail out! $suite: $*"; exit 99; }
	echo "1..0 # SKIP $suite: $*"
	exit 0
}
why=$(vm_missing)
[ -z "$why" ] || cannot "$why"
! readelf --program-headers "$builddir/runc" | grep -q INTERP || cannot "runc is linked with shared libraries, which the machine has not"
[ -x "$builddir/runc-systemd" ] || cannot "built without libsystemd (package libsystemd-dev): there is no runc-systemd"

tmp=$(mktemp -d /tmp/runc-vm.XXXXXX) || exit 99
trap 'vm_stop "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 99' INT TERM HUP

image=$("$vm_home/image" "$suite" 2>"$tmp/why") || cannot "$(cat "$tmp/why")"
echo "# $suite: image at $SECONDS s"

mkdir -p "$tmp/stage"
E2E_STAGE_AT=$tmp/stage bash "$srcdir/tests/e2e/lib.sh" || exit 99
mkdir "$tmp/stage/vm" && cp "$vm_home/inside" "$tmp/stage/vm/" || exit 99
tar -c -f "$tmp/in" --owner=0 --group=0 -C "$tmp/stage" . && rm -rf "$tmp/stage"

vm_start "$tmp" "$image" "$tmp/in" 2>"$tmp/why" || {
	sed 's/^/# /' "$tmp/why"
	echo "Bail out! $suite: the machine did not come up"
	exit 99
}
echo "# $suite: up at $SECONDS s: $(vm_ssh "$tmp" root 'uname -r; systemctl --version | head -1' | paste -sd,)"

# A machine that dies or hangs says so in its last line.
in_machine() { # in_machine USER MODE SCRIPT…
	local user=$1 mode=$2 status
	shift 2
	VM_LIMIT=${VM_LIMIT:-1500} vm_ssh "$tmp" "$user" \
		"E2E_LABEL='$suite ${user/ann/user} $mode' E2E_ONLY='${E2E_ONLY:-}' /vm/vm/inside $mode $(printf "'%s' " "$@")" </dev/null 2>&1
	status=$?
	[ $status -eq 0 ] || {
		echo "not ok - [$suite ${user/ann/user} $mode] the machine answers to the end (status $status)"
		tail -n 30 "$tmp/console" | sed 's/^/# /'
	}
}

# Line by line, so that what was said is there if time runs out.
number() {
	local line rest n=0
	while IFS= read -r line; do
		rest=${line#not }
		case $rest in
		'ok '*)
			rest=${rest#ok }
			echo "${line%%ok *}ok $((++n)) ${rest##*([0-9])*( )}"
			;;
		'# ran '*) ;;
		*) echo "$line" ;;
		esac
	done
	echo "1..$n"
}

echo "$rows" | while read -r user mode scripts; do
	[[ -n $mode && $mode =~ ${VM_MODES:-} ]] || continue
	chosen=
	[ -z "${VM_ALL:-}" ] || scripts=$(for script in $scripts; do echo "${script%%:*}"; done)
	for script in $scripts; do
		[[ ! ${script%%:*} =~ ${VM_SCRIPTS:-} ]] || chosen="$chosen $script"
	done
	[ -z "$chosen" ] || in_machine "$user" "$mode" $chosen
done | number
echo "# $suite: took $(awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) / hz) }' "/proc/$(cat "$tmp/pid")/stat") s of a processor"
