/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cgroup is to be: cgroupsPath and the caller's own place. Pure. */
#include <ctype.h>
#include <string.h>

#include "base/own.h"
#include "base/path.h"
#include "cgroup/private.h"

/* Components that are another place than the one they name: "." of a relative path is the
 * caller's own slice. */
static bool has_dots(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n > 0 && n <= 2 && strspn(path, ".") >= n)
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

/* The caller's own cgroup as seen below the mount; NULL if it is not visible there. */
static const char *own_below_mount(const struct host_hierarchy *h)
{
	if (has_dots(h->own))
		return NULL;
	if (strcmp(h->root, "/") == 0)
		return h->own;
	if (!path_is_below(h->own, h->root))
		return NULL;
	return h->own[strlen(h->root)] ? h->own + strlen(h->root) : "/";
}

static const char *parent_of(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? "/" : arena_ndup(a, path, (size_t)(slash - path));
}

/* v2 forbids processes beside sub-cgroups with limits, so there the container goes beside
 * the caller, not below. */
static const char *place(const struct host_hierarchy *h, const char *path, const char *id,
			 struct arena *a)
{
	const char *own = own_below_mount(h);
	bool v2 = !*h->name;

	if (path && *path == '/')
		return path_clean(path, a);
	if (!own)
		return NULL;
	if (v2)
		own = parent_of(own, a);
	return path_clean(arena_printf(a, "%s/%s", own, path && *path ? path : id), a);
}

const char *cgroup_above_own(const struct host_hierarchy *h, struct arena *a)
{
	const char *own = own_below_mount(h);

	return own ? arena_printf(a, "%s%s", h->mount, parent_of(own, a)) : NULL;
}

/* ---- units of systemd ---- */

#define UNIT_NAME_MAX 255
#define SLICE ".slice"

/* What a unit's name may not have is written as systemd-escape does it. */
static void add_escaped(struct text *out, const char *s)
{
	for (; *s; s++)
		if (isalnum((unsigned char)*s) || strchr(":-_.\\@", *s))
			text_addc(out, *s);
		else
			text_printf(out, "\\x%02x", (unsigned char)*s);
}

const char *cgroup_unit_name(const char *prefix, const char *last, struct arena *a)
{
	OWN_TEXT name = { 0 };

	if (!text_ends(last, SLICE)) {
		add_escaped(&name, prefix);
		text_addc(&name, '-');
	}
	add_escaped(&name, last);
	if (!text_ends(last, SLICE))
		text_add(&name, ".scope");
	return arena_dup(a, text_str(&name));
}

/* a-b.slice lies in a.slice: "/a.slice/a-b.slice". "-.slice" is the root: "". */
static const char *expand_slice(const char *slice, struct arena *a, struct err *e)
{
	size_t n = strlen(slice), stem = n - strlen(SLICE);
	OWN_TEXT path = { 0 };

	if (strcmp(slice, "-" SLICE) == 0)
		return "";
	if (!text_ends(slice, SLICE) || strchr(slice, '/')) {
		err_set(e, "invalid slice name: %s", slice);
		return NULL;
	}
	for (size_t i = 0; i <= stem; i++) {
		if (i < stem && slice[i] != '-')
			continue;
		if (i == 0 || slice[i - 1] == '-') {
			err_set(e, "invalid slice name: %s", slice);
			return NULL;
		}
		text_printf(&path, "/%.*s" SLICE, (int)i, slice);
	}
	return arena_dup(a, text_str(&path));
}

/* slice:prefix:name */
static int split_path(struct cgroup_unit *u, const char *path, struct arena *a,
		      struct err *e)
{
	const char *first = strchr(path, ':'),
		   *second = first ? strchr(first + 1, ':') : NULL;

	if (!second || strchr(second + 1, ':'))
		return err_set(e,
			       "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"%s\" instead",
			       path);
	u->parent = arena_ndup(a, path, (size_t)(first - path));
	u->prefix = arena_ndup(a, first + 1, (size_t)(second - first - 1));
	u->last = second + 1;
	return 0;
}

static int name_unit(struct cgroup_unit *u, const char *path, const char *id,
		     struct arena *a, struct err *e)
{
	const char *below;

	u->parent = "";
	u->prefix = "runc";
	u->last = id;
	if (path && *path && split_path(u, path, a, e) < 0)
		return -1;
	u->is_slice = text_ends(u->last, SLICE);
	u->name = cgroup_unit_name(u->prefix, u->last, a);
	if (strlen(u->name) > UNIT_NAME_MAX)
		return err_set(e,
			       "%.64s...: the name of a systemd unit has at most %d characters (a shorter id, or linux.cgroupsPath, makes it shorter)",
			       u->name, UNIT_NAME_MAX);
	u->slice = *u->parent ? u->parent : u->user ? "user" SLICE : "system" SLICE;
	below = expand_slice(u->slice, a, e);
	if (!below)
		return -1;
	/* a slice's own name says where it lies */
	u->path = u->is_slice ? expand_slice(u->name, a, e) :
				arena_printf(a, "%s/%s", below, u->name);
	if (u->path && !*u->path)
		return err_set(e, "linux.cgroupsPath: %s is the root cgroup", path);
	return u->path ? 0 : -1;
}

/* What systemd calls its own on v1; the others it does not know. */
static bool is_systemds(const char *name)
{
	static const char *const names[] = { "name=systemd", "cpu",    "cpuacct",
					     "blkio",        "memory", "devices",
					     "pids" };
	const struct pair one = { name, "" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (cgroup_find_path((struct pairs){ &one, 1 }, names[i]))
			return true;
	return !*name;
}

/* v1: the directories of the unit in each hierarchy. */
static void add_unit_dirs(struct cgroup_plan *p, struct cgroup_dir *dirs,
			  const struct host *h)
{
	for (size_t i = 0; i < h->cgroups.n && i < CGROUP_HIERARCHIES; i++) {
		const struct host_hierarchy *in = &h->cgroups.v[i];

		if (strcmp(in->root, "/") == 0)
			dirs[p->dir_count++] =
				(struct cgroup_dir){ in->name, in->mount, p->unit->path,
						     !p->unit->is_slice &&
							     is_systemds(in->name) };
	}
}

static int plan_unit(struct cgroup_plan *p, const struct spec *s, const struct host *h,
		     const struct cgroup_facts *facts, struct arena *a, struct err *e)
{
	struct cgroup_dir *dirs = arena_new(a, h->cgroups.n, sizeof(*dirs));
	struct cgroup_unit *u = arena_new(a, 1, sizeof(*u));

	if (!h->cgroups.n)
		return err_set(e,
			       "no cgroup hierarchy is mounted where systemd's could be seen");
	if (facts->user && p->mode != CGROUP_V2)
		return err_set(e,
			       "cannot use rootless systemd cgroups manager on cgroup v1");
	u->user = facts->user;
	if (name_unit(u, s->linux->cgroups_path, facts->id, a, e) < 0)
		return -1;
	p->unit = u;
	p->required = true;
	p->dirs = dirs;
	if (p->mode == CGROUP_V2)
		u->mount = h->cgroups.v[0].mount;
	else
		add_unit_dirs(p, dirs, h);
	return 0;
}

/* ---- the plan ---- */

int cgroup_plan(struct cgroup_plan *p, const struct spec *s, const struct host *h,
		const struct cgroup_facts *facts, struct arena *a, struct err *e)
{
	const char *path = s->linux->cgroups_path;
	struct cgroup_dir *dirs = arena_new(a, h->cgroups.n, sizeof(*dirs));

	*p = (struct cgroup_plan){ .mode = h->cgroups.mode, .tolerant = facts->rootless };
	if (facts->systemd)
		return plan_unit(p, s, h, facts, a, e);
	p->leaf = facts->limited && p->mode == CGROUP_V2 &&
		  strcmp(h->cgroups.v[0].own, "/") == 0;
	p->required = path && *path;
	if (path && has_dots(path))
		return err_set(e, "linux.cgroupsPath: %s must not contain . or ..", path);
	for (size_t i = 0; i < h->cgroups.n && i < CGROUP_HIERARCHIES; i++) {
		const struct host_hierarchy *in = &h->cgroups.v[i];
		const char *at = place(in, path, facts->id, a);

		if (!at)
			continue;
		if (strcmp(at, "/") == 0)
			return err_set(e, "linux.cgroupsPath: %s is the root cgroup",
				       path);
		dirs[p->dir_count++] =
			(struct cgroup_dir){ in->name, in->mount, at, false };
	}
	if (p->required && !p->dir_count)
		return err_set(e,
			       "linux.cgroupsPath: no cgroup hierarchy is mounted where %s could be made",
			       path);
	p->dirs = dirs;
	return 0;
}
