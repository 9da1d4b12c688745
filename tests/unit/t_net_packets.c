/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of frames: offloads, fragments put together, what a container may reach. */
#include "base/mem.h"
#include "helpers/net/neighbour.h"
#include "helpers/net/offload.h"
#include "helpers/net/reasm.h"
#include "helpers/net/rules.h"
#include "unit/net.h"
#include "unit/tap.h"

static uint8_t b[70000], out[70000], data[65000];

/* ---- offloads ---- */

static struct virtio_net_hdr partial(struct frame *f, size_t start, size_t offset)
{
	uint16_t sum = frame_pseudo_sum(f, f->n - f->l4);

	memcpy(b + start + offset, &sum, 2);
	return (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					.csum_start = (uint16_t)start,
					.csum_offset = (uint16_t)offset };
}

static void test_take(uint8_t protocol)
{
	struct net_packet p = { .from = "10.0.2.100",
				.to = "192.0.2.1",
				.protocol = protocol,
				.flags = TH_ACK,
				.data = data,
				.n = 1001 };
	size_t n = net_make(b, &p), offset = protocol == IPPROTO_TCP ? 16 : 6;
	struct virtio_net_hdr h;
	struct frame f;
	bool whole;

	frame_parse(b, n, &f);
	h = partial(&f, f.l4, offset);
	CHECK("of TCP the data is as its kernel sent it, of others the sum is completed",
	      offload_take(&h, b, n, &f, &whole) && whole == (protocol == IPPROTO_TCP) &&
		      whole != net_sum_is_right(&f));
	if (whole)
		offload_complete(&f);
	CHECK("that can be completed later", net_sum_is_right(&f));
	h.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	CHECK("a sum that is there is no partial one",
	      offload_take(&h, b, n, &f, &whole) && !whole && net_sum_is_right(&f));
	h.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h.csum_offset = (uint16_t)(n - f.l4 - 1);
	CHECK("not beyond the end", !offload_take(&h, b, n, &f, &whole));
	h.csum_start = 65535;
	CHECK("nor from beyond it", !offload_take(&h, b, n, &f, &whole));
	h.csum_start = 13;
	CHECK("nor in the Ethernet header", !offload_take(&h, b, n, &f, &whole));
	h = (struct virtio_net_hdr){ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 |
						 VIRTIO_NET_HDR_GSO_ECN };
	CHECK("large TCP is taken", offload_take(&h, b, n, &f, &whole));
	h.gso_type = VIRTIO_NET_HDR_GSO_UDP;
	CHECK("large UDP is not: nobody agreed to it",
	      !offload_take(&h, b, n, &f, &whole));
	h.gso_type = 0x7f;
	CHECK("nor what there is not", !offload_take(&h, b, n, &f, &whole));
}

/* A sum may be said to be anywhere, and behind the packet. */
static void test_take_elsewhere(void)
{
	struct net_packet p = { .from = "10.0.2.100",
				.to = "192.0.2.1",
				.flags = TH_ACK,
				.data = data,
				.n = 100 };
	size_t n = net_make(b, &p);
	struct virtio_net_hdr h;
	struct frame f;
	bool whole;
	uint8_t *own = mem_new(n + 50, 1);

	frame_parse(b, n, &f);
	h = partial(&f, 20, 10);
	CHECK("in an address: the frame is what it then says",
	      offload_take(&h, b, n, &f, &whole) && !whole &&
		      memcmp(f.to.b, b + 30, 4) == 0 &&
		      memcmp(f.to.b, net_ip("192.0.2.1").b, 4) != 0);
	n = net_make(own, &p);
	h.csum_start = (uint16_t)(n + 10);
	h.csum_offset = 0;
	CHECK("in what follows the packet", offload_take(&h, own, n + 50, &f, &whole) &&
						    !whole && f.n == n &&
						    net_sum_is_right(&f));
	free(own);
}

static void test_give(const char *from, const char *to)
{
	struct net_packet p = { .from = from, .to = to, .flags = TH_ACK, .data = data };
	size_t heads = strchr(from, ':') ? 60 : 40;
	struct virtio_net_hdr h;
	struct frame f;

	p.n = 1500 - heads;
	frame_parse(b, net_make(b, &p), &f);
	CHECK("what fits goes as it is",
	      offload_give(&f, 1500, 0, &h) == OFFLOAD_NONE && h.flags == 0);
	CHECK("unless the receiver wants less",
	      offload_give(&f, 1500, 1000, &h) == OFFLOAD_SEGMENTS && h.gso_size == 1000);
	p.n++;
	frame_parse(b, net_make(b, &p), &f);
	CHECK("one byte more is cut by the kernel",
	      offload_give(&f, 1500, 0, &h) == OFFLOAD_SEGMENTS &&
		      h.gso_size == 1500 - heads && h.hdr_len == f.data &&
		      h.csum_start == f.l4 && h.csum_offset == 16);
	CHECK("of the right family",
	      h.gso_type == (heads == 40 ? VIRTIO_NET_HDR_GSO_TCPV4 :
					   VIRTIO_NET_HDR_GSO_TCPV6));
	CHECK("never larger than the MTU allows",
	      offload_give(&f, 1500, 9000, &h) == OFFLOAD_SEGMENTS &&
		      h.gso_size == 1500 - heads);
	p.protocol = IPPROTO_UDP;
	p.n += TCP_BYTES - UDP_BYTES;
	frame_parse(b, net_make(b, &p), &f);
	CHECK("others are cut by us", offload_give(&f, 1500, 0, &h) == OFFLOAD_FRAGMENTS);
}

static void test_small_mss(void)
{
	static struct small_mss t;
	struct net_packet p = { .from = "10.0.2.100",
				.to = "192.0.2.1",
				.from_port = 4000,
				.to_port = 80,
				.flags = TH_SYN };
	struct net_packet back = { .from = "192.0.2.1",
				   .to = "10.0.2.100",
				   .from_port = 80,
				   .to_port = 4000,
				   .flags = TH_ACK };
	struct frame syn, f;

	frame_parse(b, net_make(b, &p), &syn);
	frame_parse(out, net_make(out, &back), &f);
	small_mss_learn(&t, &syn, 1460, 1460);
	CHECK("the usual is not remembered", small_mss_of(&t, &f) == 0);
	small_mss_learn(&t, &syn, 1000, 1460);
	CHECK("less is", small_mss_of(&t, &f) == 1000);
	f.from_port = 81;
	CHECK("of that connection alone", small_mss_of(&t, &f) == 0);
	f.from_port = 80;
	small_mss_learn(&t, &syn, 1460, 1460);
	CHECK("until it says otherwise", small_mss_of(&t, &f) == 0);
}

/* ---- fragments ---- */

static struct reasm reasm;

static const struct frame *take(const struct frame *whole, size_t mtu, uint32_t id,
				size_t i, int64_t now, struct frame *result)
{
	struct frame piece;
	size_t n = frame_fragment(whole, mtu, id, i, out);

	return n && frame_parse(out, n, &piece) ?
		       reasm_take(&reasm, &piece, now, result) :
		       NULL;
}

static void test_reasm(const char *from, const char *to)
{
	struct net_packet p = { .from = from,
				.to = to,
				.from_port = 9,
				.to_port = 10,
				.protocol = IPPROTO_UDP,
				.data = data,
				.n = 9000 };
	struct frame f, whole;
	size_t count = 0, n;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	n = net_make(b, &p);
	frame_parse(b, n, &f);
	while (frame_fragment(&f, 1500, 1, count, out))
		count++;
	/* the last first, then from the front */
	CHECK("pieces of a packet", count > 5);
	CHECK("are kept", !take(&f, 1500, 1, count - 1, 0, &whole));
	for (size_t i = 0; i + 2 < count; i++)
		take(&f, 1500, 1, i, 0, &whole);
	CHECK("until all are there", take(&f, 1500, 1, count - 2, 0, &whole) == &whole);
	CHECK("and are the packet",
	      whole.to_port == 10 && whole.n - whole.data == 9000 &&
		      memcmp(whole.b + whole.data, data, 9000) == 0 &&
		      net_sum_is_right(&whole));
	CHECK("once", !take(&f, 1500, 1, count - 1, 0, &whole));
	for (size_t i = 0; i + 1 < count; i++)
		take(&f, 1500, 2, i, 10, &whole);
	CHECK("not after a while",
	      !take(&f, 1500, 2, count - 1, 10 + REASM_MS + 1, &whole));
	for (size_t i = 0; i + 1 < count; i++)
		take(&f, 1500, 3, i, 20, &whole);
	take(&f, 1500, 3, 1, 20, &whole);
	CHECK("not if one came twice", !take(&f, 1500, 3, count - 1, 20, &whole));
	for (uint32_t id = 100; id < 100 + 3 * REASM_SLOTS; id++)
		take(&f, 1500, id, 0, 30, &whole);
	for (size_t i = 0; i + 1 < count; i++)
		take(&f, 1500, 4, i, 31, &whole);
	CHECK("and many others do not fill it up",
	      take(&f, 1500, 4, count - 1, 31, &whole) == &whole);
	reasm_free(&reasm);
}

/* [offset, bytes, more] by hand: what does not fit together. */
static const struct frame *raw(size_t from, size_t n, bool more, uint16_t id,
			       struct frame *whole)
{
	struct net_packet p = { .from = "10.0.2.100",
				.to = "192.0.2.1",
				.protocol = IPPROTO_ICMP,
				.data = data,
				.n = n };
	struct frame f;
	size_t bytes = net_make(out, &p);

	frame_put16(out + 18, id);
	frame_put16(out + 20, (uint32_t)(from / 8) | (more ? 0x2000 : 0));
	return frame_parse(out, bytes, &f) ? reasm_take(&reasm, &f, 0, whole) : NULL;
}

/* The last piece of a packet of IPv6. */
static const struct frame *raw6(size_t from, size_t n, struct frame *whole)
{
	uint8_t piece[8 + 64] = { IPPROTO_UDP };
	struct net_packet p = { .from = "fd00::100",
				.to = "2001:db8::2",
				.protocol = IPPROTO_FRAGMENT,
				.data = piece,
				.n = 8 + n };
	struct frame f;
	size_t bytes;

	frame_put16(piece + 2, (uint32_t)from);
	bytes = net_make(out, &p);
	return frame_parse(out, bytes, &f) ? reasm_take(&reasm, &f, 0, whole) : NULL;
}

static void test_hostile_fragments(void)
{
	struct frame w;

	raw(0, 16, true, 1, &w);
	CHECK("a piece in a piece", !raw(8, 8, false, 1, &w));
	raw(0, 16, true, 2, &w);
	raw(1000, 8, true, 2, &w);
	CHECK("a piece behind the end",
	      !raw(16, 8, false, 2, &w) && !raw(24, 8, true, 2, &w));
	raw(65528, 0, true, 3, &w);
	CHECK("beyond what a packet can be", !raw(65528, 100, false, 3, &w));
	/* its header is the longer one: it was written behind the end once, as sanitizers
	 * and valgrind see */
	CHECK("or an IPv6 packet", !raw6(65488, 24, &w) && !raw6(65504, 8, &w));
	CHECK("an odd piece in the middle",
	      !raw(0, 13, true, 4, &w) && !raw(13, 8, false, 4, &w));
	raw(8, 8, false, 5, &w);
	CHECK("two ends", !raw(16, 8, false, 5, &w) && !raw(0, 8, true, 5, &w));
	CHECK("one that is whole by itself is not for here", !raw(0, 8, false, 6, &w));
	reasm_free(&reasm);
}

/* ---- rules ---- */

static struct arena arena;

static struct settings settings(const char *more)
{
	OWN_TEXT text = { 0 };
	struct settings s;
	struct err e;

	text_printf(&text, "%s%s}", NET_DOCUMENT, more);
	if (settings_read(text.s, text.len, &s, &arena, &e) < 0)
		printf("Bail out! %s\n", e.text);
	return s;
}

struct rule {
	const char *label, *to;
	uint8_t protocol;
	uint16_t port;
	uint8_t flags;
	enum verdict want;
};

static void test_rules(const struct settings *s, const struct rule *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct net_packet p = { .from = strchr(rows[i].to, ':') ? "fd00::100" :
									  "10.0.2.100",
					.to = rows[i].to,
					.protocol = rows[i].protocol,
					.from_port = 4000,
					.to_port = rows[i].port,
					.flags = rows[i].flags,
					.data = "\200data",
					.n = 5 };
		struct frame f;

		frame_parse(b, net_make(b, &p), &f);
		CHECK(rows[i].label, rules_judge(s, &f) == rows[i].want);
	}
}

#define ICMP IPPROTO_ICMP
#define ICMP6 IPPROTO_ICMPV6
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

/* clang-format off */

static const struct rule closed[] = {
	{ "out by TCP",                "198.51.100.2", TCP, 80,  TH_SYN, VERDICT_STACK },
	{ "out by UDP",                "198.51.100.2", UDP, 80,  0,      VERDICT_STACK },
	{ "out by TCP6",               "2001:db8::2",  TCP, 80,  TH_SYN, VERDICT_STACK },
	{ "a ping",                    "198.51.100.2", ICMP, 0,  0,      VERDICT_STACK },
	{ "a file server elsewhere",   "198.51.100.2", UDP, 69,  0,      VERDICT_STACK },
	{ "another protocol",          "198.51.100.2", 132, 0,   0,      VERDICT_DROP },
	{ "another protocol of IPv6",  "2001:db8::2",  0x2b, 0,  0,      VERDICT_DROP },
	{ "a name",                    "10.0.2.3",     UDP, 53,  0,      VERDICT_DNS },
	{ "a name by TCP",             "10.0.2.3",     TCP, 53,  TH_SYN, VERDICT_STACK },
	{ "a name by IPv6",            "fd00::3",      UDP, 53,  0,      VERDICT_DNS },
	{ "our server, another port",  "10.0.2.3",     TCP, 54,  TH_SYN, VERDICT_RESET },
	{ "our server, another, UDP",  "10.0.2.3",     UDP, 54,  0,      VERDICT_DROP },
	{ "the host",                  "10.0.2.2",     TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "the host by UDP",           "10.0.2.2",     UDP, 80,  0,      VERDICT_DROP },
	{ "an answer to the host",     "10.0.2.2",     TCP, 80,  TH_SYN | TH_ACK, VERDICT_STACK },
	{ "data to the host",          "10.0.2.2",     TCP, 80,  TH_ACK, VERDICT_STACK },
	{ "a ping of the gateway",     "10.0.2.2",     ICMP, 0,  0,      VERDICT_STACK },
	{ "the host by IPv6",          "fd00::2",      TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "whatever it calls the host", "fd00::1234",  TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "and by UDP",                "fd00::1234",   UDP, 80,  0,      VERDICT_DROP },
	{ "an address nobody has",     "10.0.2.50",    TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "loopback itself",           "127.0.0.1",    TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "all of it",                 "127.255.1.2",  UDP, 80,  0,      VERDICT_DROP },
	{ "what connect takes for it", "0.0.0.0",      TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "what libslirp takes for it", "255.255.255.255", UDP, 80, 0,   VERDICT_DROP },
	{ "everybody in the network",  "10.0.2.255",   UDP, 80,  0,      VERDICT_DROP },
	{ "loopback of IPv6",          "::1",          TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "no address",                "::",           TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "IPv4 in IPv6",              "::ffff:127.0.0.1", TCP, 80, TH_SYN, VERDICT_DROP },
	{ "IPv4 in IPv6, as it was",   "::127.0.0.1",  TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "all nodes",                 "ff02::1",      UDP, 80,  0,      VERDICT_DROP },
	{ "neighbours of the host",    "fe80::1",      TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "a group of IPv4",           "224.0.0.251",  UDP, 5353, 0,     VERDICT_STACK },
	{ "a group by TCP",            "224.0.0.251",  TCP, 5353, TH_SYN, VERDICT_DROP },
	{ "addresses by DHCP",         "10.0.2.2",     UDP, 67,  0,      VERDICT_DROP },
	{ "files by TFTP",             "10.0.2.2",     UDP, 69,  0,      VERDICT_DROP },
	{ "addresses by DHCP of IPv6", "fd00::2",      UDP, 547, 0,      VERDICT_DROP },
};

static const struct rule one_port[] = {
	{ "that port of the host",     "10.0.2.2",     TCP, 5432, TH_SYN, VERDICT_STACK },
	{ "by IPv6",                   "fd00::2",      TCP, 5432, TH_SYN, VERDICT_STACK },
	{ "not by UDP",                "10.0.2.2",     UDP, 5432, 0,      VERDICT_DROP },
	{ "not the next",              "10.0.2.2",     TCP, 5433, TH_SYN, VERDICT_RESET },
	{ "not by another name",       "fd00::1234",   TCP, 5432, TH_SYN, VERDICT_RESET },
};

static const struct rule open_host[] = {
	{ "any port of the host",      "10.0.2.2",     TCP, 80,  TH_SYN, VERDICT_STACK },
	{ "by UDP",                    "10.0.2.2",     UDP, 80,  0,      VERDICT_STACK },
	{ "by IPv6",                   "fd00::2",      TCP, 80,  TH_SYN, VERDICT_STACK },
	{ "not by its own name",       "127.0.0.1",    TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "still no files",            "10.0.2.2",     UDP, 69,  0,      VERDICT_DROP },
};

static const struct rule restricted[] = {
	{ "nothing out",               "198.51.100.2", TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "by UDP",                    "198.51.100.2", UDP, 80,  0,      VERDICT_DROP },
	{ "by IPv6",                   "2001:db8::2",  TCP, 80,  TH_SYN, VERDICT_RESET },
	{ "no ping",                   "198.51.100.2", ICMP, 0,  0,      VERDICT_DROP },
	{ "no groups",                 "224.0.0.251",  UDP, 5353, 0,     VERDICT_DROP },
	{ "no names",                  "10.0.2.3",     UDP, 53,  0,      VERDICT_DROP },
	{ "answers",                   "198.51.100.2", TCP, 80,  TH_ACK, VERDICT_STACK },
	{ "the gateway answers",       "10.0.2.2",     ICMP, 0,  0,      VERDICT_STACK },
};

static const struct rule without_ipv6[] = {
	{ "no IPv6 at all",            "2001:db8::2",  TCP, 80,  TH_SYN, VERDICT_DROP },
	{ "not even neighbours",       "ff02::2",      ICMP6, 0, 0,      VERDICT_DROP },
};
/* clang-format on */

static void test_all_rules(void)
{
	struct settings s = settings("");
	struct frame f;
	struct net_packet p = { .from = "127.0.0.1", .to = "192.0.2.1", .flags = TH_SYN };

	test_rules(&s, closed, COUNT(closed));
	frame_parse(b, net_make(b, &p), &f);
	CHECK("a forged sender", rules_judge(&s, &f) == VERDICT_DROP);
	p.from = "10.0.2.100";
	frame_parse(b, net_make(b, &p), &f);
	f.fragment = true;
	CHECK("a part of a packet", rules_judge(&s, &f) == VERDICT_DROP);
	s = settings(",\"hostPorts\":[{\"protocol\":\"tcp\",\"port\":5432}]");
	test_rules(&s, one_port, COUNT(one_port));
	s = settings(",\"hostLoopback\":true");
	test_rules(&s, open_host, COUNT(open_host));
	s = settings(",\"restrict\":true");
	test_rules(&s, restricted, COUNT(restricted));
	s = settings("");
	s.v6.on = false;
	test_rules(&s, without_ipv6, COUNT(without_ipv6));
	s = settings("");
	p = (struct net_packet){ .from = "fd00::100",
				 .to = "ff02::1:ff00:2",
				 .protocol = ICMP6,
				 .data = "\x87",
				 .n = 1 };
	frame_parse(b, net_make(b, &p), &f);
	CHECK("neighbours are looked for", rules_judge(&s, &f) == VERDICT_STACK);
}

static void test_neighbours(void)
{
	static struct neighbours n = { .usual = "usual" };
	struct ip one = net_ip("10.0.2.100"), two = net_ip("10.0.2.101");
	struct net_packet p = { .from = "10.0.2.100", .to = "192.0.2.1", .flags = TH_SYN };
	struct frame f;

	CHECK("nobody was seen", memcmp(neighbours_find(&n, &one), "usual", 6) == 0);
	frame_parse(b, net_make(b, &p), &f);
	neighbours_learn(&n, &f);
	CHECK("now one was", memcmp(neighbours_find(&n, &one), b + 6, 6) == 0);
	CHECK("and nobody else", memcmp(neighbours_find(&n, &two), "usual", 6) == 0);
	b[11]++;
	neighbours_learn(&n, &f);
	CHECK("who may change", memcmp(neighbours_find(&n, &one), b + 6, 6) == 0);
	b[6] |= 1;
	neighbours_learn(&n, &f);
	CHECK("but is no group", !(*neighbours_find(&n, &one) & 1));
}

int main(void)
{
	test_take(IPPROTO_TCP);
	test_take(IPPROTO_UDP);
	test_take_elsewhere();
	test_give("192.0.2.1", "10.0.2.100");
	test_give("2001:db8::2", "fd00::100");
	test_small_mss();
	test_reasm("10.0.2.100", "192.0.2.1");
	test_reasm("fd00::100", "2001:db8::2");
	test_hostile_fragments();
	test_all_rules();
	test_neighbours();
	arena_free(&arena);
	return tap_done();
}
