/* SPDX-License-Identifier: Apache-2.0 */
/* What a network of ours adds to the plan of the other rooms. Pure. */
#ifndef CONTAINER_NET_PLAN_H
#define CONTAINER_NET_PLAN_H

#include "container/plan.h"

/*
 * Sockets of LISTEN_FDS that are published by fd:N are runc-net's: facts lose them, and
 * the container is not given them too.
 */
int net_plan(struct network_plan *p, struct plan_facts *facts, const struct spec *s,
	     struct arena *a, struct err *e);

/* The config, with the network namespace that the command line asked for. */
const struct spec *net_add_namespace(const struct network_plan *p, const struct spec *s,
				     struct arena *a);

/*
 * Without harm in a network namespace of the container's own: low ports for all, and
 * ping for all whose groups are mapped. What the config says of the same stays.
 */
struct pairs net_plan_sysctl(const struct network_plan *p, const struct spec *s,
			     const struct host *h, struct arena *a);

/* resolv.conf and hosts, which will be in that directory. Returns how many. */
size_t net_plan_files(const struct network_plan *p, const char *dir,
		      const struct rootfs_file **files, struct arena *a);

#endif
