/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/resolv.conf and /etc/hosts of a container with a network of ours. Pure.
 *
 * The only name server is the gateway's: runc-net asks those of the host, whichever
 * they are by then. So the file stays right when the host's changes, and there is no
 * second server in it that would be asked with names that are only the first one's.
 */
#ifndef NETWORK_FILES_H
#define NETWORK_FILES_H

#include "network/plan.h"

/*
 * c: the plan's config, once it is settled. host: the text of the host's resolv.conf, for
 * its search list and options; may be "".
 */
void network_print_resolv(const struct network_plan *p, const struct net_config *c,
			  const char *host, struct text *out);

/* hostname: the container's own; NULL if it has none. */
void network_print_hosts(const struct net_config *c, const char *hostname,
			 struct text *out);

#endif
