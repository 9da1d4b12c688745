/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments are put together here, so that rules see whole packets, libslirp's own code
 * for it (CVE-2019-14378, CVE-2020-1983) sees none, and what waits is bounded: a fixed
 * number of packets for a few seconds. What overlaps is dropped whole. Pure but for its
 * memory.
 */
#ifndef NET_REASM_H
#define NET_REASM_H

#include "helpers/net/frame.h"

#define REASM_SLOTS 16
#define REASM_MS 5000

struct reasm {
	struct reasm_slot *v[REASM_SLOTS]; /* made when first needed */
};

/*
 * Takes one fragment. Returns the whole frame when this was the last that was missing,
 * parsed into *whole and valid until the next call; else NULL.
 */
const struct frame *reasm_take(struct reasm *r, const struct frame *f, int64_t now,
			       struct frame *whole);

void reasm_free(struct reasm *r);

#endif
