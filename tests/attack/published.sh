#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The attacks of published advisories against runtimes, from outside: each must fail.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# A copy of the runtime that belongs to who runs it, as a desktop user's own build does.
own_runc() {
	cp "$RUNC" "$CASE_DIR/runc"
	RUNC=$CASE_DIR/runc
	sum=$(sha256sum <"$RUNC")
}
unharmed() { is "$(sha256sum <"$RUNC")" "$sum"; }

# ---- CVE-2019-5736: overwrite the runtime's binary ----

t_CVE_2019_5736_program_is_the_runtime_itself() {
	own_runc
	bundle /proc/self/exe --version
	r run "$ID"
	unharmed
	printf '#!/proc/self/exe\n' >rootfs/bin/trap && chmod 755 rootfs/bin/trap
	args /bin/trap
	r run "$ID"
	unharmed
}
t_CVE_2019_5736_process_watches_exec() {
	own_runc
	bundle true
	cp "$(command -v attack)" rootfs/bin/attack
	ln -s /proc/self/exe rootfs/bin/trap
	args attack overwrite 4
	cfg '.process.capabilities[] += ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"]'
	bg run "$ID" >out </dev/null 2>&1 &
	wait_for is_state "$ID" running
	for _ in $(seq 15); do
		R exec "$ID" /bin/trap state x </dev/null >/dev/null 2>&1
		R exec "$ID" /bin/true </dev/null >/dev/null 2>&1
	done
	wait
	# it may write to files of its own root, never to the runtime
	unharmed
}
t_CVE_2019_5736_interpreter_of_the_image() {
	own_runc
	bundle true
	cp "$(command -v attack)" rootfs/bin/attack
	args sh -c 'attack overwrite 2 & exec /proc/self/exe features'
	r run "$ID"
	unharmed
}

# ---- CVE-2021-30465, CVE-2024-45310: exchanged directories while mounting ----

t_CVE_2021_30465_mount_target_is_exchanged() {
	local i
	bundle sh -c 'cat /proc/self/mountinfo'
	mkdir -p vol/dir outside
	ln -s "$PWD/outside" vol/link
	ln -s / vol/link2
	cfg '.mounts += [{destination: "/vol", source: "'"$PWD"'/vol", options: ["rbind"]},
		{destination: "/vol/dir/a", type: "tmpfs", source: "t"},
		{destination: "/vol/dir/b", type: "tmpfs", source: "t"}]'
	attack swap vol/dir vol/link &
	for i in $(seq 60); do R run "$ID" </dev/null >out 2>&1; done
	kill $!
	is "$(ls -A outside)" ""
	is "$(grep -c "$CASE_DIR" /proc/self/mountinfo)" 0
}
t_CVE_2024_45310_file_target_is_exchanged() {
	local i
	bundle true
	mkdir -p vol/dir outside
	ln -s "$PWD/outside" vol/link
	cfg '.mounts += [{destination: "/vol", source: "'"$PWD"'/vol", options: ["rbind"]},
		{destination: "/vol/dir/file", source: "'"$PWD"'/config.json", options: ["bind"]},
		{destination: "/vol/dir/deep/dir", source: "'"$PWD"'/outside", options: ["bind"]}]'
	attack swap vol/dir vol/link &
	for i in $(seq 60); do R run "$ID" </dev/null >out 2>&1; done
	kill $!
	is "$(ls -A outside)" ""
}

# ---- CVE-2024-21626: a descriptor of the host as working directory or program ----

t_CVE_2024_21626_working_directory() {
	local fd
	for fd in $(seq 3 14); do
		bundle sh -c 'cat ../../../../../../etc/debian_version; ls ../../../../..'
		cfg '.process.cwd = "/proc/self/fd/'"$fd"'"'
		r run "$ID" 7</
		[ "$status" -ne 0 ] || hasnt "$output" "boot"
		hasnt "$output" "$(cat /etc/debian_version)"
	done
}
t_CVE_2024_21626_exec_working_directory() {
	local fd
	sleeper
	mkdir rootfs/links
	for fd in $(seq 3 14); do ln -s "/proc/self/fd/$fd" "rootfs/links/$fd"; done
	ok run -d "$ID"
	for fd in $(seq 3 14); do
		r exec --cwd "/links/$fd" "$ID" sh -c 'cat ../../../../../../etc/debian_version'
		hasnt "$output" "$(cat /etc/debian_version)"
		r exec --cwd "/proc/self/fd/$fd" "$ID" sh -c 'cat ../../../../../../etc/debian_version'
		hasnt "$output" "$(cat /etc/debian_version)"
	done
}
t_CVE_2024_21626_program() {
	local fd
	for fd in $(seq 3 14); do
		bundle "/proc/self/fd/$fd/../../../../../../../../bin/cat" /etc/debian_version
		r run "$ID" 7</ 8<"$CASE_DIR"
		[ "$status" -ne 0 ] || fail "descriptor $fd led somewhere: $output"
		hasnt "$output" "$(cat /etc/debian_version)"
	done
}

# ---- CVE-2025-31133: masks made of the image's /dev/null ----

t_CVE_2025_31133_dev_null_of_the_image_is_a_link() {
	bundle sh -c 'stat -c %t:%T /proc/secret-of-the-image /etc/secret 2>/dev/null; cat /etc/secret'
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths += ["/etc/secret"]'
	echo secret >rootfs/etc/secret
	echo precious >outside
	ln -sf ../../outside rootfs/dev/null
	mkdir -p rootfs/dev/shm
	r run "$ID"
	hasnt "$output" secret
	is "$(cat outside)" precious
	is "$(stat -c %F outside)" "regular file"
}
t_CVE_2025_31133_masked_path_is_exchanged() {
	local i
	bundle sh -c 'cat /vol/a/key 2>/dev/null; cat /vol/b/key 2>/dev/null; true'
	mkdir -p vol/a vol/b
	echo 1 >vol/a/key && echo 2 >vol/b/key
	cfg '.mounts += [{destination: "/vol", source: "'"$PWD"'/vol", options: ["rbind"]}] | .linux.maskedPaths += ["/vol/a/key", "/vol/b/key"]'
	attack swap vol/a vol/b &
	for i in $(seq 30); do R run "$ID" </dev/null >out 2>&1; done
	kill $!
	is "$(sort vol/a/key vol/b/key)" "1
2"
}

# ---- CVE-2025-52565: the console made of the image's /dev/pts ----

t_CVE_2025_52565_console_and_pts_of_the_image_are_links() {
	bundle sh -c 'stat -c %F /dev/console; tty'
	cfg '.process.terminal = true | .mounts |= map(select(.destination | startswith("/dev") | not))'
	echo precious >outside
	mkdir -p rootfs/dev/pts
	ln -s ../../../outside rootfs/dev/pts/ptmx
	ln -s ../../../outside rootfs/dev/pts/0
	ln -s ../../outside rootfs/dev/console
	output=$(pty -- "$RUNC" --root "$STATE" run "$ID" 2>&1)
	is "$(cat outside)" precious
	is "$(stat -c %a outside)" 644
}

# ---- CVE-2025-52881, CVE-2019-16884: writes to /proc diverted ----

t_CVE_2025_52881_volume_over_a_directory_of_proc() {
	local at
	bundle true
	mkdir vol
	for at in /proc/sys/kernel /proc/self/attr /proc/thread-self /proc/1 /proc/self; do
		cfg '.mounts = .mounts[:7] + [{destination: "'$at'", source: "'"$PWD"'/vol", options: ["rbind"]}]'
		fails 1 "" run "$ID"
		has "$output" "/proc"
	done
}
t_CVE_2025_52881_target_in_proc_by_exchange() {
	local i seen=0
	[ "$E2E_AS" = root ] || cfg_net='.linux.namespaces += [{type: "network"}] |'
	bundle cat /proc/sys/kernel/shmmax
	mkdir -p vol/dir
	ln -s /proc/sys vol/link
	echo fake >vol/shmmax
	cfg '.mounts += [{destination: "/vol", source: "'"$PWD"'/vol", options: ["rbind"]},
		{destination: "/vol/dir/kernel", source: "'"$PWD"'/vol", options: ["rbind"]}] | .linux.sysctl = {"kernel.shmmax": "424242"}'
	attack swap vol/dir vol/link &
	for i in $(seq 40); do
		output=$(R run "$ID" </dev/null 2>&1) || continue
		seen=$((seen + 1))
		is "$output" 424242
	done
	kill $!
	is "$(cat vol/shmmax)" fake
	[ $seen -gt 0 ] || fail "it never started"
}

# ---- CVE-2026-41579, CVE-2026-47766: /dev of the image is a link ----

t_CVE_2026_41579_dev_is_a_link_to_the_outside() {
	bundle true
	mkdir outside && touch outside/ptmx
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))'
	rmdir rootfs/dev && ln -s ../outside rootfs/dev
	fails 1 "not an ordinary directory" run "$ID"
	is "$(ls -A outside)" ptmx
	rm rootfs/dev && ln -s "$PWD/outside" rootfs/dev
	fails 1 "not an ordinary directory" run "$ID"
	is "$(ls -A outside)" ptmx
}
t_CVE_2026_41579_volume_that_a_link_leads_to_dev() {
	local at
	bundle true
	mkdir outside && touch outside/ptmx
	cfg '.mounts |= map(select(.destination | startswith("/dev") | not))'
	ln -s dev rootfs/data
	for at in /data /dev/ /data/../dev/. ; do
		cfg '.mounts = [.mounts[] | select(.destination | test("proc|sys"))] + [{destination: "'$at'", source: "'"$PWD"'/outside", options: ["rbind"]}]'
		r run "$ID"
		is "$(ls -A outside)" ptmx
	done
}

# ---- CVE-2016-9962, CVE-2024-21626's kin: what a hostile container takes out of exec ----

t_CVE_2016_9962_descriptors_of_exec() {
	needs_root # in a user namespace the kernel protects it
	bundle true
	cp "$(command -v attack)" rootfs/bin/attack
	args attack steal 5
	cfg '.process.capabilities[] += ["CAP_SYS_PTRACE"]'
	bg run "$ID" >out </dev/null 2>&1 &
	wait_for is_state "$ID" running
	for _ in $(seq 12); do
		R exec "$ID" true </dev/null >/dev/null 2>&1
		pty -- "$RUNC" --root "$STATE" exec -t "$ID" true >/dev/null 2>&1
	done
	wait
	# both ends of the terminal that exec -t makes are of its own devpts; the caller's are not
	is "$(grep -v -e '/dev/pts/[0-9]*$' -e '/dev/pts/ptmx$' -e '/dev/console' out)" ""
	hasnt "$(cat out)" unreachable
}

# ---- CVE-2022-29162 and kin, CVE-2026-30892 ----

t_CVE_2022_29162_inheritable_set_is_empty() {
	sleeper
	ok run -d "$ID"
	is "$(R exec --cap CAP_NET_RAW "$ID" grep CapInh /proc/self/status </dev/null | tr -d '\t ')" CapInh:0000000000000000
}
t_CVE_2024_9676_passwd_of_the_image_is_a_fifo_or_a_link() {
	bundle true
	rm rootfs/etc/passwd && mkfifo rootfs/etc/passwd
	timeout 20 "$RUNC" --root "$STATE" run "$ID" </dev/null || fail "it hung: $?"
	rm rootfs/etc/passwd && ln -s /dev/zero rootfs/etc/passwd
	timeout 20 "$RUNC" --root "$STATE" run "$ID" </dev/null || fail "it hung: $?"
	rm rootfs/etc/passwd && ln -s ../../../../../../etc/passwd rootfs/etc/passwd
	ok run "$ID"
}
t_set_uid_copy_refuses_to_run() {
	needs_root
	cp "$RUNC" /usr/local/bin/runc-suid-$$ && chmod 4755 /usr/local/bin/runc-suid-$$
	output=$(setpriv --reuid 65534 --clear-groups /usr/local/bin/runc-suid-$$ --version 2>&1)
	status=$?
	rm /usr/local/bin/runc-suid-$$
	is $status 1
	has "$output" "must not be set-uid"
}
