/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the runtime's sockets:
 *
 *     fdrecv tty SOCKET [TEXT]  prints "name: NAME", types TEXT, prints what comes
 *     fdrecv pidfd SOCKET    prints "name: NAME" and "pid: N"
 *     fdrecv agent SOCKET N  prints the message, then answers N seccomp notifications:
 *                            mkdir fails with ENOMEDIUM, all else goes on
 *
 *     fdrecv notify SOCKET   prints the datagrams of sd_notify, until BARRIER=1
 *     fdrecv send SOCKET TEXT  sends one datagram
 *
 * Listens, takes one message with one descriptor, and goes on for 20 s at most.
 * Linked statically, so that it runs in any root file system.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bind_at(const char *path, int type)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(path);
	return sock;
}

/* Whoever sees the path can connect: it appears when we listen. */
static int listen_at(const char *path)
{
	char early[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int sock;

	if (snprintf(early, sizeof(early), "%s~", path) >= (int)sizeof(early)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	sock = bind_at(early, SOCK_STREAM);
	if (listen(sock, 1) < 0 || rename(early, path) < 0)
		die(path);
	return sock;
}

/* Descriptors that come along are dropped by the kernel: that is what a barrier waits
 * for. */
static void show_notifications(int sock)
{
	char text[4096];
	ssize_t n;

	while ((n = recv(sock, text, sizeof(text) - 1, 0)) >= 0) {
		text[n] = '\0';
		printf("%s\n", text);
		if (strcmp(text, "BARRIER=1") == 0)
			return;
	}
}

static void send_to(const char *path, const char *text)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (sendto(sock, text, strlen(text), 0, (struct sockaddr *)&addr, sizeof(addr)) <
	    0)
		die(path);
}

static int receive(int sock, char *text, size_t size)
{
	union {
		char room[CMSG_SPACE(sizeof(int) * 4)];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = text, .iov_len = size - 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	int fd;

	if (n < 0)
		die("recvmsg");
	text[n] = '\0';
	c = CMSG_FIRSTHDR(&msg);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		fprintf(stderr, "not one descriptor\n");
		exit(1);
	}
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void show_terminal(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n;

	while (poll(&p, 1, 10000) > 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) < 0)
			return;
}

static void show_pid(int fd)
{
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "Pid:", 4) == 0)
			printf("pid: %d\n", atoi(line + 4));
}

static void answer(int fd, int count)
{
	struct seccomp_notif req;
	struct seccomp_notif_resp resp;

	while (count-- > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 10000) <= 0)
			return;
		memset(&req, 0, sizeof(req));
		memset(&resp, 0, sizeof(resp));
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0)
			return;
		resp.id = req.id;
		if (req.data.nr == SYS_mkdir || req.data.nr == SYS_mkdirat)
			resp.error = -ENOMEDIUM;
		else
			resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	char text[65536];
	int sock, conn, fd;

	if (argc < 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(20);
	if (strcmp(argv[1], "send") == 0) {
		send_to(argv[2], argc > 3 ? argv[3] : "");
		return 0;
	}
	if (strcmp(argv[1], "notify") == 0) {
		sock = bind_at(argv[2], SOCK_DGRAM);
		chmod(argv[2], 0777);
		show_notifications(sock);
		return 0;
	}
	sock = listen_at(argv[2]);
	conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	if (conn < 0)
		die("accept");
	fd = receive(conn, text, sizeof(text));
	if (strcmp(argv[1], "agent") == 0) {
		printf("%s\n", text);
		answer(fd, argc > 3 ? atoi(argv[3]) : 1);
		return 0;
	}
	printf("name: %s\n", text);
	if (strcmp(argv[1], "pidfd") == 0) {
		show_pid(fd);
		return 0;
	}
	if (argc > 3 && write(fd, argv[3], strlen(argv[3])) < 0)
		die("write");
	show_terminal(fd);
	return 0;
}
