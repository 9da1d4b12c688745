/* SPDX-License-Identifier: Apache-2.0 */
#include "container/cgroups.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "cgroup/devices.h"
#include "cgroup/resources.h"
#include "container/unit.h"
#include "host/host.h"
#include "kernel/proc.h"

/* ---- limits ---- */

static int set_limits(struct launch *l, struct err *e)
{
	const struct resources_place at = {
		.paths = l->record.cgroup_paths,
		.tolerant = l->plan->cgroup.tolerant,
		.why_not = *l->cgroup.left_out.text ? l->cgroup.left_out.text : NULL,
	};

	if (resources_apply(&l->plan->resources, &at, NULL, l->arena, e) < 0)
		return err_in(e, "unable to apply cgroup configuration");
	return 0;
}

static int delegate(struct launch *l, struct err *e)
{
	const struct delegate_plan *d = &l->plan->delegate;

	if (!d->wanted || d->inside || !l->record.cgroup_paths.n)
		return 0;
	return cgroup_delegate(l->record.cgroup_paths.v[0].value, d->uid, e);
}

static int limit(struct launch *l, struct err *e)
{
	if (set_limits(l, e) < 0 || delegate(l, e) < 0)
		return -1;
	return l->plan->late_devices ?
		       0 :
		       devices_apply(&l->plan->devices, l->record.cgroup_paths, e);
}

int cgroups_limit(struct launch *l, struct err *e)
{
	return l->plan->late_unit ? 0 : limit(l, e);
}

/* systemd first: it opens what it was not told to forbid, and ours has the last word. */
static int tell_devices(struct launch *l, struct err *e)
{
	const struct cgroup_unit *u = l->plan->cgroup.unit;
	struct unit_caller caller;

	if (!u || l->plan->devices.when == DEVICES_NEVER)
		return 0;
	if (unit_caller(&caller, l->context, u->user, e) < 0)
		return -1;
	caller.cancel = l->cancel;
	return unit_set(&caller, u->name,
			unit_device_properties(&l->plan->devices, l->arena), l->arena, e);
}

int cgroups_limit_devices(struct launch *l, struct err *e)
{
	if (!l->plan->late_devices)
		return 0;
	return tell_devices(l, e) < 0 ?
		       -1 :
		       devices_apply(&l->plan->devices, l->record.cgroup_paths, e);
}

/* ---- units ---- */

/*
 * Whose the name is when systemd was interrupted we cannot know: a scope of ours goes
 * with init, whom we end; a slice stays, and may be another container's.
 */
static void warn_of_slice(const struct cgroup_unit *u)
{
	if (u->is_slice)
		log_warning("systemd may have started %s: if it is no other container's, \"systemctl %sstop %s\" ends it",
			    u->name, u->user ? "--user " : "", u->name);
}

/* pid 0: it has no process at first. */
static int start_unit(struct launch *l, pid_t pid, const char **group, struct err *e)
{
	const struct cgroup_unit *u = l->plan->cgroup.unit;
	struct unit_caller caller;
	enum unit_doubt doubt = UNIT_SURE;
	int ret;

	if (unit_caller(&caller, l->context, u->user, e) < 0)
		return -1;
	caller.cancel = l->cancel;
	ret = unit_start(&caller, u, pid, group, &doubt, l->arena, e);
	l->unit_started = ret == 0 || doubt == UNIT_OURS;
	if (doubt == UNIT_UNSURE)
		warn_of_slice(u);
	return ret < 0 ? err_in(e, "unable to apply cgroup configuration") : 0;
}

static void stop_unit(struct launch *l)
{
	const struct cgroup_unit *u = l->plan->cgroup.unit;
	struct unit_caller caller;
	struct err e;

	if (!l->unit_started)
		return;
	/* not to be cancelled by the signal that we give up for */
	if (unit_caller(&caller, l->context, u->user, &e) < 0 ||
	    unit_stop(&caller, u->name, l->arena, &e) < 0)
		log_warning("%s", e.text);
	l->unit_started = false;
}

/* The container's own cgroups are known, and enough to take them away again. */
static int save_owned(struct launch *l, struct err *e)
{
	if (!l->plan->cgroup.unit)
		/* they are those that were planned */
		return renameat(l->dir, CLAIM_FILE, l->dir, OWNED_FILE) < 0 ?
			       err_sys(e, "rename " CLAIM_FILE) :
			       0;
	if (store_save(l->dir, OWNED_FILE, &l->record, e) < 0)
		return -1;
	unlinkat(l->dir, CLAIM_FILE, 0);
	return 0;
}

/* A unit's name, and so its directory, may be another's once it has ended. */
static void keep_paths(struct launch *l)
{
	l->record.cgroup_paths = cgroup_paths(&l->cgroup, l->arena);
	if (l->plan->cgroup.unit)
		l->record.cgroup_inode = cgroup_inode(l->record.cgroup_paths);
}

/* Where the process is now: that is what counts, whatever the unit is called. */
static int read_cgroups(pid_t pid, struct text *out, struct err *e)
{
	OWN_FD proc = proc_open_pid(pid, e);

	if (proc < 0)
		return -1;
	return io_read_at(proc, "cgroup", 1u << 16, out) < 0 ?
		       err_sys(e, "read the cgroups of process %d", pid) :
		       0;
}

static int elsewhere(const struct cgroup_unit *u, const char *path, struct err *e)
{
	return err_set(e,
		       "systemd has put unit \"%s\" into %s, which is not where it can be seen from here",
		       u->name, path);
}

static int adopt_v2(struct launch *l, pid_t pid, struct err *e)
{
	const struct cgroup_unit *u = l->plan->cgroup.unit;
	OWN_TEXT text = { 0 };
	struct host_cgroups now;

	if (read_cgroups(pid, &text, e) < 0)
		return -1;
	now = host_parse_cgroups(text_str(&text), NULL, u->mount, l->arena);
	if (!now.n || text_starts(now.v[0].own, "/..") ||
	    !text_ends(now.v[0].own, arena_printf(l->arena, "/%s", u->name)) ||
	    strlen(now.v[0].own) >= ERR_TEXT) /* or no message takes it to init */
		return elsewhere(u, now.n ? now.v[0].own : "no cgroup", e);
	cgroup_adopt(&l->cgroup, now.v[0].own, l->arena);
	keep_paths(l);
	l->unit_path = now.v[0].own;
	resources_hand_down(&l->plan->resources, u->mount, l->unit_path);
	if (cgroup_check_adopted(&l->cgroup, pid, e) == 0)
		return 0;
	/* whoever else is in it would be ended with it; init goes by itself */
	l->unit_started = false;
	return -1;
}

static int adopt_v1(struct launch *l, pid_t pid, struct err *e)
{
	OWN_TEXT text = { 0 };

	if (read_cgroups(pid, &text, e) < 0 ||
	    cgroup_adopt_v1(&l->cgroup, text_str(&text), pid, e) < 0)
		return -1;
	keep_paths(l);
	return 0;
}

int cgroups_enter_unit(struct launch *l, pid_t pid, struct err *e)
{
	const char *ignored;
	int ret;

	if (!l->plan->late_unit)
		return 0;
	if (start_unit(l, pid, &ignored, e) < 0)
		return -1;
	ret = l->plan->cgroup.mode == CGROUP_V2 ? adopt_v2(l, pid, e) :
						  adopt_v1(l, pid, e);
	if (ret < 0)
		return err_in(e, "unable to apply cgroup configuration");
	return save_owned(l, e) < 0 ? -1 : limit(l, e);
}

/* ---- making ---- */

/* The Go runc's words, which engines know. */
static void warn_if_unkillable(const struct plan *p, struct pairs cgroup_paths)
{
	if (p->rootless_cgroups && !p->cgroup.unit && cgroup_paths.n == 0 &&
	    !ns_is_new(&p->ns, NS_PID))
		log_warning(
			"Creating a rootless container with no cgroup and no private pid namespace. Such configuration is strongly discouraged (as it is impossible to properly kill all container's processes) and will result in an error in a future version.");
}

/* A slice begins without processes: once it is there it is entered like a directory. */
static const struct cgroup_plan *start_slice(struct launch *l, struct err *e)
{
	const struct cgroup_plan *p = &l->plan->cgroup;
	const char *group = NULL;

	if (!p->unit || !p->unit->is_slice)
		return p;
	if (start_unit(l, 0, &group, e) < 0)
		return NULL;
	if (p->mode != CGROUP_V2)
		return p;
	if (!group || *group != '/' || !group[1]) {
		elsewhere(p->unit, group ? group : "no cgroup", e);
		return NULL;
	}
	l->cgroup.plan = p;
	cgroup_adopt(&l->cgroup, group, l->arena);
	return l->cgroup.plan;
}

int cgroups_make(struct launch *l, struct err *e)
{
	const struct cgroup_plan *p = start_slice(l, e);

	if (!p || cgroup_make(&l->cgroup, p, e) < 0)
		return -1;
	keep_paths(l);
	warn_if_unkillable(l->plan, l->record.cgroup_paths);
	/* from here on what is in those cgroups is ours to kill */
	if (l->plan->late_unit && p->mode == CGROUP_V2)
		return 0; /* there are none yet */
	return save_owned(l, e);
}

void cgroups_remove(struct launch *l)
{
	struct pairs paths =
		l->cgroup.plan ? cgroup_paths(&l->cgroup, l->arena) : (struct pairs){ 0 };

	stop_unit(l);
	/* what systemd does not know of: v1 */
	cgroup_undo(&l->cgroup);
	if (l->plan->cgroup.unit)
		cgroup_remove_empty(paths);
}
