/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header in front of each frame on a tap or a packet socket (virtio_net_hdr): what
 * the sender left for us to do, and what we leave for the kernel to do. With it a device
 * of MTU 1500 moves TCP in units of 64 KB. Pure.
 */
#ifndef NET_OFFLOAD_H
#define NET_OFFLOAD_H

#include <linux/virtio_net.h>

#include "helpers/net/frame.h"

/*
 * A frame of n bytes, as it came with h. False: nothing for us, a kind of segmentation
 * that was not agreed on, or numbers that point outside. A checksum that the container's
 * kernel left partial is completed before the frame is parsed, as it may be said to be
 * anywhere, in an address even. whole: but not that of a segment of TCP, at its place:
 * its data is as that kernel sent it, and it is for offload_complete().
 */
bool offload_take(const struct virtio_net_hdr *h, uint8_t *b, size_t n, struct frame *f,
		  bool *whole);
void offload_complete(struct frame *f);

enum offload {
	OFFLOAD_NONE,     /* fits as it is */
	OFFLOAD_SEGMENTS, /* TCP: the kernel cuts, by the header that was filled */
	OFFLOAD_FRAGMENTS /* others: frame_fragment() */
};

/*
 * How a frame gets to a device of this MTU; mss is what the receiver of TCP said, 0 if
 * that was nothing special. Fills the header. For OFFLOAD_SEGMENTS the checksum at
 * csum_start + csum_offset is to be offload_sum().
 */
enum offload offload_give(const struct frame *f, size_t mtu, size_t mss,
			  struct virtio_net_hdr *h);
uint16_t offload_sum(const struct frame *f);

/* ---- who said that its segments must be smaller than the MTU allows ---- */

#define SMALL_MSS_SLOTS 256

struct small_mss {
	struct {
		struct ip guest, peer;
		uint16_t guest_port, peer_port, mss;
	} v[SMALL_MSS_SLOTS];
};

/* From a SYN of the guest; usual: what the MTU allows. */
void small_mss_learn(struct small_mss *t, const struct frame *syn, uint16_t mss,
		     uint16_t usual);
/* For a frame to the guest; 0: nothing special. */
uint16_t small_mss_of(const struct small_mss *t, const struct frame *f);

#endif
