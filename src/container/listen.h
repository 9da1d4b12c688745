/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_LISTEN_H
#define CONTAINER_LISTEN_H

#include "container/launch.h"

/* Writes the ids of process pid and id-maps the mounts that go by them. */
int listen_map_ids(struct launch *l, pid_t pid, struct err *e);

/* Before the clone: mounts that are mapped by maps of their own, or by a namespace that
 * is joined. */
int listen_idmap_early(struct launch *l, struct err *e);

/* Init may go on: it is where it is to be. */
int listen_say_go(struct launch *l, struct err *e);

#endif
