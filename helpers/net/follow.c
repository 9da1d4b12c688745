/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/follow.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/socket.h>

/* socket(7), SO_INCOMING_CPU: where the last packet was processed. Of one that did not
 * leave the host that is where it was sent. */
static int incoming_cpu(int fd)
{
	int cpu = -1;
	socklen_t n = sizeof(cpu);

	if (getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &n) < 0)
		return -1;
	return cpu;
}

/* Asked each time: who binds us means it from then on. */
static bool is_one_of_two(int cpu, cpu_set_t *ours)
{
	return sched_getaffinity(0, sizeof(*ours), ours) == 0 && CPU_COUNT(ours) == 2 &&
	       CPU_ISSET(cpu, ours);
}

void follow_sender(struct follow *f, int fd, int64_t now)
{
	cpu_set_t there, ours;
	int cpu;

	if (now == f->last)
		return;
	f->last = now;
	cpu = incoming_cpu(fd);
	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == sched_getcpu() ||
	    !is_one_of_two(cpu, &ours))
		return;
	CPU_ZERO(&there);
	CPU_SET(cpu, &there);
	if (sched_setaffinity(0, sizeof(there), &there) == 0)
		sched_setaffinity(0, sizeof(ours), &ours);
}
