/* SPDX-License-Identifier: Apache-2.0 */
/* Limits between config, state.json and update. Pure. */
#ifndef CONTAINER_UPDATE_H
#define CONTAINER_UPDATE_H

#include "spec/spec.h"
#include "store/store.h"

/* What state.json keeps of the limits; r may be NULL. */
void limits_to_record(struct record_limits *out, const struct spec_resources *r,
		      struct arena *a);

/* And back: what was not set, or 0 where 0 is unset, is absent. Points into the record. */
const struct spec_resources *limits_from_record(const struct record_limits *in,
						struct arena *a);

/*
 * What holds after an update: some limits stay as they are if nothing is given
 * for them, others are no longer asked for (their files stay as they are).
 */
const struct spec_resources *limits_merge(const struct spec_resources *old,
					  const struct spec_resources *given,
					  struct arena *a);

#endif
