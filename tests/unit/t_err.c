/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>

#include "unit/tap.h"

static const struct {
	const char *label;
	int sys;
	const char *want;
} words[] = {
	{ .label = "what containerd looks for after kill",
	  .sys = ESRCH,
	  .want = "no such process" },
	{ .label = "what podman turns into 127",
	  .sys = ENOENT,
	  .want = "no such file or directory" },
	{ .label = "what podman turns into 126",
	  .sys = EACCES,
	  .want = "permission denied" },
	{ .label = "another for 126", .sys = EPERM, .want = "operation not permitted" },
	{ .label = "only the first letter changes",
	  .sys = EIO,
	  .want = "input/output error" },
	{ .label = "an acronym stays", .sys = EDOTDOT, .want = "RFS specific error" },
	{ .label = "zero", .sys = 0, .want = "success" },
	{ .label = "a number nobody knows", .sys = 4000, .want = "errno 4000" },
	{ .label = "a negative number", .sys = -1, .want = "errno -1" },
};

static void test_shapes(void)
{
	struct err e = { .sys = 99 };
	int ret;

	ret = err_set(&e, "%s: %d is odd", "config.json", 3);
	CHECK("a rule of ours returns -1", ret == -1);
	CHECK("a rule of ours has no errno", e.sys == 0);
	CHECK_SAME("a rule of ours, in words", e.text, "config.json: 3 is odd");

	errno = EBUSY;
	ret = err_sys(&e, "mkdir %s", "/sys/fs/cgroup/web1");
	CHECK("the kernel's no returns -1", ret == -1);
	CHECK("the kernel's no is kept", e.sys == EBUSY);
	CHECK("errno itself stays", errno == EBUSY);
	CHECK_SAME("the kernel's no, in words", e.text,
		   "mkdir /sys/fs/cgroup/web1: device or resource busy");

	ret = err_in(&e, "make the %s", "cgroup");
	CHECK("context returns -1", ret == -1);
	CHECK("context keeps the errno", e.sys == EBUSY);
	err_in(&e, "runc create failed");
	CHECK_SAME("context stands in front, outermost first", e.text,
		   "runc create failed: make the cgroup: mkdir /sys/fs/cgroup/web1: device or resource busy");

	err_set(&e, "%s", "100% of %s");
	err_in(&e, "hook");
	CHECK_SAME("a percent sign in a text is no format", e.text, "hook: 100% of %s");
}

/* All that is said fits, however long the names in it are. */
static void test_truncation(void)
{
	char name[3 * ERR_TEXT];
	struct {
		struct err e;
		char after[16];
	} box;
	const struct err *e = &box.e;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(&box, '!', sizeof(box));

	err_set(&box.e, "open %s", name);
	CHECK("a long rule is cut", strlen(e->text) == ERR_TEXT - 1);

	errno = ENOENT;
	err_sys(&box.e, "open %s", name);
	CHECK("a long path is cut", strlen(e->text) == ERR_TEXT - 1);
	CHECK("the errno of a cut text", e->sys == ENOENT);

	err_in(&box.e, "outer");
	CHECK("context in front of a full text is there",
	      strncmp(e->text, "outer: open xxx", 15) == 0);
	CHECK("a full text with context is cut", strlen(e->text) == ERR_TEXT - 1);

	err_set(&box.e, "inner");
	err_in(&box.e, "%s", name);
	CHECK("context that fills everything", strlen(e->text) == ERR_TEXT - 1);

	err_set(&box.e, "inner");
	err_in(&box.e, "%.*s", ERR_TEXT - 4, name);
	CHECK("room for a part of the separator and the text",
	      strcmp(e->text + ERR_TEXT - 4, ": i") == 0);

	CHECK("nothing behind the value was touched",
	      memcmp(box.after, "!!!!!!!!!!!!!!!!", sizeof(box.after)) == 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(words); i++)
		CHECK_SAME(words[i].label, err_word(words[i].sys), words[i].want);
	test_shapes();
	test_truncation();
	return tap_done();
}
