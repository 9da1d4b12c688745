/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by descriptor (Linux 5.2; mount_setattr 5.12): made or cloned while
 * detached, configured, then attached to an open directory or file. Nothing
 * here takes a path below a container's root.
 */
#ifndef KERNEL_MOUNT_H
#define KERNEL_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A detached copy of the mount at dirfd/path (path "" for dirfd itself), with
 * everything below it if recursive. Needs CAP_SYS_ADMIN over the mount
 * namespace. Returns a descriptor the caller owns, -1 with errno.
 */
int mount_clone(int dirfd, const char *path, bool recursive);

struct fs_request {
	const char *type, *source;
	const char *data; /* "key=value,flag" as for mount(2); NULL for none */
	uint64_t attrs;   /* MOUNT_ATTR_* of the new mount */
	bool sync, dirsync, mandlock, lazytime, iversion; /* of the superblock */
};

/*
 * A new detached file system. The error quotes the file system's own words. The
 * caller owns the descriptor. A value that fsconfig(2) cannot carry (256 bytes
 * and more) is EMSGSIZE in e->sys: use mount_legacy().
 */
int mount_fs(const struct fs_request *req, struct err *e);

/* A detached overlay of three open directories; upper and work are of one file system.
 * Needs a /proc. The caller owns the descriptor. */
int mount_overlay(int lower, int upper, int work, uint64_t attrs, struct err *e);

/* mount(2) onto an open target by way of /proc, for what fsconfig cannot carry. */
int mount_legacy(const struct fs_request *req, unsigned long flags, int target,
		 struct err *e);

/* Attaches a detached (or moves an attached) mount onto the open target. -1 with errno.
 */
int mount_attach(int tree, int target);

/* Takes an attached mount away again, by its descriptor. -1 with errno. */
int mount_detach(int mount);

/* Sets and clears MOUNT_ATTR_* bits of the mount at fd; propagation 0 leaves it. -1 with
 * errno. */
int mount_set(int fd, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation);

/* Id-maps a detached mount by the maps of a user namespace. -1 with errno. */
int mount_idmap(int fd, bool recursive, int userns_fd);

/* Propagation of the mount at an absolute host path: MS_PRIVATE, MS_SLAVE… -1 with errno.
 */
int mount_propagation(const char *path, bool recursive, uint64_t propagation);

/* Makes the mount at the current directory the root of the namespace and drops the old
 * root. */
int mount_pivot_here(struct err *e);

#endif
