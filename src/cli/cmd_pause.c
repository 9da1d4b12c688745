/* SPDX-License-Identifier: Apache-2.0 */
/* pause, resume */
#include "cli/cli.h"

static int pause_run(const struct context *c, const struct args *a, struct err *e)
{
	return container_pause(c, a->operands.v[0], e);
}

static int resume_run(const struct context *c, const struct args *a, struct err *e)
{
	return container_resume(c, a->operands.v[0], e);
}

const struct command cmd_pause = {
	.name = "pause",
	.operands = "<container-id>",
	.summary = "let all processes of a container stand still",
	.min = 1,
	.max = 1,
	.run = pause_run,
};

const struct command cmd_resume = {
	.name = "resume",
	.operands = "<container-id>",
	.summary = "let the processes of a paused container run on",
	.min = 1,
	.max = 1,
	.run = resume_run,
};
