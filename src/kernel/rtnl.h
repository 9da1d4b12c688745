/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtnetlink: build a request, send it, read the answer. Attribute lengths are
 * checked against the 16 bits they have (CVE-2021-43784).
 */
#ifndef KERNEL_RTNL_H
#define KERNEL_RTNL_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rtnl_request {
	union {
		struct nlmsghdr head;
		char room[1024];
	};
	bool full; /* something did not fit: rtnl_ask() refuses it */
};

/* A socket in the caller's network namespace; the caller owns it. -1 with errno. */
int rtnl_open(void);

/* Starts a request: type RTM_…, NLM_F_… beyond REQUEST|ACK, and the fixed part that
 * follows. */
void rtnl_begin(struct rtnl_request *r, uint16_t type, uint16_t flags, const void *fixed,
		size_t n);
void rtnl_add(struct rtnl_request *r, uint16_t attribute, const void *data, size_t n);

/* An attribute with attributes in it, after a fixed part if it has one (n 0: none). What
 * is added next is inside, until rtnl_end() gets what this returned. */
size_t rtnl_nest(struct rtnl_request *r, uint16_t attribute, const void *fixed, size_t n);
void rtnl_end(struct rtnl_request *r, size_t nest);

/*
 * Sends it and reads the answers up to the ack or the end of the dump. each, if
 * not NULL, sees every answer; -1 from it stops. Returns 0, -1 with errno.
 */
int rtnl_ask(int sock, struct rtnl_request *r,
	     int (*each)(struct nlmsghdr *answer, void *data), void *data);

/* Of the network device of this name. -1 with errno. */
int rtnl_link_index(int sock, const char *name);

#endif
