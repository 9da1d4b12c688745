/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc-net: the network of one container. Started by runc, with a socket and nothing else.
 *
 *     runc ── this process ──────────────────────▶ agent, in the container's network
 *                └── main process, in the host's network, with libslirp
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "helpers/net/agent.h"
#include "helpers/net/core.h"
#include "helpers/net/links.h"
#include "helpers/net/sandbox.h"
#include "kernel/clone.h"
#include "kernel/proc.h"
#include "kernel/rtnl.h"

struct start {
	struct hello hello;
	struct listener *listeners;
	uint32_t *host_ports;
	unsigned int low_port;
	int proc, root;
	uint32_t host_gid;   /* of the main process, as the host sees it */
	char ping_range[32]; /* of the host */
	int failed_port;
	int pair[2]; /* the agent's end, the main process's */
	int main_pidfd;
	pid_t pid; /* of this process */
};

/* ---- as the caller, in the host's namespaces ---- */

static void read_line(int proc, const char *path, char *out, size_t size)
{
	OWN_FD fd = proc_open_file(proc, path, O_RDONLY);
	OWN_TEXT text = { 0 };

	if (fd < 0 || io_read_all(fd, 4096, &text) < 0 || !text.len)
		return;
	for (char *p = strchr(text.s, '\t'); p; p = strchr(p, '\t'))
		*p = ' ';
	snprintf(out, size, "%.*s", (int)strcspn(text.s, "\n"), text.s);
}

static int open_proc(struct start *s, struct err *e)
{
	s->proc = proc_open_host(e);
	if (s->proc < 0)
		return -1;
	read_line(s->proc, "sys/net/ipv4/ping_group_range", s->ping_range,
		  sizeof(s->ping_range));
	return 0;
}

/* Before anything is joined: the right to low ports is the caller's, and is lost there. */
static int open_listeners(struct start *s, struct err *e)
{
	const struct settings *set = &s->hello.settings;
	size_t inherited = 0;

	s->low_port = listen_low_port(s->proc);
	s->listeners = mem_new(set->port_count + 1, sizeof(*s->listeners));
	s->host_ports = mem_new(set->port_count + 1, sizeof(*s->host_ports));
	for (size_t i = 0; i < set->port_count; i++) {
		const struct publish *p = &set->ports[i];
		int fd = p->listener ? s->hello.listeners[inherited++] : -1;

		s->failed_port = (int)i;
		if (listen_open(p, set, fd, s->low_port, &s->listeners[i], e) < 0)
			return -1;
		s->host_ports[i] = s->listeners[i].host_port;
	}
	s->failed_port = -1;
	return 0;
}

static void warn_of_clash(struct start *s, int rtnl, const struct family *f)
{
	char network[IP_TEXT], device[IFNAMSIZ];

	if (!f->on || !link_route_of(rtnl, &f->gateway, device))
		return;
	ip_print(&f->network.ip, network);
	hello_log(&s->hello, LOG_LEVEL_WARNING,
		  "%s/%u is also routed on the host (dev %s); hosts there are not reachable from the container; set org.runc.net.cidr",
		  network, f->network.prefix, device);
}

static int look_at_routes(struct start *s, struct err *e)
{
	const struct settings *set = &s->hello.settings;
	OWN_FD rtnl = set->mode == NET_SLIRP ? rtnl_open() : -1;

	(void)e;
	if (rtnl < 0)
		return 0;
	warn_of_clash(s, rtnl, &set->v4);
	warn_of_clash(s, rtnl, &set->v6);
	return 0;
}

/* The agent reads resolv.conf again and again, from where there is no other file. */
static int look_at_resolvers(struct start *s, struct err *e)
{
	const struct settings *set = &s->hello.settings;
	struct resolvers found = { 0 };

	if (set->mode != NET_SLIRP || !set->dns || set->dns_servers.n)
		return 0;
	s->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		return err_sys(e, "open /");
	if (agent_read_resolvers(s->root, &found) < 0 || !found.n)
		hello_log(&s->hello, LOG_LEVEL_WARNING,
			  "/etc/resolv.conf has no usable nameserver; names will not resolve (set org.runc.net.dns)");
	return 0;
}

/* ---- as the root of the container's user namespace ---- */

/* One line of an id map: what an id inside is outside. */
static bool map_line(char *line, uint32_t id, uint32_t *out)
{
	uint64_t v[3];
	size_t n = 0;
	char *rest;

	for (char *word = strtok_r(line, " ", &rest); word && n < COUNT(v);
	     word = strtok_r(NULL, " ", &rest))
		if (!num_dec(word, UINT32_MAX, &v[n++]))
			return false;
	if (n < COUNT(v) || id < v[0] || id - v[0] >= v[2])
		return false;
	*out = (uint32_t)(v[1] + id - v[0]);
	return true;
}

static uint32_t outside_gid(int proc, uint32_t gid)
{
	OWN_FD self = proc_open_self(proc);
	OWN_FD fd = self < 0 ? -1 : proc_open_file(self, "gid_map", O_RDONLY);
	OWN_TEXT text = { 0 };
	char *next;

	if (fd < 0 || io_read_all(fd, 65536, &text) < 0 || !text.len)
		return gid;
	for (char *line = strtok_r(text.s, "\n", &next); line;
	     line = strtok_r(NULL, "\n", &next))
		if (map_line(line, gid, &gid))
			break;
	return gid;
}

static int join_user_namespace(struct start *s, struct err *e)
{
	s->host_gid = s->hello.settings.gid;
	if (s->hello.userns < 0)
		return 0;
	if (setns(s->hello.userns, CLONE_NEWUSER) < 0)
		return err_sys(e, "join the user namespace");
	s->host_gid = outside_gid(s->proc, s->host_gid);
	return 0;
}

static void be_main(struct start *s)
{
	struct core c = { .hello = &s->hello,
			  .settings = &s->hello.settings,
			  .listeners = s->listeners,
			  .low_port = s->low_port,
			  .agent = s->pair[1],
			  .agent_pid = s->pid,
			  .proc = s->proc,
			  .host_gid = s->host_gid };

	memcpy(c.ping_range, s->ping_range, sizeof(c.ping_range));

	/* none of these is of any use out here, and the agent must see its own end */
	fd_close(&s->pair[0]);
	fd_close(&s->root);
	fd_close(&s->hello.runc);
	fd_close(&s->hello.netns);
	fd_close(&s->hello.userns);
	_exit(core_run(&c));
}

/*
 * In the host's network still, where it opens connections, but of the container's user
 * namespace: so it may not touch any process of the host, and sees none. This costs
 * nothing, since the privilege for it was won by joining.
 */
static int start_main(struct start *s, struct err *e)
{
	const uint64_t flags =
		CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	pid_t pid;

	s->pid = getpid();
	if (sock_pair(s->pair) < 0)
		return err_sys(e, "socketpair");
	pid = kernel_clone(flags, -1, &s->main_pidfd);
	if (pid < 0)
		return err_sys(e, "clone");
	if (pid == 0)
		be_main(s);
	return 0;
}

static int leave_the_rest(struct start *s, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < s->hello.settings.port_count; i++)
		listen_close(&s->listeners[i]);
	fd_close(&s->pair[1]);
	fd_close(&s->hello.control);
	return 0;
}

static int begin(struct start *s, struct err *e)
{
	(void)s;
	return sandbox_begin(e);
}

static int hear_runc(struct start *s, struct err *e)
{
	return hello_receive(&s->hello, e);
}

static int (*const steps[])(struct start *s, struct err *e) = {
	begin,          hear_runc,         open_proc,           open_listeners,
	look_at_routes, look_at_resolvers, join_user_namespace, start_main,
	leave_the_rest,
};

int main(void)
{
	struct start s = { .proc = -1, .root = -1, .failed_port = -1, .pair = { -1, -1 } };
	struct err e = { 0 };

	/* splice(2) to a socket that was closed; no flag asks for the error alone */
	signal(SIGPIPE, SIG_IGN);
	s.hello.runc = NET_CONFIG_FD;
	if (close_range(NET_CONFIG_FD + 1, ~0u, 0) < 0)
		return 1;
	for (size_t i = 0; i < COUNT(steps); i++)
		if (steps[i](&s, &e) < 0) {
			hello_failed(&s.hello, &e, s.failed_port);
			return 1;
		}
	return agent_run(&(struct agent){ .hello = &s.hello,
					  .proc = s.proc,
					  .root = s.root,
					  .main_pidfd = s.main_pidfd,
					  .main_sock = s.pair[0],
					  .host_ports = s.host_ports });
}
