/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GVariant text: what is written, as a tree. Its type and value are made of that.
 */
#include "cgroup/variant_node.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"

#define TEXT_MAX (1u << 18)

struct parser {
	const char *start, *p;
	struct arena *a;
	int depth;
};

/* ---- what is written ---- */

static struct node *bad(const struct parser *p, const char *want, struct err *e)
{
	if (*p->p)
		err_set(e, "expected %s at character %zu, not \"%.12s\"", want,
			(size_t)(p->p - p->start) + 1, p->p);
	else
		err_set(e, "expected %s at the end", want);
	return NULL;
}

static bool take(struct parser *p, char c)
{
	while (*p->p && strchr(" \t\n\r", *p->p))
		p->p++;
	if (*p->p != c || !c)
		return false;
	p->p++;
	return true;
}

static struct node *new_node(struct parser *p, enum node_kind kind, const char *word)
{
	struct node *n = arena_new(p->a, 1, sizeof(*n));

	n->kind = kind;
	n->word = word;
	return n;
}

static void add_item(struct parser *p, struct node *to, struct node *item)
{
	/* full at 0, 4, 8, 16 … */
	if (to->n == 0 || (to->n >= 4 && (to->n & (to->n - 1)) == 0)) {
		struct node **items =
			arena_new(p->a, to->n ? 2 * to->n : 4, sizeof(struct node *));

		if (to->n)
			memcpy(items, to->items, to->n * sizeof(struct node *));
		to->items = items;
	}
	to->items[to->n++] = item;
}

/* \u with four digits, \U with eight, as UTF-8. */
static bool add_code(struct parser *p, int digits, struct text *out)
{
	const char *hex = arena_printf(p->a, "0x%.*s", digits, p->p);
	int64_t c;

	if (strspn(p->p, "0123456789abcdefABCDEF") < (size_t)digits ||
	    !num_go(hex, 1, 0x10ffff, &c) || (c >= 0xd800 && c <= 0xdfff))
		return false;
	p->p += digits;
	if (c < 0x80) {
		text_addc(out, (char)c);
		return true;
	}
	if (c < 0x800) {
		text_addc(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			text_addc(out, (char)(0xe0 | c >> 12));
		} else {
			text_addc(out, (char)(0xf0 | c >> 18));
			text_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		text_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	text_addc(out, (char)(0x80 | (c & 0x3f)));
	return true;
}

static bool add_escape(struct parser *p, struct text *out)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	char c = *p->p;
	const char *at;

	if (!c)
		return false;
	p->p++;
	if (c == 'u' || c == 'U')
		return add_code(p, c == 'u' ? 4 : 8, out);
	at = strchr(from, c);
	if (c != '\n')
		text_addc(out, at ? to[at - from] : c);
	return true;
}

static struct node *parse_string(struct parser *p, enum node_kind kind, struct err *e)
{
	char quote = *p->p++;
	OWN_TEXT out = { 0 };

	while (*p->p && *p->p != quote) {
		if (*p->p != '\\') {
			text_addc(&out, *p->p++);
			continue;
		}
		p->p++;
		if (!add_escape(p, &out))
			return bad(p, "a character after \\", e);
	}
	if (!*p->p)
		return bad(p, "the end of a string", e);
	p->p++;
	return new_node(p, kind, arena_dup(p->a, text_str(&out)));
}

static struct node *parse(struct parser *p, struct err *e);

/* Items up to the closing bracket. */
static struct node *parse_list(struct parser *p, enum node_kind kind, char end,
			       struct err *e)
{
	struct node *list = new_node(p, kind, NULL);

	while (!take(p, end)) {
		struct node *item;

		if (list->n && !take(p, ','))
			return bad(p, "a comma", e);
		/* a tuple of one has a comma: "(7,)" */
		if (list->n && kind == NODE_TUPLE && take(p, end))
			break;
		item = parse(p, e);
		if (!item)
			return NULL;
		add_item(p, list, item);
	}
	return list;
}

static struct node *parse_entry(struct parser *p, struct err *e)
{
	struct node *entry = new_node(p, NODE_ENTRY, NULL), *key = parse(p, e), *value;

	if (!key)
		return NULL;
	if (!take(p, ':'))
		return bad(p, "a colon", e);
	value = parse(p, e);
	if (!value)
		return NULL;
	add_item(p, entry, key);
	add_item(p, entry, value);
	return entry;
}

static struct node *parse_dict(struct parser *p, struct err *e)
{
	struct node *dict = new_node(p, NODE_DICT, NULL);

	while (!take(p, '}')) {
		struct node *entry;

		if (dict->n && !take(p, ','))
			return bad(p, "a comma", e);
		entry = parse_entry(p, e);
		if (!entry)
			return NULL;
		add_item(p, dict, entry);
	}
	return dict;
}

static struct node *parse_one(struct parser *p, enum node_kind kind, const char *type,
			      struct err *e)
{
	struct node *n = new_node(p, kind, type), *item = parse(p, e);

	if (!item)
		return NULL;
	add_item(p, n, item);
	if (kind == NODE_VARIANT && !take(p, '>'))
		return bad(p, ">", e);
	return n;
}

static struct node *parse_type(struct parser *p, struct err *e)
{
	size_t n = variant_type_size(p->p);
	const char *type = arena_ndup(p->a, p->p, n);

	if (!n)
		return bad(p, "a type of D-Bus", e);
	p->p += n;
	return parse_one(p, NODE_TYPED, type, e);
}

static struct node *parse_word(struct parser *p, struct err *e)
{
	static const struct {
		const char *word, *type;
	} types[] = {
		{ "boolean", "b" }, { "byte", "y" },       { "int16", "n" },
		{ "uint16", "q" },  { "int32", "i" },      { "uint32", "u" },
		{ "int64", "x" },   { "uint64", "t" },     { "double", "d" },
		{ "string", "s" },  { "objectpath", "o" }, { "signature", "g" },
	};
	size_t n = strspn(p->p, "abcdefghijklmnopqrstuvwxyz0123456789");
	const char *word = arena_ndup(p->a, p->p, n);

	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
		p->p += n;
		return new_node(p, NODE_WORD, word);
	}
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].word, word) == 0) {
			p->p += n;
			return parse_one(p, NODE_TYPED, types[i].type, e);
		}
	return bad(p, "a value", e);
}

static struct node *parse_number(struct parser *p)
{
	size_t n = strspn(p->p, "0123456789abcdefABCDEFxX.+-");
	const char *word = arena_ndup(p->a, p->p, n);

	p->p += n;
	return new_node(p, NODE_NUMBER, word);
}

static struct node *parse_here(struct parser *p, struct err *e)
{
	if (take(p, '['))
		return parse_list(p, NODE_ARRAY, ']', e);
	if (take(p, '('))
		return parse_list(p, NODE_TUPLE, ')', e);
	if (take(p, '{'))
		return parse_dict(p, e);
	if (take(p, '<'))
		return parse_one(p, NODE_VARIANT, NULL, e);
	if (take(p, '@'))
		return parse_type(p, e);
	if (*p->p == '\'' || *p->p == '"')
		return parse_string(p, NODE_STRING, e);
	if (*p->p == 'b' && (p->p[1] == '\'' || p->p[1] == '"')) {
		p->p++;
		return parse_string(p, NODE_BYTES, e);
	}
	if (*p->p && (isdigit((unsigned char)*p->p) || strchr("+-.", *p->p)))
		return parse_number(p);
	return parse_word(p, e);
}

static struct node *parse(struct parser *p, struct err *e)
{
	struct node *n;

	if (p->depth == VARIANT_DEPTH) {
		err_set(e, "nested deeper than %d", VARIANT_DEPTH);
		return NULL;
	}
	p->depth++;
	n = parse_here(p, e);
	p->depth--;
	return n;
}

const struct variant *variant_parse(const char *text, struct arena *a, struct err *e)
{
	struct parser p = { .start = text, .p = text, .a = a };
	const struct node *n;

	if (strlen(text) > TEXT_MAX) {
		err_set(e, "longer than %u characters", TEXT_MAX);
		return NULL;
	}
	n = parse(&p, e);
	if (!n)
		return NULL;
	take(&p, '\0');
	if (*p.p) {
		bad(&p, "the end", e);
		return NULL;
	}
	return variant_make(n, a, e);
}

void variant_quote(struct text *out, const char *s)
{
	text_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			text_addc(out, '\\');
		text_addc(out, *s);
	}
	text_addc(out, '\'');
}
