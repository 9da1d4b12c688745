/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * Both ends of what goes through a network: servers that are ready when they have said
 * "ready", clients that say what they saw, a line each.
 *
 *     serve tcp|udp ADDR PORT     echoes; for each client "peer ADDR PORT"
 *     serve unix PATH
 *     digest ADDR PORT BYTES      sends so many, hears them back, compares
 *     echo tcp|udp ADDR PORT TEXT says what came back; "xN" is a text of N letters
 *     echo unix PATH TEXT
 *     burst ADDR PORT N           N connections at once: how many were served, worst ms
 *     idle ADDR PORT N            N connections, held until killed
 *     mute PATH N TEXT            N clients that say only this, and wait
 *     rr|crr ADDR PORT MS         round trips; with a connection each: a second, p50 us, worst us
 *     slow PORT MBIT BYTES        reads so fast, with such a buffer: Mbit/s, longest pause ms
 *     flood ADDR PORT MS          sends as much as goes
 *     urgent ADDR PORT            a byte of it is urgent: what comes back
 *     dns ADDR PORT ANSWER        a name server: every name is ANSWER; "silent", "refuse"
 *     ask ADDR NAME [tcp]         asks one: its answer, ms
 *     hold SPEC… -- CMD           opens tcp:ADDR:PORT, udp:…, unix:PATH as 50, 51, …
 *     syn DEVICE MAC TO PORT      a connection by hand: what the answer was
 *     noise DEVICE SEED N         frames that nobody should send
 */
/* clang-format on */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static void die(const char *fmt, ...)
{
	va_list ap;
	int sys = errno;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(": %s\n", strerror(sys));
	fflush(stdout);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- addresses ---- */

struct address {
	struct sockaddr_storage a;
	socklen_t n;
};

static struct address address(const char *text, const char *port)
{
	struct address out = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&out.a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out.a;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)atoi(port));
		out.n = sizeof(*in);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)atoi(port));
		out.n = sizeof(*in6);
	} else {
		errno = EINVAL;
		die("%s", text);
	}
	return out;
}

static struct address unix_address(const char *path)
{
	struct address out = { .n = sizeof(struct sockaddr_un) };
	struct sockaddr_un *un = (struct sockaddr_un *)&out.a;

	un->sun_family = AF_UNIX;
	snprintf(un->sun_path, sizeof(un->sun_path), "%s", path);
	return out;
}

static void print_peer(const struct sockaddr_storage *a)
{
	char text[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;

	if (a->ss_family == AF_INET)
		printf("peer %s %u\n",
		       inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
		       ntohs(in->sin_port));
	else if (a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		printf("peer %s %u\n",
		       inet_ntop(AF_INET, (const uint8_t *)&in6->sin6_addr + 12, text,
				 sizeof(text)),
		       ntohs(in6->sin6_port));
	else if (a->ss_family == AF_INET6)
		printf("peer %s %u\n",
		       inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text)),
		       ntohs(in6->sin6_port));
	else
		printf("peer unix\n");
	fflush(stdout);
}

static int open_server(int type, const struct address *at, int backlog)
{
	int fd = socket(at->a.ss_family, type | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at->a, at->n) < 0 ||
	    (type == SOCK_STREAM && listen(fd, backlog) < 0))
		die("serve");
	return fd;
}

static int connect_to(int type, const struct address *to)
{
	int fd = socket(to->a.ss_family, type | SOCK_CLOEXEC, 0), one = 1;
	struct timeval wait = { PATIENCE_MS / 1000, 0 };

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(fd, (const struct sockaddr *)&to->a, to->n) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

/* ---- servers ---- */

/* What one client's socket has that it could not yet be told. */
struct backlog {
	char b[65536];
	size_t from, n;
};

static void echo_some(int ep, int fd, struct backlog **all)
{
	struct backlog *k = all[fd];
	struct epoll_event ev = { .data.fd = fd };
	ssize_t n;

	if (!k)
		k = all[fd] = calloc(1, sizeof(*k));
	if (k->n == 0) {
		n = recv(fd, k->b, sizeof(k->b), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(fd);
			free(k);
			all[fd] = NULL;
			return;
		}
		k->from = 0;
		k->n = (size_t)n;
	}
	n = send(fd, k->b + k->from, k->n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		k->from += (size_t)n;
		k->n -= (size_t)n;
	}
	ev.events = k->n ? EPOLLOUT : EPOLLIN;
	epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev);
}

static void take_client(int ep, int listener)
{
	struct sockaddr_storage from = { 0 };
	socklen_t n = sizeof(from);
	int fd = accept4(listener, (struct sockaddr *)&from, &n, SOCK_CLOEXEC), one = 1;
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (fd < 0)
		return;
	print_peer(&from);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void serve_stream(const struct address *at)
{
	static struct backlog *all[65536];
	int listener = open_server(SOCK_STREAM, at, 4096),
	    ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = listener }, evs[64];

	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev);
	ready();
	for (;;) {
		int n = epoll_wait(ep, evs, 64, -1);

		for (int i = 0; i < n; i++)
			if (evs[i].data.fd == listener)
				take_client(ep, listener);
			else
				echo_some(ep, evs[i].data.fd, all);
	}
}

static void serve_udp(const struct address *at)
{
	static char b[65536];
	int fd = open_server(SOCK_DGRAM, at, 0);

	ready();
	for (;;) {
		struct sockaddr_storage from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, b, sizeof(b), 0, (struct sockaddr *)&from, &len);

		if (n < 0)
			continue;
		print_peer(&from);
		sendto(fd, b, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

static int do_serve(char **v)
{
	struct address at =
		strcmp(v[0], "unix") == 0 ? unix_address(v[1]) : address(v[1], v[2]);

	if (strcmp(v[0], "udp") == 0)
		serve_udp(&at);
	serve_stream(&at);
	return 0;
}

/* Reads at a limited rate, and says how it went when the first client has gone. */
static int do_slow(char **v)
{
	static char b[65536];
	struct address at = address("0.0.0.0", v[0]);
	double rate = atof(v[1]) * 1e6 / 8 / 1e3; /* bytes a ms */
	int room = atoi(v[2]), fd, listener = open_server(SOCK_STREAM, &at, 16);
	struct sockaddr_storage who;
	socklen_t len = sizeof(who);
	double start, total = 0, worst = 0, last;
	ssize_t n;

	if (room)
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	ready();
	fd = accept4(listener, (struct sockaddr *)&who, &len, SOCK_CLOEXEC);
	start = last = now_ms();
	while ((n = read(fd, b, sizeof(b))) > 0) {
		double now = now_ms(), due;

		worst = now - last > worst ? now - last : worst;
		total += (double)n;
		due = start + total / rate;
		if (due > now)
			usleep((useconds_t)((due - now) * 1e3));
		last = now_ms();
	}
	printf("%.0f %.1f\n", total * 8 / 1e3 / (last - start), worst);
	return 0;
}

/* ---- clients ---- */

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void fill_random(uint8_t *b, size_t n, uint32_t *state)
{
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)next_random(state);
}

/* Sends and hears at the same time: the echo would fill up otherwise. */
static int do_digest(char **v)
{
	struct address to = address(v[0], v[1]);
	size_t total = (size_t)strtoull(v[2], NULL, 10), sent = 0, heard = 0;
	int fd = connect_to(SOCK_STREAM, &to);
	uint32_t out = 12345, in = 12345;
	static uint8_t b[65536], got[65536];
	size_t from = 0, n = 0;

	while (heard < total) {
		struct pollfd p = { .fd = fd,
				    .events = POLLIN | (sent < total ? POLLOUT : 0) };
		ssize_t done;

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			die("after %zu of %zu bytes nothing came for 10 s", heard, total);
		if (n == 0 && sent < total) {
			n = total - sent < sizeof(b) ? total - sent : sizeof(b);
			from = 0;
			fill_random(b, n, &out);
		}
		if (n && (p.revents & POLLOUT)) {
			done = send(fd, b + from, n, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (done < 0 && errno != EAGAIN)
				die("send after %zu", sent);
			done = done < 0 ? 0 : done;
			from += (size_t)done;
			n -= (size_t)done;
			sent += (size_t)done;
		}
		if (!(p.revents & POLLIN))
			continue;
		done = recv(fd, got, sizeof(got), MSG_DONTWAIT);
		if (done <= 0)
			die("receive after %zu", heard);
		for (ssize_t i = 0; i < done; i++)
			if (got[i] != (uint8_t)next_random(&in))
				die("byte %zu is wrong", heard + (size_t)i);
		heard += (size_t)done;
	}
	printf("same %zu\n", total);
	return 0;
}

static int do_echo(char **v)
{
	static char b[65536];
	int is_unix = strcmp(v[0], "unix") == 0;
	struct address to = is_unix ? unix_address(v[1]) : address(v[1], v[2]);
	const char *text = is_unix ? v[2] : v[3];
	int fd = connect_to(strcmp(v[0], "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, &to);
	size_t size = strlen(text), heard = 0;

	/* "xN": so many letters */
	if (*text == 'x' && atol(text + 1) > 0) {
		size = (size_t)atol(text + 1);
		memset(b, 'x', size);
		text = b;
	}
	if (write(fd, text, size) != (ssize_t)size)
		die("write");
	while (heard < size) {
		static char got[65536];
		ssize_t n = read(fd, got, sizeof(got));

		if (n <= 0)
			die("read");
		if (heard + (size_t)n > size ||
		    memcmp(got, text + heard, (size_t)n) != 0) {
			printf("other bytes\n");
			return 1;
		}
		heard += (size_t)n;
	}
	if (size > 100)
		printf("%zu bytes\n", size);
	else
		printf("%.*s\n", (int)size, text);
	return 0;
}

static int do_burst(char **v)
{
	struct address to = address(v[0], v[1]);
	int n = atoi(v[2]), served = 0, ep = epoll_create1(EPOLL_CLOEXEC);
	double *began = calloc((size_t)n, sizeof(*began)), worst = 0,
	       end = now_ms() + 9000;
	char *state = calloc((size_t)n, 1);
	int *fds = calloc((size_t)n, sizeof(*fds)), left = n;

	for (int i = 0; i < n; i++) {
		struct epoll_event ev = { .events = EPOLLOUT, .data.u32 = (uint32_t)i };

		fds[i] = socket(to.a.ss_family,
				SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		began[i] = now_ms();
		if (connect(fds[i], (struct sockaddr *)&to.a, to.n) < 0 &&
		    errno != EINPROGRESS)
			continue;
		epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &ev);
	}
	while (left > 0 && now_ms() < end) {
		struct epoll_event evs[64];
		int got = epoll_wait(ep, evs, 64, 500);

		for (int k = 0; k < got; k++) {
			int i = (int)evs[k].data.u32;
			struct epoll_event ev = { .events = EPOLLIN,
						  .data.u32 = (uint32_t)i };
			char byte = 'b';

			if (state[i] == 0 && !(evs[k].events & EPOLLERR)) {
				send(fds[i], &byte, 1, MSG_NOSIGNAL);
				epoll_ctl(ep, EPOLL_CTL_MOD, fds[i], &ev);
				state[i] = 1;
				continue;
			}
			if (recv(fds[i], &byte, 1, MSG_DONTWAIT) == 1) {
				double took = now_ms() - began[i];

				served++;
				worst = took > worst ? took : worst;
			}
			epoll_ctl(ep, EPOLL_CTL_DEL, fds[i], NULL);
			left--;
		}
	}
	printf("%d %.0f\n", served, worst);
	free(began);
	free(state);
	free(fds);
	return 0;
}

static int do_idle(char **v)
{
	struct address to = address(v[0], v[1]);
	int n = atoi(v[2]);

	for (int i = 0; i < n; i++) {
		int fd = connect_to(SOCK_STREAM, &to);
		char byte = 'i';

		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			die("connection %d", i);
	}
	ready();
	pause();
	return 0;
}

static int do_mute(char **v)
{
	struct address to = unix_address(v[0]);

	for (int i = atoi(v[1]); i > 0; i--) {
		int fd = connect_to(SOCK_STREAM, &to);

		if (write(fd, v[2], strlen(v[2])) < 0)
			die("write");
	}
	ready();
	pause();
	return 0;
}

static int do_urgent(char **v)
{
	struct address to = address(v[0], v[1]);
	int fd = connect_to(SOCK_STREAM, &to);
	char b[3];

	if (send(fd, "a", 1, 0) != 1 || send(fd, "b", 1, MSG_OOB) != 1 ||
	    send(fd, "c", 1, 0) != 1 || recv(fd, b, 3, MSG_WAITALL) != 3)
		die("urgent");
	printf("%.3s\n", b);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int round_trips(char **v, int each)
{
	static double took[2000000];
	struct address to = address(v[0], v[1]);
	double end = now_ms() + atof(v[2]), began = now_ms();
	struct linger now = { 1, 0 };
	size_t n = 0;
	int fd = -1;

	while (now_ms() < end && n < 2000000) {
		double start = now_ms();
		char byte = 'r';

		if (fd < 0)
			fd = connect_to(SOCK_STREAM, &to);
		if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
			die("round trip %zu", n);
		took[n++] = now_ms() - start;
		if (each) {
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
			close(fd);
			fd = -1;
		}
	}
	qsort(took, n, sizeof(*took), by_size);
	printf("%.0f %.1f %.1f\n", (double)n * 1e3 / (now_ms() - began),
	       n ? took[n / 2] * 1e3 : 0, n ? took[n - 1] * 1e3 : 0);
	return 0;
}

static int do_rr(char **v)
{
	return round_trips(v, 0);
}

static int do_crr(char **v)
{
	return round_trips(v, 1);
}

static int do_flood(char **v)
{
	static char b[65536];
	struct address to = address(v[0], v[1]);
	int fd = connect_to(SOCK_STREAM, &to);
	double end = now_ms() + atof(v[2]);

	for (ssize_t n = 1; n > 0 && now_ms() < end;)
		n = write(fd, b, sizeof(b));
	return 0;
}

/* ---- names ---- */

/* The question again, and an address if it was answered. Returns the length. */
static size_t make_answer(uint8_t *b, size_t n, const char *answer)
{
	uint8_t rr[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 0, 0, 0, 0 };

	b[2] |= 0x80;
	if (strcmp(answer, "refuse") == 0) {
		b[3] = (uint8_t)((b[3] & 0xf0) | 5);
		return n;
	}
	/* what is behind the question (EDNS) is not answered */
	b[10] = b[11] = 0;
	n = 12;
	while (b[n])
		n += b[n] + 1u;
	n += 5;
	b[6] = 0;
	b[7] = 1;
	inet_pton(AF_INET, answer, rr + 12);
	memcpy(b + n, rr, sizeof(rr));
	return n + sizeof(rr);
}

static void serve_tcp_name(int listener, const char *answer)
{
	struct sockaddr_storage who;
	socklen_t len = sizeof(who);
	uint8_t b[4096];
	int fd = accept4(listener, (struct sockaddr *)&who, &len, SOCK_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, b, 2048);

	if (n > 14) {
		size_t bytes = make_answer(b + 2, (size_t)n - 2, answer);

		b[0] = (uint8_t)(bytes >> 8);
		b[1] = (uint8_t)bytes;
		if (write(fd, b, bytes + 2) < 0)
			perror("dns");
	}
	close(fd);
}

static int do_dns(char **v)
{
	struct address at = address(v[0], v[1]);
	int udp = open_server(SOCK_DGRAM, &at, 0), tcp = open_server(SOCK_STREAM, &at, 16);
	int silent = strcmp(v[2], "silent") == 0;
	uint8_t b[4096];

	ready();
	for (;;) {
		struct pollfd p[] = { { .fd = udp, .events = POLLIN },
				      { .fd = tcp, .events = POLLIN } };
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		ssize_t n;

		poll(p, 2, -1);
		if (p[1].revents && !silent)
			serve_tcp_name(tcp, v[2]);
		if (!p[0].revents)
			continue;
		n = recvfrom(udp, b, 2048, 0, (struct sockaddr *)&from, &len);
		printf("asked\n");
		fflush(stdout);
		if (n > 12 && !silent)
			sendto(udp, b, make_answer(b, (size_t)n, v[2]), 0,
			       (struct sockaddr *)&from, len);
	}
	return 0;
}

static size_t make_question(uint8_t *b, const char *name)
{
	static const uint8_t head[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	size_t n = sizeof(head);

	memcpy(b, head, n);
	b[0] = (uint8_t)getpid();
	while (*name) {
		size_t len = strcspn(name, ".");

		b[n++] = (uint8_t)len;
		memcpy(b + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	memcpy(b + n, "\0\0\1\0\1", 5);
	return n + 5;
}

static int do_ask(char **v)
{
	struct address to = address(v[0], "53");
	int tcp = v[2] && strcmp(v[2], "tcp") == 0;
	int fd = connect_to(tcp ? SOCK_STREAM : SOCK_DGRAM, &to);
	uint8_t b[4096] = { 0 }, *q = b + (tcp ? 2 : 0);
	size_t n = make_question(q, v[1]);
	double began = now_ms();
	ssize_t got;

	b[0] = tcp ? 0 : b[0];
	if (tcp)
		b[1] = (uint8_t)n;
	if (write(fd, b, n + (tcp ? 2 : 0)) < 0)
		die("ask");
	got = read(fd, b, sizeof(b));
	if (got < (ssize_t)n)
		die("ask");
	if ((q[3] & 0xf) != 0)
		printf("code %d", q[3] & 0xf);
	else
		printf("%u.%u.%u.%u", b[got - 4], b[got - 3], b[got - 2], b[got - 1]);
	printf(" %.0f\n", now_ms() - began);
	return 0;
}

/* ---- sockets that are handed on ---- */

static void hold_one(char *spec, int number)
{
	char *host, *kind = strtok_r(spec, ":", &host);
	struct address at;
	int fd, type = strcmp(kind, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;

	if (strcmp(kind, "unix") == 0) {
		at = unix_address(host);
	} else {
		char *port = strrchr(host, ':');

		*port++ = '\0';
		at = address(host, port);
	}
	fd = open_server(type, &at, 16);
	if (dup2(fd, number) < 0)
		die("dup2");
}

static int do_hold(char **v)
{
	int number = 50;

	for (; *v && strcmp(*v, "--") != 0; v++)
		hold_one(*v, number++);
	if (!*v)
		return 2;
	execvp(v[1], v + 1);
	die("%s", v[1]);
	return 1;
}

/* ---- frames by hand ---- */

static int open_device(const char *name, struct sockaddr_ll *at)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	*at = (struct sockaddr_ll){ .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = (int)if_nametoindex(name) };
	if (fd < 0 || bind(fd, (struct sockaddr *)at, sizeof(*at)) < 0)
		die("%s", name);
	return fd;
}

static uint32_t sum(const uint8_t *b, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)(b[i] << 8 | b[i + 1]);
	if (n & 1)
		s += (uint32_t)b[n - 1] << 8;
	return s;
}

static void put_sum(uint8_t *at, uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	s = ~s;
	at[0] = (uint8_t)(s >> 8);
	at[1] = (uint8_t)s;
}

/* A SYN from 10.0.2.100 to whatever address; IPv6 from fd00::100. */
static size_t make_syn(uint8_t *b, const char *to, const char *port)
{
	struct address a = address(to, port);
	int six = a.a.ss_family == AF_INET6;
	uint8_t *ip = b + 14, *tcp = ip + (six ? 40 : 20);
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a.a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a.a;
	uint32_t pseudo = IPPROTO_TCP + 20;

	if (six) {
		memcpy(ip, "\x60\0\0\0\0\x14\x06\x40", 8);
		inet_pton(AF_INET6, "fd00::100", ip + 8);
		memcpy(ip + 24, &in6->sin6_addr, 16);
		pseudo = sum(ip + 8, 32, pseudo);
	} else {
		memcpy(ip, "\x45\0\0\x28\0\1\0\0\x40\x06\0\0", 12);
		inet_pton(AF_INET, "10.0.2.100", ip + 12);
		memcpy(ip + 16, &in->sin_addr, 4);
		put_sum(ip + 10, sum(ip, 20, 0));
		pseudo = sum(ip + 12, 8, pseudo);
	}
	memcpy(tcp, "\x9c\x40", 2); /* from 40000 */
	memcpy(tcp + 2, &in->sin_port, 2);
	memcpy(tcp + 4, "\0\0\0\x01\0\0\0\0\x50\x02\xff\xff\0\0\0\0", 16);
	put_sum(tcp + 16, sum(tcp, 20, pseudo));
	return (size_t)(tcp + 20 - b);
}

static void put_ethernet(uint8_t *b, const char *mac, int six)
{
	unsigned int m[6];

	sscanf(mac, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5);
	for (int i = 0; i < 6; i++)
		b[6 + i] = (uint8_t)m[i];
	memcpy(b, six ? "\x52\x56\0\0\0\2" : "\x52\x55\x0a\0\2\2", 6);
	memcpy(b + 12, six ? "\x86\xdd" : "\x08\0", 2);
}

static int do_syn(char **v)
{
	uint8_t b[2048] = { 0 };
	struct sockaddr_ll at;
	int fd = open_device(v[0], &at), six = strchr(v[2], ':') != NULL;
	size_t n, heads = 14 + (six ? 40u : 20u);
	double end = now_ms() + 1000;

	put_ethernet(b, v[1], six);
	n = make_syn(b, v[2], v[3]);
	if (send(fd, b, n, 0) < 0)
		die("send");
	while (now_ms() < end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got = poll(&p, 1, 100) > 0 ? recv(fd, b, sizeof(b), 0) : 0;

		/* to our port 40000 */
		if (got < (ssize_t)heads + 20 || b[heads + 2] != 0x9c ||
		    b[heads + 3] != 0x40 || b[12] != (six ? 0x86 : 8))
			continue;
		printf(b[heads + 13] & 4 ? "reset\n" : "connected\n");
		return 0;
	}
	printf("nothing\n");
	return 0;
}

/* Frames that begin like frames, with anything in them, at any length. */
static int do_noise(char **v)
{
	static const uint8_t heads[][38] = {
		"\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56\x08\0\x45\0\1\0\0\1\0\0\x40\x06\0\0\x0a\0\2\x64\x0a\0\2\2",
		"\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56\x08\0\x45\0\1\0\0\1\x20\0\x40\x11\0\0\x0a\0\2\x64\x0a\0\2\3",
		"\xff\xff\xff\xff\xff\xff\x52\x54\0\x12\x34\x56\x08\x06\0\1\x08\0\6\4\0\1",
		"\x52\x56\0\0\0\2\x52\x54\0\x12\x34\x56\x86\xdd\x60\0\0\0\1\0\x3a\xff",
		"\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56\x88\xf8",
	};
	struct sockaddr_ll at;
	int fd = open_device(v[0], &at), count = atoi(v[2]);
	uint32_t r = (uint32_t)atoi(v[1]) * 2654435761u + 1;
	uint8_t b[1514];

	for (int i = 0; i < count; i++) {
		const uint8_t *head = heads[next_random(&r) % 5];
		size_t n = 14 + next_random(&r) % 1500, fixed = next_random(&r) % 38;

		for (size_t k = 0; k < n; k++)
			b[k] = k < fixed ? head[k] : (uint8_t)next_random(&r);
		if (head[12] == 8 && head[13] == 0 && n > 34 && next_random(&r) % 4) {
			/* let it be believed up to here */
			b[14] = 0x45;
			b[16] = (uint8_t)((n - 14) >> 8);
			b[17] = (uint8_t)(n - 14);
			b[24] = b[25] = 0;
			put_sum(b + 24, sum(b + 14, 20, 0));
		}
		/* a full queue is no error of ours */
		if (send(fd, b, n, 0) < 0 && errno != ENOBUFS && errno != EAGAIN)
			die("send");
		if (i % 64 == 0)
			usleep(1000);
	}
	printf("sent %d\n", count);
	return 0;
}

static const struct {
	const char *word;
	int words;
	int (*run)(char **v);
} commands[] = {
	{ "serve", 2, do_serve }, { "digest", 3, do_digest }, { "echo", 3, do_echo },
	{ "burst", 3, do_burst }, { "idle", 3, do_idle },     { "rr", 3, do_rr },
	{ "crr", 3, do_crr },     { "slow", 3, do_slow },     { "flood", 3, do_flood },
	{ "dns", 3, do_dns },     { "ask", 2, do_ask },       { "hold", 2, do_hold },
	{ "mute", 3, do_mute },   { "urgent", 2, do_urgent }, { "syn", 4, do_syn },
	{ "noise", 3, do_noise },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (argc > 1 && strcmp(argv[1], commands[i].word) == 0 &&
		    argc - 2 >= commands[i].words)
			return commands[i].run(argv + 2);
	fprintf(stderr, "traffic: what? See the head of traffic.c\n");
	return 2;
}
