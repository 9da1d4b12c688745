/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words and their numbers. One table per vocabulary; parsing, printing, listing
 * and error texts all use it, so they cannot drift. A table ends with { 0 }.
 */
#ifndef BASE_NAMES_H
#define BASE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct name {
	const char *word;
	int64_t num;
};

/* Exact spelling; false leaves *num alone. */
bool names_find(const struct name *table, const char *word, int64_t *num);

/* NULL if no word has that number. */
const char *names_word(const struct name *table, int64_t num);

/* Appends "a, b, c". */
void names_list(const struct name *table, struct text *out);

#endif
