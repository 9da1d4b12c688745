/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of ours in place of the image's. Where one is missing (or a link leads
 * nowhere, as to a resolver's file in /run) an empty file is made for it; where the
 * image's file system cannot be written, in an overlay over the directory, whose upper
 * layer is memory. Nothing else of the image changes.                 Runs: inside
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

#define LAYER_ATTRS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static int open_layer(int tmpfs, const char *name)
{
	if (mkdirat(tmpfs, name, 0755) < 0)
		return -1;
	return openat(tmpfs, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Over the directory, first the memory for the upper layer and on that the overlay: so
 * the one has a place in the mount namespace, and nobody sees it. */
static int overlay(int dir, struct err *e)
{
	static const struct fs_request req = { .type = "tmpfs",
					       .data = "mode=755,nr_blocks=64,nr_inodes=64",
					       .attrs = LAYER_ATTRS | MOUNT_ATTR_NOEXEC };
	OWN_FD tmpfs = mount_fs(&req, e);
	OWN_FD upper = -1;
	OWN_FD work = -1;
	OWN_FD fd = -1;
	struct stat st;

	if (tmpfs < 0)
		return -1;
	upper = open_layer(tmpfs, "upper");
	work = open_layer(tmpfs, "work");
	/* the upper layer's is what is seen of the directory itself */
	if (upper < 0 || work < 0 || fstat(dir, &st) < 0 ||
	    fchmod(upper, st.st_mode & 07777) < 0)
		return err_sys(e, "make the layers of an overlay");
	if (mount_attach(tmpfs, dir) < 0)
		return err_sys(e, "attach");
	fd = mount_overlay(dir, upper, work, LAYER_ATTRS, e);
	if (fd >= 0 && mount_attach(fd, tmpfs) == 0)
		return fd_take(&fd);
	if (fd >= 0)
		err_sys(e, "attach");
	/* alone it would hide the directory */
	mount_detach(tmpfs);
	return -1;
}

/* Mounts of the config below that directory would be covered. */
static bool has_mounts_below(const struct rootfs_plan *p, const char *dir)
{
	struct arena a = { 0 };
	bool found = false;

	for (size_t i = 0; i < p->mount_count; i++)
		found = found ||
			(!p->mounts[i].if_possible &&
			 path_is_below(path_absolute(p->mounts[i].destination, "/", &a),
				       dir));
	arena_free(&a);
	return found;
}

/* An overlay as it is made for the first of the files. */
struct layer {
	const char *dir; /* NULL: not yet, or it could not be made */
	int fd;
};

static int make_layer(struct rootfs_work *w, struct layer *layer, const char *dir,
		      struct err *e)
{
	OWN_FD fd = beneath_open(w->root, dir, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return err_sys(e, "open %s", dir);
	if (has_mounts_below(w->plan, dir))
		return err_set(e, "the config has other mounts below %s", dir);
	layer->fd = overlay(fd, e);
	if (layer->fd < 0)
		return err_in(e, "overlay over %s", dir);
	layer->dir = dir;
	return 0;
}

static int make_in_layer(struct rootfs_work *w, struct layer *layer,
			 const struct mount_plan *m, struct err *e)
{
	const char *name = strrchr(m->destination, '/') + 1;

	/* both files are of one directory */
	if (layer->fd < 0 && make_layer(w, layer, "/etc", e) < 0)
		return -1;
	if (unlinkat(layer->fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove the link %s", m->destination);
	return rootfs_placeholder(layer->fd, name, e);
}

static bool may_not_write(const struct err *e)
{
	return e->sys == EROFS || e->sys == EACCES || e->sys == EPERM ||
	       e->sys == EOVERFLOW;
}

static int open_target(struct rootfs_work *w, struct layer *layer,
		       const struct mount_plan *m, int source, struct err *e)
{
	OWN_FD fd = beneath_make_file(w->root, m->destination, e);
	struct stat st;

	if (fd < 0 && may_not_write(e))
		fd = make_in_layer(w, layer, m, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat");
	/* a link to /dev/null, say, must not give that to a file */
	if (!S_ISREG(st.st_mode))
		return err_set(e, "it is not a file");
	return rootfs_check_target(w, m, source, fd, e) < 0 ? -1 : fd_take(&fd);
}

static int mount_file(struct rootfs_work *w, struct layer *layer, size_t i, struct err *e)
{
	const struct mount_plan *m = &w->plan->mounts[i];
	OWN_FD source = fd_take(&w->sources[i]);
	OWN_FD target = open_target(w, layer, m, source, e);

	if (target < 0)
		return -1;
	if (mount_set(source, false, m->set, 0, 0) < 0)
		return err_sys(e, "set mount flags");
	return mount_attach(source, target) < 0 ? err_sys(e, "attach") : 0;
}

int rootfs_mount_files(struct rootfs_work *w, struct err *e)
{
	struct layer layer = { .fd = -1 };
	int ret = 0;

	for (size_t i = 0; i < w->plan->mount_count; i++)
		if (w->plan->mounts[i].if_possible && mount_file(w, &layer, i, e) < 0)
			log_warning("net: %s stays the image's: %s",
				    w->plan->mounts[i].destination, e->text);
	/* what is below could not be written either */
	if (layer.fd >= 0 && mount_set(layer.fd, false, MOUNT_ATTR_RDONLY, 0, 0) < 0)
		ret = err_sys(e, "make the overlay over %s read-only", layer.dir);
	fd_close(&layer.fd);
	return ret;
}
