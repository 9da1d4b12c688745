/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the host's ps, reduced to the lines of the container. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "base/own.h"
#include "cli/cli.h"
#include "kernel/spawn.h"

struct ps_opts {
	const char *format;
};

/* clang-format off */
static const struct opt rows[] = {
	{ "format", "f", OPT_STR, offsetof(struct ps_opts, format), "FMT", "table or json (default: table)" },
	{ 0 },
};
/* clang-format on */

static void print_json(const pid_t *pids, size_t n, struct text *out)
{
	text_add(out, n ? "[" : "null");
	for (size_t i = 0; i < n; i++)
		text_printf(out, "%s%d", i ? "," : "", pids[i]);
	text_add(out, n ? "]\n" : "\n");
}

static bool is_one_of(const pid_t *pids, size_t n, uint64_t pid)
{
	for (size_t i = 0; i < n; i++)
		if ((uint64_t)pids[i] == pid)
			return true;
	return false;
}

/* The field at an index, separated by blanks. */
static bool field(const char *line, int index, char *out, size_t size)
{
	for (;;) {
		size_t n;

		line += strspn(line, " \t");
		n = strcspn(line, " \t\n");
		if (n == 0 || n >= size)
			return false;
		if (index-- == 0) {
			memcpy(out, line, n);
			out[n] = '\0';
			return true;
		}
		line += n;
	}
}

static int find_pid_column(const char *header)
{
	char word[64];

	for (int i = 0; field(header, i, word, sizeof(word)); i++)
		if (strcmp(word, "PID") == 0)
			return i;
	return -1;
}

static int filter(char *lines, const pid_t *pids, size_t n, struct text *out,
		  struct err *e)
{
	char *save, *line = strtok_r(lines, "\n", &save);
	int column = line ? find_pid_column(line) : -1;

	if (column < 0)
		return err_set(e, "couldn't find PID field in ps output");
	text_printf(out, "%s\n", line);
	while ((line = strtok_r(NULL, "\n", &save))) {
		char word[64];
		uint64_t pid;

		if (field(line, column, word, sizeof(word)) &&
		    num_dec(word, INT32_MAX, &pid) && is_one_of(pids, n, pid))
			text_printf(out, "%s\n", line);
	}
	return 0;
}

/* Of all processes of the host, whose words may be long. */
#define TABLE_MAX (256u << 20)

static int run_ps(const struct context *c, struct strings options, struct spawn_result *r,
		  struct err *e)
{
	static char ps[] = "ps", all[] = "-ef";
	OWN_STR path = spawn_find(ps, getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char **argv = arena_new(c->arena, options.n + 3, sizeof(*argv));
	const struct spawn s = {
		.path = path,
		.argv = argv,
		.envp = environ,
		.timeout_ms = -1,
		.keep_max = TABLE_MAX,
	};
	struct spawned child;

	if (!path)
		return err_set(e, "ps was not found: install the package procps");
	argv[0] = ps;
	argv[1] = all;
	if (options.n)
		memcpy(argv + 1, options.v, options.n * sizeof(*argv));
	if (spawn_start(&s, &child, e) < 0 || spawn_finish(&child, r, e) < 0)
		return -1;
	if (r->status != 0)
		return err_set(e, "exit status %d: %s%s", WEXITSTATUS(r->status),
			       text_str(&r->out), text_str(&r->err));
	return 0;
}

static int print_table(const struct context *c, struct strings options, const pid_t *pids,
		       size_t n, struct text *out, struct err *e)
{
	struct spawn_result r = { 0 };
	int ret = run_ps(c, options, &r, e);

	if (ret == 0)
		ret = filter(r.out.s, pids, n, out, e);
	spawn_result_free(&r);
	return ret;
}

static int run(const struct context *c, const struct args *a, struct err *e)
{
	const struct ps_opts *o = a->opts;
	const char *format = o->format ? o->format : "table";
	const struct strings options = { a->operands.v + 1, a->operands.n - 1 };
	OWN_TEXT out = { 0 };
	pid_t *pids;
	size_t n;
	int ret = 0;

	if (strcmp(format, "table") != 0 && strcmp(format, "json") != 0)
		return err_set(e, "invalid format option");
	if (container_pids(c, a->operands.v[0], &pids, &n, e) < 0)
		return -1;
	if (strcmp(format, "json") == 0)
		print_json(pids, n, &out);
	else
		ret = print_table(c, options, pids, n, &out, e);
	free(pids);
	return ret < 0 ? -1 : out_write(&out, e);
}

const struct command cmd_ps = {
	.name = "ps",
	.operands = "<container-id> [ps options]",
	.summary = "list the processes in a container",
	.opts = rows,
	.opts_size = sizeof(struct ps_opts),
	.min = 1,
	.max = SIZE_MAX,
	.raw_operands = true,
	.run = run,
};
