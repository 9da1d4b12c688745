/* SPDX-License-Identifier: Apache-2.0 */
/* Frames and settings for the tests of helpers/net. */
#ifndef TESTS_NET_H
#define TESTS_NET_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "helpers/net/frame.h"
#include "helpers/net/settings.h"

/* As runc sends it for a container with everything. */
#define NET_DOCUMENT                                                                       \
	"{\"id\":\"web1\",\"mode\":\"slirp\",\"userns\":true,\"ifname\":\"eth0\","         \
	"\"mac\":\"52:54:00:12:34:56\",\"mtu\":1500,\"network\":\"10.0.2.0/24\","          \
	"\"address\":\"10.0.2.100\",\"gateway\":\"10.0.2.2\",\"dnsAddress\":\"10.0.2.3\"," \
	"\"ipv6\":true,\"network6\":\"fd00::/64\",\"address6\":\"fd00::100\","             \
	"\"gateway6\":\"fd00::2\",\"dnsAddress6\":\"fd00::3\",\"dns\":true"

static inline struct ip net_ip(const char *text)
{
	struct ip ip = { 0 };

	ip_parse(text, &ip);
	return ip;
}

/* What a frame is to be made of. */
struct net_packet {
	const char *from, *to;
	uint8_t protocol; /* 0: TCP */
	uint16_t from_port, to_port;
	uint8_t flags;       /* of TCP */
	uint32_t seq, ack;   /* of TCP */
	uint16_t window;     /* of TCP */
	const char *options; /* of TCP, so many bytes */
	size_t option_bytes;
	const void *data;
	size_t n;
};

static inline size_t net_put_ip(uint8_t *b, const struct net_packet *p, size_t bytes)
{
	const struct ip from = net_ip(p->from), to = net_ip(p->to);
	uint8_t *ip = b + ETH_BYTES;
	uint16_t sum;

	memcpy(b, "\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56", 12);
	frame_put16(b + 12, from.family == AF_INET ? 0x0800 : 0x86dd);
	if (from.family == AF_INET) {
		memcpy(ip, "\x45\0\0\0\0\7\0\0\x40\0\0\0", 12);
		frame_put16(ip + 2, (uint32_t)(20 + bytes));
		ip[9] = p->protocol ? p->protocol : IPPROTO_TCP;
		memcpy(ip + 12, from.b, 4);
		memcpy(ip + 16, to.b, 4);
		sum = (uint16_t)~frame_sum(ip, 20, 0);
		memcpy(ip + 10, &sum, 2);
		return ETH_BYTES + 20;
	}
	memcpy(ip, "\x60\0\0\0\0\0\0\x40", 8);
	frame_put16(ip + 4, (uint32_t)bytes);
	ip[6] = p->protocol ? p->protocol : IPPROTO_TCP;
	memcpy(ip + 8, from.b, 16);
	memcpy(ip + 24, to.b, 16);
	return ETH_BYTES + 40;
}

/* Is the checksum over the pseudo header and all behind it right? */
static inline bool net_sum_is_right(const struct frame *f)
{
	return frame_sum(f->b + f->l4, f->n - f->l4, frame_pseudo_sum(f, f->n - f->l4)) ==
	       0xffff;
}

/* A frame with right checksums; b has room. Returns its length. */
static inline size_t net_make(uint8_t *b, const struct net_packet *p)
{
	bool udp = p->protocol == IPPROTO_UDP,
	     tcp = !p->protocol || p->protocol == IPPROTO_TCP;
	size_t head = udp ? 8 : tcp ? 20 + p->option_bytes : 0, at;
	struct frame f = { .b = b, .from = net_ip(p->from), .to = net_ip(p->to) };
	uint16_t sum;

	at = net_put_ip(b, p, head + p->n);
	memset(b + at, 0, head);
	if (udp || tcp) {
		frame_put16(b + at, p->from_port);
		frame_put16(b + at + 2, p->to_port);
	}
	if (udp)
		frame_put16(b + at + 4, (uint32_t)(8 + p->n));
	if (tcp) {
		frame_put32(b + at + 4, p->seq);
		frame_put32(b + at + 8, p->ack);
		b[at + 12] = (uint8_t)((20 + p->option_bytes) / 4 << 4);
		b[at + 13] = p->flags;
		frame_put16(b + at + 14, p->window);
		if (p->option_bytes)
			memcpy(b + at + 20, p->options, p->option_bytes);
	}
	if (p->n)
		memcpy(b + at + head, p->data, p->n);
	f.n = at + head + p->n;
	f.l4 = at;
	f.protocol = p->protocol ? p->protocol : IPPROTO_TCP;
	if (udp || tcp) {
		size_t sum_at = at + (udp ? 6 : 16);

		sum = (uint16_t)~frame_sum(b + at, f.n - at,
					   frame_pseudo_sum(&f, f.n - at));
		memcpy(b + sum_at, &sum, 2);
	}
	return f.n;
}

#endif
