/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each mount in its turn: find or make the target below the root, configure the
 * mount while it is detached, attach it by descriptor.                Runs: inside
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/beneath.h"
#include "kernel/compat.h"
#include "kernel/mount.h"
#include "rootfs/private.h"

#define PROC_ROOT_INO 1

/* ---- which targets are allowed ---- */

struct place {
	uint64_t mount, dev, ino;
};

static int place_of(int fd, struct place *p)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &st) < 0)
		return -1;
	p->mount = st.stx_mnt_id;
	p->dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	p->ino = st.stx_ino;
	return 0;
}

static bool same_place(int a, int b)
{
	struct place x, y;

	return place_of(a, &x) == 0 && place_of(b, &y) == 0 && x.mount == y.mount &&
	       x.dev == y.dev && x.ino == y.ino;
}

static bool is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

static bool is_proc_root(int fd)
{
	struct stat st;

	return is_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INO;
}

/* What lxcfs and the like may replace; not net/dev (security: B5). */
static const char *const proc_files[] = {
	"cpuinfo",
	"diskstats",
	"meminfo",
	"stat",
	"swaps",
	"uptime",
	"loadavg",
	"slabinfo",
	"sys/kernel/ns_last_pid",
	"sys/crypto/fips_enabled",
};

static bool is_allowed_proc_file(int root, int target)
{
	for (size_t i = 0; i < COUNT(proc_files); i++) {
		char path[64];
		OWN_FD fd = -1;

		snprintf(path, sizeof(path), "proc/%s", proc_files[i]);
		fd = beneath_open_nolink(root, path, O_PATH);
		if (fd >= 0 && same_place(fd, target))
			return true;
	}
	return false;
}

/*
 * Over /proc only a procfs, below it only a short list: anything else could take
 * the labels and settings that we write there (CVE-2019-16884). Decided by what
 * the target is, not by how its path is spelled.
 */
int rootfs_check_target(const struct rootfs_work *w, const struct mount_plan *m,
			int source, int target, struct err *e)
{
	OWN_FD proc = beneath_open_nolink(w->root, "proc", O_PATH | O_DIRECTORY);

	if (same_place(w->root, target))
		return err_set(e, "mountpoint \"%s\" is on the top of rootfs \"%s\"",
			       m->destination, w->plan->path);
	if (proc >= 0 && same_place(proc, target)) {
		bool is_proc =
			source >= 0 ? is_proc_root(source) : strcmp(m->type, "proc") == 0;

		if (!is_proc)
			return err_set(e,
				       "\"%s\" cannot be mounted because it is not of type proc",
				       m->destination);
		return 0;
	}
	if (is_procfs(target) && !is_allowed_proc_file(w->root, target))
		return err_set(e, "\"%s\" cannot be mounted because it is inside /proc",
			       m->destination);
	return 0;
}

static bool wants_ordinary_directory(const struct mount_plan *m)
{
	return m->kind == MOUNT_NEW &&
	       (strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0);
}

/* proc and sysfs through a link would leave /proc itself unmasked (CVE-2019-19921,
 * -2023-27561). */
static int open_ordinary_directory(const struct rootfs_work *w,
				   const struct mount_plan *m, struct err *e)
{
	int fd = beneath_open_nolink(w->root, m->destination, O_PATH | O_DIRECTORY);

	if (fd < 0 && errno == ENOENT) {
		OWN_FD made = beneath_make_dir(w->root, m->destination, 0755, e);

		if (made < 0)
			return -1;
		fd = beneath_open_nolink(w->root, m->destination, O_PATH | O_DIRECTORY);
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(e,
			       "filesystem \"%s\" must be mounted on ordinary directory",
			       m->type);
	return fd < 0 ? err_sys(e, "open %s", m->destination) : fd;
}

static int make_target(const struct rootfs_work *w, const struct mount_plan *m,
		       int source, struct err *e)
{
	struct stat st;
	OWN_FD fd = -1;
	bool dir = true;

	if (source >= 0) {
		if (fstat(source, &st) < 0)
			return err_sys(e, "stat %s", m->source);
		dir = S_ISDIR(st.st_mode);
	}
	fd = wants_ordinary_directory(m) ? open_ordinary_directory(w, m, e) :
	     dir ? beneath_make_dir(w->root, m->destination, 0755, e) :
		   beneath_make_file(w->root, m->destination, e);
	if (fd < 0)
		return err_in(e, "create mountpoint for %s mount", m->destination);
	return rootfs_check_target(w, m, source, fd, e) < 0 ? -1 : fd_take(&fd);
}

/* ---- making mounts ---- */

static unsigned long ms_flags(const struct mount_plan *m)
{
	static const struct {
		uint64_t attr;
		unsigned long ms;
	} bits[] = {
		{ MOUNT_ATTR_RDONLY, MS_RDONLY },
		{ MOUNT_ATTR_NOSUID, MS_NOSUID },
		{ MOUNT_ATTR_NODEV, MS_NODEV },
		{ MOUNT_ATTR_NOEXEC, MS_NOEXEC },
		{ MOUNT_ATTR_NOATIME, MS_NOATIME },
		{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME },
		{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME },
	};
	unsigned long flags =
		(m->sync ? MS_SYNCHRONOUS : 0) | (m->dirsync ? MS_DIRSYNC : 0) |
		(m->lazytime ? MS_LAZYTIME : 0) | (m->iversion ? MS_I_VERSION : 0) |
		(m->mandlock ? MS_MANDLOCK : 0);

	for (size_t i = 0; i < COUNT(bits); i++)
		if (m->set & bits[i].attr)
			flags |= bits[i].ms;
	return flags;
}

/* tmpfs without mode= takes over the mode of a directory that is there; a new one gets
 * the kernel's 1777. */
static void add_mode(const struct mount_plan *m, int existing, struct text *data)
{
	struct stat st;

	if (m->has_mode || strcmp(m->type, "tmpfs") != 0 || existing < 0 ||
	    fstat(existing, &st) < 0)
		return;
	text_printf(data, "%smode=%o", data->len ? "," : "", st.st_mode & 07777);
}

/* The SELinux context goes to file systems that have no labels of their own. */
static void add_label(const struct rootfs_work *w, const struct mount_plan *m,
		      struct text *data)
{
	if (w->plan->mount_label && !wants_ordinary_directory(m) &&
	    strcmp(m->type, "mqueue") != 0)
		text_printf(data, "%scontext=\"%s\"", data->len ? "," : "",
			    w->plan->mount_label);
}

/* What the kernel forbids in a user namespace is replaced by the host's own, read-only
 * (F5). */
static int substitute(const struct mount_plan *m, struct err *e)
{
	OWN_FD tree = mount_clone(AT_FDCWD, m->substitute, true);

	if (tree < 0)
		return -1;
	log_debug("%s may not be mounted here: binding %s instead", m->type,
		  m->substitute);
	if (mount_set(tree, true, m->set | MOUNT_ATTR_RDONLY,
		      m->set & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0, MS_SLAVE) < 0)
		return err_sys(e, "make %s read-only", m->substitute);
	return fd_take(&tree);
}

/* A new file system. Attached to target; returns its descriptor. */
static int new_fs(const struct rootfs_work *w, const struct mount_plan *m, int existing,
		  int target, struct err *e)
{
	OWN_TEXT data = { 0 };
	struct fs_request req = {
		.type = m->type,
		.source = m->source,
		.attrs = m->set,
		.sync = m->sync,
		.dirsync = m->dirsync,
		.mandlock = m->mandlock,
		.lazytime = m->lazytime,
		.iversion = m->iversion,
	};
	OWN_FD fs = -1;

	text_add(&data, m->data ? m->data : "");
	add_mode(m, existing, &data);
	add_label(w, m, &data);
	req.data = text_str(&data);
	fs = mount_fs(&req, e);
	if (fs < 0 && e->sys == EMSGSIZE) {
		if (mount_legacy(&req, ms_flags(m), target, e) < 0)
			return -1;
		fs = beneath_open(w->root, m->destination, O_PATH);
		return fs < 0 ? err_sys(e, "open %s", m->destination) : fd_take(&fs);
	}
	if (fs < 0 && m->substitute && (e->sys == EPERM || e->sys == EACCES))
		fs = substitute(m, e);
	if (fs < 0)
		return -1;
	if (m->copy_up && existing >= 0 && rootfs_copy_up(existing, fs, e) < 0)
		return err_in(e, "tmpcopyup");
	if (mount_attach(fs, target) < 0)
		return err_sys(e, "attach");
	return fd_take(&fs);
}

static int set_recursive_flags(const struct mount_plan *m, int tree, struct err *e)
{
	if ((m->rec_set | m->rec_clear) &&
	    mount_set(tree, true, m->rec_set, m->rec_clear, 0) < 0)
		return err_sys(e, "set mount flags recursively");
	return 0;
}

#define LOCKABLE_FLAGS                                                                   \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define TIME_FLAGS (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

uint64_t rootfs_bind_clears(const struct mount_plan *m)
{
	uint64_t times =
		rootfs_asks_time(m) || m->set & MOUNT_ATTR_NODIRATIME ? TIME_FLAGS : 0;

	return (m->clear & ~(uint64_t)TIME_FLAGS) | times |
	       (MOUNT_ATTR_NOSYMFOLLOW & ~m->set);
}

/*
 * A bind with no flags keeps those of its source. With any flag it gets exactly
 * the ones that were asked for, as a remount by mount(8) has it: of the times all
 * if one is asked for, and else none. Flags which the kernel locked stay, unless
 * the config asks to clear those.
 */
static int set_flags(const struct mount_plan *m, int tree, struct err *e)
{
	uint64_t clear = rootfs_bind_clears(m);

	if ((m->set | m->clear) &&
	    mount_set(tree, false, m->set, clear | (LOCKABLE_FLAGS & ~m->set), 0) < 0) {
		if (errno != EPERM)
			return err_sys(e, "set mount flags");
		if (mount_set(tree, false, m->set, clear, 0) < 0)
			return err_sys(e, "cannot clear locked flags");
	}
	return set_recursive_flags(m, tree, e);
}

static int bind(const struct mount_plan *m, int source, int target, struct err *e)
{
	if (set_flags(m, source, e) < 0)
		return -1;
	return mount_attach(source, target) < 0 ? err_sys(e, "attach") : 0;
}

/* A source below the root file system, as it is now, earlier mounts included. */
static int open_inside(const struct rootfs_work *w, const struct mount_plan *m,
		       struct err *e)
{
	OWN_FD path = beneath_open(w->root, m->source + strlen(w->plan->path), O_PATH);
	int tree = path < 0 ? -1 : mount_clone(path, "", m->recursive);

	return tree < 0 ? err_sys(e, "open %s", m->source) : tree;
}

static int set_propagation(const struct mount_plan *m, int fd, struct err *e)
{
	for (size_t i = 0; i < m->propagation_count; i++)
		if (mount_set(fd, m->propagation[i] & MS_REC, 0, 0,
			      m->propagation[i] & ~(uint64_t)MS_REC) < 0)
			return err_sys(e, "set propagation");
	return 0;
}

static int mount_one(struct rootfs_work *w, size_t i, const struct cgroup_view *cgroup,
		     struct err *e)
{
	const struct mount_plan *m = &w->plan->mounts[i];
	OWN_FD existing = beneath_open(w->root, m->destination, O_PATH | O_DIRECTORY);
	OWN_FD fd = fd_take(&w->sources[i]);
	OWN_FD target = -1;
	struct place place;

	if (m->kind == MOUNT_INSIDE && (fd = open_inside(w, m, e)) < 0)
		return -1;
	target = make_target(w, m, fd, e);
	if (target < 0)
		return -1;
	switch (m->kind) {
	case MOUNT_BIND:
	case MOUNT_INSIDE:
		if (bind(m, fd, target, e) < 0)
			return -1;
		if (place_of(fd, &place) < 0)
			return err_sys(e, "stat the mount");
		w->binds[w->bind_count++] = place.mount;
		break;
	case MOUNT_CGROUP:
		if (rootfs_mount_cgroup(m, cgroup, target, &fd, e) < 0)
			return -1;
		if (set_recursive_flags(m, fd, e) < 0)
			return -1;
		break;
	case MOUNT_NEW:
		fd = new_fs(w, m, existing, target, e);
		if (fd < 0)
			return -1;
		if ((m->rec_set | m->rec_clear) &&
		    mount_set(fd, true, m->rec_set, m->rec_clear, 0) < 0)
			return err_sys(e, "set mount flags recursively");
		break;
	}
	if (set_propagation(m, fd, e) < 0)
		return -1;
	if (m->read_only_late)
		w->late[i] = fd_take(&fd);
	return 0;
}

int rootfs_mount_all(struct rootfs_work *w, const struct cgroup_view *cgroup,
		     struct err *e)
{
	for (size_t i = 0; i < w->plan->mount_count; i++)
		if (!w->plan->mounts[i].if_possible && mount_one(w, i, cgroup, e) < 0)
			return rootfs_mount_failed(&w->plan->mounts[i], e);
	return 0;
}
