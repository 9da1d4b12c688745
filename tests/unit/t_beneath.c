/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a root that somebody else controls, also while it changes. */
#include <errno.h>
#include <limits.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kernel/beneath.h"

#include "unit/given.h"
#include "unit/tap.h"

/* 16 and 256 characters */
#define NAME_16 "0123456789abcdef"
#define NAME_256                                                                         \
	NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16  \
		NAME_16 NAME_16 NAME_16 NAME_16 NAME_16 NAME_16
#define NAME_255 (&NAME_256[1])

/* clang-format off */

/* @ is the directory that holds the root and what is outside of it. */
static const struct {
	const char *path, *target;
} links[] = {
	{ .path = "abs",            .target = "/dir" },
	{ .path = "rel",            .target = "dir" },
	{ .path = "dir/back",       .target = "../dir2" },
	{ .path = "up",             .target = ".." },
	{ .path = "up-many",        .target = "../../../../../../../../dir" },
	{ .path = "dir/up-many",    .target = "../../../../../../../../dir2" },
	{ .path = "chain1",         .target = "chain2" },
	{ .path = "chain2",         .target = "/chain3" },
	{ .path = "chain3",         .target = "dir/../rel" },
	{ .path = "loop1",          .target = "loop2" },
	{ .path = "loop2",          .target = "/loop1" },
	{ .path = "self",           .target = "self" },
	{ .path = "grows",          .target = "grows/grows" },
	{ .path = "out",            .target = "@/outside" },
	{ .path = "out-up",         .target = "../outside" },
	{ .path = "dir/out-up",     .target = "../../outside" },
	{ .path = "out-file",       .target = "@/outside/file" },
	{ .path = "to-file",        .target = "file" },
	{ .path = "new-abs",        .target = "/made/by/abs" },
	{ .path = "dir/new-rel",    .target = "../made/by/rel" },
	{ .path = "new-chain",      .target = "new-chain2/deeper" },
	{ .path = "new-chain2",     .target = "dir/new-chain3" },
	{ .path = "dir/new-chain3", .target = "/made/by/chain" },
	{ .path = "new-slashes",    .target = "made//by/./slashes/" },
	{ .path = "new-file",       .target = "/made/file" },
};

/* want: the same file, below the root; NULL: error */
static const struct {
	const char *label, *path, *want;
	int error;
} opens[] = {
	{ .label = "open: nothing is the root",           .path = "",             .want = "." },
	{ .label = "open: the root",                      .path = "/",            .want = "." },
	{ .label = "open: a dot",                         .path = ".",            .want = "." },
	{ .label = "open: above it is itself",            .path = "..",           .want = "." },
	{ .label = "open: far above it too",              .path = "/../../../..", .want = "." },
	{ .label = "open: what lies beside it does not",  .path = "../outside",   .error = ENOENT },
	{ .label = "open: a directory",                   .path = "dir",          .want = "dir" },
	{ .label = "open: slashes",                       .path = "//dir//",      .want = "dir" },
	{ .label = "open: up and down",                   .path = "dir/../dir2/../file", .want = "file" },
	{ .label = "open: absolute link",                 .path = "abs",          .want = "dir" },
	{ .label = "open: through one",                   .path = "abs/file",     .want = "dir/file" },
	{ .label = "open: relative link",                 .path = "rel/file",     .want = "dir/file" },
	{ .label = "open: link back",                     .path = "dir/back",     .want = "dir2" },
	{ .label = "open: link up at the top",            .path = "up",           .want = "." },
	{ .label = "open: and down again",                .path = "up/up/dir",    .want = "dir" },
	{ .label = "open: link that climbs and climbs",   .path = "up-many",      .want = "dir" },
	{ .label = "open: from below",                    .path = "dir/up-many",  .want = "dir2" },
	{ .label = "open: a chain",                       .path = "chain1/file",  .want = "dir/file" },
	{ .label = "open: link to a file",                .path = "to-file",      .want = "file" },
	{ .label = "open: a loop",                        .path = "loop1",        .error = ELOOP },
	{ .label = "open: below a loop",                  .path = "loop2/x",      .error = ELOOP },
	{ .label = "open: a link to itself",              .path = "self",         .error = ELOOP },
	{ .label = "open: a link that grows",             .path = "grows",        .error = ELOOP },
	{ .label = "open: an absolute link out",          .path = "out",          .error = ENOENT },
	{ .label = "open: a relative link out",           .path = "out-up",       .error = ENOENT },
	{ .label = "open: one from below",                .path = "dir/out-up",   .error = ENOENT },
	{ .label = "open: a link to a file outside",      .path = "out-file",     .error = ENOENT },
	{ .label = "open: a dangling link",               .path = "new-abs",      .error = ENOENT },
	{ .label = "open: nothing there",                 .path = "dir/nosuch",   .error = ENOENT },
	{ .label = "open: below a file",                  .path = "file/x",       .error = ENOTDIR },
	{ .label = "open: a file as a directory",         .path = "file/",        .error = ENOTDIR },
	{ .label = "open: a name that no file can have",  .path = NAME_256,       .error = ENAMETOOLONG },
};

static const struct {
	const char *label, *path, *want;
	int error;
} nolinks[] = {
	{ .label = "no links: a file",            .path = "dir/file",   .want = "dir/file" },
	{ .label = "no links: from the root",     .path = "/dir/file",  .want = "dir/file" },
	{ .label = "no links: above it",          .path = "../dir/..",  .want = "." },
	{ .label = "no links: at the end",        .path = "to-file",    .error = ELOOP },
	{ .label = "no links: on the way",        .path = "rel/file",   .error = ELOOP },
	{ .label = "no links: a dangling one",    .path = "new-abs",    .error = ELOOP },
	{ .label = "no links: nothing there",     .path = "nosuch",     .error = ENOENT },
};

/* want: the directory that is opened, below the root, and is of this mode */
static const struct {
	const char *label, *path;
	mode_t mode;
	const char *want;
	int error;
} dirs[] = {
	{ .label = "dir: there already",            .path = "dir",          .mode = 0700, .want = "dir" },
	{ .label = "dir: the root",                 .path = "",             .mode = 0700, .want = "." },
	{ .label = "dir: above it",                 .path = "..",           .mode = 0700, .want = "." },
	{ .label = "dir: missing",                  .path = "d1",           .mode = 0751, .want = "d1" },
	{ .label = "dir: missing parts",            .path = "/d2/x/y",      .mode = 0700, .want = "d2/x/y" },
	{ .label = "dir: slashes and dots",         .path = "d3//./x/",     .mode = 0755, .want = "d3/x" },
	{ .label = "dir: up again",                 .path = "d4/../d5",     .mode = 0755, .want = "d5" },
	{ .label = "dir: above the root and down",  .path = "../../d6",     .mode = 0755, .want = "d6" },
	{ .label = "dir: below an absolute link",   .path = "abs/d7",       .mode = 0755, .want = "dir/d7" },
	{ .label = "dir: below a relative link",    .path = "dir/back/d8",  .mode = 0755, .want = "dir2/d8" },
	{ .label = "dir: below a chain",            .path = "chain1/d9/x",  .mode = 0755, .want = "dir/d9/x" },
	{ .label = "dir: below a link up",          .path = "dir/up-many/d10", .mode = 0755, .want = "dir2/d10" },
	{ .label = "dir: a dangling absolute link", .path = "new-abs",      .mode = 0755, .want = "made/by/abs" },
	{ .label = "dir: and again",                .path = "new-abs",      .mode = 0700, .want = "made/by/abs" },
	{ .label = "dir: below a dangling relative link", .path = "dir/new-rel/x", .mode = 0755, .want = "made/by/rel/x" },
	{ .label = "dir: a dangling chain",         .path = "new-chain/x",  .mode = 0755, .want = "made/by/chain/deeper/x" },
	{ .label = "dir: a dangling link with slashes", .path = "new-slashes/x", .mode = 0755, .want = "made/by/slashes/x" },
	{ .label = "dir: an absolute link out is made inside", .path = "out/x", .mode = 0755, .want = "@/outside/x" },
	{ .label = "dir: a relative link out is made inside", .path = "dir/out-up/y", .mode = 0755, .want = "outside/y" },
	{ .label = "dir: the longest name",         .path = NAME_255,       .mode = 0755, .want = NAME_255 },
	{ .label = "dir: a longer one",             .path = "d11/" NAME_256, .mode = 0755, .error = ENAMETOOLONG },
	{ .label = "dir: a longer one on the way",  .path = NAME_256 "/x",  .mode = 0755, .error = ENAMETOOLONG },
	{ .label = "dir: a file is there",          .path = "file",         .mode = 0755, .error = ENOTDIR },
	{ .label = "dir: a link to a file is there", .path = "to-file",     .mode = 0755, .error = ENOTDIR },
	{ .label = "dir: a file on the way",        .path = "file/x",       .mode = 0755, .error = ENOTDIR },
	{ .label = "dir: a loop",                   .path = "loop1",        .mode = 0755, .error = ELOOP },
	{ .label = "dir: below a loop",             .path = "self/x",       .mode = 0755, .error = ELOOP },
	{ .label = "dir: below a link that grows",  .path = "grows/x",      .mode = 0755, .error = ELOOP },
};

static const struct {
	const char *label, *path, *want;
	int error;
} files[] = {
	{ .label = "file: there already",           .path = "file",         .want = "file" },
	{ .label = "file: a link to it",            .path = "to-file",      .want = "file" },
	{ .label = "file: missing",                 .path = "f1",           .want = "f1" },
	{ .label = "file: missing parts",           .path = "/f2/x/y",      .want = "f2/x/y" },
	{ .label = "file: up again",                .path = "f3/../f4",     .want = "f4" },
	{ .label = "file: a dangling link",         .path = "new-file",     .want = "made/file" },
	{ .label = "file: a link out is made inside", .path = "out-file",   .want = "@/outside/file" },
	{ .label = "file: a FIFO does not hang",    .path = "fifo",         .want = "fifo" },
	{ .label = "file: below a file",            .path = "file/x",       .error = ENOTDIR },
	{ .label = "file: a loop",                  .path = "loop1",        .error = ELOOP },
	{ .label = "file: too long a name",         .path = "dir/" NAME_256, .error = ENAMETOOLONG },
};

/* want: the parent; NULL: refused */
static const struct {
	const char *label, *path, *want, *name;
} parents[] = {
	{ .label = "parent: of a name alone",       .path = "n",            .want = ".", .name = "n" },
	{ .label = "parent: below the root",        .path = "/n",           .want = ".", .name = "n" },
	{ .label = "parent: a directory",           .path = "/dir/n",       .want = "dir", .name = "n" },
	{ .label = "parent: made",                  .path = "p1/x/n",       .want = "p1/x", .name = "n" },
	{ .label = "parent: a link",                .path = "abs/n",        .want = "dir", .name = "n" },
	{ .label = "parent: a link out",            .path = "out-up/p2/n",  .want = "outside/p2", .name = "n" },
	{ .label = "parent: a name that is a link is just a name", .path = "dir/back", .want = "dir", .name = "back" },
	{ .label = "parent: no name",               .path = "" },
	{ .label = "parent: no name behind a slash", .path = "dir/" },
	{ .label = "parent: the root",              .path = "/" },
	{ .label = "parent: a dot",                 .path = "dir/." },
	{ .label = "parent: two",                   .path = "dir/.." },
};

/* Links of procfs that are no paths at all. */
static const struct {
	const char *label, *path;
} magic[] = {
	{ .label = "magic link: the root of a process", .path = "self/root" },
	{ .label = "magic link: a way through one",     .path = "self/root/etc" },
	{ .label = "magic link: a working directory",   .path = "thread-self/cwd" },
	{ .label = "magic link: a program",             .path = "self/exe" },
	{ .label = "magic link: a descriptor",          .path = "self/fd/0" },
	{ .label = "magic link: a namespace",           .path = "self/ns/mnt" },
};

/* clang-format on */

struct place {
	const char *top; /* holds "root" and "outside" */
	const char *root_path, *outside;
	int root;
	struct arena *a;
};

/* @ becomes the top directory. */
static const char *expand(const struct place *p, const char *text)
{
	return *text == '@' ? arena_printf(p->a, "%s%s", p->top, text + 1) : text;
}

static const char *below_root(const struct place *p, const char *path)
{
	return arena_printf(p->a, "%s/%s", p->root_path, expand(p, path));
}

static struct place begin(char *top, struct arena *a)
{
	struct place p = { .top = top, .a = a };

	p.root_path = arena_printf(a, "%s/root", top);
	p.outside = arena_printf(a, "%s/outside", top);
	if (mkdir(p.root_path, 0755) < 0 || mkdir(p.outside, 0755) < 0 ||
	    mkdir(below_root(&p, "dir"), 0755) < 0 ||
	    mkdir(below_root(&p, "dir2"), 0755) < 0 ||
	    mkfifo(below_root(&p, "fifo"), 0644) < 0)
		given_fail(top);
	close(open(below_root(&p, "file"), O_CREAT | O_CLOEXEC, 0600));
	close(open(below_root(&p, "dir/file"), O_CREAT | O_CLOEXEC, 0600));
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlink(expand(&p, links[i].target), below_root(&p, links[i].path)) <
		    0)
			given_fail(links[i].path);
	p.root = open(p.root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p.root < 0)
		given_fail(p.root_path);
	return p;
}

/* Is fd this file, by its plain path, in which there is no link? */
static bool is_file(const struct place *p, int fd, const char *path, mode_t type)
{
	struct stat got, want;

	return fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fstat(fd, &got) == 0 &&
	       stat(below_root(p, path), &want) == 0 && got.st_dev == want.st_dev &&
	       got.st_ino == want.st_ino && (!type || (got.st_mode & S_IFMT) == type);
}

static bool has_mode(const struct place *p, const char *path, mode_t mode)
{
	struct stat st;

	return stat(below_root(p, path), &st) == 0 && (st.st_mode & 07777) == mode;
}

static bool nothing_outside(const struct place *p)
{
	/* the directory holds nothing, so it can be removed */
	return rmdir(p->outside) == 0 && mkdir(p->outside, 0755) == 0;
}

static void check_opens(const struct place *p)
{
	for (size_t i = 0; i < COUNT(opens); i++) {
		OWN_FD fd = beneath_open(p->root, opens[i].path, O_PATH);
		int error = errno;

		CHECK(opens[i].label, opens[i].want ? is_file(p, fd, opens[i].want, 0) :
						      fd < 0 && error == opens[i].error);
	}
	for (size_t i = 0; i < COUNT(nolinks); i++) {
		OWN_FD fd = beneath_open_nolink(p->root, nolinks[i].path, O_PATH);
		int error = errno;

		CHECK(nolinks[i].label, nolinks[i].want ?
						is_file(p, fd, nolinks[i].want, 0) :
						fd < 0 && error == nolinks[i].error);
	}
}

static void check_magic(void)
{
	OWN_FD proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < COUNT(magic); i++) {
		OWN_FD fd = beneath_open(proc, magic[i].path, O_PATH);
		struct err e = { 0 };
		OWN_FD made = -1;

		CHECK(magic[i].label, fd < 0 && errno == ELOOP);
		made = beneath_make_dir(proc, magic[i].path, 0755, &e);
		CHECK(magic[i].label, made < 0 && e.sys == ELOOP);
	}
}

static void check_dirs(const struct place *p)
{
	for (size_t i = 0; i < COUNT(dirs); i++) {
		struct err e = { 0 };
		OWN_FD fd = beneath_make_dir(p->root, dirs[i].path, dirs[i].mode, &e);

		CHECK(dirs[i].label, dirs[i].want ? is_file(p, fd, dirs[i].want, S_IFDIR) :
						    fd < 0 && e.sys == dirs[i].error);
	}
	CHECK("dir: of the mode that was asked for",
	      has_mode(p, "d1", 0751) && has_mode(p, "d2/x/y", 0700));
	CHECK("dir: so are the parts on the way",
	      has_mode(p, "d2", 0700) && has_mode(p, "d2/x", 0700));
	CHECK("dir: one that is there keeps its own",
	      has_mode(p, "dir", 0755) && has_mode(p, "made/by/abs", 0755));
	CHECK("dir: nothing was made outside", nothing_outside(p));
}

static void check_files(const struct place *p)
{
	struct stat st;

	if (truncate(below_root(p, "file"), 5) < 0)
		given_fail("truncate");
	for (size_t i = 0; i < COUNT(files); i++) {
		struct err e = { 0 };
		OWN_FD fd = beneath_make_file(p->root, files[i].path, &e);

		CHECK(files[i].label, files[i].want ? is_file(p, fd, files[i].want, 0) :
						      fd < 0 && e.sys == files[i].error);
	}
	CHECK("file: empty, 0644, the parts on the way 0755",
	      stat(below_root(p, "f2/x/y"), &st) == 0 && S_ISREG(st.st_mode) &&
		      st.st_size == 0 && (st.st_mode & 07777) == 0644 &&
		      has_mode(p, "f2", 0755) && has_mode(p, "f2/x", 0755));
	CHECK("file: what is there is left as it is",
	      stat(below_root(p, "file"), &st) == 0 && st.st_size == 5 &&
		      (st.st_mode & 07777) == 0600);
	CHECK("file: nothing was made outside", nothing_outside(p));
}

static void check_parents(const struct place *p)
{
	for (size_t i = 0; i < COUNT(parents); i++) {
		const char *name = NULL;
		struct err e = { 0 };
		OWN_FD fd = beneath_make_parent(p->root, parents[i].path, &name, &e);

		if (!parents[i].want)
			CHECK_SAME(parents[i].label, fd < 0 ? e.text : "opened",
				   arena_printf(p->a, "%s: not a file name",
						parents[i].path));
		else
			CHECK(parents[i].label,
			      is_file(p, fd, parents[i].want, S_IFDIR) &&
				      strcmp(name, parents[i].name) == 0);
	}
	CHECK("parent: nothing was made outside", nothing_outside(p));
}

/* ---- while somebody exchanges a directory and a link ---- */

static pid_t start_exchange(const struct place *p, const char *dir, const char *link)
{
	const char *one = below_root(p, dir), *other = below_root(p, link);
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
	}
	if (pid < 0)
		given_fail("fork");
	return pid;
}

struct outcome {
	size_t made, failed, outside;
};

static void count(const struct place *p, int fd, struct outcome *o)
{
	char link[32], where[PATH_MAX];
	ssize_t n;

	if (fd < 0) {
		o->failed++;
		return;
	}
	o->made++;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, where, sizeof(where) - 1);
	where[n > 0 ? n : 0] = '\0';
	o->outside += strncmp(where, p->root_path, strlen(p->root_path)) != 0;
}

static void race(const struct place *p, const char *label, const char *target)
{
	struct outcome o = { 0 };
	pid_t pid;

	if (mkdir(below_root(p, "race"), 0755) < 0 ||
	    mkdir(below_root(p, "race/dir"), 0755) < 0 ||
	    symlink(expand(p, target), below_root(p, "race/link")) < 0)
		given_fail("race");
	if (renameat2(AT_FDCWD, below_root(p, "race/dir"), AT_FDCWD,
		      below_root(p, "race/link"), RENAME_EXCHANGE) < 0) {
		tap_skip(label, "this file system cannot exchange");
		return;
	}
	pid = start_exchange(p, "race/dir", "race/link");
	for (int i = 0; i < 2000; i++) {
		struct err e;
		const char *path = arena_printf(p->a, "race/dir/%d/x", i);
		OWN_FD dir = beneath_make_dir(p->root, path, 0755, &e);
		OWN_FD file = -1;
		OWN_FD parent = -1;
		const char *name;

		count(p, dir, &o);
		file = beneath_make_file(p->root, arena_printf(p->a, "race/dir/f%d", i),
					 &e);
		count(p, file, &o);
		parent = beneath_make_parent(p->root,
					     arena_printf(p->a, "race/link/p%d/x", i),
					     &name, &e);
		count(p, parent, &o);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(label, o.outside == 0 && nothing_outside(p));
	CHECK("race: it can be won", o.made > 0);
	printf("# %s: %zu made, %zu failed\n", label, o.made, o.failed);
	if (rename(below_root(p, "race"),
		   below_root(p, arena_printf(p->a, "race-%d", pid))) < 0)
		given_fail("race");
}

int main(void)
{
	struct arena a = { 0 };
	char *top = scratch_begin();
	struct place p;

	alarm(300);
	umask(0); /* modes must not depend on it: the runtime's own is 0 inside */
	p = begin(top, &a);
	check_opens(&p);
	check_magic();
	check_dirs(&p);
	check_files(&p);
	check_parents(&p);
	race(&p, "race: an absolute link out", "@/outside");
	race(&p, "race: a link that climbs out", "../../outside");
	race(&p, "race: a link to a directory inside", "../dir2");
	close(p.root);
	scratch_end(top);
	arena_free(&a);
	return tap_done();
}
