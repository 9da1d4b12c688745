/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published UDP ports, without libslirp: its own way cannot answer a client on loopback
 * when the host's loopback is closed to the container, and answers nobody when the
 * container is restricted.                                         Runs: main process
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include "helpers/net/frame.h"
#include "helpers/net/ports.h"

struct udp {
	struct peer *peers; /* made when first needed */
	uint8_t *room;      /* one datagram and its headers */
};

/* An answer of the container to a client of a published port: true if it was one. */
bool udp_answer(struct core *c, const struct frame *f);

/* A port is gone. */
void udp_forget(struct udp *u, const struct port *port);

#endif
