/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last part of every way in, create and exec alike, so that exec is never
 * less confined: privileges go one after the other, each for a reason in that
 * place.                                                              Runs: inside
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "kernel/proc.h"

/* ---- descriptors ---- */

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int keep_only(struct launch *l, const int *fds, size_t n, struct err *e)
{
	int *keep = arena_new(l->arena, n + 1, sizeof(*keep)),
	    next = 3 + l->plan->preserve_fds;
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (fds[i] >= next)
			keep[count++] = fds[i];
	qsort(keep, count, sizeof(*keep), by_number);
	for (size_t i = 0; i < count; i++) {
		if (keep[i] > next &&
		    close_range((unsigned int)next, (unsigned int)keep[i] - 1, 0) < 0)
			return err_sys(e, "close descriptors");
		next = keep[i] + 1;
	}
	if (close_range((unsigned int)next, ~0u, 0) < 0)
		return err_sys(e, "close descriptors");
	return 0;
}

static int take_stdio(struct launch *l, struct err *e)
{
	for (int i = 0; i < 3; i++) {
		if (l->stdio[i] < 0)
			continue;
		if (dup2(l->stdio[i], i) < 0)
			return err_sys(e, "dup2 stdio");
		fd_close(&l->stdio[i]);
	}
	return 0;
}

/* The container's own terminal comes later: until then the caller's must not be there. */
static int drop_terminal(struct launch *l, struct err *e)
{
	OWN_FD null = -1;

	if (!l->plan->process.terminal)
		return 0;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return err_sys(e, "open /dev/null");
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return err_sys(e, "dup2 /dev/null");
	return 0;
}

static int close_the_hosts(struct launch *l, struct err *e)
{
	size_t sources = l->rootfs.plan ? l->rootfs.plan->mount_count : 0, n = 0;
	int *keep = arena_new(l->arena, sources + l->doors->task_count + NS_TYPES + 4,
			      sizeof(*keep));

	keep[n++] = l->inside_end;
	keep[n++] = l->fifo;
	keep[n++] = l->target;
	keep[n++] = l->container_root;
	for (int i = 0; i < NS_TYPES; i++)
		keep[n++] = l->ns_fds[i];
	for (size_t i = 0; i < l->doors->task_count; i++)
		keep[n++] = l->doors->tasks[i];
	for (size_t i = 0; i < sources; i++)
		keep[n++] = l->rootfs.sources[i];
	return keep_only(l, keep, n, e);
}

int inside_leave_host(struct launch *l, struct err *e)
{
	if (take_stdio(l, e) < 0 || drop_terminal(l, e) < 0 || close_the_hosts(l, e) < 0)
		return -1;
	/* closed with the rest: its number may be somebody else's soon */
	l->doors->v2 = -1;
	process_reset_signals();
	l->in.umask = umask(0);
	return 0;
}

int inside_wait_go(struct launch *l, struct err *e)
{
	OWN_TEXT cgroup = { 0 };

	fd_close(&l->target);
	for (int i = 0; i < NS_TYPES; i++)
		fd_close(&l->ns_fds[i]);
	if (sync_expect_text(l->inside_end, MSG_GO, &cgroup, e) < 0)
		return -1;
	if (cgroup.len)
		cgroup_adopt(&l->cgroup, cgroup.s, l->arena);
	return 0;
}

/* ---- guard ---- */

int inside_guard(struct launch *l, struct err *e)
{
	(void)l;
	/*
	 * Not dumpable: whoever shares our pid namespace must not ptrace us or open
	 * what our descriptors mean (CVE-2016-9962). Changing ids resets both.
	 */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, "set non-dumpable");
	/* if the host is dead already, the next message never comes, and ends us too */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, "set parent death signal");
	return 0;
}

/* ---- steps ---- */

static int no_new_privs(struct launch *l, struct err *e)
{
	if (l->plan->process.no_new_privileges &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "set no_new_privs");
	return 0;
}

static int scheduling(struct launch *l, struct err *e)
{
	return process_set_scheduling(&l->plan->process, e);
}

static int say_ready(struct launch *l, struct err *e)
{
	if (sync_say(l->inside_end, MSG_READY, 0, -1, e) < 0)
		return -1;
	return sync_expect(l->inside_end, MSG_RUN, NULL, e);
}

/*
 * All but what the last steps need, and now: a filter may forbid close_range, and
 * "closed on exec" is too late where args[0] is /proc/self/fd/N.
 */
static int close_the_rest(struct launch *l, struct err *e)
{
	const int keep[] = { l->inside_end, l->fifo, l->in.self_fds, l->in.proc };

	return keep_only(l, keep, COUNT(keep), e);
}

static int selinux(struct launch *l, struct err *e)
{
	/* for exec it was written before the container was joined */
	int ret = !l->is_exec && l->in.proc >= 0 ?
			  label_selinux(&l->plan->label, l->in.proc, e) :
			  0;

	fd_close(&l->in.proc);
	return ret;
}

/*
 * The host takes the listener out of us: sending it is a system call that the
 * filter may stop. The host must then be allowed to look into us; an ordinary
 * user's host process is that only while we are dumpable.
 */
static int load_seccomp(struct launch *l, struct err *e)
{
	const struct filter_plan *p = &l->plan->seccomp;
	int listener;

	if (p->program.len == 0)
		return 0;
	log_debug("seccomp filter flags: %u", p->flags);
	if (p->notify && l->plan->rootless_euid && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return err_sys(e, "set dumpable");
	if (filter_load(p, &listener, e) < 0)
		return err_in(e, "unable to init seccomp");
	if (listener < 0)
		return 0;
	if (sync_say(l->inside_end, MSG_SECCOMP, listener, -1, e) < 0 ||
	    sync_expect(l->inside_end, MSG_SECCOMP_DONE, NULL, e) < 0)
		return -1;
	close(listener);
	return 0;
}

/* Without no_new_privs the kernel wants CAP_SYS_ADMIN for a filter: now, while we have
 * it. */
static int seccomp_early(struct launch *l, struct err *e)
{
	return l->plan->process.no_new_privileges ? 0 : load_seccomp(l, e);
}

/*
 * The container outlives the command: from here on its death is not ours. Before
 * the filter, which may forbid it; if the host dies now, the socket tells.
 */
static int let_the_host_go(struct launch *l, struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return err_sys(e, "clear the parent death signal");
	/*
	 * An ordinary user's exec joins a created container only if it may look into
	 * its init. There is nothing left in it but what its program will have too.
	 */
	if (l->fifo >= 0 && l->plan->rootless_euid &&
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return err_sys(e, "set dumpable");
	return 0;
}

/* With it, as late as possible, so that the filter need not allow what we do ourselves.
 */
static int seccomp_late(struct launch *l, struct err *e)
{
	return l->plan->process.no_new_privileges ? load_seccomp(l, e) : 0;
}

static int bounding(struct launch *l, struct err *e)
{
	/* needs CAP_SETPCAP, so before the sets are reduced */
	return caps_drop_bounding(&l->plan->caps, e);
}

static int own_stdio(struct launch *l, struct err *e)
{
	/* needs CAP_CHOWN, so before the ids change */
	return process_own_stdio(&l->plan->process, e);
}

static int enter_cwd(struct launch *l, struct err *e)
{
	/* once as root of the container: the user may lack the right to pass */
	return process_enter_cwd(&l->plan->process, &l->in.chdir_again, e);
}

static int become_user(struct launch *l, struct err *e)
{
	umask(l->plan->process.umask);
	if (caps_keep(true, e) < 0 ||
	    process_set_user(&l->plan->process, !l->in.groups_denied, e) < 0 ||
	    inside_guard(l, e) < 0)
		return -1;
	return caps_keep(false, e);
}

static int enter_cwd_again(struct launch *l, struct err *e)
{
	bool again = false;

	if (l->in.chdir_again) {
		if (process_enter_cwd(&l->plan->process, &again, e) < 0)
			return -1;
		if (again) {
			errno = EACCES;
			return err_sys(e,
				       "chdir to cwd (\"%s\") set in config.json failed",
				       l->plan->process.cwd);
		}
	}
	return process_check_cwd(e);
}

static int final_caps(struct launch *l, struct err *e)
{
	return caps_apply(&l->plan->caps, e) < 0 ? -1 : inside_guard(l, e);
}

static int find_program(struct launch *l, struct err *e)
{
	l->in.program = process_find(&l->plan->process, l->in.env, l->arena, e);
	return l->in.program ? 0 : -1;
}

/* clang-format off */
const struct step tail_steps[] = {
	{ "no_new_privs",               no_new_privs },
	{ "scheduler, ioprio, …",       scheduling },
	{ "say READY",                  say_ready },
	{ "selinux label on exec",      selinux },
	{ "close the rest",             close_the_rest },
	{ "seccomp, early",             seccomp_early },
	{ "bounding set",               bounding },
	{ "stdio's owner",              own_stdio },
	{ "working directory",          enter_cwd },
	{ "groups, gid, uid",           become_user },
	{ "final capabilities",         final_caps },
	{ "working directory, checked", enter_cwd_again },
	{ "find the program",           find_program },
	{ "let the host go",            let_the_host_go },
	{ "seccomp, late",              seccomp_late },
};
/* clang-format on */
const size_t tail_count = COUNT(tail_steps);

void inside_run(struct launch *l, const struct step *steps, size_t n)
{
	struct err e = { 0 };

	for (size_t i = 0; i < n; i++) {
		log_debug("inside: %s", steps[i].name);
		if (steps[i].run(l, &e) < 0)
			sync_fail(l->inside_end, &e);
	}
}

/* Nobody listens any more: the words go where the program's own would go. */
static _Noreturn void fail_bare(struct err *e)
{
	size_t n = strlen(e->text);

	if (n < sizeof(e->text) - 1)
		e->text[n++] = '\n';
	if (io_write_all(STDERR_FILENO, e->text, n) < 0)
		_exit(254);
	_exit(255);
}

static int start_container_hooks(struct launch *l, struct err *e)
{
	const struct oci_state state = launch_state(l, "created", getpid());

	if (l->is_exec || !l->plan->spec->hooks->of[HOOK_START_CONTAINER].list.n)
		return 0;
	return hooks_run(l->plan->spec->hooks, HOOK_START_CONTAINER, &state, l->in.env,
			 -1, e);
}

/*
 * create: the filter is loaded, and all that is left until the program is what is
 * tried here. If it kills us the host sees the socket close without the message.
 */
static int wait_for_start(struct launch *l, struct err *e)
{
	OWN_FD probe = proc_reopen(l->in.self_fds, l->fifo, O_PATH);

	if (probe < 0)
		return err_sys(e, "open exec fifo");
	fd_close(&probe);
	if (sync_say(l->inside_end, MSG_WAITING, 0, -1, e) < 0)
		return -1;
	fd_close(&l->inside_end);
	if (store_wait_fifo(l->fifo, l->in.self_fds, e) < 0)
		return -1;
	fd_close(&l->in.self_fds);
	fd_close(&l->fifo);
	return 0;
}

void inside_become_program(struct launch *l)
{
	struct err e = { 0 };

	log_debug(l->is_exec ? "setns_init: about to exec" :
			       "init: closing the pipe to signal completion");
	log_divert(NULL);
	if (l->fifo >= 0 && wait_for_start(l, &e) < 0)
		fail_bare(&e);
	if (start_container_hooks(l, &e) < 0)
		fail_bare(&e);
	/* run and exec: the host learns by this that all went well */
	fd_close(&l->inside_end);
	process_execute(l->in.program, &l->plan->process, l->in.env,
			l->plan->preserve_fds, &e);
	fail_bare(&e);
}
