/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two connected sockets as one connection: bytes go from one to the other through a pipe
 * by splice(2), without being copied to us. A connection at rest has two descriptors and
 * no pipe.                                                          Runs: main process
 */
#ifndef NET_SPLICE_H
#define NET_SPLICE_H

#include <stddef.h>

#include "helpers/net/addr.h"
#include "helpers/net/follow.h"
#include "helpers/net/loop.h"

#define PIPES_KEPT 32

/* What is counted of one published port. */
struct traffic {
	uint64_t connections, active, bytes_in, bytes_out; /* in: to the container */
};

struct splice {
	struct splice_end {
		struct source source;
		struct splice *whole;
		int fd;
	} end[2]; /* the client, the container */
	struct splice_way {
		int pipe[2];
		size_t held; /* bytes in it */
		bool eof, done;
	} way[2]; /* [i] from end[i] to the other */
	bool connecting, queued, dead;
	struct endpoint other;   /* where else to connect to if the container refuses */
	struct traffic *traffic; /* NULL: its port is gone */
	struct splices *home;

	struct splice *next, *prev, *next_queued, *next_dead;
};

struct splices {
	struct loop *loop;
	/* Returns another socket that is connecting, or -1. */
	int (*again)(void *data, const struct endpoint *to);
	void *data;
	struct splice *all, *queued, *dead;
	size_t count;
	int pipes[PIPES_KEPT][2]; /* empty ones */
	size_t pipe_count;
	struct follow follow;
};

void splices_init(struct splices *s, struct loop *l,
		  int (*again)(void *data, const struct endpoint *to), void *data);

/* Takes both descriptors; inside is still connecting. other: none, or once more there.
 * What cannot be served is reset. */
void splice_begin(struct splices *s, int client, int inside, struct traffic *t,
		  const struct endpoint *other);

/* Ends the connection of a client that cannot be served, visibly. */
void splice_refuse(int client);

/* Connections that had more to do than is fair in one round; those that still have are
 * .queued again. */
void splices_continue(struct splices *s);
/* At the end of each round: events of a connection may come after its end. */
void splices_free_dead(struct splices *s);

/* A port is gone; its connections go on, uncounted. */
void splices_forget(struct splices *s, const struct traffic *t);

#endif
