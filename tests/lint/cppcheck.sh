#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cppcheck, with what it is not asked in cppcheck.txt.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v cppcheck >/dev/null || skip_all "no cppcheck (package cppcheck)"

look() { # TREE DIRECTORIES…
	local tree=$1
	shift
	(cd "$tree" && cppcheck --quiet -j2 --std=c11 --library=posix --library=gnu \
		--enable=warning,style,performance,portability --inline-suppr \
		--suppressions-list="$suppressions" -D_GNU_SOURCE \
		--library="$library" -I src -I . -I tests \
		--template='{file}:{line}: {id}: {message}' "$@") 2>&1
}
sed 's/^#.*//; /^$/d' "$here/cppcheck.txt" >"$tmp/suppressions"
suppressions=$tmp/suppressions
library=$(cd "$here" && pwd)/cppcheck.cfg

[ -n "$(sources)" ] || { echo "Bail out! no sources below $srcdir/src"; exit 99; }
for dir in src helpers tests; do
	[ -z "$(find "$srcdir/$dir" -name '*.c' 2>/dev/null | head -1)" ] || {
		look "$srcdir" "$dir" >"$tmp/out"
		check "cppcheck has nothing to say about $dir" "$tmp/out"
	}
done

mkdir "$tmp/src"
printf 'int f(void)\n{\n\tint a[2] = { 0 };\n\treturn a[2];\n}\n' >"$tmp/src/planted.c"
look "$tmp" src >"$tmp/planted"
grep arrayIndexOutOfBounds "$tmp/planted" >"$tmp/out"
check_found "seen: an index beyond the array" "$tmp/out"
finish
