/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What network of ours a container gets, from the command line and annotations:
 *
 *     --network slirp[:KEY=VALUE,…]   --publish SPEC …
 *     org.runc.net = slirp, org.runc.net.KEY = VALUE, org.runc.net.publish = SPEC,…
 *
 * The same keys both ways; a key on the command line replaces the annotation's. An
 * unknown key below org.runc.net is an error: a typing mistake must not open ports, or
 * leave open what was to be closed. Annotations are obeyed only if the caller says so:
 * engines pass on those of images, whose makers would open ports and the host's loopback
 * to themselves. Pure.
 */
#ifndef NETWORK_PLAN_H
#define NETWORK_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "network/config.h"
#include "network/publish.h"
#include "spec/spec.h"

struct in6_addr;

#define NETWORK_ANNOTATION "org.runc.net"

enum network_ipv6 { IPV6_AUTO, IPV6_NO, IPV6_YES };

struct network_request {
	const char *id;
	const char *network;    /* --network; NULL */
	struct strings publish; /* --publish, each one spec */
	bool annotations; /* --net-annotations: what they ask for is the caller's will */
};

struct network_plan {
	struct net_config config; /* .mode NET_NONE: nothing of all this */
	int ipv6;                 /* enum network_ipv6; auto: if the host has a route */
	bool own_cidr6;           /* its network was named */
	const int *fds;           /* of config.ports: N of fd:N, -1 */
	bool listeners;           /* one of them at least is fd:N */
	struct strings dns_search;
	bool own_search;     /* it replaces the host's */
	bool make_namespace; /* asked for on the command line, and the config has none */
	const char *asked;   /* "--network" or "org.runc.net", for messages */
	const char *ignored; /* an annotation that asked in vain; NULL */
};

int network_plan(struct network_plan *p, const struct spec *s,
		 const struct network_request *r, struct arena *a, struct err *e);

/* The network prefix/64, and the three addresses in it. Pure. */
void network_set_ipv6(struct net_config *c, const struct in6_addr *prefix,
		      struct arena *a);

/* The keys, for `features` and the manual: sorted, without the prefix. */
struct strings network_keys(struct arena *a);

#endif
