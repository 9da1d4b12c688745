/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "base/text.h"

/* A rename anywhere on the system makes a scoped lookup with ".." start over: EAGAIN. */
#define TRIES 1024
#define LINKS_MAX 40

static int open2(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = resolve,
	};
	long fd = -1;

	if (!*path)
		path = ".";
	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int beneath_open(int root, const char *path, int flags)
{
	return open2(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int beneath_open_nolink(int root, const char *path, int flags)
{
	return open2(root, path, flags,
		     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

/* What is still to be walked, and where we are: both change when a dangling link is met.
 */
struct walk {
	int root;
	struct text done; /* exists; resolved by the kernel anew at every step, always
			     inside root */
	struct text rest;
	int links;
};

static void walk_free(struct walk *w)
{
	text_free(&w->done);
	text_free(&w->rest);
}

static void next_component(struct text *rest, char *name)
{
	size_t skip = strspn(text_str(rest), "/");
	size_t n = strcspn(text_str(rest) + skip, "/");

	memcpy(name, text_str(rest) + skip, n > NAME_MAX ? NAME_MAX + 1 : n);
	name[n > NAME_MAX ? NAME_MAX + 1 : n] = '\0';
	if (rest->s) {
		memmove(rest->s, rest->s + skip + n, rest->len - skip - n + 1);
		rest->len -= skip + n;
	}
}

/* A dangling link: walk its target instead, from where the link is or from the root. */
static int splice_link(struct walk *w, const char *target, struct err *e)
{
	OWN_TEXT rest = { 0 };

	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return err_sys(e, "%s", target);
	}
	if (*target == '/')
		text_cut(&w->done, 0);
	text_printf(&rest, "%s/%s", target, text_str(&w->rest));
	text_cut(&w->rest, 0);
	text_add(&w->rest, text_str(&rest));
	return 0;
}

static int make_one(int parent, const char *name, bool dir, mode_t mode, struct err *e)
{
	int ret = dir ? mkdirat(parent, name, mode) :
			mknodat(parent, name, S_IFREG | 0644, 0);

	/* somebody else may have made it meanwhile: the next lookup looks again */
	if (ret < 0 && errno != EEXIST)
		return err_sys(e, "create %s", name);
	return 0;
}

/* One component: enters it, makes it, or puts the target of a dangling link in its place.
 */
static int step(struct walk *w, const char *name, bool dir, mode_t mode, struct err *e)
{
	size_t was = w->done.len;
	char target[PATH_MAX];
	OWN_FD parent = -1;
	OWN_FD fd = -1;
	ssize_t n;

	parent = beneath_open(w->root, text_str(&w->done), O_PATH | O_DIRECTORY);
	if (parent < 0)
		return err_sys(e, "%s", text_str(&w->done));
	text_printf(&w->done, "%s%s", was ? "/" : "", name);
	fd = beneath_open(w->root, text_str(&w->done), O_PATH);
	if (fd >= 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "%s", text_str(&w->done));
	n = readlinkat(parent, name, target, sizeof(target) - 1);
	if (n >= 0) {
		target[n] = '\0';
		text_cut(&w->done, was);
		return splice_link(w, target, e);
	}
	return make_one(parent, name, dir, mode, e);
}

/* Another process may move or remove what we just walked through: then once more. */
#define WALKS 16

static int walk(int root, const char *path, bool dir, mode_t mode, struct err *e)
{
	__attribute__((cleanup(walk_free))) struct walk w = { .root = root };
	char name[NAME_MAX + 2];
	int fd = beneath_open(root, path, O_PATH);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return err_sys(e, "%s", path);
	text_add(&w.rest, path);
	for (;;) {
		next_component(&w.rest, name);
		if (!*name)
			break;
		if (step(&w, name, dir || strspn(text_str(&w.rest), "/") != w.rest.len,
			 mode, e) < 0)
			return -1;
	}
	fd = beneath_open(root, text_str(&w.done), O_PATH);
	return fd < 0 ? err_sys(e, "%s", path) : fd;
}

static int make(int root, const char *path, bool dir, mode_t mode, struct err *e)
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < WALKS; i++) {
		fd = walk(root, path, dir, mode, e);
		if (fd < 0 && e->sys != ENOENT)
			break;
	}
	return fd;
}

int beneath_make_dir(int root, const char *path, mode_t mode, struct err *e)
{
	OWN_FD fd = make(root, path, true, mode, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat %s", path);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return err_sys(e, "%s", path);
	}
	return fd_take(&fd);
}

int beneath_make_file(int root, const char *path, struct err *e)
{
	return make(root, path, false, 0755, e);
}

int beneath_make_parent(int root, const char *path, const char **name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	OWN_TEXT parent = { 0 };

	*name = slash ? slash + 1 : path;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return err_set(e, "%s: not a file name", path);
	text_addn(&parent, path, slash ? (size_t)(slash - path) : 0);
	text_add(&parent, "/");
	return beneath_make_dir(root, text_str(&parent), 0755, e);
}
