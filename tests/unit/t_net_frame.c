/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: what is believed, and that changes keep checksums right. */
#include "unit/net.h"
#include "unit/tap.h"

static uint8_t b[70000], out[70000];

static const struct net_packet syn4 = { .from = "10.0.2.100",
					.to = "198.51.100.2",
					.from_port = 4000,
					.to_port = 80,
					.flags = TH_SYN,
					.seq = 1000,
					.options = "\2\4\5\xb4\1\1\4\2",
					.option_bytes = 8 };
static const struct net_packet syn6 = { .from = "fd00::100",
					.to = "2001:db8::2",
					.from_port = 4000,
					.to_port = 80,
					.flags = TH_SYN,
					.seq = 1000,
					/* at an odd place */
					.options = "\1\2\4\5\xa0\1\1\0",
					.option_bytes = 8 };

static void test_parse(void)
{
	struct frame f;
	size_t n = net_make(b, &syn4);

	CHECK("a SYN is understood",
	      frame_parse(b, n, &f) && f.family == AF_INET && f.protocol == IPPROTO_TCP &&
		      f.from_port == 4000 && f.to_port == 80 && f.flags == TH_SYN &&
		      f.l4 == 34 && f.data == 62 && f.n == n);
	CHECK("padding behind it is not part of it",
	      frame_parse(b, n + 10, &f) && f.n == n && f.data == n);
	n = net_make(b, &syn6);
	CHECK("and in IPv6", frame_parse(b, n, &f) && f.family == AF_INET6 &&
				     f.l4 == 54 && f.data == 82 && f.n == n);
	b[12] = 0x88;
	CHECK("another type is none of ours", !frame_parse(b, n, &f));
	memset(b, 0, 60);
	memcpy(b + 12, "\x08\x06", 2);
	CHECK("ARP has no family", frame_parse(b, 60, &f) && f.family == 0);
}

/* Whatever is cut off or said wrong, it is refused, and nothing behind it is read. */
static void test_broken(void)
{
	static const struct {
		const char *label;
		size_t at;
		uint8_t value;
	} rows[] = {
		{ "version 5", 14, 0x55 },
		{ "a header of 16 bytes", 14, 0x44 },
		{ "options beyond the packet", 14, 0x4f },
		{ "longer than it is", 16, 0xff },
		{ "shorter than its header", 17, 19 },
		{ "a TCP header of 16 bytes", 46, 0x40 },
		{ "a TCP header beyond the packet", 46, 0xf0 },
	};
	struct frame f;
	size_t n = net_make(b, &syn4);
	bool cut = false;

	for (size_t i = 0; i < n; i++)
		cut |= frame_parse(b, i, &f);
	CHECK("no part of a frame is a frame", !cut);
	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(out, b, n);
		out[rows[i].at] = rows[i].value;
		if (rows[i].at == 17)
			out[16] = 0;
		CHECK(rows[i].label, !frame_parse(out, n, &f));
	}
}

static void test_mss(void)
{
	struct frame f;

	frame_parse(b, net_make(b, &syn4), &f);
	CHECK("the MSS of a SYN", frame_swap_mss(&f, 21845) == 1460);
	CHECK("is raised", frame_get16(b + f.l4 + 22) == 21845 && net_sum_is_right(&f));
	frame_parse(b, net_make(b, &syn6), &f);
	CHECK("also at an odd place", frame_swap_mss(&f, 21845) == 1440 &&
					      frame_get16(b + f.l4 + 23) == 21845 &&
					      net_sum_is_right(&f));
	frame_parse(b,
		    net_make(b, &(struct net_packet){ .from = "10.0.2.100",
						      .to = "192.0.2.1",
						      .flags = TH_SYN }),
		    &f);
	CHECK("none said is TCP's default", frame_swap_mss(&f, 21845) == 536);
	frame_parse(b,
		    net_make(b, &(struct net_packet){ .from = "10.0.2.100",
						      .to = "192.0.2.1",
						      .flags = TH_ACK }),
		    &f);
	CHECK("no SYN has one", frame_swap_mss(&f, 21845) == 0);
	frame_parse(b,
		    net_make(b, &(struct net_packet){ .from = "10.0.2.100",
						      .to = "192.0.2.1",
						      .flags = TH_SYN,
						      .options = "\3\0\2\4",
						      .option_bytes = 4 }),
		    &f);
	CHECK("an option of no length ends them", frame_swap_mss(&f, 21845) == 536);
}

static void test_urgent(void)
{
	struct frame f;

	frame_parse(b,
		    net_make(b, &(struct net_packet){ .from = "10.0.2.100",
						      .to = "192.0.2.1",
						      .flags = TH_ACK | TH_URG,
						      .data = "abc",
						      .n = 3 }),
		    &f);
	frame_replace(b + f.l4, 18, 16, 2);
	CHECK("an urgent pointer",
	      net_sum_is_right(&f) && frame_get16(b + f.l4 + 18) == 2);
	frame_clear_urgent(&f);
	CHECK("is taken off", b[f.l4 + 13] == TH_ACK && frame_get16(b + f.l4 + 18) == 0 &&
				      net_sum_is_right(&f) && f.flags == TH_ACK);
}

static void test_sums(void)
{
	bool same = true;

	for (size_t i = 0; i < 3000; i++)
		b[i] = (uint8_t)(i * 7 + (i >> 5));
	for (size_t n = 0; n < 100; n++) {
		uint32_t plain = 0;

		for (size_t i = 0; i < n; i++)
			plain += i & 1 ? b[i] : (uint32_t)b[i] << 8;
		while (plain >> 16)
			plain = (plain & 0xffff) + (plain >> 16);
		same &= ntohs(frame_sum(b, n, 0)) == plain;
	}
	CHECK("sums of all lengths are those of the book", same);
	memset(b, 0xff, 65536);
	CHECK("nothing is carried away", frame_sum(b, 65536, 0) == 0xffff);
}

static void test_udp(const char *from, const char *to)
{
	struct endpoint a = { .ip = net_ip(from), .port = 53 };
	struct endpoint c = { .ip = net_ip(to), .port = 4000 };
	struct udp_head head = { (const uint8_t *)"abcdef", (const uint8_t *)"ghijkl", &a,
				 &c };
	size_t room = frame_udp_room(a.ip.family), n;
	struct frame f = { .b = b };

	memset(b + room, 'x', 3000);
	n = frame_udp_build(b, 3000, &head);
	CHECK("a datagram of ours", n == room + 3000 && frame_parse(b, n, &f) &&
					    f.from_port == 53 && f.to_port == 4000 &&
					    f.n - f.data == 3000);
	CHECK("has a right checksum", net_sum_is_right(&f));
	CHECK("and right addresses", ip_equal(&f.from, &a.ip) && ip_equal(&f.to, &c.ip) &&
					     memcmp(b, "ghijklabcdef", 12) == 0);
	CHECK("the largest", frame_udp_build(b, FRAME_MAX - room, &head) == FRAME_MAX &&
				     frame_parse(b, FRAME_MAX, &f));
	CHECK("one byte more", frame_udp_build(b, FRAME_MAX - room + 1, &head) == 0);
}

static void test_reset(const struct net_packet *syn)
{
	struct frame f, r;
	size_t n;

	frame_parse(b, net_make(b, syn), &f);
	n = frame_reset_build(&f, out);
	CHECK("a refusal", frame_parse(out, n, &r) && r.flags == (TH_RST | TH_ACK) &&
				   r.from_port == f.to_port && r.to_port == f.from_port &&
				   ip_equal(&r.from, &f.to) && ip_equal(&r.to, &f.from));
	CHECK("acknowledges the SYN",
	      frame_get32(out + r.l4 + 8) == 1001 && net_sum_is_right(&r));
}

static void test_skip(const char *from, const char *to)
{
	static uint8_t data[3000];
	struct net_packet p = { .from = from,
				.to = to,
				.flags = TH_ACK | TH_FIN,
				.seq = 0xffffff00,
				.ack = 77,
				.window = 99,
				.data = data,
				.n = sizeof(data) };
	struct frame f, again;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	frame_parse(b, net_make(b, &p), &f);
	CHECK("numbers of TCP", frame_seq(&f) == 0xffffff00 && frame_ack(&f) == 77 &&
					frame_window(&f) == 99 &&
					frame_seq_end(&f) == 3000 - 256 + 1);
	frame_skip(&f, 1001);
	CHECK("the rest of a frame is one",
	      frame_parse(f.b, f.n, &again) && again.n == f.n && again.data == f.data &&
		      net_sum_is_right(&again));
	CHECK("of the bytes that are left",
	      again.n - again.data == 1999 &&
		      memcmp(again.b + again.data, data + 1001, 1999) == 0);
	CHECK("from where they begin, to the same end",
	      frame_seq(&again) == 1001 - 256 && frame_seq_end(&again) == 3000 - 256 + 1);
	frame_set_seq(&again, 0x12345678);
	frame_set_ack(&again, 0xfedcba98);
	CHECK("other numbers", frame_seq(&again) == 0x12345678 &&
				       frame_ack(&again) == 0xfedcba98 &&
				       net_sum_is_right(&again));
	if (again.family == AF_INET)
		CHECK("the header has a right sum",
		      frame_sum(again.b + ETH_BYTES, IP4_BYTES, 0) == 0xffff);
}

/* Pieces together are the whole. */
static void test_fragments(const char *from, const char *to, size_t mtu)
{
	static uint8_t data[9000], whole[9100];
	struct net_packet p = { .from = from,
				.to = to,
				.protocol = IPPROTO_UDP,
				.data = data,
				.n = sizeof(data) };
	size_t got = 0, n, i;
	struct frame f;
	struct frame piece = { 0 };
	bool fits = true, next = true;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 13);
	frame_parse(b, net_make(b, &p), &f);
	for (i = 0; (n = frame_fragment(&f, mtu, 77, i, out)) > 0; i++) {
		size_t skip, from_at;

		fits &= n <= ETH_BYTES + mtu;
		next &= frame_parse(out, n, &piece) && piece.fragment;
		skip = piece.family == AF_INET ? 0 : 8;
		from_at = piece.family == AF_INET ?
				  (frame_get16(out + 20) & 0x1fffu) * 8 :
				  frame_get16(out + piece.l4 + 2) & 0xfff8u;
		next &= from_at == got;
		memcpy(whole + from_at, out + piece.l4 + skip, n - piece.l4 - skip);
		got += n - piece.l4 - skip;
	}
	CHECK("each fits and follows the one before", fits && next);
	CHECK("together they are the whole",
	      got == f.n - f.l4 && memcmp(whole, b + f.l4, got) == 0);
	CHECK("and the last says so",
	      piece.family == AF_INET ? !(out[20] & 0x20) : !(out[piece.l4 + 3] & 1));
}

static void test_fragment_of_a_fragment(void)
{
	static uint8_t data[4000];
	struct frame f;
	size_t n;

	n = net_make(b, &(struct net_packet){ .from = "10.0.2.2",
					      .to = "10.0.2.100",
					      .protocol = IPPROTO_UDP,
					      .data = data,
					      .n = sizeof(data) - 8 });
	frame_put16(b + 20, 0x2000 | 100); /* from 800 on, more follows */
	frame_parse(b, n, &f);
	frame_fragment(&f, 1500, 77, 0, out);
	CHECK("it begins where its whole began",
	      frame_get16(out + 20) == (0x2000 | 100) && frame_get16(out + 18) == 7);
	frame_fragment(&f, 1500, 77, 2, out);
	CHECK("and the last is not the last",
	      frame_get16(out + 20) == (0x2000 | (100 + 2 * 185)));
}

int main(void)
{
	test_parse();
	test_broken();
	test_mss();
	test_urgent();
	test_sums();
	test_udp("10.0.2.3", "10.0.2.100");
	test_udp("fd00::3", "fd00::100");
	test_reset(&syn4);
	test_reset(&syn6);
	test_skip("10.0.2.100", "192.0.2.1");
	test_skip("fd00::100", "2001:db8::1");
	test_fragments("10.0.2.2", "10.0.2.100", 1500);
	test_fragments("10.0.2.2", "10.0.2.100", 577);
	test_fragments("fd00::2", "fd00::100", 1280);
	test_fragment_of_a_fragment();
	return tap_done();
}
