#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Cgroups that systemd manages: root's by the machine's manager, an ordinary user's by the user's own.
E2E_UNITS=yes
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

if [ ! -d /run/systemd/system ]; then
	t_without_systemd() {
		sleeper
		E2E_FLAGS=--systemd-cgroup
		fails 1 "systemd not running on this host, cannot use systemd cgroups manager" run -d "$ID"
	}
	t_with_systemd() { skip "no systemd runs here"; }
	exit 0 # runs these two
fi

v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }

# sd ARGS…: systemctl, to the manager that this caller's containers are of
sd() {
	if [ "$E2E_AS" = root ]; then systemctl --no-pager "$@"; else systemctl --user --no-pager "$@"; fi
}
need_systemd() {
	[ -x "${RUNC%/*}/runc-systemd" ] || skip "built without libsystemd: there is no runc-systemd"
	[ "$E2E_AS" = root ] || v2 || skip "an ordinary user's manager has no cgroups of v1"
	[ "$E2E_AS" = root ] || [ -S "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/systemd/private" ] || skip "this user has no manager: log in, or loginctl enable-linger"
}
need_controller() {
	v2 || return 0 # an ordinary user has none, root has all
	grep -qw "$1" "/sys/fs/cgroup$(sd show -p ControlGroup --value)/cgroup.controllers" ||
		skip "the $1 controller is not delegated to this manager"
}
version() { systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p'; }
unit() { echo "runc-$1.scope"; }
# property UNIT NAME
property() { sd show -p "$2" --value "$1"; }
is_active() { [ "$(sd is-active "$1")" = active ]; }
is_unknown() { [ -z "$(sd list-units --all --plain --no-legend "$1")" ]; }
dir_of() { jq -r --arg which "$(v2 || echo memory)" ".cgroup_paths[\$which]" "$STATE/$1/state.json"; }

# A bundle of a sleeper, or of these words; all calls have the option.
begin() {
	need_systemd
	E2E_FLAGS=--systemd-cgroup
	if [ $# -gt 0 ]; then bundle "$@"; else sleeper; fi
}
resources() { cfg ".linux.resources = $1"; }

# ---- where it is ----

t_a_scope_from_start_to_delete() {
	begin
	ok run -d "$ID"
	is "$(property "$(unit "$ID")" ActiveState)" active
	is "$(property "$(unit "$ID")" Slice)" "$([ "$E2E_AS" = root ] && echo system.slice || echo user.slice)"
	is "$(property "$(unit "$ID")" Delegate)" yes
	is "$(property "$(unit "$ID")" Description)" "libcontainer container $ID"
	is "$(cat "$(dir_of "$ID")/cgroup.procs")" "$(pid_of "$ID")"
	v2 && is "$(dir_of "$ID")" "/sys/fs/cgroup$(property "$(unit "$ID")" ControlGroup)"
	is "$(jq -c '.config.cgroups | [.name, .scope_prefix, .Systemd]' "$STATE/$ID/state.json")" "[\"$ID\",\"runc\",true]"
	ok delete --force "$ID"
	is_unknown "$(unit "$ID")" || fail "the unit is still there"
}
t_a_scope_goes_with_its_process() {
	begin true
	ok run "$ID"
	is_unknown "$(unit "$ID")" || fail "the unit is still there"
	ok run -d "$ID"
	wait_for is_state "$ID" stopped
	ok delete "$ID"
	is_unknown "$(unit "$ID")" || fail "the unit is still there"
}
t_create_start_exec_kill() {
	begin
	ok create "$ID"
	is_active "$(unit "$ID")" || fail "not active"
	is "$(cat "$(dir_of "$ID")/cgroup.procs")" "$(pid_of "$ID")"
	ok start "$ID"
	# later commands know it from the state
	E2E_FLAGS=
	ok exec -d --pid-file "$PWD/pid" "$ID" sleep 1000
	grep -qx "$(cat pid)" "$(dir_of "$ID")/cgroup.procs" || fail "exec is elsewhere: $(cat "/proc/$(cat pid)/cgroup")"
	has "$(R ps "$ID")" "sleep 1000"
	ok pause "$ID"
	is "$(state_of "$ID")" paused
	ok resume "$ID"
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_the_container_sees_its_cgroup_as_the_root() {
	v2 || skip "of cgroup v2"
	begin sh -c 'cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs; cat /sys/fs/cgroup/cgroup.procs | head -n 1'
	ok run "$ID"
	is "$output" "0::/
/sys/fs/cgroup/cgroup.procs
1"
}
t_without_a_cgroup_namespace() {
	v2 || skip "of cgroup v2"
	begin cat /proc/self/cgroup
	cfg 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	ok run "$ID"
	like "$output" "^0::/.*/$(unit "$ID")\$"
}
t_joined_namespaces_and_clocks() {
	# a middle process makes init: systemd hears of the second, not of the first
	begin
	ok run -d "$ID"
	bundle sh -c 'cat /proc/self/cgroup; exec sleep 1000'
	cfg --arg pid "$(pid_of "$ID")" '(.linux.namespaces[] | select(.type == "uts")) |= . + {path: "/proc/\($pid)/ns/uts"} | del(.hostname)'
	[ "$E2E_AS" = root ] || cfg --arg pid "$(pid_of "$ID")" '(.linux.namespaces[] | select(.type == "user")) |= . + {path: "/proc/\($pid)/ns/user"} | del(.linux.uidMappings, .linux.gidMappings)'
	ok run -d "$ID-2"
	is "$(cat "$(dir_of "$ID-2")/cgroup.procs")" "$(pid_of "$ID-2")"
	! v2 || wait_for grep -qx 0::/ "$CASE_DIR/output"
	ok delete --force "$ID-2"
	ok delete --force "$ID"
}
t_slices_and_prefixes() {
	local slice=e2e-$E2E_TAG-a.slice
	begin
	cfg --arg path "$slice:box:$ID" '.linux.cgroupsPath = $path'
	ok run -d "$ID"
	is "$(property "box-$ID.scope" Slice)" "$slice"
	like "$(dir_of "$ID")" "/e2e.slice/e2e-$E2E_TAG.slice/$slice/box-$ID.scope\$"
	fails 1 "container's cgroup is not empty" run -d "$ID-2"
	is "$(ls "$STATE")" "$ID"
	ok delete --force "$ID"
	sd stop e2e.slice
}
t_a_container_that_is_a_slice() {
	needs_root
	begin
	cfg --arg path ":x:e2e-${E2E_TAG}b.slice" '.linux.cgroupsPath = $path'
	resources '{pids: {limit: 33}}'
	ok run -d "$ID"
	is "$(property "e2e-${E2E_TAG}b.slice" TasksMax)" 33
	like "$(dir_of "$ID")" "/e2e.slice/e2e-${E2E_TAG}b.slice\$"
	is "$(cat "$(dir_of "$ID")/cgroup.procs")" "$(pid_of "$ID")"
	fails 1 "container's cgroup is not empty" run -d "$ID-2"
	ok exec "$ID" true
	ok delete --force "$ID"
	is_unknown "e2e-${E2E_TAG}b.slice" || fail "the slice is still there"
	sd stop e2e.slice
}
t_names_that_no_unit_has() {
	begin true
	ok run "$ID+a"
	cfg '.linux.cgroupsPath = "/a/b"'
	fails 1 "expected cgroupsPath to be of format" run "$ID"
	cfg '.linux.cgroupsPath = "a--b.slice:p:x"'
	fails 1 "invalid slice name: a--b.slice" run "$ID"
}

# ---- limits ----

t_rows_that_systemd_keeps() {
	local u row
	begin
	for row in memory cpu cpuset pids; do need_controller $row; done
	resources '{memory: {limit: 67108864, swap: 100663296, reservation: 33554432}, pids: {limit: 44},
		cpu: {shares: 512, quota: 33333, period: 100000, cpus: "0", mems: "0"}}'
	ok run -d "$ID"
	u=$(unit "$ID")
	is "$(property "$u" TasksMax)" 44
	is "$(property "$u" CPUQuotaPerSecUSec)" 340ms
	is "$(property "$u" CPUQuotaPeriodUSec)" 100ms
	is "$(property "$u" AllowedCPUs)" 0
	is "$(property "$u" AllowedMemoryNodes)" 0
	is "$(property "$u" NeedDaemonReload)" no
	if v2; then
		is "$(property "$u" MemoryMax)" 67108864
		is "$(property "$u" MemorySwapMax)" 33554432
		is "$(property "$u" MemoryLow)" 33554432
		is "$(property "$u" CPUWeight)" 59
		is "$(cd "$(dir_of "$ID")" && cat memory.max memory.swap.max memory.low pids.max cpu.weight cpu.max cpuset.cpus cpuset.mems)" "67108864
33554432
33554432
44
59
34000 100000
0
0"
	else
		is "$(property "$u" MemoryLimit)" 67108864
		is "$(property "$u" CPUShares)" 512
		is "$(cat "$(dir_of "$ID")/memory.limit_in_bytes")" 67108864
	fi
	ok delete --force "$ID"
}
t_rows_of_unified() {
	v2 || skip "of cgroup v2"
	begin
	need_controller cpu
	need_controller memory
	resources '{unified: {"memory.min": "1048576", "memory.high": "50331648", "memory.max": "64M", "memory.swap.max": "max", "memory.oom.group": "1", "cpu.idle": "1", "pids.max": "9", "cpu.max": "20000 50000"}}'
	ok run -d "$ID"
	is "$(property "$(unit "$ID")" MemoryMin)" 1048576
	is "$(property "$(unit "$ID")" MemoryHigh)" 50331648
	is "$(property "$(unit "$ID")" MemoryMax)" 67108864
	is "$(property "$(unit "$ID")" MemorySwapMax)" infinity
	is "$(property "$(unit "$ID")" TasksMax)" 9
	is "$(property "$(unit "$ID")" CPUQuotaPerSecUSec)" 400ms
	is "$(property "$(unit "$ID")" CPUQuotaPeriodUSec)" 50ms
	[ "$(version)" -lt 252 ] || is "$(property "$(unit "$ID")" CPUWeight)" idle
	[ "$(version)" -lt 253 ] || is "$(property "$(unit "$ID")" OOMPolicy)" kill
	is "$(cd "$(dir_of "$ID")" && cat cpu.idle memory.oom.group memory.min)" "1
1
1048576"
	ok delete --force "$ID"
}
t_rows_that_are_taken_back() {
	local u
	begin
	need_controller cpu
	u=$(unit "$ID")
	resources '{memory: {limit: -1, swap: -1}, pids: {limit: -1}, cpu: {idle: 1, quota: -1}}'
	ok run -d "$ID"
	is "$(property "$u" TasksMax)" infinity
	is "$(property "$u" CPUQuotaPerSecUSec)" infinity
	if v2; then
		is "$(property "$u" MemoryMax)" infinity
		is "$(property "$u" MemorySwapMax)" infinity
		[ "$(version)" -lt 252 ] || is "$(property "$u" CPUWeight)" idle
		is "$(cat "$(dir_of "$ID")/cpu.idle")" 1
	else
		is "$(property "$u" MemoryLimit)" infinity
	fi
	ok delete --force "$ID"
}
t_a_row_of_v1() {
	v2 && skip "of cgroup v1"
	begin
	resources '{blockIO: {weight: 750}}'
	r run -d "$ID"
	# the file is the scheduler's: not every kernel has it
	[ "$status" -eq 0 ] || { has "$output" "linux.resources.blockIO.weight: write 750 to "; skip "this kernel divides no disk"; }
	is "$(property "$(unit "$ID")" BlockIOWeight)" 750
	ok delete --force "$ID"
}
t_memory_beyond_the_limit_is_killed() {
	begin dd if=/dev/zero of=/dev/null bs=100M count=1
	need_controller memory
	resources '{memory: {limit: 33554432, swap: 33554432}}'
	r run "$ID"
	[ "$status" -eq 137 ] || fail "status $status: $output"
	is_unknown "$(unit "$ID")" || fail "the unit is still there"
}
t_processes_beyond_the_limit() {
	begin sh -c 'for i in 1 2 3 4 5 6; do sleep 5 & done; wait'
	resources '{pids: {limit: 4}}'
	r run "$ID"
	has "$output" "an't fork"
}
t_a_limit_that_systemd_does_not_know() {
	needs_root
	begin
	v2 || skip "of cgroup v2"
	grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "this kernel has no hugetlb controller"
	resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	ok run -d "$ID"
	is "$(cat "$(dir_of "$ID")/hugetlb.2MB.max")" 4194304
	ok delete --force "$ID"
}
t_limits_survive_a_reload() {
	begin
	need_controller cpu
	resources '{memory: {limit: 67108864}, pids: {limit: 44}, cpu: {quota: 33333, period: 100000}}'
	ok run -d "$ID"
	sd daemon-reload
	is "$(cd "$(dir_of "$ID")" && { cat memory.max pids.max cpu.max 2>/dev/null || cat memory.limit_in_bytes; })" "$(v2 && echo "67108864
44
34000 100000" || echo 67108864)"
	ok delete --force "$ID"
}
t_devices_are_denied_before_and_after_a_reload() {
	needs_root
	# a node may be made, and not be read
	begin sh -c 'mknod /dev/mem2 c 1 1; mknod /dev/null2 c 1 3
		look() { cat /dev/null2 && echo null; cat /dev/mem2; }
		look; echo looked; until [ -e /go ]; do sleep 0.1; done; look'
	cfg '.process.capabilities[] += ["CAP_MKNOD"]'
	R run -d "$ID" >"$CASE_DIR/said" 2>&1 </dev/null || fail "$(cat "$CASE_DIR/said")"
	wait_for grep -q looked "$CASE_DIR/said"
	is "$(property "$(unit "$ID")" DevicePolicy)" strict
	has "$(property "$(unit "$ID")" DeviceAllow)" "/dev/char/1:3 rwm"
	sd daemon-reload
	touch rootfs/go
	wait_for is_state "$ID" stopped
	ok delete "$ID"
	is "$(cat "$CASE_DIR/said")" "null
cat: can't open '/dev/mem2': Operation not permitted
looked
null
cat: can't open '/dev/mem2': Operation not permitted"
}

# ---- update ----

t_update_tells_systemd() {
	begin
	need_controller cpu
	ok run -d "$ID"
	E2E_FLAGS=
	ok update --memory 33554432 --pids-limit 20 --cpu-share 1024 --cpu-quota 25000 --cpu-period 50000 "$ID"
	is "$(property "$(unit "$ID")" TasksMax)" 20
	is "$(property "$(unit "$ID")" CPUQuotaPerSecUSec)" 500ms
	if v2; then
		is "$(property "$(unit "$ID")" MemoryMax)" 33554432
		is "$(property "$(unit "$ID")" CPUWeight)" 100
		is "$(cat "$(dir_of "$ID")/memory.max" "$(dir_of "$ID")/cpu.max")" "33554432
25000 50000"
	fi
	sd daemon-reload
	v2 && is "$(cat "$(dir_of "$ID")/memory.max" "$(dir_of "$ID")/pids.max")" "33554432
20"
	ok update --memory -1 --pids-limit -1 "$ID"
	v2 && is "$(property "$(unit "$ID")" MemoryMax)" infinity
	is "$(property "$(unit "$ID")" TasksMax)" infinity
	ok delete --force "$ID"
}
t_an_update_is_not_felt_at_devices() {
	local i
	needs_root
	begin sh -c 'while echo x >/dev/null; do :; done; echo DENIED'
	R run -d "$ID" >"$CASE_DIR/said" 2>&1 </dev/null || fail "$(cat "$CASE_DIR/said")"
	for i in 20 21 22 23; do ok update --pids-limit $i --memory $((i * 1048576)) "$ID"; done
	is "$(cat "$CASE_DIR/said")" ""
	is_state "$ID" running || fail "$(state_of "$ID")"
	# as it was
	ok pause "$ID"
	ok update --pids-limit 24 "$ID"
	is_state "$ID" paused || fail "$(state_of "$ID")"
	ok resume "$ID"
	ok delete --force "$ID"
}
t_an_update_that_is_ended_leaves_nobody_frozen() {
	local from n ended=
	needs_root
	command -v strace >/dev/null || skip "strace is not installed"
	begin
	ok run -d "$ID"
	strace -o trace -e trace=all "$RUNC" --root "$STATE" update --pids-limit 20 "$ID" </dev/null >/dev/null 2>&1 || fail "update under strace"
	from=$(grep -n FROZEN trace | head -1 | cut -d: -f1)
	v2 || [ -n "$from" ] || fail "nothing was frozen"
	for n in $(seq "${from:-1}" 2 "$(wc -l <trace)"); do
		ended_at SIGTERM "$n" "$RUNC" --root "$STATE" update --pids-limit $((20 + n)) "$ID" </dev/null >/dev/null 2>&1
		[ $? -ne 143 ] || ended=yes
		is_state "$ID" running || fail "ended at call $n: $(state_of "$ID")"
	done
	is "$ended" yes
	ok delete --force "$ID"
}
t_an_update_that_fails_changes_nothing() {
	v2 || skip "of cgroup v2"
	begin
	resources '{pids: {limit: 44}}'
	ok run -d "$ID"
	E2E_FLAGS=
	echo '{"pids": {"limit": 7}, "unified": {"memory.high": "33554432", "cgroup.max.depth": "nonsense"}}' >limits.json
	fails 1 "cgroup.max.depth" update -r "$PWD/limits.json" "$ID"
	is "$(property "$(unit "$ID")" TasksMax)" 44
	is "$(property "$(unit "$ID")" MemoryHigh)" infinity
	is "$(cat "$(dir_of "$ID")/pids.max" "$(dir_of "$ID")/memory.high")" "44
max"
	is "$(jq -c .config.cgroups.pids_limit "$STATE/$ID/state.json")" 44
	ok delete --force "$ID"
}

# ---- properties of the config's own ----

t_annotations_become_properties() {
	begin
	cfg '.annotations = {"org.systemd.property.TimeoutStopSec": "17", "org.systemd.property.CollectMode": "\u0027inactive-or-failed\u0027",
		"org.systemd.property.After": "[\u0027basic.target\u0027]", "org.systemd.property.RuntimeMaxUSec": "uint64 1800000000", "org.other": "x"}'
	ok run -d "$ID"
	is "$(property "$(unit "$ID")" TimeoutStopUSec)" 17s
	is "$(property "$(unit "$ID")" CollectMode)" inactive-or-failed
	has "$(property "$(unit "$ID")" After)" basic.target
	is "$(property "$(unit "$ID")" RuntimeMaxUSec)" 30min
	ok delete --force "$ID"
}
t_annotations_that_are_none() {
	begin
	cfg '.annotations = {"org.systemd.property.Ab": "1"}'
	fails 1 "annotation org.systemd.property.Ab name incorrect: too short" run -d "$ID"
	cfg '.annotations = {"org.systemd.property.A1b": "1"}'
	fails 1 "annotation org.systemd.property.A1b name incorrect: contains non-alphabetic character" run -d "$ID"
	cfg '.annotations = {"org.systemd.property.TimeoutStopSec": "what"}'
	fails 1 "annotation org.systemd.property.TimeoutStopSec=what value parse error: " run -d "$ID"
	cfg '.annotations = {"org.systemd.property.TimeoutStopSec": "\u00275\u0027"}'
	fails 1 "annotation org.systemd.property.TimeoutStopSec='5' value parse error: not a number" run -d "$ID"
	# what only systemd can judge is refused in its words, and nothing is left
	cfg '.annotations = {"org.systemd.property.NoSuchThing": "true"}'
	fails 1 "NoSuchThing" run -d "$ID"
	has "$output" "unable to start unit"
	is "$(ls "$STATE")" ""
	# and without the driver they are words like any others
	E2E_FLAGS=
	cfg '.annotations = {"org.systemd.property.Ab": "1"}'
	ok run -d "$ID"
	ok delete --force "$ID"
}
t_a_unit_that_failed_is_forgotten() {
	begin
	cfg '.annotations = {"org.systemd.property.RuntimeMaxSec": "1", "org.systemd.property.TimeoutStopSec": "1"}'
	ok run -d "$ID"
	wait_for has_failed "$(unit "$ID")"
	sd status "$(unit "$ID")" >/dev/null
	is $? 3
	wait_for is_state "$ID" stopped
	ok delete "$ID"
	sd status "$(unit "$ID")" >/dev/null 2>&1
	is $? 4
}
has_failed() { [ "$(sd is-failed "$1")" = failed ]; }
t_a_name_that_a_failed_unit_has() {
	begin
	cfg '.annotations = {"org.systemd.property.RuntimeMaxSec": "1", "org.systemd.property.TimeoutStopSec": "1"}'
	ok run -d "$ID"
	wait_for has_failed "$(unit "$ID")"
	# its container is forgotten, its unit is not
	rm -rf "$STATE/$ID"
	cfg 'del(.annotations)'
	ok run -d "$ID"
	is_active "$(unit "$ID")" || fail "not active"
	ok delete --force "$ID"
}

# ---- whose name it is ----

# ended ID: the container of the unit x-foo has ended, its state is there
ended() {
	begin "${@:2}"
	cfg --arg path ":x:$ID-foo" '.linux.cgroupsPath = $path'
	ok run -d "$1"
	touch rootfs/go
	wait_for is_state "$1" stopped
	wait_for is_unknown "x-$ID-foo.scope"
}
until_go='until [ -e /go ]; do sleep 0.1; done'
# lives ID: after that the other container has its unit, its cgroup and its process
lives() {
	is_state "$1" running || fail "it is $(state_of "$1")"
	is_active "x-$ID-foo.scope" || fail "not active"
	is "$(cat "$(dir_of "$1")/cgroup.procs")" "$(pid_of "$1")"
	ok delete --force "$1"
}
t_a_name_that_another_container_has_now() {
	ended "$ID" sh -c "$until_go"
	args sleep 1000
	ok run -d "$ID-2"
	ok delete "$ID"
	lives "$ID-2"
}
t_a_name_that_a_container_in_another_slice_has_now() {
	ended "$ID" sh -c "$until_go"
	args sleep 1000
	cfg --arg path "e2e-$E2E_TAG.slice:x:$ID-foo" '.linux.cgroupsPath = $path'
	ok run -d "$ID-2"
	ok delete "$ID"
	lives "$ID-2"
	sd stop e2e.slice
}
t_a_name_that_another_has_is_not_killed_by_it() {
	ended "$ID" sh -c "$until_go"
	# no pid namespace of its own: its end is by its cgroup
	jq '.config.namespaces |= map(select(.type != "NEWPID"))' <"$STATE/$ID/state.json" >new
	args sleep 1000
	ok run -d "$ID-2"
	# as a create that was killed leaves it, too
	cp -a "$STATE/$ID" "$STATE/$ID-3"
	jq --arg id "$ID-3" '.id = $id' <new >"$STATE/$ID-3/owned.json"
	rm "$STATE/$ID-3/state.json"
	cat new >"$STATE/$ID/state.json"
	R kill "$ID" KILL </dev/null >/dev/null 2>&1
	ok delete --force "$ID-3"
	ok delete --force "$ID"
	lives "$ID-2"
}

t_a_scope_that_others_are_in() {
	needs_root
	v2 || skip "of cgroup v2"
	local dir=/sys/fs/cgroup/system.slice/x-$ID-foo.scope other
	begin
	cfg --arg path ":x:$ID-foo" '.linux.cgroupsPath = $path'
	mkdir "$dir"
	sleep 1000 &
	other=$!
	echo "$other" >"$dir/cgroup.procs"
	fails 1 "container's cgroup is not empty" run -d "$ID"
	kill "$other" || fail "it was killed"
	wait "$other"
	wait_for is_unknown "x-$ID-foo.scope"
	[ ! -d "$dir" ] || rmdir "$dir"
}

# slow_helper WORDS…: a runc whose helper does these at a start, with the order in $order, and hangs then
slow_helper() {
	mkdir alone
	cp "$RUNC" alone/runc
	cat >alone/runc-systemd <<-END
		#!/bin/sh
		real() { echo "\$order" | ${RUNC%/*}/runc-systemd; }
		order=\$(cat)
		case \$order in
		*'"op":"start"'*) $*; : >$PWD/asked; exec sleep 1000 ;;
		*) real ;;
		esac
	END
	chmod 755 alone/runc-systemd
}
# interrupted: a create that gets a signal while it waits for that helper
interrupted() {
	"$PWD/alone/runc" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >out 2>&1 &
	wait_for [ -e asked ]
	kill "$!"
	! wait "$!" || fail "it was made"
	has "$(cat out)" "interrupted by a signal"
	[ ! -e "$STATE/$ID" ] || fail "left: $(ls "$STATE/$ID")"
}
t_interrupted_while_another_has_the_name() {
	begin
	cfg --arg path ":x:$ID-foo" '.linux.cgroupsPath = $path'
	ok run -d "$ID-2"
	slow_helper :
	interrupted
	lives "$ID-2"
}
# killed: a create whose helper dies after that
killed() {
	slow_helper "$@"
	sed -i 's/exec sleep 1000/kill -KILL $$/' alone/runc-systemd
	"$PWD/alone/runc" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >out 2>&1 && fail "it was made"
	has "$(cat out)" "was killed by signal 9"
	[ ! -e "$STATE/$ID" ] || fail "left: $(ls "$STATE/$ID")"
}
t_a_helper_that_dies_while_another_has_the_slice() {
	needs_root
	begin
	cfg --arg path ":x:e2e-${E2E_TAG}i.slice" '.linux.cgroupsPath = $path'
	ok run -d "$ID-2"
	killed :
	has "$(cat out)" "systemd may have started e2e-${E2E_TAG}i.slice"
	is_state "$ID-2" running || fail "it is $(state_of "$ID-2")"
	ok delete --force "$ID-2"
	sd stop e2e.slice
}
t_a_helper_that_dies_when_the_slice_is_ours() {
	needs_root
	begin
	cfg --arg path ":x:e2e-${E2E_TAG}j.slice" '.linux.cgroupsPath = $path'
	killed real
	hasnt "$(cat out)" warning
	is_unknown "e2e-${E2E_TAG}j.slice" || fail "the slice is still there"
	sd stop e2e.slice
}

# ---- exec ----

t_exec_into_a_cgroup_below() {
	v2 || skip "of cgroup v2"
	begin
	cfg '(.mounts[] | select(.type == "cgroup")).options -= ["ro"]'
	ok run -d "$ID"
	ok exec "$ID" mkdir /sys/fs/cgroup/below
	ok exec --cgroup below "$ID" cat /proc/self/cgroup
	is "$output" 0::/below
	fails 255 " cgroup" exec --cgroup nowhere "$ID" true
	has "$output" "o such file or directory"
	fails 255 "bad sub cgroup path" exec --cgroup ../.. "$ID" true
	ok delete --force "$ID"
}
# What an init does that manages cgroups.
t_exec_follows_an_init_that_has_moved() {
	v2 || skip "of cgroup v2"
	begin sh -c 'mkdir /sys/fs/cgroup/init && echo 1 >/sys/fs/cgroup/init/cgroup.procs && echo +pids >/sys/fs/cgroup/cgroup.subtree_control && exec sleep 1000'
	cfg '(.mounts[] | select(.type == "cgroup")).options -= ["ro"]'
	ok run -d "$ID"
	wait_for hands_on "$ID"
	ok exec "$ID" cat /proc/self/cgroup
	is "$output" 0::/init
	fails 255 "adding pid" exec --cgroup / "$ID" true
	ok delete --force "$ID"
}
hands_on() { grep -q pids "$(dir_of "$1")/cgroup.subtree_control"; }

# ---- leaks ----

t_killed_at_many_of_its_system_calls() {
	local calls n killed=
	command -v strace >/dev/null || skip "strace is not installed"
	begin
	strace -o trace -e trace=all "$RUNC" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >/dev/null 2>&1 || fail "create under strace"
	ok delete --force "$ID"
	calls=$(wc -l <trace)
	# from the helper on each counts
	for n in $(seq 20 90 "$calls") $(seq "$(grep -n 'clone3\|vfork' trace | tail -1 | cut -d: -f1)" 15 "$calls"); do
		ended_at SIGKILL "$n" "$RUNC" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >/dev/null 2>&1
		[ $? -ne 137 ] || killed=yes
		R delete --force "$ID" </dev/null >out 2>&1 || fail "killed at call $n: delete: $(cat out)"
		is "$(ls "$STATE")" ""
		# even one that systemd believes in, as its process died while it was put there
		wait_for is_unknown "$(unit "$ID")"
	done
	is "$killed" yes
}
t_killed_while_a_slice_is_made() {
	local n helper killed= slice=e2e-${E2E_TAG}k.slice
	needs_root
	command -v strace >/dev/null || skip "strace is not installed"
	begin
	cfg --arg path ":x:$slice" '.linux.cgroupsPath = $path'
	strace -o trace -e trace=all "$RUNC" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >/dev/null 2>&1 || fail "create under strace"
	ok delete --force "$ID"
	helper=$(grep -nE '^(clone3|vfork)\(' trace | head -1 | cut -d: -f1)
	for n in $(seq "$helper" 3 $((helper + 60))); do
		ended_at SIGKILL "$n" "$RUNC" --root "$STATE" --systemd-cgroup create "$ID" </dev/null >/dev/null 2>&1
		[ $? -ne 137 ] || killed=yes
		R delete --force "$ID" </dev/null >out 2>&1 || fail "killed at call $n: delete: $(cat out)"
		is "$(ls "$STATE")" ""
		wait_for is_unknown "$slice"
	done
	is "$killed" yes
	sd stop e2e.slice
}
t_a_hook_that_fails_leaves_no_unit() {
	begin
	cfg '.hooks.createRuntime = [{path: "/bin/false"}]'
	fails 1 "error running createRuntime hook" run -d "$ID"
	is_unknown "$(unit "$ID")" || fail "the unit is still there"
	is "$(ls "$STATE")" ""
}
t_two_hundred_scopes_eight_at_a_time() {
	local i n=${E2E_COUNT:-200} before failed
	begin true
	before=$(sd list-units --all --plain --no-legend --type=scope | wc -l)
	seq "$n" | RUNC=$RUNC STATE=$STATE ID=$ID xargs -P8 -I{} sh -c '"$RUNC" --root "$STATE" --systemd-cgroup run "$ID-{}" </dev/null >"$ID-{}.out" 2>&1 || echo {}' >failed
	failed=$(cat failed)
	[ -z "$failed" ] || fail "failed: $failed: $(cat "$ID-$(head -1 failed).out")"
	is "$(ls "$STATE")" ""
	is_unknown "*$ID*" || fail "left: $(sd list-units --all "*$ID*")"
	is "$(sd list-units --all --plain --no-legend --type=scope | wc -l)" "$before"
}

# ---- ordinary users without the option ----

# In a session: where no cgroup may be made beside ours.
need_no_right() {
	needs_user
	need_systemd
	[ ! -w "/sys/fs/cgroup$(dirname "$(sed -n 's/^0:://p' /proc/self/cgroup)")/cgroup.procs" ] || skip "this user may make cgroups beside its own"
}
t_limits_alone_are_enough_to_have_a_unit() {
	need_no_right
	sleeper
	resources '{pids: {limit: 44}, memory: {limit: 67108864}}'
	ok run -d "$ID"
	is "$(property "$(unit "$ID")" TasksMax)" 44
	is "$(cat "$(dir_of "$ID")/memory.max")" 67108864
	ok update --pids-limit 20 "$ID"
	is "$(property "$(unit "$ID")" TasksMax)" 20
	has "$(R events --stats "$ID")" '"limit":20'
	ok delete --force "$ID"
}
t_without_limits_systemd_is_not_asked() {
	command -v strace >/dev/null || skip "strace is not installed"
	need_no_right
	bundle cat /proc/self/cgroup
	resources '{devices: [{allow: false, access: "rwm"}]}'
	strace -f -o trace -e trace=execve,connect "$RUNC" --root "$STATE" run "$ID" </dev/null >out 2>&1 || fail "$(cat out)"
	hasnt "$(cat trace)" runc-systemd
	hasnt "$(cat trace)" AF_UNIX
}
t_limits_without_any_manager() {
	need_no_right
	sleeper
	resources '{pids: {limit: 44}}'
	XDG_RUNTIME_DIR=$PWD fails 1 "rootless needs no limits + no cgrouppath when no permission is granted for cgroups" run -d "$ID"
	has "$output" "--systemd-cgroup"
	cfg 'del(.linux.resources) | .linux.cgroupsPath = "/e2e-path"'
	fails 1 "unable to apply cgroup configuration" run -d "$ID"
	has "$output" "ermission denied"
	is "$(ls "$STATE")" ""
}

# ---- the helper ----

t_a_helper_that_is_not_there() {
	begin
	mkdir alone
	cp "$RUNC" alone/runc
	"$PWD/alone/runc" --root "$STATE" --systemd-cgroup run -d "$ID" </dev/null >out 2>&1 && fail "it ran"
	has "$(cat out)" "systemd cannot be asked: cannot run "
	has "$(cat out)" "/runc-systemd: no such file or directory"
	is "$(ls "$STATE")" ""
}
t_a_helper_that_others_may_write() {
	begin
	mkdir alone
	cp "$RUNC" "${RUNC%/*}/runc-systemd" alone/
	chmod o+w alone/runc-systemd
	"$PWD/alone/runc" --root "$STATE" --systemd-cgroup run -d "$ID" </dev/null >out 2>&1 && fail "it ran"
	has "$(cat out)" "may be changed by others"
	is "$(ls "$STATE")" ""
}
t_a_bus_that_is_not_there() {
	needs_user
	begin
	mkdir empty
	DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD/nothing XDG_RUNTIME_DIR=$PWD/empty fails 1 "failed to connect to dbus (hint: " run -d "$ID"
	is "$(ls "$STATE")" ""
	# the manager has a socket of its own
	DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD/nothing ok run -d "$ID"
	# a scope goes with its process, whom nobody has to ask for that
	DBUS_SESSION_BUS_ADDRESS=unix:path=$PWD/nothing XDG_RUNTIME_DIR=$PWD/empty ok delete --force "$ID"
	has "$output" "level=warning"
	wait_for is_unknown "$(unit "$ID")"
}

# ---- an engine ----

t_podman_by_its_default_manager() {
	need_systemd
	command -v podman >/dev/null || skip "podman is not installed"
	[ "$(podman info --format '{{.Host.CgroupManager}}' 2>/dev/null)" = systemd ] || skip "podman does not use systemd here"
	cp -a "$E2E_ROOTFS" rootfs
	# without root it leaves a process that keeps its namespaces: ours to end if we are the first
	local pause=${XDG_RUNTIME_DIR:-}/libpod/tmp/pause.pid first=
	[ -e "$pause" ] || first=yes
	P() { podman --runtime "$RUNC" "$@" </dev/null; }
	P run --rm --ulimit host --network none --memory 64m --pids-limit 33 --rootfs "$PWD/rootfs" sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max' >out 2>&1 || fail "$(cat out)"
	is "$(cat out)" "0::/
67108864
33"
	P run -d --name "$ID" --ulimit host --network none --rootfs "$PWD/rootfs" sleep 1000 >id 2>out || fail "$(cat out)"
	is_active "libpod-$(cat id).scope" || fail "no unit: $(sd list-units 'libpod*')"
	is "$(P exec "$ID" cat /proc/self/cgroup)" 0::/
	P update --memory 32m "$ID" >out 2>&1 || fail "$(cat out)"
	is "$(property "libpod-$(cat id).scope" MemoryMax)" 33554432
	P rm -f -t 0 "$ID" >out 2>&1 || fail "$(cat out)"
	wait_for is_unknown "libpod-$(cat id).scope"
	[ -z "$first" ] || [ ! -e "$pause" ] || kill "$(cat "$pause")"
}
