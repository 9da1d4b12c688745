/* SPDX-License-Identifier: Apache-2.0 */
/* The table of published ports.                                     Runs: main process */
#ifndef NET_PORTS_H
#define NET_PORTS_H

#include "helpers/net/listen.h"
#include "helpers/net/splice.h"

#define PORTS_MAX 4096

struct core;

struct port {
	uint32_t id; /* from 1 on, never given twice */
	struct publish as;
	char *unix_path;    /* what as.unix_path is, our own */
	uint16_t host_port; /* that it listens on; 0: none */
	struct port_end {
		struct source source;
		struct core *core;
		struct port *port;
		int fd; /* -1 */
	} end[2];
	bool stack; /* libslirp has the sockets */
	struct traffic traffic;
	struct port *next;
};

struct ports {
	struct port *all; /* in the order of their ids */
	struct port *dead;
	size_t count;
	uint32_t last_id;
};

/* Takes the listener. Connections and datagrams are handled from here on. */
struct port *ports_add(struct core *c, const struct publish *as, struct listener *l,
		       struct err *e);
struct port *ports_find(const struct ports *p, uint32_t id);
void ports_remove(struct core *c, struct port *port);
/* At the end of each round. */
void ports_free_dead(struct ports *p);

/* Nothing is accepted until it is switched on again: there is nothing to connect with. */
void ports_accept(struct core *c, bool on);

/* ---- publish.c ---- */

/* A client of a TCP port that is spliced. */
void publish_ready(struct source *s, uint32_t events);
/* For splices: another socket, connecting to another address inside. */
int publish_again(void *core, const struct endpoint *to);

/* ---- udp.c ---- */

/* Datagrams of clients. */
void udp_ready(struct source *s, uint32_t events);

#endif
