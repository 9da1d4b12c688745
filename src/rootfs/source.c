/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: host objects, opened before the container can influence anything
 * (CVE-2025-31133, CVE-2025-52565).                          Runs: host and inside
 *
 * Init opens them itself, with the caller's own ids and in its own copy of the
 * mount namespace: so an ordinary user reaches what that user may reach, and the
 * flags that the kernel locked at the copy stay locked. Only what an id-mapped
 * init may not reach is opened by the host, on request.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

const char *rootfs_resolve(const char *path, const char *bundle, struct arena *a,
			   struct err *e)
{
	const char *clean = path_absolute(path, bundle, a);
	OWN_STR real = realpath(clean, NULL);
	struct stat st, host;

	if (!real || stat(real, &st) < 0 || stat("/", &host) < 0) {
		err_sys(e, "invalid rootfs: stat %s", clean);
		return NULL;
	}
	if (strcmp(real, clean) != 0) {
		err_set(e, "invalid rootfs: not an absolute path, or a symlink: %s is %s",
			clean, real);
		return NULL;
	}
	if (!S_ISDIR(st.st_mode)) {
		err_set(e, "invalid rootfs: %s is not a directory", clean);
		return NULL;
	}
	if (st.st_dev == host.st_dev && st.st_ino == host.st_ino) {
		err_set(e, "invalid rootfs: %s is the root of the host", clean);
		return NULL;
	}
	return clean;
}

bool rootfs_mounts_on_host(const struct rootfs_plan *p)
{
	return !p->mount_namespace && (p->mount_count || p->read_only);
}

int rootfs_mount_id(const char *path, uint64_t *id)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &st) < 0)
		return -1;
	*id = st.stx_mnt_id;
	return 0;
}

int rootfs_unmount_host(const char *path, uint64_t before, struct err *e)
{
	uint64_t now;

	/* the one below is the engine's, and while it is there its number is nobody else's */
	if (rootfs_mount_id(path, &now) < 0 || now == before)
		return 0;
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return err_sys(e, "unmount %s", path);
	return 0;
}

static int *closed_fds(size_t n)
{
	int *fds = mem_new(n, sizeof(*fds));

	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	return fds;
}

static void begin(struct rootfs_work *w, const struct rootfs_plan *p)
{
	*w = (struct rootfs_work){
		.root = -1,
		.null = -1,
		.sources = closed_fds(p->mount_count),
		.devices = closed_fds(p->device_count),
		.late = closed_fds(p->mount_count),
		.binds = mem_new(p->mount_count, sizeof(uint64_t)),
		.plan = p,
	};
}

void rootfs_close(struct rootfs_work *w)
{
	if (!w->plan)
		return;
	for (size_t i = 0; i < w->plan->mount_count; i++) {
		fd_close(&w->sources[i]);
		fd_close(&w->late[i]);
	}
	for (size_t i = 0; i < w->plan->device_count; i++)
		fd_close(&w->devices[i]);
	fd_close(&w->null);
	fd_close(&w->root);
	free(w->sources);
	free(w->devices);
	free(w->late);
	free(w->binds);
	w->plan = NULL;
}

int rootfs_mount_failed(const struct mount_plan *m, struct err *e)
{
	return err_in(e, "error mounting \"%s\" to rootfs at \"%s\"", m->source,
		      m->destination);
}

int rootfs_open_source(const struct mount_plan *m, struct err *e)
{
	OWN_FD tree = mount_clone(AT_FDCWD, m->source, m->recursive || m->idmap_recursive);

	if (tree < 0) {
		/* whoever may not clone hears so before the path is looked at */
		OWN_FD look = errno == EPERM ? open(m->source, O_PATH | O_CLOEXEC) : -1;

		errno = look < 0 ? errno : EPERM;
		err_sys(e, "open %s", m->source);
		return rootfs_mount_failed(m, e);
	}
	/* it would otherwise be a peer of the host's mount: mounts made below it would
	 * appear there */
	if (mount_set(tree, true, 0, 0, MS_SLAVE) < 0) {
		err_sys(e, "make %s a slave", m->source);
		return rootfs_mount_failed(m, e);
	}
	return fd_take(&tree);
}

int rootfs_open_host(struct rootfs_work *w, const struct rootfs_plan *p, struct err *e)
{
	begin(w, p);
	for (size_t i = 0; i < p->mount_count; i++) {
		if (p->mounts[i].idmap == IDMAPPED_NO || p->mounts[i].kind != MOUNT_BIND)
			continue;
		w->sources[i] = rootfs_open_source(&p->mounts[i], e);
		if (w->sources[i] < 0)
			return -1;
	}
	return 0;
}

int rootfs_idmap(struct rootfs_work *w, size_t mount, int userns_fd, struct err *e)
{
	const struct mount_plan *m = &w->plan->mounts[mount];

	if (mount_idmap(w->sources[mount], m->idmap_recursive, userns_fd) == 0)
		return 0;
	err_sys(e, "failed to set MOUNT_ATTR_IDMAP on %s", m->source);
	if (e->sys == EINVAL)
		err_in(e,
		       "the file system of the source may not support idmapped mounts on this kernel");
	return rootfs_mount_failed(m, e);
}

/* A host device node that is what it must be: the image cannot have put it there, but
 * check. */
static int open_node(const char *path, mode_t type, dev_t rdev, struct err *e)
{
	OWN_FD tree = mount_clone(AT_FDCWD, path, false);
	struct stat st;

	if (tree < 0 || fstat(tree, &st) < 0)
		return err_sys(e, "open the host's %s", path);
	if ((st.st_mode & S_IFMT) != type || st.st_rdev != rdev)
		return err_set(e, "the host's %s is not device %u:%u", path, major(rdev),
			       minor(rdev));
	return fd_take(&tree);
}

int rootfs_open_device(const struct device_plan *d, struct err *e)
{
	return open_node(d->path, d->type, makedev(d->major, d->minor), e);
}

static int open_null(struct rootfs_work *w, struct err *e)
{
	w->null = open_node("/dev/null", S_IFCHR, makedev(1, 3), e);
	if (w->null < 0)
		return -1;
	if (mount_set(w->null, false,
		      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
		      MOUNT_ATTR_NODEV, 0) < 0 &&
	    mount_set(w->null, false,
		      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, 0) < 0)
		return err_sys(e, "make a read-only /dev/null");
	return 0;
}

static int open_binds(struct rootfs_work *w, const struct rootfs_asker *ask, struct err *e)
{
	for (size_t i = 0; i < w->plan->mount_count; i++) {
		const struct mount_plan *m = &w->plan->mounts[i];

		if (m->kind != MOUNT_BIND || w->sources[i] >= 0)
			continue;
		w->sources[i] = mount_clone(AT_FDCWD, m->source, m->recursive);
		if (w->sources[i] < 0 && errno == EACCES && ask)
			w->sources[i] = ask->source(ask->data, i, e);
		else if (w->sources[i] < 0) {
			err_sys(e, "open %s", m->source);
			rootfs_mount_failed(m, e);
		}
		if (w->sources[i] < 0)
			return -1;
	}
	return 0;
}

/*
 * Unless all of "/" was made a slave, the mount that holds the rootfs may still be
 * shared: what we attach would appear on the host, and pivot_root refuses; or it is
 * unbindable on the host, and could not be cloned. Which one it is the kernel tells:
 * only a mount point can be changed.
 */
static int make_parent_private(const char *path, struct err *e)
{
	OWN_STR at = mem_dup(path);

	for (;;) {
		char *slash;

		if (mount_propagation(*at ? at : "/", false, MS_PRIVATE) == 0)
			return 0;
		slash = strrchr(at, '/');
		if (errno != EINVAL || !slash)
			return err_sys(e, "make the mount of %s private", path);
		*slash = '\0';
	}
}

static int open_no_links(const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC),
				.resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static int attach_root(struct rootfs_work *w, struct err *e)
{
	const char *path = w->plan->path;
	OWN_FD dir = open_no_links(path, O_PATH | O_DIRECTORY);

	if (dir < 0)
		return err_sys(e, "open the root file system %s", path);
	if (!rootfs_mounts_on_host(w->plan) && !w->plan->mount_namespace) {
		w->root = fd_take(&dir);
		return 0;
	}
	w->root = mount_clone(dir, "", true);
	if (w->root < 0 ||
	    (!w->plan->mount_namespace && mount_set(w->root, true, 0, 0, MS_PRIVATE) < 0) ||
	    mount_attach(w->root, dir) < 0)
		return err_sys(e, "bind the root file system %s", path);
	return 0;
}

int rootfs_open_sources(struct rootfs_work *w, const struct rootfs_asker *ask,
			struct err *e)
{
	const struct rootfs_plan *p = w->plan;

	if (p->mount_namespace &&
	    mount_propagation("/", p->propagation & MS_REC,
			      p->propagation & ~(uint64_t)MS_REC) < 0)
		return err_sys(e,
			       errno == EINVAL ?
				       "set the propagation of / (in a chroot / is no mount point: bind it to itself first)" :
				       "set the propagation of /");
	if (p->mount_namespace && make_parent_private(p->path, e) < 0)
		return -1;
	if (open_binds(w, ask, e) < 0 || (p->masked.n && open_null(w, e) < 0))
		return -1;
	for (size_t i = 0; i < p->device_count; i++)
		if (p->devices[i].from_host &&
		    (w->devices[i] = rootfs_open_device(&p->devices[i], e)) < 0)
			return -1;
	return attach_root(w, e);
}
