/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdbool.h>

static bool is_leap(long year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int month, long year)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month] + (month == 1 && is_leap(year));
}

void clock_print_utc(time_t when, struct text *out)
{
	long days = when / 86400, left = when % 86400, year = 1970;
	int month = 0;

	while (days >= 365 + is_leap(year))
		days -= 365 + is_leap(year++);
	while (days >= month_days(month, year))
		days -= month_days(month++, year);
	text_printf(out, "%04ld-%02d-%02ldT%02ld:%02ld:%02ld", year, month + 1, days + 1,
		    left / 3600, left / 60 % 60, left % 60);
}
