/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps: find the program, leave nothing open, become it.    Runs: inside */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "process/process.h"

static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	/* by the effective ids, as execve does */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

static const char *path_of(char *const *env)
{
	for (; *env; env++)
		if (text_starts(*env, "PATH="))
			return *env + 5;
	return "";
}

const char *process_find(const struct process_plan *p, char *const *env, struct arena *a,
			 struct err *e)
{
	const char *name = p->args[0], *path = path_of(env);

	if (strchr(name, '/')) {
		if (check_program(name) == 0)
			return name;
		if (errno == ENOENT || errno == ENOTDIR)
			err_sys(e, "exec: \"%s\": stat %s", name, name);
		else
			err_sys(e, "exec: \"%s\"", name);
		return NULL;
	}
	while (*name && *path) {
		size_t n = strcspn(path, ":");
		const char *full =
			arena_printf(a, "%.*s/%s", n ? (int)n : 1, n ? path : ".", name);

		if (check_program(full) == 0)
			return full;
		path += n + (path[n] == ':');
	}
	err_set(e, "exec: \"%s\": executable file not found in $PATH", name);
	e->sys = ENOENT;
	return NULL;
}

void process_reset_signals(void)
{
	/* the kernel's own: all zero is SIG_DFL. libc would refuse its two private
	 * signals. */
	static const struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} by_default;
	sigset_t none;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		syscall(SYS_rt_sigaction, i, &by_default, NULL, sizeof(by_default.mask));
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int process_execute(const char *path, const struct process_plan *p, char *const *env,
		    int preserve, struct err *e)
{
	/* they came to us marked to be closed on exec, like all the caller's */
	for (int i = 0; i < preserve; i++)
		fcntl(3 + i, F_SETFD, 0);
	execve(path, p->args, env);
	return err_sys(e, "exec %s", path);
}
