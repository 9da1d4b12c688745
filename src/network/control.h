/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket of runc-net, as a client sees it: one JSON object each way, as
 * slirp4netns has it, and more. What comes back is not believed further than its types.
 */
#ifndef NETWORK_CONTROL_H
#define NETWORK_CONTROL_H

#include "base/arena.h"
#include "base/err.h"
#include "network/config.h"

struct control_entry {
	uint32_t id;
	const char *protocol, *mode;
	const char *host_addr, *guest_addr; /* numeric, "unix:/path", or "fd" */
	const char *host_addr6;             /* all of IPv6 too: "::"; NULL */
	uint32_t host_port, guest_port;
};

struct control_port_stats {
	uint32_t id;
	uint64_t connections, active, bytes_in, bytes_out;
};

struct control_stats {
	const char *backend;
	uint64_t uptime_ms, frames_in, frames_out, bytes_in, bytes_out, dropped,
		connections;
	LIST(struct control_port_stats) ports;
};

struct control_entries {
	LIST(struct control_entry) list;
};

extern const struct table control_entries_table, control_stats_table;

/*
 * Each asks over a connection of its own, sock, and waits at most ten seconds for the
 * answer. Runs: host.
 */
int control_list(int sock, struct control_entries *out, struct arena *a, struct err *e);
int control_stats(int sock, struct control_stats *out, struct arena *a, struct err *e);

/* All n ports or none; fds: for each that has .listener its socket. *ids: the arena's. */
int control_add(int sock, const struct net_port *ports, const int *fds, size_t n,
		const uint32_t **ids, struct arena *a, struct err *e);
int control_remove(int sock, uint32_t id, struct arena *a, struct err *e);

/* The requests and answers themselves. Pure. */
void control_print_add(const struct net_port *ports, size_t n, struct text *out);

struct control_answer {
	const struct control_return *ret; /* NULL: none */
	LIST(struct control_entry) entries;
	const struct control_error *error; /* NULL: none */
};

struct control_return {
	LIST(uint32_t) ids;
	struct control_stats stats; /* spread over "return" */
};

struct control_error {
	const char *text, *name; /* "EADDRINUSE" */
};

int control_parse(const char *text, size_t n, struct control_answer *out, struct arena *a,
		  struct err *e);

#endif
