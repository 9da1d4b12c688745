/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order to runc-systemd, and between lines of "---" a value as an annotation has it:
 * what is taken can be said again, and a value is of the type that it says.
 */
#include "cgroup/unit.h"
#include "cgroup/variant.h"

#include "fuzz/fuzz.h"

static void judge(const struct variant *v)
{
	MUST(variant_type_size(v->type) == strlen(v->type) || *v->type == '{');
	MUST(!v->n || v->items);
	if (strchr("sog", *v->type))
		MUST(v->text);
	if (*v->type == 'b')
		MUST(v->number <= 1);
	if (*v->type == 'y')
		MUST(v->number <= UINT8_MAX);
	if (*v->type == 'v')
		MUST(v->n == 1);
	for (size_t i = 0; i < v->n; i++) {
		if (*v->type == 'a')
			MUST(strcmp(v->items[i]->type, v->type + 1) == 0);
		judge(v->items[i]);
	}
}

static void value(const char *text, struct arena *a)
{
	struct err e = { 0 };
	const struct variant *v = variant_parse(text, a, &e);

	MUST(v || *e.text);
	if (v)
		judge(v);
}

static void quoted(const char *text, struct arena *a)
{
	OWN_TEXT word = { 0 };
	const struct variant *v;
	struct err e;

	variant_quote(&word, text);
	v = variant_parse(text_str(&word), a, &e);
	MUST(v && *v->type == 's' && strcmp(v->text, text) == 0);
}

static void order(const char *text, struct arena *a)
{
	struct unit_order o = { 0 }, back = { 0 };
	OWN_TEXT first = { 0 };
	OWN_TEXT second = { 0 };
	struct err e = { 0 };

	if (json_load("order", text, strlen(text), &unit_order_table, &o, a, &e) < 0) {
		MUST(*e.text);
		return;
	}
	MUST(o.unit && names_word(unit_ops, o.op));
	for (size_t i = 0; i < o.properties.n; i++)
		value(o.properties.v[i].value, a);
	json_print(&first, &unit_order_table, &o, NULL);
	MUST(json_load("order", text_str(&first), first.len, &unit_order_table, &back, a,
		       &e) == 0);
	json_print(&second, &unit_order_table, &back, NULL);
	MUST(strcmp(text_str(&first), text_str(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR document = fuzz_part(&data, &size);
	OWN_STR text = fuzz_part(&data, &size);
	struct arena a = { 0 };

	fuzz_quiet();
	order(document, &a);
	value(text, &a);
	if (strlen(text) < 1000)
		quoted(text, &a);
	arena_free(&a);
	return 0;
}
