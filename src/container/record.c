/* SPDX-License-Identifier: Apache-2.0 */
/* What state.json will say.                                            Runs: host */
#include <stdio.h>
#include <time.h>

#include "container/create.h"
#include "spec/spec.h"

static const char *now_rfc3339(struct arena *a)
{
	struct timespec now;
	struct tm tm;
	char nano[12];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = (size_t)snprintf(nano, sizeof(nano), ".%09ld", now.tv_nsec);
	while (nano[n - 1] == '0')
		nano[--n] = '\0';
	if (n == 1)
		nano[0] = '\0';
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", tm.tm_year + 1900,
			    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			    nano);
}

static struct strings make_labels(const struct plan *p, struct arena *a)
{
	const struct pairs *in = &p->spec->annotations;
	char **v = arena_new(a, in->n + 2, sizeof(*v));

	for (size_t i = 0; i < in->n; i++)
		v[i] = arena_printf(a, "%s=%s", in->v[i].key, in->v[i].value);
	v[in->n] = arena_printf(a, "bundle=%s", p->bundle);
	return (struct strings){ v, in->n + 1 };
}

/* All cgroups that will be tried: which of them come to exist nobody can tell if we die
 * on the way. */
static struct pairs planned_cgroups(const struct launch *l)
{
	const struct cgroup_plan *p = &l->plan->cgroup;
	struct pair *v = arena_new(l->arena, p->dir_count, sizeof(*v));

	for (size_t i = 0; i < p->dir_count; i++)
		v[i] = (struct pair){ p->dirs[i].name,
				      arena_printf(l->arena, "%s%s", p->dirs[i].mount,
						   p->dirs[i].path) };
	return (struct pairs){ v, p->dir_count };
}

void claim_record(struct launch *l)
{
	const struct plan *p = l->plan;
	const struct spec_linux *linux = p->spec->linux;
	struct record_config *c = arena_new(l->arena, 1, sizeof(*c));
	struct record_cgroups *cgroups = arena_new(l->arena, 1, sizeof(*cgroups));
	struct record_namespace *ns =
		arena_new(l->arena, linux->namespaces.n, sizeof(*ns));

	for (size_t i = 0; i < linux->namespaces.n; i++) {
		ns[i].type = ns_kinds[linux->namespaces.v[i].type].record;
		ns[i].path = linux->namespaces.v[i].path;
	}
	cgroups->path = linux->cgroups_path;
	cgroups->systemd = l->context->systemd_cgroup;
	cgroups->rootless = p->rootless_cgroups;
	*c = (struct record_config){
		.no_pivot_root = p->rootfs.no_pivot,
		.rootfs = p->rootfs.path,
		.readonlyfs = p->rootfs.read_only,
		.namespaces = { ns, linux->namespaces.n },
		.cgroups = cgroups,
		.version = SPEC_VERSION,
		.labels = make_labels(p, l->arena),
		.no_new_keyring = !p->new_keyring,
		.rootless_euid = p->rootless_euid,
		.rootless_cgroups = p->rootless_cgroups,
	};
	l->record = (struct record){
		.id = p->id,
		.cgroup_paths = planned_cgroups(l),
		.created = "",
		.config = c,
		.rootless = p->rootless_euid && p->rootless_cgroups,
		.host_mounts = rootfs_mounts_on_host(&p->rootfs),
	};
}

static struct pairs namespace_paths(const struct launch *l)
{
	struct pair *v = arena_new(l->arena, NS_TYPES, sizeof(*v));

	for (int i = 0; i < NS_TYPES; i++)
		v[i] = (struct pair){ ns_kinds[i].record,
				      arena_printf(l->arena, "/proc/%d/ns/%s", l->pid,
						   ns_kinds[i].file) };
	return (struct pairs){ v, NS_TYPES };
}

void ready_record(struct launch *l, uint64_t start)
{
	l->record.pid = l->pid;
	l->record.start = start;
	l->record.created = now_rfc3339(l->arena);
	l->record.namespace_paths = namespace_paths(l);
}
