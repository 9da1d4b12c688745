/* SPDX-License-Identifier: Apache-2.0 */
/* Who the program runs as, where, and with which environment.         Runs: inside */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/beneath.h"
#include "process/process.h"

#define PASSWD_MAX (1u << 20)

/* ---- stdio ---- */

static bool is_null(int fd)
{
	struct stat st;

	/* the type too: st_rdev is 0 for pipes and files, and a device 0:0 would match
	 * them */
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* Looks before it opens: opening some devices does something. And again after, since it
 * may change. */
static int open_checked(int root, const char *path, int flags, bool (*is_right)(int fd))
{
	OWN_FD look = beneath_open(root, path, O_PATH);
	OWN_FD fd = -1;

	if (look < 0 || !is_right(look))
		return -1;
	fd = beneath_open(root, path, flags | O_NONBLOCK | O_NOCTTY);
	return fd < 0 || !is_right(fd) ? -1 : fd_take(&fd);
}

int process_reopen_null(int root, struct err *e)
{
	OWN_FD null = -1;

	for (int fd = 0; fd <= 2; fd++) {
		if (!is_null(fd))
			continue;
		if (null < 0)
			null = open_checked(root, "dev/null", O_RDWR, is_null);
		/* an image without one, or with something else there: the host's does no harm */
		if (null < 0)
			return 0;
		fcntl(null, F_SETFL, 0);
		if (dup2(null, fd) < 0)
			return err_sys(e, "reopen /dev/null as %d", fd);
	}
	return 0;
}

int process_own_stdio(const struct process_plan *p, struct err *e)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct stat st;
		bool ours;

		if (fstat(fd, &st) < 0)
			return err_sys(e, "stat descriptor %d", fd);
		/* pipes, sockets and the terminal; never a file or a device of the
		 * caller's */
		ours = S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		       (S_ISCHR(st.st_mode) && major(st.st_rdev) >= 136 &&
			major(st.st_rdev) <= 143);
		/* the group stays: it may be tty, or not mapped here */
		if (!ours || st.st_uid == p->uid || fchown(fd, p->uid, (gid_t)-1) == 0)
			continue;
		if (errno != EPERM && errno != EROFS && errno != EINVAL && errno != EACCES)
			return err_sys(e, "chown descriptor %d", fd);
	}
	return 0;
}

/* ---- ids ---- */

static int verify(const struct process_plan *p, struct err *e)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return err_sys(e, "read back the ids");
	if (ruid != p->uid || euid != p->uid || suid != p->uid || rgid != p->gid ||
	    egid != p->gid || sgid != p->gid)
		return err_set(e, "the ids did not become %u:%u", p->uid, p->gid);
	return 0;
}

int process_set_user(const struct process_plan *p, bool may_set_groups, struct err *e)
{
	if (!may_set_groups && p->group_count)
		return err_set(e,
			       "process.user.additionalGids: cannot set any additional groups in a rootless container that maps one group only (map more with newgidmap: runc spec --rootless --map-auto)");
	if (may_set_groups && setgroups(p->group_count, p->groups) < 0)
		return err_sys(e, "unable to setup user: setgroups");
	if (setresgid(p->gid, p->gid, p->gid) < 0) {
		if (errno == EINVAL)
			return err_set(e,
				       "unable to setup user: cannot setgid to unmapped gid %u in user namespace",
				       p->gid);
		return err_sys(e, "unable to setup user: setgid %u", p->gid);
	}
	if (setresuid(p->uid, p->uid, p->uid) < 0) {
		if (errno == EINVAL)
			return err_set(e,
				       "unable to setup user: cannot setuid to unmapped uid %u in user namespace",
				       p->uid);
		return err_sys(e, "unable to setup user: setuid %u", p->uid);
	}
	return verify(p, e);
}

/* ---- working directory ---- */

int process_make_cwd(const struct process_plan *p, int root, struct err *e)
{
	OWN_FD fd = beneath_open(root, p->cwd, O_PATH | O_DIRECTORY);

	if (fd < 0 && errno == ENOENT) {
		fd = beneath_make_dir(root, p->cwd, 0755, e);
		if (fd < 0)
			return err_in(e, "mkdir %s", p->cwd);
	}
	return 0; /* anything else chdir will say better */
}

int process_enter_cwd(const struct process_plan *p, bool *again, struct err *e)
{
	*again = false;
	if (chdir(p->cwd) == 0)
		return 0;
	if (errno == EACCES) {
		/* root without CAP_DAC_OVERRIDE: the user may have the right */
		*again = true;
		return 0;
	}
	return err_sys(e, "chdir to cwd (\"%s\") set in config.json failed", p->cwd);
}

int process_check_cwd(struct err *e)
{
	char path[4096];
	/* libc's getcwd would look for another way; the kernel says "(unreachable)…" */
	long n = syscall(SYS_getcwd, path, sizeof(path));

	if (n <= 0 || path[0] != '/')
		return err_set(e,
			       "current working directory is outside of container mount namespace root -- possible container breakout detected");
	return 0;
}

/* ---- environment ---- */

/* The sixth field of the line whose third is this uid. */
static char *passwd_home(const char *text, uid_t uid, struct arena *a)
{
	while (*text) {
		const char *fields[6] = { text };
		size_t n = 1;
		uint64_t value;

		for (const char *p = text; *p && *p != '\n' && n < 6; p++)
			if (*p == ':')
				fields[n++] = p + 1;
		if (n == 6 &&
		    num_dec(arena_ndup(a, fields[2], (size_t)(fields[3] - fields[2] - 1)),
			    UINT32_MAX, &value) &&
		    value == uid)
			return arena_ndup(a, fields[5], strcspn(fields[5], ":\n"));
		text = strchrnul(text, '\n');
		text += *text != '\0';
	}
	return NULL;
}

/* The image's file: bounded, and a FIFO or device there must not hang us (CVE-2024-9676).
 */
static const char *find_home(uid_t uid, int root, struct arena *a)
{
	OWN_FD fd = open_checked(root, "etc/passwd", O_RDONLY, is_file);
	OWN_TEXT text = { 0 };
	const char *home = NULL;

	if (fd >= 0 && io_read_all(fd, PASSWD_MAX, &text) == 0)
		home = passwd_home(text_str(&text), uid, a);
	return home && *home ? home : "/";
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

char *const *process_make_env(const struct process_plan *p, int root, struct arena *a)
{
	char **env = arena_new(a, p->env.n + 2, sizeof(*env));
	bool home = false;
	size_t n = 0;

	for (size_t i = 0; i < p->env.n; i++) {
		size_t at = 0;

		while (at < n && !same_name(p->env.v[i], env[at]))
			at++;
		env[at] = p->env.v[i];
		n += at == n;
	}
	for (size_t i = 0; i < n; i++)
		if (text_starts(env[i], "HOME=")) {
			home = env[i][5] != '\0';
			if (!home)
				env[i] = env[--n];
			break;
		}
	if (!home)
		env[n++] = arena_printf(a, "HOME=%s", find_home(p->uid, root, a));
	env[n] = NULL;
	return env;
}
