/* SPDX-License-Identifier: Apache-2.0 */
#include "base/names.h"

#include <string.h>

bool names_find(const struct name *table, const char *word, int64_t *num)
{
	for (; table->word; table++)
		if (strcmp(table->word, word) == 0) {
			*num = table->num;
			return true;
		}
	return false;
}

const char *names_word(const struct name *table, int64_t num)
{
	for (; table->word; table++)
		if (table->num == num)
			return table->word;
	return NULL;
}

void names_list(const struct name *table, struct text *out)
{
	for (const struct name *row = table; row->word; row++)
		text_printf(out, "%s%s", row == table ? "" : ", ", row->word);
}
