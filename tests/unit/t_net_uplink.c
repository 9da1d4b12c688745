/* SPDX-License-Identifier: Apache-2.0 */
/* What goes around libslirp, and that nothing is lost, doubled or out of order by it. */
#include "unit/tap.h"

static bool held;

#define MUST(condition) (held &= tap_must(condition, __LINE__, #condition))

static bool tap_must(bool ok, int line, const char *text)
{
	if (!ok)
		printf("# unit/uplink.h:%d: %s\n", line, text);
	return ok;
}

#include "unit/uplink.h"

#define ACK TH_ACK

static void test_straight(const char *guest, const char *peer)
{
	struct world *w = world_new(guest, peer);

	held = true;
	world_open(w, 0xfffffff0, 0);
	world_send(w, 0, 1000, ACK, true);
	world_send(w, 1000, 2000, ACK | TH_PUSH, true);
	CHECK("what comes in order goes around", w->took == 0 && w->acks == 0);
	CHECK("and is acknowledged", w->acked == 3000);
	w->peer_ack = w->seq + 500;
	world_send(w, 3000, 10, ACK, true);
	CHECK("what it says of the other direction is passed on",
	      w->took == 0 && w->acks == 1 && w->peer_ack == w->seq + 500);
	world_send(w, 3010, 10, ACK, true);
	CHECK("once", w->acks == 1);
	world_send(w, 3020, 10, ACK, false);
	CHECK("under a checksum of its own it is libslirp's", w->took == 10);
	world_send(w, 3030, 10, ACK, true);
	CHECK("and so is the next, in the same round", w->took == 20);
	world_round(w);
	world_send(w, 3040, 10, ACK, true);
	CHECK("later it goes around again", w->took == 20 && w->acked == 3050);
	world_finish(w);
	CHECK("the reader has it all", held && w->got == 3050);
	world_free(w);
}

static void test_others(void)
{
	static const struct {
		const char *label;
		size_t from, n;
		uint8_t flags;
	} rows[] = {
		{ "what comes too early", 110, 10, ACK },
		{ "what comes again", 50, 50, ACK },
		{ "what comes again in part", 90, 20, ACK },
		{ "an urgent byte", 100, 10, ACK | TH_URG },
		{ "the end", 100, 10, ACK | TH_FIN },
		{ "a reset", 100, 10, ACK | TH_RST },
		{ "another beginning", 100, 10, ACK | TH_SYN },
		{ "data that acknowledges nothing", 100, 10, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world *w = world_new("10.0.2.100", "192.0.2.1");

		held = true;
		world_open(w, 1, 0);
		world_send(w, 0, 100, ACK, true);
		world_send(w, rows[i].from, rows[i].n, rows[i].flags, true);
		CHECK(rows[i].label, w->took == rows[i].n);
		world_free(w);
	}
}

static void test_early(void)
{
	struct world *w = world_new("10.0.2.100", "192.0.2.1");

	held = true;
	world_open(w, 1, 0);
	world_send(w, 0, 100, ACK, true);
	world_send(w, 200, 100, ACK, true);
	world_round(w);
	world_send(w, 100, 100, ACK, true);
	CHECK("behind a gap libslirp may have the rest",
	      w->took == 200 && w->acked == 200);
	world_round(w);
	world_send(w, 200, 100, ACK, true);
	world_round(w);
	world_send(w, 300, 100, ACK, true);
	CHECK("once it has all, nothing is its again", w->took == 300 && w->acked == 400);
	world_finish(w);
	CHECK("in order", held && w->got == 400);
	world_free(w);
}

/* libslirp's view of the other direction, when the container does not read. */
static void test_closed_window(void)
{
	struct world *w = world_new("10.0.2.100", "192.0.2.1");

	held = true;
	world_open(w, 1, 0);
	w->window = 0;
	world_send(w, 0, 100, ACK, true);
	w->seq++; /* a probe of one byte */
	world_say(w, ACK);
	w->seq--; /* which is said again */
	world_send(w, 100, 100, ACK, true);
	CHECK("what is acknowledged is within what the container looks at",
	      held && w->acked == 200 && w->took == 0);
	world_free(w);
}

static void test_far(void)
{
	struct world *w = world_new("10.0.2.100", "192.0.2.1");

	held = true;
	world_open(w, 1, 0);
	world_send(w, 0, 100, ACK, true);
	w->sent = (size_t)2 << 32;
	world_send(w, 0x70000000, 10, ACK, true);
	world_send(w, 0xe0000000, 10, ACK, true);
	world_send(w, ((size_t)1 << 32) + 90, 10, ACK, true);
	world_round(w);
	w->took = 0;
	world_send(w, 100, 100, ACK, true);
	CHECK("with numbers far off all is libslirp's for good",
	      held && w->took == 100 && w->acked == 200);
	world_free(w);
}

static void test_full(void)
{
	struct world *w = world_new("fd00::100", "2001:db8::1");
	size_t at = 0;

	held = true;
	world_open(w, 1, 0);
	while (w->took == 0) {
		world_send(w, at, 5000, ACK, true);
		at += 5000;
	}
	CHECK("what a full socket does not take, libslirp keeps",
	      w->acked == at && w->held_count > 0 && w->held_count <= 5000);
	world_round(w);
	world_send(w, at, 1000, ACK, true);
	CHECK("and all that follows", w->took > 1000 && w->acked == at + 1000);
	world_read(w, SIZE_MAX);
	world_round(w);
	while (w->held_count) {
		world_read(w, SIZE_MAX);
		world_round(w);
	}
	w->took = 0;
	world_send(w, at + 1000, 1000, ACK, true);
	CHECK("until it has written that", w->took == 0 && w->acked == at + 2000);
	world_finish(w);
	CHECK("in order, too", held && w->got == at + 2000);
	world_free(w);
}

static void test_ends(void)
{
	struct world *w = world_new("10.0.2.100", "192.0.2.1");
	uint32_t shift;

	held = true;
	world_open(w, 1, 0);
	world_send(w, 0, 1000, ACK, true);
	world_say(w, TH_FIN | ACK);
	world_send(w, 1000, 10, ACK, true);
	CHECK("once the other side has closed, libslirp must see that there is life",
	      w->took == 10);
	world_send(w, 1010, 0, ACK | TH_FIN, true);
	world_finish(w);
	CHECK("the end is behind the last byte", held && w->ended && w->got == 1010);
	shift = 1000;
	world_close(w);
	w->took = 0;
	world_open(w, 5000, shift);
	world_send(w, 0, 20, ACK, true);
	world_send(w, 20, 20, ACK, false);
	CHECK("the same port once more, as libslirp took it for the old one",
	      w->took == 20 && w->acked == 40);
	close(w->far);
	w->far = open("/dev/null", O_RDONLY | O_CLOEXEC);
	world_round(w);
	world_send(w, 40, 10, ACK, true);
	CHECK("a broken socket is libslirp's to find out", held && w->took == 30);
	world_close(w);
	w->took = 0;
	w->held_count = 0;
	w->next = w->isn + 1 + 50;
	world_send(w, 50, 10, ACK, true);
	CHECK("of a closed one nothing is left", w->took == 10 && held);
	world_free(w);
}

/* Many at once, that come and go. */
static void test_many(void)
{
	static uint32_t acks[3000];
	struct world *w = world_new("10.0.2.100", "192.0.2.1");
	uint8_t b[FRAME_TCP_ROOM];
	struct net_packet p = { .from = "10.0.2.100", .to = "192.0.2.1", .flags = TH_SYN };
	struct frame f;
	size_t right = 0;

	for (size_t i = 0; i < COUNT(acks); i++) {
		p.from_port = (uint16_t)(i % 1500 + 1);
		p.to_port = (uint16_t)(i / 1500 + 1);
		acks[i] = (uint32_t)i * 77;
		MUST(frame_parse(b, net_make(b, &p), &f));
		uplink_open(&w->u, &f, (int)i, acks[i]);
	}
	for (size_t i = 0; i < COUNT(acks); i += 3)
		uplink_close(&w->u, (int)i);
	p = (struct net_packet){ .from = "192.0.2.1", .to = "10.0.2.100", .flags = ACK };
	for (size_t i = 0; i < COUNT(acks); i++) {
		p.to_port = (uint16_t)(i % 1500 + 1);
		p.from_port = (uint16_t)(i / 1500 + 1);
		MUST(frame_parse(b, net_make(b, &p), &f));
		right += uplink_back(&w->u, &f) == (i % 3 ? acks[i] : 0);
	}
	CHECK("each of many is found, and those that are gone are not",
	      right == COUNT(acks));
	w->fd = -1;
	world_free(w);
}

int main(void)
{
	test_straight("10.0.2.100", "192.0.2.1");
	test_straight("fd00::100", "2001:db8::1");
	test_others();
	test_early();
	test_closed_window();
	test_far();
	test_full();
	test_ends();
	test_many();
	return tap_done();
}
