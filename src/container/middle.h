/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_MIDDLE_H
#define CONTAINER_MIDDLE_H

#include "container/launch.h"

/*
 * Starts what becomes the container's process, in the cgroup behind l->doors:
 * directly by one clone with all namespaces, or where some are joined or a clock
 * is set, by a middle process that goes there first and leaves a child (of ours)
 * behind. l->pid and l->pidfd are known afterwards, or with MSG_PID.
 */
int middle_clone(struct launch *l, void (*inside)(struct launch *), struct err *e);

/* Undoes it: SIGKILL to what was started, and no more of it is left. */
void middle_kill(struct launch *l);

#endif
