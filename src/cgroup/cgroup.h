/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup: where it is, entering it, killing and removing it.
 * v2 and v1 differ in how a process gets in: v2 is born in its cgroup by
 * CLONE_INTO_CGROUP, v1 is entered by init itself through the `tasks` file
 * (58 us; somebody else's pid in cgroup.procs costs 10 ms).
 *
 * Every path below a hierarchy is opened beneath its mount, without links. The
 * root cgroup is never a container's (security: G1).
 */
#ifndef CGROUP_CGROUP_H
#define CGROUP_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "host/host.h"
#include "spec/spec.h"

/* More hierarchies than the kernel has controllers. */
#define CGROUP_HIERARCHIES 32

struct cgroup_dir {
	const char *name;  /* of the hierarchy: "cpu,cpuacct", "" for v2 */
	const char *mount; /* "/sys/fs/cgroup/cpu,cpuacct" */
	const char *path;  /* below the mount: "/web1" */
};

struct cgroup_plan {
	enum cgroup_mode mode;
	const struct cgroup_dir *dirs;
	size_t dir_count;
	bool required; /* the config names a path: failing to make it is an error */
	bool tolerant; /* the caller is an ordinary user: without a path, no cgroup will
			  do */
};

struct cgroup_facts {
	const char *id;
	bool rootless; /* --rootless, or what it defaults to */
};

/* Pure. */
int cgroup_plan(struct cgroup_plan *p, const struct spec *s, const struct host *h,
		const struct cgroup_facts *facts, struct arena *a, struct err *e);

/* Open descriptors by which a new process gets in. */
struct cgroup_doors {
	int v2;                        /* for CLONE_INTO_CGROUP; -1 if there is none */
	int tasks[CGROUP_HIERARCHIES]; /* v1: open `tasks` files */
	size_t task_count;
};

/* Runs: inside, first of all. Enters the v1 hierarchies. */
int cgroup_enter(const struct cgroup_doors *doors, struct err *e);
void cgroup_close(struct cgroup_doors *doors);

/* ---- host: one create in flight ---- */

struct cgroup {
	const struct cgroup_plan *plan;
	bool made[CGROUP_HIERARCHIES];      /* per directory: it exists and is ours */
	size_t climbed[CGROUP_HIERARCHIES]; /* per directory: how many components we made,
					       to undo a failure */
	struct cgroup_doors doors;
	struct err left_out; /* why one of them was left out; "" if none was */
};

/*
 * Makes the directories and opens their doors; refuses a cgroup that has
 * processes or is frozen. Where the plan tolerates it, what may not be made is
 * left out. On failure nothing stays.
 */
int cgroup_make(struct cgroup *c, const struct cgroup_plan *p, struct err *e);

/* Removes what cgroup_make() made. */
void cgroup_undo(struct cgroup *c);

/* Hierarchy → absolute directory, of those that exist: what state.json keeps. */
struct pairs cgroup_paths(const struct cgroup *c, struct arena *a);

/* ---- by the recorded paths ---- */

/*
 * Opens the doors for one more process. subs: controller ("" for all) → path
 * below the container's cgroup, from `exec --cgroup`.
 */
int cgroup_open(struct cgroup_doors *doors, struct pairs paths, struct pairs subs,
		struct err *e);

/*
 * v2: the directory, the container's or one below it, that this process is in now.
 * Found by looking from the container's downwards, so it cannot lead elsewhere. The
 * caller owns it.
 */
int cgroup_open_below(struct pairs paths, pid_t pid, struct err *e);

/* Is it there and told to stand still? Anything that cannot be read counts as no. */
bool cgroup_is_frozen(struct pairs paths);

/* Freezes all in it and waits until they stand still; what cannot be frozen runs on. */
int cgroup_set_frozen(struct pairs paths, bool frozen, struct err *e);

/* Pids in it and below it. The caller frees *pids. -1 with e->sys ENOENT if it is gone.
 */
int cgroup_pids(struct pairs paths, pid_t **pids, size_t *n, struct err *e);

/* SIGKILL to all in it, also if it is frozen. */
int cgroup_kill(struct pairs paths, struct err *e);

/* Lets a frozen cgroup run on: a v1 process that is frozen does not die. */
void cgroup_thaw(struct pairs paths);

/* Removes the directories and all below them; waits up to a second for the last process
 * to go. */
int cgroup_remove(struct pairs paths, struct err *e);

/* Removes those that have neither processes nor cgroups in them; the others may be
 * somebody else's. */
void cgroup_remove_empty(struct pairs paths);

#endif
