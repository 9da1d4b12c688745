/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/pool.h"

#include <unistd.h>

#define FILES_A_STEP 8

void pool_init(struct pool *p, size_t files)
{
	size_t step = files / FILES_A_STEP;

	p->step = step > POOL_STEP_MAX ? POOL_STEP_MAX : step ? step : 1;
}

int pool_take(struct pool *p)
{
	return p->count ? p->fds[--p->count] : -1;
}

void pool_put(struct pool *p, const int *fds, size_t n, int keeps)
{
	p->keeps = keeps;
	/* none: the agent had no descriptors, and is asked again by and by */
	p->asked = n && p->asked > n ? p->asked - n : 0;
	for (size_t i = 0; i < n; i++)
		if (p->count < POOL_MAX)
			p->fds[p->count++] = fds[i];
		else
			close(fds[i]);
}

size_t pool_wants(struct pool *p)
{
	if (p->asked || p->count >= p->step)
		return 0;
	p->asked = p->step;
	return p->asked;
}
