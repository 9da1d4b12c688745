/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"

#define PIPE_BYTES (256 << 10)
#define FAIR_TIMES 8    /* in one round */
#define MUCH (32 << 10) /* a segment over loopback has just less than 64 K */
#define KEEP_IDLE_S 120
#define EDGES (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

void splices_init(struct splices *s, struct loop *l,
		  int (*again)(void *data, const struct endpoint *to), void *data)
{
	*s = (struct splices){ .loop = l, .again = again, .data = data };
}

/* ---- pipes ---- */

static int get_pipe(struct splices *s, int pipe[2])
{
	if (s->pipe_count > 0) {
		s->pipe_count--;
		pipe[0] = s->pipes[s->pipe_count][0];
		pipe[1] = s->pipes[s->pipe_count][1];
		return 0;
	}
	if (pipe2(pipe, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	/* as large as the user still may: smaller ones do too */
	fcntl(pipe[0], F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

static void put_pipe(struct splices *s, struct splice_way *w)
{
	if (w->pipe[0] < 0)
		return;
	if (w->held == 0 && s->pipe_count < PIPES_KEPT) {
		s->pipes[s->pipe_count][0] = w->pipe[0];
		s->pipes[s->pipe_count][1] = w->pipe[1];
		s->pipe_count++;
	} else {
		close(w->pipe[0]);
		close(w->pipe[1]);
	}
	w->pipe[0] = w->pipe[1] = -1;
}

/* ---- ends ---- */

void splice_refuse(int client)
{
	const struct linger now = { .l_onoff = 1 };

	/* on a UNIX socket it has no effect, and needs none */
	setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(client);
}

static void finish(struct splices *s, struct splice *c, bool reset)
{
	if (c->dead)
		return;
	for (int i = 0; i < 2; i++) {
		put_pipe(s, &c->way[i]);
		if (reset)
			splice_refuse(c->end[i].fd);
		else
			close(c->end[i].fd);
		c->end[i].fd = -1;
	}
	if (c->traffic)
		c->traffic->active--;
	if (c->prev)
		c->prev->next = c->next;
	else
		s->all = c->next;
	if (c->next)
		c->next->prev = c->prev;
	s->count--;
	c->dead = true;
	c->next_dead = s->dead;
	s->dead = c;
}

void splices_free_dead(struct splices *s)
{
	while (s->dead) {
		struct splice *c = s->dead;

		s->dead = c->next_dead;
		free(c);
	}
}

void splices_forget(struct splices *s, const struct traffic *t)
{
	for (struct splice *c = s->all; c; c = c->next)
		if (c->traffic == t)
			c->traffic = NULL;
}

/* ---- bytes ---- */

static bool is_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void count(struct splice *c, int i, size_t n)
{
	if (!c->traffic)
		return;
	if (i == 0)
		c->traffic->bytes_in += n;
	else
		c->traffic->bytes_out += n;
}

/* Into the pipe: 1 some, 0 none now, -1 the connection is broken. */
static int pull(struct splices *s, struct splice *c, int i)
{
	struct splice_way *w = &c->way[i];
	ssize_t n;

	if (w->eof || w->held >= PIPE_BYTES)
		return 0;
	if (w->pipe[0] < 0 && get_pipe(s, w->pipe) < 0)
		return -1;
	n = splice(c->end[i].fd, NULL, w->pipe[1], NULL, PIPE_BYTES,
		   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0)
		return is_later() ? 0 : -1;
	w->eof = n == 0;
	w->held += (size_t)n;
	if (n >= MUCH)
		follow_sender(&s->follow, c->end[i].fd, s->loop->now);
	return n > 0;
}

/* Out of it. */
static int push(struct splice *c, int i)
{
	struct splice_way *w = &c->way[i];
	ssize_t n;

	if (w->held == 0)
		return 0;
	n = splice(w->pipe[0], NULL, c->end[1 - i].fd, NULL, w->held,
		   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0)
		return is_later() ? 0 : -1;
	w->held -= (size_t)n;
	count(c, i, (size_t)n);
	return n > 0;
}

/* 1: there is more to do, 0: nothing now, -1: broken. */
static int pump(struct splices *s, struct splice *c, int i)
{
	struct splice_way *w = &c->way[i];
	int times;

	for (times = 0; times < FAIR_TIMES && !w->done; times++) {
		int in = pull(s, c, i);
		int out = in < 0 ? -1 : push(c, i);

		if (out < 0)
			return -1;
		if (w->eof && w->held == 0) {
			shutdown(c->end[1 - i].fd, SHUT_WR);
			w->done = true;
		}
		if (in == 0 && out == 0)
			break;
	}
	if (w->held == 0)
		put_pipe(s, w);
	return times == FAIR_TIMES;
}

static void enqueue(struct splices *s, struct splice *c)
{
	if (c->queued)
		return;
	c->queued = true;
	c->next_queued = s->queued;
	s->queued = c;
}

/* Both ways, or those that an event of one end is about. */
static void move(struct splice *c, bool there, bool back)
{
	struct splices *s = c->home;
	int more = there ? pump(s, c, 0) : 0;

	if (more >= 0 && back) {
		int more_back = pump(s, c, 1);

		more = more_back < 0 ? -1 : more | more_back;
	}
	if (more < 0)
		finish(s, c, true);
	else if (c->way[0].done && c->way[1].done)
		finish(s, c, false);
	else if (more)
		enqueue(s, c);
}

void splices_continue(struct splices *s)
{
	struct splice *c = s->queued;

	s->queued = NULL;
	while (c) {
		struct splice *next = c->next_queued;

		c->queued = false;
		if (!c->dead)
			move(c, true, true);
		c = next;
	}
}

/* ---- connecting ---- */

/* The container refused: perhaps it listens in the other family. */
static void connect_again(struct splice *c)
{
	struct splices *s = c->home;
	int fd = c->other.port ? s->again(s->data, &c->other) : -1;

	c->other.port = 0;
	if (fd < 0) {
		finish(s, c, true);
		return;
	}
	close(c->end[1].fd);
	c->end[1].fd = fd;
	if (loop_add(s->loop, fd, EDGES, &c->end[1].source) < 0)
		finish(s, c, true);
}

static void connected(struct splice *c)
{
	int sys = 0;
	socklen_t n = sizeof(sys);

	if (getsockopt(c->end[1].fd, SOL_SOCKET, SO_ERROR, &sys, &n) < 0 || sys) {
		connect_again(c);
		return;
	}
	c->connecting = false;
	move(c, true, true);
}

static void end_ready(struct source *source, uint32_t events)
{
	const struct splice_end *end = (const struct splice_end *)source;
	struct splice *c = end->whole;
	bool in = events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
	int i = end == &c->end[1];

	if (c->dead)
		return;
	if (c->connecting) {
		/* what the client says meanwhile waits in its socket */
		if (i == 1 && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
			connected(c);
		return;
	}
	/* room at this end matters to what waits for it alone */
	if (i == 0)
		move(c, in, (events & EPOLLOUT) && c->way[1].held);
	else
		move(c, (events & EPOLLOUT) && c->way[0].held, in);
}

/* Nobody else would find out that the client is gone without a word: the container's own
 * probes are answered by us. */
static void watch_client(int fd)
{
	const int on = 1, idle = KEEP_IDLE_S;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void splice_begin(struct splices *s, int client, int inside, struct traffic *t,
		  const struct endpoint *other)
{
	struct splice *c = mem_new(1, sizeof(*c));

	c->home = s;
	c->connecting = true;
	c->other = *other;
	c->traffic = t;
	c->next = s->all;
	if (c->next)
		c->next->prev = c;
	s->all = c;
	s->count++;
	t->connections++;
	t->active++;
	watch_client(client);
	for (int i = 0; i < 2; i++) {
		c->way[i].pipe[0] = c->way[i].pipe[1] = -1;
		c->end[i].source.ready = end_ready;
		c->end[i].whole = c;
		c->end[i].fd = i == 0 ? client : inside;
	}
	for (int i = 0; i < 2; i++)
		if (!c->dead &&
		    loop_add(s->loop, c->end[i].fd, EDGES, &c->end[i].source) < 0)
			finish(s, c, true);
}
