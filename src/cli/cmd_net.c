/* SPDX-License-Identifier: Apache-2.0 */
/* net: the network of a container, while it runs. */
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "cli/cli.h"

struct net_opts {
	const char *format;
};

/* clang-format off */
static const struct opt rows[] = {
	{ "format", "f", OPT_STR, offsetof(struct net_opts, format), "FMT", "table or json (default: table)" },
	{ 0 },
};
/* clang-format on */

static const char *number(uint64_t n, struct arena *a)
{
	return arena_printf(a, "%ju", (uintmax_t)n);
}

/* What runc-net says is from the process that meets the container's packets: P3. */
static const char *shown(const char *s, struct arena *a)
{
	OWN_TEXT out = { 0 };

	log_add_visible(&out, s ? s : "");
	return arena_dup(a, text_str(&out));
}

/* "[::1]:8080", "unix:/path" */
static const char *place(const char *address, uint32_t port, struct arena *a)
{
	bool v6 = address && strchr(address, ':');

	if (address && (text_starts(address, "unix:") || strcmp(address, "fd") == 0))
		return shown(address, a);
	return arena_printf(a, "%s%s%s:%u", v6 ? "[" : "",
			    address && *address ? shown(address, a) : "*", v6 ? "]" : "",
			    port);
}

static void print_entries(const struct control_entries *all, bool json, struct text *out,
			  struct arena *a)
{
	static const char *const head[] = { "ID", "PROTOCOL", "HOST", "CONTAINER",
					    "MODE" };
	const char **cells = arena_new(a, (all->list.n + 1) * COUNT(head), sizeof(*cells));

	if (json) {
		json_print(out, &control_entries_table, all, NULL);
		text_addc(out, '\n');
		return;
	}
	memcpy(cells, head, sizeof(head));
	for (size_t i = 0; i < all->list.n; i++) {
		const struct control_entry *entry = &all->list.v[i];
		const char **row = cells + (i + 1) * COUNT(head);

		row[0] = number(entry->id, a);
		row[1] = shown(entry->protocol, a);
		row[2] = place(entry->host_addr6 ? "" : entry->host_addr,
			       entry->host_port, a);
		row[3] = place(entry->guest_addr, entry->guest_port, a);
		row[4] = shown(entry->mode, a);
	}
	out_table(cells, COUNT(head), all->list.n + 1, out);
}

static void print_totals(const struct control_stats *s, struct text *out, struct arena *a)
{
	const char *const cells[] = {
		"BACKEND",     shown(s->backend, a),
		"UPTIME",      arena_printf(a, "%ju s", (uintmax_t)s->uptime_ms / 1000),
		"FRAMES IN",   number(s->frames_in, a),
		"FRAMES OUT",  number(s->frames_out, a),
		"BYTES IN",    number(s->bytes_in, a),
		"BYTES OUT",   number(s->bytes_out, a),
		"DROPPED",     number(s->dropped, a),
		"CONNECTIONS", number(s->connections, a),
	};

	out_table(cells, 2, COUNT(cells) / 2, out);
}

static void print_stats(const struct control_stats *s, bool json, struct text *out,
			struct arena *a)
{
	static const char *const head[] = { "PORT", "CONNECTIONS", "ACTIVE", "BYTES IN",
					    "BYTES OUT" };
	const char **cells = arena_new(a, (s->ports.n + 1) * COUNT(head), sizeof(*cells));

	if (json) {
		json_print(out, &control_stats_table, s, NULL);
		text_addc(out, '\n');
		return;
	}
	print_totals(s, out, a);
	memcpy(cells, head, sizeof(head));
	for (size_t i = 0; i < s->ports.n; i++) {
		const struct control_port_stats *port = &s->ports.v[i];
		const char **row = cells + (i + 1) * COUNT(head);

		row[0] = number(port->id, a);
		row[1] = number(port->connections, a);
		row[2] = number(port->active, a);
		row[3] = number(port->bytes_in, a);
		row[4] = number(port->bytes_out, a);
	}
	if (s->ports.n) {
		text_addc(out, '\n');
		out_table(cells, COUNT(head), s->ports.n + 1, out);
	}
}

/* ---- verbs ---- */

struct call {
	const struct context *c;
	const char *id;
	struct strings words;
	bool json;
	struct text *out;
};

static int list(const struct call *call, struct err *e)
{
	struct control_entries all;

	if (container_net_list(call->c, call->id, &all, e) < 0)
		return -1;
	print_entries(&all, call->json, call->out, call->c->arena);
	return 0;
}

static int add(const struct call *call, struct err *e)
{
	struct control_entries added;

	if (container_net_add(call->c, call->id, call->words, &added, e) < 0)
		return -1;
	print_entries(&added, call->json, call->out, call->c->arena);
	return 0;
}

static int rm(const struct call *call, struct err *e)
{
	return container_net_remove(call->c, call->id, call->words, e);
}

static int stats(const struct call *call, struct err *e)
{
	struct control_stats s;

	if (container_net_stats(call->c, call->id, &s, e) < 0)
		return -1;
	print_stats(&s, call->json, call->out, call->c->arena);
	return 0;
}

static int restart(const struct call *call, struct err *e)
{
	return container_net_restart(call->c, call->id, e);
}

static const struct verb {
	const char *name;
	bool words;
	int (*run)(const struct call *call, struct err *e);
} verbs[] = {
	{ "list", false, list },   { "add", true, add },          { "rm", true, rm },
	{ "stats", false, stats }, { "restart", false, restart },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int run(const struct context *c, const struct args *a, struct err *e)
{
	const struct net_opts *o = a->opts;
	const char *format = o->format ? o->format : "table";
	const struct verb *verb = find_verb(a->operands.v[1]);
	OWN_TEXT out = { 0 };
	const struct call call = {
		.c = c,
		.id = a->operands.v[0],
		.words = { a->operands.v + 2, a->operands.n - 2 },
		.json = strcmp(format, "json") == 0,
		.out = &out,
	};

	if (!call.json && strcmp(format, "table") != 0)
		return err_set(e, "invalid format option");
	if (!verb)
		return err_set(e,
			       "net: \"%s\": expected list, add, rm, stats or restart after the container",
			       a->operands.v[1]);
	if (verb->words != (call.words.n > 0))
		return err_set(e, "net %s: %s", verb->name,
			       verb->words ? "which ports?" : "takes no more words");
	return verb->run(&call, e) < 0 ? -1 : out_write(&out, e);
}

const struct command cmd_net = {
	.name = "net",
	.operands = "<container-id> list|add SPEC...|rm ID|SPEC...|stats|restart",
	.summary = "show and change the network that --network gave a container",
	.opts = rows,
	.opts_size = sizeof(struct net_opts),
	.min = 2,
	.max = SIZE_MAX,
	.run = run,
};
