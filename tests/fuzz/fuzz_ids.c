/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/subuid as text, and the arithmetic of maps made of the same bytes. */
#include "host/host.h"
#include "ns/ns.h"

#include "fuzz/fuzz.h"

#define RANGES 16

static void ranges(const uint8_t *data, size_t size)
{
	OWN_STR name = fuzz_part(&data, &size);
	OWN_STR text = fuzz_part(&data, &size);
	struct id_range out[RANGES + 1] = { 0 };
	size_t n;

	out[RANGES].first = 4711;
	n = host_parse_subids(text, *name ? name : NULL, 1000, out, RANGES);
	MUST(n <= RANGES && out[RANGES].first == 4711);
	for (size_t i = 0; i < n; i++)
		MUST(out[i].count && (uint64_t)out[i].first + out[i].count <= UINT32_MAX);
}

static void maps(const uint8_t *data, size_t size)
{
	struct spec_idmap v[4] = { 0 };
	const struct spec_idmaps all = { v, COUNT(v) };
	OWN_TEXT lines = { 0 };
	uint32_t inside, outside;
	size_t i = 0;

	if (size < sizeof(v) + sizeof(inside))
		return;
	memcpy(v, data, sizeof(v));
	memcpy(&inside, data + sizeof(v), sizeof(inside));
	idmap_print(all, &lines);
	MUST(lines.len);
	if (!idmap_to_host(all, inside, &outside))
		return;
	while (i < all.n &&
	       (inside < v[i].container_id || inside - v[i].container_id >= v[i].size))
		i++;
	MUST(i < all.n); /* else it is outside all maps */
	MUST(outside == v[i].host_id + (inside - v[i].container_id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_quiet();
	ranges(data, size);
	maps(data, size);
	return 0;
}
