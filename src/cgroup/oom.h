/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hearing that the kernel killed for want of memory. v2: memory.events and
 * cgroup.events are polled, which unlike inotify needs nothing that a user has only
 * a hundred of; v1: an eventfd, by cgroup.event_control.
 */
#ifndef CGROUP_OOM_H
#define CGROUP_OOM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define OOM_FDS 2

struct oom_watch {
	int memory, cgroup; /* v2: memory.events, cgroup.events; -1 */
	int dir, eventfd;   /* v1: the memory cgroup, the notices; -1 */
	uint64_t kills;     /* v2: how many there were */
};

/* What happened before is not told. */
int oom_open(struct oom_watch *w, struct pairs paths, struct err *e);
void oom_close(struct oom_watch *w);

/* Fills OOM_FDS entries. */
void oom_poll(const struct oom_watch *w, struct pollfd *p);

/* Did it happen since the last call? Never blocks. */
bool oom_take(struct oom_watch *w);

/* v2: nobody is left in the cgroup, or it is gone. */
bool oom_is_over(const struct oom_watch *w);

#endif
