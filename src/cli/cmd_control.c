/* SPDX-License-Identifier: Apache-2.0 */
/* start, kill, delete: short words for what container/ does. */
#include "cli/cli.h"

struct kill_opts {
	bool all;
};

struct delete_opts {
	bool force;
};

/* clang-format off */
static const struct opt kill_rows[] = {
	{ "all", "a", OPT_FLAG, offsetof(struct kill_opts, all), NULL, "it is no error if the container does not run", .hidden = true },
	{ 0 },
};

static const struct opt delete_rows[] = {
	{ "force", "f", OPT_FLAG, offsetof(struct delete_opts, force), NULL, "kill it first if it still runs" },
	{ 0 },
};
/* clang-format on */

static int start_run(const struct context *c, const struct args *a, struct err *e)
{
	return container_start(c, a->operands.v[0], e);
}

static int kill_run(const struct context *c, const struct args *a, struct err *e)
{
	const struct kill_opts *o = a->opts;
	const char *signal = a->operands.n > 1 ? a->operands.v[1] : "";

	return container_kill(c, a->operands.v[0], signal, o->all, e);
}

static int delete_run(const struct context *c, const struct args *a, struct err *e)
{
	const struct delete_opts *o = a->opts;

	return container_delete(c, a->operands.v[0], o->force, e);
}

const struct command cmd_start = {
	.name = "start",
	.operands = "<container-id>",
	.summary = "start the program of a created container",
	.min = 1,
	.max = 1,
	.run = start_run,
};

const struct command cmd_kill = {
	.name = "kill",
	.operands = "<container-id> [signal]",
	.summary = "send a signal (default: SIGTERM) to the container's init",
	.opts = kill_rows,
	.opts_size = sizeof(struct kill_opts),
	.min = 1,
	.max = 2,
	.raw_operands = true,
	.run = kill_run,
};

const struct command cmd_delete = {
	.name = "delete",
	.operands = "<container-id>",
	.summary = "remove a container that has stopped",
	.opts = delete_rows,
	.opts_size = sizeof(struct delete_opts),
	.min = 1,
	.max = 1,
	.run = delete_run,
};
