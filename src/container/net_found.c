/* SPDX-License-Identifier: Apache-2.0 */
#include "container/net_found.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/own.h"
#include "container/net_shared.h"
#include "kernel/pidfd.h"
#include "kernel/proc.h"
#include "kernel/sock.h"
#include "network/process.h"
#include "network/publish.h"

#define TERM_MS 1000
#define KILL_MS 10000

int net_pidfd(const struct found *f, struct err *e)
{
	return pidfd_find(f->record.net->pid, f->record.net->start, e);
}

/* ---- state ---- */

static struct strings print_ports(const struct net_config *c, struct arena *a)
{
	char **v = arena_new(a, c->ports.n + 1, sizeof(*v));

	for (size_t i = 0; i < c->ports.n; i++) {
		OWN_TEXT words = { 0 };

		publish_print_port(&c->ports.v[i], -1, &words);
		v[i] = arena_dup(a, text_str(&words));
	}
	return (struct strings){ v, c->ports.n };
}

const struct container_net *net_state(const struct found *f, bool running, struct arena *a)
{
	struct container_net *net = arena_new(a, 1, sizeof(*net));
	struct net_config c;
	struct err ignored;
	OWN_FD pidfd = -1;

	if (!f->record.net)
		return NULL;
	*net = (struct container_net){
		.mode = f->record.net->mode,
		.backend = f->record.net->backend,
		.status = running ? "dead" : "stopped",
	};
	pidfd = running ? net_pidfd(f, &ignored) : -1;
	if (pidfd >= 0) {
		net->status = "running";
		net->pid = f->record.net->pid;
	}
	if (net_load_config(f->dir, &c, a, &ignored) == 0) {
		net->address = c.address;
		net->ports = print_ports(&c, a);
	}
	return net;
}

/* ---- the end ---- */

/* runc-net may not: it is another user by then. */
static void remove_sockets(const struct found *f, struct arena *a)
{
	struct net_config c;
	struct err ignored;

	if (net_load_config(f->dir, &c, a, &ignored) < 0)
		return;
	for (size_t i = 0; i < c.ports.n; i++)
		if (text_starts(c.ports.v[i].host, "unix:/"))
			net_remove_socket(c.ports.v[i].host + strlen("unix:"), a);
}

/*
 * What holds the ports is a child of the process that we know, and follows it. Both have
 * net.sock: who waits on a connection to it hears when the last of them is gone.
 */
static void wait_for_child(const struct found *f)
{
	struct err ignored;
	OWN_FD sock = sock_connect_at(f->dir, NET_SOCKET, &ignored);
	struct pollfd p = { .fd = sock };

	if (sock >= 0)
		poll(&p, 1, TERM_MS);
}

int net_stop(const struct found *f, struct arena *a, struct err *e)
{
	OWN_FD pidfd = -1;

	if (!f->record.net)
		return 0;
	pidfd = net_pidfd(f, e);
	if (pidfd < 0 && e->sys != ESRCH)
		return -1;
	if (pidfd >= 0) {
		if (pidfd_signal(pidfd, SIGTERM) < 0 && errno != ESRCH)
			return err_sys(e, "net: signal runc-net");
		if (!pidfd_wait(pidfd, TERM_MS))
			pidfd_signal(pidfd, SIGKILL);
		if (!pidfd_wait(pidfd, KILL_MS))
			return err_set(e, "net: runc-net does not end");
	}
	wait_for_child(f);
	remove_sockets(f, a);
	return 0;
}

void net_print_death(const char *id, int status, struct text *out)
{
	text_printf(out, "net: helper of container \"%s\" exited", id);
	if (status >= 0 && WIFSIGNALED(status))
		text_printf(out, " (signal %d, SIG%s)", WTERMSIG(status),
			    sigabbrev_np(WTERMSIG(status)));
	else if (status >= 0)
		text_printf(out, " (status %d)", WEXITSTATUS(status));
	text_printf(out,
		    "; container keeps running without network; \"runc net %s restart\"",
		    id);
}

/* ---- once more ---- */

static int open_netns(const struct found *f, struct err *e)
{
	OWN_FD proc = proc_open_pid(f->record.pid, e);
	OWN_FD netns = -1;

	if (proc < 0)
		return -1;
	netns = openat(proc, "ns/net", O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return err_sys(e, "open the container's network namespace");
	return fd_take(&netns);
}

/* The caller's inherited sockets went with the first runc-net. */
static void drop_listeners(struct net_config *c, struct arena *a)
{
	struct net_port *v = arena_new(a, c->ports.n, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < c->ports.n; i++) {
		OWN_TEXT words = { 0 };

		if (!c->ports.v[i].listener) {
			v[n++] = c->ports.v[i];
			continue;
		}
		publish_print_port(&c->ports.v[i], -1, &words);
		log_warning("net: publish %s: its socket was inherited, and is gone",
			    text_str(&words));
	}
	c->ports.v = v;
	c->ports.n = n;
}

static int start(const struct context *c, struct found *f, struct net_config *config,
		 struct network_process *p, struct network_ready *ready, struct err *e)
{
	const char *program = net_find_helper(c, NULL, e);
	struct network_fds fds = { .netns = -1, .init = -1, .control = -1, .userns = -1 };
	OWN_FD init = -1;
	OWN_FD netns = -1;
	OWN_FD control = -1;
	OWN_FD userns = -1;
	int port = -1, ret;

	/* in this order: while we hold its pidfd, the pid is nobody else's */
	init = program ? found_pidfd(f, e) : -1;
	if (init < 0 || (netns = open_netns(f, e)) < 0 ||
	    net_owner(netns, &userns, e) < 0 ||
	    net_sandbox_ids(config, f->record.pid, e) < 0)
		return -1;
	unlinkat(f->dir, NET_SOCKET, 0);
	control = sock_listen_at(f->dir, NET_SOCKET, 0600, e);
	if (control < 0)
		return -1;
	config->userns = userns >= 0;
	fds = (struct network_fds){ netns, init, control, userns, NULL };
	ret = network_process_start(p, program, config, &fds, e);
	if (ret == 0)
		ret = network_process_wait(p, config, -1, ready, &port, c->arena, e);
	if (ret < 0)
		net_blame(f->root, f->record.id, config, port, c->arena, e);
	return ret;
}

static int restart(const struct context *c, struct found *f, struct err *e)
{
	struct network_process p;
	struct network_ready ready;
	struct net_config config;
	int ret;

	if (net_load_config(f->dir, &config, c->arena, e) < 0 ||
	    net_stop(f, c->arena, e) < 0)
		return -1;
	config.id = f->record.id;
	config.debug = log_is_debug();
	drop_listeners(&config, c->arena);
	network_process_init(&p);
	ret = start(c, f, &config, &p, &ready, e);
	if (ret == 0) {
		net_take_ports(&config, ready.host_ports, c->arena);
		ret = net_record_process(&f->record, &config, ready.pid, ready.backend,
					 c->arena, e);
	}
	if (ret == 0)
		ret = net_save_config(f->dir, &config, e);
	if (ret == 0)
		ret = store_save(f->dir, STATE_FILE, &f->record, e);
	if (ret < 0)
		network_process_kill(&p);
	network_process_close(&p);
	return ret;
}

int container_net_restart(const struct context *c, const char *id, struct err *e)
{
	struct found f;
	int ret = net_open(&f, c, id, STORE_EXCLUSIVE, e);

	if (ret < 0)
		return -1;
	ret = restart(c, &f, e);
	found_close(&f);
	return ret;
}
