/* SPDX-License-Identifier: Apache-2.0 */
/* Hardware addresses inside, as frames from there show them. Pure. */
#ifndef NET_NEIGHBOUR_H
#define NET_NEIGHBOUR_H

#include "helpers/net/frame.h"

#define NEIGHBOURS 16

struct neighbours {
	struct {
		struct ip ip;
		uint8_t mac[6];
	} v[NEIGHBOURS];
	size_t next; /* to be replaced */
	uint8_t usual[6];
};

void neighbours_learn(struct neighbours *n, const struct frame *f);

/* That of the device as we made it, if the address was never seen. */
const uint8_t *neighbours_find(const struct neighbours *n, const struct ip *ip);

#endif
