/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runc asks of runc-systemd, the only program of ours that speaks to systemd: one
 * order on its stdin, one answer on its stdout, both JSON, one of each a process. If
 * it fails, its exit status is 1, or 2 if systemd may go on with what was asked, and
 * the reason stands on its stderr. Before the answer it says UNIT_ACCEPTED, on a line of its
 * own, as soon as systemd has given the name to the unit that it was told to start: from
 * then on what has it is ours to stop. Shared by src/cgroup/systemd.c and helpers/systemd.
 */
#ifndef CGROUP_UNIT_H
#define CGROUP_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/names.h"

#define UNIT_HELPER "runc-systemd"
#define UNIT_ACCEPTED "accepted\n"

/* So long systemd has for one job. */
#define UNIT_JOB_SECONDS 30

enum unit_op {
	UNIT_START = 1, /* a transient unit with these properties; when its job is done */
	UNIT_STOP, /* ends what is in it; also forgets that it failed; when it is gone */
	/* as stop, if it is active and nobody is in it; else forgets that it failed, if
	 * it did: whoever has the name now feels nothing */
	UNIT_SWEEP,
	UNIT_SET,    /* these properties, until it ends */
	UNIT_ATTACH, /* these pids, into its cgroup or one below */
};

extern const struct name unit_ops[];

struct unit_property {
	const char *name;
	const char *value; /* GVariant text: "uint64 7" */
	uint32_t since; /* the first systemd that knows it: left out of older ones. 0: all */
};

struct unit_properties {
	const struct unit_property *v;
	size_t n;
};

struct unit_order {
	int op;    /* enum unit_op */
	bool user; /* the manager is the caller's own, not the machine's */
	const char *unit;
	struct unit_properties properties;
	LIST(uint32_t) pids;    /* attach */
	const char *sub_cgroup; /* attach: "/" is the unit's own */
};

struct unit_answer {
	const char *control_group; /* start, of a slice: where systemd has put it; NULL */
};

extern const struct table unit_order_table, unit_answer_table;

#endif
