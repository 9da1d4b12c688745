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

static const struct table weight_table = { sizeof(struct record_weight), (const struct field[]) {
	{ "major",      F_I64(record_weight, major), .show = true },
	{ "minor",      F_I64(record_weight, minor), .show = true },
	{ "weight",     F_OPT_U16(record_weight, weight) },
	{ "leafWeight", F_OPT_U16(record_weight, leaf_weight) },
	{ 0 } } };

static const struct table throttle_table = { sizeof(struct record_throttle), (const struct field[]) {
	{ "major", F_I64(record_throttle, major), .show = true },
	{ "minor", F_I64(record_throttle, minor), .show = true },
	{ "rate",  F_U64(record_throttle, rate),  .show = true },
	{ 0 } } };

static const struct table hugepage_table = { sizeof(struct record_hugepage), (const struct field[]) {
	{ "page_size", F_STR(record_hugepage, page_size), .need = true },
	{ "limit",     F_U64(record_hugepage, limit), .show = true },
	{ 0 } } };

static const struct table priority_table = { sizeof(struct record_priority), (const struct field[]) {
	{ "interface", F_STR(record_priority, interface), .need = true },
	{ "priority",  F_I64(record_priority, priority), .show = true },
	{ 0 } } };

static const struct table rdma_table = { sizeof(struct record_rdma), (const struct field[]) {
	{ "hca_handles", F_OPT_U32(record_rdma, hca_handles) },
	{ "hca_objects", F_OPT_U32(record_rdma, hca_objects) },
	{ 0 } } };

#define L(m) limits.m
#define THROTTLE(m) F_LIST(record_cgroups, L(m), record_throttle, &throttle_table)
static const struct table cgroups_table = { sizeof(struct record_cgroups), (const struct field[]) {
	{ "name",         F_STR(record_cgroups, name) },
	{ "parent",       F_STR(record_cgroups, parent) },
	{ "path",         F_STR(record_cgroups, path) },
	{ "scope_prefix", F_STR(record_cgroups, scope_prefix) },
	{ "memory",              F_I64(record_cgroups, L(memory)) },
	{ "memory_reservation",  F_I64(record_cgroups, L(memory_reservation)) },
	{ "memory_swap",         F_I64(record_cgroups, L(memory_swap)) },
	{ "cpu_shares",          F_U64(record_cgroups, L(cpu_shares)) },
	{ "cpu_quota",           F_I64(record_cgroups, L(cpu_quota)) },
	{ "cpu_burst",           F_OPT_U64(record_cgroups, L(cpu_burst)) },
	{ "cpu_period",          F_U64(record_cgroups, L(cpu_period)) },
	{ "cpu_rt_quota",        F_I64(record_cgroups, L(cpu_rt_quota)) },
	{ "cpu_rt_period",       F_U64(record_cgroups, L(cpu_rt_period)) },
	{ "cpuset_cpus",         F_STR(record_cgroups, L(cpus)) },
	{ "cpuset_mems",         F_STR(record_cgroups, L(mems)) },
	{ "cpu_idle",            F_OPT_I64(record_cgroups, L(cpu_idle)) },
	{ "pids_limit",          F_OPT_I64(record_cgroups, L(pids_limit)) },
	{ "blkio_weight",        F_OPT_U16(record_cgroups, L(blkio_weight)) },
	{ "blkio_leaf_weight",   F_OPT_U16(record_cgroups, L(blkio_leaf_weight)) },
	{ "blkio_weight_device", F_LIST(record_cgroups, L(blkio_weight_device), record_weight, &weight_table) },
	{ "blkio_throttle_read_bps_device",   THROTTLE(blkio_read_bps) },
	{ "blkio_throttle_write_bps_device",  THROTTLE(blkio_write_bps) },
	{ "blkio_throttle_read_iops_device",  THROTTLE(blkio_read_iops) },
	{ "blkio_throttle_write_iops_device", THROTTLE(blkio_write_iops) },
	{ "hugetlb_limit",       F_LIST(record_cgroups, L(hugetlb), record_hugepage, &hugepage_table) },
	{ "oom_kill_disable",    F_BOOL(record_cgroups, L(oom_kill_disable)) },
	{ "memory_swappiness",   F_OPT_U64(record_cgroups, L(swappiness)) },
	{ "net_prio_ifpriomap",  F_LIST(record_cgroups, L(priorities), record_priority, &priority_table) },
	{ "net_cls_classid_u",   F_OPT_U32(record_cgroups, L(class_id)) },
	{ "rdma",                F_MAP(record_cgroups, L(rdma), record_rdma, &rdma_table) },
	{ "cpu_weight",          F_U64(record_cgroups, L(cpu_weight)) },
	{ "unified",             F_PAIRS(record_cgroups, L(unified)) },
	{ "memory_check_before_update", F_BOOL(record_cgroups, L(check_before_update)) },
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

static const struct table net_table = { sizeof(struct record_net), (const struct field[]) {
	{ "pid",     F_I32(record_net, pid), .need = true },
	{ "start",   F_U64(record_net, start), .need = true },
	{ "mode",    F_STR(record_net, mode), .need = true },
	{ "backend", F_STR(record_net, backend), .need = true },
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
	{ "org.runc.cgroupInode", F_U64(record, cgroup_inode) },
	{ "org.runc.keyring",     F_STR(record, keyring) },
	{ "org.runc.annotations", F_PAIRS(record, annotations) },
	{ "org.runc.net",         F_OBJ(record, net, record_net, &net_table) },
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
	if (r->net && r->net->pid <= 0)
		return err_set(e, "%s: org.runc.net.pid: %d is not a pid", file,
			       r->net->pid);
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
