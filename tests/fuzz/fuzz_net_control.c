/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile client of the control socket can do: connect, say anything in any
 * pieces, send descriptors, stop half-way, be late. Each operation is a byte, with
 * another one or more behind it; what is said comes from the end of the input.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helpers/net/control.h"
#include "helpers/net/request.h"
#include "kernel/sock.h"

#include "fuzz/fuzz.h"

#define OURS 20

static struct settings settings;
static struct arena arena;
static size_t answers;

static void read_settings(void)
{
	static const char text[] =
		"{\"id\":\"a\",\"mode\":\"slirp\",\"ifname\":\"eth0\",\"mac\":\"52:54:00:12:34:56\","
		"\"mtu\":1500,\"network\":\"10.0.2.0/24\",\"address\":\"10.0.2.100\","
		"\"gateway\":\"10.0.2.2\",\"dnsAddress\":\"10.0.2.3\"}";
	struct err e;

	if (!settings.id)
		MUST(settings_read(text, sizeof(text) - 1, &settings, &arena, &e) == 0);
}

static void answer(void *data, const char *text, size_t n, int *fds, size_t fd_count,
		   struct text *out)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct request r;

	(void)data;
	answers++;
	if (request_parse(text, n, fd_count, &settings, &r, &a, &e) < 0) {
		MUST(*e.text && e.sys);
		request_print_error(&e, out);
	} else {
		MUST(r.listeners == fd_count);
		for (size_t i = 0; i < fd_count; i++)
			close(fd_take(&fds[i]));
		/* long enough to be written in pieces */
		for (size_t i = 0; i < r.port_count * 1000 + 1; i++)
			text_add(out, "{\"return\":{}}");
	}
	arena_free(&a);
}

static int next_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	// cppcheck-suppress deallocret
	return fd;
}

static int listen_somewhere(struct sockaddr_un *addr, socklen_t *n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* a name of the kernel's choice */
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*n = sizeof(*addr);
	MUST(fd >= 0 && bind(fd, (struct sockaddr *)addr, sizeof(sa_family_t)) == 0 &&
	     listen(fd, OURS) == 0 && getsockname(fd, (struct sockaddr *)addr, n) == 0);
	return fd;
}

struct play {
	struct loop loop;
	struct control control;
	struct sockaddr_un addr;
	socklen_t addr_len;
	int ours[OURS];
	const uint8_t *said;
	size_t left;
};

static void go_round(struct play *p)
{
	struct epoll_event events[32];
	int n = epoll_wait(p->loop.epoll, events, 32, 0);

	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		s->ready(s, events[i].events);
	}
	loop_fire(&p->loop);
}

static void connect_one(struct play *p, int *fd)
{
	if (*fd >= 0)
		return;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connect(*fd, (struct sockaddr *)&p->addr, p->addr_len) < 0)
		fd_close(fd);
}

static void say(struct play *p, int fd, size_t n, bool with_fd)
{
	int zero = 0;

	n = n < p->left ? n : p->left;
	if (fd < 0 || n == 0)
		return;
	/* nobody reads, or nobody is there: all the same */
	if (sock_send(fd, p->said, n, &zero, with_fd) < 0)
		return;
	p->said += n;
	p->left -= n;
}

static void listen_some(int fd)
{
	char b[3000];

	if (fd >= 0 && recv(fd, b, sizeof(b), MSG_DONTWAIT) > 0)
		MUST(*b);
}

static void act(struct play *p, uint8_t op, uint8_t arg)
{
	int *fd = &p->ours[arg % OURS];

	switch (op % 8) {
	case 0:
		connect_one(p, fd);
		break;
	case 1:
		say(p, *fd, 1 + arg, false);
		break;
	case 2:
		say(p, *fd, 40, true);
		break;
	case 3:
		if (*fd >= 0)
			shutdown(*fd, SHUT_WR);
		break;
	case 4:
		fd_close(fd);
		break;
	case 5:
		p->loop.now += arg * 100LL;
		break;
	case 6:
		listen_some(*fd);
		break;
	default:
		go_round(p);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play p = { .ours = { 0 } };
	size_t ops = size < 256 ? size / 4 : 64;
	struct err e;
	int before, listener;

	read_settings();
	before = next_free();
	MUST(loop_open(&p.loop, &e) == 0);
	listener = listen_somewhere(&p.addr, &p.addr_len);
	p.control.loop = &p.loop;
	p.control.answer = answer;
	MUST(control_open(&p.control, listener, &e) == 0);
	for (size_t i = 0; i < OURS; i++)
		p.ours[i] = -1;
	p.said = data + ops * 2;
	p.left = size - ops * 2;
	for (size_t i = 0; i < ops; i++)
		act(&p, data[2 * i], data[2 * i + 1]);
	go_round(&p);
	control_close(&p.control);
	for (size_t i = 0; i < OURS; i++)
		fd_close(&p.ours[i]);
	close(listener);
	close(p.loop.epoll);
	MUST(before == next_free());
	return 0;
}
