/* SPDX-License-Identifier: Apache-2.0 */
#include "container/sync.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "kernel/sock.h"

/* Only as much text as there is crosses the socket. */
static size_t wire_size(const struct msg *m)
{
	return offsetof(struct msg, err.text) + strlen(m->err.text) + 1;
}

static int send_msg(int sock, const struct msg *m, int fd)
{
	size_t n = wire_size(m);

	return fd < 0 ? io_write_all(sock, m, n) : sock_send(sock, m, n, &fd, 1);
}

int sync_say_text(int sock, enum msg_kind kind, int value, const char *text, int fd,
		  struct err *e)
{
	struct msg m = { .kind = kind, .value = value };

	snprintf(m.err.text, sizeof(m.err.text), "%s", text);
	return send_msg(sock, &m, fd) < 0 ? err_sys(e, "send message %d", kind) : 0;
}

int sync_say(int sock, enum msg_kind kind, int value, int fd, struct err *e)
{
	return sync_say_text(sock, kind, value, "", fd, e);
}

int sync_hear(int sock, struct msg *m, int *fd, struct err *e)
{
	int fds[SOCK_FDS_MAX];
	size_t count = 0;
	ssize_t n = sock_receive(sock, m, sizeof(*m), fds, &count);

	*fd = -1;
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return err_sys(e, "receive message");
	for (size_t i = 1; i < count; i++)
		close(fds[i]);
	if (count > 0)
		*fd = fds[0];
	if (n == 0)
		return 0;
	if ((size_t)n <= offsetof(struct msg, err.text)) {
		fd_close(fd);
		return err_set(e, "malformed message");
	}
	((char *)m)[n - 1] = '\0';
	return 1;
}

static int expect(int sock, enum msg_kind kind, struct msg *m, int *fd, struct err *e)
{
	int ret = sync_hear(sock, m, fd, e);

	if (ret < 0)
		return -1;
	if (ret == 0)
		_exit(1); /* the host gave up or was killed: nobody is left to tell */
	if (m->kind == MSG_FAILED) {
		*e = m->err;
		return -1;
	}
	return m->kind == (int)kind ?
		       0 :
		       err_set(e, "expected message %d, got %d", kind, m->kind);
}

int sync_expect(int sock, enum msg_kind kind, int *fd, struct err *e)
{
	OWN_FD got = -1;
	struct msg m;

	if (expect(sock, kind, &m, &got, e) < 0)
		return -1;
	if (fd)
		*fd = fd_take(&got);
	return 0;
}

int sync_expect_text(int sock, enum msg_kind kind, struct text *text, struct err *e)
{
	OWN_FD got = -1;
	struct msg m;

	if (expect(sock, kind, &m, &got, e) < 0)
		return -1;
	text_add(text, m.err.text);
	return 0;
}

static int log_sock = -1;

static void send_log(enum log_level level, const char *text)
{
	struct err ignored;

	sync_say_text(log_sock, MSG_LOG, (int)level, text, -1, &ignored);
}

void sync_divert_log(int sock)
{
	log_sock = sock;
	log_divert(send_log);
}

void sync_fail(int sock, const struct err *e)
{
	struct msg m = { .kind = MSG_FAILED, .err = *e };

	send_msg(sock, &m, -1);
	_exit(1);
}
