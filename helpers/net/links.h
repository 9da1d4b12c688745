/* SPDX-License-Identifier: Apache-2.0 */
/* The requests about links, addresses and routes that the agent makes. sock is of
 * rtnl_open() in the namespace that is meant. -1 with errno.        Runs: agent */
#ifndef NET_LINKS_H
#define NET_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "helpers/net/addr.h"

/* Is there one of this name, and does it have this address? The number, or 0. */
int link_with_mac(int sock, const char *name, const uint8_t *mac);
int link_remove(int sock, int index);

struct link_change {
	bool up;
	uint32_t mtu;       /* 0: as it is */
	const uint8_t *mac; /* NULL: as it is */
};
int link_change(int sock, int index, const struct link_change *c);

/* A pair: name with this MTU and address here, peer (of the largest MTU) in peer_netns. */
int link_make_veth(int sock, const char *name, uint32_t mtu, const uint8_t *mac,
		   const char *peer, int peer_netns);

int link_add_address(int sock, int index, const struct subnet *at);
int link_add_default_route(int sock, int index, const struct ip *gateway);

/* What carries this mark is taken for this machine's own: a rule, and a table with one
 * route to loopback. */
int link_loop_marked(int sock, int family, uint32_t mark, uint32_t table);

/* Which prefix would a packet to this address match, and on which device? 1 found (name
 * has IFNAMSIZ), 0 only by a default route, or not at all. */
int link_route_of(int sock, const struct ip *to, char *name);

#endif
