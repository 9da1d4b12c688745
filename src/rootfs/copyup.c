/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tmpcopyup: what the image has at a directory, copied into the tmpfs that
 * covers it. The image is hostile: nothing is opened through a link, FIFOs,
 * sockets and devices are left out, depth is bounded (B10).           Runs: inside
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "rootfs/private.h"

#define DEPTH_MAX 128

/* Ids that are not mapped stay behind: the copy belongs to the container's root then. */
static int take_owner(int fd, const struct stat *st, struct err *e)
{
	if (fchown(fd, st->st_uid, st->st_gid) < 0 && errno != EPERM && errno != EINVAL &&
	    errno != EOVERFLOW)
		return err_sys(e, "chown");
	if (fchmod(fd, st->st_mode & 07777) < 0)
		return err_sys(e, "chmod");
	return 0;
}

static int copy_file(int from, int to, const char *name, const struct stat *st,
		     struct err *e)
{
	OWN_FD in = openat(from, name,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	OWN_FD out = -1;
	ssize_t n;

	if (in < 0)
		return err_sys(e, "open %s", name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(e, "create %s", name);
	do
		n = sendfile(out, in, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return err_sys(e, "copy %s", name);
	return take_owner(out, st, e);
}

static int copy_link(int from, int to, const char *name, const struct stat *st,
		     struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, "read link %s", name);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return err_sys(e, "link %s", name);
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EPERM && errno != EINVAL)
		return err_sys(e, "chown %s", name);
	return 0;
}

static int copy_dir(int from, int to, int depth, struct err *e);

static int copy_subdir(int from, int to, const char *name, int depth, struct err *e)
{
	OWN_FD in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	OWN_FD out = -1;

	if (in < 0 || mkdirat(to, name, 0700) < 0)
		return err_sys(e, "create %s", name);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return err_sys(e, "open %s", name);
	return copy_dir(in, out, depth + 1, e);
}

static int copy_entry(int from, int to, const char *name, int depth, struct err *e)
{
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "stat %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_subdir(from, to, name, depth, e);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, e);
	return 0;
}

static int copy_dir(int from, int to, int depth, struct err *e)
{
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;
	struct stat st;
	int ret = 0;

	if (!dir || fstat(from, &st) < 0) {
		err_sys(e, "read directory");
		if (dir)
			closedir(dir);
		else if (again >= 0)
			close(again);
		return -1;
	}
	if (depth > DEPTH_MAX)
		ret = err_set(e, "nested deeper than %d directories", DEPTH_MAX);
	while (ret == 0 && (errno = 0, entry = readdir(dir)))
		ret = copy_entry(from, to, entry->d_name, depth, e);
	closedir(dir);
	/* last: the copy itself may not be writable */
	return ret < 0 || depth == 0 ? ret : take_owner(to, &st, e);
}

int rootfs_copy_up(int from_dir, int to_mount, struct err *e)
{
	OWN_FD from = openat(from_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWN_FD to = openat(to_mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (from < 0 || to < 0)
		return err_sys(e, "open directory");
	return copy_dir(from, to, 0, e);
}
