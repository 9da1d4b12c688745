/* SPDX-License-Identifier: Apache-2.0 */
/* Id-map arithmetic, in 64 bits. Pure. */
#include "ns/ns.h"

bool idmap_to_host(struct spec_idmaps maps, uint32_t inside, uint32_t *outside)
{
	for (size_t i = 0; i < maps.n; i++) {
		const struct spec_idmap *m = &maps.v[i];

		if (inside >= m->container_id &&
		    (uint64_t)inside < (uint64_t)m->container_id + m->size) {
			*outside = m->host_id + (inside - m->container_id);
			return true;
		}
	}
	return false;
}

void idmap_print(struct spec_idmaps maps, struct text *out)
{
	for (size_t i = 0; i < maps.n; i++)
		text_printf(out, "%u %u %u\n", maps.v[i].container_id, maps.v[i].host_id,
			    maps.v[i].size);
}
