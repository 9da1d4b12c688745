/* SPDX-License-Identifier: Apache-2.0 */
/* Growable text. Starts as {0}; always NUL-terminated once something is added. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *s; /* NULL while empty: use text_str() */
	size_t len, size;
};

void text_add(struct text *t, const char *s);
void text_addn(struct text *t, const char *s, size_t n);
void text_addc(struct text *t, char c);
void text_printf(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Makes room for n more bytes and returns where they go; the caller adds to len. */
char *text_room(struct text *t, size_t n);
void text_cut(struct text *t, size_t len);
void text_free(struct text *t);

static inline const char *text_str(const struct text *t)
{
	return t->s ? t->s : "";
}

#define OWN_TEXT __attribute__((cleanup(text_free))) struct text

/* Does s begin (end) with part? */
bool text_starts(const char *s, const char *part);
bool text_ends(const char *s, const char *part);

#endif
