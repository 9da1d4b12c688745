/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/inside.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/own.h"
#include "helpers/net/ends.h"
#include "helpers/net/links.h"
#include "kernel/proc.h"
#include "kernel/rtnl.h"

#define MARK 0x72756e63 /* "runc" */
#define LOOPBACK 1      /* always the first of a namespace */

int inside_join(struct inside *in, int netns, struct err *e)
{
	const struct link_change up = { .up = true };

	*in = (struct inside){ .rtnl = -1, .changes = -1 };
	if (setns(netns, CLONE_NEWNET) < 0)
		return err_sys(e, "join the network namespace");
	in->rtnl = rtnl_open();
	if (in->rtnl < 0)
		return err_sys(e, "open a netlink socket");
	/* published ports come in by it; init has set it up too, or will */
	if (link_change(in->rtnl, LOOPBACK, &up) < 0)
		return err_sys(e, "set the loopback device up");
	return 0;
}

/* ---- the device ---- */

static bool wants(int backend, int which)
{
	return backend == NET_BACKEND_AUTO || backend == which;
}

/* A tap if it can be had, else a pair. */
static int make(struct inside *in, struct hello *h, int proc, int *fd, struct err *e)
{
	const struct settings *s = &h->settings;
	struct err tap = { 0 };
	struct err veth = { 0 };

	*fd = wants(s->backend, NET_BACKEND_TAP) ? tap_make(s, in->rtnl, &tap) : -1;
	if (*fd >= 0)
		return NET_BACKEND_TAP;
	if (wants(s->backend, NET_BACKEND_VETH))
		*fd = veth_make(s, in->rtnl, h->netns, proc, &veth);
	if (*fd >= 0) {
		if (*tap.text)
			hello_log(h, LOG_LEVEL_DEBUG, "%s, using veth", tap.text);
		return NET_BACKEND_VETH;
	}
	err_set(e,
		"no way to create a network device: %s%s%s (load module \"tun\" or \"veth\", or make /dev/net/tun accessible)",
		tap.text, *tap.text && *veth.text ? "; " : "", veth.text);
	e->sys = *veth.text ? veth.sys : tap.sys;
	return -1;
}

static int configure_family(struct inside *in, const struct family *f, struct err *e)
{
	const struct subnet at = { f->address, f->network.prefix };
	char text[IP_TEXT];

	if (!f->on)
		return 0;
	ip_print(&f->address, text);
	if (link_add_address(in->rtnl, in->index, &at) < 0)
		return err_sys(e, "add address %s", text);
	ip_print(&f->gateway, text);
	if (link_add_default_route(in->rtnl, in->index, &f->gateway) < 0)
		return err_sys(e, "add a default route by %s", text);
	return 0;
}

/* Addresses are ours to give: none come from libslirp's announcements of the network. */
static void refuse_announcements(struct hello *h, int proc)
{
	char path[96];

	snprintf(path, sizeof(path), "sys/net/ipv6/conf/%s/accept_ra", h->settings.ifname);
	if (proc_write(proc, path, "0") < 0)
		hello_log(h, LOG_LEVEL_DEBUG, "%s: %s", path, err_word(errno));
}

static int configure(struct inside *in, struct hello *h, int proc, struct err *e)
{
	const struct settings *s = &h->settings;
	const struct link_change up = { .up = true };

	in->index = rtnl_link_index(in->rtnl, s->ifname);
	in->mtu = s->mtu;
	if (s->v6.on)
		refuse_announcements(h, proc);
	if (in->index < 0 || link_change(in->rtnl, in->index, &up) < 0)
		return err_sys(e, "set %s up", s->ifname);
	if (configure_family(in, &s->v4, e) < 0)
		return -1;
	return configure_family(in, &s->v6, e);
}

static int listen_to_changes(struct inside *in, struct err *e)
{
	const struct sockaddr_nl at = { .nl_family = AF_NETLINK,
					.nl_groups = RTMGRP_LINK };

	in->changes = rtnl_open();
	if (in->changes < 0 ||
	    bind(in->changes, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return err_sys(e, "listen to changes of links");
	return 0;
}

/*
 * After a restart the pair of the one before may still be there: the kernel takes the
 * namespace of its other end down in its own time. Only what has our address is ours.
 */
static void remove_old(struct inside *in, const struct settings *s)
{
	int index = link_with_mac(in->rtnl, s->ifname, s->mac);

	/* else it went in between, or making ours will say so */
	if (index > 0 && link_remove(in->rtnl, index) < 0)
		return;
}

int inside_make_device(struct inside *in, struct hello *h, int proc, int *fd,
		       struct err *e)
{
	int backend;

	remove_old(in, &h->settings);
	backend = make(in, h, proc, fd, e);
	if (backend < 0 || configure(in, h, proc, e) < 0 || listen_to_changes(in, e) < 0)
		return -1;
	return backend;
}

/* ---- the container changes its MTU ---- */

static int read_mtu(struct nlmsghdr *h, void *data)
{
	struct inside *in = data;
	struct ifinfomsg *info = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*info));

	if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
	    info->ifi_index != in->index)
		return 0;
	for (struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_MTU && RTA_PAYLOAD(a) == sizeof(in->mtu))
			memcpy(&in->mtu, RTA_DATA(a), sizeof(in->mtu));
	return 0;
}

static void ask_mtu(struct inside *in)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = in->index };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_GETLINK, 0, &info, sizeof(info));
	/* that it is gone is told by the end of its other end */
	if (rtnl_ask(in->rtnl, &r, read_mtu, in) < 0)
		return;
}

bool inside_hear(struct inside *in)
{
	_Alignas(struct nlmsghdr) char buf[8192];
	uint32_t before = in->mtu;
	ssize_t got;

	while ((got = recv(in->changes, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		size_t left = (size_t)got;

		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left))
			read_mtu(h, in);
	}
	if (got < 0 && errno == ENOBUFS)
		ask_mtu(in);
	return in->mtu != before;
}

/* ---- published ports ---- */

/*
 * A connection comes from the address of a client far away, over loopback, and answers
 * must go back there: so what is marked is local, sockets that were accepted carry the
 * mark of who asked, and "connection refused" does too.
 */
static int follow_marks(int proc)
{
	/* without IPv6 it has no file */
	return proc_write(proc, "sys/net/ipv4/tcp_fwmark_accept", "1") < 0 ||
			       proc_write(proc, "sys/net/ipv4/fwmark_reflect", "1") < 0 ||
			       (proc_write(proc, "sys/net/ipv6/fwmark_reflect", "1") < 0 &&
				errno != ENOENT) ?
		       -1 :
		       0;
}

int inside_keep_clients(struct inside *in, struct hello *h, int proc)
{
	static const char lost[] =
		"clients of published ports are not seen by their own address";
	int keeps = 0;

	if (follow_marks(proc) < 0) {
		hello_log(h, LOG_LEVEL_WARNING, "%s: fwmark: %s", lost, err_word(errno));
		return 0;
	}
	if (link_loop_marked(in->rtnl, AF_INET, MARK, MARK) == 0)
		keeps |= KEEPS_IP4;
	else
		hello_log(h, LOG_LEVEL_WARNING, "%s: policy routing: %s", lost,
			  err_word(errno));
	if (link_loop_marked(in->rtnl, AF_INET6, MARK, MARK) == 0)
		keeps |= KEEPS_IP6;
	/* the same client comes back by the same port before a minute is over */
	if (proc_write(proc, "sys/net/ipv4/tcp_tw_reuse", "1") < 0)
		hello_log(h, LOG_LEVEL_DEBUG, "tcp_tw_reuse: %s", err_word(errno));
	return keeps;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* IPv6 that speaks IPv4 too, if there is any. */
static int open_socket(void)
{
	OWN_FD fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) < 0 ? -1 : fd_take(&fd);
}

int inside_make_socket(int keeps)
{
	OWN_FD fd = open_socket();

	if (fd < 0 || set(fd, SOL_SOCKET, SO_REUSEADDR, 1) < 0 ||
	    set(fd, IPPROTO_TCP, TCP_NODELAY, 1) < 0)
		return -1;
	if (keeps && (set(fd, IPPROTO_IP, IP_TRANSPARENT, 1) < 0 ||
		      set(fd, SOL_SOCKET, SO_MARK, MARK) < 0))
		return -1;
	return fd_take(&fd);
}
