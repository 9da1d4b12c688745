/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts and devices, of which kind, from the config alone. Pure. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/own.h"
#include "base/path.h"
#include "kernel/compat.h"
#include "rootfs/rootfs.h"

/* clang-format off */

/* What a user namespace may not mount, and the host path that stands in for it. */
static const struct name substitutes[] = {
	{ "proc",   0 },
	{ "sysfs",  1 },
	{ "mqueue", 2 },
	{ 0 },
};
static const char *const substitute_paths[] = { "/proc", "/sys", "/dev/mqueue" };

static const struct device_plan default_devices[] = {
	{ "/dev/null",    S_IFCHR, 1, 3, 0666 },
	{ "/dev/random",  S_IFCHR, 1, 8, 0666 },
	{ "/dev/full",    S_IFCHR, 1, 7, 0666 },
	{ "/dev/tty",     S_IFCHR, 5, 0, 0666 },
	{ "/dev/zero",    S_IFCHR, 1, 5, 0666 },
	{ "/dev/urandom", S_IFCHR, 1, 9, 0666 },
};

const struct name propagation_words[] = {
	{ "private",     MS_PRIVATE },
	{ "rprivate",    MS_PRIVATE | MS_REC },
	{ "shared",      MS_SHARED },
	{ "rshared",     MS_SHARED | MS_REC },
	{ "slave",       MS_SLAVE },
	{ "rslave",      MS_SLAVE | MS_REC },
	{ "unbindable",  MS_UNBINDABLE },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ 0 },
};

/* clang-format on */

/* Drops gid=N if N is not mapped: devpts would refuse to be mounted at all. */
static const char *drop_unmapped_gid(const char *data, struct spec_idmaps gids,
				     struct arena *a)
{
	OWN_TEXT kept = { 0 };

	while (data && *data) {
		size_t n = strcspn(data, ",");
		const char *option = arena_ndup(a, data, n);
		uint64_t gid;
		bool mapped = true;

		if (text_starts(option, "gid=") && num_dec(option + 4, UINT32_MAX, &gid)) {
			mapped = false;
			for (size_t i = 0; i < gids.n; i++)
				mapped = mapped ||
					 (gid >= gids.v[i].container_id &&
					  gid < (uint64_t)gids.v[i].container_id +
							  gids.v[i].size);
		}
		if (mapped)
			text_printf(&kept, "%s%s", kept.len ? "," : "", option);
		data += n + (data[n] == ',');
	}
	return kept.len ? arena_dup(a, text_str(&kept)) : NULL;
}

static bool has_option(const char *data, const char *start)
{
	while (data && *data) {
		if (text_starts(data, start))
			return true;
		data += strcspn(data, ",");
		data += *data == ',';
	}
	return false;
}

static void plan_new_fs(struct mount_plan *m, const struct rootfs_facts *facts,
			struct arena *a)
{
	int64_t i;

	if (strcmp(m->type, "tmpfs") == 0) {
		m->has_mode = has_option(m->data, "mode=");
		m->read_only_late = m->set & MOUNT_ATTR_RDONLY;
	}
	if (facts->new_userns && strcmp(m->type, "devpts") == 0)
		m->data = drop_unmapped_gid(m->data, facts->gids, a);
	if (facts->userns && names_find(substitutes, m->type, &i))
		m->substitute = substitute_paths[i];
}

/* However it is spelled: on "/dev/" too nodes must not be made in what the user bound. */
static bool is_at_dev(const struct mount_plan *m, struct arena *a)
{
	return strcmp(path_absolute(m->destination, "/", a), "/dev") == 0;
}

/* Would the kernel look up a ".." of this path below root? */
static bool climbs_below(const char *path, const char *root, struct arena *a)
{
	for (const char *up = path; (up = strstr(up, "/..")); up += 3) {
		const char *before = arena_printf(a, "%.*s", (int)(up - path), path);

		if ((up[3] == '/' || !up[3]) && path_is_below(path_clean(before, a), root))
			return true;
	}
	return false;
}

/*
 * An absolute path is the kernel's to read: behind a link, "x/.." is not x's folder.
 * One of the bundle is joined to it and taken by its words, as the Go runc does; so
 * is one that leads through the container's root file system, where links are not
 * to be followed.
 */
static void plan_bind(struct mount_plan *m, const char *root, const char *bundle,
		      struct arena *a)
{
	const char *path = m->source;
	const char *clean = path_absolute(path, bundle, a);

	if (path_is_below(clean, root) && m->idmap == IDMAPPED_NO) {
		m->kind = MOUNT_INSIDE;
		m->source = clean;
	} else {
		m->source = *path != '/' || climbs_below(path, root, a) ? clean : path;
	}
}

static int plan_mount(struct mount_plan *m, const struct spec_mount *in,
		      const struct rootfs_plan *p, const struct rootfs_facts *facts,
		      struct arena *a, struct err *e)
{
	m->destination = in->destination;
	m->type = in->type ? in->type : "";
	m->source = in->source ? in->source : "";
	if (strcmp(m->type, "bind") == 0)
		m->kind = MOUNT_BIND;
	if (rootfs_parse_options(m, in->options, a, e) < 0)
		return err_in(e, "invalid mount %s", in->destination);
	if (in->uid_mappings.n) {
		m->idmap = IDMAPPED_OWN;
		m->uids = in->uid_mappings;
		m->gids = in->gid_mappings;
	}
	if (m->kind == MOUNT_BIND) {
		plan_bind(m, p->path, facts->bundle, a);
	} else if (strcmp(m->type, "cgroup") == 0 || strcmp(m->type, "cgroup2") == 0) {
		m->kind = MOUNT_CGROUP;
	} else {
		plan_new_fs(m, facts, a);
	}
	if (m->kind == MOUNT_NEW && is_at_dev(m, a))
		m->read_only_late = m->set & MOUNT_ATTR_RDONLY;
	if (m->read_only_late)
		m->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	return 0;
}

static int plan_mounts(struct rootfs_plan *p, const struct spec *s,
		       const struct rootfs_facts *facts, struct arena *a, struct err *e)
{
	struct mount_plan *v = arena_new(a, s->mounts.n, sizeof(*v));

	p->make_dev = true;
	for (size_t i = 0; i < s->mounts.n; i++) {
		if (plan_mount(&v[i], &s->mounts.v[i], p, facts, a, e) < 0)
			return -1;
		/* what the user binds to /dev is the user's business */
		if (is_at_dev(&v[i], a))
			p->make_dev = v[i].kind != MOUNT_BIND && v[i].kind != MOUNT_INSIDE;
	}
	p->mounts = v;
	p->mount_count = s->mounts.n;
	return 0;
}

static mode_t device_type(char c)
{
	return c == 'b' ? S_IFBLK : c == 'p' ? S_IFIFO : S_IFCHR;
}

/* Default nodes first, each replaced by the config's own of the same path. */
static void plan_devices(struct rootfs_plan *p, const struct spec *s,
			 const struct rootfs_facts *facts, struct arena *a)
{
	size_t max = COUNT(default_devices) + s->linux->devices.n, n = 0;
	struct device_plan *v = arena_new(a, max, sizeof(*v));

	if (!p->make_dev)
		return;
	for (size_t i = 0; i < COUNT(default_devices); i++)
		v[n++] = default_devices[i];
	for (size_t i = 0; i < s->linux->devices.n; i++) {
		const struct spec_device *in = &s->linux->devices.v[i];
		const char *path = path_absolute(in->path, "/", a);
		size_t at = 0;

		/* always a link to the container's own pts/ptmx */
		if (strcmp(path, "/dev/ptmx") == 0)
			continue;
		while (at < n && strcmp(v[at].path, path) != 0)
			at++;
		v[at] = (struct device_plan){
			.path = path,
			.type = device_type(*in->type),
			.major = (unsigned int)in->major,
			.minor = (unsigned int)in->minor,
			.mode = in->file_mode ? *in->file_mode & 07777 : 0666,
			.uid = in->uid ? *in->uid : 0,
			.gid = in->gid ? *in->gid : 0,
		};
		n += at == n;
	}
	for (size_t i = 0; i < n; i++)
		v[i].from_host = facts->userns && v[i].type != S_IFIFO;
	p->devices = v;
	p->device_count = n;
}

static int plan_propagation(struct rootfs_plan *p, const struct spec *s, struct err *e)
{
	const char *word = s->linux->rootfs_propagation;
	int64_t bits = MS_SLAVE | MS_REC;

	if (word && *word && !names_find(propagation_words, word, &bits))
		return err_set(e, "rootfsPropagation=%s is not supported", word);
	p->propagation = (uint64_t)bits;
	if (p->no_pivot && (bits & MS_PRIVATE))
		return err_set(e,
			       "rootfsPropagation of [r]private is not safe without pivot_root");
	if (bits & (MS_SHARED | MS_UNBINDABLE))
		p->root_propagation = (uint64_t)bits;
	/* nothing below an unbindable "/" could be bound, so that comes at last */
	if (bits & MS_UNBINDABLE)
		p->propagation = MS_SLAVE | MS_REC;
	return 0;
}

int rootfs_plan(struct rootfs_plan *p, const struct spec *s,
		const struct rootfs_facts *facts, struct arena *a, struct err *e)
{
	p->path = facts->rootfs;
	p->mount_namespace = spec_namespace(s, NS_MOUNT);
	p->read_only = s->root->readonly;
	p->no_pivot = facts->no_pivot;
	p->masked = s->linux->masked_paths;
	p->read_only_paths = s->linux->readonly_paths;
	p->mount_label = s->linux->mount_label && *s->linux->mount_label ?
				 s->linux->mount_label :
				 NULL;
	if (plan_propagation(p, s, e) < 0 || plan_mounts(p, s, facts, a, e) < 0)
		return -1;
	plan_devices(p, s, facts, a);
	return 0;
}
