/* SPDX-License-Identifier: Apache-2.0 */
#include "container/middle.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/clone.h"
#include "kernel/proc.h"
#include "kernel/sock.h"

/*
 * exec into a container with an LSM label: the label for the coming execve is
 * written here, where /proc is still the host's, and our child inherits it.
 */
static int write_labels(struct launch *l, struct err *e)
{
	const struct label_plan *p = &l->plan->label;
	OWN_FD proc = -1;

	if (!l->is_exec || (!p->apparmor && !p->selinux))
		return 0;
	proc = proc_open_host(e);
	if (proc < 0 || label_apparmor(p, proc, e) < 0)
		return -1;
	return label_selinux(p, proc, e);
}

static int join(struct launch *l, struct err *e)
{
	const struct ns_plan *p = &l->plan->ns;

	if (write_labels(l, e) < 0 || inside_leave_host(l, e) < 0)
		return -1;
	/* no session of the caller's, so no controlling terminal either */
	if (setsid() < 0)
		return err_sys(e, "setsid");
	/* before the first setns: those who live there must not look into us (CVE-2016-9962) */
	if ((p->joins || l->is_exec) && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, "set non-dumpable");
	return l->is_exec ? ns_join_process(l->target, l->join_flags, e) :
			    ns_join(l->ns_fds, e);
}

/* New ones that must be there before the clone; *flags loses them. */
static int make(struct launch *l, uint64_t *flags, struct err *e)
{
	const struct ns_plan *p = &l->plan->ns;

	if (*flags & CLONE_NEWUSER) {
		if (unshare(CLONE_NEWUSER) < 0)
			return err_sys(e, "unshare the user namespace");
		if (sync_say(l->inside_end, MSG_MAP_IDS, 0, -1, e) < 0 ||
		    sync_expect(l->inside_end, MSG_GO, NULL, e) < 0)
			return -1;
		*flags &= ~(uint64_t)CLONE_NEWUSER;
	}
	/* after the user namespace: setting its clocks takes the privilege over that */
	if (p->offset_count) {
		if (ns_make_time(p, e) < 0)
			return -1;
		*flags &= ~(uint64_t)CLONE_NEWTIME;
	}
	return 0;
}

static _Noreturn void middle_main(struct launch *l, void (*inside)(struct launch *))
{
	uint64_t flags = l->is_exec ? 0 : l->plan->ns.make;
	struct err e = { 0 };
	pid_t pid;

	sync_divert_log(l->inside_end);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) {
		err_sys(&e, "set parent death signal");
		sync_fail(l->inside_end, &e);
	}
	if (join(l, &e) < 0 || make(l, &flags, &e) < 0)
		sync_fail(l->inside_end, &e);
	/* a child of the host's, not ours: the host waits for it */
	pid = kernel_clone(flags | CLONE_PARENT, -1, NULL);
	if (pid == 0)
		inside(l);
	if (pid < 0) {
		err_sys(&e, "clone into the namespaces");
		sync_fail(l->inside_end, &e);
	}
	if (sync_say(l->inside_end, MSG_PID, pid, -1, &e) < 0)
		_exit(1);
	_exit(0);
}

int middle_clone(struct launch *l, void (*inside)(struct launch *), struct err *e)
{
	bool staged = l->plan->ns.staged || l->is_exec;
	int pair[2], pidfd = -1;
	pid_t pid;

	if (sock_pair(pair) < 0)
		return err_sys(e, "make a socket pair");
	l->sync = pair[0];
	l->inside_end = pair[1];
	/* the Go runc's tests and some scripts look for these words */
	log_debug("nsexec[%d]: => nsexec container setup", getpid());
	pid = kernel_clone(staged ? 0 : l->plan->ns.make, l->doors->v2,
			   staged ? NULL : &pidfd);
	if (pid < 0) {
		err_sys(e, "clone the container's namespaces");
		fd_close(&l->sync);
		fd_close(&l->inside_end);
		return -1;
	}
	if (pid == 0) {
		fd_close(&l->sync);
		if (staged)
			middle_main(l, inside);
		inside(l);
	}
	fd_close(&l->inside_end);
	if (staged) {
		l->middle = pid;
	} else {
		l->pid = pid;
		l->pidfd = pidfd;
		l->stage = AT_SETUP;
	}
	return 0;
}

static void end(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

void middle_kill(struct launch *l)
{
	/* its socket first: a middle process that is about to clone gives up */
	fd_close(&l->sync);
	end(&l->middle);
	end(&l->pid);
}
