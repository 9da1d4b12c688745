/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, one word a line. */
#include "cli/cli.h"

#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR text = fuzz_text(data, size);
	char *v[FUZZ_WORDS + 2] = { (char[]){ "runc" } };
	struct strings words = fuzz_lines(text, v + 1);
	struct global_opts g;
	struct arena a = { 0 };
	OWN_TEXT out = { 0 };
	struct err e = { 0 };
	struct parsed p;

	fuzz_quiet();
	if (opts_parse((int)words.n + 1, v, &g, &p, &a, &e) < 0)
		MUST(*e.text);
	else if (p.command)
		MUST(p.args.operands.n <= words.n);
	help_print(p.command, &out);
	MUST(out.len);
	arena_free(&a);
	return 0;
}
