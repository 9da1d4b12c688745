/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "kernel/proc.h"

#define BACKLOG 4096
#define LOW_PORTS 1024
#define SAME_PORT_TRIES 16

unsigned int listen_low_port(int proc)
{
	OWN_FD fd =
		proc_open_file(proc, "sys/net/ipv4/ip_unprivileged_port_start", O_RDONLY);
	OWN_TEXT text = { 0 };
	uint64_t port;

	if (fd < 0 || io_read_all(fd, 16, &text) < 0 || !text.len)
		return LOW_PORTS;
	text_cut(&text, strcspn(text.s, "\n"));
	return num_dec(text.s, 65536, &port) ? (unsigned int)port : LOW_PORTS;
}

void listen_close(struct listener *l)
{
	fd_close(&l->fd[0]);
	fd_close(&l->fd[1]);
}

/* ---- one socket ---- */

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

/* So that an answer leaves from the address that was asked. */
static int want_own_address(int fd, int family)
{
	return family == AF_INET ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) :
				   set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

/* both: IPv6 that takes IPv4 too. */
static int prepare(int fd, int protocol, int family, bool both)
{
	if (family == AF_INET6 && set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !both) < 0)
		return -1;
	return protocol == NET_TCP ? set(fd, SOL_SOCKET, SO_REUSEADDR, 1) :
				     want_own_address(fd, family);
}

static int open_one(const struct publish *p, const struct ip *at, uint16_t port, bool both)
{
	int type = p->protocol == NET_TCP ? SOCK_STREAM : SOCK_DGRAM;
	OWN_FD fd = socket(at->family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct endpoint where = { .ip = *at, .port = port };
	struct sockaddr_storage addr;
	socklen_t n = endpoint_put(&where, &addr);

	if (fd < 0 || prepare(fd, p->protocol, at->family, both) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, n) < 0 ||
	    (p->protocol == NET_TCP && listen(fd, BACKLOG) < 0))
		return -1;
	return fd_take(&fd);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);
	struct endpoint p;

	if (getsockname(fd, (struct sockaddr *)&at, &n) < 0 || !endpoint_get(&at, &p))
		return 0;
	return p.port;
}

/* ---- both families ---- */

static bool has_no_ipv6(void)
{
	return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
}

/* One socket takes both, unless this machine has no IPv6. */
static int open_dual(const struct publish *p, struct listener *out)
{
	const struct ip any4 = { .family = AF_INET }, any6 = { .family = AF_INET6 };

	out->fd[0] = open_one(p, &any6, p->host_port, true);
	if (out->fd[0] < 0 && has_no_ipv6())
		out->fd[0] = open_one(p, &any4, p->host_port, false);
	return out->fd[0] < 0 ? -1 : 0;
}

/* One for each, on the same port: for those who keep families apart. */
static int open_pair(const struct publish *p, bool ipv6, struct listener *out)
{
	const struct ip any4 = { .family = AF_INET }, any6 = { .family = AF_INET6 };

	for (int i = 0; i < SAME_PORT_TRIES; i++) {
		out->fd[0] = open_one(p, &any4, p->host_port, false);
		if (out->fd[0] < 0)
			return -1;
		if (!ipv6)
			return 0;
		out->fd[1] = open_one(p, &any6, port_of(out->fd[0]), false);
		if (out->fd[1] >= 0 || has_no_ipv6())
			return 0;
		fd_close(&out->fd[0]);
		/* only a port of the kernel's choice may be busy in one of them */
		if (p->host_port || errno != EADDRINUSE)
			return -1;
	}
	return -1;
}

/* ---- sockets with a path ---- */

/* A socket of a process that ended: nobody listens. */
static bool is_stale(const struct sockaddr_un *addr)
{
	OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 &&
	       errno == ECONNREFUSED;
}

static int bind_here(int fd, int dir, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;

	if (strlen(name) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, name, strlen(name));
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode) ||
	    !is_stale(&addr)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (unlinkat(dir, name, 0) < 0)
		return -1;
	return bind(fd, (const struct sockaddr *)&addr, sizeof(addr));
}

/* By the name alone, in its directory: the path may be longer than a socket's address. */
static int open_unix(const char *path)
{
	OWN_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	OWN_STR copy = mem_dup(path);
	OWN_STR copy2 = mem_dup(path);
	OWN_FD dir = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (fd < 0 || dir < 0 || fchdir(dir) < 0)
		return -1;
	ret = bind_here(fd, dir, basename(copy2));
	if (chdir("/") < 0 || ret < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return fd_take(&fd);
}

/* ---- sockets that were handed to us ---- */

static int ask(int fd, int option)
{
	int value = -1;
	socklen_t n = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &n) < 0 ? -1 : value;
}

static int check_inherited(const struct publish *p, int fd, struct err *e)
{
	int domain = ask(fd, SO_DOMAIN), type = ask(fd, SO_TYPE);
	bool listens = ask(fd, SO_ACCEPTCONN) == 1;

	if (domain < 0)
		return err_set(e, "the descriptor is not a socket");
	if (domain != AF_INET && domain != AF_INET6 &&
	    (domain != AF_UNIX || p->protocol != NET_TCP || p->path == NET_PATH_SLIRP))
		return err_set(e, "the socket is of the wrong family");
	if (p->protocol == NET_TCP && (type != SOCK_STREAM || !listens))
		return err_set(e, "the socket does not listen for connections");
	if (p->protocol == NET_UDP && (type != SOCK_DGRAM || !port_of(fd)))
		return err_set(e, "the socket is not a bound datagram socket");
	return 0;
}

static int take_inherited(const struct publish *p, int fd, struct listener *out,
			  struct err *e)
{
	out->fd[0] = fd;
	if (check_inherited(p, fd, e) < 0)
		return -1;
	/* whoever opened it shares this flag, and wants it too: it may not wait either */
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_sys(e, "make the socket nonblocking");
	if (p->protocol == NET_UDP && want_own_address(fd, ask(fd, SO_DOMAIN)) < 0)
		return err_sys(e, "prepare the socket");
	return 0;
}

/* ---- any ---- */

static int explain(const struct publish *p, unsigned int low, struct err *e)
{
	OWN_TEXT advice = { 0 };
	int sys;

	err_sys(e, "%s", "");
	sys = e->sys;
	if (sys == EACCES && !p->unix_path && p->host_port < low)
		text_printf(&advice,
			    ": ports below %u need privileges here; use a port >= %u, or sysctl net.ipv4.ip_unprivileged_port_start=%u, or pass a socket with fd:N",
			    low, low, p->host_port);
	else if (sys == EADDRNOTAVAIL)
		text_add(&advice, ": not an address of this host");
	err_set(e, "%s%s", err_word(sys), text_str(&advice));
	e->sys = sys;
	return -1;
}

static int open_any(const struct publish *p, const struct settings *s, unsigned int low,
		    struct listener *out, struct err *e)
{
	if (p->unix_path)
		out->fd[0] = open_unix(p->unix_path);
	else if (p->host.family)
		out->fd[0] = open_one(p, &p->host, p->host_port, false);
	else if (p->path == NET_PATH_SPLICE ? open_dual(p, out) < 0 :
					      open_pair(p, s->v6.on, out) < 0)
		return explain(p, low, e);
	return out->fd[0] < 0 ? explain(p, low, e) : 0;
}

int listen_open(const struct publish *p, const struct settings *s, int inherited,
		unsigned int low, struct listener *out, struct err *e)
{
	OWN_TEXT name = { 0 };
	int ret;

	*out = (struct listener){ .fd = { -1, -1 } };
	ret = p->listener ? take_inherited(p, inherited, out, e) :
			    open_any(p, s, low, out, e);
	if (ret < 0) {
		int sys = e->sys;

		listen_close(out);
		publish_print(p, &name);
		err_in(e, "%s", text_str(&name));
		e->sys = sys;
		return -1;
	}
	out->host_port = port_of(out->fd[0]);
	return 0;
}
