/* SPDX-License-Identifier: Apache-2.0 */
#include "network/asked.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/own.h"

#define MTU_MIN 576
#define MTU_MIN_IPV6 1280
#define MTU_MAX 65520
#define SERVERS_MAX 8
#define DOMAINS_MAX 32
#define HOST_PORTS_MAX 64

/* ---- values ---- */

static int bad_value(enum key key, const char *value, const char *want, struct err *e)
{
	return err_set(e, "net: %s \"%s\": expected %s", asked_word(key), value, want);
}

static int parse_bool(const struct asked *asked, enum key key, bool *out, struct err *e)
{
	const char *value = asked->values[key];

	if (!value || num_bool(value, out))
		return 0;
	return bad_value(key, value, "true or false", e);
}

static const char *print_ipv4(uint32_t address, struct arena *a)
{
	const struct in_addr in = { htonl(address) };
	char text[INET_ADDRSTRLEN];

	return arena_dup(a, inet_ntop(AF_INET, &in, text, sizeof(text)));
}

static bool parse_ipv4(const char *word, uint32_t *address)
{
	struct in_addr in;

	if (inet_pton(AF_INET, word, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return true;
}

struct subnet {
	uint32_t first, last; /* network and broadcast address */
};

static int parse_cidr(const char *value, struct subnet *net, struct arena *a,
		      struct err *e)
{
	char *word = arena_dup(a, value), *slash = strchr(word, '/');
	uint64_t bits;

	if (slash)
		*slash++ = '\0';
	if (!slash || !num_dec(slash, 29, &bits) || bits < 8 ||
	    !parse_ipv4(word, &net->first))
		return bad_value(KEY_CIDR, value,
				 "a network like 10.0.2.0/24, from /8 to /29", e);
	net->last = net->first | (UINT32_MAX >> bits);
	if (net->first & (UINT32_MAX >> bits))
		return err_set(e,
			       "net: cidr \"%s\": bits of the host are set: %s/%s is meant",
			       value, print_ipv4(net->first & ~(UINT32_MAX >> bits), a),
			       slash);
	return 0;
}

/* The container is the hundredth of its network, as users of slirp4netns know it. */
static int plan_ipv4(struct net_config *c, const struct asked *asked, struct arena *a,
		     struct err *e)
{
	const char *cidr = asked->values[KEY_CIDR], *ip = asked->values[KEY_IP];
	struct subnet net = { 0 };
	uint32_t address;

	c->network = cidr ? cidr : "10.0.2.0/24";
	if (parse_cidr(c->network, &net, a, e) < 0)
		return -1;
	address = net.first + (net.last - net.first > 100 ? 100 : 4);
	if (ip && !parse_ipv4(ip, &address))
		return bad_value(KEY_IP, ip, "an IPv4 address", e);
	if (address <= net.first || address >= net.last || address == net.first + 2 ||
	    address == net.first + 3)
		return err_set(e,
			       "net: ip \"%s\": not a free address of %s (%s is the gateway, %s the name server)",
			       ip, c->network, print_ipv4(net.first + 2, a),
			       print_ipv4(net.first + 3, a));
	c->address = print_ipv4(address, a);
	c->gateway = print_ipv4(net.first + 2, a);
	c->dns_address = print_ipv4(net.first + 3, a);
	return 0;
}

static const char *print_ipv6(const struct in6_addr *prefix, uint16_t host,
			      struct arena *a)
{
	struct in6_addr address = *prefix;
	char text[INET6_ADDRSTRLEN];

	address.s6_addr[14] = (unsigned char)(host >> 8);
	address.s6_addr[15] = (unsigned char)host;
	return arena_dup(a, inet_ntop(AF_INET6, &address, text, sizeof(text)));
}

void network_set_ipv6(struct net_config *c, const struct in6_addr *prefix, struct arena *a)
{
	c->network6 = arena_printf(a, "%s/64", print_ipv6(prefix, 0, a));
	c->address6 = print_ipv6(prefix, 0x100, a);
	c->gateway6 = print_ipv6(prefix, 2, a);
	c->dns_address6 = print_ipv6(prefix, 3, a);
}

static int parse_cidr6(const char *value, struct in6_addr *prefix, struct arena *a,
		       struct err *e)
{
	char *word = arena_dup(a, value), *slash = strchr(word, '/');
	static const unsigned char none[8];

	if (slash)
		*slash++ = '\0';
	if (!slash || strcmp(slash, "64") != 0 || inet_pton(AF_INET6, word, prefix) != 1 ||
	    memcmp(prefix->s6_addr + 8, none, sizeof(none)) != 0)
		return bad_value(KEY_CIDR6, value, "a network like fd00:1::/64", e);
	return 0;
}

static int plan_ipv6(struct network_plan *p, const struct asked *asked, struct arena *a,
		     struct err *e)
{
	const char *value = asked->values[KEY_IPV6], *cidr = asked->values[KEY_CIDR6];
	struct in6_addr prefix = { .s6_addr = { 0xfd } };
	struct net_config *c = &p->config;
	bool on;

	p->ipv6 = IPV6_AUTO;
	p->own_cidr6 = cidr != NULL;
	if (cidr && parse_cidr6(cidr, &prefix, a, e) < 0)
		return -1;
	network_set_ipv6(c, &prefix, a);
	if (!value || strcmp(value, "auto") == 0) {
		if (c->mtu < MTU_MIN_IPV6)
			p->ipv6 = IPV6_NO;
		return 0;
	}
	if (!num_bool(value, &on))
		return bad_value(KEY_IPV6, value, "auto, true or false", e);
	p->ipv6 = on ? IPV6_YES : IPV6_NO;
	if (on && c->mtu < MTU_MIN_IPV6)
		return err_set(e, "net: ipv6 needs an mtu of at least %d", MTU_MIN_IPV6);
	return 0;
}

/* Of the kernel's own rules for names of devices, and not what is there already. */
static bool is_ifname(const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || strcmp(name, "lo") == 0)
		return false;
	for (; *name; name++)
		if (!isgraph((unsigned char)*name) || strchr("/:%", *name))
			return false;
	return true;
}

static bool is_mac(const char *mac)
{
	/* an odd first byte is a group's */
	if (strlen(mac) != 17 || strchr("13579bdfBDF", mac[1]))
		return false;
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? mac[i] != ':' : !isxdigit((unsigned char)mac[i]))
			return false;
	return true;
}

/* The same container has the same address every time. */
static const char *make_mac(const char *id, struct arena *a)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *id; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return arena_printf(a, "52:54:%02x:%02x:%02x:%02x", hash >> 24, hash >> 16 & 0xff,
			    hash >> 8 & 0xff, hash & 0xff);
}

static int plan_device(struct net_config *c, const struct asked *asked, struct arena *a,
		       struct err *e)
{
	const char *const *v = asked->values;
	uint64_t mtu = 1500;
	int64_t backend = NET_BACKEND_AUTO;

	c->ifname = v[KEY_IFNAME] ? v[KEY_IFNAME] : "eth0";
	c->mac = v[KEY_MAC] ? v[KEY_MAC] : make_mac(c->id, a);
	if (!is_ifname(c->ifname))
		return bad_value(KEY_IFNAME, c->ifname,
				 "a name of 1 to 15 characters that is not lo", e);
	if (!is_mac(c->mac))
		return bad_value(KEY_MAC, c->mac, "an address like 52:54:00:12:34:56", e);
	if (v[KEY_MTU] && (!num_dec(v[KEY_MTU], MTU_MAX, &mtu) || mtu < MTU_MIN))
		return bad_value(KEY_MTU, v[KEY_MTU], "576 to 65520", e);
	if (v[KEY_BACKEND] && !names_find(net_backends, v[KEY_BACKEND], &backend))
		return bad_value(KEY_BACKEND, v[KEY_BACKEND], "auto, tap or veth", e);
	c->mtu = (uint32_t)mtu;
	c->backend = (int)backend;
	return 0;
}

static int plan_host_ports(struct net_config *c, const char *value, struct arena *a,
			   struct err *e)
{
	struct net_host_port *v = arena_new(a, HOST_PORTS_MAX, sizeof(*v));
	char *rest = value && *value ? arena_dup(a, value) : NULL, *word;
	size_t n = 0;

	while ((word = asked_next(&rest))) {
		if (n == HOST_PORTS_MAX)
			return err_set(e, "net: host_ports: more than %d", HOST_PORTS_MAX);
		if (publish_parse_host_port(&v[n++], word, a, e) < 0)
			return -1;
	}
	c->host_ports.v = v;
	c->host_ports.n = n;
	if (n && c->host_loopback)
		return err_set(e,
			       "net: host_ports: host_loopback opens all ports already: give one of the two");
	return 0;
}

static bool is_domain(const char *word)
{
	return *word && strlen(word) <= 253 &&
	       word[strspn(word,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")] ==
		       '\0';
}

static bool is_server(const char *word)
{
	return publish_is_ipv4(word) || publish_is_ipv6(word);
}

/* A list of at most so many words that are all like this. */
static int parse_list(enum key key, const char *value, size_t max,
		      bool (*is_good)(const char *word), const char *want,
		      struct strings *out, struct arena *a, struct err *e)
{
	char **v = arena_new(a, max + 1, sizeof(*v)), *word;
	char *rest = value && *value ? arena_dup(a, value) : NULL;
	size_t n = 0;

	while ((word = asked_next(&rest))) {
		if (!is_good(word))
			return bad_value(key, word, want, e);
		if (n == max)
			return err_set(e, "net: %s: more than %zu", asked_word(key), max);
		v[n++] = word;
	}
	*out = (struct strings){ v, n };
	return 0;
}

static int plan_dns(struct network_plan *p, const struct asked *asked, struct arena *a,
		    struct err *e)
{
	const char *servers = asked->values[KEY_DNS],
		   *search = asked->values[KEY_DNS_SEARCH];

	p->config.dns = !servers || strcmp(servers, "none") != 0;
	p->own_search = search != NULL;
	if (!p->config.dns)
		servers = NULL;
	if (!p->config.dns && search)
		return err_set(e, "net: dns_search has no meaning with dns=none");
	if (servers && !*servers)
		return bad_value(KEY_DNS, servers, "addresses, or none", e);
	if (parse_list(KEY_DNS, servers, SERVERS_MAX, is_server,
		       "an address of a name server, or none", &p->config.dns_servers, a,
		       e) < 0)
		return -1;
	return parse_list(KEY_DNS_SEARCH, search, DOMAINS_MAX, is_domain,
			  "a domain like example.org", &p->dns_search, a, e);
}

static int plan_outbound(struct net_config *c, const struct asked *asked, struct err *e)
{
	c->outbound_address = asked->values[KEY_OUTBOUND_ADDR];
	c->outbound_address6 = asked->values[KEY_OUTBOUND_ADDR6];
	if (c->outbound_address && !publish_is_ipv4(c->outbound_address))
		return bad_value(KEY_OUTBOUND_ADDR, c->outbound_address,
				 "an IPv4 address of the host", e);
	if (c->outbound_address6 && !publish_is_ipv6(c->outbound_address6))
		return bad_value(KEY_OUTBOUND_ADDR6, c->outbound_address6,
				 "an IPv6 address of the host", e);
	return 0;
}

static int plan_slirp(struct network_plan *p, const struct asked *asked, struct arena *a,
		      struct err *e)
{
	struct net_config *c = &p->config;

	if (plan_device(c, asked, a, e) < 0 || plan_ipv4(c, asked, a, e) < 0 ||
	    plan_ipv6(p, asked, a, e) < 0 ||
	    parse_bool(asked, KEY_HOST_LOOPBACK, &c->host_loopback, e) < 0 ||
	    parse_bool(asked, KEY_RESTRICT, &c->restrict_out, e) < 0 ||
	    plan_host_ports(c, asked->values[KEY_HOST_PORTS], a, e) < 0 ||
	    plan_dns(p, asked, a, e) < 0)
		return -1;
	return plan_outbound(c, asked, e);
}

/* ---- the mode ---- */

static int check_publish_mode(const struct asked *asked, struct err *e)
{
	for (int i = 0; i < KEYS; i++)
		if (asked->values[i])
			return err_set(e,
				       "net: %s has no meaning where ports are published and there is no other network: use slirp",
				       asked_word((enum key)i));
	if (asked->ports.n == 0)
		return err_set(e, "net: " NETWORK_ANNOTATION
				  " is publish, and " NETWORK_ANNOTATION
				  ".publish names no ports");
	for (size_t i = 0; i < asked->ports.n; i++) {
		const struct net_port *port = &asked->ports.v[i];
		OWN_TEXT words = { 0 };

		if (port->protocol == NET_TCP && port->path != NET_PATH_SLIRP)
			continue;
		publish_print_port(port, asked->ports.fds[i], &words);
		return err_set(e, "net: publish \"%s\": %s needs slirp as network",
			       text_str(&words),
			       port->protocol == NET_UDP ? "udp" : "mode=slirp");
	}
	return 0;
}

/* Something was said of a network, and nobody said which. */
static int check_unasked(const struct asked *asked, struct err *e)
{
	if (asked->published)
		return err_set(e,
			       "net: --publish needs --network slirp, or --network none for published ports and no other network");
	if (asked->ports.n)
		return err_set(e,
			       "net: " NETWORK_ANNOTATION
			       ".publish needs " NETWORK_ANNOTATION ", slirp or publish");
	for (int i = 0; i < KEYS; i++)
		if (asked->values[i])
			return err_set(e,
				       "net: " NETWORK_ANNOTATION
				       ".%s needs " NETWORK_ANNOTATION
				       ", slirp or publish",
				       asked_word((enum key)i));
	return 0;
}

static int plan_mode(struct network_plan *p, const struct asked *asked, struct err *e)
{
	if (!asked->mode) {
		p->config.mode = NET_NONE;
		return check_unasked(asked, e);
	}
	if (strcmp(asked->mode, "slirp") == 0) {
		p->config.mode = NET_SLIRP;
		return 0;
	}
	if (asked->from_option)
		p->config.mode = asked->ports.n ? NET_PUBLISH : NET_NONE;
	else if (strcmp(asked->mode, "publish") == 0)
		p->config.mode = NET_PUBLISH;
	else
		return err_set(e,
			       "net: " NETWORK_ANNOTATION
			       " \"%s\": expected slirp or publish",
			       asked->mode);
	return p->config.mode == NET_PUBLISH ? check_publish_mode(asked, e) : 0;
}

static int check_namespace(struct network_plan *p, const struct spec *s,
			   const struct asked *asked, struct err *e)
{
	const struct spec_namespace *ns = spec_namespace(s, NS_NETWORK);

	if (ns && ns->path && *ns->path)
		return err_set(e,
			       "net: %s needs a new network namespace, but config.json joins %s",
			       p->asked, ns->path);
	p->make_namespace = !ns && asked->from_option;
	if (!ns && !asked->from_option)
		return err_set(e,
			       "net: %s needs a new network namespace: add {\"type\": \"network\"} to linux.namespaces",
			       p->asked);
	return 0;
}

int network_plan(struct network_plan *p, const struct spec *s,
		 const struct network_request *r, struct arena *a, struct err *e)
{
	struct asked asked = { 0 };

	*p = (struct network_plan){ .config.id = r->id };
	if (asked_take(&asked, s, r, a, e) < 0 || plan_mode(p, &asked, e) < 0)
		return -1;
	p->ignored = asked.ignored;
	if (p->config.mode == NET_NONE)
		return 0;
	p->asked = asked.from_option ? "--network" : NETWORK_ANNOTATION;
	if (check_namespace(p, s, &asked, e) < 0 || publish_check(&asked.ports, e) < 0 ||
	    (p->config.mode == NET_SLIRP && plan_slirp(p, &asked, a, e) < 0))
		return -1;
	p->config.ports.v = asked.ports.v;
	p->config.ports.n = asked.ports.n;
	p->fds = asked.ports.fds;
	for (size_t i = 0; i < asked.ports.n; i++)
		p->listeners = p->listeners || asked.ports.v[i].listener;
	return 0;
}
