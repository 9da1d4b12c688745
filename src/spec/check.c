/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that types cannot say, in the order in which the Go runc finds them.
 * Texts that clients match are kept (contract of the runtime); the others name
 * the path, the value and what would be right.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/own.h"
#include "spec/spec.h"

#define ID_MAX                                                                           \
	0xfffffffeu /* (uid_t)-1 means "leave it", which is root: CVE-2026-30892's class \
		     */

/* ---- process ---- */

static int check_env(const struct spec_process *p, struct err *e)
{
	for (size_t i = 0; i < p->env.n; i++) {
		const char *eq = strchr(p->env.v[i], '=');

		/* the value stays out of the text: it may be a secret */
		if (!eq)
			return err_set(e,
				       "process.env[%zu]: invalid environment variable: missing '='",
				       i);
		if (eq == p->env.v[i])
			return err_set(e,
				       "process.env[%zu]: invalid environment variable: name cannot be empty",
				       i);
	}
	return 0;
}

static int check_user(const struct spec_user *u, struct err *e)
{
	if (u->uid > ID_MAX)
		return err_set(e,
			       "process.user.uid: %u is not a user id: expected 0 to %u",
			       u->uid, ID_MAX);
	if (u->gid > ID_MAX)
		return err_set(e,
			       "process.user.gid: %u is not a group id: expected 0 to %u",
			       u->gid, ID_MAX);
	if (u->umask && *u->umask > 0777)
		return err_set(e, "process.user.umask: %u is larger than 0777 (511)",
			       *u->umask);
	for (size_t i = 0; i < u->additional_gids.n; i++)
		if (u->additional_gids.v[i] > ID_MAX)
			return err_set(e,
				       "process.user.additionalGids[%zu]: %u is not a group id",
				       i, u->additional_gids.v[i]);
	return 0;
}

int spec_check_process(const struct spec_process *p, struct err *e)
{
	if (!p->cwd || !*p->cwd)
		return err_set(e, "Cwd property must not be empty");
	if (*p->cwd != '/')
		return err_set(e, "Cwd must be an absolute path");
	if (p->args.n == 0)
		return err_set(e, "args must not be empty");
	if (p->console_size &&
	    (p->console_size->height > UINT16_MAX || p->console_size->width > UINT16_MAX))
		return err_set(e, "process.consoleSize: larger than 65535");
	if (p->oom_score_adj && (*p->oom_score_adj < -1000 || *p->oom_score_adj > 1000))
		return err_set(e, "process.oomScoreAdj: %d is not from -1000 to 1000",
			       *p->oom_score_adj);
	return check_user(p->user, e) < 0 ? -1 : check_env(p, e);
}

/* ---- namespaces and ids ---- */

static int check_namespaces(const struct spec *s, struct err *e)
{
	bool seen[NS_TYPES] = { false };

	for (size_t i = 0; i < s->linux->namespaces.n; i++) {
		const struct spec_namespace *ns = &s->linux->namespaces.v[i];
		const char *path = ns->path ? ns->path : "";

		if (seen[ns->type])
			return err_set(e, "malformed spec file: duplicated ns \"{%s %s}\"",
				       names_word(ns_words, ns->type), path);
		seen[ns->type] = true;
		if (*path && *path != '/')
			return err_set(e, "linux.namespaces[%zu].path: %s is not absolute",
				       i, path);
	}
	return 0;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return (uint64_t)a < (uint64_t)b + b_size && (uint64_t)b < (uint64_t)a + a_size;
}

#define MAP_LINES_MAX 340 /* the kernel's UID_GID_MAP_MAX_EXTENTS */

static int check_idmap(const char *where, struct spec_idmaps list, struct err *e)
{
	if (list.n > MAP_LINES_MAX)
		return err_set(e, "%s: more than %d mappings", where, MAP_LINES_MAX);
	for (size_t i = 0; i < list.n; i++) {
		const struct spec_idmap *m = &list.v[i];

		if (m->size == 0)
			return err_set(e, "%s[%zu].size: 0 maps nothing", where, i);
		if ((uint64_t)m->container_id + m->size > (uint64_t)ID_MAX + 1 ||
		    (uint64_t)m->host_id + m->size > (uint64_t)ID_MAX + 1)
			return err_set(e, "%s[%zu]: goes beyond id %u", where, i, ID_MAX);
		for (size_t k = 0; k < i; k++)
			if (overlap(m->container_id, m->size, list.v[k].container_id,
				    list.v[k].size) ||
			    overlap(m->host_id, m->size, list.v[k].host_id,
				    list.v[k].size))
				return err_set(e, "%s[%zu]: overlaps with %s[%zu]", where,
					       i, where, k);
	}
	return 0;
}

static bool maps_root(struct spec_idmaps list)
{
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].container_id == 0)
			return true;
	return false;
}

static int check_userns(const struct spec *s, struct err *e)
{
	const struct spec_namespace *user = spec_namespace(s, NS_USER);
	struct spec_idmaps uids = s->linux->uid_mappings, gids = s->linux->gid_mappings;
	bool joined = user && user->path && *user->path;

	if (check_idmap("linux.uidMappings", uids, e) < 0 ||
	    check_idmap("linux.gidMappings", gids, e) < 0)
		return -1;
	if (!user && (uids.n || gids.n))
		return err_set(e,
			       "user namespace mappings specified, but user namespace isn't enabled in the config");
	if (!user || joined)
		return 0;
	if (!uids.n && !gids.n)
		return err_set(e,
			       "user namespaces enabled, but no namespace path to join nor mappings to apply specified");
	if (!uids.n || !maps_root(uids))
		return err_set(e, "user namespaces enabled, but no %s found%s",
			       uids.n ? "mapping" : "uid mappings",
			       uids.n ? " for uid 0" : "");
	if (!gids.n || !maps_root(gids))
		return err_set(e, "user namespaces enabled, but no %s found%s",
			       gids.n ? "mapping" : "gid mappings",
			       gids.n ? " for gid 0" : "");
	return 0;
}

static int check_time(const struct spec *s, struct err *e)
{
	const struct spec_namespace *time = spec_namespace(s, NS_TIME);

	for (size_t i = 0; i < s->linux->time_offsets.n; i++) {
		const struct spec_time_offset *t = &s->linux->time_offsets.v[i];

		if (strcmp(t->clock, "monotonic") != 0 &&
		    strcmp(t->clock, "boottime") != 0)
			return err_set(e,
				       "linux.timeOffsets.%s: unknown clock: expected monotonic or boottime",
				       t->clock);
		if (t->nanosecs >= 1000000000)
			return err_set(e,
				       "linux.timeOffsets.%s.nanosecs: %u is a second or more",
				       t->clock, t->nanosecs);
	}
	if (!s->linux->time_offsets.n)
		return 0;
	if (!time)
		return err_set(e,
			       "time namespace offsets specified, but time namespace isn't enabled in the config");
	if (time->path && *time->path)
		return err_set(e,
			       "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");
	return 0;
}

static int check_names(const struct spec *s, struct err *e)
{
	bool uts = spec_namespace(s, NS_UTS);
	bool has_hostname = s->hostname && *s->hostname,
	     has_domain = s->domainname && *s->domainname;

	if (has_hostname && !uts)
		return err_set(e,
			       "unable to set hostname without a private UTS namespace");
	if (has_domain && !uts)
		return err_set(e,
			       "unable to set domainname without a private UTS namespace");
	if ((has_hostname && strlen(s->hostname) > 64) ||
	    (has_domain && strlen(s->domainname) > 64))
		return err_set(e, "%s: longer than the kernel's 64 characters",
			       has_hostname && strlen(s->hostname) > 64 ? "hostname" :
									  "domainname");
	return 0;
}

static bool net_device_name_ok(const char *name)
{
	return *name && strlen(name) < 16 && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && !strpbrk(name, "/: \t\n");
}

static int check_net_devices(const struct spec *s, struct err *e)
{
	if (s->linux->net_devices.n && !spec_namespace(s, NS_NETWORK))
		return err_set(e,
			       "unable to move network devices without a NET namespace");
	for (size_t i = 0; i < s->linux->net_devices.n; i++) {
		const struct spec_net_device *d = &s->linux->net_devices.v[i];

		if (!net_device_name_ok(d->key))
			return err_set(e,
				       "linux.netDevices: invalid network device name \"%s\"",
				       d->key);
		if (d->name && *d->name && !net_device_name_ok(d->name))
			return err_set(e,
				       "linux.netDevices.%s.name: invalid network device name \"%s\"",
				       d->key, d->name);
	}
	return 0;
}

/* ---- files ---- */

static bool has_option(const struct spec_mount *m, const char *option)
{
	for (size_t i = 0; i < m->options.n; i++)
		if (strcmp(m->options.v[i], option) == 0)
			return true;
	return false;
}

static int check_mount(const struct spec_mount *m, size_t i, struct err *e)
{
	bool bind = has_option(m, "bind") || has_option(m, "rbind") ||
		    (m->type && strcmp(m->type, "bind") == 0);
	bool mapped = m->uid_mappings.n || m->gid_mappings.n;
	bool idmap = mapped || has_option(m, "idmap") || has_option(m, "ridmap");
	char where[48];

	snprintf(where, sizeof(where), "mounts[%zu].uidMappings", i);
	if (!*m->destination)
		return err_set(e, "mounts[%zu].destination: must not be empty", i);
	if (*m->destination != '/')
		log_warning("mount destination %s is not absolute. Support for non-absolute mount destinations will be removed in a future release.",
			    m->destination);
	if (idmap && !bind)
		return err_set(e,
			       "mounts[%zu]: id-mapped mounts are only supported for bind-mounts",
			       i);
	if (mapped && (!m->uid_mappings.n || !m->gid_mappings.n))
		return err_set(e,
			       "mounts[%zu]: id-mapped mounts must have both uid and gid mappings specified",
			       i);
	if (bind && (!m->source || !*m->source))
		return err_set(e, "mounts[%zu].source: a bind mount needs one", i);
	if (!bind && (!m->type || !*m->type))
		return err_set(e, "mounts[%zu].type: missing (or \"bind\" in options)", i);
	if (check_idmap(where, m->uid_mappings, e) < 0)
		return -1;
	memcpy(where + strlen(where) - strlen("uidMappings"), "gid", 3);
	return check_idmap(where, m->gid_mappings, e);
}

/* Engines copy st_mode from a device of the host, so its file type may be there, too. */
static bool is_mode_of(uint32_t mode, char type)
{
	uint32_t format = type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;

	return (mode & ~07777U) == 0 || (mode & ~07777U) == format;
}

static int check_devices(const struct spec *s, struct err *e)
{
	for (size_t i = 0; i < s->linux->devices.n; i++) {
		const struct spec_device *d = &s->linux->devices.v[i];

		if (*d->path != '/')
			return err_set(e, "linux.devices[%zu].path: %s is not absolute",
				       i, d->path);
		if (strlen(d->type) != 1 || !strchr("cbup", *d->type))
			return err_set(e,
				       "linux.devices[%zu].type: invalid device type \"%s\": expected c, b, u or p",
				       i, d->type);
		if (d->major < 0 || d->minor < 0 || d->major > 0xfff || d->minor > 0xfffff)
			return err_set(e, "linux.devices[%zu]: there is no device %jd:%jd",
				       i, (intmax_t)d->major, (intmax_t)d->minor);
		if (d->file_mode && !is_mode_of(*d->file_mode, *d->type))
			return err_set(e,
				       "linux.devices[%zu].fileMode: %u (0%o) has more than 07777 and the type of a \"%s\"",
				       i, *d->file_mode, *d->file_mode, d->type);
		if ((d->uid && *d->uid > ID_MAX) || (d->gid && *d->gid > ID_MAX))
			return err_set(e, "linux.devices[%zu]: uid or gid beyond %u", i,
				       ID_MAX);
	}
	return 0;
}

static int check_files(const struct spec *s, struct err *e)
{
	bool hides = s->linux->masked_paths.n || s->linux->readonly_paths.n;

	if (hides && !spec_namespace(s, NS_MOUNT))
		return err_set(e,
			       "unable to restrict sys entries without a private MNT namespace");
	for (size_t i = 0; i < s->mounts.n; i++)
		if (check_mount(&s->mounts.v[i], i, e) < 0)
			return -1;
	return check_devices(s, e);
}

static int check_hooks(const struct spec *s, struct err *e)
{
	for (int kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < s->hooks->of[kind].list.n; i++) {
			const struct spec_hook *h = &s->hooks->of[kind].list.v[i];
			const char *word = names_word(hook_words, kind);

			if (*h->path != '/')
				return err_set(e, "hooks.%s[%zu].path: %s is not absolute",
					       word, i, h->path);
			if (h->timeout &&
			    (*h->timeout < 1 || *h->timeout > INT32_MAX / 1000))
				return err_set(e,
					       "hooks.%s[%zu].timeout: expected 1 to %d seconds",
					       word, i, INT32_MAX / 1000);
		}
	return 0;
}

/* ---- resources: what the schema's patterns say ---- */

static bool page_size_ok(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return *s >= '1' && *s <= '9' && strchr("KMG", s[digits]) && s[digits] &&
	       strcmp(s + digits + 1, "B") == 0;
}

int spec_check_resources(const struct spec_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++)
		if (!page_size_ok(r->hugepage_limits.v[i].page_size))
			return err_set(e,
				       "linux.resources.hugepageLimits[%zu].pageSize: \"%s\" is not like 64KB, 2MB or 1GB",
				       i, r->hugepage_limits.v[i].page_size);
	for (size_t i = 0; i < r->devices.n; i++) {
		const struct spec_device_rule *d = &r->devices.v[i];

		if (d->type && *d->type &&
		    (strlen(d->type) != 1 || !strchr("abc", *d->type)))
			return err_set(e,
				       "linux.resources.devices[%zu].type: invalid cgroup device type \"%s\"",
				       i, d->type);
		if (!d->access || !*d->access)
			return err_set(e, "device access at %zu field cannot be empty", i);
		if (d->access[strspn(d->access, "rwm")])
			return err_set(e,
				       "linux.resources.devices[%zu].access: \"%s\" is not made of r, w and m",
				       i, d->access);
	}
	if (r->memory && (r->memory->kernel || r->memory->kernel_tcp))
		log_warning("Kernel memory settings are ignored and will be removed");
	return 0;
}

int spec_check_patterns(const struct spec *s, struct err *e)
{
	const struct spec_resources *r = s->linux->resources;

	return r ? spec_check_resources(r, e) : 0;
}

int spec_check(const struct spec *s, struct err *e)
{
	static int (*const rules[])(const struct spec *, struct err *) = {
		check_namespaces, check_names, check_net_devices, check_files,
		check_userns,     check_time,  check_hooks,
	};

	if (!s->process)
		return err_set(e, "process property must not be empty");
	if (spec_check_process(s->process, e) < 0)
		return -1;
	if (!s->root)
		return err_set(e, "root must be specified");
	if (!*s->root->path)
		return err_set(e, "root.path: must not be empty");
	for (size_t i = 0; i < COUNT(rules); i++)
		if (rules[i](s, e) < 0)
			return -1;
	return 0;
}
