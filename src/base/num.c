/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include <ctype.h>
#include <string.h>

#include "base/names.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Digits of one base; "_" only if allowed, and then only between digits. */
static bool digits(const char *s, unsigned int base, bool underscores, uint64_t max,
		   uint64_t *out)
{
	uint64_t value = 0;
	bool last_was_digit = false;

	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned int d = (unsigned int)digit(*s);

		if (*s == '_' && underscores && last_was_digit) {
			last_was_digit = false;
			continue;
		}
		if (d >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, d, &value))
			return false;
		last_was_digit = true;
	}
	if (!last_was_digit || value > max)
		return false;
	*out = value;
	return true;
}

bool num_dec(const char *s, uint64_t max, uint64_t *out)
{
	return digits(s, 10, false, max, out);
}

bool num_octal(const char *s, uint32_t max, uint32_t *out)
{
	uint64_t value;

	if (!digits(s, 8, false, max, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool sign_and_range(bool negative, uint64_t size, int64_t min, int64_t max,
			   int64_t *out)
{
	int64_t value;

	if (size > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	value = negative ? (int64_t)(0 - size) : (int64_t)size;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool num_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t size;

	return digits(s + negative, 10, false, UINT64_MAX, &size) &&
	       sign_and_range(negative, size, min, max, out);
}

bool num_go(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = *s == '-';
	unsigned int base = 10;
	uint64_t size;

	if (*s == '-' || *s == '+')
		s++;
	if (s[0] == '0' && s[1]) {
		char kind = s[1] | 0x20;

		base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
		s += base != 8 || kind == 'o' ? 2 : 1;
		s += *s == '_'; /* Go allows one right after the prefix */
	}
	return digits(s, base, true, UINT64_MAX, &size) &&
	       sign_and_range(negative, size, min, max, out);
}

bool num_bool(const char *s, bool *out)
{
	static const struct name words[] = {
		{ "1", 1 },     { "t", 1 },     { "T", 1 }, { "TRUE", 1 }, { "true", 1 },
		{ "True", 1 },  { "0", 0 },     { "f", 0 }, { "F", 0 },    { "FALSE", 0 },
		{ "false", 0 }, { "False", 0 }, { 0 },
	};
	int64_t value;

	if (!names_find(words, s, &value))
		return false;
	*out = value != 0;
	return true;
}

/* The unit at s, as nanoseconds; *len its length. 0 if it is none. */
static uint64_t find_unit(const char *s, size_t *len)
{
	/* U+00B5 and U+03BC: both are in use as "micro" */
	static const struct name units[] = {
		{ "ns", 1 },           { "us", 1000 },         { "\xc2\xb5s", 1000 },
		{ "\xce\xbcs", 1000 }, { "ms", 1000000 },      { "s", 1000000000 },
		{ "m", 60000000000 },  { "h", 3600000000000 }, { 0 },
	};

	*len = strcspn(s, "0123456789.");
	for (const struct name *u = units; u->word; u++)
		if (strlen(u->word) == *len && memcmp(u->word, s, *len) == 0)
			return (uint64_t)u->num;
	return 0;
}

/* One "1.5ms" at *s, which is moved behind it. */
static bool take_part(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t whole = 0, unit, part = 0, scale = 1, above;
	size_t count = 0, len;

	for (; *p >= '0' && *p <= '9'; p++, count++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return false;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, count++)
			/* more digits than nanoseconds of an hour have say nothing */
			if (scale < 10000000000000) {
				part = part * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
	unit = find_unit(p, &len);
	if (count == 0 || unit == 0 || __builtin_mul_overflow(whole, unit, &whole))
		return false;
	above = (uint64_t)((__uint128_t)part * unit / scale);
	if (__builtin_add_overflow(whole, above, out))
		return false;
	*s = p + len;
	return true;
}

bool num_duration(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	uint64_t sum = 0, part;

	if (*s == '-' || *s == '+')
		s++;
	if (strcmp(s, "0") == 0) {
		*out = 0;
		return true;
	}
	if (!*s)
		return false;
	while (*s)
		if (!take_part(&s, &part) || __builtin_add_overflow(sum, part, &sum))
			return false;
	return sign_and_range(negative, sum, INT64_MIN, INT64_MAX, out);
}
/* The power of 1024 that a suffix means, -1 if it means nothing. */
static int suffix_power(const char *s)
{
	static const char powers[] = "bkmgtp";
	const char *found = *s ? strchr(powers, tolower((unsigned char)*s)) : powers;

	if (!found)
		return -1;
	if (!*s)
		return 0;
	s++;
	if (found != powers) {
		if (tolower((unsigned char)s[0]) == 'i' &&
		    tolower((unsigned char)s[1]) == 'b')
			s += 2;
		else if (tolower((unsigned char)s[0]) == 'b')
			s++;
	}
	return *s ? -1 : (int)(found - powers);
}

bool num_bytes(const char *s, int64_t *out)
{
	unsigned __int128 value = 0, unit = 1;
	const char *start = s;
	unsigned __int128 scale = 1;
	int power;

	for (; isdigit((unsigned char)*s); s++) {
		value = value * 10 + (unsigned int)(*s - '0');
		if (value > INT64_MAX)
			return false;
	}
	if (*s == '.') {
		for (s++; isdigit((unsigned char)*s); s++)
			/* more digits than these say nothing about a byte */
			if (scale < 1000000000000000) {
				scale *= 10;
				value = value * 10 + (unsigned int)(*s - '0');
			}
		if (s == start + 1)
			return false;
	}
	if (s == start)
		return false;
	s += *s == ' ';
	power = suffix_power(s);
	if (power < 0)
		return false;
	while (power-- > 0)
		unit *= 1024;
	/* the whole and the fraction apart: together they could pass 128 bits */
	if (value / scale * unit > INT64_MAX)
		return false;
	value = value / scale * unit + value % scale * unit / scale;
	if (value > INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}
