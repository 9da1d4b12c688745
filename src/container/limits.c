/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources as state.json keeps them, and what an update makes of them. Pure. */
#include <string.h>

#include "base/own.h"
#include "cgroup/resources.h"
#include "container/update.h"

/* 0 is "unset" in state.json. The number stays where it is. */
#define SET(member) ((member) ? &(member) : NULL)

#define VALUE(pointer) ((pointer) ? *(pointer) : 0)

/* ---- to state.json ---- */

static void memory_to_record(struct record_limits *out, const struct spec_memory *m)
{
	if (!m)
		return;
	out->memory = VALUE(m->limit);
	out->memory_reservation = VALUE(m->reservation);
	out->memory_swap = VALUE(m->swap);
	out->swappiness = m->swappiness;
	out->oom_kill_disable = VALUE(m->disable_oom_killer);
	out->check_before_update = m->check_before_update;
}

static void cpu_to_record(struct record_limits *out, const struct spec_cpu *c)
{
	if (!c)
		return;
	out->cpu_shares = VALUE(c->shares);
	out->cpu_weight = resources_weight(out->cpu_shares);
	out->cpu_quota = VALUE(c->quota);
	out->cpu_period = VALUE(c->period);
	out->cpu_burst = c->burst;
	out->cpu_rt_quota = VALUE(c->realtime_runtime);
	out->cpu_rt_period = VALUE(c->realtime_period);
	out->cpus = c->cpus;
	out->mems = c->mems;
	out->cpu_idle = c->idle;
}

/* Throttles are alike in both documents, but for the type. */
#define THROTTLES(out, in, a, type)                                                      \
	do {                                                                             \
		type *v_ = arena_new(a, (in).n, sizeof(*v_));                            \
		for (size_t i_ = 0; i_ < (in).n; i_++)                                   \
			v_[i_] = (type){ (in).v[i_].major, (in).v[i_].minor,             \
					 (in).v[i_].rate };                              \
		(out).v = (in).n ? v_ : NULL;                                            \
		(out).n = (in).n;                                                        \
	} while (0)

static void io_to_record(struct record_limits *out, const struct spec_block_io *b,
			 struct arena *a)
{
	struct record_weight *v;

	if (!b)
		return;
	out->blkio_weight = b->weight;
	out->blkio_leaf_weight = b->leaf_weight;
	v = arena_new(a, b->weight_device.n, sizeof(*v));
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct spec_weight_device *d = &b->weight_device.v[i];

		v[i] = (struct record_weight){ d->major, d->minor, d->weight,
					       d->leaf_weight };
	}
	out->blkio_weight_device.v = v;
	out->blkio_weight_device.n = b->weight_device.n;
	THROTTLES(out->blkio_read_bps, b->throttle_read_bps_device, a,
		  struct record_throttle);
	THROTTLES(out->blkio_write_bps, b->throttle_write_bps_device, a,
		  struct record_throttle);
	THROTTLES(out->blkio_read_iops, b->throttle_read_iops_device, a,
		  struct record_throttle);
	THROTTLES(out->blkio_write_iops, b->throttle_write_iops_device, a,
		  struct record_throttle);
}

static void lists_to_record(struct record_limits *out, const struct spec_resources *r,
			    struct arena *a)
{
	struct record_hugepage *pages = arena_new(a, r->hugepage_limits.n, sizeof(*pages));
	struct record_rdma *rdma = arena_new(a, r->rdma.n, sizeof(*rdma));
	struct record_priority *priorities;
	size_t n = r->network ? r->network->priorities.n : 0;

	for (size_t i = 0; i < r->hugepage_limits.n; i++)
		pages[i] = (struct record_hugepage){ r->hugepage_limits.v[i].page_size,
						     r->hugepage_limits.v[i].limit };
	for (size_t i = 0; i < r->rdma.n; i++)
		rdma[i] = (struct record_rdma){ r->rdma.v[i].key, r->rdma.v[i].hca_handles,
						r->rdma.v[i].hca_objects };
	priorities = arena_new(a, n, sizeof(*priorities));
	for (size_t i = 0; i < n; i++)
		priorities[i] =
			(struct record_priority){ r->network->priorities.v[i].name,
						  r->network->priorities.v[i].priority };
	out->hugetlb.v = pages, out->hugetlb.n = r->hugepage_limits.n;
	out->rdma.v = rdma, out->rdma.n = r->rdma.n;
	out->priorities.v = priorities, out->priorities.n = n;
	out->class_id = r->network ? r->network->class_id : NULL;
	out->unified = r->unified;
}

void limits_to_record(struct record_limits *out, const struct spec_resources *r,
		      struct arena *a)
{
	static const int64_t one = 1;

	*out = (struct record_limits){ 0 };
	if (!r)
		return;
	memory_to_record(out, r->memory);
	cpu_to_record(out, r->cpu);
	io_to_record(out, r->block_io, a);
	lists_to_record(out, r, a);
	/* 0 means 1, and must not be read as "unset" */
	if (r->pids && r->pids->limit)
		out->pids_limit = *r->pids->limit ? r->pids->limit : &one;
}

/* ---- and back ---- */

static const struct spec_memory *memory_of(const struct record_limits *in, struct arena *a)
{
	struct spec_memory *m = arena_new(a, 1, sizeof(*m));

	m->limit = SET(in->memory);
	m->reservation = SET(in->memory_reservation);
	m->swap = SET(in->memory_swap);
	m->swappiness = in->swappiness;
	m->disable_oom_killer = SET(in->oom_kill_disable);
	m->check_before_update = in->check_before_update;
	return m;
}

static const struct spec_cpu *cpu_of(const struct record_limits *in, struct arena *a)
{
	struct spec_cpu *c = arena_new(a, 1, sizeof(*c));

	c->shares = SET(in->cpu_shares);
	c->quota = SET(in->cpu_quota);
	c->period = SET(in->cpu_period);
	c->burst = in->cpu_burst;
	c->realtime_runtime = SET(in->cpu_rt_quota);
	c->realtime_period = SET(in->cpu_rt_period);
	c->cpus = in->cpus;
	c->mems = in->mems;
	c->idle = in->cpu_idle;
	return c;
}

static const struct spec_block_io *io_of(const struct record_limits *in, struct arena *a)
{
	struct spec_block_io *b = arena_new(a, 1, sizeof(*b));
	struct spec_weight_device *v = arena_new(a, in->blkio_weight_device.n, sizeof(*v));

	b->weight = VALUE(in->blkio_weight) ? in->blkio_weight : NULL;
	b->leaf_weight = VALUE(in->blkio_leaf_weight) ? in->blkio_leaf_weight : NULL;
	for (size_t i = 0; i < in->blkio_weight_device.n; i++) {
		const struct record_weight *d = &in->blkio_weight_device.v[i];

		v[i] = (struct spec_weight_device){ d->major, d->minor, d->weight,
						    d->leaf_weight };
	}
	b->weight_device.v = v;
	b->weight_device.n = in->blkio_weight_device.n;
	THROTTLES(b->throttle_read_bps_device, in->blkio_read_bps, a,
		  struct spec_throttle_device);
	THROTTLES(b->throttle_write_bps_device, in->blkio_write_bps, a,
		  struct spec_throttle_device);
	THROTTLES(b->throttle_read_iops_device, in->blkio_read_iops, a,
		  struct spec_throttle_device);
	THROTTLES(b->throttle_write_iops_device, in->blkio_write_iops, a,
		  struct spec_throttle_device);
	return b;
}

static const struct spec_network *network_of(const struct record_limits *in,
					     struct arena *a)
{
	struct spec_network *n = arena_new(a, 1, sizeof(*n));
	struct spec_net_priority *v = arena_new(a, in->priorities.n, sizeof(*v));

	/* the Go runc's 0 is unset */
	n->class_id = VALUE(in->class_id) ? in->class_id : NULL;
	for (size_t i = 0; i < in->priorities.n; i++)
		v[i] = (struct spec_net_priority){ in->priorities.v[i].interface,
						   (uint32_t)in->priorities.v[i].priority };
	n->priorities.v = v;
	n->priorities.n = in->priorities.n;
	return n;
}

const struct spec_resources *limits_from_record(const struct record_limits *in,
						struct arena *a)
{
	struct spec_resources *r = arena_new(a, 1, sizeof(*r));
	struct spec_pids *pids = arena_new(a, 1, sizeof(*pids));
	struct spec_hugepage_limit *pages = arena_new(a, in->hugetlb.n, sizeof(*pages));
	struct spec_rdma *rdma = arena_new(a, in->rdma.n, sizeof(*rdma));

	for (size_t i = 0; i < in->hugetlb.n; i++)
		pages[i] = (struct spec_hugepage_limit){ in->hugetlb.v[i].page_size,
							 in->hugetlb.v[i].limit };
	for (size_t i = 0; i < in->rdma.n; i++)
		rdma[i] = (struct spec_rdma){ in->rdma.v[i].key, in->rdma.v[i].hca_handles,
					      in->rdma.v[i].hca_objects };
	pids->limit = VALUE(in->pids_limit) ? in->pids_limit : NULL;
	r->memory = memory_of(in, a);
	r->cpu = cpu_of(in, a);
	r->pids = pids;
	r->block_io = io_of(in, a);
	r->network = network_of(in, a);
	r->hugepage_limits.v = pages, r->hugepage_limits.n = in->hugetlb.n;
	r->rdma.v = rdma, r->rdma.n = in->rdma.n;
	r->unified = in->unified;
	return r;
}

/* ---- merging ---- */

#define GIVEN_OR(given, old) ((given) ? (given) : (old))

static const struct spec_memory *merge_memory(const struct spec_memory *old,
					      const struct spec_memory *given,
					      struct arena *a)
{
	static const int64_t none = 0;
	struct spec_memory *m = arena_new(a, 1, sizeof(*m));

	*m = *old;
	m->limit = GIVEN_OR(given->limit, old->limit);
	m->reservation = GIVEN_OR(given->reservation, old->reservation);
	m->swap = GIVEN_OR(given->swap, old->swap);
	/* an old swap limit would contradict it: with 0, the planner lifts that too */
	if (given->limit && *given->limit == -1 && !given->swap)
		m->swap = &none;
	m->check_before_update = given->check_before_update;
	return m;
}

static bool is_zero_u64(const uint64_t *p)
{
	return !p || *p == 0;
}

static const struct spec_cpu *merge_cpu(const struct spec_cpu *old,
					const struct spec_cpu *given, struct arena *a)
{
	static const uint64_t none = 0;
	struct spec_cpu *c = arena_new(a, 1, sizeof(*c));
	bool no_quota = !given->quota || *given->quota == 0,
	     no_period = is_zero_u64(given->period);

	*c = (struct spec_cpu){
		.shares = GIVEN_OR(given->shares, old->shares),
		.quota = given->quota,
		.period = given->period,
		.burst = given->burst,
		.realtime_runtime =
			GIVEN_OR(given->realtime_runtime, old->realtime_runtime),
		.realtime_period = GIVEN_OR(given->realtime_period, old->realtime_period),
		.cpus = given->cpus,
		.mems = given->mems,
		.idle = given->idle,
	};
	/* one alone goes with what the other was */
	if (no_quota && !no_period)
		c->quota = old->quota;
	if (no_period && !no_quota)
		c->period = old->period;
	if (given->idle && !given->shares)
		c->shares = &none;
	return c;
}

static struct spec_weight_device *merge_weights(const struct spec_block_io *old,
						const struct spec_block_io *given,
						size_t *n, struct arena *a)
{
	struct spec_weight_device *v =
		arena_new(a, old->weight_device.n + given->weight_device.n, sizeof(*v));

	*n = old->weight_device.n;
	for (size_t i = 0; i < *n; i++)
		v[i] = old->weight_device.v[i];
	for (size_t i = 0; i < given->weight_device.n; i++) {
		const struct spec_weight_device *d = &given->weight_device.v[i];
		size_t at = *n;

		for (size_t k = 0; k < *n; k++)
			if (v[k].major == d->major && v[k].minor == d->minor)
				at = k;
		v[at] = *d;
		*n += at == *n;
	}
	return v;
}

/* The four lists have one anonymous type each: passed as their parts. */
static struct spec_throttle_device *
merge_throttles(const struct spec_throttle_device *old, size_t old_n,
		const struct spec_throttle_device *given, size_t given_n, size_t *n,
		struct arena *a)
{
	struct spec_throttle_device *v = arena_new(a, old_n + given_n, sizeof(*v));

	if (old_n)
		memcpy(v, old, old_n * sizeof(*v));
	*n = old_n;
	for (size_t i = 0; i < given_n; i++) {
		size_t at = *n;

		for (size_t k = 0; k < *n; k++)
			if (v[k].major == given[i].major && v[k].minor == given[i].minor)
				at = k;
		v[at] = given[i];
		*n += at == *n;
	}
	return v;
}

#define MERGE_THROTTLES(list)                                                            \
	b->list.v = merge_throttles(old->list.v, old->list.n, given->list.v,             \
				    given->list.n, &b->list.n, a)

static const struct spec_block_io *merge_io(const struct spec_block_io *old,
					    const struct spec_block_io *given,
					    struct arena *a)
{
	struct spec_block_io *b = arena_new(a, 1, sizeof(*b));

	b->weight = GIVEN_OR(given->weight, old->weight);
	b->leaf_weight = GIVEN_OR(given->leaf_weight, old->leaf_weight);
	b->weight_device.v = merge_weights(old, given, &b->weight_device.n, a);
	MERGE_THROTTLES(throttle_read_bps_device);
	MERGE_THROTTLES(throttle_write_bps_device);
	MERGE_THROTTLES(throttle_read_iops_device);
	MERGE_THROTTLES(throttle_write_iops_device);
	return b;
}

const struct spec_resources *limits_merge(const struct spec_resources *old,
					  const struct spec_resources *given,
					  struct arena *a)
{
	static const struct spec_memory no_memory;
	static const struct spec_cpu no_cpu;
	static const struct spec_block_io no_io;
	struct spec_resources *r = arena_new(a, 1, sizeof(*r));

	/* huge pages, rdma, network are never updated */
	*r = *old;
	r->memory = merge_memory(GIVEN_OR(old->memory, &no_memory),
				 GIVEN_OR(given->memory, &no_memory), a);
	r->cpu = merge_cpu(GIVEN_OR(old->cpu, &no_cpu), GIVEN_OR(given->cpu, &no_cpu), a);
	r->block_io = merge_io(GIVEN_OR(old->block_io, &no_io),
			       GIVEN_OR(given->block_io, &no_io), a);
	r->pids = given->pids;
	r->unified = given->unified;
	return r;
}
