/* SPDX-License-Identifier: Apache-2.0 */
#include "container/net.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "container/net_shared.h"
#include "kernel/proc.h"
#include "kernel/sock.h"
#include "network/files.h"
#include "network/host.h"

#define RESOLV_MAX 65536

static bool is_wanted(const struct launch *l)
{
	return l->plan->network.config.mode != NET_NONE;
}

/* ---- before anything is made ---- */

int net_check(struct launch *l, const struct plan *p, struct err *e)
{
	const struct network_plan *net = &p->network;

	if (net->config.mode == NET_NONE)
		return 0;
	for (size_t i = 0; i < net->config.ports.n; i++)
		if (net->fds[i] >= 0 &&
		    net_check_listener(l->context, net->fds[i],
				       net->config.ports.v[i].protocol, e) < 0)
			return -1;
	l->net.program = net_find_helper(l->context, net->asked, e);
	return l->net.program ? 0 : -1;
}

/* ---- files ---- */

static void read_resolv(struct text *out)
{
	OWN_FD fd = open("/etc/resolv.conf", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	/* without one there are no search list and no options to take over */
	if (fd < 0 || io_read_all(fd, RESOLV_MAX, out) < 0)
		text_cut(out, 0);
}

static int write_files(struct launch *l, int dir, struct err *e)
{
	const struct network_plan *p = &l->plan->network;
	OWN_TEXT host = { 0 };
	OWN_TEXT resolv = { 0 };
	OWN_TEXT hosts = { 0 };

	read_resolv(&host);
	network_print_resolv(p, &l->net.config, text_str(&host), &resolv);
	network_print_hosts(&l->net.config, l->plan->ns.hostname, &hosts);
	if (io_replace_at(dir, "resolv.conf", 0644, text_str(&resolv), resolv.len, e) < 0)
		return -1;
	return io_replace_at(dir, "hosts", 0644, text_str(&hosts), hosts.len, e);
}

int net_prepare(struct launch *l, struct err *e)
{
	const struct network_plan *p = &l->plan->network;
	OWN_FD dir = -1;

	if (!is_wanted(l))
		return 0;
	network_settle(p, &l->net.config, l->arena);
	l->net.config.debug = log_is_debug();
	if (mkdirat(l->dir, NET_DIR, 0700) < 0)
		return err_sys(e, "create the directory " NET_DIR);
	dir = openat(l->dir, NET_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open the directory " NET_DIR);
	if (p->config.mode == NET_SLIRP && write_files(l, dir, e) < 0)
		return -1;
	l->net.control = sock_listen_at(l->dir, NET_SOCKET, 0600, e);
	return l->net.control < 0 ? -1 : 0;
}

void net_undo(struct launch *l)
{
	network_process_kill(&l->net.process);
}

/* ---- start ---- */

/* They are runc-net's now. While we have them open, their ports are taken. */
static void close_listeners(struct launch *l)
{
	const struct network_plan *p = &l->plan->network;

	for (size_t i = 0; i < p->config.ports.n; i++)
		if (p->fds[i] >= 0)
			close(p->fds[i]);
}

int net_start(struct launch *l, int netns, struct err *e)
{
	struct net_config *c = &l->net.config;
	struct network_fds fds = {
		.netns = netns,
		.init = l->pidfd,
		.control = l->net.control,
		.inherited = l->plan->network.fds,
	};
	OWN_FD userns = -1;
	int ret;

	if (!is_wanted(l))
		return err_set(e, "init told a network namespace that nobody asked for");
	if (netns < 0 || ioctl(netns, NS_GET_NSTYPE) != CLONE_NEWNET ||
	    proc_is_own_ns(netns, "net"))
		return err_set(e, "init told no network namespace of its own");
	if (net_owner(netns, &userns, e) < 0 || net_sandbox_ids(c, l->pid, e) < 0)
		return -1;
	c->userns = userns >= 0;
	fds.userns = userns;
	ret = network_process_start(&l->net.process, l->net.program, c, &fds, e);
	close_listeners(l);
	fd_close(&l->net.control);
	return ret;
}

/* ---- until it is ready ---- */

int net_wait(struct launch *l, struct err *e)
{
	struct network_ready ready;
	int port;

	if (!is_wanted(l) || l->net.backend || l->is_exec)
		return 0;
	if (!l->net.process.pid)
		return err_set(e, "init told no network namespace");
	if (network_process_wait(&l->net.process, &l->net.config, l->cancel, &ready,
				 &port, l->arena, e) < 0) {
		net_blame(l->root, l->plan->id, &l->net.config, port, l->arena, e);
		return -1;
	}
	net_take_ports(&l->net.config, ready.host_ports, l->arena);
	l->net.backend = ready.backend;
	l->net.pid = ready.pid;
	return 0;
}

/* ---- what is kept ---- */

int net_record(struct launch *l, struct err *e)
{
	if (!is_wanted(l))
		return 0;
	if (net_save_config(l->dir, &l->net.config, e) < 0)
		return -1;
	return net_record_process(&l->record, &l->net.config, l->net.pid, l->net.backend,
				  l->arena, e);
}
