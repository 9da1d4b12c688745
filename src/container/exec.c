/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: one more process in a container, never less confined than its first.
 *
 * The container may be hostile while we join it. So everything is opened and
 * decided on the host; the joining process is not dumpable, leaves all host
 * descriptors behind before it is in, and ends with the same steps as init.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/path.h"
#include "container/exec.h"
#include "container/found.h"
#include "container/launch.h"
#include "container/middle.h"
#include "container/unit.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"

/* ---- host ---- */

static uint64_t join_flags(const struct found *f)
{
	uint64_t flags = 0;

	for (int i = 0; i < NS_TYPES; i++)
		if (found_has_ns(f, (enum ns_type)i))
			flags |= ns_kinds[i].flag;
	return flags;
}

/* The Go runc's words, which its tests look for; ours has no pid yet. */
static int cannot_join(struct err *e)
{
	return err_in(e, "error adding pid of the new process to cgroups");
}

static int open_cgroup(struct launch *l, struct err *e)
{
	const struct pairs none = { 0 };

	if (l->sub_cgroups.n) {
		if (cgroup_open(l->doors, l->record.cgroup_paths, l->sub_cgroups, e) < 0)
			return cannot_join(e);
		return 0;
	}
	if (cgroup_open(l->doors, l->record.cgroup_paths, none, e) == 0)
		return 0;
	if (!l->plan->rootless_cgroups)
		return -1;
	log_debug("%s", e->text);
	return 0;
}

static int open_sockets(struct launch *l, struct err *e)
{
	if (wait_block_signals(l, e) < 0)
		return -1;
	return io_open(l, e);
}

static int open_root(struct launch *l, struct err *e)
{
	OWN_FD proc = -1;

	if (l->join_flags & CLONE_NEWNS)
		return 0;
	proc = proc_open_pid(l->record.pid, e);
	if (proc < 0)
		return -1;
	l->container_root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->container_root < 0)
		return err_sys(e, "open the container's root");
	/* the number was still init's */
	return pidfd_wait(l->target, 0) ? err_set(e, "container init died") : 0;
}

static int ask_groups(struct launch *l, struct err *e)
{
	OWN_FD init = proc_open_pid(l->record.pid, e);

	if (init < 0)
		return -1;
	l->in.groups_denied = proc_denies_setgroups(init);
	return 0;
}

static int set_affinity(struct launch *l, struct err *e)
{
	return l->plan->process.affinity_initial ?
		       process_set_affinity(l->plan->process.affinity_initial, e) :
		       0;
}

/* ---- inside ---- */

static int enter_cgroup(struct launch *l, struct err *e)
{
	int ret = cgroup_enter(l->doors, e);

	cgroup_close(l->doors);
	return ret;
}

static int final_affinity(struct launch *l, struct err *e)
{
	const struct process_plan *p = &l->plan->process;

	/* only "initial" was asked for: it stays */
	if (p->affinity_initial && !p->affinity_final)
		return 0;
	return process_set_affinity(p->affinity_final, e);
}

static int become_root(struct launch *l, struct err *e)
{
	if (l->join_flags & CLONE_NEWUSER) {
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return err_sys(e, "become root of the container");
	}
	return inside_guard(l, e);
}

/* What setns does for a mount namespace; without one init has only a root of its own. */
static int enter_root(struct launch *l, struct err *e)
{
	if (l->container_root < 0)
		return 0;
	if (fchdir(l->container_root) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, "enter the container's root");
	fd_close(&l->container_root);
	return 0;
}

static int own_session(struct launch *l, struct err *e)
{
	(void)l;
	return setsid() < 0 ? err_sys(e, "setsid") : 0;
}

static int join_keyring(struct launch *l, struct err *e)
{
	return l->plan->new_keyring ?
		       keyring_join(l->record.keyring ?
					    l->record.keyring :
					    arena_printf(l->arena, "_ses.%s", l->plan->id),
				    l->plan->ns.in_userns, e) :
		       0;
}

static int terminal(struct launch *l, struct err *e)
{
	OWN_FD root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct pty pty = { -1, -1, "" };
	OWN_FD master = -1;
	OWN_FD slave = -1;

	if (root < 0)
		return err_sys(e, "open /");
	l->in.env = process_make_env(&l->plan->process, root, l->arena);
	if (!l->plan->process.terminal)
		return process_reopen_null(root, e);
	if (pty_open(root, false, &pty, e) < 0)
		return -1;
	master = pty.master, slave = pty.slave;
	pty_set_size(slave, l->plan->process.rows, l->plan->process.columns);
	if (sync_say_text(l->inside_end, MSG_CONSOLE, 0, pty.name, master, e) < 0)
		return -1;
	return pty_become(slave, e);
}

/* clang-format off */
static const struct step join_steps[] = {
	{ "wait for GO",                  inside_wait_go },
	{ "guard",                        inside_guard },
	{ "enter the cgroup",             enter_cgroup },
	{ "CPU affinity",                 final_affinity },
	{ "become root",                  become_root },
	{ "container's root",             enter_root },
	{ "own session",                  own_session },
	{ "session keyring",              join_keyring },
	{ "terminal, environment",        terminal },
};
/* clang-format on */

static void join_main(struct launch *l)
{
	inside_run(l, join_steps, COUNT(join_steps));
	inside_run(l, tail_steps, tail_count);
	inside_become_program(l);
}

/* ---- the story ---- */

/*
 * v2 lets no process into a cgroup that gives controllers to those below it. An init
 * that manages cgroups has moved to one of these: then that is where we go too.
 */
static int clone_beside_init(struct launch *l, struct err *e)
{
	int ret = -1;

	/* it may move once more meanwhile */
	for (int turn = 0; turn < 3 && ret < 0 && e->sys == EBUSY; turn++) {
		int now = cgroup_open_below(l->record.cgroup_paths, l->record.pid, e);

		if (now < 0)
			return -1;
		fd_close(&l->doors->v2);
		l->doors->v2 = now;
		ret = middle_clone(l, join_main, e);
	}
	return ret;
}

/* Where init is below the container's unit: "/", "/init". */
static const char *place_of_init(struct launch *l, const char *unit)
{
	const char *in = arena_printf(l->arena, "/%s/", unit), *at;
	struct err ignored;
	OWN_FD proc = proc_open_pid(l->record.pid, &ignored);
	OWN_TEXT text = { 0 };

	if (proc < 0 || io_read_at(proc, "cgroup", 1u << 16, &text) < 0)
		return "/";
	at = strstr(text_str(&text), in);
	if (!at)
		return "/";
	at += strlen(in) - 1;
	return arena_ndup(l->arena, at, strcspn(at, "\n"));
}

static const char *place_to_attach(struct launch *l, const char *unit)
{
	if (l->sub_cgroups.n)
		return path_absolute(l->sub_cgroups.v[0].value, "/", l->arena);
	return cgroup_is_inner(l->record.cgroup_paths) ? place_of_init(l, unit) : "/";
}

/*
 * An ordinary user may have no right over the cgroup above both. systemd takes it there
 * while it waits; where there is no systemd, it stays outside.
 */
static int clone_outside(struct launch *l, struct err *e)
{
	const char *unit = unit_of_record(&l->record, l->arena);

	if (unit)
		l->attach_below = place_to_attach(l, unit);
	else if (!l->plan->rootless_cgroups || l->sub_cgroups.n)
		return -1;
	else
		log_debug("%s: not in the container's cgroup, then", e->text);
	fd_close(&l->doors->v2);
	return middle_clone(l, join_main, e);
}

static int clone_process(struct launch *l, struct err *e)
{
	int ret = middle_clone(l, join_main, e);

	if (ret < 0 && e->sys == EBUSY && l->doors->v2 >= 0 && !l->sub_cgroups.n)
		ret = clone_beside_init(l, e);
	if (ret < 0 && (e->sys == EACCES || e->sys == EPERM) && l->doors->v2 >= 0)
		ret = clone_outside(l, e);
	return ret < 0 && l->sub_cgroups.n ? cannot_join(e) : ret;
}

int exec_attach(struct launch *l, struct err *e)
{
	struct unit_caller caller;

	if (!l->attach_below)
		return 0;
	if (unit_caller_of_record(&caller, l->context, e) < 0)
		return cannot_join(e);
	caller.cancel = l->cancel;
	if (unit_attach(&caller, unit_of_record(&l->record, l->arena), l->attach_below,
			l->pid, l->arena, e) < 0)
		return cannot_join(e);
	return 0;
}

static int set_oom_score(struct launch *l, struct err *e)
{
	return process_set_oom_score(&l->plan->process, l->middle, e);
}

static int hear_until_ready(struct launch *l, struct err *e)
{
	return listen_until_ready(l, e);
}

static int set_rlimits(struct launch *l, struct err *e)
{
	return process_set_rlimits(&l->plan->process, l->pid, e);
}

static int say_run(struct launch *l, struct err *e)
{
	return sync_say(l->sync, MSG_RUN, 0, -1, e);
}

static int hear_the_end(struct launch *l, struct err *e)
{
	if (listen_until_end(l, e) < 0)
		return -1;
	fd_close(&l->sync);
	return 0;
}

static int write_pid(struct launch *l, struct err *e)
{
	return l->io->pid_file ? store_write_pid_file(l->io->pid_file, l->pid, e) : 0;
}

/* clang-format off */
static const struct step exec_steps[] = {
	{ "open the cgroup",         open_cgroup },
	{ "open sockets",            open_sockets },
	{ "open its root",           open_root },
	{ "are groups denied?",      ask_groups },
	{ "initial CPU affinity",    set_affinity },
	{ "clone",                   clone_process, middle_kill },
	{ "set the oom score",       set_oom_score },
	{ "hear it until READY",     hear_until_ready },
	{ "started: sockets",        io_started },
	{ "set resource limits",     set_rlimits },
	{ "say RUN",                 say_run },
	{ "hear it until the end",   hear_the_end },
	{ "pid file",                write_pid },
};
/* clang-format on */

static int check_status(const struct found *f, const struct exec_options *o, struct err *e)
{
	enum status status;

	if (found_status(f, &status, e) < 0)
		return -1;
	if (status == STATUS_STOPPED)
		return err_set(e, "cannot exec in a stopped container");
	if (status == STATUS_PAUSED && !o->ignore_paused)
		return err_set(e,
			       "cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

static int prepare(struct launch *l, struct plan *plan, const struct found *f,
		   const struct exec_options *o, struct err *e)
{
	/* nobody takes the container away while we join it */
	if (io_check_preserved(l->context, 0, l->io->preserve_fds, e) < 0 ||
	    store_lock(f->dir, STORE_SHARED, true, e) < 0 || check_status(f, o, e) < 0 ||
	    exec_plan(plan, f, o, l->arena, e) < 0 ||
	    io_check(l->io, plan->process.terminal, e) < 0 ||
	    exec_parse_cgroups(o->cgroups, &l->sub_cgroups, l->arena, e) < 0)
		return -1;
	l->target = found_pidfd(f, e);
	if (l->target < 0)
		return -1;
	if (!l->io->detach && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys(e, "become a subreaper");
	return 0;
}

static int exec_found(struct found *f, const struct context *c,
		      const struct exec_options *o, int *status, struct err *e)
{
	struct plan *plan = arena_new(c->arena, 1, sizeof(*plan));
	struct launch l;
	int ret;

	launch_init(&l, c, &o->io);
	l.plan = plan;
	l.record = f->record;
	l.join_flags = join_flags(f);
	l.is_exec = true;
	ret = prepare(&l, plan, f, o, e);
	if (ret == 0 && (ret = steps_run(exec_steps, COUNT(exec_steps), &l, e)) < 0)
		err_in(e, "unable to start container process");
	store_unlock(f->dir);
	if (ret == 0 && !l.io->detach)
		ret = wait_foreground(&l, status, e);
	launch_close(&l);
	return ret;
}

int container_exec(const struct context *c, const struct exec_options *o, int *status,
		   struct err *e)
{
	struct found f;
	int ret;

	*status = 0;
	if (!o->process && !o->args.n)
		return err_set(e, "exec args cannot be empty");
	if (found_open(&f, c, o->id, e) < 0)
		return -1;
	ret = exec_found(&f, c, o, status, e);
	found_close(&f);
	return ret;
}
