/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_EXEC_H
#define CONTAINER_EXEC_H

#include "container/container.h"
#include "container/found.h"
#include "container/launch.h"
#include "container/plan.h"

/* The plan for one more process: of the container but for what the options say. */
int exec_plan(struct plan *p, const struct found *f, const struct exec_options *o,
	      struct arena *a, struct err *e);

/* --cgroup words: controller ("" for all) → path below the container's cgroup. Pure. */
int exec_parse_cgroups(struct strings words, struct pairs *out, struct arena *a,
		       struct err *e);

/* Has systemd take the process, which waits, into the container's unit, if it could not
 * go there by itself. */
int exec_attach(struct launch *l, struct err *e);

#endif
