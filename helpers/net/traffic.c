/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a frame that the container sent.             Runs: main process */
#include "helpers/net/core.h"
#include "helpers/net/rules.h"

#define PORT_DNS 53

static void drop(struct core *c)
{
	c->device.dropped++;
}

static void reset(struct core *c, const struct frame *syn)
{
	uint8_t b[FRAME_RESET_ROOM];
	size_t n = frame_reset_build(syn, b);

	device_send(&c->device, b, n);
}

/* To libslirp, which is told that it may send large segments: the device takes them in
 * one piece, and the kernel cuts them as the container wanted. */
static void to_stack(struct core *c, struct frame *f)
{
	size_t heads = TCP_BYTES + (f->family == AF_INET ? IP4_BYTES : IP6_BYTES);
	uint16_t mss;

	frame_clear_urgent(f);
	mss = frame_swap_mss(f, STACK_MSS);
	if (mss && f->to_port == PORT_DNS)
		dns_look(c); /* perhaps by TCP, from the file */
	if (mss)
		small_mss_learn(&c->device.small, f, mss,
				(uint16_t)(c->device.mtu - heads));
	stack_input(&c->stack, f);
}

static void judge(struct core *c, struct frame *f)
{
	neighbours_learn(&c->neighbours, f);
	if (udp_answer(c, f))
		return;
	switch (rules_judge(c->settings, f)) {
	case VERDICT_DROP:
		drop(c);
		break;
	case VERDICT_RESET:
		reset(c, f);
		break;
	case VERDICT_DNS:
		dns_ask(c, f);
		break;
	case VERDICT_STACK:
		to_stack(c, f);
		break;
	}
}

void traffic_take(const struct device_frame *taken, void *core)
{
	struct core *c = core;
	struct frame f, whole;

	if (!offload_take(taken->header, taken->b, taken->n) ||
	    !frame_parse(taken->b, taken->n, &f)) {
		drop(c);
		return;
	}
	if (!f.fragment) {
		judge(c, &f);
		return;
	}
	if (reasm_take(&c->reasm, &f, c->loop.now, &whole))
		judge(c, &whole);
}
