#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bad input: one clear line, and nothing stays behind.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# refused TEXT: run and create of the bundle as it is fail with this text, in one line, and leave nothing.
refused() {
	local c
	for c in run create; do
		r $c "$ID"
		[ "$status" -ne 0 ] || fail "runc $c succeeded"
		has "$output" "runc $c failed: "
		has "$output" "$1"
		is "$(echo "$output" | grep -c .)" 1
		[ ! -d "$STATE" ] || is "$(ls -A "$STATE")" ""
	done
}
# raw TEXT WANT: config.json is exactly this text.
raw() {
	printf '%s' "$1" >config.json
	refused "$2"
}
# edit FILTER WANT: the sample config, edited.
edit() {
	bundle true
	cfg "$1"
	refused "$2"
}

t_no_config() {
	bundle
	rm config.json
	refused "JSON specification file config.json not found"
}
t_no_bundle() {
	fails 1 "chdir $CASE_DIR/nowhere: no such file or directory" run -b nowhere "$ID"
}
t_malformed_json() {
	bundle
	raw '' "config.json: empty file"
	raw '{' "config.json: line 1, column 1: invalid JSON"
	raw '{]' "config.json: line 1"
	raw '{"ociVersion": "1.0.0",}' "invalid JSON"
	raw '{"a": 1} trailing' "invalid JSON"
	raw '{"a": 1}{"b": 2}' "invalid JSON"
	raw "{'a': 1}" "invalid JSON"
	raw '{"a": 01}' "invalid JSON"
	raw '{"a": NaN}' "invalid JSON"
	raw 'null' "config cannot be null"
	raw '[]' "config.json: expected an object, not an array"
	raw '"text"' "config.json: expected an object, not a string"
}
t_truncated_json() {
	local n
	bundle true
	cp config.json whole
	for n in 1 10 100 500 1000 2000; do
		head -c $n whole >config.json
		refused "config.json: line"
	done
}
t_larger_than_16_MiB() {
	bundle
	{ printf '{"x": "'; head -c 100000000 /dev/zero | tr '\0' x; printf '"}'; } >config.json
	refused "config.json: larger than 16 MiB"
}
t_nested_too_deep() {
	bundle
	head -c 10000 /dev/zero | tr '\0' '[' >config.json
	refused "config.json: line 1: nested deeper than 64 levels"
}
t_nul_bytes() {
	bundle
	printf '{"a": 1}\0' >config.json
	refused "config.json: line 1: NUL byte"
	raw '{"hostname": "a\u0000b"}' "NUL character in a string"
}
t_invalid_utf8() {
	bundle
	printf '{"hostname": "\xff\xfe"}' >config.json
	refused "unable to decode byte 0xff"
}
t_duplicate_keys() {
	bundle
	raw '{"hostname": "a", "hostname": "b"}' "duplicate object key"
}
t_config_that_is_no_file() {
	bundle
	rm config.json && mkfifo config.json
	refused "config.json: not a regular file"
	rm config.json && mkdir config.json
	refused "config.json: not a regular file"
	rmdir config.json && ln -s /dev/zero config.json
	refused "config.json: not a regular file"
}
t_wrong_types_name_the_path() {
	edit '.process.args = "sh"' "process.args: expected an array, not a string"
	edit '.process.args = [1]' "process.args[0]: expected a string, not a number"
	edit '.process.user.uid = "0"' "process.user.uid: expected an unsigned integer, not a string"
	edit '.process.user.uid = -1' "process.user.uid: expected an unsigned integer from 0 to 4294967295"
	edit '.process.user.uid = 1.5' "process.user.uid: expected an unsigned integer, not a real number"
	edit '.process.noNewPrivileges = "true"' "process.noNewPrivileges: expected a boolean, not a string"
	edit '.process.rlimits[0].soft = "x"' "process.rlimits[0].soft: expected an unsigned integer, not a string"
	edit '.mounts = {}' "mounts: expected an array, not an object"
	edit '.mounts[1].options[0] = null' "mounts[1].options[0]: expected a string, not null"
	edit '.root = []' "root: expected an object, not an array"
	edit '.linux.namespaces[0].type = 5' "linux.namespaces[0].type: expected a string, not a number"
	edit '.annotations = {"a": 1}' "annotations.a: expected a string, not a number"
	edit '.hooks.prestart = [{args: []}]' "hooks.prestart[0].path: missing"
	edit '.linux.uidMappings = [{containerID: 0, hostID: 0}]' "linux.uidMappings[0].size: missing"
}
t_numbers_out_of_range() {
	bundle true
	sed -i 's/"soft": 1024/"soft": 18446744073709551616/' config.json
	refused "process.rlimits[0].soft: expected an unsigned integer from 0 to 18446744073709551615"
	edit '.process.user.uid = 4294967296' "process.user.uid: expected an unsigned integer from 0 to 4294967295"
	edit '.process.oomScoreAdj = 1001' "process.oomScoreAdj: 1001 is not from -1000 to 1000"
	edit '.process.consoleSize = {height: 70000, width: 1}' "process.consoleSize: larger than 65535"
	edit '.process.user.umask = 512' "process.user.umask: 512 is larger than 0777"
	edit '.process.rlimits[0].type = "RLIMIT_NOPE"' "wrong rlimit value: RLIMIT_NOPE"
	edit '.process.rlimits[0] = {type: "RLIMIT_NOFILE", soft: 9, hard: 8}' "soft limit 9 is above the hard limit 8"
}
t_process_rules() {
	edit 'del(.process)' "process property must not be empty"
	edit 'del(.process.cwd)' "Cwd property must not be empty"
	edit '.process.cwd = "tmp"' "Cwd must be an absolute path"
	edit '.process.args = []' "args must not be empty"
	edit 'del(.process.args)' "args must not be empty"
	edit '.process.env = ["NOEQUALS"]' "process.env[0]: invalid environment variable: missing '='"
	edit '.process.env = ["=x"]' "process.env[0]: invalid environment variable: name cannot be empty"
	edit '.process.selinuxLabel = "a:b:c:d"' "selinux label is specified in config, but selinux is disabled or not supported"
	edit '.process.apparmorProfile = "no-such-profile"' "apparmor"
}
t_root_rules() {
	edit 'del(.root)' "root must be specified"
	edit 'del(.root.path)' "root.path: missing"
	edit '.root.path = ""' "root.path: must not be empty"
	edit '.root.path = "nowhere"' "invalid rootfs: stat $BUNDLE/nowhere: no such file or directory"
	edit '.root.path = "config.json"' "invalid rootfs: $BUNDLE/config.json is not a directory"
	edit '.root.path = "/"' "is the root of the host"
	bundle true
	ln -s rootfs link
	cfg '.root.path = "link"'
	refused "invalid rootfs: not an absolute path, or a symlink"
}
t_root_given_in_other_ways() {
	bundle echo fine
	cfg '.root.path = "./rootfs/../rootfs"'
	is "$(R run "$ID")" fine
	cfg --arg p "$PWD/rootfs" '.root.path = $p'
	is "$(R run "$ID")" fine
	cd rootfs && mv ../config.json . && cfg '.root.path = "."'
	is "$(R run "$ID")" fine
}
t_program_that_cannot_run() {
	edit '.process.args = ["nosuch"]' 'exec: \"nosuch\": executable file not found in $PATH'
	edit '.process.args = [""]' 'exec: \"\": executable file not found in $PATH'
	edit '.process.args = ["/no/such"]' 'exec: \"/no/such\": stat /no/such: no such file or directory'
	edit '.process.args = ["/etc/passwd"]' 'exec: \"/etc/passwd\": permission denied'
	edit '.process.args = ["/bin"]' 'exec: \"/bin\": is a directory'
	edit '.process.env = ["A=1"]' 'exec: \"true\": executable file not found in $PATH'
}
t_container_ids() {
	local id
	bundle true
	for id in '../x' '.' '..' 'a/b' 'a b' '.hidden' 'ä' "$(printf 'a\nb')" "$(printf 'x%.0s' $(seq 1025))"; do
		fails 1 "invalid container ID format" run "$id"
		fails 1 "invalid container ID format" state "$id"
		fails 1 "invalid container ID format" delete --force "$id"
		fails 1 "invalid container ID format" kill "$id" KILL
	done
	fails 1 "container id cannot be empty" run ""
	ok run "a_b+c-d.e9"
	[ "$(ls -A "$STATE")" = "" ] || fail "left behind"
}
t_root_directory_that_cannot_be_written() {
	bundle true
	mkdir ro && chmod 555 ro
	if [ "$E2E_AS" = user ]; then
		fails 1 "permission denied" --root "$PWD/ro/state" run "$ID"
	fi
	touch file
	fails 1 "not a directory" --root "$PWD/file" run "$ID"
	fails 1 "not a directory" --root "$PWD/file/x" run "$ID"
	ln -s ro link
	fails 1 "" --root "$PWD/link" run "$ID"
	mkdir open && chmod 777 open
	fails 1 "may be written by others than its owner" --root "$PWD/open" run "$ID"
	chmod 775 open
	ok --root "$PWD/open" run "$ID"
	if [ "$E2E_AS" = root ]; then
		chgrp 1 open
		fails 1 "may be written by others than its owner" --root "$PWD/open" run "$ID"
	fi
}
t_root_directory_of_another_user() {
	needs_user
	bundle true
	fails 1 "belongs to user 0" --root /usr/lib run "$ID"
}
t_state_on_a_full_disk() {
	bundle true
	mkdir tiny
	if [ "$E2E_AS" = root ]; then
		mount -t tmpfs -o size=64k,mode=700 none tiny
		head -c 100000 /dev/zero >tiny/fill 2>/dev/null
		fails 1 "no space left on device" --root "$PWD/tiny" run "$ID"
		is "$(ls -A tiny)" fill
		umount tiny
	else
		# in a mount namespace of the user's own
		unshare --user --map-root-user --mount sh -c '
			mount -t tmpfs -o size=64k,mode=700 none tiny
			head -c 100000 /dev/zero >tiny/fill 2>/dev/null
			"$1" --root "$PWD/tiny" run x </dev/null; ls -A tiny' sh "$RUNC" >out 2>&1
		has "$(cat out)" "no space left on device"
		is "$(tail -1 out)" fill
	fi
}
t_hostname_too_long() {
	edit '.hostname = ("x" * 65)' "longer than the kernel's 64 characters"
}
t_bad_resources() {
	edit '.linux.resources.hugepageLimits = [{pageSize: "64kB", limit: 1}]' 'linux.resources.hugepageLimits[0].pageSize: \"64kB\" is not like 64KB, 2MB or 1GB'
	edit '.linux.resources.devices = [{allow: true, type: "x", access: "r"}]' 'invalid cgroup device type \"x\"'
	edit '.linux.resources.devices = [{allow: true}]' "device access at 0 field cannot be empty"
	edit '.linux.resources.rdma = {"mlx": {"hcaHandles": "x"}}' "linux.resources.rdma.mlx.hcaHandles: expected an unsigned integer, not a string"
	edit '.linux.netDevices = {"eth0": {"name": 23}}' "linux.netDevices.eth0.name: expected a string, not a number"
}
t_bad_seccomp() {
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_NOPE"}' "string SCMP_ACT_NOPE is not a valid action for seccomp"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NOPE"]}' "string SCMP_ARCH_NOPE is not a valid arch for seccomp"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["NOPE"]}' "seccomp flag NOPE is not known to runc"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 0, op: "SCMP_CMP_EQ"}]}]}' "argument index 6 is not from 0 to 5"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["read"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 0, op: "SCMP_CMP_NOPE"}]}]}' "string SCMP_CMP_NOPE is not a valid operator for seccomp"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY"}' "SCMP_ACT_NOTIFY cannot be used as default action"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["write"], action: "SCMP_ACT_NOTIFY"}]}' "SCMP_ACT_NOTIFY cannot be used for the write syscall"
	edit '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' "seccomp listenerPath is not set"
}
t_systemd_cgroup_where_there_is_none() {
	bundle true
	[ ! -d /run/systemd/system ] || skip "systemd runs here"
	fails 1 "systemd not running on this host, cannot use systemd cgroups manager" --systemd-cgroup run "$ID"
}
t_accepted_but_not_applied_is_said() {
	bundle true
	cfg '.linux.intelRdt = {closID: "x"}'
	ok run "$ID"
	has "$output" "linux.intelRdt is not applied by this version of runc"
}
t_unknown_keys_are_ignored() {
	bundle echo fine
	cfg '.unknown = {a: [1, 2]} | .process.unknown = 5 | .windows = {} | .vm = {}'
	is "$(R run "$ID")" fine
}
t_null_counts_as_absent() {
	bundle echo fine
	cfg '.hooks = null | .linux.seccomp = null | .process.rlimits = null | .annotations = null'
	is "$(R run "$ID")" fine
}
t_minimal_config() {
	bundle true
	echo '{"ociVersion": "1.0.0", "root": {"path": "rootfs"}, "process": {"cwd": "/", "args": ["/bin/true"]}, "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]}}' >config.json
	if [ "$E2E_AS" = root ]; then
		ok run "$ID"
	else
		fails 1 "rootless container requires user namespaces: add {" run "$ID"
	fi
}
