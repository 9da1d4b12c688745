#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Device rules, by what can be opened and what cannot.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# /dev/fuse (c 10:229), /dev/loop-control (c 10:237) and /dev/loop0 (b 7:0): root opens them
# without any capability, and nothing happens.
have_devices() {
	modprobe -a fuse loop 2>/dev/null
	for node in /dev/fuse /dev/loop-control /dev/loop0; do
		head -c 0 "$node" 2>/dev/null || skip "$node cannot be opened on this machine"
	done
}

# For each device: is it there to be read (r), written (w), both at once (b), made (m)?
# rules JSON: a bundle that prints that for the nodes in /mnt, which it makes itself.
rules() {
	bundle sh -c 'cd /mnt
		look() {
			r=- w=- b=- m=-
			if mknod "$1" "$2" "$3" "$4" 2>/dev/null; then
				m=m
				(exec 3<"$1") 2>/dev/null && r=r
				(exec 3>"$1") 2>/dev/null && w=w
				(exec 3<>"$1") 2>/dev/null && b=b
			fi
			echo "$1 $r$w$b$m"
			rm -f "$1"
		}
		look fuse c 10 229
		look control c 10 237
		look loop b 7 0'
	cfg --argjson rules "$1" '.linux.resources = {devices: $rules} | .process.capabilities[] += ["CAP_MKNOD"]
		| .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["nosuid"]}]'
}
# shows RULES FUSE CONTROL LOOP
shows() {
	rules "$1"
	r run "$ID"
	is "$status $output" "0 fuse $2
control $3
loop $4"
}
allow() { echo "{\"allow\": true, \"type\": \"$1\", \"major\": $2, \"minor\": $3, \"access\": \"$4\"}"; }
deny() { echo "{\"allow\": false, \"type\": \"$1\", \"major\": $2, \"minor\": $3, \"access\": \"$4\"}"; }

is_v1() { [ -d /sys/fs/cgroup/devices ]; }

ALL_DENIED='{"allow": false, "access": "rwm"}'
ALL_ALLOWED='{"allow": true, "access": "rwm"}'

t_without_rules_only_the_default_devices() {
	needs_root
	have_devices
	shows '[]' ---m ---m ---m
	cfg 'del(.linux.resources)'
	r run "$ID"
	is "$output" "fuse ---m
control ---m
loop ---m"
}
t_what_spec_writes() {
	needs_root
	have_devices
	shows "[$ALL_DENIED]" ---m ---m ---m
}
t_allowed_devices() {
	needs_root
	have_devices
	shows "[$ALL_DENIED, $(allow c 10 229 rwm)]" rwbm ---m ---m
	shows "[$ALL_DENIED, $(allow c 10 229 rwm), $(allow b 7 0 rwm)]" rwbm ---m rwbm
	shows "[$ALL_DENIED, $(allow c 10 -1 rwm)]" rwbm rwbm ---m
	shows "[$ALL_DENIED, $(allow b -1 -1 rwm)]" ---m ---m rwbm
	shows "[$ALL_DENIED, $(allow c -1 237 rwm)]" ---m rwbm ---m
}
t_kinds_of_access() {
	needs_root
	have_devices
	shows "[$ALL_DENIED, $(allow c 10 229 r)]" r--m ---m ---m
	shows "[$ALL_DENIED, $(allow c 10 229 w)]" -w-m ---m ---m
	shows "[$ALL_DENIED, $(allow c 10 229 rw), $(allow c 10 237 m)]" rwbm ---m ---m
	# in two rules
	shows "[$ALL_DENIED, $(allow c 10 229 r), $(allow c 10 229 w)]" rwbm ---m ---m
	shows "[$ALL_DENIED, $(allow c 10 -1 r), $(allow c 10 229 w)]" rwbm r--m ---m
}
t_type_a_with_less_than_all() {
	needs_root
	have_devices
	shows "[$ALL_DENIED, $(allow a 10 229 rw)]" rwbm ---m ---m
	shows "[$ALL_DENIED, $(allow a -1 -1 r)]" r--m r--m r--m
}
t_all_allowed() {
	needs_root
	have_devices
	shows "[$ALL_ALLOWED]" rwbm rwbm rwbm
	shows "[$ALL_DENIED, $ALL_ALLOWED]" rwbm rwbm rwbm
	shows "[$(allow c -1 -1 rwm), $(allow b -1 -1 rwm)]" rwbm rwbm rwbm
}
t_all_but_some() {
	needs_root
	have_devices
	shows "[$ALL_ALLOWED, $(deny c 10 229 rwm)]" ---- rwbm rwbm
	shows "[$ALL_ALLOWED, $(deny c 10 229 w)]" r--m rwbm rwbm
	shows "[$ALL_ALLOWED, $(deny b -1 -1 rw)]" rwbm rwbm ---m
}
t_order_matters() {
	needs_root
	have_devices
	shows "[$ALL_DENIED, $(allow c 10 229 rw), $(deny c 10 229 w)]" r--m ---m ---m
	shows "[$ALL_DENIED, $(deny c 10 229 w), $(allow c 10 229 rw)]" rwbm ---m ---m
	shows "[$(allow c 10 229 rw), $ALL_DENIED]" ---m ---m ---m
	shows "[$ALL_DENIED, $(allow c 10 229 rw), $(deny c 10 -1 rw)]" ---m ---m ---m
}
t_a_hole_in_a_wide_rule() {
	needs_root
	have_devices
	rules "[$ALL_DENIED, $(allow c 10 -1 rw), $(deny c 10 229 rw)]"
	if is_v1; then
		fails 1 "requested rule [c 10:229 rw] not supported by devices cgroupv1 (cannot punch hole in existing wildcard rule [c 10:* rw])" run "$ID"
	else
		shows "[$ALL_DENIED, $(allow c 10 -1 rw), $(deny c 10 229 rw)]" ---m rwbm ---m
	fi
}
t_the_default_devices_cannot_be_denied() {
	needs_root
	bundle sh -c 'for f in null zero full random urandom tty; do head -c 0 /dev/$f || echo "no $f"; done; echo x >/dev/null
		(exec 3<>/dev/ptmx) || echo "no ptmx"'
	cfg --argjson r "[$ALL_DENIED, $(deny c 1 -1 rwm), $(deny c 5 -1 rwm)]" '.linux.resources = {devices: $r} | .process.terminal = true'
	is "$(pty "$RUNC" --root "$STATE" run "$ID" </dev/null | tr -d '\r')" ""
}
t_a_default_device_in_the_config_stays_usable() {
	needs_root
	bundle sh -c 'echo x >/dev/null && stat -c %a /dev/null'
	cfg --argjson r "[$ALL_DENIED]" '.linux.resources = {devices: $r}
		| .linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 432}]'
	is "$(R run "$ID")" 660
}
t_without_the_capability_no_node_is_made() {
	needs_root
	rules "[$ALL_ALLOWED]"
	cfg '.process.capabilities[] -= ["CAP_MKNOD"]'
	script 'mknod /mnt/fuse c 10 229'
	fails 1 "Operation not permitted" run "$ID"
}
t_exec_is_under_the_same_rules() {
	needs_root
	have_devices
	sleeper
	cfg --argjson r "[$ALL_DENIED, $(allow c 10 229 rwm)]" '.linux.resources = {devices: $r} | .process.capabilities[] += ["CAP_MKNOD"]
		| .mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	ok run -d "$ID"
	ok exec "$ID" sh -c 'mknod /mnt/f c 10 229 && exec 3<>/mnt/f'
	fails 1 "Operation not permitted" exec "$ID" sh -c 'mknod /mnt/c c 10 237 && exec 3<>/mnt/c'
	ok exec "$ID" sh -c 'echo x >/dev/null'
}
t_hooks_of_the_container_see_the_rules_too() {
	needs_root
	have_devices
	rules "[$ALL_DENIED]"
	script true
	cfg '.mounts[-1].options = [] | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "mknod /mnt/f c 10 229; exec 3<>/mnt/f"]}]'
	fails 255 "error running startContainer hook" run "$ID"
	has "$output" "Operation not permitted"
}
t_a_block_device_is_mounted_before_the_rules_hold() {
	local loop
	needs_root
	have_devices
	grep -qw ext4 /proc/filesystems || modprobe ext4 2>/dev/null || skip "this kernel has no ext4"
	command -v mkfs.ext2 >/dev/null || skip "mkfs.ext2 is missing (package e2fsprogs)"
	rules "[$ALL_DENIED]"
	truncate -s 1M img
	mkfs.ext2 -q img
	loop=$(losetup --find --show "$PWD/img") || skip "no loop device can be set up here"
	cfg --arg loop "$loop" '.mounts += [{destination: "/tmp", type: "ext4", source: $loop, options: ["ro"]}]'
	script "grep -q '$loop /tmp ext4' /proc/mounts && mknod /mnt/f b 7 ${loop#/dev/loop} && (exec 3</mnt/f)"
	r run "$ID"
	losetup -d "$loop"
	has "$output" "Operation not permitted"
	hasnt "$output" "unable to start"
}
t_numbers_that_there_are_not() {
	rules "[$(allow c -2 0 r)]"
	fails 1 "linux.resources.devices[0].major: invalid major -2" run "$ID"
	rules "[$ALL_DENIED, $(allow b 1 4294967296 r)]"
	fails 1 "linux.resources.devices[1].minor: invalid minor 4294967296" run "$ID"
}
t_an_ordinary_user_has_none_and_is_not_told() {
	needs_user
	bundle sh -c 'echo x >/dev/null && echo fine'
	cfg --argjson r "[$ALL_DENIED]" '.linux.resources = {devices: $r}'
	r run "$ID"
	is "$status $output" "0 fine"
	# as it comes from `runc spec`
	rm config.json
	"$RUNC" spec --rootless
	cfg '.process.terminal = false'
	args echo fine
	r run "$ID"
	is "$status $output" "0 fine"
}
t_in_a_user_namespace_of_root() {
	needs_root
	have_devices
	# the host's root still sets the rules, and inside they hold
	rules "[$ALL_DENIED]"
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings | .mounts += [{destination: "/f", type: "bind", source: "/dev/fuse", options: ["bind"]}]'
	script 'exec 3<>/f'
	r run "$ID"
	has "$output" "Operation not permitted"
	cfg --argjson r "[$(allow c 10 229 rw)]" '.linux.resources.devices += $r'
	r run "$ID"
	is "$status $output" "0 "
}
t_within_a_user_namespace_nothing_is_tried() {
	needs_root
	bundle
	rm config.json
	"$RUNC" spec --rootless
	args echo fine
	cfg --argjson r "[$ALL_DENIED]" '.linux.resources = {devices: $r} | .process.terminal = false'
	unshare --user --map-root-user "$RUNC" --debug --log log --root "$STATE" run "$ID" >out 2>&1 </dev/null || fail "$(cat out)"
	has "$(cat log)" "device rules apply: never"
	is "$(cat out)" fine
}
