/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev: nodes, links and the console, each below a directory that was opened
 * once and is not a link (CVE-2026-41579, CVE-2025-52565).            Runs: inside
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

int rootfs_placeholder(int parent, const char *name, struct err *e)
{
	OWN_FD fd = -1;
	struct stat st;

	if (mknodat(parent, name, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
		return err_sys(e, "create %s", name);
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open %s", name);
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(e, "%s exists and is a %s", name,
			       S_ISLNK(st.st_mode) ? "link" : "directory");
	return fd_take(&fd);
}

static int bind_node(int parent, const char *name, int tree, struct err *e)
{
	OWN_FD target = rootfs_placeholder(parent, name, e);

	if (target < 0)
		return -1;
	return mount_attach(tree, target) < 0 ? err_sys(e, "bind %s", name) : 0;
}

/* A node that is already there is accepted only if it is the very device (B6). */
static int check_node(int parent, const char *name, const struct device_plan *d,
		      struct err *e)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "stat %s", d->path);
	if ((st.st_mode & S_IFMT) != d->type ||
	    (d->type != S_IFIFO && st.st_rdev != makedev(d->major, d->minor)))
		return err_set(e, "%s exists and is not the device of the config",
			       d->path);
	return 0;
}

static int make_node(int parent, const char *name, const struct device_plan *d,
		     struct err *e)
{
	if (mknodat(parent, name, d->type | d->mode, makedev(d->major, d->minor)) < 0) {
		OWN_FD tree = -1;

		if (errno == EEXIST)
			return check_node(parent, name, d, e);
		if (errno != EPERM || d->type == S_IFIFO)
			return err_sys(e, "mknod %s", d->path);
		/* some sandbox around us: the host's node will do */
		tree = rootfs_open_device(d, e);
		return tree < 0 ? -1 : bind_node(parent, name, tree, e);
	}
	if ((d->uid || d->gid) &&
	    fchownat(parent, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "chown %s", d->path);
	return 0;
}

/* Everything in /dev by the one directory that was checked; other places as mount targets
 * are found. */
static int make_device(struct rootfs_work *w, int dev, size_t i, struct err *e)
{
	const struct device_plan *d = &w->plan->devices[i];
	bool in_dev = text_starts(d->path, "/dev/");
	OWN_FD tree = fd_take(&w->devices[i]);
	const char *name;
	OWN_FD parent = beneath_make_parent(in_dev ? dev : w->root,
					    d->path + (in_dev ? 5 : 0), &name, e);

	if (parent < 0)
		return -1;
	return d->from_host ? bind_node(parent, name, tree, e) :
			      make_node(parent, name, d, e);
}

static int make_links(int dev, struct err *e)
{
	static const struct {
		const char *name, *target;
	} links[] = {
		{ "fd", "/proc/self/fd" },       { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
		{ "core", "/proc/kcore" },       { "ptmx", "pts/ptmx" },
	};

	/* the container's own ptmx, whatever the image brought */
	if (unlinkat(dev, "ptmx", 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove /dev/ptmx");
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return err_sys(e, "link /dev/%s", links[i].name);
	return 0;
}

static int open_dev(struct rootfs_work *w, struct err *e)
{
	OWN_FD made = -1;
	int dev;

	dev = beneath_open_nolink(w->root, "dev", O_PATH | O_DIRECTORY);
	if (dev >= 0)
		return dev;
	if (errno == ELOOP || errno == ENOTDIR)
		return err_set(e,
			       "/dev of the root file system is not an ordinary directory");
	made = beneath_make_dir(w->root, "dev", 0755, e);
	if (made < 0)
		return -1;
	dev = beneath_open_nolink(w->root, "dev", O_PATH | O_DIRECTORY);
	return dev < 0 ? err_sys(e, "open /dev") : dev;
}

/*
 * A volume may have come to /dev by another name: a link in the image. What is in it
 * is then the user's, and we neither make nor remove anything there.
 */
static bool is_users(const struct rootfs_work *w, int dev)
{
	struct statx st;

	if (!w->plan->make_dev || statx(dev, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		return true;
	for (size_t i = 0; i < w->bind_count; i++)
		if (w->binds[i] == st.stx_mnt_id)
			return true;
	return false;
}

int rootfs_make_devices(struct rootfs_work *w, struct err *e)
{
	OWN_FD dev = -1;

	if (!w->plan->make_dev)
		return 0;
	dev = open_dev(w, e);
	if (dev < 0)
		return -1;
	if (is_users(w, dev))
		return 0;
	for (size_t i = 0; i < w->plan->device_count; i++)
		if (make_device(w, dev, i, e) < 0)
			return err_in(e, "error creating device nodes");
	return make_links(dev, e);
}

int rootfs_bind_console(struct rootfs_work *w, int pts, struct err *e)
{
	OWN_FD tree = mount_clone(pts, "", false);
	OWN_FD dev = open_dev(w, e);

	if (tree < 0)
		return err_sys(e, "clone the terminal");
	if (dev < 0)
		return -1;
	/* in a /dev of the user's only over what is there */
	if (is_users(w, dev) && faccessat(dev, "console", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return bind_node(dev, "console", tree, e);
}
