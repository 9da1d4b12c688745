#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Attacks on this program that its own reviews found: each was possible once.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

t_preserved_descriptors_are_never_ours() {
	sleeper
	ok run -d "$ID"
	fails 255 "unable to stat preserved-fd 0 (of 2): bad file descriptor" exec --preserve-fds 2 "$ID" true
	fails 1 "unable to stat preserved-fd 0 (of 1)" --log "$CASE_DIR/log" run --preserve-fds 1 "$ID-2"
	output=$(bash -c 'export LISTEN_FDS=3 LISTEN_PID=$$; exec "$0" --root "$1" run "$2"' "$RUNC" "$STATE" "$ID-2" 2>&1 </dev/null)
	has "$output" "LISTEN_FDS is 3, but descriptor 3 is not open"
	output=$(bash -c 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" --root "$1" run --preserve-fds 1 "$2" 3</dev/null' "$RUNC" "$STATE" "$ID-2" 2>&1 </dev/null)
	has "$output" "unable to stat preserved-fd 0 (of 1)"
}
t_exec_without_mount_namespace_stays_in_the_containers_root() {
	needs_root
	sleeper
	cfg '.linux.namespaces |= map(select(.type != "mount")) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false | .mounts = []'
	ok run -d "$ID"
	is "$(R exec "$ID" sh -c 'ls /bin/busybox; cat /etc/debian_version 2>/dev/null; echo end' </dev/null)" "/bin/busybox
end"
}
t_cgroup_with_others_below_is_refused() {
	needs_root
	local d dirs
	bundle true
	cfg '.linux.cgroupsPath = "/'"$ID"'" | .linux.namespaces |= map(select(.type != "pid"))'
	dirs=$(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts | sort -u)
	for d in $dirs; do mkdir -p "$d/$ID/child" 2>/dev/null; done
	sleep 100 &
	victim=$!
	for d in $dirs; do echo $victim >"$d/$ID/child/cgroup.procs" 2>/dev/null; done
	fails 1 "container's cgroup is not empty" run "$ID"
	kill -0 $victim || fail "the bystander was killed"
	kill $victim && wait $victim 2>/dev/null
	[ -d "$(find /sys/fs/cgroup -type d -path "*$ID/child" | head -1)" ] || fail "its cgroup was removed"
	find /sys/fs/cgroup -depth -type d -path "*$ID*" -exec rmdir {} +
}
t_filter_that_denies_prctl_and_close_range() {
	bundle sleep 1000
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["prctl", "close_range", "sendmsg", "openat2", "fcntl"], action: "SCMP_ACT_ERRNO"}]}'
	ok create "$ID"
	sleep 0.2
	is "$(state_of "$ID")" created
	ok start "$ID"
	sleep 0.2
	is "$(state_of "$ID")" running
	ok run -d "$ID-2"
	sleep 0.2
	is "$(state_of "$ID-2")" running
}
t_filter_that_kills_init_fails_the_create() {
	bundle sleep 1000
	cfg '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["openat", "readlinkat"], action: "SCMP_ACT_KILL_PROCESS"}]}'
	fails 1 "container init died before it could be started" create "$ID"
	is "$(ls -A "$STATE")" ""
}
t_private_proc_of_a_created_container_is_harmless() {
	needs_root
	bundle sleep 1000
	cfg '.process.capabilities[] += ["CAP_SYS_PTRACE"]'
	ok create "$ID"
	for fd in /proc/"$(pid_of "$ID")"/fd/*; do
		[ -d "$fd" ] || continue
		[ ! -e "$fd/../../../../sys/kernel/core_pattern" ] || fail "$fd leads to /proc/sys"
	done
}
t_mounts_do_not_leak_whatever_the_propagation() {
	needs_root
	local word before
	mkdir shared && mount -t tmpfs none shared && mount --make-shared shared
	BUNDLE=$CASE_DIR/shared/bundle
	for word in private rprivate slave rslave shared rshared unbindable; do
		bundle true
		cfg '.linux.rootfsPropagation = "'$word'"'
		before=$(grep -cF "$CASE_DIR" /proc/self/mountinfo)
		ok run "$ID"
		is "$(grep -cF "$CASE_DIR" /proc/self/mountinfo)" "$before"
	done
	cd "$CASE_DIR"
	umount -R shared
}
t_hooks_keep_the_callers_umask() {
	bundle true
	cfg '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "touch '"$PWD"'/made"]}]'
	(umask 027; R run "$ID" </dev/null)
	is "$(stat -c %a made)" 640
}
t_first_words_of_exec_do_not_overtake_its_pid() {
	local i j busy= execs
	sleeper
	ok run -d "$ID"
	for i in 1 2 3 4; do
		(while :; do :; done) &
		busy+=" $!"
	done
	for i in $(seq 15); do
		execs=
		for j in 1 2 3 4; do
			(R exec "$ID" true </dev/null >"out.$j" 2>&1 || touch failed) &
			execs+=" $!"
		done
		# by name: the last of all jobs may be a busy one, if an exec has ended already
		wait $execs
	done
	kill $busy
	[ ! -e failed ] || fail "$(cat out.*)"
}
t_container_that_stops_what_joins_it_can_be_deleted() {
	needs_root
	bundle sh -c 'while :; do for p in /proc/[0-9]*; do p=${p#/proc/}; [ $p = 1 ] || [ $p = $$ ] || kill -STOP $p 2>/dev/null; done; done'
	cfg '.process.capabilities[] += ["CAP_KILL", "CAP_SYS_PTRACE"]'
	ok run -d "$ID"
	bg exec "$ID" sleep 1000 </dev/null >/dev/null 2>&1 &
	sleep 0.5
	timeout 30 "$RUNC" --root "$STATE" delete --force "$ID" || fail "delete: $?"
	wait
}
t_setting_up_can_be_interrupted() {
	bundle true
	cfg '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >'"$PWD"'/hook; sleep 1000"]}]'
	bg run "$ID" </dev/null >out 2>&1 &
	wait_for test -s hook
	kill -TERM $!
	wait $!
	is $? 1
	has "$(cat out)" "interrupted by a signal"
	is "$(ls -A "$STATE")" ""
	wait_for is_gone "$(cat hook)"
}
t_sysctl_of_a_joined_host_namespace() {
	local before
	bundle true
	before=$(cat /proc/sys/kernel/shmmni)
	cfg '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/ipc" else . end) | .linux.sysctl = {"kernel.shmmni": "4097"}'
	fails 1 "is not allowed in the hosts ipc namespace" run "$ID"
	is "$(cat /proc/sys/kernel/shmmni)" "$before"
}
t_annotation_called_bundle_is_not_the_bundle() {
	sleeper
	cfg '.annotations = {"bundle": "/evil", "a=b": "c"}'
	ok create "$ID"
	is "$(R state "$ID" | jq -r .bundle)" "$BUNDLE"
	is "$(R state "$ID" | jq -c .annotations)" '{"a=b":"c","bundle":"/evil"}'
}
t_recursive_read_only_cgroup_mount() {
	bundle sh -c 'for d in /sys/fs/cgroup/*/; do mkdir $d/x 2>/dev/null && echo made; done; true'
	cfg '.mounts[6].options = ["nosuid", "noexec", "nodev", "rro"]'
	is "$(R run "$ID")" ""
}
t_pidfd_socket_with_a_joined_namespace() {
	sleeper
	cfg '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 5}}'
	fdrecv pidfd "$CASE_DIR/sock" >out &
	wait_for test -S "$CASE_DIR/sock"
	ok run -d --pidfd-socket "$CASE_DIR/sock" "$ID"
	wait
	has "$(cat out)" "pid: $(pid_of "$ID")"
}
t_failing_start_leaves_the_engines_mount_alone() {
	needs_root
	bundle true
	mkdir engine && cp -a rootfs/. engine && mount --bind engine rootfs
	cfg '.linux.namespaces |= map(select(.type != "mount")) | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .mounts += [{destination: "/mnt", source: "/no/such", options: ["bind"]}]'
	fails 1 "/no/such" run "$ID"
	is "$(grep -c " $PWD/rootfs " /proc/self/mountinfo)" 1
	cfg '.mounts |= .[:-1] | .root.readonly = false'
	ok run "$ID"
	is "$(grep -c " $PWD/rootfs " /proc/self/mountinfo)" 1
	umount rootfs
}
t_sysctl_name_that_climbs_out() {
	local key
	bundle true
	[ "$E2E_AS" = root ] || cfg '.linux.namespaces += [{type: "network"}]'
	for key in net/../kernel/core_pattern net.//.kernel.core_pattern net./.kernel net/ipv4/../../kernel/panic; do
		cfg --arg k "$key" '.linux.sysctl = {($k): "|/evil"}'
		fails 1 "" run "$ID"
	done
	hasnt "$(cat /proc/sys/kernel/core_pattern)" evil
}
t_hostile_state_files() {
	local text
	mkdir -p "$STATE/$ID" && chmod 700 "$STATE"
	for text in '{}' '[]' 'null' '{"id":1}' '{"id":"'"$ID"'","init_process_pid":-1,"init_process_start":1,"created":"","config":{"rootfs":"/","version":"1"}}' \
		'{"id":"other","init_process_pid":1,"init_process_start":1,"created":"","config":{"rootfs":"/","version":"1"}}' \
		'{"id":"'"$ID"'","init_process_pid":1,"init_process_start":1,"created":"","config":{"rootfs":"/","namespaces":[{}]}}'; do
		echo "$text" >"$STATE/$ID/state.json"
		for c in state kill start; do
			r $c "$ID"
			is "$status" 1
		done
		r exec "$ID" true
		is "$status" 255
	done
	rm -r "${STATE:?}/$ID"
}
t_log_that_is_a_fifo_does_not_hang() {
	mkfifo log
	timeout 10 "$RUNC" --log log --root "$STATE" state x </dev/null >/dev/null 2>&1
	is $? 1
}
t_escape_sequences_do_not_reach_the_terminal() {
	bundle "$(printf 'a\033[31mb')"
	fails 1 'x1b' --log log run "$ID"
	hasnt "$output" "$(printf '\033')"
}
