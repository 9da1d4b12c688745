/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/follow.h"

#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>

void follow_init(struct follow *f)
{
	cpu_set_t mine;

	*f = (struct follow){ 0 };
	f->of_use = get_nprocs() == 2 && sched_getaffinity(0, sizeof(mine), &mine) == 0 &&
		    CPU_COUNT(&mine) == 2;
}

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

void follow_sender(struct follow *f, int fd, int64_t now)
{
	cpu_set_t there, anywhere;
	int cpu;

	if (!f->of_use || now == f->last)
		return;
	f->last = now;
	cpu = incoming_cpu(fd);
	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == sched_getcpu())
		return;
	CPU_ZERO(&there);
	CPU_SET(cpu, &there);
	/* all that there can be, not the two of now: more may be added to the machine */
	memset(&anywhere, 0xff, sizeof(anywhere));
	if (sched_setaffinity(0, sizeof(there), &there) == 0)
		sched_setaffinity(0, sizeof(anywhere), &anywhere);
}
