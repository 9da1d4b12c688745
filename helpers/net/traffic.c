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

static void to_stack(struct core *c, struct frame *f, const struct virtio_net_hdr *h)
{
	bool tcp = f->protocol == IPPROTO_TCP, whole = h && offload_is_whole(h, f),
	     partial = whole;
	uint32_t shift;
	int fd;

	if (tcp && uplink_take(&c->uplink, f, &whole))
		return;
	if (h && whole == partial)
		offload_complete(h, f->b, f->n);
	if (!tcp) {
		stack_input(&c->stack, f);
		return;
	}
	frame_clear_urgent(f);
	look_at_syn(c, f);
	shift = uplink_shift(&c->uplink, f);
	fd = stack_input(&c->stack, f);
	if (fd >= 0)
		uplink_open(&c->uplink, f, fd, shift);
}

/* header: of a frame that is as it came. */
static void judge(struct core *c, struct frame *f, const struct virtio_net_hdr *header)
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
		to_stack(c, f, header);
		break;
	}
}

void traffic_take(const struct device_frame *taken, void *core)
{
	struct core *c = core;
	struct frame f, rest;

	if (!offload_check(taken->header, taken->n) ||
	    !frame_parse(taken->b, taken->n, &f)) {
		drop(c);
		return;
	}
	if (!f.fragment) {
		judge(c, &f, taken->header);
		return;
	}
	offload_complete(taken->header, taken->b, taken->n);
	if (reasm_take(&c->reasm, &f, c->loop.now, &rest))
		judge(c, &rest, NULL);
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
