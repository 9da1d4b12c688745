/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "kernel/pidfd.h"

#define KEEP_MAX 65536
#define DRAIN_MAX 65536 /* what a pipe holds */

/* No signal of ours is ignored or blocked there; alone: POSIX_SPAWN_SETSID or _SETPGROUP. */
static int launch(const struct spawn *s, const posix_spawn_file_actions_t *files,
		  int alone, pid_t *pid)
{
	posix_spawnattr_t attr;
	sigset_t all, none;
	int ret;

	posix_spawnattr_init(&attr);
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr, (short)(POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK | alone));
	ret = posix_spawn(pid, s->path, files, &attr, s->argv, s->envp);
	posix_spawnattr_destroy(&attr);
	errno = ret;
	return ret ? -1 : 0;
}

static int launch_piped(const struct spawn *s, int in, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int ret;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	if (!s->own_stdout)
		posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	ret = launch(s, &files, POSIX_SPAWN_SETPGROUP, pid);
	posix_spawn_file_actions_destroy(&files);
	return ret;
}

int spawn_service(const struct spawn_service *s, pid_t *pid, int *pidfd, struct err *e)
{
	const struct spawn program = { .path = s->path, .argv = s->argv, .envp = s->envp };
	posix_spawn_file_actions_t files;
	int ret;

	posix_spawn_file_actions_init(&files);
	for (int i = 0; i < (s->own_stderr ? 2 : 3); i++)
		posix_spawn_file_actions_addopen(&files, i, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&files, s->fd, 3);
	posix_spawn_file_actions_addclosefrom_np(&files, 4);
	posix_spawn_file_actions_addchdir_np(&files, "/");
	ret = launch(&program, &files, POSIX_SPAWN_SETSID, pid);
	posix_spawn_file_actions_destroy(&files);
	if (ret < 0)
		return err_sys(e, "cannot run %s", s->path);
	*pidfd = pidfd_open(*pid, 0);
	return *pidfd < 0 ? err_sys(e, "pidfd_open %s", s->path) : 0;
}

int spawn_start(const struct spawn *s, struct spawned *child, struct err *e)
{
	OWN_FD in_r = -1;
	OWN_FD in_w = -1;
	OWN_FD out_r = -1;
	OWN_FD out_w = -1;
	OWN_FD err_r = -1;
	OWN_FD err_w = -1;
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	in_r = in[0], in_w = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	out_r = out[0], out_w = out[1];
	if (pipe2(err, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	err_r = err[0], err_w = err[1];
	/* our ends only: the program expects blocking ones */
	fcntl(in_w, F_SETFL, O_NONBLOCK);
	fcntl(out_r, F_SETFL, O_NONBLOCK);
	fcntl(err_r, F_SETFL, O_NONBLOCK);
	if (launch_piped(s, in_r, out_w, err_w, &child->pid) < 0)
		return err_sys(e, "fork/exec %s", s->path);
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd < 0)
		return err_sys(e, "pidfd_open %s", s->path);
	child->in = fd_take(&in_w);
	child->out = fd_take(&out_r);
	child->err = fd_take(&err_r);
	child->input = s->input ? s->input : "";
	child->timeout_ms = s->timeout_ms;
	child->cancel = s->cancel > 0 ? s->cancel : -1;
	child->keep_max = s->keep_max ? s->keep_max : KEEP_MAX;
	return 0;
}

static void feed(struct spawned *child)
{
	size_t n = strlen(child->input);
	ssize_t done = n ? write(child->in, child->input, n) : 0;

	if (done > 0)
		child->input += done;
	/* EPIPE: it does not care for its input, and may do so */
	if (!*child->input || (done < 0 && errno != EAGAIN && errno != EINTR))
		fd_close(&child->in);
}

/* As much as a pipe holds: who writes without end must not keep us from the clock. */
static void drain(int *fd, struct text *keep, size_t keep_max)
{
	char buf[4096];
	ssize_t n = 1;

	for (size_t done = 0; n > 0 && done < DRAIN_MAX; done += sizeof(buf)) {
		size_t room = keep_max - keep->len;

		n = read(*fd, buf, sizeof(buf));
		if (n > 0)
			text_addn(keep, buf, (size_t)n < room ? (size_t)n : room);
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		fd_close(fd);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int spawn_finish(struct spawned *child, struct spawn_result *r, struct err *e)
{
	long long end = child->timeout_ms < 0 ? -1 : now_ms() + child->timeout_ms;
	bool ended = false;
	int ret;

	*r = (struct spawn_result){ 0 };
	while (!ended) {
		struct pollfd p[] = {
			{ .fd = child->pidfd, .events = POLLIN },
			{ .fd = child->in, .events = POLLOUT },
			{ .fd = child->out, .events = POLLIN },
			{ .fd = child->err, .events = POLLIN },
			{ .fd = child->cancel, .events = POLLIN },
		};
		long long left = end < 0 ? -1 : end - now_ms();

		if (end >= 0 && left <= 0) {
			r->timed_out = true;
			kill(-child->pid, SIGKILL);
			/* it may have left its group */
			pidfd_signal(child->pidfd, SIGKILL);
			end = -1;
			continue;
		}
		if (poll(p, COUNT(p), left > 60000 ? 60000 : (int)left) < 0)
			continue;
		if (p[1].revents)
			feed(child);
		if (p[2].revents)
			drain(&child->out, &r->out, child->keep_max);
		if (p[3].revents)
			drain(&child->err, &r->err, child->keep_max);
		if (p[4].revents) {
			r->cancelled = true;
			child->cancel = -1;
			kill(-child->pid, SIGKILL);
		}
		ended = p[0].revents != 0;
	}
	/* what it wrote last is still in the pipes */
	if (child->out >= 0)
		drain(&child->out, &r->out, child->keep_max);
	if (child->err >= 0)
		drain(&child->err, &r->err, child->keep_max);
	ret = pidfd_reap(child->pidfd, &r->status);
	fd_close(&child->in);
	fd_close(&child->out);
	fd_close(&child->err);
	fd_close(&child->pidfd);
	return ret < 0 ? err_sys(e, "wait for process %d", child->pid) : 0;
}

char *spawn_find(const char *name, const char *path)
{
	while (path && *path) {
		size_t n = strcspn(path, ":");
		OWN_STR full = mem_printf("%.*s/%s", (int)n, path, name);
		struct stat st;

		/* an empty element means the current directory: never for us */
		if (n > 0 && stat(full, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(full, X_OK) == 0) {
			char *found = full;

			full = NULL;
			return found;
		}
		path += n + (path[n] == ':');
	}
	return NULL;
}

void spawn_result_free(struct spawn_result *r)
{
	text_free(&r->out);
	text_free(&r->err);
}
