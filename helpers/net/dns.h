/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names, asked at 10.0.2.3 by UDP. libslirp asks the first server of the host alone, of
 * the same family as the question, and when that is silent, nobody. So questions are
 * answered here: by the server that answered last, and if it says nothing for a second,
 * or that it cannot, by the next, of either family. The container notices a delay.
 * (Names by TCP go through libslirp, which reads a file that has the same servers.)
 *
 * The host's resolv.conf is looked at again when a question comes, at most once a second:
 * nothing wakes up for it, and the first question after a change is answered by it.
 *                                                                   Runs: main process
 */
#ifndef NET_DNS_H
#define NET_DNS_H

#include "helpers/net/frame.h"
#include "helpers/net/loop.h"
#include "helpers/net/resolv.h"

#define DNS_QUESTIONS 128 /* at once; the oldest gives way */
#define DNS_ASKED 3       /* servers that are waited for at once */
#define DNS_MAX 1472      /* bytes of a question */

struct core;

struct dns {
	struct resolvers servers;
	size_t current; /* the one that answered last */
	int64_t since;  /* when that was chosen in place of the first */
	int64_t looked; /* at resolv.conf */
	bool looking;
	uint32_t version;           /* of our own resolv.conf */
	struct question *questions; /* made when first needed */
	struct timer timer;
	uint8_t *room; /* one frame */
	struct core *core;
};

void dns_init(struct core *c);

/* A question of the container, at our address and port 53. */
void dns_ask(struct core *c, const struct frame *f);

/* A connection to our port 53: libslirp's, but the file may be old. */
void dns_look(struct core *c);

/* What the agent read. */
void dns_set_servers(struct core *c, const struct resolvers *r);

#endif
