/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many small things with one owner and one free. Memory is zeroed and aligned
 * for any type; nothing in an arena is freed alone.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_chunk *head;
};

void *arena_new(struct arena *a, size_t count, size_t size);
char *arena_dup(struct arena *a, const char *s);
char *arena_ndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);

#endif
