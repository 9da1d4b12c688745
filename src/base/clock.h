/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calendar by arithmetic: libc's gmtime() and localtime() read the time zone
 * file first, on every start. Pure.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

#include "base/text.h"

/* Appends "2026-11-23T10:00:00" for seconds since 1970, not before. */
void clock_print_utc(time_t when, struct text *out);

#endif
