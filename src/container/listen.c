/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host hears from the inside: a table says which message may come when,
 * and how often. Anything else ends the container.                   Runs: host
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "container/cgroups.h"
#include "container/exec.h"
#include "container/hooks.h"
#include "container/launch.h"
#include "container/listen.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "network/network.h"

/* ---- ids ---- */

static int idmap_mounts(struct launch *l, pid_t pid, struct err *e)
{
	OWN_FD proc = -1;
	OWN_FD userns = -1;

	for (size_t i = 0; i < l->plan->rootfs.mount_count; i++) {
		if (l->plan->rootfs.mounts[i].idmap != IDMAPPED_CONTAINER ||
		    l->ns_fds[NS_USER] >= 0)
			continue;
		if (proc < 0 && (proc = proc_open_pid(pid, e)) < 0)
			return -1;
		if (userns < 0)
			userns = openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
		if (userns < 0)
			return err_sys(e, "open the container's user namespace");
		if (rootfs_idmap(&l->rootfs, i, userns, e) < 0)
			return -1;
	}
	return 0;
}

int listen_map_ids(struct launch *l, pid_t pid, struct err *e)
{
	if (ns_write_idmaps(&l->plan->ns, pid, e) < 0)
		return err_in(e, "map the container's ids");
	return idmap_mounts(l, pid, e);
}

int listen_idmap_early(struct launch *l, struct err *e)
{
	for (size_t i = 0; i < l->plan->rootfs.mount_count; i++) {
		const struct mount_plan *m = &l->plan->rootfs.mounts[i];
		OWN_FD own = -1;

		if (m->idmap == IDMAPPED_OWN &&
		    (own = ns_make_userns(m->uids, m->gids, e)) < 0)
			return -1;
		if (m->idmap == IDMAPPED_CONTAINER && l->ns_fds[NS_USER] < 0)
			continue; /* its namespace is yet to be made */
		if (m->idmap != IDMAPPED_NO &&
		    rootfs_idmap(&l->rootfs, i, own >= 0 ? own : l->ns_fds[NS_USER], e) <
			    0)
			return -1;
	}
	return 0;
}

int listen_say_go(struct launch *l, struct err *e)
{
	/* where systemd has put it init cannot know */
	return sync_say_text(l->sync, MSG_GO, 0, l->unit_path ? l->unit_path : "", -1, e);
}

static int hear_map_ids(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	(void)m, (void)fd;
	if (listen_map_ids(l, l->middle, e) < 0)
		return -1;
	return sync_say(l->sync, MSG_GO, 0, -1, e);
}

/*
 * A number that init's middle process made up would be mapped, recorded and at last
 * killed: only a child of ours will do. Its number is not reused before we reap it.
 */
static int take_child(struct launch *l, pid_t pid, struct err *e)
{
	siginfo_t info;
	OWN_FD pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;

	if (pidfd < 0 ||
	    waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return err_set(e, "init named process %d, which is not a child", pid);
	l->pid = pid;
	l->pidfd = fd_take(&pidfd);
	return 0;
}

static int hear_pid(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	int status;

	(void)fd;
	while (waitpid(l->middle, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "wait for the middle process");
	l->middle = 0;
	/* a sibling of the middle process */
	if (take_child(l, m->value, e) < 0)
		return -1;
	l->stage = AT_SETUP;
	if (l->is_exec ? exec_attach(l, e) < 0 : cgroups_enter_unit(l, l->pid, e) < 0)
		return -1;
	/* not before: what it says must not come earlier than its number */
	return listen_say_go(l, e);
}

/* ---- setting up ---- */

static int hear_need_source(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	const struct rootfs_plan *p = &l->plan->rootfs;
	OWN_FD source = -1;

	(void)fd;
	if (m->value < 0 || (size_t)m->value >= p->mount_count ||
	    p->mounts[m->value].kind != MOUNT_BIND)
		return err_set(e, "init asked for a mount source that there is not");
	source = rootfs_open_source(&p->mounts[m->value], e);
	if (source < 0)
		return -1;
	return sync_say(l->sync, MSG_SOURCE, m->value, source, e);
}

static int move_net_devices(struct launch *l, struct err *e)
{
	OWN_FD proc = -1;
	OWN_FD netns = -1;

	if (!l->plan->spec->linux->net_devices.n)
		return 0;
	proc = proc_open_pid(l->pid, e);
	if (proc < 0)
		return -1;
	netns = openat(proc, "ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return err_sys(e, "open the container's network namespace");
	return network_move_devices(l->plan->spec->linux->net_devices.v,
				    l->plan->spec->linux->net_devices.n, netns, e);
}

static int hear_root_ready(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	const struct oci_state state = launch_state(l, "creating", l->pid);
	const struct spec_hooks *hooks = l->plan->spec->hooks;

	(void)m, (void)fd;
	if (move_net_devices(l, e) < 0 ||
	    hooks_run(hooks, HOOK_PRESTART, &state, environ, l->cancel, e) < 0 ||
	    hooks_run(hooks, HOOK_CREATE_RUNTIME, &state, environ, l->cancel, e) < 0)
		return -1;
	return sync_say(l->sync, MSG_HOOKS_DONE, 0, -1, e);
}

static int hear_console(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	struct stat st;

	(void)m;
	if (!l->plan->process.terminal)
		return err_set(e, "init sent a terminal that the config does not ask for");
	if (*fd < 0 || fstat(*fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != makedev(5, 2))
		return err_set(e, "init sent no terminal");
	return io_console(l, fd_take(fd), e);
}

static int hear_ready(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	(void)m, (void)fd;
	if (!(l->heard & 1u << MSG_ROOT_READY) && !l->is_exec &&
	    move_net_devices(l, e) < 0)
		return -1;
	l->at_ready = true;
	return 0;
}

/* ---- sealed ---- */

static int hear_seccomp(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	/* for exec the state is that of the container, which runs already */
	const char *status = l->is_exec ? "running" : "creating";
	const struct oci_state state =
		launch_state(l, status, l->is_exec ? l->record.pid : l->pid);
	OWN_FD listener = -1;

	(void)fd;
	if (l->agent < 0)
		return err_set(e,
			       "init has a seccomp listener that the config does not ask for");
	listener = pidfd_take_fd(l->pidfd, m->value);
	if (listener < 0)
		return err_sys(e, "take the seccomp listener from init");
	if (filter_hand_over(l->agent, listener, l->pid, l->plan->seccomp.metadata,
			     &state, e) < 0)
		return -1;
	fd_close(&l->agent);
	return sync_say(l->sync, MSG_SECCOMP_DONE, 0, -1, e);
}

static int hear_waiting(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	(void)l, (void)m, (void)fd, (void)e;
	return 0; /* having come is all there is to it */
}

/* ---- always ---- */

static int hear_log(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	(void)l, (void)fd, (void)e;
	if (m->value >= LOG_LEVEL_ERROR && m->value <= LOG_LEVEL_DEBUG)
		log_line((enum log_level)m->value, "init", 0, "init", "%s", m->err.text);
	return 0;
}

static int hear_failed(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	(void)l, (void)fd;
	*e = m->err;
	e->text[sizeof(e->text) - 1] = '\0';
	return err_in(e, l->is_exec ? "error executing setns process" :
				      "error during container init");
}

struct rule {
	enum msg_kind kind;
	unsigned int when; /* enum stage */
	bool once;
	int (*hear)(struct launch *l, const struct msg *m, int *fd, struct err *e);
};

/* clang-format off */
static const struct rule host_hears[] = {
	{ MSG_MAP_IDS,     AT_CLONE,                        true,  hear_map_ids },
	{ MSG_PID,         AT_CLONE,                        true,  hear_pid },
	{ MSG_NEED_SOURCE, AT_SETUP,                        false, hear_need_source },
	{ MSG_ROOT_READY,  AT_SETUP,                        true,  hear_root_ready },
	{ MSG_CONSOLE,     AT_SETUP,                        true,  hear_console },
	{ MSG_READY,       AT_SETUP,                        true,  hear_ready },
	{ MSG_SECCOMP,     AT_SEALED,                       true,  hear_seccomp },
	{ MSG_WAITING,     AT_SEALED,                       true,  hear_waiting },
	{ MSG_LOG,         AT_CLONE | AT_SETUP | AT_SEALED, false, hear_log },
	{ MSG_FAILED,      AT_CLONE | AT_SETUP | AT_SEALED, false, hear_failed },
};
/* clang-format on */

static int obey(struct launch *l, const struct msg *m, int *fd, struct err *e)
{
	for (size_t i = 0; i < COUNT(host_hears); i++) {
		const struct rule *r = &host_hears[i];

		if ((int)r->kind != m->kind)
			continue;
		if (!(r->when & l->stage) || (r->once && l->heard & 1u << r->kind))
			break;
		l->heard |= 1u << r->kind;
		return r->hear(l, m, fd, e);
	}
	return err_set(e, "init sent message %d out of turn", m->kind);
}

/* It closed the socket without a word: say what became of it. */
static int died(struct launch *l, struct err *e)
{
	int status = 0;
	pid_t pid = l->pid ? l->pid : l->middle;

	if (pid <= 0 || waitpid(pid, &status, 0) < 0)
		return err_set(e, "container init died");
	*(l->pid ? &l->pid : &l->middle) = 0;
	if (WIFSIGNALED(status))
		return err_set(e, "container init was killed by signal %d",
			       WTERMSIG(status));
	return err_set(e, "container init exited with status %d", WEXITSTATUS(status));
}

/* A container that never answers must not make us deaf to who started it. */
static int wait_for_word(struct launch *l, struct err *e)
{
	struct pollfd p[] = { { .fd = l->sync, .events = POLLIN },
			      { .fd = l->cancel, .events = POLLIN } };

	for (;;) {
		if (poll(p, COUNT(p), -1) < 0)
			continue;
		/* once it has closed its end the program runs, and signals are for that:
		 * what is left to hear is not more than it had said by then */
		if (p[1].revents && !(p[0].revents & POLLHUP))
			return err_set(e, "interrupted by a signal");
		if (p[0].revents)
			return 0;
	}
}

static int hear_one(struct launch *l, struct err *e)
{
	OWN_FD fd = -1;
	struct msg m = { 0 };
	int ret;

	if (wait_for_word(l, e) < 0)
		return -1;
	ret = sync_hear(l->sync, &m, &fd, e);

	if (ret == 0)
		l->at_end = true;
	if (ret <= 0)
		return ret;
	return obey(l, &m, &fd, e);
}

int listen_until_ready(struct launch *l, struct err *e)
{
	while (!l->at_ready) {
		if (hear_one(l, e) < 0)
			return -1;
		if (l->at_end)
			return died(l, e);
	}
	l->stage = AT_SEALED;
	return 0;
}

int listen_until_end(struct launch *l, struct err *e)
{
	while (!l->at_end)
		if (hear_one(l, e) < 0)
			return -1;
	return 0;
}
