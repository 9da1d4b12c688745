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

#define MAX_TIME "2562047h47m16.854775807s"

static const struct {
	const char *label, *in;
	bool ok;
	int64_t want;
} durations[] = {
	{ .label = "seconds", .in = "5s", .ok = true, .want = 5000000000 },
	{ .label = "parts add up", .in = "1h2m3s", .ok = true, .want = 3723000000000 },
	{ .label = "milliseconds", .in = "100ms", .ok = true, .want = 100000000 },
	{ .label = "microseconds", .in = "3us", .ok = true, .want = 3000 },
	{ .label = "micro sign", .in = "3\xc2\xb5s", .ok = true, .want = 3000 },
	{ .label = "Greek mu", .in = "3\xce\xbcs", .ok = true, .want = 3000 },
	{ .label = "nanoseconds", .in = "7ns", .ok = true, .want = 7 },
	{ .label = "a fraction", .in = "1.5ms", .ok = true, .want = 1500000 },
	{ .label = "a fraction alone", .in = ".5s", .ok = true, .want = 500000000 },
	{ .label = "a dot behind", .in = "1.s", .ok = true, .want = 1000000000 },
	{ .label = "more digits than count",
	  .in = "0.33333333333333333333h",
	  .ok = true,
	  .want = 1200000000000 - 1 },
	{ .label = "negative", .in = "-2m", .ok = true, .want = -120000000000 },
	{ .label = "plus", .in = "+2m", .ok = true, .want = 120000000000 },
	{ .label = "zero needs no unit", .in = "0", .ok = true, .want = 0 },
	{ .label = "zero with a unit", .in = "0s", .ok = true, .want = 0 },
	{ .label = "the longest", .in = MAX_TIME, .ok = true, .want = INT64_MAX },
	{ .label = "longer than the longest", .in = "9223372036854775808ns" },
	{ .label = "far longer", .in = "99999999999999999999h" },
	{ .label = "no unit", .in = "5" },
	{ .label = "no unit behind a part that has one", .in = "1h5" },
	{ .label = "no number", .in = "s" },
	{ .label = "a dot alone", .in = ".s" },
	{ .label = "two dots", .in = "1.2.3s" },
	{ .label = "no such unit", .in = "5d" },
	{ .label = "units are lower case", .in = "5S" },
	{ .label = "a blank", .in = "5 s" },
	{ .label = "a sign alone", .in = "-" },
	{ .label = "nothing, as a duration", .in = "" },
};

static const struct {
	const char *label, *in;
	bool ok;
	int64_t want;
} sizes[] = {
	{ .label = "size: bytes", .in = "42", .ok = true, .want = 42 },
	{ .label = "size: b", .in = "42b", .ok = true, .want = 42 },
	{ .label = "size: k", .in = "1k", .ok = true, .want = 1024 },
	{ .label = "size: KB", .in = "1KB", .ok = true, .want = 1024 },
	{ .label = "size: KiB", .in = "1KiB", .ok = true, .want = 1024 },
	{ .label = "size: m", .in = "32M", .ok = true, .want = 33554432 },
	{ .label = "size: g", .in = "2g", .ok = true, .want = 2147483648 },
	{ .label = "size: t", .in = "1Tb", .ok = true, .want = 1099511627776 },
	{ .label = "size: p", .in = "1p", .ok = true, .want = 1125899906842624 },
	{ .label = "size: a blank", .in = "32 MiB", .ok = true, .want = 33554432 },
	{ .label = "size: a fraction", .in = "1.5k", .ok = true, .want = 1536 },
	{ .label = "size: a fraction of bytes", .in = "1.9", .ok = true, .want = 1 },
	{ .label = "size: a fraction alone", .in = ".5m", .ok = true, .want = 524288 },
	{ .label = "size: no fraction", .in = "5.", .ok = true, .want = 5 },
	{ .label = "size: many digits",
	  .in = "0.99999999999999999999999999p",
	  .ok = true,
	  .want = 1125899906842622 },
	{ .label = "size: zero", .in = "0", .ok = true, .want = 0 },
	{ .label = "size: largest",
	  .in = "9223372036854775807",
	  .ok = true,
	  .want = INT64_MAX },
	{ .label = "size: one more", .in = "9223372036854775808" },
	{ .label = "size: too large by its suffix", .in = "8192p" },
	{ .label = "size: the largest with a suffix",
	  .in = "8191p",
	  .ok = true,
	  .want = 9222246136947933184 },
	{ .label = "size: far too large", .in = "99999999999999999999999999999999p" },
	{ .label = "size: negative", .in = "-1" },
	{ .label = "size: nothing", .in = "" },
	{ .label = "size: a suffix alone", .in = "k" },
	{ .label = "size: a dot alone", .in = "." },
	{ .label = "size: two dots", .in = "1.2.3" },
	{ .label = "size: bb", .in = "1bb" },
	{ .label = "size: ki", .in = "1ki" },
	{ .label = "size: kx", .in = "1kx" },
	{ .label = "size: kibs", .in = "1kibs" },
	{ .label = "size: unknown suffix", .in = "1q" },
	{ .label = "size: exponent", .in = "1e3" },
	{ .label = "size: hexadecimal", .in = "0x10" },
	{ .label = "size: two blanks", .in = "1  k" },
	{ .label = "size: a blank in front", .in = " 1" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		int64_t got = 77;
		bool ok = num_bytes(sizes[i].in, &got);

		CHECK(sizes[i].label,
		      ok == sizes[i].ok && got == (ok ? sizes[i].want : 77));
	}
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
	for (size_t i = 0; i < COUNT(durations); i++) {
		int64_t got = 77;
		bool ok = num_duration(durations[i].in, &got);

		CHECK(durations[i].label,
		      ok == durations[i].ok && got == (ok ? durations[i].want : 77));
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
