/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a plan in words. What the config says stands in quotes, because it may
 * say anything. Pure.
 */
#ifndef CONTAINER_PLAN_WORDS_H
#define CONTAINER_PLAN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/names.h"
#include "base/text.h"
#include "spec/spec.h"

const char *plan_yes(bool on);

/* The table may be newer or older than what is in the plan: then a number. */
void plan_add_word(struct text *out, const struct name *table, int64_t num);

/* Every bit that has a word, then what is left as a number; "none". */
void plan_add_flags(struct text *out, const struct name *table, uint64_t bits,
		    const char *between);

/* KEY: "VALUE", or KEY: none */
void plan_print_value(struct text *out, const char *key, const char *value);
void plan_print_values(struct text *out, const char *key, struct strings values);

/* KEY "NAME": "VALUE" */
void plan_print_pair(struct text *out, const char *key, const char *name,
		     const char *value);

#endif
