# SPDX-License-Identifier: Apache-2.0
# For scripts about engines, sourced in place of lib.sh: containerd and podman as Debian ships them, each with
# directories of the case's own.

# Some paths in /run and /dev/shm cannot be moved by options. As root, both are this
# script's own, in a mount namespace that ends with it.
if [ "${E2E_AS:-}" = root ]; then
	if [ -z "${E2E_OWN_RUN:-}" ]; then
		exec env E2E_OWN_RUN=yes unshare --mount --propagation private bash "$0"
	fi
	mount -t tmpfs -o mode=755 tmpfs /run || exit 1
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1
fi
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

need() { # need COMMAND PACKAGE
	command -v "$1" >/dev/null || skip "$1 is missing (package $2)"
}
# Cgroups that an engine asks for below one of the case's, which stays empty. What its monitor was in is busy until the
# monitor has ended. A directory that has a controller's name but is none, as other software leaves it on the tmpfs of a
# hybrid host, is one to podman: it writes files there.
remove_cgroups() { wait_for no_cgroups; }
no_cgroups() {
	find /sys/fs/cgroup -depth -path "*/$ID*" \( -type f -fstype tmpfs -delete -o -type d -exec rmdir {} \; \) 2>/dev/null
	[ -z "$(find /sys/fs/cgroup -type d -path "*/$ID*" -print -quit 2>/dev/null)" ]
}
# Processes of the case whose command line has TEXT.
processes_with() {
	local f
	grep -lsF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null | while read -r f; do
		f=${f#/proc/}
		is_own "${f%%/*}" || echo "${f%%/*}"
	done
}
none_with() { [ -z "$(processes_with "$1")" ]; }
end_those_with() {
	local pid
	for pid in $(processes_with "$1"); do kill -KILL "$pid" 2>/dev/null; done
}

# ---- containerd ----

containerd_start() { # containerd_start [COMMAND…]: the command is put in front of containerd
	needs_root
	need containerd containerd
	need ctr containerd
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
	trap containerd_down EXIT
	"$@" containerd --config "$CASE_DIR/containerd.toml" >containerd.log 2>&1 &
	containerd=$!
	wait_for C version >/dev/null
}
containerd_down() {
	local task
	for task in $(C task ls -q 2>/dev/null); do C task rm -f "$task"; done >/dev/null 2>&1
	kill "$containerd" 2>/dev/null
	wait "$containerd" 2>/dev/null
	end_those_with "$CASE_DIR/sock"
	remove_cgroups
}
C() { ctr --address "$CASE_DIR/sock" --namespace "$ID" "$@" </dev/null; }

# ---- podman, as root and without ----

podman_start() { # podman_start RUNTIME [OPTION…]
	need podman podman
	need conmon conmon
	[ "$E2E_AS" = root ] || need newuidmap uidmap
	# no locks in shared memory that other podmans have, too
	cat >containers.conf <<-END
		[engine]
		lock_type = "file"
		[containers]
		log_driver = "k8s-file"
	END
	mkdir -m 700 "$CASE_DIR/xdg"
	runroot=$(mktemp -d /tmp/runc-e2e-pod.XXXXXX) # 50 characters at most
	export CONTAINERS_CONF=$CASE_DIR/containers.conf XDG_RUNTIME_DIR=$CASE_DIR/xdg TMPDIR=$CASE_DIR
	P=(podman --runtime "$@" --cgroup-manager cgroupfs --events-backend file --storage-driver vfs
		--root "$CASE_DIR/store" --runroot "$runroot" --tmpdir "$CASE_DIR/tmp")
	# its own defaults ask for more than a machine may grant
	P_limits=(--ulimit nofile=512:512 --ulimit nproc=4096:4096)
	[ "$E2E_AS" = user ] || P_limits+=(--cgroup-parent "/$ID")
	trap podman_down EXIT
}
podman_down() {
	P rm --force --all --time 0 >/dev/null 2>&1
	P rmi --force --all >/dev/null 2>&1
	# a plain user's podman keeps its namespaces by a process that only sleeps
	end_pause
	[ "$E2E_AS" = root ] || unshare --map-auto --map-root-user rm -rf "$CASE_DIR/store" "$runroot" 2>/dev/null
	rm -rf "$runroot"
	remove_cgroups
}
end_pause() {
	local f pid
	for f in "$CASE_DIR"/xdg/libpod/tmp/pause.pid "$CASE_DIR"/tmp/pause.pid; do
		[ -e "$f" ] || continue
		pid=$(cat "$f")
		kill -KILL "$pid" 2>/dev/null
		wait_for is_gone "$pid"
	done
}
P() { "${P[@]}" "$@" </dev/null; }
