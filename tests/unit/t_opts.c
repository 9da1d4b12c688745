/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, with the habits of the Go runc's parser; and tables on its other end.
 */
#include "cli/cli.h"

#include "unit/tap.h"

#define WORDS 16

static const struct row {
	const char *label;
	const char *argv[WORDS]; /* after the program's name */
	const char *want;        /* see describe() */
} rows[] = {
	/* one dash is as good as two */
	{ .label = "long, two dashes",
	  .argv = { "run", "--bundle", "X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "long, one dash",
	  .argv = { "run", "-bundle", "X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "short, one dash",
	  .argv = { "run", "-b", "X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "short, two dashes",
	  .argv = { "run", "--b", "X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "long, =",
	  .argv = { "run", "--bundle=X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "short, =",
	  .argv = { "run", "-b=X", "ct" },
	  .want = "run bundle=X | ct" },
	{ .label = "a flag with one dash, as go-runc says it",
	  .argv = { "run", "-no-subreaper", "ct" },
	  .want = "run no-subreaper | ct" },
	{ .label = "no three dashes",
	  .argv = { "run", "---detach", "ct" },
	  .want = "run | ---detach ct" },

	/* values */
	{ .label = "a value with = in it",
	  .argv = { "run", "--bundle=a=b", "ct" },
	  .want = "run bundle=a=b | ct" },
	{ .label = "a duration",
	  .argv = { "events", "--interval", "1m30s", "--stats", "ct" },
	  .want = "events interval=90000000000ns stats | ct" },
	{ .label = "a duration of 0 was given nevertheless",
	  .argv = { "events", "--interval=0", "ct" },
	  .want = "events interval=0ns | ct" },
	{ .label = "a duration without its unit",
	  .argv = { "events", "--interval", "5", "ct" },
	  .want = "events | error: invalid value \"5\" for flag -interval: time: missing unit in duration \"5\"" },
	{ .label = "not a duration",
	  .argv = { "events", "--interval", "5x", "ct" },
	  .want = "events | error: invalid value \"5x\" for flag -interval: time: invalid duration \"5x\"" },
	{ .label = "an empty value",
	  .argv = { "run", "--bundle=", "ct" },
	  .want = "run bundle= | ct" },
	{ .label = "an empty word as a value",
	  .argv = { "run", "--bundle", "", "ct" },
	  .want = "run bundle= | ct" },
	{ .label = "a value that looks like a flag",
	  .argv = { "run", "--bundle", "--detach", "ct" },
	  .want = "run bundle=--detach | ct" },
	{ .label = "two dashes as a value",
	  .argv = { "run", "--bundle", "--", "ct" },
	  .want = "run bundle=-- | ct" },
	{ .label = "the last one counts",
	  .argv = { "run", "-b", "X", "--bundle=Y", "ct" },
	  .want = "run bundle=Y | ct" },
	{ .label = "repeated, and commas separate nothing",
	  .argv = { "exec", "-e", "A=1,2", "--env=B=3", "--cgroup", "cpu,cpuacct:x", "ct",
		    "sh" },
	  .want = "exec env=[A=1,2][B=3] cgroup=[cpu,cpuacct:x] | ct sh" },

	/* order */
	{ .label = "flags behind operands",
	  .argv = { "run", "ct", "-d", "--bundle", "X" },
	  .want = "run bundle=X detach | ct" },
	{ .label = "flags among operands",
	  .argv = { "delete", "a", "--force", "b" },
	  .want = "delete force | a b" },
	{ .label = "global flags in front",
	  .argv = { "--root", "/r", "--debug", "--log=l", "--log-format", "json",
		    "--systemd-cgroup", "--rootless", "true", "list" },
	  .want = "debug log=l log-format=json root=/r systemd-cgroup rootless=true : list" },
	{ .label = "global flags behind the command",
	  .argv = { "list", "--root", "/r", "-q", "-debug" },
	  .want = "debug root=/r : list quiet" },
	{ .label = "global flags behind an operand",
	  .argv = { "state", "ct", "--root=/r" },
	  .want = "root=/r : state | ct" },
	{ .label = "a command's flag in front of it",
	  .argv = { "--bundle", "X", "run", "ct" },
	  .want = "| error: flag provided but not defined: -bundle" },
	{ .label = "another command's flag",
	  .argv = { "start", "--detach", "ct" },
	  .want = "start | error: flag provided but not defined: -detach" },
	{ .label = "spec's own --rootless",
	  .argv = { "spec", "--rootless" },
	  .want = "spec rootless" },
	{ .label = "spec's own, and the global one",
	  .argv = { "--rootless", "auto", "spec", "--rootless=false" },
	  .want = "rootless=auto : spec" },
	{ .label = "the global --rootless elsewhere",
	  .argv = { "run", "--rootless", "false", "ct" },
	  .want = "rootless=false : run | ct" },

	/* exec, ps and kill: all behind the id is theirs */
	{ .label = "exec: the program's flags are not ours",
	  .argv = { "exec", "-d", "ct", "ls", "-l", "--env", "-x" },
	  .want = "exec detach | ct ls -l --env -x" },
	{ .label = "exec: not even global ones",
	  .argv = { "exec", "ct", "--debug", "--root" },
	  .want = "exec | ct --debug --root" },
	{ .label = "exec: global flags in front of the id",
	  .argv = { "exec", "--debug", "--root", "/r", "ct", "sh" },
	  .want = "debug root=/r : exec | ct sh" },
	{ .label = "exec: -- behind the id is dropped",
	  .argv = { "exec", "ct", "--", "sh", "-c", "x" },
	  .want = "exec | ct sh -c x" },
	{ .label = "exec: only the first one",
	  .argv = { "exec", "ct", "--", "--", "sh", "--" },
	  .want = "exec | ct -- sh --" },
	{ .label = "exec: -- further behind stays",
	  .argv = { "exec", "ct", "sh", "--", "x" },
	  .want = "exec | ct sh -- x" },
	{ .label = "exec: -h of the program",
	  .argv = { "exec", "ct", "ls", "-h", "--help" },
	  .want = "exec | ct ls -h --help" },
	{ .label = "exec: help as an argument",
	  .argv = { "exec", "ct", "help" },
	  .want = "exec | ct help" },
	{ .label = "exec: empty words are kept",
	  .argv = { "exec", "ct", "", "x", "" },
	  .want = "exec | ct  x " },
	{ .label = "ps: the host's ps gets the rest",
	  .argv = { "ps", "--format", "json", "ct", "-e", "-o", "pid" },
	  .want = "ps format=json | ct -e -o pid" },
	{ .label = "kill: a negative number is a word",
	  .argv = { "kill", "ct", "-9" },
	  .want = "kill | ct -9" },
	{ .label = "kill: a name with a dash is a word",
	  .argv = { "kill", "ct", "-KILL" },
	  .want = "kill | ct -KILL" },
	{ .label = "kill: its hidden flag, in front",
	  .argv = { "kill", "-a", "ct", "9" },
	  .want = "kill all | ct 9" },
	{ .label = "kill: its hidden flag, behind, is a word",
	  .argv = { "kill", "ct", "9", "--all" },
	  .want = "kill | ct 9 --all" },

	/* -- */
	{ .label = "-- ends flags, and goes",
	  .argv = { "run", "--", "--detach", "-b" },
	  .want = "run | --detach -b" },
	{ .label = "-- behind an operand",
	  .argv = { "delete", "a", "--", "--force" },
	  .want = "delete | a --force" },
	{ .label = "-- at the end", .argv = { "start", "ct", "--" }, .want = "start | ct" },
	{ .label = "-- twice", .argv = { "start", "--", "--" }, .want = "start | --" },
	{ .label = "-- in front of the command", .argv = { "--", "list" }, .want = "list" },

	/* words that only look like flags */
	{ .label = "negative numbers", .argv = { "start", "-1" }, .want = "start | -1" },
	{ .label = "short flags are not put together",
	  .argv = { "exec", "-it", "ct", "sh" },
	  .want = "exec | error: flag provided but not defined: -it" },
	{ .label = "not even ones that exist",
	  .argv = { "exec", "-td", "ct", "sh" },
	  .want = "exec | error: flag provided but not defined: -td" },
	{ .label = "a value sticks to no short flag",
	  .argv = { "run", "-bX", "ct" },
	  .want = "run | error: flag provided but not defined: -bX" },
	{ .label = "no abbreviations",
	  .argv = { "run", "--bund", "X", "ct" },
	  .want = "run | error: flag provided but not defined: -bund" },
	{ .label = "case matters",
	  .argv = { "run", "--Bundle", "X", "ct" },
	  .want = "run | error: flag provided but not defined: -Bundle" },
	{ .label = "an unknown flag with a value",
	  .argv = { "run", "--x=y", "ct" },
	  .want = "run | error: flag provided but not defined: -x" },

	/* booleans */
	{ .label = "=true",
	  .argv = { "run", "--detach=true", "ct" },
	  .want = "run detach | ct" },
	{ .label = "=T", .argv = { "run", "-d=T", "ct" }, .want = "run detach | ct" },
	{ .label = "=1", .argv = { "run", "-d=1", "ct" }, .want = "run detach | ct" },
	{ .label = "=False", .argv = { "run", "-d=False", "ct" }, .want = "run | ct" },
	{ .label = "=0 takes it back",
	  .argv = { "run", "-d", "-d=0", "ct" },
	  .want = "run | ct" },
	{ .label = "= alone is true",
	  .argv = { "run", "-d=", "ct" },
	  .want = "run detach | ct" },
	{ .label = "the next word is no value of a flag",
	  .argv = { "run", "-d", "false" },
	  .want = "run detach | false" },
	{ .label = "=yes is no boolean",
	  .argv = { "run", "--detach=yes", "ct" },
	  .want = "run | error: invalid value \"yes\" for flag -detach: parse error" },
	{ .label = "the flag as it was typed",
	  .argv = { "run", "-d=2", "ct" },
	  .want = "run | error: invalid value \"2\" for flag -d: parse error" },
	{ .label = "three states: not given",
	  .argv = { "exec", "ct" },
	  .want = "exec | ct" },
	{ .label = "three states: given",
	  .argv = { "exec", "--no-new-privs", "ct" },
	  .want = "exec no-new-privs=true | ct" },
	{ .label = "three states: given as false",
	  .argv = { "exec", "--no-new-privs=false", "ct" },
	  .want = "exec no-new-privs=false | ct" },
	{ .label = "three states: neither",
	  .argv = { "exec", "--no-new-privs=x", "ct" },
	  .want = "exec | error: invalid value \"x\" for flag -no-new-privs: parse error" },

	/* integers, in Go's base-0 syntax */
	{ .label = "decimal",
	  .argv = { "run", "--preserve-fds", "5", "ct" },
	  .want = "run preserve-fds=5 | ct" },
	{ .label = "hexadecimal",
	  .argv = { "run", "--preserve-fds=0x1f", "ct" },
	  .want = "run preserve-fds=31 | ct" },
	{ .label = "octal",
	  .argv = { "run", "--preserve-fds=0o17", "ct" },
	  .want = "run preserve-fds=15 | ct" },
	{ .label = "octal as in C",
	  .argv = { "run", "--preserve-fds=017", "ct" },
	  .want = "run preserve-fds=15 | ct" },
	{ .label = "binary",
	  .argv = { "run", "--preserve-fds=0b11", "ct" },
	  .want = "run preserve-fds=3 | ct" },
	{ .label = "underscores",
	  .argv = { "run", "--preserve-fds=1_0", "ct" },
	  .want = "run preserve-fds=10 | ct" },
	{ .label = "negative",
	  .argv = { "run", "--preserve-fds=-1", "ct" },
	  .want = "run preserve-fds=-1 | ct" },
	{ .label = "a word for a number",
	  .argv = { "run", "--preserve-fds=x", "ct" },
	  .want = "run | error: invalid value \"x\" for flag -preserve-fds: strconv.ParseInt: parsing \"x\": invalid syntax" },
	{ .label = "a blank in front",
	  .argv = { "run", "--preserve-fds", " 1", "ct" },
	  .want = "run | error: invalid value \" 1\" for flag -preserve-fds: strconv.ParseInt: parsing \" 1\": invalid syntax" },
	{ .label = "nothing for a number",
	  .argv = { "run", "--preserve-fds=", "ct" },
	  .want = "run | error: invalid value \"\" for flag -preserve-fds: strconv.ParseInt: parsing \"\": invalid syntax" },

	/* missing values: podman looks for this text */
	{ .label = "a value that is missing",
	  .argv = { "run", "ct", "--bundle" },
	  .want = "run | ct error: flag needs an argument: --bundle" },
	{ .label = "missing behind a short flag",
	  .argv = { "run", "-b" },
	  .want = "run | error: flag needs an argument: -b" },
	{ .label = "missing behind a global flag",
	  .argv = { "--root" },
	  .want = "| error: flag needs an argument: --root" },
	{ .label = "missing number",
	  .argv = { "run", "--preserve-fds" },
	  .want = "run | error: flag needs an argument: --preserve-fds" },

	/* help and version */
	{ .label = "nothing at all", .argv = { NULL }, .want = "" },
	{ .label = "-h", .argv = { "-h" }, .want = "help" },
	{ .label = "--help", .argv = { "--help" }, .want = "help" },
	{ .label = "-help", .argv = { "-help" }, .want = "help" },
	{ .label = "help", .argv = { "help" }, .want = "help" },
	{ .label = "h", .argv = { "h" }, .want = "help" },
	{ .label = "help CMD", .argv = { "help", "run" }, .want = "help run" },
	{ .label = "CMD -h", .argv = { "run", "-h" }, .want = "help run" },
	{ .label = "CMD --help", .argv = { "run", "--help" }, .want = "help run" },
	{ .label = "CMD help", .argv = { "run", "help" }, .want = "help run | help" },
	{ .label = "CMD h", .argv = { "exec", "h" }, .want = "help exec | h" },
	{ .label = "CMD ct --help",
	  .argv = { "run", "ct", "--help" },
	  .want = "help run | ct" },
	{ .label = "help as a second operand",
	  .argv = { "delete", "ct", "help" },
	  .want = "delete | ct help" },
	{ .label = "-v", .argv = { "-v" }, .want = "version" },
	{ .label = "--version", .argv = { "--version" }, .want = "version" },
	{ .label = "-v behind global flags",
	  .argv = { "--debug", "-v" },
	  .want = "version debug :" },
	{ .label = "no -v of a command",
	  .argv = { "run", "-v" },
	  .want = "run | error: flag provided but not defined: -v" },
	{ .label = "no --version of a command",
	  .argv = { "run", "--version" },
	  .want = "run | error: flag provided but not defined: -version" },

	/* commands that there are not */
	{ .label = "unknown", .argv = { "foo" }, .want = "unknown=foo" },
	{ .label = "unknown with operands",
	  .argv = { "foo", "run", "x" },
	  .want = "unknown=foo | run x" },
	{ .label = "unknown with -h", .argv = { "foo", "-h" }, .want = "help unknown=foo" },
	{ .label = "help for an unknown one",
	  .argv = { "help", "foo" },
	  .want = "help unknown=foo" },
	{ .label = "case matters for commands", .argv = { "Run" }, .want = "unknown=Run" },
	{ .label = "no abbreviated commands", .argv = { "del" }, .want = "unknown=del" },
	{ .label = "an empty command", .argv = { "" }, .want = "unknown=" },
	{ .label = "init is not for people", .argv = { "init" }, .want = "unknown=init" },
};

/* ---- what was understood, in one line ---- */

/* "name" of a flag that is set, "name=value" of others that were given. */
static void describe_opts(const struct opt *o, const void *base, struct text *out)
{
	for (; o && o->name; o++) {
		const void *at = (const char *)base + o->at;
		const struct strings *list = at;

		switch (o->kind) {
		case OPT_FLAG:
			if (*(const bool *)at)
				text_printf(out, "%s ", o->name);
			break;
		case OPT_TRI:
			if (*(const bool *const *)at)
				text_printf(out, "%s=%s ", o->name,
					    **(const bool *const *)at ? "true" : "false");
			break;
		case OPT_STR:
			if (*(const char *const *)at)
				text_printf(out, "%s=%s ", o->name,
					    *(const char *const *)at);
			break;
		case OPT_INT:
			if (*(const int64_t *)at)
				text_printf(out, "%s=%jd ", o->name,
					    (intmax_t) * (const int64_t *)at);
			break;
		case OPT_TIME:
			if (*(const int64_t *const *)at)
				text_printf(out, "%s=%jdns ", o->name,
					    (intmax_t) * *(const int64_t *const *)at);
			break;
		case OPT_STRS:
			if (list->n)
				text_printf(out, "%s=", o->name);
			for (size_t i = 0; i < list->n; i++)
				text_printf(out, "[%s]", list->v[i]);
			text_add(out, list->n ? " " : "");
			break;
		}
	}
}

/* "help version GLOBALS : COMMAND OPTIONS | OPERANDS error: …", without what is not
 * there. */
static void describe(const struct parsed *p, const struct global_opts *g, int ret,
		     const struct err *e, struct text *out)
{
	const struct strings *words = &p->args.operands;
	size_t before;

	text_printf(out, "%s%s", p->help ? "help " : "", p->version ? "version " : "");
	before = out->len;
	describe_opts(global_opt_rows, g, out);
	text_add(out, out->len > before ? ": " : "");
	if (p->unknown)
		text_printf(out, "unknown=%s ", p->unknown);
	if (p->command) {
		text_printf(out, "%s ", p->command->name);
		describe_opts(p->command->opts, p->args.opts, out);
	}
	text_add(out, words->n || ret < 0 ? "| " : "");
	for (size_t i = 0; i < words->n; i++)
		text_printf(out, "%s ", words->v[i]);
	if (ret < 0)
		text_printf(out, "error: %s ", e->text);
	if (out->len)
		text_cut(out, out->len - 1);
}

static void check_row(const struct row *row)
{
	char *argv[WORDS + 2] = { (char *)(uintptr_t) "runc" };
	struct global_opts g;
	struct arena a = { 0 };
	OWN_TEXT got = { 0 };
	struct parsed p;
	struct err e;
	int argc = 1, ret;

	for (size_t i = 0; i < WORDS && row->argv[i]; i++)
		argv[argc++] = (char *)(uintptr_t)row->argv[i];
	ret = opts_parse(argc, argv, &g, &p, &a, &e);
	describe(&p, &g, ret, &e, &got);
	CHECK_SAME(row->label, text_str(&got), row->want);
	if (p.args.operands.v[p.args.operands.n])
		CHECK("operands end with NULL", false);
	arena_free(&a);
}

static void test_edges(void)
{
	char *none[] = { NULL };
	char *many[2000];
	struct global_opts g;
	struct arena a = { 0 };
	struct parsed p;
	struct err e;

	CHECK("not even a name of our own", opts_parse(0, none, &g, &p, &a, &e) == 0 &&
						    !p.command &&
						    strcmp(p.args.argv0, "runc") == 0);
	many[0] = (char *)(uintptr_t) "/usr/local/bin/runc";
	many[1] = (char *)(uintptr_t) "exec";
	for (size_t i = 2; i < COUNT(many); i += 2) {
		many[i] = (char *)(uintptr_t) "-e";
		many[i + 1] = (char *)(uintptr_t) "A=b";
	}
	CHECK("very many of one flag",
	      opts_parse((int)COUNT(many), many, &g, &p, &a, &e) == 0 &&
		      ((const struct exec_options *)p.args.opts)->env.n ==
			      COUNT(many) / 2 - 1);
	CHECK_SAME("our own name is kept", p.args.argv0, "/usr/local/bin/runc");
	arena_free(&a);
}

/* ---- the rows themselves ---- */

/* A name for two things would silently be one of them. */
static bool is_ambiguous(const struct opt *o)
{
	for (const struct opt *other = o + 1; other->name; other++)
		if (strcmp(o->name, other->name) == 0 ||
		    (o->alias && other->alias && strcmp(o->alias, other->alias) == 0) ||
		    (o->alias && strcmp(o->alias, other->name) == 0) ||
		    (other->alias && strcmp(o->name, other->alias) == 0))
			return true;
	return false;
}

static bool is_sound(const struct opt *o, size_t size)
{
	static const size_t sizes[] = {
		[OPT_FLAG] = sizeof(bool),   [OPT_TRI] = sizeof(bool *),
		[OPT_STR] = sizeof(char *),  [OPT_STRS] = sizeof(struct strings),
		[OPT_INT] = sizeof(int64_t), [OPT_TIME] = sizeof(int64_t *),
	};
	bool takes_value = o->kind != OPT_FLAG && o->kind != OPT_TRI;

	return *o->name != '-' && (!o->alias || strlen(o->alias) == 1) &&
	       strcmp(o->name, "help") != 0 && (!o->alias || *o->alias != 'h') &&
	       o->help && (o->value != NULL) == takes_value &&
	       o->at + sizes[o->kind] <= size;
}

static void test_rows(void)
{
	for (const struct command *const *c = commands; *c; c++) {
		bool sound = (*c)->min <= (*c)->max && (*c)->run && (*c)->operands;
		OWN_TEXT help = { 0 };
		OWN_TEXT title = { 0 };

		for (const struct opt *o = (*c)->opts; o && o->name; o++)
			sound = sound && is_sound(o, (*c)->opts_size) && !is_ambiguous(o);
		CHECK((*c)->name, sound);

		help_print(*c, &help);
		text_printf(&title, "NAME:\n   runc %s - ", (*c)->name);
		CHECK("its help begins with its name",
		      text_starts(text_str(&help), title.s));
		for (const struct opt *o = (*c)->opts; o && o->name; o++) {
			OWN_TEXT line = { 0 };

			text_printf(&line, "\n   --%s", o->name);
			if (!strstr(text_str(&help), line.s) != o->hidden)
				CHECK("all but hidden options are in the help", false);
		}
	}
	for (const struct opt *o = global_opt_rows; o->name; o++)
		CHECK(o->name,
		      is_sound(o, sizeof(struct global_opts)) && !is_ambiguous(o));
	{
		OWN_TEXT help = { 0 };

		help_print(NULL, &help);
		CHECK("the program's help begins as clients know it",
		      text_starts(text_str(&help),
				  "NAME:\n   runc - Open Container Initiative runtime\n"));
	}
}

/* ---- tables ---- */

#define LONG "/srv/bundles/with-a-long-name"

static const struct {
	const char *label;
	size_t columns, rows;
	const char *cells[12];
	const char *want;
} tables[] = {
	{ .label = "table: twelve wide at least",
	  .columns = 3,
	  .rows = 1,
	  .cells = { "ID", "PID", "STATUS" },
	  .want = "ID          PID         STATUS\n" },
	{ .label = "table: three blanks behind the longest",
	  .columns = 3,
	  .rows = 2,
	  .cells = { "ID", "BUNDLE", "OWNER", "web1", LONG, "root" },
	  .want = "ID          BUNDLE                          OWNER\n"
		  "web1        " LONG "   root\n" },
	{ .label = "table: nine letters just fit",
	  .columns = 2,
	  .rows = 2,
	  .cells = { "123456789", "x", "1", "y" },
	  .want = "123456789   x\n1           y\n" },
	{ .label = "table: ten letters do not",
	  .columns = 2,
	  .rows = 2,
	  .cells = { "1234567890", "x", "1", "y" },
	  .want = "1234567890   x\n1            y\n" },
	{ .label = "table: the last column is as it is",
	  .columns = 2,
	  .rows = 2,
	  .cells = { "a", "", "b", LONG LONG },
	  .want = "a           \nb           " LONG LONG "\n" },
	{ .label = "table: one column",
	  .columns = 1,
	  .rows = 2,
	  .cells = { "a", "b" },
	  .want = "a\nb\n" },
	{ .label = "table: empty cells keep their place",
	  .columns = 3,
	  .rows = 1,
	  .cells = { "", "", "c" },
	  .want = "                        c\n" },
	{ .label = "table: no rows", .columns = 3, .rows = 0, .want = "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	test_edges();
	test_rows();
	for (size_t i = 0; i < COUNT(tables); i++) {
		OWN_TEXT out = { 0 };

		out_table(tables[i].cells, tables[i].columns, tables[i].rows, &out);
		CHECK_SAME(tables[i].label, text_str(&out), tables[i].want);
	}
	return tap_done();
}
