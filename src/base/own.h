/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scope-owned values: what a function opens it owns by declaration, what it
 * hands on it takes out. All keep errno, so cleaning up never hides a cause.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Closes *fd if it is open and marks it closed. */
static inline void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

/* Moves the descriptor to the caller. */
static inline int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void own_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

#define OWN_FD __attribute__((cleanup(fd_close))) int
#define OWN_STR __attribute__((cleanup(own_free))) char *

#endif
