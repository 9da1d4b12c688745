/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `events`: keys and their order, and what is left out when zero. */
#include "cgroup/stats.h"

#define TABLE(name, type)                                                                \
	static const struct table name = { sizeof(struct type), (const struct field[])
#define END                                                                              \
	{                                                                                \
		0                                                                        \
	}                                                                                \
	}

/* clang-format off */
TABLE(psi_line, stats_psi_line) {
	{ "avg10",  F_NUM(stats_psi_line, avg10),  .show = true },
	{ "avg60",  F_NUM(stats_psi_line, avg60),  .show = true },
	{ "avg300", F_NUM(stats_psi_line, avg300), .show = true },
	{ "total",  F_U64(stats_psi_line, total),  .show = true },
	END };

TABLE(psi, stats_psi) {
	{ "some", F_OBJ(stats_psi, some, stats_psi_line, &psi_line) },
	{ "full", F_OBJ(stats_psi, full, stats_psi_line, &psi_line) },
	END };

TABLE(cpu_usage, stats_cpu_usage) {
	{ "total",         F_U64(stats_cpu_usage, total) },
	{ "percpu",        F_U64S(stats_cpu_usage, percpu) },
	{ "percpu_kernel", F_U64S(stats_cpu_usage, percpu_kernel) },
	{ "percpu_user",   F_U64S(stats_cpu_usage, percpu_user) },
	{ "kernel",        F_U64(stats_cpu_usage, kernel), .show = true },
	{ "user",          F_U64(stats_cpu_usage, user),   .show = true },
	END };

TABLE(throttling, stats_throttling) {
	{ "periods",          F_U64(stats_throttling, periods) },
	{ "throttledPeriods", F_U64(stats_throttling, throttled_periods) },
	{ "throttledTime",    F_U64(stats_throttling, throttled_time) },
	END };

TABLE(cpu, stats_cpu) {
	{ "usage",      F_OBJ(stats_cpu, usage, stats_cpu_usage, &cpu_usage) },
	{ "throttling", F_OBJ(stats_cpu, throttling, stats_throttling, &throttling) },
	{ "psi",        F_OBJ(stats_cpu, psi, stats_psi, &psi) },
	END };

TABLE(cpuset, stats_cpuset) {
	{ "cpus",                     F_U32S(stats_cpuset, cpus) },
	{ "cpu_exclusive",            F_U64(stats_cpuset, cpu_exclusive),            .show = true },
	{ "mems",                     F_U32S(stats_cpuset, mems) },
	{ "mem_hardwall",             F_U64(stats_cpuset, mem_hardwall),             .show = true },
	{ "mem_exclusive",            F_U64(stats_cpuset, mem_exclusive),            .show = true },
	{ "memory_migrate",           F_U64(stats_cpuset, memory_migrate),           .show = true },
	{ "memory_spread_page",       F_U64(stats_cpuset, memory_spread_page),       .show = true },
	{ "memory_spread_slab",       F_U64(stats_cpuset, memory_spread_slab),       .show = true },
	{ "memory_pressure",          F_U64(stats_cpuset, memory_pressure),          .show = true },
	{ "sched_load_balance",       F_U64(stats_cpuset, sched_load_balance),       .show = true },
	{ "sched_relax_domain_level", F_I64(stats_cpuset, sched_relax_domain_level), .show = true },
	END };

TABLE(amount, stats_amount) {
	{ "limit",   F_U64(stats_amount, limit),   .show = true },
	{ "usage",   F_U64(stats_amount, usage) },
	{ "max",     F_U64(stats_amount, max) },
	{ "failcnt", F_U64(stats_amount, failcnt), .show = true },
	END };

TABLE(memory, stats_memory) {
	{ "cache",     F_U64(stats_memory, cache) },
	{ "usage",     F_OBJ(stats_memory, usage, stats_amount, &amount) },
	{ "swap",      F_OBJ(stats_memory, swap, stats_amount, &amount) },
	{ "kernel",    F_OBJ(stats_memory, kernel, stats_amount, &amount) },
	{ "kernelTCP", F_OBJ(stats_memory, kernel_tcp, stats_amount, &amount) },
	{ "raw",       F_COUNTS(stats_memory, raw) },
	{ "psi",       F_OBJ(stats_memory, psi, stats_psi, &psi) },
	END };

TABLE(pids, stats_pids) {
	{ "current", F_U64(stats_pids, current) },
	{ "limit",   F_U64(stats_pids, limit) },
	END };

TABLE(io, stats_io) {
	{ "major", F_U64(stats_io, major) },
	{ "minor", F_U64(stats_io, minor) },
	{ "op",    F_STR(stats_io, op) },
	{ "value", F_U64(stats_io, value) },
	END };

TABLE(blkio, stats_blkio) {
	{ "ioServiceBytesRecursive", F_LIST(stats_blkio, bytes, stats_io, &io) },
	{ "ioServicedRecursive",     F_LIST(stats_blkio, serviced, stats_io, &io) },
	{ "ioQueueRecursive",        F_LIST(stats_blkio, queued, stats_io, &io) },
	{ "ioServiceTimeRecursive",  F_LIST(stats_blkio, service_time, stats_io, &io) },
	{ "ioWaitTimeRecursive",     F_LIST(stats_blkio, wait_time, stats_io, &io) },
	{ "ioMergedRecursive",       F_LIST(stats_blkio, merged, stats_io, &io) },
	{ "ioTimeRecursive",         F_LIST(stats_blkio, time, stats_io, &io) },
	{ "sectorsRecursive",        F_LIST(stats_blkio, sectors, stats_io, &io) },
	{ "psi",                     F_OBJ(stats_blkio, psi, stats_psi, &psi) },
	END };

TABLE(hugetlb, stats_hugetlb) {
	{ "usage",   F_U64(stats_hugetlb, usage) },
	{ "max",     F_U64(stats_hugetlb, max) },
	{ "failcnt", F_U64(stats_hugetlb, failcnt), .show = true },
	END };

TABLE(none, stats_none) { END };

const struct table stats_table = { sizeof(struct stats), (const struct field[]) {
	{ "cpu",                F_OBJ(stats, cpu, stats_cpu, &cpu),             .show = true },
	{ "cpuset",             F_OBJ(stats, cpuset, stats_cpuset, &cpuset),    .show = true },
	{ "memory",             F_OBJ(stats, memory, stats_memory, &memory),    .show = true },
	{ "pids",               F_OBJ(stats, pids, stats_pids, &pids),          .show = true },
	{ "blkio",              F_OBJ(stats, blkio, stats_blkio, &blkio),       .show = true },
	{ "hugetlb",            F_MAP(stats, hugetlb, stats_hugetlb, &hugetlb), .show = true },
	{ "intel_rdt",          F_OBJ(stats, intel_rdt, stats_none, &none),     .show = true },
	{ "network_interfaces", F_OBJ(stats, network, stats_none, &none),       .show = true },
	END };
/* clang-format on */
