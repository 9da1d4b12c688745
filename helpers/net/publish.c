/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client of a published TCP port: accepted here, connected inside from the client's own
 * address, spliced.                                                 Runs: main process
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/own.h"
#include "helpers/net/core.h"
#include "helpers/net/inside.h"

#define ACCEPT_TIMES 16 /* in one round */
#define PAUSE_MS 100

/* Where a connection goes to, and as whom. A port of 0 is none. */
struct way {
	struct endpoint from, to, other;
};

/* ---- choosing: pure ---- */

static void inside_address(const struct core *c, int family, struct ip *out)
{
	const struct family *f = settings_family(c->settings, family);

	if (f) {
		*out = f->address;
		return;
	}
	/* without a device: loopback */
	*out = (struct ip){ .family = family };
	out->b[0] = family == AF_INET ? 127 : 0;
	out->b[family == AF_INET ? 3 : 15] = 1;
}

static bool has_family(const struct core *c, int family)
{
	return c->settings->mode == NET_PUBLISH || settings_family(c->settings, family);
}

/* The client's own address if answers to it come back to us, else the gateway's. */
static void choose_from(const struct core *c, const struct endpoint *client, int family,
			struct endpoint *from)
{
	const struct family *f = settings_family(c->settings, family);
	int keeps = family == AF_INET ? KEEPS_IP4 : KEEPS_IP6;

	*from = (struct endpoint){ 0 };
	if (!(c->pool.keeps & keeps))
		return;
	if (client->ip.family == family && !ip_is_loopback(&client->ip) &&
	    !ip_is_link_local(&client->ip))
		*from = *client;
	else if (f)
		from->ip = f->gateway;
}

static void choose(const struct core *c, const struct port *port,
		   const struct endpoint *client, struct way *w)
{
	int family = client->ip.family == AF_INET6 && has_family(c, AF_INET6) ? AF_INET6 :
										AF_INET;
	int other = family == AF_INET ? AF_INET6 : AF_INET;

	*w = (struct way){ .to = { .port = port->as.guest_port } };
	if (port->as.guest.family) {
		w->to.ip = port->as.guest;
	} else {
		inside_address(c, family, &w->to.ip);
		if (has_family(c, other)) {
			inside_address(c, other, &w->other.ip);
			w->other.port = port->as.guest_port;
		}
	}
	choose_from(c, client, w->to.ip.family, &w->from);
}

/* ---- connecting ---- */

/* A socket of the pool speaks IPv6, unless this machine does not. */
static int domain_of(int fd)
{
	int domain = AF_INET6;
	socklen_t n = sizeof(domain);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n);
	return domain;
}

/* 0, or -1 with errno: then the socket is of no more use. */
static int connect_as(int fd, const struct endpoint *from, const struct endpoint *to)
{
	struct sockaddr_storage addr;
	int domain = domain_of(fd);
	socklen_t n;

	if (from->ip.family) {
		n = endpoint_put_as(from, domain, &addr);
		if (bind(fd, (struct sockaddr *)&addr, n) < 0)
			return -1;
	}
	n = endpoint_put_as(to, domain, &addr);
	return connect(fd, (struct sockaddr *)&addr, n) < 0 && errno != EINPROGRESS ? -1 :
										      0;
}

/* By the client's address and port; if these are in use inside, by another port of it; if
 * the address cannot be used, as whoever we are. */
static int connect_inside(struct core *c, const struct endpoint *from,
			  const struct endpoint *to)
{
	const struct endpoint tries[] = { *from, { .ip = from->ip }, { .port = 0 } };

	for (size_t i = 0; i < COUNT(tries); i++) {
		OWN_FD fd = pool_take(&c->pool);

		if (fd < 0)
			return -1;
		if (connect_as(fd, &tries[i], to) == 0)
			return fd_take(&fd);
	}
	return -1;
}

int publish_again(void *core, const struct endpoint *to)
{
	struct core *c = core;
	const struct endpoint nobody = { 0 };
	struct endpoint from;
	int fd;

	choose_from(c, &nobody, to->ip.family, &from);
	fd = connect_inside(c, &from, to);
	core_refill(c);
	return fd;
}

/* ---- accepting ---- */

/* False: no more now. */
static bool take_client(struct core *c, struct port_end *end)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t n = sizeof(addr);
	struct endpoint client;
	struct way way;
	int fd = accept4(end->fd, (struct sockaddr *)&addr, &n,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	int inside;

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		core_too_many(c);
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	if (fd >= c->files_most) {
		core_too_many(c);
		splice_refuse(fd);
		return false;
	}
	endpoint_get(&addr, &client);
	choose(c, end->port, &client, &way);
	inside = connect_inside(c, &way.from, &way.to);
	if (inside < 0)
		splice_refuse(fd);
	else
		splice_begin(&c->splices, fd, inside, &end->port->traffic, &way.other);
	return true;
}

void publish_ready(struct source *s, uint32_t events)
{
	struct port_end *end = (struct port_end *)s;
	struct core *c = end->core;

	(void)events;
	for (int i = 0; i < ACCEPT_TIMES && end->fd >= 0; i++) {
		/* three: what one client can take at most */
		if (c->pool.count < 3) {
			ports_accept(c, false);
			break;
		}
		if (!take_client(c, end))
			break;
	}
	core_refill(c);
}
