/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes by descriptor, so that a number which was given to another process
 * meanwhile is never signalled. The only sender of signals.
 */
#ifndef KERNEL_PIDFD_H
#define KERNEL_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The process that had this pid and start time (clock ticks): opened first, then
 * compared, so the answer stays true. Returns a descriptor the caller owns, -1
 * with e->sys ESRCH if that process is gone, dead or a zombie.
 */
int pidfd_find(pid_t pid, uint64_t start, struct err *e);

/* -1 with errno (ESRCH: it has ended). */
int pidfd_signal(int pidfd, int signal);

/* Waits for the end of a process, ours or not; timeout_ms -1 is for ever. 1 ended, 0
 * timeout. */
int pidfd_wait(int pidfd, int timeout_ms);

/* Takes a copy of another process's descriptor; needs ptrace rights over it. -1 with
 * errno. */
int pidfd_take_fd(int pidfd, int fd);

/*
 * How a process ended that is not ours to reap, as waitpid(2) would have it: asked by a
 * descriptor from before its end, once its parent has reaped it (Linux 6.15). False if
 * the kernel does not tell, or its parent takes its time.
 */
bool pidfd_status(int pidfd, int *status);

/* Reaps a child: its wait status as waitpid(2) gives it. */
int pidfd_reap(int pidfd, int *status);

/* The exit status a shell would report: 128+N for signal N. */
int wait_status_code(int status);

#endif
