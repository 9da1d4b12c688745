/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/proc.h"
#include "store/store.h"

#define DEFAULT_ROOT "/run/runc"
#define ID_MAX_LENGTH 1024

/* ---- ROOT ---- */

/* The real root keeps to /run/runc even with XDG_RUNTIME_DIR set (sudo -E); root of a
 * user namespace does not. */
static bool uses_xdg(const char *xdg)
{
	const char *user = getenv("USER");

	if (!xdg || !*xdg)
		return false;
	if (geteuid() != 0)
		return true;
	return proc_in_userns() && (!user || strcmp(user, "root") != 0);
}

static int make_xdg_root(const char *path, struct err *e)
{
	/* sticky: the XDG specification lets others clean what has not been touched for
	 * six hours */
	if ((mkdir(path, 0700) < 0 && errno != EEXIST) || chmod(path, 01700) < 0)
		return err_sys(e,
			       "the path in $XDG_RUNTIME_DIR must be writable by the user: %s",
			       path);
	return 0;
}

const char *store_root_path(const char *option, struct arena *a, bool *is_default,
			    struct err *e)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR"), *path = option;
	OWN_STR cwd = NULL;

	*is_default = !option;
	if (!option && uses_xdg(xdg)) {
		path = arena_printf(a, "%s/runc", xdg);
		if (*path == '/' && make_xdg_root(path, e) < 0)
			return NULL;
	} else if (!option) {
		path = DEFAULT_ROOT;
	}
	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		if (!cwd) {
			err_sys(e, "getcwd");
			return NULL;
		}
	}
	path = path_absolute(path, cwd ? cwd : "/", a);
	if (strcmp(path, "/") == 0) {
		err_set(e, "Option --root argument should not be set to /");
		return NULL;
	}
	return path;
}

static int make_dirs(const char *path, struct err *e)
{
	OWN_STR copy = mem_dup(path);

	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST &&
		    (errno != EROFS || access(copy, F_OK) < 0))
			return err_sys(e, "mkdir %s", copy);
		if (!c)
			return 0;
		*p = c;
	}
}

static int check_root(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat %s", path);
	if (st.st_uid != geteuid())
		return err_set(e,
			       "%s belongs to user %u: the state of containers must be the caller's own (choose another --root)",
			       path, st.st_uid);
	/* with umask 002, as Debian's su sets it, a user's own group may write what the
	 * user makes */
	if (st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid != getegid()))
		return err_set(e,
			       "%s may be written by others than its owner: `chmod go-w %s`, or choose another --root",
			       path, path);
	return 0;
}

int store_open_root(const char *path, bool make, struct err *e)
{
	OWN_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make) {
		if (make_dirs(path, e) < 0)
			return -1;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return err_sys(e, "open %s", path);
	return check_root(fd, path, e) < 0 ? -1 : fd_take(&fd);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int store_list(int root, struct strings *names, struct arena *a, struct err *e)
{
	int again = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	size_t n = 0, room = 64;
	char **v = arena_new(a, room, sizeof(*v));

	if (!dir)
		return err_sys(e, "read the state directory");
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' ||
		    (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
			continue;
		if (n + 1 == room) {
			char **more = arena_new(a, room *= 2, sizeof(*v));

			memcpy(more, v, n * sizeof(*v));
			v = more;
		}
		v[n++] = arena_dup(a, entry->d_name);
	}
	closedir(dir);
	qsort(v, n, sizeof(*v), by_name);
	*names = (struct strings){ v, n };
	return 0;
}

int store_check_id(const char *id, struct err *e)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";

	if (!*id)
		return err_set(e, "container id cannot be empty");
	/* a name with a dot in front is hidden from list, and could be ours: I1 */
	if (strlen(id) > ID_MAX_LENGTH || id[strspn(id, allowed)] || *id == '.')
		return err_set(e,
			       "invalid container ID format: expected at most %d of A-Z a-z 0-9 _ + - . without a dot in front",
			       ID_MAX_LENGTH);
	return 0;
}

/* ---- ROOT/ID ---- */

static int open_dir(int root, const char *id)
{
	return openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int store_claim(int root, const char *id, struct err *e)
{
	OWN_FD dir = -1;

	if (mkdirat(root, id, 0711) < 0) {
		if (errno == EEXIST)
			return err_set(e, "container with given ID already exists");
		return err_sys(e, "create the state directory of %.64s", id);
	}
	dir = open_dir(root, id);
	if (dir < 0 || fchmod(dir, 0711) < 0 || flock(dir, LOCK_EX | LOCK_NB) < 0) {
		err_sys(e, "open the state directory of %.64s", id);
		unlinkat(root, id, AT_REMOVEDIR);
		return -1;
	}
	return fd_take(&dir);
}

int store_open(int root, const char *id, struct err *e)
{
	int dir = open_dir(root, id);

	return dir < 0 ? err_sys(e, "open the state directory of %.64s", id) : dir;
}

int store_lock(int dir, enum store_lock how, bool wait, struct err *e)
{
	int op = (how == STORE_EXCLUSIVE ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);

	while (flock(dir, op) < 0)
		if (errno != EINTR)
			return err_sys(e, "lock the container");
	return 0;
}

int store_lock_once(int dir, enum store_lock how)
{
	return flock(dir, how == STORE_EXCLUSIVE ? LOCK_EX : LOCK_SH);
}

void store_unlock(int dir)
{
	flock(dir, LOCK_UN);
}

bool store_is_current(int root, const char *id, int dir)
{
	struct stat now, open;

	return fstatat(root, id, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(dir, &open) == 0 && now.st_dev == open.st_dev &&
	       now.st_ino == open.st_ino;
}

/* One level of plain files. What is not ours stays, and then so does the directory, with
 * an error. */
static int remove_files(int dir, bool top)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	if (!list)
		return -1;
	while ((entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dir, entry->d_name, 0) == 0 || !top)
			continue;
		if (strcmp(entry->d_name, "notify") == 0 ||
		    strcmp(entry->d_name, NET_DIR) == 0) {
			OWN_FD sub = open_dir(dir, entry->d_name);

			if (sub >= 0)
				remove_files(sub, false);
		}
		unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	closedir(list);
	return 0;
}

int store_remove(int root, const char *id, int dir, struct err *e)
{
	if (!store_is_current(root, id, dir))
		return 0;
	if (remove_files(dir, true) < 0 || unlinkat(root, id, AT_REMOVEDIR) < 0)
		return err_sys(e, "unable to remove container state dir: %.64s", id);
	return 0;
}

/* ---- files for the caller ---- */

int store_write_pid_file(const char *path, pid_t pid, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	OWN_TEXT parent = { 0 };
	OWN_FD dir = -1;
	OWN_FD fd = -1;
	char temp[300], text[16];

	text_addn(&parent, path, slash ? (size_t)(slash - path) + 1 : 0);
	text_add(&parent, parent.len ? "" : ".");
	dir = open(text_str(&parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open %s", path);
	snprintf(temp, sizeof(temp), ".%.200s-%d", name, getpid());
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	snprintf(text, sizeof(text), "%d", pid);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    renameat(dir, temp, dir, name) < 0) {
		err_sys(e, "write %s", path);
		unlinkat(dir, temp, 0);
		return -1;
	}
	return 0;
}
