/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup: where it is, entering it, killing and removing it.
 * v2 and v1 differ in how a process gets in: v2 is born in its cgroup by
 * CLONE_INTO_CGROUP, v1 is entered by init itself through the `tasks` file
 * (58 us; somebody else's pid in cgroup.procs costs 10 ms). Where systemd manages
 * cgroups, the container's is a unit of systemd's: on v2 it is made around init when
 * that exists and waits, which an ordinary user needs (a login session's process may
 * not go below user@.service by itself, systemd can take it there).
 *
 * Every path below a hierarchy is opened beneath its mount, without links. The
 * root cgroup is never a container's (security: G1).
 */
#ifndef CGROUP_CGROUP_H
#define CGROUP_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "cgroup/unit.h"
#include "host/host.h"
#include "spec/spec.h"

/* More hierarchies than the kernel has controllers. */
#define CGROUP_HIERARCHIES 32

struct cgroup_dir {
	const char *name;  /* of the hierarchy: "cpu,cpuacct", "" for v2 */
	const char *mount; /* "/sys/fs/cgroup/cpu,cpuacct" */
	const char *path;  /* below the mount: "/web1" */
	bool by_systemd;   /* of a scope on v1: made by systemd, which also removes what
			      it finds empty there, so not by us before it */
};

/* The transient unit of systemd that is the container's cgroup. */
struct cgroup_unit {
	const char *name;  /* "runc-web1.scope" */
	const char *slice; /* "system.slice": where it is */
	const char *path;  /* below the manager's own: "/system.slice/runc-web1.scope" */
	const char *mount; /* of v2 */
	bool is_slice;     /* has no processes of its own at the start: made first, and
			      entered as if it were a directory of ours */
	bool user;         /* of the caller's own manager, not of the machine's */
	/* cgroupsPath as state.json has it */
	const char *parent, *prefix, *last;
	struct unit_properties properties; /* at its start, but for PIDs: unit_plan() */
};

struct cgroup_plan {
	enum cgroup_mode mode;
	const struct cgroup_unit *unit; /* NULL: systemd is not asked */
	/* none if it is a unit on v2 */
	const struct cgroup_dir *dirs;
	size_t dir_count;
	bool leaf; /* v2: the caller is in the root of its cgroup namespace, and a limit
		      needs that to be empty: those there go to a leaf of it */
	bool required; /* the config names a path: failing to make it is an error */
	bool tolerant; /* the caller is an ordinary user: without a path, no cgroup will
			  do */
};

struct cgroup_facts {
	const char *id;
	bool rootless; /* --rootless, or what it defaults to */
	bool limited;  /* the config has limits */
	bool systemd;  /* it is to be a unit, */
	bool user;     /* of the caller's own manager */
};

/* Pure. */
int cgroup_plan(struct cgroup_plan *p, const struct spec *s, const struct host *h,
		const struct cgroup_facts *facts, struct arena *a, struct err *e);

/* v2: may this caller make a cgroup beside its own, and move a process there? Looks only. */
bool cgroup_may_make(const struct host *h);

/* "runc-web1.scope" from cgroupsPath's second and third part. Pure. */
const char *cgroup_unit_name(const char *prefix, const char *last, struct arena *a);

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

/*
 * v2, of a unit: from here on the container's cgroup is that at path below the mount,
 * which somebody else made. On both sides of the clone. Pure.
 */
void cgroup_adopt(struct cgroup *c, const char *path, struct arena *a);

/*
 * An adopted one has this process and nobody else: whom systemd found there would be
 * limited and killed with it. One that is frozen would never let init go on.
 */
int cgroup_check_adopted(const struct cgroup *c, pid_t pid, struct err *e);

/*
 * v1, of a scope that is there: its directories are those that this process, which waits,
 * is in by now (text: its /proc/PID/cgroup); into those that systemd has left out it is
 * taken.
 */
int cgroup_adopt_v1(struct cgroup *c, const char *text, pid_t pid, struct err *e);

/*
 * v2: gives the directory and those files in it that the kernel says belong to whoever
 * manages cgroups below it (/sys/kernel/cgroup/delegate) to that user. Limits stay with
 * their owner.
 */
int cgroup_delegate(const char *path, uid_t uid, struct err *e);

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

/* v2: does it give controllers to those below it? Then it takes no process any more. */
bool cgroup_is_inner(struct pairs paths);

/*
 * The number of its directory (v1: of that which systemd knows), which no other has until
 * the next boot: what is later at the same path may be another's. 0: it is not there.
 */
uint64_t cgroup_inode(struct pairs paths);

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
 * somebody else's. Is none left? */
bool cgroup_remove_empty(struct pairs paths);

#endif
