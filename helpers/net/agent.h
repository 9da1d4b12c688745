/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that runc started: after it has made the container's device and started the
 * main process, it stays inside the container's network and gives the main process what
 * only it can have: sockets in there, and the host's name servers. It never sees a byte
 * of the container. It ends with the main process, and the main process with it.
 */
#ifndef NET_AGENT_H
#define NET_AGENT_H

#include "helpers/net/hello.h"

struct agent {
	struct hello *hello;
	int proc; /* the host's /proc; closed when no longer needed */
	int root; /* the host's root directory, for resolv.conf; -1: not used */
	int main_pidfd, main_sock;
	const uint32_t *host_ports; /* that listen, for the answer */
};

/* Reads the host's resolv.conf below root. -1 with errno. */
int agent_read_resolvers(int root, struct resolvers *out);

/* Until the end. Returns the exit status. */
int agent_run(struct agent *a);

#endif
