/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the container's device: a tap, or a packet socket on the peer of a
 * veth pair. Frames come and go with the header of offload.h.       Runs: main process
 */
#ifndef NET_DEVICE_H
#define NET_DEVICE_H

#include "helpers/net/offload.h"

#define DEVICE_BATCH 16 /* frames that are read in one go */
#define DEVICE_ROOM (FRAME_MAX + 1 + sizeof(struct virtio_net_hdr))

struct device {
	int fd; /* -1: there is none */
	bool packet;
	size_t mtu;
	uint8_t *room; /* DEVICE_BATCH frames; untouched pages cost nothing */
	struct small_mss small;
	uint32_t fragment_id;

	uint64_t frames_in, frames_out, bytes_in, bytes_out, dropped;
};

void device_init(struct device *d);
/* Takes fd. */
void device_open(struct device *d, int fd, bool packet, size_t mtu);
/* The container has changed it; what cannot be is not believed. */
void device_set_mtu(struct device *d, size_t mtu);

struct device_frame {
	const struct virtio_net_hdr *header;
	uint8_t *b;
	size_t n;
};

/* Reads at most one batch; each is called for every frame. Returns how many there were. */
size_t device_read(struct device *d,
		   void (*each)(const struct device_frame *f, void *data), void *data);

/* To the container. What cannot be sent is dropped, and counted. more_ack is added to the
 * acknowledgement of TCP; f itself stays as it is. */
void device_send(struct device *d, const struct frame *f, uint32_t more_ack);
/* A frame of our own. */
void device_send_own(struct device *d, uint8_t *b, size_t n);
#endif
