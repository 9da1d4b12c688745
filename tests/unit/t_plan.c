/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden plans: a config and a made-up host give, word for word, the plan in
 * tests/golden/NAME.plan. UPDATE_GOLDEN=1 writes them anew: then read the
 * difference, because nobody else will.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/seccomp.h>

#include "base/io.h"
#include "container/plan.h"

#include "unit/given.h"
#include "unit/tap.h"

/* ---- hosts ---- */

#define ALL_CAPS ((1ull << 41) - 1)

static const struct host_hierarchy v2_root[] = {
	{ "", "/sys/fs/cgroup", "/", "/user.slice/user-0.slice/session-1.scope" },
};

static const struct host_hierarchy v2_user[] = {
	{ "", "/sys/fs/cgroup", "/",
	  "/user.slice/user-1000.slice/user@1000.service/app.slice/term.scope" },
};

static const struct host_hierarchy v2_inside[] = {
	{ "", "/sys/fs/cgroup", "/", "/" },
};

/* As in a container of another runtime: its part of each hierarchy is what is seen. */
static const struct host_hierarchy hybrid[] = {
	{ "memory", "/sys/fs/cgroup/memory", "/docker/abc", "/docker/abc/inner" },
	{ "cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/", "/user.slice" },
	{ "freezer", "/sys/fs/cgroup/freezer", "/", "/" },
	{ "devices", "/sys/fs/cgroup/devices", "/docker/abc", "/elsewhere" },
	{ "name=systemd", "/sys/fs/cgroup/systemd", "/",
	  "/user.slice/user-0.slice/session-1.scope" },
	{ "", "/sys/fs/cgroup/unified", "/", "/user.slice/user-0.slice/session-1.scope" },
};

static const struct host root_on_v2 = { .caps = ALL_CAPS,
					.cgroups = { CGROUP_V2, v2_root, 1 } };
static const struct host root_on_hybrid = {
	.caps = ALL_CAPS, .cgroups = { CGROUP_HYBRID, hybrid, COUNT(hybrid) }
};
static const struct host user_1000 = { .euid = 1000,
				       .egid = 1000,
				       .cgroups = { CGROUP_V2, v2_user, 1 } };
static const struct host root_in_userns = { .in_userns = true,
					    .caps = ALL_CAPS,
					    .cgroups = { CGROUP_V2, v2_inside, 1 } };
static const struct host root_without_cgroups = { .caps = ALL_CAPS };

/* ---- rows ---- */

/* What plan_probe() would find on such a machine; libseccomp's programs differ by
 * version.
 */
static void add_probed(struct plan *p)
{
	p->label = (struct label_plan){ "web-default", "system_u:system_r:web_t:s0" };
	p->seccomp = (struct filter_plan){
		.program.len = 123,
		.flags = SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_NEW_LISTENER,
		.notify = true,
		.listener_path = "/run/agent.sock",
		.metadata = "for \"web\"",
	};
}

static char published[] = "127.0.0.1:8080-8081:80";
#define PUBLISHED                                                                        \
	{                                                                                \
		(char *const[]){ published, NULL }, 1                                    \
	}

/* clang-format off */

static const struct {
	const char *name;
	const char *config; /* NULL: of the same name */
	const struct host *host;
	struct plan_facts facts;
	void (*probe)(struct plan *p);
} goldens[] = {
	{ .name = "default",               .host = &root_on_v2 },
	{ .name = "default-hybrid",        .host = &root_on_hybrid, .config = "default" },
	{ .name = "default-in-userns",     .host = &root_in_userns, .config = "default", .facts.rootless_cgroups = true },
	{ .name = "default-no-cgroups",    .host = &root_without_cgroups, .config = "default",
	  .facts.no_pivot = true, .facts.no_new_keyring = true },
	{ .name = "rootless",              .host = &user_1000, .facts.rootless_cgroups = true },
	{ .name = "rootless-of-root",      .host = &root_on_v2, .config = "rootless" },
	{ .name = "map-auto",              .host = &user_1000, .facts.rootless_cgroups = true },
	{ .name = "joined",                .host = &root_on_v2 },
	{ .name = "joined-userns",         .host = &user_1000, .facts.rootless_cgroups = true },
	{ .name = "time-offsets",          .host = &root_on_v2 },
	{ .name = "cgroups-path",          .host = &root_on_v2 },
	{ .name = "cgroups-path-hybrid",   .host = &root_on_hybrid, .config = "cgroups-path" },
	{ .name = "cgroups-relative",      .host = &root_on_v2 },
	{ .name = "cgroups-relative-hybrid", .host = &root_on_hybrid, .config = "cgroups-relative" },
	{ .name = "resources",             .host = &root_on_v2 },
	{ .name = "resources-hybrid",      .host = &root_on_hybrid, .config = "resources" },
	{ .name = "systemd",               .host = &root_on_v2, .facts.driver = DRIVER_SYSTEMD },
	{ .name = "systemd-hybrid",        .host = &root_on_hybrid, .config = "systemd", .facts.driver = DRIVER_SYSTEMD },
	{ .name = "systemd-user",          .host = &user_1000, .config = "rootless", .facts.rootless_cgroups = true,
	  .facts.driver = DRIVER_SYSTEMD, .facts.user_manager = true },
	{ .name = "systemd-for-limits",    .host = &user_1000, .config = "rootless-limits", .facts.rootless_cgroups = true,
	  .facts.driver = DRIVER_SYSTEMD_FOR_LIMITS, .facts.user_manager = true },
	{ .name = "systemd-for-nothing",   .host = &user_1000, .config = "rootless", .facts.rootless_cgroups = true,
	  .facts.driver = DRIVER_SYSTEMD_FOR_LIMITS, .facts.user_manager = true },
	{ .name = "limits-in-a-container", .host = &root_in_userns, .config = "rootless-limits", .facts.rootless_cgroups = true },
	{ .name = "mount-options",         .host = &root_on_v2 },
	{ .name = "idmap",                 .host = &root_on_v2 },
	{ .name = "devices",               .host = &root_on_v2 },
	{ .name = "devices-userns",        .host = &root_on_v2 },
	{ .name = "host-mounts",           .host = &root_on_v2 },
	{ .name = "network",               .host = &user_1000, .facts.rootless_cgroups = true },
	{ .name = "network-by-option",     .host = &user_1000, .config = "rootless", .facts.rootless_cgroups = true,
	  .facts.network = "slirp:mtu=9000,restrict=true", .facts.publish = PUBLISHED },
	{ .name = "network-of-root",       .host = &root_on_v2, .config = "default", .facts.network = "slirp" },
	{ .name = "network-published",     .host = &root_on_v2, .facts.listen_fds = 2, .facts.preserve_fds = 2 },
	{ .name = "process",               .host = &root_on_v2, .probe = add_probed,
	  .facts.notify_dir = "/run/runc/web1/notify", .facts.listen_fds = 2, .facts.preserve_fds = 5 },
};

#define NEW_USERNS "'namespaces':[{'type':'mount'},{'type':'user'}],"
#define MAPS(host, size) \
	"'uidMappings':[{'containerID':0,'hostID':" host ",'size':" size "}]," \
	"'gidMappings':[{'containerID':0,'hostID':" host ",'size':" size "}]"
#define ONE_ID NEW_USERNS MAPS("1000", "1")
#define MANY_IDS NEW_USERNS MAPS("100000", "1000")

/* Rules between rooms; want NULL: a plan. */
static const struct {
	const char *label;
	const struct host *host;
	const char *user, *mount, *linux, *want;
} rules[] = {
	{ .label = "the last id of a map", .host = &root_on_v2, .user = "'uid':999,'gid':999", .linux = MANY_IDS },
	{ .label = "a uid that is not mapped", .host = &root_on_v2, .user = "'uid':1000,'gid':0", .linux = MANY_IDS,
	  .want = "process.user.uid: cannot setuid to unmapped uid 1000 in user namespace" },
	{ .label = "a gid that is not mapped", .host = &user_1000, .user = "'uid':0,'gid':1", .linux = ONE_ID,
	  .want = "process.user.gid: cannot setgid to unmapped gid 1 in user namespace" },
	{ .label = "a group that is not mapped", .host = &root_on_v2, .user = "'additionalGids':[5,1000]", .linux = MANY_IDS,
	  .want = "process.user.additionalGids[1]: gid 1000 is not mapped in the user namespace" },
	{ .label = "in a joined user namespace the maps are not ours to judge", .host = &root_on_v2, .user = "'uid':5000,'gid':5000",
	  .linux = "'namespaces':[{'type':'mount'},{'type':'user','path':'/proc/4711/ns/user'}]" },
	{ .label = "groups that are mapped", .host = &root_on_v2, .user = "'additionalGids':[0]", .linux = ONE_ID },
	{ .label = "an ordinary user without a user namespace", .host = &user_1000, .linux = "'namespaces':[{'type':'mount'}]",
	  .want = "rootless container requires user namespaces: add {\"type\": \"user\"} to linux.namespaces, "
		  "with linux.uidMappings and linux.gidMappings (runc spec --rootless writes both)" },
	{ .label = "network devices of an ordinary user", .host = &user_1000, .linux = ONE_ID ",'netDevices':{'eth0':{}}",
	  .want = "network devices are not supported for rootless containers" },
	{ .label = "an idmapped mount of an ordinary user", .host = &user_1000, .linux = ONE_ID,
	  .mount = "'destination':'/x','source':'/x','options':['bind','idmap']",
	  .want = "mounts[0]: id-mapped mounts are not supported for rootless containers" },
	{ .label = "idmap by a user namespace that is not there", .host = &root_on_v2, .linux = "'namespaces':[{'type':'mount'}]",
	  .mount = "'destination':'/x','source':'/x','options':['bind','ridmap']",
	  .want = "mounts[0]: idmap without uidMappings and gidMappings needs a user namespace" },
	{ .label = "idmap by a joined one", .host = &root_on_v2,
	  .linux = "'namespaces':[{'type':'mount'},{'type':'user','path':'/proc/4711/ns/user'}]",
	  .mount = "'destination':'/x','source':'/x','options':['bind','idmap']" },
	{ .label = "idmap by maps of its own needs none", .host = &root_on_v2, .linux = "'namespaces':[{'type':'mount'}]",
	  .mount = "'destination':'/x','source':'/x','options':['bind']," MAPS("5", "1") },
	{ .label = "a room's own refusal comes through", .host = &root_on_v2, .linux = "'cgroupsPath':'/a/../..'",
	  .want = "linux.cgroupsPath: /a/../.. must not contain . or .." },
};

/* clang-format on */

/* ---- files ---- */

static const char *golden_dir(struct arena *a)
{
	const char *srcdir = getenv("srcdir");

	return arena_printf(a, "%s/tests/golden", srcdir && *srcdir ? srcdir : ".");
}

static const char *config_of(size_t i)
{
	return goldens[i].config ? goldens[i].config : goldens[i].name;
}

static void show_difference(const char *got, const char *want)
{
	while (*got || *want) {
		size_t n = strcspn(got, "\n"), m = strcspn(want, "\n");

		if (n != m || memcmp(got, want, n) != 0) {
			printf("# got:  %.*s\n# want: %.*s\n", (int)n, got, (int)m, want);
			return;
		}
		got += n + (got[n] == '\n');
		want += m + (want[m] == '\n');
	}
}

static void check_golden(size_t i, int dir, struct arena *a)
{
	const char *config = arena_printf(a, "%s.config.json", config_of(i)),
		   *file = arena_printf(a, "%s.plan", goldens[i].name);
	struct plan_facts facts = goldens[i].facts;
	OWN_TEXT got = { 0 };
	OWN_TEXT want = { 0 };
	const struct spec *s;
	struct plan p;
	struct err e;

	facts.id = "web1";
	facts.bundle = "/bundles/web";
	facts.rootfs = "/bundles/web/rootfs";
	facts.network_dir = "/run/runc/web1/net";
	facts.net_annotations = true;
	s = spec_load(dir, config, a, NULL, &e);
	if (!s || plan_build(&p, s, goldens[i].host, &facts, a, &e) < 0) {
		CHECK_SAME(goldens[i].name, e.text, "a plan");
		return;
	}
	if (goldens[i].probe)
		goldens[i].probe(&p);
	plan_print(&p, &got);
	if (getenv("UPDATE_GOLDEN") &&
	    io_replace_at(dir, file, 0644, text_str(&got), got.len, &e) < 0)
		given_fail(e.text);
	if (io_read_at(dir, file, 1u << 20, &want) < 0)
		printf("# %s: %s\n", file, err_word(errno));
	if (!CHECK(goldens[i].name, strcmp(text_str(&got), text_str(&want)) == 0))
		show_difference(text_str(&got), text_str(&want));
}

static void check_rules(struct arena *a)
{
	static const struct plan_facts facts = { .id = "web1",
						 .bundle = "/bundles/web",
						 .rootfs = "/bundles/web/rootfs" };

	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct spec *s =
			given_spec(a,
				   "{'process':{'args':['sh'],'cwd':'/','user':{%s}},'root':{'path':'rootfs'},"
				   "'mounts':[%s%s%s],'linux':{%s}}",
				   rules[i].user ? rules[i].user : "",
				   rules[i].mount ? "{" : "",
				   rules[i].mount ? rules[i].mount : "",
				   rules[i].mount ? "}" : "", rules[i].linux);
		struct plan p;
		struct err e;
		int ret = plan_build(&p, s, rules[i].host, &facts, a, &e);

		CHECK_SAME(rules[i].label, ret < 0 ? e.text : NULL, rules[i].want);
	}
}

static bool is_used(const char *file, struct arena *a)
{
	for (size_t i = 0; i < COUNT(goldens); i++)
		if (strcmp(file, arena_printf(a, "%s.plan", goldens[i].name)) == 0 ||
		    strcmp(file, arena_printf(a, "%s.config.json", config_of(i))) == 0)
			return true;
	return false;
}

/* A golden that no row names would be true for ever. */
static void check_all_used(const char *path, struct arena *a)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	size_t unused = 0;

	if (!dir)
		given_fail(path);
	while ((d = readdir(dir)))
		if ((text_ends(d->d_name, ".plan") ||
		     text_ends(d->d_name, ".config.json")) &&
		    !is_used(d->d_name, a)) {
			printf("# %s\n", d->d_name);
			unused++;
		}
	closedir(dir);
	CHECK("every file has its row", unused == 0);
}

int main(void)
{
	struct arena a = { 0 };
	const char *path = golden_dir(&a);
	OWN_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		given_fail(path);
	for (size_t i = 0; i < COUNT(goldens); i++)
		check_golden(i, dir, &a);
	check_all_used(path, &a);
	check_rules(&a);
	arena_free(&a);
	return tap_done();
}
