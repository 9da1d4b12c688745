#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks that engines ask for, by annotation: what each of them can do with it.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/host-net.sh"
# As in engines.sh: paths in /run that no option moves are the script's own.
if [ "${E2E_AS:-}" = root ]; then
	if [ -z "${E2E_OWN_RUN:-}" ]; then
		exec env E2E_OWN_RUN=yes unshare --mount --propagation private bash "$0"
	fi
	mount -t tmpfs -o mode=755 tmpfs /run || exit 1
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1
	# podman would make directories for hierarchies that are not there
	[ "$(stat -fc %T /sys/fs/cgroup)" != tmpfs ] || mount -o remount,bind,ro /sys/fs/cgroup || exit 1
fi
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

need() { # need COMMAND PACKAGE
	command -v "$1" >/dev/null || skip "$1 is missing (package $2)"
}
rootfs() {
	has_runc_net
	cp -a "$E2E_ROOTFS" "$CASE_DIR/rootfs"
	cp "$E2E_STAGE/bin/peer" "$CASE_DIR/rootfs/bin/"
}
# What an engine's monitor was in is busy until the monitor has ended.
remove_cgroups() { wait_for no_cgroups; }
no_cgroups() {
	find /sys/fs/cgroup -depth -type d -path "*/$ID*" -exec rmdir {} \; 2>/dev/null
	[ -z "$(find /sys/fs/cgroup -type d -path "*/$ID*" -print -quit 2>/dev/null)" ]
}
all_helpers() { pgrep -x runc-net; }
no_helpers() { [ -z "$(all_helpers)" ]; }

# ---- podman ----

podman_up() {
	need podman podman
	need conmon conmon
	rootfs
	[ "$E2E_AS" = root ] || need newuidmap uidmap
	printf '[engine]\nlock_type = "file"\n[containers]\nlog_driver = "k8s-file"\n' >containers.conf
	mkdir -m 700 "$CASE_DIR/xdg"
	runroot=$(mktemp -d /tmp/runc-e2e-pod.XXXXXX) # 50 characters at most
	export CONTAINERS_CONF=$CASE_DIR/containers.conf XDG_RUNTIME_DIR=$CASE_DIR/xdg TMPDIR=$CASE_DIR
	podman=(podman --runtime "$RUNC" --runtime-flag net-annotations --cgroup-manager cgroupfs --events-backend file --storage-driver vfs
		--root "$CASE_DIR/store" --runroot "$runroot" --tmpdir "$CASE_DIR/tmp")
	podman_run=(run --ulimit nofile=512:512 --ulimit nproc=4096:4096)
	[ "$E2E_AS" = user ] || podman_run+=(--cgroup-parent "/$ID")
	trap podman_down EXIT
}
podman_down() {
	P rm --force --all --time 0 >/dev/null 2>&1
	for f in "$CASE_DIR"/xdg/libpod/tmp/pause.pid "$CASE_DIR"/tmp/pause.pid; do
		[ -e "$f" ] || continue
		pid=$(cat "$f")
		kill -KILL "$pid" 2>/dev/null
		wait_for is_gone "$pid"
	done
	[ "$E2E_AS" = root ] || unshare --map-auto --map-root-user rm -rf "$CASE_DIR/store" "$runroot" 2>/dev/null
	rm -rf "$runroot"
	remove_cgroups
}
P() { "${podman[@]}" "$@" </dev/null; }
P_run() { P "${podman_run[@]}" "$@"; }

t_podman_without_a_network_of_its_own() {
	podman_up
	P_run -d --name one --network none --annotation org.runc.net=slirp --annotation org.runc.net.publish=18500:80 \
		--rootfs "$CASE_DIR/rootfs" peer serve tcp 80 >/dev/null 2>err || fail "$(cat err)"
	wait_for sh -c "$(printf '%q ' "${podman[@]}") logs one 2>/dev/null | grep -q ready"
	is "$(x_ask tcp $H 18500)" "from $X to 80"
	is "$(P exec one peer ask tcp $X 8000 2>/dev/null)" "from $H to 8000"
	has "$(P exec one cat /etc/resolv.conf 2>/dev/null)" "nameserver 10.0.2.3"
	P rm --force --time 0 one >/dev/null 2>&1 || fail "podman rm"
	wait_for no_helpers
	is_closed 18500 || fail "still open"
}
t_podman_with_a_network_of_its_own() {
	needs_root
	podman_up
	command -v slirp4netns >/dev/null || skip "slirp4netns is missing"
	output=$(P_run --rm --network slirp4netns --annotation org.runc.net=slirp --rootfs "$CASE_DIR/rootfs" true 2>&1)
	[ $? -ne 0 ] || fail "it ran"
	has "$output" "net: org.runc.net needs a new network namespace, but config.json joins /run/netns/"
	no_helpers || fail "a helper is left"
}
t_podman_and_a_port_that_is_in_use() {
	podman_up
	peer hold 127.0.0.1 18501 >ready &
	wait_for grep -q ready ready
	output=$(P_run --rm --network none --annotation org.runc.net=slirp --annotation org.runc.net.publish=127.0.0.1:18501:80 \
		--rootfs "$CASE_DIR/rootfs" true 2>&1)
	is $? 126
	has "$output" "net: publish 127.0.0.1:18501/tcp: address already in use"
	kill %1
}

# podman hands on the annotations of an image, too.
t_podman_and_what_an_image_asks_for() {
	podman_up
	podman=("${podman[@]/net-annotations/debug}")
	printf 'FROM scratch\nCOPY rootfs /\n' >Containerfile
	P build --annotation org.runc.net=slirp --annotation org.runc.net.publish=18502:80 --tag asks -f Containerfile . >/dev/null 2>err || fail "$(cat err)"
	has "$(P image inspect asks)" '"org.runc.net": "slirp"'
	is "$(P_run --rm --network none asks ip -o link 2>/dev/null | wc -l)" 1
	no_helpers || fail "a helper is left"
}

# ---- containerd ----

containerd_up() {
	needs_root
	need containerd containerd
	need ctr containerd
	rootfs
	cat >containerd.toml <<-END
		version = 2
		root = "$CASE_DIR/root"
		state = "$CASE_DIR/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
			"io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
			"io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
		[grpc]
		address = "$CASE_DIR/sock"
	END
	# it has no option for more options
	printf '#!/bin/sh\nexec %q --net-annotations "$@"\n' "$RUNC" >runc.sh
	chmod 755 runc.sh
	trap containerd_down EXIT
	containerd --config "$CASE_DIR/containerd.toml" >containerd.log 2>&1 &
	containerd=$!
	wait_for C version >/dev/null
}
containerd_down() {
	local task
	for task in $(C task ls -q 2>/dev/null); do C task rm -f "$task"; done >/dev/null 2>&1
	kill "$containerd" 2>/dev/null
	wait "$containerd" 2>/dev/null
	for task in $(grep -lsF -- "$CASE_DIR/sock" /proc/[0-9]*/cmdline); do
		task=${task#/proc/}
		is_own "${task%%/*}" || kill -KILL "${task%%/*}" 2>/dev/null
	done
	remove_cgroups
}
C() { ctr --address "$CASE_DIR/sock" --namespace "$ID" "$@" </dev/null; }
ctr_run() { C run --env PATH=/bin --fifo-dir "$CASE_DIR/fifo" --runc-root "$CASE_DIR/runc" --runc-binary "$CASE_DIR/runc.sh" --rootfs "$@"; }

t_containerd() {
	containerd_up
	output=$(ctr_run --rm --annotation org.runc.net=slirp "$CASE_DIR/rootfs" one peer ask tcp $X 8000 2>&1)
	is "$? $output" "0 from $H to 8000"
	ctr_run -d --annotation org.runc.net=slirp --annotation org.runc.net.publish=18510:80 "$CASE_DIR/rootfs" two peer serve tcp 80 || fail "ctr run"
	wait_for answers 18510
	is "$(x_ask tcp $H 18510)" "from $X to 80"
	C task kill -s KILL two
	wait_for no_helpers
	is_closed 18510 || fail "still open"
}
t_containerd_with_a_namespace_by_its_path() {
	containerd_up
	output=$(ctr_run --rm --with-ns network:/proc/self/ns/net --annotation org.runc.net=slirp "$CASE_DIR/rootfs" one true 2>&1)
	[ $? -ne 0 ] || fail "it ran"
	has "$output" "net: org.runc.net needs a new network namespace, but config.json joins /proc/self/ns/net"
}
