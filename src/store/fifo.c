/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.fifo: init blocks opening it for writing until `start` opens it for
 * reading. Its existence is what "created" means: removing it is the change to
 * "running". The same protocol as the Go runc, so that either can start what the
 * other created.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/proc.h"
#include "store/store.h"

int store_make_fifo(int dir, uid_t uid, gid_t gid, struct err *e)
{
	OWN_FD fd = -1;

	if (mkfifoat(dir, FIFO_FILE, 0622) < 0)
		return err_sys(e, "create " FIFO_FILE);
	/* the umask must not decide who may let init go on */
	if (fchmodat(dir, FIFO_FILE, 0622, 0) < 0)
		return err_sys(e, "chmod " FIFO_FILE);
	if ((uid != geteuid() || gid != getegid()) &&
	    fchownat(dir, FIFO_FILE, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != EPERM)
		return err_sys(e, "chown " FIFO_FILE);
	fd = openat(dir, FIFO_FILE, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open " FIFO_FILE) : fd_take(&fd);
}

bool store_has_fifo(int dir)
{
	return faccessat(dir, FIFO_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int store_wait_fifo(int fifo, int fds, struct err *e)
{
	OWN_FD fd = -1;

	do
		fd = proc_reopen(fds, fifo, O_WRONLY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(e, "open exec fifo");
	return write(fd, "0", 1) == 1 ? 0 : err_sys(e, "write exec fifo");
}

static int died(struct err *e)
{
	return err_set(e,
		       "exec fifo is empty: container init did not signal execve readiness (process died before writing, or fifo already consumed)");
}

int store_release_fifo(int dir, int pidfd, struct err *e)
{
	OWN_FD fd = openat(dir, FIFO_FILE, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	char byte;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "exec fifo: open " FIFO_FILE);
	if (!S_ISFIFO(st.st_mode))
		return err_set(e, "exec fifo: not a FIFO");
	for (;;) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN },
				      { .fd = pidfd, .events = POLLIN } };
		ssize_t n;

		if (poll(p, COUNT(p), -1) < 0)
			continue;
		n = p[0].revents ? read(fd, &byte, 1) : -1;
		if (n == 1)
			break;
		/* HUP before init has opened it reads as 0 bytes: only its death ends the
		 * waiting */
		if (p[1].revents)
			return died(e);
	}
	return unlinkat(dir, FIFO_FILE, 0) < 0 ? err_sys(e, "remove " FIFO_FILE) : 0;
}
