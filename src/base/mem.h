/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is always there: running out ends the process (with one line and
 * exit 1), which removes a whole class of paths that nobody ever tests.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Zeroed; the caller frees. */
void *mem_new(size_t count, size_t size);

/* Like reallocarray. */
void *mem_grow(void *old, size_t count, size_t size);

/* The caller frees. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *mem_dup(const char *s);

#endif
