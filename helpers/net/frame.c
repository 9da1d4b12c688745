/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/frame.h"

#include <net/ethernet.h>
#include <netinet/tcp.h>
#include <string.h>

#define TCP_OPT_END 0
#define TCP_OPT_NOP 1
#define TCP_OPT_MSS 2
#define IP4_MORE 0x2000
#define IP4_OFFSET 0x1fff

uint16_t frame_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t frame_get32(const uint8_t *at)
{
	return (uint32_t)frame_get16(at) << 16 | frame_get16(at + 2);
}

void frame_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

void frame_put32(uint8_t *at, uint32_t value)
{
	frame_put16(at, value >> 16);
	frame_put16(at + 2, value);
}

/* ---- what is where ---- */

static bool parse_tcp(struct frame *f)
{
	const uint8_t *tcp = f->b + f->l4;
	size_t left = f->n - f->l4, head;

	if (left < TCP_BYTES)
		return false;
	head = (size_t)(tcp[12] >> 4) * 4;
	if (head < TCP_BYTES || head > left)
		return false;
	f->flags = tcp[13];
	f->data = f->l4 + head;
	return true;
}

static bool parse_udp(struct frame *f)
{
	const uint8_t *udp = f->b + f->l4;
	size_t left = f->n - f->l4;

	if (left < UDP_BYTES || frame_get16(udp + 4) != left)
		return false;
	f->data = f->l4 + UDP_BYTES;
	return true;
}

static bool parse_ports(struct frame *f)
{
	f->data = f->n;
	if (f->protocol != IPPROTO_TCP && f->protocol != IPPROTO_UDP)
		return true;
	if (f->protocol == IPPROTO_TCP ? !parse_tcp(f) : !parse_udp(f))
		return false;
	f->from_port = frame_get16(f->b + f->l4);
	f->to_port = frame_get16(f->b + f->l4 + 2);
	return true;
}

static bool parse_ip4(struct frame *f)
{
	const uint8_t *ip = f->b + ETH_BYTES;
	size_t left = f->n - ETH_BYTES, head, total;

	if (left < IP4_BYTES || ip[0] >> 4 != 4)
		return false;
	head = (size_t)(ip[0] & 0xf) * 4;
	total = frame_get16(ip + 2);
	if (head < IP4_BYTES || total < head || total > left)
		return false;
	f->family = AF_INET;
	f->protocol = ip[9];
	f->fragment = (frame_get16(ip + 6) & (IP4_MORE | IP4_OFFSET)) != 0;
	f->n = ETH_BYTES + total;
	f->l4 = ETH_BYTES + head;
	ip_set(&f->from, AF_INET, ip + 12);
	ip_set(&f->to, AF_INET, ip + 16);
	f->data = f->n;
	return f->fragment || parse_ports(f);
}

static bool parse_ip6(struct frame *f)
{
	const uint8_t *ip = f->b + ETH_BYTES;
	size_t left = f->n - ETH_BYTES, payload;

	if (left < IP6_BYTES || ip[0] >> 4 != 6)
		return false;
	payload = frame_get16(ip + 4);
	if (payload > left - IP6_BYTES)
		return false;
	f->family = AF_INET6;
	f->protocol = ip[6];
	f->fragment = ip[6] == IPPROTO_FRAGMENT;
	f->n = ETH_BYTES + IP6_BYTES + payload;
	f->l4 = ETH_BYTES + IP6_BYTES;
	ip_set(&f->from, AF_INET6, ip + 8);
	ip_set(&f->to, AF_INET6, ip + 24);
	f->data = f->n;
	return f->fragment || parse_ports(f);
}

bool frame_parse(uint8_t *b, size_t n, struct frame *f)
{
	*f = (struct frame){ .b = b, .n = n, .l4 = n, .data = n };
	if (n < ETH_BYTES || n > FRAME_MAX)
		return false;
	switch (frame_get16(b + 12)) {
	case ETHERTYPE_ARP:
		return true;
	case ETHERTYPE_IP:
		return parse_ip4(f);
	case ETHERTYPE_IPV6:
		return parse_ip6(f);
	}
	return false;
}

/* ---- checksums ---- */

static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint16_t frame_sum(const uint8_t *b, size_t n, uint32_t sum)
{
	/* 32 bytes a time, in lanes that cannot overflow: each is half of a 64-bit word */
	uint64_t __attribute__((vector_size(16))) v[2], low[2] = { { 0 } },
							high[2] = { { 0 } };
	uint64_t total = sum, word;
	uint16_t last = 0;

	for (; n >= sizeof(v); b += sizeof(v), n -= sizeof(v)) {
		memcpy(v, b, sizeof(v));
		for (size_t i = 0; i < 2; i++) {
			low[i] += v[i] & 0xffffffff;
			high[i] += v[i] >> 32;
		}
	}
	low[0] += low[1];
	high[0] += high[1];
	total += low[0][0] + low[0][1];
	total += fold(high[0][0] + high[0][1]);
	for (; n >= 8; b += 8, n -= 8) {
		memcpy(&word, b, 8);
		total += (uint32_t)word + (word >> 32);
	}
	for (; n >= 2; b += 2, n -= 2) {
		memcpy(&last, b, 2);
		total += last;
	}
	last = 0;
	memcpy(&last, b, n);
	return fold(total + last);
}

/* An integer as two bytes would give it. */
static uint16_t as_word(size_t value)
{
	return htons((uint16_t)value);
}

uint16_t frame_pseudo_sum(const struct frame *f, size_t bytes)
{
	uint32_t sum = (uint32_t)as_word(f->protocol) + as_word(bytes);

	sum += frame_sum(f->from.b, ip_len(&f->from), 0);
	return frame_sum(f->to.b, ip_len(&f->to), sum);
}

/* RFC 1624, a byte at a time: options need not begin at an even place. */
static void replace_byte(uint8_t *b, size_t at, size_t sum, uint8_t value)
{
	uint16_t check = frame_get16(b + sum);
	unsigned int shift = at & 1 ? 0 : 8;
	uint32_t s = (uint16_t)~check;

	s += (uint16_t) ~(b[at] << shift);
	s += (uint32_t)value << shift;
	frame_put16(b + sum, (uint16_t)~fold(s));
	b[at] = value;
}

void frame_replace(uint8_t *b, size_t at, size_t sum, uint16_t value)
{
	replace_byte(b, at, sum, (uint8_t)(value >> 8));
	replace_byte(b, at + 1, sum, (uint8_t)value);
}

/* ---- TCP ---- */

#define TCP_AT_SEQ 4
#define TCP_AT_ACK 8
#define TCP_AT_FLAGS 12
#define TCP_AT_WINDOW 14
#define TCP_AT_URGENT 18

uint32_t frame_seq(const struct frame *f)
{
	return frame_get32(f->b + f->l4 + TCP_AT_SEQ);
}

uint32_t frame_ack(const struct frame *f)
{
	return frame_get32(f->b + f->l4 + TCP_AT_ACK);
}

uint16_t frame_window(const struct frame *f)
{
	return frame_get16(f->b + f->l4 + TCP_AT_WINDOW);
}

uint32_t frame_seq_end(const struct frame *f)
{
	uint32_t extra = !!(f->flags & TH_SYN) + !!(f->flags & TH_FIN);

	return frame_seq(f) + (uint32_t)(f->n - f->data) + extra;
}

static void replace32(struct frame *f, size_t at, uint32_t value)
{
	uint8_t *tcp = f->b + f->l4;

	frame_replace(tcp, at, TCP_AT_SUM, (uint16_t)(value >> 16));
	frame_replace(tcp, at + 2, TCP_AT_SUM, (uint16_t)value);
}

void frame_set_seq(struct frame *f, uint32_t seq)
{
	replace32(f, TCP_AT_SEQ, seq);
}

void frame_set_ack(struct frame *f, uint32_t ack)
{
	replace32(f, TCP_AT_ACK, ack);
}

uint16_t frame_swap_mss(struct frame *f, uint16_t raise)
{
	uint8_t *tcp = f->b + f->l4;
	size_t end = f->data - f->l4, at = TCP_BYTES;

	if (f->protocol != IPPROTO_TCP || f->fragment || !(f->flags & TH_SYN))
		return 0;
	while (at < end && tcp[at] != TCP_OPT_END) {
		size_t len = tcp[at] == TCP_OPT_NOP ? 1 : at + 1 < end ? tcp[at + 1] : 0;

		if (len == 0 || len > end - at || (len == 1 && tcp[at] != TCP_OPT_NOP))
			break;
		if (tcp[at] == TCP_OPT_MSS && len == 4) {
			uint16_t said = frame_get16(tcp + at + 2);

			frame_replace(tcp, at + 2, TCP_AT_SUM, raise);
			return said ? said : TCP_MSS_DEFAULT;
		}
		at += len;
	}
	return TCP_MSS_DEFAULT;
}

void frame_clear_urgent(struct frame *f)
{
	uint8_t *tcp = f->b + f->l4;

	if (f->protocol != IPPROTO_TCP || f->fragment)
		return;
	if (f->flags & TH_URG)
		frame_replace(tcp, TCP_AT_FLAGS, TCP_AT_SUM,
			      (uint16_t)(frame_get16(tcp + TCP_AT_FLAGS) & ~TH_URG));
	if (frame_get16(tcp + TCP_AT_URGENT))
		frame_replace(tcp, TCP_AT_URGENT, TCP_AT_SUM, 0);
	f->flags &= (uint8_t)~TH_URG;
}
