/* SPDX-License-Identifier: Apache-2.0 */
#include "network/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "kernel/sock.h"

#define PATIENCE_MS 10000
#define ANSWER_MAX (4u << 20)

/* clang-format off */

static const struct table entry_table = { sizeof(struct control_entry), (const struct field[]) {
	{ "id",         F_U32(control_entry, id), .need = true },
	{ "proto",      F_STR(control_entry, protocol), .need = true },
	{ "host_addr",  F_STR(control_entry, host_addr), .show = true },
	{ "host_addr6", F_STR(control_entry, host_addr6) },
	{ "host_port",  F_U32(control_entry, host_port), .show = true },
	{ "guest_addr", F_STR(control_entry, guest_addr), .show = true },
	{ "guest_port", F_U32(control_entry, guest_port), .show = true },
	{ "mode",       F_STR(control_entry, mode) },
	{ 0 } } };

static const struct table port_stats_table = { sizeof(struct control_port_stats), (const struct field[]) {
	{ "id",          F_U32(control_port_stats, id), .need = true },
	{ "connections", F_U64(control_port_stats, connections), .show = true },
	{ "active",      F_U64(control_port_stats, active), .show = true },
	{ "bytes_in",    F_U64(control_port_stats, bytes_in), .show = true },
	{ "bytes_out",   F_U64(control_port_stats, bytes_out), .show = true },
	{ 0 } } };

#define STATS(s, m) \
	{ "backend",     F_STR(s, m backend), .show = true }, \
	{ "uptime_ms",   F_U64(s, m uptime_ms), .show = true }, \
	{ "frames_in",   F_U64(s, m frames_in), .show = true }, \
	{ "frames_out",  F_U64(s, m frames_out), .show = true }, \
	{ "bytes_in",    F_U64(s, m bytes_in), .show = true }, \
	{ "bytes_out",   F_U64(s, m bytes_out), .show = true }, \
	{ "dropped",     F_U64(s, m dropped), .show = true }, \
	{ "connections", F_U64(s, m connections), .show = true }, \
	{ "ports",       F_LIST(s, m ports, control_port_stats, &port_stats_table), .show = true }

const struct table control_stats_table = { sizeof(struct control_stats), (const struct field[]) {
	STATS(control_stats, ), { 0 } } };

const struct table control_entries_table = { sizeof(struct control_entries), (const struct field[]) {
	{ "entries", F_LIST(control_entries, list, control_entry, &entry_table), .show = true },
	{ 0 } } };

static const struct table return_table = { sizeof(struct control_return), (const struct field[]) {
	{ "ids", F_U32S(control_return, ids) },
	STATS(control_return, stats.), { 0 } } };

static const struct table error_table = { sizeof(struct control_error), (const struct field[]) {
	{ "desc",  F_STR(control_error, text) },
	{ "errno", F_STR(control_error, name) },
	{ 0 } } };

static const struct table answer_table = { sizeof(struct control_answer), (const struct field[]) {
	{ "return",  F_OBJ(control_answer, ret, control_return, &return_table) },
	{ "entries", F_LIST(control_answer, entries, control_entry, &entry_table) },
	{ "error",   F_OBJ(control_answer, error, control_error, &error_table) },
	{ 0 } } };

/* clang-format on */

/* ---- words ---- */

static void print_port(const struct net_port *p, struct text *out)
{
	text_printf(out, "{\"protocol\":\"%s\",\"path\":\"%s\",\"host\":",
		    names_word(net_protocols, p->protocol),
		    names_word(net_paths, p->path));
	json_quote(out, p->host);
	text_printf(out, ",\"hostPort\":%u,\"listener\":%s,\"guest\":", p->host_port,
		    p->listener ? "true" : "false");
	json_quote(out, p->guest);
	text_printf(out, ",\"guestPort\":%u}", p->guest_port);
}

void control_print_add(const struct net_port *ports, size_t n, struct text *out)
{
	text_add(out, "{\"execute\":\"add_many\",\"arguments\":{\"ports\":[");
	for (size_t i = 0; i < n; i++) {
		text_add(out, i ? "," : "");
		print_port(&ports[i], out);
	}
	text_add(out, "]}}");
}

int control_parse(const char *text, size_t n, struct control_answer *out, struct arena *a,
		  struct err *e)
{
	*out = (struct control_answer){ 0 };
	if (json_load("net.sock", text, n, &answer_table, out, a, e) < 0)
		return err_in(e, "net");
	if (!out->error)
		return 0;
	err_set(e, "net: %s", out->error->text ? out->error->text : "refused");
	if (out->error->name && strcmp(out->error->name, "EADDRINUSE") == 0)
		e->sys = EADDRINUSE;
	return -1;
}

/* ---- asking ---- */

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* All up to the end: one answer, then it closes. */
static int read_answer(int sock, struct text *out, struct err *e)
{
	long long end = now_ms() + PATIENCE_MS;
	struct pollfd p = { .fd = sock, .events = POLLIN };

	for (;;) {
		long long left = end - now_ms();
		ssize_t n;

		if (left <= 0 || out->len > ANSWER_MAX)
			return err_set(e, "net: runc-net does not answer");
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = recv(sock, text_room(out, 65536), 65536, MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_sys(e, "net: hear runc-net");
		out->len += n > 0 ? (size_t)n : 0;
	}
}

static int ask(int sock, const char *request, const int *fds, size_t fd_count,
	       struct control_answer *answer, struct arena *a, struct err *e)
{
	OWN_TEXT text = { 0 };

	/* our half is closed: slirp4netns reads up to the end */
	if (sock_send(sock, request, strlen(request), fds, fd_count) < 0 ||
	    shutdown(sock, SHUT_WR) < 0)
		return err_sys(e, "net: ask runc-net");
	if (read_answer(sock, &text, e) < 0)
		return -1;
	return control_parse(text_str(&text), text.len, answer, a, e);
}

int control_list(int sock, struct control_entries *out, struct arena *a, struct err *e)
{
	struct control_answer answer = { 0 };

	if (ask(sock, "{\"execute\":\"list_hostfwd\"}", NULL, 0, &answer, a, e) < 0)
		return -1;
	out->list.v = answer.entries.v;
	out->list.n = answer.entries.n;
	return 0;
}

int control_stats(int sock, struct control_stats *out, struct arena *a, struct err *e)
{
	struct control_answer answer = { 0 };

	if (ask(sock, "{\"execute\":\"stats\"}", NULL, 0, &answer, a, e) < 0)
		return -1;
	if (!answer.ret)
		return err_set(e, "net: runc-net answers without stats");
	*out = answer.ret->stats;
	return 0;
}

int control_add(int sock, const struct net_port *ports, const int *fds, size_t n,
		const uint32_t **ids, struct arena *a, struct err *e)
{
	struct control_answer answer = { 0 };
	OWN_TEXT request = { 0 };
	int sent[SOCK_FDS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < n && count < SOCK_FDS_MAX; i++)
		if (ports[i].listener)
			sent[count++] = fds[i];
	control_print_add(ports, n, &request);
	if (ask(sock, text_str(&request), sent, count, &answer, a, e) < 0)
		return -1;
	if (!answer.ret || answer.ret->ids.n != n)
		return err_set(e, "net: runc-net answers without ids");
	*ids = answer.ret->ids.v;
	return 0;
}

int control_remove(int sock, uint32_t id, struct arena *a, struct err *e)
{
	const char *request =
		arena_printf(a,
			     "{\"execute\":\"remove_hostfwd\",\"arguments\":{\"id\":%u}}",
			     id);
	struct control_answer answer = { 0 };

	return ask(sock, request, NULL, 0, &answer, a, e);
}
