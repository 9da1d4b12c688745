/* SPDX-License-Identifier: Apache-2.0 */
/* GVariant text: what type it is of, and what it says. */
#include "cgroup/variant.h"

#include "base/own.h"
#include "unit/tap.h"

/* clang-format off */

static const struct row {
	const char *label, *text;
	const char *want; /* TYPE VALUE, plainly written; or the error */
} rows[] = {
	/* one value */
	{ .label = "true", .text = "true", .want = "b 1" },
	{ .label = "false", .text = "false", .want = "b 0" },
	{ .label = "number", .text = "7", .want = "i 7" },
	{ .label = "negative", .text = "-7", .want = "i -7" },
	{ .label = "with a plus", .text = "+7", .want = "i 7" },
	{ .label = "largest int32", .text = "2147483647", .want = "i 2147483647" },
	{ .label = "larger than an int32", .text = "2147483648", .want = "error: 2147483648 is not a number of type i" },
	{ .label = "hexadecimal", .text = "0x1F", .want = "i 31" },
	{ .label = "octal", .text = "017", .want = "i 15" },
	{ .label = "zero", .text = "0", .want = "i 0" },
	{ .label = "byte", .text = "byte 0xff", .want = "y 255" },
	{ .label = "byte: too large", .text = "byte 256", .want = "error: 256 is not a number of type y" },
	{ .label = "int16", .text = "int16 -32768", .want = "n -32768" },
	{ .label = "uint16", .text = "uint16 65535", .want = "q 65535" },
	{ .label = "uint16: negative", .text = "uint16 -1", .want = "error: -1 is not a number of type q" },
	{ .label = "int32", .text = "int32 5", .want = "i 5" },
	{ .label = "uint32", .text = "uint32 4294967295", .want = "u 4294967295" },
	{ .label = "int64", .text = "int64 -9223372036854775808", .want = "x -9223372036854775808" },
	{ .label = "uint64", .text = "uint64 18446744073709551615", .want = "t 18446744073709551615" },
	{ .label = "uint64: too large", .text = "uint64 18446744073709551616", .want = "error: 18446744073709551616 is not a number of type t" },
	{ .label = "a type by its letter", .text = "@t 5", .want = "t 5" },
	{ .label = "fraction", .text = "1.5", .want = "d 1.5" },
	{ .label = "exponent", .text = "25e-1", .want = "d 2.5" },
	{ .label = "large exponent", .text = "1e22", .want = "d 1e+22" },
	{ .label = "too large exponent", .text = "1e23", .want = "error: 1e23 is not a number of at most 15 digits" },
	{ .label = "double that looks whole", .text = "double 3", .want = "d 3" },
	{ .label = "two points", .text = "1.2.3", .want = "error: 1.2.3 is not a number of at most 15 digits" },
	{ .label = "what is no number", .text = "12x", .want = "error: 12x is not a number of type i" },
	{ .label = "string", .text = "'a b'", .want = "s 'a b'" },
	{ .label = "string in double quotes", .text = "\"it's\"", .want = "s 'it's'" },
	{ .label = "escapes", .text = "'\\'\\\\\\n\\t\\x'", .want = "s ''\\\n\tx'" },
	{ .label = "unicode", .text = "'\\u00e9\\u20ac\\U0001f600'", .want = "s '\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'" },
	{ .label = "unicode: too short", .text = "'\\u00e'", .want = "error: expected a character after \\ at character 4, not \"00e'\"" },
	{ .label = "unicode: a NUL would end it", .text = "'\\u0000'", .want = "error: expected a character after \\ at character 4, not \"0000'\"" },
	{ .label = "unicode: half a pair", .text = "'\\ud800'", .want = "error: expected a character after \\ at character 4, not \"d800'\"" },
	{ .label = "string without an end", .text = "'abc", .want = "error: expected the end of a string at the end" },
	{ .label = "object path", .text = "objectpath '/a'", .want = "o '/a'" },
	{ .label = "signature", .text = "signature 'as'", .want = "g 'as'" },
	{ .label = "bytestring", .text = "b'hi'", .want = "ay [104, 105, 0]" },
	{ .label = "descriptors cannot be passed", .text = "handle 0", .want = "error: expected a value at character 1, not \"handle 0\"" },
	{ .label = "nor by their letter", .text = "@h 0", .want = "error: expected a type of D-Bus at character 2, not \"h 0\"" },
	{ .label = "boolean by its name", .text = "boolean true", .want = "b 1" },
	{ .label = "a number is no boolean", .text = "boolean 1", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },

	/* several */
	{ .label = "array", .text = "[1, 2,3]", .want = "ai [1, 2, 3]" },
	{ .label = "array of strings", .text = "['a','b']", .want = "as ['a', 'b']" },
	{ .label = "array: one type for all", .text = "[1, uint64 2]", .want = "at [1, 2]" },
	{ .label = "array: the other way round", .text = "[byte 1, 2]", .want = "ay [1, 2]" },
	{ .label = "array: numbers and fractions", .text = "[1, 2.5]", .want = "ad [1, 2.5]" },
	{ .label = "array: paths", .text = "['/a', objectpath '/b']", .want = "ao ['/a', '/b']" },
	{ .label = "array: what has no type in common", .text = "[1, 'a']", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "array: empty", .text = "[]", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "array: empty, with a type", .text = "@as []", .want = "as []" },
	{ .label = "array: typed", .text = "@at [1, 2]", .want = "at [1, 2]" },
	{ .label = "array: typed wrongly", .text = "@as [1]", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "array of arrays", .text = "[[], [1]]", .want = "aai [[], [1]]" },
	{ .label = "array: no comma", .text = "[1 2]", .want = "error: expected a comma at character 4, not \"2]\"" },
	{ .label = "array: a comma at the end", .text = "[1,]", .want = "error: expected a value at character 4, not \"]\"" },
	{ .label = "array without an end", .text = "[1", .want = "error: expected a comma at the end" },
	{ .label = "tuple", .text = "('a', 5)", .want = "(si) ('a', 5)" },
	{ .label = "tuple of one", .text = "(5,)", .want = "(i) (5)" },
	{ .label = "tuple: empty, which D-Bus has not", .text = "()", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "array of tuples", .text = "[('/dev/null', 'rw'), ('char-*', 'm')]", .want = "a(ss) [('/dev/null', 'rw'), ('char-*', 'm')]" },
	{ .label = "array of tuples: typed", .text = "@a(st) [('a', 1)]", .want = "a(st) [('a', 1)]" },
	{ .label = "tuples of different lengths", .text = "[(1, 2), (1,)]", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "dictionary", .text = "{'a': 1, 'b': 2}", .want = "a{si} [{'a', 1}, {'b', 2}]" },
	{ .label = "dictionary of variants", .text = "{'a': <1>, 'b': <'x'>}", .want = "a{sv} [{'a', <i 1>}, {'b', <s 'x'>}]" },
	{ .label = "dictionary: empty", .text = "{}", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "dictionary: empty, with a type", .text = "@a{sv} {}", .want = "a{sv} []" },
	{ .label = "dictionary: a key that is a list", .text = "{[1]: 2}", .want = "error: its type cannot be told, or is none of D-Bus: write it, as in \"@as []\"" },
	{ .label = "dictionary: no colon", .text = "{'a', 1}", .want = "error: expected a colon at character 5, not \", 1}\"" },
	{ .label = "variant", .text = "<uint16 7>", .want = "v <q 7>" },
	{ .label = "variant in a variant", .text = "<<7>>", .want = "v <v <i 7>>" },
	{ .label = "variant of nothing known", .text = "<[]>", .want = "error: the type inside <> cannot be told" },
	{ .label = "variant without an end", .text = "<7", .want = "error: expected > at the end" },

	/* around it */
	{ .label = "blanks", .text = " \t [ 1 , 2 ] \n", .want = "ai [1, 2]" },
	{ .label = "nothing", .text = "", .want = "error: expected a value at the end" },
	{ .label = "a word", .text = "yes", .want = "error: expected a value at character 1, not \"yes\"" },
	{ .label = "more than a value", .text = "1 2", .want = "error: expected the end at character 3, not \"2\"" },
	{ .label = "maybe is not of D-Bus", .text = "just 5", .want = "error: expected a value at character 1, not \"just 5\"" },
	{ .label = "a type of D-Bus that is not whole", .text = "@a 5", .want = "error: expected a type of D-Bus at character 2, not \"a 5\"" },
	{ .label = "a dictionary's entry alone", .text = "@{sv} {}", .want = "error: expected a type of D-Bus at character 2, not \"{sv} {}\"" },
	{ .label = "nested as deep as D-Bus goes", .text = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	  .want = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaai [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]" },
	{ .label = "nested deeper", .text = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", .want = "error: nested deeper than 32" },
};

static const struct { const char *type; size_t size; } types[] = {
	{ "s", 1 }, { "as", 2 }, { "a(ss)t", 5 }, { "a{sv}", 5 }, { "(a{s(iv)}b)", 11 }, { "v", 1 },
	{ "", 0 }, { "a", 0 }, { "()", 0 }, { "(s", 0 }, { "a{vs}", 0 }, { "a{s}", 0 }, { "a{sss}", 0 }, { "{sv}", 0 },
	{ "h", 0 }, { "*", 0 }, { "m", 0 }, { "a{(s)s}", 0 }, { "(s}", 0 },
};

/* clang-format on */

static void print(const struct variant *v, struct text *out);

static void print_items(const struct variant *v, char begin, char end, struct text *out)
{
	text_addc(out, begin);
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			text_add(out, ", ");
		if (begin == '<')
			text_printf(out, "%s ", v->items[i]->type);
		print(v->items[i], out);
	}
	text_addc(out, end);
}

static void print(const struct variant *v, struct text *out)
{
	switch (*v->type) {
	case 'a':
		print_items(v, '[', ']', out);
		break;
	case '(':
		print_items(v, '(', ')', out);
		break;
	case '{':
		print_items(v, '{', '}', out);
		break;
	case 'v':
		print_items(v, '<', '>', out);
		break;
	case 's':
	case 'o':
	case 'g':
		text_printf(out, "'%s'", v->text);
		break;
	case 'd':
		text_printf(out, "%g", v->real);
		break;
	case 'n':
	case 'i':
	case 'x':
		text_printf(out, "%jd", (intmax_t)(int64_t)v->number);
		break;
	default:
		text_printf(out, "%ju", (uintmax_t)v->number);
	}
}

static void check(const char *label, const char *text, const char *want)
{
	struct arena a = { 0 };
	OWN_TEXT got = { 0 };
	struct err e;
	const struct variant *v = variant_parse(text, &a, &e);

	if (v) {
		text_printf(&got, "%s ", v->type);
		print(v, &got);
	} else {
		text_printf(&got, "error: %s", e.text);
	}
	CHECK_SAME(label, text_str(&got), want);
	arena_free(&a);
}

int main(void)
{
	OWN_TEXT quoted = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		check(rows[i].label, rows[i].text, rows[i].want);
	for (size_t i = 0; i < COUNT(types); i++)
		CHECK(*types[i].type ? types[i].type : "no type",
		      variant_type_size(types[i].type) == types[i].size);
	variant_quote(&quoted, "it's \\ a\nb");
	CHECK_SAME("quoted", text_str(&quoted), "'it\\'s \\\\ a\nb'");
	check("quoted, and back", text_str(&quoted), "s 'it's \\ a\nb'");
	return tap_done();
}
