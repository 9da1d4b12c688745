/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/rtnl.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int rtnl_open(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static void append(struct rtnl_request *r, const void *data, size_t n)
{
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);

	if (n > sizeof(r->room) - at) {
		r->full = true;
		return;
	}
	if (n > 0)
		memcpy(r->room + at, data, n);
	r->head.nlmsg_len = (uint32_t)(at + n);
}

void rtnl_begin(struct rtnl_request *r, uint16_t type, uint16_t flags, const void *fixed,
		size_t n)
{
	*r = (struct rtnl_request){ .head = {
					    .nlmsg_len = NLMSG_HDRLEN,
					    .nlmsg_type = type,
					    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST |
								      NLM_F_ACK | flags),
					    .nlmsg_seq = 1,
				    } };
	append(r, fixed, n);
}

void rtnl_add(struct rtnl_request *r, uint16_t attribute, const void *data, size_t n)
{
	struct rtattr attr = { .rta_type = attribute, .rta_len = (uint16_t)RTA_LENGTH(n) };
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);

	if (RTA_LENGTH(n) > sizeof(r->room) - at) {
		r->full = true;
		return;
	}
	append(r, &attr, sizeof(attr));
	append(r, data, n);
}

size_t rtnl_nest(struct rtnl_request *r, uint16_t attribute, const void *fixed, size_t n)
{
	size_t at = NLMSG_ALIGN(r->head.nlmsg_len);

	rtnl_add(r, attribute, fixed, n);
	return at;
}

void rtnl_end(struct rtnl_request *r, size_t nest)
{
	struct rtattr attr;

	if (r->full)
		return;
	memcpy(&attr, r->room + nest, sizeof(attr));
	attr.rta_len = (uint16_t)(r->head.nlmsg_len - nest);
	memcpy(r->room + nest, &attr, sizeof(attr));
}

/* 1: go on, 0: finished, -1: failed with errno. */
static int read_answer(struct nlmsghdr *h, int (*each)(struct nlmsghdr *, void *),
		       void *data)
{
	const struct nlmsgerr *error = NLMSG_DATA(h);

	if (h->nlmsg_type == NLMSG_DONE)
		return 0;
	if (h->nlmsg_type == NLMSG_ERROR) {
		errno = -error->error;
		return error->error ? -1 : 0;
	}
	return each && each(h, data) < 0 ? -1 : 1;
}

int rtnl_ask(int sock, struct rtnl_request *r,
	     int (*each)(struct nlmsghdr *answer, void *data), void *data)
{
	_Alignas(struct nlmsghdr) char buf[16384];

	if (r->full) {
		errno = EMSGSIZE;
		return -1;
	}
	if (send(sock, &r->head, r->head.nlmsg_len, 0) < 0)
		return -1;
	for (;;) {
		ssize_t got = recv(sock, buf, sizeof(buf), 0);
		size_t left = got < 0 ? 0 : (size_t)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			int ret = read_answer(h, each, data);

			if (ret <= 0)
				return ret;
		}
	}
}

static int read_index(struct nlmsghdr *h, void *data)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);

	if (h->nlmsg_type == RTM_NEWLINK)
		*(int *)data = info->ifi_index;
	return 0;
}

int rtnl_link_index(int sock, const char *name)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct rtnl_request r;
	int index = -1;

	rtnl_begin(&r, RTM_GETLINK, 0, &info, sizeof(info));
	rtnl_add(&r, IFLA_IFNAME, name, strlen(name) + 1);
	if (rtnl_ask(sock, &r, read_index, &index) < 0)
		return -1;
	errno = ENODEV;
	return index;
}
