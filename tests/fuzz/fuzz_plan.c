/* SPDX-License-Identifier: Apache-2.0 */
/* From config.json to the plan, on three kinds of host, and the plan in words. */
#include "container/plan.h"

#include "fuzz/fuzz.h"

static const struct host_hierarchy unified[] = {
	{ "", "/sys/fs/cgroup", "/", "/user.slice/a.scope" },
};
static const struct host_hierarchy hybrid[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/docker/abc", "/docker/abc/inner" },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", "/user.slice" },
	{ "name=systemd", "/sys/fs/cgroup/systemd", "/", "/" },
	{ "", "/sys/fs/cgroup/unified", "/", "/user.slice" },
};
static const struct host hosts[] = {
	{ .caps = (1ull << 41) - 1, .cgroups = { CGROUP_V2, unified, 1 } },
	{ .caps = (1ull << 41) - 1, .cgroups = { CGROUP_HYBRID, hybrid, COUNT(hybrid) } },
	{ .euid = 1000, .egid = 1000, .cgroups = { CGROUP_V2, unified, 1 } },
};

/* The root cgroup is never a container's, and no path climbs (security: G1). */
static void check_cgroup(const struct cgroup_plan *p)
{
	for (size_t i = 0; i < p->dir_count; i++) {
		const char *path = p->dirs[i].path;

		MUST(*path == '/' && path[1]);
		MUST(!strstr(path, "/../") && !text_ends(path, "/.."));
	}
}

static void check_ids(const struct plan *p)
{
	MUST(p->process.uid != (uid_t)-1 && p->process.gid != (gid_t)-1);
	MUST(!p->process.cwd || *p->process.cwd == '/');
}

static void build(const struct spec *s, const struct host *h, struct arena *a)
{
	const struct plan_facts facts = {
		.id = "web1",
		.bundle = "/bundle",
		.rootfs = "/bundle/rootfs",
		.rootless_cgroups = h->euid != 0,
		.net_annotations = true,
	};
	OWN_TEXT out = { 0 };
	struct err e = { 0 };
	struct plan p;

	if (plan_build(&p, s, h, &facts, a, &e) < 0) {
		MUST(*e.text);
		return;
	}
	check_cgroup(&p.cgroup);
	check_ids(&p);
	plan_print(&p, &out);
	MUST(out.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR text = fuzz_text(data, size);
	struct arena a = { 0 };
	const struct spec *s;
	struct err e;

	fuzz_quiet();
	s = spec_parse("config.json", text, size, &a, &e);
	/* create and exec see to this first */
	if (s && spec_check(s, &e) < 0)
		s = NULL;
	for (size_t i = 0; s && i < COUNT(hosts); i++)
		build(s, &hosts[i], &a);
	if (s)
		plan_warn_unapplied(s);
	arena_free(&a);
	return 0;
}
