/* SPDX-License-Identifier: Apache-2.0 */
#include "network/asked.h"

#include <string.h>

#include "base/own.h"

/* ---- keys ---- */

/* clang-format off */
static const struct key_row {
	const char *word;
	bool list; /* a comma and a word without "=" go on with it */
} keys[KEYS] = {
	[KEY_BACKEND]        = { "backend" },
	[KEY_CIDR]           = { "cidr" },
	[KEY_CIDR6]          = { "cidr6" },
	[KEY_DNS]            = { "dns", true },
	[KEY_DNS_SEARCH]     = { "dns_search", true },
	[KEY_HOST_LOOPBACK]  = { "host_loopback" },
	[KEY_HOST_PORTS]     = { "host_ports", true },
	[KEY_IFNAME]         = { "ifname" },
	[KEY_IP]             = { "ip" },
	[KEY_IPV6]           = { "ipv6" },
	[KEY_MAC]            = { "mac" },
	[KEY_MTU]            = { "mtu" },
	[KEY_OUTBOUND_ADDR]  = { "outbound_addr" },
	[KEY_OUTBOUND_ADDR6] = { "outbound_addr6" },
	[KEY_RESTRICT]       = { "restrict" },
};
/* clang-format on */

struct strings network_keys(struct arena *a)
{
	char **v = arena_new(a, KEYS + 1, sizeof(*v));

	for (int i = 0; i < KEYS; i++)
		v[i] = arena_dup(a, keys[i].word);
	return (struct strings){ v, KEYS };
}

const char *asked_word(enum key key)
{
	return keys[key].word;
}

static int find_key(const char *word)
{
	for (int i = 0; i < KEYS; i++)
		if (strcmp(keys[i].word, word) == 0)
			return i;
	return -1;
}

static int unknown_key(const char *where, const char *word, const char *more,
		       struct err *e)
{
	OWN_TEXT known = { 0 };

	for (int i = 0; i < KEYS; i++)
		text_printf(&known, "%s%s", i ? ", " : "", keys[i].word);
	return err_set(e, "net: %s%s: unknown key (known are %s%s)", where, word,
		       text_str(&known), more);
}

char *asked_next(char **list)
{
	char *word = *list, *comma;

	if (!word)
		return NULL;
	comma = strchr(word, ',');
	if (comma)
		*comma++ = '\0';
	*list = comma;
	return word;
}

/* ---- from where ---- */

static int take_ports(struct asked *asked, const char *list, struct arena *a,
		      struct err *e)
{
	char *rest = arena_dup(a, list), *spec;

	while ((spec = asked_next(&rest)))
		if (publish_parse(&asked->ports, spec, a, e) < 0)
			return -1;
	return 0;
}

static int take_annotation(struct asked *asked, const struct pair *pair, struct err *e)
{
	const char *word = pair->key + strlen(NETWORK_ANNOTATION);
	int key;

	if (!*word) {
		asked->mode = pair->value;
		return 0;
	}
	if (strcmp(word, ".publish") == 0)
		return 0; /* once we know that the command line has none */
	key = *word == '.' ? find_key(word + 1) : -1;
	if (key < 0)
		return unknown_key("annotation ", pair->key, ", publish", e);
	asked->values[key] = pair->value;
	return 0;
}

static int take_annotations(struct asked *asked, const struct spec *s, bool obey,
			    struct err *e)
{
	for (size_t i = 0; i < s->annotations.n; i++) {
		const struct pair *pair = &s->annotations.v[i];

		if (!text_starts(pair->key, NETWORK_ANNOTATION))
			continue;
		if (obey && take_annotation(asked, pair, e) < 0)
			return -1;
		if (!obey && !asked->ignored)
			asked->ignored = pair->key;
	}
	return 0;
}

/* "KEY=VALUE,…" */
static int take_options(struct asked *asked, char *list, struct arena *a, struct err *e)
{
	bool seen[KEYS] = { false };
	int key = -1;
	char *word;

	while ((word = asked_next(&list))) {
		char *value = strchr(word, '=');

		if (!value && key >= 0 && keys[key].list) {
			asked->values[key] =
				arena_printf(a, "%s,%s", asked->values[key], word);
			continue;
		}
		if (value)
			*value++ = '\0';
		key = find_key(word);
		if (key < 0)
			return unknown_key("--network slirp:", word, "", e);
		if (!value)
			return err_set(e, "net: --network slirp:%s: expected %s=VALUE",
				       word, word);
		if (seen[key])
			return err_set(e, "net: --network slirp: %s is given twice", word);
		seen[key] = true;
		asked->values[key] = value;
	}
	return 0;
}

static int take_network(struct asked *asked, const char *network, struct arena *a,
			struct err *e)
{
	char *word = arena_dup(a, network), *colon = strchr(word, ':');

	if (colon)
		*colon++ = '\0';
	asked->from_option = true;
	asked->mode = word;
	if (strcmp(word, "none") == 0) {
		/* what annotations say of a network that there is not is nobody's */
		memset(asked->values, 0, sizeof(asked->values));
		return colon ? err_set(e, "net: --network none takes no options") : 0;
	}
	if (strcmp(word, "slirp") != 0)
		return err_set(e,
			       "net: --network \"%s\": expected slirp[:KEY=VALUE,...] or none",
			       network);
	return colon ? take_options(asked, colon, a, e) : 0;
}

int asked_take(struct asked *asked, const struct spec *s, const struct network_request *r,
	       struct arena *a, struct err *e)
{
	const char *annotated =
		r->annotations ? spec_annotation(s, NETWORK_ANNOTATION ".publish") : NULL;

	if (take_annotations(asked, s, r->annotations, e) < 0 ||
	    (r->network && take_network(asked, r->network, a, e) < 0))
		return -1;
	asked->published = r->publish.n > 0;
	for (size_t i = 0; i < r->publish.n; i++)
		if (publish_parse(&asked->ports, r->publish.v[i], a, e) < 0)
			return -1;
	if (!annotated || asked->published ||
	    (r->network && strcmp(asked->mode, "none") == 0))
		return 0;
	return take_ports(asked, annotated, a, e);
}
