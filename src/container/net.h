/* SPDX-License-Identifier: Apache-2.0 */
/* The network of ours of one create: its files, runc-net, what is kept of it. Runs: host. */
#ifndef CONTAINER_NET_H
#define CONTAINER_NET_H

#include "container/launch.h"

/* What only a look at the machine tells: are sockets of fd:N there, is runc-net? */
int net_check(struct launch *l, const struct plan *p, struct err *e);

/* Step: ROOT/ID/net with what will be bound into the container, and net.sock. */
int net_prepare(struct launch *l, struct err *e);
void net_undo(struct launch *l);

/* Starts runc-net for the container whose network namespace this is; goes on meanwhile. */
int net_start(struct launch *l, int netns, struct err *e);

/* Before hooks and before the program: its ports are open then, or that is the error. */
int net_wait(struct launch *l, struct err *e);

/* Into l->record and ROOT/ID/net: for whoever comes later. */
int net_record(struct launch *l, struct err *e);

#endif
