/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large transfers where we have two processors: to go where the bytes come from.
 *
 * Sender, we and receiver share two processors then, and the scheduler, which seldom finds
 * one idle, leaves everybody where the first packet put him: often us beside the receiver.
 * Memory that we pass on is freed to the processor we run on; the sender, on the other
 * one, fills cold pages ever after, at half the speed. Where we have more, there is room
 * for all three, and nothing is done.                               Runs: main process
 */
#ifndef NET_FOLLOW_H
#define NET_FOLLOW_H

#include <stdint.h>

struct follow {
	int64_t last; /* ms */
};

/* fd: a TCP socket of which much was just read. now: in ms; at most once in each. It is
 * only a push: afterwards both processors are ours again (one that is added to the
 * machine from then on is not). */
void follow_sender(struct follow *f, int fd, int64_t now);

#endif
