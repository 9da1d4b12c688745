/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes: EINTR and short counts never reach a caller. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/* Reads to the end; more than max bytes is EFBIG. -1 with errno. */
int io_read_all(int fd, size_t max, struct text *out);

/* Opens a regular or kernel file below dirfd without following a last link, reads it all.
 * -1 with errno. */
int io_read_at(int dirfd, const char *name, size_t max, struct text *out);

/* -1 with errno. */
int io_write_all(int fd, const void *data, size_t n);

/* One write(2) to an existing file, as kernel files want it. -1 with errno. */
int io_write_at(int dirfd, const char *name, const void *data, size_t n);

/*
 * Replaces name below dirfd in one step: a fresh file of exactly this mode,
 * whatever the umask, then rename. Readers see the old content or the new.
 * Not synced to disk: what we keep describes processes, which end with power.
 */
int io_replace_at(int dirfd, const char *name, mode_t mode, const void *data, size_t n,
		  struct err *e);

#endif
