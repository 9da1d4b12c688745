#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One layout for all of it, by one version of the program: others lay out differently.
. "${srcdir:-.}/tests/lint/lib.sh"

command -v clang-format-14 >/dev/null || skip_all "no clang-format-14 (package clang-format-14)"

for f in $(sources) $(test_sources); do
	(cd "$srcdir" && clang-format-14 --dry-run -Werror "$f") >"$tmp/out" 2>&1
	check "$f is laid out" "$tmp/out"
done
cp "$srcdir/.clang-format" "$tmp/"
printf 'int  main( void ) {return 0;}\n' >"$tmp/planted.c"
(cd "$tmp" && clang-format-14 --dry-run -Werror planted.c) >"$tmp/out" 2>&1
check_found "seen: a line that is not" "$tmp/out"
finish
