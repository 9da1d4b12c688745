/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as words: nothing here looks at a file. Pure. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>

#include "base/arena.h"

/* No "//", "." and "..": absolute paths cannot climb above "/", relative ones keep
 * leading "..". "" is ".". */
char *path_clean(const char *path, struct arena *a);

/* path itself if it is absolute, else base/path; then cleaned. */
char *path_absolute(const char *path, const char *base, struct arena *a);

/* Is path root itself or below it? Both clean and absolute. */
bool path_is_below(const char *path, const char *root);

#endif
