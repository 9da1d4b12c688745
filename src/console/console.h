/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals: making one inside, handing it out, passing bytes to and fro. */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/err.h"

struct pty {
	int master, slave; /* -1: none; the owner closes them */
	char name[32];     /* "/dev/pts/0", as the container sees it */
};

/*
 * A pty of the container's own devpts, by its root's descriptor; with or_hosts, where
 * it mounts none, of the host's (so before the pivot). Every descriptor is verified
 * to be what it must be (CVE-2025-52565). Runs: inside.
 */
int pty_open(int root, bool or_hosts, struct pty *p, struct err *e);

/* rows and columns 0 leave it. */
int pty_set_size(int fd, uint16_t rows, uint16_t columns);

/* The slave becomes 0, 1 and 2 and the controlling terminal of this session. Runs:
 * inside. */
int pty_become(int slave, struct err *e);

/* Sends the master to who listens on --console-socket: one message, the name as its text.
 */
int console_send(int sock, int master, const char *name, struct err *e);

/* ---- foreground: the relay ---- */

#define RELAY_PIPES 3
#define RELAY_ROOM 16384

struct relay_pipe {
	int from, to; /* -1 once at its end; owned */
	char *room;
	size_t start, len;
};

struct relay {
	struct relay_pipe pipes[RELAY_PIPES];
	size_t count;
	int tty;    /* the caller's terminal while it is raw, -1 */
	int master; /* borrowed, for its size; -1 */
	struct termios saved;
};

void relay_init(struct relay *r);

/* Copies from → to until the end of from; both are duplicated. */
int relay_add(struct relay *r, int from, int to, struct err *e);

/*
 * Foreground with a terminal: the caller's terminal (stderr, stdout, stdin,
 * /dev/tty: the first that is one) goes raw until relay_end(), and stdin and
 * stdout are connected with the master.
 */
int relay_tty(struct relay *r, int master, struct err *e);

/* Size of the caller's terminal to the container's. */
void relay_resize(struct relay *r);

/* What to poll for; returns how many of the 2 * RELAY_PIPES places it filled. */
size_t relay_poll(const struct relay *r, struct pollfd *out);

/* Moves what can be moved without blocking. */
void relay_move(struct relay *r, const struct pollfd *p, size_t n);

/* After the end of the program: delivers what it wrote last, all of it. */
void relay_drain(struct relay *r);

/* Restores the caller's terminal and closes all. */
void relay_end(struct relay *r);

#endif
