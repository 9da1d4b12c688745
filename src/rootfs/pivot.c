/* SPDX-License-Identifier: Apache-2.0 */
/* The new root: pivot_root, or MS_MOVE for a root on initramfs; read-only at last. Runs:
 * inside */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

/*
 * MS_MOVE leaves the host's mounts in the namespace, out of sight. A full proc
 * or sysfs among them would let the container mount fresh ones without masks
 * (the kernel compares with what is "visible"), so those go, or are covered.
 */
static int hide_one(const char *path, struct err *e)
{
	const struct fs_request req = { .type = "tmpfs", .attrs = MOUNT_ATTR_RDONLY };
	OWN_FD target = -1;
	OWN_FD tmpfs = -1;

	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return err_sys(e, "unmount %s", path);
	target = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	tmpfs = mount_fs(&req, e);
	if (tmpfs < 0)
		return -1;
	if (target < 0 || mount_attach(tmpfs, target) < 0)
		return err_sys(e, "cover %s", path);
	return 0;
}

static int hide_host_proc(const char *rootfs, struct err *e)
{
	OWN_TEXT table = { 0 };
	char *save, *line;

	if (io_read_at(AT_FDCWD, "/proc/self/mountinfo", 64u << 20, &table) < 0)
		return err_sys(e, "read the mount table");
	for (line = strtok_r(table.s, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *type = strstr(line, " - ");
		char path[4096];

		if (!type ||
		    (!text_starts(type, " - proc ") && !text_starts(type, " - sysfs ")) ||
		    sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1 ||
		    path_is_below(path, rootfs))
			continue;
		if (hide_one(path, e) < 0)
			return -1;
	}
	return 0;
}

static int move_root(struct rootfs_work *w, struct err *e)
{
	OWN_FD slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (slash < 0)
		return err_sys(e, "open /");
	if (hide_host_proc(w->plan->path, e) < 0)
		return -1;
	if (mount_attach(w->root, slash) < 0)
		return err_sys(e, "move the root file system to /");
	if (chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, "chroot");
	return 0;
}

int rootfs_enter(struct rootfs_work *w, struct err *e)
{
	const struct rootfs_plan *p = w->plan;
	int ret;

	if (fchdir(w->root) < 0)
		return err_sys(e, "enter the root file system");
	if (!p->mount_namespace) {
		if (chroot(".") < 0 || chdir("/") < 0)
			return err_sys(e, "chroot");
		return 0;
	}
	ret = p->no_pivot ? move_root(w, e) : mount_pivot_here(e);
	if (ret < 0)
		return err_in(e, "error jailing process inside rootfs");
	return 0;
}

int rootfs_set_propagation(struct rootfs_work *w, struct err *e)
{
	uint64_t bits = w->plan->root_propagation;

	if (w->plan->mount_namespace && bits &&
	    mount_propagation("/", bits & MS_REC, bits & ~(uint64_t)MS_REC) < 0)
		return err_sys(e, "set the propagation of the new root");
	return 0;
}

int rootfs_make_read_only(struct rootfs_work *w, struct err *e)
{
	for (size_t i = 0; i < w->plan->mount_count; i++)
		if (w->late[i] >= 0 &&
		    mount_set(w->late[i], false, MOUNT_ATTR_RDONLY, 0, 0) < 0) {
			err_sys(e, "make it read-only");
			return rootfs_mount_failed(&w->plan->mounts[i], e);
		}
	if (w->plan->read_only && mount_set(w->root, false, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, "make the root file system read-only");
	return 0;
}
