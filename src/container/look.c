/* SPDX-License-Identifier: Apache-2.0 */
/* state, list, ps: looking without touching.                           Runs: host */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "container/found.h"
#include "container/net_found.h"
#include "host/host.h"
#include "kernel/proc.h"
#include "ns/ns.h"

/* clang-format off */
static const struct table net_table = { sizeof(struct container_net), (const struct field[]) {
	{ "mode",    F_STR(container_net, mode),    .show = true },
	{ "backend", F_STR(container_net, backend), .show = true },
	{ "status",  F_STR(container_net, status),  .show = true },
	{ "pid",     F_I32(container_net, pid) },
	{ "address", F_STR(container_net, address) },
	{ "ports",   F_STRS(container_net, ports),  .show = true },
	{ 0 } } };

const struct table container_state_table = { sizeof(struct container_state), (const struct field[]) {
	{ "ociVersion",  F_STR(container_state, oci_version), .show = true },
	{ "id",          F_STR(container_state, id),          .show = true },
	{ "pid",         F_I32(container_state, pid),         .show = true },
	{ "status",      F_STR(container_state, status),      .show = true },
	{ "bundle",      F_STR(container_state, bundle),      .show = true },
	{ "rootfs",      F_STR(container_state, rootfs),      .show = true },
	{ "created",     F_STR(container_state, created),     .show = true },
	{ "annotations", F_PAIRS(container_state, annotations) },
	{ "owner",       F_STR(container_state, owner),       .show = true },
	{ "net",         F_OBJ(container_state, net, container_net, &net_table) },
	{ 0 } } };
/* clang-format on */

static int fill(const struct found *f, struct container_state *s, struct arena *a,
		struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	*s = (struct container_state){
		.oci_version = f->record.config->version,
		.id = f->record.id,
		.pid = status == STATUS_STOPPED ? 0 : f->record.pid,
		.status = names_word(status_words, status),
		.bundle = record_label(&f->record, "bundle"),
		.rootfs = f->record.config->rootfs,
		.created = f->record.created,
		.annotations = record_annotations(&f->record, a),
		.owner = "",
		.net = net_state(f, status != STATUS_STOPPED, a),
	};
	return 0;
}

int container_state(const struct context *c, const char *id, struct container_state *s,
		    struct err *e)
{
	struct found f;
	int ret;

	if (found_open(&f, c, id, e) < 0)
		return -1;
	ret = fill(&f, s, c->arena, e);
	found_close(&f);
	return ret;
}

static const char *owner_of(int dir, struct arena *a)
{
	const char *name;
	struct stat st;

	if (fstat(dir, &st) < 0)
		return "";
	name = host_user_name(st.st_uid, a);
	return name ? name : arena_printf(a, "#%u", st.st_uid);
}

/* 1 listed, 0 not (yet) a container, -1 failed. */
static int list_one(const struct context *c, int root, const char *id,
		    struct container_state *s, struct err *e)
{
	OWN_FD dir = store_open(root, id, e);
	struct found f = { .root = root, .dir = dir };
	int found;

	if (dir < 0)
		return e->sys == ENOENT ? 0 : err_in(e, "load container %s", id);
	found = store_load(dir, STATE_FILE, &f.record, c->arena, e);
	if (found < 0)
		return err_in(e, "load container %s", id);
	if (found == 0) {
		/* a create that is under way holds the lock, and is nobody's business yet
		 */
		if (store_lock(dir, STORE_SHARED, false, e) < 0)
			return 0;
		return err_set(e,
			       "load container %s: container does not exist (a create was interrupted: runc delete --force %s)",
			       id, id);
	}
	if (fill(&f, s, c->arena, e) < 0)
		return err_in(e, "status for %s", id);
	s->owner = owner_of(dir, c->arena);
	return 1;
}

int container_list(const struct context *c, struct container_state **v, size_t *n,
		   void (*complain)(const char *line), struct err *e)
{
	OWN_FD root = store_open_root(c->root_path, false, e);
	struct strings names;

	*n = 0;
	if (root < 0)
		return e->sys == ENOENT && c->root_is_default ? 0 : -1;
	if (store_list(root, &names, c->arena, e) < 0)
		return -1;
	*v = arena_new(c->arena, names.n, sizeof(**v));
	for (size_t i = 0; i < names.n; i++) {
		int ret = list_one(c, root, names.v[i], &(*v)[*n], e);

		if (ret < 0)
			complain(e->text);
		*n += ret > 0;
	}
	return 0;
}

/* ---- ps ---- */

/* Without a cgroup: all whose pid namespace is the container's, if it has one of its own.
 */
static int pids_by_namespace(const struct found *f, pid_t **pids, size_t *n, struct err *e)
{
	uint64_t dev, ino, other_dev, other_ino;
	const struct dirent *entry;
	char path[300];
	DIR *proc;

	if (!found_has_ns(f, NS_PID))
		return err_set(e,
			       "the container has neither a cgroup nor a pid namespace of its own: its processes cannot be told from others");
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", f->record.pid);
	if (proc_ns_id(path, &dev, &ino) < 0)
		return err_sys(e, "%s", path);
	proc = opendir("/proc");
	if (!proc)
		return err_sys(e, "open /proc");
	while ((entry = readdir(proc))) {
		uint64_t pid;

		snprintf(path, sizeof(path), "/proc/%s/ns/pid", entry->d_name);
		if (!num_dec(entry->d_name, INT32_MAX, &pid) ||
		    proc_ns_id(path, &other_dev, &other_ino) < 0 || dev != other_dev ||
		    ino != other_ino)
			continue;
		*pids = mem_grow(*pids, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = (pid_t)pid;
	}
	closedir(proc);
	return 0;
}

int container_pids(const struct context *c, const char *id, pid_t **pids, size_t *n,
		   struct err *e)
{
	enum status status;
	struct found f;
	int ret;

	*pids = NULL;
	*n = 0;
	if (found_open(&f, c, id, e) < 0)
		return -1;
	ret = found_status(&f, &status, e);
	if (ret == 0 && f.record.cgroup_paths.n) {
		ret = cgroup_pids(f.record.cgroup_paths, pids, n, e);
		if (ret < 0 && e->sys == ENOENT)
			ret = 0;
	} else if (ret == 0 && status != STATUS_STOPPED) {
		ret = pids_by_namespace(&f, pids, n, e);
	}
	found_close(&f);
	return ret;
}
