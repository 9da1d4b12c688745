/* SPDX-License-Identifier: Apache-2.0 */
#include "container/found.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "cgroup/cgroup.h"
#include "container/hooks.h"
#include "container/net_found.h"
#include "container/unit.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "ns/ns.h"
#include "rootfs/rootfs.h"

#define END_TIMEOUT_MS 10000

const struct name status_words[] = {
	{ "created", STATUS_CREATED },
	{ "running", STATUS_RUNNING },
	{ "paused", STATUS_PAUSED },
	{ "stopped", STATUS_STOPPED },
	{ 0 },
};

int found_open(struct found *f, const struct context *c, const char *id, struct err *e)
{
	int found;

	*f = (struct found){ .root = -1, .dir = -1 };
	if (store_check_id(id, e) < 0)
		return -1;
	f->root = store_open_root(c->root_path, false, e);
	if (f->root < 0)
		return e->sys == ENOENT ? err_set(e, "container does not exist") : -1;
	f->dir = store_open(f->root, id, e);
	if (f->dir < 0) {
		found_close(f);
		return e->sys == ENOENT ? err_set(e, "container does not exist") : -1;
	}
	found = store_load(f->dir, STATE_FILE, &f->record, c->arena, e);
	if (found > 0 && strcmp(f->record.id, id) != 0)
		found = err_set(e, STATE_FILE ": it is that of %.64s", f->record.id);
	if (found > 0) {
		unit_forget_lost(&f->record);
		return 0;
	}
	found_close(f);
	return found == 0 ? err_set(e, "container does not exist") : -1;
}

void found_close(struct found *f)
{
	fd_close(&f->dir);
	fd_close(&f->root);
}

int found_status(const struct found *f, enum status *status, struct err *e)
{
	struct proc_stat stat;
	int alive;

	if (cgroup_is_frozen(f->record.cgroup_paths)) {
		*status = STATUS_PAUSED;
		return 0;
	}
	alive = f->record.pid > 0 ? proc_stat(f->record.pid, &stat, e) : 0;
	if (alive < 0)
		return -1;
	if (!alive || stat.start != f->record.start || stat.state == 'Z' ||
	    stat.state == 'X')
		*status = STATUS_STOPPED;
	else
		*status = store_has_fifo(f->dir) ? STATUS_CREATED : STATUS_RUNNING;
	return 0;
}

static const struct record_namespace *find_ns(const struct found *f, enum ns_type type)
{
	const struct record_config *c = f->record.config;

	for (size_t i = 0; i < c->namespaces.n; i++)
		if (strcmp(c->namespaces.v[i].type, ns_kinds[type].record) == 0)
			return &c->namespaces.v[i];
	return NULL;
}

bool found_has_ns(const struct found *f, enum ns_type type)
{
	return find_ns(f, type);
}

bool found_made_ns(const struct found *f, enum ns_type type)
{
	const struct record_namespace *ns = find_ns(f, type);

	return ns && (!ns->path || !*ns->path);
}

int found_pidfd(const struct found *f, struct err *e)
{
	return pidfd_find(f->record.pid, f->record.start, e);
}

const struct spec *found_spec(const struct found *f, struct arena *a, struct err *e)
{
	const char *bundle = record_label(&f->record, "bundle");
	OWN_FD dir = -1;

	if (faccessat(f->dir, CONFIG_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return spec_load(f->dir, CONFIG_FILE, a, NULL, e);
	dir = bundle ? open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (dir < 0) {
		err_sys(e, "open the bundle %s", bundle ? bundle : "");
		return NULL;
	}
	return spec_load(dir, CONFIG_FILE, a, NULL, e);
}

struct oci_state found_state(const struct found *f, const char *status, pid_t pid,
			     struct arena *a)
{
	return (struct oci_state){
		.oci_version = SPEC_VERSION,
		.id = f->record.id,
		.status = status,
		.pid = pid,
		.bundle = record_label(&f->record, "bundle"),
		.annotations = record_annotations(&f->record, a),
	};
}

/* ---- the end ---- */

int found_kill(const struct found *f, struct err *e)
{
	OWN_FD pidfd = found_pidfd(f, e);
	struct err ignored;

	/* without a pid namespace of its own, init's death is nobody else's */
	if (!found_made_ns(f, NS_PID) && f->record.cgroup_paths.n)
		cgroup_kill(f->record.cgroup_paths, &ignored);
	if (pidfd < 0)
		return e->sys == ESRCH ? 0 : -1;
	if (pidfd_signal(pidfd, SIGKILL) < 0 && errno != ESRCH)
		return err_sys(e, "unable to signal init");
	/* a v1 process that is frozen does not even die */
	if (cgroup_is_frozen(f->record.cgroup_paths))
		cgroup_thaw(f->record.cgroup_paths);
	if (!pidfd_wait(pidfd, END_TIMEOUT_MS))
		return err_set(e, "container init still running");
	return 0;
}

int found_destroy(struct found *f, const struct context *c, struct err *e)
{
	struct arena *a = c->arena;
	struct err hook_error = { 0 }, ignored;
	const struct oci_state state = found_state(f, "stopped", 0, a);
	/* read before its directory goes; without it there are no hooks to run */
	const struct spec *spec = found_spec(f, a, &ignored);

	if (!store_is_current(f->root, f->record.id, f->dir))
		return 0; /* somebody else was faster, and the id may be taken again */
	/* it ends with init; its ports are to be free when we say that all is gone */
	if (net_stop(f, a, e) < 0)
		return -1;
	unit_forget_lost(&f->record);
	if (!found_made_ns(f, NS_PID) && f->record.cgroup_paths.n)
		cgroup_kill(f->record.cgroup_paths, &ignored);
	if (f->record.mount_before &&
	    rootfs_unmount_host(f->record.config->rootfs, f->record.mount_before, e) < 0)
		return -1;
	/* before its cgroup, which is systemd's to remove as long as it knows the unit */
	unit_end(&f->record, c);
	if (cgroup_remove(f->record.cgroup_paths, e) < 0 ||
	    store_remove(f->root, f->record.id, f->dir, e) < 0)
		return err_in(e, "unable to destroy container");
	if (spec &&
	    hooks_run(spec->hooks, HOOK_POSTSTOP, &state, environ, -1, &hook_error) < 0)
		log_warning("%s", hook_error.text);
	return 0;
}
