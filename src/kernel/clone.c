/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/clone.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/compat.h"

pid_t kernel_clone(uint64_t flags, int cgroup_fd, int *pidfd)
{
	int fd = -1;
	struct clone_args args = {
		.flags = flags,
		/* a sibling inherits the signal of our own parent */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t)(uintptr_t)&fd;
	}
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid > 0 && pidfd)
		*pidfd = fd;
	return pid;
}
