/* SPDX-License-Identifier: Apache-2.0 */
/* The small parsers, each on the same text: numbers, sets of CPUs, paths, ids, words of
 * exec, /proc/PID/stat, and what is shown or quoted. */
#include "base/json.h"
#include "base/num.h"
#include "base/path.h"
#include "container/exec.h"
#include "kernel/proc.h"
#include "process/process.h"
#include "security/security.h"
#include "store/store.h"

#include "fuzz/fuzz.h"

static void numbers(const char *s)
{
	uint64_t u = 0;
	uint32_t octal = 0;
	int64_t i = 0;
	bool yes;

	if (num_dec(s, 1000, &u))
		MUST(u <= 1000 && strspn(s, "0123456789") == strlen(s));
	if (num_int(s, -5, 5, &i))
		MUST(i >= -5 && i <= 5);
	if (num_go(s, INT64_MIN, INT64_MAX, &i))
		MUST(*s);
	if (num_octal(s, 07777, &octal))
		MUST(octal <= 07777);
	num_bool(s, &yes);
}

static void sets(const char *s)
{
	unsigned long bits[128 / (8 * sizeof(long)) + 1] = { 0 }, most = 0;
	struct err e;

	bits[COUNT(bits) - 1] = 4711;
	if (process_parse_set(s, bits, 128 / 8, &most, &e) == 0)
		MUST(most <= 128);
	MUST(bits[COUNT(bits) - 1] == 4711);
}

static void paths(const char *s, struct arena *a)
{
	const char *clean = path_clean(s, a), *whole = path_absolute(s, "/base", a);

	MUST(*clean && !strstr(clean, "//"));
	MUST(strcmp(path_clean(clean, a), clean) == 0);
	MUST(*whole == '/' && !strstr(whole, "/../") && !text_ends(whole, "/.."));
	MUST(path_is_below(whole, "/"));
}

static void ids(const char *s)
{
	struct err e;

	if (store_check_id(s, &e) == 0)
		MUST(*s && *s != '.' && !strchr(s, '/') && strlen(s) <= 1024);
}

static void exec_words(char *s, struct arena *a)
{
	char *v[FUZZ_WORDS + 1];
	struct caps_plan caps = { 0 };
	struct pairs out = { 0 };
	struct err e;

	caps_add(&caps, s, true);
	MUST(caps.ambient < 1ull << 63);
	if (exec_parse_cgroups(fuzz_lines(s, v), &out, a, &e) == 0)
		for (size_t i = 0; i < out.n; i++)
			MUST(out.v[i].key && out.v[i].value);
}

/* Shown text has no control characters; quoted text is JSON of the same text. */
static void printed(const char *s, struct arena *a)
{
	struct document {
		const char *text;
	} back = { 0 };
	const struct field fields[] = { { "t", F_STR(document, text) }, { 0 } };
	const struct table table = { sizeof(back), fields };
	OWN_TEXT shown = { 0 };
	OWN_TEXT quoted = { 0 };
	struct err e;

	log_add_visible(&shown, s);
	for (size_t i = 0; i < shown.len; i++)
		MUST((unsigned char)shown.s[i] >= 0x20 || shown.s[i] == '\n' ||
		     shown.s[i] == '\t');
	/* the one beginning that our reader refuses: base/json.c says why */
	if (text_starts(s, "\xef\xb7\x90"))
		return;
	text_add(&quoted, "{\"t\":");
	json_quote(&quoted, s);
	text_add(&quoted, "}");
	MUST(json_load("x", text_str(&quoted), quoted.len, &table, &back, a, &e) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR text = fuzz_text(data, size);
	struct proc_stat stat;
	struct arena a = { 0 };

	fuzz_quiet();
	numbers(text);
	sets(text);
	paths(text, &a);
	ids(text);
	proc_stat_parse(text, &stat);
	printed(text, &a);
	exec_words(text, &a);
	arena_free(&a);
	return 0;
}
