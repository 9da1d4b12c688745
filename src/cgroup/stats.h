/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container uses, as `events` prints it. The structs are the document:
 * stats_table prints them in the order of the Go runc's, and a part that is NULL
 * is left out there.
 */
#ifndef CGROUP_STATS_H
#define CGROUP_STATS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct stats_cpu_usage {
	uint64_t total;
	LIST(uint64_t) percpu, percpu_kernel, percpu_user;
	uint64_t kernel, user; /* all in nanoseconds */
};

struct stats_throttling {
	uint64_t periods, throttled_periods, throttled_time;
};

/* Pressure: averages in percent as the kernel writes them, NULL for 0; total in us. */
struct stats_psi_line {
	const char *avg10, *avg60, *avg300;
	uint64_t total;
};

struct stats_psi {
	const struct stats_psi_line *some, *full;
};

struct stats_cpu {
	const struct stats_cpu_usage *usage;
	const struct stats_throttling *throttling;
	const struct stats_psi *psi;
};

struct stats_cpuset {
	LIST(uint32_t) cpus, mems;
	uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate,
		memory_spread_page, memory_spread_slab, memory_pressure,
		sched_load_balance;
	int64_t sched_relax_domain_level;
};

struct stats_amount {
	uint64_t limit, usage, max, failcnt;
};

struct stats_memory {
	uint64_t cache;
	const struct stats_amount *usage, *swap, *kernel, *kernel_tcp;
	LIST(struct count) raw;
	const struct stats_psi *psi;
};

struct stats_pids {
	uint64_t current, limit;
};

struct stats_io {
	uint64_t major, minor;
	const char *op;
	uint64_t value;
};

struct stats_ios {
	const struct stats_io *v;
	size_t n;
};

struct stats_blkio {
	struct stats_ios bytes, serviced, queued, service_time, wait_time, merged, time,
		sectors;
	const struct stats_psi *psi;
};

struct stats_hugetlb {
	const char *size; /* "2MB" */
	uint64_t usage, max, failcnt;
};

struct stats {
	const struct stats_cpu *cpu;
	const struct stats_cpuset *cpuset;
	const struct stats_memory *memory;
	const struct stats_pids *pids;
	const struct stats_blkio *blkio;
	LIST(struct stats_hugetlb) hugetlb;
	const struct stats_none *intel_rdt; /* {}: no resctrl group is ever made */
	const struct stats_none *network; /* null, as always from the Go runc's command */
};

struct stats_none {
	char nothing;
};

extern const struct table stats_table;

/* ---- reading ---- */

enum stats_controller {
	STATS_CPU,
	STATS_CPUACCT,
	STATS_CPUSET,
	STATS_MEMORY,
	STATS_PIDS,
	STATS_BLKIO,
	STATS_HUGETLB,
	STATS_CONTROLLERS,
};

/*
 * The container's directories, held open: should its cgroup go and another of the
 * same name come, that one is not taken for it.
 */
struct stats_dirs {
	int v1[STATS_CONTROLLERS];
	int v2; /* whatever v1 does not have */
};

int stats_open(struct stats_dirs *d, struct pairs paths, struct err *e);
void stats_close(struct stats_dirs *d);

/*
 * What a kernel or a hierarchy does not have is left at zero. tolerant: so is what
 * cannot be read; else that is an error, after all the rest was read.
 */
int stats_read(const struct stats_dirs *d, bool tolerant, struct stats *s,
	       struct arena *a, struct err *e);

/* ---- parsers of the kernel's texts. Pure; false if the text is not of that form ---- */

/* "123\n"; "max" is the largest number. */
bool stats_parse_number(const char *text, uint64_t *out);

/* The value of a key in "key value" lines; 0 if the key is not there. */
bool stats_find(const char *text, const char *key, uint64_t *out);

/* All "key value" lines, sorted by key. */
bool stats_parse_counts(const char *text, struct stats_memory *m, struct arena *a);

bool stats_parse_psi(const char *text, struct stats_psi *psi, struct arena *a);

/* v2: io.stat, under the names that v1 has for the same. */
bool stats_parse_io(const char *text, struct stats_blkio *b, struct arena *a);

/* v1: "8:0 Read 5" and "8:0 5" lines; the grand total is nobody's. */
bool stats_parse_blkio(const char *text, struct stats_ios *ios, struct arena *a);

/* "0-2,7" */
bool stats_parse_cpus(const char *text, const uint32_t **v, size_t *n, struct arena *a);

/* v1: cpuacct.usage_percpu and cpuacct.usage_all */
bool stats_parse_percpu(const char *text, struct stats_cpu_usage *u, struct arena *a);
bool stats_parse_usage_all(const char *text, struct stats_cpu_usage *u, struct arena *a);

#endif
