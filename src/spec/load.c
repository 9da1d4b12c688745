/* SPDX-License-Identifier: Apache-2.0 */
/* From file to const struct spec. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "spec/spec.h"

/* A FIFO or a device as config.json must neither hang nor exhaust us. */
static int read_regular(int dirfd, const char *name, struct text *text, struct err *e)
{
	OWN_FD fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, "JSON specification file %s not found", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a regular file", name);
	if (io_read_all(fd, SPEC_TEXT_MAX, text) < 0) {
		if (errno == EFBIG)
			return err_set(e, "%s: larger than %u MiB", name,
				       SPEC_TEXT_MAX >> 20);
		return err_sys(e, "read %s", name);
	}
	return 0;
}

/* Parts that everybody looks into are there, empty, even if the document left them out.
 */
static const struct spec_process *complete_process(const struct spec_process *process,
						   struct arena *a)
{
	struct spec_process *p;

	if (!process || process->user)
		return process;
	p = arena_new(a, 1, sizeof(*p));
	*p = *process;
	p->user = arena_new(a, 1, sizeof(*p->user));
	return p;
}

static size_t skip_blanks(const char *text, size_t n, size_t i)
{
	while (i < n && text[i] && strchr(" \t\r\n", text[i]))
		i++;
	return i;
}

static bool is_null_document(const char *text, size_t n)
{
	size_t i = skip_blanks(text, n, 0);

	return n - i >= 4 && memcmp(text + i, "null", 4) == 0 &&
	       skip_blanks(text, n, i + 4) == n;
}

const struct spec *spec_parse(const char *name, const char *text, size_t n,
			      struct arena *a, struct err *e)
{
	struct spec *s = arena_new(a, 1, sizeof(*s));

	if (is_null_document(text, n)) {
		err_set(e, "config cannot be null");
		return NULL;
	}
	if (json_load(name, text, n, &spec_table, s, a, e) < 0)
		return NULL;
	s->process = complete_process(s->process, a);
	if (!s->hooks)
		s->hooks = arena_new(a, 1, sizeof(*s->hooks));
	if (!s->linux)
		s->linux = arena_new(a, 1, sizeof(*s->linux));
	return spec_check_patterns(s, e) < 0 ? NULL : s;
}

const struct spec *spec_load(int dirfd, const char *name, struct arena *a,
			     struct text *text, struct err *e)
{
	const struct spec *s = NULL;
	OWN_TEXT read = { 0 };

	if (read_regular(dirfd, name, &read, e) == 0)
		s = spec_parse(name, text_str(&read), read.len, a, e);
	if (!s || spec_check(s, e) < 0)
		return NULL;
	if (text) {
		*text = read;
		read = (struct text){ 0 };
	}
	return s;
}

const struct spec_process *spec_load_process(const char *path, struct arena *a,
					     struct err *e)
{
	struct spec_process *p = arena_new(a, 1, sizeof(*p));
	OWN_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	const struct spec_process *whole;
	OWN_TEXT text = { 0 };

	if (fd < 0 || io_read_all(fd, SPEC_TEXT_MAX, &text) < 0) {
		err_sys(e, "open %s", path);
		return NULL;
	}
	if (json_load(path, text_str(&text), text.len, &spec_process_table, p, a, e) < 0)
		return NULL;
	whole = complete_process(p, a);
	return spec_check_process(whole, e) < 0 ? NULL : whole;
}

const struct spec_resources *spec_load_resources(const char *path, struct arena *a,
						 struct err *e)
{
	struct spec_resources *r = arena_new(a, 1, sizeof(*r));
	bool is_stdin = strcmp(path, "-") == 0;
	OWN_FD fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) :
			       open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	OWN_TEXT text = { 0 };

	if (fd < 0 || io_read_all(fd, SPEC_TEXT_MAX, &text) < 0) {
		err_sys(e, "read %s", is_stdin ? "stdin" : path);
		return NULL;
	}
	/* null is an empty document, as everywhere */
	if (!is_null_document(text_str(&text), text.len) &&
	    json_load(is_stdin ? "resources" : path, text_str(&text), text.len,
		      &spec_resources_table, r, a, e) < 0)
		return NULL;
	return spec_check_resources(r, e) < 0 ? NULL : r;
}

const struct spec_namespace *spec_namespace(const struct spec *s, enum ns_type type)
{
	for (size_t i = 0; i < s->linux->namespaces.n; i++)
		if (s->linux->namespaces.v[i].type == (int)type)
			return &s->linux->namespaces.v[i];
	return NULL;
}

const char *spec_annotation(const struct spec *s, const char *key)
{
	for (size_t i = 0; i < s->annotations.n; i++)
		if (strcmp(s->annotations.v[i].key, key) == 0)
			return s->annotations.v[i].value;
	return NULL;
}
