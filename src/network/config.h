/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runc tells runc-net about one container's network, and how: the only thing
 * that the two programs share. Pure.
 *
 * runc starts runc-net with a SOCK_SEQPACKET socket as descriptor 3 and nothing else
 * open but 0, 1 and 2 (all /dev/null). It sends one message: this document, with
 * descriptors by SCM_RIGHTS in the order of enum net_fd and then one for each port
 * that has .listener. runc-net answers with any number of messages of struct
 * net_answer, a JSON document each: "log" at most a few, then one "ready" or one
 * "failed"; after "ready" it closes the socket. If runc closes it first, runc-net ends.
 */
#ifndef NETWORK_CONFIG_H
#define NETWORK_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

#define NET_CONFIG_FD 3
#define NET_CONFIG_MAX (256u << 10) /* bytes of one message */

/* Descriptors that come with the document, in this order. */
enum net_fd {
	NET_FD_NETNS,   /* the container's network namespace */
	NET_FD_INIT,    /* pidfd of its init: runc-net ends with it */
	NET_FD_CONTROL, /* listening socket of ROOT/ID/net.sock */
	NET_FD_USERNS,  /* user namespace that owns NETNS; absent if .userns is false */
	NET_FD_COUNT,
};

enum net_mode {
	NET_NONE,    /* as the config says; no helper */
	NET_SLIRP,   /* a device, libslirp, published ports */
	NET_PUBLISH, /* published ports alone: no device, no libslirp */
};

enum net_backend { NET_BACKEND_AUTO, NET_BACKEND_TAP, NET_BACKEND_VETH };

enum net_protocol { NET_TCP, NET_UDP };

/* How a published port gets in: spliced to a socket made inside, or through libslirp. */
enum net_path { NET_PATH_AUTO, NET_PATH_SPLICE, NET_PATH_SLIRP };

/* One listener; ranges are expanded before they come here. */
struct net_port {
	int protocol;     /* enum net_protocol */
	int path;         /* enum net_path */
	const char *host; /* numeric address; "" is all of both families; "unix:/path" */
	uint16_t host_port; /* 0: the kernel chooses */
	bool listener;      /* an inherited socket comes with the document instead */
	const char *guest;  /* numeric address inside; "" is the container's own */
	uint16_t guest_port;
};

/* host_ports: this port of the host's loopback is reached at the gateway's address. */
struct net_host_port {
	int protocol;
	uint16_t port;
};

struct net_config {
	const char *id;
	int mode;          /* enum net_mode */
	int backend;       /* enum net_backend */
	bool userns;       /* NET_FD_USERNS is there: join it first */
	uint32_t uid, gid; /* inside that user namespace, for the sandbox; without one, of
			      the host: ids that own nothing */
	bool debug;        /* a system call that its filter forbids is named on stderr */

	const char *ifname; /* "eth0" */
	const char *mac;    /* "52:54:00:…" */
	uint32_t mtu;       /* of the device inside */
	const char *network, *address, *gateway,
		*dns_address; /* IPv4, "10.0.2.0/24", … */
	bool ipv6;
	const char *network6, *address6, *gateway6, *dns_address6; /* "fd00::/64", … */

	bool host_loopback; /* 10.0.2.2 is the host's 127.0.0.1 */
	bool restrict_out;  /* nothing goes out but answers */
	bool dns; /* names are resolved by what the host's /etc/resolv.conf says */
	struct strings dns_servers; /* instead of those of the host */
	const char *outbound_address, *outbound_address6; /* NULL: the host's choice */

	LIST(struct net_port) ports;
	LIST(struct net_host_port) host_ports;
};

extern const struct table net_config_table, net_port_table;
extern const struct name net_modes[], net_backends[], net_protocols[], net_paths[];

enum net_answer_kind { NET_LOG, NET_READY, NET_FAILED };

struct net_answer {
	int kind;
	const char *level;   /* log: "warning", "info", "debug" */
	const char *text;    /* log, failed: one line without prefix */
	int32_t sys;         /* failed: errno, 0 if none */
	int32_t port;        /* failed: index of the port that it is about; -1 */
	const char *backend; /* ready: "tap", "veth", "none" */
	LIST(uint32_t)
	host_ports; /* ready: of each port in order, those chosen filled in */
};

extern const struct table net_answer_table;

#endif
