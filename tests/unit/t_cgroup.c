/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cgroup is to be: decided without touching any. */
#include "cgroup/private.h"

#include "unit/data.h"
#include "unit/tap.h"

/* ---- places ---- */

static const struct host_hierarchy v2_session[] = {
	{ "", "/sys/fs/cgroup", "/", "/user.slice/session-1.scope" },
};
static const struct host_hierarchy v2_top[] = {
	{ "", "/sys/fs/cgroup", "/", "/init.scope" },
};
static const struct host_hierarchy v2_root[] = { { "", "/sys/fs/cgroup", "/", "/" } };
static const struct host_hierarchy v2_outside[] = {
	{ "", "/sys/fs/cgroup", "/", "/../session-1.scope" },
};
static const struct host_hierarchy v1_two[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/", "/user.slice" },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", "/" },
};
static const struct host_hierarchy hybrid_two[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/", "/user.slice/x" },
	{ "", "/sys/fs/cgroup/unified", "/", "/user.slice/x" },
};
static const struct host_hierarchy docker[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/docker/4f", "/docker/4f" },
	{ "pids", "/sys/fs/cgroup/pids", "/docker/4f", "/docker/4f/inner" },
	{ "cpu", "/sys/fs/cgroup/cpu", "/docker/4f", "/docker/4f0" },
	{ "blkio", "/sys/fs/cgroup/blkio", "/docker/4f", "/elsewhere" },
};

#define HOST(mode_, list)                                                                \
	{                                                                                \
		.cgroups = { mode_, list, COUNT(list) }                                  \
	}
static const struct host v2 = HOST(CGROUP_V2, v2_session);
static const struct host v2_in_top = HOST(CGROUP_V2, v2_top);
static const struct host v2_in_root = HOST(CGROUP_V2, v2_root);
static const struct host v2_hidden = HOST(CGROUP_V2, v2_outside);
static const struct host v1 = HOST(CGROUP_V1, v1_two);
static const struct host hybrid = HOST(CGROUP_HYBRID, hybrid_two);
static const struct host in_docker = HOST(CGROUP_V1, docker);

static const struct host no_cgroups = { .caps = 0 };

static const struct row {
	const char *label;
	const struct host *host;
	const char *path; /* cgroupsPath; NULL: not in the config */
	bool rootless;
	const char *want; /* name=path …, and what the plan says else; or the error */
} rows[] = {
	/* v2: beside the caller */
	{ .label = "v2: no path", .host = &v2, .want = "=/user.slice/web1" },
	{ .label = "v2: an empty path is none",
	  .host = &v2,
	  .path = "",
	  .want = "=/user.slice/web1" },
	{ .label = "v2: a relative path",
	  .host = &v2,
	  .path = "a/b",
	  .want = "=/user.slice/a/b required" },
	{ .label = "v2: an absolute path",
	  .host = &v2,
	  .path = "/a/b",
	  .want = "=/a/b required" },
	{ .label = "v2: cleaned",
	  .host = &v2,
	  .path = "//a///b/",
	  .want = "=/a/b required" },
	{ .label = "v2: cleaned and relative",
	  .host = &v2,
	  .path = "a//b/",
	  .want = "=/user.slice/a/b required" },
	{ .label = "v2: the caller is at the top", .host = &v2_in_top, .want = "=/web1" },
	{ .label = "v2: the caller is in the root", .host = &v2_in_root, .want = "=/web1" },
	{ .label = "v2: the caller is in the root, a relative path",
	  .host = &v2_in_root,
	  .path = "a",
	  .want = "=/a required" },
	{ .label = "v2: the caller cannot be seen", .host = &v2_hidden, .want = "" },
	{ .label = "v2: the caller cannot be seen, an absolute path",
	  .host = &v2_hidden,
	  .path = "/a",
	  .want = "=/a required" },
	{ .label = "v2: what systemd's driver would split is a name",
	  .host = &v2,
	  .path = "system.slice:runc:web1",
	  .want = "=/user.slice/system.slice:runc:web1 required" },

	/* v1: below the caller */
	{ .label = "v1: no path",
	  .host = &v1,
	  .want = "memory=/user.slice/web1 cpu,cpuacct=/web1" },
	{ .label = "v1: a relative path",
	  .host = &v1,
	  .path = "a/b",
	  .want = "memory=/user.slice/a/b cpu,cpuacct=/a/b required" },
	{ .label = "v1: an absolute path",
	  .host = &v1,
	  .path = "/a/b",
	  .want = "memory=/a/b cpu,cpuacct=/a/b required" },
	{ .label = "hybrid: each as its kind does",
	  .host = &hybrid,
	  .want = "memory=/user.slice/x/web1 =/user.slice/web1" },
	{ .label = "in a container: below what is mounted there",
	  .host = &in_docker,
	  .want = "memory=/web1 pids=/inner/web1" },
	{ .label = "in a container: an absolute path",
	  .host = &in_docker,
	  .path = "/a",
	  .want = "memory=/a pids=/a cpu=/a blkio=/a required" },

	/* who may do without */
	{ .label = "rootless: may do without",
	  .host = &v2,
	  .rootless = true,
	  .want = "=/user.slice/web1 tolerant" },
	{ .label = "rootless: a path was asked for",
	  .host = &v2,
	  .rootless = true,
	  .path = "/a",
	  .want = "=/a required tolerant" },

	/* never the root, never upwards, never the caller's own (G1) */
	{ .label = "the root cgroup",
	  .host = &v2,
	  .path = "/",
	  .want = "error: linux.cgroupsPath: / is the root cgroup" },
	{ .label = "the root cgroup, spelled longer",
	  .host = &v1,
	  .path = "///",
	  .want = "error: linux.cgroupsPath: /// is the root cgroup" },
	{ .label = "upwards",
	  .host = &v2,
	  .path = "..",
	  .want = "error: linux.cgroupsPath: .. must not contain . or .." },
	{ .label = "upwards and down again",
	  .host = &v2,
	  .path = "/a/../b",
	  .want = "error: linux.cgroupsPath: /a/../b must not contain . or .." },
	{ .label = "far upwards",
	  .host = &v1,
	  .path = "../../../../etc",
	  .want = "error: linux.cgroupsPath: ../../../../etc must not contain . or .." },
	{ .label = "upwards at the end",
	  .host = &v2,
	  .path = "a/..",
	  .want = "error: linux.cgroupsPath: a/.. must not contain . or .." },
	{ .label = "upwards from the root",
	  .host = &v2,
	  .path = "/..",
	  .want = "error: linux.cgroupsPath: /.. must not contain . or .." },
	{ .label = "the slice that the caller is in",
	  .host = &v2,
	  .path = ".",
	  .want = "error: linux.cgroupsPath: . must not contain . or .." },
	{ .label = "the same, spelled longer",
	  .host = &v1,
	  .path = ".//./",
	  .want = "error: linux.cgroupsPath: .//./ must not contain . or .." },
	{ .label = "names with dots in them",
	  .host = &v2,
	  .path = "/..a/b../.c/...",
	  .want = "=/..a/b../.c/... required" },
};

static void describe(const struct cgroup_plan *p, struct text *out)
{
	text_add(out, "");
	for (size_t i = 0; i < p->dir_count; i++)
		text_printf(out, "%s%s=%s", i ? " " : "", p->dirs[i].name,
			    p->dirs[i].path);
	text_add(out, p->required ? " required" : "");
	text_add(out, p->tolerant ? " tolerant" : "");
}

static void check_row(const struct row *row)
{
	const struct spec_linux linux = { .cgroups_path = row->path };
	const struct spec s = { .linux = &linux };
	const struct cgroup_facts facts = { .id = "web1", .rootless = row->rootless };
	struct cgroup_plan p = { 0 };
	struct arena a = { 0 };
	OWN_TEXT got = { 0 };
	struct err e;

	if (cgroup_plan(&p, &s, row->host, &facts, &a, &e) < 0)
		text_printf(&got, "error: %s", e.text);
	else
		describe(&p, &got);
	CHECK_SAME(row->label, got.s, row->want);
	arena_free(&a);
}

static void test_mounts(void)
{
	const struct spec_linux linux = { 0 };
	const struct spec s = { .linux = &linux };
	const struct cgroup_facts facts = { .id = "web1" };
	struct host_hierarchy many[CGROUP_HIERARCHIES + 8];
	struct host h = { .cgroups = { CGROUP_V1, many, COUNT(many) } };
	struct cgroup_plan p = { 0 };
	struct arena a = { 0 };
	struct err e;

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct host_hierarchy){ "x", "/x", "/", "/" };
	CHECK("mode and mounts are the machine's",
	      cgroup_plan(&p, &s, &hybrid, &facts, &a, &e) == 0 &&
		      p.mode == CGROUP_HYBRID &&
		      strcmp(p.dirs[1].mount, "/sys/fs/cgroup/unified") == 0);
	p = (struct cgroup_plan){ 0 };
	CHECK("no more hierarchies than there are places for",
	      cgroup_plan(&p, &s, &h, &facts, &a, &e) == 0 &&
		      p.dir_count == CGROUP_HIERARCHIES);
	arena_free(&a);
}

/* ---- units of systemd ---- */

static const struct unit_row {
	const char *label, *path; /* cgroupsPath; NULL: not in the config */
	bool user;
	const struct host *host; /* NULL: v2 */
	const char *want;        /* unit, slice, path; directories; or the error */
} units[] = {
	{ .label = "unit: no path",
	  .want = "runc-web1.scope in system.slice, /system.slice/runc-web1.scope" },
	{ .label = "unit: an empty path is none",
	  .path = "",
	  .want = "runc-web1.scope in system.slice, /system.slice/runc-web1.scope" },
	{ .label = "unit: of an ordinary user",
	  .user = true,
	  .want = "user runc-web1.scope in user.slice, /user.slice/runc-web1.scope" },
	{ .label = "unit: slice, prefix, name",
	  .path = "machine.slice:libpod:4f",
	  .want = "libpod-4f.scope in machine.slice, /machine.slice/libpod-4f.scope" },
	{ .label = "unit: no slice",
	  .path = ":docker:4f",
	  .want = "docker-4f.scope in system.slice, /system.slice/docker-4f.scope" },
	{ .label = "unit: no slice, of a user",
	  .path = ":docker:4f",
	  .user = true,
	  .want = "user docker-4f.scope in user.slice, /user.slice/docker-4f.scope" },
	{ .label = "unit: no prefix",
	  .path = "a.slice::x",
	  .want = "-x.scope in a.slice, /a.slice/-x.scope" },
	{ .label = "unit: a slice in slices",
	  .path = "a-b-c.slice:p:x",
	  .want = "p-x.scope in a-b-c.slice, "
		  "/a.slice/a-b.slice/a-b-c.slice/p-x.scope" },
	{ .label = "unit: the root slice",
	  .path = "-.slice:p:x",
	  .want = "p-x.scope in -.slice, /p-x.scope" },
	{ .label = "unit: the container is a slice",
	  .path = "a.slice:p:b-c.slice",
	  .want = "slice b-c.slice in a.slice, /b.slice/b-c.slice" },
	{ .label = "unit: characters that no unit has",
	  .path = ":p:a+b c/d",
	  .want = "p-a\\x2bb\\x20c\\x2fd.scope in system.slice, "
		  "/system.slice/p-a\\x2bb\\x20c\\x2fd.scope" },
	{ .label = "unit: two parts",
	  .path = "a.slice:x",
	  .want = "error: expected cgroupsPath to be of format \"slice:prefix:name\" "
		  "for systemd cgroups, got \"a.slice:x\" instead" },
	{ .label = "unit: four parts",
	  .path = "a.slice:x:y:z",
	  .want = "error: expected cgroupsPath to be of format \"slice:prefix:name\" "
		  "for systemd cgroups, got \"a.slice:x:y:z\" instead" },
	{ .label = "unit: a path",
	  .path = "/a/b",
	  .want = "error: expected cgroupsPath to be of format \"slice:prefix:name\" "
		  "for systemd cgroups, got \"/a/b\" instead" },
	{ .label = "unit: no slice's name",
	  .path = "a:p:x",
	  .want = "error: invalid slice name: a" },
	{ .label = "unit: a path as a slice",
	  .path = "../a.slice:p:x",
	  .want = "error: invalid slice name: ../a.slice" },
	{ .label = "unit: a slice without a name",
	  .path = ".slice:p:x",
	  .want = "error: invalid slice name: .slice" },
	{ .label = "unit: a slice with an empty part",
	  .path = "a--b.slice:p:x",
	  .want = "error: invalid slice name: a--b.slice" },
	{ .label = "unit: a slice that begins with an empty part",
	  .path = "-a.slice:p:x",
	  .want = "error: invalid slice name: -a.slice" },
	{ .label = "unit: a slice that ends with an empty part",
	  .path = "a-.slice:p:x",
	  .want = "error: invalid slice name: a-.slice" },
	{ .label = "unit: a container that is no slice",
	  .path = "a.slice:p:x--y.slice",
	  .want = "error: invalid slice name: x--y.slice" },
	{ .label = "unit: the container is the root slice",
	  .path = ":p:-.slice",
	  .want = "error: linux.cgroupsPath: :p:-.slice is the root cgroup" },
	{ .label = "unit: v1 has its directories too",
	  .host = &v1,
	  .want = "runc-web1.scope in system.slice, /system.slice/runc-web1.scope; "
		  "memory cpu,cpuacct" },
	{ .label = "unit: hybrid too",
	  .host = &hybrid,
	  .want = "runc-web1.scope in system.slice, /system.slice/runc-web1.scope; "
		  "memory " },
	{ .label = "unit: v1 of an ordinary user",
	  .host = &v1,
	  .user = true,
	  .want = "error: cannot use rootless systemd cgroups manager on cgroup v1" },
	{ .label = "unit: no cgroups at all",
	  .host = &no_cgroups,
	  .want = "error: no cgroup hierarchy is mounted where systemd's could be seen" },
};

static void describe_unit(const struct cgroup_plan *p, struct text *out)
{
	const struct cgroup_unit *u = p->unit;

	text_printf(out, "%s%s%s in %s, %s", u->user ? "user " : "",
		    u->is_slice ? "slice " : "", u->name, u->slice, u->path);
	for (size_t i = 0; i < p->dir_count; i++) {
		text_printf(out, "%s%s", i ? " " : "; ", p->dirs[i].name);
		if (strcmp(p->dirs[i].path, u->path) != 0)
			text_printf(out, " at %s", p->dirs[i].path);
	}
}

static void check_unit(const struct unit_row *row)
{
	const struct spec_linux linux = { .cgroups_path = row->path };
	const struct spec s = { .linux = &linux };
	const struct cgroup_facts facts = {
		.id = "web1", .systemd = true, .user = row->user, .rootless = row->user
	};
	struct cgroup_plan p;
	struct arena a = { 0 };
	OWN_TEXT got = { 0 };
	struct err e;

	if (cgroup_plan(&p, &s, row->host ? row->host : &v2, &facts, &a, &e) < 0)
		text_printf(&got, "error: %s", e.text);
	else
		describe_unit(&p, &got);
	CHECK_SAME(row->label, got.s, row->want);
	arena_free(&a);
}

static bool plans_unit_of(size_t n, struct err *e)
{
	char id[UINT8_MAX + 1] = { 0 };
	const struct spec_linux linux = { 0 };
	const struct spec s = { .linux = &linux };
	const struct cgroup_facts facts = { .id = id, .systemd = true };
	struct cgroup_plan p;
	struct arena a = { 0 };
	bool planned;

	memset(id, 'x', n - strlen("runc-.scope"));
	planned =
		cgroup_plan(&p, &s, &v2, &facts, &a, e) == 0 && strlen(p.unit->name) == n;
	arena_free(&a);
	return planned;
}

static void test_long_unit(void)
{
	struct err e = { 0 };

	CHECK("unit: the longest name", plans_unit_of(255, &e));
	CHECK("unit: longer than systemd's names are",
	      !plans_unit_of(256, &e) && strstr(e.text, "has at most 255 characters"));
}

/* runc in a container: only for a limit, and only where nobody is above. */
static void test_leaf(void)
{
	const struct spec_linux linux = { 0 };
	const struct spec s = { .linux = &linux };
	struct cgroup_facts facts = { .id = "web1", .limited = true };
	struct cgroup_plan p;
	struct arena a = { 0 };
	struct err e;

	CHECK("leaf: in the namespace's root",
	      cgroup_plan(&p, &s, &v2_in_root, &facts, &a, &e) == 0 && p.leaf);
	CHECK("leaf: elsewhere", cgroup_plan(&p, &s, &v2, &facts, &a, &e) == 0 && !p.leaf);
	facts.limited = false;
	CHECK("leaf: no limits",
	      cgroup_plan(&p, &s, &v2_in_root, &facts, &a, &e) == 0 && !p.leaf);
	arena_free(&a);
}

/* ---- small files ---- */

static const struct {
	const char *label, *text, *key;
	bool found;
	long long want;
} keys[] = {
	{ .label = "first line",
	  .text = "populated 1\nfrozen 0\n",
	  .key = "populated",
	  .found = true,
	  .want = 1 },
	{ .label = "last line, not ended",
	  .text = "populated 1\nfrozen 1",
	  .key = "frozen",
	  .found = true,
	  .want = 1 },
	{ .label = "a longer key comes first",
	  .text = "oom_kill_group 7\noom_kill 3\n",
	  .key = "oom_kill",
	  .found = true,
	  .want = 3 },
	{ .label = "a shorter key comes first",
	  .text = "oom 7\noom_kill 3\n",
	  .key = "oom_kill",
	  .found = true,
	  .want = 3 },
	{ .label = "negative", .text = "x -5\n", .key = "x", .found = true, .want = -5 },
	{ .label = "the largest",
	  .text = "x 9223372036854775807\n",
	  .key = "x",
	  .found = true,
	  .want = 9223372036854775807LL },
	{ .label = "too large", .text = "x 9223372036854775808\n", .key = "x" },
	{ .label = "much too large",
	  .text = "x 123456789012345678901234567890\n",
	  .key = "x" },
	{ .label = "not there", .text = "populated 1\n", .key = "frozen" },
	{ .label = "in the middle of a line", .text = "is frozen 1\n", .key = "frozen" },
	{ .label = "nothing", .text = "", .key = "frozen" },
	{ .label = "key alone", .text = "frozen\n", .key = "frozen" },
	{ .label = "key and a blank", .text = "frozen \n", .key = "frozen" },
	{ .label = "key and the next line", .text = "frozen\n1\n", .key = "frozen" },
	{ .label = "not a number", .text = "frozen yes\n", .key = "frozen" },
	{ .label = "more than a number", .text = "frozen 1 2\n", .key = "frozen" },
	{ .label = "two blanks", .text = "frozen  1\n", .key = "frozen" },
	{ .label = "a key cut off", .text = "froz", .key = "frozen" },
};

static const struct pair hierarchies[] = {
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/w" },
	{ "cpuset", "/sys/fs/cgroup/cpuset/w" },
	{ "name=systemd", "/sys/fs/cgroup/systemd/w" },
	{ "net_cls,net_prio,x", "/sys/fs/cgroup/net/w" },
};
static const struct pair unified[] = { { "", "/sys/fs/cgroup/w" } };

static const struct {
	const char *label;
	struct pairs paths;
	const char *controller, *want;
} paths[] = {
#define V1                                                                               \
	{                                                                                \
		hierarchies, COUNT(hierarchies)                                          \
	}
#define V2                                                                               \
	{                                                                                \
		unified, COUNT(unified)                                                  \
	}
	{ .label = "alone",
	  .paths = V1,
	  .controller = "cpuset",
	  .want = "/sys/fs/cgroup/cpuset/w" },
	{ .label = "first of two",
	  .paths = V1,
	  .controller = "cpu",
	  .want = "/sys/fs/cgroup/cpu,cpuacct/w" },
	{ .label = "second of two",
	  .paths = V1,
	  .controller = "cpuacct",
	  .want = "/sys/fs/cgroup/cpu,cpuacct/w" },
	{ .label = "second of three",
	  .paths = V1,
	  .controller = "net_prio",
	  .want = "/sys/fs/cgroup/net/w" },
	{ .label = "last of three",
	  .paths = V1,
	  .controller = "x",
	  .want = "/sys/fs/cgroup/net/w" },
	{ .label = "a part of a name", .paths = V1, .controller = "cpus" },
	{ .label = "no such controller", .paths = V1, .controller = "memory" },
	{ .label = "v2 where there is none", .paths = V1, .controller = "" },
	{ .label = "v2", .paths = V2, .controller = "", .want = "/sys/fs/cgroup/w" },
	{ .label = "a controller where there is only v2",
	  .paths = V2,
	  .controller = "cpu" },
	{ .label = "no paths", .paths = { NULL, 0 }, .controller = "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	test_mounts();
	for (size_t i = 0; i < COUNT(units); i++)
		check_unit(&units[i]);
	test_long_unit();
	test_leaf();
	for (size_t i = 0; i < COUNT(keys); i++) {
		long long value = 77;
		bool found = cgroup_find_key(keys[i].text, keys[i].key, &value);

		CHECK(keys[i].label,
		      found == keys[i].found && value == (found ? keys[i].want : 77));
	}
	for (size_t i = 0; i < COUNT(paths); i++)
		CHECK_SAME(paths[i].label,
			   cgroup_find_path(paths[i].paths, paths[i].controller),
			   paths[i].want);
	return tap_done();
}
