/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

int io_read_all(int fd, size_t max, struct text *out)
{
	for (;;) {
		size_t want = 4096;
		ssize_t n;

		if (out->len > max) {
			errno = EFBIG;
			return -1;
		}
		n = read(fd, text_room(out, want), want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		out->len += (size_t)n;
		out->s[out->len] = '\0';
		if (n == 0)
			return 0;
	}
}

int io_read_at(int dirfd, const char *name, size_t max, struct text *out)
{
	OWN_FD fd = openat(dirfd, name,
			   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	return fd < 0 ? -1 : io_read_all(fd, max, out);
}

int io_write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int io_write_at(int dirfd, const char *name, const void *data, size_t n)
{
	OWN_FD fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t done;

	if (fd < 0)
		return -1;
	do
		done = write(fd, data, n);
	while (done < 0 && errno == EINTR);
	if (done >= 0 && (size_t)done != n)
		errno = EIO;
	return done == (ssize_t)n ? 0 : -1;
}

int io_replace_at(int dirfd, const char *name, mode_t mode, const void *data, size_t n,
		  struct err *e)
{
	char temp[64];
	OWN_FD fd = -1;

	snprintf(temp, sizeof(temp), ".%.40s-%d", name, getpid());
	/* one that a killed process of the same number left */
	unlinkat(dirfd, temp, 0);
	fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    mode);
	if (fd < 0)
		return err_sys(e, "create %s", temp);
	if (fchmod(fd, mode) < 0 || io_write_all(fd, data, n) < 0 ||
	    renameat(dirfd, temp, dirfd, name) < 0) {
		err_sys(e, "write %s", name);
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	return 0;
}
