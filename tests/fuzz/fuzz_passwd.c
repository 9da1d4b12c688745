/* SPDX-License-Identifier: Apache-2.0 */
/* The image's /etc/passwd, where HOME comes from, and the environment around it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "process/process.h"

#include "fuzz/fuzz.h"

static char dir_name[] = "/tmp/runc-fuzz-passwd-XXXXXX";
static int root = -1;

static void leave(void)
{
	unlinkat(root, "etc/passwd", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	rmdir(dir_name);
}

static void enter(void)
{
	if (root >= 0)
		return;
	MUST(mkdtemp(dir_name));
	root = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(root >= 0 && mkdirat(root, "etc", 0700) == 0);
	atexit(leave);
}

static void write_file(const char *text)
{
	OWN_FD fd = openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			   0600);

	MUST(fd >= 0 && io_write_all(fd, text, strlen(text)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR env = fuzz_part(&data, &size);
	OWN_STR passwd = fuzz_part(&data, &size);
	char *v[FUZZ_WORDS + 1];
	struct process_plan p = { .uid = 1000 };
	struct arena a = { 0 };
	char *const *made;
	size_t homes = 0;

	fuzz_quiet();
	enter();
	write_file(passwd);
	p.env = fuzz_lines(env, v);
	made = process_make_env(&p, root, &a);
	for (size_t i = 0; made[i]; i++) {
		homes += text_starts(made[i], "HOME=");
		MUST(!text_starts(made[i], "HOME=") || made[i][5]);
	}
	MUST(homes == 1);
	arena_free(&a);
	return 0;
}
