/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports in words:
 *
 *     [ADDRESS:]HOST[-END]:[ADDRESS:]PORT[-END][/tcp|udp][;mode=auto|splice|slirp]
 *
 * HOST is a port of the host (0: the kernel chooses), unix:/path, or fd:N, a listening
 * socket that runc inherited. IPv6 addresses stand in brackets. Pure.
 */
#ifndef NETWORK_PUBLISH_H
#define NETWORK_PUBLISH_H

#include "base/arena.h"
#include "base/err.h"
#include "network/config.h"

#define PUBLISH_MAX 1024   /* ports of one container */
#define PUBLISH_FDS_MAX 32 /* inherited sockets among them */

struct publish_list {
	struct net_port *v; /* ranges are expanded */
	int *fds;           /* of each: N of fd:N, -1 */
	size_t n, room;
};

/* Appends the ports of one spec. Texts live in the arena. */
int publish_parse(struct publish_list *list, const char *spec, struct arena *a,
		  struct err *e);

/* No port of the host twice, and not more inherited sockets than fit a message. */
int publish_check(const struct publish_list *list, struct err *e);

/* As one would write it: 127.0.0.1:8080:80/tcp. fd: N of fd:N, -1 if it is not known. */
void publish_print_port(const struct net_port *p, int fd, struct text *out);

/* Is it the same listener on the host? (One address may be another's wildcard.) */
bool publish_same_host(const struct net_port *a, const struct net_port *b);
/* Could not both be bound? Wildcards count. */
bool publish_clashes(const struct net_port *a, const struct net_port *b);

/* "PORT[/tcp|udp]", for ports of the host that the container may reach. */
int publish_parse_host_port(struct net_host_port *p, const char *word, struct arena *a,
			    struct err *e);

/* Numeric addresses, without brackets. */
bool publish_is_ipv4(const char *word);
bool publish_is_ipv6(const char *word);

#endif
