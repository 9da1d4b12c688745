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
#define POOL_STEP_MAX 32

struct pool {
	int fds[POOL_MAX];
	size_t count;
	int keeps; /* enum keeps: whose addresses they can use */
	size_t asked;
	size_t step; /* fewer, and as many more are asked for */
};

/* Of so many descriptors most are for clients, who else would find none left. */
void pool_init(struct pool *p, size_t files);

/* -1: there is none now. */
int pool_take(struct pool *p);
/* Takes them. */
void pool_put(struct pool *p, const int *fds, size_t n, int keeps);
/* How many to ask the agent for now; they count as asked then. */
size_t pool_wants(struct pool *p);

#endif
