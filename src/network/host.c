/* SPDX-License-Identifier: Apache-2.0 */
#include "network/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/rtnl.h"

#define CHOICES 16

/* No packet is sent: the kernel looks for a route and an address of ours. */
static bool has_way_out(void)
{
	static const struct sockaddr_in6 anywhere = {
		.sin6_family = AF_INET6,
		.sin6_port = 9,
		.sin6_addr.s6_addr = { 0x20, [15] = 1 },
	};
	OWN_FD sock = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return sock >= 0 &&
	       connect(sock, (const struct sockaddr *)&anywhere, sizeof(anywhere)) == 0;
}

static int read_length(struct nlmsghdr *h, void *data)
{
	const struct rtmsg *route = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_NEWROUTE)
		*(unsigned int *)data = route->rtm_dst_len;
	return 0;
}

/* By a route of its own, not the one for everything. */
static bool routes(int rtnl, const struct in6_addr *address)
{
	const struct rtmsg route = { .rtm_family = AF_INET6,
				     .rtm_dst_len = 128,
				     .rtm_flags = RTM_F_FIB_MATCH };
	struct rtnl_request r;
	unsigned int length = 0;

	rtnl_begin(&r, RTM_GETROUTE, 0, &route, sizeof(route));
	rtnl_add(&r, RTA_DST, address, sizeof(*address));
	return rtnl_ask(rtnl, &r, read_length, &length) == 0 && length > 0;
}

static void choose_network(struct net_config *c, struct arena *a)
{
	OWN_FD rtnl = rtnl_open();

	for (unsigned char i = 0; i < CHOICES; i++) {
		struct in6_addr prefix = { .s6_addr = { 0xfd, [7] = i } },
				gateway = prefix;

		gateway.s6_addr[15] = 2;
		if (rtnl >= 0 && routes(rtnl, &gateway))
			continue;
		network_set_ipv6(c, &prefix, a);
		return;
	}
}

void network_settle(const struct network_plan *p, struct net_config *c, struct arena *a)
{
	*c = p->config;
	c->ipv6 = c->mode == NET_SLIRP &&
		  (p->ipv6 == IPV6_YES || (p->ipv6 == IPV6_AUTO && has_way_out()));
	if (c->ipv6 && !p->own_cidr6)
		choose_network(c, a);
}
