#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Times our runc beside the installed crun and runc, and the floor: what the kernel's part alone costs.
#
#   make bench                all tables, then the checks (exit 1 if one is not met)
#   BENCH_ROUNDS=200          more rounds (40)
#   BENCH_ONLY='run|exec'     only these tables, by title; no checks
#
# As root it runs in a private mount namespace whose /sys/fs/cgroup is a plain cgroup2 mount: crun refuses
# a hybrid of v1 and v2, and on v1 everybody pays for each hierarchy. The host is left as it is. As an
# ordinary user: only the tables that a user can have.
set -u
export LC_ALL=C

srcdir=${srcdir:-.}
builddir=${builddir:-.}
rounds=${BENCH_ROUNDS:-40}

if [ "$(id -u)" -eq 0 ] && [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ] && [ -z "${BENCH_V2_VIEW:-}" ]; then
	BENCH_V2_VIEW=1 exec unshare --mount --propagation private "$BASH" "$0"
fi
if [ -n "${BENCH_V2_VIEW:-}" ]; then
	umount --recursive --lazy /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
fi

# ---- what there is to compare ----

for tool in jq busybox setpriv; do
	command -v "$tool" >/dev/null || { echo "bench: $tool is missing"; exit 1; }
done
stage=$(mktemp -d /tmp/runc-bench.XXXXXX)
chmod 755 "$stage"
clean_up() {
	for name in "${names[@]}"; do
		for root in "$stage/$name".*; do
			[ -d "$root" ] || continue
			for id in $(ls -A "$root"); do
				"${program[$name]}" --root "$root" delete --force "$id" >/dev/null 2>&1
			done
		done
	done
	rm -rf "$stage"
}
declare -A program
names=(ours)
trap clean_up EXIT
trap 'exit 1' INT TERM

# also out of a build tree that only its owner can enter
for file in runc tests/bench/pairbench tests/bench/floor; do
	install -m755 "$builddir/$file" "$stage/" || exit 1
done
program[ours]=$stage/runc
for name in crun runc; do
	path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$name")
	if [ "$name" = crun ] && [ -n "$path" ] && [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
		echo "crun: refuses this host's cgroups (only root can give it others here), so not compared"
	elif [ -n "$path" ]; then
		program[$name]=$path
		names+=("$name")
		echo "$name: $("$path" --version | head -1)"
	else
		echo "$name: is not installed, so not compared"
	fi
done
echo "ours: $("$stage/runc" --version | head -1)"
echo "kernel: $(uname -r), $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg), $rounds rounds"

# A bundle DIR for WHOM with a busybox root that runs these words. Version 1.0.0: old runtimes refuse a newer one.
bundle() {
	local dir=$1 whom=$2 applet
	shift 2
	mkdir -p "$dir"/rootfs/{bin,proc,sys,dev,tmp,etc}
	cp "$(command -v busybox)" "$dir/rootfs/bin/busybox"
	for applet in true sh sleep; do ln -s busybox "$dir/rootfs/bin/$applet"; done
	if [ "$whom" = root ]; then
		(cd "$dir" && "$stage/runc" spec)
	else
		(cd "$dir" && chown "$uid:$uid" . && as_user "$stage/runc" spec --rootless)
	fi
	jq '.ociVersion = "1.0.0" | .process.terminal = false | .process.args = $ARGS.positional | del(.linux.resources)' \
		--args -- "$@" <"$dir/config.json" >"$dir/new" && cat "$dir/new" >"$dir/config.json" && rm "$dir/new"
}
uid=$(id -u)
as_user() { "$@"; }
if [ "$uid" -eq 0 ]; then
	# no account: nobody else's processes count against it
	uid=61234
	as_user() { setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"; }
fi

# ---- tables ----

failed=0
# table TITLE FILE COMMAND…: where COMMAND is pairbench's, perhaps after as_user
table() {
	local title=$1 file=$stage/$2
	shift 2
	[ -z "${BENCH_ONLY:-}" ] || [[ $title =~ $BENCH_ONLY ]] || return 0
	printf '\n%s\n' "$title"
	: >"$file" && chmod 666 "$file"
	"$@" || failed=1
}
# rows FILE STEPS: pairbench's arguments; in STEPS @ is the program with its own state root, ROOT.list etc.
pair=("$stage/pairbench" -n "$rounds")
rows() {
	local suffix=$1 steps=$2 name
	row=()
	for name in "${names[@]}"; do
		row+=("$name=${steps//@/${program[$name]} --root $stage/$name.$suffix}")
	done
}

b=$stage/bundle
if [ "$(id -u)" -eq 0 ]; then
	bundle "$b" root /bin/true
	bundle "$b.sleep" root /bin/sleep 1000

	rows run "@ run --bundle $b bench-%d"
	table "run /bin/true, root" run.tsv "${pair[@]}" -o "$stage/run.tsv" \
		"${row[@]}" "floor=$stage/floor $b/rootfs /bin/true"

	rows csd "@ create --bundle $b bench-%d; @ start bench-%d; reap; @ delete bench-%d"
	table "create + start + delete, root" csd.tsv "${pair[@]}" -o "$stage/csd.tsv" "${row[@]}"

	for name in "${names[@]}"; do
		"${program[$name]}" --root "$stage/$name.up" run --detach --bundle "$b.sleep" "bench-up-$name" </dev/null >/dev/null 2>&1 ||
			{ echo "bench: $name cannot run --detach"; failed=1; }
	done
	row=()
	for name in "${names[@]}"; do row+=("$name=${program[$name]} --root $stage/$name.up exec bench-up-$name /bin/true"); done
	table "exec /bin/true, root" exec.tsv "${pair[@]}" -o "$stage/exec.tsv" "${row[@]}"
	row=()
	for name in "${names[@]}"; do row+=("$name=${program[$name]} --root $stage/$name.up state bench-up-$name"); done
	table "state, root" state.tsv "${pair[@]}" -o "$stage/state.tsv" "${row[@]}"

	if [[ "list of 50 containers, root" =~ ${BENCH_ONLY:-.} ]]; then
		for name in "${names[@]}"; do
			for i in $(seq 50); do
				"${program[$name]}" --root "$stage/$name.list" create --bundle "$b.sleep" "bench-$name-$i" </dev/null >/dev/null 2>&1 ||
					{ echo "bench: $name cannot create container $i"; failed=1; break; }
			done
		done
		rows list "@ list"
		table "list of 50 containers, root" list.tsv "${pair[@]}" -o "$stage/list.tsv" "${row[@]}"
	fi
fi

bundle "$b.user" user /bin/true
for name in "${names[@]}"; do mkdir "$stage/$name.user" && chown "$uid:$uid" "$stage/$name.user"; done
rows user "@ run --bundle $b.user bench-%d"
table "run /bin/true, ordinary user" user.tsv as_user env XDG_RUNTIME_DIR="$stage/nowhere" "${pair[@]}" -o "$stage/user.tsv" \
	"${row[@]}" "floor=$stage/floor $b.user/rootfs /bin/true"

# ---- checks ----

[ -z "${BENCH_ONLY:-}" ] || exit "$failed"
echo
# value FILE LABEL COLUMN (2: median ms, 3: rss KiB)
value() { awk -F'\t' -v l="$2" -v c="$3" '$1 == l { print $c }' "$stage/$1.tsv"; }
check() { # check TEXT AWK-CONDITION
	if awk "BEGIN { exit !($2) }"; then echo "met: $1"; else echo "NOT MET: $1"; failed=1; fi
}
for whom in run user; do
	[ -e "$stage/$whom.tsv" ] || continue
	if [ -n "${program[runc]:-}" ]; then
		ours=$(value $whom ours 2) theirs=$(value $whom runc 2)
		check "table \"$whom\": at least 2 times as fast as the installed runc ($ours ms to $theirs ms)" "$ours * 2 <= $theirs"
	else
		echo "not checked: runc is not installed"
	fi
done
for file in "$stage"/*.tsv; do
	whom=$(basename "$file" .tsv)
	rss=$(value "$whom" ours 3)
	check "table \"$whom\": at most 3 MiB resident ($rss KiB)" "$rss > 0 && $rss <= 3072"
done
[ "$failed" -eq 0 ] || echo "bench: something failed or was not met"
exit "$failed"
