/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/reasm.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define UNITS 8192 /* of 8 bytes: more than a packet has */
#define IP6_FRAGMENT_BYTES 8

struct piece {
	size_t from, n;
	bool more;
	uint32_t id;
	uint8_t protocol;
};

struct reasm_slot {
	bool used;
	int64_t began;
	struct ip from, to;
	uint32_t id;
	uint8_t protocol;
	size_t head;  /* bytes in front of what is put together */
	size_t got;   /* bytes that are there */
	size_t top;   /* where the last of them ends */
	size_t total; /* 0: the last piece has not come */
	bool bad;
	uint8_t have[UNITS / 8];
	uint8_t b[FRAME_MAX];
};

/* ---- one piece ---- */

static bool read_piece(const struct frame *f, struct piece *p)
{
	const uint8_t *ip = f->b + ETH_BYTES, *ext = f->b + f->l4;
	size_t bytes = f->n - f->l4;

	if (f->family == AF_INET) {
		p->from = (size_t)(frame_get16(ip + 6) & 0x1fff) * 8;
		p->more = ip[6] & 0x20;
		p->id = frame_get16(ip + 4);
		p->protocol = f->protocol;
		p->n = bytes;
	} else {
		if (bytes < IP6_FRAGMENT_BYTES)
			return false;
		p->protocol = ext[0];
		p->from = frame_get16(ext + 2) & 0xfff8;
		p->more = ext[3] & 1;
		p->id = frame_get32(ext + 4);
		p->n = bytes - IP6_FRAGMENT_BYTES;
	}
	/* only the last may have an odd end */
	return p->n > 0 && (!p->more || p->n % 8 == 0);
}

static const uint8_t *piece_bytes(const struct frame *f)
{
	return f->b + f->l4 + (f->family == AF_INET ? 0 : IP6_FRAGMENT_BYTES);
}

/* ---- slots ---- */

static bool is_of(const struct reasm_slot *s, const struct frame *f, const struct piece *p)
{
	return s->used && s->id == p->id && s->protocol == p->protocol &&
	       ip_equal(&s->from, &f->from) && ip_equal(&s->to, &f->to);
}

/* The one it belongs to, else a free, an old, or the oldest one. */
static struct reasm_slot *find(struct reasm *r, const struct frame *f,
			       const struct piece *p, int64_t now)
{
	struct reasm_slot *best = NULL;

	for (size_t i = 0; i < REASM_SLOTS; i++) {
		struct reasm_slot *s = r->v[i];

		if (!s) {
			s = r->v[i] = mem_new(1, sizeof(*s));
			best = best && !best->used ? best : s;
			break;
		}
		if (s->used && now - s->began > REASM_MS)
			s->used = false;
		if (is_of(s, f, p))
			return s;
		if (!best || (best->used && (!s->used || s->began < best->began)))
			best = s;
	}
	return best;
}

static void begin(struct reasm_slot *s, const struct frame *f, const struct piece *p,
		  int64_t now)
{
	size_t head = f->family == AF_INET ? IP4_BYTES : IP6_BYTES;

	s->used = true;
	s->bad = false;
	s->began = now;
	s->from = f->from;
	s->to = f->to;
	s->id = p->id;
	s->protocol = p->protocol;
	s->head = ETH_BYTES + head;
	s->got = s->top = s->total = 0;
	memset(s->have, 0, sizeof(s->have));
	/* options, if any, are of no use to anybody behind us */
	memcpy(s->b, f->b, s->head);
}

static bool mark(struct reasm_slot *s, const struct piece *p)
{
	size_t unit = p->from / 8, end = (p->from + p->n + 7) / 8;

	for (; unit < end; unit++) {
		if (s->have[unit / 8] & (1 << unit % 8))
			return false;
		s->have[unit / 8] |= (uint8_t)(1 << unit % 8);
	}
	return true;
}

static void put(struct reasm_slot *s, const struct frame *f, const struct piece *p)
{
	size_t end = p->from + p->n;

	if (s->bad || end > sizeof(s->b) - s->head || (s->total && end > s->total) ||
	    (!p->more && (s->total || s->top > end)) || !mark(s, p)) {
		s->bad =
			true; /* stays until it is old, so that its rest is dropped too */
		return;
	}
	if (!p->more)
		s->total = end;
	memcpy(s->b + s->head + p->from, piece_bytes(f), p->n);
	s->got += p->n;
	s->top = end > s->top ? end : s->top;
}

static void finish_header(struct reasm_slot *s)
{
	uint8_t *ip = s->b + ETH_BYTES;
	uint16_t sum;

	if (s->from.family == AF_INET6) {
		frame_put16(ip + 4, (uint32_t)s->total);
		ip[6] = s->protocol;
		return;
	}
	ip[0] = 0x45;
	frame_put16(ip + 2, (uint32_t)(IP4_BYTES + s->total));
	frame_put16(ip + 6, 0);
	frame_put16(ip + 10, 0);
	sum = (uint16_t)~frame_sum(ip, IP4_BYTES, 0);
	memcpy(ip + 10, &sum, 2);
}

const struct frame *reasm_take(struct reasm *r, const struct frame *f, int64_t now,
			       struct frame *whole)
{
	struct reasm_slot *s;
	struct piece p;

	if (!f->fragment || !read_piece(f, &p))
		return NULL;
	s = find(r, f, &p, now);
	if (!is_of(s, f, &p))
		begin(s, f, &p, now);
	put(s, f, &p);
	if (s->bad || !s->total || s->got != s->total)
		return NULL;
	s->used = false;
	finish_header(s);
	return frame_parse(s->b, s->head + s->total, whole) ? whole : NULL;
}

void reasm_free(struct reasm *r)
{
	for (size_t i = 0; i < REASM_SLOTS; i++)
		free(r->v[i]);
	*r = (struct reasm){ 0 };
}
