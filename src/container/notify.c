/* SPDX-License-Identifier: Apache-2.0 */
#include "container/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "kernel/sock.h"

#define BARRIER_MS 30000

static int bound = -1;

const char *notify_socket(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path && *path ? path : NULL;
}

int notify_make_dir(int dir, struct err *e)
{
	if (mkdirat(dir, "notify", 0755) < 0 || fchmodat(dir, "notify", 0755, 0) < 0)
		return err_sys(e, "create the notify directory");
	return 0;
}

int notify_bind(int dir, struct err *e)
{
	OWN_FD notify = -1;

	if (!notify_socket())
		return 0;
	notify = openat(dir, "notify", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (notify < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open the notify directory");
	/* one that an earlier start, which failed, has bound */
	unlinkat(notify, "notify.sock", 0);
	/* any user of the container may be the service */
	bound = sock_bind_datagram(notify, "notify.sock", 0777, e);
	return bound < 0 ? -1 : 0;
}

int notify_fd(void)
{
	return bound;
}

/* "@name" is an abstract socket: its first byte is NUL. */
static int connect_host(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	OWN_FD sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *path = notify_socket();
	size_t n = path ? strlen(path) : sizeof(addr.sun_path);

	if (sock < 0 || n >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, path, n);
	if (*path == '@')
		addr.sun_path[0] = '\0';
	if (connect(sock, (const struct sockaddr *)&addr,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -1;
	return fd_take(&sock);
}

static void barrier(int sock)
{
	OWN_FD reader = -1;
	OWN_FD writer = -1;
	struct pollfd p;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return;
	reader = pair[0], writer = pair[1];
	if (sock_send(sock, "BARRIER=1", strlen("BARRIER=1"), &writer, 1) < 0)
		return;
	fd_close(&writer);
	p = (struct pollfd){ .fd = reader, .events = POLLIN };
	if (poll(&p, 1, BARRIER_MS) == 0)
		log_warning("Timeout after waiting 30s for barrier. Ignored.");
}

static void pass_on(const char *ready, pid_t main_pid)
{
	OWN_FD sock = connect_host();
	char line[64];

	if (sock < 0 || sock_send(sock, ready, strlen(ready), NULL, 0) < 0) {
		log_warning("cannot write to $NOTIFY_SOCKET: %s", err_word(errno));
		return;
	}
	snprintf(line, sizeof(line), "MAINPID=%d", main_pid);
	sock_send(sock, line, strlen(line), NULL, 0);
	barrier(sock);
}

static char *ready_line(char *text)
{
	while (*text && strncmp(text, "READY=", 6) != 0) {
		text = strchrnul(text, '\n');
		text += *text == '\n';
	}
	return *text ? text : NULL;
}

void notify_forward(pid_t main_pid)
{
	char text[4097], *ready;
	ssize_t n = recv(bound, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n < 0)
		return;
	text[n] = '\0';
	ready = ready_line(text);
	if (!ready)
		return;
	ready[strcspn(ready, "\n")] = '\0';
	pass_on(ready, main_pid);
	fd_close(&bound);
}

void notify_wait(pid_t init, int pidfd)
{
	while (bound >= 0) {
		struct pollfd p[] = { { .fd = bound, .events = POLLIN },
				      { .fd = pidfd, .events = POLLIN } };

		if (poll(p, COUNT(p), -1) < 0)
			continue;
		if (p[0].revents)
			notify_forward(init);
		else if (p[1].revents)
			fd_close(&bound);
	}
}
