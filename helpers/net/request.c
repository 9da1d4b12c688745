/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/request.h"

#include <errno.h>
#include <string.h>

/* clang-format off */

static const struct name verbs[] = {
	{ "add_hostfwd",    VERB_ADD },
	{ "add_many",       VERB_ADD_MANY },
	{ "list_hostfwd",   VERB_LIST },
	{ "remove_hostfwd", VERB_REMOVE },
	{ "stats",          VERB_STATS },
	{ "info",           VERB_INFO },
	{ 0 },
};

/* What can come of a port that is added. */
static const struct name errnos[] = {
	{ "EACCES",        EACCES },
	{ "EADDRINUSE",    EADDRINUSE },
	{ "EADDRNOTAVAIL", EADDRNOTAVAIL },
	{ "EAFNOSUPPORT",  EAFNOSUPPORT },
	{ "EINVAL",        EINVAL },
	{ "EMFILE",        EMFILE },
	{ "ENFILE",        ENFILE },
	{ "ENOBUFS",       ENOBUFS },
	{ "ENOENT",        ENOENT },
	{ "ENOMEM",        ENOMEM },
	{ "ENOSPC",        ENOSPC },
	{ "ENOTSUP",       ENOTSUP },
	{ "EPERM",         EPERM },
	{ 0 },
};

struct arguments {
	const char *proto, *host_addr, *guest_addr, *mode;
	const int64_t *host_port, *guest_port, *id;
	LIST(struct net_port) ports;
};

struct words {
	const char *execute;
	const struct arguments *arguments;
};

static const struct table arguments_table = { sizeof(struct arguments), (const struct field[]) {
	{ "proto",      F_STR(arguments, proto) },
	{ "host_addr",  F_STR(arguments, host_addr) },
	{ "host_port",  F_OPT_I64(arguments, host_port) },
	{ "guest_addr", F_STR(arguments, guest_addr) },
	{ "guest_port", F_OPT_I64(arguments, guest_port) },
	{ "mode",       F_STR(arguments, mode) },
	{ "id",         F_OPT_I64(arguments, id) },
	{ "ports",      F_LIST(arguments, ports, net_port, &net_port_table) },
	{ 0 } } };

static const struct table words_table = { sizeof(struct words), (const struct field[]) {
	{ "execute",   F_STR(words, execute) },
	{ "arguments", F_OBJ(words, arguments, arguments, &arguments_table) },
	{ 0 } } };

/* clang-format on */

long request_length(const char *text, size_t n)
{
	size_t depth = 0, i = 0;
	bool quoted = false;

	while (i < n && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	if (i < n && text[i] != '{')
		return -1;
	for (; i < n; i++) {
		char c = text[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && --depth == 0)
			return (long)i + 1;
	}
	return 0;
}

/* ---- arguments ---- */

static int bad(struct err *e, const char *verb, const char *key)
{
	err_set(e, "bad request: %s: bad arguments.%s", verb, key);
	e->sys = EINVAL;
	return -1;
}

static bool is_port(const int64_t *p)
{
	return p && *p >= 0 && *p <= UINT16_MAX;
}

/* The address that is meant when none is said is slirp4netns': IPv4 alone. */
static int read_port(const struct arguments *a, size_t fd_count, struct net_port *out,
		     struct err *e)
{
	static const char verb[] = "add_hostfwd";
	int64_t protocol = NET_TCP, path = NET_PATH_AUTO;

	if (!a->proto || !names_find(net_protocols, a->proto, &protocol))
		return bad(e, verb, "proto");
	if (a->mode && !names_find(net_paths, a->mode, &path))
		return bad(e, verb, "mode");
	if (!is_port(a->host_port) && !(fd_count && !a->host_port))
		return bad(e, verb, "host_port");
	if (!is_port(a->guest_port) || !*a->guest_port)
		return bad(e, verb, "guest_port");
	*out = (struct net_port){ .protocol = (int)protocol,
				  .path = (int)path,
				  .host = a->host_addr ? a->host_addr : "0.0.0.0",
				  .host_port = a->host_port ? (uint16_t)*a->host_port : 0,
				  .listener = fd_count > 0,
				  .guest = a->guest_addr,
				  .guest_port = (uint16_t)*a->guest_port };
	return 0;
}

static int check_port(const struct publish *p, struct err *e)
{
	OWN_TEXT name = { 0 };

	if (!p->unix_path || p->listener)
		return 0;
	/* nothing of the file system is in sight here */
	publish_print(p, &name);
	err_set(e, "%s: open the socket, and send it with the request", text_str(&name));
	e->sys = ENOTSUP;
	return -1;
}

static int read_ports(const struct net_port *v, size_t n, const struct settings *s,
		      struct request *out, struct arena *a, struct err *e)
{
	if (n == 0 || n > REQUEST_PORTS_MAX)
		return bad(e, "add_many", "ports");
	out->ports = arena_new(a, n, sizeof(*out->ports));
	out->port_count = n;
	for (size_t i = 0; i < n; i++) {
		if (publish_read(&v[i], s, &out->ports[i], a, e) < 0) {
			e->sys = EINVAL;
			return -1;
		}
		if (check_port(&out->ports[i], e) < 0)
			return -1;
		out->listeners += out->ports[i].listener;
	}
	return 0;
}

static int read_arguments(const struct arguments *args, size_t fd_count,
			  const struct settings *s, struct request *out, struct arena *a,
			  struct err *e)
{
	struct net_port one;

	switch ((enum verb)out->verb) {
	case VERB_ADD:
		if (read_port(args, fd_count, &one, e) < 0)
			return -1;
		return read_ports(&one, 1, s, out, a, e);
	case VERB_ADD_MANY:
		return read_ports(args->ports.v, args->ports.n, s, out, a, e);
	case VERB_REMOVE:
		if (!args->id || *args->id < 1 || *args->id > UINT32_MAX)
			return bad(e, "remove_hostfwd", "id");
		out->id = (uint32_t)*args->id;
		return 0;
	case VERB_LIST:
	case VERB_STATS:
	case VERB_INFO:
		return 0;
	}
	return 0;
}

/* ---- the whole ---- */

static int refuse(struct err *e, const char *why)
{
	err_set(e, "bad request: %s", why);
	e->sys = EINVAL;
	return -1;
}

int request_parse(const char *text, size_t n, size_t fd_count, const struct settings *s,
		  struct request *out, struct arena *a, struct err *e)
{
	static const struct arguments none;
	struct words w = { 0 };
	int64_t verb;

	*out = (struct request){ 0 };
	if (json_load("request", text, n, &words_table, &w, a, e) < 0) {
		err_in(e, "bad request: cannot parse JSON");
		e->sys = EINVAL;
		return -1;
	}
	if (!w.execute)
		return refuse(e, "no execute found");
	if (!names_find(verbs, w.execute, &verb))
		return refuse(e, "unknown execute");
	out->verb = (int)verb;
	if (read_arguments(w.arguments ? w.arguments : &none, fd_count, s, out, a, e) < 0)
		return -1;
	if (fd_count != out->listeners)
		return refuse(e, "a descriptor is sent for each port that has a listener");
	return 0;
}

void request_print_error(const struct err *e, struct text *out)
{
	const char *name = names_word(errnos, e->sys);

	text_add(out, "{\"error\":{\"desc\":");
	json_quote(out, e->text);
	text_printf(out, ",\"errno\":\"%s\"}}", name ? name : "EIO");
}
