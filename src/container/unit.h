/* SPDX-License-Identifier: Apache-2.0 */
/* systemd, as a container's commands ask it: which manager, and the unit of a record.
 * Runs: host. */
#ifndef CONTAINER_UNIT_H
#define CONTAINER_UNIT_H

#include "cgroup/systemd.h"
#include "container/found.h"

/* How this caller asks the machine's systemd, or the caller's own manager. */
int unit_caller(struct unit_caller *out, const struct context *c, bool user,
		struct err *e);

/* Has the caller a manager of its own that could be asked? Asks nobody. */
bool unit_has_user_manager(void);

/* The unit of a container that exists, and who has it; NULL: it is none of systemd's. */
const char *unit_of_record(const struct record *r, struct arena *a);
int unit_caller_of_record(struct unit_caller *out, const struct context *c, struct err *e);

/*
 * A scope goes with its last process, and then its name, and its directory, may be given
 * to another container, of any root: of such a record all of that is taken out.
 */
void unit_forget_lost(struct record *r);

/* Ends it, if the container has one. That systemd cannot be asked any more is a warning:
 * a scope goes with its last process. */
void unit_end(const struct record *r, const struct context *c);

/*
 * Of a create that was killed before it had one, or may have had: a scope in which nobody
 * is, and a slice, which does not go by itself, if its cgroup was found empty.
 */
void unit_end_claimed(const struct record *r, const struct context *c, bool empty);

#endif
