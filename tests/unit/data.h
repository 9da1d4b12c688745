/* SPDX-License-Identifier: Apache-2.0 */
/* What tests read and where they write: files of the source tree, a directory of their
 * own. */
#ifndef TESTS_DATA_H
#define TESTS_DATA_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/own.h"
#include "base/text.h"

/* Without its files a test can say nothing: 99 is automake's "hard error". */
static inline void data_bail(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(99);
}

/* name: from the top of the source tree, wherever we are built. */
static inline void data_read(const char *name, struct text *out)
{
	const char *srcdir = getenv("srcdir");
	OWN_TEXT path = { 0 };
	OWN_FD fd = -1;

	text_printf(&path, "%s/%s", srcdir ? srcdir : ".", name);
	fd = open(path.s, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_all(fd, 1u << 20, out) < 0)
		data_bail(path.s);
}

/* JSON in C is easier to read with single quotes: they become double ones. */
static inline void data_json(struct text *out, const char *quoted)
{
	size_t from = out->len;

	text_add(out, quoted);
	for (size_t i = from; i < out->len; i++)
		if (out->s[i] == '\'')
			out->s[i] = '"';
}

/* A new directory below the working one, which is the build's. */
static inline int data_make_dir(char *name, size_t size)
{
	int fd;

	snprintf(name, size, "test-XXXXXX");
	if (!mkdtemp(name))
		data_bail("mkdtemp");
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		data_bail(name);
	return fd;
}

static inline void data_write(int dir, const char *name, const char *s, size_t n)
{
	OWN_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || io_write_all(fd, s, n) < 0)
		data_bail(name);
}

/* Removes it with all that is in it. */
static inline void data_remove_dir(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0)
			data_remove_dir(fd, entry->d_name);
	}
	if (dir)
		closedir(dir);
	unlinkat(parent, name, AT_REMOVEDIR);
}

#endif
