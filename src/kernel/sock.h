/* SPDX-License-Identifier: Apache-2.0 */
/* UNIX sockets: pairs, passed descriptors, paths longer than sun_path. */
#ifndef KERNEL_SOCK_H
#define KERNEL_SOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define SOCK_FDS_MAX 64

/* A close-on-exec SOCK_SEQPACKET pair. -1 with errno. */
int sock_pair(int pair[2]);

/* Sends one message with up to SOCK_FDS_MAX descriptors. -1 with errno; never SIGPIPE. */
int sock_send(int sock, const void *data, size_t n, const int *fds, size_t fd_count);

/*
 * Receives one message. fds has room for SOCK_FDS_MAX; *fd_count gets how many
 * came, close-on-exec and the caller's. A cut message or more descriptors is
 * EMSGSIZE with nothing left open. Returns its length, 0 at the end, -1 with errno.
 */
ssize_t sock_receive(int sock, void *data, size_t n, int *fds, size_t *fd_count);

/* Connects a SOCK_STREAM to a path of any length. The caller owns the descriptor. */
int sock_connect(const char *path, struct err *e);

/* The same to dirfd/name, and a listener there that nobody could connect to before it
 * had this mode; SOCK_ANY_MODE: as the umask has it. */
#define SOCK_ANY_MODE ((mode_t)-1)
int sock_connect_at(int dirfd, const char *name, struct err *e);
int sock_listen_at(int dirfd, const char *name, mode_t mode, struct err *e);

/* Makes room for one message of n bytes, as far as the kernel gives it. */
void sock_reserve(int sock, size_t n);

/* Makes a bound SOCK_DGRAM below dirfd. The caller owns the descriptor. */
int sock_bind_datagram(int dirfd, const char *name, mode_t mode, struct err *e);

#endif
