/* SPDX-License-Identifier: Apache-2.0 */
/* spec: a config.json to start from. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "cli/cli.h"
#include "host/host.h"
#include "kernel/compat.h"
#include "spec/spec.h"

#define RANGES_MAX 16

struct spec_opts {
	const char *bundle;
	bool rootless, map_auto;
};

/* clang-format off */
static const struct opt rows[] = {
	{ "bundle",   "b",  OPT_STR,  offsetof(struct spec_opts, bundle),   "DIR", "where to write it (default: the working directory)" },
	{ "rootless", NULL, OPT_FLAG, offsetof(struct spec_opts, rootless), NULL,  "for a container without root" },
	{ "map-auto", NULL, OPT_FLAG, offsetof(struct spec_opts, map_auto), NULL,  "with --rootless: map all subordinate ids of the caller too (/etc/subuid, /etc/subgid)" },
	{ 0 },
};
/* clang-format on */

/* The caller's own id as 0, its subordinate ids from 1 on. */
static int map_auto(const char *file, uint32_t own, struct spec_idmaps *out,
		    struct arena *a, struct err *e)
{
	const char *name = host_user_name(geteuid(), a);
	struct spec_idmap *v = arena_new(a, RANGES_MAX + 1, sizeof(*v));
	struct id_range ranges[RANGES_MAX];
	size_t n = host_subids(file, name, geteuid(), ranges, RANGES_MAX);
	uint32_t next = 1;

	if (n == 0)
		return err_set(e,
			       "%s has no range for user %s: an administrator can add one with `usermod --add-sub%s 100000-165535 %s`",
			       file, name ? name : "?",
			       strstr(file, "uid") ? "uids" : "gids",
			       name ? name : "USER");
	v[0] = (struct spec_idmap){ .container_id = 0, .host_id = own, .size = 1 };
	for (size_t i = 0; i < n; i++) {
		v[i + 1] = (struct spec_idmap){ next, ranges[i].first, ranges[i].count };
		next += ranges[i].count;
	}
	*out = (struct spec_idmaps){ v, n + 1 };
	return 0;
}

static bool is_cgroup_v2(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int write_new(const struct text *out, struct err *e)
{
	OWN_FD fd = open("config.json",
			 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0 && errno == EEXIST)
		return err_set(e, "File config.json exists. Remove it first");
	if (fd < 0)
		return err_sys(e, "create config.json");
	return io_write_all(fd, text_str(out), out->len) < 0 ?
		       err_sys(e, "write config.json") :
		       0;
}

static int run(const struct context *c, const struct args *a, struct err *e)
{
	const struct spec_opts *o = a->opts;
	struct spec_sample sample = {
		.rootless = o->rootless,
		.uid = geteuid(),
		.gid = getegid(),
		.cgroup_v2 = is_cgroup_v2(),
	};
	OWN_TEXT out = { 0 };

	if (o->bundle && *o->bundle && chdir(o->bundle) < 0)
		return err_sys(e, "chdir %s", o->bundle);
	if (o->map_auto && !o->rootless)
		return err_set(e, "--map-auto goes with --rootless");
	if (o->map_auto &&
	    (map_auto("/etc/subuid", sample.uid, &sample.uid_mappings, c->arena, e) < 0 ||
	     map_auto("/etc/subgid", sample.gid, &sample.gid_mappings, c->arena, e) < 0))
		return -1;
	spec_print_sample(&sample, c->arena, &out);
	return write_new(&out, e);
}

const struct command cmd_spec = {
	.name = "spec",
	.operands = "",
	.summary = "write a config.json to start from",
	.opts = rows,
	.opts_size = sizeof(struct spec_opts),
	.run = run,
};
