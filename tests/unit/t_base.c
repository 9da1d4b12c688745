/* SPDX-License-Identifier: Apache-2.0 */
/* Text, names, arenas, ownership: what everything else stands on. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/text.h"
#include "unit/tap.h"

/* ---- text ---- */

static const struct {
	const char *label, *s, *part;
	bool starts, ends;
} parts[] = {
	{ .label = "in front", .s = "rbind", .part = "r", .starts = true },
	{ .label = "behind", .s = "rbind", .part = "bind", .ends = true },
	{ .label = "all of it", .s = "ro", .part = "ro", .starts = true, .ends = true },
	{ .label = "nothing is always there",
	  .s = "ro",
	  .part = "",
	  .starts = true,
	  .ends = true },
	{ .label = "longer than the text", .s = "ro", .part = "rro" },
	{ .label = "in the middle", .s = "abc", .part = "b" },
	{ .label = "case matters", .s = "Private", .part = "private" },
	{ .label = "in nothing", .s = "", .part = "x" },
	{ .label = "nothing in nothing", .s = "", .part = "", .starts = true, .ends = true },
};

static void test_text(void)
{
	OWN_TEXT t = { 0 };
	OWN_TEXT big = { 0 };
	bool same = true;
	char *room;

	CHECK_SAME("empty text is readable", text_str(&t), "");
	text_cut(&t, 0);
	CHECK("cutting an empty text", t.s == NULL && t.len == 0);
	text_add(&t, "");
	CHECK("adding nothing gives a string", t.s && !*t.s && t.len == 0);
	text_add(&t, "mkdir");
	text_addc(&t, ' ');
	text_addn(&t, "/run/runc", 4);
	text_printf(&t, ": %s (%d)", "no", 7);
	CHECK_SAME("parts in a row", text_str(&t), "mkdir /run: no (7)");
	CHECK("length of the parts", t.len == 18);
	text_cut(&t, 99);
	CHECK("cutting behind the end changes nothing", t.len == 18);
	text_cut(&t, 10);
	CHECK_SAME("cut", text_str(&t), "mkdir /run");
	text_addn(&t, "a\0b", 3);
	CHECK("NUL bytes are counted", t.len == 13 && memcmp(t.s + 10, "a\0b", 4) == 0);

	room = text_room(&t, 5000);
	CHECK("room is behind the text", room == t.s + 13 && t.len == 13);
	memset(room, 'r', 5000);
	t.len += 5000;
	t.s[t.len] = '\0';
	CHECK("room is as large as asked for, and a NUL", strlen(t.s + 13) == 5000);

	for (int i = 0; i < 100000; i++)
		text_printf(&big, "%d,", i % 10);
	for (size_t i = 0; i < big.len; i++)
		same = same && big.s[i] == (i % 2 ? ',' : (char)('0' + i / 2 % 10));
	CHECK("grows without losing anything", same && big.len == 200000);

	errno = E2BIG;
	text_free(&big);
	CHECK("free empties and keeps errno",
	      !big.s && !big.len && !big.size && errno == E2BIG);
	text_add(&big, "again");
	CHECK_SAME("a freed text can be used again", text_str(&big), "again");
}

/* ---- names ---- */

static const struct name colours[] = {
	{ "red", 1 }, { "blue", -2 }, { "azure", -2 }, { "huge", INT64_MAX }, { 0 },
};
static const struct name no_names[] = { { 0 } };

static void test_names(void)
{
	OWN_TEXT list = { 0 };
	int64_t num = 77;

	CHECK("word to number", names_find(colours, "blue", &num) && num == -2);
	CHECK("largest number", names_find(colours, "huge", &num) && num == INT64_MAX);
	num = 77;
	CHECK("case matters", !names_find(colours, "Red", &num));
	CHECK("a beginning is no word", !names_find(colours, "re", &num));
	CHECK("a longer word is another", !names_find(colours, "redder", &num));
	CHECK("nothing is no word", !names_find(colours, "", &num));
	CHECK("an empty table knows nothing", !names_find(no_names, "red", &num));
	CHECK("not found leaves the number alone", num == 77);
	CHECK_SAME("number to word", names_word(colours, 1), "red");
	CHECK_SAME("the first of two words", names_word(colours, -2), "blue");
	CHECK_SAME("a number without a word", names_word(colours, 5), NULL);
	CHECK_SAME("zero is not the end of the table", names_word(colours, 0), NULL);
	names_list(no_names, &list);
	CHECK_SAME("list of nothing", text_str(&list), "");
	text_add(&list, "one of ");
	names_list(colours, &list);
	CHECK_SAME("list", text_str(&list), "one of red, blue, azure, huge");
}

/* ---- arena ---- */

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void test_arena(void)
{
	static const size_t sizes[] = { 1, 3, 16, 17, 8191, 8192, 8193, 100000, 0, 5 };
	struct arena a = { 0 };
	bool aligned = true, zeroed = true;
	unsigned char *first = NULL;
	char *copy;

	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < COUNT(sizes); i++) {
			unsigned char *p = arena_new(&a, sizes[i], 1);

			first = first ? first : p;
			aligned = aligned && (uintptr_t)p % 16 == 0;
			zeroed = zeroed && is_zero(p, sizes[i]);
			memset(p, 0xee, sizes[i]);
		}
	CHECK("aligned for any type", aligned);
	CHECK("zeroed, and nobody else's", zeroed);
	CHECK("what was given out stays", *first == 0xee);

	CHECK_SAME("copy", arena_dup(&a, "private"), "private");
	CHECK_SAME("copy of nothing", arena_dup(&a, ""), "");
	CHECK_SAME("copy of a part", arena_ndup(&a, "private", 4), "priv");
	copy = arena_ndup(&a, "a\0b", 3);
	CHECK("copy with a NUL byte", memcmp(copy, "a\0b", 4) == 0);
	CHECK_SAME("printed", arena_printf(&a, "%s/%u", "/run/runc", 7u), "/run/runc/7");
	copy = arena_printf(&a, "%0*d", 20000, 1);
	CHECK("printed, and longer than a chunk",
	      strlen(copy) == 20000 && copy[19999] == '1');
	arena_free(&a);
	CHECK("freed", a.head == NULL);
	arena_free(&a);
	CHECK_SAME("a freed arena can be used again", arena_dup(&a, "x"), "x");
	arena_free(&a);
}

/* ---- memory that is not there ---- */

static volatile size_t half = SIZE_MAX / 2, huge = SIZE_MAX;

static void arena_overflow(void)
{
	struct arena a = { 0 };

	memset(arena_new(&a, half, 3), 1, 16);
}

static void arena_too_big(void)
{
	struct arena a = { 0 };

	memset(arena_new(&a, huge, 1), 1, 16);
}

static void mem_overflow(void)
{
	memset(mem_new(half, 3), 1, 16);
}

static void grow_overflow(void)
{
	memset(mem_grow(NULL, half, 3), 1, 16);
}

static const struct {
	const char *label;
	void (*run)(void);
} floods[] = {
	{ .label = "count times size wraps: arena", .run = arena_overflow },
	{ .label = "all of the address space: arena", .run = arena_too_big },
	{ .label = "count times size wraps: new", .run = mem_overflow },
	{ .label = "count times size wraps: grow", .run = grow_overflow },
};

/* Running out of memory ends the process; it never gives out less than was asked for. */
static bool ends_the_process(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		run();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) != 0;
}

/* ---- ownership ---- */

static int open_null(void)
{
	OWN_FD fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return fd_take(&fd);
}

static int open_and_leave(void)
{
	OWN_FD fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	OWN_STR text = mem_dup("freed at the end");

	(void)text;
	errno = EXDEV;
	return fd;
}

static void test_own(void)
{
	int fd = open_null();

	CHECK("what was taken out stays open", fcntl(fd, F_GETFD) >= 0);
	errno = EXDEV;
	fd_close(&fd);
	CHECK("closed once, marked, errno kept", fd == -1 && errno == EXDEV);
	fd_close(&fd);
	CHECK("closing what is closed keeps errno", errno == EXDEV);
	fd = open_and_leave();
	CHECK("leaving keeps errno", errno == EXDEV);
	CHECK("what was not taken out is closed", fcntl(fd, F_GETFD) < 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(parts); i++)
		CHECK(parts[i].label,
		      text_starts(parts[i].s, parts[i].part) == parts[i].starts &&
			      text_ends(parts[i].s, parts[i].part) == parts[i].ends);
	test_text();
	test_names();
	test_arena();
	for (size_t i = 0; i < COUNT(floods); i++)
		CHECK(floods[i].label, ends_the_process(floods[i].run));
	test_own();
	return tap_done();
}
