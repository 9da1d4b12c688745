/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/ports.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/own.h"
#include "helpers/net/core.h"

static void to_container(const struct core *c, const struct port *port, int family,
			 struct endpoint *out)
{
	const struct family *f = settings_family(c->settings, family);

	*out = (struct endpoint){ .port = port->as.guest_port };
	out->ip = port->as.guest.family ? port->as.guest : f->address;
}

/* libslirp gets the sockets: one for each family. */
static int give_to_stack(struct core *c, struct port *port, struct err *e)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int only = port->as.guest.family ? port->as.guest.family : port->as.host.family;

	port->stack = true;
	for (size_t i = 0; i < COUNT(port->end); i++) {
		int family = i == 0 && only ? only : families[i];
		struct endpoint to;
		int fd = fd_take(&port->end[i].fd);

		if (fd < 0)
			continue;
		to_container(c, port, family, &to);
		port->end[i].fd = stack_listen(&c->stack, fd, &to, e);
		if (port->end[i].fd < 0)
			return -1;
	}
	return 0;
}

static int wait_for_clients(struct core *c, struct port *port, struct err *e)
{
	for (size_t i = 0; i < COUNT(port->end); i++) {
		struct port_end *end = &port->end[i];

		if (end->fd < 0)
			continue;
		end->source.ready =
			port->as.protocol == NET_UDP ? udp_ready : publish_ready;
		if (loop_add(&c->loop, end->fd, EPOLLIN, &end->source) < 0)
			return err_sys(e, "epoll_ctl");
	}
	return 0;
}

static void unlist(struct ports *p, struct port *port)
{
	struct port **at = &p->all;

	while (*at != port)
		at = &(*at)->next;
	*at = port->next;
	p->count--;
}

void ports_remove(struct core *c, struct port *port)
{
	for (size_t i = 0; i < COUNT(port->end); i++) {
		if (port->end[i].fd >= 0 && port->stack)
			stack_unlisten(&c->stack, fd_take(&port->end[i].fd));
		fd_close(&port->end[i].fd);
	}
	splices_forget(&c->splices, &port->traffic);
	udp_forget(&c->udp, port);
	unlist(&c->ports, port);
	port->next = c->ports.dead;
	c->ports.dead = port;
}

void ports_free_dead(struct ports *p)
{
	while (p->dead) {
		struct port *port = p->dead;

		p->dead = port->next;
		free(port->unix_path);
		free(port);
	}
}

static void append(struct ports *p, struct port *port)
{
	struct port **at = &p->all;

	while (*at)
		at = &(*at)->next;
	*at = port;
	p->count++;
}

struct port *ports_add(struct core *c, const struct publish *as, struct listener *l,
		       struct err *e)
{
	struct port *port = mem_new(1, sizeof(*port));

	port->id = ++c->ports.last_id;
	port->as = *as;
	/* the request that names it is forgotten before the port is */
	port->unix_path = as->unix_path ? mem_dup(as->unix_path) : NULL;
	port->as.unix_path = port->unix_path;
	port->host_port = l->host_port;
	for (size_t i = 0; i < COUNT(port->end); i++) {
		port->end[i].port = port;
		port->end[i].core = c;
		port->end[i].fd = fd_take(&l->fd[i]);
	}
	append(&c->ports, port);
	if (as->path == NET_PATH_SLIRP ? give_to_stack(c, port, e) < 0 :
					 wait_for_clients(c, port, e) < 0) {
		ports_remove(c, port);
		return NULL;
	}
	return port;
}

struct port *ports_find(const struct ports *p, uint32_t id)
{
	struct port *port = p->all;

	while (port && port->id != id)
		port = port->next;
	return port;
}

void ports_accept(struct core *c, bool on)
{
	for (struct port *port = c->ports.all; port; port = port->next)
		for (size_t i = 0; i < COUNT(port->end); i++)
			if (port->end[i].fd >= 0 && !port->stack &&
			    port->as.protocol == NET_TCP)
				loop_change(&c->loop, port->end[i].fd, on ? EPOLLIN : 0,
					    &port->end[i].source);
	c->accepts = on;
}
