/* SPDX-License-Identifier: Apache-2.0 */
/* state, list, features: documents and tables. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/cli.h"

struct list_opts {
	const char *format;
	bool quiet;
};

/* clang-format off */
static const struct opt list_rows[] = {
	{ "format", "f", OPT_STR,  offsetof(struct list_opts, format), "FMT", "table or json (default: table)" },
	{ "quiet",  "q", OPT_FLAG, offsetof(struct list_opts, quiet),  NULL,  "names alone" },
	{ 0 },
};
/* clang-format on */

static int state_run(const struct context *c, const struct args *a, struct err *e)
{
	struct container_state s;
	OWN_TEXT out = { 0 };

	if (container_state(c, a->operands.v[0], &s, e) < 0)
		return -1;
	json_print(&out, &container_state_table, &s, "  ");
	return out_write(&out, e);
}

static void complain(const char *line)
{
	dprintf(STDERR_FILENO, "%s\n", line);
}

static void print_json(const struct container_state *v, size_t n, struct text *out)
{
	text_add(out, n ? "[" : "null");
	for (size_t i = 0; i < n; i++) {
		text_add(out, i ? "," : "");
		json_print(out, &container_state_table, &v[i], NULL);
	}
	text_add(out, n ? "]\n" : "\n");
}

static void print_table(const struct container_state *v, size_t n, struct text *out,
			struct arena *a)
{
	static const char *const head[] = { "ID",     "PID",     "STATUS",
					    "BUNDLE", "CREATED", "OWNER" };
	const char **cells = arena_new(a, (n + 1) * COUNT(head), sizeof(*cells));

	memcpy(cells, head, sizeof(head));
	for (size_t i = 0; i < n; i++) {
		const char **row = cells + (i + 1) * COUNT(head);

		row[0] = v[i].id;
		row[1] = arena_printf(a, "%d", v[i].pid);
		row[2] = v[i].status;
		row[3] = v[i].bundle ? v[i].bundle : "";
		row[4] = v[i].created;
		row[5] = v[i].owner;
	}
	out_table(cells, COUNT(head), n + 1, out);
}

static int list_run(const struct context *c, const struct args *a, struct err *e)
{
	const struct list_opts *o = a->opts;
	const char *format = o->format ? o->format : "table";
	struct container_state *v = NULL;
	OWN_TEXT out = { 0 };
	size_t n;

	if (container_list(c, &v, &n, complain, e) < 0)
		return -1;
	if (o->quiet)
		for (size_t i = 0; i < n; i++)
			text_printf(&out, "%s\n", v[i].id);
	else if (strcmp(format, "json") == 0)
		print_json(v, n, &out);
	else if (strcmp(format, "table") == 0)
		print_table(v, n, &out, c->arena);
	else
		return err_set(e, "invalid format option");
	return out_write(&out, e);
}

static int features_run(const struct context *c, const struct args *a, struct err *e)
{
	OWN_TEXT out = { 0 };

	(void)a;
	container_print_features(c->arena, &out);
	text_add(&out, "\n");
	return out_write(&out, e);
}

const struct command cmd_state = {
	.name = "state",
	.operands = "<container-id>",
	.summary = "print the state of a container as JSON",
	.min = 1,
	.max = 1,
	.run = state_run,
};

const struct command cmd_list = {
	.name = "list",
	.operands = "",
	.summary = "list the containers of this root",
	.opts = list_rows,
	.opts_size = sizeof(struct list_opts),
	.run = list_run,
};

const struct command cmd_features = {
	.name = "features",
	.operands = "",
	.summary = "print what this runtime can do as JSON",
	.run = features_run,
};
