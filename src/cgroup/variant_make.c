/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type of what is written, then its value.
 *
 * What has no type of its own ("7" may be any number, "'/a'" a string or a path) has a
 * pattern instead of a signature: '#' is some integer, '%' some fraction, '$' some
 * string, '*' anything. Members of an array make each other's patterns narrower.
 */
#include "cgroup/variant_node.h"

#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"

#define INTEGERS "ynqiuxt"
#define BASICS INTEGERS "bdsog"

/* ---- types ---- */

/* The same for patterns, if loose; keys of dictionaries must be of basic types. */
static size_t type_size(const char *s, bool loose, int depth)
{
	size_t n, more;

	if (!*s || depth > VARIANT_DEPTH)
		return 0;
	if (strchr(BASICS "v", *s) || (loose && strchr("#%$*", *s)))
		return 1;
	if (s[0] == 'a' && s[1] == '{') {
		n = type_size(s + 2, loose, VARIANT_DEPTH);
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

/* What is still open is what GLib takes it for. NULL: none, none of D-Bus, or an empty
 * array of unknown type. */
static const char *type_of(const struct node *n, struct arena *a)
{
	const char *open = pattern(n, a);
	char *type = open ? arena_dup(a, open) : NULL;

	for (char *p = type; p && *p; p++)
		*p = *p == '#' ? 'i' : *p == '%' ? 'd' : *p == '$' ? 's' : *p;
	return type && !strchr(type, '*') && strlen(type) == variant_type_size(type) ?
		       type :
		       NULL;
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
	const char *inner = type_of(n->items[0], a);

	if (!inner)
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

const struct variant *variant_make(const struct node *n, struct arena *a, struct err *e)
{
	const char *type = type_of(n, a);

	if (!type) {
		err_set(e,
			"its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"");
		return NULL;
	}
	return make(n, type, a, e);
}
