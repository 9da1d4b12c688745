/* SPDX-License-Identifier: Apache-2.0 */
/* What the host's own network decides. Runs: host. */
#ifndef NETWORK_HOST_H
#define NETWORK_HOST_H

#include "network/plan.h"

/*
 * The config of a plan, with what was left to the host: IPv6 if it has a way out by
 * that, and if no network was named for it, the first of fd00::/64, fd00:0:0:1::/64 and
 * so on that it does not have itself.
 */
void network_settle(const struct network_plan *p, struct net_config *c, struct arena *a);

#endif
