/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NOTIFY_SOCKET (sd_notify): the host's socket never enters the container. It
 * gets one of ours in a directory of its state, and only readiness is passed on.
 * Runs: host.
 */
#ifndef CONTAINER_NOTIFY_H
#define CONTAINER_NOTIFY_H

#include <sys/types.h>

#include "base/err.h"

/* Does the caller want it? */
const char *notify_socket(void);

/* Makes ROOT/ID/notify. */
int notify_make_dir(int dir, struct err *e);

/* Binds the socket the container writes to; 0 also if nobody asked for it. */
int notify_bind(int dir, struct err *e);

/* The bound socket, to poll; -1 if there is none (any more). */
int notify_fd(void);

/*
 * Reads one message; if it says READY=, passes it on with MAINPID and waits (30 s
 * at most) until the manager has taken it. Then closes the socket.
 */
void notify_forward(pid_t main_pid);

/* start and detached run: waits for READY or the end of init. */
void notify_wait(pid_t init, int pidfd);

#endif
