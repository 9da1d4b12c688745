/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "helpers/net/core.h"

#define PEERS 1024
#define WAYS 4 /* places a peer can have */
#define RECEIVE_TIMES 16

/* Who sent something to a published port lately, and may be answered. */
struct peer {
	struct port_end *end; /* NULL: unused */
	struct endpoint client;
	struct endpoint seen, guest; /* as the container sees both of them */
	struct ip local;             /* where the client had sent it */
	uint32_t local_device;
	int64_t last;
};

/* ---- peers ---- */

static struct peer *set_of(struct udp *u, const struct endpoint *seen,
			   const struct endpoint *guest)
{
	uint32_t hash = seen->port * 31u + guest->port * 7u;

	for (size_t i = 0; i < sizeof(seen->ip.b); i++)
		hash = hash * 33u + seen->ip.b[i];
	return u->peers + (size_t)(hash % (PEERS / WAYS)) * WAYS;
}

static bool is_same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && ip_equal(&a->ip, &b->ip);
}

static struct peer *find(struct udp *u, const struct endpoint *seen,
			 const struct endpoint *guest)
{
	struct peer *set = u->peers ? set_of(u, seen, guest) : NULL;

	for (size_t i = 0; set && i < WAYS; i++)
		if (set[i].end && is_same(&set[i].seen, seen) &&
		    is_same(&set[i].guest, guest))
			return &set[i];
	return NULL;
}

/* The one that is there, else the place of the one that was silent longest. */
static struct peer *find_or_make(struct udp *u, const struct endpoint *seen,
				 const struct endpoint *guest)
{
	struct peer *found = find(u, seen, guest), *set;

	if (found)
		return found;
	if (!u->peers)
		u->peers = mem_new(PEERS, sizeof(*u->peers));
	set = found = set_of(u, seen, guest);
	for (size_t i = 1; i < WAYS; i++)
		if (found->end && (!set[i].end || set[i].last < found->last))
			found = &set[i];
	*found = (struct peer){ .seen = *seen, .guest = *guest };
	return found;
}

void udp_forget(struct udp *u, const struct port *port)
{
	for (size_t i = 0; u->peers && i < PEERS; i++)
		if (u->peers[i].end && u->peers[i].end->port == port)
			u->peers[i].end = NULL;
}

/* ---- to the container ---- */

struct datagram {
	struct endpoint client;
	struct ip local;
	uint32_t local_device;
	size_t n;
};

static void read_local(struct msghdr *msg, struct datagram *d)
{
	for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
		struct in_pktinfo info;
		struct in6_pktinfo info6;

		if (m->cmsg_level == IPPROTO_IP && m->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(m), sizeof(info));
			ip_set(&d->local, AF_INET, &info.ipi_spec_dst);
		}
		if (m->cmsg_level == IPPROTO_IPV6 && m->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(m), sizeof(info6));
			ip_set(&d->local, AF_INET6, &info6.ipi6_addr);
			d->local_device = info6.ipi6_ifindex;
		}
	}
}

/* False: nothing (more) is there. */
static bool receive(struct core *c, int fd, struct datagram *d)
{
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_storage from = { 0 };
	struct iovec iov = { c->udp.room + UDP_ROOM_MAX, UDP_DATA_MAX };
	struct msghdr msg = { .msg_name = &from,
			      .msg_namelen = sizeof(from),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);

	*d = (struct datagram){ 0 };
	/* an error is of a datagram that was sent before: it is told once */
	if (n < 0)
		return errno != EAGAIN && errno != EBADF;
	if (!(msg.msg_flags & MSG_TRUNC) && endpoint_get(&from, &d->client))
		d->n = (size_t)n;
	read_local(&msg, d);
	return true;
}

/* As the container sees the client: loopback and links are the host's alone. */
static void choose_seen(const struct family *f, const struct endpoint *client,
			struct endpoint *seen)
{
	*seen = *client;
	seen->scope = 0;
	if (ip_is_loopback(&client->ip) || ip_is_link_local(&client->ip))
		seen->ip = f->gateway;
}

static void deliver(struct core *c, struct port_end *end, const struct datagram *d)
{
	const struct family *f = settings_family(c->settings, d->client.ip.family);
	struct endpoint guest = { .port = end->port->as.guest_port };
	uint8_t from_mac[6], *b = c->udp.room + UDP_ROOM_MAX;
	struct udp_head head = { .from_mac = from_mac, .to = &guest };
	struct endpoint seen;
	struct peer *peer;

	if (!f || !d->client.ip.family)
		return;
	guest.ip = end->port->as.guest.family ? end->port->as.guest : f->address;
	if (guest.ip.family != f->address.family)
		return;
	choose_seen(f, &d->client, &seen);
	peer = find_or_make(&c->udp, &seen, &guest);
	if (!peer->end)
		end->port->traffic.connections++;
	peer->end = end;
	peer->client = d->client;
	peer->local = d->local;
	peer->local_device = d->local_device;
	peer->last = c->loop.now;
	frame_special_mac(&f->gateway, from_mac);
	head.from = &seen;
	head.to_mac = neighbours_find(&c->neighbours, &guest.ip);
	b -= frame_udp_room(f->address.family);
	end->port->traffic.bytes_in += d->n;
	device_send_own(&c->device, b, frame_udp_build(b, d->n, &head));
}

void udp_ready(struct source *s, uint32_t events)
{
	struct port_end *end = (struct port_end *)s;
	struct core *c = end->core;
	struct datagram d;

	(void)events;
	if (!c->udp.room)
		c->udp.room = mem_new(UDP_ROOM_MAX + UDP_DATA_MAX, 1);
	for (int i = 0; i < RECEIVE_TIMES && receive(c, end->fd, &d); i++)
		deliver(c, end, &d);
}

/* ---- from the container ---- */

static size_t put_local(const struct peer *p, int domain, struct cmsghdr *m)
{
	struct in_pktinfo info = { 0 };
	struct in6_pktinfo info6 = { 0 };

	if (p->local.family != domain || ip_is_multicast(&p->local))
		return 0;
	if (domain == AF_INET) {
		m->cmsg_level = IPPROTO_IP;
		m->cmsg_type = IP_PKTINFO;
		m->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(&info.ipi_spec_dst, p->local.b, 4);
		memcpy(CMSG_DATA(m), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	m->cmsg_level = IPPROTO_IPV6;
	m->cmsg_type = IPV6_PKTINFO;
	m->cmsg_len = CMSG_LEN(sizeof(info6));
	memcpy(&info6.ipi6_addr, p->local.b, 16);
	info6.ipi6_ifindex = ip_is_link_local(&p->local) ? p->local_device : 0;
	memcpy(CMSG_DATA(m), &info6, sizeof(info6));
	return CMSG_SPACE(sizeof(info6));
}

static void send_to(const struct peer *p, const uint8_t *data, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = {
		0
	};
	struct sockaddr_storage to;
	int domain = p->local.family ? p->local.family : p->client.ip.family;
	struct iovec iov = { (void *)(uintptr_t)data, n };
	struct msghdr msg = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };

	msg.msg_namelen = endpoint_put_as(&p->client, domain, &to);
	msg.msg_controllen = put_local(p, domain, (struct cmsghdr *)control);
	msg.msg_control = msg.msg_controllen ? control : NULL;
	/* what cannot be sent now is lost, as datagrams are */
	if (sendmsg(p->end->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		p->end->port->traffic.bytes_out += n;
}

bool udp_answer(struct core *c, const struct frame *f)
{
	const struct endpoint guest = { .ip = f->from, .port = f->from_port };
	const struct endpoint seen = { .ip = f->to, .port = f->to_port };
	struct peer *p = f->protocol == IPPROTO_UDP ? find(&c->udp, &seen, &guest) : NULL;

	if (!p)
		return false;
	p->last = c->loop.now;
	send_to(p, f->b + f->data, f->n - f->data);
	return true;
}
