/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/dns.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "helpers/net/core.h"

#define PORT 53
#define HEAD 12        /* bytes of a DNS header */
#define ANSWER_MS 1000 /* then the next server is asked too */
#define GIVE_UP_MS 10000
#define LOOK_MS 1000
#define LOOK_WAIT_MS 200 /* for the agent */
#define FIRST_AGAIN_MS 60000
#define FILE_LEAST 1024

struct question {
	bool used, waits; /* for the list of servers */
	struct endpoint from, to;
	uint8_t mac[6];
	uint8_t *text;
	size_t n, tried;
	int64_t began, due;
	struct asked {
		struct source source;
		struct question *question;
		int fd; /* -1 */
		size_t server;
	} asked[DNS_ASKED];
	struct dns *dns;
};

/* ---- the file for libslirp ---- */

/*
 * It reads the file again only when its size or its time, in seconds, has changed: each
 * version gets a size of its own.
 */
static void write_file(struct core *c)
{
	struct dns *d = &c->dns;
	struct resolvers turned = { 0 };
	OWN_TEXT text = { 0 };

	if (c->resolv < 0)
		return;
	for (size_t i = 0; i < d->servers.n; i++)
		turned.v[turned.n++] = d->servers.v[(d->current + i) % d->servers.n];
	resolvers_print(&turned, &text);
	d->version = (d->version + 1) % 256;
	while (text.len < FILE_LEAST + d->version)
		text_addc(&text, '\n');
	/* this cannot fail but for want of memory: then names do not resolve by TCP */
	if (ftruncate(c->resolv, 0) < 0 ||
	    pwrite(c->resolv, text_str(&text), text.len, 0) < 0)
		return;
}

static void choose(struct dns *d, size_t server)
{
	if (d->current == server)
		return;
	d->current = server;
	d->since = d->core->loop.now;
	write_file(d->core);
}

/* ---- questions ---- */

static void forget(struct question *q)
{
	for (size_t i = 0; i < DNS_ASKED; i++)
		fd_close(&q->asked[i].fd);
	free(q->text);
	q->text = NULL;
	q->used = false;
}

static void set_timer(struct dns *d)
{
	d->timer.due = 0;
	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		const struct question *q = &d->questions[i];

		if (q->used && (!d->timer.due || q->due < d->timer.due))
			d->timer.due = q->due;
	}
}

static uint32_t device_index(int fd, const char *name)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, name, strlen(name));
	return ioctl(fd, SIOCGIFINDEX, &r) < 0 ? 0 : (uint32_t)r.ifr_ifindex;
}

/* A socket of its own, so a port that nobody can guess, for each question and server. */
static int send_to(const struct resolver *r, const struct question *q)
{
	OWN_FD fd = socket(r->ip.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct endpoint server = { .ip = r->ip, .port = PORT };
	struct sockaddr_storage addr;
	socklen_t n;

	if (fd < 0)
		return -1;
	if (*r->device)
		server.scope = device_index(fd, r->device);
	n = endpoint_put(&server, &addr);
	if (connect(fd, (struct sockaddr *)&addr, n) < 0 ||
	    send(fd, q->text, q->n, MSG_NOSIGNAL) < 0)
		return -1;
	return fd_take(&fd);
}

static void answer_ready(struct source *s, uint32_t events);

/* Asks the next server; those that cannot even be sent to are passed over. False: there
 * is no other. */
static bool ask_next(struct question *q)
{
	struct dns *d = q->dns;

	while (q->tried < d->servers.n) {
		struct asked *a = &q->asked[q->tried % DNS_ASKED];

		fd_close(&a->fd);
		a->server = (d->current + q->tried) % d->servers.n;
		a->question = q;
		a->source.ready = answer_ready;
		q->tried++;
		a->fd = send_to(&d->servers.v[a->server], q);
		if (a->fd >= 0 &&
		    loop_add(&d->core->loop, a->fd, EPOLLIN, &a->source) == 0) {
			q->due = d->core->loop.now + ANSWER_MS;
			return true;
		}
		fd_close(&a->fd);
	}
	q->due = q->began + GIVE_UP_MS;
	return false;
}

static void start(struct question *q)
{
	q->waits = false;
	q->tried = 0;
	ask_next(q);
}

/* ---- answers ---- */

static void tell(struct question *q, size_t n)
{
	struct core *c = q->dns->core;
	uint8_t mac[6], *b = q->dns->room;
	const struct udp_head head = {
		.from_mac = mac, .to_mac = q->mac, .from = &q->to, .to = &q->from
	};

	frame_special_mac(&q->to.ip, mac);
	device_send_own(&c->device, b, frame_udp_build(b, n, &head));
}

static bool is_answer(const struct question *q, const uint8_t *b, size_t n)
{
	return n >= HEAD && memcmp(b, q->text, 2) == 0 && (b[2] & 0x80);
}

/* The server cannot, or does not want to: another may. */
static bool is_excuse(const uint8_t *b)
{
	uint8_t code = b[3] & 0xf;

	return code == 2 || code == 4 || code == 5; /* SERVFAIL, NOTIMP, REFUSED */
}

static void take_answer(struct asked *a)
{
	struct question *q = a->question;
	struct dns *d = q->dns;
	uint8_t *b = d->room + frame_udp_room(q->from.ip.family);
	ssize_t n = recv(a->fd, b, UDP_DATA_MAX, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n >= 0 && !is_answer(q, b, (size_t)n))
		return; /* not to this question: the right one may still come */
	if (n < 0 || is_excuse(b)) {
		fd_close(&a->fd); /* nobody listens there, or has nothing to say */
		if (ask_next(q) || n < 0) {
			set_timer(d);
			return;
		}
	} else {
		choose(d, a->server);
	}
	tell(q, (size_t)n);
	forget(q);
	set_timer(d);
}

static void answer_ready(struct source *s, uint32_t events)
{
	struct asked *a = (struct asked *)s;

	(void)events;
	if (a->fd >= 0 && a->question->used)
		take_answer(a);
}

static void fire(struct timer *t)
{
	struct dns *d = (struct dns *)((char *)t - offsetof(struct dns, timer));
	int64_t now = d->core->loop.now;

	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		struct question *q = &d->questions[i];

		if (!q->used || q->due > now)
			continue;
		if (now - q->began >= GIVE_UP_MS)
			forget(q);
		else if (q->waits)
			start(q);
		else
			ask_next(q);
	}
	set_timer(d);
}

/* ---- the list of servers ---- */

void dns_look(struct core *c)
{
	struct dns *d = &c->dns;

	if (d->looking || c->settings->dns_servers.n || c->loop.now - d->looked < LOOK_MS)
		return;
	d->looking = core_say(c, NOTE_WANT_RESOLVERS, 0);
}

void dns_set_servers(struct core *c, const struct resolvers *r)
{
	struct dns *d = &c->dns;

	d->looking = false;
	d->looked = c->loop.now;
	if (!resolvers_equal(&d->servers, r)) {
		d->servers = *r;
		d->current = 0;
		write_file(c);
	}
	for (size_t i = 0; d->questions && i < DNS_QUESTIONS; i++)
		if (d->questions[i].used && d->questions[i].waits)
			start(&d->questions[i]);
	if (d->questions)
		set_timer(d);
}

void dns_init(struct core *c)
{
	c->dns.core = c;
	c->dns.timer.fire = fire;
	loop_add_timer(&c->loop, &c->dns.timer);
}

/* ---- asking ---- */

static void make_room(struct dns *d)
{
	if (d->questions)
		return;
	d->room = mem_new(UDP_ROOM_MAX + UDP_DATA_MAX, 1);
	d->questions = mem_new(DNS_QUESTIONS, sizeof(*d->questions));
	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		d->questions[i].dns = d;
		for (size_t j = 0; j < DNS_ASKED; j++)
			d->questions[i].asked[j].fd = -1;
	}
}

static bool is_repeated(const struct question *q, const struct frame *f)
{
	return q->used && q->n == f->n - f->data && q->from.port == f->from_port &&
	       ip_equal(&q->from.ip, &f->from) && ip_equal(&q->to.ip, &f->to) &&
	       memcmp(q->text, f->b + f->data, q->n) == 0;
}

static struct question *find_place(struct dns *d)
{
	struct question *best = d->questions;

	for (size_t i = 0; i < DNS_QUESTIONS; i++) {
		struct question *q = &d->questions[i];

		if (!q->used)
			return q;
		if (q->began < best->began)
			best = q;
	}
	forget(best);
	return best;
}

static void fill(struct question *q, const struct frame *f, int64_t now)
{
	q->used = true;
	q->from = (struct endpoint){ .ip = f->from, .port = f->from_port };
	q->to = (struct endpoint){ .ip = f->to, .port = f->to_port };
	memcpy(q->mac, f->b + 6, sizeof(q->mac));
	q->n = f->n - f->data;
	q->text = mem_new(q->n, 1);
	memcpy(q->text, f->b + f->data, q->n);
	q->began = now;
}

void dns_ask(struct core *c, const struct frame *f)
{
	struct dns *d = &c->dns;
	struct question *q;

	if (f->n - f->data < HEAD || f->n - f->data > DNS_MAX)
		return;
	make_room(d);
	if (d->current && c->loop.now - d->since > FIRST_AGAIN_MS)
		choose(d, 0);
	for (size_t i = 0; i < DNS_QUESTIONS; i++)
		if (is_repeated(&d->questions[i], f)) {
			/* asked again: the container is less patient than we are */
			if (!d->questions[i].waits)
				ask_next(&d->questions[i]);
			set_timer(d);
			return;
		}
	dns_look(c);
	q = find_place(d);
	fill(q, f, c->loop.now);
	q->waits = d->looking;
	q->due = c->loop.now + LOOK_WAIT_MS;
	if (!q->waits)
		start(q);
	set_timer(d);
}
