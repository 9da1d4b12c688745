/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"

int sock_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

union control {
	char room[CMSG_SPACE(sizeof(int) * SOCK_FDS_MAX)];
	struct cmsghdr align;
};

int sock_send(int sock, const void *data, size_t n, const int *fds, size_t fd_count)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (fd_count > SOCK_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (fd_count > 0) {
		struct cmsghdr *c;

		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

static size_t take_fds(struct msghdr *msg, int *fds)
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds + count, CMSG_DATA(c), n * sizeof(int));
		count += n;
	}
	return count;
}

ssize_t sock_receive(int sock, void *data, size_t n, int *fds, size_t *fd_count)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = n };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t got;

	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	*fd_count = got < 0 ? 0 : take_fds(&msg, fds);
	if (got >= 0 && msg.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) {
		for (size_t i = 0; i < *fd_count; i++)
			close(fds[i]);
		*fd_count = 0;
		errno = EMSGSIZE;
		return -1;
	}
	return got;
}

/* A path that does not fit sun_path is reached through its directory's descriptor, never
 * cut. */
static int address(const char *path, struct sockaddr_un *addr, int *dir)
{
	OWN_STR copy = mem_dup(path);
	OWN_STR base_copy = mem_dup(path);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*dir = -1;
	if (strlen(path) < sizeof(addr->sun_path)) {
		memcpy(addr->sun_path, path, strlen(path) + 1);
		return 0;
	}
	*dir = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0)
		return -1;
	if (snprintf(addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d/%s", *dir,
		     basename(base_copy)) >= (int)sizeof(addr->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int sock_connect(const char *path, struct err *e)
{
	OWN_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;
	OWN_FD dir = -1;

	if (sock < 0)
		return err_sys(e, "socket");
	if (address(path, &addr, &dir) < 0 ||
	    connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(e, "dial unix %s: connect", path);
	return fd_take(&sock);
}

/* One cut short would be another's. */
static int address_at(int dirfd, const char *name, struct sockaddr_un *addr)
{
	int n;

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d/%s", dirfd,
		     name);
	errno = ENAMETOOLONG;
	return n < 0 || (size_t)n >= sizeof(addr->sun_path) ? -1 : 0;
}

int sock_connect_at(int dirfd, const char *name, struct err *e)
{
	OWN_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr;

	if (sock < 0)
		return err_sys(e, "socket");
	/* it would wait for ever for somebody who does not accept: EAGAIN then */
	if (address_at(dirfd, name, &addr) < 0 ||
	    connect(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(e, "connect to %s", name);
	if (fcntl(sock, F_SETFL, O_RDWR) < 0)
		return err_sys(e, "fcntl");
	return fd_take(&sock);
}

int sock_listen_at(int dirfd, const char *name, mode_t mode, struct err *e)
{
	OWN_FD sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;

	if (sock < 0)
		return err_sys(e, "socket");
	if (address_at(dirfd, name, &addr) < 0 ||
	    bind(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    (mode != SOCK_ANY_MODE && fchmodat(dirfd, name, mode, 0) < 0) ||
	    listen(sock, SOMAXCONN) < 0)
		return err_sys(e, "bind %s", name);
	return fd_take(&sock);
}

void sock_reserve(int sock, size_t n)
{
	int size = (int)n;

	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int sock_bind_datagram(int dirfd, const char *name, mode_t mode, struct err *e)
{
	OWN_FD sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;

	if (sock < 0)
		return err_sys(e, "socket");
	if (address_at(dirfd, name, &addr) < 0 ||
	    bind(sock, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    fchmodat(dirfd, name, mode, 0) < 0)
		return err_sys(e, "bind %s", name);
	return fd_take(&sock);
}
