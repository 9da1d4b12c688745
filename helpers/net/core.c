/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/core.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"
#include "helpers/net/sandbox.h"
#include "kernel/proc.h"

#define EVENTS 64
#define LARGE (128 << 10) /* bytes: libslirp's two buffers a connection are more */
#define AGAIN_MS 100

/* ---- words to the agent ---- */

static int say_text(struct core *c, enum note_kind kind, int value, int sys,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static int say_text(struct core *c, enum note_kind kind, int value, int sys,
		    const char *fmt, ...)
{
	struct note n = { .kind = kind, .value = value, .sys = sys };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(n.text, sizeof(n.text), fmt, ap);
	va_end(ap);
	return note_send(c->agent, &n, NULL, 0);
}

bool core_say(struct core *c, enum note_kind kind, int value)
{
	return say_text(c, kind, value, 0, "%s", "") == 0;
}

static void try_again_soon(struct core *c)
{
	if (!c->again.due)
		c->again.due = c->loop.now + AGAIN_MS;
}

void core_refill(struct core *c)
{
	size_t n = pool_wants(&c->pool);

	if (n && !core_say(c, NOTE_WANT_SOCKETS, (int)n)) {
		c->pool.asked = 0;
		try_again_soon(c);
	}
}

void core_too_many(struct core *c)
{
	c->too_many = true;
	ports_accept(c, false);
	try_again_soon(c);
}

static void again(struct timer *t)
{
	struct core *c = (struct core *)((char *)t - offsetof(struct core, again));

	core_refill(c);
	if (c->pool.count)
		ports_accept(c, true);
	else
		try_again_soon(c);
}

/* ---- words of the agent ---- */

static void take_sockets(struct core *c, const int *fds, size_t n, int keeps)
{
	pool_put(&c->pool, fds, n, keeps);
	if (!c->pool.count)
		try_again_soon(c); /* the agent could make none */
	else if (!c->accepts && !c->again.due)
		ports_accept(c, true);
}

static void take_note(struct core *c, const struct note *n, const int *fds, size_t count)
{
	switch (n->kind) {
	case NOTE_DEVICE:
		if (count == 1 && c->device.fd < 0) {
			device_open(&c->device, fds[0], n->value == NET_BACKEND_VETH,
				    c->settings->mtu);
			c->backend = n->value;
			return;
		}
		break;
	case NOTE_SOCKETS:
		take_sockets(c, fds, count, n->value);
		return;
	case NOTE_RESOLVERS:
		dns_set_servers(c, &n->resolvers);
		break;
	case NOTE_MTU:
		device_set_mtu(&c->device, (size_t)n->value);
		break;
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* There were not descriptors enough for sockets of the pool: those that came are closed,
 * and more are asked for later. */
static void lost_sockets(struct core *c)
{
	pool_put(&c->pool, NULL, 0, c->pool.keeps);
	core_too_many(c);
}

/* False at its end, and (errno is then EMSGSIZE) of a note that came in part. */
static bool hear_agent(struct core *c)
{
	int fds[SOCK_FDS_MAX];
	size_t count;
	struct note n;
	int ret;

	errno = 0;
	ret = note_receive(c->agent, &n, fds, &count);
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
	if (hear_agent(c))
		return;
	if (errno == EMSGSIZE)
		lost_sockets(c);
	else
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

static void go_round(struct core *c)
{
	struct epoll_event events[EVENTS];
	int timeout = loop_timeout(&c->loop, stack_prepare(&c->stack));
	int n = epoll_wait(c->loop.epoll, events, EVENTS, c->splices.queued ? 0 : timeout);

	loop_tell_time(&c->loop);
	splices_continue(&c->splices);
	dispatch(c, events, n);
	if (c->readable)
		device_read(&c->device, traffic_take, c);
	c->readable = false;
	stack_poll(&c->stack);
	loop_fire(&c->loop);
	splices_free_dead(&c->splices);
	ports_free_dead(&c->ports);
}

/* ---- steps, in order ---- */

static int open_loop(struct core *c, struct err *e)
{
	struct rlimit files;

	device_init(&c->device);
	c->resolv = -1;
	c->writable = -1;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_sys(e, "getrlimit");
	c->files_most = (int)(files.rlim_cur / 10 * 9);
	pool_init(&c->pool, (size_t)c->files_most);
	if (loop_open(&c->loop, e) < 0)
		return -1;
	c->began = c->loop.now;
	c->again.fire = again;
	loop_add_timer(&c->loop, &c->again);
	splices_init(&c->splices, &c->loop, publish_again, c);
	dns_init(c);
	return 0;
}

/* ---- between the container, libslirp, and what goes around it ---- */

static void uplink_input(void *core, struct frame *f)
{
	stack_input(&((struct core *)core)->stack, f);
}

static void uplink_answer(void *core, uint8_t *b, size_t n)
{
	device_send_own(&((struct core *)core)->device, b, n);
}

static bool uplink_drained(void *core, int fd, uint32_t since)
{
	return stack_drained(&((struct core *)core)->stack, fd, since);
}

static uint32_t uplink_round(void *core)
{
	return ((struct core *)core)->stack.round;
}

static void socket_ends(void *core, int fd)
{
	uplink_close(&((struct core *)core)->uplink, fd);
}

static void init_uplink(struct core *c)
{
	c->uplink = (struct uplink){
		.input = uplink_input,
		.answer = uplink_answer,
		.drained = uplink_drained,
		.round = uplink_round,
		.data = c,
	};
	uplink_init(&c->uplink);
}

/* While libraries can still be read. */
static int open_stack(struct core *c, struct err *e)
{
	/* a buffer that grows by mremap(2) is not copied, and untouched pages are none;
	 * the end of the heap, which comes first, must not have room for one */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, LARGE / 2);
	mallopt(M_TOP_PAD, 0);
	if (c->settings->mode != NET_SLIRP)
		return 0;
	memcpy(c->neighbours.usual, c->settings->mac, sizeof(c->neighbours.usual));
	init_uplink(c);
	c->stack.send = traffic_give;
	c->stack.ends = socket_ends;
	c->stack.data = c;
	return stack_open(&c->stack, c->settings, &c->loop, e);
}

static int share_root(struct core *c, struct err *e)
{
	const struct note n = { .kind = NOTE_ROOT };
	OWN_FD self = proc_open_self(c->proc);
	OWN_FD mntns = self < 0 ? -1 : openat(self, "ns/mnt", O_RDONLY | O_CLOEXEC);

	fd_close(&c->proc);
	if (mntns < 0)
		return err_sys(e, "open our mount namespace");
	return note_send(c->agent, &n, &mntns, 1) < 0 ? err_sys(e, "the agent") : 0;
}

static int shut_in(struct core *c, struct err *e)
{
	bool resolv = c->settings->mode == NET_SLIRP && c->settings->dns;
	int fd;

	if (sandbox_ids(c->settings->uid, c->settings->gid, e) < 0)
		return -1;
	fd = sandbox_root(resolv ? &c->writable : NULL, e);
	if (fd < 0)
		return -1;
	c->resolv = resolv ? fd : -1;
	if (share_root(c, e) < 0 || sandbox_caps(0, e) < 0)
		return -1;
	return sandbox_die_with_parent(e);
}

/* They are bound already; from now on they are answered. */
static int add_ports(struct core *c, struct err *e)
{
	c->accepts = true;
	for (size_t i = 0; i < c->settings->port_count; i++)
		if (!ports_add(c, &c->settings->ports[i], &c->listeners[i], e))
			return -1;
	return 0;
}

/* The agent has been at work meanwhile. */
static int wait_for_agent(struct core *c, struct err *e)
{
	while (!c->pool.count || (c->settings->mode == NET_SLIRP && c->device.fd < 0))
		if (!hear_agent(c))
			return err_set(e, "the agent ended");
	return fcntl(c->agent, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ? err_sys(e, "fcntl") : 0;
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
	c->control.loop = &c->loop;
	c->control.answer = answer_request;
	c->control.data = c;
	return control_open(&c->control, c->hello->control, e);
}

/* As whoever we are now: nobody else's right counts. */
static int look_at_ping(struct core *c, struct err *e)
{
	OWN_FD fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	(void)e;
	if (c->settings->mode == NET_SLIRP && fd < 0 && errno == EACCES)
		say_text(c, NOTE_LOG, LOG_LEVEL_INFO, 0,
			 "ping from the container will fail: group %u is outside net.ipv4.ping_group_range (%s)",
			 c->host_gid, c->ping_range);
	return 0;
}

static int allow_calls(struct core *c, struct err *e)
{
	return sandbox_calls(SANDBOX_MAIN, c->settings->debug, e);
}

static int say_up(struct core *c, struct err *e)
{
	return core_say(c, NOTE_UP, 0) ? 0 : err_sys(e, "the agent");
}

static int (*const steps[])(struct core *c, struct err *e) = {
	open_loop,      open_stack,  shut_in,     add_ports, look_at_ping,
	wait_for_agent, add_sources, allow_calls, say_up,
};

int core_run(struct core *c)
{
	struct err e = { 0 };

	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i](c, &e) < 0) {
			say_text(c, NOTE_FAILED, 0, e.sys, "%s", e.text);
			return 1;
		}
	/* nobody waits for us any more */
	fd_close(&c->writable);
	sandbox_forget_code();
	while (!c->loop.end)
		go_round(c);
	return 0;
}
