/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest TAP: every CHECK is a numbered line that the harness counts. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"

static int tap_count, tap_failed;

/* What the code under test says on stderr must not land in the middle of a line of ours. */
__attribute__((constructor)) static void tap_by_lines(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static inline bool tap_check(bool ok, const char *label, const char *file, int line,
			     const char *text)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++tap_count, label);
	if (!ok) {
		printf("# %s:%d: %s\n", file, line, text);
		tap_failed++;
	}
	return ok;
}

/* label: what holds, or which row of a table this is. */
#define CHECK(label, condition)                                                          \
	tap_check(condition, label, __FILE__, __LINE__, #condition)

/* Shows both strings if they differ. NULL equals only NULL. */
static inline bool tap_same(const char *label, const char *got, const char *want,
			    const char *file, int line)
{
	bool ok = got && want ? strcmp(got, want) == 0 : got == want;

	tap_check(ok, label, file, line, "strings are equal");
	if (!ok)
		printf("# got:  %s\n# want: %s\n", got ? got : "(null)",
		       want ? want : "(null)");
	return ok;
}

#define CHECK_SAME(label, got, want) tap_same(label, got, want, __FILE__, __LINE__)

/* What this machine or this caller cannot show; the reason is part of the line. */
static inline void tap_skip(const char *label, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, label, reason);
}

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
