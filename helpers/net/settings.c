/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/settings.h"

#include <string.h>

const struct family *settings_family(const struct settings *s, int family)
{
	const struct family *f = family == AF_INET ? &s->v4 : &s->v6;

	return f->on ? f : NULL;
}

/* ---- one address, one family ---- */

static int read_ip(const char *key, const char *text, int family, struct ip *out,
		   struct err *e)
{
	if (!text || !ip_parse(text, out) || out->family != family)
		return err_set(e, "%s: \"%s\" is not an IPv%d address", key,
			       text ? text : "", family == AF_INET ? 4 : 6);
	return 0;
}

static int read_inside(const char *key, const char *text, const struct family *f,
		       struct ip *out, struct err *e)
{
	if (read_ip(key, text, f->network.ip.family, out, e) < 0)
		return -1;
	if (!subnet_has(&f->network, out) || ip_equal(out, &f->network.ip))
		return err_set(e, "%s: %s is not in the network", key, text);
	return 0;
}

struct family_words {
	int family;
	const char *network, *address, *gateway, *dns;
};

static int read_family(const struct family_words *w, struct family *f, struct err *e)
{
	unsigned int most = w->family == AF_INET ? 30 : 126;

	if (!w->network || !subnet_parse(w->network, &f->network) ||
	    f->network.ip.family != w->family || f->network.prefix > most)
		return err_set(e, "network: \"%s\" is not an IPv%d network of /%u or more",
			       w->network ? w->network : "", w->family == AF_INET ? 4 : 6,
			       most);
	if (read_inside("address", w->address, f, &f->address, e) < 0 ||
	    read_inside("gateway", w->gateway, f, &f->gateway, e) < 0 ||
	    read_inside("dnsAddress", w->dns, f, &f->dns, e) < 0)
		return -1;
	if (ip_equal(&f->address, &f->gateway) || ip_equal(&f->address, &f->dns) ||
	    ip_equal(&f->gateway, &f->dns))
		return err_set(e, "address, gateway and dnsAddress must differ in %s",
			       w->network);
	f->on = true;
	return 0;
}

/* ---- the device ---- */

static int hex(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	int value = at ? (int)(at - digits) : -1;

	return value < 16 ? value : value - 6;
}

static bool read_mac(const char *text, uint8_t mac[6])
{
	if (!text || strlen(text) != 17)
		return false;
	for (size_t i = 0; i < 6; i++) {
		const char *p = text + 3 * i;

		if (hex(p[0]) < 0 || hex(p[1]) < 0 || (i < 5 && p[2] != ':'))
			return false;
		mac[i] = (uint8_t)(hex(p[0]) * 16 + hex(p[1]));
	}
	return !(mac[0] & 1); /* not a group */
}

static bool is_ifname(const char *name)
{
	return name && *name && strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 && !strpbrk(name, "/: \t\n%");
}

static int read_device(const struct net_config *c, struct settings *s, struct err *e)
{
	const struct family_words v4 = { AF_INET, c->network, c->address, c->gateway,
					 c->dns_address };
	const struct family_words v6 = { AF_INET6, c->network6, c->address6, c->gateway6,
					 c->dns_address6 };
	uint32_t least = c->ipv6 ? MTU_MIN6 : MTU_MIN;

	if (!is_ifname(c->ifname))
		return err_set(e, "ifname: \"%s\" is not a name of a device",
			       c->ifname ? c->ifname : "");
	if (!read_mac(c->mac, s->mac))
		return err_set(e, "mac: \"%s\" is not the address of one device",
			       c->mac ? c->mac : "");
	if (c->mtu < least || c->mtu > MTU_MAX)
		return err_set(e, "mtu: %u is not from %u to %u", c->mtu, least, MTU_MAX);
	if (read_family(&v4, &s->v4, e) < 0 ||
	    (c->ipv6 && read_family(&v6, &s->v6, e) < 0))
		return -1;
	s->ifname = c->ifname;
	s->mtu = c->mtu;
	return 0;
}

/* ---- what goes out ---- */

static int read_outside(const struct net_config *c, struct settings *s, struct err *e)
{
	s->host_loopback = c->host_loopback;
	s->restrict_out = c->restrict_out;
	s->dns = c->dns && !c->restrict_out;
	s->host_ports = c->host_ports.v;
	s->host_port_count = c->host_ports.n;
	if ((c->outbound_address && read_ip("outboundAddress", c->outbound_address,
					    AF_INET, &s->outbound4, e) < 0) ||
	    (c->outbound_address6 && read_ip("outboundAddress6", c->outbound_address6,
					     AF_INET6, &s->outbound6, e) < 0))
		return -1;
	for (size_t i = 0; i < c->dns_servers.n; i++)
		if (!resolvers_add(&s->dns_servers, c->dns_servers.v[i]))
			return err_set(e,
				       "dnsServers: \"%s\" is not an address, or more than %d",
				       c->dns_servers.v[i], RESOLVERS_MAX);
	return 0;
}

/* ---- published ports ---- */

static int read_host(const struct net_port *port, struct publish *out, struct arena *a,
		     struct err *e)
{
	const char *host = port->host ? port->host : "";

	if (port->listener && !text_starts(host, "unix:"))
		return 0;
	if (text_starts(host, "unix:")) {
		if (host[5] != '/')
			return err_set(e, "publish \"%s\": the path is not absolute",
				       host);
		if (port->protocol != NET_TCP || port->host_port)
			return err_set(e, "publish \"%s\": is for tcp, without a port",
				       host);
		out->unix_path = arena_dup(a, host + 5);
		return 0;
	}
	if (*host && !ip_parse(host, &out->host))
		return err_set(e, "publish \"%s\": is not an address", host);
	return 0;
}

static int check_publish(const struct publish *p, const struct settings *s, struct err *e)
{
	if (!p->guest_port)
		return err_set(e, "port 0 is out of range (1-65535)");
	if (p->guest.family && p->guest.family == AF_INET6 && !s->v6.on &&
	    s->mode == NET_SLIRP)
		return err_set(e, "the container has no IPv6 address");
	if (s->mode == NET_PUBLISH &&
	    (p->protocol == NET_UDP || p->path == NET_PATH_SLIRP))
		return err_set(e, "needs a network device: use --network slirp");
	if (p->protocol == NET_UDP && p->path == NET_PATH_SPLICE)
		return err_set(e, "only tcp can be spliced");
	if (p->protocol == NET_UDP && p->path == NET_PATH_SLIRP)
		return err_set(e, "mode=slirp is for tcp");
	if (p->unix_path && p->path == NET_PATH_SLIRP)
		return err_set(e, "mode=slirp is for addresses");
	return 0;
}

int publish_read(const struct net_port *port, const struct settings *s,
		 struct publish *out, struct arena *a, struct err *e)
{
	OWN_TEXT name = { 0 };

	*out = (struct publish){ .protocol = port->protocol,
				 .path = port->path,
				 .host_port = port->host_port,
				 .listener = port->listener,
				 .guest_port = port->guest_port };
	if (read_host(port, out, a, e) < 0)
		return -1;
	if (port->guest && *port->guest && !ip_parse(port->guest, &out->guest))
		return err_set(e, "publish to \"%s\": is not an address", port->guest);
	if (out->path == NET_PATH_AUTO && out->protocol == NET_TCP)
		out->path = NET_PATH_SPLICE;
	publish_print(out, &name);
	return check_publish(out, s, e) < 0 ? err_in(e, "%s", text_str(&name)) : 0;
}

void publish_print(const struct publish *p, struct text *out)
{
	char host[IP_TEXT];

	text_add(out, "publish ");
	if (p->unix_path) {
		text_printf(out, "unix:%s", p->unix_path);
		return;
	}
	ip_print(&p->host, host);
	if (p->listener)
		text_printf(out, "(inherited socket):%u", p->guest_port);
	else if (p->host.family)
		text_printf(out, p->host.family == AF_INET ? "%s:%u" : "[%s]:%u", host,
			    p->host_port);
	else
		text_printf(out, "%u", p->host_port);
	text_printf(out, "/%s", names_word(net_protocols, p->protocol));
}

static int read_ports(const struct net_config *c, struct settings *s, struct arena *a,
		      struct err *e)
{
	struct publish *v = arena_new(a, c->ports.n + 1, sizeof(*v));

	for (size_t i = 0; i < c->ports.n; i++)
		if (publish_read(&c->ports.v[i], s, &v[i], a, e) < 0)
			return -1;
	s->ports = v;
	s->port_count = c->ports.n;
	return 0;
}

int settings_read(const char *text, size_t n, struct settings *out, struct arena *a,
		  struct err *e)
{
	struct net_config c = { 0 };

	*out = (struct settings){ 0 };
	if (json_load("launch message", text, n, &net_config_table, &c, a, e) < 0)
		return -1;
	out->id = c.id;
	out->mode = c.mode;
	out->backend = c.backend;
	out->userns = c.userns;
	out->debug = c.debug;
	out->uid = c.uid;
	out->gid = c.gid;
	if (c.mode != NET_SLIRP && c.mode != NET_PUBLISH)
		return err_set(e, "mode: nothing to do");
	if (c.mode == NET_SLIRP && read_device(&c, out, e) < 0)
		return -1;
	if (read_outside(&c, out, e) < 0)
		return -1;
	return read_ports(&c, out, a, e);
}
