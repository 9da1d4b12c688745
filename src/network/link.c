/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "kernel/clone.h"
#include "kernel/rtnl.h"
#include "network/network.h"

/* ---- one link ---- */

static int set_up(int sock, int index, bool up)
{
	const struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = IFF_UP,
	};
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWLINK, 0, &info, sizeof(info));
	return rtnl_ask(sock, &r, NULL, NULL);
}

int network_loopback_up(struct err *e)
{
	OWN_FD sock = rtnl_open();

	/* always the first of a namespace */
	if (sock < 0 || set_up(sock, 1, true) < 0)
		return err_sys(e, "set the loopback device up");
	return 0;
}

/* ---- its addresses ---- */

struct address {
	unsigned char family, prefix;
	unsigned char bytes[16];
	size_t len;
};

struct address_list {
	int index;
	struct address *v;
	size_t n;
};

/* Permanent and global ones: the others the kernel or a daemon of the container makes
 * anew. */
static int read_address(struct nlmsghdr *h, void *data)
{
	struct address_list *list = data;
	struct ifaddrmsg *msg = NLMSG_DATA(h);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*msg));
	struct address found = { 0 };

	if (h->nlmsg_type != RTM_NEWADDR || (int)msg->ifa_index != list->index ||
	    msg->ifa_scope != RT_SCOPE_UNIVERSE || !(msg->ifa_flags & IFA_F_PERMANENT))
		return 0;
	for (struct rtattr *a = IFA_RTA(msg); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		/* IFA_LOCAL is the address itself on point-to-point links */
		if ((a->rta_type != IFA_LOCAL &&
		     (a->rta_type != IFA_ADDRESS || found.len)) ||
		    RTA_PAYLOAD(a) > sizeof(found.bytes))
			continue;
		found.len = RTA_PAYLOAD(a);
		memcpy(found.bytes, RTA_DATA(a), found.len);
	}
	if (!found.len)
		return 0;
	found.family = msg->ifa_family;
	found.prefix = msg->ifa_prefixlen;
	list->v = mem_grow(list->v, list->n + 1, sizeof(*list->v));
	list->v[list->n++] = found;
	return 0;
}

static int read_addresses(int sock, struct address_list *list)
{
	const struct ifaddrmsg msg = { .ifa_family = AF_UNSPEC };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	return rtnl_ask(sock, &r, read_address, list);
}

static int add_address(int sock, int index, const struct address *a)
{
	const struct ifaddrmsg msg = {
		.ifa_family = a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_flags = IFA_F_PERMANENT,
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (unsigned int)index,
	};
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &msg, sizeof(msg));
	rtnl_add(&r, IFA_LOCAL, a->bytes, a->len);
	rtnl_add(&r, IFA_ADDRESS, a->bytes, a->len);
	return rtnl_ask(sock, &r, NULL, NULL);
}

/* ---- moving ---- */

static int move_link(int sock, int index, const char *name, int netns_fd)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request r;

	rtnl_begin(&r, RTM_NEWLINK, 0, &info, sizeof(info));
	rtnl_add(&r, IFLA_NET_NS_FD, &netns_fd, sizeof(netns_fd));
	rtnl_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	return rtnl_ask(sock, &r, NULL, NULL);
}

/* Runs in a child, which lives in the container's network namespace for these few
 * requests. */
static int finish_inside(int netns_fd, const char *name, const struct address_list *list)
{
	OWN_FD sock = -1;
	int index;

	if (setns(netns_fd, CLONE_NEWNET) < 0)
		return -1;
	sock = rtnl_open();
	index = sock < 0 ? -1 : rtnl_link_index(sock, name);
	if (index < 0)
		return -1;
	for (size_t i = 0; i < list->n; i++)
		if (add_address(sock, index, &list->v[i]) < 0)
			return -1;
	return set_up(sock, index, true);
}

static int run_inside(int netns_fd, const char *name, const struct address_list *list)
{
	pid_t pid = kernel_clone(0, -1, NULL);
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0)
		_exit(finish_inside(netns_fd, name, list) < 0 ? errno : 0);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

static int move_device(int sock, const struct spec_net_device *d, int netns_fd)
{
	const char *name = d->name && *d->name ? d->name : d->key;
	struct address_list list = { .index = rtnl_link_index(sock, d->key) };
	int ret = -1;

	if (list.index >= 0 && read_addresses(sock, &list) == 0 &&
	    set_up(sock, list.index, false) == 0 &&
	    move_link(sock, list.index, name, netns_fd) == 0)
		ret = run_inside(netns_fd, name, &list);
	free(list.v);
	return ret;
}

int network_move_devices(const struct spec_net_device *devices, size_t n, int netns_fd,
			 struct err *e)
{
	OWN_FD sock = n ? rtnl_open() : -1;

	if (n && sock < 0)
		return err_sys(e, "open a netlink socket");
	for (size_t i = 0; i < n; i++)
		if (move_device(sock, &devices[i], netns_fd) < 0)
			return err_sys(e,
				       "move netDevice %s to the container's network namespace",
				       devices[i].key);
	return 0;
}
