/* SPDX-License-Identifier: Apache-2.0 */
/* config.json and a process document, from bytes to structs; what is read can be printed
 * and read again, and nothing is lost. */
#include "base/json.h"
#include "spec/spec.h"

#include "fuzz/fuzz.h"

static void process(const char *text, size_t n, struct arena *a)
{
	struct spec_process p = { 0 };
	struct err e = { 0 };

	if (json_load("process.json", text, n, &spec_process_table, &p, a, &e) < 0) {
		MUST(*e.text);
		return;
	}
	spec_check_process(&p, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR text = fuzz_text(data, size);
	OWN_TEXT first = { 0 };
	OWN_TEXT second = { 0 };
	struct arena a = { 0 };
	struct err e = { 0 };
	const struct spec *s;

	fuzz_quiet();
	process(text, size, &a);
	s = spec_parse("config.json", text, size, &a, &e);
	MUST(s || *e.text);
	if (s) {
		json_print(&first, &spec_table, s, NULL);
		s = spec_parse("config.json", text_str(&first), first.len, &a, &e);
		MUST(s);
		json_print(&second, &spec_table, s, NULL);
		MUST(strcmp(text_str(&first), text_str(&second)) == 0);
	}
	arena_free(&a);
	return 0;
}
