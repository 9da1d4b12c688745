/* SPDX-License-Identifier: Apache-2.0 */
/* What a test is given: documents that C can hold without escapes, and directories. */
#ifndef TESTS_GIVEN_H
#define TESTS_GIVEN_H

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/own.h"
#include "spec/spec.h"

/* A test that cannot even begin is no failed row: the harness must hear of it. */
static inline _Noreturn void given_fail(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(99);
}

/* The document of this text, with ' for ". Lives in the arena. */
__attribute__((format(printf, 2, 3))) static inline const struct spec *
given_spec(struct arena *a, const char *fmt, ...)
{
	const struct spec *s;
	char *text = NULL;
	struct err e;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		given_fail("no memory");
	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	s = spec_parse("config.json", text, (size_t)n, a, &e);
	free(text);
	if (!s)
		given_fail(e.text);
	return s;
}

/* A list of words from "a b c"; "" is no word at all, "''" an empty one. */
static inline struct strings given_words(struct arena *a, const char *words)
{
	char **v = arena_new(a, strlen(words) + 2, sizeof(*v));
	size_t n = 0;

	while (*words) {
		size_t len = strcspn(words, " ");

		v[n++] = arena_ndup(a, words, strcmp(words, "''") == 0 ? 0 : len);
		words += len + (words[len] == ' ');
	}
	return (struct strings){ v, n };
}

static inline int given_remove(const char *path, const struct stat *st, int kind,
			       struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

/* A new empty directory; the caller passes it to scratch_end(), which frees. */
static inline char *scratch_begin(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = NULL;

	if (asprintf(&path, "%s/runc-test-XXXXXX", tmp && *tmp ? tmp : "/tmp") < 0 ||
	    !mkdtemp(path))
		given_fail("cannot make a directory for the test");
	return path;
}

static inline void scratch_end(char *path)
{
	nftw(path, given_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

#endif
