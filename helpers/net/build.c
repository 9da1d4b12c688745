/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of our own. */
#include <net/ethernet.h>
#include <netinet/tcp.h>
#include <string.h>

#include "helpers/net/frame.h"

#define HOPS 64
#define IP6_FRAGMENT_BYTES 8
#define IP4_MORE 0x2000

void frame_special_mac(const struct ip *ip, uint8_t mac[6])
{
	/* libslirp's for IPv6 ends with bytes of the address too, but 52:56 */
	mac[0] = 0x52;
	mac[1] = ip->family == AF_INET ? 0x55 : 0x56;
	memcpy(mac + 2, ip->b + ip_len(ip) - 4, 4);
}

static void put_ethernet(uint8_t *b, const uint8_t *to, const uint8_t *from, int family)
{
	memcpy(b, to, 6);
	memcpy(b + 6, from, 6);
	frame_put16(b + 12, family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
}

/* frame_sum() counts in the order of memory, so its result is stored as it is. */
static void put_check(uint8_t *at, uint16_t sum)
{
	sum = (uint16_t)~sum;
	memcpy(at, &sum, 2);
}

/* Of an IPv4 header of so many bytes. */
static void put_ip4_check(uint8_t *ip, size_t bytes)
{
	frame_put16(ip + 10, 0);
	put_check(ip + 10, frame_sum(ip, bytes, 0));
}

/* The IP header at b + ETH_BYTES, for so many bytes behind it. Returns where these go. */
static size_t put_ip(uint8_t *b, const struct ip *from, const struct ip *to,
		     uint8_t protocol, size_t bytes)
{
	uint8_t *ip = b + ETH_BYTES;

	if (from->family == AF_INET) {
		memset(ip, 0, IP4_BYTES);
		ip[0] = 0x45;
		frame_put16(ip + 2, (uint32_t)(IP4_BYTES + bytes));
		ip[8] = HOPS;
		ip[9] = protocol;
		memcpy(ip + 12, from->b, 4);
		memcpy(ip + 16, to->b, 4);
		put_ip4_check(ip, IP4_BYTES);
		return ETH_BYTES + IP4_BYTES;
	}
	memset(ip, 0, IP6_BYTES);
	ip[0] = 0x60;
	frame_put16(ip + 4, (uint32_t)bytes);
	ip[6] = protocol;
	ip[7] = HOPS;
	memcpy(ip + 8, from->b, 16);
	memcpy(ip + 24, to->b, 16);
	return ETH_BYTES + IP6_BYTES;
}

/* The checksum over the pseudo header and all from l4 on; it is zero there before. */
static void put_l4_check(const struct frame *f, size_t at)
{
	size_t bytes = f->n - f->l4;
	uint16_t sum = frame_sum(f->b + f->l4, bytes, frame_pseudo_sum(f, bytes));

	/* inverted, that would be the zero that means "none" in UDP; in TCP both are one */
	put_check(f->b + f->l4 + at, sum == 0xffff ? 0 : sum);
}

size_t frame_udp_room(int family)
{
	return (size_t)(ETH_BYTES + UDP_BYTES) +
	       (family == AF_INET ? IP4_BYTES : IP6_BYTES);
}

size_t frame_udp_build(uint8_t *b, size_t n, const struct udp_head *head)
{
	struct frame f = { .b = b,
			   .protocol = IPPROTO_UDP,
			   .from = head->from->ip,
			   .to = head->to->ip };
	size_t bytes = UDP_BYTES + n;
	uint8_t *udp;

	if (frame_udp_room(f.from.family) + n > FRAME_MAX)
		return 0;
	put_ethernet(b, head->to_mac, head->from_mac, f.from.family);
	f.l4 = put_ip(b, &f.from, &f.to, IPPROTO_UDP, bytes);
	f.n = f.l4 + bytes;
	udp = b + f.l4;
	frame_put16(udp, head->from->port);
	frame_put16(udp + 2, head->to->port);
	frame_put16(udp + 4, (uint32_t)bytes);
	frame_put16(udp + 6, 0);
	put_l4_check(&f, 6);
	return f.n;
}

struct tcp_head frame_answer(const struct frame *f)
{
	return (struct tcp_head){ .from_mac = f->b,
				  .to_mac = f->b + 6,
				  .from = f->to,
				  .to = f->from,
				  .from_port = f->to_port,
				  .to_port = f->from_port };
}

size_t frame_tcp_build(const struct tcp_head *head, uint8_t b[FRAME_TCP_ROOM])
{
	struct frame f = {
		.b = b, .protocol = IPPROTO_TCP, .from = head->from, .to = head->to
	};
	uint8_t *tcp;

	put_ethernet(b, head->to_mac, head->from_mac, f.from.family);
	f.l4 = put_ip(b, &f.from, &f.to, IPPROTO_TCP, TCP_BYTES);
	f.n = f.l4 + TCP_BYTES;
	tcp = b + f.l4;
	memset(tcp, 0, TCP_BYTES);
	frame_put16(tcp, head->from_port);
	frame_put16(tcp + 2, head->to_port);
	frame_put32(tcp + 4, head->seq);
	frame_put32(tcp + 8, head->ack);
	tcp[12] = TCP_BYTES / 4 << 4;
	tcp[13] = head->flags;
	frame_put16(tcp + 14, head->window);
	put_l4_check(&f, TCP_AT_SUM);
	return f.n;
}

size_t frame_reset_build(const struct frame *syn, uint8_t b[FRAME_TCP_ROOM])
{
	struct tcp_head head = frame_answer(syn);

	/* what a SYN acknowledges nothing with is answered from 0, acknowledging it all */
	head.ack = frame_seq_end(syn);
	head.flags = TH_RST | TH_ACK;
	return frame_tcp_build(&head, b);
}

/* ---- the rest of a frame ---- */

void frame_skip(struct frame *f, size_t bytes)
{
	uint32_t seq = frame_seq(f);
	uint8_t *ip, *tcp;

	memmove(f->b + bytes, f->b, f->data);
	f->b += bytes;
	f->n -= bytes;
	ip = f->b + ETH_BYTES;
	tcp = f->b + f->l4;
	if (f->family == AF_INET) {
		frame_put16(ip + 2, (uint32_t)(f->n - ETH_BYTES));
		put_ip4_check(ip, f->l4 - ETH_BYTES);
	} else {
		frame_put16(ip + 4, (uint32_t)(f->n - f->l4));
	}
	frame_put32(tcp + 4, seq + (uint32_t)bytes);
	frame_put16(tcp + TCP_AT_SUM, 0);
	put_l4_check(f, TCP_AT_SUM);
}

/* ---- fragments ---- */

struct slice {
	size_t from, n;
	bool more;
};

/* Each but the last carries a multiple of eight bytes. */
static bool slice(size_t total, size_t each, size_t i, struct slice *s)
{
	each &= ~(size_t)7;
	s->from = i * each;
	if (!each || s->from >= total)
		return false;
	s->n = total - s->from < each ? total - s->from : each;
	s->more = s->from + s->n < total;
	return true;
}

/* libslirp cuts too, for its own larger MTU: what is a part already stays one. */
static size_t fragment4(const struct frame *f, size_t mtu, uint32_t id, size_t i,
			uint8_t *out)
{
	size_t head = f->l4 - ETH_BYTES;
	uint8_t *ip = out + ETH_BYTES;
	uint32_t was = frame_get16(f->b + ETH_BYTES + 6) & 0x3fff;
	struct slice s;

	if (mtu <= head || !slice(f->n - f->l4, mtu - head, i, &s))
		return 0;
	memcpy(out, f->b, f->l4);
	memcpy(out + f->l4, f->b + f->l4 + s.from, s.n);
	frame_put16(ip + 2, (uint32_t)(head + s.n));
	if (!was)
		frame_put16(ip + 4, id);
	frame_put16(ip + 6, (was + (uint32_t)(s.from / 8)) | (s.more ? IP4_MORE : 0));
	put_ip4_check(ip, head);
	return f->l4 + s.n;
}

static size_t fragment6(const struct frame *f, size_t mtu, uint32_t id, size_t i,
			uint8_t *out)
{
	size_t head = IP6_BYTES + IP6_FRAGMENT_BYTES;
	uint8_t *ip = out + ETH_BYTES, *ext = ip + IP6_BYTES;
	struct slice s;

	if (mtu <= head || !slice(f->n - f->l4, mtu - head, i, &s))
		return 0;
	memcpy(out, f->b, f->l4);
	frame_put16(ip + 4, (uint32_t)(IP6_FRAGMENT_BYTES + s.n));
	ip[6] = IPPROTO_FRAGMENT;
	ext[0] = f->protocol;
	ext[1] = 0;
	frame_put16(ext + 2, (uint32_t)s.from | (s.more ? 1 : 0));
	frame_put32(ext + 4, id);
	memcpy(ext + IP6_FRAGMENT_BYTES, f->b + f->l4 + s.from, s.n);
	return ETH_BYTES + head + s.n;
}

size_t frame_fragment(const struct frame *f, size_t mtu, uint32_t id, size_t i,
		      uint8_t *out)
{
	return f->family == AF_INET ? fragment4(f, mtu, id, i, out) :
				      fragment6(f, mtu, id, i, out);
}
