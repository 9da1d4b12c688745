/* SPDX-License-Identifier: Apache-2.0 */
#include "network/publish.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include "base/num.h"
#include "base/own.h"

#define WORDS_MAX 4
#define NO_ADDRESS "is not an address (expected one like 127.0.0.1 or [::1])"

bool publish_is_ipv4(const char *word)
{
	struct in_addr a;

	return inet_pton(AF_INET, word, &a) == 1;
}

bool publish_is_ipv6(const char *word)
{
	struct in6_addr a;

	return inet_pton(AF_INET6, word, &a) == 1;
}

/* ---- words ---- */

struct range {
	uint32_t first, count;
};

/* What one spec says, before its range is expanded. */
struct parse {
	const char *spec; /* for messages */
	char *words[WORDS_MAX];
	size_t n;
	struct net_port port;
	struct range host, guest;
	int fd;
};

static int bad(const struct parse *p, const char *word, const char *what, struct err *e)
{
	return err_set(e, "net: publish \"%s\": \"%s\" %s", p->spec, word, what);
}

/* Cuts at colons outside of brackets; brackets go. */
static int split(struct parse *p, char *s, struct err *e)
{
	for (;;) {
		bool bracket = *s == '[';
		char *end = bracket ? strchr(s, ']') : NULL;

		if (bracket && !end)
			return err_set(e, "net: publish \"%s\": \"[\" without \"]\"",
				       p->spec);
		if (p->n == WORDS_MAX)
			return err_set(e,
				       "net: publish \"%s\": too many colons (IPv6 addresses stand in brackets: [::1]:8080:80)",
				       p->spec);
		p->words[p->n++] = bracket ? s + 1 : s;
		if (bracket)
			*end++ = '\0';
		if (bracket && !publish_is_ipv6(s + 1))
			return bad(p, s + 1, NO_ADDRESS, e);
		s = bracket ? end : s + strcspn(s, ":");
		if (!*s)
			return 0;
		if (*s != ':')
			return bad(p, s, "after an address in brackets: expected \":\"",
				   e);
		*s++ = '\0';
	}
}

/* One spelling for each address; NULL if it is none. */
static const char *address(const char *word, struct arena *a)
{
	int family = publish_is_ipv4(word) ? AF_INET : AF_INET6;
	char bytes[sizeof(struct in6_addr)], shown[INET6_ADDRSTRLEN];

	if (inet_pton(family, word, bytes) != 1)
		return NULL;
	return arena_dup(a, inet_ntop(family, bytes, shown, sizeof(shown)));
}

static int parse_port(const struct parse *p, const char *word, uint32_t *port,
		      struct err *e)
{
	uint64_t value;

	if (!num_dec(word, UINT64_MAX, &value))
		return bad(p, word, "is not a port", e);
	if (value > UINT16_MAX)
		return err_set(e, "net: publish \"%s\": port %s is out of range (0-65535)",
			       p->spec, word);
	*port = (uint32_t)value;
	return 0;
}

/* "8000" or "8000-8010" */
static int parse_range(const struct parse *p, char *word, struct range *r, struct err *e)
{
	char *dash = strchr(word, '-');
	uint32_t last = 0;

	if (dash)
		*dash++ = '\0';
	if (parse_port(p, word, &r->first, e) < 0 ||
	    parse_port(p, dash ? dash : word, &last, e) < 0)
		return -1;
	if (last < r->first || (dash && r->first == 0))
		return err_set(e, "net: publish \"%s\": %s-%s is not a range of ports",
			       p->spec, word, dash ? dash : word);
	r->count = last - r->first + 1;
	return 0;
}

/* "8080" or "8000-8010": what an address or a name is not. */
static bool looks_like_ports(const char *word)
{
	return *word && word[strspn(word, "0123456789-")] == '\0';
}

/* ---- the parts ---- */

/* /PROTOCOL;mode=WORD, cut off the end of s */
static int take_suffix(struct parse *p, char *s, struct err *e)
{
	char *mode = strrchr(s, ';'), *protocol;
	int64_t num;

	if (mode) {
		*mode++ = '\0';
		if (!text_starts(mode, "mode=") || !names_find(net_paths, mode + 5, &num))
			return bad(p, mode,
				   "is not known: expected mode=auto, splice or slirp", e);
		p->port.path = (int)num;
	}
	/* a slash of unix:/path comes before the last colon */
	protocol = strrchr(s, ':');
	protocol = strchr(protocol ? protocol : s, '/');
	if (protocol) {
		*protocol++ = '\0';
		if (!names_find(net_protocols, protocol, &num))
			return bad(p, protocol, "is not a protocol: expected tcp or udp",
				   e);
		p->port.protocol = (int)num;
	}
	return 0;
}

static int take_unix(struct parse *p, const char *path, struct arena *a, struct err *e)
{
	if (*path != '/')
		return bad(p, path, "is not an absolute path", e);
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return bad(p, path, "is too long for a UNIX socket (107 bytes)", e);
	p->port.host = arena_printf(a, "unix:%s", path);
	return 0;
}

static int take_fd(struct parse *p, const char *word, struct err *e)
{
	uint64_t fd;

	if (!num_dec(word, INT32_MAX, &fd) || fd < 3)
		return bad(p, word, "is not a descriptor from 3 on", e);
	p->fd = (int)fd;
	p->port.listener = true;
	return 0;
}

/* The host's side; *used gets how many words it took. */
static int take_host(struct parse *p, size_t *used, struct arena *a, struct err *e)
{
	char **w = p->words;
	size_t at = 0;

	*used = 2;
	p->host.count = 1;
	if (strcmp(w[0], "unix") == 0)
		return take_unix(p, w[1], a, e);
	if (strcmp(w[0], "fd") == 0)
		return take_fd(p, w[1], e);
	if (!looks_like_ports(w[0])) {
		p->port.host = address(w[0], a);
		if (!p->port.host)
			return bad(p, w[0], NO_ADDRESS, e);
		at++;
	}
	*used = at + 1;
	return parse_range(p, w[at], &p->host, e);
}

static int take_guest(struct parse *p, size_t at, struct arena *a, struct err *e)
{
	if (p->n - at == 2) {
		p->port.guest = address(p->words[at], a);
		if (!p->port.guest)
			return bad(p, p->words[at], "is not an address", e);
		at++;
	}
	if (p->n - at != 1)
		return err_set(e, "net: publish \"%s\": expected [ADDRESS:]HOST:CONTAINER",
			       p->spec);
	if (parse_range(p, p->words[at], &p->guest, e) < 0)
		return -1;
	if (p->guest.first == 0)
		return err_set(e,
			       "net: publish \"%s\": the container's port must not be 0",
			       p->spec);
	return 0;
}

static int check_together(struct parse *p, struct err *e)
{
	/* one port after CONTAINER stands for as many as HOST has */
	if (p->guest.count == 1)
		p->guest.count = p->host.count;
	if (p->guest.count != p->host.count)
		return err_set(e, "net: publish \"%s\": the ranges have %u and %u ports",
			       p->spec, p->host.count, p->guest.count);
	if (p->guest.first + p->guest.count - 1 > UINT16_MAX)
		return err_set(e, "net: publish \"%s\": port %u is out of range (0-65535)",
			       p->spec, p->guest.first + p->guest.count - 1);
	if (p->port.protocol == NET_UDP && *p->port.host == 'u')
		return err_set(e, "net: publish \"%s\": unix: is for tcp", p->spec);
	if (p->port.protocol == NET_UDP && p->port.path != NET_PATH_AUTO)
		return err_set(e, "net: publish \"%s\": mode= is for tcp", p->spec);
	return 0;
}

static int append(struct publish_list *list, const struct parse *p, struct arena *a,
		  struct err *e)
{
	if (list->n + p->host.count > PUBLISH_MAX)
		return err_set(e,
			       "net: publish \"%s\": more than %d ports of one container",
			       p->spec, PUBLISH_MAX);
	if (!list->v) {
		list->v = arena_new(a, PUBLISH_MAX, sizeof(*list->v));
		list->fds = arena_new(a, PUBLISH_MAX, sizeof(*list->fds));
	}
	for (uint32_t i = 0; i < p->host.count; i++) {
		list->fds[list->n] = p->fd;
		list->v[list->n] = p->port;
		list->v[list->n].host_port = (uint16_t)(p->host.first + i);
		list->v[list->n++].guest_port = (uint16_t)(p->guest.first + i);
	}
	return 0;
}

int publish_parse(struct publish_list *list, const char *spec, struct arena *a,
		  struct err *e)
{
	struct parse p = { .spec = spec, .port = { .host = "", .guest = "" }, .fd = -1 };
	char *s = arena_dup(a, spec);
	size_t used;

	if (take_suffix(&p, s, e) < 0 || split(&p, s, e) < 0)
		return -1;
	if (p.n < 2)
		return err_set(e, "net: publish \"%s\": expected [ADDRESS:]HOST:CONTAINER",
			       spec);
	if (take_host(&p, &used, a, e) < 0 || take_guest(&p, used, a, e) < 0 ||
	    check_together(&p, e) < 0)
		return -1;
	return append(list, &p, a, e);
}

/* ---- lists ---- */

bool publish_same_host(const struct net_port *a, const struct net_port *b)
{
	return a->protocol == b->protocol && a->host_port == b->host_port &&
	       a->listener == b->listener && strcmp(a->host, b->host) == 0;
}

static bool is_any(const char *host)
{
	return !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

static bool same_family(const char *a, const char *b)
{
	return !*a || !*b || !strchr(a, ':') == !strchr(b, ':');
}

bool publish_clashes(const struct net_port *a, const struct net_port *b)
{
	if (a->listener || b->listener || text_starts(a->host, "unix:") ||
	    text_starts(b->host, "unix:"))
		return !a->listener && !b->listener && strcmp(a->host, b->host) == 0;
	if (a->protocol != b->protocol || a->host_port != b->host_port || !a->host_port ||
	    !same_family(a->host, b->host))
		return false;
	return is_any(a->host) || is_any(b->host) || strcmp(a->host, b->host) == 0;
}

int publish_check(const struct publish_list *list, struct err *e)
{
	size_t fds = 0;

	for (size_t i = 0; i < list->n; i++) {
		fds += list->v[i].listener;
		for (size_t k = 0; k < i; k++) {
			bool same = list->fds[i] >= 0 && list->fds[i] == list->fds[k];
			OWN_TEXT words = { 0 };

			if (!same && !publish_clashes(&list->v[i], &list->v[k]))
				continue;
			publish_print_port(&list->v[i], list->fds[i], &words);
			return err_set(e, "net: publish \"%s\": it is published already",
				       text_str(&words));
		}
	}
	if (fds > PUBLISH_FDS_MAX)
		return err_set(e, "net: publish: more than %d inherited sockets",
			       PUBLISH_FDS_MAX);
	return 0;
}

static void add_address(const char *address, struct text *out)
{
	bool v6 = strchr(address, ':') != NULL;

	if (*address)
		text_printf(out, "%s%s%s:", v6 ? "[" : "", address, v6 ? "]" : "");
}

void publish_print_port(const struct net_port *p, int fd, struct text *out)
{
	if (p->listener && fd >= 0)
		text_printf(out, "fd:%d:", fd);
	else if (p->listener)
		text_add(out, "fd:");
	else if (text_starts(p->host, "unix:"))
		text_printf(out, "%s:", p->host);
	else {
		add_address(p->host, out);
		text_printf(out, "%u:", p->host_port);
	}
	add_address(p->guest, out);
	text_printf(out, "%u/%s", p->guest_port, names_word(net_protocols, p->protocol));
	if (p->path != NET_PATH_AUTO)
		text_printf(out, ";mode=%s", names_word(net_paths, p->path));
}

int publish_parse_host_port(struct net_host_port *p, const char *word, struct arena *a,
			    struct err *e)
{
	char *s = arena_dup(a, word), *protocol = strchr(s, '/');
	int64_t num = NET_TCP;
	uint64_t port;

	if (protocol)
		*protocol++ = '\0';
	if (!num_dec(s, UINT16_MAX, &port) || port == 0)
		return err_set(e, "net: host_ports: \"%s\" is not a port (1-65535)", word);
	if (protocol && !names_find(net_protocols, protocol, &num))
		return err_set(e, "net: host_ports: \"%s\": expected /tcp or /udp", word);
	*p = (struct net_host_port){ (int)num, (uint16_t)port };
	return 0;
}
