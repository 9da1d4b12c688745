/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/num.h"
#include "base/own.h"
#include "host/host.h"

#define FILE_MAX (4u << 20)

/* Copies the field at *p up to ":" or the line's end; false if it does not fit. */
static bool field(const char **p, char *out, size_t size)
{
	size_t n = strcspn(*p, ":\n");

	if (n >= size)
		return false;
	memcpy(out, *p, n);
	out[n] = '\0';
	*p += n + ((*p)[n] == ':');
	return true;
}

static const char *next_line(const char *p)
{
	p = strchrnul(p, '\n');
	return *p ? p + 1 : p;
}

const char *host_user_name(uid_t uid, struct arena *a)
{
	OWN_TEXT text = { 0 };
	char name[256], skip[256], number[16];

	if (io_read_at(AT_FDCWD, "/etc/passwd", FILE_MAX, &text) < 0)
		return NULL;
	for (const char *line = text_str(&text); *line; line = next_line(line)) {
		const char *p = line;
		uint64_t value;

		if (field(&p, name, sizeof(name)) && field(&p, skip, sizeof(skip)) &&
		    field(&p, number, sizeof(number)) &&
		    num_dec(number, UINT32_MAX, &value) && value == uid && *name)
			return arena_dup(a, name);
	}
	return NULL;
}

size_t host_parse_subids(const char *text, const char *name, uid_t uid,
			 struct id_range *out, size_t max)
{
	char owner[256], first[16], count[16], number[16];
	size_t n = 0;

	snprintf(number, sizeof(number), "%u", uid);
	for (const char *line = text; *line && n < max; line = next_line(line)) {
		const char *p = line;
		uint64_t from, many;

		if (field(&p, owner, sizeof(owner)) && field(&p, first, sizeof(first)) &&
		    field(&p, count, sizeof(count)) &&
		    ((name && strcmp(owner, name) == 0) || strcmp(owner, number) == 0) &&
		    num_dec(first, UINT32_MAX, &from) &&
		    num_dec(count, UINT32_MAX, &many) && many > 0 &&
		    from + many <= UINT32_MAX)
			out[n++] = (struct id_range){ (uint32_t)from, (uint32_t)many };
	}
	return n;
}

size_t host_subids(const char *file, const char *name, uid_t uid, struct id_range *out,
		   size_t max)
{
	OWN_TEXT text = { 0 };

	if (io_read_at(AT_FDCWD, file, FILE_MAX, &text) < 0)
		return 0;
	return host_parse_subids(text_str(&text), name, uid, out, max);
}
