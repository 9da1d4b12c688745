/* SPDX-License-Identifier: Apache-2.0 */
/* Printing by the tables that read, in the shape of Go's encoder. Pure. */
#include <string.h>

#include "base/json.h"

struct list { /* any LIST() */
	const void *v;
	size_t n;
};

/* The length of the UTF-8 sequence at s, 0 if it is not one. */
static size_t utf8(const unsigned char *s)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code = s[0] & (0xffu >> (n + 1));

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && code < 0x800) || (n == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

void json_quote(struct text *out, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	text_addc(out, '"');
	while (*p) {
		size_t n = 1;

		if (*p == '"' || *p == '\\')
			text_printf(out, "\\%c", *p);
		else if (*p == '\n' || *p == '\r' || *p == '\t')
			text_printf(out, "\\%c",
				    *p == '\n' ? 'n' :
				    *p == '\r' ? 'r' :
						 't');
		else if (*p < 0x20 || *p == '<' || *p == '>' || *p == '&')
			text_printf(out, "\\u%04x", *p);
		else if (*p < 0x80)
			text_addc(out, (char)*p);
		else if ((n = utf8(p)) == 0)
			text_add(out, "\xef\xbf\xbd"), n = 1;
		else if (memcmp(p, "\xe2\x80\xa8", 3) == 0 ||
			 memcmp(p, "\xe2\x80\xa9", 3) == 0)
			text_printf(out, "\\u202%c", p[2] == 0xa8 ? '8' : '9');
		else
			text_addn(out, (const char *)p, n);
		p += n;
	}
	text_addc(out, '"');
}

struct printer {
	struct text *out;
	const char *indent;
	int level;
};

static void new_line(struct printer *p)
{
	if (!p->indent)
		return;
	text_addc(p->out, '\n');
	for (int i = 0; i < p->level; i++)
		text_add(p->out, p->indent);
}

static void open_bracket(struct printer *p, char c)
{
	text_addc(p->out, c);
	p->level++;
}

/* Go prints an empty object or array without a line break. */
static void close_bracket(struct printer *p, char c, bool empty)
{
	p->level--;
	if (!empty)
		new_line(p);
	text_addc(p->out, c);
}

static void print_key(struct printer *p, const char *key, bool *first)
{
	if (!*first)
		text_addc(p->out, ',');
	*first = false;
	new_line(p);
	json_quote(p->out, key);
	text_add(p->out, p->indent ? ": " : ":");
}

static void print_object(struct printer *p, const struct table *t, const void *in);

static void print_list(struct printer *p, const struct field *f, const struct list *list)
{
	const char *v = list->v;

	open_bracket(p, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			text_addc(p->out, ',');
		new_line(p);
		if (f->kind == K_STRS)
			json_quote(p->out, ((char *const *)(const void *)v)[i]);
		else if (f->kind == K_U32S)
			text_printf(p->out, "%u", ((const uint32_t *)(const void *)v)[i]);
		else if (f->kind == K_U64S)
			text_printf(p->out, "%ju",
				    (uintmax_t)((const uint64_t *)(const void *)v)[i]);
		else
			print_object(p, f->of, v + i * f->of->size);
	}
	close_bracket(p, ']', list->n == 0);
}

static size_t map_entry_size(const struct field *f)
{
	if (f->kind == K_COUNTS)
		return sizeof(struct count);
	return f->kind == K_MAP ? f->of->size : sizeof(struct pair);
}

static void print_map(struct printer *p, const struct field *f, const struct list *list)
{
	size_t size = map_entry_size(f);
	bool first = true;

	open_bracket(p, '{');
	for (size_t i = 0; i < list->n; i++) {
		const char *at = (const char *)list->v + i * size;

		print_key(p, *(const char *const *)(const void *)at, &first);
		if (f->kind == K_MAP)
			print_object(p, f->of, at);
		else if (f->kind == K_COUNTS)
			text_printf(p->out, "%ju",
				    (uintmax_t)((const struct count *)(const void *)at)
					    ->value);
		else
			json_quote(p->out, ((const struct pair *)(const void *)at)->value);
	}
	close_bracket(p, '}', first);
}

static void print_value(struct printer *p, const struct field *f, const void *at)
{
	switch (f->kind) {
	case K_STR:
		json_quote(p->out,
			   *(const char *const *)at ? *(const char *const *)at : "");
		return;
	case K_BOOL:
		text_add(p->out, *(const bool *)at ? "true" : "false");
		return;
	case K_I32:
		text_printf(p->out, "%d", *(const int32_t *)at);
		return;
	case K_U16:
		text_printf(p->out, "%u", *(const uint16_t *)at);
		return;
	case K_U32:
		text_printf(p->out, "%u", *(const uint32_t *)at);
		return;
	case K_I64:
		text_printf(p->out, "%jd", (intmax_t) * (const int64_t *)at);
		return;
	case K_U64:
		text_printf(p->out, "%ju", (uintmax_t) * (const uint64_t *)at);
		return;
	case K_WORD:
		json_quote(p->out, names_word(f->words, *(const int *)at));
		return;
	case K_NUM:
		text_add(p->out,
			 *(const char *const *)at ? *(const char *const *)at : "0");
		return;
	case K_OBJ:
		if (*(const void *const *)at)
			print_object(p, f->of, *(const void *const *)at);
		else
			text_add(p->out, "null");
		return;
	case K_STRS:
	case K_U32S:
	case K_U64S:
	case K_LIST:
		print_list(p, f, at);
		return;
	case K_PAIRS:
	case K_COUNTS:
	case K_MAP:
		print_map(p, f, at);
		return;
	}
}

/* Absent, or what Go's omitempty leaves out. */
static bool is_zero(const struct field *f, const void *at)
{
	static const char zeros[8];

	if (f->opt)
		return !*(const void *const *)at;
	switch (f->kind) {
	case K_STR:
		return !*(const char *const *)at || !**(const char *const *)at;
	case K_NUM:
		return !*(const char *const *)at ||
		       strcmp(*(const char *const *)at, "0") == 0;
	case K_OBJ:
		return !*(const void *const *)at;
	case K_BOOL:
		return !*(const bool *)at;
	case K_WORD:
		return *(const int *)at == 0;
	case K_I32:
	case K_U16:
	case K_U32:
	case K_I64:
	case K_U64:
		return memcmp(at, zeros, json_int_size(f->kind)) == 0;
	case K_STRS:
	case K_U32S:
	case K_U64S:
	case K_PAIRS:
	case K_COUNTS:
	case K_LIST:
	case K_MAP:
		return ((const struct list *)at)->n == 0;
	}
	return true;
}

static void print_object(struct printer *p, const struct table *t, const void *in)
{
	bool first = true;

	open_bracket(p, '{');
	for (const struct field *f = t->fields; f->key; f++) {
		const void *at = (const char *)in + f->at;

		if (is_zero(f, at) && ((!f->need && !f->show) || f->opt))
			continue;
		print_key(p, f->key, &first);
		print_value(p, f, f->opt ? *(const void *const *)at : at);
	}
	close_bracket(p, '}', first);
}

void json_print(struct text *out, const struct table *t, const void *in,
		const char *indent)
{
	struct printer p = { out, indent, 0 };

	print_object(&p, t, in);
}
