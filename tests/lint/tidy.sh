#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy, with the checks of .clang-tidy. A file a time: version 14 mistakes va_lists
# when it sees several.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v clang-tidy-14 >/dev/null || skip_all "no clang-tidy-14 (package clang-tidy-14)"
[ -e "$builddir/config.h" ] || skip_all "not configured: no config.h in $builddir"

tidy_one() { # FILE: writes what was found to $tmp/FILE.out
	local out=$tmp/${1//\//_}
	# shellcheck disable=SC2086
	(cd "$tree" && clang-tidy-14 --quiet "$1" -- -std=gnu11 -D_GNU_SOURCE -Ulinux \
		-DHELPERDIR='"/usr/libexec/runc"' -iquote src -iquote . -iquote tests -iquote "$build" $flags) >"$out.out" 2>"$out.log" ||
		[ -s "$out.out" ] || cp "$out.log" "$out.out"
}
tree=$(cd "$srcdir" && pwd) build=$(cd "$builddir" && pwd)
flags=$(pkg-config --cflags jansson libseccomp libcap)
export tree build flags tmp
export -f tidy_one

{ sources; test_sources; } | grep '\.c$' >"$tmp/files"
xargs -P2 -n1 bash -c 'tidy_one "$1"' tidy <"$tmp/files"
while read -r f; do
	check "$f" "$tmp/${f//\//_}.out"
done <"$tmp/files"

cp "$srcdir/.clang-tidy" "$tmp/"
mkdir "$tmp/src"
cat >"$tmp/src/planted.c" <<'END'
int f(int *p);
int f(int *p)
{
	if (!p)
		return *p;
	return 0;
}
END
(tree=$tmp && tidy_one src/planted.c)
grep NullDereference "$tmp/src_planted.c.out" >"$tmp/out"
check_found "seen: a null pointer that is used" "$tmp/out"
finish
