/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/note.h"

#include <errno.h>

#include "base/own.h"

int note_send(int sock, const struct note *n, const int *fds, size_t fd_count)
{
	return sock_send(sock, n, sizeof(*n), fds, fd_count);
}

int note_receive(int sock, struct note *n, int *fds, size_t *fd_count)
{
	ssize_t got = sock_receive(sock, n, sizeof(*n), fds, fd_count);

	/* the other side ended without having read all: its last words come after this */
	if (got < 0 && errno == ECONNRESET)
		got = sock_receive(sock, n, sizeof(*n), fds, fd_count);
	if (got == 0 || got == (ssize_t)sizeof(*n))
		return got ? 1 : 0;
	if (got > 0)
		errno = EPROTO;
	for (size_t i = 0; i < *fd_count; i++)
		fd_close(&fds[i]);
	*fd_count = 0;
	return -1;
}
