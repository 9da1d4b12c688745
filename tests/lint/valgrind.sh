#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The unit tests under valgrind's memcheck: no error, nothing definitely lost, and the
# tests still pass. What it finds in children counts too.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v valgrind >/dev/null || skip_all "no valgrind (package valgrind)"
if nm "$builddir/tests/unit/t_err" 2>/dev/null | grep -q __asan_init; then
	skip_all "built with sanitizers, which want the same memory"
fi

# valgrind answers ENOSYS to the system calls it does not know (3.19 knows none of these),
# so these tests cannot pass; the build with sanitizers runs them all.
without="t_beneath: openat2
t_kernel: openat2, pidfd_open, pidfd_send_signal
t_listen: pidfd_open, waitid of a pidfd
t_process: openat2
t_seccomp: seccomp
t_spawn: pidfd_open
t_stats: openat2
t_store: pidfd_open, openat2
t_systemd: pidfd_open
t_helper: pidfd_open"

run_one() { # NAME: leaves NAME.out empty if all is well
	local log=$tmp/$1 rc
	timeout 600 valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
		--errors-for-leak-kinds=definite --suppressions="$srcdir/tests/lint/valgrind.supp" --log-file="$log.vg.%p" \
		"$builddir/tests/unit/$1" >"$log.tap" 2>&1
	rc=$?
	{
		grep -h '^not ok\|^Bail' "$log.tap"
		grep -h '^==\|unhandled' "$log".vg.* 2>/dev/null | sort | uniq -c | head -40
		[ $rc -eq 0 ] || echo "status $rc"
	} >"$log.out"
}
export tmp builddir srcdir
export -f run_one

# the longest first: two at a time then end together
names=$(cd "$srcdir/tests/unit" && ls -S t_*.c | sed 's/\.c$//')
for name in $names; do
	[ -x "$builddir/tests/unit/$name" ] || {
		echo "Bail out! $name is not built: make check"
		exit 99
	}
	echo "$without" | grep -q "^$name:" || echo "$name"
done >"$tmp/names"
xargs -P2 -n1 bash -c 'run_one "$1"' valgrind <"$tmp/names"
for name in $names; do
	if why=$(echo "$without" | grep "^$name:"); then
		n=$((n + 1))
		echo "ok $n - $name # SKIP valgrind does not know${why#*:}"
	else
		check "$name" "$tmp/$name.out"
	fi
done

if command -v "${CC%% *}" >/dev/null 2>&1; then
	cat >"$tmp/planted.c" <<'END'
#include <stdlib.h>
char *volatile p;
int main(void)
{
	p = malloc(10);
	if (p[3])
		p[4] = 1;
	p = malloc(20);
	return 0;
}
END
	mkdir -p "$tmp/b/tests/unit"
	# shellcheck disable=SC2086
	$CC -g -o "$tmp/b/tests/unit/planted" "$tmp/planted.c" && (builddir=$tmp/b && run_one planted)
	grep 'definitely lost' "$tmp/planted.out" >"$tmp/out"
	check_found "seen: a leak" "$tmp/out"
	grep 'uninitialised' "$tmp/planted.out" >"$tmp/out"
	check_found "seen: a value that nobody set" "$tmp/out"
fi
finish
