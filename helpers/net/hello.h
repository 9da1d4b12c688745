/* SPDX-License-Identifier: Apache-2.0 */
/* The conversation with runc: one launch message in, answers out, then silence. */
#ifndef NET_HELLO_H
#define NET_HELLO_H

#include "base/arena.h"
#include "base/log.h"
#include "helpers/net/settings.h"

struct hello {
	int runc; /* -1 once it is over */
	int netns, init, control, userns;
	int *listeners; /* of the ports that have one, in their order */
	size_t listener_count;
	struct settings settings;
	struct arena arena;
};

/* Waits for the message on NET_CONFIG_FD. What it brings is the caller's. */
int hello_receive(struct hello *h, struct err *e);

void hello_log(struct hello *h, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The last word; port: an index, -1. */
void hello_failed(struct hello *h, const struct err *e, int port);

/* The last word; -1 if runc is gone. */
int hello_ready(struct hello *h, const char *backend, const uint32_t *host_ports);

#endif
