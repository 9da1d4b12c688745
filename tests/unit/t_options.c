/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options: every word, every pair that takes back, and the words of `features`. */
#include "kernel/compat.h"
#include "rootfs/rootfs.h"

#include "unit/given.h"
#include "unit/tap.h"

/* What the words of one mount come to, in one comparable value. */
struct bits {
	uint64_t set, clear, rec_set, rec_clear, propagation;
	bool bind, recursive, copy_up, idmap, idmap_recursive;
	bool sync, dirsync, mandlock, lazytime, iversion;
	bool unused[6]; /* no padding: it is compared as bytes */
};
_Static_assert(sizeof(struct bits) == 5 * sizeof(uint64_t) + 16, "no padding");

#define ATIME MOUNT_ATTR__ATIME

/* clang-format off */
static const struct {
	const char *word;
	struct bits want;
} words[] = {
	{ .word = "async" },
	{ .word = "atime",          .want.clear = MOUNT_ATTR_NOATIME },
	{ .word = "bind",           .want.bind = true },
	{ .word = "defaults" },
	{ .word = "dev",            .want.clear = MOUNT_ATTR_NODEV },
	{ .word = "diratime",       .want.clear = MOUNT_ATTR_NODIRATIME },
	{ .word = "dirsync",        .want.dirsync = true },
	{ .word = "exec",           .want.clear = MOUNT_ATTR_NOEXEC },
	{ .word = "idmap",          .want.idmap = true },
	{ .word = "iversion",       .want.iversion = true },
	{ .word = "lazytime",       .want.lazytime = true },
	{ .word = "loud" },
	{ .word = "mand",           .want.mandlock = true },
	{ .word = "noatime",        .want.set = MOUNT_ATTR_NOATIME, .want.clear = ATIME },
	{ .word = "nodev",          .want.set = MOUNT_ATTR_NODEV },
	{ .word = "nodiratime",     .want.set = MOUNT_ATTR_NODIRATIME },
	{ .word = "noexec",         .want.set = MOUNT_ATTR_NOEXEC },
	{ .word = "noiversion" },
	{ .word = "nolazytime" },
	{ .word = "nomand" },
	{ .word = "norelatime",     .want.clear = MOUNT_ATTR_NOATIME },
	{ .word = "nostrictatime",  .want.clear = MOUNT_ATTR_NOATIME },
	{ .word = "nosuid",         .want.set = MOUNT_ATTR_NOSUID },
	{ .word = "nosymfollow",    .want.set = MOUNT_ATTR_NOSYMFOLLOW },
	{ .word = "private",        .want.propagation = MS_PRIVATE },
	{ .word = "ratime",         .want.rec_clear = ATIME },
	{ .word = "rbind",          .want.bind = true, .want.recursive = true },
	{ .word = "rdev",           .want.rec_clear = MOUNT_ATTR_NODEV },
	{ .word = "rdiratime",      .want.rec_clear = MOUNT_ATTR_NODIRATIME },
	/* the kernel's number for it is 0: passing MS_RELATIME would be nosymfollow */
	{ .word = "relatime",       .want.clear = ATIME },
	{ .word = "remount" },
	{ .word = "rexec",          .want.rec_clear = MOUNT_ATTR_NOEXEC },
	{ .word = "ridmap",         .want.idmap = true, .want.idmap_recursive = true },
	{ .word = "rnoatime",       .want.rec_set = MOUNT_ATTR_NOATIME, .want.rec_clear = ATIME },
	{ .word = "rnodev",         .want.rec_set = MOUNT_ATTR_NODEV },
	{ .word = "rnodiratime",    .want.rec_set = MOUNT_ATTR_NODIRATIME },
	{ .word = "rnoexec",        .want.rec_set = MOUNT_ATTR_NOEXEC },
	{ .word = "rnorelatime",    .want.rec_clear = ATIME },
	{ .word = "rnostrictatime", .want.rec_clear = ATIME },
	{ .word = "rnosuid",        .want.rec_set = MOUNT_ATTR_NOSUID },
	{ .word = "rnosymfollow",   .want.rec_set = MOUNT_ATTR_NOSYMFOLLOW },
	{ .word = "ro",             .want.set = MOUNT_ATTR_RDONLY },
	{ .word = "rprivate",       .want.propagation = MS_PRIVATE | MS_REC },
	{ .word = "rrelatime",      .want.rec_clear = ATIME },
	{ .word = "rro",            .want.rec_set = MOUNT_ATTR_RDONLY },
	{ .word = "rrw",            .want.rec_clear = MOUNT_ATTR_RDONLY },
	{ .word = "rshared",        .want.propagation = MS_SHARED | MS_REC },
	{ .word = "rslave",         .want.propagation = MS_SLAVE | MS_REC },
	{ .word = "rstrictatime",   .want.rec_set = MOUNT_ATTR_STRICTATIME, .want.rec_clear = ATIME },
	{ .word = "rsuid",          .want.rec_clear = MOUNT_ATTR_NOSUID },
	{ .word = "rsymfollow",     .want.rec_clear = MOUNT_ATTR_NOSYMFOLLOW },
	{ .word = "runbindable",    .want.propagation = MS_UNBINDABLE | MS_REC },
	{ .word = "rw",             .want.clear = MOUNT_ATTR_RDONLY },
	{ .word = "shared",         .want.propagation = MS_SHARED },
	{ .word = "silent" },
	{ .word = "slave",          .want.propagation = MS_SLAVE },
	{ .word = "strictatime",    .want.set = MOUNT_ATTR_STRICTATIME, .want.clear = ATIME },
	{ .word = "suid",           .want.clear = MOUNT_ATTR_NOSUID },
	{ .word = "symfollow",      .want.clear = MOUNT_ATTR_NOSYMFOLLOW },
	{ .word = "sync",           .want.sync = true },
	{ .word = "tmpcopyup",      .want.copy_up = true },
	{ .word = "unbindable",     .want.propagation = MS_UNBINDABLE },
};

/* Whichever comes last is as if it stood alone. */
static const struct {
	const char *one, *other;
} pairs[] = {
	{ .one = "ro",          .other = "rw" },
	{ .one = "nosuid",      .other = "suid" },
	{ .one = "nodev",       .other = "dev" },
	{ .one = "noexec",      .other = "exec" },
	{ .one = "nodiratime",  .other = "diratime" },
	{ .one = "nosymfollow", .other = "symfollow" },
	{ .one = "noatime",     .other = "atime" },
	{ .one = "relatime",    .other = "norelatime" },
	{ .one = "strictatime", .other = "nostrictatime" },
	{ .one = "noatime",     .other = "relatime" },
	{ .one = "noatime",     .other = "strictatime" },
	{ .one = "relatime",    .other = "strictatime" },
	{ .one = "rro",         .other = "rrw" },
	{ .one = "rnosuid",     .other = "rsuid" },
	{ .one = "rnodev",      .other = "rdev" },
	{ .one = "rnoexec",     .other = "rexec" },
	{ .one = "rnodiratime", .other = "rdiratime" },
	{ .one = "rnosymfollow",.other = "rsymfollow" },
	{ .one = "rnoatime",    .other = "ratime" },
	{ .one = "rrelatime",   .other = "rnorelatime" },
	{ .one = "rstrictatime",.other = "rnostrictatime" },
	{ .one = "rnoatime",    .other = "rrelatime" },
	{ .one = "rnoatime",    .other = "rstrictatime" },
	{ .one = "rrelatime",   .other = "rstrictatime" },
	{ .one = "sync",        .other = "async" },
	{ .one = "lazytime",    .other = "nolazytime" },
	{ .one = "iversion",    .other = "noiversion" },
	{ .one = "mand",        .other = "nomand" },
	{ .one = "bind",        .other = "rbind" },
	{ .one = "idmap",       .other = "ridmap" },
};

/* Several words: as if only these others had been said. */
static const struct {
	const char *label, *in, *as;
} several[] = {
	{ .label = "on, off, on again",              .in = "ro rw ro",                .as = "ro" },
	{ .label = "off, on, off again",             .in = "rw ro rw",                .as = "rw" },
	{ .label = "what is below is another matter",.in = "rro rw",                  .as = "rw rro" },
	{ .label = "flags do not touch time modes",  .in = "noatime nodiratime rw",   .as = "rw nodiratime noatime" },
	{ .label = "three time modes, last one",     .in = "noatime strictatime relatime", .as = "relatime" },
	{ .label = "nostrictatime takes back strictatime alone", .in = "noatime nostrictatime", .as = "noatime" },
	{ .label = "norelatime takes back relatime alone", .in = "strictatime norelatime", .as = "strictatime" },
	{ .label = "atime takes back noatime alone", .in = "strictatime atime",       .as = "strictatime" },
	{ .label = "below: ratime takes back rnoatime alone", .in = "rstrictatime ratime", .as = "rstrictatime" },
	{ .label = "words without effect",           .in = "defaults silent loud remount nosuid", .as = "nosuid" },
	{ .label = "the same word twice",            .in = "nodev nodev",             .as = "nodev" },
};

static const struct {
	const char *label, *in, *data;
} data_rows[] = {
	{ .label = "unknown words stay in order", .in = "size=65536k nosuid mode=755 strictatime", .data = "size=65536k,mode=755" },
	{ .label = "none",                        .in = "nosuid ro",          .data = NULL },
	{ .label = "case matters",                .in = "RO",                 .data = "RO" },
	{ .label = "a known word is no prefix",   .in = "rox ro=1 r",         .data = "rox,ro=1,r" },
	{ .label = "no blanks around a word",     .in = "\tro",               .data = "\tro" },
	{ .label = "after the last of the table", .in = "zzz",                .data = "zzz" },
	{ .label = "before the first",            .in = "!",                  .data = "!" },
	{ .label = "said twice is passed twice",  .in = "a=1 a=2 a=1",        .data = "a=1,a=2,a=1" },
	{ .label = "an empty word alone",         .in = "''",                 .data = NULL },
	{ .label = "an empty word at the end",    .in = "x ''",               .data = "x" },
	{ .label = "a comma is the file system's",.in = "lowerdir=/a,ro",     .data = "lowerdir=/a,ro" },
};

static const struct {
	const char *label, *in;
	bool ok;
} binds[] = {
	{ .label = "bind: data behind it",        .in = "bind size=1k" },
	{ .label = "bind: data in front",         .in = "size=1k rbind" },
	{ .label = "bind: a misspelt flag is data too", .in = "bind rO" },
	{ .label = "bind: an empty word is not",  .in = "bind ''", .ok = true },
	{ .label = "bind: flags and propagation", .in = "rbind nosuid rro rslave sync", .ok = true },
};

/* features: the union of these, sorted; idmap and ridmap are not advertised */
static const char listed[] =
	/* flags */
	"async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev "
	"nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow rbind "
	"relatime remount ro rw silent strictatime suid symfollow sync "
	/* propagation */
	"private rprivate shared rshared slave rslave unbindable runbindable "
	/* recursive */
	"rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnodiratime rdiratime rrelatime rnorelatime rnoatime "
	"ratime rstrictatime rnostrictatime rnosymfollow rsymfollow "
	/* extension */
	"tmpcopyup";
/* clang-format on */

static struct mount_plan parse(const char *in, struct arena *a)
{
	struct mount_plan m = { 0 };
	struct err e;

	if (rootfs_parse_options(&m, given_words(a, in), a, &e) < 0)
		given_fail(e.text);
	return m;
}

static struct bits bits_of(const struct mount_plan *m)
{
	struct bits b = { 0 };

	b.set = m->set;
	b.clear = m->clear;
	b.rec_set = m->rec_set;
	b.rec_clear = m->rec_clear;
	b.propagation = m->propagation_count == 1 ? m->propagation[0] : 0;
	b.bind = m->kind == MOUNT_BIND;
	b.recursive = m->recursive;
	b.copy_up = m->copy_up;
	b.idmap = m->idmap == IDMAPPED_CONTAINER;
	b.idmap_recursive = m->idmap_recursive;
	b.sync = m->sync;
	b.dirsync = m->dirsync;
	b.mandlock = m->mandlock;
	b.lazytime = m->lazytime;
	b.iversion = m->iversion;
	return b;
}

static bool means(const char *in, struct bits want, struct arena *a)
{
	const struct mount_plan m = parse(in, a);
	const struct bits got = bits_of(&m);

	return memcmp(&got, &want, sizeof(got)) == 0 && !m.data;
}

static bool same(const char *in, const char *as, struct arena *a)
{
	const struct mount_plan m = parse(as, a);

	return means(in, bits_of(&m), a);
}

/* Printed and parsed again it is the same, so printing loses nothing. */
static bool survives(const char *in, struct arena *a)
{
	const struct mount_plan m = parse(in, a);
	struct mount_plan again;
	struct bits x, y;
	OWN_TEXT out = { 0 };

	rootfs_print_options(&m, &out);
	for (char *p = out.s; p && *p; p++)
		*p = *p == ',' ? ' ' : *p;
	again = parse(text_str(&out), a);
	x = bits_of(&m);
	y = bits_of(&again);
	return memcmp(&x, &y, sizeof(x)) == 0 &&
	       m.propagation_count == again.propagation_count &&
	       memcmp(m.propagation, again.propagation,
		      m.propagation_count * sizeof(*m.propagation)) == 0;
}

/* sync: a bind mount has no file system of its own to set it on, so it is not kept. */
static void check_printed(struct arena *a)
{
	const struct mount_plan m =
		parse("ro rbind rslave nosuid noatime rw rnodev private sync", a);
	OWN_TEXT out = { 0 };
	size_t lost = 0;

	rootfs_print_options(&m, &out);
	CHECK_SAME("printed: the shortest list, propagation in its order", text_str(&out),
		   "noatime,nosuid,rbind,rnodev,rw,rslave,private");
	for (size_t i = 0; i < COUNT(words); i++)
		for (size_t k = 0; k < COUNT(words); k++)
			lost += !survives(arena_printf(a, "%s %s", words[i].word,
						       words[k].word),
					  a);
	CHECK("printed: any two words come back", lost == 0);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_propagation(struct arena *a)
{
	const struct mount_plan m = parse("rprivate nosuid shared rslave", a);

	CHECK("all propagation words, in their order",
	      m.propagation_count == 3 && m.propagation[0] == (MS_PRIVATE | MS_REC) &&
		      m.propagation[1] == MS_SHARED &&
		      m.propagation[2] == (MS_SLAVE | MS_REC));
}

static void check_listed(struct arena *a)
{
	struct strings want = given_words(a, listed), got = rootfs_option_words(a);
	bool ascending = true;

	qsort((void *)(uintptr_t)want.v, want.n, sizeof(*want.v), by_text);
	CHECK("features: as many words as the contract has", got.n == want.n);
	for (size_t i = 0; i < got.n && i < want.n; i++)
		CHECK_SAME(want.v[i], got.v[i], want.v[i]);
	/* bsearch finds in no other order */
	for (size_t i = 1; i < COUNT(words); i++)
		ascending = ascending && strcmp(words[i - 1].word, words[i].word) < 0;
	CHECK("these rows are all words, each once", ascending);
	CHECK("hidden ones are the only difference", COUNT(words) == got.n + 2);
}

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(words); i++)
		CHECK(words[i].word, means(words[i].word, words[i].want, &a));
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *one = pairs[i].one, *other = pairs[i].other;

		CHECK(arena_printf(&a, "%s after %s", other, one),
		      same(arena_printf(&a, "%s %s", one, other), other, &a));
		CHECK(arena_printf(&a, "%s after %s", one, other),
		      same(arena_printf(&a, "%s %s", other, one), one, &a));
	}
	for (size_t i = 0; i < COUNT(several); i++)
		CHECK(several[i].label, same(several[i].in, several[i].as, &a));
	for (size_t i = 0; i < COUNT(data_rows); i++)
		CHECK_SAME(data_rows[i].label, parse(data_rows[i].in, &a).data,
			   data_rows[i].data);
	for (size_t i = 0; i < COUNT(binds); i++) {
		struct mount_plan m = { 0 };
		struct err e;
		int ret = rootfs_parse_options(&m, given_words(&a, binds[i].in), &a, &e);

		CHECK(binds[i].label,
		      binds[i].ok ? ret == 0 && !m.data && !m.sync :
				    ret < 0 && text_starts(e.text,
							   "bind mounts cannot have any "
							   "filesystem-specific options"));
	}
	check_propagation(&a);
	check_printed(&a);
	check_listed(&a);
	arena_free(&a);
	return tap_done();
}
