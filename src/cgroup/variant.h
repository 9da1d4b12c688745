/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values in GVariant's text form, as D-Bus can carry them: "uint64 7", "['a', 'b']",
 * "@a(ss) []". It is what annotations are written in, and what properties of units
 * travel in to the helper program. Handles, which would be our descriptors, are none.
 * Pure.
 */
#ifndef CGROUP_VARIANT_H
#define CGROUP_VARIANT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/* What kind it is, the first character of the type says. */
struct variant {
	const char *type;                   /* a complete D-Bus signature: "as" */
	uint64_t number;                    /* b y n q i u x t, in two's complement */
	double real;                        /* d */
	const char *text;                   /* s o g */
	const struct variant *const *items; /* of a, ( and {; v has one */
	size_t n;
};

/* NULL with what is wrong, and at which character. Lives in the arena. */
const struct variant *variant_parse(const char *text, struct arena *a, struct err *e);

/* A string in quotes. */
void variant_quote(struct text *out, const char *s);

/* The length of the complete type that s begins with; 0 if it begins with none. */
size_t variant_type_size(const char *s);

#endif
