/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char *text_room(struct text *t, size_t n)
{
	size_t want = t->len + n + 1;

	if (want > t->size) {
		size_t size = t->size ? t->size : 64;

		while (size < want)
			size *= 2;
		t->s = mem_grow(t->s, size, 1);
		t->size = size;
	}
	return t->s + t->len;
}

void text_addn(struct text *t, const char *s, size_t n)
{
	memcpy(text_room(t, n), s, n);
	t->len += n;
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_addn(t, s, strlen(s));
}

void text_addc(struct text *t, char c)
{
	text_addn(t, &c, 1);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	vsnprintf(text_room(t, (size_t)n), (size_t)n + 1, fmt, again);
	va_end(again);
	t->len += (size_t)n;
}

void text_cut(struct text *t, size_t len)
{
	if (t->s && len <= t->len) {
		t->len = len;
		t->s[len] = '\0';
	}
}

void text_free(struct text *t)
{
	int saved = errno;

	free(t->s);
	*t = (struct text){ 0 };
	errno = saved;
}

bool text_starts(const char *s, const char *part)
{
	return strncmp(s, part, strlen(part)) == 0;
}

bool text_ends(const char *s, const char *part)
{
	size_t n = strlen(s), m = strlen(part);

	return n >= m && strcmp(s + n - m, part) == 0;
}
