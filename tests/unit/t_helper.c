/* SPDX-License-Identifier: Apache-2.0 */
/* Helper programs: found beside runc, or where they are installed; refused if others may
 * change them. A copy of this program stands for runc. */
#include <sys/wait.h>

#include "base/io.h"
#include "kernel/helper.h"
#include "kernel/spawn.h"

#include "unit/given.h"
#include "unit/tap.h"

#define NAME "runc-none-of-this-name"

static char *scratch;

static int find(const char *cwd)
{
	struct arena a = { 0 };
	struct err e;
	const char *path = helper_find(NAME, cwd, &a, &e);

	printf("%s\n", path ? path : e.text);
	arena_free(&a);
	return 0;
}

/* What the copy of ours says, started by this word from this directory. */
static const char *ask(const char *program, const char *word, const char *cwd,
		       struct arena *a)
{
	char *const argv[] = { (char *)(uintptr_t)word, (char *)(uintptr_t) "find",
			       (char *)(uintptr_t)cwd, NULL };
	const struct spawn s = {
		.path = program, .argv = argv, .envp = environ, .timeout_ms = -1
	};
	struct spawn_result r;
	struct spawned child;
	struct err e;
	char *said;

	if (spawn_start(&s, &child, &e) < 0 || spawn_finish(&child, &r, &e) < 0)
		given_fail(e.text);
	said = arena_dup(a, text_str(&r.out));
	spawn_result_free(&r);
	said[strcspn(said, "\n")] = '\0';
	return said;
}

static const char *in_scratch(struct arena *a, const char *name)
{
	return arena_printf(a, "%s/%s", scratch, name);
}

static void copy_self(const char *to)
{
	OWN_FD in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	OWN_FD out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	OWN_TEXT text = { 0 };

	if (in < 0 || out < 0 || io_read_all(in, 64u << 20, &text) < 0 ||
	    io_write_all(out, text.s, text.len) < 0)
		given_fail(to);
}

static void make_helper(const char *path, mode_t mode)
{
	OWN_FD fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	if (fd < 0 || fchmod(fd, mode) < 0)
		given_fail(path);
}

#define UNSAFE                                                                           \
	"cannot run %s: it may be changed by others than root and the caller (see the owner and mode of it and of its directory)"

static void check(struct arena *a)
{
	const char *runc = in_scratch(a, "runc"), *helper = in_scratch(a, NAME);
	const char *missing =
		"cannot run " HELPERDIR "/" NAME ": no such file or directory";
	const char *unsafe = arena_printf(a, UNSAFE, helper);

	CHECK_SAME("it is in neither place", ask(runc, runc, "/", a), missing);
	make_helper(helper, 0755);
	CHECK_SAME("beside runc", ask(runc, runc, "/", a), helper);
	CHECK_SAME("named from where the caller was", ask(runc, "./runc", scratch, a),
		   helper);
	CHECK_SAME("a bare name, as from PATH, says nothing",
		   ask(runc, "runc", scratch, a), missing);
	CHECK_SAME("a name that is another file's", ask(runc, "/bin/sh", "/", a), missing);
	if (symlink(runc, in_scratch(a, "link")) < 0)
		given_fail("symlink");
	CHECK_SAME("runc by a link", ask(runc, in_scratch(a, "link"), "/", a), helper);
	make_helper(helper, 0757);
	CHECK_SAME("anybody may write it", ask(runc, runc, "/", a), unsafe);
	make_helper(helper, 0755);
	chmod(scratch, 0757);
	CHECK_SAME("anybody may replace it", ask(runc, runc, "/", a), unsafe);
	chmod(scratch, 0755);
	if (geteuid() != 0) {
		tap_skip("another user's", "needs root");
	} else if (chown(helper, 4711, 0) == 0) {
		CHECK_SAME("another user's", ask(runc, runc, "/", a), unsafe);
	}
	if (unlink(helper) < 0 || symlink("/bin/sh", helper) < 0)
		given_fail("symlink");
	CHECK_SAME("a link", ask(runc, runc, "/", a),
		   arena_printf(a, "cannot run %s: it is not a regular file", helper));
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };

	if (argc == 3)
		return find(argv[2]);
	scratch = scratch_begin();
	chmod(scratch, 0755);
	copy_self(in_scratch(&a, "runc"));
	check(&a);
	scratch_end(scratch);
	arena_free(&a);
	return tap_done();
}
