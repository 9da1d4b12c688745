/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser, with the habits of the Go runc's (scripts and engines rely on
 * them): one dash or two, no bundling, flags before or after operands, global
 * flags anywhere, except after the first operand of exec, ps and kill.
 */
#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"
#include "cli/cli.h"

struct parser {
	char **argv;
	int argc, at;
	struct global_opts *globals;
	struct parsed *out;
	char **operands;
	size_t operand_count;
	struct arena *arena;
};

static const struct opt *find_row(const struct opt *rows, const char *name)
{
	for (; rows && rows->name; rows++)
		if (strcmp(rows->name, name) == 0 ||
		    (rows->alias && strcmp(rows->alias, name) == 0))
			return rows;
	return NULL;
}

/* A command's own row hides the global one of the same name: `spec --rootless`. */
static const struct opt *find_opt(const struct parser *p, const char *name, void **base)
{
	const struct opt *o = NULL;

	if (p->out->command) {
		o = find_row(p->out->command->opts, name);
		*base = p->out->args.opts;
	}
	if (!o) {
		o = find_row(global_opt_rows, name);
		*base = p->globals;
	}
	return o;
}

static int set_flag(const struct opt *o, void *at, const char *name, const char *value,
		    struct arena *a, struct err *e)
{
	bool on = true;

	if (value && *value && !num_bool(value, &on))
		return err_set(e, "invalid value \"%s\" for flag -%s: parse error", value,
			       name);
	if (o->kind == OPT_FLAG) {
		*(bool *)at = on;
	} else {
		bool *kept = arena_new(a, 1, sizeof(*kept));

		*kept = on;
		*(const bool **)at = kept;
	}
	return 0;
}

static void append(struct strings *list, const char *value, struct arena *a)
{
	char **v = arena_new(a, list->n + 2, sizeof(*v));

	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	v[list->n] = (char *)(uintptr_t)value;
	*list = (struct strings){ v, list->n + 1 };
}

static int set_time(const int64_t **at, const char *name, const char *value,
		    struct arena *a, struct err *e)
{
	int64_t *kept = arena_new(a, 1, sizeof(*kept));
	uint64_t bare;

	if (!num_duration(value, kept))
		return err_set(e,
			       "invalid value \"%s\" for flag -%s: time: %s duration \"%s\"",
			       value, name,
			       num_dec(value, UINT64_MAX, &bare) ? "missing unit in" :
								   "invalid",
			       value);
	*at = kept;
	return 0;
}

static int set_value(const struct opt *o, void *at, const char *name, const char *value,
		     struct arena *a, struct err *e)
{
	switch (o->kind) {
	case OPT_STR:
		*(const char **)at = value;
		return 0;
	case OPT_STRS:
		append(at, value, a);
		return 0;
	case OPT_INT:
		if (!num_go(value, INT32_MIN, INT32_MAX, at))
			return err_set(e,
				       "invalid value \"%s\" for flag -%s: strconv.ParseInt: parsing \"%s\": invalid syntax",
				       value, name, value);
		return 0;
	case OPT_TIME:
		return set_time(at, name, value, a, e);
	case OPT_FLAG:
	case OPT_TRI:
		break;
	}
	return 0;
}

static int parse_flag(struct parser *p, const char *word, struct err *e)
{
	const char *dashless = word + (word[1] == '-' ? 2 : 1);
	size_t n = strcspn(dashless, "=");
	char *name = arena_ndup(p->arena, dashless, n);
	const char *value = dashless[n] ? dashless + n + 1 : NULL;
	const struct opt *o;
	void *base;

	if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0) {
		p->out->help = true;
		return 0;
	}
	if (!p->out->command && (strcmp(name, "version") == 0 || strcmp(name, "v") == 0)) {
		p->out->version = true;
		return 0;
	}
	o = find_opt(p, name, &base);
	if (!o)
		return err_set(e, "flag provided but not defined: -%s", name);
	if (o->kind == OPT_FLAG || o->kind == OPT_TRI)
		return set_flag(o, (char *)base + o->at, name, value, p->arena, e);
	if (!value) {
		if (p->at >= p->argc)
			return err_set(e, "flag needs an argument: %s", word);
		value = p->argv[p->at++];
	}
	return set_value(o, (char *)base + o->at, name, value, p->arena, e);
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

static bool is_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "h") == 0;
}

static void take_command(struct parser *p, const char *word)
{
	if (is_help(word)) {
		p->out->help = true;
		return;
	}
	p->out->command = find_command(word);
	if (!p->out->command)
		p->out->unknown = word;
	else
		p->out->args.opts = arena_new(p->arena, 1, p->out->command->opts_size);
}

static void take_operand(struct parser *p, const char *word)
{
	if (!p->out->command && !p->out->unknown) {
		take_command(p, word);
		return;
	}
	if (p->operand_count == 0 && is_help(word))
		p->out->help = true;
	p->operands[p->operand_count++] = (char *)(uintptr_t)word;
}

static void take_rest(struct parser *p)
{
	while (p->at < p->argc)
		take_operand(p, p->argv[p->at++]);
}

/* "-" and "-9" are words, "-x" is a flag. */
static bool is_flag(const char *word)
{
	return word[0] == '-' && (isalpha((unsigned char)word[1]) ||
				  (word[1] == '-' && isalpha((unsigned char)word[2])));
}

static int parse_all(struct parser *p, struct err *e)
{
	while (p->at < p->argc) {
		const char *word = p->argv[p->at++];

		if (strcmp(word, "--") == 0) {
			take_rest(p);
			return 0;
		}
		if (is_flag(word)) {
			if (parse_flag(p, word, e) < 0)
				return -1;
			continue;
		}
		take_operand(p, word);
		if (p->out->command && p->out->command->raw_operands &&
		    p->operand_count == 1) {
			/* "exec ct -- cmd" is "exec ct cmd" */
			if (p->at < p->argc && strcmp(p->argv[p->at], "--") == 0)
				p->at++;
			take_rest(p);
		}
	}
	return 0;
}

int opts_parse(int argc, char **argv, struct global_opts *g, struct parsed *out,
	       struct arena *a, struct err *e)
{
	struct parser p = {
		.argv = argv, .argc = argc, .at = 1, .globals = g, .out = out, .arena = a
	};
	int ret;

	*g = (struct global_opts){ 0 };
	*out = (struct parsed){ 0 };
	p.operands = arena_new(a, (size_t)argc + 1, sizeof(*p.operands));
	ret = parse_all(&p, e);
	out->args.operands = (struct strings){ p.operands, p.operand_count };
	out->args.argv0 = argc ? argv[0] : "runc";
	return ret;
}
