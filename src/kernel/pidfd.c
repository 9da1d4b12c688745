/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/pidfd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/proc.h"

#define STATUS_MS 2000

int pidfd_find(pid_t pid, uint64_t start, struct err *e)
{
	OWN_FD fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct proc_stat stat;
	int found;

	/* EINVAL: the number belongs to a thread that is not a leader, so the leader is
	 * gone */
	if (fd < 0 && (pid <= 0 || errno == EINVAL || errno == ESRCH)) {
		errno = ESRCH;
		return err_sys(e, "process %d", pid);
	}
	if (fd < 0)
		return err_sys(e, "pidfd_open %d", pid);
	found = proc_stat(pid, &stat, e);
	if (found < 0)
		return -1;
	if (!found || stat.start != start || stat.state == 'Z' || stat.state == 'X') {
		errno = ESRCH;
		return err_sys(e, "process %d", pid);
	}
	return fd_take(&fd);
}

int pidfd_signal(int pidfd, int signal)
{
	return pidfd_send_signal(pidfd, signal, NULL, 0);
}

int pidfd_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

int pidfd_take_fd(int pidfd, int fd)
{
	return pidfd_getfd(pidfd, fd, 0);
}

bool pidfd_status(int pidfd, int *status)
{
	struct kernel_pidfd_info info = { .mask = PIDFD_INFO_EXIT };
	struct pollfd p = { .fd = pidfd };

	/* POLLHUP is that it was reaped: nothing else is asked for */
	if (poll(&p, 1, STATUS_MS) <= 0 || !(p.revents & POLLHUP) ||
	    ioctl(pidfd, PIDFD_GET_INFO, &info) < 0 || !(info.mask & PIDFD_INFO_EXIT))
		return false;
	*status = info.exit_code;
	return true;
}

int pidfd_reap(int pidfd, int *status)
{
	siginfo_t info = { 0 };

	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -1;
	*status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 :
					       info.si_status & 0x7f;
	return 0;
}

int wait_status_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
