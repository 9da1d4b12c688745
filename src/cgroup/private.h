/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGROUP_PRIVATE_H
#define CGROUP_PRIVATE_H

#include "cgroup/cgroup.h"
#include "cgroup/resources.h"

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

/* Where what is beside the caller's own would be made; NULL: not visible. Pure. */
const char *cgroup_above_own(const struct host_hierarchy *h, struct arena *a);

/*
 * leaf.c: moves all processes of this cgroup into one below it, so that it can give
 * controllers to others below it. Only of a cgroup namespace's root that the caller may
 * manage: false if it is none, or if somebody does not go. The reason is logged.
 */
bool cgroup_move_to_leaf(int dir);

/* ---- the table of limits (limits.c) ---- */

struct planner;

struct limit {
	const char *field; /* below linux.resources; NULL: only by unified */
	int (*form)(struct planner *p, const struct limit *row, struct err *e);
	const char *v2, *v1;        /* files; NULL: that version has none */
	const char *unit, *unit_v1; /* properties of a systemd unit */
	const char *word;           /* in a line of the v2 file */
	unsigned int since;         /* the systemd that has the property */
};

extern const struct limit limits[]; /* ends where form is NULL */

#endif
