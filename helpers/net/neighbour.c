/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/neighbour.h"

#include <string.h>

void neighbours_learn(struct neighbours *n, const struct frame *f)
{
	const uint8_t *mac = f->b + 6;
	size_t i;

	if (!f->family || (mac[0] & 1))
		return;
	for (i = 0; i < NEIGHBOURS; i++)
		if (ip_equal(&n->v[i].ip, &f->from)) {
			memcpy(n->v[i].mac, mac, 6);
			return;
		}
	n->v[n->next].ip = f->from;
	memcpy(n->v[n->next].mac, mac, 6);
	n->next = (n->next + 1) % NEIGHBOURS;
}

const uint8_t *neighbours_find(const struct neighbours *n, const struct ip *ip)
{
	for (size_t i = 0; i < NEIGHBOURS; i++)
		if (ip_equal(&n->v[i].ip, ip))
			return n->v[i].mac;
	return n->usual;
}
