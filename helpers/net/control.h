/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: ROOT/ID/net.sock, bound by runc, which alone decides who may open
 * it. Each client asks once, and is answered when its request is whole or its half is
 * closed. None of them can make anybody wait: what it says is read as it comes, it has ten
 * seconds, and there are sixteen of them.                           Runs: main process
 */
#ifndef NET_CONTROL_H
#define NET_CONTROL_H

#include "base/text.h"
#include "helpers/net/loop.h"

#define CONTROL_CLIENTS 16
#define CONTROL_MS 10000

struct control {
	struct source source;
	int fd; /* listens */
	struct loop *loop;
	struct client *clients;
	struct timer timer;
	bool full;

	/* Answers one request (n may be 0) into out. It may take descriptors, by
	 * fd_take(); the others are closed. */
	void (*answer)(void *data, const char *text, size_t n, int *fds, size_t fd_count,
		       struct text *out);
	void *data;
};

/* .loop, .answer and .data are set. fd listens; it stays the caller's. */
int control_open(struct control *k, int fd, struct err *e);

/* All clients are gone then. */
void control_close(struct control *k);

#endif
