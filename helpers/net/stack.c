/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"

#define SLIRP_CONFIG 4 /* the newest that all libraries from 4.7 on take */
/* the smaller of both makes the MSS; the first also limits packets of IPv6, and is what
 * others would be cut to */
#define MTU_INTERNAL 65521
#define MRU_INTERNAL (STACK_MSS + IP4_BYTES + TCP_BYTES)
#define STALE_MS 500   /* libslirp's clock stands still between its polls */
#define NO_TIMERS 1000 /* what it answers when nothing is timed */
#define SWEEP_MS 30000
#define HALF_OPEN_MS 60000
#define KEEP_IDLE_S 120
#define KEEP_INTERVAL_S 30
#define KEEP_COUNT 4
#define UNSENT_MS 240000

struct stack_watch {
	uint32_t known;  /* what epoll was told; 0: it does not have it */
	uint32_t wanted; /* in this round */
	uint32_t came;
	uint32_t round;
	bool listed, counted, tcp, listens;
	bool was_read; /* it is connected */
};

/* ---- descriptors ---- */

static struct stack_watch *watch(struct stack *s, int fd)
{
	if ((size_t)fd >= s->watch_count) {
		size_t more = (size_t)fd + 64;

		s->watches = mem_grow(s->watches, more, sizeof(*s->watches));
		memset(s->watches + s->watch_count, 0,
		       (more - s->watch_count) * sizeof(*s->watches));
		s->watch_count = more;
	}
	return &s->watches[fd];
}

static void tell_epoll(struct stack *s, int fd, struct stack_watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u64 = (uint64_t)fd << 1 | 1 };
	int op = w->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	/* a number that was closed and given out again is a socket epoll has never seen,
	 * or has seen already: the kernel knows better */
	if (epoll_ctl(s->loop->epoll, op, fd, &ev) < 0)
		epoll_ctl(s->loop->epoll, errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
			  fd, &ev);
	w->known = events;
	if (w->listed)
		return;
	if (s->listed_count == s->listed_room) {
		s->listed_room += 64;
		s->listed = mem_grow(s->listed, s->listed_room, sizeof(*s->listed));
	}
	s->listed[s->listed_count++] = fd;
	w->listed = true;
}

/* Whatever this number was before: it stays listed until the next round. */
static void forget(struct stack *s, int fd)
{
	struct stack_watch *w = watch(s, fd);

	if (w->known)
		epoll_ctl(s->loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->known = w->came = w->round = 0;
	w->was_read = false;
}

static int add_poll(int fd, int events, void *data)
{
	struct stack *s = data;
	struct stack_watch *w = watch(s, fd);
	uint32_t wanted = 0;

	/* SLIRP_POLL_PRI is not asked for: urgent bytes come in line */
	if (events & SLIRP_POLL_IN) {
		wanted |= EPOLLIN;
		w->was_read = true;
	}
	if (events & SLIRP_POLL_OUT)
		wanted |= EPOLLOUT;
	if (!wanted)
		wanted = EPOLLERR;
	w->round = s->round;
	w->came = 0;
	if (w->known != wanted)
		tell_epoll(s, fd, w, wanted);
	return fd;
}

static int get_events(int fd, void *data)
{
	struct stack *s = data;
	struct stack_watch *w = watch(s, fd);
	uint32_t came = w->round == s->round ? w->came : 0;

	/* an error comes unasked, and libslirp would read from a connection for which it
	 * has no room, which it asserts that it never does: it finds out by writing */
	if (w->was_read && !(w->known & EPOLLIN) && came & (EPOLLERR | EPOLLHUP))
		return SLIRP_POLL_OUT;
	return (came & EPOLLIN ? SLIRP_POLL_IN : 0) |
	       (came & EPOLLOUT ? SLIRP_POLL_OUT : 0) |
	       (came & EPOLLERR ? SLIRP_POLL_ERR : 0) |
	       (came & EPOLLHUP ? SLIRP_POLL_HUP : 0);
}

/* Sockets that libslirp did not name in this round are not waited for. */
static void drop_unnamed(struct stack *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->listed_count; i++) {
		struct stack_watch *w = &s->watches[s->listed[i]];

		if (w->round == s->round) {
			s->listed[kept++] = s->listed[i];
			continue;
		}
		if (w->known)
			epoll_ctl(s->loop->epoll, EPOLL_CTL_DEL, s->listed[i], NULL);
		w->known = 0;
		w->listed = false;
	}
	s->listed_count = kept;
}

/* ---- callbacks ---- */

static ssize_t send_packet(const void *frame, size_t n, void *data)
{
	struct stack *s = data;

	s->send(s->data, frame, n);
	return (ssize_t)n; /* what is dropped, TCP sends again */
}

static void guest_error(const char *text, void *data)
{
	(void)text, (void)data;
}

static int64_t get_clock(void *data)
{
	(void)data;
	return clock_ns();
}

static void timer_fired(struct timer *t)
{
	struct stack_timer *own = (struct stack_timer *)t;

	own->fire(own->data);
}

static void *timer_new(SlirpTimerCb fire, void *fire_data, void *data)
{
	struct stack *s = data;

	for (size_t i = 0; i < STACK_TIMERS; i++) {
		struct stack_timer *t = &s->timers[i];

		if (t->used)
			continue;
		t->fire = fire;
		t->data = fire_data;
		t->used = true;
		return t;
	}
	return NULL;
}

static void timer_free(void *timer, void *data)
{
	struct stack_timer *t = timer;

	(void)data;
	t->timer.due = 0;
	t->used = false;
}

static void timer_mod(void *timer, int64_t due, void *data)
{
	struct stack_timer *t = timer;

	(void)data;
	if (t)
		t->timer.due = due;
}

/* Without these, connections whose other end vanished would stay for ever. */
static void set_tcp(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, UNSENT_MS },
	};

	for (size_t i = 0; i < COUNT(options); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			   sizeof(int));
}

/* Each socket for a connection, a UDP port or a ping; fd -1 if there was none. */
static void register_fd(int fd, void *data)
{
	struct stack *s = data;
	int type = 0;
	socklen_t n = sizeof(type);

	if (fd < 0)
		return;
	s->ends(s->data, fd); /* whatever had this number before */
	forget(s, fd);
	watch(s, fd)->counted = true;
	s->sockets++;
	/* libslirp leaves UDP blocking: a full queue of the host would stop everybody */
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_STREAM) {
		watch(s, fd)->tcp = true;
		set_tcp(fd);
		s->opened = fd;
	}
}

static void unregister_fd(int fd, void *data)
{
	struct stack *s = data;
	struct stack_watch *w;

	if (fd < 0)
		return;
	s->ends(s->data, fd);
	if (s->opened == fd)
		s->opened = -1; /* it could not be connected at all */
	forget(s, fd);
	w = watch(s, fd);
	if (w->counted)
		s->sockets--;
	w->counted = w->tcp = w->listens = false;
}

static void notify(void *data)
{
	(void)data;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = get_clock,
	.timer_new = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = register_fd,
	.unregister_poll_fd = unregister_fd,
	.notify = notify,
};

/* ---- connections that only one side has closed ---- */

/*
 * A program that closed its connection is forgotten by the container's kernel after a
 * minute, and libslirp never hears of it. If the other end does not close either, the
 * connection stays for ever. One that said nothing for a minute, both ways, is ended.
 */
static bool is_half_open(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
	       info.tcpi_state == TCP_FIN_WAIT2 &&
	       info.tcpi_last_data_recv > HALF_OPEN_MS &&
	       info.tcpi_last_data_sent > HALF_OPEN_MS &&
	       info.tcpi_last_ack_recv > HALF_OPEN_MS;
}

static void sweep(struct timer *t)
{
	struct stack *s = (struct stack *)((char *)t - offsetof(struct stack, sweep));

	for (size_t fd = 0; fd < s->watch_count; fd++)
		if (s->watches[fd].tcp && is_half_open((int)fd))
			shutdown((int)fd, SHUT_RD);
	t->due = s->sockets ? s->loop->now + SWEEP_MS : 0;
}

/* ---- opening ---- */

static void set_family4(const struct family *f, SlirpConfig *c)
{
	c->in_enabled = true;
	memcpy(&c->vnetwork, f->network.ip.b, 4);
	c->vnetmask.s_addr = htonl(0xffffffffu << (32 - f->network.prefix));
	memcpy(&c->vhost, f->gateway.b, 4);
	memcpy(&c->vnameserver, f->dns.b, 4);
	memcpy(&c->vdhcp_start, f->address.b, 4);
}

static void set_family6(const struct family *f, SlirpConfig *c)
{
	c->in6_enabled = true;
	memcpy(&c->vprefix_addr6, f->network.ip.b, 16);
	c->vprefix_len = (uint8_t)f->network.prefix;
	memcpy(&c->vhost6, f->gateway.b, 16);
	memcpy(&c->vnameserver6, f->dns.b, 16);
}

static void set_outbound(struct stack *s, const struct settings *set, SlirpConfig *c)
{
	struct sockaddr_storage to;

	if (set->outbound4.family) {
		endpoint_put(&(struct endpoint){ .ip = set->outbound4 }, &to);
		memcpy(&s->outbound4, &to, sizeof(s->outbound4));
		c->outbound_addr = &s->outbound4;
	}
	if (set->outbound6.family) {
		endpoint_put(&(struct endpoint){ .ip = set->outbound6 }, &to);
		memcpy(&s->outbound6, &to, sizeof(s->outbound6));
		c->outbound_addr6 = &s->outbound6;
	}
}

int stack_open(struct stack *s, const struct settings *set, struct loop *l, struct err *e)
{
	SlirpConfig c = {
		.version = SLIRP_CONFIG,
		.if_mtu = MTU_INTERNAL,
		.if_mru = MRU_INTERNAL,
		/* single ports are let through by rules, so libslirp must not refuse */
		.disable_host_loopback = !set->host_loopback && !set->host_port_count,
		.disable_dns = !set->dns,
		.disable_dhcp = true,
	};

	s->loop = l;
	if (library_load(&s->lib, e) < 0)
		return -1;
	set_family4(&set->v4, &c);
	if (set->v6.on)
		set_family6(&set->v6, &c);
	set_outbound(s, set, &c);
	for (size_t i = 0; i < STACK_TIMERS; i++) {
		s->timers[i].timer.fire = timer_fired;
		loop_add_timer(l, &s->timers[i].timer);
	}
	s->sweep.fire = sweep;
	loop_add_timer(l, &s->sweep);
	s->slirp = s->lib.new(&c, &callbacks, s);
	if (!s->slirp)
		return err_set(e, "libslirp %s refuses its configuration",
			       s->lib.version());
	return 0;
}

/* ---- listening ---- */

struct listener_search {
	struct stack *s;
	int found;
};

static int find_listener(int fd, int events, void *data)
{
	struct listener_search *search = data;
	int listens = 0;
	socklen_t n = sizeof(listens);

	(void)events;
	if (!watch(search->s, fd)->listens &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) == 0 && listens)
		search->found = fd;
	return -1;
}

int stack_listen(struct stack *s, int fd, const struct endpoint *guest, struct err *e)
{
	struct endpoint any = { .ip = { .family = guest->ip.family } };
	struct listener_search search = { .s = s, .found = -1 };
	struct sockaddr_storage host, to;
	socklen_t host_len, to_len = endpoint_put(guest, &to);
	uint32_t timeout = UINT32_MAX;
	OWN_FD own = fd;

	/* libslirp opens a socket of its own, with a backlog of 1: ours takes its place */
	any.ip.b[0] = guest->ip.family == AF_INET ? 127 : 0;
	any.ip.b[guest->ip.family == AF_INET ? 3 : 15] = 1;
	host_len = endpoint_put(&any, &host);
	if (s->lib.add_forward(s->slirp, (struct sockaddr *)&host, host_len,
			       (struct sockaddr *)&to, to_len,
			       guest->ip.family == AF_INET6 ? SLIRP_HOSTFWD_V6ONLY : 0) <
	    0)
		return err_sys(e, "libslirp: listen");
	s->lib.fill(s->slirp, &timeout, find_listener, &search);
	s->filled = false;
	if (search.found < 0 || dup3(own, search.found, O_CLOEXEC) < 0)
		return err_sys(e, "libslirp: hand a socket over");
	watch(s, search.found)->listens = true;
	return search.found;
}

void stack_unlisten(struct stack *s, int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &n) == 0)
		s->lib.remove_forward(s->slirp, (struct sockaddr *)&at, n, 0);
	s->filled = false;
}

/* ---- a round ---- */

int stack_prepare(struct stack *s)
{
	uint32_t timeout = UINT32_MAX;

	if (!s->slirp)
		return -1;
	if (!s->filled) {
		s->round++;
		s->lib.fill(s->slirp, &timeout, add_poll, s);
		drop_unnamed(s);
		s->due = timeout >= NO_TIMERS ? INT64_MAX : s->loop->now + timeout;
		s->filled = true;
		s->came = false;
	}
	if (s->due == INT64_MAX)
		return -1;
	return s->due > s->loop->now ? (int)(s->due - s->loop->now) : 0;
}

void stack_event(struct stack *s, int fd, uint32_t events)
{
	watch(s, fd)->came = events;
	s->came = true;
}

static void poll_now(struct stack *s, int skip_sockets)
{
	s->lib.poll(s->slirp, skip_sockets, get_events, s);
	s->polled = s->loop->now;
}

int stack_input(struct stack *s, const struct frame *f)
{
	/* a time of long ago would make what this frame begins expire at once */
	if (s->loop->now - s->polled > STALE_MS)
		poll_now(s, 1);
	s->opened = -1;
	s->lib.input(s->slirp, f->b, (int)f->n);
	s->came = true;
	return s->opened;
}

bool stack_drained(const struct stack *s, int fd, uint32_t since)
{
	const struct stack_watch *w = &s->watches[fd];

	return s->round != since && !(w->round == s->round && w->known & EPOLLOUT);
}

void stack_poll(struct stack *s)
{
	if (!s->slirp || (!s->came && s->loop->now < s->due))
		return;
	poll_now(s, 0);
	s->filled = false;
	if (s->sockets && !s->sweep.due)
		s->sweep.due = s->loop->now + SWEEP_MS;
}
