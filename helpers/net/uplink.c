/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/uplink.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

#define BUCKETS 1024
/* so much room is mapped by itself: a gap in the heap that is large enough for libslirp's
 * buffers would have it copy them when they grow (core.c) */
#define MORE_LINES 2048
#define FAR (1u << 20)
#define WINDOW 65535 /* what libslirp grants that holds nothing */

/* Sequence numbers are those of the container, and of libslirp for the other direction. */
struct uplink_line {
	struct ip guest, peer;
	uint16_t guest_port, peer_port;
	uint32_t shift;    /* bytes that went around libslirp */
	uint32_t next;     /* all before it have arrived */
	uint32_t given;    /* all before it may be with libslirp */
	uint32_t round;    /* in which it got the last of them */
	uint32_t back;     /* libslirp's own next */
	uint32_t peer_ack; /* what libslirp was last told of the other direction */
	uint16_t peer_window;
	bool open, up, ending;
	bool holds; /* libslirp may have bytes to write */
	int chain;  /* the next in its bucket, or -1 */
};

void uplink_init(struct uplink *u)
{
	u->buckets = mem_new(BUCKETS, sizeof(*u->buckets));
	for (size_t i = 0; i < BUCKETS; i++)
		u->buckets[i] = -1;
}

void uplink_free(struct uplink *u)
{
	free(u->lines);
	free(u->buckets);
}

/* ---- who is who ---- */

static bool is_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static int *bucket(const struct uplink *u, const struct ip *peer, uint16_t guest_port,
		   uint16_t peer_port)
{
	uint32_t hash = guest_port * 31u + peer_port;

	hash = (hash ^ frame_get32(peer->b)) * 2654435761u;
	hash = (hash ^ frame_get32(peer->b + 12)) * 2654435761u;
	return &u->buckets[hash >> 16 & (BUCKETS - 1)];
}

/* The line is good until the next is opened. */
static struct uplink_line *find(const struct uplink *u, const struct ip *guest,
				uint16_t guest_port, const struct ip *peer,
				uint16_t peer_port)
{
	for (int fd = *bucket(u, peer, guest_port, peer_port); fd >= 0;
	     fd = u->lines[fd].chain) {
		struct uplink_line *l = &u->lines[fd];

		if (l->guest_port == guest_port && l->peer_port == peer_port &&
		    ip_equal(&l->peer, peer) && ip_equal(&l->guest, guest))
			return l;
	}
	return NULL;
}

static struct uplink_line *line_of(const struct uplink *u, const struct frame *f)
{
	return find(u, &f->from, f->from_port, &f->to, f->to_port);
}

static int fd_of(const struct uplink *u, const struct uplink_line *l)
{
	return (int)(l - u->lines);
}

static void make_room(struct uplink *u, size_t count)
{
	if (count <= u->line_count)
		return;
	count += MORE_LINES;
	u->lines = mem_grow(u->lines, count, sizeof(*u->lines));
	memset(u->lines + u->line_count, 0, (count - u->line_count) * sizeof(*u->lines));
	u->line_count = count;
}

void uplink_open(struct uplink *u, const struct frame *syn, int fd, uint32_t shift)
{
	int *at = bucket(u, &syn->to, syn->from_port, syn->to_port);

	uplink_close(u, fd);
	make_room(u, (size_t)fd + 1);
	u->lines[fd] = (struct uplink_line){
		.open = true,
		.guest = syn->from,
		.peer = syn->to,
		.guest_port = syn->from_port,
		.peer_port = syn->to_port,
		.shift = shift,
		/* the SYN has been shifted already */
		.given = frame_seq_end(syn) + shift,
		.holds = syn->n > syn->data,
		.round = u->round(u->data),
		.chain = *at,
	};
	*at = fd;
}

void uplink_close(struct uplink *u, int fd)
{
	struct uplink_line *l = (size_t)fd < u->line_count ? &u->lines[fd] : NULL;
	int *at;

	if (!l || !l->open)
		return;
	at = bucket(u, &l->peer, l->guest_port, l->peer_port);
	while (*at != fd)
		at = &u->lines[*at].chain;
	*at = l->chain;
	l->open = false;
}

/* ---- there ---- */

static bool holds_nothing(const struct uplink *u, struct uplink_line *l)
{
	if (l->holds && u->drained(u->data, fd_of(u, l), l->round))
		l->holds = false;
	return !l->holds;
}

/* The next bytes in order, and nothing else. */
static bool is_next(const struct uplink *u, struct uplink_line *l, const struct frame *f)
{
	size_t ip = f->family == AF_INET ? IP4_BYTES : IP6_BYTES;

	return l->up && !l->ending && f->n > f->data && (f->flags & ~TH_PUSH) == TH_ACK &&
	       f->l4 == ETH_BYTES + ip && f->data == f->l4 + TCP_BYTES &&
	       frame_seq(f) == l->next && l->given == l->next && holds_nothing(u, l);
}

/* What it says about the other direction. */
static void pass_ack(struct uplink *u, struct uplink_line *l, const struct frame *f)
{
	struct tcp_head head = { .from_mac = f->b + 6,
				 .to_mac = f->b,
				 .from = f->from,
				 .to = f->to,
				 .from_port = f->from_port,
				 .to_port = f->to_port,
				 .seq = frame_seq(f) - l->shift,
				 .ack = frame_ack(f),
				 .window = frame_window(f),
				 .flags = TH_ACK };
	uint8_t b[FRAME_TCP_ROOM];
	struct frame ack;

	l->peer_ack = head.ack;
	l->peer_window = head.window;
	if (frame_parse(b, frame_tcp_build(&head, b), &ack))
		u->input(u->data, &ack);
}

static void acknowledge(const struct uplink *u, const struct uplink_line *l,
			const struct frame *f)
{
	struct tcp_head head = frame_answer(f);
	uint32_t edge = frame_ack(f) + frame_window(f);
	uint8_t b[FRAME_TCP_ROOM];

	/* libslirp may have probed a window that is closed: beyond it nobody would look */
	head.seq = is_later(l->back, edge) ? edge : l->back;
	head.ack = l->next;
	head.window = WINDOW;
	head.flags = TH_ACK;
	u->answer(u->data, b, frame_tcp_build(&head, b));
}

bool uplink_take(struct uplink *u, struct frame *f, bool *whole)
{
	struct uplink_line *l = line_of(u, f);
	ssize_t n;

	if (!l || !*whole || !is_next(u, l, f))
		return false;
	if (frame_ack(f) != l->peer_ack || frame_window(f) != l->peer_window) {
		pass_ack(u, l, f);
		l = line_of(u, f);
		if (!l || !is_next(u, l, f))
			return false;
	}
	n = send(fd_of(u, l), f->b + f->data, f->n - f->data, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n <= 0)
		return false; /* libslirp finds out why, and keeps the bytes */
	l->shift += (uint32_t)n;
	l->next += (uint32_t)n;
	l->given = l->next;
	if ((size_t)n == f->n - f->data) {
		acknowledge(u, l, f);
		return true;
	}
	frame_skip(f, (size_t)n);
	*whole = false;
	return false;
}

uint32_t uplink_shift(struct uplink *u, struct frame *f)
{
	struct uplink_line *l = line_of(u, f);
	uint32_t end;

	if (!l)
		return 0;
	end = frame_seq_end(f);
	if (is_later(end, l->given))
		l->given = end;
	/* by numbers that no sender comes to: they could come round */
	if (l->up && is_later(end, l->next + FAR))
		l->ending = true;
	if (f->n > f->data) {
		l->holds = true;
		l->round = u->round(u->data);
	}
	if (f->flags & (TH_SYN | TH_FIN | TH_RST))
		l->ending = l->up;
	l->peer_ack = frame_ack(f);
	l->peer_window = frame_window(f);
	if (l->shift)
		frame_set_seq(f, frame_seq(f) - l->shift);
	return l->shift;
}

/* ---- and back ---- */

uint32_t uplink_back(struct uplink *u, const struct frame *f)
{
	struct uplink_line *l = find(u, &f->to, f->to_port, &f->from, f->from_port);
	uint32_t ack, end;

	if (!l)
		return 0;
	ack = frame_ack(f) + l->shift;
	end = frame_seq_end(f);
	if ((f->flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) && !l->up) {
		l->up = true;
		l->next = ack;
		l->back = end;
	}
	if (is_later(ack, l->next) && f->flags & TH_ACK)
		l->next = ack;
	if (is_later(end, l->back))
		l->back = end;
	/* a connection that libslirp thinks silent would be forgotten after a while once
	 * the other side has closed it */
	if (f->flags & (TH_FIN | TH_RST))
		l->ending = true;
	return f->flags & TH_ACK ? l->shift : 0;
}
