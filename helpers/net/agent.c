/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "helpers/net/inside.h"
#include "helpers/net/note.h"
#include "helpers/net/sandbox.h"
#include "kernel/beneath.h"
#include "kernel/pidfd.h"

#define SOCKETS_MOST 64 /* that are asked for at once */
#define SOCKETS_FIRST 16
#define RESOLV_MAX 65536
#define END_MS 1000

struct work {
	struct agent *agent;
	struct inside inside;
	struct resolvers resolvers;
	int backend, keeps;
	bool shut, up;
};

/* ---- what the main process gets ---- */

static int send_sockets(struct work *w, size_t wanted)
{
	const struct note n = { .kind = NOTE_SOCKETS, .value = w->keeps };

	while (wanted > 0) {
		int fds[SOCK_FDS_MAX];
		size_t made = 0;
		int ret;

		while (made < wanted && made < SOCK_FDS_MAX &&
		       (fds[made] = inside_make_socket(w->keeps)) >= 0)
			made++;
		ret = note_send(w->agent->main_sock, &n, fds, made);
		for (size_t i = 0; i < made; i++)
			close(fds[i]);
		/* none: it will ask again */
		if (ret < 0 || !made)
			return ret;
		wanted -= made;
	}
	return 0;
}

int agent_read_resolvers(int root, struct resolvers *out)
{
	OWN_FD fd =
		beneath_open(root, "etc/resolv.conf", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	OWN_TEXT text = { 0 };

	if (fd < 0 || io_read_all(fd, RESOLV_MAX, &text) < 0)
		return -1;
	resolvers_parse(text_str(&text), text.len, out);
	return 0;
}

static int send_resolvers(struct work *w)
{
	struct note n = { .kind = NOTE_RESOLVERS };
	const struct settings *s = &w->agent->hello->settings;

	if (s->dns_servers.n)
		w->resolvers = s->dns_servers;
	/* between two versions of the file there may be none: then the old list stays */
	else if (w->agent->root >= 0)
		agent_read_resolvers(w->agent->root, &w->resolvers);
	n.resolvers = w->resolvers;
	return note_send(w->agent->main_sock, &n, NULL, 0);
}

static int send_device(struct work *w, struct err *e)
{
	struct agent *a = w->agent;
	struct note n = { .kind = NOTE_DEVICE };
	OWN_FD fd = -1;

	w->backend = inside_make_device(&w->inside, a->hello, a->proc, &fd, e);
	if (w->backend < 0)
		return -1;
	n.value = w->backend;
	return note_send(a->main_sock, &n, &fd, 1) < 0 ? err_sys(e, "main process") : 0;
}

/* ---- setting up, while the main process loads its library ---- */

static int set_up(struct work *w, struct err *e)
{
	struct agent *a = w->agent;

	if (inside_join(&w->inside, a->hello->netns, e) < 0)
		return -1;
	if (a->hello->settings.mode == NET_SLIRP && send_device(w, e) < 0)
		return -1;
	w->keeps = inside_keep_clients(&w->inside, a->hello, a->proc);
	if (send_resolvers(w) < 0 || send_sockets(w, SOCKETS_FIRST) < 0)
		return err_sys(e, "main process");
	return 0;
}

/* Of the host there stays its root directory, if names are resolved by its file. */
static int shut_in(struct work *w, int mntns, struct err *e)
{
	struct agent *a = w->agent;
	const struct settings *s = &a->hello->settings;
	const uint64_t caps = 1ull << CAP_NET_ADMIN | 1ull << CAP_NET_RAW;

	w->shut = true;
	fd_close(&a->proc);
	fd_close(&a->hello->netns);
	fd_close(&a->hello->userns);
	if (sandbox_ids(s->uid, s->gid, e) < 0 || sandbox_share_root(mntns, e) < 0)
		return -1;
	if (a->root >= 0 && sandbox_read_only(a->root, e) < 0)
		return -1;
	if (sandbox_caps(caps, e) < 0)
		return -1;
	return sandbox_calls(SANDBOX_AGENT, s->debug, e);
}

/* ---- what the main process says ---- */

static void say_log(struct work *w, const struct note *n)
{
	if (n->value >= LOG_LEVEL_ERROR && n->value <= LOG_LEVEL_DEBUG)
		hello_log(w->agent->hello, (enum log_level)n->value, "%.*s", NOTE_TEXT,
			  n->text);
}

static int say_up(struct work *w)
{
	const char *backend = w->backend == NET_BACKEND_TAP ? "tap" :
			      w->backend                    ? "veth" :
							      "none";

	w->up = true;
	if (hello_ready(w->agent->hello, backend, w->agent->host_ports) < 0)
		return -1;
	sandbox_forget_code();
	return 0;
}

/* -1: it is over. */
static int obey(struct work *w, const struct note *n, const int *fds, size_t count,
		struct err *e)
{
	switch (n->kind) {
	case NOTE_LOG:
		say_log(w, n);
		return 0;
	case NOTE_FAILED:
		err_set(e, "%.*s", NOTE_TEXT, n->text);
		e->sys = n->sys;
		return -1;
	case NOTE_ROOT:
		/* before anybody could have taken it over, and never again */
		if (w->shut || count != 1)
			break;
		return shut_in(w, fds[0], e);
	case NOTE_UP:
		return w->up || say_up(w) == 0 ? 0 : err_set(e, "runc is gone");
	case NOTE_WANT_SOCKETS:
		if (n->value < 0 || n->value > SOCKETS_MOST)
			break;
		return send_sockets(w, (size_t)n->value);
	case NOTE_WANT_RESOLVERS:
		return send_resolvers(w);
	}
	return err_set(e, "the main process says what it may not");
}

static int say_ended(const struct agent *a, struct err *e)
{
	int status = 0;

	if (pidfd_wait(a->main_pidfd, END_MS) &&
	    pidfd_reap(a->main_pidfd, &status) == 0 && WIFSIGNALED(status))
		return err_set(e, "runc-net ended early: signal %d", WTERMSIG(status));
	return err_set(e, "runc-net ended early: status %d", WEXITSTATUS(status));
}

static int hear_main(struct work *w, struct err *e)
{
	int fds[SOCK_FDS_MAX];
	size_t count;
	struct note n;
	int ret = note_receive(w->agent->main_sock, &n, fds, &count);

	if (ret <= 0)
		return say_ended(w->agent, e);
	ret = obey(w, &n, fds, count, e);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	return ret;
}

/* It made its root while we made the device. */
static int wait_for_root(struct work *w, struct err *e)
{
	while (!w->shut)
		if (hear_main(w, e) < 0)
			return -1;
	return 0;
}

/* ---- the rest of its life ---- */

static int tell_mtu(struct work *w)
{
	struct note n = { .kind = NOTE_MTU };

	if (!inside_hear(&w->inside))
		return 0;
	n.value = (int32_t)w->inside.mtu;
	return note_send(w->agent->main_sock, &n, NULL, 0);
}

/* The main process ends by itself when init does; one that hangs is ended by our own end. */
static void wait_for_main(const struct agent *a)
{
	pidfd_wait(a->main_pidfd, END_MS);
}

static int serve(struct work *w, struct err *e)
{
	struct pollfd p[] = {
		{ .fd = w->agent->main_sock, .events = POLLIN },
		{ .fd = w->agent->hello->init, .events = POLLIN },
		{ .fd = w->inside.changes, .events = POLLIN },
	};

	/* one that does not listen any more must not hold us up */
	if (fcntl(w->agent->main_sock, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_sys(e, "main process");
	for (;;) {
		if (poll(p, COUNT(p), -1) < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (p[0].revents && hear_main(w, e) < 0)
			return -1;
		if (p[1].revents) {
			wait_for_main(w->agent);
			return 0;
		}
		if (p[2].revents && tell_mtu(w) < 0)
			return err_sys(e, "main process");
	}
}

int agent_run(struct agent *a)
{
	struct work w = { .agent = a };
	struct err e = { 0 };

	if (set_up(&w, &e) == 0 && wait_for_root(&w, &e) == 0 && serve(&w, &e) == 0)
		return 0;
	/* a main process that ended has said why; reset, if it had not read all by then */
	for (int ret = 0; (e.sys == EPIPE || e.sys == ECONNRESET) && ret == 0;)
		ret = hear_main(&w, &e);
	/* before "ready" it is runc's to know; after that nobody listens any more */
	hello_failed(a->hello, &e, -1);
	return 1;
}
