/* SPDX-License-Identifier: Apache-2.0 */
/* state.json, as it may lie in the store: what is believed, and that it can be written
 * again and read the same. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/store.h"

#include "fuzz/fuzz.h"

static char dir_name[] = "/tmp/runc-fuzz-record-XXXXXX";
static int dir = -1;

static void leave(void)
{
	unlinkat(dir, STATE_FILE, 0);
	rmdir(dir_name);
}

static void enter(void)
{
	if (dir >= 0)
		return;
	MUST(mkdtemp(dir_name));
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(dir >= 0);
	atexit(leave);
}

static void write_file(const uint8_t *data, size_t size)
{
	OWN_FD fd =
		openat(dir, STATE_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && io_write_all(fd, data, size) == 0);
}

static void believe(const struct record *r, struct arena *a)
{
	OWN_TEXT first = { 0 };
	OWN_TEXT second = { 0 };
	struct record again;
	struct err e;

	MUST(r->pid >= 0);
	MUST(!strchr(r->id, '/') && *r->id != '.');
	record_label(r, "bundle");
	record_annotations(r, a);
	MUST(store_save(dir, STATE_FILE, r, &e) == 0);
	MUST(store_load(dir, STATE_FILE, &again, a, &e) == 1);
	json_print(&first, &record_table, r, NULL);
	json_print(&second, &record_table, &again, NULL);
	MUST(strcmp(text_str(&first), text_str(&second)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct record r;
	int ret;

	fuzz_quiet();
	enter();
	write_file(data, size);
	ret = store_load(dir, STATE_FILE, &r, &a, &e);
	MUST(ret == 1 || *e.text);
	if (ret == 1)
		believe(&r, &a);
	arena_free(&a);
	return 0;
}
