/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/device.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"

#define JOINED_MAX 65500 /* from 64 KiB on, veth would cut by software */
#define HEADS_MAX (ETH_BYTES + 60 + 60)
#define TCP_AT_SEQ 4
#define TCP_AT_ACK 8
#define TCP_AT_FLAGS 13
#define TCP_AT_WINDOW 14

void device_init(struct device *d)
{
	*d = (struct device){ .fd = -1 };
}

void device_open(struct device *d, int fd, bool packet, size_t mtu)
{
	d->fd = fd;
	d->packet = packet;
	d->mtu = mtu;
	d->room = mem_new(DEVICE_BATCH, DEVICE_ROOM);
	d->joined.b = mem_new(FRAME_MAX, 1);
}

/* ---- in ---- */

struct reader {
	void (*each)(const struct device_frame *f, void *data);
	void *data;
};

static void hand_on(struct device *d, const struct reader *r, uint8_t *b, size_t n)
{
	struct virtio_net_hdr header;
	struct device_frame f = { .header = &header,
				  .b = b + sizeof(header),
				  .n = n - sizeof(header) };

	if (n < sizeof(header) + ETH_BYTES)
		return;
	memcpy(&header, b, sizeof(header));
	d->frames_in++;
	d->bytes_in += f.n;
	r->each(&f, r->data);
}

static size_t read_tap(struct device *d, const struct reader *r)
{
	size_t count = 0;

	while (count < DEVICE_BATCH) {
		ssize_t n = read(d->fd, d->room, DEVICE_ROOM);

		if (n <= 0)
			break;
		hand_on(d, r, d->room, (size_t)n);
		count++;
	}
	return count;
}

static size_t read_packets(struct device *d, const struct reader *r)
{
	struct mmsghdr msgs[DEVICE_BATCH] = { 0 };
	struct iovec iov[DEVICE_BATCH];
	int n;

	for (size_t i = 0; i < DEVICE_BATCH; i++) {
		iov[i] = (struct iovec){ d->room + i * DEVICE_ROOM, DEVICE_ROOM };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(d->fd, msgs, DEVICE_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		if (msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
			d->dropped++;
		else
			hand_on(d, r, d->room + (size_t)i * DEVICE_ROOM, msgs[i].msg_len);
	}
	return n < 0 ? 0 : (size_t)n;
}

size_t device_read(struct device *d,
		   void (*each)(const struct device_frame *f, void *data), void *data)
{
	const struct reader r = { each, data };

	return d->packet ? read_packets(d, &r) : read_tap(d, &r);
}

/* ---- out ---- */

static void write_parts(struct device *d, struct iovec *parts, int n, size_t bytes)
{
	ssize_t done;

	do
		done = writev(d->fd, parts, n);
	while (done < 0 && errno == EINTR);
	if (done < 0) {
		d->dropped++;
		return;
	}
	d->frames_out++;
	d->bytes_out += bytes;
}

static void write_whole(struct device *d, struct virtio_net_hdr *h, const uint8_t *b,
			size_t n)
{
	struct iovec parts[] = { { h, sizeof(*h) }, { (void *)(uintptr_t)b, n } };

	write_parts(d, parts, COUNT(parts), n);
}

/* Only the headers are copied: the frame is not ours to change. */
static void write_segments(struct device *d, const struct frame *f,
			   struct virtio_net_hdr *h)
{
	uint8_t heads[HEADS_MAX];
	uint16_t sum = offload_sum(f);
	struct iovec parts[] = { { h, sizeof(*h) },
				 { heads, f->data },
				 { f->b + f->data, f->n - f->data } };

	memcpy(heads, f->b, f->data);
	memcpy(heads + h->csum_start + h->csum_offset, &sum, sizeof(sum));
	write_parts(d, parts, COUNT(parts), f->n);
}

static void write_fragments(struct device *d, const struct frame *f)
{
	struct virtio_net_hdr none = { 0 };
	uint8_t b[ETH_BYTES + 65535];
	size_t n;

	d->fragment_id++;
	for (size_t i = 0; (n = frame_fragment(f, d->mtu, d->fragment_id, i, b)) > 0; i++)
		write_whole(d, &none, b, n);
}

static void write_frame(struct device *d, const struct frame *f)
{
	struct virtio_net_hdr h;
	size_t mss = f->protocol == IPPROTO_TCP ? small_mss_of(&d->small, f) : 0;

	switch (offload_give(f, d->mtu, mss, &h)) {
	case OFFLOAD_NONE:
		/* what was joined has the checksum of its first part */
		if (f == &d->joined.f && d->joined.changed) {
			offload_check(f, &h);
			write_segments(d, f, &h);
		} else {
			write_whole(d, &h, f->b, f->n);
		}
		break;
	case OFFLOAD_SEGMENTS:
		write_segments(d, f, &h);
		break;
	case OFFLOAD_FRAGMENTS:
		write_fragments(d, f);
		break;
	}
}

void device_flush(struct device *d)
{
	if (!d->joined.used)
		return;
	d->joined.used = false;
	write_frame(d, &d->joined.f);
}

/* ---- joining ---- */

/* Plain data: nothing but an acknowledgement, and perhaps a push. */
static bool may_join(const struct frame *f)
{
	return f->protocol == IPPROTO_TCP && f->n > f->data &&
	       (f->flags & ~TH_PUSH) == TH_ACK &&
	       (f->family == AF_INET6 || f->l4 == ETH_BYTES + IP4_BYTES);
}

static bool goes_on(const struct device *d, const struct frame *f)
{
	const struct frame *j = &d->joined.f;
	const uint8_t *a = j->b + j->l4, *b = f->b + f->l4;

	return d->joined.used && f->family == j->family && f->data == j->data &&
	       frame_get32(b + TCP_AT_SEQ) == d->joined.next &&
	       j->n + (f->n - f->data) <= JOINED_MAX && memcmp(a, b, 4) == 0 &&
	       memcmp(a + TCP_AT_ACK, b + TCP_AT_ACK, 5) == 0 &&
	       memcmp(a + TCP_AT_WINDOW, b + TCP_AT_WINDOW, 2) == 0 &&
	       memcmp(a + TCP_BYTES, b + TCP_BYTES, f->data - f->l4 - TCP_BYTES) == 0 &&
	       ip_equal(&f->from, &j->from) && ip_equal(&f->to, &j->to);
}

static void set_length(struct frame *f)
{
	uint8_t *ip = f->b + ETH_BYTES;

	if (f->family == AF_INET)
		frame_replace(ip, 2, 10, (uint16_t)(f->n - ETH_BYTES));
	else
		frame_put16(ip + 4, (uint32_t)(f->n - ETH_BYTES - IP6_BYTES));
}

static void join(struct device *d, const struct frame *f)
{
	struct frame *j = &d->joined.f;
	size_t n = f->n - f->data;

	memcpy(j->b + j->n, f->b + f->data, n);
	j->n += n;
	j->b[j->l4 + TCP_AT_FLAGS] |= f->flags;
	d->joined.next += (uint32_t)n;
	d->joined.changed = true;
	set_length(j);
}

static void begin(struct device *d, const struct frame *f)
{
	memcpy(d->joined.b, f->b, f->n);
	d->joined.f = *f;
	d->joined.f.b = d->joined.b;
	d->joined.next =
		frame_get32(f->b + f->l4 + TCP_AT_SEQ) + (uint32_t)(f->n - f->data);
	d->joined.used = true;
	d->joined.changed = false;
}

void device_send(struct device *d, const uint8_t *b, size_t n)
{
	struct frame f;

	/* nothing below changes what b points to */
	if (d->fd < 0 || !frame_parse((uint8_t *)(uintptr_t)b, n, &f)) {
		d->dropped++;
		return;
	}
	if (may_join(&f) && goes_on(d, &f)) {
		join(d, &f);
		return;
	}
	device_flush(d);
	if (may_join(&f))
		begin(d, &f);
	else
		write_frame(d, &f);
}
