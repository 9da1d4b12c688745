/* SPDX-License-Identifier: Apache-2.0 */
/* To go where the bytes come from, and be free again. */
#include <arpa/inet.h>
#include <sched.h>
#include <sys/socket.h>

#include "helpers/net/follow.h"

#include "unit/given.h"
#include "unit/tap.h"

#define TRIES 20

static void be_on(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		given_fail("sched_setaffinity");
}

static cpu_set_t allowed(void)
{
	cpu_set_t mask;

	if (sched_getaffinity(0, sizeof(mask), &mask) < 0)
		given_fail("sched_getaffinity");
	return mask;
}

static void be_anywhere(const cpu_set_t *all)
{
	if (sched_setaffinity(0, sizeof(*all), all) < 0)
		given_fail("sched_setaffinity");
}

/* pair[1] speaks to pair[0]. */
static void connect_pair(int pair[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	OWN_FD listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	pair[1] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&at, &n) < 0 || pair[1] < 0 ||
	    connect(pair[1], (struct sockaddr *)&at, sizeof(at)) < 0)
		given_fail("connect");
	pair[0] = accept4(listener, (struct sockaddr *)&at, &n, SOCK_CLOEXEC);
	if (pair[0] < 0)
		given_fail("accept4");
}

/* A byte is sent on one processor; then we are on the other, but not bound to it. */
static void send_from(const int pair[2], int there, int here, const cpu_set_t *all)
{
	char c = 'x';

	be_on(there);
	if (send(pair[1], &c, 1, 0) != 1 || recv(pair[0], &c, 1, 0) != 1)
		given_fail("send, recv");
	be_on(here);
	be_anywhere(all);
}

/* How often it was there afterwards. The scheduler is free to move us between. */
static int followed(struct follow *f, const int pair[2], int there, int here,
		    const cpu_set_t *all)
{
	int times = 0;

	for (int i = 1; i <= TRIES; i++) {
		send_from(pair, there, here, all);
		follow_sender(f, pair[0], i);
		times += sched_getcpu() == there;
	}
	return times;
}

static void test_follows(const cpu_set_t *two, const int cpus[2])
{
	struct follow f = { 0 }, soon = { 0 };
	cpu_set_t after;
	int pair[2];

	connect_pair(pair);
	CHECK("to the first", followed(&f, pair, cpus[0], cpus[1], two) > TRIES / 2);
	f.last = 0;
	CHECK("to the second", followed(&f, pair, cpus[1], cpus[0], two) > TRIES / 2);
	after = allowed();
	CHECK("and may run on both afterwards", CPU_EQUAL(&after, two));
	send_from(pair, cpus[0], cpus[1], two);
	follow_sender(&soon, pair[0], 7);
	send_from(pair, cpus[1], cpus[0], two);
	follow_sender(&soon, pair[0], 7);
	CHECK("not twice in a millisecond", sched_getcpu() == cpus[0]);
	send_from(pair, cpus[1], cpus[0], two);
	be_on(cpus[0]);
	follow_sender(&f, pair[0], 100);
	after = allowed();
	CHECK("not against who bound us to the other",
	      sched_getcpu() == cpus[0] && CPU_COUNT(&after) == 1);
	be_anywhere(two);
	follow_sender(&f, -1, 101);
	after = allowed();
	CHECK("no socket, no harm", CPU_EQUAL(&after, two));
	close(pair[0]);
	close(pair[1]);
}

static void test_more_than_two(const cpu_set_t *all, const int cpus[2])
{
	struct follow f = { 0 };
	int pair[2];

	connect_pair(pair);
	CHECK("not where there are more",
	      followed(&f, pair, cpus[0], cpus[1], all) < TRIES / 2);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	cpu_set_t all, two;
	int cpus[2], n = 0;

	/* whoever bound us did not mean the test */
	memset(&all, 0xff, sizeof(all));
	be_anywhere(&all);
	all = allowed();
	CPU_ZERO(&two);
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &all)) {
			CPU_SET(i, &two);
			cpus[n++] = i;
		}
	if (n < 2) {
		tap_skip("to go where the bytes come from", "one processor");
		return tap_done();
	}
	test_follows(&two, cpus);
	if (CPU_COUNT(&all) > 2)
		test_more_than_two(&all, cpus);
	else
		tap_skip("not where there are more", "two processors");
	return tap_done();
}
