/* SPDX-License-Identifier: Apache-2.0 */
/* A container that exists: opened by id, looked at, taken away. Runs: host. */
#ifndef CONTAINER_FOUND_H
#define CONTAINER_FOUND_H

#include "container/container.h"
#include "spec/spec.h"

enum status { STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

struct found {
	int root, dir;
	struct record record;
};

/* "container does not exist" if there is none, or none yet. */
int found_open(struct found *f, const struct context *c, const char *id, struct err *e);
void found_close(struct found *f);

int found_status(const struct found *f, enum status *status, struct err *e);
extern const struct name status_words[];

/* Was this kind of namespace made for it (or joined)? */
bool found_has_ns(const struct found *f, enum ns_type type);
/* Made, not joined by a path. */
bool found_made_ns(const struct found *f, enum ns_type type);

/* init by pid and start time; -1 with e->sys ESRCH if it has ended. The caller owns it.
 */
int found_pidfd(const struct found *f, struct err *e);

/*
 * The config it was created with: the saved copy; for a container of the Go
 * runc, which saves none, that of its bundle. NULL with the reason.
 */
const struct spec *found_spec(const struct found *f, struct arena *a, struct err *e);

/* The state document. */
struct oci_state found_state(const struct found *f, const char *status, pid_t pid,
			     struct arena *a);

/* SIGKILL to init, or to all if they would outlive it; waits for init's end. */
int found_kill(const struct found *f, struct err *e);

/* After init's end: unit, cgroup, mounts, state directory, poststop hooks. */
int found_destroy(struct found *f, const struct context *c, struct err *e);

#endif
