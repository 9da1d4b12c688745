/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers of the control socket: the protocol of slirp4netns' API socket, so
 * that its clients work, and more words. Pure.
 *
 *     add_hostfwd {proto, host_addr, host_port, guest_addr, guest_port, mode}  one port
 *     add_many {ports}            as in the launch message; all of them or none
 *     list_hostfwd                {"entries":[…]}
 *     remove_hostfwd {id}
 *     stats, info
 */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include "helpers/net/settings.h"

#define REQUEST_MAX (64u << 10) /* bytes */
#define REQUEST_PORTS_MAX 1024

enum verb { VERB_ADD, VERB_ADD_MANY, VERB_LIST, VERB_REMOVE, VERB_STATS, VERB_INFO };

struct request {
	int verb; /* enum verb */
	struct publish *ports;
	size_t port_count;
	size_t listeners; /* of them that come with a descriptor */
	uint32_t id;      /* to remove */
};

/*
 * Is there a whole request at the beginning of so many bytes? Its length; 0: not yet;
 * -1: there will be none. Clients need not close their half.
 */
long request_length(const char *text, size_t n);

/* fd_count: descriptors that came along. The error is the answer's. */
int request_parse(const char *text, size_t n, size_t fd_count, const struct settings *s,
		  struct request *out, struct arena *a, struct err *e);

/* {"error":{"desc":…,"errno":"EINVAL"}} */
void request_print_error(const struct err *e, struct text *out);

#endif
