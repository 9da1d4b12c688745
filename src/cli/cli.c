/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command, from its result to an exit status and one line. */
#include "cli/cli.h"

#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/seal.h"
#include "spec/spec.h"

#define AT(m) offsetof(struct global_opts, m)

/* clang-format off */
const struct opt global_opt_rows[] = {
	{ "debug",          NULL, OPT_FLAG, AT(debug),          NULL,   "log debug lines too" },
	{ "log",            NULL, OPT_STR,  AT(log),            "FILE", "append the log to FILE (default: stderr)" },
	{ "log-format",     NULL, OPT_STR,  AT(log_format),     "FMT",  "text or json (default: text)" },
	{ "net-annotations", NULL, OPT_FLAG, AT(net_annotations), NULL, "obey annotations org.runc.net, which an engine may have from an image" },
	{ "root",           NULL, OPT_STR,  AT(root),           "DIR",  "where the state of containers is kept (default: /run/runc, or $XDG_RUNTIME_DIR/runc)" },
	{ "systemd-cgroup", NULL, OPT_FLAG, AT(systemd_cgroup), NULL,   "let systemd manage cgroups" },
	{ "rootless",       NULL, OPT_STR,  AT(rootless),       "WHEN", "tolerate missing rights over cgroups: true, false or auto (default: auto)" },
	{ 0 },
};

const struct command *const commands[] = {
	&cmd_create, &cmd_delete, &cmd_events, &cmd_exec, &cmd_features, &cmd_kill,
	&cmd_list, &cmd_net, &cmd_pause, &cmd_ps, &cmd_resume, &cmd_run, &cmd_spec, &cmd_start,
	&cmd_state, &cmd_update, NULL,
};
/* clang-format on */

/* Engines read the log file or stderr: both get the message. */
static void report(const struct err *e)
{
	OWN_TEXT line = { 0 };

	log_error("%s", e->text);
	if (log_is_stderr())
		return;
	log_add_visible(&line, e->text);
	dprintf(STDERR_FILENO, "%s\n", text_str(&line));
}

static int fail(const struct err *e, int status)
{
	report(e);
	return status;
}

static int show_help(const struct command *c)
{
	OWN_TEXT out = { 0 };
	struct err e;

	help_print(c, &out);
	return out_write(&out, &e) < 0 ? 1 : 0;
}

static int show_version(struct arena *a)
{
	OWN_TEXT out = { 0 };
	struct err e;

	text_printf(&out, "runc version %s\ncommit: %s\nspec: %s\nlibseccomp: %s\n",
		    container_version(), container_commit(), SPEC_VERSION,
		    container_libseccomp(a));
	return out_write(&out, &e) < 0 ? 1 : 0;
}

static int bad_usage(const struct parsed *p, const struct err *e)
{
	dprintf(STDERR_FILENO, "Incorrect Usage: %s\n\n", e->text);
	show_help(p->command);
	return fail(e, 1);
}

static int check_count(const struct parsed *p, struct err *e)
{
	const struct command *c = p->command;
	size_t n = p->args.operands.n;

	if (n >= c->min && n <= c->max)
		return 0;
	if (c->min == c->max)
		return err_set(e, "%s: \"%s\" requires exactly %zu argument(s)",
			       p->args.argv0, c->name, c->min);
	if (n < c->min)
		return err_set(e, "%s: \"%s\" requires a minimum of %zu argument(s)",
			       p->args.argv0, c->name, c->min);
	return err_set(e, "%s: \"%s\" requires a maximum of %zu argument(s)",
		       p->args.argv0, c->name, c->max);
}

static int fill_context(struct context *c, const struct global_opts *g, struct err *e)
{
	OWN_STR cwd = getcwd(NULL, 0);

	c->systemd_cgroup = g->systemd_cgroup;
	c->net_annotations = g->net_annotations;
	c->rootless = g->rootless;
	/* a caller whose directory was removed can still name absolute paths */
	c->cwd = cwd ? arena_dup(c->arena, cwd) : "/";
	c->root_path = store_root_path(g->root, c->arena, &c->root_is_default, e);
	return c->root_path ? 0 : -1;
}

static int run_command(const struct parsed *p, const struct global_opts *g,
		       struct context *c)
{
	struct err e = { 0 };
	int ret;

	if (fill_context(c, g, &e) < 0)
		return fail(&e, 1);
	if (check_count(p, &e) < 0) {
		OWN_TEXT out = { 0 };

		text_add(&out, "Incorrect Usage.\n\n");
		help_print(p->command, &out);
		out_write(&out, &e);
		check_count(p, &e);
		return fail(&e, 1);
	}
	ret = p->command->run(c, &p->args, &e);
	if (ret >= 0)
		return ret;
	return fail(&e, p->command->failure ? p->command->failure : 1);
}

static int unknown_command(const struct parsed *p)
{
	struct err e;

	err_set(&e, "No help topic for '%s'", p->unknown);
	return fail(&e, p->help ? 1 : 3);
}

static int dispatch(int argc, char **argv, struct context *c)
{
	struct global_opts g;
	struct parsed p;
	struct err e = { 0 };
	bool parsed = opts_parse(argc, argv, &g, &p, c->arena, &e) == 0;
	struct err log_failure = { 0 };

	if (p.version)
		return show_version(c->arena);
	if (p.unknown)
		return unknown_command(&p);
	if (parsed && (p.help || !p.command)) {
		/* "runc help CMD" names it after the fact */
		return show_help(p.command);
	}
	if (log_open(g.log, g.log_format, g.debug, &log_failure) < 0)
		return fail(&log_failure, 1);
	if (!parsed)
		return bad_usage(&p, &e);
	if (p.command->seal && seal_self(argv, &e) < 0)
		return fail(&e, 1);
	/*
	 * What the caller left open stops here: not before the re-execution above,
	 * which must still have what --preserve-fds and LISTEN_FDS name.
	 */
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	return run_command(&p, &g, c);
}

int cli_main(int argc, char **argv, int inherited_fds)
{
	struct arena arena = { 0 };
	struct context context = { .arena = &arena, .inherited_fds = inherited_fds };
	int status = dispatch(argc, argv, &context);

	arena_free(&arena);
	return status;
}
