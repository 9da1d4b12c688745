/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile init may say to the host: messages over a real socket, heard by the
 * real table of rules. Each is a kind, a value, a length and a text; with the high bit
 * of the kind a descriptor comes along. Nothing may leave a descriptor open.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container/launch.h"
#include "kernel/sock.h"

#include "fuzz/fuzz.h"

#define MESSAGES 8

static const struct mount_plan mounts[] = {
	{ .kind = MOUNT_NEW, .destination = "/a", .type = "tmpfs" },
	{ .kind = MOUNT_BIND, .destination = "/b", .source = "/dev/null" },
};

/* The lowest free number, which no descriptor has any more. */
static int next_free(void)
{
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	// cppcheck-suppress deallocret
	return fd;
}

/* As init would, but it need not keep to struct msg. */
static void say(int sock, const uint8_t **data, size_t *size)
{
	struct msg m = { 0 };
	int null = -1;
	size_t n;

	m.kind = (*data)[0] & 0x1f;
	m.value = (int)(*data)[1] - 128;
	n = offsetof(struct msg, err.text) - 4 + ((*data)[2] & 0x3f);
	if ((*data)[2] == 0xff)
		n = sizeof(m);
	m.err.sys = (*data)[0];
	if ((*data)[0] & 0x80)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	*data += 3;
	*size -= 3;
	memset(m.err.text, 'x', sizeof(m.err.text));
	memcpy(m.err.text, *data, *size > 32 ? 32 : *size);
	sock_send(sock, &m, n, &null, null >= 0 ? 1 : 0);
	fd_close(&null);
}

static void listen_at(enum stage stage, const uint8_t *data, size_t size)
{
	static const struct spec_linux no_linux;
	static const struct spec_hooks no_hooks;
	static const struct spec no_spec = { .linux = &no_linux, .hooks = &no_hooks };
	static const struct context nobody;
	static const struct io_options no_io;
	const struct plan plan = {
		.id = "web1",
		.bundle = "/bundle",
		.spec = &no_spec,
		.rootfs = { .mounts = mounts, .mount_count = COUNT(mounts) },
	};
	struct arena a = { 0 };
	struct launch l;
	struct err e = { 0 };
	int pair[2];

	MUST(sock_pair(pair) == 0);
	launch_init(&l, &nobody, &no_io);
	l.plan = &plan;
	l.arena = &a;
	l.sync = pair[0];
	l.stage = stage;
	for (size_t i = 0; i < MESSAGES && size >= 3; i++)
		say(pair[1], &data, &size);
	/* the end, but answers still go somewhere */
	shutdown(pair[1], SHUT_WR);
	if (stage == AT_SETUP ? listen_until_ready(&l, &e) < 0 :
				listen_until_end(&l, &e) < 0)
		MUST(*e.text && memchr(e.text, '\0', sizeof(e.text)));
	else
		MUST(stage == AT_SETUP ? l.at_ready : l.at_end);
	close(pair[1]);
	launch_close(&l);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int before;

	fuzz_quiet();
	signal(SIGPIPE, SIG_IGN); /* as main() does */
	before = next_free();
	listen_at(AT_SETUP, data, size);
	listen_at(AT_SEALED, data, size);
	MUST(before == next_free());
	return 0;
}
