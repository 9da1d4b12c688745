/* SPDX-License-Identifier: Apache-2.0 */
/* The network of ours of a container that exists. Runs: host. */
#ifndef CONTAINER_NET_FOUND_H
#define CONTAINER_NET_FOUND_H

#include "container/found.h"

/* For `state`: NULL if it has none of ours. */
const struct container_net *net_state(const struct found *f, bool running,
				      struct arena *a);

/* Ends runc-net, if it is still there, and removes sockets that it left. */
int net_stop(const struct found *f, struct arena *a, struct err *e);

/* runc-net by pid and start time; -1 with e->sys ESRCH if it has ended. */
int net_pidfd(const struct found *f, struct err *e);

/* A container that runs and has a network of ours, locked: one change at a time. */
int net_open(struct found *f, const struct context *c, const char *id,
	     enum store_lock how, struct err *e);

/* "net: helper of container … exited (…); …". status: as waitpid(2) gives it; -1: not known */
void net_print_death(const char *id, int status, struct text *out);

#endif
