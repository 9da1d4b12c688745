/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `runc spec` and `runc spec --rootless` write: byte for byte what the Go
 * runc does, because people's scripts edit it. Printed by the same tables that
 * read it.
 */
#include "base/own.h"
#include "spec/spec.h"

#define STRINGS(...)                                                                     \
	{                                                                                \
		(char *const[]){ __VA_ARGS__, NULL },                                    \
			COUNT(((char *const[]){ __VA_ARGS__ }))                          \
	}
#define LIST_OF(array)                                                                   \
	{                                                                                \
		array, COUNT(array)                                                      \
	}

static char *const sample_caps[] = { "CAP_AUDIT_WRITE", "CAP_KILL",
				     "CAP_NET_BIND_SERVICE", NULL };

static const struct spec_capabilities capabilities = {
	.bounding = { sample_caps, 3 },
	.effective = { sample_caps, 3 },
	.permitted = { sample_caps, 3 },
};

static const struct spec_rlimit rlimits[] = {
	{ .type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024 },
};

static const struct spec_process process = {
	.terminal = true,
	.user = &(const struct spec_user){ 0 },
	.args = STRINGS("sh"),
	.env = STRINGS("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		       "TERM=xterm"),
	.cwd = "/",
	.capabilities = &capabilities,
	.rlimits = LIST_OF(rlimits),
	.no_new_privileges = &(const bool){ true },
};

enum { SYS_MOUNT = 5, PTS_MOUNT = 2, TTY_GROUP = 5 };

static const struct spec_mount mounts[] = {
	{ .destination = "/proc", .type = "proc", .source = "proc" },
	{ .destination = "/dev",
	  .type = "tmpfs",
	  .source = "tmpfs",
	  .options = STRINGS("nosuid", "strictatime", "mode=755", "size=65536k") },
	[PTS_MOUNT] = { .destination = "/dev/pts",
			.type = "devpts",
			.source = "devpts",
			.options = STRINGS("nosuid", "noexec", "newinstance",
					   "ptmxmode=0666", "mode=0620", "gid=5") },
	{ .destination = "/dev/shm",
	  .type = "tmpfs",
	  .source = "shm",
	  .options = STRINGS("nosuid", "noexec", "nodev", "mode=1777", "size=65536k") },
	{ .destination = "/dev/mqueue",
	  .type = "mqueue",
	  .source = "mqueue",
	  .options = STRINGS("nosuid", "noexec", "nodev") },
	[SYS_MOUNT] = { .destination = "/sys",
			.type = "sysfs",
			.source = "sysfs",
			.options = STRINGS("nosuid", "noexec", "nodev", "ro") },
	{ .destination = "/sys/fs/cgroup",
	  .type = "cgroup",
	  .source = "cgroup",
	  .options = STRINGS("nosuid", "noexec", "nodev", "relatime", "ro") },
};

/* A user namespace without a network namespace of its own may not mount sysfs. */
static const struct spec_mount rootless_sys = {
	.destination = "/sys",
	.type = "none",
	.source = "/sys",
	.options = STRINGS("rbind", "nosuid", "noexec", "nodev", "ro"),
};

static const struct spec_resources resources = {
	.devices = { &(const struct spec_device_rule){ .access = "rwm" }, 1 },
};

static const struct spec_namespace namespaces[] = {
	{ .type = NS_PID }, { .type = NS_NETWORK }, { .type = NS_IPC },
	{ .type = NS_UTS }, { .type = NS_MOUNT },
};

static void set_namespaces(struct spec_linux *l, const struct spec_sample *sample,
			   struct arena *a)
{
	struct spec_namespace *v = arena_new(a, COUNT(namespaces) + 2, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < COUNT(namespaces); i++)
		if (!sample->rootless || namespaces[i].type != NS_NETWORK)
			v[n++] = namespaces[i];
	if (sample->cgroup_v2)
		v[n++].type = NS_CGROUP;
	if (sample->rootless)
		v[n++].type = NS_USER;
	l->namespaces.v = v;
	l->namespaces.n = n;
}

static void set_idmaps(struct spec_linux *l, const struct spec_sample *sample,
		       struct arena *a)
{
	struct spec_idmap *own = arena_new(a, 2, sizeof(*own));

	own[0] = (struct spec_idmap){ .host_id = sample->uid, .size = 1 };
	own[1] = (struct spec_idmap){ .host_id = sample->gid, .size = 1 };
	l->uid_mappings.v = sample->uid_mappings.v ? sample->uid_mappings.v : &own[0];
	l->uid_mappings.n = sample->uid_mappings.v ? sample->uid_mappings.n : 1;
	l->gid_mappings.v = sample->gid_mappings.v ? sample->gid_mappings.v : &own[1];
	l->gid_mappings.n = sample->gid_mappings.v ? sample->gid_mappings.n : 1;
}

static bool maps(struct spec_idmaps list, uint32_t id)
{
	for (size_t i = 0; i < list.n; i++)
		if (id >= list.v[i].container_id &&
		    id - list.v[i].container_id < list.v[i].size)
			return true;
	return false;
}

static void set_mounts(struct spec *s, const struct spec_sample *sample, struct arena *a)
{
	struct spec_mount *v = arena_new(a, COUNT(mounts), sizeof(*v));

	for (size_t i = 0; i < COUNT(mounts); i++)
		v[i] = mounts[i];
	if (sample->rootless) {
		if (!maps(sample->gid_mappings, TTY_GROUP))
			v[PTS_MOUNT].options.n--; /* its last: gid=5 */
		v[SYS_MOUNT] = rootless_sys;
	}
	s->mounts.v = v;
	s->mounts.n = COUNT(mounts);
}

void spec_print_sample(const struct spec_sample *sample, struct arena *a, struct text *out)
{
	struct spec_linux linux = {
		.masked_paths =
			STRINGS("/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys",
				"/proc/latency_stats", "/proc/timer_list",
				"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
				"/proc/scsi"),
		.readonly_paths = STRINGS("/proc/bus", "/proc/fs", "/proc/irq",
					  "/proc/sys", "/proc/sysrq-trigger"),
	};
	struct spec s = {
		.oci_version = SPEC_VERSION,
		.process = &process,
		.root = &(const struct spec_root){ .path = "rootfs", .readonly = true },
		.hostname = "runc",
		.linux = &linux,
	};

	set_mounts(&s, sample, a);
	set_namespaces(&linux, sample, a);
	if (sample->rootless)
		set_idmaps(&linux, sample, a);
	else
		linux.resources = &resources;
	json_print(out, &spec_table, &s, "\t");
}
