/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that sends a stream, a stand-in for libslirp's TCP, and the host's reader,
 * around an uplink. What the reader gets is compared with what was sent, byte for byte;
 * whoever includes this says what happens when something does not hold (MUST).
 */
#ifndef TESTS_UPLINK_H
#define TESTS_UPLINK_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "helpers/net/offload.h"
#include "helpers/net/uplink.h"
#include "unit/net.h"

#define WORLD_HOLDS 131072 /* of libslirp, for a connection */

struct world {
	struct uplink u;
	const char *guest, *peer;
	int fd, far; /* libslirp's socket; -1: closed; the reader's end */
	/* the container */
	uint32_t isn, peer_ack;
	uint16_t window;
	size_t sent, acked; /* bytes of its stream */
	/* the stand-in; numbers as it sees them */
	uint32_t next, seq, round;
	uint8_t held[WORLD_HOLDS];
	size_t held_count;
	bool asked, ended;
	size_t took, acks; /* bytes of data, and frames without, that it was given */
	/* the reader */
	size_t got;
};

static inline uint8_t world_byte(size_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

/* ---- the container hears ---- */

static inline void world_hear(struct world *w, const struct frame *f, uint32_t more)
{
	size_t acked = (uint32_t)(frame_ack(f) + more - w->isn - 1);

	if (f->flags & TH_RST)
		return;
	MUST(net_sum_is_right(f));
	/* neither what was not sent, nor less than before */
	MUST(acked <= w->sent + 1 && acked >= w->acked);
	w->acked = acked;
}

static inline void world_answer(void *data, uint8_t *b, size_t n)
{
	struct world *w = data;
	struct frame f;

	MUST(frame_parse(b, n, &f) && frame_seq(&f) == w->seq);
	MUST(f.flags == TH_ACK && frame_window(&f) == 65535);
	world_hear(w, &f, 0);
}

/* ---- the stand-in for libslirp ---- */

static inline void world_say(struct world *w, uint8_t flags)
{
	struct net_packet p = { .from = w->peer,
				.to = w->guest,
				.from_port = 80,
				.to_port = 4000,
				.flags = flags,
				.seq = w->seq,
				.ack = w->next,
				.window = 65535 };
	uint8_t b[FRAME_TCP_ROOM];
	struct frame f;

	MUST(frame_parse(b, net_make(b, &p), &f));
	w->seq += !!(flags & TH_SYN) + !!(flags & TH_FIN);
	world_hear(w, &f, uplink_back(&w->u, &f));
}

static inline void world_write(struct world *w)
{
	ssize_t n = w->held_count && w->fd >= 0 ? send(w->fd, w->held, w->held_count,
						       MSG_DONTWAIT | MSG_NOSIGNAL) :
						  0;

	if (n <= 0)
		return;
	w->held_count -= (size_t)n;
	memmove(w->held, w->held + n, w->held_count);
}

static inline void world_keep(struct world *w, const uint8_t *data, size_t n)
{
	size_t room = WORLD_HOLDS - w->held_count;
	bool first = w->held_count == 0;

	n = n < room ? n : room;
	if (n)
		memcpy(w->held + w->held_count, data, n);
	w->held_count += n;
	w->next += (uint32_t)n;
	if (first)
		world_write(w);
}

static inline void world_input(void *data, struct frame *f)
{
	struct world *w = data;
	size_t n = f->n - f->data;
	uint32_t old = w->next - frame_seq(f);

	MUST(net_sum_is_right(f));
	if (f->flags & TH_ACK)
		w->peer_ack = frame_ack(f);
	w->window = frame_window(f);
	w->took += n;
	w->acks += n == 0;
	if (old < n)
		world_keep(w, f->b + f->data + old, n - old);
	if (f->flags & TH_FIN && w->next == frame_seq(f) + (uint32_t)n) {
		w->next++;
		w->ended = true;
	}
	if (n || f->flags & TH_FIN)
		world_say(w, TH_ACK);
}

/* As between two rounds of the loop. */
static inline void world_round(struct world *w)
{
	world_write(w);
	w->round++;
	w->asked = w->held_count > 0;
}

static inline bool world_drained(void *data, int fd, uint32_t since)
{
	struct world *w = data;

	MUST(fd == w->fd);
	return w->round != since && !w->asked;
}

static inline uint32_t world_number(void *data)
{
	return ((struct world *)data)->round;
}

/* ---- the container sends ---- */

/* As traffic.c does. */
static inline void world_pass(struct world *w, uint8_t *b, size_t n, bool whole)
{
	struct virtio_net_hdr h = { 0 };
	bool partial;
	struct frame f;

	MUST(frame_parse(b, n, &f));
	if (whole) {
		uint16_t sum = offload_sum(&f);

		memcpy(f.b + f.l4 + TCP_AT_SUM, &sum, sizeof(sum));
		h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		h.csum_start = (uint16_t)f.l4;
		h.csum_offset = TCP_AT_SUM;
	}
	MUST(offload_take(&h, b, n, &f, &partial) && partial == whole);
	if (uplink_take(&w->u, &f, &whole))
		return;
	if (whole)
		offload_complete(&f);
	uplink_shift(&w->u, &f);
	world_input(w, &f);
}

/* Bytes [from, from + n) of the stream. */
static inline void world_send(struct world *w, size_t from, size_t n, uint8_t flags,
			      bool whole)
{
	uint8_t *b = mem_new(FRAME_TCP_ROOM + n, 1), *data = mem_new(n + 1, 1);
	struct net_packet p = { .from = w->guest,
				.to = w->peer,
				.from_port = 4000,
				.to_port = 80,
				.flags = flags,
				.seq = w->isn + 1 + (uint32_t)from,
				.ack = w->peer_ack,
				.window = w->window,
				.data = data,
				.n = n };

	for (size_t i = 0; i < n; i++)
		data[i] = world_byte(from + i);
	if (from + n > w->sent)
		w->sent = from + n;
	world_pass(w, b, net_make(b, &p), whole);
	free(data);
	free(b);
}

/* ---- the reader ---- */

static inline size_t world_read(struct world *w, size_t most)
{
	uint8_t b[4096];
	size_t all = 0;
	ssize_t n = 0;

	while (all < most &&
	       (n = recv(w->far, b, most - all < sizeof(b) ? most - all : sizeof(b),
			 MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			MUST(b[i] == world_byte(w->got + (size_t)i));
		w->got += (size_t)n;
		all += (size_t)n;
	}
	return all;
}

/* Until nothing is on its way: the reader has all that was acknowledged, and no more. */
static inline void world_finish(struct world *w)
{
	do
		world_write(w);
	while (world_read(w, SIZE_MAX) > 0 || w->held_count > 0);
	MUST(w->got == w->acked - w->ended);
}

/* ---- beginning and end ---- */

/* A new connection, in place of one that libslirp still remembered if shift is not 0. */
static inline void world_open(struct world *w, uint32_t isn, uint32_t shift)
{
	struct net_packet p = { .from = w->guest,
				.to = w->peer,
				.from_port = 4000,
				.to_port = 80,
				.flags = TH_SYN,
				.seq = isn - shift };
	const int room = 16384;
	uint8_t b[FRAME_TCP_ROOM];
	struct frame f;
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	w->fd = fds[0];
	w->far = fds[1];
	w->isn = isn;
	w->sent = w->acked = w->got = w->held_count = 0;
	w->ended = false;
	w->next = isn - shift + 1;
	w->seq = 7777;
	w->window = 64240;
	MUST(frame_parse(b, net_make(b, &p), &f));
	uplink_open(&w->u, &f, w->fd, shift);
	world_say(w, TH_SYN | TH_ACK);
	w->peer_ack = w->seq;
	world_send(w, 0, 0, TH_ACK, true);
	w->took = w->acks = 0;
}

/* libslirp closes its socket. */
static inline void world_close(struct world *w)
{
	uplink_close(&w->u, w->fd);
	close(w->fd);
	close(w->far);
	w->fd = -1;
}

static inline struct world *world_new(const char *guest, const char *peer)
{
	struct world *w = mem_new(1, sizeof(*w));

	*w = (struct world){ .guest = guest, .peer = peer, .round = 1 };
	w->u = (struct uplink){ .input = world_input,
				.answer = world_answer,
				.drained = world_drained,
				.round = world_number,
				.data = w };
	uplink_init(&w->u);
	return w;
}

static inline void world_free(struct world *w)
{
	if (w->fd >= 0)
		world_close(w);
	uplink_free(&w->u);
	free(w);
}

#endif
