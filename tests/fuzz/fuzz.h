/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fuzz targets share. A target is one function over bytes, so that any driver can
 * call it: ours (driver.c), which `make check` runs, or libFuzzer (`make fuzz`).
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/own.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold for every input, besides not crashing. */
#define MUST(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,          \
				__LINE__, #condition);                                   \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* Warnings are not what is looked for. */
static inline void fuzz_quiet(void)
{
	static bool done;
	struct err e;

	if (!done && log_open("/dev/null", "text", true, &e) < 0)
		abort();
	done = true;
}

/* A text of its own, with not a byte behind its end; the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *s = mem_new(size + 1, 1);

	if (size)
		memcpy(s, data, size);
	return s;
}

/* Takes the part up to the next line of "---" (or the end) off the input. */
static inline char *fuzz_part(const uint8_t **data, size_t *size)
{
	static const char mark[] = "\n---\n";
	const uint8_t *end = memmem(*data, *size, mark, sizeof(mark) - 1);
	size_t n = end ? (size_t)(end - *data) : *size;
	char *s = fuzz_text(*data, n);

	n += end ? sizeof(mark) - 1 : 0;
	*data += n;
	*size -= n;
	return s;
}

#define FUZZ_WORDS 64

/* The lines of a text, which is cut up; v has room for FUZZ_WORDS + 1. */
static inline struct strings fuzz_lines(char *s, char **v)
{
	size_t n = 0;

	while (*s && n < FUZZ_WORDS) {
		char *end = strchrnul(s, '\n');

		v[n++] = s;
		s = *end ? end + 1 : end;
		*end = '\0';
	}
	v[n] = NULL;
	return (struct strings){ v, n };
}

#endif
