/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/loop.h"

#include <limits.h>
#include <time.h>

int loop_open(struct loop *l, struct err *e)
{
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return err_sys(e, "epoll_create1");
	loop_tell_time(l);
	return 0;
}

static int control(struct loop *l, int op, int fd, uint32_t events, struct source *s)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	return epoll_ctl(l->epoll, op, fd, &ev);
}

int loop_add(struct loop *l, int fd, uint32_t events, struct source *s)
{
	return control(l, EPOLL_CTL_ADD, fd, events, s);
}

int loop_change(struct loop *l, int fd, uint32_t events, struct source *s)
{
	return control(l, EPOLL_CTL_MOD, fd, events, s);
}

void loop_remove(struct loop *l, int fd)
{
	control(l, EPOLL_CTL_DEL, fd, 0, NULL);
}

void loop_add_timer(struct loop *l, struct timer *t)
{
	t->next = l->timers;
	l->timers = t;
}

int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void loop_tell_time(struct loop *l)
{
	l->now = clock_ns() / 1000000;
}

int loop_timeout(const struct loop *l, int most)
{
	int64_t wait = most < 0 ? INT_MAX : most;

	for (const struct timer *t = l->timers; t; t = t->next)
		if (t->due && t->due - l->now < wait)
			wait = t->due > l->now ? t->due - l->now : 0;
	return wait == INT_MAX ? -1 : (int)wait;
}

void loop_fire(struct loop *l)
{
	for (struct timer *t = l->timers; t; t = t->next) {
		if (!t->due || t->due > l->now)
			continue;
		t->due = 0;
		t->fire(t);
	}
}
