/* SPDX-License-Identifier: Apache-2.0 */
/* events: one JSON object a line. */
#include "cli/cli.h"

#define DEFAULT_INTERVAL_NS 5000000000

struct events_opts {
	bool stats;
	const int64_t *interval;
};

/* clang-format off */
static const struct opt rows[] = {
	{ "interval", NULL, OPT_TIME, offsetof(struct events_opts, interval), "TIME", "between two lines of stats, such as 500ms or 1m (default: 5s)" },
	{ "stats",    NULL, OPT_FLAG, offsetof(struct events_opts, stats),    NULL,   "print the stats once, now" },
	{ 0 },
};
/* clang-format on */

static int run(const struct context *c, const struct args *a, struct err *e)
{
	const struct events_opts *o = a->opts;
	const struct events_options options = {
		.id = a->operands.v[0],
		.stats = o->stats,
		.interval_ns = o->interval ? *o->interval : DEFAULT_INTERVAL_NS,
		.say = out_write,
	};

	return container_events(c, &options, e);
}

const struct command cmd_events = {
	.name = "events",
	.operands = "<container-id>",
	.summary = "print what a container uses, and when its memory runs out",
	.opts = rows,
	.opts_size = sizeof(struct events_opts),
	.min = 1,
	.max = 1,
	.run = run,
};
