/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/links.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "kernel/rtnl.h"

#define PEER_MTU 65535
#define RULE_PRIORITY 100 /* behind "local", before everything else */

/* ---- links ---- */

struct with_mac {
	const uint8_t *mac;
	int index;
};

static int compare_mac(struct nlmsghdr *h, void *data)
{
	struct with_mac *w = data;
	struct ifinfomsg *info = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*info));

	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return 0;
	for (struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(a) == 6 &&
		    memcmp(RTA_DATA(a), w->mac, 6) == 0)
			w->index = info->ifi_index;
	return 0;
}

int link_with_mac(int sock, const char *name, const uint8_t *mac)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct with_mac w = { .mac = mac };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_GETLINK, 0, &info, sizeof(info));
	rtnl_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return rtnl_ask(sock, &r, compare_mac, &w) < 0 ? 0 : w.index;
}

int link_remove(int sock, int index)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_DELLINK, 0, &info, sizeof(info));
	return rtnl_ask(sock, &r, NULL, NULL);
}

int link_change(int sock, int index, const struct link_change *c)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = c->up ? IFF_UP : 0,
		.ifi_change = c->up ? IFF_UP : 0,
	};
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWLINK, 0, &info, sizeof(info));
	if (c->mtu)
		rtnl_add(&r, IFLA_MTU, &c->mtu, sizeof(c->mtu));
	if (c->mac)
		rtnl_add(&r, IFLA_ADDRESS, c->mac, 6);
	return rtnl_ask(sock, &r, NULL, NULL);
}

int link_make_veth(int sock, const char *name, uint32_t mtu, const uint8_t *mac,
		   const char *peer, int peer_netns)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	const uint32_t peer_mtu = PEER_MTU;
	size_t link, data, other;
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	rtnl_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	rtnl_add(&r, IFLA_MTU, &mtu, sizeof(mtu));
	rtnl_add(&r, IFLA_ADDRESS, mac, 6);
	link = rtnl_nest(&r, IFLA_LINKINFO, NULL, 0);
	rtnl_add(&r, IFLA_INFO_KIND, "veth", sizeof("veth"));
	data = rtnl_nest(&r, IFLA_INFO_DATA, NULL, 0);
	other = rtnl_nest(&r, VETH_INFO_PEER, &info, sizeof(info));
	rtnl_add(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
	rtnl_add(&r, IFLA_MTU, &peer_mtu, sizeof(peer_mtu));
	/* born there: to move it later costs an RCU grace period, 15 ms */
	rtnl_add(&r, IFLA_NET_NS_FD, &peer_netns, sizeof(peer_netns));
	rtnl_end(&r, other);
	rtnl_end(&r, data);
	rtnl_end(&r, link);
	return rtnl_ask(sock, &r, NULL, NULL);
}

/* ---- addresses and routes ---- */

int link_add_address(int sock, int index, const struct subnet *at)
{
	const struct ifaddrmsg msg = {
		.ifa_family = (uint8_t)at->ip.family,
		.ifa_prefixlen = (uint8_t)at->prefix,
		/* nobody else can have it: it is valid at once */
		.ifa_flags =
			IFA_F_PERMANENT | (at->ip.family == AF_INET6 ? IFA_F_NODAD : 0),
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (unsigned int)index,
	};
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &msg, sizeof(msg));
	rtnl_add(&r, IFA_LOCAL, at->ip.b, ip_len(&at->ip));
	rtnl_add(&r, IFA_ADDRESS, at->ip.b, ip_len(&at->ip));
	return rtnl_ask(sock, &r, NULL, NULL);
}

int link_add_default_route(int sock, int index, const struct ip *gateway)
{
	const struct rtmsg msg = {
		.rtm_family = (uint8_t)gateway->family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &msg, sizeof(msg));
	rtnl_add(&r, RTA_GATEWAY, gateway->b, ip_len(gateway));
	rtnl_add(&r, RTA_OIF, &index, sizeof(index));
	return rtnl_ask(sock, &r, NULL, NULL);
}

static int add_local_route(int sock, int family, uint32_t table)
{
	const struct rtmsg msg = {
		.rtm_family = (uint8_t)family,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_HOST,
		.rtm_type = RTN_LOCAL,
	};
	const int loopback = 1; /* always the first of a namespace */
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &msg, sizeof(msg));
	rtnl_add(&r, RTA_TABLE, &table, sizeof(table));
	rtnl_add(&r, RTA_OIF, &loopback, sizeof(loopback));
	return rtnl_ask(sock, &r, NULL, NULL);
}

static int add_rule(int sock, int family, uint32_t mark, uint32_t table)
{
	const struct fib_rule_hdr hdr = { .family = (uint8_t)family,
					  .action = FR_ACT_TO_TBL };
	const uint32_t priority = RULE_PRIORITY, mask = UINT32_MAX;
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &hdr, sizeof(hdr));
	rtnl_add(&r, FRA_PRIORITY, &priority, sizeof(priority));
	rtnl_add(&r, FRA_FWMARK, &mark, sizeof(mark));
	rtnl_add(&r, FRA_FWMASK, &mask, sizeof(mask));
	rtnl_add(&r, FRA_TABLE, &table, sizeof(table));
	return rtnl_ask(sock, &r, NULL, NULL);
}

int link_loop_marked(int sock, int family, uint32_t mark, uint32_t table)
{
	if (add_local_route(sock, family, table) < 0)
		return -1;
	return add_rule(sock, family, mark, table);
}

/* ---- what the host's routes say ---- */

struct route_found {
	unsigned int prefix;
	int index;
};

static int read_route(struct nlmsghdr *h, void *data)
{
	struct rtmsg *msg = NLMSG_DATA(h);
	struct route_found *found = data;
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*msg));

	if (h->nlmsg_type != RTM_NEWROUTE)
		return 0;
	found->prefix = msg->rtm_dst_len;
	for (struct rtattr *a = RTM_RTA(msg); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) == sizeof(found->index))
			memcpy(&found->index, RTA_DATA(a), sizeof(found->index));
	return 0;
}

int link_route_of(int sock, const struct ip *to, char *name)
{
	const struct rtmsg msg = {
		.rtm_family = (uint8_t)to->family,
		.rtm_dst_len = (uint8_t)(ip_len(to) * 8),
		.rtm_flags = RTM_F_FIB_MATCH, /* Linux 4.13 */
	};
	struct route_found found = { 0 };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_GETROUTE, 0, &msg, sizeof(msg));
	rtnl_add(&r, RTA_DST, to->b, ip_len(to));
	if (rtnl_ask(sock, &r, read_route, &found) < 0 || !found.prefix || !found.index)
		return 0;
	return if_indextoname((unsigned int)found.index, name) ? 1 : 0;
}
