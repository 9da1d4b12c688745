/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict numbers: the whole word or nothing, no blanks, exact or refused.
 * false leaves *out alone. Nothing else in the tree may parse an integer.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

/* Digits only, 0 <= value <= max. */
bool num_dec(const char *s, uint64_t max, uint64_t *out);

/* Decimal, may start with "-". */
bool num_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* Go's base-0 syntax, which runc's integer flags accept: 0x, 0o, 0, 0b, "_" between
 * digits. */
bool num_go(const char *s, int64_t min, int64_t max, int64_t *out);

/* Go's strconv.ParseBool: 1 t T TRUE true True 0 f F FALSE false False. */
bool num_bool(const char *s, bool *out);

/* Go's time.ParseDuration, in nanoseconds: "5s", "1h2m", "1.5ms", "-3us"; a number
 * without a unit only if it is 0. */
bool num_duration(const char *s, int64_t *out);

/* Octal digits, value <= max: mount options such as mode=. */
bool num_octal(const char *s, uint32_t max, uint32_t *out);

/*
 * A size as people and the Go runc's flags have it: digits, perhaps a fraction,
 * perhaps a blank, then b, k, m, g, t or p (powers of 1024) with b or ib after
 * it, in any case. Rounded down to whole bytes.
 */
bool num_bytes(const char *s, int64_t *out);

#endif
