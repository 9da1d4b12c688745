/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup that exists, with all below it: who is in it, killing, removing.   Runs: host
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/private.h"
#include "kernel/compat.h"
#include "kernel/pidfd.h"

#define ROOT_INO 1     /* of a kernfs tree */
#define KILL_TURNS 500 /* two seconds */

int cgroup_open_dir(const char *path, struct err *e)
{
	OWN_FD dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (dir < 0 || fstatfs(dir, &fs) < 0 || fstat(dir, &st) < 0)
		return err_sys(e, "open cgroup %s", path);
	if (fs.f_type != CGROUP2_SUPER_MAGIC && fs.f_type != CGROUP_SUPER_MAGIC)
		return err_set(e, "%s is not a cgroup", path);
	if (st.st_ino == ROOT_INO)
		return err_set(e, "%s is a root cgroup: refusing to touch it", path);
	return fd_take(&dir);
}

bool cgroup_has_children(int dir)
{
	struct stat st;

	/* kernfs counts directories in the link count: two are "." and the parent's entry */
	return fstat(dir, &st) == 0 && st.st_nlink > 2;
}

/* ---- walking ---- */

struct walker {
	int (*visit)(int dir, void *data, struct err *e);
	void *data;
};

/* Visits a directory after all below it. */
static int walk(int dir, const struct walker *w, struct err *e)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	int ret = 0;

	if (!list) {
		err_sys(e, "read cgroup");
		if (again >= 0)
			close(again);
		return -1;
	}
	while (ret == 0 && (entry = readdir(list))) {
		OWN_FD sub = -1;

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		sub = cgroup_open_at(dir, entry->d_name, O_RDONLY | O_DIRECTORY);
		if (sub >= 0)
			ret = walk(sub, w, e);
		else if (errno != ENOENT && errno != ENODEV) /* not removed meanwhile */
			ret = err_sys(e, "open a cgroup below");
	}
	closedir(list);
	return ret < 0 ? -1 : w->visit(dir, w->data, e);
}

struct pid_list {
	pid_t *v;
	size_t n;
};

static int collect(int dir, void *data, struct err *e)
{
	struct pid_list *list = data;
	OWN_TEXT text = { 0 };
	char *save, *word;

	if (cgroup_read(dir, "cgroup.procs", &text) < 0) {
		/* a threaded cgroup has no process list of its own; a removed one has
		 * nothing */
		if (errno == EOPNOTSUPP || errno == ENOENT || errno == ENODEV)
			return 0;
		return err_sys(e, "read cgroup.procs");
	}
	for (word = strtok_r(text.s, "\n", &save); word;
	     word = strtok_r(NULL, "\n", &save)) {
		uint64_t pid;

		if (!num_dec(word, INT32_MAX, &pid))
			return err_set(e, "cgroup.procs: \"%s\" is not a pid", word);
		list->v = mem_grow(list->v, list->n + 1, sizeof(*list->v));
		list->v[list->n++] = (pid_t)pid;
	}
	return 0;
}

/* Any hierarchy will do; v2 is the one that all processes are in. */
static const char *main_path(struct pairs paths)
{
	const char *path = cgroup_find_path(paths, "");

	return path ? path : paths.n ? paths.v[0].value : NULL;
}

int cgroup_pids(struct pairs paths, pid_t **pids, size_t *n, struct err *e)
{
	struct pid_list list = { 0 };
	const struct walker w = { collect, &list };
	const char *path = main_path(paths);
	OWN_FD dir = -1;

	*pids = NULL;
	*n = 0;
	if (!path) {
		errno = ENOENT;
		return err_sys(e, "the container has no cgroup");
	}
	dir = cgroup_open_dir(path, e);
	if (dir < 0)
		return -1;
	if (walk(dir, &w, e) < 0) {
		free(list.v);
		return -1;
	}
	*pids = list.v;
	*n = list.n;
	return 0;
}

uint64_t cgroup_inode(struct pairs paths)
{
	/* beside it there may be ones that do not go with their last process */
	const char *path = cgroup_find_path(paths, "name=systemd");
	struct stat st;

	if (!path)
		path = main_path(paths);
	return path && lstat(path, &st) == 0 ? st.st_ino : 0;
}

/* ---- killing ---- */

static int kill_those_there(struct pairs paths, size_t *n, struct err *e)
{
	pid_t *pids;
	int ret = cgroup_pids(paths, &pids, n, e);

	for (size_t i = 0; ret == 0 && i < *n; i++) {
		OWN_FD fd = pidfd_open(pids[i], 0);

		if (fd >= 0)
			pidfd_signal(fd, SIGKILL);
	}
	free(pids);
	return ret;
}

/*
 * Without cgroup.kill: frozen, so that no number can pass to another process and
 * nothing can fork away. Where that cannot be had, again and again until nobody is
 * left: who forks faster than that is stopped by nothing else either.
 */
static int kill_each(struct pairs paths, struct err *e)
{
	struct err ignored;
	bool frozen = cgroup_set_frozen(paths, true, &ignored) == 0;
	size_t n;
	int ret = kill_those_there(paths, &n, e);

	cgroup_thaw(paths);
	for (int turn = 0; ret == 0 && !frozen && n > 0; turn++) {
		const struct timespec pause = { .tv_nsec = 1000L
							   << (turn < 12 ? turn : 12) };

		if (turn == KILL_TURNS)
			return err_set(e,
				       "%zu process(es) are left after %d times SIGKILL",
				       n, KILL_TURNS);
		nanosleep(&pause, NULL);
		ret = kill_those_there(paths, &n, e);
		/* it may be gone with its last process, if somebody waits for that */
		if (ret < 0 && e->sys == ENOENT)
			return 0;
	}
	return ret;
}

int cgroup_kill(struct pairs paths, struct err *e)
{
	const char *path = cgroup_find_path(paths, "");
	OWN_FD dir = path ? cgroup_open_dir(path, e) : -1;

	if (path && dir < 0)
		return -1;
	if (dir >= 0 && cgroup_write(dir, "cgroup.kill", "1") == 0) {
		cgroup_thaw(paths);
		return 0;
	}
	if (dir >= 0 && errno != ENOENT)
		return err_sys(e, "write %s/cgroup.kill", path);
	return kill_each(paths, e);
}

/* ---- removing ---- */

/* Removes all sub-cgroups of a directory; itself is the caller's to remove. */
static int remove_below(int dir, struct err *e)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	if (!list) {
		if (again >= 0)
			close(again);
		return err_sys(e, "read cgroup");
	}
	while ((entry = readdir(list))) {
		OWN_FD sub = -1;

		if (entry->d_type != DT_DIR || *entry->d_name == '.')
			continue;
		sub = cgroup_open_at(dir, entry->d_name, O_RDONLY | O_DIRECTORY);
		if (sub >= 0)
			remove_below(sub, e);
		unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	closedir(list);
	return 0;
}

/* v2 tells when the last process has gone; v1 has to be asked again. */
static void wait_empty(int dir, int turn)
{
	OWN_FD events = cgroup_open_at(dir, "cgroup.events", O_RDONLY);
	struct timespec pause = { .tv_nsec = 1000000L << (turn < 6 ? turn : 6) };
	OWN_TEXT text = { 0 };
	long long populated = 1;
	char byte;

	if (events < 0) {
		nanosleep(&pause, NULL);
		return;
	}
	if (cgroup_read(dir, "cgroup.events", &text) == 0 &&
	    cgroup_find_key(text_str(&text), "populated", &populated) && populated &&
	    read(events, &byte, 1) == 1)
		poll(&(struct pollfd){ .fd = events, .events = POLLPRI }, 1, 100);
	else
		nanosleep(&pause, NULL);
}

static int remove_one(const char *path, struct err *e)
{
	OWN_FD dir = -1;

	/* first the common case: nothing is left in it */
	if (rmdir(path) == 0 || errno == ENOENT)
		return 0;
	dir = cgroup_open_dir(path, e);
	if (dir < 0)
		return e->sys == ENOENT ? 0 : -1;
	for (int turn = 0; turn < 20; turn++) {
		remove_below(dir, e);
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		if (errno != EBUSY)
			break;
		wait_empty(dir, turn);
	}
	return err_sys(e, "unable to remove container's cgroup: rmdir %s", path);
}

int cgroup_remove(struct pairs paths, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < paths.n; i++)
		if (remove_one(paths.v[i].value, e) < 0)
			ret = -1;
	return ret;
}

bool cgroup_remove_empty(struct pairs paths)
{
	bool gone = true;

	for (size_t i = 0; i < paths.n; i++)
		if (rmdir(paths.v[i].value) < 0 && errno != ENOENT)
			gone = false;
	return gone;
}

/* ---- entering as another process ---- */

static const char *sub_of(struct pairs subs, const char *name)
{
	const struct pair one = { name, "" };

	for (size_t i = 0; i < subs.n; i++)
		if (!*subs.v[i].key ||
		    cgroup_find_path((struct pairs){ &one, 1 }, subs.v[i].key))
			return subs.v[i].value;
	return "";
}

static int check_subs(struct pairs paths, struct pairs subs, struct err *e)
{
	for (size_t i = 0; i < subs.n; i++) {
		const char *sub = subs.v[i].value, *name = subs.v[i].key;

		while (*sub) {
			size_t n = strcspn(sub, "/");

			if (n == 2 && memcmp(sub, "..", 2) == 0)
				return err_set(e, "bad sub cgroup path: %s",
					       subs.v[i].value);
			sub += n + (sub[n] == '/');
		}
		if (*name && !cgroup_find_path(paths, name))
			return err_set(e, "unknown controller %s in SubCgroupPaths", name);
	}
	return 0;
}

static int open_door(struct cgroup_doors *doors, const struct pair *path, const char *sub,
		     struct err *e)
{
	OWN_FD dir = cgroup_open_dir(path->value, e);
	OWN_FD at = -1;
	int tasks;

	if (dir < 0)
		return -1;
	at = cgroup_open_at(dir, sub, O_RDONLY | O_DIRECTORY);
	if (at < 0)
		return err_sys(e, "can't open cgroup: %s/%s", path->value, sub);
	if (!*path->key) {
		doors->v2 = fd_take(&at);
		return 0;
	}
	tasks = cgroup_open_at(at, "tasks", O_WRONLY);
	if (tasks < 0)
		return err_sys(e, "can't open cgroup: %s/%s/tasks", path->value, sub);
	doors->tasks[doors->task_count++] = tasks;
	return 0;
}

/* Controllers that share a hierarchy share a directory. */
static bool is_repeated(struct pairs paths, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(paths.v[k].value, paths.v[i].value) == 0)
			return true;
	return false;
}

int cgroup_open(struct cgroup_doors *doors, struct pairs paths, struct pairs subs,
		struct err *e)
{
	*doors = (struct cgroup_doors){ .v2 = -1 };
	if (check_subs(paths, subs, e) < 0)
		return -1;
	for (size_t i = 0; i < paths.n && doors->task_count < CGROUP_HIERARCHIES; i++)
		if (!is_repeated(paths, i) &&
		    open_door(doors, &paths.v[i], sub_of(subs, paths.v[i].key), e) < 0) {
			cgroup_close(doors);
			return -1;
		}
	return 0;
}

/* ---- where a process of it is now ---- */

struct search {
	pid_t pid;
	int found;
};

static int look_for(int dir, void *data, struct err *e)
{
	struct search *s = data;
	struct pid_list list = { 0 };
	int ret = s->found < 0 ? collect(dir, &list, e) : 0;

	for (size_t i = 0; ret == 0 && s->found < 0 && i < list.n; i++)
		if (list.v[i] == s->pid)
			s->found = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(list.v);
	return ret;
}

int cgroup_open_below(struct pairs paths, pid_t pid, struct err *e)
{
	struct search s = { pid, -1 };
	const struct walker w = { look_for, &s };
	const char *path = cgroup_find_path(paths, "");
	OWN_FD dir = path ? cgroup_open_dir(path, e) : -1;

	if (!path)
		return err_set(e, "the container has no unified cgroup");
	if (dir < 0 || walk(dir, &w, e) < 0) {
		fd_close(&s.found);
		return -1;
	}
	return s.found < 0 ? err_set(e, "process %d is not in %s", pid, path) : s.found;
}

bool cgroup_is_inner(struct pairs paths)
{
	const char *path = cgroup_find_path(paths, "");
	struct err ignored;
	OWN_FD dir = path ? cgroup_open_dir(path, &ignored) : -1;
	OWN_TEXT given = { 0 };

	return dir >= 0 && cgroup_read(dir, "cgroup.subtree_control", &given) == 0 &&
	       given.len > 0 && given.s[0] != '\n';
}
