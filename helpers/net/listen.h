/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's ends of published ports. Opened with the caller's own rights in the host's
 * network, before any namespace is joined; later, for ports that are added, with what
 * the main process has left.
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "helpers/net/settings.h"

struct listener {
	int fd[2];          /* of IPv4 and IPv6, or of both in the first; -1 */
	uint16_t host_port; /* chosen, if 0 was asked; 0 if there is none */
};

/*
 * low: the first port that needs no privilege here, for the text. inherited is taken if
 * the port has .listener. The error says what to do, and e->sys why.
 */
int listen_open(const struct publish *p, const struct settings *s, int inherited,
		unsigned int low, struct listener *out, struct err *e);
void listen_close(struct listener *l);

/* net.ipv4.ip_unprivileged_port_start of the caller's network namespace; proc: the
 * host's /proc. */
unsigned int listen_low_port(int proc);

#endif
