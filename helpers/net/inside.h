/* SPDX-License-Identifier: Apache-2.0 */
/* The container's network namespace: its device, addresses, routes.  Runs: agent */
#ifndef NET_INSIDE_H
#define NET_INSIDE_H

#include "helpers/net/hello.h"

/* In which families a connection can come from the client's own address. */
enum keeps { KEEPS_IP4 = 1, KEEPS_IP6 = 2 };

struct inside {
	int rtnl;    /* asks */
	int changes; /* is told of changes of links; -1: no device */
	int index;
	uint32_t mtu;
};

/* Joins the namespace and sets loopback up. */
int inside_join(struct inside *in, int netns, struct err *e);

/* Makes the device with all that belongs to it. Returns enum net_backend, and in *fd its
 * other end, which the caller owns. proc is the host's. */
int inside_make_device(struct inside *in, struct hello *h, int proc, int *fd,
		       struct err *e);

/* Makes that sockets of ours can use a client's address. Returns enum keeps. */
int inside_keep_clients(struct inside *in, struct hello *h, int proc);

/* A nonblocking TCP socket for one connection; -1 with errno. */
int inside_make_socket(int keeps);

/* Reads what .changes has. True if the MTU is another now. */
bool inside_hear(struct inside *in);

#endif
