/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "helpers/net/request.h"
#include "kernel/sock.h"

#define READ_BYTES 4096
#define DRAIN_MS 1000
#define PAUSE_MS 100

struct client {
	struct source source;
	struct control *home;
	int fd; /* -1: unused */
	struct text in, out;
	size_t sent;
	bool answered;
	int fds[SOCK_FDS_MAX];
	size_t fd_count;
	int64_t due;
};

static void set_timer(struct control *k)
{
	k->timer.due = k->full ? k->loop->now + PAUSE_MS : 0;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *cl = &k->clients[i];

		if (cl->fd >= 0 && (!k->timer.due || cl->due < k->timer.due))
			k->timer.due = cl->due;
	}
}

/* Until a client ends, or for a moment. */
static void pause_listening(struct control *k, bool on)
{
	k->full = on;
	loop_change(k->loop, k->fd, on ? 0 : EPOLLIN, &k->source);
	set_timer(k);
}

static void close_fds(struct client *cl)
{
	for (size_t i = 0; i < cl->fd_count; i++)
		fd_close(&cl->fds[i]);
	cl->fd_count = 0;
}

static void end(struct client *cl)
{
	struct control *k = cl->home;

	close_fds(cl);
	fd_close(&cl->fd);
	text_free(&cl->in);
	text_free(&cl->out);
	if (k->full)
		pause_listening(k, false);
	set_timer(k);
}

/* What it has not read yet would be lost if we closed now. */
static void say_rest(struct client *cl)
{
	struct control *k = cl->home;

	while (cl->sent < cl->out.len) {
		ssize_t n = send(cl->fd, cl->out.s + cl->sent, cl->out.len - cl->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			loop_change(k->loop, cl->fd, EPOLLOUT, &cl->source);
			return;
		}
		if (n < 0) {
			end(cl);
			return;
		}
		cl->sent += (size_t)n;
	}
	shutdown(cl->fd, SHUT_WR);
	loop_change(k->loop, cl->fd, EPOLLIN, &cl->source);
	cl->due = k->loop->now + DRAIN_MS;
	set_timer(k);
}

static void answer(struct client *cl, size_t n)
{
	struct control *k = cl->home;

	cl->answered = true;
	k->answer(k->data, text_str(&cl->in), n, cl->fds, cl->fd_count, &cl->out);
	close_fds(cl);
	say_rest(cl);
}

static void refuse(struct client *cl, const char *why)
{
	struct err e = { .sys = EINVAL };

	err_set(&e, "bad request: %s", why);
	e.sys = EINVAL;
	cl->answered = true;
	request_print_error(&e, &cl->out);
	close_fds(cl);
	say_rest(cl);
}

/* False at its end. */
static bool hear(struct client *cl, bool *later)
{
	int fds[SOCK_FDS_MAX];
	size_t count;
	ssize_t n = sock_receive(cl->fd, text_room(&cl->in, READ_BYTES), READ_BYTES, fds,
				 &count);

	*later = n < 0 && (errno == EAGAIN || errno == EINTR);
	for (size_t i = 0; i < count; i++)
		if (!cl->answered && cl->fd_count < SOCK_FDS_MAX)
			cl->fds[cl->fd_count++] = fds[i];
		else
			close(fds[i]);
	if (n > 0 && !cl->answered) {
		cl->in.len += (size_t)n;
		cl->in.s[cl->in.len] = '\0';
	}
	return n > 0 || *later;
}

static void listen_to(struct client *cl)
{
	bool later, more = hear(cl, &later);
	long whole;

	if (later)
		return;
	if (cl->answered) {
		/* it has all it gets; what else it says does not matter */
		if (!more)
			end(cl);
		return;
	}
	whole = request_length(text_str(&cl->in), cl->in.len);
	if (whole > 0)
		answer(cl, (size_t)whole);
	else if (whole < 0 || !more)
		answer(cl, cl->in.len);
	else if (cl->in.len > REQUEST_MAX)
		refuse(cl, "too large message");
}

static void client_ready(struct source *s, uint32_t events)
{
	struct client *cl = (struct client *)s;

	if (cl->fd < 0)
		return;
	if (cl->answered && cl->sent < cl->out.len) {
		if (events & (EPOLLHUP | EPOLLERR))
			end(cl);
		else
			say_rest(cl);
		return;
	}
	listen_to(cl);
}

static void fire(struct timer *t)
{
	struct control *k =
		(struct control *)((char *)t - offsetof(struct control, timer));

	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (k->clients[i].fd >= 0 && k->clients[i].due <= k->loop->now)
			end(&k->clients[i]);
	if (k->full)
		pause_listening(k, false);
	set_timer(k);
}

static struct client *find_free(struct control *k)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (k->clients[i].fd < 0)
			return &k->clients[i];
	return NULL;
}

static void control_ready(struct source *s, uint32_t events)
{
	struct control *k = (struct control *)s;
	struct client *cl = find_free(k);
	struct sockaddr_storage who;
	socklen_t n = sizeof(who);

	(void)events;
	if (!cl) {
		pause_listening(k, true);
		return;
	}
	cl->fd = accept4(k->fd, (struct sockaddr *)&who, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (cl->fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			pause_listening(k, true);
		return;
	}
	cl->answered = false;
	cl->sent = 0;
	cl->due = k->loop->now + CONTROL_MS;
	if (loop_add(k->loop, cl->fd, EPOLLIN, &cl->source) < 0)
		end(cl);
	set_timer(k);
}

int control_open(struct control *k, int fd, struct err *e)
{
	k->fd = fd;
	k->source.ready = control_ready;
	k->timer.fire = fire;
	k->clients = mem_new(CONTROL_CLIENTS, sizeof(*k->clients));
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		k->clients[i].source.ready = client_ready;
		k->clients[i].home = k;
		k->clients[i].fd = -1;
	}
	loop_add_timer(k->loop, &k->timer);
	/* runc made it: nobody else waits for this flag to be otherwise */
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ||
	    loop_add(k->loop, fd, EPOLLIN, &k->source) < 0)
		return err_sys(e, "control socket");
	return 0;
}

void control_close(struct control *k)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (k->clients[i].fd >= 0)
			end(&k->clients[i]);
	free(k->clients);
	k->clients = NULL;
}
