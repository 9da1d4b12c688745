/* SPDX-License-Identifier: Apache-2.0 */
#include "container/plan_words.h"

#include <stddef.h>

#include "base/json.h"

const char *plan_yes(bool on)
{
	return on ? "yes" : "no";
}

void plan_add_word(struct text *out, const struct name *table, int64_t num)
{
	const char *word = names_word(table, num);

	if (word)
		text_add(out, word);
	else
		text_printf(out, "%jd", (intmax_t)num);
}

void plan_add_flags(struct text *out, const struct name *table, uint64_t bits,
		    const char *between)
{
	size_t start = out->len;

	for (; table->word; table++) {
		if (!(bits & (uint64_t)table->num))
			continue;
		text_printf(out, "%s%s", out->len > start ? between : "", table->word);
		bits &= ~(uint64_t)table->num;
	}
	if (bits)
		text_printf(out, "%s%#jx", out->len > start ? between : "",
			    (uintmax_t)bits);
	if (out->len == start)
		text_add(out, "none");
}

void plan_print_value(struct text *out, const char *key, const char *value)
{
	text_printf(out, "%s: ", key);
	if (value)
		json_quote(out, value);
	else
		text_add(out, "none");
	text_addc(out, '\n');
}

void plan_print_values(struct text *out, const char *key, struct strings values)
{
	for (size_t i = 0; i < values.n; i++)
		plan_print_value(out, key, values.v[i]);
}

void plan_print_pair(struct text *out, const char *key, const char *name,
		     const char *value)
{
	text_printf(out, "%s ", key);
	json_quote(out, name);
	text_add(out, ": ");
	json_quote(out, value);
	text_addc(out, '\n');
}
