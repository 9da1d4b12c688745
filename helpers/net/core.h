/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main process: in the host's network with the sockets, shut in otherwise. Everything
 * that a container or a client of ours sends is handled here.
 */
#ifndef NET_CORE_H
#define NET_CORE_H

#include "helpers/net/device.h"
#include "helpers/net/hello.h"
#include "helpers/net/listen.h"
#include "helpers/net/loop.h"
#include "helpers/net/note.h"
#include "helpers/net/reasm.h"
#include "helpers/net/stack.h"

struct core {
	struct hello *hello;
	const struct settings *settings;
	struct listener *listeners; /* of the ports, in their order */
	unsigned int low_port;
	int agent; /* our end of the socket to it */

	struct loop loop;
	struct stack stack;
	struct device device;
	struct reasm reasm;
	int resolv; /* /etc/resolv.conf, which libslirp reads; -1 */
	struct resolvers resolvers;
	bool readable; /* the device has frames */

	struct source agent_source, init_source, device_source;
};

/* From its first instruction to its end. Returns the exit status. */
int core_run(struct core *c);

/* ---- traffic.c ---- */

/* One frame of the container. */
void traffic_take(const struct device_frame *f, void *core);

#endif
