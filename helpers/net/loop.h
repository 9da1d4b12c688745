/* SPDX-License-Identifier: Apache-2.0 */
/* What the process waits for: descriptors and times.                Runs: main process */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"

/* A descriptor that somebody waits for. First member of what it is part of, which must
 * live until the end of the round in which it was removed. */
struct source {
	void (*ready)(struct source *s, uint32_t events);
};

struct timer {
	int64_t due; /* loop_now() in ms; 0: off */
	void (*fire)(struct timer *t);
	struct timer *next;
};

struct loop {
	int epoll;
	int64_t now; /* ms, monotonic; that of the current round */
	struct timer *timers;
	bool end;
};

int loop_open(struct loop *l, struct err *e);

/* -1 with errno. */
int loop_add(struct loop *l, int fd, uint32_t events, struct source *s);
int loop_change(struct loop *l, int fd, uint32_t events, struct source *s);
void loop_remove(struct loop *l, int fd);

/* Once for each timer; it lives as long as the loop. */
void loop_add_timer(struct loop *l, struct timer *t);

void loop_tell_time(struct loop *l);
int64_t clock_ns(void);

/* Milliseconds until the first timer is due, at most most; -1 is for ever. */
int loop_timeout(const struct loop *l, int most);
void loop_fire(struct loop *l);

#endif
