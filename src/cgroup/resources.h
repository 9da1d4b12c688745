/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources as what is written where. Planning is pure and knows all
 * drivers; applying goes by the directories that a container has, whoever made
 * them. Devices are not here.
 */
#ifndef CGROUP_RESOURCES_H
#define CGROUP_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "cgroup/unit.h"
#include "spec/spec.h"

/* One write(2). The controller is the part of the file's name before the first dot. */
struct limit_write {
	const char *field; /* below linux.resources: "memory.limit", "unified.memory.max" */
	const char *file, *value;
	const char *or_file, *or_value; /* where this kernel has no such file; NULL */
	const char *key; /* the line of the file that this is, as "8:0"; NULL: all of it */
	const char *unset; /* with key: what takes the line away again */
	bool optional;     /* without the file it is so anyway */
	bool patient;      /* EINVAL may only mean that another must be written first */
	bool read_back;    /* the kernel keeps to a range and does not say so */
};

struct resources_plan {
	bool v2;
	LIST(struct limit_write) writes;   /* in the order that suits most kernels */
	struct unit_properties properties; /* only for systemd */
	bool needs_domain; /* v2: has limits that a threaded cgroup cannot have */
	/* v2: refuse a limit that is used up already; 0: do not look */
	int64_t check_limit, check_memsw;
};

struct resources_facts {
	bool v2;      /* false: v1, also where a v2 hierarchy is beside it */
	bool systemd; /* it keeps the unit's limits: ours must be such as it can have */
	bool quiet;   /* no warnings: they were said when this was planned for real */
};

/* Pure, but for warnings. r may be NULL: no limits. */
int resources_plan(struct resources_plan *p, const struct spec_resources *r,
		   const struct resources_facts *facts, struct arena *a, struct err *e);

/* cpu.shares (2 to 262144) as cpu.weight (1 to 10000): exact, the same on every machine.
 * 0 is 0. */
uint64_t resources_weight(uint64_t shares);

/* ---- applying: Runs: host ---- */

/* What has been overwritten, to be put back. Starts as {0}; memory is the arena's. */
struct resources_journal {
	struct resources_old {
		const char *dir, *file, *value;
	} * v;
	size_t n, size;
};

struct resources_place {
	struct pairs paths;  /* hierarchy → directory, as in state.json */
	bool tolerant;       /* the caller is an ordinary user */
	const char *why_not; /* why there is no directory, if it is known; NULL */
};

/*
 * Whether they may be applied as things are, where no file can tell: the kernel kills for
 * a memory.max below what is used. resources_apply() asks too; this is for before systemd
 * is told.
 */
int resources_check(const struct resources_plan *p, const struct resources_place *at,
		    struct err *e);

/*
 * Writes all of it, or says what could not be written, and why. A journal, if
 * not NULL, has the old values also after a failure.
 */
int resources_apply(const struct resources_plan *p, const struct resources_place *at,
		    struct resources_journal *j, struct arena *a, struct err *e);

/* Puts the old values back, the last first. -1 if one of them could not be. */
int resources_undo(const struct resources_journal *j, struct err *e);

/*
 * v2: hands all controllers of this directory on to those below it, as far as it may be.
 * -1 with errno if none could be, which is no failure as long as no limit needs one.
 */
int resources_enable_below(int dir);

/*
 * v2, for a cgroup that others made: has those above it hand down what these limits need
 * and it does not have (systemd knows nothing of hugetlb and rdma).
 */
void resources_hand_down(const struct resources_plan *p, const char *mount,
			 const char *path);

#endif
