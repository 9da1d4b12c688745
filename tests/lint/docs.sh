#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The pages say what the program says: each command and flag of --help is an entry of
# its manual page, no page names a flag or a command that there is not; what docs/*.md
# name (files, tests, error texts, versions) exists. Manual pages render without warnings.
set -u
export LC_ALL=C.UTF-8
srcdir=${srcdir:-.}
runc=${builddir:-.}/runc
man=$srcdir/docs/man
tmp=$(mktemp -d "${TMPDIR:-/tmp}/runc-docs.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

# verdict TITLE: ok if $tmp/wrong is empty
verdict() {
	n=$((n + 1))
	if [ -s "$tmp/wrong" ]; then
		echo "not ok $n - $1"
		sed 's/^/# /' "$tmp/wrong"
	else
		echo "ok $n - $1"
	fi
	rm -f "$tmp/wrong"
}
wrong() { echo "$*" >>"$tmp/wrong"; }
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
# differ GOT WANT WHAT: the lines that only one of the two has
differ() {
	comm -23 <(sort -u "$1") <(sort -u "$2") | sed "s|^|$3|" >>"$tmp/wrong"
}

# The source of a page as it will be read: no fonts, plain dashes.
plain() { sed -e 's/\\f[BIRP]//g' -e 's/\\-/-/g' -e 's/…/.../g' "$1"; }
# Entries of a section: "--bundle, -b DIR".
entries() { plain "$1" | awk -v section=".SH $2" '/^\.SH/ { on = $0 == section } on && /^\.B / && last == ".TP" { print substr($0, 4) } { last = $0 }'; }
# The left column of a section of a command's help.
left() { "$runc" ${2:+"$2"} --help | sed 's/…/.../g' | awk -v section="$1:" '/^[A-Z]/ { on = $0 == section; next } on && NF { sub(/^ +/, ""); sub(/  .*/, ""); print }'; }

"$runc" --help | awk '/^[A-Z]/ { on = $0 == "COMMANDS:"; next } on && NF { print $1 }' >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" -gt 5 ] || { echo "Bail out! $runc --help lists no commands"; exit 1; }

# ---- manual pages against --help ----

for command in "" $(grep -vx help "$tmp/commands"); do
	page=$man/runc${command:+-$command}.8
	if [ ! -f "$page" ]; then
		wrong "$page is missing"
		verdict "the page of runc ${command:-itself}"
		continue
	fi
	if [ -n "$command" ]; then left OPTIONS "$command"; else left "GLOBAL OPTIONS" ""; fi >"$tmp/help"
	entries "$page" OPTIONS >"$tmp/page"
	[ -s "$tmp/help" ] || wrong "no options in runc $command --help"
	differ "$tmp/help" "$tmp/page" "not in $page: "
	# what --help hides may have an entry, if the program takes it
	comm -13 <(sort -u "$tmp/help") <(sort -u "$tmp/page") >"$tmp/more"
	while read -r entry; do
		flag=${entry%%[, ]*}
		"$runc" ${command:+"$command"} "$flag" --help >"$tmp/out" 2>&1
		grep -q '^NAME:' "$tmp/out" && ! grep -q 'not defined' "$tmp/out" ||
			wrong "$page has $entry, which runc $command does not know"
		grep -qE -- "^ *$flag([, ]|\$)" "$tmp/out" && wrong "$page has $entry, which --help spells otherwise"
	done <"$tmp/more"
	title=$("$runc" ${command:+"$command"} --help | sed -n '2s/^ *//p')
	[ -z "$command" ] || title=runc-${title#runc }
	plain "$page" | grep -qFx -- "$title" || wrong "$page: NAME is not: $title"
	for section in SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO"; do
		grep -q "^.SH $section\$" "$page" || wrong "$page has no section $section"
	done
	verdict "the page of runc ${command:-itself}"
done

entries "$man/runc.8" COMMANDS >"$tmp/page"
differ "$tmp/commands" "$tmp/page" "no entry in runc.8: "
differ "$tmp/page" "$tmp/commands" "no command of this name, in runc.8: "
for page in "$man"/*.8; do
	command=$(basename "$page" .8)
	[ "$command" = runc ] || grep -qx "${command#runc-}" "$tmp/commands" || wrong "$page is of no command"
	grep -qF "docs/man/$(basename "$page")" "$srcdir/docs/Makemodule.am" || wrong "$page is not installed"
done
verdict "all commands have an entry, and nothing else has"

# ---- flags that are named anywhere ----

for command in "" $(cat "$tmp/commands"); do "$runc" ${command:+"$command"} --help; done |
	grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u >"$tmp/flags"
echo --all >>"$tmp/flags" # kill's, hidden
for page in "$man"/*.8; do
	plain "$page" | grep -oE '(^|[^-A-Za-z])--[a-z][a-z-]*' | grep -oE -- '--.*' | sort -u |
		grep -vxFf "$tmp/flags" | sed "s|^|$page: |" >>"$tmp/wrong"
done
# in docs/*.md: after the word runc, in code
for page in "$srcdir"/docs/*.md; do
	grep -oE '(^|[ `$/])runc( +[-a-zA-Z0-9/_.$=]+)*' "$page" | grep -oE -- ' --[a-z][a-z-]*' | tr -d ' ' | sort -u |
		grep -vxFf "$tmp/flags" | sed "s|^|$page: runc … |" >>"$tmp/wrong"
done
verdict "no page names a flag that there is not"

# ---- what docs/*.md name ----

for page in "$srcdir"/docs/*.md; do
	grep -oP '(?<![\w/.])(src|tests|docs|helpers)/[\w./-]*\w' "$page" | sort -u | while read -r path; do
		[ -e "$srcdir/$path" ] || [ -e "$srcdir/$path.c" ] || wrong "$page: $path"
	done
done
verdict "files that docs/*.md name exist"

for page in "$srcdir"/docs/*.md; do
	grep -oP '(?<![\w/.])t_\w+' "$page" | sort -u | while read -r name; do
		[ -e "$srcdir/tests/unit/$name.c" ] ||
			grep -qrE "^$name\(\)" "$srcdir/tests/e2e" "$srcdir/tests/attack" || wrong "$page: $name"
	done
done
verdict "tests that docs/*.md name exist"

# Headings of docs/ROOTLESS.md in backquotes are error texts; … stands for what differs.
cat "$srcdir"/src/*/*.c "$srcdir"/helpers/*/*.c | sed 's/\\"/"/g' >"$tmp/src"
sed -n 's/^#* *`\(.*\)`$/\1/p' "$srcdir/docs/ROOTLESS.md" >"$tmp/texts"
[ "$(wc -l <"$tmp/texts")" -gt 10 ] || wrong "docs/ROOTLESS.md has $(wc -l <"$tmp/texts") error texts"
while read -r text; do
	while read -r part; do
		[ -z "$part" ] || grep -qF -- "$part" "$tmp/src" || wrong "docs/ROOTLESS.md: nothing says: $part"
	done <<<"${text//…/$'\n'}"
done <"$tmp/texts"
verdict "error texts of docs/ROOTLESS.md are the program's"

version=$("$runc" --version | sed -n '1s/runc version //p')
grep -q "^## $version\$" "$srcdir/docs/CHANGES.md" || wrong "docs/CHANGES.md has no section $version"
verdict "docs/CHANGES.md has this version"

# ---- rendering ----

if command -v groff >/dev/null; then
	for page in "$man"/*.8; do
		groff -ww -z -man -Tutf8 "$page" 2>&1 | sed "s|^|$page: |" >>"$tmp/wrong"
	done
	verdict "groff renders the manual pages without warnings"
else
	skip "groff renders the manual pages without warnings" "groff is missing"
fi
if command -v mandoc >/dev/null; then
	for page in "$man"/*.8; do
		# "referenced manual not found" is about what is installed here
		mandoc -T lint "$page" 2>&1 | grep -v 'referenced manual not found' >>"$tmp/wrong"
	done
	verdict "mandoc finds nothing to say about the manual pages"
else
	skip "mandoc finds nothing to say about the manual pages" "mandoc is missing"
fi

echo "1..$n"
