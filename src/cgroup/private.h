/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUP_PRIVATE_H
#define CGROUP_PRIVATE_H

#include "cgroup/cgroup.h"

/* Opens a path beneath a cgroup directory: no links, no mounts on the way. -1 with errno.
 */
int cgroup_open_at(int dir, const char *path, int flags);

/* Opens a recorded directory; refused if it is not in a cgroup file system or is its
 * root. */
int cgroup_open_dir(const char *path, struct err *e);

/* Are there cgroups below it? */
bool cgroup_has_children(int dir);

/* Reads a small file; -1 with errno. */
int cgroup_read(int dir, const char *file, struct text *out);

int cgroup_write(int dir, const char *file, const char *value);

/* "key value" lines, as in cgroup.events. False if the key is not there. */
bool cgroup_find_key(const char *text, const char *key, long long *value);

/* The recorded path of a hierarchy that has this controller ("" for v2); NULL. */
const char *cgroup_find_path(struct pairs paths, const char *controller);

#endif
