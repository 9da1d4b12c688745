/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits, written below a container's cgroup directories.             Runs: host
 *
 * A limit that cannot be had is an error which names the file, the value and
 * what would help: never is a container without a limit that was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/private.h"

/* One apply in flight. */
struct work {
	const struct resources_plan *plan;
	const struct resources_place *at;
	struct resources_journal *journal;
	struct arena *arena;
	const char *path; /* the directory that is open */
	int dir;
};

static const char *controller_of(const char *file, struct arena *a)
{
	return arena_ndup(a, file, strcspn(file, "."));
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len = strcspn(list, " \n");

		if (len == n && memcmp(list, word, n) == 0)
			return true;
		list += len + (list[len] != '\0');
	}
	return false;
}

/* ---- why not ---- */

#define DELEGATE_HINT                                                                    \
	"have it delegated: with systemd, Delegate=cpu cpuset io memory pids in a drop-in of user@.service"

static int no_directory(struct work *w, const struct limit_write *l,
			const char *controller, struct err *e)
{
	if (w->plan->v2 && w->at->tolerant)
		return err_set(e,
			       "rootless needs no limits + no cgrouppath when no permission is granted for cgroups: %s (linux.resources.%s; remove it, run with --systemd-cgroup, or get a cgroup: " DELEGATE_HINT
			       ")",
			       w->at->why_not ? w->at->why_not : "there is no cgroup",
			       l->field);
	if (w->at->tolerant)
		return err_set(e,
			       "cannot set %s limit: container could not join or create cgroup (linux.resources.%s; remove it, or let root make a cgroup that is yours and name it by linux.cgroupsPath)",
			       controller, l->field);
	return err_set(e,
		       "linux.resources.%s: cannot write %s to %s: the %s controller of cgroup v%d is not mounted",
		       l->field, l->value, l->file, controller, w->plan->v2 ? 2 : 1);
}

/* What keeps the controller from this cgroup: the parent says it when asked again. */
static const char *why_not_enabled(const char *path, const char *controller,
				   struct arena *a)
{
	const char *slash = strrchr(path, '/');
	const char *parent = arena_ndup(a, path, (size_t)(slash - path));
	OWN_FD dir = open(parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	OWN_TEXT there = { 0 };

	if (dir < 0 || cgroup_read(dir, "cgroup.controllers", &there) < 0)
		return DELEGATE_HINT;
	if (!has_word(text_str(&there), controller))
		return arena_printf(a, "%s does not have it either: " DELEGATE_HINT,
				    parent);
	if (cgroup_write(dir, "cgroup.subtree_control",
			 arena_printf(a, "+%s", controller)) == 0)
		return "it has just been enabled: try again";
	if (errno == EBUSY)
		return arena_printf(a,
				    "%s has processes of its own, and then hands no controller on: move them to a cgroup below it",
				    parent);
	return arena_printf(a,
			    "writing +%s to %s/cgroup.subtree_control: %s; " DELEGATE_HINT,
			    controller, parent, err_word(errno));
}

/* v1 cannot go below what is in use. */
static int explain_busy(struct work *w, const struct limit_write *l, struct err *e)
{
	OWN_TEXT usage = { 0 };
	OWN_TEXT peak = { 0 };

	if (cgroup_read(w->dir, "memory.usage_in_bytes", &usage) < 0 ||
	    cgroup_read(w->dir, "memory.max_usage_in_bytes", &peak) < 0)
		return -1;
	return err_set(e,
		       "unable to set memory limit to %s (current usage: %.*s, peak usage: %.*s)",
		       l->value, (int)strcspn(text_str(&usage), "\n"), text_str(&usage),
		       (int)strcspn(text_str(&peak), "\n"), text_str(&peak));
}

static int explain(struct work *w, const struct limit_write *l, const char *controller,
		   int sys, struct err *e)
{
	bool unified = text_starts(l->field, "unified.");
	OWN_TEXT there = { 0 };

	errno = sys;
	if (unified)
		err_sys(e, "unable to set unified resource \"%s\": write %s to %s/%s",
			l->file, l->value, w->path, l->file);
	else
		err_sys(e, "linux.resources.%s: write %s to %s/%s", l->field, l->value,
			w->path, l->file);
	if (sys == EBUSY && strcmp(l->file, "memory.limit_in_bytes") == 0)
		return explain_busy(w, l, e);
	if (!w->plan->v2 || strcmp(controller, "cgroup") == 0 ||
	    cgroup_read(w->dir, "cgroup.controllers", &there) < 0 ||
	    has_word(text_str(&there), controller))
		return -1;
	if (unified)
		return err_set(e,
			       "unified resource \"%s\" can't be set: controller \"%s\" not available: %s",
			       l->file, controller,
			       why_not_enabled(w->path, controller, w->arena));
	err_set(e,
		"linux.resources.%s: cannot write %s to %s/%s: the %s controller is not delegated to this cgroup: %s",
		l->field, l->value, w->path, l->file, controller,
		why_not_enabled(w->path, controller, w->arena));
	e->sys = sys;
	return -1;
}

/* ---- old values ---- */

/* The line that begins with this word; NULL. */
static const char *find_line(const char *text, const char *key, struct arena *a)
{
	size_t n = strlen(key);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > n && memcmp(text, key, n) == 0 && text[n] == ' ')
			return arena_ndup(a, text, len);
		text += len + (text[len] == '\n');
	}
	return NULL;
}

static const char *old_value(const struct limit_write *l, const char *text,
			     struct arena *a)
{
	const char *line;

	if (!l->key)
		/* an empty cpuset says "\n", and takes it */
		return *text ? arena_dup(a, text) : "\n";
	line = find_line(text, l->key, a);
	return line ? line : l->unset;
}

static void remember(struct work *w, const struct limit_write *l, const char *file)
{
	struct resources_journal *j = w->journal;
	OWN_TEXT text = { 0 };
	const char *value;

	if (!j || cgroup_read(w->dir, file, &text) < 0)
		return;
	value = old_value(l, text_str(&text), w->arena);
	if (!value)
		return;
	if (j->n == j->size) {
		struct resources_old *v =
			arena_new(w->arena, j->size ? 2 * j->size : 16, sizeof(*v));

		if (j->n)
			memcpy(v, j->v, j->n * sizeof(*v));
		j->v = v;
		j->size = j->size ? 2 * j->size : 16;
	}
	j->v[j->n++] = (struct resources_old){ w->path, file, value };
}

/* A file of several lines takes them one by one. */
static int write_lines(int dir, const char *file, const char *value)
{
	int ret = 0;

	do {
		size_t n = strcspn(value, "\n");
		OWN_TEXT line = { 0 };

		text_addn(&line, value, n);
		if (cgroup_write(dir, file, n ? line.s : "\n") < 0)
			ret = -1;
		value += n + (value[n] == '\n');
	} while (*value);
	return ret;
}

int resources_undo(const struct resources_journal *j, struct err *e)
{
	int ret = 0;

	for (size_t i = j->n; i-- > 0;) {
		OWN_FD dir = cgroup_open_dir(j->v[i].dir, e);

		if (dir < 0) {
			ret = -1;
		} else if (write_lines(dir, j->v[i].file, j->v[i].value) < 0) {
			err_sys(e, "write %s to %s/%s", j->v[i].value, j->v[i].dir,
				j->v[i].file);
			ret = -1;
		}
	}
	return ret;
}

/* ---- writing ---- */

static int read_back(struct work *w, const struct limit_write *l, struct err *e)
{
	OWN_TEXT text = { 0 };
	uint64_t got, want;

	if (cgroup_read(w->dir, l->file, &text) < 0)
		return err_sys(e, "read %s/%s", w->path, l->file);
	text_cut(&text, strcspn(text_str(&text), "\n"));
	if (!num_dec(text_str(&text), UINT64_MAX, &got) ||
	    !num_dec(l->value, UINT64_MAX, &want) || got == want)
		return 0;
	return err_set(e, "linux.resources.%s: the %s allowed cpu-shares is %ju",
		       l->field, want > got ? "maximum" : "minimum", (uintmax_t)got);
}

static int open_place(struct work *w, const struct limit_write *l, const char *controller,
		      struct err *e)
{
	const char *path = cgroup_find_path(w->at->paths, w->plan->v2 ? "" : controller);

	if (!path)
		return no_directory(w, l, controller, e);
	if (w->dir >= 0 && strcmp(path, w->path) == 0)
		return 0;
	fd_close(&w->dir);
	w->path = path;
	w->dir = cgroup_open_dir(path, e);
	return w->dir < 0 ? -1 : 0;
}

/* 1 written, 0 there is no such file, -1 with errno. */
static int try_file(struct work *w, const struct limit_write *l, const char *file,
		    const char *value)
{
	OWN_FD fd = cgroup_open_at(w->dir, file, O_WRONLY);

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	remember(w, l, file);
	return write(fd, value, strlen(value)) < 0 ? -1 : 1;
}

static int write_one(struct work *w, const struct limit_write *l, struct err *e)
{
	const char *controller = controller_of(l->file, w->arena);
	size_t before = w->journal ? w->journal->n : 0;
	int ret, sys;

	if (open_place(w, l, controller, e) < 0)
		return -1;
	ret = try_file(w, l, l->file, l->value);
	if (ret == 0 && l->or_file)
		ret = try_file(w, l, l->or_file, l->or_value);
	if (ret == 0 && l->optional)
		return 0;
	if (ret > 0)
		return l->read_back ? read_back(w, l, e) : 0;
	sys = ret == 0 ? ENOENT : errno;
	if (w->journal)
		w->journal->n = before; /* nothing has changed */
	return explain(w, l, controller, sys, e);
}

/*
 * Some pairs of limits may never contradict each other, not for a moment; which
 * is to be written first depends on what is there. So the kernel is asked: a
 * limit that it refuses waits until the others are written.
 */
static int write_all(struct work *w, struct err *e)
{
	size_t n = w->plan->writes.n, left = n, before;
	bool *done = arena_new(w->arena, n, sizeof(*done));

	do {
		before = left;
		for (size_t i = 0; i < n; i++) {
			const struct limit_write *l = &w->plan->writes.v[i];

			if (done[i])
				continue;
			done[i] = write_one(w, l, e) == 0;
			left -= done[i];
			if (!done[i] && (!l->patient || e->sys != EINVAL))
				return -1;
		}
	} while (left && left < before);
	return left ? -1 : 0;
}

/* ---- v2: what kind of cgroup it is ---- */

static int check_type(struct work *w, struct err *e)
{
	const char *path = cgroup_find_path(w->at->paths, "");
	OWN_TEXT type = { 0 };

	if (!w->plan->v2 || !path)
		return 0;
	w->path = path;
	w->dir = cgroup_open_dir(path, e);
	if (w->dir < 0)
		return -1;
	if (cgroup_read(w->dir, "cgroup.type", &type) < 0)
		return 0;
	text_cut(&type, strcspn(text_str(&type), "\n"));
	if (strcmp(text_str(&type), "domain invalid") == 0) {
		if (w->plan->needs_domain)
			return err_set(e,
				       "cannot enter cgroupv2 \"%s\" with domain controllers -- it is in an invalid state (a cgroup above it is threaded)",
				       path);
		if (cgroup_write(w->dir, "cgroup.type", "threaded") < 0)
			return err_sys(e, "write threaded to %s/cgroup.type", path);
		return 0;
	}
	if (strstr(text_str(&type), "threaded") && w->plan->needs_domain)
		return err_set(e,
			       "cannot enter cgroupv2 \"%s\" with domain controllers -- it is in %s mode",
			       path, text_str(&type));
	return 0;
}

/* Best effort, as in the Go runc: a usage that cannot be read refuses nothing. */
static int check_usage(struct work *w, struct err *e)
{
	const struct resources_plan *p = w->plan;
	OWN_TEXT text = { 0 };
	uint64_t usage;

	if ((p->check_limit <= 0 && p->check_memsw <= 0) || w->dir < 0 ||
	    cgroup_read(w->dir, "memory.current", &text) < 0)
		return 0;
	text_cut(&text, strcspn(text_str(&text), "\n"));
	if (!num_dec(text_str(&text), UINT64_MAX, &usage))
		return 0;
	if (p->check_memsw > 0 && (uint64_t)p->check_memsw <= usage)
		return err_set(e, "rejecting memory+swap limit %jd <= usage %ju",
			       (intmax_t)p->check_memsw, (uintmax_t)usage);
	if (p->check_limit > 0 && (uint64_t)p->check_limit <= usage)
		return err_set(e, "rejecting memory limit %jd <= usage %ju",
			       (intmax_t)p->check_limit, (uintmax_t)usage);
	return 0;
}

int resources_check(const struct resources_plan *p, const struct resources_place *at,
		    struct err *e)
{
	struct work w = { .plan = p, .at = at, .dir = -1 };
	int ret = check_type(&w, e) < 0 || check_usage(&w, e) < 0;

	fd_close(&w.dir);
	return ret ? -1 : 0;
}

int resources_apply(const struct resources_plan *p, const struct resources_place *at,
		    struct resources_journal *j, struct arena *a, struct err *e)
{
	struct work w = { .plan = p, .at = at, .journal = j, .arena = a, .dir = -1 };
	int ret = check_type(&w, e) < 0 || check_usage(&w, e) < 0 || write_all(&w, e) < 0;

	fd_close(&w.dir);
	return ret ? -1 : 0;
}

/* ---- v2: controllers for those below ---- */

int resources_enable_below(int dir)
{
	OWN_TEXT have = { 0 };
	OWN_TEXT on = { 0 };
	OWN_TEXT all = { 0 };
	char *save, *word;

	if (cgroup_read(dir, "cgroup.controllers", &have) < 0 ||
	    cgroup_read(dir, "cgroup.subtree_control", &on) < 0)
		return -1;
	for (const char *p = text_str(&have); *p;) {
		size_t n = strcspn(p, " \n");
		OWN_TEXT name = { 0 };

		text_addn(&name, p, n);
		if (n && !has_word(text_str(&on), name.s))
			text_printf(&all, "%s+%s", all.len ? " " : "", name.s);
		p += n + (p[n] != '\0');
	}
	if (!all.len || cgroup_write(dir, "cgroup.subtree_control", all.s) == 0)
		return 0;
	/* not ours, or full of processes: then none can be had, and a limit that needs
	 * one says so */
	if (errno == EACCES || errno == EPERM || errno == EROFS || errno == EBUSY)
		return -1;
	/* else one of them may have spoiled it for the others */
	for (word = strtok_r(all.s, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (cgroup_write(dir, "cgroup.subtree_control", word) < 0)
			log_debug("%s: %s", word, err_word(errno));
	return 0;
}

/* "+hugetlb +rdma": what the limits need and this directory has not. */
static void list_missing(const struct resources_plan *p, int dir, struct text *out)
{
	struct arena a = { 0 };
	OWN_TEXT have = { 0 };

	if (cgroup_read(dir, "cgroup.controllers", &have) == 0)
		for (size_t i = 0; i < p->writes.n; i++) {
			const char *name = controller_of(p->writes.v[i].file, &a);
			const char *word = arena_printf(&a, "+%s", name);

			if (strcmp(name, "cgroup") != 0 &&
			    !has_word(text_str(&have), name) &&
			    !has_word(text_str(out), word))
				text_printf(out, "%s%s", out->len ? " " : "", word);
		}
	arena_free(&a);
}

void resources_hand_down(const struct resources_plan *p, const char *mount,
			 const char *path)
{
	OWN_FD at = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWN_FD leaf = at < 0 ? -1 : cgroup_open_at(at, path, O_RDONLY | O_DIRECTORY);
	OWN_TEXT missing = { 0 };

	if (leaf < 0)
		return;
	list_missing(p, leaf, &missing);
	while (missing.len && at >= 0 && *path) {
		size_t skip = strspn(path, "/"), n = strcspn(path + skip, "/");
		OWN_TEXT name = { 0 };
		int next;

		/* if it may not, the limit that needs it will say so */
		if (cgroup_write(at, "cgroup.subtree_control", missing.s) < 0)
			log_debug("%s: %s", missing.s, err_word(errno));
		text_addn(&name, path + skip, n);
		next = cgroup_open_at(at, text_str(&name), O_RDONLY | O_DIRECTORY);
		fd_close(&at);
		at = next;
		path += skip + n;
	}
}
