/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main process: in the host's network with the sockets, shut in otherwise. Everything
 * that a container or a client of ours sends is handled here. It never waits for anybody
 * but in its loop.
 */
#ifndef NET_CORE_H
#define NET_CORE_H

#include "helpers/net/control.h"
#include "helpers/net/device.h"
#include "helpers/net/dns.h"
#include "helpers/net/hello.h"
#include "helpers/net/loop.h"
#include "helpers/net/neighbour.h"
#include "helpers/net/note.h"
#include "helpers/net/pool.h"
#include "helpers/net/ports.h"
#include "helpers/net/reasm.h"
#include "helpers/net/splice.h"
#include "helpers/net/stack.h"
#include "helpers/net/udp.h"
#include "helpers/net/uplink.h"

struct core {
	struct hello *hello;
	const struct settings *settings;
	struct listener *listeners; /* of the ports of the settings; taken by the table */
	unsigned int low_port;
	int agent; /* our end of the socket to it */
	int proc;  /* the host's; until we are shut in */
	pid_t agent_pid;
	uint32_t host_gid;   /* ours, as the host sees it */
	char ping_range[32]; /* net.ipv4.ping_group_range of the host */

	struct loop loop;
	struct stack stack;
	struct uplink uplink;
	struct device device;
	struct reasm reasm;
	struct neighbours neighbours;
	struct pool pool;
	struct splices splices;
	struct ports ports;
	struct udp udp;
	struct dns dns;
	struct control control;
	int resolv;   /* /etc/resolv.conf, which libslirp reads; -1 */
	int writable; /* the mount it is on, until we are up; -1 */

	int backend;        /* enum net_backend; 0: no device */
	int64_t began;      /* ms */
	int files_most;     /* descriptors from this number on are not for clients */
	bool too_many;      /* they were reached */
	bool readable;      /* the device has frames */
	bool accepts;       /* clients of published ports */
	struct timer again; /* to accept, or to ask the agent */
	struct source agent_source, init_source, device_source;
};

/* From its first instruction to its end. Returns the exit status. */
int core_run(struct core *c);

/* A word to the agent, if it listens. False: not now. */
bool core_say(struct core *c, enum note_kind kind, int value);

/* Asks for sockets if they become few. */
void core_refill(struct core *c);

/* Descriptors are all in use: nothing is accepted for a moment. */
void core_too_many(struct core *c);

/* ---- answers.c ---- */

/* A request of a client of the control socket: see control.h. */
void answer_request(void *core, const char *text, size_t n, int *fds, size_t fd_count,
		    struct text *out);

/* ---- traffic.c ---- */

/* One frame of the container. */
void traffic_take(const struct device_frame *taken, void *core);
/* One of libslirp's for it. */
void traffic_give(void *core, const uint8_t *b, size_t n);

#endif
