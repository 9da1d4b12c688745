/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths below a root that an image controls. Every lookup is one openat2(2)
 * scoped to the root's descriptor (Linux 5.6): links stay inside, magic links
 * are refused, and what exists may change between any two calls. The only
 * opener of paths below a root file system (CVE-2021-30465, CVE-2024-45310).
 */
#ifndef KERNEL_BENEATH_H
#define KERNEL_BENEATH_H

#include <sys/types.h>

#include "base/err.h"

/*
 * Opens path as if root were "/". O_CLOEXEC is added. Returns a descriptor that
 * the caller owns, -1 with errno.
 */
int beneath_open(int root, const char *path, int flags);

/* The same, but no component may be a symbolic link. */
int beneath_open_nolink(int root, const char *path, int flags);

/*
 * Opens (O_PATH) the directory, or for make_file the file, and makes what is
 * missing of it: directories with this mode, the file empty with 0644. A
 * dangling link is followed inside the root. The caller owns the descriptor.
 */
int beneath_make_dir(int root, const char *path, mode_t mode, struct err *e);
int beneath_make_file(int root, const char *path, struct err *e);

/*
 * Opens (and makes) the directory that holds the last component of path; *name
 * points to that component inside path. For mknodat, symlinkat and unlinkat.
 */
int beneath_make_parent(int root, const char *path, const char **name, struct err *e);

#endif
