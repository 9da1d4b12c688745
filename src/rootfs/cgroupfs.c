/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `"type": "cgroup"` shows.                                      Runs: inside
 *
 * v2: one file system. With a cgroup namespace of the container's own a fresh
 * mount shows its cgroup as the root, and costs nothing; in the host's it would
 * wait for the kernel (6-26 ms), so the host's mount is bound. v1 and hybrid: a
 * tmpfs with a bind for each hierarchy. Where nothing may be shown, an empty
 * read-only directory (CVE-2023-25809: never the host's tree, writable).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

static int new_tmpfs(const char *data, uint64_t attrs, struct err *e)
{
	const struct fs_request req = { .type = "tmpfs", .data = data, .attrs = attrs };

	return mount_fs(&req, e);
}

static int clone_dir(const char *path, const struct mount_plan *m, struct err *e)
{
	OWN_FD tree = mount_clone(AT_FDCWD, path, true);

	if (tree < 0)
		return err_sys(e, "open %s", path);
	if (mount_set(tree, true, m->set, rootfs_bind_clears(m), MS_SLAVE) < 0 &&
	    mount_set(tree, true, m->set, 0, MS_SLAVE) < 0)
		return err_sys(e, "set mount flags");
	return fd_take(&tree);
}

static int attach(int tree, int target, int *mount, struct err *e)
{
	if (tree < 0)
		return -1;
	if (mount_attach(tree, target) < 0) {
		err_sys(e, "attach");
		close(tree);
		return -1;
	}
	*mount = tree;
	return 0;
}

static int mount_v2(const struct mount_plan *m, const struct cgroup_view *view,
		    int target, int *mount, struct err *e)
{
	const struct fs_request req = {
		.type = "cgroup2", .source = "cgroup", .data = m->data, .attrs = m->set
	};
	int tree = -1;

	e->sys = EPERM;
	if (view->own_namespace)
		tree = mount_fs(&req, e);
	if (tree < 0 && (e->sys == EPERM || e->sys == EBUSY || e->sys == EACCES) &&
	    view->dir_count)
		tree = clone_dir(view->dirs[0].path, m, e);
	if (tree < 0 && (e->sys == EPERM || e->sys == ENOENT || e->sys == EACCES))
		tree = new_tmpfs("nr_blocks=1,nr_inodes=1", m->set | MOUNT_ATTR_RDONLY, e);
	return attach(tree, target, mount, e);
}

/* "cpu,cpuacct" is also reachable as cpu and as cpuacct; "name=systemd" is called
 * systemd. */
static int add_links(int dir, const char *name, struct err *e)
{
	const char *part = name;

	if (!strchr(name, ','))
		return 0;
	while (*part) {
		char word[64];
		size_t n = strcspn(part, ",");

		snprintf(word, sizeof(word), "%.*s", (int)n, part);
		if (symlinkat(name, dir, word) < 0)
			return err_sys(e, "link %s", word);
		part += n + (part[n] == ',');
	}
	return 0;
}

static int add_hierarchy(int tmpfs, const struct cgroup_view_dir *dir,
			 const struct mount_plan *m, struct err *e)
{
	const char *name = text_starts(dir->name, "name=") ? dir->name + 5 : dir->name;
	OWN_FD tree = clone_dir(dir->path, m, e);
	OWN_FD target = -1;

	if (tree < 0)
		return -1;
	if (mkdirat(tmpfs, name, 0755) < 0)
		return err_sys(e, "create %s", name);
	target = openat(tmpfs, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || mount_attach(tree, target) < 0)
		return err_sys(e, "attach %s", name);
	return add_links(tmpfs, name, e);
}

static int mount_v1(const struct mount_plan *m, const struct cgroup_view *view,
		    int target, int *mount, struct err *e)
{
	uint64_t safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	int tmpfs = new_tmpfs("mode=755", safe, e);

	/* attached first: a mount can be attached to a detached one only since Linux 6.15
	 */
	if (attach(tmpfs, target, mount, e) < 0)
		return -1;
	for (size_t i = 0; i < view->dir_count; i++)
		if (*view->dirs[i].name && add_hierarchy(tmpfs, &view->dirs[i], m, e) < 0)
			return -1;
	if (m->set & MOUNT_ATTR_RDONLY &&
	    mount_set(tmpfs, false, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		return err_sys(e, "make it read-only");
	return 0;
}

int rootfs_mount_cgroup(const struct mount_plan *m, const struct cgroup_view *view,
			int target, int *mount, struct err *e)
{
	int made = -1, ret;

	switch (view->mode) {
	case CGROUP_V2:
		ret = mount_v2(m, view, target, &made, e);
		break;
	case CGROUP_HYBRID:
	case CGROUP_V1:
		ret = mount_v1(m, view, target, &made, e);
		break;
	case CGROUP_NONE:
	default:
		ret = attach(new_tmpfs("nr_blocks=1,nr_inodes=1",
				       m->set | MOUNT_ATTR_RDONLY, e),
			     target, &made, e);
		break;
	}
	*mount = made;
	return ret;
}
