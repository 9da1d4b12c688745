/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container sends on a connection of TCP goes to its socket from here, around
 * libslirp, which would copy and sum up each byte: as long as the next bytes in order
 * come from the container's own kernel, unharmed, and libslirp holds none before them.
 * Everything else is libslirp's: opening and closing, what comes too early or twice, what
 * the socket does not take, and the other direction. It never hears of the bytes that
 * went around it, so its sequence numbers of the container are less by their number, and
 * are shifted in each frame.                                         Runs: main process
 */
#ifndef NET_UPLINK_H
#define NET_UPLINK_H

#include "helpers/net/frame.h"

struct uplink_line; /* one connection */

struct uplink {
	/* Frames for libslirp, and for the container. What libslirp does about its own
	 * may end the connection. */
	void (*input)(void *data, struct frame *f);
	void (*answer)(void *data, uint8_t *b, size_t n);
	/* Has libslirp nothing to write to this socket any more? Asked about what it was
	 * given in round since. */
	bool (*drained)(void *data, int fd, uint32_t since);
	uint32_t (*round)(void *data);
	void *data;

	int *buckets; /* by addresses and ports: the first of a chain, or -1 */
	struct uplink_line *lines; /* by descriptor */
	size_t line_count;
};

void uplink_init(struct uplink *u);
void uplink_free(struct uplink *u);

/* libslirp opened fd for this SYN, as it was shifted by so much. */
void uplink_open(struct uplink *u, const struct frame *syn, int fd, uint32_t shift);
/* Before fd is closed; whatever it was. */
void uplink_close(struct uplink *u, int fd);

/*
 * A frame of TCP from the container. whole: its data is what its kernel sent, though its
 * checksum is not complete yet. True: it is done with. False: it, or what is left of it
 * (f then has a complete checksum, and *whole is false), is libslirp's, by uplink_shift().
 */
bool uplink_take(struct uplink *u, struct frame *f, bool *whole);

/* Before libslirp gets f, with a right checksum. Returns by how much it was shifted. */
uint32_t uplink_shift(struct uplink *u, struct frame *f);

/* A frame of TCP from libslirp: what to add to its acknowledgement. */
uint32_t uplink_back(struct uplink *u, const struct frame *f);

#endif
