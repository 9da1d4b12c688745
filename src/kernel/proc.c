/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "kernel/mount.h"

#define PROC_ROOT_INO 1
#define INIT_USER_NS_INO 0xEFFFFFFDu /* include/linux/proc_ns.h: PROC_USER_INIT_INO */

static int check_procfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -1;
	if (fs.f_type != PROC_SUPER_MAGIC) {
		errno = ENOTTY;
		return -1;
	}
	return 0;
}

int proc_open_host(struct err *e)
{
	OWN_FD fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open /proc");
	if (check_procfs(fd) < 0 || fstat(fd, &st) < 0 || st.st_ino != PROC_ROOT_INO)
		return err_set(e, "/proc is not a proc file system: mount one");
	return fd_take(&fd);
}

int proc_open_private(bool processes_only, struct err *e)
{
	const struct fs_request proc = {
		.type = "proc",
		.data = processes_only ? "subset=pid" : NULL,
		.attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			 (processes_only ? MOUNT_ATTR_RDONLY : 0),
	};
	int fd = mount_fs(&proc, e);

	if (fd < 0 && e->sys == EPERM)
		fd = proc_open_host(e);
	return fd;
}

int proc_open_pid(pid_t pid, struct err *e)
{
	char path[32];
	OWN_FD fd = -1;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (check_procfs(fd) < 0)
		return err_set(e, "/proc is not a proc file system: mount one");
	return fd_take(&fd);
}

int proc_open_file(int proc, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY)),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};
	OWN_FD fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));

	return fd < 0 || check_procfs(fd) < 0 ? -1 : fd_take(&fd);
}

bool proc_denies_setgroups(int dir)
{
	OWN_FD fd = proc_open_file(dir, "setgroups", O_RDONLY);
	char text[8] = "";

	return fd >= 0 && read(fd, text, 4) == 4 && memcmp(text, "deny", 4) == 0;
}

int proc_write(int proc, const char *path, const char *value)
{
	OWN_FD fd = proc_open_file(proc, path, O_WRONLY);
	size_t n = strlen(value);
	ssize_t done;

	if (fd < 0)
		return -1;
	do
		done = write(fd, value, n);
	while (done < 0 && errno == EINTR);
	if (done >= 0 && (size_t)done != n)
		errno = EIO;
	return done == (ssize_t)n ? 0 : -1;
}

/* The path of this process in a procfs: thread-self is a link, so it is read, not
 * followed. */
int proc_open_self(int proc)
{
	char self[64];
	ssize_t n = readlinkat(proc, "thread-self", self, sizeof(self) - 1);

	if (n < 0)
		return -1;
	self[n] = '\0';
	return proc_open_file(proc, self, O_PATH | O_DIRECTORY);
}

int proc_open_self_fds(int proc)
{
	OWN_FD self = proc_open_self(proc);

	return self < 0 ? -1 : proc_open_file(self, "fd", O_PATH | O_DIRECTORY);
}

int proc_reopen(int fds, int fd, int flags)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", fd);
	/* the one magic link we follow: last component, in a directory that was checked
	 */
	return openat(fds, name, flags | O_CLOEXEC | O_NOCTTY);
}

bool proc_stat_parse(const char *text, struct proc_stat *out)
{
	/* the name may hold blanks and brackets: the last ")" ends it */
	const char *p = strrchr(text, ')');
	char word[24];

	if (!p || p[1] != ' ' || !p[2] || p[3] != ' ')
		return false;
	out->state = p[2];
	p += 3;
	for (int field = 4; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return false;
	}
	p++;
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " \n"), p);
	return num_dec(word, UINT64_MAX, &out->start);
}

int proc_stat(pid_t pid, struct proc_stat *out, struct err *e)
{
	OWN_TEXT text = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (io_read_at(AT_FDCWD, path, 4096, &text) < 0) {
		if (errno == ENOENT || errno == ESRCH)
			return 0;
		return err_sys(e, "read %s", path);
	}
	if (!proc_stat_parse(text_str(&text), out))
		return err_set(e, "%s: cannot be understood", path);
	return 1;
}

int proc_ns_id(const char *path, uint64_t *dev, uint64_t *ino)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	*dev = st.st_dev;
	*ino = st.st_ino;
	return 0;
}

bool proc_is_own_ns(int fd, const char *file)
{
	struct stat st, own;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", file);
	return fstat(fd, &st) == 0 && stat(path, &own) == 0 && st.st_dev == own.st_dev &&
	       st.st_ino == own.st_ino;
}

bool proc_in_userns(void)
{
	uint64_t dev, ino;

	return proc_ns_id("/proc/self/ns/user", &dev, &ino) == 0 &&
	       ino != INIT_USER_NS_INO;
}
