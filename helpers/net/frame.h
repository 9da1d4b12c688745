/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Ethernet frame: what is where in it, and changes that keep its checksums right.
 * What comes from a container is hostile; nothing here reads beyond what it was given.
 * Pure.
 */
#ifndef NET_FRAME_H
#define NET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/net/addr.h"

#define ETH_BYTES 14
#define IP4_BYTES 20
#define IP6_BYTES 40
#define TCP_BYTES 20
#define TCP_AT_SUM 16
#define UDP_BYTES 8
#define FRAME_MAX (ETH_BYTES + 65535) /* one IP packet */
#define UDP_DATA_MAX 65507            /* of IPv4 */
#define UDP_ROOM_MAX (ETH_BYTES + IP6_BYTES + UDP_BYTES)

struct frame {
	uint8_t *b;
	size_t n;         /* up to the end of the IP packet, without padding */
	int family;       /* AF_INET, AF_INET6; 0: ARP */
	uint8_t protocol; /* IPPROTO_… */
	bool fragment;    /* ports are then unknown */
	size_t l4;        /* where the protocol's header begins */
	size_t data;      /* what is behind that of TCP or UDP */
	struct ip from, to;
	uint16_t from_port, to_port;
	uint8_t flags; /* TH_… of TCP */
};

/* False: nothing that libslirp should see (another type, a broken header). */
bool frame_parse(uint8_t *b, size_t n, struct frame *f);

uint16_t frame_get16(const uint8_t *at);
uint32_t frame_get32(const uint8_t *at);
void frame_put16(uint8_t *at, uint32_t value);
void frame_put32(uint8_t *at, uint32_t value);

/* The sum of 16-bit words in the order of memory, folded, not inverted. */
uint16_t frame_sum(const uint8_t *b, size_t n, uint32_t sum);
/* The same over the pseudo header of a packet with so many bytes from l4 on. */
uint16_t frame_pseudo_sum(const struct frame *f, size_t bytes);

/* Puts value (two bytes, in the order of memory) at b + at, and mends the checksum at
 * b + sum. Both are counted from the start of what is summed. */
void frame_replace(uint8_t *b, size_t at, size_t sum, uint16_t value);

/*
 * The MSS of a SYN: returns what it said (TCP's default if it says nothing, 0 if the
 * frame is no SYN) and makes it say raise.
 */
uint16_t frame_swap_mss(struct frame *f, uint16_t raise);

/* Takes the urgent flag and pointer off: libslirp's code for them read beyond its
 * buffers (CVE-2026-9539). */
void frame_clear_urgent(struct frame *f);

/* ---- numbers of TCP ---- */

uint32_t frame_seq(const struct frame *f);
uint32_t frame_ack(const struct frame *f);
uint16_t frame_window(const struct frame *f);
/* The sequence number behind the frame: SYN and FIN count one each. */
uint32_t frame_seq_end(const struct frame *f);

/* Replace one, and mend the checksum. */
void frame_set_seq(struct frame *f, uint32_t seq);
void frame_set_ack(struct frame *f, uint32_t ack);

/* Takes so many bytes, fewer than there are, off the front of the data of a frame of TCP:
 * the headers move, f follows them, and its checksums are right, whatever they were. */
void frame_skip(struct frame *f, size_t bytes);

/* ---- frames of our own, built in room that the caller has ---- */

/* The hardware address libslirp answers ARP with for an address of its own. */
void frame_special_mac(const struct ip *ip, uint8_t mac[6]);

/* Bytes in front of the data of a UDP packet of this family. */
size_t frame_udp_room(int family);

struct udp_head {
	const uint8_t *from_mac, *to_mac;
	const struct endpoint *from, *to;
};

/*
 * A UDP frame around n bytes that are already at b + frame_udp_room(). Returns its
 * length, 0 if that would be more than FRAME_MAX.
 */
size_t frame_udp_build(uint8_t *b, size_t n, const struct udp_head *head);

#define FRAME_TCP_ROOM (ETH_BYTES + IP6_BYTES + TCP_BYTES)

struct tcp_head {
	const uint8_t *from_mac, *to_mac;
	struct ip from, to;
	uint16_t from_port, to_port;
	uint32_t seq, ack;
	uint16_t window;
	uint8_t flags;
};

/* A frame of TCP without data. Returns its length. */
size_t frame_tcp_build(const struct tcp_head *head, uint8_t b[FRAME_TCP_ROOM]);
/* What an answer to f begins with: addresses and ports the other way round. */
struct tcp_head frame_answer(const struct frame *f);

/* "Connection refused" to whoever sent this SYN. Returns its length. */
size_t frame_reset_build(const struct frame *syn, uint8_t b[FRAME_TCP_ROOM]);

/*
 * The i-th fragment of a frame whose IP packet is larger than mtu, into room for
 * ETH_BYTES + mtu. Returns its length, 0 after the last.
 */
size_t frame_fragment(const struct frame *f, size_t mtu, uint32_t id, size_t i,
		      uint8_t *out);

#endif
