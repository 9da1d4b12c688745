/* SPDX-License-Identifier: Apache-2.0 */
/* update: flags, or a document of linux.resources, as one set of limits. */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "cli/cli.h"
#include "spec/spec.h"

struct update_opts {
	const char *resources;
	int64_t blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period,
		*cpu_rt_runtime, *cpu_idle, *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_swap, *memory_reservation, *kernel_memory,
		*kernel_memory_tcp;
	const char *pids_limit; /* a word: 0 and -1 are values, and not given is neither */
	const char *l3_cache_schema, *mem_bw_schema;
};

#define AT(m) offsetof(struct update_opts, m)

/* clang-format off */
static const struct opt opts[] = {
	{ "resources",          "r",  OPT_STR, AT(resources),          "FILE",   "read the limits from a JSON document (- is stdin); the other limits given here are then ignored" },
	{ "blkio-weight",       NULL, OPT_INT, AT(blkio_weight),       "WEIGHT", "weight for block devices, from 10 to 1000" },
	{ "cpu-period",         NULL, OPT_STR, AT(cpu_period),         "US",     "period over which the quota is counted" },
	{ "cpu-quota",          NULL, OPT_STR, AT(cpu_quota),          "US",     "time on processors in a period" },
	{ "cpu-burst",          NULL, OPT_STR, AT(cpu_burst),          "US",     "unused quota that may be saved up" },
	{ "cpu-share",          NULL, OPT_STR, AT(cpu_share),          "N",      "weight among others, from 2 to 262144" },
	{ "cpu-rt-period",      NULL, OPT_STR, AT(cpu_rt_period),      "US",     "period of real-time scheduling" },
	{ "cpu-rt-runtime",     NULL, OPT_STR, AT(cpu_rt_runtime),     "US",     "time for real-time scheduling in a period" },
	{ "cpuset-cpus",        NULL, OPT_STR, AT(cpuset_cpus),        "LIST",   "processors to use, like 0-3,8" },
	{ "cpuset-mems",        NULL, OPT_STR, AT(cpuset_mems),        "LIST",   "memory nodes to use" },
	{ "memory",             NULL, OPT_STR, AT(memory),             "SIZE",   "limit of memory; -1 is none" },
	{ "cpu-idle",           NULL, OPT_STR, AT(cpu_idle),           "0|1",    "run only when nobody else wants to" },
	{ "memory-reservation", NULL, OPT_STR, AT(memory_reservation), "SIZE",   "memory that is left to it when there is little" },
	{ "memory-swap",        NULL, OPT_STR, AT(memory_swap),        "SIZE",   "limit of memory and swap together; -1 is none" },
	{ "pids-limit",         NULL, OPT_STR, AT(pids_limit),         "N",      "number of processes; -1 is no limit" },
	{ "l3-cache-schema",    NULL, OPT_STR, AT(l3_cache_schema),    "SCHEMA", "Intel RDT/CAT" },
	{ "mem-bw-schema",      NULL, OPT_STR, AT(mem_bw_schema),      "SCHEMA", "Intel RDT/MBA" },
	{ "kernel-memory",      NULL, OPT_STR, AT(kernel_memory),      "SIZE",   "ignored", .hidden = true },
	{ "kernel-memory-tcp",  NULL, OPT_STR, AT(kernel_memory_tcp),  "SIZE",   "ignored", .hidden = true },
	{ 0 },
};
/* clang-format on */

/* ---- words → numbers; an empty word is none ---- */

struct reader {
	struct arena *arena;
	struct err *e;
	bool failed;
};

static void complain(struct reader *r, const char *opt, const char *word, const char *type)
{
	r->failed = true;
	err_set(r->e,
		"invalid value for %s: strconv.Parse%s: parsing \"%s\": invalid syntax",
		opt, type, word);
}

static const uint64_t *read_u64(struct reader *r, const char *opt, const char *word)
{
	uint64_t *value = arena_new(r->arena, 1, sizeof(*value));

	if (r->failed || !word || !*word)
		return NULL;
	if (!num_dec(word, UINT64_MAX, value))
		complain(r, opt, word, "Uint");
	return value;
}

static const int64_t *read_i64(struct reader *r, const char *opt, const char *word)
{
	int64_t *value = arena_new(r->arena, 1, sizeof(*value));

	if (r->failed || !word || !*word)
		return NULL;
	if (!num_int(word, INT64_MIN, INT64_MAX, value))
		complain(r, opt, word, "Int");
	return value;
}

static const int64_t *read_size(struct reader *r, const char *opt, const char *word)
{
	int64_t *value = arena_new(r->arena, 1, sizeof(*value));

	if (r->failed || !word || !*word)
		return NULL;
	if (strcmp(word, "-1") == 0) {
		*value = -1;
	} else if (!num_bytes(word, value)) {
		r->failed = true;
		err_set(r->e, "invalid value for %s: invalid size: '%s'", opt, word);
	}
	return value;
}

static const struct spec_cpu *read_cpu(struct reader *r, const struct update_opts *o)
{
	struct spec_cpu *c = arena_new(r->arena, 1, sizeof(*c));

	*c = (struct spec_cpu){
		.burst = read_u64(r, "cpu-burst", o->cpu_burst),
		.period = read_u64(r, "cpu-period", o->cpu_period),
		.realtime_period = read_u64(r, "cpu-rt-period", o->cpu_rt_period),
		.shares = read_u64(r, "cpu-share", o->cpu_share),
		.quota = read_i64(r, "cpu-quota", o->cpu_quota),
		.realtime_runtime = read_i64(r, "cpu-rt-runtime", o->cpu_rt_runtime),
		.idle = read_i64(r, "cpu-idle", o->cpu_idle),
		.cpus = o->cpuset_cpus,
		.mems = o->cpuset_mems,
	};
	return c;
}

static const struct spec_memory *read_memory(struct reader *r, const struct update_opts *o)
{
	struct spec_memory *m = arena_new(r->arena, 1, sizeof(*m));

	*m = (struct spec_memory){
		.limit = read_size(r, "memory", o->memory),
		.swap = read_size(r, "memory-swap", o->memory_swap),
		.reservation = read_size(r, "memory-reservation", o->memory_reservation),
	};
	if (read_size(r, "kernel-memory", o->kernel_memory) ||
	    read_size(r, "kernel-memory-tcp", o->kernel_memory_tcp))
		log_warning("Kernel memory settings are ignored and will be removed");
	return m;
}

static const struct spec_block_io *read_io(struct reader *r, const struct update_opts *o)
{
	struct spec_block_io *b = arena_new(r->arena, 1, sizeof(*b));
	uint16_t *weight = arena_new(r->arena, 1, sizeof(*weight));

	if (o->blkio_weight == 0)
		return NULL;
	if (o->blkio_weight < 0 || o->blkio_weight > UINT16_MAX) {
		r->failed = true;
		err_set(r->e, "invalid value for blkio-weight: %jd is not from 10 to 1000",
			(intmax_t)o->blkio_weight);
	}
	*weight = (uint16_t)o->blkio_weight;
	b->weight = weight;
	return b;
}

static const struct spec_pids *read_pids(struct reader *r, const struct update_opts *o)
{
	struct spec_pids *p = arena_new(r->arena, 1, sizeof(*p));
	int64_t *limit = arena_new(r->arena, 1, sizeof(*limit));

	if (!o->pids_limit || r->failed)
		return NULL;
	if (!num_go(o->pids_limit, INT64_MIN, INT64_MAX, limit)) {
		r->failed = true;
		err_set(r->e,
			"invalid value \"%s\" for flag -pids-limit: strconv.ParseInt: parsing \"%s\": invalid syntax",
			o->pids_limit, o->pids_limit);
	}
	p->limit = limit;
	return p;
}

static const struct spec_resources *read_flags(const struct update_opts *o,
					       struct arena *a, struct err *e)
{
	struct reader r = { .arena = a, .e = e };
	struct spec_resources *out = arena_new(a, 1, sizeof(*out));

	out->block_io = read_io(&r, o);
	out->cpu = read_cpu(&r, o);
	out->memory = read_memory(&r, o);
	out->pids = read_pids(&r, o);
	return r.failed ? NULL : out;
}

static int run(const struct context *c, const struct args *a, struct err *e)
{
	const struct update_opts *o = a->opts;
	struct update_options update = { .id = a->operands.v[0],
					 .l3_cache_schema = o->l3_cache_schema,
					 .mem_bw_schema = o->mem_bw_schema };

	update.given = o->resources && *o->resources ?
			       spec_load_resources(o->resources, c->arena, e) :
			       read_flags(o, c->arena, e);
	return update.given ? container_update(c, &update, e) : -1;
}

const struct command cmd_update = {
	.name = "update",
	.operands = "<container-id>",
	.summary = "change the limits of a container",
	.opts = opts,
	.opts_size = sizeof(struct update_opts),
	.min = 1,
	.max = 1,
	.run = run,
};
