/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a manager of systemd's, and calls to it. Errors say what systemd
 * said, as it said it.
 */
#ifndef SYSTEMD_BUS_H
#define SYSTEMD_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/err.h"
#include "cgroup/unit.h"

struct bus {
	sd_bus *bus;
	bool direct;          /* to the manager itself, by no bus */
	unsigned int version; /* of systemd; 0: it did not tell */
	sd_bus_error error;   /* of the last call that failed */
};

/*
 * The machine's manager, or the caller's own: by the manager's own socket, which is half
 * the way, or else by the system's or the session's bus. DBUS_SYSTEM_BUS_ADDRESS is
 * obeyed first. Waits while there is no place for more connections.
 */
int bus_open(struct bus *b, bool user, struct err *e);

/* b->version; it takes a call. */
int bus_ask_version(struct bus *b, struct err *e);
void bus_close(struct bus *b);

/* A call of the manager's, to be filled. The caller unrefs. */
int bus_new_call(struct bus *b, const char *method, sd_bus_message **m, struct err *e);

/* *reply may be NULL. */
int bus_call(struct bus *b, sd_bus_message *m, sd_bus_message **reply, struct err *e);

/* Did the last call fail because of this? "UnitExists". */
bool bus_failed_by(const struct bus *b, const char *name);

/* A call with a unit's name alone. */
int bus_call_unit(struct bus *b, const char *method, const char *unit, struct err *e);

/* ---- jobs ---- */

/* Before the call whose job is to be waited for: what is told earlier would be missed. */
struct bus_job {
	const char *path;
	char result[32]; /* "done", "failed" …; "" as long as it is not known */
	sd_bus_slot *slot;
};
int bus_watch_jobs(struct bus *b, struct bus_job *job, struct err *e);

/* Waits for job->path: 1 there is a result, 0 too late, -1. */
int bus_wait_job(struct bus *b, struct bus_job *job, int seconds, struct err *e);

/* ---- helpers/systemd/append.c ---- */

/* Properties as a(sv), without those that this systemd is too old for; *n: how many. */
int bus_append_properties(sd_bus_message *m, struct unit_properties all,
			  unsigned int version, size_t *n, struct err *e);

#endif
