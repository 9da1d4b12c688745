/* SPDX-License-Identifier: Apache-2.0 */
#include "network/config.h"

/* clang-format off */

#define TABLE(name, type) const struct table name = { sizeof(struct type), (const struct field[])
#define END { 0 } }
#define F_U16(s, m) .kind = K_U16, .at = FIELD_AT(s, m, uint16_t)

const struct name net_modes[] = {
	{ "none",    NET_NONE },
	{ "slirp",   NET_SLIRP },
	{ "publish", NET_PUBLISH },
	{ 0 },
};

const struct name net_backends[] = {
	{ "auto", NET_BACKEND_AUTO },
	{ "tap",  NET_BACKEND_TAP },
	{ "veth", NET_BACKEND_VETH },
	{ 0 },
};

const struct name net_protocols[] = {
	{ "tcp", NET_TCP },
	{ "udp", NET_UDP },
	{ 0 },
};

const struct name net_paths[] = {
	{ "auto",   NET_PATH_AUTO },
	{ "splice", NET_PATH_SPLICE },
	{ "slirp",  NET_PATH_SLIRP },
	{ 0 },
};

static const struct name answer_kinds[] = {
	{ "log",    NET_LOG },
	{ "ready",  NET_READY },
	{ "failed", NET_FAILED },
	{ 0 },
};

TABLE(net_port_table, net_port) {
	{ "protocol",  F_WORD(net_port, protocol, net_protocols), .need = true },
	{ "path",      F_WORD(net_port, path, net_paths), .show = true },
	{ "host",      F_STR(net_port, host) },
	{ "hostPort",  F_U16(net_port, host_port), .show = true },
	{ "listener",  F_BOOL(net_port, listener) },
	{ "guest",     F_STR(net_port, guest) },
	{ "guestPort", F_U16(net_port, guest_port), .show = true },
	END };

static TABLE(host_port, net_host_port) {
	{ "protocol", F_WORD(net_host_port, protocol, net_protocols), .need = true },
	{ "port",     F_U16(net_host_port, port), .need = true },
	END };

TABLE(net_config_table, net_config) {
	{ "id",               F_STR(net_config, id), .need = true },
	{ "mode",             F_WORD(net_config, mode, net_modes), .need = true },
	{ "backend",          F_WORD(net_config, backend, net_backends), .show = true },
	{ "userns",           F_BOOL(net_config, userns) },
	{ "uid",              F_U32(net_config, uid), .show = true },
	{ "gid",              F_U32(net_config, gid), .show = true },
	{ "debug",            F_BOOL(net_config, debug) },
	{ "ifname",           F_STR(net_config, ifname) },
	{ "mac",              F_STR(net_config, mac) },
	{ "mtu",              F_U32(net_config, mtu) },
	{ "network",          F_STR(net_config, network) },
	{ "address",          F_STR(net_config, address) },
	{ "gateway",          F_STR(net_config, gateway) },
	{ "dnsAddress",       F_STR(net_config, dns_address) },
	{ "ipv6",             F_BOOL(net_config, ipv6) },
	{ "network6",         F_STR(net_config, network6) },
	{ "address6",         F_STR(net_config, address6) },
	{ "gateway6",         F_STR(net_config, gateway6) },
	{ "dnsAddress6",      F_STR(net_config, dns_address6) },
	{ "hostLoopback",     F_BOOL(net_config, host_loopback) },
	{ "restrict",         F_BOOL(net_config, restrict_out) },
	{ "dns",              F_BOOL(net_config, dns) },
	{ "dnsServers",       F_STRS(net_config, dns_servers) },
	{ "outboundAddress",  F_STR(net_config, outbound_address) },
	{ "outboundAddress6", F_STR(net_config, outbound_address6) },
	{ "ports",            F_LIST(net_config, ports, net_port, &net_port_table) },
	{ "hostPorts",        F_LIST(net_config, host_ports, net_host_port, &host_port) },
	END };

TABLE(net_answer_table, net_answer) {
	{ "kind",      F_WORD(net_answer, kind, answer_kinds), .need = true },
	{ "level",     F_STR(net_answer, level) },
	{ "text",      F_STR(net_answer, text) },
	{ "errno",     F_I32(net_answer, sys) },
	{ "port",      F_I32(net_answer, port), .show = true },
	{ "backend",   F_STR(net_answer, backend) },
	{ "hostPorts", F_U32S(net_answer, host_ports) },
	END };
/* clang-format on */
