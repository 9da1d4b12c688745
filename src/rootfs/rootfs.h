/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the container sees as "/": mounts, device nodes, hidden paths, the new
 * root. The image is hostile before, during and after: every path below it is
 * found by descriptor (kernel/beneath), every mount is configured while detached
 * and attached to an open target, and nothing of the image is ever a source.
 */
#ifndef ROOTFS_ROOTFS_H
#define ROOTFS_ROOTFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/text.h"
#include "host/host.h"
#include "spec/spec.h"

enum mount_kind {
	MOUNT_NEW,    /* a new file system */
	MOUNT_BIND,   /* a host path */
	MOUNT_INSIDE, /* a bind of a path below the root file system: order matters, links
			 stay inside */
	MOUNT_CGROUP,
};

enum mount_idmap {
	IDMAPPED_NO,
	IDMAPPED_CONTAINER, /* by the container's user namespace */
	IDMAPPED_OWN,       /* by maps of its own */
};

struct mount_plan {
	enum mount_kind kind;
	const char *destination; /* as the config says it, for messages */
	const char *source, *type, *data;
	bool recursive;      /* rbind */
	uint64_t set, clear; /* MOUNT_ATTR_*, asked for by name */
	uint64_t rec_set, rec_clear;
	const uint64_t
		*propagation; /* MS_SHARED…, with MS_REC, in the order of the options */
	size_t propagation_count;
	bool sync, dirsync, mandlock, lazytime, iversion;
	bool copy_up;        /* tmpcopyup */
	bool read_only_late; /* must be writable until all mount points are made */
	bool has_mode;       /* tmpfs: mode= was given */
	enum mount_idmap idmap;
	bool idmap_recursive;
	struct spec_idmaps uids, gids;
	const char *substitute; /* bind this host path if the kernel forbids the file
				   system */
};

struct device_plan {
	const char *path;
	mode_t type; /* S_IFCHR, S_IFBLK, S_IFIFO */
	unsigned int major, minor;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool from_host; /* bind the host's node of this path: a user namespace may not
			   mknod */
};

struct rootfs_plan {
	const char *path;     /* absolute, without links */
	bool mount_namespace; /* else: mounts are made on the host, and we chroot */
	bool read_only;
	bool no_pivot;
	uint64_t propagation; /* of "/" while we work: MS_SLAVE | MS_REC unless the config
				 asks */
	uint64_t root_propagation; /* of the new "/": MS_SHARED or MS_UNBINDABLE, with
				      MS_REC; or 0 */
	const struct mount_plan *mounts;
	size_t mount_count;
	const struct device_plan *devices;
	size_t device_count;
	bool make_dev; /* nodes and links in /dev, which is not the user's bind */
	struct strings masked, read_only_paths;
	const char *mount_label; /* SELinux */
};

struct rootfs_facts {
	const char *bundle; /* absolute */
	const char *rootfs; /* absolute, without links: rootfs_resolve() */
	bool userns;        /* the container is in one */
	bool new_userns;
	struct spec_idmaps gids; /* of a new one */
	bool no_pivot;
};

/*
 * The absolute path of root.path, which must be a directory, reached without
 * links, and not the host's own root. Runs: host.
 */
const char *rootfs_resolve(const char *path, const char *bundle, struct arena *a,
			   struct err *e);

/* Pure. */
int rootfs_plan(struct rootfs_plan *p, const struct spec *s,
		const struct rootfs_facts *facts, struct arena *a, struct err *e);

/* Options of one mount, from words to bits. Pure. */
int rootfs_parse_options(struct mount_plan *m, struct strings options, struct arena *a,
			 struct err *e);

/* The shortest list of words that comes to the same bits; data apart. Pure. */
void rootfs_print_options(const struct mount_plan *m, struct text *out);

extern const struct name propagation_words[]; /* "rslave" … by MS_SLAVE | MS_REC … */

/* All words that rootfs_parse_options() knows, sorted, for `features`. */
struct strings rootfs_option_words(struct arena *a);

/* ---- descriptors that live from clone to pivot ---- */

struct rootfs_work {
	int root; /* the root file system, attached */
	int null; /* the host's own /dev/null: a detached clone; later the first mask */
	int *sources; /* one per mount, -1 if it has none (yet) */
	int *devices; /* one per device, -1 */
	int *late;    /* mounts that get read-only last, -1 */
	uint64_t *binds; /* ids of the binds that were attached: what is the user's, not ours */
	size_t bind_count;
	const struct rootfs_plan *plan;
};

/*
 * Runs: host, before the clone. Clones what only the host's privilege reaches:
 * the trees of idmapped mounts. Init inherits the descriptors.
 */
int rootfs_open_host(struct rootfs_work *w, const struct rootfs_plan *p, struct err *e);

/* Runs: host, once the ids of that user namespace are mapped: for one mount with .idmap.
 */
int rootfs_idmap(struct rootfs_work *w, size_t mount, int userns_fd, struct err *e);

/* Runs: host, on init's request: opens a source that init may not reach. The caller owns
 * it. */
int rootfs_open_source(const struct mount_plan *m, struct err *e);

void rootfs_close(struct rootfs_work *w);

/*
 * Without a mount namespace of its own the container's mounts are made on the host,
 * below its root, on a mount of ours over it; rootfs_unmount_host() takes that away
 * again, and none that was there before (its id, asked for in time). path is that of
 * rootfs_resolve(). Runs: host.
 */
bool rootfs_mounts_on_host(const struct rootfs_plan *p);
int rootfs_mount_id(const char *path, uint64_t *id);
int rootfs_unmount_host(const char *path, uint64_t before, struct err *e);

/* ---- inside, in this order ---- */

struct rootfs_asker {
	int (*source)(void *data, size_t index, struct err *e); /* a descriptor, -1 */
	void *data;
};

/*
 * With the caller's own ids and groups, before anything of the container is
 * mounted: cuts propagation to the host, clones all bind sources and the root.
 */
int rootfs_open_sources(struct rootfs_work *w, const struct rootfs_asker *ask,
			struct err *e);

/* How type "cgroup" is to be shown. */
struct cgroup_view {
	enum cgroup_mode mode;
	bool own_namespace;
	const struct cgroup_view_dir {
		const char *name; /* "cpu,cpuacct"; "" on v2 */
		const char *path; /* host path of the container's own cgroup (or of the
				     hierarchy) */
	} * dirs;
	size_t dir_count;
};

int rootfs_mount_all(struct rootfs_work *w, const struct cgroup_view *cgroup,
		     struct err *e);
int rootfs_make_devices(struct rootfs_work *w, struct err *e);

/* Binds the terminal's other end (an open pts) to /dev/console. */
int rootfs_bind_console(struct rootfs_work *w, int pts, struct err *e);

/* Makes the root file system "/" and leaves the host's. cwd is then "/". */
int rootfs_enter(struct rootfs_work *w, struct err *e);

/* After rootfs_enter(): read-only paths and masks, and nothing is mounted after them
 * (B7). */
int rootfs_hide(struct rootfs_work *w, struct err *e);

/* rootfsPropagation, where it is of the new root: last, since what is unbindable can be
 * neither bound nor made read-only. */
int rootfs_set_propagation(struct rootfs_work *w, struct err *e);

/* Read-only at last: tmpfs mounts, /dev, the root. */
int rootfs_make_read_only(struct rootfs_work *w, struct err *e);

#endif
