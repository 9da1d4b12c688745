/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.json: the Go runc's own keys, as far as others read them (cAdvisor:
 * cgroup_paths, init_process_pid) or we do, so that a container which the Go
 * runc made is still ours to list, kill and delete after an upgrade in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/io.h"
#include "base/own.h"
#include "store/store.h"

#define RECORD_MAX (16u << 20)

/* clang-format off */

static const struct table namespace_table = { sizeof(struct record_namespace), (const struct field[]) {
	{ "type", F_STR(record_namespace, type), .need = true },
	{ "path", F_STR(record_namespace, path), .show = true },
	{ 0 } } };

static const struct table cgroups_table = { sizeof(struct record_cgroups), (const struct field[]) {
	{ "path",     F_STR(record_cgroups, path) },
	{ "Systemd",  F_BOOL(record_cgroups, systemd), .show = true },
	{ "Rootless", F_BOOL(record_cgroups, rootless), .show = true },
	{ 0 } } };

static const struct table config_table = { sizeof(struct record_config), (const struct field[]) {
	{ "no_pivot_root",    F_BOOL(record_config, no_pivot_root), .show = true },
	{ "rootfs",           F_STR(record_config, rootfs), .need = true },
	{ "readonlyfs",       F_BOOL(record_config, readonlyfs), .show = true },
	{ "namespaces",       F_LIST(record_config, namespaces, record_namespace, &namespace_table), .show = true },
	{ "cgroups",          F_OBJ(record_config, cgroups, record_cgroups, &cgroups_table) },
	{ "version",          F_STR(record_config, version), .show = true },
	{ "labels",           F_STRS(record_config, labels), .show = true },
	{ "no_new_keyring",   F_BOOL(record_config, no_new_keyring), .show = true },
	{ "rootless_euid",    F_BOOL(record_config, rootless_euid) },
	{ "rootless_cgroups", F_BOOL(record_config, rootless_cgroups) },
	{ 0 } } };

const struct table record_table = { sizeof(struct record), (const struct field[]) {
	{ "id",                   F_STR(record, id), .need = true },
	{ "init_process_pid",     F_I32(record, pid), .need = true },
	{ "init_process_start",   F_U64(record, start), .need = true },
	{ "created",              F_STR(record, created), .need = true },
	{ "config",               F_OBJ(record, config, record_config, &config_table), .need = true },
	{ "rootless",             F_BOOL(record, rootless) },
	{ "cgroup_paths",         F_PAIRS(record, cgroup_paths), .show = true },
	{ "namespace_paths",      F_PAIRS(record, namespace_paths), .show = true },
	{ "external_descriptors", F_STRS(record, external_descriptors) },
	{ "org.runc.mountBefore", F_U64(record, mount_before) },
	{ "org.runc.keyring",     F_STR(record, keyring) },
	{ "org.runc.annotations", F_PAIRS(record, annotations) },
	{ 0 } } };

/* clang-format on */

int store_save(int dir, const char *file, const struct record *r, struct err *e)
{
	OWN_TEXT text = { 0 };

	json_print(&text, &record_table, r, NULL);
	return io_replace_at(dir, file, 0600, text_str(&text), text.len, e);
}

/* Whoever could write here could make us signal and remove: believe nothing out of range
 * (I5, J3). */
static int check(const char *file, const struct record *r, struct err *e)
{
	if (store_check_id(r->id, e) < 0)
		return err_in(e, "%s", file);
	if (r->pid < 0)
		return err_set(e, "%s: init_process_pid: %d is not a pid", file, r->pid);
	for (size_t i = 0; i < r->cgroup_paths.n; i++) {
		const char *path = r->cgroup_paths.v[i].value;

		if (*path != '/' || strstr(path, "/../") || text_ends(path, "/.."))
			return err_set(e, "%s: cgroup_paths: %s is not a cgroup", file,
				       path);
	}
	return 0;
}

int store_load(int dir, const char *file, struct record *r, struct arena *a, struct err *e)
{
	OWN_TEXT text = { 0 };

	*r = (struct record){ 0 };
	if (io_read_at(dir, file, RECORD_MAX, &text) < 0) {
		if (errno == ENOENT)
			return 0;
		return err_sys(e, "read %s", file);
	}
	if (json_load(file, text_str(&text), text.len, &record_table, r, a, e) < 0 ||
	    check(file, r, e) < 0)
		return -1;
	return 1;
}

const char *record_label(const struct record *r, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < r->config->labels.n; i++)
		if (text_starts(r->config->labels.v[i], key) &&
		    r->config->labels.v[i][n] == '=')
			return r->config->labels.v[i] + n + 1;
	return NULL;
}

struct pairs record_annotations(const struct record *r, struct arena *a)
{
	const struct strings *labels = &r->config->labels;
	struct pair *v = arena_new(a, labels->n, sizeof(*v));
	size_t n = 0;

	if (r->annotations.v)
		return r->annotations;
	/* a container of the Go runc */
	for (size_t i = 0; i < labels->n; i++) {
		size_t key = strcspn(labels->v[i], "=");

		if (!labels->v[i][key] || text_starts(labels->v[i], "bundle="))
			continue;
		v[n++] = (struct pair){ arena_ndup(a, labels->v[i], key),
					labels->v[i] + key + 1 };
	}
	return (struct pairs){ v, n };
}
