/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share and nobody else sees. */
#ifndef ROOTFS_PRIVATE_H
#define ROOTFS_PRIVATE_H

#include "rootfs/rootfs.h"

/* Puts `error mounting "SRC" to rootfs at "DST"` in front; returns -1. */
int rootfs_mount_failed(const struct mount_plan *m, struct err *e);

/* A detached clone of the host's node, checked. Runs: inside, before the pivot. */
int rootfs_open_device(const struct device_plan *d, struct err *e);

/* Mounts type "cgroup" onto the open target; *mount gets the descriptor of what was
 * mounted. */
int rootfs_mount_cgroup(const struct mount_plan *m, const struct cgroup_view *view,
			int target, int *mount, struct err *e);

/* Copies what is in the directory into the (detached) file system. */
int rootfs_copy_up(int from_dir, int to_mount, struct err *e);

/* Refuses what must not be a target: the root, and nearly everything of /proc. source -1:
 * a new file system. */
int rootfs_check_target(const struct rootfs_work *w, const struct mount_plan *m,
			int source, int target, struct err *e);

/* Opens (O_PATH, no link) the file or node parent/name, made as an empty file if it is
 * missing. */
int rootfs_placeholder(int parent, const char *name, struct err *e);

/* Is one of noatime, relatime, strictatime asked for? Pure. */
bool rootfs_asks_time(const struct mount_plan *m);

/* What of .clear the kernel is to clear, on a bind with flags. Pure. */
uint64_t rootfs_bind_clears(const struct mount_plan *m);

#endif
