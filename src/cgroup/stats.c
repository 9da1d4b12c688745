/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a container uses from the files of its cgroups.        Runs: host */
#include "cgroup/stats.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/own.h"
#include "cgroup/private.h"

/* No architecture has more sizes of huge pages. */
#define HUGE_SIZES 16

static const char *const names[STATS_CONTROLLERS] = {
	[STATS_CPU] = "cpu",         [STATS_CPUACCT] = "cpuacct",
	[STATS_CPUSET] = "cpuset",   [STATS_MEMORY] = "memory",
	[STATS_PIDS] = "pids",       [STATS_BLKIO] = "blkio",
	[STATS_HUGETLB] = "hugetlb",
};

/* A directory that another has removed is as good as none. */
static int open_one(struct pairs paths, const char *controller, int *dir, struct err *e)
{
	const char *path = cgroup_find_path(paths, controller);

	*dir = path ? cgroup_open_dir(path, e) : -1;
	return path && *dir < 0 && e->sys != ENOENT ? -1 : 0;
}

int stats_open(struct stats_dirs *d, struct pairs paths, struct err *e)
{
	int ret = open_one(paths, "", &d->v2, e);
	bool any = d->v2 >= 0;

	for (size_t i = 0; i < STATS_CONTROLLERS; i++) {
		d->v1[i] = -1;
		if (ret == 0)
			ret = open_one(paths, names[i], &d->v1[i], e);
		any |= d->v1[i] >= 0;
	}
	if (ret == 0 && any)
		return 0;
	stats_close(d);
	if (ret < 0)
		return -1;
	return err_set(e,
		       "the container has no cgroup, so nothing is counted for it (an ordinary user needs one that is delegated)");
}

void stats_close(struct stats_dirs *d)
{
	for (size_t i = 0; i < STATS_CONTROLLERS; i++)
		fd_close(&d->v1[i]);
	fd_close(&d->v2);
}

/* ---- one file ---- */

struct reader {
	const struct stats_dirs *dirs;
	struct arena *arena;
	struct text failures; /* "a b" */
};

static void complain(struct reader *r, const char *what, const char *file)
{
	int sys = errno;

	text_printf(&r->failures, "%s%s %s%s%s", r->failures.len ? " " : "", what, file,
		    sys ? ": " : "", sys ? err_word(sys) : "");
}

static void not_understood(struct reader *r, const char *file)
{
	errno = 0;
	complain(r, "cannot parse", file);
}

/* False if it is not there, or could not be read: then that is noted. */
static bool read_file(struct reader *r, int dir, const char *file, struct text *out)
{
	text_cut(out, 0);
	if (dir < 0)
		return false;
	if (cgroup_read(dir, file, out) == 0) {
		text_add(out, "");
		return true;
	}
	/* not in this kernel; the cgroup is gone; switched off at boot */
	if (errno != ENOENT && errno != ENODEV && errno != EOPNOTSUPP)
		complain(r, "read", file);
	return false;
}

/* A number in a file: the file's only one, or that of a key. */
struct source {
	const char *file;
	const char *key;
	size_t at; /* a uint64_t */
	uint64_t scale;
};

/* Rows of one file stand together, and are of one moment. False if no file was there. */
static bool read_rows(struct reader *r, int dir, const struct source *rows, void *out)
{
	OWN_TEXT text = { 0 };
	const char *last = "";
	bool any = false, there = false;

	for (const struct source *s = rows; s->file; s++) {
		uint64_t value;

		if (strcmp(last, s->file) != 0)
			there = read_file(r, dir, s->file, &text);
		last = s->file;
		any |= there;
		if (!there)
			continue;
		if (!(s->key ? stats_find(text_str(&text), s->key, &value) :
			       stats_parse_number(text_str(&text), &value)) ||
		    __builtin_mul_overflow(value, s->scale ? s->scale : 1,
					   (uint64_t *)(void *)((char *)out + s->at)))
			not_understood(r, s->file);
	}
	return any;
}

static const struct stats_psi *read_psi(struct reader *r, const char *file)
{
	struct stats_psi *psi = arena_new(r->arena, 1, sizeof(*psi));
	OWN_TEXT text = { 0 };

	/* v1 has none; a hybrid host has it beside */
	if (!read_file(r, r->dirs->v2, file, &text))
		return NULL;
	if (stats_parse_psi(text_str(&text), psi, r->arena))
		return psi;
	not_understood(r, file);
	return NULL;
}

/* NULL if it is all zero: such parts are left out. */
static const void *if_any(const void *part, size_t size)
{
	for (const char *p = part; size; p++, size--)
		if (*p)
			return part;
	return NULL;
}

/* ---- cpu ---- */

#define AT(type, m) offsetof(struct type, m)

/* clang-format off */
static const struct source usage_v2[] = {
	{ "cpu.stat", "usage_usec",  AT(stats_cpu_usage, total),  1000 },
	{ "cpu.stat", "user_usec",   AT(stats_cpu_usage, user),   1000 },
	{ "cpu.stat", "system_usec", AT(stats_cpu_usage, kernel), 1000 },
	{ 0 },
};
static const struct source usage_v1[] = {
	{ "cpuacct.usage", NULL,     AT(stats_cpu_usage, total) },
	{ "cpuacct.stat",  "user",   AT(stats_cpu_usage, user),   10000000 }, /* ticks */
	{ "cpuacct.stat",  "system", AT(stats_cpu_usage, kernel), 10000000 },
	{ 0 },
};
static const struct source throttling_v2[] = {
	{ "cpu.stat", "nr_periods",     AT(stats_throttling, periods) },
	{ "cpu.stat", "nr_throttled",   AT(stats_throttling, throttled_periods) },
	{ "cpu.stat", "throttled_usec", AT(stats_throttling, throttled_time), 1000 },
	{ 0 },
};
static const struct source throttling_v1[] = {
	{ "cpu.stat", "nr_periods",     AT(stats_throttling, periods) },
	{ "cpu.stat", "nr_throttled",   AT(stats_throttling, throttled_periods) },
	{ "cpu.stat", "throttled_time", AT(stats_throttling, throttled_time) },
	{ 0 },
};
/* clang-format on */

static void read_percpu(struct reader *r, int dir, struct stats_cpu_usage *u)
{
	OWN_TEXT text = { 0 };

	if (read_file(r, dir, "cpuacct.usage_percpu", &text) &&
	    !stats_parse_percpu(text_str(&text), u, r->arena))
		not_understood(r, "cpuacct.usage_percpu");
	if (read_file(r, dir, "cpuacct.usage_all", &text) &&
	    !stats_parse_usage_all(text_str(&text), u, r->arena))
		not_understood(r, "cpuacct.usage_all");
}

static const struct stats_cpu *read_cpu(struct reader *r)
{
	struct stats_cpu *cpu = arena_new(r->arena, 1, sizeof(*cpu));
	struct stats_cpu_usage *u = arena_new(r->arena, 1, sizeof(*u));
	struct stats_throttling *t = arena_new(r->arena, 1, sizeof(*t));
	int acct = r->dirs->v1[STATS_CPUACCT], v1 = r->dirs->v1[STATS_CPU];

	if (acct >= 0) {
		read_rows(r, acct, usage_v1, u);
		read_percpu(r, acct, u);
	} else {
		read_rows(r, r->dirs->v2, usage_v2, u);
	}
	if (v1 >= 0)
		read_rows(r, v1, throttling_v1, t);
	else
		read_rows(r, r->dirs->v2, throttling_v2, t);
	cpu->usage = if_any(u, sizeof(*u));
	cpu->throttling = if_any(t, sizeof(*t));
	cpu->psi = read_psi(r, "cpu.pressure");
	return cpu;
}

/* ---- cpuset: v1 alone, as the Go runc has it ---- */

/* clang-format off */
static const struct source cpuset_v1[] = {
	{ "cpuset.cpu_exclusive",      NULL, AT(stats_cpuset, cpu_exclusive) },
	{ "cpuset.mem_hardwall",       NULL, AT(stats_cpuset, mem_hardwall) },
	{ "cpuset.mem_exclusive",      NULL, AT(stats_cpuset, mem_exclusive) },
	{ "cpuset.memory_migrate",     NULL, AT(stats_cpuset, memory_migrate) },
	{ "cpuset.memory_spread_page", NULL, AT(stats_cpuset, memory_spread_page) },
	{ "cpuset.memory_spread_slab", NULL, AT(stats_cpuset, memory_spread_slab) },
	{ "cpuset.memory_pressure",    NULL, AT(stats_cpuset, memory_pressure) },
	{ "cpuset.sched_load_balance", NULL, AT(stats_cpuset, sched_load_balance) },
	{ 0 },
};
/* clang-format on */

static const struct stats_cpuset *read_cpuset(struct reader *r)
{
	struct stats_cpuset *c = arena_new(r->arena, 1, sizeof(*c));
	int dir = r->dirs->v1[STATS_CPUSET];
	OWN_TEXT text = { 0 };

	read_rows(r, dir, cpuset_v1, c);
	if (read_file(r, dir, "cpuset.cpus", &text) &&
	    !stats_parse_cpus(text_str(&text), &c->cpus.v, &c->cpus.n, r->arena))
		not_understood(r, "cpuset.cpus");
	if (read_file(r, dir, "cpuset.mems", &text) &&
	    !stats_parse_cpus(text_str(&text), &c->mems.v, &c->mems.n, r->arena))
		not_understood(r, "cpuset.mems");
	if (read_file(r, dir, "cpuset.sched_relax_domain_level", &text)) {
		/* the only one that may be negative */
		if (text.len && text.s[text.len - 1] == '\n')
			text_cut(&text, text.len - 1);
		if (!num_int(text_str(&text), INT64_MIN, INT64_MAX,
			     &c->sched_relax_domain_level))
			not_understood(r, "cpuset.sched_relax_domain_level");
	}
	return c;
}

/* ---- memory ---- */

#define AMOUNT(m) AT(stats_amount, m)

/* clang-format off */
static const struct source memory_v2[] = {
	{ "memory.current", NULL, AMOUNT(usage) },
	{ "memory.max",     NULL, AMOUNT(limit) },
	{ "memory.peak",    NULL, AMOUNT(max) },
	{ 0 },
};
static const struct source swap_v2[] = {
	{ "memory.swap.current", NULL, AMOUNT(usage) },
	{ "memory.swap.max",     NULL, AMOUNT(limit) },
	{ 0 },
};
#define V1_AMOUNT(name)                                                \
	{                                                              \
		{ name ".usage_in_bytes",     NULL, AMOUNT(usage) },   \
		{ name ".max_usage_in_bytes", NULL, AMOUNT(max) },     \
		{ name ".failcnt",            NULL, AMOUNT(failcnt) }, \
		{ name ".limit_in_bytes",     NULL, AMOUNT(limit) },   \
		{ 0 },                                                 \
	}
static const struct source memory_v1[][5] = {
	V1_AMOUNT("memory"),
	V1_AMOUNT("memory.memsw"),
	V1_AMOUNT("memory.kmem"),
	V1_AMOUNT("memory.kmem.tcp"),
};
/* clang-format on */

static const struct stats_amount *read_amount(struct reader *r, int dir,
					      const struct source *rows)
{
	struct stats_amount *m = arena_new(r->arena, 1, sizeof(*m));

	read_rows(r, dir, rows, m);
	return if_any(m, sizeof(*m));
}

/* v1's memsw counts memory and swap together, so v2's two are added up. */
static const struct stats_amount *add_swap(struct reader *r, const struct stats_amount *m)
{
	struct stats_amount swap = { 0 };
	struct stats_amount *sum = arena_new(r->arena, 1, sizeof(*sum));

	read_rows(r, r->dirs->v2, swap_v2, &swap);
	sum->usage = m->usage + swap.usage;
	if (__builtin_add_overflow(m->limit, swap.limit, &sum->limit))
		sum->limit = UINT64_MAX; /* one of them is "max" */
	return if_any(sum, sizeof(*sum));
}

static void read_memory_stat(struct reader *r, int dir, const char *cache,
			     struct stats_memory *m)
{
	OWN_TEXT text = { 0 };

	if (read_file(r, dir, "memory.stat", &text) &&
	    (!stats_parse_counts(text_str(&text), m, r->arena) ||
	     !stats_find(text_str(&text), cache, &m->cache)))
		not_understood(r, "memory.stat");
}

static const struct stats_memory *read_memory(struct reader *r)
{
	struct stats_memory *m = arena_new(r->arena, 1, sizeof(*m));
	int v1 = r->dirs->v1[STATS_MEMORY], v2 = r->dirs->v2;

	if (v1 >= 0) {
		read_memory_stat(r, v1, "cache", m);
		m->usage = read_amount(r, v1, memory_v1[0]);
		m->swap = read_amount(r, v1, memory_v1[1]);
		m->kernel = read_amount(r, v1, memory_v1[2]);
		m->kernel_tcp = read_amount(r, v1, memory_v1[3]);
	} else {
		read_memory_stat(r, v2, "file", m);
		m->usage = read_amount(r, v2, memory_v2);
		m->swap = m->usage ? add_swap(r, m->usage) : NULL;
	}
	m->psi = read_psi(r, "memory.pressure");
	return m;
}

/* ---- pids ---- */

/* clang-format off */
static const struct source pids_rows[] = {
	{ "pids.current", NULL, AT(stats_pids, current) },
	{ "pids.max",     NULL, AT(stats_pids, limit) },
	{ 0 },
};
/* clang-format on */

/* Without the controller the processes are counted: one a line. */
static uint64_t count_processes(struct reader *r)
{
	OWN_TEXT text = { 0 };
	uint64_t n = 0;

	/* the second, in a threaded cgroup */
	if (!read_file(r, r->dirs->v2, "cgroup.procs", &text) &&
	    !read_file(r, r->dirs->v2, "cgroup.threads", &text))
		return 0;
	for (const char *p = text_str(&text); *p; p++)
		n += *p == '\n';
	return n;
}

static const struct stats_pids *read_pids(struct reader *r)
{
	struct stats_pids *p = arena_new(r->arena, 1, sizeof(*p));
	int v1 = r->dirs->v1[STATS_PIDS];

	if (!read_rows(r, v1 >= 0 ? v1 : r->dirs->v2, pids_rows, p))
		p->current = count_processes(r);
	if (p->limit == UINT64_MAX)
		p->limit = 0;
	return p;
}

/* ---- blkio ---- */

struct io_file {
	const char *name;
	size_t at; /* a struct stats_ios */
};

#define IO_FILES 9

/* Which of these exist depends on the io scheduler and its build; the first set whose
 * first file has anything to tell is the one. */
/* clang-format off */
static const struct io_file io_sets[][IO_FILES] = {
	{ { "blkio.bfq.sectors_recursive",            AT(stats_blkio, sectors) },
	  { "blkio.bfq.io_service_time_recursive",    AT(stats_blkio, service_time) },
	  { "blkio.bfq.io_wait_time_recursive",       AT(stats_blkio, wait_time) },
	  { "blkio.bfq.io_merged_recursive",          AT(stats_blkio, merged) },
	  { "blkio.bfq.io_queued_recursive",          AT(stats_blkio, queued) },
	  { "blkio.bfq.time_recursive",               AT(stats_blkio, time) },
	  { "blkio.bfq.io_serviced_recursive",        AT(stats_blkio, serviced) },
	  { "blkio.bfq.io_service_bytes_recursive",   AT(stats_blkio, bytes) } },
	{ { "blkio.bfq.io_serviced_recursive",        AT(stats_blkio, serviced) },
	  { "blkio.bfq.io_service_bytes_recursive",   AT(stats_blkio, bytes) } },
	{ { "blkio.sectors_recursive",                AT(stats_blkio, sectors) },
	  { "blkio.io_service_time_recursive",        AT(stats_blkio, service_time) },
	  { "blkio.io_wait_time_recursive",           AT(stats_blkio, wait_time) },
	  { "blkio.io_merged_recursive",              AT(stats_blkio, merged) },
	  { "blkio.io_queued_recursive",              AT(stats_blkio, queued) },
	  { "blkio.time_recursive",                   AT(stats_blkio, time) },
	  { "blkio.io_serviced_recursive",            AT(stats_blkio, serviced) },
	  { "blkio.io_service_bytes_recursive",       AT(stats_blkio, bytes) } },
	{ { "blkio.throttle.io_serviced_recursive",      AT(stats_blkio, serviced) },
	  { "blkio.throttle.io_service_bytes_recursive", AT(stats_blkio, bytes) } },
	{ { "blkio.throttle.io_serviced",             AT(stats_blkio, serviced) },
	  { "blkio.throttle.io_service_bytes",        AT(stats_blkio, bytes) } },
};
/* clang-format on */

/* How many entries it has. */
static size_t read_io_file(struct reader *r, const struct io_file *f,
			   struct stats_blkio *b)
{
	struct stats_ios *ios = (struct stats_ios *)(void *)((char *)b + f->at);
	OWN_TEXT text = { 0 };

	if (!read_file(r, r->dirs->v1[STATS_BLKIO], f->name, &text))
		return 0;
	if (!stats_parse_blkio(text_str(&text), ios, r->arena))
		not_understood(r, f->name);
	return ios->n;
}

static const struct stats_blkio *read_blkio(struct reader *r)
{
	struct stats_blkio *b = arena_new(r->arena, 1, sizeof(*b));
	OWN_TEXT text = { 0 };

	if (r->dirs->v1[STATS_BLKIO] >= 0) {
		for (size_t i = 0; i < COUNT(io_sets); i++) {
			const struct io_file *f = io_sets[i];

			if (read_io_file(r, f, b) == 0)
				continue;
			while ((++f)->name)
				read_io_file(r, f, b);
			break;
		}
	} else if (read_file(r, r->dirs->v2, "io.stat", &text) &&
		   !stats_parse_io(text_str(&text), b, r->arena)) {
		not_understood(r, "io.stat");
	}
	b->psi = read_psi(r, "io.pressure");
	return b;
}

/* ---- hugetlb ---- */

#define SIZE(m) AT(stats_hugetlb, m)

/* Where a size has files of reservations, these: they are what a limit is of. */
static void read_size(struct reader *r, int dir, bool v2, struct stats_hugetlb *h)
{
	const char *const *part;
	static const char *const parts_v2[] = { "rsvd.current", "current", NULL };
	static const char *const parts_v1[] = { "rsvd.", "", NULL };

	for (part = v2 ? parts_v2 : parts_v1; *part; part++) {
		OWN_STR usage = mem_printf("hugetlb.%s.%s%s", h->size, *part,
					   v2 ? "" : "usage_in_bytes");
		OWN_STR max =
			mem_printf("hugetlb.%s.%smax_usage_in_bytes", h->size, *part);
		OWN_STR failcnt = mem_printf("hugetlb.%s.%sfailcnt", h->size, *part);
		OWN_STR events = mem_printf("hugetlb.%s.events", h->size);
		const struct source first[] = { { usage, NULL, SIZE(usage), 0 }, { 0 } };
		const struct source more_v2[] = { { events, "max", SIZE(failcnt), 0 },
						  { 0 } };
		const struct source more_v1[] = { { max, NULL, SIZE(max), 0 },
						  { failcnt, NULL, SIZE(failcnt), 0 },
						  { 0 } };

		if (!read_rows(r, dir, first, h))
			continue;
		read_rows(r, dir, v2 ? more_v2 : more_v1, h);
		return;
	}
}

static int by_size(const void *a, const void *b)
{
	return strcmp(((const struct stats_hugetlb *)a)->size,
		      ((const struct stats_hugetlb *)b)->size);
}

/* The sizes are those that the directory has files of. */
static void read_hugetlb(struct reader *r, struct stats *s)
{
	int v1 = r->dirs->v1[STATS_HUGETLB], dir = v1 >= 0 ? v1 : r->dirs->v2;
	const char *end = v1 >= 0 ? ".usage_in_bytes" : ".current";
	int again = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct stats_hugetlb *v = arena_new(r->arena, HUGE_SIZES, sizeof(*v));
	const struct dirent *entry;
	size_t n = 0;

	while (list && n < HUGE_SIZES && (entry = readdir(list))) {
		const char *size = entry->d_name + strlen("hugetlb.");
		size_t len;

		if (!text_starts(entry->d_name, "hugetlb.") || !text_ends(size, end))
			continue;
		len = strlen(size) - strlen(end);
		if (memchr(size, '.', len))
			continue; /* .rsvd and .max of the same size */
		v[n].size = arena_ndup(r->arena, size, len);
		read_size(r, dir, v1 < 0, &v[n++]);
	}
	if (list)
		closedir(list);
	qsort(v, n, sizeof(*v), by_size);
	s->hugetlb.v = v;
	s->hugetlb.n = n;
}

/* ---- all ---- */

int stats_read(const struct stats_dirs *d, bool tolerant, struct stats *s,
	       struct arena *a, struct err *e)
{
	struct reader r = { .dirs = d, .arena = a };
	static const struct stats_none nothing;
	int ret = 0;

	*s = (struct stats){
		.cpu = read_cpu(&r),
		.cpuset = read_cpuset(&r),
		.memory = read_memory(&r),
		.pids = read_pids(&r),
		.blkio = read_blkio(&r),
		.intel_rdt = &nothing,
	};
	read_hugetlb(&r, s);
	if (r.failures.len && !tolerant)
		ret = err_set(e, "error while statting cgroup%s: [%s]",
			      d->v1[STATS_CPUACCT] < 0 ? " v2" : "",
			      text_str(&r.failures));
	text_free(&r.failures);
	return ret;
}
