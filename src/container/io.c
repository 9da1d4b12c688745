/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's side of stdio, terminals and sockets.                   Runs: host
 *
 * In the foreground, pipes, sockets and files of the caller's are the container's
 * own 0, 1 and 2: nothing is copied. A terminal of the caller's never enters a
 * container: it gets a pipe, or with process.terminal a pty of its own, and we
 * pass the bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "container/launch.h"
#include "kernel/sock.h"

int io_check(const struct io_options *io, bool terminal, struct err *e)
{
	if (io->detach && terminal && !io->console_socket)
		return err_set(e,
			       "cannot allocate tty if runc will detach without setting console socket");
	if (io->console_socket && !(io->detach && terminal))
		return err_set(e,
			       "cannot use console socket if runc will not detach or allocate tty");
	return 0;
}

int io_check_preserved(const struct context *c, int listen_fds, int64_t preserve_fds,
		       struct err *e)
{
	if (listen_fds > c->inherited_fds)
		return err_set(e, "LISTEN_FDS is %d, but descriptor %d is not open",
			       listen_fds, 3 + c->inherited_fds);
	if (preserve_fds > c->inherited_fds - listen_fds) {
		errno = EBADF;
		return err_sys(e, "unable to stat preserved-fd %d (of %jd)",
			       c->inherited_fds - listen_fds, (intmax_t)preserve_fds);
	}
	return 0;
}

/* Between the caller's terminal and descriptor i of the container. */
static int pipe_for(struct launch *l, int i, struct err *e)
{
	OWN_FD reader = -1;
	OWN_FD writer = -1;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	reader = pair[0], writer = pair[1];
	if (relay_add(&l->relay, i == 0 ? STDIN_FILENO : reader, i == 0 ? writer : i, e) <
	    0)
		return -1;
	l->stdio[i] = fd_take(i == 0 ? &reader : &writer);
	return 0;
}

int io_open(struct launch *l, struct err *e)
{
	const struct io_options *io = l->io;

	if (io->console_socket &&
	    (l->console_sock = sock_connect(io->console_socket, e)) < 0)
		return -1;
	if (io->pidfd_socket && (l->pidfd_sock = sock_connect(io->pidfd_socket, e)) < 0)
		return err_in(e, "failed to dail %s", io->pidfd_socket);
	if (l->plan->seccomp.notify &&
	    (l->agent = filter_connect(&l->plan->seccomp, e)) < 0)
		return -1;
	if (io->detach || l->plan->process.terminal)
		return 0;
	for (int i = 0; i < 3; i++)
		if (isatty(i) && pipe_for(l, i, e) < 0)
			return -1;
	return 0;
}

int io_console(struct launch *l, int master, struct err *e)
{
	l->master = master;
	if (l->console_sock < 0)
		return relay_tty(&l->relay, master, e);
	if (console_send(l->console_sock, master, "/dev/pts/ptmx", e) < 0)
		return -1;
	fd_close(&l->master);
	fd_close(&l->console_sock);
	return 0;
}

int io_started(struct launch *l, struct err *e)
{
	const char *name = l->is_exec ? "setns" : "standard";

	/* or we would never see the end of what the container writes */
	for (int i = 0; i < 3; i++)
		fd_close(&l->stdio[i]);
	if (l->pidfd_sock >= 0 && console_send(l->pidfd_sock, l->pidfd, name, e) < 0)
		return err_in(e, "pidfd socket");
	fd_close(&l->pidfd_sock);
	return 0;
}
