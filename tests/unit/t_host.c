/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about machines, from what other machines' kernels once said: tests/trees. */
#include "host/host.h"

#include "unit/data.h"
#include "unit/tap.h"

/* ---- cgroups ---- */

#define DOCKER "/docker/4f0d2b7e9a31c65d8e0f4b2a7c91d3e6f5a8b0c2d4e6f8091a2b3c4d5e6f7081"

static const struct {
	const char *label, *tree;
	const char *unified; /* where v2 is mounted, if that is known already */
	enum cgroup_mode mode;
	const char *want; /* name|mount|root|own, a line each */
} trees[] = {
	{ .label = "v2, known to be",
	  .tree = "v2",
	  .unified = "/sys/fs/cgroup",
	  .mode = CGROUP_V2,
	  .want = "|/sys/fs/cgroup|/|/user.slice/user-1000.slice/user@1000.service/app.slice/run-u12.scope\n" },
	{ .label = "v2, found in the mount table",
	  .tree = "v2",
	  .mode = CGROUP_V2,
	  .want = "|/sys/fs/cgroup|/|/user.slice/user-1000.slice/user@1000.service/app.slice/run-u12.scope\n" },
	{ .label = "v1, with controllers that share a mount, in any order",
	  .tree = "v1",
	  .mode = CGROUP_V1,
	  .want = "perf_event|/sys/fs/cgroup/perf_event|/|/\n"
		  "memory|/sys/fs/cgroup/memory|/|/user.slice/user-0.slice/session-2.scope\n"
		  "freezer|/sys/fs/cgroup/freezer|/|/\n"
		  "cpuset|/sys/fs/cgroup/cpuset|/|/\n"
		  "devices|/sys/fs/cgroup/devices|/|/user.slice\n"
		  "blkio|/sys/fs/cgroup/blkio|/|/user.slice\n"
		  "pids|/sys/fs/cgroup/pids|/|/user.slice/user-0.slice/session-2.scope\n"
		  "cpuacct,cpu|/sys/fs/cgroup/cpu,cpuacct|/|/user.slice\n"
		  "hugetlb|/sys/fs/cgroup/hugetlb|/|/\n"
		  "net_prio,net_cls|/sys/fs/cgroup/net_cls,net_prio|/|/\n"
		  "name=systemd|/sys/fs/cgroup/systemd|/|/user.slice/user-0.slice/session-2.scope\n" },
	{ .label = "hybrid; a controller that is not mounted is left out",
	  .tree = "hybrid",
	  .mode = CGROUP_HYBRID,
	  .want = "memory|/sys/fs/cgroup/memory|/|/user.slice/user-1000.slice\n"
		  "pids|/sys/fs/cgroup/pids|/|/user.slice/user-1000.slice\n"
		  "cpu,cpuacct|/sys/fs/cgroup/cpu,cpuacct|/|/user.slice\n"
		  "name=systemd|/sys/fs/cgroup/systemd|/|/user.slice/user-1000.slice/session-1.scope\n"
		  "|/sys/fs/cgroup/unified|/|/user.slice/user-1000.slice/session-1.scope\n" },
	{ .label = "the v1 lines of a machine known to be v2 do not count",
	  .tree = "hybrid",
	  .unified = "/sys/fs/cgroup",
	  .mode = CGROUP_V2,
	  .want = "|/sys/fs/cgroup|/|/user.slice/user-1000.slice/session-1.scope\n" },
	{ .label = "in a container without a cgroup namespace",
	  .tree = "docker-v1",
	  .mode = CGROUP_V1,
	  .want = "cpu,cpuacct|/sys/fs/cgroup/cpu,cpuacct|" DOCKER "|" DOCKER "\n"
		  "memory|/sys/fs/cgroup/memory|" DOCKER "|" DOCKER "/inner\n"
		  "name=systemd|/sys/fs/cgroup/systemd|" DOCKER "|" DOCKER "\n" },
	{ .label = "blanks, tabs, line feeds and backslashes in paths",
	  .tree = "escapes",
	  .mode = CGROUP_V1,
	  .want = "pids|/mnt/ - cgroup|/|/a:b c/d - e\n"
		  "memory|/mnt/my cgroups/memory|/with\\backslash|/with\\backslash\n"
		  "cpu|/mnt/my cgroups/a\tb\nc\\d|/|/tab\n"
		  "name=my group|/mnt/name\\|/|/\n" },
	{ .label = "lines that are none, and lines cut off",
	  .tree = "malformed",
	  .mode = CGROUP_V1,
	  .want = "memory|/mnt/memory|/|/last\n" },
};

static void print(const struct host_cgroups *c, struct text *out)
{
	text_add(out, "");
	for (size_t i = 0; i < c->n; i++)
		text_printf(out, "%s|%s|%s|%s\n", c->v[i].name, c->v[i].mount,
			    c->v[i].root, c->v[i].own);
}

static void test_trees(void)
{
	for (size_t i = 0; i < COUNT(trees); i++) {
		struct arena a = { 0 };
		OWN_TEXT name = { 0 };
		OWN_TEXT self = { 0 };
		OWN_TEXT mountinfo = { 0 };
		OWN_TEXT got = { 0 };
		struct host_cgroups c;

		text_printf(&name, "tests/trees/%s/cgroup", trees[i].tree);
		data_read(name.s, &self);
		text_cut(&name, name.len - strlen("cgroup"));
		text_add(&name, "mountinfo");
		data_read(name.s, &mountinfo);
		c = host_parse_cgroups(self.s, trees[i].unified ? NULL : mountinfo.s,
				       trees[i].unified, &a);
		print(&c, &got);
		CHECK(trees[i].label, c.mode == trees[i].mode);
		CHECK_SAME(trees[i].label, got.s, trees[i].want);
		arena_free(&a);
	}
}

static void test_small(void)
{
	struct arena a = { 0 };
	struct host_cgroups c = host_parse_cgroups("", "", NULL, &a);

	CHECK("nothing at all", c.mode == CGROUP_NONE && c.n == 0);
	c = host_parse_cgroups("0::/x\n", "", NULL, &a);
	CHECK("v2 that is mounted nowhere", c.mode == CGROUP_NONE && c.n == 0);
	c = host_parse_cgroups("0::/", NULL, "/sys/fs/cgroup", &a);
	CHECK("no line feed at the end",
	      c.mode == CGROUP_V2 && c.n == 1 && strcmp(c.v[0].own, "/") == 0);
	c = host_parse_cgroups("0::/../outside\n", NULL, "/sys/fs/cgroup", &a);
	CHECK("outside of the caller's cgroup namespace",
	      c.n == 1 && strcmp(c.v[0].own, "/../outside") == 0);
	arena_free(&a);
}

/* A host has very many mounts, and few of them are cgroups. */
static void test_many_mounts(void)
{
	struct arena a = { 0 };
	OWN_TEXT mountinfo = { 0 };
	struct host_cgroups c;

	for (int i = 0; i < 50000; i++)
		text_printf(&mountinfo, "%d 28 0:%d / /m/%d rw - overlay overlay rw\n",
			    100 + i, i, i);
	text_add(&mountinfo, "9 28 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	c = host_parse_cgroups("0::/x\n", mountinfo.s, NULL, &a);
	CHECK("one among 50000 mounts", c.n == 1 && c.mode == CGROUP_V2);
	arena_free(&a);
}

/* ---- subordinate ids ---- */

static const struct {
	const char *label, *text, *name;
	uid_t uid;
	bool narrow; /* there is only so much room as .max says */
	size_t max;
	const char *want; /* first+count, … */
} subids[] = {
	{ .label = "by name",
	  .text = "root:1:2\nuser:100000:65536\nother:200000:65536\n",
	  .name = "user",
	  .uid = 1000,
	  .want = "100000+65536" },
	{ .label = "by number",
	  .text = "1000:100000:65536\n",
	  .name = "user",
	  .uid = 1000,
	  .want = "100000+65536" },
	{ .label = "by number, of a user without a name",
	  .text = "user:1:1\n1000:100000:65536\n",
	  .uid = 1000,
	  .want = "100000+65536" },
	{ .label = "both, in the order of the file",
	  .text = "user:100000:10\n1000:300000:20\nuser:200000:30",
	  .name = "user",
	  .uid = 1000,
	  .want = "100000+10 300000+20 200000+30" },
	{ .label = "no more than there is room for",
	  .text = "user:1:1\nuser:2:2\nuser:3:3\n",
	  .name = "user",
	  .narrow = true,
	  .max = 2,
	  .want = "1+1 2+2" },
	{ .label = "no room",
	  .text = "user:1:1\n",
	  .name = "user",
	  .narrow = true,
	  .max = 0,
	  .want = "" },
	{ .label = "an empty file", .text = "", .name = "user", .want = "" },
	{ .label = "a longer name is another user",
	  .text = "user2:1:1\nuse:2:2\nUser:3:3\n",
	  .name = "user",
	  .want = "" },
	{ .label = "a number spelled in another way",
	  .text = "01000:1:1\n+1000:2:2\n1000 :3:3\n",
	  .uid = 1000,
	  .want = "" },
	{ .label = "nobody in particular", .text = ":1:1\n", .name = "user", .want = "" },
	{ .label = "comments, blanks, half lines",
	  .text = "# user:1:1\n\n user:1:1\nuser\nuser:\nuser:1\nuser:1:\nuser::1\nuser:5:6\n",
	  .name = "user",
	  .want = "5+6" },
	{ .label = "not numbers",
	  .text = "user:a:1\nuser:1:b\nuser:-1:5\nuser:1:-5\nuser:0x10:1\nuser: 1:1\nuser:1:1 \nuser:1:1\r\n",
	  .name = "user",
	  .want = "" },
	{ .label = "a range of nothing",
	  .text = "user:100000:0\n",
	  .name = "user",
	  .want = "" },
	{ .label = "up to the last id",
	  .text = "user:4294901760:65535\n",
	  .name = "user",
	  .want = "4294901760+65535" },
	{ .label = "beyond the last id",
	  .text = "user:4294901760:65536\nuser:4294967295:1\n",
	  .name = "user",
	  .want = "" },
	{ .label = "numbers that would wrap",
	  .text = "user:4294967296:1\nuser:1:4294967296\nuser:1:18446744073709551617\nuser:100000000000000000000:1\n",
	  .name = "user",
	  .want = "" },
	{ .label = "a line that is too long is not cut to fit",
	  .text = "user:1:00000000000000000000000000000000000000000000000000001\nuser:7:8\n",
	  .name = "user",
	  .want = "7+8" },
};

static void test_subids(void)
{
	for (size_t i = 0; i < COUNT(subids); i++) {
		struct id_range out[8];
		OWN_TEXT got = { 0 };
		size_t n =
			host_parse_subids(subids[i].text, subids[i].name, subids[i].uid,
					  out,
					  subids[i].narrow ? subids[i].max : COUNT(out));

		text_add(&got, "");
		for (size_t k = 0; k < n; k++)
			text_printf(&got, "%s%u+%u", k ? " " : "", out[k].first,
				    out[k].count);
		CHECK_SAME(subids[i].label, got.s, subids[i].want);
	}
}

static void test_can(void)
{
	const struct host h = { .caps = 1ull << 0 | 1ull << 21 | 1ull << 40 };

	CHECK("first capability", host_can(&h, 0));
	CHECK("one in the middle", host_can(&h, 21) && !host_can(&h, 20));
	CHECK("last capability", host_can(&h, 40) && !host_can(&h, 39));
}

int main(void)
{
	test_trees();
	test_small();
	test_many_mounts();
	test_subids();
	test_can();
	return tap_done();
}
