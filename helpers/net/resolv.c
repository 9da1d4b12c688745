/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/resolv.h"

#include <string.h>

bool resolvers_add(struct resolvers *r, const char *word)
{
	char address[IP_TEXT];
	const char *percent = strchrnul(word, '%');
	size_t n = (size_t)(percent - word);
	struct resolver found = { 0 };

	if (r->n == RESOLVERS_MAX || n >= sizeof(address))
		return false;
	memcpy(address, word, n);
	address[n] = '\0';
	if (!ip_parse(address, &found.ip) || ip_is_any(&found.ip))
		return false;
	if (*percent) {
		if (!percent[1] || strlen(percent + 1) >= sizeof(found.device))
			return false;
		memcpy(found.device, percent + 1, strlen(percent + 1));
	}
	r->v[r->n++] = found;
	return true;
}

static void parse_line(const char *line, size_t n, struct resolvers *out)
{
	static const char key[] = "nameserver";
	static const char blanks[] = " \t\r";
	char word[IP_TEXT + IFNAMSIZ];
	size_t len;

	if (n < sizeof(key) || memcmp(line, key, sizeof(key) - 1) != 0 ||
	    !strchr(blanks, line[sizeof(key) - 1]) || !line[sizeof(key) - 1])
		return;
	line += sizeof(key);
	n -= sizeof(key);
	while (n > 0 && *line && strchr(blanks, *line))
		line++, n--;
	len = 0;
	while (len < n && line[len] && !strchr(" \t\r#;", line[len]))
		len++;
	if (len == 0 || len >= sizeof(word))
		return;
	memcpy(word, line, len);
	word[len] = '\0';
	resolvers_add(out, word);
}

void resolvers_parse(const char *text, size_t n, struct resolvers *out)
{
	const char *end = text + n;

	*out = (struct resolvers){ 0 };
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		if (!eol)
			eol = end;
		parse_line(text, (size_t)(eol - text), out);
		text = eol < end ? eol + 1 : end;
	}
}

bool resolvers_equal(const struct resolvers *a, const struct resolvers *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!ip_equal(&a->v[i].ip, &b->v[i].ip) ||
		    strcmp(a->v[i].device, b->v[i].device) != 0)
			return false;
	return true;
}

void resolvers_print(const struct resolvers *r, struct text *out)
{
	char address[IP_TEXT];

	for (size_t i = 0; i < r->n; i++) {
		if (*r->v[i].device)
			continue;
		ip_print(&r->v[i].ip, address);
		text_printf(out, "nameserver %s\n", address);
	}
}
