/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container sends on one connection, around libslirp and by it: the reader must
 * get the stream, whole and in order, whatever is sent too early, twice, under a checksum
 * or not, and however slowly it reads. Input: three bytes a step, what to do and how much.
 */
#include <netinet/tcp.h>

#include "fuzz/fuzz.h"
#include "unit/uplink.h"

enum step {
	SEND,
	SEND_SUMMED,
	SEND_MUCH,
	AGAIN,
	EARLY,
	READ,
	ROUND,
	HEARD,
	FLAGS,
	OPEN_AGAIN,
	STEPS
};

/* The rest of the stream, by whoever has lost patience. */
static void settle(struct world *w)
{
	while (w->acked < w->sent) {
		size_t left = w->sent - w->acked;

		world_send(w, w->acked, left < 9000 ? left : 9000, TH_ACK, true);
		world_read(w, SIZE_MAX);
		world_round(w);
	}
	world_finish(w);
	MUST(w->got == w->sent);
}

static void open_again(struct world *w, uint32_t isn, uint32_t shift)
{
	settle(w);
	world_close(w);
	world_open(w, isn, shift);
}

/* libslirp promises no more than it can hold. */
static size_t at_most(const struct world *w, size_t n)
{
	size_t under_way = w->sent - w->acked;

	if (under_way >= 65535)
		return 0;
	return n < 65535 - under_way ? n : 65535 - under_way;
}

static void act(struct world *w, enum step step, size_t n)
{
	size_t back = n < w->sent ? n : w->sent;

	switch (step) {
	case SEND:
		world_send(w, w->sent, at_most(w, n & 0xfff), TH_ACK, true);
		break;
	case SEND_SUMMED:
		world_send(w, w->sent, at_most(w, n & 0xfff), TH_ACK | TH_PUSH, false);
		break;
	case SEND_MUCH:
		world_send(w, w->sent, at_most(w, n % 65000), TH_ACK | TH_PUSH, true);
		break;
	case AGAIN:
		world_send(w, w->sent - back, at_most(w, back / 2 + 1), TH_ACK, n & 1);
		break;
	case EARLY:
		/* what lies between is sent later, or never acknowledged */
		world_send(w, w->sent + n % 300 + 1, 100, TH_ACK, n & 1);
		break;
	case READ:
		world_read(w, n);
		break;
	case ROUND:
		world_round(w);
		break;
	case HEARD:
		w->peer_ack += n & 0xff;
		w->window = (uint16_t)(60000 + (n >> 8));
		break;
	case FLAGS:
		/* no SYN, FIN or RST: the stand-in knows too little of them */
		world_send(w, w->sent, at_most(w, 50),
			   (uint8_t)(n & ~(size_t)(TH_SYN | TH_FIN | TH_RST)) | TH_ACK,
			   true);
		break;
	case OPEN_AGAIN:
		open_again(w, (uint32_t)n << 16 | 0xfff0, (uint32_t)n);
		break;
	case STEPS:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool v6 = size && data[0] & 1;
	struct world *w = world_new(v6 ? "fd00::100" : "10.0.2.100",
				    v6 ? "2001:db8::1" : "192.0.2.1");

	world_open(w, 1000, 0);
	for (size_t i = 1; i + 3 <= size && i < 3000; i += 3)
		act(w, data[i] % STEPS, frame_get16(data + i + 1));
	settle(w);
	world_free(w);
	return 0;
}
