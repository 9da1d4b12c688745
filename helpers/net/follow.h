/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large transfers on a machine of two processors: to go where the bytes come from.
 *
 * Sender, we and receiver have two processors there, and the scheduler, which seldom finds
 * one idle, leaves everybody where the first packet put him: often us beside the receiver.
 * Memory that we pass on is freed to the processor we run on; the sender, on the other
 * one, fills cold pages ever after, at half the speed. With more processors there is room
 * for all three, and nothing is done.                               Runs: main process
 */
#ifndef NET_FOLLOW_H
#define NET_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

struct follow {
	bool of_use;
	int64_t last; /* ms */
};

/* Reads /sys: before the sandbox. */
void follow_init(struct follow *f);

/* fd: a TCP socket of which much was just read. now: in ms; at most once in each. It is
 * only a push: afterwards every processor is ours again. */
void follow_sender(struct follow *f, int fd, int64_t now);

#endif
