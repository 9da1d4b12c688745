/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's texts as numbers. Pure. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cgroup/stats.h"

#define MAX_CPU 65535 /* larger numbers are a list of nothing that exists */

/* Cuts the next word off; NULL at the end. */
static char *next(char **at, const char *separators)
{
	return strtok_r(NULL, separators, at);
}

static size_t count_of(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

bool stats_parse_number(const char *text, uint64_t *out)
{
	char word[24];
	size_t n = strcspn(text, "\n");

	if (n >= sizeof(word) || (text[n] && text[n + 1]))
		return false;
	memcpy(word, text, n);
	word[n] = '\0';
	if (strcmp(word, "max") == 0) {
		*out = UINT64_MAX;
		return true;
	}
	return num_dec(word, UINT64_MAX, out);
}

bool stats_find(const char *text, const char *key, uint64_t *out)
{
	size_t n = strlen(key);

	*out = 0;
	for (const char *line = text; *line; line += *line != 0) {
		if (strncmp(line, key, n) == 0 && line[n] == ' ') {
			char word[24] = { 0 };
			size_t len = strcspn(line + n + 1, "\n");

			if (len >= sizeof(word))
				return false;
			memcpy(word, line + n + 1, len);
			return num_dec(word, UINT64_MAX, out);
		}
		line = strchrnul(line, '\n');
	}
	return true;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct count *)a)->key, ((const struct count *)b)->key);
}

bool stats_parse_counts(const char *text, struct stats_memory *m, struct arena *a)
{
	char *at = arena_dup(a, text), *line;
	struct count *v = arena_new(a, count_of(text, '\n') + 1, sizeof(*v));
	size_t n = 0;

	while ((line = next(&at, "\n"))) {
		char *blank = strchr(line, ' ');

		if (!blank || !num_dec(blank + 1, UINT64_MAX, &v[n].value))
			return false;
		*blank = '\0';
		v[n++].key = line;
	}
	qsort(v, n, sizeof(*v), by_key);
	m->raw.v = v;
	m->raw.n = n;
	return true;
}

/* "1.50" as the number 1.5; NULL for 0. */
static bool parse_percent(const char *word, const char **out, struct arena *a)
{
	const char *dot = strchr(word, '.');
	size_t n = strlen(word);
	uint64_t digits;

	if (!dot || dot == word || !num_dec(dot + 1, UINT64_MAX, &digits) ||
	    !num_dec(arena_ndup(a, word, (size_t)(dot - word)), UINT32_MAX, &digits))
		return false;
	while (word[n - 1] == '0')
		n--;
	if (word[n - 1] == '.')
		n--;
	*out = n == 1 && *word == '0' ? NULL : arena_ndup(a, word, n);
	return true;
}

static bool parse_psi_line(char *words, struct stats_psi_line *l, struct arena *a)
{
	const struct {
		const char *key;
		const char **average;
	} rows[] = {
		{ "avg10=", &l->avg10 },
		{ "avg60=", &l->avg60 },
		{ "avg300=", &l->avg300 },
	};
	char *word;

	while ((word = next(&words, " "))) {
		if (text_starts(word, "total=") &&
		    !num_dec(word + strlen("total="), UINT64_MAX, &l->total))
			return false;
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
			if (text_starts(word, rows[i].key) &&
			    !parse_percent(word + strlen(rows[i].key), rows[i].average, a))
				return false;
	}
	return true;
}

bool stats_parse_psi(const char *text, struct stats_psi *psi, struct arena *a)
{
	char *at = arena_dup(a, text), *line;

	while ((line = next(&at, "\n"))) {
		struct stats_psi_line *l = arena_new(a, 1, sizeof(*l));
		const struct stats_psi_line none = { 0 };
		bool some = text_starts(line, "some ");

		if (!some && !text_starts(line, "full "))
			continue;
		if (!parse_psi_line(line, l, a))
			return false;
		if (memcmp(l, &none, sizeof(none)) == 0)
			continue;
		if (some)
			psi->some = l;
		else
			psi->full = l;
	}
	return true;
}

/* "8:16" */
static bool parse_device(const char *word, uint64_t *major, uint64_t *minor,
			 struct arena *a)
{
	const char *colon = strchr(word, ':');

	return colon &&
	       num_dec(arena_ndup(a, word, (size_t)(colon - word)), UINT32_MAX, major) &&
	       num_dec(colon + 1, UINT32_MAX, minor);
}

static void add_io(struct stats_ios *ios, struct stats_io io)
{
	/* parse functions make room for as many as there are words */
	((struct stats_io *)(uintptr_t)ios->v)[ios->n++] = io;
}

bool stats_parse_io(const char *text, struct stats_blkio *b, struct arena *a)
{
	const struct {
		const char *key, *op;
		struct stats_ios *into;
	} rows[] = {
		{ "rbytes=", "Read", &b->bytes },
		{ "wbytes=", "Write", &b->bytes },
		{ "rios=", "Read", &b->serviced },
		{ "wios=", "Write", &b->serviced },
	};
	size_t most = count_of(text, '=') + 1;
	char *at = arena_dup(a, text), *word;
	struct stats_io io = { 0 };

	b->bytes.v = arena_new(a, most, sizeof(io));
	b->serviced.v = arena_new(a, most, sizeof(io));
	/* by words, not lines: some kernels write a device without numbers, and the next
	 * one behind it */
	while ((word = next(&at, " \n"))) {
		if (!strchr(word, '=') && !parse_device(word, &io.major, &io.minor, a))
			return false;
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			if (!text_starts(word, rows[i].key))
				continue;
			io.op = rows[i].op;
			if (!num_dec(word + strlen(rows[i].key), UINT64_MAX, &io.value))
				return false;
			add_io(rows[i].into, io);
		}
	}
	return true;
}

bool stats_parse_blkio(const char *text, struct stats_ios *ios, struct arena *a)
{
	char *at = arena_dup(a, text), *line;

	*ios = (struct stats_ios){
		arena_new(a, count_of(text, '\n') + 1, sizeof(struct stats_io)), 0
	};
	while ((line = next(&at, "\n"))) {
		struct stats_io io = { 0 };
		char *first = next(&line, " ");
		char *second = next(&line, " "), *third = next(&line, " ");

		if (!first || strcmp(first, "Total") == 0)
			continue;
		if (!second || !parse_device(first, &io.major, &io.minor, a) ||
		    !num_dec(third ? third : second, UINT64_MAX, &io.value))
			return false;
		io.op = third ? second : NULL;
		add_io(ios, io);
	}
	return true;
}

bool stats_parse_cpus(const char *text, const uint32_t **v, size_t *n, struct arena *a)
{
	char *at = arena_dup(a, text), *part;
	uint32_t *list = NULL;
	size_t count = 0;

	while ((part = next(&at, ",\n"))) {
		char *dash = strchr(part, '-');
		uint64_t first, last;
		uint32_t *longer;

		if (dash)
			*dash = '\0';
		if (!num_dec(part, MAX_CPU, &first) ||
		    !num_dec(dash ? dash + 1 : part, MAX_CPU, &last) || last < first)
			return false;
		longer = arena_new(a, count + (size_t)(last - first) + 1, sizeof(*list));
		if (count)
			memcpy(longer, list, count * sizeof(*list));
		list = longer;
		for (uint64_t i = first; i <= last; i++)
			list[count++] = (uint32_t)i;
	}
	*v = list;
	*n = count;
	return true;
}

bool stats_parse_percpu(const char *text, struct stats_cpu_usage *u, struct arena *a)
{
	uint64_t *v = arena_new(a, count_of(text, ' ') + 1, sizeof(*v));
	char *at = arena_dup(a, text), *word;
	size_t n = 0;

	while ((word = next(&at, " \n")))
		if (!num_dec(word, UINT64_MAX, &v[n++]))
			return false;
	u->percpu.v = v;
	u->percpu.n = n;
	return true;
}

bool stats_parse_usage_all(const char *text, struct stats_cpu_usage *u, struct arena *a)
{
	size_t most = count_of(text, '\n') + 1, n = 0;
	uint64_t *kernel = arena_new(a, most, sizeof(*kernel));
	uint64_t *user = arena_new(a, most, sizeof(*user));
	char *at = arena_dup(a, text), *line = next(&at, "\n");

	/* older kernels: no such columns */
	if (!line || strcmp(line, "cpu user system") != 0)
		return true;
	for (; (line = next(&at, "\n")); n++) {
		char *cpu = next(&line, " "), *u_word = next(&line, " "),
		     *k_word = next(&line, " ");

		if (!cpu || !u_word || !k_word || !num_dec(u_word, UINT64_MAX, &user[n]) ||
		    !num_dec(k_word, UINT64_MAX, &kernel[n]))
			return false;
	}
	u->percpu_user.v = user;
	u->percpu_kernel.v = kernel;
	u->percpu_user.n = u->percpu_kernel.n = n;
	return true;
}
