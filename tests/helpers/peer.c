/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a container talks to, on either side:
 *
 *     peer serve tcp|udp PORT…     tells each client "from ADDRESS to PORT", then echoes
 *     peer ask tcp|udp ADDRESS PORT [TEXT]   sends TEXT and prints what comes
 *     peer ask unix PATH [TEXT]
 *     peer ping ADDRESS            an echo request, as one may send without privilege
 *     peer dns PORT NAME=ADDRESS…  answers these names; there are no others
 *     peer hold ADDRESS PORT       a listener that nobody accepts from
 *     peer pass tcp|udp ADDRESS PORT COMMAND…  becomes COMMAND, with such a socket as 3
 *
 * Those that serve print "ready" once they can be asked, and go on until they are ended.
 * Linked statically, so that it runs in any root file system.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORTS_MAX 64
#define WAIT_MS 10000

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void usage(void)
{
	fputs("usage: see the head of peer.c\n", stderr);
	exit(2);
}

static void say_ready(void)
{
	puts("ready");
	fflush(stdout);
}

/* ---- addresses ---- */

struct place {
	struct sockaddr_storage addr;
	socklen_t len;
};

static struct place place_of(const char *address, const char *port)
{
	struct place p = { .len = sizeof(struct sockaddr_in6) };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p.addr;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&p.addr;
	in_port_t number = htons((unsigned short)atoi(port));

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = number;
		p.len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = number;
	} else {
		errno = EINVAL;
		die(address);
	}
	return p;
}

/* A client of IPv4 is one, whatever the socket. */
static void print_address(const struct sockaddr_storage *addr, char *out, size_t size)
{
	static const unsigned char mapped[12] = { [10] = 0xff, 0xff };
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	memcpy(&v6, addr, sizeof(v6));
	memcpy(&v4, addr, sizeof(v4));
	if (addr->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4.sin_addr, out, (socklen_t)size);
	else if (memcmp(v6.sin6_addr.s6_addr, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, out, (socklen_t)size);
	else
		inet_ntop(AF_INET6, &v6.sin6_addr, out, (socklen_t)size);
}

/* All addresses of both families, or of IPv4 where there is no other. */
static int bind_any(const char *port, int type)
{
	const int yes = 1, no = 0;
	struct place p = place_of("::", port);
	int sock = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (sock < 0) {
		p = place_of("0.0.0.0", port);
		sock = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	} else {
		setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
	}
	if (sock < 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(sock, (const struct sockaddr *)&p.addr, p.len) < 0)
		die(port);
	if (type == SOCK_STREAM && listen(sock, 1024) < 0)
		die(port);
	return sock;
}

static int listen_at(const char *address, const char *port, int type)
{
	const int yes = 1;
	struct place p = place_of(address, port);
	int sock = socket(p.addr.ss_family, type, 0);

	if (sock < 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(sock, (const struct sockaddr *)&p.addr, p.len) < 0 ||
	    (type == SOCK_STREAM && listen(sock, 64) < 0))
		die(port);
	return sock;
}

/* ---- serve ---- */

static int greet(const struct sockaddr_storage *addr, const char *port, char *line,
		 size_t size)
{
	char from[INET6_ADDRSTRLEN];

	print_address(addr, from, sizeof(from));
	return snprintf(line, size, "from %s to %s\n", from, port);
}

static void serve_client(int client, const struct sockaddr_storage *addr, const char *port)
{
	char buf[4096];
	ssize_t n = greet(addr, port, buf, sizeof(buf));

	do {
		for (ssize_t done = 0, k; done < n; done += k)
			if ((k = write(client, buf + done, (size_t)(n - done))) <= 0)
				_exit(0);
	} while ((n = read(client, buf, sizeof(buf))) > 0);
	_exit(0);
}

static void take_client(int sock, const char *port)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	int client = accept4(sock, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC);

	if (client >= 0 && fork() == 0)
		serve_client(client, &addr, port);
	if (client >= 0)
		close(client);
}

static void take_datagram(int sock, const char *port)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);
	char buf[2048];
	ssize_t n = recvfrom(sock, buf, sizeof(buf), 0, (struct sockaddr *)&addr, &len);

	if (n < 0)
		return;
	n = greet(&addr, port, buf, sizeof(buf));
	sendto(sock, buf, (size_t)n, 0, (struct sockaddr *)&addr, len);
}

static int serve(const char *protocol, char **ports)
{
	int type = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
	struct pollfd p[PORTS_MAX];
	nfds_t n = 0;

	signal(SIGCHLD, SIG_IGN);
	for (; n < PORTS_MAX && ports[n]; n++)
		p[n] = (struct pollfd){ .fd = bind_any(ports[n], type), .events = POLLIN };
	say_ready();
	while (poll(p, n, -1) >= 0 || errno == EINTR)
		for (nfds_t i = 0; i < n; i++) {
			if (!(p[i].revents & POLLIN))
				continue;
			if (type == SOCK_STREAM)
				take_client(p[i].fd, ports[i]);
			else
				take_datagram(p[i].fd, ports[i]);
		}
	die("poll");
}

/* ---- ask ---- */

static void print_all(int sock, bool once)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };

	for (;;) {
		char buf[4096];
		ssize_t n;

		if (poll(&p, 1, WAIT_MS) <= 0) {
			errno = ETIMEDOUT;
			die("receive");
		}
		n = read(sock, buf, sizeof(buf));
		if (n < 0)
			die("receive");
		if (n == 0 || fwrite(buf, 1, (size_t)n, stdout) != (size_t)n || once)
			return;
	}
}

static int ask_stream(int sock, const struct sockaddr *addr, socklen_t len,
		      const char *text)
{
	if (sock < 0 || connect(sock, addr, len) < 0)
		die("connect");
	if (text && write(sock, text, strlen(text)) < 0)
		die("send");
	shutdown(sock, SHUT_WR);
	print_all(sock, false);
	return 0;
}

/* One of them may be lost while the other side is not there yet. */
static int ask_datagram(int sock, const struct place *p, const char *text)
{
	struct pollfd wait = { .fd = sock, .events = POLLIN };

	if (sock < 0 || connect(sock, (const struct sockaddr *)&p->addr, p->len) < 0)
		die("connect");
	for (int i = 0; i < 10; i++) {
		if (send(sock, text, strlen(text), 0) < 0 && errno != ECONNREFUSED)
			die("send");
		if (poll(&wait, 1, WAIT_MS / 10) > 0) {
			print_all(sock, true);
			return 0;
		}
	}
	errno = ETIMEDOUT;
	die("receive");
}

static int ask(char **words)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct place p;

	if (!words[0] || !words[1])
		usage();
	if (strcmp(words[0], "unix") == 0) {
		snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", words[1]);
		return ask_stream(socket(AF_UNIX, SOCK_STREAM, 0),
				  (struct sockaddr *)&addr, sizeof(addr), words[2]);
	}
	if (!words[2])
		usage();
	p = place_of(words[1], words[2]);
	if (strcmp(words[0], "udp") == 0)
		return ask_datagram(socket(p.addr.ss_family, SOCK_DGRAM, 0), &p,
				    words[3] ? words[3] : "hello");
	return ask_stream(socket(p.addr.ss_family, SOCK_STREAM, 0),
			  (struct sockaddr *)&p.addr, p.len, words[3]);
}

/* ---- ping ---- */

static int ping(const char *address)
{
	struct place p = place_of(address, "0");
	struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.sequence = htons(1) };
	int sock = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	struct pollfd wait = { .fd = sock, .events = POLLIN };

	if (sock < 0 || sendto(sock, &echo, sizeof(echo), 0,
			       (const struct sockaddr *)&p.addr, p.len) < 0)
		die("send");
	if (poll(&wait, 1, WAIT_MS) <= 0) {
		errno = ETIMEDOUT;
		die("receive");
	}
	if (recv(sock, &echo, sizeof(echo), 0) < 0 || echo.type != ICMP_ECHOREPLY)
		die("receive");
	puts("pong");
	return 0;
}

/* ---- dns ---- */

#define HEADER 12
#define A 1

/* The name of the question, with dots; its end, or 0. */
static size_t read_name(const unsigned char *q, size_t n, char *name, size_t size)
{
	size_t at = HEADER, len = 0;

	while (at < n && q[at]) {
		size_t label = q[at++];

		if (label > 63 || at + label > n || len + label + 2 > size)
			return 0;
		if (len)
			name[len++] = '.';
		memcpy(name + len, q + at, label);
		len += label;
		at += label;
	}
	name[len] = '\0';
	return at + 5 <= n ? at + 5 : 0;
}

static const char *find_address(const char *name, char **table)
{
	for (; *table; table++) {
		size_t n = strcspn(*table, "=");

		if (strlen(name) == n && strncasecmp(*table, name, n) == 0)
			return *table + n + 1;
	}
	return NULL;
}

static size_t answer(unsigned char *q, size_t n, char **table)
{
	char name[256];
	size_t end = n < HEADER ? 0 : read_name(q, n, name, sizeof(name));
	const char *address = end ? find_address(name, table) : NULL;
	bool is_a = end && q[end - 4] == 0 && q[end - 3] == A;
	unsigned char *rr = q + end;

	if (!end)
		return 0;
	q[2] = 0x81 | (q[2] & 1);
	q[3] = address ? 0x80 : 0x83;
	memset(q + 6, 0, HEADER - 6);
	if (!address || !is_a)
		return end;
	q[7] = 1;
	memcpy(rr, (unsigned char[]){ 0xc0, HEADER, 0, A, 0, 1, 0, 0, 0, 1, 0, 4 }, 12);
	if (inet_pton(AF_INET, address, rr + 12) != 1)
		return 0;
	return end + 16;
}

static _Noreturn void dns(const char *port, char **table)
{
	int sock = bind_any(port, SOCK_DGRAM);

	say_ready();
	for (;;) {
		struct sockaddr_storage addr = { 0 };
		socklen_t len = sizeof(addr);
		unsigned char buf[512 + 16];
		ssize_t n = recvfrom(sock, buf, 512, 0, (struct sockaddr *)&addr, &len);
		size_t size = n > 0 ? answer(buf, (size_t)n, table) : 0;

		if (size)
			sendto(sock, buf, size, 0, (struct sockaddr *)&addr, len);
	}
}

/* ---- listeners ---- */

static int hold(const char *address, const char *port)
{
	int sock = listen_at(address, port, SOCK_STREAM);

	say_ready();
	pause();
	return close(sock);
}

static int pass(const char *protocol, const char *address, const char *port,
		char **command)
{
	int sock = listen_at(address, port,
			     strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM);
	char pid[16];

	if (sock != 3 && (dup2(sock, 3) < 0 || close(sock) < 0))
		die("dup2");
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", pid, 1);
	execvp(*command, command);
	die(*command);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv + 3);
	if (argc >= 4 && strcmp(argv[1], "ask") == 0)
		return ask(argv + 2);
	if (argc == 3 && strcmp(argv[1], "ping") == 0)
		return ping(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "dns") == 0)
		dns(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2], argv[3]);
	if (argc >= 6 && strcmp(argv[1], "pass") == 0)
		return pass(argv[2], argv[3], argv[4], argv + 5);
	usage();
}
