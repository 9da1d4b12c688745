/* SPDX-License-Identifier: Apache-2.0 */
/* --help, from the rows. */
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "cli/cli.h"

static void print_opt(const struct opt *o, struct text *out)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s%s%s", o->name, o->alias ? ", -" : "",
		 o->alias ? o->alias : "", o->value ? " " : "", o->value ? o->value : "");
	text_printf(out, "   %-32s %s\n", left, o->help);
}

static void print_opts(const char *title, const struct opt *rows, bool is_program,
		       struct text *out)
{
	text_printf(out, "\n%s:\n", title);
	for (; rows && rows->name; rows++)
		if (!rows->hidden)
			print_opt(rows, out);
	text_printf(out, "   %-32s %s\n", "--help, -h", "show help");
	if (is_program)
		text_printf(out, "   %-32s %s\n", "--version, -v", "print the version");
}

static void print_program(struct text *out)
{
	text_add(out,
		 "NAME:\n"
		 "   runc - Open Container Initiative runtime\n"
		 "\n"
		 "USAGE:\n"
		 "   runc [global options] command [command options] [arguments...]\n"
		 "\n"
		 "   Runs containers from bundles: a directory with a config.json and a root file\n"
		 "   system. As any user, without root:\n"
		 "\n"
		 "       runc spec --rootless\n"
		 "       runc run NAME\n"
		 "\n"
		 "COMMANDS:\n");
	for (const struct command *const *c = commands; *c; c++)
		text_printf(out, "   %-11s %s\n", (*c)->name, (*c)->summary);
	text_printf(out, "   %-11s %s\n", "help", "show this, or the help of one command");
	print_opts("GLOBAL OPTIONS", global_opt_rows, true, out);
}

void help_print(const struct command *c, struct text *out)
{
	if (!c) {
		print_program(out);
		return;
	}
	text_printf(out, "NAME:\n   runc %s - %s\n\nUSAGE:\n   runc %s [options]%s%s\n",
		    c->name, c->summary, c->name, *c->operands ? " " : "", c->operands);
	print_opts("OPTIONS", c->opts, false, out);
}
