/* SPDX-License-Identifier: Apache-2.0 */
/* What `runc spec` writes, word for word: people's scripts edit it. */
#include "spec/spec.h"

#include "unit/data.h"
#include "unit/tap.h"

static const struct spec_idmap uids[] = { { 0, 1000, 1 }, { 1, 100000, 65536 } };
static const struct spec_idmap gids[] = { { 0, 1001, 1 }, { 1, 200000, 65536 } };
static const struct spec_idmap few[] = { { 0, 1001, 1 }, { 1, 200000, 4 } };
static const struct spec_idmap enough[] = { { 0, 1001, 1 }, { 1, 200000, 5 } };

static const struct {
	const char *label, *golden;
	struct spec_sample sample;
} rows[] = {
	{ .label = "root, cgroup v1",
	  .golden = "tests/golden/spec-root-v1.json",
	  .sample = { .uid = 0, .gid = 0 } },
	{ .label = "root, cgroup v2",
	  .golden = "tests/golden/spec-root-v2.json",
	  .sample = { .uid = 0, .gid = 0, .cgroup_v2 = true } },
	{ .label = "rootless",
	  .golden = "tests/golden/spec-rootless.json",
	  .sample = { .rootless = true, .uid = 1000, .gid = 1001, .cgroup_v2 = true } },
	{ .label = "rootless, all subordinate ids mapped",
	  .golden = "tests/golden/spec-rootless-maps.json",
	  .sample = { .rootless = true,
		      .uid = 1000,
		      .gid = 1001,
		      .cgroup_v2 = true,
		      .uid_mappings = { uids, COUNT(uids) },
		      .gid_mappings = { gids, COUNT(gids) } } },
};

/* What is printed must be a config that we take. */
static void check_sound(const char *label, const struct text *out)
{
	struct arena a = { 0 };
	struct err e;
	const struct spec *s = spec_parse("config.json", out->s, out->len, &a, &e);
	bool ok = s && spec_check(s, &e) == 0;

	if (!CHECK(label, ok))
		printf("# %s\n", e.text);
	arena_free(&a);
}

static void print(const struct spec_sample *sample, struct text *out)
{
	struct arena a = { 0 };

	spec_print_sample(sample, &a, out);
	arena_free(&a);
}

/* The group of terminals must be mapped, or devpts cannot be mounted with it. */
static void test_tty_group(void)
{
	struct spec_sample sample = rows[3].sample;
	OWN_TEXT without = { 0 };
	OWN_TEXT with = { 0 };

	sample.gid_mappings.v = few;
	print(&sample, &without);
	CHECK("five gids: no gid=5", !strstr(without.s, "gid=5"));
	sample.gid_mappings.v = enough;
	print(&sample, &with);
	CHECK("six gids: gid=5", strstr(with.s, "\"mode=0620\",\n\t\t\t\t\"gid=5\"\n"));
}

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		OWN_TEXT golden = { 0 };
		OWN_TEXT out = { 0 };

		print(&rows[i].sample, &out);
		data_read(rows[i].golden, &golden);
		CHECK_SAME(rows[i].label, out.s, golden.s);
		check_sound(rows[i].label, &out);
	}
	test_tty_group();
	return tap_done();
}
