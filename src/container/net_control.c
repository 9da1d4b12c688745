/* SPDX-License-Identifier: Apache-2.0 */
/* runc net: what is asked of runc-net while its container runs.        Runs: host */
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"
#include "container/net_found.h"
#include "container/net_shared.h"
#include "kernel/sock.h"
#include "network/publish.h"

int net_open(struct found *f, const struct context *c, const char *id,
	     enum store_lock how, struct err *e)
{
	enum status status;
	int ret;

	if (found_open(f, c, id, e) < 0)
		return -1;
	ret = store_lock(f->dir, how, true, e);
	if (ret == 0 && !store_is_current(f->root, id, f->dir))
		ret = err_set(e, "container does not exist");
	/* whoever had the lock may have started another runc-net */
	if (ret == 0 && store_load(f->dir, STATE_FILE, &f->record, c->arena, e) <= 0)
		ret = -1;
	if (ret == 0)
		ret = found_status(f, &status, e);
	if (ret == 0 && status == STATUS_STOPPED)
		ret = err_set(e, "container not running");
	else if (ret == 0 && !f->record.net)
		ret = err_set(e,
			      "container \"%s\" has no network of runc's (run it with --network slirp)",
			      id);
	if (ret < 0)
		found_close(f);
	return ret;
}

static int connect_to(const struct found *f, struct err *e)
{
	int sock = sock_connect_at(f->dir, NET_SOCKET, e);

	if (sock >= 0 || (e->sys != ECONNREFUSED && e->sys != ENOENT))
		return sock;
	return err_set(e,
		       "net: helper of container \"%s\" is not running: \"runc net %s restart\"",
		       f->record.id, f->record.id);
}

static int list(const struct found *f, struct control_entries *out, struct arena *a,
		struct err *e)
{
	OWN_FD sock = connect_to(f, e);

	return sock < 0 ? -1 : control_list(sock, out, a, e);
}

int container_net_list(const struct context *c, const char *id,
		       struct control_entries *out, struct err *e)
{
	struct found f;
	int ret = net_open(&f, c, id, STORE_SHARED, e);

	if (ret == 0) {
		ret = list(&f, out, c->arena, e);
		found_close(&f);
	}
	return ret;
}

int container_net_stats(const struct context *c, const char *id,
			struct control_stats *out, struct err *e)
{
	struct found f;
	int ret = net_open(&f, c, id, STORE_SHARED, e);

	if (ret == 0) {
		OWN_FD sock = connect_to(&f, e);

		ret = sock < 0 ? -1 : control_stats(sock, out, c->arena, e);
		found_close(&f);
	}
	return ret;
}

/* ---- add ---- */

static int parse_specs(const struct context *c, struct strings specs,
		       struct publish_list *ports, struct err *e)
{
	for (size_t i = 0; i < specs.n; i++)
		if (publish_parse(ports, specs.v[i], c->arena, e) < 0)
			return -1;
	for (size_t i = 0; i < ports->n; i++)
		if (ports->fds[i] >= 0 &&
		    net_check_listener(c, ports->fds[i], ports->v[i].protocol, e) < 0)
			return -1;
	return publish_check(ports, e);
}

/* Those of the list that have one of these ids. */
static void pick(struct control_entries *out, const struct control_entries *all,
		 const uint32_t *ids, size_t n, struct arena *a)
{
	struct control_entry *v = arena_new(a, n, sizeof(*v));
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all->list.n && count < n; k++)
			if (all->list.v[k].id == ids[i])
				v[count++] = all->list.v[k];
	out->list.v = v;
	out->list.n = count;
}

/* So that a restart opens them too, with the numbers that the kernel chose. */
static int remember(const struct found *f, const struct publish_list *ports,
		    const struct control_entries *added, struct arena *a, struct err *e)
{
	struct net_config c;
	struct net_port *v;

	if (net_load_config(f->dir, &c, a, e) < 0)
		return -1;
	v = arena_new(a, c.ports.n + ports->n, sizeof(*v));
	if (c.ports.n)
		memcpy(v, c.ports.v, c.ports.n * sizeof(*v));
	for (size_t i = 0; i < ports->n; i++) {
		v[c.ports.n + i] = ports->v[i];
		if (i < added->list.n)
			v[c.ports.n + i].host_port = (uint16_t)added->list.v[i].host_port;
	}
	c.ports.v = v;
	c.ports.n += ports->n;
	return net_save_config(f->dir, &c, e);
}

/* The same ports, where those with a path are open; opened[i]: to be closed, or -1. */
static int open_sockets(const struct publish_list *ports, struct publish_list *out,
			int *opened, struct arena *a, struct err *e)
{
	out->v = arena_new(a, ports->n, sizeof(*out->v));
	out->fds = arena_new(a, ports->n, sizeof(*out->fds));
	for (size_t i = 0; i < ports->n; i++) {
		out->v[i] = ports->v[i];
		out->fds[i] = ports->fds[i];
		out->n++;
		if (!text_starts(ports->v[i].host, "unix:"))
			continue;
		opened[i] = net_open_socket(ports->v[i].host + strlen("unix:"), a, e);
		if (opened[i] < 0)
			return -1;
		out->v[i].listener = true;
		out->fds[i] = opened[i];
	}
	return 0;
}

/* What was opened for nothing goes. */
static void close_sockets(const struct publish_list *ports, int *opened, bool failed,
			  struct arena *a)
{
	for (size_t i = 0; i < ports->n; i++) {
		bool was_open = opened[i] >= 0;

		fd_close(&opened[i]);
		if (was_open && failed)
			net_remove_socket(ports->v[i].host + strlen("unix:"), a);
	}
}

static int ask_to_add(const struct found *f, const struct publish_list *ports,
		      const uint32_t **ids, struct arena *a, struct err *e)
{
	OWN_FD sock = connect_to(f, e);
	int *opened = arena_new(a, ports->n, sizeof(*opened));
	struct publish_list open = { 0 };
	int ret = sock < 0 ? -1 : 0;

	for (size_t i = 0; i < ports->n; i++)
		opened[i] = -1;
	if (ret == 0)
		ret = open_sockets(ports, &open, opened, a, e);
	if (ret == 0)
		ret = control_add(sock, open.v, open.fds, open.n, ids, a, e);
	close_sockets(ports, opened, ret < 0, a);
	return ret;
}

static int add(const struct context *c, const struct found *f,
	       const struct publish_list *ports, struct control_entries *out,
	       struct err *e)
{
	struct control_entries all;
	const uint32_t *ids;

	if (ask_to_add(f, ports, &ids, c->arena, e) < 0) {
		/* the first that is another container's: which one failed we are not told */
		for (size_t i = 0; i < ports->n; i++)
			if (net_blame_port(f->root, f->record.id, &ports->v[i], c->arena,
					   e))
				break;
		return -1;
	}
	if (list(f, &all, c->arena, e) < 0)
		return -1;
	pick(out, &all, ids, ports->n, c->arena);
	return remember(f, ports, out, c->arena, e);
}

int container_net_add(const struct context *c, const char *id, struct strings specs,
		      struct control_entries *out, struct err *e)
{
	struct publish_list ports = { 0 };
	struct found f;
	int ret;

	if (parse_specs(c, specs, &ports, e) < 0 ||
	    net_open(&f, c, id, STORE_EXCLUSIVE, e) < 0)
		return -1;
	ret = add(c, &f, &ports, out, e);
	found_close(&f);
	return ret;
}

/* ---- rm ---- */

static bool same_host(const struct control_entry *entry, const struct net_port *port)
{
	const char *host = entry->host_addr && !entry->host_addr6 ? entry->host_addr : "";

	if (strcmp(host, "fd") == 0)
		return port->listener && entry->guest_port == port->guest_port;
	return !port->listener &&
	       strcmp(entry->protocol, names_word(net_protocols, port->protocol)) == 0 &&
	       entry->host_port == port->host_port && strcmp(host, port->host) == 0;
}

/* The ids that one word means: a number, or a spec and all of its range. */
static int find_ids(const struct control_entries *all, const char *word, uint32_t **ids,
		    size_t *n, struct arena *a, struct err *e)
{
	struct publish_list ports = { 0 };
	uint64_t number;

	if (!num_dec(word, UINT32_MAX, &number) && publish_parse(&ports, word, a, e) < 0)
		return -1;
	*ids = arena_new(a, all->list.n, sizeof(**ids));
	*n = 0;
	for (size_t i = 0; i < all->list.n; i++) {
		bool found = ports.n == 0 && all->list.v[i].id == number;

		for (size_t k = 0; k < ports.n; k++)
			found = found || same_host(&all->list.v[i], &ports.v[k]);
		if (found)
			(*ids)[(*n)++] = all->list.v[i].id;
	}
	if (*n < (ports.n ? ports.n : 1))
		return err_set(e, "net: \"%s\" is not published", word);
	return 0;
}

static int forget(const struct found *f, const struct control_entry *entry,
		  struct arena *a, struct err *e)
{
	struct net_config c;
	struct net_port *v;
	size_t n = 0;

	if (net_load_config(f->dir, &c, a, e) < 0)
		return -1;
	v = arena_new(a, c.ports.n, sizeof(*v));
	for (size_t i = 0; i < c.ports.n; i++)
		if (!same_host(entry, &c.ports.v[i]))
			v[n++] = c.ports.v[i];
	c.ports.v = v;
	c.ports.n = n;
	return net_save_config(f->dir, &c, e);
}

static int remove_one(const struct found *f, const struct control_entries *all,
		      uint32_t id, struct arena *a, struct err *e)
{
	OWN_FD sock = connect_to(f, e);

	if (sock < 0 || control_remove(sock, id, a, e) < 0)
		return -1;
	for (size_t i = 0; i < all->list.n; i++)
		if (all->list.v[i].id == id && forget(f, &all->list.v[i], a, e) < 0)
			return -1;
	return 0;
}

static int remove_words(const struct found *f, struct strings which, struct arena *a,
			struct err *e)
{
	struct control_entries all;
	uint32_t *ids;
	size_t n;

	if (list(f, &all, a, e) < 0)
		return -1;
	/* first all are looked up: a wrong word leaves the others as they are */
	for (size_t i = 0; i < which.n; i++)
		if (find_ids(&all, which.v[i], &ids, &n, a, e) < 0)
			return -1;
	for (size_t i = 0; i < which.n; i++) {
		if (find_ids(&all, which.v[i], &ids, &n, a, e) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			if (remove_one(f, &all, ids[k], a, e) < 0)
				return -1;
	}
	return 0;
}

int container_net_remove(const struct context *c, const char *id, struct strings which,
			 struct err *e)
{
	struct found f;
	int ret = net_open(&f, c, id, STORE_EXCLUSIVE, e);

	if (ret == 0) {
		ret = remove_words(&f, which, c->arena, e);
		found_close(&f);
	}
	return ret;
}
