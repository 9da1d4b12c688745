/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A veth pair, for where /dev/net/tun cannot be opened. The peer is in a network
 * namespace that belongs to the same user namespace and to nobody else; a packet socket
 * on it, with PACKET_VNET_HDR, is as good as a tap. The socket alone keeps that
 * namespace, so when it is closed, the pair goes.
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/own.h"
#include "helpers/net/ends.h"
#include "helpers/net/links.h"
#include "kernel/proc.h"
#include "kernel/rtnl.h"

#define PEER "peer0"
#define SOCKET_ROOM (8 << 20) /* bytes; an ordinary user gets net.core.?mem_max */
#define UDP_SEGMENTS "tx-udp-segmentation"

/* ---- the peer's namespace ---- */

/* Else the peer would join multicast groups, loudly. */
static void silence_ipv6(int proc)
{
	/* without IPv6 there is no such file, and nothing to silence */
	if (proc_write(proc, "sys/net/ipv6/conf/default/disable_ipv6", "1") < 0)
		return;
}

static int open_packet_socket(int index)
{
	OWN_FD fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_ll at = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_ALL),
					.sll_ifindex = index };
	const int on = 1, room = SOCKET_ROOM;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -1 : fd_take(&fd);
}

/* In the peer's namespace. */
static int open_peer(int rtnl)
{
	const struct link_change up = { .up = true };
	int index = rtnl_link_index(rtnl, PEER);

	if (index < 0 || link_change(rtnl, index, &up) < 0)
		return -1;
	return open_packet_socket(index);
}

/* ---- an offload that must not be there ---- */

/* How many features devices have. */
static uint32_t count_features(int sock, struct ifreq *r)
{
	OWN_STR room = mem_new(sizeof(struct ethtool_sset_info) + sizeof(uint32_t), 1);
	struct ethtool_sset_info *info = (struct ethtool_sset_info *)room;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ull << ETH_SS_FEATURES;
	r->ifr_data = room;
	return ioctl(sock, SIOCETHTOOL, r) < 0 ? 0 : info->data[0];
}

/* The number of the one of this name; -1: there is none. */
static int find_feature(int sock, struct ifreq *r, const char *name)
{
	uint32_t count = count_features(sock, r);
	struct ethtool_gstrings *strings;
	OWN_STR room = NULL;

	if (!count || count > 1024)
		return -1;
	room = mem_new(sizeof(*strings) + (size_t)count * ETH_GSTRING_LEN, 1);
	strings = (struct ethtool_gstrings *)room;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = count;
	r->ifr_data = room;
	if (ioctl(sock, SIOCETHTOOL, r) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		if (strncmp((char *)strings->data + (size_t)i * ETH_GSTRING_LEN, name,
			    ETH_GSTRING_LEN) == 0)
			return (int)i;
	return -1;
}

/*
 * A pair takes UDP in segments (UDP_SEGMENT, as QUIC sends it), which the header of a
 * packet socket cannot describe on most kernels: such frames would be lost in silence.
 */
static int no_udp_segments(const char *ifname)
{
	OWN_FD sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { 0 };
	OWN_STR room = NULL;
	struct ethtool_sfeatures *set;
	int feature;

	memcpy(r.ifr_name, ifname, strlen(ifname));
	feature = sock < 0 ? -1 : find_feature(sock, &r, UDP_SEGMENTS);
	if (feature < 0)
		return sock < 0 ? -1 : 0;
	room = mem_new(sizeof(*set) + ((size_t)feature / 32 + 1) * sizeof(*set->features),
		       1);
	set = (struct ethtool_sfeatures *)room;
	set->cmd = ETHTOOL_SFEATURES;
	set->size = (uint32_t)feature / 32 + 1;
	set->features[feature / 32].valid = 1u << feature % 32;
	r.ifr_data = room;
	return ioctl(sock, SIOCETHTOOL, &r);
}

int veth_make(const struct settings *s, int rtnl, int netns, int proc, struct err *e)
{
	OWN_FD peer_rtnl = -1;
	OWN_FD peer_netns = -1;
	OWN_FD fd = -1;

	if (unshare(CLONE_NEWNET) < 0)
		return err_sys(e, "veth: new network namespace");
	silence_ipv6(proc);
	peer_rtnl = rtnl_open();
	peer_netns = peer_rtnl < 0 ? -1 : ioctl(peer_rtnl, SIOCGSKNS);
	if (peer_netns < 0)
		return err_sys(e, "veth");
	if (link_make_veth(rtnl, s->ifname, s->mtu, s->mac, PEER, peer_netns) < 0)
		return err_sys(e, "veth");
	fd = open_peer(peer_rtnl);
	if (fd < 0)
		return err_sys(e, "veth: packet socket");
	if (setns(netns, CLONE_NEWNET) < 0)
		return err_sys(e, "veth: setns");
	if (no_udp_segments(s->ifname) < 0)
		return err_sys(e, "veth: switch " UDP_SEGMENTS " off");
	return fd_take(&fd);
}
