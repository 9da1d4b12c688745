/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the foreground: signals go in, bytes go both ways, at the end there is a
 * status. We are a subreaper, so orphans of the container that shares our pid
 * namespace end here too.                                             Runs: host
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "container/launch.h"
#include "container/net_found.h"
#include "container/notify.h"
#include "kernel/pidfd.h"

/*
 * All but those the kernel sends for our own faults, and those of job control by
 * reading or writing the terminal in the background: these stop us, as they should.
 */
static void signals_of_interest(sigset_t *set)
{
	static const int ours[] = { SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT,
				    SIGSYS,  SIGTTIN, SIGTTOU, SIGSTOP, SIGKILL };

	sigfillset(set);
	for (size_t i = 0; i < COUNT(ours); i++)
		sigdelset(set, ours[i]);
}

static void signals_to_give_up(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGQUIT);
}

int wait_block_signals(struct launch *l, struct err *e)
{
	sigset_t set;

	signals_to_give_up(&set);
	l->cancel = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!l->io->detach)
		signals_of_interest(&set);
	if (l->cancel < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_sys(e, "block signals");
	return 0;
}

/* runc-net ends with init, and init's end is seen first. */
static void warn_of_network(const struct launch *l, int status)
{
	OWN_TEXT line = { 0 };

	if (pidfd_wait(l->pidfd, 0))
		return;
	net_print_death(l->plan->id, status, &line);
	log_warning("%s", text_str(&line));
}

/* Reaps orphans; init's own status is left for the end. */
static void reap_others(const struct launch *l)
{
	int status;

	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid > 0 && info.si_pid != l->pid) {
		if (waitpid(info.si_pid, &status, WNOHANG) == l->net.pid && l->pid)
			warn_of_network(l, status);
		info.si_pid = 0;
	}
}

static void take_signal(struct launch *l, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD)
			reap_others(l);
		else if (number == SIGWINCH)
			relay_resize(&l->relay);
		else if (number != SIGURG)
			pidfd_signal(l->pidfd, number);
	}
}

int wait_foreground(struct launch *l, int *status, struct err *e)
{
	OWN_FD signals = -1;
	int wait_status = 0;
	sigset_t set;

	signals_of_interest(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return err_sys(e, "signalfd");
	for (;;) {
		struct pollfd p[3 + 2 * RELAY_PIPES] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = l->pidfd, .events = POLLIN },
			{ .fd = notify_fd(), .events = POLLIN },
		};
		size_t n = relay_poll(&l->relay, p + 3);

		if (poll(p, 3 + n, -1) < 0)
			continue;
		relay_move(&l->relay, p + 3, n);
		if (p[0].revents)
			take_signal(l, signals);
		if (p[2].revents)
			notify_forward(getpid());
		if (p[1].revents)
			break;
	}
	if (pidfd_reap(l->pidfd, &wait_status) < 0)
		return err_sys(e, "wait for the container");
	l->pid = 0;
	reap_others(l);
	relay_drain(&l->relay);
	relay_end(&l->relay);
	*status = wait_status_code(wait_status);
	return 0;
}
