/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules made to hold.                                           Runs: host */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "cgroup/devices.h"
#include "cgroup/private.h"
#include "kernel/bpf.h"

#define PROGRAM_NAME "runc_devices"

/* systemd's filter of a unit: its own to replace, and it does so on daemon-reload. */
#define SYSTEMD_NAME "sd_devices"

/* ---- v2 ---- */

struct old_programs {
	int fds[BPF_ATTACHED_MAX];
	size_t count;
	uint32_t flags;
};

static void close_old(struct old_programs *old)
{
	while (old->count)
		fd_close(&old->fds[--old->count]);
}

/* What is attached already, but for systemd's; what may not be opened is not ours. */
static int find_old(int cgroup, struct old_programs *old, struct err *e)
{
	struct bpf_attached attached;

	if (bpf_query_device_filters(cgroup, &attached, e) < 0)
		return -1;
	old->flags = attached.count ? attached.flags : BPF_F_ALLOW_MULTI;
	for (uint32_t i = 0; i < attached.count; i++) {
		char name[BPF_OBJ_NAME_LEN];
		OWN_FD fd = bpf_open_program(attached.ids[i], name);

		if (fd >= 0 && strcmp(name, SYSTEMD_NAME) != 0)
			old->fds[old->count++] = fd_take(&fd);
	}
	return 0;
}

static int detach_all(int cgroup, const struct old_programs *old, struct err *e)
{
	for (size_t i = 0; i < old->count; i++)
		if (bpf_detach_device_filter(cgroup, old->fds[i], e) < 0)
			return -1;
	return 0;
}

static int replace(int cgroup, int program, const struct old_programs *old, struct err *e)
{
	/* without MULTI there is one program, and attaching another is replacing it */
	if (!(old->flags & BPF_F_ALLOW_MULTI))
		return bpf_attach_device_filter(cgroup, program, old->flags, -1, e);
	if (old->count == 1)
		return bpf_attach_device_filter(cgroup, program, BPF_F_ALLOW_MULTI,
						old->fds[0], e);
	if (bpf_attach_device_filter(cgroup, program, BPF_F_ALLOW_MULTI, -1, e) < 0)
		return -1;
	return detach_all(cgroup, old, e);
}

static int load(const struct devices_plan *p, struct err *e)
{
	struct device_program program;
	int fd;

	if (devices_program(&program, p, e) < 0)
		return -1;
	fd = bpf_load_device_filter(program.insns, program.count, PROGRAM_NAME, e);
	free(program.insns);
	return fd;
}

static int apply_v2(const struct devices_plan *p, int cgroup, struct err *e)
{
	struct old_programs old = { 0 };
	OWN_FD fd = -1;
	int ret;

	if (!devices_all_allowed(p) && (fd = load(p, e)) < 0)
		return -1;
	ret = find_old(cgroup, &old, e);
	if (ret == 0)
		ret = fd < 0 ? detach_all(cgroup, &old, e) : replace(cgroup, fd, &old, e);
	close_old(&old);
	/* nothing to forbid: whoever may not ask needs no filter */
	return fd < 0 ? 0 : ret;
}

/* ---- v1 ---- */

static int read_list(int cgroup, struct device_list *out, struct arena *a, struct err *e)
{
	OWN_TEXT text = { 0 };

	if (cgroup_read(cgroup, "devices.list", &text) < 0)
		return err_sys(e, "read devices.list");
	return devices_parse_list(out, text_str(&text), a, e);
}

static int verify(int cgroup, const struct device_list *want, struct arena *a,
		  struct err *e)
{
	struct device_list is = { 0 };

	if (read_list(cgroup, &is, a, e) < 0)
		return -1;
	if (is.allow != want->allow)
		return err_set(e, "resulting devices cgroup doesn't match target mode");
	if (!want->allow && devices_writes(&is, want, a).n)
		return err_set(e,
			       "resulting devices cgroup doesn't precisely match target");
	return 0;
}

static int write_list(const struct devices_plan *p, int cgroup, struct arena *a,
		      struct err *e)
{
	struct device_list from, to;
	struct pairs writes;

	if (devices_list(&to, p, e) < 0 || read_list(cgroup, &from, a, e) < 0)
		return -1;
	writes = devices_writes(&from, &to, a);
	for (size_t i = 0; i < writes.n; i++)
		if (cgroup_write(cgroup, writes.v[i].key, writes.v[i].value) < 0)
			return err_sys(e, "failed to write \"%s\" to %s",
				       writes.v[i].value, writes.v[i].key);
	return writes.n ? verify(cgroup, &to, a, e) : 0;
}

static int apply_v1(const struct devices_plan *p, int cgroup, struct err *e)
{
	struct arena a = { 0 };
	int ret = write_list(p, cgroup, &a, e);

	arena_free(&a);
	return ret;
}

/* ---- both ---- */

static int apply(const struct devices_plan *p, struct pairs cgroup_paths, struct err *e)
{
	const char *v1 = cgroup_find_path(cgroup_paths, "devices"),
		   *path = v1 ? v1 : cgroup_find_path(cgroup_paths, "");
	OWN_FD dir = -1;

	if (!path)
		return p->asked && !devices_all_allowed(p) ?
			       err_set(e,
				       "linux.resources.devices cannot be enforced: the container has no cgroup for it") :
			       0;
	dir = cgroup_open_dir(path, e);
	if (dir < 0)
		return -1;
	if ((v1 ? apply_v1(p, dir, e) : apply_v2(p, dir, e)) < 0)
		return err_in(e, "device rules of %s", path);
	return 0;
}

int devices_apply(const struct devices_plan *p, struct pairs cgroup_paths, struct err *e)
{
	if (p->when == DEVICES_NEVER || apply(p, cgroup_paths, e) == 0)
		return 0;
	if (p->when == DEVICES_ALWAYS)
		return -1;
	log_debug("%s", e->text);
	return 0;
}
