/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/offload.h"

#include <string.h>

static bool is_possible(const struct virtio_net_hdr *h, size_t n)
{
	size_t start = h->csum_start, at = start + h->csum_offset;

	switch (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_NONE:
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		break;
	default:
		return false;
	}
	return !(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	       (start >= ETH_BYTES && start <= n && at + 2 <= n);
}

static void complete(uint8_t *b, size_t n, size_t start, size_t at)
{
	uint16_t sum = frame_sum(b + start, n - start, 0) ^ 0xffff;

	if (sum == 0)
		sum = 0xffff; /* zero would mean "none" in UDP */
	memcpy(b + at, &sum, 2);
}

static bool is_whole(const struct virtio_net_hdr *h, const struct frame *f)
{
	return f->protocol == IPPROTO_TCP && f->family && !f->fragment &&
	       h->csum_start == f->l4 && h->csum_offset == TCP_AT_SUM;
}

bool offload_take(const struct virtio_net_hdr *h, uint8_t *b, size_t n, struct frame *f,
		  bool *whole)
{
	*whole = false;
	if (!is_possible(h, n))
		return false;
	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return frame_parse(b, n, f);
	*whole = frame_parse(b, n, f) && is_whole(h, f);
	if (*whole)
		return true;
	complete(b, n, h->csum_start, (size_t)h->csum_start + h->csum_offset);
	return frame_parse(b, n, f);
}

void offload_complete(struct frame *f)
{
	complete(f->b, f->n, f->l4, f->l4 + TCP_AT_SUM);
}

uint16_t offload_sum(const struct frame *f)
{
	return frame_pseudo_sum(f, f->n - f->l4);
}

enum offload offload_give(const struct frame *f, size_t mtu, size_t mss,
			  struct virtio_net_hdr *h)
{
	size_t heads = f->data - ETH_BYTES, room = mtu > heads ? mtu - heads : 1;
	bool tcp = f->protocol == IPPROTO_TCP && !f->fragment;

	*h = (struct virtio_net_hdr){ 0 };
	if (f->n - ETH_BYTES <= mtu && (!tcp || !mss || f->n - f->data <= mss))
		return OFFLOAD_NONE;
	if (!tcp)
		return OFFLOAD_FRAGMENTS;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->csum_start = (uint16_t)f->l4;
	h->csum_offset = TCP_AT_SUM;
	h->gso_type = f->family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4 :
					     VIRTIO_NET_HDR_GSO_TCPV6;
	h->gso_size = (uint16_t)(mss && mss < room ? mss : room);
	h->hdr_len = (uint16_t)f->data;
	return OFFLOAD_SEGMENTS;
}

/* ---- small segments ---- */

static size_t slot(const struct ip *guest, uint16_t guest_port, uint16_t peer_port)
{
	return (guest->b[3] * 31u + guest->b[15] * 7u + guest_port * 5u + peer_port) %
	       SMALL_MSS_SLOTS;
}

void small_mss_learn(struct small_mss *t, const struct frame *syn, uint16_t mss,
		     uint16_t usual)
{
	size_t i = slot(&syn->from, syn->from_port, syn->to_port);

	/* few are special: a slot that another takes is a connection of a container that
	 * has networks of its own, with hundreds of them */
	if (mss >= usual &&
	    (!t->v[i].mss || t->v[i].guest_port != syn->from_port ||
	     t->v[i].peer_port != syn->to_port || !ip_equal(&t->v[i].guest, &syn->from)))
		return;
	t->v[i].guest = syn->from;
	t->v[i].peer = syn->to;
	t->v[i].guest_port = syn->from_port;
	t->v[i].peer_port = syn->to_port;
	t->v[i].mss = mss >= usual ? 0 : mss;
}

uint16_t small_mss_of(const struct small_mss *t, const struct frame *f)
{
	size_t i = slot(&f->to, f->to_port, f->from_port);

	if (!t->v[i].mss || t->v[i].guest_port != f->to_port ||
	    t->v[i].peer_port != f->from_port || !ip_equal(&t->v[i].guest, &f->to) ||
	    !ip_equal(&t->v[i].peer, &f->from))
		return 0;
	return t->v[i].mss;
}
