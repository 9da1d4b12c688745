/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/core.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"
#include "helpers/net/sandbox.h"

#define EVENTS 64
#define LARGE (128 << 10) /* bytes: libslirp's two buffers a connection are more */

/* ---- what the agent tells ---- */

static void say(struct core *c, enum note_kind kind, int value, int sys, const char *text)
{
	struct note n = { .kind = kind, .value = value, .sys = sys };

	snprintf(n.text, sizeof(n.text), "%s", text);
	/* without an agent we end anyway */
	if (note_send(c->agent, &n, NULL, 0) < 0)
		c->loop.end = true;
}

/* libslirp reads it again when it has changed. */
static void write_resolv(struct core *c)
{
	OWN_TEXT text = { 0 };

	if (c->resolv < 0)
		return;
	resolvers_print(&c->resolvers, &text);
	/* nothing can fail here but for want of memory: then names do not resolve by TCP */
	if (ftruncate(c->resolv, 0) < 0 ||
	    pwrite(c->resolv, text_str(&text), text.len, 0) < 0)
		return;
}

static void take_note(struct core *c, const struct note *n, const int *fds, size_t count)
{
	switch (n->kind) {
	case NOTE_DEVICE:
		if (count == 1 && c->device.fd < 0)
			device_open(&c->device, fds[0], n->value == NET_BACKEND_VETH,
				    c->settings->mtu);
		return;
	case NOTE_RESOLVERS:
		c->resolvers = n->resolvers;
		write_resolv(c);
		return;
	case NOTE_MTU:
		c->device.mtu = (size_t)n->value;
		return;
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* False at its end. */
static bool hear_agent(struct core *c)
{
	int fds[SOCK_FDS_MAX];
	size_t count;
	struct note n;
	int ret = note_receive(c->agent, &n, fds, &count);

	if (ret > 0)
		take_note(c, &n, fds, count);
	return ret > 0 || (ret < 0 && (errno == EAGAIN || errno == EINTR));
}

/* ---- sources ---- */

static struct core *core_of(struct source *s, size_t at)
{
	return (struct core *)((char *)s - at);
}

static void agent_ready(struct source *s, uint32_t events)
{
	struct core *c = core_of(s, offsetof(struct core, agent_source));

	(void)events;
	if (!hear_agent(c))
		c->loop.end = true;
}

static void init_ended(struct source *s, uint32_t events)
{
	(void)events;
	core_of(s, offsetof(struct core, init_source))->loop.end = true;
}

static void device_ready(struct source *s, uint32_t events)
{
	(void)events;
	core_of(s, offsetof(struct core, device_source))->readable = true;
}

/* ---- the loop ---- */

static void dispatch(struct core *c, const struct epoll_event *events, int n)
{
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (stack_owns(events[i].data.u64))
			stack_event(&c->stack, stack_fd(events[i].data.u64),
				    events[i].events);
		else
			s->ready(s, events[i].events);
	}
}

static void round_of(struct core *c)
{
	struct epoll_event events[EVENTS];
	int timeout = loop_timeout(&c->loop, stack_prepare(&c->stack));
	int n = epoll_wait(c->loop.epoll, events, EVENTS, timeout);

	loop_tell_time(&c->loop);
	dispatch(c, events, n);
	if (c->readable)
		device_read(&c->device, traffic_take, c);
	c->readable = false;
	stack_poll(&c->stack);
	loop_fire(&c->loop);
	device_flush(&c->device);
}

/* ---- steps, in order ---- */

static int open_loop(struct core *c, struct err *e)
{
	device_init(&c->device);
	c->resolv = -1;
	return loop_open(&c->loop, e);
}

/* While libraries can still be read. */
static void send_frame(void *core, const uint8_t *frame, size_t n)
{
	device_send(&((struct core *)core)->device, frame, n);
}

static int open_stack(struct core *c, struct err *e)
{
	/* a buffer that grows by mremap(2) is not copied, and untouched pages are none */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	if (c->settings->mode != NET_SLIRP)
		return 0;
	c->stack.send = send_frame;
	c->stack.data = c;
	return stack_open(&c->stack, c->settings, &c->loop, e);
}

static int shut_in(struct core *c, struct err *e)
{
	bool resolv = c->settings->mode == NET_SLIRP && c->settings->dns;
	int fd = sandbox_root(resolv, e);

	if (fd < 0)
		return -1;
	c->resolv = resolv ? fd : -1;
	if (sandbox_ids(c->settings->uid, c->settings->gid, 0, e) < 0)
		return -1;
	return sandbox_die_with_parent(e);
}

/* The agent has been at work meanwhile. */
static int wait_for_device(struct core *c, struct err *e)
{
	if (c->settings->mode != NET_SLIRP)
		return 0;
	while (c->device.fd < 0)
		if (!hear_agent(c))
			return err_set(e, "the agent ended");
	return 0;
}

static int add_sources(struct core *c, struct err *e)
{
	c->agent_source.ready = agent_ready;
	c->init_source.ready = init_ended;
	c->device_source.ready = device_ready;
	if (loop_add(&c->loop, c->agent, EPOLLIN, &c->agent_source) < 0 ||
	    loop_add(&c->loop, c->hello->init, EPOLLIN, &c->init_source) < 0 ||
	    (c->device.fd >= 0 &&
	     loop_add(&c->loop, c->device.fd, EPOLLIN, &c->device_source) < 0))
		return err_sys(e, "epoll_ctl");
	return fcntl(c->agent, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ? err_sys(e, "fcntl") : 0;
}

static int allow_calls(struct core *c, struct err *e)
{
	return sandbox_calls(SANDBOX_MAIN, c->settings->debug, e);
}

static int say_up(struct core *c, struct err *e)
{
	(void)e;
	say(c, NOTE_UP, 0, 0, "");
	return 0;
}

static int (*const steps[])(struct core *c, struct err *e) = {
	open_loop, open_stack, shut_in, wait_for_device, add_sources, allow_calls, say_up,
};

int core_run(struct core *c)
{
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i](c, &e) < 0) {
			say(c, NOTE_FAILED, 0, e.sys, e.text);
			return 1;
		}
	while (!c->loop.end)
		round_of(c);
	return 0;
}
