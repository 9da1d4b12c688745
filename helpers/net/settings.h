/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one network is to be: the document of runc with addresses read and rules across
 * fields checked. Everybody else asks this, not the document. Pure.
 */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <net/if.h>

#include "base/arena.h"
#include "base/err.h"
#include "helpers/net/addr.h"
#include "helpers/net/resolv.h"
#include "network/config.h"

#define MTU_MIN 576
#define MTU_MIN6 1280
#define MTU_MAX 65520

/* A published port. What is not in it is the container's or the kernel's to choose. */
struct publish {
	int protocol, path;    /* enum net_protocol, enum net_path */
	const char *unix_path; /* the host's end is this socket; NULL: an address. With
				* listener: so it is called, and is open already */
	struct ip host;        /* none: all of both families */
	uint16_t host_port;    /* 0: the kernel's choice */
	bool listener;         /* the socket was handed to us */
	struct ip guest;       /* none: the container's own */
	uint16_t guest_port;
};

struct family {
	bool on;
	struct subnet network;
	struct ip address, gateway, dns;
};

struct settings {
	const char *id;
	int mode, backend; /* enum net_mode, enum net_backend */
	bool userns, debug;
	uint32_t uid, gid;

	const char *ifname;
	uint8_t mac[6];
	uint32_t mtu;
	struct family v4, v6;

	bool host_loopback, restrict_out, dns;
	struct resolvers dns_servers; /* none: those of the host */
	struct ip outbound4, outbound6;

	const struct publish *ports;
	size_t port_count;
	const struct net_host_port *host_ports;
	size_t host_port_count;
};

/* All that it points to is the arena's. The error has no prefix. */
int settings_read(const char *text, size_t n, struct settings *out, struct arena *a,
		  struct err *e);

/* One port of the document, or of a request: strings are copied into the arena. */
int publish_read(const struct net_port *port, const struct settings *s,
		 struct publish *out, struct arena *a, struct err *e);

/* "publish 127.0.0.1:8080/tcp": how texts begin that are about this port. */
void publish_print(const struct publish *p, struct text *out);

/* The family of that number, NULL if it is off. */
const struct family *settings_family(const struct settings *s, int family);

#endif
