/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/own.h"

#define DEPTH_MAX 64

/*
 * jansson refuses integers above INT64_MAX, and the specification has uint64.
 * So integers of 19 digits and more are quoted before parsing, behind this
 * mark: U+FDD0, a noncharacter, so no honest string begins with it. Documents
 * in which one does are refused, so the mark cannot be forged.
 */
#define BIG "\xef\xb7\x90"

/* ---- before parsing: depth, NUL bytes, big integers ---- */

static size_t line_of(const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static size_t skip_string(const char *text, size_t n, size_t i)
{
	for (i++; i < n && text[i] != '"'; i++)
		if (text[i] == '\\')
			i++;
	return i < n ? i + 1 : n;
}

/* Does the string at i begin with our mark, as it is or escaped? */
static bool is_forged(const char *text, size_t n, size_t i)
{
	return (n - i > strlen(BIG) && memcmp(text + i + 1, BIG, strlen(BIG)) == 0) ||
	       (n - i > 6 && strncasecmp(text + i + 1, "\\ufdd0", 6) == 0);
}

static bool is_key(const char *text, size_t n, size_t end)
{
	while (end < n && strchr(" \t\r\n", text[end]) && text[end])
		end++;
	return end < n && text[end] == ':';
}

/*
 * The length of an integer of 19 digits or more at i, 0 if there is none. What
 * JSON does not allow (leading zeros, a number as a key) stays as it is, for
 * jansson to refuse.
 */
static size_t big_integer(const char *text, size_t n, size_t i, size_t *whole)
{
	size_t start = i, count;
	bool zero;

	if (text[i] == '-')
		i++;
	zero = i < n && text[i] == '0';
	count = i;
	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	count = i - count;
	while (i < n && strchr("+-.eE0123456789", text[i]) && text[i])
		i++, count = 0; /* a real number: jansson's business */
	*whole = i - start;
	return count >= 19 && !zero && !is_key(text, n, i) ? i - start : 0;
}

static int prescan(const char *name, const char *text, size_t n, struct text *out,
		   struct err *e)
{
	size_t depth = 0, i = 0, done = 0;

	while (i < n) {
		char c = text[i];

		if (c == '"') {
			if (is_forged(text, n, i))
				return err_set(e,
					       "%s: line %zu: a string must not begin with U+FDD0",
					       name, line_of(text, i));
			i = skip_string(text, n, i);
			continue;
		}
		if (c == '-' || (c >= '0' && c <= '9')) {
			size_t whole, big = big_integer(text, n, i, &whole);

			if (big) {
				text_addn(out, text + done, i - done);
				text_add(out, "\"" BIG);
				text_addn(out, text + i, big);
				text_add(out, "\"");
				done = i + big;
			}
			i += whole;
			continue;
		}
		if (c == '\0')
			return err_set(e, "%s: line %zu: NUL byte", name,
				       line_of(text, i));
		if ((c == '{' || c == '[') && ++depth > DEPTH_MAX)
			return err_set(e, "%s: line %zu: nested deeper than %d levels",
				       name, line_of(text, i), DEPTH_MAX);
		if ((c == '}' || c == ']') && depth > 0)
			depth--;
		i++;
	}
	text_addn(out, text + done, n - done);
	return 0;
}

static json_t *parse(const char *name, const char *text, size_t n, struct err *e)
{
	OWN_TEXT clean = { 0 };
	json_error_t error;
	json_t *root;

	if (prescan(name, text, n, &clean, e) < 0)
		return NULL;
	root = json_loadb(text_str(&clean), clean.len,
			  JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (root)
		return root;
	if (strstr(error.text, "JSON_ALLOW_NUL"))
		err_set(e, "%s: line %d: NUL character in a string", name, error.line);
	else if (clean.len == 0)
		err_set(e, "%s: empty file", name);
	else
		err_set(e, "%s: line %d, column %d: invalid JSON: %s", name, error.line,
			error.column, error.text);
	return NULL;
}

/* ---- reading ---- */

struct reader {
	const char *name;
	struct arena *arena;
	struct text path;
	struct err *e;
};

static bool is_big(const json_t *j)
{
	return json_is_string(j) && text_starts(json_string_value(j), BIG);
}

static const char *type_word(const json_t *j)
{
	if (is_big(j))
		return "a number";
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a number";
	case JSON_REAL:
		return "a real number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static int complain(struct reader *r, const char *text)
{
	return err_set(r->e, "%s: %s%s%s", r->name, text_str(&r->path),
		       r->path.len ? ": " : "", text);
}

static int wrong_type(struct reader *r, const char *want, const json_t *j)
{
	OWN_TEXT text = { 0 };

	text_printf(&text, "expected %s, not %s", want, type_word(j));
	return complain(r, text_str(&text));
}

static size_t path_push(struct reader *r, const char *key)
{
	size_t was = r->path.len;

	text_printf(&r->path, "%s%s", was ? "." : "", key);
	return was;
}

static size_t path_index(struct reader *r, size_t i)
{
	size_t was = r->path.len;

	text_printf(&r->path, "[%zu]", i);
	return was;
}

static const struct int_kind {
	int64_t min;
	uint64_t max;
	size_t size;
	const char *what;
} int_kinds[] = {
	[K_I32] = { INT32_MIN, INT32_MAX, 4, "an integer" },
	[K_U16] = { 0, UINT16_MAX, 2, "an unsigned integer" },
	[K_U32] = { 0, UINT32_MAX, 4, "an unsigned integer" },
	[K_I64] = { INT64_MIN, INT64_MAX, 8, "an integer" },
	[K_U64] = { 0, UINT64_MAX, 8, "an unsigned integer" },
};

size_t json_int_size(enum field_kind kind)
{
	return int_kinds[kind].size;
}

static int out_of_range(struct reader *r, const struct int_kind *k)
{
	OWN_TEXT text = { 0 };

	text_printf(&text, "expected %s from %jd to %ju", k->what, (intmax_t)k->min,
		    (uintmax_t)k->max);
	return complain(r, text_str(&text));
}

static int read_int(struct reader *r, enum field_kind kind, const json_t *j, void *out)
{
	const struct int_kind *k = &int_kinds[kind];
	uint64_t bits;

	if (is_big(j)) {
		const char *word = json_string_value(j) + strlen(BIG);
		int64_t low;

		if (k->min < 0 && num_int(word, k->min, (int64_t)k->max, &low))
			bits = (uint64_t)low;
		else if (k->min < 0 || !num_dec(word, k->max, &bits))
			return out_of_range(r, k);
	} else if (json_is_integer(j)) {
		int64_t value = json_integer_value(j);

		if (value < k->min || (value > 0 && (uint64_t)value > k->max))
			return out_of_range(r, k);
		bits = (uint64_t)value;
	} else {
		return wrong_type(r, k->what, j);
	}
	if (k->size == 2)
		*(uint16_t *)out = (uint16_t)bits;
	else if (k->size == 4)
		*(uint32_t *)out = (uint32_t)bits;
	else
		*(uint64_t *)out = bits;
	return 0;
}

static int read_string(struct reader *r, const json_t *j, const char **out)
{
	if (!json_is_string(j) || is_big(j))
		return wrong_type(r, "a string", j);
	*out = arena_ndup(r->arena, json_string_value(j), json_string_length(j));
	return 0;
}

static int read_number(struct reader *r, const json_t *j, const char **out)
{
	if (is_big(j))
		*out = arena_dup(r->arena, json_string_value(j) + strlen(BIG));
	else if (json_is_integer(j))
		*out = arena_printf(r->arena, "%jd", (intmax_t)json_integer_value(j));
	else if (json_is_real(j))
		*out = arena_printf(r->arena, "%.17g", json_real_value(j));
	else
		return wrong_type(r, "a number", j);
	return 0;
}

static int read_word(struct reader *r, const struct name *words, const json_t *j, int *out)
{
	int64_t num;

	if (!json_is_string(j) || is_big(j))
		return wrong_type(r, "a string", j);
	if (!names_find(words, json_string_value(j), &num)) {
		OWN_TEXT text = { 0 };

		text_printf(&text, "unknown value \"%s\": expected one of ",
			    json_string_value(j));
		names_list(words, &text);
		return complain(r, text_str(&text));
	}
	*out = (int)num;
	return 0;
}

struct list { /* any LIST() */
	void *v;
	size_t n;
};

static int read_object(struct reader *r, const struct table *t, const json_t *j,
		       void *out);

static int read_array(struct reader *r, const struct field *f, const json_t *j,
		      struct list *out)
{
	size_t n = json_array_size(j);
	size_t size = f->kind == K_LIST ? f->of->size :
		      f->kind == K_STRS ? sizeof(char *) :
		      f->kind == K_U64S ? sizeof(uint64_t) :
					  sizeof(uint32_t);
	/* one more: string lists end with NULL */
	char *v = arena_new(r->arena, n + 1, size);

	if (!json_is_array(j))
		return wrong_type(r, "an array", j);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(j, i);
		size_t was = path_index(r, i);
		void *at = v + i * size;

		if ((f->kind == K_LIST && read_object(r, f->of, item, at) < 0) ||
		    (f->kind == K_STRS && read_string(r, item, (const char **)at) < 0) ||
		    (f->kind == K_U32S && read_int(r, K_U32, item, at) < 0) ||
		    (f->kind == K_U64S && read_int(r, K_U64, item, at) < 0))
			return -1;
		text_cut(&r->path, was);
	}
	*out = (struct list){ v, n };
	return 0;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t map_entry_size(const struct field *f)
{
	if (f->kind == K_COUNTS)
		return sizeof(struct count);
	return f->kind == K_MAP ? f->of->size : sizeof(struct pair);
}

/* An object whose keys are data: every entry begins with its key. */
static int read_map(struct reader *r, const struct field *f, const json_t *j,
		    struct list *out)
{
	size_t size = map_entry_size(f);
	size_t n = json_object_size(j), i = 0;
	char *v = arena_new(r->arena, n + 1, size);
	json_t *item;
	const char *key;

	if (!json_is_object(j))
		return wrong_type(r, "an object", j);
	json_object_foreach((json_t *)(uintptr_t)j, key, item) {
		size_t was = path_push(r, key);
		char *at = v + i++ * size;

		if ((f->kind == K_MAP && read_object(r, f->of, item, at) < 0) ||
		    (f->kind == K_COUNTS &&
		     read_int(r, K_U64, item, &((struct count *)(void *)at)->value) < 0) ||
		    (f->kind == K_PAIRS &&
		     read_string(r, item, &((struct pair *)(void *)at)->value) < 0))
			return -1;
		*(const char **)(void *)at = arena_dup(r->arena, key);
		text_cut(&r->path, was);
	}
	qsort(v, n, size, by_key);
	*out = (struct list){ v, n };
	return 0;
}

static int read_scalar(struct reader *r, const struct field *f, const json_t *j, void *out)
{
	switch (f->kind) {
	case K_STR:
		return read_string(r, j, out);
	case K_BOOL:
		if (!json_is_boolean(j))
			return wrong_type(r, "a boolean", j);
		*(bool *)out = json_is_true(j);
		return 0;
	case K_I32:
	case K_U16:
	case K_U32:
	case K_I64:
	case K_U64:
		return read_int(r, f->kind, j, out);
	case K_WORD:
		return read_word(r, f->words, j, out);
	case K_NUM:
		return read_number(r, j, out);
	case K_STRS:
	case K_U32S:
	case K_U64S:
	case K_LIST:
		return read_array(r, f, j, out);
	case K_PAIRS:
	case K_COUNTS:
	case K_MAP:
		return read_map(r, f, j, out);
	case K_OBJ:
		*(void **)out = arena_new(r->arena, 1, f->of->size);
		return read_object(r, f->of, j, *(void **)out);
	}
	return 0;
}

static int read_field(struct reader *r, const struct field *f, const json_t *j, void *out)
{
	void *at = (char *)out + f->at;

	if (f->opt) {
		void *value = arena_new(r->arena, 1, sizeof(uint64_t));

		*(void **)at = value;
		at = value;
	}
	return read_scalar(r, f, j, at);
}

static int read_object(struct reader *r, const struct table *t, const json_t *j, void *out)
{
	if (!json_is_object(j))
		return wrong_type(r, "an object", j);
	for (const struct field *f = t->fields; f->key; f++) {
		const json_t *value = json_object_get(j, f->key);
		size_t was = path_push(r, f->key);

		if (!value || json_is_null(value)) {
			if (f->need)
				return complain(r, "missing");
		} else if (read_field(r, f, value, out) < 0) {
			return -1;
		}
		text_cut(&r->path, was);
	}
	return 0;
}

int json_load(const char *name, const char *text, size_t n, const struct table *t,
	      void *out, struct arena *a, struct err *e)
{
	struct reader r = { .name = name, .arena = a, .e = e };
	json_t *root = parse(name, text, n, e);
	int ret;

	if (!root)
		return -1;
	ret = read_object(&r, t, root, out);
	json_decref(root);
	text_free(&r.path);
	return ret;
}
