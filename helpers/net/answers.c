/* SPDX-License-Identifier: Apache-2.0 */
/* What a client of the control socket is answered.                  Runs: main process */
#include <errno.h>

#include "base/own.h"
#include "helpers/net/core.h"
#include "helpers/net/request.h"

/* A request's descriptors, and where its answer goes. */
struct asked_with {
	int *fds;
	struct text *out;
};

/* ---- what there is ---- */

static void print_ip(const struct ip *ip, struct text *out)
{
	char text[IP_TEXT];

	ip_print(ip, text);
	text_printf(out, "\"%s\"", text);
}

static void print_entry(const struct core *c, const struct port *p, struct text *out)
{
	const struct publish *as = &p->as;
	const char *mode = p->stack                ? "slirp" :
			   as->protocol == NET_UDP ? "udp" :
						     "splice";

	text_printf(out, "{\"id\":%u,\"proto\":\"%s\",\"host_addr\":", p->id,
		    names_word(net_protocols, as->protocol));
	if (as->unix_path) {
		OWN_TEXT path = { 0 };

		text_printf(&path, "unix:%s", as->unix_path);
		json_quote(out, text_str(&path));
	} else if (as->listener) {
		text_add(out, "\"fd\"");
	} else if (as->host.family) {
		print_ip(&as->host, out);
	} else {
		text_add(out, "\"0.0.0.0\",\"host_addr6\":\"::\"");
	}
	text_printf(out, ",\"host_port\":%u,\"guest_addr\":", p->host_port);
	if (as->guest.family)
		print_ip(&as->guest, out);
	else if (c->settings->mode == NET_SLIRP)
		print_ip(&c->settings->v4.address, out);
	else
		text_add(out, "\"127.0.0.1\"");
	text_printf(out, ",\"guest_port\":%u,\"mode\":\"%s\"}", as->guest_port, mode);
}

static void answer_list(struct core *c, struct text *out)
{
	/* as slirp4netns does it, whatever its manual says */
	text_add(out, "{\"entries\":[");
	for (const struct port *p = c->ports.all; p; p = p->next) {
		print_entry(c, p, out);
		text_add(out, p->next ? "," : "");
	}
	text_add(out, "]}");
}

static const char *backend_word(const struct core *c)
{
	return c->backend ? names_word(net_backends, c->backend) : "none";
}

static void answer_stats(struct core *c, struct text *out)
{
	const struct device *d = &c->device;

	text_printf(out,
		    "{\"return\":{\"backend\":\"%s\",\"uptime_ms\":%jd,\"frames_in\":%ju,\"frames_out\":%ju,\"bytes_in\":%ju,\"bytes_out\":%ju,\"dropped\":%ju,\"connections\":%zu",
		    backend_word(c), (intmax_t)(c->loop.now - c->began),
		    (uintmax_t)d->frames_in, (uintmax_t)d->frames_out,
		    (uintmax_t)d->bytes_in, (uintmax_t)d->bytes_out,
		    (uintmax_t)d->dropped, c->splices.count + c->stack.sockets);
	if (c->too_many)
		text_printf(out,
			    ",\"warning\":\"%d file descriptors in use, new connections are refused; raise RLIMIT_NOFILE\"",
			    c->files_most);
	text_add(out, ",\"ports\":[");
	for (const struct port *p = c->ports.all; p; p = p->next)
		text_printf(out,
			    "{\"id\":%u,\"connections\":%ju,\"active\":%ju,\"bytes_in\":%ju,\"bytes_out\":%ju}%s",
			    p->id, (uintmax_t)p->traffic.connections,
			    (uintmax_t)p->traffic.active, (uintmax_t)p->traffic.bytes_in,
			    (uintmax_t)p->traffic.bytes_out, p->next ? "," : "");
	text_add(out, "]}}");
}

static void answer_info(struct core *c, struct text *out)
{
	const struct settings *s = c->settings;

	text_printf(out, "{\"return\":{\"pid\":%d,\"id\":", c->agent_pid);
	json_quote(out, s->id);
	text_printf(out, ",\"mode\":\"%s\",\"backend\":\"%s\"",
		    names_word(net_modes, s->mode), backend_word(c));
	if (s->v4.on) {
		text_add(out, ",\"address\":");
		print_ip(&s->v4.address, out);
	}
	if (s->v6.on) {
		text_add(out, ",\"address6\":");
		print_ip(&s->v6.address, out);
	}
	if (s->mode == NET_SLIRP)
		text_printf(out, ",\"mtu\":%zu,\"libslirp\":\"%s\"", c->device.mtu,
			    c->stack.lib.version());
	text_add(out, "}}");
}

/* ---- adding ---- */

static int open_all(struct core *c, struct asked_with *w, const struct request *r,
		    struct listener *v, struct err *e)
{
	size_t used = 0;

	for (size_t i = 0; i < r->port_count; i++) {
		int fd = r->ports[i].listener ? fd_take(&w->fds[used++]) : -1;

		if (listen_open(&r->ports[i], c->settings, fd, c->low_port, &v[i], e) < 0) {
			while (i-- > 0)
				listen_close(&v[i]);
			return -1;
		}
	}
	return 0;
}

static void take_back(struct core *c, const uint32_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ports_remove(c, ports_find(&c->ports, ids[i]));
}

/* All of them or none. */
static int add_ports(struct core *c, struct asked_with *w, const struct request *r,
		     uint32_t *ids, struct arena *a, struct err *e)
{
	struct listener *v = arena_new(a, r->port_count, sizeof(*v));

	if (c->ports.count + r->port_count > PORTS_MAX) {
		err_set(e, "more than %d published ports", PORTS_MAX);
		e->sys = ENOSPC;
		return -1;
	}
	if (open_all(c, w, r, v, e) < 0)
		return -1;
	for (size_t i = 0; i < r->port_count; i++) {
		const struct port *p = ports_add(c, &r->ports[i], &v[i], e);

		if (!p) {
			take_back(c, ids, i);
			for (i++; i < r->port_count; i++)
				listen_close(&v[i]);
			return -1;
		}
		ids[i] = p->id;
	}
	return 0;
}

static int answer_add(struct core *c, struct asked_with *w, const struct request *r,
		      struct arena *a, struct err *e)
{
	uint32_t *ids = arena_new(a, r->port_count, sizeof(*ids));

	if (add_ports(c, w, r, ids, a, e) < 0)
		return -1;
	if (r->verb == VERB_ADD) {
		text_printf(w->out, "{\"return\":{\"id\":%u}}", ids[0]);
		return 0;
	}
	text_add(w->out, "{\"return\":{\"ids\":[");
	for (size_t i = 0; i < r->port_count; i++)
		text_printf(w->out, "%s%u", i ? "," : "", ids[i]);
	text_add(w->out, "]}}");
	return 0;
}

static int answer_remove(struct core *c, const struct request *r, struct text *out,
			 struct err *e)
{
	struct port *p = ports_find(&c->ports, r->id);

	if (!p) {
		err_set(e, "bad request: remove_hostfwd: bad arguments.id");
		e->sys = ENOENT;
		return -1;
	}
	ports_remove(c, p);
	text_add(out, "{\"return\":{}}");
	return 0;
}

static int carry_out(struct core *c, struct asked_with *w, const struct request *r,
		     struct arena *a, struct err *e)
{
	switch ((enum verb)r->verb) {
	case VERB_ADD:
	case VERB_ADD_MANY:
		return answer_add(c, w, r, a, e);
	case VERB_REMOVE:
		return answer_remove(c, r, w->out, e);
	case VERB_LIST:
		answer_list(c, w->out);
		return 0;
	case VERB_STATS:
		answer_stats(c, w->out);
		return 0;
	case VERB_INFO:
		answer_info(c, w->out);
		return 0;
	}
	return 0;
}

void answer_request(void *core, const char *text, size_t n, int *fds, size_t fd_count,
		    struct text *out)
{
	struct core *c = core;
	struct asked_with w = { .fds = fds, .out = out };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct request r;

	if (request_parse(text, n, fd_count, c->settings, &r, &a, &e) < 0 ||
	    carry_out(c, &w, &r, &a, &e) < 0)
		request_print_error(&e, out);
	arena_free(&a);
}
