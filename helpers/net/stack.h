/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libslirp in our loop: its TCP/IP for what goes out of the container, with cures for
 * what it does badly (backlogs, memory, polling of all sockets, connections that never
 * end).                                                             Runs: main process
 */
#ifndef NET_STACK_H
#define NET_STACK_H

#include "helpers/net/frame.h"
#include "helpers/net/library.h"
#include "helpers/net/loop.h"
#include "helpers/net/settings.h"

/*
 * Three segments are one window: libslirp tells the sender of a grown window only when it
 * has grown by two, and its window has 16 bits. With larger segments that never happens,
 * and each upload to a slow receiver stops for 200 ms at a time.
 */
#define STACK_MSS 21845

#define STACK_TIMERS 4

struct stack {
	struct library lib;
	Slirp *slirp; /* NULL: not in use */
	struct loop *loop;
	void (*send)(void *data, const uint8_t *frame, size_t n);
	void (*ends)(void *data, int fd); /* a socket, before it is closed */
	void *data;
	int opened; /* the last socket of TCP that libslirp opened; -1 */
	struct sockaddr_in outbound4; /* libslirp keeps pointers to these two */
	struct sockaddr_in6 outbound6;

	struct stack_watch *watches; /* by descriptor */
	size_t watch_count;
	int *listed; /* those that epoll knows */
	size_t listed_count, listed_room;
	uint32_t round;
	bool filled, came;
	int64_t due, polled; /* ms: libslirp wants to be called; was called */
	size_t sockets;      /* that it has open for the container */

	struct stack_timer {
		struct timer timer;
		SlirpTimerCb fire;
		void *data;
		bool used;
	} timers[STACK_TIMERS];
	struct timer sweep;
};

/* Once, while the host's files are in reach. send gets every frame to the container, ends
 * each descriptor that libslirp closes. */
int stack_open(struct stack *s, const struct settings *set, struct loop *l, struct err *e);

/*
 * A listening socket whose connections go to the container by libslirp's TCP, as long as
 * it is not taken back. Takes fd; returns the one to use instead, libslirp's.
 */
int stack_listen(struct stack *s, int fd, const struct endpoint *guest, struct err *e);
void stack_unlisten(struct stack *s, int fd);

/* One frame of the container that has been judged. Returns the socket of TCP that
 * libslirp opened for it, -1 if it opened none. */
int stack_input(struct stack *s, const struct frame *f);

/* Whether libslirp, asked after round since, has nothing to write to this socket of TCP. */
bool stack_drained(const struct stack *s, int fd, uint32_t since);

/* ---- a round of the loop, in this order ---- */

/* Tells epoll what libslirp waits for now. Returns for how many ms, -1 for ever. */
int stack_prepare(struct stack *s);
/* An event that is not a source's: stack_owns(). */
void stack_event(struct stack *s, int fd, uint32_t events);
void stack_poll(struct stack *s);

/* Events of libslirp's sockets carry a number where others have a pointer. */
static inline bool stack_owns(uint64_t data)
{
	return data & 1;
}
static inline int stack_fd(uint64_t data)
{
	return (int)(data >> 1);
}

#endif
