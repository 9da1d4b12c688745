#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The root file system: mounts of every kind, their options, devices, masks.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

mounts() { cfg '.mounts += ['"$1"']'; }
# The mount options that the container sees at a place.
opts() { args awk -v at="$1" '$5 == at { print $6 " " $7 }' /proc/self/mountinfo; R run "$ID"; }
host_dir() {
	mkdir -p "$CASE_DIR/host/sub"
	echo from-host >"$CASE_DIR/host/file"
	echo sub >"$CASE_DIR/host/sub/file"
}
bind() { # bind DEST OPTION…
	local dest=$1
	shift
	mounts "$(jq -nc --arg d "$dest" --arg s "$CASE_DIR/host" '{destination: $d, source: $s, type: "bind", options: (["rbind"] + $ARGS.positional)}' --args -- "$@")"
}

t_default_mounts() {
	bundle awk '{ print $2, $3 }' /proc/mounts
	out=$(R run "$ID")
	for m in "/dev tmpfs" "/dev/mqueue mqueue" "/dev/pts devpts" "/dev/shm tmpfs" "/proc proc"; do
		has "$out" "$m"
	done
}
t_bind_mount_of_a_directory() {
	host_dir
	bundle cat /mnt/file
	bind /mnt
	is "$(R run "$ID")" from-host
}
t_bind_mount_of_a_file_makes_the_file() {
	host_dir
	bundle cat /new/dir/file
	mounts '{destination: "/new/dir/file", source: "'"$CASE_DIR"'/host/file", options: ["bind", "ro"]}'
	is "$(R run "$ID")" from-host
	is "$(cat rootfs/new/dir/file)" ""
}
t_bind_mount_with_a_relative_source() {
	bundle cat /mnt/config.json
	mounts '{destination: "/mnt", source: ".", options: ["bind"]}'
	has "$(R run "$ID")" ociVersion
}
t_bind_mount_of_a_missing_source() {
	bundle true
	mounts '{destination: "/mnt", source: "/no/such", options: ["bind"]}'
	fails 1 'error mounting \"/no/such\" to rootfs at \"/mnt\": open /no/such: no such file or directory' run "$ID"
}
t_bind_mount_of_a_socket_and_a_fifo() {
	mkfifo fifo
	fdrecv notify "$CASE_DIR/sock" >/dev/null &
	wait_for test -S sock
	bundle sh -c 'test -p /fifo && test -S /sock && echo both'
	mounts '{destination: "/fifo", source: "'"$CASE_DIR"'/fifo", options: ["bind"]}, {destination: "/sock", source: "'"$CASE_DIR"'/sock", options: ["bind"]}'
	is "$(R run "$ID")" both
	kill %1
}
t_read_only_bind() {
	host_dir
	bundle sh -c 'echo x >/mnt/file'
	bind /mnt ro
	fails 1 "Read-only file system" run "$ID"
	is "$(cat "$CASE_DIR/host/file")" from-host
}
t_writable_bind() {
	host_dir
	bundle sh -c 'echo new >/mnt/file'
	bind /mnt
	ok run "$ID"
	is "$(cat "$CASE_DIR/host/file")" new
}
t_later_options_win() {
	host_dir
	bundle true
	bind /mnt ro rw nosuid suid noexec exec nodev
	like "$(opts /mnt)" '^rw,nodev,relatime '
	cfg '.mounts[-1].options = ["bind", "rw", "ro", "exec", "noexec", "nodev"]'
	like "$(opts /mnt)" '^ro,nodev,noexec,relatime '
}
t_every_flag_of_a_bind() {
	host_dir
	bundle true
	bind /mnt ro nosuid nodev noexec nosymfollow
	like "$(opts /mnt)" '^ro,nosuid,nodev,noexec,relatime,nosymfollow '
	[ "$E2E_AS" = root ] || return 0
	bind /mnt ro nosuid nodev noexec noatime nosymfollow nodiratime
	like "$(opts /mnt | tail -1)" '^ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow '
}
t_access_time_of_a_bind_is_locked_for_users() {
	needs_user
	host_dir
	bundle true
	bind /mnt noatime
	fails 1 "cannot clear locked flags: operation not permitted" run "$ID"
}
t_relatime_on_a_read_only_bind_is_just_that() {
	host_dir
	bundle true
	bind /mnt ro relatime
	like "$(opts /mnt)" '^ro,relatime '
	hasnt "$(opts /mnt)" nosymfollow
}
t_access_time_modes_replace_each_other() {
	needs_root # in a user namespace the kernel locks them
	host_dir
	bundle true
	bind /mnt noatime strictatime
	like "$(opts /mnt)" '^rw '
	cfg '.mounts[-1].options = ["bind", "strictatime", "noatime"]'
	like "$(opts /mnt)" '^rw,noatime '
}
# flags_of SOURCE-FLAGS OPTION…: what a bind of a file system with these flags gets
flags_of() {
	local got
	mkdir -p "$CASE_DIR/fs"
	mount -t tmpfs none "$CASE_DIR/fs"
	# on the mount, not on its file system
	mount -o "remount,bind,$1" "$CASE_DIR/fs"
	shift
	cfg --arg s "$CASE_DIR/fs" '.mounts |= map(select(.destination != "/mnt")) + [{destination: "/mnt", source: $s, options: (["bind"] + $ARGS.positional)}]' --args -- "$@"
	r run "$ID"
	umount "$CASE_DIR/fs"
	[ "$status" -eq 0 ] || { echo "$output"; return; }
	awk '{ print $1 }' <<<"$output"
}
prints_flags() { bundle awk '$5 == "/mnt" { print $6 }' /proc/self/mountinfo; }
into_userns() {
	chmod 755 "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
}
t_times_of_a_bind_are_all_asked_for_or_none() {
	needs_root
	prints_flags
	is "$(flags_of noatime nodev)" rw,nodev,noatime
	is "$(flags_of noatime atime)" rw,noatime
	is "$(flags_of noatime,nodev norelatime)" rw,noatime
	is "$(flags_of nodiratime diratime)" rw,nodiratime,relatime
	is "$(flags_of noatime relatime)" rw,relatime
	is "$(flags_of noatime nodiratime)" rw,nodiratime,relatime
	is "$(flags_of nodiratime relatime)" rw,relatime
	is "$(flags_of nodiratime strictatime)" rw
	is "$(flags_of noatime nodiratime strictatime)" rw,nodiratime
}
t_locked_flags_of_a_bind_stay_and_nosymfollow_is_not_one() {
	needs_root
	prints_flags
	into_userns
	is "$(flags_of ro,noexec,nosymfollow,nodiratime dev)" ro,noexec,nodiratime,relatime
	is "$(flags_of nodev,nosymfollow rw)" rw,nodev,relatime
	is "$(flags_of nodev,noatime atime)" rw,nodev,noatime
	has "$(flags_of ro rw nosuid)" "cannot clear locked flags: operation not permitted"
	has "$(flags_of noatime strictatime)" "cannot clear locked flags: operation not permitted"
	has "$(flags_of relatime nodiratime)" "cannot clear locked flags: operation not permitted"
}
t_read_only_is_not_recursive_but_rro_is() {
	needs_root # mounts on the host
	host_dir
	mount -t tmpfs none "$CASE_DIR/host/sub"
	bundle sh -c 'touch /mnt/x 2>/dev/null && echo top; touch /mnt/sub/x 2>/dev/null && echo sub; true'
	bind /mnt ro
	is "$(R run "$ID")" sub
	rm -f "$CASE_DIR/host/sub/x"
	cfg '.mounts[-1].options = ["rbind", "rro"]'
	is "$(R run "$ID")" ""
	umount "$CASE_DIR/host/sub"
}
t_recursive_flags() {
	needs_root
	host_dir
	mount -t tmpfs none "$CASE_DIR/host/sub"
	bundle true
	bind /mnt rnosuid rnodev rnoexec rnoatime
	like "$(opts /mnt/sub)" '^rw,nosuid,nodev,noexec,noatime '
	umount "$CASE_DIR/host/sub"
}
t_propagation_words() {
	local word
	host_dir
	bundle true
	bind /mnt rprivate
	hasnt "$(opts /mnt)" "master:"
	cfg '.mounts[-1].options = ["rbind", "rshared"]'
	like "$(opts /mnt)" 'shared:[0-9]'
	cfg '.mounts[-1].options = ["rbind", "runbindable"]'
	like "$(opts /mnt)" ' unbindable'
	for word in slave shared private unbindable rslave; do
		cfg '.mounts[-1].options = ["rbind", "'$word'"]'
		args true
		ok run "$ID"
	done
}
t_mounts_of_the_container_do_not_reach_the_host() {
	host_dir
	bundle sleep 1000
	bind /mnt
	ok run -d "$ID"
	is "$(grep -F "$CASE_DIR" /proc/self/mountinfo)" ""
}
t_file_system_options_on_a_bind_are_refused() {
	host_dir
	bundle true
	bind /mnt size=10m
	fails 1 "bind mounts cannot have any filesystem-specific options applied: size=10m" run "$ID"
}
t_tmpfs_options() {
	bundle sh -c 'stat -c "%a" /mnt; df -k /mnt | tail -1 | awk "{print \$2}"'
	mounts '{destination: "/mnt", type: "tmpfs", source: "x", options: ["mode=1711", "size=64k", "nodev"]}'
	is "$(R run "$ID")" "1711
64"
}
t_read_only_tmpfs_can_have_mounts_below() {
	host_dir
	bundle sh -c 'cat /mnt/in/file; touch /mnt/x 2>&1 | grep -o "Read-only.*"'
	mounts '{destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["ro"]}'
	bind /mnt/in
	is "$(R run "$ID")" "from-host
Read-only file system"
}
t_tmpfs_takes_the_mode_of_its_directory() {
	bundle stat -c %a /there /new
	mkdir -m 711 rootfs/there
	mounts '{destination: "/there", type: "tmpfs", source: "t"}, {destination: "/new", type: "tmpfs", source: "t"}'
	is "$(R run "$ID")" "711
1777"
}
t_tmpcopyup() {
	bundle sh -c 'cd /data && find . | sort && cat file && readlink link && stat -c %a dir && touch new && echo writable'
	mkdir -p rootfs/data/dir/sub
	echo content >rootfs/data/file
	ln -s target rootfs/data/link
	mkfifo rootfs/data/fifo
	chmod 700 rootfs/data/dir
	mounts '{destination: "/data", type: "tmpfs", source: "t", options: ["tmpcopyup"]}'
	is "$(R run "$ID")" ".
./dir
./dir/sub
./file
./link
content
target
700
writable"
	[ ! -e rootfs/data/new ] || fail "it was written to the image"
}
t_bad_tmpfs_option_names_it() {
	bundle true
	mounts '{destination: "/mnt", type: "tmpfs", source: "t", options: ["size=many"]}'
	fails 1 "error mounting" run "$ID"
	has "$output" size
	cfg '.mounts[-1].options = ["nonsense=1"]'
	fails 1 "nonsense" run "$ID"
}
t_unknown_file_system() {
	bundle true
	mounts '{destination: "/mnt", type: "nosuchfs", source: "x"}'
	fails 1 "file system type nosuchfs: no such device" run "$ID"
}
t_mounts_are_made_in_order() {
	host_dir
	bundle cat /mnt/file
	bind /mnt
	mounts '{destination: "/mnt", type: "tmpfs", source: "t"}'
	r run "$ID"
	has "$output" "No such file"
	cfg '.mounts = .mounts[:-2] + [.mounts[-1], .mounts[-2]]'
	is "$(R run "$ID")" from-host
}
t_source_below_the_root_sees_earlier_mounts() {
	host_dir
	bundle cat /final/file
	bind /mnt
	mounts '{destination: "/final", source: "'"$BUNDLE"'/rootfs/mnt", options: ["rbind"]}'
	is "$(R run "$ID")" from-host
}
t_target_may_be_named_by_its_path_on_the_host() {
	host_dir
	bundle cat /mnt/file
	bind "$BUNDLE/rootfs/mnt"
	is "$(R run "$ID")" from-host
	[ ! -e "rootfs$BUNDLE" ] || fail "made $(find "rootfs$BUNDLE")"
}
t_target_through_a_link_stays_inside() {
	host_dir
	bundle cat /real/file
	mkdir rootfs/real
	ln -s /real rootfs/link
	bind /link
	is "$(R run "$ID")" from-host
}
t_target_through_a_dangling_link_is_made_inside() {
	host_dir
	bundle cat /not/yet/there/file
	ln -s /not/yet rootfs/link
	bind /link/there
	is "$(R run "$ID")" from-host
}
t_mount_over_the_root_is_refused() {
	host_dir
	bundle true
	bind /
	fails 1 'is on the top of rootfs' run "$ID"
	cfg '.mounts[-1].destination = "/mnt/../."'
	fails 1 'is on the top of rootfs' run "$ID"
}
t_mount_destination_must_not_be_empty() {
	bundle true
	mounts '{destination: "", type: "tmpfs", source: "t"}'
	fails 1 "mounts[$(jq '.mounts | length - 1' config.json)].destination: must not be empty" run "$ID"
}
t_relative_destination_warns() {
	host_dir
	bundle cat /mnt/file
	bind mnt
	ok run "$ID"
	has "$output" "mount destination mnt is not absolute"
	has "$output" from-host
}
t_proc_must_be_an_ordinary_directory() {
	bundle true
	rmdir rootfs/proc && mkdir rootfs/elsewhere && ln -s elsewhere rootfs/proc
	fails 1 'must be mounted on ordinary directory' run "$ID"
}
t_only_proc_goes_to_proc() {
	host_dir
	bundle true
	bind /proc
	fails 1 'cannot be mounted because it is not of type proc' run "$ID"
	cfg 'del(.mounts[-1])'
	bind /proc/self
	fails 1 'cannot be mounted because it is inside /proc' run "$ID"
	cfg 'del(.mounts[-1])'
	bind /proc/sys/kernel
	fails 1 'cannot be mounted because it is inside /proc' run "$ID"
}
t_listed_files_of_proc_may_be_replaced() {
	host_dir
	bundle cat /proc/uptime
	mounts '{destination: "/proc/uptime", source: "'"$CASE_DIR"'/host/file", options: ["bind"]}'
	is "$(R run "$ID")" from-host
}
t_read_only_root() {
	bundle touch /x
	fails 1 "Read-only file system" run "$ID"
	cfg '.root.readonly = false'
	ok run "$ID"
	[ -e rootfs/x ] || fail "not written"
}
t_masked_paths() {
	bundle sh -c 'cat /etc/secret | wc -c; ls -A /hidden | wc -l; stat -c %t:%T /etc/secret; touch /hidden/x 2>&1 | grep -o "Read-only.*"'
	echo secret >rootfs/etc/secret
	mkdir -p rootfs/hidden/dir
	cfg '.linux.maskedPaths += ["/etc/secret", "/hidden", "/hidden", "/no/such", "/etc/secret"] | .root.readonly = false'
	is "$(R run "$ID")" "0
0
1:3
Read-only file system"
	is "$(cat rootfs/etc/secret)" secret
}
t_masked_directories_share_one_file_system() {
	bundle sh -c 'stat -c %d /a /b | sort -u | wc -l'
	mkdir rootfs/a rootfs/b
	cfg '.linux.maskedPaths += ["/a", "/b"]'
	is "$(R run "$ID")" 1
}
t_read_only_paths() {
	bundle sh -c 'touch /etc/x 2>&1 | grep -o "Read-only.*"; touch /tmp/x && echo writable'
	cfg '.linux.readonlyPaths += ["/etc", "/no/such"] | .root.readonly = false'
	is "$(R run "$ID")" "Read-only file system
writable"
}
t_device_nodes_and_links() {
	bundle sh -c 'cd /dev; stat -c "%n %t:%T %F" null zero full tty random urandom; for l in fd stdin stdout stderr ptmx core; do readlink $l; done'
	is "$(R run "$ID")" "null 1:3 character special file
zero 1:5 character special file
full 1:7 character special file
tty 5:0 character special file
random 1:8 character special file
urandom 1:9 character special file
/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
/proc/kcore"
}
t_devices_work() {
	bundle sh -c 'echo x >/dev/null && head -c3 /dev/zero | wc -c && head -c3 /dev/urandom | wc -c; echo x 2>/dev/null >/dev/full || echo full'
	is "$(R run "$ID" 2>/dev/null)" "3
3
full"
}
t_device_of_the_config() {
	bundle stat -c '%n %t:%T %a' /dev/fuse /dev/deep/er
	[ -c /dev/fuse ] || skip "no /dev/fuse here"
	cfg '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 432}]'
	args stat -c '%n %t:%T' /dev/fuse
	is "$(R run "$ID")" "/dev/fuse a:e5"
}
t_device_with_owner_and_mode() {
	needs_root # an ordinary user gets the host's node
	bundle stat -c '%t:%T %a %u:%g' /dev/deep/er
	cfg '.linux.devices = [{path: "/dev/deep/er", type: "c", major: 1, minor: 3, fileMode: 384, uid: 7, gid: 8}]'
	is "$(R run "$ID")" "1:3 600 7:8"
	# st_mode as podman copies it: with the file type
	cfg '.linux.devices[0].fileMode = 8608'
	is "$(R run "$ID")" "1:3 640 7:8"
}
t_fifo_device() {
	bundle stat -c '%F %a' /dev/pipe
	cfg '.linux.devices = [{path: "/dev/pipe", type: "p", fileMode: 384}]'
	is "$(R run "$ID")" "fifo 600"
}
t_default_device_may_be_named_again() {
	bundle stat -c '%t:%T' /dev/tty /dev/null
	cfg '.linux.devices = [{path: "/dev/tty", type: "c", major: 5, minor: 0}, {path: "/dev/ptmx", type: "c", major: 5, minor: 2}, {path: "/dev/null", type: "c", major: 1, minor: 3}]'
	is "$(R run "$ID")" "5:0
1:3"
}
t_device_that_is_something_else_in_the_image() {
	needs_root
	bundle true
	touch rootfs/etc/node
	cfg '.linux.devices = [{path: "/etc/node", type: "c", major: 1, minor: 3}]'
	fails 1 "/etc/node exists and is not the device of the config" run "$ID"
}
t_bad_devices_of_the_config() {
	bundle true
	cfg '.linux.devices = [{path: "/dev/x", type: "q", major: 1, minor: 3}]'
	fails 1 'invalid device type \"q\"' run "$ID"
	cfg '.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]'
	fails 1 "linux.devices[0].path: dev/x is not absolute" run "$ID"
	cfg '.linux.devices = [{path: "/dev/x", type: "c", major: -1, minor: 3}]'
	fails 1 "there is no device -1:3" run "$ID"
}
t_dev_bound_by_the_user_is_left_alone() {
	bundle sh -c 'ls /dev | wc -l'
	mkdir mydev
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))'
	mounts '{destination: "/dev", source: "'"$BUNDLE"'/mydev", options: ["rbind"]}'
	is "$(R run "$ID")" 0
	is "$(ls -A mydev)" ""
}
t_hostile_dev_null_in_the_image_is_not_used() {
	bundle sh -c 'echo data; echo more >&2'
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = []'
	mkdir -p rootfs/dev
	echo precious >rootfs/dev/null
	r run "$ID"
	# as root the node cannot be made over it, and that is said; a user's container gets the host's node over it
	is "$(cat rootfs/dev/null)" precious
}
t_no_pivot() {
	needs_root
	bundle sh -c 'ls / | grep -c bin; mount -t proc proc /mnt 2>&1 | grep -o "permission denied"'
	r run --no-pivot "$ID"
	is "$output" "2
permission denied"
}
t_rootfs_propagation() {
	bundle true
	cfg '.linux.rootfsPropagation = "nope"'
	fails 1 "rootfsPropagation=nope is not supported" run "$ID"
	cfg '.linux.rootfsPropagation = "shared" | .root.readonly = false'
	like "$(opts /)" 'shared:[0-9]'
	cfg '.linux.rootfsPropagation = "unbindable"'
	like "$(opts /)" 'unbindable'
	# what is bound into it is bound before
	host_dir
	bind /mnt
	like "$(opts /)" 'unbindable'
	cfg '.linux.rootfsPropagation = "runbindable"'
	like "$(opts /mnt)" 'unbindable'
	cfg '.linux.rootfsPropagation = "private"'
	hasnt "$(opts /)" 'master:'
}
t_shared_root_propagation_passes_mounts_to_the_container() {
	needs_root
	mkdir host
	mount -t tmpfs none host && mount --make-shared host
	mkdir host/sub
	bundle sh -c 'until [ -e /mnt/sub/here ]; do sleep 0.05; done; echo seen'
	bind /mnt rshared
	cfg '.linux.rootfsPropagation = "rshared"'
	bg run "$ID" </dev/null >out 2>&1 &
	wait_for is_state "$ID" running
	mount -t tmpfs none ../host/sub && touch ../host/sub/here
	wait_for grep -q seen out
	wait
	umount ../host/sub ../host
}
t_idmapped_mount_with_its_own_maps() {
	needs_root
	mkdir host && touch host/file && chown 1000:1000 host/file
	bundle stat -c %u:%g /mnt/file
	mounts '{destination: "/mnt", source: "'"$CASE_DIR"'/host", options: ["bind"], uidMappings: [{containerID: 1000, hostID: 7, size: 1}], gidMappings: [{containerID: 1000, hostID: 8, size: 1}]}'
	r run "$ID"
	case $output in *"failed to set MOUNT_ATTR_IDMAP"*) skip "the file system of the test directory has no idmapped mounts" ;; esac
	is "$output" 7:8
}
t_idmapped_mount_by_the_containers_ids() {
	needs_root
	mkdir host && touch host/file && chown 5:6 host/file
	chmod 755 "$E2E_TMP" "$CASE_DIR"
	bundle stat -c %u:%g /mnt/file
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$BUNDLE"
	mounts '{destination: "/mnt", source: "'"$CASE_DIR"'/host", options: ["bind", "idmap"]}'
	is "$(R run "$ID")" 5:6
}
t_idmapped_mounts_are_not_for_ordinary_users() {
	needs_user
	host_dir
	bundle true
	bind /mnt idmap
	fails 1 "id-mapped mounts are not supported for rootless containers" run "$ID"
}
t_source_that_a_mapped_root_may_not_reach() {
	needs_root
	# below a directory that is another user's and closed: host root's privilege is needed
	mkdir -p closed/host && echo reached >closed/host/file && chown 4321 closed && chmod 700 closed
	chmod 755 "$E2E_TMP" "$CASE_DIR"
	bundle cat /mnt/file
	cfg '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	chmod 755 "$BUNDLE"
	mounts '{destination: "/mnt", source: "'"$CASE_DIR"'/closed/host", options: ["bind"]}'
	is "$(R run "$ID")" reached
}
t_cgroup_mount() {
	bundle sh -c 'ls -A /sys/fs/cgroup | wc -l; touch /sys/fs/cgroup/x 2>&1 | grep -c -e "Read-only" -e "denied"'
	out=$(R run "$ID")
	is "$(echo "$out" | tail -1)" 1
}
t_long_mount_data() {
	needs_root
	local i lower=
	bundle cat /mnt/file9
	for i in 1 2 3 4 5 6 7 8 9; do
		mkdir -p "$CASE_DIR/a-rather-long-directory-name-for-a-layer-$i" && echo "$i" >"$CASE_DIR/a-rather-long-directory-name-for-a-layer-$i/file$i"
		lower+=${lower:+:}$CASE_DIR/a-rather-long-directory-name-for-a-layer-$i
	done
	mounts '{destination: "/mnt", type: "overlay", source: "overlay", options: ["ro", "lowerdir='"$lower"'"]}'
	r run "$ID"
	case $output in *"no such device"*) skip "no overlay file system here" ;; esac
	is "$output" 9
}
