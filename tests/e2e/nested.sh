#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A container that manages cgroups: who may, and runc in runc, each with limits of its own.
E2E_UNITS=yes
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
	t_managing_cgroups() { skip "needs cgroup v2 at /sys/fs/cgroup"; }
	exit 0 # runs this one
fi
writable() { cfg '(.mounts[] | select(.type == "cgroup")).options -= ["ro"]'; }
# A new user namespace whose ids are root's to give.
mapped() {
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 2000}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
}
# owners: of the cgroup and three of its files, as seen inside
owners='cd /sys/fs/cgroup; stat -c "%n %u" . cgroup.procs cgroup.subtree_control cgroup.controllers'
owned() { # owned UID
	is "$output" ". $1
cgroup.procs $1
cgroup.subtree_control $1
cgroup.controllers 65534"
}

# Whether this caller's containers have controllers, and how.
need_limits() {
	sleeper
	cfg '.linux.resources = {pids: {limit: 44}, memory: {limit: 67108864}}'
	r run -d "$ID-probe"
	[ "$status" -eq 0 ] || skip "no limits may be set here"
	ok delete --force "$ID-probe"
}

# ---- who may ----

t_a_writable_cgroup_belongs_to_who_lives_in_it() {
	needs_root
	bundle sh -c "$owners; mkdir below && rmdir below"
	writable
	mapped
	ok run "$ID"
	owned 0
}
t_what_is_made_below_can_be_removed() {
	needs_root
	bundle sh -c 'cd /sys/fs/cgroup; i=0; while [ $i -lt 600 ] && mkdir d && cd d; do i=$((i + 1)); done; echo made $i'
	writable
	mapped
	ok run --keep "$ID"
	has "$output" "made 32"
	(ulimit -Sn 1024; ok delete "$ID") || fail "delete"
}
t_to_the_user_of_the_process() {
	needs_root
	bundle sh -c "$owners; mkdir below && rmdir below"
	writable
	mapped
	cfg '.process.user = {uid: 1000, gid: 1000}'
	ok run "$ID"
	owned 1000
}
t_not_one_that_is_shown_read_only() {
	needs_root
	bundle sh -c "$owners"
	mapped
	ok run "$ID"
	owned 65534
}
t_not_without_a_user_namespace() {
	needs_root
	bundle sh -c "$owners"
	writable
	cfg '.process.user = {uid: 1000, gid: 1000}'
	ok run "$ID"
	has "$output" ". 0
cgroup.procs 0"
}
t_to_another_of_ones_own_ids() {
	needs_user
	need_limits
	rm config.json
	"$RUNC" spec --rootless --map-auto 2>/dev/null || skip "this user has no subordinate ids"
	cfg '.process.terminal = false | .process.user = {uid: 1000, gid: 1000} | .linux.resources = {pids: {limit: 44}} | .process.args = $ARGS.positional' --args -- sh -c "$owners; mkdir below && rmdir below"
	writable
	chmod 711 "$HOME" "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
	ok run "$ID"
	has "$output" ". 1000
cgroup.procs 1000
cgroup.subtree_control 1000"
}

# ---- runc in runc ----

# nest LIMITS-OF-OUTER LIMITS-OF-INNER SCRIPT-OF-INNER: a bundle whose container runs runc, and says then how it is outside
nest() {
	[ -z "${SANITIZER_DIR:-}" ] || skip "a build with sanitizers needs libraries, which are not in there"
	bundle sh /nested
	cp "$RUNC" rootfs/bin/runc
	mkdir rootfs/inner
	cp -a "$E2E_ROOTFS" rootfs/inner/rootfs
	"$RUNC" spec --rootless --bundle rootfs/inner
	jq --argjson limits "$2" '.process.terminal = false | .process.args = $ARGS.positional | .linux.resources = $limits |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings' --args -- sh -c "$3" \
		<rootfs/inner/config.json >rootfs/inner/new && mv rootfs/inner/new rootfs/inner/config.json
	echo 'cd /inner; runc --root /tmp/state run '"${INNER:-inner}"' </dev/null || exit 1
		cd /sys/fs/cgroup; echo outside $(cat /proc/self/cgroup pids.max); find . -mindepth 1 -type d' >rootfs/nested
	cfg --argjson limits "$1" '.root.readonly = false | .linux.resources = $limits | .linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.process.capabilities = ({bounding: ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SETPCAP", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_SETFCAP"]} | .effective = .bounding | .permitted = .bounding)'
	writable
	if [ "$E2E_AS" = root ]; then mapped; fi
}
inner='{"pids": {"limit": 7}, "memory": {"limit": 16777216}}'

t_each_with_its_own_limits() {
	need_limits
	nest '{"pids": {"limit": 44}, "memory": {"limit": 67108864}}' "$inner" 'cat /proc/self/cgroup /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max'
	ok run "$ID"
	# whom runc found in the namespace's root are in a leaf now, and nothing else is left
	is "$output" "0::/
7
16777216
outside 0::/@init 44
./@init"
}
t_the_inner_one_may_be_called_init() {
	need_limits
	INNER=init nest '{"pids": {"limit": 44}}' "$inner" 'cat /sys/fs/cgroup/pids.max; grep -c "^0$" /sys/fs/cgroup/cgroup.procs || :'
	ok run "$ID"
	# alone in it: those of the outer one, which it would see as 0, are elsewhere
	is "$output" "7
0
outside 0::/@init 44
./@init"
}
t_the_inner_limit_holds() {
	need_limits
	nest '{"pids": {"limit": 44}}' "$inner" 'dd if=/dev/zero of=/dev/null bs=50M count=1; echo status $?'
	r run "$ID"
	# the whole of it, or dd alone
	like "$output" "Killed|status 137|^\$"
	hasnt "$output" "1+0 records"
}
t_without_limits_nobody_is_moved() {
	need_limits
	nest '{"pids": {"limit": 44}}' '{}' 'cat /proc/self/cgroup'
	ok run "$ID"
	is "$output" "0::/
outside 0::/ 44"
}
t_exec_finds_those_that_were_moved() {
	need_limits
	nest '{"pids": {"limit": 44}}' "$inner" 'echo up; sleep 1000'
	R run -d "$ID" >"$CASE_DIR/said" 2>&1 </dev/null || fail "$(cat "$CASE_DIR/said")"
	wait_for grep -q up "$CASE_DIR/said"
	ok exec "$ID" cat /proc/self/cgroup
	is "$output" 0::/@init
	ok exec "$ID" runc --root /tmp/state list -q
	is "$output" inner
	ok delete --force "$ID"
}
t_in_a_unit_of_systemd() {
	[ -d /run/systemd/system ] && [ -x "${RUNC%/*}/runc-systemd" ] || skip "no systemd runs here"
	E2E_FLAGS=--systemd-cgroup
	need_limits
	nest '{"pids": {"limit": 44}, "memory": {"limit": 67108864}}' "$inner" 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max'
	ok run "$ID"
	is "$output" "7
16777216
outside 0::/@init 44
./@init"
}
