/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masked and read-only paths.                                         Runs: inside
 *
 * The last mounts there are. Every target is opened below the root once and
 * covered through that descriptor: looking it up twice would let the image swap
 * it in between. Masks are our own: the host's /dev/null, verified before the
 * container could touch anything, and an empty tmpfs (CVE-2025-31133). A target
 * that is missing needs no mask; a mask that is missing is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

static bool is_missing(void)
{
	return errno == ENOENT || errno == ENOTDIR;
}

static int make_path_read_only(struct rootfs_work *w, const char *path, struct err *e)
{
	OWN_FD target = beneath_open(w->root, path, O_PATH);
	OWN_FD tree = -1;

	if (target < 0 && is_missing())
		return 0;
	if (target >= 0)
		tree = mount_clone(target, "", true);
	if (tree < 0 || mount_set(tree, true, MOUNT_ATTR_RDONLY, 0, 0) < 0 ||
	    mount_attach(tree, target) < 0)
		return err_sys(e, "can't make \"%s\" read-only", path);
	return 0;
}

/* The first use attaches the mask itself, later ones clones of it: all show one and the
 * same file. */
struct mask {
	int fd;
	bool attached;
	struct stat st;
};

static int cover(struct mask *mask, int target)
{
	OWN_FD clone = -1;

	if (!mask->attached) {
		mask->attached = true;
		return mount_attach(mask->fd, target);
	}
	clone = mount_clone(mask->fd, "", false);
	return clone < 0 ? -1 : mount_attach(clone, target);
}

static int new_empty_dir(struct mask *mask, struct err *e)
{
	static const struct fs_request req = {
		.type = "tmpfs",
		/* one block and one inode: nothing can be put there, even if it became
		   writable */
		.data = "nr_blocks=1,nr_inodes=1",
		.attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC,
	};

	mask->fd = mount_fs(&req, e);
	if (mask->fd < 0)
		return -1;
	return fstat(mask->fd, &mask->st) < 0 ? err_sys(e, "stat tmpfs") : 0;
}

static int mask_path(struct rootfs_work *w, struct mask *null, struct mask *dir,
		     const char *path, struct err *e)
{
	OWN_FD target = beneath_open(w->root, path, O_PATH);
	struct stat st;

	if (target < 0 && is_missing())
		return 0;
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(e, "can't mask path \"%s\"", path);
	if (S_ISDIR(st.st_mode)) {
		if (dir->fd < 0 && new_empty_dir(dir, e) < 0)
			return err_in(e, "can't mask dir \"%s\"", path);
		if (dir->attached && st.st_dev == dir->st.st_dev)
			return 0; /* named twice */
		return cover(dir, target) < 0 ?
			       err_sys(e, "can't mask dir \"%s\"", path) :
			       0;
	}
	return cover(null, target) < 0 ? err_sys(e, "can't mask path \"%s\"", path) : 0;
}

int rootfs_hide(struct rootfs_work *w, struct err *e)
{
	const struct rootfs_plan *p = w->plan;
	struct mask null = { .fd = w->null }, dir = { .fd = -1 };
	int ret = 0;

	for (size_t i = 0; i < p->read_only_paths.n && ret == 0; i++)
		ret = make_path_read_only(w, p->read_only_paths.v[i], e);
	for (size_t i = 0; i < p->masked.n && ret == 0; i++)
		ret = mask_path(w, &null, &dir, p->masked.v[i], e);
	fd_close(&dir.fd);
	fd_close(&w->null);
	return ret;
}
