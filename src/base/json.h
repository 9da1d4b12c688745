/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents as plain structs, by tables of fields: the same rows read,
 * type-check and print, so an error can name the path and what was expected:
 *
 *     config.json: process.rlimits[1].soft: expected an unsigned integer, not a string
 *
 * The only includer of jansson. Strict where Go is lax (security: O1-O7): one
 * document, exact-case keys, no duplicates, no NUL, depth 64, integers exact
 * over the whole of int64 and uint64. Unknown keys are ignored and null counts
 * as absent, as the specification and Go have it.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "base/text.h"

/* A list in a struct: v is NULL if the key was absent, and not if it was []. */
#define LIST(type)                                                                       \
	struct {                                                                         \
		const type *v;                                                           \
		size_t n;                                                                \
	}

struct strings {
	char *const *v; /* NULL-terminated */
	size_t n;
};

struct pair {
	const char *key, *value;
};

struct pairs {
	const struct pair *v;
	size_t n;
};

/* A name and how many. */
struct count {
	const char *key;
	uint64_t value;
};

enum field_kind {
	K_STR,  /* const char *, NULL if absent */
	K_BOOL, /* bool, false if absent */
	K_I32,  /* int32_t and so on, 0 if absent; with .opt a pointer, NULL if absent */
	K_U16,
	K_U32,
	K_I64,
	K_U64,
	K_WORD,   /* int, by .words */
	K_OBJ,    /* const struct *, NULL if absent */
	K_STRS,   /* struct strings */
	K_NUM,    /* const char *, a number as text, for what no integer holds; NULL if
		     absent */
	K_U32S,   /* LIST(uint32_t) */
	K_U64S,   /* LIST(uint64_t) */
	K_PAIRS,  /* struct pairs from an object of strings, sorted by key */
	K_COUNTS, /* LIST(struct count) from an object of uint64, sorted by key */
	K_LIST,   /* LIST(struct) */
	K_MAP,    /* LIST(struct) from an object of objects, sorted; the struct's first
		     member is the key */
};

struct table {
	size_t size;
	const struct field *fields; /* ends with { 0 } */
};

struct field {
	const char *key;
	enum field_kind kind;
	bool opt;  /* a pointer to the value */
	bool need; /* an error if absent; printed even if zero */
	bool show; /* printed even if zero */
	size_t at;
	const struct table *of;
	const struct name *words;
};

/* Offset of a member, refused by the compiler unless the member has exactly this type. */
#define FIELD_AT(s, m, type)                                                             \
	(offsetof(struct s, m) +                                                         \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((struct s *)0)->m),    \
						      type) ?                            \
				 1 :                                                     \
				 -1]))

#define F_STR(s, m) .kind = K_STR, .at = FIELD_AT(s, m, const char *)
#define F_BOOL(s, m) .kind = K_BOOL, .at = FIELD_AT(s, m, bool)
#define F_I64(s, m) .kind = K_I64, .at = FIELD_AT(s, m, int64_t)
#define F_U64(s, m) .kind = K_U64, .at = FIELD_AT(s, m, uint64_t)
#define F_I32(s, m) .kind = K_I32, .at = FIELD_AT(s, m, int32_t)
#define F_U32(s, m) .kind = K_U32, .at = FIELD_AT(s, m, uint32_t)
#define F_OPT_BOOL(s, m) .kind = K_BOOL, .opt = true, .at = FIELD_AT(s, m, const bool *)
#define F_OPT_I64(s, m) .kind = K_I64, .opt = true, .at = FIELD_AT(s, m, const int64_t *)
#define F_OPT_U64(s, m) .kind = K_U64, .opt = true, .at = FIELD_AT(s, m, const uint64_t *)
#define F_OPT_I32(s, m) .kind = K_I32, .opt = true, .at = FIELD_AT(s, m, const int32_t *)
#define F_OPT_U32(s, m) .kind = K_U32, .opt = true, .at = FIELD_AT(s, m, const uint32_t *)
#define F_OPT_U16(s, m) .kind = K_U16, .opt = true, .at = FIELD_AT(s, m, const uint16_t *)
#define F_WORD(s, m, w) .kind = K_WORD, .at = FIELD_AT(s, m, int), .words = w
#define F_OBJ(s, m, type, t)                                                             \
	.kind = K_OBJ, .at = FIELD_AT(s, m, const struct type *), .of = t
#define F_STRS(s, m) .kind = K_STRS, .at = FIELD_AT(s, m, struct strings)
#define F_U32S(s, m)                                                                     \
	.kind = K_U32S,                                                                  \
	.at = offsetof(struct s, m) + 0 * FIELD_AT(s, m.v, const uint32_t *)
#define F_U64S(s, m)                                                                     \
	.kind = K_U64S,                                                                  \
	.at = offsetof(struct s, m) + 0 * FIELD_AT(s, m.v, const uint64_t *)
#define F_COUNTS(s, m)                                                                   \
	.kind = K_COUNTS,                                                                \
	.at = offsetof(struct s, m) + 0 * FIELD_AT(s, m.v, const struct count *)
#define F_NUM(s, m) .kind = K_NUM, .at = FIELD_AT(s, m, const char *)
#define F_PAIRS(s, m) .kind = K_PAIRS, .at = FIELD_AT(s, m, struct pairs)
#define F_LIST(s, m, type, t)                                                            \
	.kind = K_LIST,                                                                  \
	.at = offsetof(struct s, m) + 0 * FIELD_AT(s, m.v, const struct type *), .of = t
#define F_MAP(s, m, type, t)                                                             \
	.kind = K_MAP,                                                                   \
	.at = offsetof(struct s, m) + 0 * FIELD_AT(s, m.v, const struct type *), .of = t

/*
 * Reads one document of n bytes into out (a struct of table t, zeroed by the
 * caller). All memory it points to belongs to the arena. The error starts with
 * the document's name.
 */
int json_load(const char *name, const char *text, size_t n, const struct table *t,
	      void *out, struct arena *a, struct err *e);

/*
 * Prints as Go's encoder does: fields in the order of the rows, absent and zero
 * ones left out unless .show or .need (no object is then null), < > & escaped. indent is
 * "\t", "  " and so on, or NULL for a compact line. No final newline.
 */
void json_print(struct text *out, const struct table *t, const void *in,
		const char *indent);

/* Bytes of an integer kind. */
size_t json_int_size(enum field_kind kind);

/* One string in quotes, escaped as Go does it. */
void json_quote(struct text *out, const char *s);

#endif
