/* SPDX-License-Identifier: Apache-2.0 */
/* Making and entering cgroups by the file system.                     Runs: host */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/private.h"
#include "kernel/compat.h"

int cgroup_open_at(int dir, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};

	while (*path == '/')
		path++;
	return (int)syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));
}

int cgroup_read(int dir, const char *file, struct text *out)
{
	OWN_FD fd = cgroup_open_at(dir, file, O_RDONLY);

	return fd < 0 ? -1 : io_read_all(fd, 1u << 20, out);
}

int cgroup_write(int dir, const char *file, const char *value)
{
	OWN_FD fd = cgroup_open_at(dir, file, O_WRONLY);

	if (fd < 0)
		return -1;
	return write(fd, value, strlen(value)) < 0 ? -1 : 0;
}

bool cgroup_find_key(const char *text, const char *key, long long *value)
{
	size_t n = strlen(key);

	for (const char *line = text; *line;
	     line = strchrnul(line, '\n'), line += *line != 0) {
		char word[24];
		int64_t number;

		if (strncmp(line, key, n) != 0 || line[n] != ' ')
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(line + n + 1, "\n"),
			 line + n + 1);
		if (!num_int(word, INT64_MIN, INT64_MAX, &number))
			return false;
		*value = number;
		return true;
	}
	return false;
}

const char *cgroup_find_path(struct pairs paths, const char *controller)
{
	size_t n = strlen(controller);

	for (size_t i = 0; i < paths.n; i++) {
		const char *p = paths.v[i].key;

		if (n == 0 && !*p)
			return paths.v[i].value;
		while (n && *p) {
			size_t len = strcspn(p, ",");

			if (len == n && memcmp(p, controller, n) == 0)
				return paths.v[i].value;
			p += len + (p[len] == ',');
		}
	}
	return NULL;
}

/* ---- making ---- */

bool cgroup_may_make(const struct host *h)
{
	struct arena a = { 0 };
	const char *above = cgroup_above_own(&h->cgroups.v[0], &a);
	OWN_FD dir =
		above ? open(above, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	/* who moves a process needs the right over the cgroup above both */
	bool may = dir >= 0 && faccessat(dir, ".", W_OK, AT_EACCESS) == 0 &&
		   faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) == 0;

	arena_free(&a);
	return may;
}

/* v1: a cpuset without cpus and memory nodes lets nobody in; a new one takes its
 * parent's. */
static int inherit_cpuset(int parent, int child, struct err *e)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < COUNT(files); i++) {
		OWN_TEXT have = { 0 };
		OWN_TEXT own = { 0 };

		if (cgroup_read(child, files[i], &own) < 0 ||
		    cgroup_read(parent, files[i], &have) < 0)
			return err_sys(e, "read %s", files[i]);
		if (text_str(&own)[0] != '\n' && own.len)
			continue;
		if (cgroup_write(child, files[i], text_str(&have)) < 0)
			return err_sys(e, "write %s", files[i]);
	}
	return 0;
}

static bool is_cpuset(const struct cgroup_dir *d)
{
	return strcmp(d->name, "cpuset") == 0 || text_starts(d->name, "cpuset,") ||
	       text_ends(d->name, ",cpuset") || strstr(d->name, ",cpuset,");
}

/* Goes down one component and makes it if it is missing. */
static int step_down(int parent, const char *name, const struct cgroup_dir *d,
		     size_t *made, struct err *e)
{
	OWN_FD child = -1;

	if (mkdirat(parent, name, 0755) == 0)
		++*made;
	else if (errno != EEXIST)
		return err_sys(e, "mkdir %s%s", d->mount, d->path);
	else
		*made = 0; /* what is above it was there too */
	child = cgroup_open_at(parent, name, O_RDONLY | O_DIRECTORY);
	if (child < 0)
		return err_sys(e, "open %s%s", d->mount, d->path);
	if (is_cpuset(d) && inherit_cpuset(parent, child, e) < 0)
		return -1;
	return fd_take(&child);
}

/* Those above give their controllers to those below. */
static void hand_on(int dir, bool is_top, const struct cgroup_plan *p)
{
	if (resources_enable_below(dir) < 0 && errno == EBUSY && is_top && p->leaf &&
	    cgroup_move_to_leaf(dir))
		resources_enable_below(dir);
}

static int make_path(const struct cgroup_dir *d, const struct cgroup_plan *plan,
		     size_t *made, struct err *e)
{
	/* beside v1 the v2 hierarchy is only for finding and killing */
	bool has_limits = !*d->name && plan->mode == CGROUP_V2;
	OWN_FD at = open(d->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *p = d->path;

	if (at < 0)
		return err_sys(e, "open %s", d->mount);
	while (*p) {
		size_t skip = strspn(p, "/"), n = strcspn(p + skip, "/");
		char name[NAME_MAX + 1];
		int next;

		if (n == 0)
			break;
		if (n > NAME_MAX)
			return err_set(e, "%s: a component is longer than %d characters",
				       d->path, NAME_MAX);
		memcpy(name, p + skip, n);
		name[n] = '\0';
		if (has_limits)
			hand_on(at, p == d->path, plan);
		next = step_down(at, name, d, made, e);
		if (next < 0)
			return -1;
		fd_close(&at);
		at = next;
		p += skip + n;
	}
	return fd_take(&at);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int refuse_frozen(int dir, struct err *e)
{
	OWN_TEXT state = { 0 };

	if ((cgroup_read(dir, "cgroup.freeze", &state) == 0 &&
	     text_starts(text_str(&state), "1")) ||
	    (cgroup_read(dir, "freezer.state", &state) == 0 &&
	     text_starts(text_str(&state), "FROZEN")))
		return err_set(e, "container's cgroup unexpectedly frozen");
	return 0;
}

/*
 * Two containers in one cgroup would share limits and be killed together; cgroups
 * below it belong to somebody, who must not be killed or lose them with us (G6).
 */
static int refuse_used(int dir, struct err *e)
{
	OWN_TEXT procs = { 0 };

	if (cgroup_read(dir, "cgroup.procs", &procs) == 0 && procs.len)
		return err_set(e, "container's cgroup is not empty: %zu process(es) found",
			       count_lines(procs.s));
	if (cgroup_has_children(dir))
		return err_set(e,
			       "container's cgroup is not empty: it has cgroups of its own");
	return refuse_frozen(dir, e);
}

static bool is_forbidden(int sys)
{
	return sys == EACCES || sys == EPERM || sys == EROFS || sys == ENOENT;
}

static int make_one(struct cgroup *c, size_t i, struct err *e)
{
	const struct cgroup_dir *d = &c->plan->dirs[i];
	bool v2 = !*d->name;
	OWN_FD dir = make_path(d, c->plan, &c->climbed[i], e);
	int tasks;

	if (dir < 0)
		return -1;
	c->made[i] = true;
	if (refuse_used(dir, e) < 0)
		return -1;
	if (v2) {
		/* may this caller move a process here? mkdir alone does not say so */
		if (c->plan->tolerant &&
		    faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) < 0)
			return err_sys(e, "write %s%s/cgroup.procs", d->mount, d->path);
		c->doors.v2 = fd_take(&dir);
		return 0;
	}
	tasks = cgroup_open_at(dir, "tasks", O_WRONLY);
	if (tasks < 0)
		return err_sys(e, "open %s%s/tasks", d->mount, d->path);
	c->doors.tasks[c->doors.task_count++] = tasks;
	return 0;
}

/* Takes away the components that we made, deepest first; that with what the container put
 * below. */
static void unmake(struct cgroup *c, size_t i)
{
	const struct cgroup_dir *d = &c->plan->dirs[i];
	OWN_STR path = mem_printf("%s%s", d->mount, d->path);
	const struct pair leaf = { d->name, path };
	struct err ignored;

	if (c->climbed[i] > 0)
		cgroup_remove((struct pairs){ &leaf, 1 }, &ignored);
	for (; c->climbed[i] > 1; c->climbed[i]--) {
		*strrchr(path, '/') = '\0';
		if (rmdir(path) < 0)
			break;
	}
	c->climbed[i] = 0;
	c->made[i] = false;
}

/*
 * Beside controllers of v1 the hierarchies without any help to find and to kill, no
 * more: who was given a path of the controllers need not have it there too.
 */
static bool may_be_left_out(const struct cgroup_plan *p, const struct cgroup_dir *d)
{
	bool has_limits =
		p->mode == CGROUP_V2 || (*d->name && !text_starts(d->name, "name="));

	return p->tolerant && !(p->required && has_limits);
}

int cgroup_make(struct cgroup *c, const struct cgroup_plan *p, struct err *e)
{
	*c = (struct cgroup){ .plan = p, .doors.v2 = -1 };
	for (size_t i = 0; i < p->dir_count; i++) {
		if (p->dirs[i].by_systemd || make_one(c, i, e) == 0)
			continue;
		unmake(c, i);
		if (may_be_left_out(p, &p->dirs[i]) && is_forbidden(e->sys)) {
			c->left_out = *e;
			continue;
		}
		cgroup_undo(c);
		cgroup_close(&c->doors);
		return err_in(e, "unable to apply cgroup configuration");
	}
	return 0;
}

void cgroup_adopt(struct cgroup *c, const char *path, struct arena *a)
{
	struct cgroup_plan *p = arena_new(a, 1, sizeof(*p));
	struct cgroup_dir *dir = arena_new(a, 1, sizeof(*dir));

	*p = *c->plan;
	*dir = (struct cgroup_dir){ "", p->unit->mount, arena_dup(a, path), false };
	p->dirs = dir;
	p->dir_count = 1;
	c->plan = p;
	c->made[0] = true;
	c->climbed[0] = 0;
}

/* Is the process in this directory? Lines are "4:cpu,cpuacct:/a/b". */
static bool is_in(const char *text, const struct cgroup_dir *d)
{
	OWN_STR line = mem_printf(":%s:%s\n", d->name, d->path);

	return strstr(text, line);
}

/* Costs a wait of the kernel's: a pid that is not the writer's own. */
static int take_into(struct cgroup *c, size_t i, pid_t pid, struct err *e)
{
	const struct cgroup_dir *d = &c->plan->dirs[i];
	OWN_FD dir = make_path(d, c->plan, &c->climbed[i], e);
	OWN_STR number = mem_printf("%d", pid);

	if (dir < 0)
		return -1;
	c->made[i] = true;
	return cgroup_write(dir, "cgroup.procs", number) < 0 ?
		       err_sys(e, "write %d to %s%s/cgroup.procs", pid, d->mount,
			       d->path) :
		       0;
}

int cgroup_adopt_v1(struct cgroup *c, const char *text, pid_t pid, struct err *e)
{
	for (size_t i = 0; i < c->plan->dir_count; i++) {
		const struct cgroup_dir *d = &c->plan->dirs[i];

		if (!d->by_systemd)
			continue;
		c->made[i] = is_in(text, d);
		if (!c->made[i] && strcmp(d->name, "name=systemd") == 0)
			return err_set(e,
				       "systemd has not put the container into %s of its hierarchy",
				       d->path);
		if (!c->made[i] && take_into(c, i, pid, e) < 0)
			return -1;
	}
	return 0;
}

int cgroup_check_adopted(const struct cgroup *c, pid_t pid, struct err *e)
{
	const struct cgroup_dir *d = &c->plan->dirs[0];
	OWN_STR path = mem_printf("%s%s", d->mount, d->path);
	OWN_STR alone = mem_printf("%d\n", pid);
	OWN_FD dir = cgroup_open_dir(path, e);
	OWN_TEXT procs = { 0 };

	if (dir < 0)
		return -1;
	if (cgroup_read(dir, "cgroup.procs", &procs) < 0)
		return err_sys(e, "read %s/cgroup.procs", path);
	if (strcmp(text_str(&procs), alone) != 0 || cgroup_has_children(dir))
		return err_set(e,
			       "container's cgroup is not empty: systemd found others in %s",
			       path);
	return refuse_frozen(dir, e);
}

void cgroup_undo(struct cgroup *c)
{
	for (size_t i = 0; c->plan && i < c->plan->dir_count; i++)
		if (c->made[i])
			unmake(c, i);
}

void cgroup_close(struct cgroup_doors *doors)
{
	for (size_t i = 0; i < doors->task_count; i++)
		fd_close(&doors->tasks[i]);
	doors->task_count = 0;
	fd_close(&doors->v2);
}

int cgroup_enter(const struct cgroup_doors *doors, struct err *e)
{
	for (size_t i = 0; i < doors->task_count; i++)
		/* "0" is the writer itself: a single thread moves without the kernel's
		 * global lock */
		if (write(doors->tasks[i], "0", 1) < 0)
			return err_sys(e, "enter the container's cgroup");
	return 0;
}

/* One entry a controller, also where several share a hierarchy: readers look them up so. */
static size_t add_controllers(struct pair *v, const char *names, const char *path,
			      struct arena *a)
{
	size_t n = 0;

	do {
		size_t len = strcspn(names, ",");

		v[n++] = (struct pair){ arena_ndup(a, names, len), path };
		names += len + (names[len] == ',');
	} while (*names);
	return n;
}

struct pairs cgroup_paths(const struct cgroup *c, struct arena *a)
{
	size_t max = 0, n = 0;
	struct pair *v;

	for (size_t i = 0; i < c->plan->dir_count; i++)
		max += strlen(c->plan->dirs[i].name) + 1;
	v = arena_new(a, max, sizeof(*v));
	for (size_t i = 0; i < c->plan->dir_count; i++) {
		const struct cgroup_dir *d = &c->plan->dirs[i];

		if (c->made[i])
			n += add_controllers(v + n, d->name,
					     arena_printf(a, "%s%s", d->mount, d->path),
					     a);
	}
	return (struct pairs){ v, n };
}
