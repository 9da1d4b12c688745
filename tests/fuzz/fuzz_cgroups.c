/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/self/cgroup, /proc/self/mountinfo and a cgroupsPath, between lines of "---":
 * whatever they say, the place of a container is below a hierarchy and not its root.
 */
#include "cgroup/cgroup.h"
#include "cgroup/private.h"

#include "fuzz/fuzz.h"

static void place(const struct host_cgroups *cgroups, const char *path, struct arena *a)
{
	const struct spec_linux linux_part = { .cgroups_path = path };
	const struct spec s = { .linux = &linux_part };
	const struct cgroup_facts facts = { .id = "web1" };
	const struct host h = { .cgroups = *cgroups };
	struct cgroup_plan p = { 0 };
	struct err e = { 0 };

	if (cgroup_plan(&p, &s, &h, &facts, a, &e) < 0) {
		MUST(*e.text);
		return;
	}
	MUST(p.dir_count <= CGROUP_HIERARCHIES);
	for (size_t i = 0; i < p.dir_count; i++) {
		const char *at = p.dirs[i].path;

		MUST(*at == '/' && at[1]);
		MUST(!strstr(at, "/../") && !text_ends(at, "/.."));
	}
}

static void judge(const char *self, const char *mounts, const char *unified,
		  const char *path, struct arena *a)
{
	const struct host_cgroups c = host_parse_cgroups(self, mounts, unified, a);

	for (size_t i = 0; i < c.n; i++)
		MUST(c.v[i].name && c.v[i].mount && c.v[i].root && c.v[i].own);
	place(&c, path, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR self = fuzz_part(&data, &size);
	OWN_STR mounts = fuzz_part(&data, &size);
	OWN_STR path = fuzz_part(&data, &size);
	struct arena a = { 0 };
	long long value;

	fuzz_quiet();
	judge(self, mounts, NULL, *path ? path : NULL, &a);
	judge(self, NULL, "/sys/fs/cgroup", *path ? path : NULL, &a);
	cgroup_find_key(mounts, "populated", &value);
	cgroup_find_key(self, *path ? path : "frozen", &value);
	arena_free(&a);
	return 0;
}
