/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our two processes say to each other: messages of one size over a SOCK_SEQPACKET
 * pair, some with descriptors. The main process is not trusted: it may have been taken
 * over by what a container sent.
 */
#ifndef NET_NOTE_H
#define NET_NOTE_H

#include "base/err.h"
#include "helpers/net/resolv.h"
#include "kernel/sock.h"

enum note_kind {
	/* to the main process */
	NOTE_DEVICE = 1, /* value: enum net_backend; with the descriptor */
	NOTE_SOCKETS,    /* for connections inside; value: enum keeps; with descriptors */
	NOTE_RESOLVERS,  /* of the host */
	NOTE_MTU,        /* value: what the device has now */
	/* to the agent */
	NOTE_LOG,            /* value: enum log_level; text */
	NOTE_FAILED,         /* text, sys: the network cannot be had */
	NOTE_ROOT,           /* once: with the mount namespace that both live in */
	NOTE_UP,             /* all is ready */
	NOTE_WANT_SOCKETS,   /* value: how many */
	NOTE_WANT_RESOLVERS, /* look at resolv.conf again */
};

#define NOTE_TEXT 512

struct note {
	int32_t kind, value, sys;
	char text[NOTE_TEXT]; /* need not end */
	struct resolvers resolvers;
};

/* -1 with errno. */
int note_send(int sock, const struct note *n, const int *fds, size_t fd_count);

/* 1, or 0 at the end. -1 with errno, also EPROTO for what is no note; descriptors are
 * the caller's, fds has room for SOCK_FDS_MAX. */
int note_receive(int sock, struct note *n, int *fds, size_t *fd_count);

#endif
