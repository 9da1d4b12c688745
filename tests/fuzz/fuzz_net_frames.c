/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile container can send: frames with the header of a tap, through all that
 * looks at them before libslirp does. Input: a byte that chooses settings, then for each
 * frame two bytes of length, the header, the frame.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "helpers/net/neighbour.h"
#include "helpers/net/offload.h"
#include "helpers/net/reasm.h"
#include "helpers/net/rules.h"

#include "fuzz/fuzz.h"

#define DOCUMENT                                                                              \
	"{\"id\":\"a\",\"mode\":\"slirp\",\"ifname\":\"eth0\",\"mac\":\"52:54:00:12:34:56\"," \
	"\"mtu\":1500,\"network\":\"10.0.2.0/24\",\"address\":\"10.0.2.100\","                \
	"\"gateway\":\"10.0.2.2\",\"dnsAddress\":\"10.0.2.3\",\"ipv6\":true,"                 \
	"\"network6\":\"fd00::/64\",\"address6\":\"fd00::100\",\"gateway6\":\"fd00::2\","     \
	"\"dnsAddress6\":\"fd00::3\",\"dns\":true%s}"

static struct settings settings[4];
static struct arena arena;

static void read_settings(void)
{
	static const char *const more[] = {
		"", ",\"hostLoopback\":true", ",\"restrict\":true",
		",\"hostPorts\":[{\"protocol\":\"tcp\",\"port\":22}]"
	};
	struct err e;

	for (size_t i = 0; i < COUNT(more) && !settings[i].id; i++) {
		OWN_TEXT text = { 0 };

		text_printf(&text, DOCUMENT, more[i]);
		MUST(settings_read(text.s, text.len, &settings[i], &arena, &e) == 0);
	}
}

/* What no settings allow, and what only some do. */
static void check_stack(const struct settings *s, const struct frame *f)
{
	const struct family *net = settings_family(s, f->family);
	bool opens =
		f->protocol == IPPROTO_TCP && (f->flags & TH_SYN) && !(f->flags & TH_ACK);

	if (!f->family)
		return;
	MUST(!f->fragment);
	MUST(net);
	if (f->protocol == IPPROTO_ICMPV6 || f->protocol == IPPROTO_ICMP)
		return;
	MUST(!ip_is_loopback(&f->to) && !ip_is_any(&f->to));
	MUST(f->family == AF_INET || !ip_is_multicast(&f->to));
	if (opens && subnet_has(&net->network, &f->to))
		MUST(ip_equal(&f->to, &net->dns) ||
		     (ip_equal(&f->to, &net->gateway) &&
		      (s->host_loopback || (s->host_port_count && f->to_port == 22))));
	if (opens && s->restrict_out)
		MUST(subnet_has(&net->network, &f->to));
}

static bool sum_is_right(const struct frame *f)
{
	return frame_sum(f->b + f->l4, f->n - f->l4, frame_pseudo_sum(f, f->n - f->l4)) ==
	       0xffff;
}

static void check_changes(struct frame *f)
{
	struct frame again;
	bool right = f->protocol == IPPROTO_TCP && f->family && sum_is_right(f);

	frame_clear_urgent(f);
	frame_swap_mss(f, 21845);
	MUST(frame_parse(f->b, f->n, &again));
	MUST(again.l4 == f->l4 && again.data == f->data && again.flags == f->flags);
	if (right)
		MUST(sum_is_right(&again) && !(again.flags & TH_URG));
}

static void check_fragments(const struct frame *f)
{
	uint8_t *out = mem_new(ETH_BYTES + 1500, 1);
	size_t n, total = 0, extra = f->family == AF_INET ? 0 : 8;

	for (size_t i = 0; (n = frame_fragment(f, 1500, 1, i, out)) > 0; i++) {
		MUST(n <= ETH_BYTES + 1500 && n > f->l4 + extra);
		total += n - f->l4 - extra;
	}
	/* IPv4 options that leave no room for anything */
	MUST(total == f->n - f->l4 || total == 0);
	free(out);
}

static void check_reset(const struct frame *f)
{
	uint8_t *out = mem_new(FRAME_TCP_ROOM, 1);
	struct frame r;

	MUST(frame_parse(out, frame_reset_build(f, out), &r));
	MUST(r.flags & TH_RST && r.to_port == f->from_port && sum_is_right(&r));
	free(out);
}

/* What was judged is what libslirp gets. */
static void check_completed(const struct settings *s, struct frame *f,
			    enum verdict verdict)
{
	struct frame again;

	offload_complete(f);
	MUST(frame_parse(f->b, f->n, &again) && rules_judge(s, &again) == verdict);
	MUST(again.l4 == f->l4 && again.data == f->data && again.flags == f->flags);
	MUST(ip_equal(&again.to, &f->to) && again.to_port == f->to_port);
}

static void handle(const struct settings *s, struct frame *f, bool whole)
{
	static struct neighbours neighbours;
	static struct small_mss small;
	struct virtio_net_hdr h;
	uint16_t mss;

	neighbours_learn(&neighbours, f);
	switch (rules_judge(s, f)) {
	case VERDICT_DROP:
		break;
	case VERDICT_RESET:
		check_reset(f);
		break;
	case VERDICT_DNS:
		MUST(f->protocol == IPPROTO_UDP && f->to_port == 53 && f->n >= f->data);
		break;
	case VERDICT_STACK:
		if (whole)
			check_completed(s, f, VERDICT_STACK);
		check_stack(s, f);
		check_changes(f);
		break;
	}
	mss = frame_swap_mss(f, 1000);
	if (mss)
		small_mss_learn(&small, f, mss, 1460);
	if (f->family &&
	    offload_give(f, 1500, small_mss_of(&small, f), &h) == OFFLOAD_FRAGMENTS)
		check_fragments(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int64_t now;
	struct reasm reasm = { 0 };
	const struct settings *s;

	read_settings();
	if (!size)
		return 0;
	s = &settings[*data % COUNT(settings)];
	for (data++, size--; size >= 2 + sizeof(struct virtio_net_hdr);) {
		struct virtio_net_hdr h;
		size_t n = frame_get16(data), head = 2 + sizeof(h);
		struct frame f, together;
		bool whole;
		uint8_t *b;

		memcpy(&h, data + 2, sizeof(h));
		n = n < size - head ? n : size - head;
		b = mem_new(n, 1);
		if (n)
			memcpy(b, data + head, n);
		data += head + n;
		size -= head + n;
		now += 7;
		if (offload_take(&h, b, n, &f, &whole)) {
			if (!f.fragment)
				handle(s, &f, whole);
			else if (reasm_take(&reasm, &f, now, &together))
				handle(s, &together, false);
		}
		free(b);
	}
	reasm_free(&reasm);
	return 0;
}
