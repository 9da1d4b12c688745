/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/device.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"

#define MTU_LEAST 68 /* of IPv4 */
#define MTU_MOST 65535
#define HEADS_MAX (ETH_BYTES + 60 + 60)
#define LARGE 16384  /* bytes: of a transfer that is limited by us */
#define ASK_TIMES 40 /* 5 to 10 us */

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
}

void device_set_mtu(struct device *d, size_t mtu)
{
	if (mtu >= MTU_LEAST && mtu <= MTU_MOST)
		d->mtu = mtu;
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

/* Each reads what is there now, returns how many, and says how large the last was. */
static size_t read_tap(struct device *d, const struct reader *r, size_t *last)
{
	ssize_t n = read(d->fd, d->room, DEVICE_ROOM);

	if (n <= 0)
		return 0;
	*last = (size_t)n;
	hand_on(d, r, d->room, *last);
	return 1;
}

static size_t read_packets(struct device *d, const struct reader *r, struct mmsghdr *msgs,
			   size_t most, size_t *last)
{
	int n = recvmmsg(d->fd, msgs, (unsigned int)most, MSG_DONTWAIT, NULL);

	if (n <= 0)
		return 0;
	for (int i = 0; i < n; i++) {
		if (msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
			d->dropped++;
		else
			hand_on(d, r, d->room + (size_t)i * DEVICE_ROOM, msgs[i].msg_len);
	}
	*last = msgs[n - 1].msg_len;
	return (size_t)n;
}

static void point_to_room(struct device *d, struct mmsghdr *msgs, struct iovec *iov)
{
	for (size_t i = 0; i < DEVICE_BATCH; i++) {
		iov[i] = (struct iovec){ d->room + i * DEVICE_ROOM, DEVICE_ROOM };
		msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &iov[i],
							 .msg_iovlen = 1 } };
	}
}

/*
 * What comes while frames are handled is taken too: a wake-up costs more than to ask. The
 * one behind a large frame is a few us away, and to sleep until then would cost both
 * sides, as the container's kernel would have to wake us.
 */
size_t device_read(struct device *d,
		   void (*each)(const struct device_frame *f, void *data), void *data)
{
	const struct reader r = { each, data };
	struct mmsghdr msgs[DEVICE_BATCH];
	struct iovec iov[DEVICE_BATCH];
	size_t count = 0, asked = 0, last = 0;

	if (d->packet)
		point_to_room(d, msgs, iov);
	while (count < DEVICE_BATCH && asked < ASK_TIMES) {
		size_t n = d->packet ?
				   read_packets(d, &r, msgs, DEVICE_BATCH - count, &last) :
				   read_tap(d, &r, &last);

		if (n == 0 && last <= LARGE)
			break;
		asked = n > 0 ? 0 : asked + 1;
		count += n;
	}
	return count;
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
static void write_changed(struct device *d, const struct frame *f,
			  struct virtio_net_hdr *h, uint32_t more_ack)
{
	uint8_t heads[HEADS_MAX];
	struct frame head = *f;
	uint16_t sum = offload_sum(f);
	struct iovec parts[] = { { h, sizeof(*h) },
				 { heads, f->data },
				 { f->b + f->data, f->n - f->data } };

	head.b = memcpy(heads, f->b, f->data);
	if (more_ack)
		frame_set_ack(&head, frame_ack(f) + more_ack);
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		memcpy(heads + h->csum_start + h->csum_offset, &sum, sizeof(sum));
	write_parts(d, parts, COUNT(parts), f->n);
}

static void write_fragments(struct device *d, const struct frame *f)
{
	struct virtio_net_hdr none = { 0 };
	uint8_t b[ETH_BYTES + MTU_MOST];
	size_t n;

	d->fragment_id++;
	for (size_t i = 0; (n = frame_fragment(f, d->mtu, d->fragment_id, i, b)) > 0; i++)
		write_whole(d, &none, b, n);
}

void device_send(struct device *d, const struct frame *f, uint32_t more_ack)
{
	struct virtio_net_hdr h;

	if (d->fd < 0) {
		d->dropped++;
		return;
	}
	switch (offload_give(f, d->mtu, small_mss_of(&d->small, f), &h)) {
	case OFFLOAD_NONE:
		if (!more_ack)
			write_whole(d, &h, f->b, f->n);
		else
			write_changed(d, f, &h, more_ack);
		break;
	case OFFLOAD_SEGMENTS:
		write_changed(d, f, &h, more_ack);
		break;
	case OFFLOAD_FRAGMENTS:
		write_fragments(d, f);
		break;
	}
}

void device_send_own(struct device *d, uint8_t *b, size_t n)
{
	struct frame f;

	if (frame_parse(b, n, &f))
		device_send(d, &f, 0);
	else
		d->dropped++;
}
