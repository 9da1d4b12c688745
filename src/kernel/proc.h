/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A /proc that can be trusted, and the only opener of it. On the host that is
 * the caller's /proc, checked to be procfs; inside a container it is a procfs of
 * our own that is mounted nowhere, so nothing can be mounted over its files
 * (CVE-2025-52881). Files are opened beneath a handle without links.
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/* The caller's own /proc (O_PATH). Runs: host, or init before the pivot. */
int proc_open_host(struct err *e);

/*
 * A detached procfs of the caller's pid namespace: all of it, or read-only and with
 * processes alone. Where the kernel does not give one (a user namespace under a
 * masked /proc: EPERM), the host's /proc as above: so call it before the pivot. The
 * caller owns the descriptor, must not let it be inherited, and closes it before
 * anything of the image runs.
 */
int proc_open_private(bool processes_only, struct err *e);

/* /proc/PID as an O_PATH directory: it goes stale when the process dies, and never means
 * another. */
int proc_open_pid(pid_t pid, struct err *e);

/*
 * Does the kernel deny setgroups in that process's user namespace? Its gid map
 * was then written without privilege. dir: proc_open_pid() or proc_open_self().
 */
bool proc_denies_setgroups(int dir);

/* Opens a file beneath a procfs handle: no links, no mount points on the way. -1 with
 * errno. */
int proc_open_file(int proc, const char *path, int flags);

/* One write to such a file. -1 with errno. */
int proc_write(int proc, const char *path, const char *value);

/* The caller's own directory in a procfs (thread-self). -1 with errno. */
int proc_open_self(int proc);

/* The directory of the caller's own descriptors in a procfs. -1 with errno. */
int proc_open_self_fds(int proc);

/*
 * Opens again what descriptor fd of this process means, with other flags, by
 * that directory: one openat, which the usual seccomp profiles allow. -1 with errno.
 */
int proc_reopen(int fds, int fd, int flags);

struct proc_stat {
	char state;     /* R S D Z X … */
	uint64_t start; /* clock ticks since boot: with the pid, the identity of a process
			 */
};

/* 1 found, 0 no such process, -1 failed. */
int proc_stat(pid_t pid, struct proc_stat *out, struct err *e);

/* Parses the content of /proc/PID/stat; the name in it is the process's to choose. Pure.
 */
bool proc_stat_parse(const char *text, struct proc_stat *out);

/* Device and inode of a namespace file: equal means the same namespace. -1 with errno. */
int proc_ns_id(const char *path, uint64_t *dev, uint64_t *ino);

/* Is this descriptor of a namespace file the caller's own? file: "net", "user". */
bool proc_is_own_ns(int fd, const char *file);

/* Is the caller in a user namespace other than the first? By the inode, not by the map.
 */
bool proc_in_userns(void);

#endif
