/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other programs: hooks, newuidmap, ps. Started by vfork, so our memory is not
 * copied; with default signals, an empty signal mask, a process group of its
 * own and no descriptor but 0, 1 and 2 (security: H2).
 *
 * The caller ignores SIGPIPE (main does): a hook may close its stdin unread.
 */
#ifndef KERNEL_SPAWN_H
#define KERNEL_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

struct spawn {
	const char *path; /* no lookup */
	char *const *argv;
	char *const *envp;
	const char *input; /* all of its stdin; NULL is empty */
	int timeout_ms;    /* -1: none; then the whole group gets SIGKILL */
	int cancel; /* 0 or -1: none; else a descriptor: when it is readable, the same */
	bool own_stdout; /* its stdout is ours, only stderr is kept */
	size_t keep_max; /* so much of each output is kept; 0: 64 KiB */
};

struct spawned {
	pid_t pid;
	int pidfd;
	int in, out, err;  /* our ends, -1 once closed */
	const char *input; /* what is left to send */
	int timeout_ms, cancel;
	size_t keep_max;
};

struct spawn_result {
	int status; /* as waitpid(2) gives it */
	bool timed_out, cancelled;
	struct text out, err; /* the first .keep_max of each; the caller frees */
};

/* Starts it and returns; spawn_finish() must follow. The input must live until then. */
int spawn_start(const struct spawn *s, struct spawned *child, struct err *e);

/*
 * Feeds and drains it until it ends or its time is up. Does not wait for
 * grandchildren that keep its output open: a hook may leave a daemon.
 */
int spawn_finish(struct spawned *child, struct spawn_result *r, struct err *e);

/*
 * Starts a program that outlives us: in a session of its own, in "/", with /dev/null as
 * 0, 1 and 2, .fd as 3 and nothing else open. *pidfd is the caller's, who may reap it.
 */
struct spawn_service {
	const char *path;
	char *const *argv, *const *envp;
	int fd;
	bool own_stderr; /* for who looks for a fault: ours, which it keeps open */
};

int spawn_service(const struct spawn_service *s, pid_t *pid, int *pidfd, struct err *e);

/* Looks a program up in a PATH value; the caller frees, NULL if there is none. */
char *spawn_find(const char *name, const char *path);

void spawn_result_free(struct spawn_result *r);

#endif
