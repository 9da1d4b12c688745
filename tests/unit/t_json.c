/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <jansson.h>
#include <time.h>

#include "unit/tap.h"

/* ---- a document with a field of every kind ---- */

struct box {
	uint64_t height;
	const char *title;
};

struct item {
	const char *name;
	uint64_t hard;
	const struct box *box;
};

struct entry {
	const char *key;
	uint32_t size;
};

struct demo {
	const char *s;
	bool b;
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	int word;
	const struct box *obj;
	struct strings strs;
	LIST(uint32_t) u32s;
	LIST(uint64_t) u64s;
	LIST(struct count) counts;
	const char *num;
	struct pairs pairs;
	LIST(struct item) list;
	LIST(struct entry) map;
	const bool *opt_b;
	const int32_t *opt_i32;
	const uint16_t *opt_u16;
	const uint32_t *opt_u32;
	const int64_t *opt_i64;
	const uint64_t *opt_u64;
	const char *shown;
};

static const struct name words[] = { { "zero", 0 }, { "one", 1 }, { "minus", -1 }, { 0 } };

/* clang-format off */
static const struct table box_table = { sizeof(struct box), (const struct field[]) {
	{ "height", F_U64(box, height), .need = true },
	{ "title",  F_STR(box, title) },
	{ 0 } } };

static const struct table item_table = { sizeof(struct item), (const struct field[]) {
	{ "name", F_STR(item, name), .need = true },
	{ "hard", F_U64(item, hard) },
	{ "box",  F_OBJ(item, box, box, &box_table) },
	{ 0 } } };

static const struct table entry_table = { sizeof(struct entry), (const struct field[]) {
	{ "size", F_U32(entry, size) },
	{ 0 } } };

static const struct table demo_table = { sizeof(struct demo), (const struct field[]) {
	{ "s",      F_STR(demo, s) },
	{ "b",      F_BOOL(demo, b) },
	{ "i32",    F_I32(demo, i32) },
	{ "u32",    F_U32(demo, u32) },
	{ "i64",    F_I64(demo, i64) },
	{ "u64",    F_U64(demo, u64) },
	{ "word",   F_WORD(demo, word, words) },
	{ "obj",    F_OBJ(demo, obj, box, &box_table) },
	{ "strs",   F_STRS(demo, strs) },
	{ "u32s",   F_U32S(demo, u32s) },
	{ "u64s",   F_U64S(demo, u64s) },
	{ "counts", F_COUNTS(demo, counts) },
	{ "num",    F_NUM(demo, num) },
	{ "pairs",  F_PAIRS(demo, pairs) },
	{ "list",   F_LIST(demo, list, item, &item_table) },
	{ "map",    F_MAP(demo, map, entry, &entry_table) },
	{ "optB",   F_OPT_BOOL(demo, opt_b) },
	{ "optI32", F_OPT_I32(demo, opt_i32) },
	{ "optU16", F_OPT_U16(demo, opt_u16) },
	{ "optU32", F_OPT_U32(demo, opt_u32) },
	{ "optI64", F_OPT_I64(demo, opt_i64) },
	{ "optU64", F_OPT_U64(demo, opt_u64) },
	{ "shown",  F_STR(demo, shown), .show = true },
	{ 0 } } };

static const struct table shown_table = { sizeof(struct demo), (const struct field[]) {
	{ "num",  F_NUM(demo, num), .show = true },
	{ "u64s", F_U64S(demo, u64s), .show = true },
	{ "obj",  F_OBJ(demo, obj, box, &box_table), .show = true },
	{ 0 } } };
/* clang-format on */

static const char full[] =
	"{\"s\":\"text\",\"b\":true,\"i32\":-32,\"u32\":32,\"i64\":-64,\"u64\":64,"
	"\"word\":\"one\",\"obj\":{\"height\":24,\"title\":\"t\"},\"strs\":[\"a\",\"\"],"
	"\"u32s\":[0,4294967295],\"u64s\":[18446744073709551615,0],"
	"\"counts\":{\"a\":18446744073709551615,\"b\":2},\"num\":1.5,\"pairs\":{\"k1\":\"v1\",\"k2\":\"v2\"},"
	"\"list\":[{\"name\":\"n\",\"hard\":18446744073709551615,\"box\":{\"height\":1}},"
	"{\"name\":\"m\"}],\"map\":{\"x\":{\"size\":1},\"y\":{\"size\":2}},"
	"\"optB\":true,\"optI32\":-1,\"optU16\":65535,\"optU32\":1,"
	"\"optI64\":-9223372036854775808,\"optU64\":18446744073709551615,\"shown\":\"yes\"}";

static int load(const char *text, size_t n, struct demo *d, struct arena *a, struct err *e)
{
	memset(d, 0, sizeof(*d)); /* with its padding: see all_absent() */
	e->text[0] = '\0';
	return json_load("demo.json", text, n, &demo_table, d, a, e);
}

static void test_full(void)
{
	struct arena a = { 0 };
	struct demo d;
	struct err e;

	CHECK("every kind of field", load(full, strlen(full), &d, &a, &e) == 0);
	CHECK_SAME("string", d.s, "text");
	CHECK("boolean", d.b);
	CHECK("int32", d.i32 == -32);
	CHECK("uint32", d.u32 == 32);
	CHECK("int64", d.i64 == -64);
	CHECK("uint64", d.u64 == 64);
	CHECK("word", d.word == 1);
	CHECK("object", d.obj && d.obj->height == 24 && strcmp(d.obj->title, "t") == 0);
	CHECK("strings, ended by NULL", d.strs.n == 2 && strcmp(d.strs.v[0], "a") == 0 &&
						!*d.strs.v[1] && !d.strs.v[2]);
	CHECK("uint32 list",
	      d.u32s.n == 2 && d.u32s.v[0] == 0 && d.u32s.v[1] == UINT32_MAX);
	CHECK("pairs", d.pairs.n == 2 && strcmp(d.pairs.v[1].key, "k2") == 0 &&
			       strcmp(d.pairs.v[1].value, "v2") == 0);
	CHECK("list of objects", d.list.n == 2 && d.list.v[0].hard == UINT64_MAX &&
					 d.list.v[0].box->height == 1 &&
					 strcmp(d.list.v[1].name, "m") == 0 &&
					 d.list.v[1].hard == 0 && !d.list.v[1].box);
	CHECK("map of objects", d.map.n == 2 && strcmp(d.map.v[0].key, "x") == 0 &&
					d.map.v[0].size == 1 && d.map.v[1].size == 2);
	CHECK("uint64 list", d.u64s.n == 2 && d.u64s.v[0] == UINT64_MAX && !d.u64s.v[1]);
	CHECK("counts", d.counts.n == 2 && strcmp(d.counts.v[0].key, "a") == 0 &&
				d.counts.v[0].value == UINT64_MAX &&
				d.counts.v[1].value == 2);
	CHECK_SAME("a number as text", d.num, "1.5");
	CHECK("optional boolean", d.opt_b && *d.opt_b);
	CHECK("optional int32", d.opt_i32 && *d.opt_i32 == -1);
	CHECK("optional uint16", d.opt_u16 && *d.opt_u16 == UINT16_MAX);
	CHECK("optional uint32", d.opt_u32 && *d.opt_u32 == 1);
	CHECK("optional int64", d.opt_i64 && *d.opt_i64 == INT64_MIN);
	CHECK("optional uint64", d.opt_u64 && *d.opt_u64 == UINT64_MAX);
	arena_free(&a);
}

/* ---- absent, null, empty ---- */

static bool all_absent(const struct demo *d)
{
	static const struct demo nothing;

	return memcmp(d, &nothing, sizeof(nothing)) == 0;
}

static void test_absent(void)
{
	static const char nulls[] =
		"{\"s\":null,\"b\":null,\"i32\":null,\"u64\":null,\"word\":null,\"obj\":null,"
		"\"strs\":null,\"u32s\":null,\"u64s\":null,\"counts\":null,\"num\":null,\"pairs\":null,\"list\":null,\"map\":null,"
		"\"optB\":null,\"optU16\":null,\"shown\":null}";
	static const char empties[] =
		"{\"s\":\"\",\"strs\":[],\"u32s\":[],\"pairs\":{},\"list\":[],\"map\":{},"
		"\"optB\":false,\"optU64\":0}";
	static const char huge[] = "{\"later\":1e400000}";
	static const char later[] =
		"{\"S\":3,\"later\":{\"b\":[null,99999999999999999999999999]},\"i\":{}}";
	static const char sorted[] =
		"{\"counts\":{\"b\":2,\"a\":1},\"pairs\":{\"b\":\"2\",\"a\":\"1\",\"B\":\"3\",\"\":\"0\",\"aa\":\"4\"},"
		"\"map\":{\"y\":{\"size\":2},\"x\":{\"size\":1}}}";
	struct arena a = { 0 };
	struct demo d;
	struct err e;

	CHECK("an empty object sets nothing",
	      load("{}", 2, &d, &a, &e) == 0 && all_absent(&d));
	CHECK("blanks around it", load(" \t\r\n{ }\n\n", 9, &d, &a, &e) == 0);
	CHECK("null is absent, whatever the kind",
	      load(nulls, strlen(nulls), &d, &a, &e) == 0 && all_absent(&d));

	CHECK("empty values", load(empties, strlen(empties), &d, &a, &e) == 0);
	CHECK_SAME("an empty string is one", d.s, "");
	CHECK("an empty list is not an absent one",
	      d.strs.v && !d.strs.n && !d.strs.v[0] && d.u32s.v && d.list.v);
	CHECK("an empty map is not an absent one",
	      d.pairs.v && !d.pairs.n && d.map.v && !d.map.n);
	CHECK("false and zero are not absent",
	      d.opt_b && !*d.opt_b && d.opt_u64 && !*d.opt_u64 && !d.opt_i64);

	CHECK("a real number beyond all bounds, even where nobody looks",
	      load(huge, strlen(huge), &d, &a, &e) < 0);
	CHECK("unknown keys, with any integer, and keys in another case",
	      load(later, strlen(later), &d, &a, &e) == 0 && all_absent(&d));

	CHECK("keys that are data", load(sorted, strlen(sorted), &d, &a, &e) == 0);
	CHECK("pairs are sorted by bytes", d.pairs.n == 5 && !*d.pairs.v[0].key &&
						   strcmp(d.pairs.v[1].key, "B") == 0 &&
						   strcmp(d.pairs.v[2].key, "a") == 0 &&
						   strcmp(d.pairs.v[3].key, "aa") == 0 &&
						   strcmp(d.pairs.v[4].value, "2") == 0);
	CHECK("counts are sorted too", d.counts.n == 2 && d.counts.v[0].value == 1);
	CHECK("maps are sorted too", d.map.n == 2 && d.map.v[0].size == 1);
	arena_free(&a);
}

/* ---- what is refused, and in which words ---- */

#define RAW(text) .in = text, .n = sizeof(text) - 1

static const struct {
	const char *label, *in;
	size_t n;
	const char *want; /* the whole text, or how it begins */
	bool begins;
} bad[] = {
	/* types: never a zero default (O4) */
	{ .label = "number for a string",
	  RAW("{\"s\":1}"),
	  .want = "demo.json: s: expected a string, not a number" },
	{ .label = "number beyond int64 for a string",
	  RAW("{\"s\":12345678901234567890}"),
	  .want = "demo.json: s: expected a string, not a number" },
	{ .label = "boolean for a string",
	  RAW("{\"s\":false}"),
	  .want = "demo.json: s: expected a string, not a boolean" },
	{ .label = "array for a string",
	  RAW("{\"s\":[\"x\"]}"),
	  .want = "demo.json: s: expected a string, not an array" },
	{ .label = "object for a string",
	  RAW("{\"s\":{}}"),
	  .want = "demo.json: s: expected a string, not an object" },
	{ .label = "string for a boolean",
	  RAW("{\"b\":\"true\"}"),
	  .want = "demo.json: b: expected a boolean, not a string" },
	{ .label = "number for a boolean",
	  RAW("{\"b\":1}"),
	  .want = "demo.json: b: expected a boolean, not a number" },
	{ .label = "string for a boolean that may be absent",
	  RAW("{\"optB\":\"\"}"),
	  .want = "demo.json: optB: expected a boolean, not a string" },
	{ .label = "string for a number",
	  RAW("{\"u32\":\"1000\"}"),
	  .want = "demo.json: u32: expected an unsigned integer, not a string" },
	{ .label = "string for a signed number",
	  RAW("{\"optI64\":\"-1\"}"),
	  .want = "demo.json: optI64: expected an integer, not a string" },
	{ .label = "boolean for a number",
	  RAW("{\"u64\":true}"),
	  .want = "demo.json: u64: expected an unsigned integer, not a boolean" },
	{ .label = "number for a word",
	  RAW("{\"word\":1}"),
	  .want = "demo.json: word: expected a string, not a number" },
	{ .label = "a word that is none",
	  RAW("{\"word\":\"two\"}"),
	  .want = "demo.json: word: unknown value \"two\": expected one of zero, one, minus" },
	{ .label = "array for an object",
	  RAW("{\"obj\":[]}"),
	  .want = "demo.json: obj: expected an object, not an array" },
	{ .label = "object for an array",
	  RAW("{\"strs\":{}}"),
	  .want = "demo.json: strs: expected an array, not an object" },
	{ .label = "string for an array",
	  RAW("{\"list\":\"x\"}"),
	  .want = "demo.json: list: expected an array, not a string" },
	{ .label = "array for pairs",
	  RAW("{\"pairs\":[\"a\",\"b\"]}"),
	  .want = "demo.json: pairs: expected an object, not an array" },
	{ .label = "array for a map",
	  RAW("{\"map\":[]}"),
	  .want = "demo.json: map: expected an object, not an array" },

	/* paths */
	{ .label = "path: below an object",
	  RAW("{\"obj\":{\"height\":1.5}}"),
	  .want = "demo.json: obj.height: expected an unsigned integer, not a real number" },
	{ .label = "path: member of a string list",
	  RAW("{\"strs\":[\"a\",2]}"),
	  .want = "demo.json: strs[1]: expected a string, not a number" },
	{ .label = "path: null in a string list",
	  RAW("{\"strs\":[null]}"),
	  .want = "demo.json: strs[0]: expected a string, not null" },
	{ .label = "path: member of a number list",
	  RAW("{\"u32s\":[0,1,\"2\"]}"),
	  .want = "demo.json: u32s[2]: expected an unsigned integer, not a string" },
	{ .label = "uint64 list",
	  RAW("{\"u64s\":[-1]}"),
	  .want = "demo.json: u64s[0]: expected an unsigned integer from 0 to 18446744073709551615" },
	{ .label = "counts",
	  RAW("{\"counts\":{\"a\":\"1\"}}"),
	  .want = "demo.json: counts.a: expected an unsigned integer, not a string" },
	{ .label = "a number as text is not a string",
	  RAW("{\"num\":\"1\"}"),
	  .want = "demo.json: num: expected a number, not a string" },
	{ .label = "path: value of a pair",
	  RAW("{\"pairs\":{\"a.b\":1}}"),
	  .want = "demo.json: pairs.a.b: expected a string, not a number" },
	{ .label = "path: null as the value of a pair",
	  RAW("{\"pairs\":{\"a\":null}}"),
	  .want = "demo.json: pairs.a: expected a string, not null" },
	{ .label = "path: member of a list of objects",
	  RAW("{\"list\":[{\"name\":\"n\"},\"m\"]}"),
	  .want = "demo.json: list[1]: expected an object, not a string" },
	{ .label = "path: three levels",
	  RAW("{\"list\":[{\"name\":\"n\"},{\"name\":\"m\",\"box\":{\"height\":\"x\"}}]}"),
	  .want = "demo.json: list[1].box.height: expected an unsigned integer, not a string" },
	{ .label = "path: entry of a map",
	  RAW("{\"map\":{\"x\":1}}"),
	  .want = "demo.json: map.x: expected an object, not a number" },
	{ .label = "path: field of a map's entry",
	  RAW("{\"map\":{\"w\":{},\"x\":{\"size\":-1}}}"),
	  .want = "demo.json: map.x.size: expected an unsigned integer from 0 to 4294967295" },
	{ .label = "path: nothing of an earlier one is left",
	  RAW("{\"obj\":{\"height\":1,\"title\":\"t\"},\"list\":[{\"name\":\"n\"}],\"map\":{\"x\":{}},\"optB\":3}"),
	  .want = "demo.json: optB: expected a boolean, not a number" },

	/* needed ones */
	{ .label = "needed and absent",
	  RAW("{\"obj\":{}}"),
	  .want = "demo.json: obj.height: missing" },
	{ .label = "needed and null",
	  RAW("{\"list\":[{\"name\":null}]}"),
	  .want = "demo.json: list[0].name: missing" },

	/* documents */
	{ .label = "an empty file", RAW(""), .want = "demo.json: empty file" },
	{ .label = "blanks alone",
	  RAW(" \n "),
	  .want = "demo.json: line 2, column 1: invalid JSON: ",
	  .begins = true },
	{ .label = "an array",
	  RAW("[]"),
	  .want = "demo.json: expected an object, not an array" },
	{ .label = "null", RAW("null"), .want = "demo.json: expected an object, not null" },
	{ .label = "a number",
	  RAW("18446744073709551615"),
	  .want = "demo.json: expected an object, not a number" },
	{ .label = "a string",
	  RAW("\"x\""),
	  .want = "demo.json: expected an object, not a string" },
	{ .label = "a second document",
	  RAW("{} {}"),
	  .want = "demo.json: line 1, column 4: invalid JSON: ",
	  .begins = true },
	{ .label = "something behind",
	  RAW("{}\n}"),
	  .want = "demo.json: line 2, column 1: invalid JSON: ",
	  .begins = true },
	{ .label = "a comma at the end",
	  RAW("{\"b\":true,}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a comment",
	  RAW("{} // x"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "single quotes",
	  RAW("{'b':true}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a byte order mark",
	  RAW("\xef\xbb\xbf{}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a line feed in a string",
	  RAW("{\"s\":\"a\nb\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "an unknown escape",
	  RAW("{\"s\":\"\\x\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a word that is no value",
	  RAW("{\"b\":True}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "two values of one key",
	  RAW("{\"s\":\"a\",\n\"s\":\"b\"}"),
	  .want = "demo.json: line 2, column 3: invalid JSON: duplicate object key",
	  .begins = true },
	{ .label = "two values of one unknown key",
	  RAW("{\"x\":1,\"x\":1}"),
	  .want = "demo.json: line 1, column 10: invalid JSON: duplicate object key",
	  .begins = true },
	{ .label = "two spellings of one key",
	  RAW("{\"s\":\"a\",\"\\u0073\":\"b\"}"),
	  .want = "demo.json: line 1, column 17: invalid JSON: duplicate object key",
	  .begins = true },

	/* NUL would end a path early (O2) */
	{ .label = "an escaped NUL",
	  RAW("{\n\"s\":\"/etc\\u0000/x\"}"),
	  .want = "demo.json: line 2: NUL character in a string" },
	{ .label = "an escaped NUL in a key",
	  RAW("{\"\\u0000\":1}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a NUL byte in a string",
	  RAW("{\"s\":\"a\0b\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a NUL byte between values",
	  RAW("{\n\0}"),
	  .want = "demo.json: line 2: NUL byte" },
	{ .label = "a NUL byte at the end",
	  RAW("{}\0"),
	  .want = "demo.json: line 1: NUL byte" },
	{ .label = "a NUL byte and another document",
	  RAW("{}\0{\"s\":\"x\"}"),
	  .want = "demo.json: line 1: NUL byte" },

	/* UTF-8 */
	{ .label = "a byte that never is UTF-8",
	  RAW("{\"s\":\"\xff\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a slash in two bytes",
	  RAW("{\"s\":\"\xc0\xaf\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a surrogate",
	  RAW("{\"s\":\"\xed\xa0\x80\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "half an escaped pair",
	  RAW("{\"s\":\"\\ud800\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "beyond Unicode",
	  RAW("{\"s\":\"\xf4\x90\x80\x80\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a character cut off by the quote",
	  RAW("{\"s\":\"\xe2\x82\"}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "not UTF-8 in a key",
	  RAW("{\"\xff\":1}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "not UTF-8 outside strings",
	  RAW("{\xff}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a string without an end",
	  RAW("{\"s\":\"abc"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a string that ends in a backslash",
	  RAW("{\"s\":\"abc\\"),
	  .want = "demo.json: line 1",
	  .begins = true },

	/* the mark behind which big numbers travel */
	{ .label = "a string that looks like our big numbers",
	  RAW("{\n\"u64\":\"\xef\xb7\x90"
	      "1234567890123456789\"}"),
	  .want = "demo.json: line 2: a string must not begin with U+FDD0" },
	{ .label = "the same with few digits",
	  RAW("{\"u32\":\"\xef\xb7\x90"
	      "7\"}"),
	  .want = "demo.json: line 1: a string must not begin with U+FDD0" },
	{ .label = "the same, escaped",
	  RAW("{\"u64\":\"\\ufdd0"
	      "12\"}"),
	  .want = "demo.json: line 1: a string must not begin with U+FDD0" },
	{ .label = "the same, escaped in capitals",
	  RAW("{\"i64\":\"\\uFDD0"
	      "12\"}"),
	  .want = "demo.json: line 1: a string must not begin with U+FDD0" },
	{ .label = "the mark in a string field",
	  RAW("{\"s\":\"\xef\xb7\x90\"}"),
	  .want = "demo.json: line 1: a string must not begin with U+FDD0" },
	{ .label = "a number as a key",
	  RAW("{1:2}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a big number as a key",
	  RAW("{12345678901234567890 :2}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a big number as a key that is data",
	  RAW("{\"pairs\":{-12345678901234567890\n:\"v\"}}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a big number at a word",
	  RAW("{\"b\":true12345678901234567890}"),
	  .want = "demo.json: line 1",
	  .begins = true },
	{ .label = "a word at a big number",
	  RAW("{\"u64\":12345678901234567890x}"),
	  .want = "demo.json: line 1",
	  .begins = true },
};

static void test_bad(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(bad); i++) {
		/* as long as it says, so that a sanitizer sees who reads on */
		char *exact = malloc(bad[i].n ? bad[i].n : 1);
		struct demo d;
		struct err e;

		memcpy(exact, bad[i].in, bad[i].n);
		CHECK(bad[i].label, load(exact, bad[i].n, &d, &a, &e) == -1);
		if (bad[i].begins && strlen(e.text) > strlen(bad[i].want))
			e.text[strlen(bad[i].want)] = '\0';
		CHECK_SAME(bad[i].label, e.text, bad[i].want);
		free(exact);
	}
	arena_free(&a);
}

/* ---- numbers: exact or refused ---- */

#define I32_RANGE "expected an integer from -2147483648 to 2147483647"
#define U16_RANGE "expected an unsigned integer from 0 to 65535"
#define U32_RANGE "expected an unsigned integer from 0 to 4294967295"
#define I64_RANGE "expected an integer from -9223372036854775808 to 9223372036854775807"
#define U64_RANGE "expected an unsigned integer from 0 to 18446744073709551615"
#define SYNTAX "invalid JSON"

static const struct {
	const char *label, *key, *in;
	uint64_t want; /* as bits */
	const char *error;
} numbers[] = {
	{ .label = "int32: smallest",
	  .key = "i32",
	  .in = "-2147483648",
	  .want = (uint64_t)INT32_MIN },
	{ .label = "int32: largest", .key = "i32", .in = "2147483647", .want = INT32_MAX },
	{ .label = "int32: below", .key = "i32", .in = "-2147483649", .error = I32_RANGE },
	{ .label = "int32: above", .key = "i32", .in = "2147483648", .error = I32_RANGE },
	{ .label = "int32: 2^32 does not wrap",
	  .key = "i32",
	  .in = "4294967296",
	  .error = I32_RANGE },
	{ .label = "int32: 2^64 does not wrap",
	  .key = "i32",
	  .in = "18446744073709551616",
	  .error = I32_RANGE },
	{ .label = "int32: optional, smallest",
	  .key = "optI32",
	  .in = "-2147483648",
	  .want = (uint64_t)INT32_MIN },
	{ .label = "int32: optional, far below",
	  .key = "optI32",
	  .in = "-9223372036854775809",
	  .error = I32_RANGE },

	{ .label = "uint16: largest", .key = "optU16", .in = "65535", .want = UINT16_MAX },
	{ .label = "uint16: above", .key = "optU16", .in = "65536", .error = U16_RANGE },
	{ .label = "uint16: negative", .key = "optU16", .in = "-1", .error = U16_RANGE },

	{ .label = "uint32: largest", .key = "u32", .in = "4294967295", .want = UINT32_MAX },
	{ .label = "uint32: above", .key = "u32", .in = "4294967296", .error = U32_RANGE },
	{ .label = "uint32: minus one is not 2^32-1",
	  .key = "u32",
	  .in = "-1",
	  .error = U32_RANGE },
	{ .label = "uint32: minus zero", .key = "u32", .in = "-0", .want = 0 },
	{ .label = "uint32: optional, above",
	  .key = "optU32",
	  .in = "99999999999999999999",
	  .error = U32_RANGE },
	{ .label = "uint32: far below",
	  .key = "u32",
	  .in = "-9223372036854775808",
	  .error = U32_RANGE },

	{ .label = "int64: smallest",
	  .key = "i64",
	  .in = "-9223372036854775808",
	  .want = (uint64_t)INT64_MIN },
	{ .label = "int64: largest",
	  .key = "i64",
	  .in = "9223372036854775807",
	  .want = INT64_MAX },
	{ .label = "int64: below",
	  .key = "i64",
	  .in = "-9223372036854775809",
	  .error = I64_RANGE },
	{ .label = "int64: above",
	  .key = "i64",
	  .in = "9223372036854775808",
	  .error = I64_RANGE },
	{ .label = "int64: 2^64-1 is not -1",
	  .key = "i64",
	  .in = "18446744073709551615",
	  .error = I64_RANGE },
	{ .label = "int64: 18 digits",
	  .key = "i64",
	  .in = "-999999999999999999",
	  .want = (uint64_t)-999999999999999999 },
	{ .label = "int64: 19 digits",
	  .key = "i64",
	  .in = "-1000000000000000000",
	  .want = (uint64_t)-1000000000000000000 },
	{ .label = "int64: optional, largest",
	  .key = "optI64",
	  .in = "9223372036854775807",
	  .want = INT64_MAX },

	{ .label = "uint64: zero", .key = "u64", .in = "0", .want = 0 },
	{ .label = "uint64: 18 digits",
	  .key = "u64",
	  .in = "999999999999999999",
	  .want = 999999999999999999 },
	{ .label = "uint64: 19 digits",
	  .key = "u64",
	  .in = "1000000000000000000",
	  .want = 1000000000000000000 },
	{ .label = "uint64: largest of 19 digits",
	  .key = "u64",
	  .in = "9999999999999999999",
	  .want = 9999999999999999999u },
	{ .label = "uint64: one above int64",
	  .key = "u64",
	  .in = "9223372036854775808",
	  .want = 9223372036854775808u },
	{ .label = "uint64: largest",
	  .key = "u64",
	  .in = "18446744073709551615",
	  .want = UINT64_MAX },
	{ .label = "uint64: 2^64",
	  .key = "u64",
	  .in = "18446744073709551616",
	  .error = U64_RANGE },
	{ .label = "uint64: 2^64 + 2^32",
	  .key = "u64",
	  .in = "18446744078004518912",
	  .error = U64_RANGE },
	{ .label = "uint64: many digits",
	  .key = "u64",
	  .in = "99999999999999999999999999999999999999999999999999",
	  .error = U64_RANGE },
	{ .label = "uint64: negative", .key = "u64", .in = "-1", .error = U64_RANGE },
	{ .label = "uint64: far below",
	  .key = "u64",
	  .in = "-9223372036854775809",
	  .error = U64_RANGE },
	{ .label = "uint64: optional, largest",
	  .key = "optU64",
	  .in = "18446744073709551615",
	  .want = UINT64_MAX },
	{ .label = "uint64: optional, 2^64",
	  .key = "optU64",
	  .in = "18446744073709551616",
	  .error = U64_RANGE },

	{ .label = "a real number",
	  .key = "u64",
	  .in = "1.5",
	  .error = "not a real number" },
	{ .label = "a real number without a fraction",
	  .key = "i32",
	  .in = "1.0",
	  .error = "not a real number" },
	{ .label = "an exponent", .key = "u64", .in = "1e3", .error = "not a real number" },
	{ .label = "an exponent behind many digits",
	  .key = "u64",
	  .in = "10000000000000000000E0",
	  .error = "not a real number" },
	{ .label = "a fraction behind many digits",
	  .key = "u64",
	  .in = "18446744073709551615.0",
	  .error = "not a real number" },
	{ .label = "many digits behind the point",
	  .key = "u64",
	  .in = "0.12345678901234567890",
	  .error = "not a real number" },
	{ .label = "an exponent of many digits",
	  .key = "u64",
	  .in = "1e18446744073709551615",
	  .error = SYNTAX },
	{ .label = "two signs", .key = "i64", .in = "--1", .error = SYNTAX },
	{ .label = "a plus", .key = "u64", .in = "+1", .error = SYNTAX },
	{ .label = "a minus alone", .key = "u64", .in = "-", .error = SYNTAX },
	{ .label = "a zero in front", .key = "u64", .in = "0123", .error = SYNTAX },
	{ .label = "a zero in front of many digits",
	  .key = "u64",
	  .in = "01234567890123456789",
	  .error = SYNTAX },
	{ .label = "many zeros",
	  .key = "u64",
	  .in = "00000000000000000000",
	  .error = SYNTAX },
	{ .label = "minus and a zero in front of many digits",
	  .key = "i64",
	  .in = "-0000000000000000001",
	  .error = SYNTAX },
	{ .label = "a minus inside many digits",
	  .key = "u64",
	  .in = "1234567890123456789-0",
	  .error = SYNTAX },
	{ .label = "hexadecimal", .key = "u64", .in = "0x10", .error = SYNTAX },
	{ .label = "underscores", .key = "u64", .in = "1_000", .error = SYNTAX },
	{ .label = "a point in front", .key = "u64", .in = ".5", .error = SYNTAX },
	{ .label = "not a number", .key = "u64", .in = "NaN", .error = SYNTAX },
	{ .label = "infinity", .key = "u64", .in = "-Infinity", .error = SYNTAX },
};

/* The number by its field's row, as 64 bits. */
static uint64_t bits_of(const struct demo *d, const char *key)
{
	const struct field *f = demo_table.fields;
	const void *at;

	while (strcmp(f->key, key) != 0)
		f++;
	at = (const char *)d + f->at;
	if (f->opt)
		at = *(const void *const *)at;
	if (!at)
		return 77;
	if (f->kind == K_I32)
		return (uint64_t)(int64_t) * (const int32_t *)at;
	if (f->kind == K_U16)
		return *(const uint16_t *)at;
	if (f->kind == K_U32)
		return *(const uint32_t *)at;
	return *(const uint64_t *)at;
}

static void test_numbers(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(numbers); i++) {
		OWN_TEXT doc = { 0 };
		struct demo d;
		struct err e;
		int ret;

		text_printf(&doc, "{\"%s\":%s}", numbers[i].key, numbers[i].in);
		ret = load(doc.s, doc.len, &d, &a, &e);
		if (numbers[i].error)
			CHECK(numbers[i].label,
			      ret < 0 && strstr(e.text, numbers[i].error));
		else
			CHECK(numbers[i].label,
			      ret == 0 && bits_of(&d, numbers[i].key) == numbers[i].want);
	}
	arena_free(&a);
}

/* Quotes and backslashes must not make the pass for big numbers lose its place. */
static void test_strings(void)
{
	static const struct {
		const char *label, *in, *want;
	} rows[] = {
		{ .label = "digits in a string",
		  .in = "{\"s\":\"12345678901234567890\"}",
		  .want = "12345678901234567890" },
		{ .label = "a backslash before the quote",
		  .in = "{\"s\":\"\\\\\",\"u64\":18446744073709551615}",
		  .want = "\\" },
		{ .label = "a quote in the string",
		  .in = "{\"s\":\"\\\"18446744073709551615\\\"\",\"u64\":18446744073709551615}",
		  .want = "\"18446744073709551615\"" },
		{ .label = "brackets in a string",
		  .in = "{\"s\":\"]]}}[[{{\"}",
		  .want = "]]}}[[{{" },
		{ .label = "escapes",
		  .in = "{\"s\":\"\\b\\f\\n\\r\\t\\/\\u00e9\\ud83d\\ude00\"}",
		  .want = "\b\f\n\r\t/\xc3\xa9\xf0\x9f\x98\x80" },
		{ .label = "the mark of big numbers inside a string",
		  .in = "{\"s\":\"x\\ufdd0\"}",
		  .want = "x\xef\xb7\x90" },
		{ .label = "another noncharacter in front",
		  .in = "{\"s\":\"\\ufdd1\"}",
		  .want = "\xef\xb7\x91" },
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct demo d;
		struct err e;

		CHECK_SAME(rows[i].label,
			   load(rows[i].in, strlen(rows[i].in), &d, &a, &e) == 0 ? d.s :
										   e.text,
			   rows[i].want);
	}
	arena_free(&a);
}

/* ---- depth ---- */

static int load_nested(size_t depth, const char *open, const char *close, struct err *e)
{
	struct arena a = { 0 };
	OWN_TEXT doc = { 0 };
	struct demo d;
	int ret;

	text_add(&doc, "{\"x\":");
	for (size_t i = 1; i < depth; i++)
		text_add(&doc, open);
	text_add(&doc, "1");
	for (size_t i = 1; i < depth; i++)
		text_add(&doc, close);
	text_add(&doc, "}");
	ret = load(doc.s, doc.len, &d, &a, e);
	arena_free(&a);
	return ret;
}

static void test_depth(void)
{
	struct err e;
	clock_t start = clock();

	CHECK("64 levels of arrays", load_nested(64, "[", "]", &e) == 0);
	CHECK("64 levels of objects", load_nested(64, "{\"x\":", "}", &e) == 0);
	CHECK("65 levels", load_nested(65, "[", "]", &e) < 0);
	CHECK_SAME("65 levels, in words", e.text,
		   "demo.json: line 1: nested deeper than 64 levels");
	CHECK("100000 levels of arrays", load_nested(100000, "[", "]", &e) < 0);
	CHECK("100000 levels of objects, never closed",
	      load_nested(100000, "{\"x\":", "", &e) < 0);
	CHECK("100000 levels take no time", clock() - start < 2 * CLOCKS_PER_SEC);
	CHECK("many lists in a row are not deep", load_nested(2, "[],[],[", "]", &e) < 0);
	{
		struct arena a = { 0 };
		OWN_TEXT doc = { 0 };
		struct demo d;

		text_add(&doc, "{\"x\":[");
		for (int i = 0; i < 1000; i++)
			text_add(&doc, "[],{},");
		text_add(&doc, "1]}");
		CHECK("closing counts back", load(doc.s, doc.len, &d, &a, &e) == 0);
		arena_free(&a);
	}
}

/* ---- damage ---- */

static void test_truncated(void)
{
	size_t n = strlen(full), survived = 0;

	for (size_t i = 0; i < n; i++) {
		struct arena a = { 0 };
		char *exact = malloc(i ? i : 1);
		struct demo d;
		struct err e;

		memcpy(exact, full, i);
		survived += load(exact, i, &d, &a, &e) == 0 || !*e.text;
		free(exact);
		arena_free(&a);
	}
	CHECK("no beginning of a document is one", survived == 0);
}

/* Whatever byte changes: an answer, never a crash; and if it is no, then with words. */
static void test_mutated(void)
{
	static const char bytes[] = { 0,   1,    '"',        '\\',       '{',
				      '}', '[',  ']',        ',',        ':',
				      '-', '0',  '9',        'e',        '.',
				      ' ', '\n', (char)0x80, (char)0xc3, (char)0xff };
	size_t n = strlen(full), silent = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(bytes); k++) {
			struct arena a = { 0 };
			char *copy = malloc(n);
			struct demo d;
			struct err e;

			memcpy(copy, full, n);
			copy[i] = bytes[k];
			silent += load(copy, n, &d, &a, &e) < 0 && !*e.text;
			free(copy);
			arena_free(&a);
		}
	CHECK("a damaged document is refused with words", silent == 0);
}

/* ---- printing ---- */

static const struct demo zero;
static const bool no = false;
static const uint16_t zero16 = 0;
static char *const two[] = { (char *)(uintptr_t) "a", (char *)(uintptr_t) "<", NULL };

static const struct demo printed = {
	.s = "x",
	.i64 = INT64_MIN,
	.u64 = UINT64_MAX,
	.word = -1,
	.obj = &(const struct box){ 0 },
	.strs = { two, 2 },
	.u32s = { (const uint32_t[]){ 0, UINT32_MAX }, 2 },
	.u64s = { (const uint64_t[]){ 0, UINT64_MAX }, 2 },
	.counts = { (const struct count[]){ { "a", 0 }, { "b<", UINT64_MAX } }, 2 },
	.num = "0.01",
	.pairs = { (const struct pair[]){ { "k", "" }, { "&", "v" } }, 2 },
	.list = { (const struct item[]){ { .name = NULL }, { .name = "n", .hard = 1 } },
		  2 },
	.map = { (const struct entry[]){ { "e0", 0 }, { "e1", 1 } }, 2 },
	.opt_b = &no,
	.opt_u16 = &zero16,
	.shown = "s",
};

static const struct {
	const char *label, *indent;
	const struct demo *in;
	const char *want;
} prints[] = {
	{ .label = "nothing but what is always shown",
	  .in = &zero,
	  .want = "{\"shown\":\"\"}" },
	{ .label = "compact: in the order of the rows, zeros left out",
	  .in = &printed,
	  .want = "{\"s\":\"x\",\"i64\":-9223372036854775808,\"u64\":18446744073709551615,"
		  "\"word\":\"minus\",\"obj\":{\"height\":0},\"strs\":[\"a\",\"\\u003c\"],"
		  "\"u32s\":[0,4294967295],\"u64s\":[0,18446744073709551615],"
		  "\"counts\":{\"a\":0,\"b\\u003c\":18446744073709551615},\"num\":0.01,"
		  "\"pairs\":{\"k\":\"\",\"\\u0026\":\"v\"},"
		  "\"list\":[{\"name\":\"\"},{\"name\":\"n\",\"hard\":1}],"
		  "\"map\":{\"e0\":{},\"e1\":{\"size\":1}},\"optB\":false,\"optU16\":0,"
		  "\"shown\":\"s\"}" },
	{ .label = "tabs",
	  .indent = "\t",
	  .in = &printed,
	  .want = "{\n"
		  "\t\"s\": \"x\",\n"
		  "\t\"i64\": -9223372036854775808,\n"
		  "\t\"u64\": 18446744073709551615,\n"
		  "\t\"word\": \"minus\",\n"
		  "\t\"obj\": {\n"
		  "\t\t\"height\": 0\n"
		  "\t},\n"
		  "\t\"strs\": [\n"
		  "\t\t\"a\",\n"
		  "\t\t\"\\u003c\"\n"
		  "\t],\n"
		  "\t\"u32s\": [\n"
		  "\t\t0,\n"
		  "\t\t4294967295\n"
		  "\t],\n"
		  "\t\"u64s\": [\n"
		  "\t\t0,\n"
		  "\t\t18446744073709551615\n"
		  "\t],\n"
		  "\t\"counts\": {\n"
		  "\t\t\"a\": 0,\n"
		  "\t\t\"b\\u003c\": 18446744073709551615\n"
		  "\t},\n"
		  "\t\"num\": 0.01,\n"
		  "\t\"pairs\": {\n"
		  "\t\t\"k\": \"\",\n"
		  "\t\t\"\\u0026\": \"v\"\n"
		  "\t},\n"
		  "\t\"list\": [\n"
		  "\t\t{\n"
		  "\t\t\t\"name\": \"\"\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t\"name\": \"n\",\n"
		  "\t\t\t\"hard\": 1\n"
		  "\t\t}\n"
		  "\t],\n"
		  "\t\"map\": {\n"
		  "\t\t\"e0\": {},\n"
		  "\t\t\"e1\": {\n"
		  "\t\t\t\"size\": 1\n"
		  "\t\t}\n"
		  "\t},\n"
		  "\t\"optB\": false,\n"
		  "\t\"optU16\": 0,\n"
		  "\t\"shown\": \"s\"\n"
		  "}" },
	{ .label = "two blanks",
	  .indent = "  ",
	  .in = &(const struct demo){ .obj = &(const struct box){ .height = 1 } },
	  .want = "{\n  \"obj\": {\n    \"height\": 1\n  },\n  \"shown\": \"\"\n}" },
};

struct lists {
	struct strings strs;
	struct pairs pairs;
	LIST(struct item) list;
	int word;
};

/* clang-format off */
static const struct table lists_table = { sizeof(struct lists), (const struct field[]) {
	{ "strs",  F_STRS(lists, strs), .show = true },
	{ "pairs", F_PAIRS(lists, pairs), .need = true },
	{ "list",  F_LIST(lists, list, item, &item_table), .show = true },
	{ "word",  F_WORD(lists, word, words), .need = true },
	{ 0 } } };
static const struct table nothing_table = { sizeof(struct lists), (const struct field[]) {
	{ "list",  F_LIST(lists, list, item, &item_table) },
	{ 0 } } };
/* clang-format on */

static void test_prints(void)
{
	static const struct lists empty;
	OWN_TEXT compact = { 0 };
	OWN_TEXT indented = { 0 };
	OWN_TEXT shown = { 0 };
	OWN_TEXT nothing = { 0 };

	for (size_t i = 0; i < COUNT(prints); i++) {
		OWN_TEXT out = { 0 };

		json_print(&out, &demo_table, prints[i].in, prints[i].indent);
		CHECK_SAME(prints[i].label, text_str(&out), prints[i].want);
	}
	json_print(&compact, &lists_table, &empty, NULL);
	CHECK_SAME("empty lists that are shown", text_str(&compact),
		   "{\"strs\":[],\"pairs\":{},\"list\":[],\"word\":\"zero\"}");
	json_print(&indented, &lists_table, &empty, "\t");
	CHECK_SAME("empty lists have no line breaks", text_str(&indented),
		   "{\n\t\"strs\": [],\n\t\"pairs\": {},\n\t\"list\": [],\n\t\"word\": \"zero\"\n}");
	json_print(&nothing, &nothing_table, &empty, "    ");
	CHECK_SAME("an object with nothing in it", text_str(&nothing), "{}");
	json_print(&shown, &shown_table, &zero, NULL);
	CHECK_SAME("what is shown even if it is not there", text_str(&shown),
		   "{\"num\":0,\"u64s\":[],\"obj\":null}");
}

static const struct {
	const char *label, *in, *want;
} quotes[] = {
	{ .label = "plain", .in = "/bin/sh -c", .want = "\"/bin/sh -c\"" },
	{ .label = "empty", .in = "", .want = "\"\"" },
	{ .label = "quote and backslash", .in = "\"\\", .want = "\"\\\"\\\\\"" },
	{ .label = "line ends and tabs", .in = "\n\r\t", .want = "\"\\n\\r\\t\"" },
	{ .label = "other control characters",
	  .in = "\x01\x1b\x1f",
	  .want = "\"\\u0001\\u001b\\u001f\"" },
	{ .label = "what HTML would take for its own",
	  .in = "<a>&",
	  .want = "\"\\u003ca\\u003e\\u0026\"" },
	{ .label = "delete and slash stay", .in = "\x7f/", .want = "\"\x7f/\"" },
	{ .label = "two, three and four bytes",
	  .in = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	  .want = "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ .label = "the line ends of JavaScript",
	  .in = "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
	  .want = "\"\\u2028\\u2029\xe2\x80\xaa\"" },
	{ .label = "the last characters of each length",
	  .in = "\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf",
	  .want = "\"\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf\"" },
#define BAD "\xef\xbf\xbd"
	{ .label = "bytes that never are UTF-8",
	  .in = "a\xff\xfe",
	  .want = "\"a" BAD BAD "\"" },
	{ .label = "a continuation alone", .in = "\x80z", .want = "\"" BAD "z\"" },
	{ .label = "too long for what it says",
	  .in = "\xc0\xaf",
	  .want = "\"" BAD BAD "\"" },
	{ .label = "too long in three",
	  .in = "\xe0\x80\xaf",
	  .want = "\"" BAD BAD BAD "\"" },
	{ .label = "too long in four",
	  .in = "\xf0\x80\x80\xaf",
	  .want = "\"" BAD BAD BAD BAD "\"" },
	{ .label = "a surrogate", .in = "\xed\xa0\x80", .want = "\"" BAD BAD BAD "\"" },
	{ .label = "beyond Unicode",
	  .in = "\xf4\x90\x80\x80",
	  .want = "\"" BAD BAD BAD BAD "\"" },
	{ .label = "cut off by the end", .in = "x\xe2\x82", .want = "\"x" BAD BAD "\"" },
	{ .label = "cut off by the end, in four",
	  .in = "\xf0\x9f\x98",
	  .want = "\"" BAD BAD BAD "\"" },
	{ .label = "cut off by a letter", .in = "\xe2\x82z", .want = "\"" BAD BAD "z\"" },
};

static void test_quotes(void)
{
	for (size_t i = 0; i < COUNT(quotes); i++) {
		OWN_TEXT out = { 0 };
		/* as long as it is, for the sanitizers */
		char *exact = strdup(quotes[i].in);
		json_t *back;

		json_quote(&out, exact);
		CHECK_SAME(quotes[i].label, text_str(&out), quotes[i].want);
		back = json_loads(text_str(&out), JSON_DECODE_ANY, NULL);
		if (!json_is_string(back))
			CHECK("what is printed can be read", false);
		json_decref(back);
		free(exact);
	}
}

static void test_round_trip(void)
{
	static const char *const indents[] = { NULL, "\t", "    " };

	for (size_t i = 0; i < COUNT(indents); i++) {
		struct arena a = { 0 };
		OWN_TEXT out = { 0 };
		OWN_TEXT again = { 0 };
		struct demo d;
		struct err e;

		CHECK("round trip: read", load(full, strlen(full), &d, &a, &e) == 0);
		json_print(&out, &demo_table, &d, indents[i]);
		CHECK("round trip: read what was printed",
		      load(out.s, out.len, &d, &a, &e) == 0);
		json_print(&again, &demo_table, &d, NULL);
		CHECK_SAME("round trip: nothing lost", text_str(&again), full);
		arena_free(&a);
	}
}

int main(void)
{
	test_full();
	test_absent();
	test_bad();
	test_numbers();
	test_strings();
	test_depth();
	test_truncated();
	test_mutated();
	test_prints();
	test_quotes();
	test_round_trip();
	return tap_done();
}
