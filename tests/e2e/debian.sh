#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A whole distribution in a container: shells with job control, its package manager, its users.
E2E_DEBIAN=yes
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# What container engines grant by default.
CAPS='["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP"]'

extract() { # extract DIR: files of other owners than the caller's stay out of a plain user's reach
	mkdir -p "$1"
	tar -x --file "$E2E_STAGE/debian.tar" --directory "$1" || fail "tar"
}
need_debian() {
	[ -e "$E2E_STAGE/debian.tar" ] || skip "$(cat "$E2E_STAGE/debian.why")"
}
# A bundle with Debian as its root, read-only: one tree serves all cases of a run.
debian() {
	need_debian
	[ -d "$E2E_TMP/debian" ] || { extract "$E2E_TMP/debian.new" && mv "$E2E_TMP/debian.new" "$E2E_TMP/debian"; }
	bundle "$@"
	rm -rf rootfs
	cfg --arg root "$E2E_TMP/debian" '.root = {path: $root, readonly: true} |
		.mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]'
}
# The same with a tree of its own that can be written, and an engine's capabilities.
own_debian() {
	debian "$@"
	extract rootfs
	grant
}
grant() {
	cfg --argjson caps "$CAPS" '.root = {path: "rootfs", readonly: false} |
		.process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps} |
		.mounts |= map(select(.destination != "/tmp"))'
}
# And that with the user's whole range of ids: files belong to whom the archive says.
in_range() { unshare --map-auto --map-root-user "$@"; }
mapped_debian() {
	need_debian
	# an unshare that cannot is no failure of ours
	in_range true 2>why || skip "unshare --map-auto: $(cat why)"
	debian
	rm config.json
	"$RUNC" spec --rootless --map-auto || fail "spec --map-auto"
	mkdir rootfs
	in_range tar -x --file "$E2E_STAGE/debian.tar" --directory rootfs || fail "tar with a range of ids"
	cfg '.process.terminal = false'
	grant
}
debian_of_all_ids() {
	if [ "$E2E_AS" = root ]; then own_debian; else mapped_debian; fi
}
first_sub() { grep "^$(id -un):" "/etc/sub$1" | cut -d: -f2; }

tty() { cfg '.process.terminal = true'; }
on_pty() { # on_pty PTY-ARGS… -- RUNC-ARGS…
	local a=()
	while [ "$1" != -- ]; do a+=("$1"); shift; done
	shift
	pty "${a[@]}" -- "$RUNC" --root "$STATE" "$@"
}
# Its prompt must differ from what was typed to set it.
bash_on_pty() {
	debian bash --norc --noprofile
	tty
	cfg '.process.env += ["PS1=ready\\$ "]'
}

# ---- what it sees ----

t_it_is_debian() {
	debian sh -c '. /etc/os-release; echo $ID; cat /etc/debian_version; hostname'
	output=$(R run "$ID")
	like "$output" "^debian
[0-9]+\.[0-9]+
runc$"
}
t_proc() {
	debian bash -c 'stat -f -c %T /proc; tr "\0" " " </proc/1/cmdline | cut -c-7 | head -n 1; echo $$
		set -- /proc/[0-9]*; echo $#
		(echo 1 >/proc/sys/kernel/pid_max) 2>&1 | grep -o "Read-only.*\|Permission.*"
		for f in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $f ] || cat $f; done | wc -c
		for d in /proc/scsi /proc/acpi; do [ ! -e $d ] || ls $d; done | wc -l; findmnt -n -o FSTYPE,TARGET /proc'
	is "$(R run "$ID" | tr -s ' ')" "proc
bash -c
1
1
Read-only file system
0
0
proc /proc"
}
t_sys_is_read_only() {
	debian bash -c 'ls -d /sys/kernel /sys/class/net; (mkdir /sys/fs/x) 2>&1 | grep -o "Read-only.*\|Permission.*\|Operation.*"
		findmnt -n -o OPTIONS /sys | grep -o "^ro"; ls /sys/firmware 2>/dev/null | wc -l'
	output=$(R run "$ID" 2>&1)
	has "$output" /sys/class/net
	like "$output" "Read-only|not permitted|denied"
	like "$output" "
ro
0$"
}
t_dev() {
	debian bash -c 'for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a" /dev/$d; done
		for l in fd stdin stdout stderr ptmx core; do echo "$l $(readlink /dev/$l)"; done
		stat -c "%n %a" /dev/shm /dev/pts; stat -f -c "%n %T" /dev /dev/shm /dev/mqueue /dev/pts
		ls /dev | tr "\n" " "'
	is "$(R run "$ID")" "/dev/null character special file 1:3 666
/dev/zero character special file 1:5 666
/dev/full character special file 1:7 666
/dev/random character special file 1:8 666
/dev/urandom character special file 1:9 666
/dev/tty character special file 5:0 666
fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx
core /proc/kcore
/dev/shm 1777
/dev/pts 755
/dev tmpfs
/dev/shm tmpfs
/dev/mqueue mqueue
/dev/pts devpts
core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
}
t_dev_in_use() {
	debian bash -c 'echo <(echo process substitution) | xargs -n1 test -n && cat <(echo substituted)
		echo x >/dev/full; head -c 3 /dev/zero | od -An -tx1; echo shm >/dev/shm/f && cat /dev/shm/f; echo to >/dev/stderr'
	output=$(R run "$ID" 2>&1)
	has "$output" "substituted
bash: line 2: echo: write error: No space left on device
 00 00 00
shm
to"
}
t_tools_of_the_system() {
	debian bash -ec 'df / >/dev/null; mount >/dev/null; findmnt >/dev/null; id; getent passwd root | cut -d: -f7
		nproc | grep -c "^[0-9]*$"; perl -e "print 6*7, qq(\n)"; uname -n; dd if=/dev/urandom bs=1k count=1 2>/dev/null | wc -c'
	is "$(R run "$ID")" "uid=0(root) gid=0(root) groups=0(root)
/bin/bash
1
42
runc
1024"
}
t_locale_and_time_zone() {
	debian bash -c 'locale -a | tr "\n" " "; LC_ALL=C.UTF-8 bash -c "x=äöü; echo \${#x}"; TZ=Europe/Berlin date -d @0 +"%H %Z"; date -u -d @0 +%Y'
	is "$(R run "$ID" | tr '\n' ' ')" "C C.utf8 POSIX 3 01 CET 1970 "
}

# ---- a shell on a terminal ----

t_interrupt_key_ends_the_job_not_the_shell() {
	bash_on_pty
	output=$(on_pty -e 'ready# ' -s 'sh -c "echo go\$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e 'ready# ' \
		-s 'echo status=$?.\n' -e 'status=130.' -s 'exit 7\n' -- run "$ID" 2>&1)
	is $? 7
	hasnt "$output" "no job control"
}
t_stop_key_and_fg() {
	bash_on_pty
	# each expectation goes on behind the last: so the end of the job's line, before the prompt
	output=$(on_pty -e 'ready# ' -s 'sh -c "echo go\$((1))ng; head -n 1 | tr a-z A-Z"\n' -e go1ng -s '\x1a' -e Stopped -e 'ready# ' \
		-s 'jobs -l\n' -e Stopped -e 'ready# ' -s 'fg\n' -e 'A-Z"' -s 'line\n' -e LINE -e 'ready# ' -s 'exit 4\n' -- run "$ID" 2>&1)
	status=$?
	[ $status -eq 4 ] || fail "status $status: $output"
}
t_background_jobs() {
	bash_on_pty
	output=$(on_pty -e 'ready# ' -s 'sleep 1000 &\n' -e '[1]' -e 'ready# ' -s 'jobs\n' -e Running -s 'kill %1; wait %1\n' -e 'ready# ' \
		-s 'echo status=$?.\n' -e 'status=143.' -s 'exit\n' -- run "$ID" 2>&1)
	is $? 0
}
t_pipelines_and_terminal_writes_in_the_background() {
	bash_on_pty
	output=$(on_pty -e 'ready# ' -s 'set -b; stty tostop; sh -c "echo from-\$((1))behind" &\n' -e Stopped -s 'fg\n' -e from-1behind -e 'ready# ' \
		-s 'seq \$((50000*2)) | sort -n | tail -n 1\n' -e 100000 -s 'exit 2\n' -- run "$ID" 2>&1)
	is $? 2
}
t_window_size() {
	bash_on_pty
	output=$(on_pty -e 'ready# ' -s 'stty size\n' -e '24 80' -z 50x132 -s "$(until_size "50 132")" -e wide1 \
		-s 'echo $LINES+$COLUMNS\n' -e '50+132' -s 'exit\n' -- run "$ID" 2>&1)
	is $? 0
}
t_exec_of_a_login_shell() {
	debian sleep 1000
	ok run -d "$ID"
	output=$(on_pty -e '# ' -s 'shopt -q login_shell && echo log$((1))n $HOME\n' -e 'log1n /root' \
		-s 'sh -c "echo go\$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e '# ' -s 'stty size; tty\n' -e '24 80' -e /dev/pts/0 -s 'exit 9\n' -- exec -t "$ID" bash -l 2>&1)
	is $? 9
	is_state "$ID" running || fail "the container ended with it"
	# its children must be gone, the container's own program not
	wait_for sh -c '[ "$("$0" --root "$1" ps "$2" | wc -l)" = 2 ]' "$RUNC" "$STATE" "$ID"
	ok delete -f "$ID"
}

# ---- apart from the caller ----

t_detached() {
	debian bash -c 'echo $BASH_VERSION; trap "echo asked to end; exit 3" TERM; sleep 1000 & wait'
	R run -d --pid-file pid "$ID" >out 2>&1 </dev/null || fail "$(cat out)"
	is "$(cat pid)" "$(pid_of "$ID")"
	wait_for grep -q '^5\.' out
	ok kill "$ID" TERM
	wait_for is_state "$ID" stopped
	has "$(cat out)" "asked to end"
	ok delete "$ID"
}
t_console_socket() {
	bash_on_pty
	fdrecv tty "$CASE_DIR/sock" 'echo typed-$((40+2)); tty; exit
' >out &
	wait_for test -S "$CASE_DIR/sock"
	ok run -d --console-socket "$CASE_DIR/sock" "$ID"
	wait
	has "$(cat out)" typed-42
	has "$(cat out)" /dev/pts/0
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_step_by_step() {
	debian bash -c 'echo started as $$; exec sleep 1000'
	R create --pid-file pid "$ID" >out 2>&1 </dev/null || fail "$(cat out)"
	is "$(state_of "$ID")" created
	is "$(cat out)" ""
	ok start "$ID"
	wait_for grep -q "started as 1" out
	is "$(state_of "$ID")" running
	is "$(R exec "$ID" cat /proc/1/comm)" sleep
	ok kill "$ID" KILL
	wait_for is_state "$ID" stopped
	ok delete "$ID"
	is "$(ls -A "$STATE")" ""
}

# ---- packages ----

# Its package has files of another owner than root, and makes a user when it is installed.
make_package() {
	local d=$CASE_DIR/package
	mkdir -p "$d/DEBIAN" "$d/srv/owned"
	echo content >"$d/srv/owned/file"
	printf 'Package: owned\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: files of others\n' >"$d/DEBIAN/control"
	cat >"$d/DEBIAN/postinst" <<-'END'
		#!/bin/sh
		set -e
		adduser --system --group --no-create-home --quiet owner
		useradd --uid 1234 --create-home --shell /bin/bash ann
		chown -R 4321:999 /srv/owned
		chown ann: /srv/owned/file
		chmod 4755 /srv/owned/file
	END
	chmod 755 "$d/DEBIAN/postinst"
	dpkg-deb --root-owner-group --build "$d" "$1/owned.deb" >/dev/null 2>&1
}

t_dpkg_and_apt_answer() {
	debian bash -ec 'dpkg -l bash | tail -n 1 | cut -c-8; dpkg -S /bin/bash; apt-get --version | head -n 1 | cut -c-5
		apt-cache policy bash | head -n 1; dpkg --audit; dpkg-query -W | wc -l'
	output=$(R run "$ID" 2>&1)
	like "$output" "^ii  bash
bash: /bin/bash
apt 2
bash:
[0-9]{2,}$"
}
t_packages_are_installed_with_all_ids() {
	local sub=0
	command -v dpkg-deb >/dev/null || skip "dpkg-deb is missing (package dpkg)"
	debian_of_all_ids
	make_package "$CASE_DIR"
	in_tree cp "$CASE_DIR/owned.deb" rootfs/tmp/
	args bash -ec 'dpkg -i /tmp/owned.deb >/dev/null; stat -c "%u:%g %U %a" /srv/owned /srv/owned/file /home/ann
		dpkg -l owned | tail -n 1 | cut -c-9; getent passwd owner | cut -d: -f1'
	is "$(R run "$ID")" "4321:999 UNKNOWN 755
1234:1234 ann 4755
1234:1234 ann 755
ii  owned
owner"
	# a user's container has id 0 as the user, and 1 and on from /etc/subuid
	[ "$E2E_AS" = root ] || sub=$(($(first_sub uid) - 1))
	is "$(stat -c %u rootfs/srv/owned)" $((sub + 4321))
	is "$(stat -c %u rootfs/srv/owned/file)" $((sub + 1234))
	[ "$E2E_AS" = root ] || sub=$(($(first_sub gid) - 1))
	is "$(stat -c %g rootfs/srv/owned)" $((sub + 999))
	args bash -ec 'dpkg -P owned >/dev/null; ls -d /srv/*; dpkg --audit'
	r run "$ID"
	has "$output" "cannot access '/srv/*'"
	remove_tree
}
t_apt_installs_a_file() {
	command -v dpkg-deb >/dev/null || skip "dpkg-deb is missing (package dpkg)"
	debian_of_all_ids
	make_package "$CASE_DIR"
	in_tree cp "$CASE_DIR/owned.deb" rootfs/tmp/
	# apt fetches as its user _apt, so it needs more than one id
	args bash -c 'cd /tmp && DEBIAN_FRONTEND=noninteractive apt-get install -y ./owned.deb 2>&1; echo status=$?.; stat -c %U /srv/owned/file'
	output=$(R run "$ID" 2>&1)
	has "$output" "Setting up owned (1.0)"
	has "$output" "status=0.
ann"
	remove_tree
}
t_reconfigured_time_zone() {
	own_debian bash -ec 'echo Pacific/Auckland >/etc/timezone; ln -sf /usr/share/zoneinfo/Pacific/Auckland /etc/localtime
		dpkg-reconfigure -f noninteractive tzdata 2>&1 | grep -o "Pacific/Auckland"; date -d @0 +%Z'
	is "$(R run "$ID")" "Pacific/Auckland
NZST"
}
t_with_one_id_chown_says_why() {
	needs_user
	command -v dpkg-deb >/dev/null || skip "dpkg-deb is missing (package dpkg)"
	own_debian bash -c 'touch /srv/f; chown 4321:999 /srv/f; echo status=$?.; chown 0:0 /srv/f; echo status=$?.'
	output=$(R run "$ID" 2>&1)
	is "$output" "chown: changing ownership of '/srv/f': Invalid argument
status=1.
status=0."
	make_package rootfs/tmp
	args dpkg -i /tmp/owned.deb
	r run "$ID"
	[ "$status" -ne 0 ] || fail "it was installed: $output"
	like "$output" "Invalid argument|invalid argument"
	has "$output" "Errors were encountered while processing:"
	# all of it is the user's own
	rm -rf rootfs || fail "the user cannot remove it"
}

# ---- other users inside ----

t_su_to_another_user() {
	debian_of_all_ids
	args bash -ec 'useradd -m -u 1234 -s /bin/bash ann; su - ann -c "id; pwd; touch mine; stat -c %U mine; exit 6" || echo "status=$?."
		su ann -c "cat /etc/shadow" 2>&1 || true; setpriv --reuid ann --regid ann --init-groups id -un'
	is "$(R run "$ID" 2>&1)" "uid=1234(ann) gid=1234(ann) groups=1234(ann)
/home/ann
ann
status=6.
cat: /etc/shadow: Permission denied
ann"
	remove_tree
}
t_su_with_a_terminal() {
	debian_of_all_ids
	args bash -c 'useradd -m -u 1234 -s /bin/bash ann; exec su - ann'
	tty
	output=$(on_pty -e '$ ' -s 'sh -c "echo go\$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e '$ ' -s 'echo I am $(id -un)\n' -e 'I am ann' \
		-s 'exit 5\n' -- run "$ID" 2>&1)
	is $? 5
	remove_tree
}
t_process_of_another_user() {
	debian_of_all_ids
	cfg '.process.user = {uid: 33, gid: 33, additionalGids: [4, 20]}'
	args bash -c 'id; grep CapEff /proc/self/status | tr -d "\t"; touch /root/x 2>&1'
	output=$(R run "$ID" 2>&1)
	is "$output" "uid=33(www-data) gid=33(www-data) groups=33(www-data),4(adm),20(dialout)
CapEff:0000000000000000
touch: cannot touch '/root/x': Permission denied"
	cfg '.process.user = {uid: 0, gid: 0} | .process.args = ["sleep", "1000"]'
	ok run -d "$ID"
	is "$(R exec -u 33:33 "$ID" id -un)" www-data
	ok delete -f "$ID"
	remove_tree
}

# ---- what stays behind ----

in_tree() { if [ "$E2E_AS" = root ]; then "$@"; else in_range "$@"; fi; }
# The user removes the files of all ids by the ids that /etc/subuid grants, without root.
remove_tree() {
	if [ "$E2E_AS" = user ]; then
		[ "$(find rootfs \( ! -uid "$(id -u)" -o ! -gid "$(id -g)" \) 2>/dev/null | wc -l)" -gt 0 ] || fail "no file is of another id"
	fi
	in_tree rm -rf --one-file-system rootfs || fail "the tree cannot be removed"
	[ ! -e rootfs ] || fail "the tree is still there"
}
