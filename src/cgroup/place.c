/* SPDX-License-Identifier: Apache-2.0 */
/* Where the cgroup is to be: cgroupsPath and the caller's own place. Pure. */
#include <string.h>

#include "base/path.h"
#include "cgroup/cgroup.h"

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

int cgroup_plan(struct cgroup_plan *p, const struct spec *s, const struct host *h,
		const struct cgroup_facts *facts, struct arena *a, struct err *e)
{
	const char *path = s->linux->cgroups_path;
	struct cgroup_dir *dirs = arena_new(a, h->cgroups.n, sizeof(*dirs));

	p->mode = h->cgroups.mode;
	p->required = path && *path;
	p->tolerant = facts->rootless;
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
		dirs[p->dir_count++] = (struct cgroup_dir){ in->name, in->mount, at };
	}
	if (p->required && !p->dir_count)
		return err_set(e,
			       "linux.cgroupsPath: no cgroup hierarchy is mounted where %s could be made",
			       path);
	p->dirs = dirs;
	return 0;
}
