/* SPDX-License-Identifier: Apache-2.0 */
/* features: the tables of all rooms, printed. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "config.h"
#include "container/container.h"
#include "container/plan.h"

/* clang-format off */

struct seccomp_features { bool enabled; struct strings actions, operators, archs, known, supported; };
struct cgroup_features { bool v1, v2, systemd, systemd_user, rdma; };
struct switch_feature { bool enabled; };
struct policy_features { struct strings modes, flags; };
struct mount_features { const struct switch_feature *idmap; };
struct linux_features {
	struct strings namespaces, capabilities;
	const struct cgroup_features *cgroup;
	const struct seccomp_features *seccomp;
	const struct switch_feature *apparmor, *selinux, *intel_rdt, *net_devices;
	const struct policy_features *policy;
	const struct mount_features *mounts;
};
struct features {
	const char *min, *max;
	struct strings hooks, options;
	const struct linux_features *linux;
	struct pairs annotations;
	struct strings unsafe;
};

static const struct table switch_table = { sizeof(struct switch_feature), (const struct field[]) {
	{ "enabled", F_BOOL(switch_feature, enabled), .show = true }, { 0 } } };

static const struct table seccomp_table = { sizeof(struct seccomp_features), (const struct field[]) {
	{ "enabled",        F_BOOL(seccomp_features, enabled), .show = true },
	{ "actions",        F_STRS(seccomp_features, actions) },
	{ "operators",      F_STRS(seccomp_features, operators) },
	{ "archs",          F_STRS(seccomp_features, archs) },
	{ "knownFlags",     F_STRS(seccomp_features, known) },
	{ "supportedFlags", F_STRS(seccomp_features, supported) },
	{ 0 } } };

static const struct table cgroup_table = { sizeof(struct cgroup_features), (const struct field[]) {
	{ "v1",          F_BOOL(cgroup_features, v1), .show = true },
	{ "v2",          F_BOOL(cgroup_features, v2), .show = true },
	{ "systemd",     F_BOOL(cgroup_features, systemd), .show = true },
	{ "systemdUser", F_BOOL(cgroup_features, systemd_user), .show = true },
	{ "rdma",        F_BOOL(cgroup_features, rdma), .show = true },
	{ 0 } } };

static const struct table policy_table = { sizeof(struct policy_features), (const struct field[]) {
	{ "modes", F_STRS(policy_features, modes) },
	{ "flags", F_STRS(policy_features, flags) },
	{ 0 } } };

static const struct table mounts_table = { sizeof(struct mount_features), (const struct field[]) {
	{ "idmap", F_OBJ(mount_features, idmap, switch_feature, &switch_table) }, { 0 } } };

static const struct table linux_table = { sizeof(struct linux_features), (const struct field[]) {
	{ "namespaces",      F_STRS(linux_features, namespaces) },
	{ "capabilities",    F_STRS(linux_features, capabilities) },
	{ "cgroup",          F_OBJ(linux_features, cgroup, cgroup_features, &cgroup_table) },
	{ "seccomp",         F_OBJ(linux_features, seccomp, seccomp_features, &seccomp_table) },
	{ "apparmor",        F_OBJ(linux_features, apparmor, switch_feature, &switch_table) },
	{ "selinux",         F_OBJ(linux_features, selinux, switch_feature, &switch_table) },
	{ "intelRdt",        F_OBJ(linux_features, intel_rdt, switch_feature, &switch_table) },
	{ "memoryPolicy",    F_OBJ(linux_features, policy, policy_features, &policy_table) },
	{ "mountExtensions", F_OBJ(linux_features, mounts, mount_features, &mounts_table) },
	{ "netDevices",      F_OBJ(linux_features, net_devices, switch_feature, &switch_table) },
	{ 0 } } };

static const struct table features_table = { sizeof(struct features), (const struct field[]) {
	{ "ociVersionMin", F_STR(features, min) },
	{ "ociVersionMax", F_STR(features, max) },
	{ "hooks",         F_STRS(features, hooks) },
	{ "mountOptions",  F_STRS(features, options) },
	{ "linux",         F_OBJ(features, linux, linux_features, &linux_table) },
	{ "annotations",   F_PAIRS(features, annotations) },
	{ "potentiallyUnsafeConfigAnnotations", F_STRS(features, unsafe) },
	{ 0 } } };

/* clang-format on */

static int by_word(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct strings words(const struct name *table, bool sorted, struct arena *a)
{
	size_t n = 0;
	char **v;

	while (table[n].word)
		n++;
	v = arena_new(a, n + 1, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		v[i] = arena_dup(a, table[i].word);
	if (sorted)
		qsort(v, n, sizeof(*v), by_word);
	return (struct strings){ v, n };
}

static struct strings supported_flags(struct arena *a)
{
	struct strings all = words(filter_flags, false, a);
	char **v = arena_new(a, all.n + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < all.n; i++)
		if (filter_flag_supported((unsigned int)filter_flags[i].num))
			v[n++] = all.v[i];
	return (struct strings){ v, n };
}

void container_print_features(struct arena *a, struct text *out)
{
	static const struct switch_feature on = { true }, off = { false };
	const struct seccomp_features seccomp = {
		.enabled = true,
		.actions = words(filter_actions, true, a),
		.operators = words(filter_operators, true, a),
		.archs = words(filter_archs, true, a),
		.known = words(filter_flags, false, a),
		.supported = supported_flags(a),
	};
	const struct cgroup_features cgroup = { .v1 = true,
						.v2 = true,
						.systemd = HAVE_SYSTEMD,
						.systemd_user = HAVE_SYSTEMD,
						.rdma = true };
	const struct policy_features policy = { words(mempolicy_modes, true, a),
						words(mempolicy_flags, true, a) };
	const struct mount_features mounts = { .idmap = &on };
	const struct linux_features linux = {
		.namespaces = words(ns_words, true, a),
		.capabilities = caps_words(a),
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &on,
		.selinux = &on,
		.intel_rdt = &off,
		.net_devices = &on,
		.policy = &policy,
		.mounts = &mounts,
	};
	const struct pair annotations[] = {
		{ "io.github.seccomp.libseccomp.version", container_libseccomp(a) },
		{ "org.opencontainers.runc.checkpoint.enabled", "false" },
		{ "org.opencontainers.runc.commit", container_commit() },
		{ "org.opencontainers.runc.version", container_version() },
	};
	static char bundle[] = "bundle", systemd[] = "org.systemd.property.",
		    criu[] = "org.criu.config";
	static char *const unsafe[] = { bundle, systemd, criu, NULL };
	const struct features f = {
		.min = SPEC_VERSION_MIN,
		.max = SPEC_VERSION,
		.hooks = words(hook_words, false, a),
		.options = rootfs_option_words(a),
		.linux = &linux,
		.annotations = { annotations, COUNT(annotations) },
		.unsafe = { unsafe, 3 },
	};

	json_print(out, &features_table, &f, "    ");
}

const char *container_version(void)
{
	return PACKAGE_VERSION;
}

const char *container_commit(void)
{
	return RUNC_COMMIT;
}

const char *container_libseccomp(struct arena *a)
{
	return filter_library_version(a);
}
