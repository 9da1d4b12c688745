/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include "unit/tap.h"

static const struct {
	const char *label, *in;
	uint64_t max;
	bool ok;
	uint64_t want;
} decimals[] = {
	{ .label = "zero", .in = "0", .max = 9, .ok = true, .want = 0 },
	{ .label = "largest uint64",
	  .in = "18446744073709551615",
	  .max = UINT64_MAX,
	  .ok = true,
	  .want = UINT64_MAX },
	{ .label = "one more than uint64",
	  .in = "18446744073709551616",
	  .max = UINT64_MAX },
	{ .label = "2^32 does not wrap to 0", .in = "4294967296", .max = UINT32_MAX },
	{ .label = "above the limit", .in = "10", .max = 9 },
	{ .label = "empty", .in = "", .max = 9 },
	{ .label = "sign", .in = "+1", .max = 9 },
	{ .label = "minus", .in = "-1", .max = 9 },
	{ .label = "blank in front", .in = " 1", .max = 9 },
	{ .label = "blank behind", .in = "1 ", .max = 9 },
	{ .label = "hexadecimal", .in = "0x1", .max = 9 },
	{ .label = "letter", .in = "1a", .max = 99 },
};

static const struct {
	const char *label, *in;
	bool ok;
	int64_t want;
} go_numbers[] = {
	{ .label = "decimal", .in = "42", .ok = true, .want = 42 },
	{ .label = "negative", .in = "-9", .ok = true, .want = -9 },
	{ .label = "plus", .in = "+9", .ok = true, .want = 9 },
	{ .label = "hexadecimal", .in = "0x1F", .ok = true, .want = 31 },
	{ .label = "octal, old", .in = "017", .ok = true, .want = 15 },
	{ .label = "octal, new", .in = "0o17", .ok = true, .want = 15 },
	{ .label = "binary", .in = "0b101", .ok = true, .want = 5 },
	{ .label = "underscore between digits", .in = "1_000", .ok = true, .want = 1000 },
	{ .label = "zero alone", .in = "0", .ok = true, .want = 0 },
	{ .label = "smallest int64",
	  .in = "-9223372036854775808",
	  .ok = true,
	  .want = INT64_MIN },
	{ .label = "too small", .in = "-9223372036854775809" },
	{ .label = "underscore at the end", .in = "1_" },
	{ .label = "two underscores", .in = "1__0" },
	{ .label = "prefix alone", .in = "0x" },
	{ .label = "digit of a larger base", .in = "0b2" },
	{ .label = "word", .in = "abc" },
	{ .label = "nothing", .in = "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT(decimals); i++) {
		uint64_t got = 77;
		bool ok = num_dec(decimals[i].in, decimals[i].max, &got);

		CHECK(decimals[i].label,
		      ok == decimals[i].ok && got == (ok ? decimals[i].want : 77));
	}
	for (size_t i = 0; i < COUNT(go_numbers); i++) {
		int64_t got = 77;
		bool ok = num_go(go_numbers[i].in, INT64_MIN, INT64_MAX, &got);

		CHECK(go_numbers[i].label,
		      ok == go_numbers[i].ok && got == (ok ? go_numbers[i].want : 77));
	}
	{
		bool on = false;
		uint32_t mode;

		CHECK("ParseBool: True", num_bool("True", &on) && on);
		CHECK("ParseBool: F", num_bool("F", &on) && !on);
		CHECK("ParseBool: yes is none of its words", !num_bool("yes", &on));
		CHECK("octal mode", num_octal("1777", 07777, &mode) && mode == 01777);
		CHECK("octal refuses 8", !num_octal("18", 07777, &mode));
	}
	return tap_done();
}
