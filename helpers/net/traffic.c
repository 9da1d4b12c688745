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
	uint8_t b[FRAME_TCP_ROOM];

	device_send_own(&c->device, b, frame_reset_build(syn, b));
}

/* libslirp is told that it may send large segments: the device takes them in one piece,
 * and the kernel cuts them as the container wanted. */
static void look_at_syn(struct core *c, struct frame *f)
{
	size_t heads = TCP_BYTES + (f->family == AF_INET ? IP4_BYTES : IP6_BYTES);
	uint16_t mss = frame_swap_mss(f, STACK_MSS);

	if (!mss)
		return;
	if (f->to_port == PORT_DNS)
		dns_look(c); /* perhaps by TCP, from the file */
	small_mss_learn(&c->device.small, f, mss, (uint16_t)(c->device.mtu - heads));
}

/* whole: see offload_take(). */
static void to_stack(struct core *c, struct frame *f, bool whole)
{
	uint32_t shift;
	int fd;

	if (f->protocol != IPPROTO_TCP) {
		stack_input(&c->stack, f);
		return;
	}
	if (uplink_take(&c->uplink, f, &whole))
		return;
	if (whole)
		offload_complete(f);
	frame_clear_urgent(f);
	look_at_syn(c, f);
	shift = uplink_shift(&c->uplink, f);
	fd = stack_input(&c->stack, f);
	if (fd >= 0)
		uplink_open(&c->uplink, f, fd, shift);
}

static void judge(struct core *c, struct frame *f, bool whole)
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
		to_stack(c, f, whole);
		break;
	}
}

void traffic_take(const struct device_frame *taken, void *core)
{
	struct core *c = core;
	struct frame f, together;
	bool whole;

	if (!offload_take(taken->header, taken->b, taken->n, &f, &whole)) {
		drop(c);
		return;
	}
	if (!f.fragment)
		judge(c, &f, whole);
	else if (reasm_take(&c->reasm, &f, c->loop.now, &together))
		judge(c, &together, false);
}

void traffic_give(void *core, const uint8_t *b, size_t n)
{
	struct core *c = core;
	uint32_t more = 0;
	struct frame f;

	/* nothing below changes what b points to */
	if (!frame_parse((uint8_t *)(uintptr_t)b, n, &f)) {
		drop(c);
		return;
	}
	if (f.protocol == IPPROTO_TCP && !f.fragment)
		more = uplink_back(&c->uplink, &f);
	device_send(&c->device, &f, more);
}
