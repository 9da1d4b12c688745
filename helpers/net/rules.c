/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/rules.h"

#include <netinet/icmp6.h>
#include <netinet/tcp.h>
#include <string.h>

#define PORT_DNS 53
#define PORT_BOOTP 67
#define PORT_TFTP 69
#define PORT_DHCP6 547

/* Only a SYN makes libslirp connect to anything. */
static bool opens(const struct frame *f)
{
	return f->protocol == IPPROTO_TCP && (f->flags & TH_SYN) && !(f->flags & TH_ACK);
}

static enum verdict refuse(const struct frame *f)
{
	return opens(f) ? VERDICT_RESET : VERDICT_DROP;
}

/* ---- where to ---- */

/*
 * Addresses that mean the host itself, or nobody: a container's kernel sends to none of
 * them, but a raw socket may, and connect(2) on the host would understand them.
 */
static bool is_forged(const struct ip *to)
{
	static const uint8_t zero[12], mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (to->family == AF_INET)
		return to->b[0] == 0 || to->b[0] == 127 || to->b[0] >= 240;
	return memcmp(to->b, zero, sizeof(zero)) == 0 ||
	       memcmp(to->b, mapped, sizeof(mapped)) == 0;
}

static bool is_broadcast(const struct family *f, const struct ip *to)
{
	struct subnet net = f->network;

	if (to->family != AF_INET || !subnet_has(&net, to))
		return false;
	for (unsigned int bit = net.prefix; bit < 32; bit++)
		if (!(to->b[bit / 8] & (0x80 >> bit % 8)))
			return false;
	return true;
}

static bool has_host_port(const struct settings *s, const struct frame *f)
{
	int protocol = f->protocol == IPPROTO_TCP ? NET_TCP : NET_UDP;

	if (f->protocol != IPPROTO_TCP && f->protocol != IPPROTO_UDP)
		return false;
	for (size_t i = 0; i < s->host_port_count; i++)
		if (s->host_ports[i].protocol == protocol &&
		    s->host_ports[i].port == f->to_port)
			return true;
	return false;
}

/* To 10.0.2.2, which libslirp takes for the host's 127.0.0.1. */
static enum verdict judge_gateway(const struct settings *s, const struct frame *f)
{
	if (f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6)
		return VERDICT_STACK; /* answers echo itself */
	if (s->host_loopback || has_host_port(s, f))
		return VERDICT_STACK;
	/* what is no SYN belongs to a connection that came from outside, or to none */
	return f->protocol == IPPROTO_TCP && !opens(f) ? VERDICT_STACK : refuse(f);
}

static enum verdict judge_dns(const struct settings *s, const struct frame *f)
{
	if (f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6)
		return VERDICT_STACK;
	if (!s->dns || f->to_port != PORT_DNS)
		return refuse(f);
	return f->protocol == IPPROTO_UDP ? VERDICT_DNS : VERDICT_STACK;
}

/* Beyond the network. */
static enum verdict judge_world(const struct settings *s, const struct frame *f)
{
	if (s->restrict_out)
		return f->protocol == IPPROTO_TCP && !opens(f) ? VERDICT_STACK : refuse(f);
	return VERDICT_STACK;
}

/* ---- families ---- */

/* libslirp has servers on these ports of its own addresses; we configure no DHCP, and
 * serve no files. */
static bool is_for_servers(const struct frame *f)
{
	return f->protocol == IPPROTO_UDP &&
	       (f->to_port == PORT_BOOTP || f->to_port == PORT_TFTP ||
		f->to_port == PORT_DHCP6);
}

static enum verdict judge_inside(const struct settings *s, const struct family *net,
				 const struct frame *f)
{
	if (is_for_servers(f))
		return VERDICT_DROP;
	if (ip_equal(&f->to, &net->gateway))
		return judge_gateway(s, f);
	if (ip_equal(&f->to, &net->dns))
		return judge_dns(s, f);
	return refuse(f); /* nobody lives there */
}

static enum verdict judge_ip4(const struct settings *s, const struct frame *f)
{
	if (f->protocol != IPPROTO_TCP && f->protocol != IPPROTO_UDP &&
	    f->protocol != IPPROTO_ICMP)
		return VERDICT_DROP;
	if (is_forged(&f->from) || ip_is_multicast(&f->from) || is_forged(&f->to) ||
	    is_broadcast(&s->v4, &f->to))
		return VERDICT_DROP;
	if (ip_is_multicast(&f->to))
		return f->protocol == IPPROTO_UDP && !s->restrict_out ? VERDICT_STACK :
									VERDICT_DROP;
	return subnet_has(&s->v4.network, &f->to) ? judge_inside(s, &s->v4, f) :
						    judge_world(s, f);
}

/* Neighbours and routers, which are found by multicast and from addresses that are not
 * yet valid. */
static bool is_discovery(const struct frame *f)
{
	uint8_t type = f->n > f->l4 ? f->b[f->l4] : 0;

	return f->protocol == IPPROTO_ICMPV6 && type >= ND_ROUTER_SOLICIT &&
	       type <= ND_REDIRECT;
}

static enum verdict judge_ip6(const struct settings *s, const struct frame *f)
{
	if (f->protocol != IPPROTO_TCP && f->protocol != IPPROTO_UDP &&
	    f->protocol != IPPROTO_ICMPV6)
		return VERDICT_DROP;
	if (is_discovery(f))
		return VERDICT_STACK;
	if (is_forged(&f->from) || ip_is_multicast(&f->from) || is_forged(&f->to) ||
	    ip_is_multicast(&f->to))
		return VERDICT_DROP;
	if (ip_is_link_local(&f->to)) /* libslirp's own address answers echo */
		return f->protocol == IPPROTO_ICMPV6 ? VERDICT_STACK : refuse(f);
	return subnet_has(&s->v6.network, &f->to) ? judge_inside(s, &s->v6, f) :
						    judge_world(s, f);
}

enum verdict rules_judge(const struct settings *s, const struct frame *f)
{
	if (!f->family)
		return VERDICT_STACK; /* ARP */
	/* whole packets alone are judged: a port may hide in a later fragment */
	if (f->fragment)
		return VERDICT_DROP;
	if (f->family == AF_INET)
		return judge_ip4(s, f);
	return s->v6.on ? judge_ip6(s, f) : VERDICT_DROP;
}
