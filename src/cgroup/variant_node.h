/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written in GVariant text, as a tree, before anybody knows its type: between
 * variant.c, which reads, and variant_make.c. Pure.
 */
#ifndef CGROUP_VARIANT_NODE_H
#define CGROUP_VARIANT_NODE_H

#include "cgroup/variant.h"

#define VARIANT_DEPTH 32 /* of D-Bus, for arrays and for structs */

enum node_kind {
	NODE_NUMBER, /* .word */
	NODE_WORD,   /* true, false */
	NODE_STRING,
	NODE_BYTES,   /* b'…' */
	NODE_ARRAY,   /* with .items */
	NODE_TUPLE,   /* the same */
	NODE_DICT,    /* of NODE_ENTRY */
	NODE_ENTRY,   /* key and value */
	NODE_VARIANT, /* <…>: one item */
	NODE_TYPED,   /* @TYPE …, uint16 …: one item of type .word */
};

struct node {
	enum node_kind kind;
	const char *word;
	struct node **items;
	size_t n;
};

/* Finds its type, and makes the value. NULL with what is wrong. Lives in the arena. */
const struct variant *variant_make(const struct node *n, struct arena *a, struct err *e);

#endif
