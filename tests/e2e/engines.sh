#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Under the engines that people use: containerd, podman and docker, as Debian ships them,
# each with directories of its own. What they call is a script that notes each call and
# becomes the runtime under test: so it is proven which one ran.

. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/engine.sh"

# Its name must be runc: podman knows by it that errors come as JSON.
recorded_runc() {
	mkdir -p "$CASE_DIR/bin" "$CASE_DIR/runc"
	: >"$CASE_DIR/calls"
	cat >"$CASE_DIR/bin/runc" <<-END
		#!/bin/sh
		printf '%s\n' "\$*" >>'$CASE_DIR/calls'
		exec '$RUNC' "\$@"
	END
	chmod 755 "$CASE_DIR/bin/runc"
	cp -a "$E2E_ROOTFS" "$CASE_DIR/rootfs"
}
# called WORD…: the engine called the runtime with each of these, in this order
called() {
	local word all
	all=" $(tr '\n' ' ' <"$CASE_DIR/calls") "
	for word; do
		case $all in *" $word "*) ;; *) fail "no call of \"$word\" (in this order: $*): $(cat "$CASE_DIR/calls")" ;; esac
		all=" ${all#*" $word "}"
	done
}
# This host may have v1, too: a view without it, in a mount namespace.
with_cgroup2_alone() {
	exec unshare --mount --propagation private sh -c 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' sh "$@"
}

# ---- containerd ----

containerd_up() { # containerd_up [COMMAND…]: the command is put in front of containerd
	recorded_runc
	containerd_start "$@"
}
# ctr has no image to take an environment from.
C_run=(run --env PATH=/bin --env TERM=xterm)
ctr_run() { C "${C_run[@]}" --fifo-dir "$CASE_DIR/fifo" --runc-root "$CASE_DIR/runc" --runc-binary "$CASE_DIR/bin/runc" --rootfs "$@"; }
ctr_exec() { C task exec --fifo-dir "$CASE_DIR/fifo" "$@"; }
ctr_status() { C task ls | awk -v id="$1" '$1 == id { print $3 }'; }
ctr_is() { [ "$(ctr_status "$1")" = "$2" ]; }
nothing_left_of_containerd() {
	is "$(C task ls -q)" ""
	is "$(find "$CASE_DIR/runc" -mindepth 2)" ""
	wait_for none_with "$CASE_DIR/sock" # its shims
}

t_containerd_output_and_status() {
	containerd_up
	ctr_run --rm "$CASE_DIR/rootfs" one sh -c 'echo out; echo err >&2; exit 3' >out 2>err
	is $? 3
	is "$(cat out)" out
	has "$(cat err)" err
	called create start delete
	nothing_left_of_containerd
}
t_containerd_command_that_is_not_there() {
	containerd_up
	output=$(ctr_run --rm "$CASE_DIR/rootfs" one nosuch 2>&1)
	is $? 1
	# containerd takes it from the last error of the log
	is "$output" 'ctr: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in $PATH: unknown'
	nothing_left_of_containerd
}
t_containerd_terminal() {
	containerd_up
	output=$(pty -z 30x100 -e '# ' -s 'stty size; tty\n' -e '30 100' -e /dev/pts/0 -z 41x121 -s 'sleep 0.5; echo slept$((1))\n' -e slept1 -z 40x120 -s "$(until_size "40 120")" -e wide1 \
		-s 'sh -c "echo go$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e '# ' -s 'exit 5\n' -- \
		ctr --address "$CASE_DIR/sock" --namespace "$ID" "${C_run[@]}" --fifo-dir "$CASE_DIR/fifo" --runc-root "$CASE_DIR/runc" \
		--runc-binary "$CASE_DIR/bin/runc" --rootfs --rm -t "$CASE_DIR/rootfs" one sh 2>&1)
	rc=$?
	[ $rc -eq 5 ] || fail "status $rc: $output"
	called create start delete
	has "$(cat calls)" --console-socket
	nothing_left_of_containerd
}
t_containerd_task_in_the_background() {
	containerd_up
	ctr_run -d "$CASE_DIR/rootfs" one sleep 1000 || fail "ctr run -d"
	is "$(ctr_status one)" RUNNING
	pid=$(C task ls | awk '$1 == "one" { print $2 }')
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 "
	has "$(C task ps one)" "$pid"
	like "$(C task metrics one)" "pids\.current +1"

	output=$(ctr_exec --exec-id e1 one sh -c 'echo in it; exit 5')
	is "$? $output" "5 in it"
	output=$(ctr_exec --exec-id e2 --user 1000:1000 --cwd /tmp one sh -c 'id -u; pwd')
	is "$? $output" "0 1000
/tmp"
	ctr_exec -d --exec-id e3 one sleep 1001 || fail "exec -d"
	is "$(C task ps one | grep -c "[0-9]")" 2
	output=$(ctr_exec --exec-id e4 one nosuch 2>&1)
	is $? 1
	has "$output" 'exec: "nosuch": executable file not found in $PATH'

	C task kill -s KILL one || fail "kill"
	wait_for ctr_is one STOPPED
	has "$(C task rm one 2>&1)" "exit code 137"
	C container rm one || fail "container rm"
	called create start ps exec exec kill delete
	nothing_left_of_containerd
}
t_containerd_exec_with_a_terminal() {
	containerd_up
	ctr_run -d "$CASE_DIR/rootfs" one sleep 1000 || fail "ctr run -d"
	output=$(pty -e '# ' -s 'stty size; tty\n' -e '24 80' -e /dev/pts/0 -s 'exit 6\n' -- \
		ctr --address "$CASE_DIR/sock" --namespace "$ID" task exec -t --fifo-dir "$CASE_DIR/fifo" --exec-id e1 one sh 2>&1)
	is $? 6
	is "$(ctr_status one)" RUNNING
}
t_containerd_signals() {
	containerd_up
	ctr_run -d "$CASE_DIR/rootfs" one sh -c 'trap "exit 4" TERM; trap "echo usr >/usr1" USR1; touch /ready; while :; do sleep 0.05; done' || fail "ctr run -d"
	wait_for test -e rootfs/ready
	C task kill -s USR1 one || fail "USR1"
	wait_for test -e rootfs/usr1
	is "$(ctr_status one)" RUNNING
	C task kill -s TERM one || fail "TERM"
	wait_for ctr_is one STOPPED
	# a signal to what has ended is an error, and not another one
	has "$(C task kill -s TERM one 2>&1)" "process already finished: not found"
	has "$(C task rm one 2>&1)" "exit code 4"
}
t_containerd_options() {
	containerd_up
	echo data >shared
	output=$(ctr_run --rm --read-only --cwd /tmp --env FOO=bar --cap-drop CAP_CHOWN --seccomp --cgroup "/$ID/sub/mine" \
		--mount "type=bind,src=$CASE_DIR/shared,dst=/etc/shared,options=rbind:ro" --annotation a=b --pid-file pidfile --memory-limit 100000000 \
		"$CASE_DIR/rootfs" one sh -c 'pwd; echo $FOO; cat /etc/shared; touch /x 2>&1; grep -c "^Seccomp:.2" /proc/self/status; chown 1 /etc/shared 2>&1
			grep -o "sub/mine" /proc/self/cgroup | sort -u; ls /sys/class/net' 2>&1)
	is "$? $output" "0 /tmp
bar
data
touch: /x: Read-only file system
1
chown: /etc/shared: Read-only file system
sub/mine
lo"
	output=$(ctr_run --rm --net-host --privileged "$CASE_DIR/rootfs" two sh -c 'readlink /proc/self/ns/net; grep -c CapEff.*ff /proc/self/status; touch /proc/sys/kernel/hostname && echo writable')
	is "$? $output" "0 $(readlink /proc/self/ns/net)
1
writable"
	nothing_left_of_containerd
}
t_containerd_joins_namespaces() {
	containerd_up
	ctr_run -d "$CASE_DIR/rootfs" one sleep 1000 || fail "ctr run -d"
	pid=$(C task ls | awk '$1 == "one" { print $2 }')
	output=$(ctr_run --rm --with-ns "network:/proc/$pid/ns/net" --with-ns "pid:/proc/$pid/ns/pid" "$CASE_DIR/rootfs" two sh -c 'readlink /proc/self/ns/net; tr "\0" " " </proc/1/cmdline')
	is "$? $output" "0 $(ns_of "$pid" net)
sleep 1000 "
}
t_containerd_where_cgroup_v2_is_all_there_is() {
	needs_root
	v2_has_controllers
	containerd_up with_cgroup2_alone
	ctr_run -d "$CASE_DIR/rootfs" one sleep 1000 || fail "ctr run -d"
	has "$(ctr_exec --exec-id e1 one cat /proc/self/cgroup)" "0::/$ID/one"
	is "$(ctr_exec --exec-id e2 one sh -c 'echo ok; exit 2')" ok
	C task metrics one >/dev/null || fail "metrics"
	C task kill -s KILL one
	wait_for ctr_is one STOPPED
	C task rm one 2>/dev/null
	C container rm one
	nothing_left_of_containerd
}

# Engines always ask for limits, which a v2 hierarchy without controllers cannot give: there
# the error is right, and is a case of limits.sh.
v2_has_controllers() {
	(with_cgroup2_alone grep -qw cpu /sys/fs/cgroup/cgroup.controllers) || exit 78
}

# ---- podman, as root and without ----

podman_up() {
	recorded_runc
	podman_start "$CASE_DIR/bin/runc"
	P_run=(run "${P_limits[@]}" --network none)
}
podman_run() { P "${P_run[@]}" "$@"; }

t_podman_output_and_status() {
	podman_up
	podman_run --name one --rootfs "$CASE_DIR/rootfs" sh -c 'echo out; echo err >&2; exit 3' >out 2>err
	is "$? $(cat out)" "3 out"
	has "$(cat err)" err
	like "$(P ps -a)" "Exited \(3\)"
	P rm one >/dev/null || fail "rm"
	called create start delete
}
t_podman_what_it_cannot_run() {
	podman_up
	output=$(podman_run --rm --rootfs "$CASE_DIR/rootfs" /no/such 2>&1)
	is $? 127
	has "$output" 'runc: runc create failed: unable to start container process: error during container init: exec: "/no/such": stat /no/such: no such file or directory: OCI runtime attempted to invoke a command that was not found'
	output=$(podman_run --rm --rootfs "$CASE_DIR/rootfs" nosuch 2>&1)
	is $? 127
	output=$(podman_run --rm --rootfs "$CASE_DIR/rootfs" /etc/passwd 2>&1)
	is $? 126
	has "$output" 'permission denied: OCI permission denied'
	called create delete create delete create delete
}
t_podman_terminal() {
	podman_up
	output=$(pty -z 30x100 -e '# ' -s 'stty size; tty\n' -e '30 100' -e /dev/pts/0 -z 41x121 -s 'sleep 0.5; echo slept$((1))\n' -e slept1 -z 40x120 -s "$(until_size "40 120")" -e wide1 \
		-s 'sh -c "echo go$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e '# ' -s 'exit 5\n' -- \
		"${P[@]}" "${P_run[@]}" --rm -it --rootfs "$CASE_DIR/rootfs" sh 2>&1)
	is $? 5
	called create start
	has "$(cat calls)" --console-socket
}
t_podman_standard_input() {
	podman_up
	is "$(echo typed | "${P[@]}" "${P_run[@]}" --rm -i --rootfs "$CASE_DIR/rootfs" sh -c 'read x; echo "got $x"; cat' 2>err)" "got typed"
}
t_podman_in_the_background() {
	podman_up
	podman_run -d --name one --rootfs "$CASE_DIR/rootfs" sh -c 'echo started; trap "echo usr" USR1; trap "echo term; exit 4" TERM; while :; do sleep 0.05; done' >out 2>err || fail "$(cat err)"
	pid=$(P inspect --format '{{.State.Pid}}' one)
	is "$(P inspect --format '{{.State.Status}} {{.OCIRuntime}}' one)" "running $CASE_DIR/bin/runc"
	has "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sh -c echo started"
	[ "$(ns_of "$pid" net)" != "$(ns_of self net)" ] || fail "it has the host's network"

	is "$(P exec one sh -c 'echo in it; exit 5' 2>&1; echo $?)" "in it
5"
	is "$(P exec --user 1000 --workdir /tmp --env FOO=bar one sh -c 'id -u; pwd; echo $FOO' 2>/dev/null)" "1000
/tmp
bar"
	output=$(P exec one nosuch 2>&1)
	is $? 127
	has "$output" 'exec: "nosuch": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found'
	output=$(pty -e '# ' -s 'tty\n' -e /dev/pts/0 -s 'exit 6\n' -- "${P[@]}" exec -it one sh 2>&1)
	is $? 6
	P exec -d one sh -c 'echo detached >/detached' >/dev/null 2>&1 || fail "exec -d"
	wait_for test -e rootfs/detached

	P kill -s USR1 one >/dev/null 2>&1 || fail "kill"
	wait_for sh -c '"$@" logs one 2>/dev/null | grep -q usr' sh "${P[@]}"
	P stop -t 5 one >/dev/null 2>&1 || fail "stop"
	wait_for is_gone "$pid"
	is "$(P wait one 2>/dev/null)" 4
	is "$(P logs one 2>/dev/null)" "started
usr
term"
	# a stopped one can start anew
	P start one >/dev/null 2>&1 || fail "start"
	P stop -t 0 one >/dev/null 2>&1
	is "$(P wait one 2>/dev/null)" 137
	P rm one >/dev/null 2>&1 || fail "rm"
	called create start exec exec exec exec exec kill kill delete create start kill delete
}
t_podman_init() {
	need catatonit catatonit
	podman_up
	podman_run -d --init --name one --rootfs "$CASE_DIR/rootfs" sleep 1000 >/dev/null 2>err || fail "$(cat err)"
	has "$(P exec one cat /proc/1/comm 2>/dev/null)" podman-init
	# what the program leaves, init takes
	P exec one sh -c 'sleep 0.1 & true' 2>/dev/null
	sleep 0.5
	is "$(P exec one sh -c 'grep -l "^State:.Z" /proc/[0-9]*/status' 2>/dev/null)" ""
	P kill -s TERM one >/dev/null 2>&1
	is "$(P wait one 2>/dev/null)" 143
}
t_podman_options() {
	podman_up
	mkdir vol && echo data >vol/file
	output=$(podman_run --rm --read-only --tmpfs /scratch --volume "$CASE_DIR/vol:/vol:ro" --workdir /scratch --user 1000:1000 --hostname box \
		--env FOO=bar --cap-drop all --security-opt no-new-privileges --sysctl net.ipv4.ip_forward=1 --shm-size 1m --device /dev/full:/dev/mine \
		--rootfs "$CASE_DIR/rootfs" sh -c 'pwd; id -u; hostname; echo $FOO; cat /vol/file; (touch /x) 2>&1; touch /vol/x 2>&1
			grep "^CapBnd\|^NoNewPrivs\|^Seccomp:" /proc/self/status | tr "\t\n" "  "; echo; cat /proc/sys/net/ipv4/ip_forward
			df -k /dev/shm | awk "END { print \$2 }"; (echo x >/dev/mine) 2>&1; ls /sys/class/net' 2>err)
	is "$? $output" "0 /scratch
1000
box
bar
data
touch: /x: Read-only file system
touch: /vol/x: Read-only file system
CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 
1
1024
sh: write error: No space left on device
lo"
	is "$(podman_run --rm --privileged --rootfs "$CASE_DIR/rootfs" sh -c 'grep "^Seccomp:" /proc/self/status | cut -f2; mount -t tmpfs t /mnt && echo mounted' 2>/dev/null)" "0
mounted"
}
t_podman_joins_another_container() {
	podman_up
	podman_run -d --name one --rootfs "$CASE_DIR/rootfs" sleep 1000 >/dev/null 2>err || fail "$(cat err)"
	pid=$(P inspect --format '{{.State.Pid}}' one)
	output=$(P run "${P_limits[@]}" --rm --network container:one --pid container:one --ipc container:one --rootfs "$CASE_DIR/rootfs" \
		sh -c 'readlink /proc/self/ns/net; tr "\0" " " </proc/1/cmdline; readlink /proc/self/ns/ipc' 2>err)
	is "$output" "$(ns_of "$pid" net)
sleep 1000 $(ns_of "$pid" ipc)"
}
t_podman_maps_ids() {
	needs_root
	podman_up
	chmod 755 "$E2E_TMP"
	chown -R 500000:600000 rootfs # podman does that for its images, not for a directory
	output=$(podman_run --rm --uidmap 0:500000:65536 --gidmap 0:600000:65536 --rootfs "$CASE_DIR/rootfs" sh -c 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u' 2>err)
	is "$output" " 0 500000 65536
 0 600000 65536
0"
}
t_podman_where_cgroup_v2_is_all_there_is() {
	needs_root
	v2_has_controllers
	podman_up
	# all of one call's life is in that view
	output=$(with_cgroup2_alone "${P[@]}" "${P_run[@]}" --rm --cgroupns host --rootfs "$CASE_DIR/rootfs" sh -c 'cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs; exit 3' 2>err)
	is $? 3
	like "$output" "0::/$ID/libpod-[0-9a-f]+
/sys/fs/cgroup/cgroup.procs$"
	output=$(with_cgroup2_alone "${P[@]}" "${P_run[@]}" --rm --rootfs "$CASE_DIR/rootfs" sh -c 'grep ^0: /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.type' 2>err)
	is "$? $output" "0 0::/
/sys/fs/cgroup/cgroup.type"
}
t_podman_images() {
	podman_up
	tar -c -C rootfs . | "${P[@]}" import --change 'CMD ["sh", "-c", "echo the image; id -u"]' --change 'USER 1000' - base >/dev/null 2>err || fail "$(cat err)"
	is "$(podman_run --rm base 2>err)" "the image
1000"
	podman_run --name one --user 0 base sh -c 'echo changed >/file; chown 1000:1000 /file' 2>err || fail "$(cat err)"
	P commit one changed >/dev/null 2>err || fail "$(cat err)"
	is "$(podman_run --rm changed sh -c 'cat /file; stat -c %u:%g /file' 2>err)" "changed
1000:1000"
	printf 'FROM base\nUSER root\nRUN echo built >/built && chown daemon /built\nRUN test "$(stat -c %%U /built)" = daemon\n' >Containerfile
	P build --isolation oci --network none --ulimit nofile=512:512 --tag built . >out 2>&1 || fail "build: $(cat out)"
	is "$(podman_run --rm built cat /built 2>err)" built
}

# ---- docker ----

# Its daemon has a network namespace of its own, so that it has no network to rearrange, and
# finds this runtime first in PATH: as where it is installed in place of the other one.
docker_up() {
	needs_root
	need dockerd docker.io
	need docker docker.io
	need containerd containerd
	recorded_runc
	echo '{}' >docker.json
	mkdir config
	export DOCKER_CONFIG=$CASE_DIR/config DOCKER_BUILDKIT=0
	D=(docker --host "unix://$CASE_DIR/docker")
	D_run=(run --network none --ulimit nofile=512:512)
	trap docker_down EXIT
	PATH=$CASE_DIR/bin:$PATH unshare --net dockerd --config-file "$CASE_DIR/docker.json" --data-root "$CASE_DIR/data" \
		--exec-root "$CASE_DIR/exec" --pidfile "$CASE_DIR/docker.pid" --host "unix://$CASE_DIR/docker" --cgroup-parent "/$ID" \
		--bridge none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs >docker.log 2>&1 &
	dockerd=$!
	wait_for D version >/dev/null 2>&1
	tar -c -C rootfs . | "${D[@]}" import --change 'CMD ["sh", "-c", "echo the image; id -u"]' - base >/dev/null || fail "docker import"
}
docker_down() {
	local container
	for container in $(D ps -aq 2>/dev/null); do D rm -f "$container"; done >/dev/null 2>&1
	kill "$dockerd" 2>/dev/null
	wait "$dockerd" 2>/dev/null
	end_those_with "$CASE_DIR/exec"
	umount "$CASE_DIR"/exec/netns/* 2>/dev/null
	remove_cgroups
}
D() { "${D[@]}" "$@" </dev/null; }
docker_run() { D "${D_run[@]}" "$@"; }

t_docker_output_and_status() {
	docker_up
	docker_run --rm base sh -c 'echo out; echo err >&2; exit 3' >out 2>err
	is "$? $(cat out)" "3 out"
	has "$(cat err)" err
	is "$(docker_run --rm base 2>/dev/null)" "the image
0"
	called create start delete create start delete
	output=$(docker_run --rm base /no/such 2>&1)
	is $? 127
	has "$output" 'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/no/such": stat /no/such: no such file or directory: unknown'
	output=$(docker_run --rm base nosuch 2>&1)
	is $? 127
	output=$(docker_run --rm base /etc/passwd 2>&1)
	is $? 126
	is "$(D ps -aq)" ""
	wait_for none_with "$CASE_DIR/exec/containerd/containerd.sock" # its shims
}
t_docker_terminal() {
	docker_up
	output=$(pty -z 30x100 -e '# ' -s 'stty size; tty\n' -e '30 100' -e /dev/pts/0 -z 41x121 -s 'sleep 0.5; echo slept$((1))\n' -e slept1 -z 40x120 -s "$(until_size "40 120")" -e wide1 \
		-s 'sh -c "echo go$((1))ng; exec sleep 1000"\n' -e go1ng -s '\x03' -e '# ' -s 'exit 5\n' -- "${D[@]}" "${D_run[@]}" --rm -it base sh 2>&1)
	is $? 5
	has "$(cat calls)" --console-socket
}
t_docker_in_the_background() {
	docker_up
	docker_run -d --name one base sh -c 'echo started; trap "echo usr" USR1; trap "echo term; exit 4" TERM; while :; do sleep 0.05; done' >/dev/null 2>err || fail "$(cat err)"
	pid=$(D inspect --format '{{.State.Pid}}' one)
	has "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sh -c echo started"
	is "$(D exec one sh -c 'echo in it; exit 5'; echo $?)" "in it
5"
	is "$(D exec --user 1000 --workdir /tmp --env FOO=bar one sh -c 'id -u; pwd; echo $FOO')" "1000
/tmp
bar"
	output=$(D exec one nosuch 2>&1)
	[ $? -ne 0 ] || fail "exec of nosuch"
	has "$output" 'exec: "nosuch": executable file not found in $PATH'
	output=$(pty -e '# ' -s 'tty\n' -e /dev/pts/0 -s 'exit 6\n' -- "${D[@]}" exec -it one sh 2>&1)
	is $? 6
	has "$(D top one -o pid,args)" "$pid"
	has "$(D stats --no-stream --format '{{.PIDs}} {{.Name}}' one)" " one"
	D kill -s USR1 one >/dev/null || fail "kill"
	wait_for sh -c '"$@" logs one 2>/dev/null | grep -q usr' sh "${D[@]}"
	D stop -t 5 one >/dev/null || fail "stop"
	is "$(D inspect --format '{{.State.ExitCode}} {{.State.Status}}' one)" "4 exited"
	D start one >/dev/null || fail "start"
	D kill one >/dev/null || fail "kill"
	is "$(D wait one)" 137
	D rm one >/dev/null || fail "rm"
	called create start exec exec exec kill delete create start kill delete
}
t_docker_options() {
	docker_up
	mkdir vol && echo data >vol/file
	output=$(docker_run --rm --read-only --tmpfs /scratch --volume "$CASE_DIR/vol:/vol:ro" --workdir /scratch --user 1000:1000 --hostname box \
		--env FOO=bar --cap-drop all --security-opt no-new-privileges --shm-size 1m --device /dev/full:/dev/mine \
		base sh -c 'pwd; id -u; hostname; echo $FOO; cat /vol/file; (touch /x) 2>&1; touch /vol/x 2>&1
			grep "^CapBnd\|^NoNewPrivs\|^Seccomp:" /proc/self/status | tr "\t\n" "  "; echo
			df -k /dev/shm | awk "END { print \$2 }"; (echo x >/dev/mine) 2>&1; ls /sys/class/net' 2>err)
	is "$? $output" "0 /scratch
1000
box
bar
data
touch: /x: Read-only file system
touch: /vol/x: Read-only file system
CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 
1024
sh: write error: No space left on device
lo"
	docker_run -d --name one base sleep 1000 >/dev/null 2>&1
	is "$(D run --rm --network container:one --pid container:one --ulimit nofile=512:512 base sh -c 'tr "\0" " " </proc/1/cmdline' 2>/dev/null)" "sleep 1000 "
}
t_docker_privileged() {
	needs_root
	docker_up
	# docker asks for every capability there is, whether it has it or not
	if [ "$(awk '/^CapPrm/ { print $2 }' /proc/self/status)" != "$(printf '%016x' $(((2 << $(cat /proc/sys/kernel/cap_last_cap)) - 1)))" ]; then
		output=$(docker_run --rm --privileged base true 2>&1) && fail "it ran without the capabilities it was promised"
		has "$output" "unable to apply caps: operation not permitted"
		return
	fi
	is "$(docker_run --rm --privileged base sh -c 'grep "^Seccomp:" /proc/self/status | cut -f2; mount -t tmpfs t /mnt && echo mounted' 2>/dev/null)" "0
mounted"
}
t_docker_builds() {
	docker_up
	mkdir context
	printf 'FROM base\nRUN echo built >/built && chown daemon /built\nRUN test "$(stat -c %%U /built)" = daemon\n' >context/Dockerfile
	D build --network none --ulimit nofile=512:512 --tag built context >out 2>&1 || fail "$(cat out)"
	is "$(docker_run --rm built cat /built 2>/dev/null)" built
}
