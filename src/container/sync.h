/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host ⇄ init: fixed messages over a SOCK_SEQPACKET pair. Init is not trusted
 * (hooks and image content can influence it): what the host hears when is a
 * table of rules in container/listen.c.
 */
#ifndef CONTAINER_SYNC_H
#define CONTAINER_SYNC_H

#include "base/err.h"
#include "base/log.h"
#include "base/text.h"

enum msg_kind {
	/* to the host */
	MSG_MAP_IDS = 1, /* the middle process is in its user namespace */
	MSG_PID,         /* value: init's pid, from the middle process */
	MSG_NEED_SOURCE, /* value: the index of a mount whose source init may not reach */
	MSG_ROOT_READY,  /* mounts and nodes are there: limits, and hooks of the host */
	MSG_CONSOLE,     /* fd: the terminal's master; text: its name */
	MSG_READY,       /* all is set up but the last of the privileges */
	MSG_WAITING, /* create: what is left to do waits for start, and the filter lets it */
	MSG_SECCOMP, /* value: the number of the listener in init */
	MSG_LOG,     /* value: enum log_level */
	MSG_FAILED,  /* err */
	/* to init */
	MSG_GO, /* the ids are mapped; text: the cgroup that systemd has put it into */
	MSG_SOURCE, /* fd */
	MSG_HOOKS_DONE,
	MSG_RUN,
	MSG_SECCOMP_DONE,
};

struct msg {
	int kind;
	int value;
	struct err err; /* .text is the text of MSG_LOG and MSG_CONSOLE too */
};

/* fd -1: none. Plain write(2) without one, so that it works under most seccomp filters.
 */
int sync_say(int sock, enum msg_kind kind, int value, int fd, struct err *e);
int sync_say_text(int sock, enum msg_kind kind, int value, const char *text, int fd,
		  struct err *e);

/* 1 heard (*fd is the caller's, or -1), 0 the other side is gone, -1 failed. */
int sync_hear(int sock, struct msg *m, int *fd, struct err *e);

/* Inside: waits for exactly this message. The host being gone ends the process. */
int sync_expect(int sock, enum msg_kind kind, int *fd, struct err *e);

/* The same for a message with a text, which is added. */
int sync_expect_text(int sock, enum msg_kind kind, struct text *text, struct err *e);

/* Inside: from here on log lines become MSG_LOG. */
void sync_divert_log(int sock);

/* Inside: tells the host why and ends the process. */
_Noreturn void sync_fail(int sock, const struct err *e);

#endif
