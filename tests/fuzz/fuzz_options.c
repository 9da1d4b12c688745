/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options, one a line: printed and parsed again, they come to the same bits. */
#include "rootfs/rootfs.h"

#include "fuzz/fuzz.h"

static bool is_same(const struct mount_plan *x, const struct mount_plan *y)
{
	return x->kind == y->kind && x->recursive == y->recursive && x->set == y->set &&
	       x->clear == y->clear && x->rec_set == y->rec_set &&
	       x->rec_clear == y->rec_clear && x->sync == y->sync &&
	       x->dirsync == y->dirsync && x->mandlock == y->mandlock &&
	       x->lazytime == y->lazytime && x->iversion == y->iversion &&
	       x->copy_up == y->copy_up && x->idmap == y->idmap &&
	       x->idmap_recursive == y->idmap_recursive &&
	       x->propagation_count == y->propagation_count &&
	       (!x->propagation_count ||
		memcmp(x->propagation, y->propagation,
		       x->propagation_count * sizeof(*x->propagation)) == 0);
}

static void come_back(const struct mount_plan *m, struct arena *a)
{
	OWN_TEXT out = { 0 };
	char *v[FUZZ_WORDS + 1];
	struct mount_plan again = { 0 };
	struct err e;

	rootfs_print_options(m, &out);
	for (size_t i = 0; i < out.len; i++)
		if (out.s[i] == ',')
			out.s[i] = '\n';
	if (!out.len)
		return;
	MUST(rootfs_parse_options(&again, fuzz_lines(out.s, v), a, &e) == 0);
	MUST(!again.data);
	MUST(is_same(m, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR text = fuzz_text(data, size > 600 ? 600 : size);
	char *v[FUZZ_WORDS + 1];
	struct mount_plan m = { 0 };
	struct arena a = { 0 };
	struct err e;

	fuzz_quiet();
	if (rootfs_parse_options(&m, fuzz_lines(text, v), &a, &e) == 0) {
		MUST(m.kind != MOUNT_BIND || !m.data);
		/* more words than the second reading has room for */
		if (m.propagation_count < 8)
			come_back(&m, &a);
	}
	arena_free(&a);
	return 0;
}
