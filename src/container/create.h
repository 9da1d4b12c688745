/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of create that are not its steps. */
#ifndef CONTAINER_CREATE_H
#define CONTAINER_CREATE_H

#include "container/launch.h"

/*
 * Enters the bundle, reads its config.json (*config gets the text) and makes all
 * choices. Warns of what will not be applied.
 */
int create_plan(struct launch *l, struct plan *p, struct text *config, struct err *e);

/* l->record before there is a process: enough to take everything away again. */
void claim_record(struct launch *l);

/* The same, once init is ready. start: its start time in clock ticks. */
void ready_record(struct launch *l, uint64_t start);

#endif
