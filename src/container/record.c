/* SPDX-License-Identifier: Apache-2.0 */
/* What state.json will say.                                            Runs: host */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "container/create.h"
#include "container/update.h"
#include "spec/spec.h"

/* With the nanoseconds that matter, as Go prints a time. */
static const char *now_rfc3339(struct arena *a)
{
	OWN_TEXT text = { 0 };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_print_utc(now.tv_sec, &text);
	text_printf(&text, ".%09ld", now.tv_nsec);
	while (text.s[text.len - 1] == '0')
		text_cut(&text, text.len - 1);
	if (text.s[text.len - 1] == '.')
		text_cut(&text, text.len - 1);
	text_addc(&text, 'Z');
	return arena_dup(a, text_str(&text));
}

/* "bundle" is the runtime's own label: an annotation of that name must not be taken for it. */
static struct strings make_labels(const struct plan *p, struct arena *a)
{
	const struct pairs *in = &p->spec->annotations;
	char **v = arena_new(a, in->n + 2, sizeof(*v));
	size_t n = 0;

	v[n++] = arena_printf(a, "bundle=%s", p->bundle);
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->v[i].key, "bundle") != 0)
			v[n++] = arena_printf(a, "%s=%s", in->v[i].key, in->v[i].value);
	return (struct strings){ v, n };
}

/* Not to be guessed: a name that another container made first would be joined, and shared
 * with it. */
static const char *keyring_name(const struct plan *p, struct arena *a)
{
	uint64_t chance = 0;

	if (!p->new_keyring || getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		return NULL;
	return arena_printf(a, "_ses.%s-%016jx", p->id, (uintmax_t)chance);
}

/* All cgroups that will be tried: which of them come to exist nobody can tell if we die
 * on the way. */
static struct pairs planned_cgroups(const struct launch *l)
{
	const struct cgroup_plan *p = &l->plan->cgroup;
	const struct cgroup_unit *u = p->unit;
	struct pair *v = arena_new(l->arena, p->dir_count + 1, sizeof(*v));

	/* v2: a scope goes with the init that died with us; a slice of the machine's does
	 * not, and lies where it is named */
	if (p->mode == CGROUP_V2 && u && u->is_slice && !u->user) {
		v[0] = (struct pair){ "",
				      arena_printf(l->arena, "%s%s", u->mount, u->path) };
		return (struct pairs){ v, 1 };
	}

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
	if (p->cgroup.unit) {
		cgroups->path = NULL;
		cgroups->name = p->cgroup.unit->last;
		cgroups->parent = p->cgroup.unit->parent;
		cgroups->scope_prefix = p->cgroup.unit->prefix;
		cgroups->systemd = true;
	}
	cgroups->rootless = p->rootless_cgroups;
	limits_to_record(&cgroups->limits, linux->resources, l->arena);
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
		.keyring = keyring_name(p, l->arena),
		.annotations = p->spec->annotations,
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
