/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of the container's network that the agent made in advance, so that a client
 * does not wait for it.                                            Runs: main process
 */
#ifndef NET_POOL_H
#define NET_POOL_H

#include <stdbool.h>
#include <stddef.h>

#define POOL_MAX 96
#define POOL_LOW 32   /* fewer, and more are asked for */
#define POOL_ASKED 32 /* at once */

struct pool {
	int fds[POOL_MAX];
	size_t count;
	int keeps; /* enum keeps: whose addresses they can use */
	size_t asked;
};

/* -1: there is none now. */
int pool_take(struct pool *p);
/* Takes them. */
void pool_put(struct pool *p, const int *fds, size_t n, int keeps);
/* How many to ask the agent for now; they count as asked then. */
size_t pool_wants(struct pool *p);

#endif
