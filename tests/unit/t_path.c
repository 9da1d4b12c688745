/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "base/text.h"
#include "unit/tap.h"

static const struct {
	const char *label, *in, *want;
} cleans[] = {
	{ .label = "nothing is here", .in = "", .want = "." },
	{ .label = "one dot", .in = ".", .want = "." },
	{ .label = "dots and slashes alone", .in = "././/.", .want = "." },
	{ .label = "root", .in = "/", .want = "/" },
	{ .label = "many slashes are root", .in = "////", .want = "/" },
	{ .label = "clean already", .in = "a/b", .want = "a/b" },
	{ .label = "clean and absolute", .in = "/a/b", .want = "/a/b" },
	{ .label = "slashes in a row", .in = "/a//b///c", .want = "/a/b/c" },
	{ .label = "slash at the end", .in = "/a/b/", .want = "/a/b" },
	{ .label = "dot inside", .in = "a/./b/.", .want = "a/b" },
	{ .label = "dotdot takes one back", .in = "/a/b/../c", .want = "/a/c" },
	{ .label = "dotdot takes all back", .in = "a/b/../..", .want = "." },
	{ .label = "absolute: all back is root", .in = "/a/b/../..", .want = "/" },
	{ .label = "absolute: not above root", .in = "/../../etc", .want = "/etc" },
	{ .label = "absolute: not above root in between",
	  .in = "/a/../../b",
	  .want = "/b" },
	{ .label = "absolute: dotdot alone", .in = "/..", .want = "/" },
	{ .label = "relative: keeps what leads out",
	  .in = "../../etc",
	  .want = "../../etc" },
	{ .label = "relative: leads out later", .in = "a/../../b", .want = "../b" },
	{ .label = "relative: back after leading out", .in = "../a/..", .want = ".." },
	{ .label = "relative: out, in, out", .in = "../a/../..", .want = "../.." },
	{ .label = "a name that ends in two dots", .in = "/a../..", .want = "/" },
	{ .label = "a relative name that ends in two dots",
	  .in = "a../b/..",
	  .want = "a.." },
	{ .label = "a name that begins with two dots", .in = "/..a/b", .want = "/..a/b" },
	{ .label = "three dots are a name", .in = "/.../..", .want = "/" },
	{ .label = "hidden name", .in = "/.a/./.b", .want = "/.a/.b" },
	{ .label = "blanks and control characters are letters",
	  .in = "/ \n/\t",
	  .want = "/ \n/\t" },
};

static const struct {
	const char *label, *path, *base, *want;
} absolutes[] = {
	{ .label = "absolute stays", .path = "/x/../y", .base = "/base", .want = "/y" },
	{ .label = "relative goes below", .path = "x", .base = "/base", .want = "/base/x" },
	{ .label = "empty is the base", .path = "", .base = "/base", .want = "/base" },
	{ .label = "base is root", .path = "x", .base = "/", .want = "/x" },
	{ .label = "out of the base", .path = "../x", .base = "/base", .want = "/x" },
	{ .label = "not out of root", .path = "../../../x", .base = "/b", .want = "/x" },
};

static const struct {
	const char *label, *path, *root;
	bool want;
} belows[] = {
	{ .label = "itself", .path = "/a/b", .root = "/a/b", .want = true },
	{ .label = "a child", .path = "/a/b/c", .root = "/a/b", .want = true },
	{ .label = "a longer name is no child", .path = "/a/bc", .root = "/a/b" },
	{ .label = "the parent", .path = "/a", .root = "/a/b" },
	{ .label = "somewhere else", .path = "/x", .root = "/a" },
	{ .label = "all is below root", .path = "/a", .root = "/", .want = true },
	{ .label = "root is below root", .path = "/", .root = "/", .want = true },
	{ .label = "a relative path is not", .path = "a", .root = "/" },
	{ .label = "root is not below others", .path = "/", .root = "/a" },
};

/* The result never needs more than was asked for: the sanitizers look on. */
static void test_long(struct arena *a)
{
	OWN_TEXT up = { 0 };
	OWN_TEXT down = { 0 };
	const char *clean;

	for (int i = 0; i < 20000; i++) {
		text_add(&down, "/a");
		text_add(&up, "/..");
	}
	CHECK_SAME("a long path stays", path_clean(text_str(&down), a), text_str(&down));
	CHECK_SAME("a long way up ends at root", path_clean(text_str(&up), a), "/");
	CHECK_SAME("a long relative way up stays", path_clean(text_str(&up) + 1, a),
		   text_str(&up) + 1);
	text_add(&down, text_str(&up));
	clean = path_clean(text_str(&down) + 1, a);
	CHECK_SAME("all the way down and up again", clean, ".");
}

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(cleans); i++) {
		const char *clean = path_clean(cleans[i].in, &a);

		CHECK_SAME(cleans[i].label, clean, cleans[i].want);
		if (strcmp(path_clean(clean, &a), clean) != 0)
			CHECK("cleaning twice is cleaning once", false);
	}
	for (size_t i = 0; i < COUNT(absolutes); i++)
		CHECK_SAME(absolutes[i].label,
			   path_absolute(absolutes[i].path, absolutes[i].base, &a),
			   absolutes[i].want);
	for (size_t i = 0; i < COUNT(belows); i++)
		CHECK(belows[i].label,
		      path_is_below(belows[i].path, belows[i].root) == belows[i].want);
	test_long(&a);
	arena_free(&a);
	return tap_done();
}
