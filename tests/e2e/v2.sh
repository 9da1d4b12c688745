# SPDX-License-Identifier: Apache-2.0
# For scripts that show once more, on plain cgroup v2, what their neighbour shows on
# whatever this machine has: sourced first. Root's cases then run in a mount namespace of
# their own where /sys/fs/cgroup is the v2 hierarchy alone (with no controller that v1
# keeps). Where it is so anyway the neighbour has shown it, and there is nothing left to do.

if [ -z "${E2E_AS:-}" ]; then
	if [ "$(stat -fc %T /sys/fs/cgroup 2>/dev/null)" = cgroup2fs ]; then
		echo "1..0 # SKIP this machine has plain cgroup v2: the same cases run without -v2"
		exit 0
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "1..0 # SKIP needs root, to mount cgroup v2"
		exit 0
	fi
	E2E_WHO=root
elif [ -z "${E2E_V2:-}" ]; then
	export E2E_V2=1
	exec unshare --mount --propagation private sh -c '
		umount --lazy /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec bash "$0"' "$0"
fi
