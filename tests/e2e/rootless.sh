#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Without root: id maps, their helpers and remedies; what a user namespace forbids is replaced.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

auto() {
	bundle "$@"
	rm config.json
	"$RUNC" spec --rootless --map-auto || fail "spec --map-auto"
	cfg '.process.terminal = false'
	args "$@"
}

t_one_id_is_mapped_directly() {
	needs_user
	bundle sh -c 'id -u; cat /proc/self/setgroups'
	# without the helpers in reach
	is "$(PATH=/nowhere "$RUNC" --root "$STATE" run "$ID" </dev/null)" "0
deny"
}
t_spec_map_auto() {
	needs_user
	auto sh -c 'wc -l </proc/self/uid_map; cat /proc/self/setgroups'
	is "$(jq '.linux.uidMappings[0].size' config.json)" 1
	is "$(jq '.linux.uidMappings[1].hostID' config.json)" "$(grep "^$(id -un):" /etc/subuid | cut -d: -f2)"
	is "$(jq '.linux.gidMappings[1].size' config.json)" "$(grep "^$(id -un):" /etc/subgid | cut -d: -f3)"
	is "$(R run "$ID")" "2
allow"
	fails 1 "--map-auto goes with --rootless" spec --map-auto -b /
}
t_files_of_other_ids() {
	needs_user
	auto sh -c 'touch /tmp/f && chown 1000:1000 /tmp/f && stat -c %u:%g /tmp/f'
	cfg '.root.readonly = false | .process.capabilities[] += ["CAP_CHOWN"]'
	is "$(R run "$ID")" 1000:1000
	is "$(stat -c %u rootfs/tmp/f)" $(($(grep "^$(id -un):" /etc/subuid | cut -d: -f2) + 999))
	args rm -f /tmp/f
	R run "$ID"
}
t_missing_helper_is_named_with_its_package() {
	needs_user
	auto true
	# /usr/bin and /bin without it, in a mount namespace of our own
	unshare --user --map-root-user --mount sh -c 'for f in /usr/bin/newuidmap /bin/newuidmap; do mount --bind /dev/null $f 2>/dev/null; done
		PATH=/nowhere exec "$0" --root "$1" run "$2"' "$RUNC" "$STATE" "$ID" >out 2>&1 </dev/null
	case $(cat out) in
	*"newuidmap is needed to map more than the caller's own id and was not found: install the package uidmap"*) ;;
	*"the kernel refuses these ids"* | *"write uid_map"*) ;; # root of that namespace maps by itself
	*) fail "$(cat out)" ;;
	esac
}
t_range_that_is_not_granted_names_what_is() {
	needs_user
	auto true
	cfg '.linux.uidMappings[1].hostID = 1000000000'
	fails 1 "newuidmap: " run "$ID"
	has "$output" "wanted $(id -u)+1, 1000000000+65536"
	has "$output" "/etc/subuid grants user $(id -un)"
	is "$(ls -A "$STATE")" ""
	auto true
	cfg '.linux.gidMappings[1].hostID = 1000000000'
	fails 1 "newgidmap: " run "$ID"
	has "$output" "/etc/subgid"
}
t_someone_elses_id_is_refused() {
	needs_user
	bundle true
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	fails 1 "newuidmap: " run "$ID"
}
t_many_map_lines() {
	local first
	needs_user
	auto sh -c 'wc -l </proc/self/uid_map'
	first=$(grep "^$(id -un):" /etc/subuid | cut -d: -f2)
	cfg --argjson f "$first" '.linux.uidMappings = [{containerID: 0, hostID: .linux.uidMappings[0].hostID, size: 1}] + [range(1; 20) | {containerID: (. * 10), hostID: ($f + . * 10), size: 5}]'
	is "$(R run "$ID")" 20
}
t_without_a_user_namespace_it_says_what_to_add() {
	needs_user
	bundle true
	cfg '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	fails 1 "rootless container requires user namespaces: add {" run "$ID"
	has "$output" "runc spec --rootless writes both"
}
t_supplementary_groups_with_one_id() {
	needs_user
	bundle true
	cfg '.process.user.additionalGids = [0]'
	fails 1 "cannot set any additional groups in a rootless container" run "$ID"
}
t_sysfs_without_a_network_namespace_is_the_hosts_read_only() {
	needs_user
	bundle sh -c 'ls /sys/class >/dev/null && echo there; mkdir /sys/x 2>&1 | grep -o "Read-only.*"'
	cfg '.mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid"]} else . end)'
	is "$(R run "$ID")" "there
Read-only file system"
}
t_sysfs_with_a_network_namespace_is_its_own() {
	needs_user
	bundle ls /sys/class/net
	cfg '.linux.namespaces += [{type: "network"}] | .mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]} else . end)'
	is "$(R run "$ID")" lo
}
t_mqueue_without_an_ipc_namespace() {
	needs_user
	bundle grep -c mqueue /proc/mounts
	cfg '.linux.namespaces |= map(select(.type != "ipc"))'
	if [ -d /dev/mqueue ]; then
		is "$(R run "$ID")" 1
	else
		fails 1 mqueue run "$ID"
	fi
}
t_proc_without_a_pid_namespace() {
	needs_user
	bundle sh -c 'test -d /proc/self && echo there'
	cfg '.linux.namespaces |= map(select(.type != "pid")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	ok run "$ID"
	has "$output" there
	has "$output" "Such configuration is strongly discouraged"
}
t_no_warning_with_a_pid_namespace() {
	bundle true
	ok run "$ID"
	hasnt "$output" discouraged
}
t_devpts_without_the_tty_group() {
	needs_user
	bundle sh -c 'grep -c devpts /proc/mounts'
	cfg '.mounts |= map(if .type == "devpts" then .options += ["gid=5"] else . end)'
	is "$(R run "$ID")" 1
}
t_device_nodes_are_the_hosts() {
	needs_user
	bundle sh -c 'echo x >/dev/null && head -c2 /dev/zero | wc -c'
	is "$(R run "$ID")" 2
}
t_device_that_the_host_does_not_have() {
	needs_user
	bundle true
	cfg '.linux.devices = [{path: "/dev/nosuchdevice", type: "c", major: 250, minor: 1}]'
	fails 1 "open the host's /dev/nosuchdevice: no such file or directory" run "$ID"
	cfg '.linux.devices = [{path: "/dev/null2", type: "c", major: 1, minor: 3}]'
	fails 1 "/dev/null2" run "$ID"
}
t_no_delegated_cgroup_is_fine() {
	needs_user
	sleeper
	ok run -d "$ID"
	is "$(find /sys/fs/cgroup -type d -name "$ID" 2>/dev/null)" ""
	ok ps -f json "$ID"
	is "$output" "[$(pid_of "$ID")]"
}
t_delegated_cgroup_is_used() {
	needs_root # to delegate one; then as the test's user
	local base
	id nobody >/dev/null || skip "no user nobody"
	bundle cat /proc/self/cgroup
	base=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	[ -n "$base" ] || skip "no cgroup2 mount"
	mkdir "$base/$ID" "$base/$ID/sub"
	chown -R 65534 "$base/$ID"
	chmod -R a+rX "$CASE_DIR" && chmod 755 "$E2E_TMP"
	mkdir nobody && chown 65534 nobody && chmod 700 nobody
	rm config.json
	setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'cd nobody && "$0" spec --rootless' "$RUNC"
	jq '.process.terminal = false | .root.path = "'"$PWD"'/rootfs" | .process.args = ["cat", "/proc/self/cgroup"]' nobody/config.json >nobody/c
	mv nobody/c nobody/config.json && chown 65534 nobody/config.json
	output=$(sh -c 'echo $$ >"$1/sub/cgroup.procs" && exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "cd nobody && exec \"\$0\" --root \$PWD/state run '"$ID"'" "$0"' "$RUNC" "$base/$ID" 2>&1 </dev/null)
	rmdir "$base/$ID/sub" "$base/$ID"
	has "$output" "0::/$ID/$ID"
}
t_bundle_in_a_closed_home() {
	needs_user
	is "$(stat -c %a "$HOME")" 700
	bundle cat /etc/passwd
	ok run "$ID"
	has "$output" ann
	auto cat /etc/passwd
	ok run "$ID"
	has "$output" ann
}
t_source_that_the_user_may_not_reach() {
	needs_user
	[ ! -x /root ] || skip "/root is open to everybody"
	bundle true
	cfg '.mounts += [{destination: "/mnt", source: "/root/x", options: ["bind"]}]'
	fails 1 "error mounting \"/root/x\" to rootfs at \"/mnt\": open /root/x: permission denied" --log "$CASE_DIR/log" run "$ID"
}
t_without_xdg_runtime_dir() {
	needs_user
	bundle true
	[ -z "${XDG_RUNTIME_DIR:-}" ] || fail "the test itself has one"
	output=$("$RUNC" run "$ID" 2>&1 </dev/null)
	is $? 1
	has "$output" /run/runc
}
t_nested_without_root() {
	needs_user
	[ -z "${SANITIZER_DIR:-}" ] || exit 78 # a build with sanitizers needs libraries, which are not in there
	# a container in a container: the inner one by the ids that the outer one has
	bundle true
	cp "$RUNC" rootfs/bin/runc
	mkdir -p rootfs/inner/rootfs && cp -a rootfs/bin rootfs/inner/rootfs/
	mkdir -p rootfs/inner/rootfs/proc rootfs/inner/rootfs/dev rootfs/inner/rootfs/sys rootfs/inner/rootfs/tmp
	script 'cd /inner && runc spec --rootless && sed -i "s/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"echo\", \"inside twice\"/" config.json && exec runc --root /tmp/r run inner </dev/null'
	cfg '.root.readonly = false | .linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.process.capabilities = ({bounding: ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SETPCAP", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_SETFCAP"]} | .effective = .bounding | .permitted = .bounding)'
	is "$(R run "$ID" 2>&1)" "inside twice"
}
