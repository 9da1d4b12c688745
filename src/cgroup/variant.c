/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GVariant text. First a tree of what is written, then its type, then the values.
 *
 * What has no type of its own ("7" may be any number, "'/a'" a string or a path) has a
 * pattern instead of a signature: '#' is some integer, '%' some fraction, '$' some
 * string, '*' anything. Members of an array make each other's patterns narrower.
 */
#include "cgroup/variant.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"

#define DEPTH_MAX 32 /* of D-Bus, for arrays and for structs */
#define TEXT_MAX (1u << 18)
#define INTEGERS "ynqiuxt"
#define BASICS INTEGERS "bdsog"

enum node_kind {
	NODE_NUMBER, /* .word */
	NODE_WORD,   /* true, false */
	NODE_STRING,
	NODE_BYTES,   /* b'…' */
	NODE_ARRAY,   /* with .items */
	NODE_TUPLE,   /* the same */
	NODE_DICT,    /* of NODE_ENTRY */
	NODE_ENTRY,   /* key and value */
	NODE_VARIANT, /* <…>: one item */
	NODE_TYPED,   /* @TYPE …, uint16 …: one item of type .word */
};

struct node {
	enum node_kind kind;
	const char *word;
	struct node **items;
	size_t n;
};

struct parser {
	const char *start, *p;
	struct arena *a;
	int depth;
};

/* ---- types ---- */

/* The same for patterns, if loose; keys of dictionaries must be of basic types. */
static size_t type_size(const char *s, bool loose, int depth)
{
	size_t n, more;

	if (!*s || depth > DEPTH_MAX)
		return 0;
	if (strchr(BASICS "v", *s) || (loose && strchr("#%$*", *s)))
		return 1;
	if (s[0] == 'a' && s[1] == '{') {
		n = type_size(s + 2, loose, DEPTH_MAX);
		more = n ? type_size(s + 2 + n, loose, depth + 1) : 0;
		return more && s[2] != 'v' && s[2 + n + more] == '}' ? n + more + 3 : 0;
	}
	if (*s == 'a') {
		n = type_size(s + 1, loose, depth + 1);
		return n ? n + 1 : 0;
	}
	/* the entry of a dictionary stands alone only while its array is looked at */
	if (*s != '(' && !(loose && *s == '{'))
		return 0;
	n = 1;
	do {
		more = type_size(s + n, loose, depth + 1);
		n += more;
	} while (more && s[n] != (*s == '(' ? ')' : '}'));
	return more ? n + 1 : 0;
}

size_t variant_type_size(const char *s)
{
	return type_size(s, false, 0);
}

/* Adds the narrower of two patterns; false if no type is both. Moves both along. */
static bool narrow(const char **p, const char **q, struct text *out)
{
	size_t n = type_size(*p, true, 0), m = type_size(*q, true, 0);

	if (**p == '*' || **q == '*') {
		if (!n || !m)
			return false;
		text_addn(out, **p == '*' ? *q : *p, **p == '*' ? m : n);
		*p += n;
		*q += m;
		return true;
	}
	if (**p == **q || (**p == '#' && strchr(INTEGERS "d%", **q)) ||
	    (**p == '%' && **q == 'd') || (**p == '$' && strchr("sog", **q)))
		text_addc(out, **q);
	else if ((**q == '#' && strchr(INTEGERS "d%", **p)) ||
		 (**q == '%' && **p == 'd') || (**q == '$' && strchr("sog", **p)))
		text_addc(out, **p);
	else
		return false;
	++*p;
	++*q;
	return true;
}

/* NULL: they have no type in common. */
static const char *narrower(const char *p, const char *q, struct arena *a)
{
	OWN_TEXT out = { 0 };

	while (*p && *q)
		if (!narrow(&p, &q, &out))
			return NULL;
	return *p || *q ? NULL : arena_dup(a, text_str(&out));
}

static const char *pattern(const struct node *n, struct arena *a);

/* What all items have in common. */
static const char *common(const struct node *n, struct arena *a)
{
	const char *all = "*";

	for (size_t i = 0; all && i < n->n; i++) {
		const char *one = pattern(n->items[i], a);

		all = one ? narrower(all, one, a) : NULL;
	}
	return all;
}

static const char *tuple_pattern(const struct node *n, struct arena *a)
{
	OWN_TEXT out = { 0 };

	for (size_t i = 0; i < n->n; i++) {
		const char *one = pattern(n->items[i], a);

		if (!one)
			return NULL;
		text_add(&out, one);
	}
	return arena_printf(a, n->kind == NODE_ENTRY ? "{%s}" : "(%s)", text_str(&out));
}

static const char *pattern(const struct node *n, struct arena *a)
{
	const char *item;

	switch (n->kind) {
	case NODE_NUMBER:
		return strpbrk(n->word, "xX") ? "#" : strpbrk(n->word, ".eE") ? "%" : "#";
	case NODE_WORD:
		return "b";
	case NODE_STRING:
		return "$";
	case NODE_BYTES:
		return "ay";
	case NODE_ARRAY:
	case NODE_DICT:
		item = n->kind == NODE_DICT && !n->n ? "{**}" : common(n, a);
		return item ? arena_printf(a, "a%s", item) : NULL;
	case NODE_TUPLE:
	case NODE_ENTRY:
		return tuple_pattern(n, a);
	case NODE_VARIANT:
		return "v";
	case NODE_TYPED:
		item = pattern(n->items[0], a);
		return item ? narrower(item, n->word, a) : NULL;
	}
	return NULL;
}

/* What is still open is what GLib takes it for. NULL: an empty array of unknown type. */
static const char *settle(const char *pattern, struct arena *a)
{
	char *type = arena_dup(a, pattern);

	for (char *p = type; *p; p++)
		*p = *p == '#' ? 'i' : *p == '%' ? 'd' : *p == '$' ? 's' : *p;
	return strchr(type, '*') ? NULL : type;
}

/* ---- values ---- */

static const struct {
	char type;
	int64_t min;
	uint64_t max;
} ranges[] = {
	{ 'y', 0, UINT8_MAX },  { 'n', INT16_MIN, INT16_MAX },
	{ 'q', 0, UINT16_MAX }, { 'i', INT32_MIN, INT32_MAX },
	{ 'u', 0, UINT32_MAX }, { 'x', INT64_MIN, INT64_MAX },
	{ 't', 0, UINT64_MAX },
};

static int make_integer(struct variant *v, const char *word, struct err *e)
{
	int64_t value;
	size_t i = 0;

	while (i < COUNT(ranges) && ranges[i].type != *v->type)
		i++;
	if (i < COUNT(ranges)) {
		bool zero = word[0] == '0' && word[1]; /* hexadecimal, octal */

		if (!zero && num_dec(word + (*word == '+'), ranges[i].max, &v->number))
			return 0;
		if (num_go(word, ranges[i].min,
			   ranges[i].max > INT64_MAX ? INT64_MAX : (int64_t)ranges[i].max,
			   &value)) {
			v->number = (uint64_t)value;
			return 0;
		}
	}
	return err_set(e, "%s is not a number of type %s", word, v->type);
}

/* Digits that a double holds exactly, and a power of ten that does not round either. */
static int make_real(struct variant *v, const char *word, struct err *e)
{
	bool negative = *word == '-';
	const char *p = word + (*word == '-' || *word == '+');
	int64_t power = 0;
	OWN_TEXT digits = { 0 };
	double scale = 1;
	uint64_t all;
	int shift = 0;

	for (bool after = false; *p && !strchr("eE", *p); p++) {
		if (*p == '.' && !after) {
			after = true;
			continue;
		}
		text_addc(&digits, *p);
		shift -= after;
	}
	if (!num_dec(text_str(&digits), 1ull << 53, &all) ||
	    (*p && !num_int(p + 1 + (p[1] == '+'), -22, 22, &power)))
		return err_set(e, "%s is not a number of at most 15 digits", word);
	power += shift;
	if (power < -22 || power > 22)
		return err_set(e, "%s is not a number of at most 15 digits", word);
	for (int64_t i = power < 0 ? -power : power; i > 0; i--)
		scale *= 10;
	v->real = power < 0 ? (double)all / scale : (double)all * scale;
	v->real = negative ? -v->real : v->real;
	return 0;
}

static const struct variant *make(const struct node *n, const char *type, struct arena *a,
				  struct err *e);

/* types: of all members one after the other, or of each. */
static int make_items(struct variant *v, const struct node *n, const char *types,
		      bool each, struct arena *a, struct err *e)
{
	const struct variant **items = arena_new(a, n->n, sizeof(struct variant *));

	for (size_t i = 0; i < n->n; i++) {
		size_t size = *types == '{' ? strlen(types) : variant_type_size(types);

		items[i] = make(n->items[i], arena_ndup(a, types, size), a, e);
		if (!items[i])
			return -1;
		types += each ? 0 : size;
	}
	v->items = items;
	v->n = n->n;
	return 0;
}

static void make_bytes(struct variant *v, const char *text, struct arena *a)
{
	size_t n = strlen(text) + 1; /* a bytestring ends with a NUL */
	struct variant *bytes = arena_new(a, n, sizeof(*bytes));
	const struct variant **items = arena_new(a, n, sizeof(struct variant *));

	for (size_t i = 0; i < n; i++) {
		bytes[i] = (struct variant){ .type = "y", .number = (uint8_t)text[i] };
		items[i] = &bytes[i];
	}
	v->items = items;
	v->n = n;
}

static int make_variant(struct variant *v, const struct node *n, struct arena *a,
			struct err *e)
{
	const char *inner = pattern(n->items[0], a);

	inner = inner ? settle(inner, a) : NULL;
	if (!inner || strlen(inner) != variant_type_size(inner))
		return err_set(e, "the type inside <> cannot be told");
	return make_items(v, n, inner, true, a, e);
}

/* The type is one that the node's pattern allows. */
static const struct variant *make(const struct node *n, const char *type, struct arena *a,
				  struct err *e)
{
	struct variant *v = arena_new(a, 1, sizeof(*v));
	int ret = 0;

	v->type = type;
	switch (n->kind) {
	case NODE_NUMBER:
		ret = *type == 'd' ? make_real(v, n->word, e) :
				     make_integer(v, n->word, e);
		break;
	case NODE_WORD:
		v->number = strcmp(n->word, "true") == 0;
		break;
	case NODE_STRING:
		v->text = n->word;
		break;
	case NODE_BYTES:
		make_bytes(v, n->word, a);
		break;
	case NODE_ARRAY:
	case NODE_DICT:
		ret = make_items(v, n, type + 1, true, a, e);
		break;
	case NODE_TUPLE:
	case NODE_ENTRY:
		ret = make_items(v, n, type + 1, false, a, e);
		break;
	case NODE_VARIANT:
		ret = make_variant(v, n, a, e);
		break;
	case NODE_TYPED:
		return make(n->items[0], type, a, e);
	}
	return ret < 0 ? NULL : v;
}

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

	if (p->depth == DEPTH_MAX) {
		err_set(e, "nested deeper than %d", DEPTH_MAX);
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
	const char *type;

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
	type = pattern(n, a);
	type = type ? settle(type, a) : NULL;
	if (!type || strlen(type) != variant_type_size(type)) {
		err_set(e,
			"its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"");
		return NULL;
	}
	return make(n, type, a, e);
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
