#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The layers of the house: which room may include which (layers.txt), checked for every
# file. What can be seen from a file's includes alone stays true without anybody's care.
. "${srcdir:-.}/tests/lint/lib.sh"

# edges DIR: "file line header" for every include of a header of ours below DIR/src.
edges() {
	(cd "$1" && find src helpers -name '*.[ch]' 2>/dev/null | sort |
		xargs awk '/^[ \t]*#[ \t]*include[ \t]/ { print FILENAME, FNR, $2 $3 }')
}

# judge FILE-OF-EDGES: one line for each include that breaks a rule.
judge() {
	awk -v edges="$1" '
	function room_of(path, part, n) {
		n = split(path, part, "/")
		if (part[1] == "helpers" && n > 2)
			return "helpers/" part[2]
		return n > 2 ? part[2] : "main"
	}
	/^#/ || /^$/ { next }
	{ name = $0; sub(/:.*/, "", name); rest = $0; sub(/^[^:]*:[ ]*/, "", rest) }
	name ~ /^only / { sub(/^only /, "", name); only[name] = " " rest " "; next }
	name == "many-doors" { split(rest, w, " "); for (i in w) many[w[i]] = 1; next }
	{ rooms[name] = 1; may[name] = " " rest " " }
	END {
		while ((getline line < edges) > 0) {
			split(line, f, " ")
			from = room_of(f[1]); header = f[3]; where = f[1] ":" f[2] ": "
			if (!(from in rooms))
				print where "the room " from " has no row in layers.txt"
			if (header in only) {
				if (index(only[header], " " f[1] " ") == 0)
					print where header " belongs to" only[header]
				continue
			}
			if (header !~ /^"/)
				continue
			path = substr(header, 2, length(header) - 2)
			if (path !~ /\//) {
				print where header ": say the room too"
				continue
			}
			to = path; sub(/\/[^\/]*$/, "", to)
			file = path; sub(/.*\//, "", file)
			if (to == from)
				continue
			if (!(to in rooms))
				print where "there is no room " to
			else if (index(may[from], " " to " ") == 0)
				print where from " may not include " to
			else if (!(to in many) && file != to ".h")
				print where path " is not the door of " to
			else if (file == "private.h")
				print where path " is private"
		}
	}' "$here/layers.txt"
}

# Rows must only point to rows above them: then the table itself has no cycle.
order() {
	awk '/^#/ || /^$/ || /^only/ || /^many/ { next }
	{ name = $1; sub(/:/, "", name)
	  for (i = 2; i <= NF; i++) if (!($i in seen)) print name " stands above " $i
	  seen[name] = 1 }' "$1"
}

# Inside a room too, headers must not include each other in a circle.
circles() {
	awk '$1 ~ /\.h$/ && $3 ~ /^"/ { from = $1; sub(/^src\//, "", from)
		print from, substr($3, 2, length($3) - 2) }' "$1" | tsort 2>&1 >/dev/null
}

edges "$srcdir" >"$tmp/edges"
[ -s "$tmp/edges" ] || { echo "Bail out! no sources below $srcdir/src"; exit 99; }

judge "$tmp/edges" >"$tmp/out"
check "every include goes to a room below" "$tmp/out"
order "$here/layers.txt" >"$tmp/out"
check "the table of layers has no cycle" "$tmp/out"
circles "$tmp/edges" >"$tmp/out"
check "no headers include each other in a circle" "$tmp/out"
for room in $(sed -n 's/^\([a-z]*\):.*/\1/p' "$here/layers.txt"); do
	[ "$room" = main ] || [ -d "$srcdir/src/$room" ] || echo "layers.txt: there is no src/$room"
done >"$tmp/out"
check "every row has a room" "$tmp/out"

# Does it see what it is there for? planted FILE INCLUDE TITLE
planted() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/src/$(dirname "$1")"
	echo "#include $2" >"$tmp/tree/src/$1"
	edges "$tmp/tree" >"$tmp/planted"
	judge "$tmp/planted" >"$tmp/out"
	check_found "seen: $3" "$tmp/out"
}
planted rootfs/new.c '"cgroup/cgroup.h"' "a room that includes its neighbour"
planted base/new.c '"kernel/proc.h"' "a room that includes one above it"
planted container/new.c '"rootfs/private.h"' "a private header outside its room"
planted cli/new.c '"container/launch.h"' "a header that is not the door"
planted spec/new.c '<jansson.h>' "a library outside its one file"
planted spec/new.c '"load.h"' "an include without its room"
planted attic/new.c '<stdio.h>' "a room that the table does not know"
printf 'a: b\nb: a\n' >"$tmp/table"
order "$tmp/table" >"$tmp/out"
check_found "seen: a table with a cycle" "$tmp/out"
mkdir -p "$tmp/tree/src/base"
echo '#include "base/b.h"' >"$tmp/tree/src/base/a.h"
echo '#include "base/a.h"' >"$tmp/tree/src/base/b.h"
edges "$tmp/tree" >"$tmp/planted"
circles "$tmp/planted" >"$tmp/out"
check_found "seen: two headers in a circle" "$tmp/out"
finish
