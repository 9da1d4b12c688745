#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Nothing stays behind, on whatever path: no cgroup, mount, process or state. What a case leaves with its
# name on it fails the case (see leftovers in lib.sh); here are the paths.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# Where root's containers have their cgroups: one path in all hierarchies, or beside the caller's own.
cgroups() { jq -r '.cgroup_paths[]' "$STATE/$1/state.json" | sort -u; }
has_cgroup() { jq -e '.cgroup_paths | length > 0' "$STATE/$1/state.json" >/dev/null; }
# Every hierarchy's root directory.
hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | sort -u; }
# Of a run of its own environment, so that its processes are found.
marked() { cfg --arg m "MARK=$CASE_DIR" '.process.env += [$m]'; }
ours() { find $(hierarchies) -type d -name "$ID*" 2>/dev/null | sort; }

t_two_containers_on_one_cgroup() {
	local before
	needs_cgroupfs
	needs_root
	sleeper
	cfg --arg p "/$ID/x" '.linux.cgroupsPath = $p'
	ok run -d "$ID"
	before=$(ours)
	fails 1 "container's cgroup is not empty" run "$ID-2"
	fails 1 "container's cgroup is not empty" create "$ID-2"
	is "$(ours)" "$before"
	is "$(state_of "$ID")" running
	is "$(R list -q)" "$ID"
	ok delete --force "$ID"
	# made on the way to it, and perhaps others' by now: the Go runc leaves them too
	is "$(find $(hierarchies) -type d -path "*/$ID/*" 2>/dev/null)" ""
	ours | while read -r d; do rmdir "$d"; done
}
t_a_frozen_cgroup_is_refused_and_stays_frozen() {
	local dir file frozen how
	needs_cgroupfs
	needs_root
	dir=$(hierarchies | grep -E '/freezer$' || true)
	file=freezer.state frozen=FROZEN
	[ -n "$dir" ] || { dir=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts) file=cgroup.freeze frozen=1; }
	bundle true
	cfg --arg p "/$ID" '.linux.cgroupsPath = $p'
	mkdir "$dir/$ID"
	echo $frozen >"$dir/$ID/$file"
	for how in run create; do
		fails 1 "container's cgroup unexpectedly frozen" $how "$ID"
		is "$(cat "$dir/$ID/$file")" $frozen
		is "$(ours)" "$dir/$ID"
		is "$(R list -q)" ""
	done
	rmdir "$dir/$ID"
}
t_a_cgroup_with_processes_is_refused_and_they_live() {
	local dir pid
	needs_cgroupfs
	needs_root
	dir=$(hierarchies | tail -1)
	bundle true
	cfg --arg p "/$ID" '.linux.cgroupsPath = $p'
	sleep 100 &
	pid=$!
	mkdir "$dir/$ID"
	echo $pid >"$dir/$ID/cgroup.procs" || fail "cannot move"
	fails 1 "container's cgroup is not empty" run "$ID"
	ok delete --force "$ID"
	kill -0 $pid || fail "it was killed"
	is "$(ours)" "$dir/$ID"
	kill $pid
	wait $pid
	rmdir "$dir/$ID"
}
make_below='for c in /sys/fs/cgroup /sys/fs/cgroup/*; do
	# where an ordinary user has nothing delegated, no directory can be made
	[ -e $c/cgroup.procs ] && mkdir -p $c/a/b $c/a/c 2>/dev/null || continue
	for s in a a/b; do [ -e $c/cpuset.sched_load_balance ] && { cat $c/cpuset.cpus >$c/$s/cpuset.cpus; cat $c/cpuset.mems >$c/$s/cpuset.mems; }; done
	sleep 1000 & echo $! >$c/a/b/cgroup.procs || exit 1
done
touch /made; exec sleep 1000'
made_or_ended() { [ -e rootfs/made ] || is_state "$ID" stopped; }
t_cgroups_made_inside() {
	local how
	sleeper
	script "$make_below"
	marked
	cfg '.root.readonly = false | (.mounts[] | select(.type == "cgroup") | .options) -= ["ro"]'
	for how in stopped killed forced shared; do
		rm -f rootfs/made
		[ $how != shared ] || [ "$E2E_AS" = user ] || cfg '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
		R run -d "$ID" </dev/null >"$CASE_DIR/said" 2>&1 || fail "run: $(cat "$CASE_DIR/said")"
		wait_for made_or_ended
		[ -e rootfs/made ] || fail "inside: $(cat "$CASE_DIR/said")"
		if has_cgroup "$ID"; then
			# of a hybrid host v1's hierarchies alone are seen inside
			is "$(find $(cgroups "$ID") -type d -path "*/a/b" | wc -l)" \
				"$(jq '.cgroup_paths | [to_entries[] | select(.key != "")] as $v1 | if $v1 == [] then 1 else $v1 | map(.value) | unique | length end' "$STATE/$ID/state.json")"
		else
			[ "$E2E_AS" = user ] || fail "no cgroup"
		fi
		case $how in
		stopped) ok kill "$ID" KILL && wait_for is_state "$ID" stopped && ok delete "$ID" ;;
		killed) kill -KILL "$(pid_of "$ID")" && wait_for is_state "$ID" stopped && ok delete --force "$ID" ;;
		*) ok delete --force "$ID" ;;
		esac
		is "$how: $(ours)" "$how: "
	done
}
# somebody_removes: moves init to where the test itself is, and takes the container's cgroups away
somebody_removes() {
	local d base
	for base in $(hierarchies); do
		for d in $(cgroups "$ID" | grep -E "^$base/"); do
			echo "$(pid_of "$ID")" >"$base/cgroup.procs" && rmdir "$d" || fail "$d: $(cat "$d/cgroup.procs")"
		done
	done
	is "$(ours)" ""
}
t_cgroup_removed_by_another() {
	needs_cgroupfs
	needs_root
	# init goes to the root cgroups for a moment
	sleeper
	ok create "$ID"
	cgroups "$ID" | grep -q memory && [ ! -e /sys/fs/cgroup/memory/cgroup.procs ] && skip "cannot move init"
	somebody_removes
	is "$(state_of "$ID")" created
	ok start "$ID"
	wait_for is_state "$ID" running
	is "$(R ps -f json "$ID")" null
	fails 1 "the container has no cgroup" events --stats "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_cgroup_of_a_created_container_removed_by_another() {
	needs_cgroupfs
	needs_root
	sleeper
	ok create "$ID"
	somebody_removes
	ok delete "$ID"
	ok create "$ID"
	somebody_removes
	ok delete --force "$ID"
}
t_cgroup_of_a_stopped_container_removed_by_another() {
	sleeper
	ok run -d "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	cgroups "$ID" | while read -r d; do rmdir "$d"; done
	is "$(ours)" ""
	ok delete "$ID"
}
t_limits_that_fail_half_way() {
	local how bad
	needs_root
	# the kernel refuses these, when the cgroup is there already
	for bad in '{cpu: {period: 1, quota: 1}}' '{pids: {limit: 10}, unified: {"cpu.max": "nonsense"}}' \
		'{memory: {limit: 4096, swap: 4096}}' '{cpu: {cpus: "4096"}}'; do
		for how in run create; do
			bundle true
			cfg ".linux.resources = $bad"
			r $how "$ID"
			[ "$status" -ne 0 ] || { [ "$how" = run ] || ok delete --force "$ID"; }
			is "$bad $how: $(ours)" "$bad $how: "
			is "$bad $how: $(R list -q)" "$bad $how: "
			[ ! -e "$STATE/$ID" ] || fail "$bad: state is left"
		done
	done
}
t_read_only_cgroup_mount() {
	needs_cgroupfs
	needs_root
	bundle echo fine
	cat >"$CASE_DIR/runc" <<-END
		#!/bin/sh
		exec unshare --mount --propagation private sh -c 'for d in $(hierarchies | tr '\n' ' '); do mount -o remount,bind,ro \$d || exit 99; done; exec "\$0" "\$@"' "$RUNC" "\$@"
	END
	chmod 755 "$CASE_DIR/runc"
	RUNC=$CASE_DIR/runc
	fails 1 "unable to apply cgroup configuration" run "$ID"
	has "$output" "ead-only file system"
	is "$(ours)" ""
	is "$(R list -q)" ""
	# an ordinary user's way: no cgroup, then
	is "$(R --rootless true run "$ID" </dev/null)" fine
}
t_failing_late() {
	local stage
	bundle true
	marked
	for stage in prestart createRuntime createContainer; do
		cfg --arg s $stage '.hooks = {($s): [{path: "/bin/false"}]}'
		fails 1 "error running $stage hook" create "$ID"
		is "$stage $(ours)$(R list -q)" "$stage "
	done
	cfg 'del(.hooks) | .process.args = ["/no/such"]'
	fails 1 "no such file" run "$ID"
	is "$(ours)$(R list -q)" ""
	cfg '.process.args = ["true"] | .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["size=nonsense"]}]'
	r run "$ID"
	[ "$status" -ne 0 ] || fail "a mount with size=nonsense"
	is "$(ours)$(R list -q)" ""
}

# one N: a container from its beginning to its end, by one of the ways there are.
one() {
	local id=$ID-$1
	case $(($1 % 5)) in
	0) R run --bundle "$BUNDLE/short" "$id" ;;
	1) R create "$id" && R start "$id" && R delete --force "$id" ;;
	2) R create "$id" && R delete "$id" ;;
	3) R run -d "$id" && R exec "$id" true && R delete -f "$id" ;;
	4) R run -d "$id" && R kill "$id" KILL && until R delete "$id" 2>/dev/null; do is_gone_twice "$id" || break; done ;;
	esac </dev/null || echo "$1 failed: $?"
}
# A container that was just killed may be "running" for a moment.
is_gone_twice() { sleep 0.02; [ -e "$STATE/$1" ]; }
processes() { grep -lsF "MARK=$CASE_DIR" /proc/[0-9]*/environ | wc -l; }
scopes() { ! command -v systemctl >/dev/null || systemctl list-units --all --no-legend "*$ID*" 2>/dev/null | wc -l; }
counts() { echo "cgroups $(ours | wc -l), mounts $(grep -cF "$CASE_DIR" /proc/self/mountinfo), processes $(processes), state $(ls -A "$STATE" 2>/dev/null | wc -l), scopes $(scopes)"; }
t_two_hundred_eight_at_a_time() {
	local w n before
	sleeper
	marked
	mkdir short
	jq --arg r "$PWD/rootfs" '.process.args = ["true"] | .root.path = $r' config.json >short/config.json
	before=$(counts)
	SECONDS=0
	for w in 0 1 2 3 4 5 6 7; do
		for n in $(seq "$w" 8 199); do one "$n"; done >"$CASE_DIR/worker-$w" 2>&1 &
	done
	wait
	is "$(cat "$CASE_DIR"/worker-*)" ""
	is "$(counts)" "$before"
	echo "$SECONDS s"
}
t_execs_while_it_is_deleted() {
	local i
	sleeper
	marked
	for i in 1 2 3; do
		ok run -d "$ID"
		for _ in 1 2 3 4 5 6 7 8; do
			R exec "$ID" sleep 1000 </dev/null >/dev/null 2>&1 &
		done
		sleep 0.0$((i * 2))
		ok delete --force "$ID"
		wait
	done
	is "$(processes)" 0
}
