#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How large things are. The longest of each are shown, for taste; what fails is what
# nobody wants to read in one go, or to load at every start of a container.
. "${srcdir:-.}/tests/lint/lib.sh"

MAX_FUNCTION=60 # lines between its braces; tables do not count
MAX_FILE=600 # past 500 one should look for a second idea
MAX_BINARY=$((2 * 1024 * 1024)) # stripped; a static runc is 1.4 MB, most of it libc

# "lines file: function" for every function of a laid-out file
functions() {
	(cd "$1" && shift && awk '
	FNR == 1 { start = 0; name = "" }
	/^[A-Za-z].*\(/ && !/=/ { name = $0 }
	/^\{$/ { start = FNR }
	/^\}$/ && start { print FNR - start - 1, FILENAME ": " name; start = 0 }' "$@")
}
over() { awk -v max="$1" '$1 > max' "$2"; }

functions "$srcdir" $(sources) | sort -rn >"$tmp/functions"
over $MAX_FUNCTION "$tmp/functions" >"$tmp/out"
check "no function has more than $MAX_FUNCTION lines" "$tmp/out"
head -10 "$tmp/functions" | sed 's/^/# /'

sources >"$tmp/names"
(cd "$srcdir" && xargs wc -l <"$tmp/names") | awk '$2 != "total" { print $1, $2 }' | sort -rn >"$tmp/files"
# limits.c: the table and its forms in one place; unified and the lists want files of their own
over $MAX_FILE "$tmp/files" | grep -v ' src/cgroup/limits\.c$' >"$tmp/out"
check "no file has more than $MAX_FILE lines" "$tmp/out"
head -10 "$tmp/files" | sed 's/^/# /'

mkdir "$tmp/tree"
{
	echo 'int long_one(void)'
	echo '{'
	seq $((MAX_FUNCTION + 1)) | sed 's/.*/	go();/'
	echo '}'
} >"$tmp/tree/planted.c"
functions "$tmp/tree" planted.c >"$tmp/planted"
over $MAX_FUNCTION "$tmp/planted" >"$tmp/out"
check_found "seen: a function of one line more" "$tmp/out"
[ "$(awk '{ print $1 }' "$tmp/functions" | wc -l)" -gt 100 ] && echo many >"$tmp/out" || : >"$tmp/out"
check_found "functions are recognised at all" "$tmp/out"

runc=$builddir/runc
if [ ! -x "$runc" ]; then
	n=$((n + 1))
	echo "ok $n - runc is small # SKIP not built"
elif nm "$runc" 2>/dev/null | grep -q __asan_init; then
	n=$((n + 1))
	echo "ok $n - runc is small # SKIP built with sanitizers"
elif ! command -v strip >/dev/null; then
	n=$((n + 1))
	echo "ok $n - runc is small # SKIP no strip (package binutils)"
else
	strip -o "$tmp/runc" "$runc"
	stat -c %s "$tmp/runc" >"$tmp/bytes"
	over $MAX_BINARY "$tmp/bytes" >"$tmp/out"
	check "runc, stripped, has at most $MAX_BINARY bytes" "$tmp/out"
	echo "# $(cat "$tmp/bytes") bytes"
fi
finish
