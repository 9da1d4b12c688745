/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's first process, from the clone to its program.       Runs: inside
 *
 * It begins with the host's mounts, files and ids in reach and ends with none of
 * them. To see or change the order, read init_steps[] and tail_steps[].
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "kernel/proc.h"
#include "network/network.h"

/* ---- leaving the host ---- */

static int enter_cgroup(struct launch *l, struct err *e)
{
	int ret = cgroup_enter(l->doors, e);

	cgroup_close(l->doors);
	/* in the cgroup, so that its cpuset counts: the caller's own mask must not leak
	 * in */
	return ret < 0 ? -1 : process_set_affinity(NULL, e);
}

/* Until the ids are mapped the host must see us as its own process, so the guard comes
 * after. */
static int wait_for_ids(struct launch *l, struct err *e)
{
	bool mapped_by_host = ns_is_new(&l->plan->ns, NS_USER);

	if ((l->plan->ns.staged || mapped_by_host || l->plan->late_unit) &&
	    inside_wait_go(l, e) < 0)
		return -1;
	return inside_guard(l, e);
}

static int ask_source(void *data, size_t index, struct err *e)
{
	struct launch *l = data;
	int fd = -1;

	if (sync_say(l->inside_end, MSG_NEED_SOURCE, (int)index, -1, e) < 0 ||
	    sync_expect(l->inside_end, MSG_SOURCE, &fd, e) < 0)
		return -1;
	return fd < 0 ? err_set(e, "the host sent no descriptor") : fd;
}

static int open_sources(struct launch *l, struct err *e)
{
	const struct rootfs_asker ask = { ask_source, l };

	return rootfs_open_sources(&l->rootfs, &ask, e);
}

/*
 * While the host's /proc is still there. For labels and sysctls all of a procfs of
 * our own, closed again before READY; to wait on the FIFO just the part of it that
 * shows processes, since a created container holds that for long.
 */
static int open_proc(struct launch *l, struct err *e)
{
	const struct plan *p = l->plan;
	OWN_FD small = -1;

	if (p->ns.sysctl.n || p->label.apparmor || p->label.selinux) {
		l->in.proc = proc_open_private(false, e);
		if (l->in.proc < 0)
			return -1;
	}
	if (l->fifo < 0)
		return 0;
	small = proc_open_private(true, e);
	if (small < 0)
		return -1;
	l->in.self_fds = proc_open_self_fds(small);
	return l->in.self_fds < 0 ?
		       err_sys(e, "open the descriptors of init in a private /proc") :
		       0;
}

/* While the host's /proc is still there. */
static int ask_groups(struct launch *l, struct err *e)
{
	OWN_FD proc = -1;
	OWN_FD self = -1;

	if (!l->plan->ns.in_userns)
		return 0;
	proc = proc_open_host(e);
	if (proc < 0)
		return -1;
	self = proc_open_self(proc);
	if (self < 0)
		return err_sys(e, "open /proc/thread-self");
	l->in.groups_denied = proc_denies_setgroups(self);
	return 0;
}

static int become_root(struct launch *l, struct err *e)
{
	return ns_become_root(&l->plan->ns, e) < 0 ? -1 : inside_guard(l, e);
}

static int own_session(struct launch *l, struct err *e)
{
	(void)l;
	/* without one, TIOCSTI would reach the caller's terminal: CVE-2017-5226 */
	return setsid() < 0 ? err_sys(e, "setsid") : 0;
}

static int join_keyring(struct launch *l, struct err *e)
{
	return l->plan->new_keyring ?
		       keyring_join(l->record.keyring, l->plan->ns.in_userns, e) :
		       0;
}

static int loopback(struct launch *l, struct err *e)
{
	return ns_is_new(&l->plan->ns, NS_NETWORK) ? network_loopback_up(e) : 0;
}

/* An ordinary user may give it away only from inside, as the root of those ids. */
static int delegate_cgroup(struct launch *l, struct err *e)
{
	const struct delegate_plan *d = &l->plan->delegate;
	const struct cgroup_plan *p = l->cgroup.plan;

	if (!d->wanted || !d->inside || !p->dir_count || !l->cgroup.made[0])
		return 0;
	return cgroup_delegate(arena_printf(l->arena, "%s%s", p->dirs[0].mount,
					    p->dirs[0].path),
			       d->uid, e);
}

/* v1, hybrid, systemd: now that we are in the cgroup, the namespace's root is there. */
static int cgroup_namespace(struct launch *l, struct err *e)
{
	if (l->plan->late_cgroupns && unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, "unshare the cgroup namespace");
	return 0;
}

/* ---- the root file system ---- */

static int mounts(struct launch *l, struct err *e)
{
	const struct cgroup_plan *p = l->cgroup.plan;
	struct cgroup_view_dir *dirs = arena_new(l->arena, p->dir_count, sizeof(*dirs));
	struct cgroup_view view = { .mode = p->mode, .dirs = dirs };

	view.own_namespace = l->plan->late_cgroupns || ns_is_own(&l->plan->ns, NS_CGROUP);
	for (size_t i = 0; i < p->dir_count; i++) {
		/* v1 shows the container's own cgroup in any namespace; v2 without one of
		 * its own, the tree */
		bool whole =
			!l->cgroup.made[i] || (!*p->dirs[i].name && !view.own_namespace);

		dirs[view.dir_count].name = p->dirs[i].name;
		dirs[view.dir_count++].path =
			arena_printf(l->arena, "%s%s", p->dirs[i].mount,
				     whole ? "" : p->dirs[i].path);
	}
	return rootfs_mount_all(&l->rootfs, &view, e);
}

static int devices(struct launch *l, struct err *e)
{
	return rootfs_make_devices(&l->rootfs, e);
}

static int host_hooks(struct launch *l, struct err *e)
{
	const struct spec_hooks *h = l->plan->spec->hooks;

	if (!h->of[HOOK_PRESTART].list.n && !h->of[HOOK_CREATE_RUNTIME].list.n)
		return 0;
	if (sync_say(l->inside_end, MSG_ROOT_READY, 0, -1, e) < 0)
		return -1;
	return sync_expect(l->inside_end, MSG_HOOKS_DONE, NULL, e);
}

static int create_container_hooks(struct launch *l, struct err *e)
{
	const struct oci_state state = launch_state(l, "creating", getpid());
	static char *const no_env[] = { NULL };
	int ret;

	if (!l->plan->spec->hooks->of[HOOK_CREATE_CONTAINER].list.n)
		return 0;
	if (fchdir(l->rootfs.root) < 0)
		return err_sys(e, "enter the root file system");
	umask(l->in.umask);
	ret = hooks_run(l->plan->spec->hooks, HOOK_CREATE_CONTAINER, &state, no_env, -1,
			e);
	umask(0);
	return ret;
}

static int terminal(struct launch *l, struct err *e)
{
	struct pty pty = { -1, -1, "" };
	OWN_FD master = -1;
	OWN_FD slave = -1;

	if (!l->plan->process.terminal)
		return 0;
	if (pty_open(l->rootfs.root, true, &pty, e) < 0)
		return -1;
	master = pty.master, slave = pty.slave;
	pty_set_size(slave, l->plan->process.rows, l->plan->process.columns);
	if (l->plan->rootfs.mount_namespace &&
	    rootfs_bind_console(&l->rootfs, slave, e) < 0)
		return err_in(e, "bind /dev/console");
	if (sync_say_text(l->inside_end, MSG_CONSOLE, 0, pty.name, master, e) < 0)
		return -1;
	return pty_become(slave, e);
}

static int reopen_null(struct launch *l, struct err *e)
{
	return l->plan->rootfs.make_dev ? process_reopen_null(l->rootfs.root, e) : 0;
}

static int make_cwd(struct launch *l, struct err *e)
{
	return process_make_cwd(&l->plan->process, l->rootfs.root, e);
}

static int enter_root(struct launch *l, struct err *e)
{
	return rootfs_enter(&l->rootfs, e);
}

static int read_only(struct launch *l, struct err *e)
{
	return rootfs_make_read_only(&l->rootfs, e);
}

/* ---- inside its namespaces ---- */

static int names(struct launch *l, struct err *e)
{
	return ns_set_names(&l->plan->ns, e);
}

static int apparmor(struct launch *l, struct err *e)
{
	return label_apparmor(&l->plan->label, l->in.proc, e);
}

static int sysctl(struct launch *l, struct err *e)
{
	return ns_write_sysctl(&l->plan->ns, l->in.proc, e);
}

static int hide(struct launch *l, struct err *e)
{
	return rootfs_hide(&l->rootfs, e);
}

static int propagation(struct launch *l, struct err *e)
{
	return rootfs_set_propagation(&l->rootfs, e);
}

static int environment(struct launch *l, struct err *e)
{
	(void)e;
	l->in.env = process_make_env(&l->plan->process, l->rootfs.root, l->arena);
	rootfs_close(&l->rootfs);
	return 0;
}

/* clang-format off */
static const struct step init_steps[] = {
	{ "enter the cgroup",             enter_cgroup },
	{ "wait for the ids",             wait_for_ids },
	{ "open mount sources",           open_sources },
	{ "are groups denied?",           ask_groups },
	{ "become root",                  become_root },
	{ "open a private /proc",         open_proc },
	{ "own session",                  own_session },
	{ "session keyring",              join_keyring },
	{ "loopback up",                  loopback },
	{ "cgroup delegation",            delegate_cgroup },
	{ "cgroup namespace",             cgroup_namespace },
	{ "mounts",                       mounts },
	{ "devices",                      devices },
	{ "hooks on the host",            host_hooks },
	{ "createContainer hooks",        create_container_hooks },
	{ "terminal",                     terminal },
	{ "container's /dev/null",        reopen_null },
	{ "working directory",            make_cwd },
	{ "new root",                     enter_root },
	{ "read-only root",               read_only },
	{ "host and domain name",         names },
	{ "apparmor label on exec",       apparmor },
	{ "sysctl",                       sysctl },
	{ "hide paths",                   hide },
	{ "propagation of the root",      propagation },
	{ "environment",                  environment },
};
/* clang-format on */

void init_main(struct launch *l)
{
	struct err e = { 0 };

	sync_divert_log(l->inside_end);
	log_debug("child process in init()");
	/* in a staged clone the middle process did it, before it joined anything */
	if (!l->plan->ns.staged && inside_leave_host(l, &e) < 0)
		sync_fail(l->inside_end, &e);
	inside_run(l, init_steps, COUNT(init_steps));
	inside_run(l, tail_steps, tail_count);
	inside_become_program(l);
}
