/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup in the story of a create. Runs: host. */
#ifndef CONTAINER_CGROUPS_H
#define CONTAINER_CGROUPS_H

#include "container/launch.h"

/* ---- steps ---- */

int cgroups_make(struct launch *l, struct err *e);
void cgroups_remove(struct launch *l); /* its undo; of a unit too */

/* Limits and device rules: init is born with them. Of a unit that is yet to be: nothing. */
int cgroups_limit(struct launch *l, struct err *e);

/* Device rules that the container's mounts had to wait for. */
int cgroups_limit_devices(struct launch *l, struct err *e);

/*
 * A unit that is made around a process: around this one, which waits, and is limited when
 * it goes on. l->unit_path is then where it is (v2).
 */
int cgroups_enter_unit(struct launch *l, pid_t pid, struct err *e);

#endif
