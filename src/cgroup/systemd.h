/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cgroups that systemd manages: what it is to be told of a container's unit, and
 * telling it, by runc-systemd. That is a process a call: so runc itself loads no
 * library for it, and whoever does not use it pays nothing.
 */
#ifndef CGROUP_SYSTEMD_H
#define CGROUP_SYSTEMD_H

#include <sys/types.h>

#include "cgroup/cgroup.h"
#include "cgroup/devices.h"
#include "cgroup/resources.h"

/*
 * What the unit has from its start, for unit->properties: limits, device rules unless
 * they come late, what the annotations "org.systemd.property.*" add. Pure, but for
 * warnings.
 */
struct unit_facts {
	bool v2;
	bool late_devices;
	const struct devices_plan *devices;
	const struct resources_plan *resources;
};
int unit_plan(struct unit_properties *out, const struct cgroup_unit *unit,
	      const struct spec *s, const struct unit_facts *facts, struct arena *a,
	      struct err *e);

/* Pure. */
struct unit_properties unit_device_properties(const struct devices_plan *p,
					      struct arena *a);

/* What takes back an update: what was planned before, or systemd's default. Pure. */
struct unit_properties unit_old_properties(struct unit_properties now,
					   struct unit_properties before, struct arena *a);

/* ---- host ---- */

/* How runc-systemd is started. */
struct unit_caller {
	const char *helper; /* its absolute path */
	char *const *env;   /* where its bus is */
	bool user;
	int cancel; /* when this descriptor is readable, give up; -1 */
};

/* After a failure: what is left? */
enum unit_doubt {
	UNIT_SURE, /* nothing of ours */
	UNIT_UNSURE, /* it may come to be yet, or have the name already, or another has it */
	UNIT_OURS, /* systemd gave the name to ours; it may be there */
};

/*
 * Starts the unit around a process that waits, or without one. *control_group is where
 * the manager has a slice; NULL for a scope.
 */
int unit_start(const struct unit_caller *c, const struct cgroup_unit *u, pid_t pid,
	       const char **control_group, enum unit_doubt *doubt, struct arena *a,
	       struct err *e);

/* Ends all that is in it. No unit of that name: done. */
int unit_stop(const struct unit_caller *c, const char *unit, struct arena *a,
	      struct err *e);

/*
 * Of one whose container is gone, or whose name another may have now: forgets that it
 * failed, which kept the name. If it is active and nobody is in it, ends it: systemd
 * believes in a scope whose process died while it was put there. No such unit: done.
 */
int unit_sweep(const struct unit_caller *c, const char *unit, struct arena *a,
	       struct err *e);

int unit_set(const struct unit_caller *c, const char *unit, struct unit_properties p,
	     struct arena *a, struct err *e);

/* Takes a process into the unit's cgroup, or that below it ("/": itself). */
int unit_attach(const struct unit_caller *c, const char *unit, const char *below,
		pid_t pid, struct arena *a, struct err *e);

#endif
