/* SPDX-License-Identifier: Apache-2.0 */
#include "network/files.h"

#include <string.h>

/* What a resolver reads of a line is no longer, and an image's must not be flooded. */
#define LINE_MAX_BYTES 1024

static bool is_printable(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return false;
	return n <= LINE_MAX_BYTES;
}

/* "search", "domain" or "options", and a blank behind it */
static bool is_keyword(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 && (line[n] == ' ' || line[n] == '\t');
}

/* The last line counts, as resolvers have it; "domain" is another word for one search. */
static void find_lines(const char *host, const char **search, const char **options)
{
	for (const char *line = host; *line; line += *line == '\n') {
		size_t n = strcspn(line, "\n");

		if (is_printable(line, n)) {
			if (is_keyword(line, "search") || is_keyword(line, "domain"))
				*search = line;
			else if (is_keyword(line, "options"))
				*options = line;
		}
		line += n;
	}
}

static void add_line(const char *line, struct text *out)
{
	if (line) {
		text_addn(out, line, strcspn(line, "\n"));
		text_addc(out, '\n');
	}
}

void network_print_resolv(const struct network_plan *p, const struct net_config *c,
			  const char *host, struct text *out)
{
	const char *search = NULL, *options = NULL;

	find_lines(host, &search, &options);
	text_printf(out, "nameserver %s\n", c->dns_address);
	if (!p->own_search)
		add_line(search, out);
	else if (p->dns_search.n)
		text_add(out, "search");
	for (size_t i = 0; i < p->dns_search.n; i++)
		text_printf(out, " %s", p->dns_search.v[i]);
	if (p->dns_search.n)
		text_addc(out, '\n');
	add_line(options, out);
}

void network_print_hosts(const struct net_config *c, const char *hostname,
			 struct text *out)
{
	text_add(out, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	/* the config may say anything: a name that is no word would be other lines */
	if (hostname && *hostname && !hostname[strcspn(hostname, " \t\r\n#")] &&
	    strcmp(hostname, "localhost") != 0) {
		text_printf(out, "%s\t%s\n", c->address, hostname);
		if (c->ipv6)
			text_printf(out, "%s\t%s\n", c->address6, hostname);
	}
	if (c->host_loopback || c->host_ports.n)
		text_printf(out, "%s\thost.internal\n", c->gateway);
}
