# SPDX-License-Identifier: Apache-2.0
# Shared by the checks of the sources: cases, and what the sources are.
set -u
export LC_ALL=C

srcdir=${srcdir:-.}
builddir=${builddir:-$srcdir/build}
here=$srcdir/tests/lint

n=0
failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/runc-lint.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT

# check TITLE FILE: passes if FILE, which lists what is wrong, is empty.
check() {
	n=$((n + 1))
	if [ -s "$2" ]; then
		echo "not ok $n - $1"
		head -50 "$2" | sed 's/^/# /'
		failed=1
	else
		echo "ok $n - $1"
	fi
}
# check_found TITLE FILE: the other way round: a planted violation must have been seen.
check_found() {
	n=$((n + 1))
	if [ -s "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1: not found"
		failed=1
	fi
}
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}
# Every script ends with this; the status is for those who run it by hand.
finish() {
	echo "1..$n"
	exit "$failed"
}

# Names below the top of the tree.
sources() { (cd "$srcdir" && find src helpers -name '*.[ch]' 2>/dev/null | sort); }
test_sources() { (cd "$srcdir" && find tests -name '*.[ch]' | sort); }
