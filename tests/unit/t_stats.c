/* SPDX-License-Identifier: Apache-2.0 */
/* What `events` reads and prints: the kernel's texts, whole directories of them, and the
 * document word for word. */
#include "cgroup/stats.h"

#include "unit/data.h"
#include "unit/tap.h"

/* ---- numbers ---- */

static const struct {
	const char *label, *in;
	bool ok;
	uint64_t want;
} numbers[] = {
	{ .label = "a number", .in = "42\n", .ok = true, .want = 42 },
	{ .label = "without its newline", .in = "42", .ok = true, .want = 42 },
	{ .label = "the largest",
	  .in = "18446744073709551615\n",
	  .ok = true,
	  .want = UINT64_MAX },
	{ .label = "max", .in = "max\n", .ok = true, .want = UINT64_MAX },
	{ .label = "one too large", .in = "18446744073709551616\n" },
	{ .label = "many digits", .in = "000000000000000000000000000000001\n" },
	{ .label = "two lines", .in = "1\n2\n" },
	{ .label = "negative", .in = "-1\n" },
	{ .label = "nothing", .in = "" },
	{ .label = "a word", .in = "maximum\n" },
};

static const struct {
	const char *label, *in, *key;
	bool ok;
	uint64_t want;
} keys[] = {
	{ .label = "first line", .in = "a 1\nb 2\n", .key = "a", .ok = true, .want = 1 },
	{ .label = "last line", .in = "a 1\nb 2", .key = "b", .ok = true, .want = 2 },
	{ .label = "beyond int64",
	  .in = "a 18446744073709551615\n",
	  .key = "a",
	  .ok = true,
	  .want = UINT64_MAX },
	{ .label = "a longer key is another",
	  .in = "oom_kill_x 5\noom_kill 1\n",
	  .key = "oom_kill",
	  .ok = true,
	  .want = 1 },
	{ .label = "not there", .in = "a 1\n", .key = "b", .ok = true, .want = 0 },
	{ .label = "no lines", .in = "", .key = "b", .ok = true, .want = 0 },
	{ .label = "not a number", .in = "a max\n", .key = "a" },
	{ .label = "no number", .in = "a \n", .key = "a" },
	{ .label = "too long", .in = "a 1111111111111111111111111\n", .key = "a" },
};

static void test_numbers(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t got = 0;
		bool ok = stats_parse_number(numbers[i].in, &got);

		CHECK(numbers[i].label,
		      ok == numbers[i].ok && (!ok || got == numbers[i].want));
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		uint64_t got = 77;
		bool ok = stats_find(keys[i].in, keys[i].key, &got);

		CHECK(keys[i].label, ok == keys[i].ok && (!ok || got == keys[i].want));
	}
}

/* ---- texts of several numbers: parsed, and printed as the part of the document ---- */

/* One file alone, read as v1 or v2; the part of the document that it makes, or "bad". */
static const struct row {
	const char *label, *file, *text;
	bool v1;
	const char *part, *want;
} rows[] = {
	{ .label = "psi",
	  .file = "cpu.pressure",
	  .text = "some avg10=1.50 avg60=0.05 avg300=100.00 total=18446744073709551615\n"
		  "full avg10=10.00 avg60=0.00 avg300=0.10 total=7\n",
	  .part = "cpu",
	  .want = "{'psi':{'some':{'avg10':1.5,'avg60':0.05,'avg300':100,'total':18446744073709551615},"
		  "'full':{'avg10':10,'avg60':0,'avg300':0.1,'total':7}}}" },
	{ .label = "psi: an old kernel has no full line for cpu",
	  .file = "cpu.pressure",
	  .text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
	  .part = "cpu",
	  .want = "{'psi':{'some':{'avg10':0,'avg60':0,'avg300':0,'total':1}}}" },
	{ .label = "psi: nothing yet",
	  .file = "io.pressure",
	  .text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
		  "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
	  .part = "blkio",
	  .want = "{'psi':{}}" },
	{ .label = "psi: words we do not know are no harm",
	  .file = "memory.pressure",
	  .text = "some avg10=0.00 avg1=9.99 total=3 more=x\nhalf avg10=1.00\n",
	  .part = "memory",
	  .want = "{'psi':{'some':{'avg10':0,'avg60':0,'avg300':0,'total':3}}}" },
	{ .label = "psi: not a number",
	  .file = "cpu.pressure",
	  .text = "some avg10=x.00 avg60=0.00 avg300=0.00 total=0\n",
	  .want = "bad" },
	{ .label = "psi: not an average",
	  .file = "cpu.pressure",
	  .text = "some avg10=1 avg60=0.00 avg300=0.00 total=0\n",
	  .want = "bad" },
	{ .label = "psi: a total that is none",
	  .file = "cpu.pressure",
	  .text = "some avg10=1.00 avg60=0.00 avg300=0.00 total=-1\n",
	  .want = "bad" },

	{ .label = "io.stat",
	  .file = "io.stat",
	  .text = "8:0 rbytes=4096 wbytes=0 rios=1 wios=2 dbytes=3 dios=4\n"
		  "253:1 rbytes=18446744073709551615 wbytes=5 rios=6 wios=7 dbytes=0 dios=0 cost.usage=1\n",
	  .part = "blkio",
	  .want = "{'ioServiceBytesRecursive':[{'major':8,'op':'Read','value':4096},{'major':8,'op':'Write'},"
		  "{'major':253,'minor':1,'op':'Read','value':18446744073709551615},"
		  "{'major':253,'minor':1,'op':'Write','value':5}],"
		  "'ioServicedRecursive':[{'major':8,'op':'Read','value':1},{'major':8,'op':'Write','value':2},"
		  "{'major':253,'minor':1,'op':'Read','value':6},{'major':253,'minor':1,'op':'Write','value':7}]}" },
	{ .label = "io.stat: a device without numbers, another behind it",
	  .file = "io.stat",
	  .text = "7:7 \n7:1 8:0 rbytes=1\n",
	  .part = "blkio",
	  .want = "{'ioServiceBytesRecursive':[{'major':8,'op':'Read','value':1}]}" },
	{ .label = "io.stat: empty",
	  .file = "io.stat",
	  .text = "",
	  .part = "blkio",
	  .want = "{}" },
	{ .label = "io.stat: not a device",
	  .file = "io.stat",
	  .text = "sda rbytes=1\n",
	  .want = "bad" },
	{ .label = "io.stat: not a number",
	  .file = "io.stat",
	  .text = "8:0 rbytes=x\n",
	  .want = "bad" },

	{ .label = "blkio: operations, without the grand total",
	  .v1 = true,
	  .file = "blkio.throttle.io_serviced_recursive",
	  .text = "8:0 Read 3\n8:0 Total 3\n8:1 Discard 0\nTotal 3\n",
	  .part = "blkio",
	  .want = "{'ioServicedRecursive':[{'major':8,'op':'Read','value':3},{'major':8,'op':'Total','value':3},"
		  "{'major':8,'minor':1,'op':'Discard'}]}" },
	{ .label = "blkio: values without an operation",
	  .v1 = true,
	  .file = "blkio.sectors_recursive",
	  .text = "8:0 9\n",
	  .part = "blkio",
	  .want = "{'sectorsRecursive':[{'major':8,'value':9}]}" },
	{ .label = "blkio: a device alone",
	  .v1 = true,
	  .file = "blkio.sectors_recursive",
	  .text = "8:0\n",
	  .want = "bad" },

	{ .label = "cpus",
	  .v1 = true,
	  .file = "cpuset.cpus",
	  .text = "0-2,7,9-9\n",
	  .part = "cpuset.cpus",
	  .want = "[0,1,2,7,9]" },
	{ .label = "no cpus",
	  .v1 = true,
	  .file = "cpuset.cpus",
	  .text = "\n",
	  .part = "cpuset.cpus",
	  .want = NULL },
	{ .label = "cpus backwards",
	  .v1 = true,
	  .file = "cpuset.cpus",
	  .text = "3-1\n",
	  .want = "bad" },
	{ .label = "too many cpus",
	  .v1 = true,
	  .file = "cpuset.mems",
	  .text = "0-99999999\n",
	  .want = "bad" },
	{ .label = "cpus half-open",
	  .v1 = true,
	  .file = "cpuset.cpus",
	  .text = "1-\n",
	  .want = "bad" },

	{ .label = "processes are counted where there is no pids controller",
	  .file = "cgroup.procs",
	  .text = "1\n22\n333\n",
	  .part = "pids",
	  .want = "{'current':3}" },
	{ .label = "threads are counted in a threaded cgroup",
	  .file = "cgroup.threads",
	  .text = "1\n22\n",
	  .part = "pids",
	  .want = "{'current':2}" },

	{ .label = "throttling",
	  .file = "cpu.stat",
	  .text = "usage_usec 0\nnr_periods 10\nnr_throttled 3\nthrottled_usec 7\nnr_bursts 0\n",
	  .part = "cpu",
	  .want = "{'throttling':{'periods':10,'throttledPeriods':3,'throttledTime':7000}}" },
	{ .label = "more microseconds than nanoseconds can count",
	  .file = "cpu.stat",
	  .text = "usage_usec 18446744073709551615\n",
	  .want = "bad" },
	{ .label = "hugetlb: without files of reservations",
	  .file = "hugetlb.64KB.current",
	  .text = "65536\n",
	  .part = "hugetlb",
	  .want = "{'64KB':{'usage':65536,'failcnt':0}}" },
	{ .label = "memory.stat: sorted",
	  .file = "memory.stat",
	  .text = "file 5\nanon 18446744073709551615\n",
	  .part = "memory",
	  .want = "{'cache':5,'raw':{'anon':18446744073709551615,'file':5}}" },
	{ .label = "memory.stat: a line of one word",
	  .file = "memory.stat",
	  .text = "file\n",
	  .want = "bad" },
};

/* The text between "KEY": and the comma or bracket that ends its value; dots go deeper.
 */
static char *find_part(const char *json, const char *part)
{
	const char *at = json;

	while (*part) {
		size_t n = strcspn(part, ".");
		OWN_TEXT key = { 0 };

		text_printf(&key, "\"%.*s\":", (int)n, part);
		at = strstr(at, key.s);
		if (!at)
			return NULL;
		at += key.len;
		part += n + (part[n] == '.');
	}
	for (int depth = 0, i = 0;; i++) {
		depth += at[i] == '{' || at[i] == '[';
		depth -= at[i] == '}' || at[i] == ']';
		if (depth == 0)
			return strndup(at, (size_t)i + 1);
	}
}

static int load(const struct stats_dirs *d, struct text *out, struct err *e)
{
	struct arena a = { 0 };
	struct stats s;
	int ret = stats_read(d, false, &s, &a, e);

	if (ret == 0)
		json_print(out, &stats_table, &s, NULL);
	arena_free(&a);
	return ret;
}

static void check_row(const struct row *row)
{
	char name[32];
	int dir = data_make_dir(name, sizeof(name));
	struct stats_dirs d = { .v2 = row->v1 ? -1 : dir };
	OWN_TEXT want = { 0 };
	OWN_TEXT json = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < STATS_CONTROLLERS; i++)
		d.v1[i] = row->v1 ? dir : -1;
	data_write(dir, row->file, row->text, strlen(row->text));
	if (load(&d, &json, &e) < 0) {
		CHECK_SAME(row->label, "bad", row->want);
		CHECK(row->file, strstr(e.text, row->file));
	} else {
		OWN_STR got = find_part(json.s, row->part);

		if (row->want)
			data_json(&want, row->want);
		CHECK_SAME(row->label, got, row->want ? want.s : NULL);
	}
	close(dir);
	data_remove_dir(AT_FDCWD, name);
}

/* ---- whole documents ---- */

struct file {
	const char *name, *text;
};

/* What it is without any file. */
#define NO_CPUSET                                                                        \
	"{'cpu_exclusive':0,'mem_hardwall':0,'mem_exclusive':0,'memory_migrate':0,"      \
	"'memory_spread_page':0,'memory_spread_slab':0,'memory_pressure':0,"             \
	"'sched_load_balance':0,'sched_relax_domain_level':0}"

/* A container under Linux 6.18, v1. */
static const struct file v1_files[] = {
	{ "cpuacct.usage", "122935514\n" },
	{ "cpuacct.stat", "user 11\nsystem 2\n" },
	{ "cpuacct.usage_percpu", "118862046 4073468 \n" },
	{ "cpuacct.usage_all", "cpu user system\n0 116862046 2000000\n1 0 4073468\n" },
	{ "cpu.stat",
	  "nr_periods 4\nnr_throttled 2\nthrottled_time 1500\nnr_bursts 0\nburst_time 0\n" },
	{ "cpuset.cpus", "0-1\n" },
	{ "cpuset.mems", "0\n" },
	{ "cpuset.cpu_exclusive", "0\n" },
	{ "cpuset.mem_exclusive", "0\n" },
	{ "cpuset.mem_hardwall", "0\n" },
	{ "cpuset.memory_migrate", "1\n" },
	{ "cpuset.memory_pressure", "0\n" },
	{ "cpuset.memory_spread_page", "0\n" },
	{ "cpuset.memory_spread_slab", "0\n" },
	{ "cpuset.sched_load_balance", "1\n" },
	{ "cpuset.sched_relax_domain_level", "-1\n" },
	{ "memory.stat",
	  "cache 4096\nrss 57344\nhierarchical_memory_limit 9223372036854771712\n" },
	{ "memory.usage_in_bytes", "438272\n" },
	{ "memory.max_usage_in_bytes", "499712\n" },
	{ "memory.failcnt", "3\n" },
	{ "memory.limit_in_bytes", "9223372036854771712\n" },
	{ "memory.memsw.usage_in_bytes", "438273\n" },
	{ "memory.memsw.max_usage_in_bytes", "499713\n" },
	{ "memory.memsw.failcnt", "0\n" },
	{ "memory.memsw.limit_in_bytes", "9223372036854771712\n" },
	{ "memory.kmem.usage_in_bytes", "180224\n" },
	{ "memory.kmem.max_usage_in_bytes", "180225\n" },
	{ "memory.kmem.failcnt", "0\n" },
	{ "memory.kmem.limit_in_bytes", "9223372036854771712\n" },
	{ "memory.kmem.tcp.usage_in_bytes", "0\n" },
	{ "memory.kmem.tcp.max_usage_in_bytes", "0\n" },
	{ "memory.kmem.tcp.failcnt", "0\n" },
	{ "memory.kmem.tcp.limit_in_bytes", "9223372036854771712\n" },
	{ "pids.current", "2\n" },
	{ "pids.max", "100\n" },
	{ "blkio.bfq.io_serviced_recursive", "Total 0\n" },
	{ "blkio.bfq.io_service_bytes_recursive", "Total 0\n" },
	{ "blkio.throttle.io_serviced_recursive",
	  "254:0 Read 1\n254:0 Total 1\nTotal 1\n" },
	{ "blkio.throttle.io_service_bytes_recursive",
	  "254:0 Read 512\n254:0 Total 512\nTotal 512\n" },
	{ "hugetlb.2MB.usage_in_bytes", "0\n" },
	{ "hugetlb.2MB.max_usage_in_bytes", "2097152\n" },
	{ "hugetlb.2MB.failcnt", "1\n" },
	{ "hugetlb.1GB.usage_in_bytes", "7\n" },
	{ "hugetlb.1GB.rsvd.usage_in_bytes", "1073741824\n" },
	{ "hugetlb.1GB.rsvd.max_usage_in_bytes", "1073741824\n" },
	{ "hugetlb.1GB.rsvd.failcnt", "0\n" },
	/* v1 has no pressure */
	{ "cpu.pressure", "some avg10=9.00 avg60=0.00 avg300=0.00 total=1\n" },
	{ 0 },
};
#define V1_LIMIT "'limit':9223372036854771712,"
static const char v1_want[] =
	"{'cpu':{'usage':{'total':122935514,'percpu':[118862046,4073468],'percpu_kernel':[2000000,4073468],"
	"'percpu_user':[116862046,0],'kernel':20000000,'user':110000000},"
	"'throttling':{'periods':4,'throttledPeriods':2,'throttledTime':1500}},"
	"'cpuset':{'cpus':[0,1],'cpu_exclusive':0,'mems':[0],'mem_hardwall':0,'mem_exclusive':0,'memory_migrate':1,"
	"'memory_spread_page':0,'memory_spread_slab':0,'memory_pressure':0,'sched_load_balance':1,"
	"'sched_relax_domain_level':-1},"
	"'memory':{'cache':4096,'usage':{" V1_LIMIT
	"'usage':438272,'max':499712,'failcnt':3},"
	"'swap':{" V1_LIMIT "'usage':438273,'max':499713,'failcnt':0},"
	"'kernel':{" V1_LIMIT "'usage':180224,'max':180225,'failcnt':0},"
	"'kernelTCP':{" V1_LIMIT "'failcnt':0},"
	"'raw':{'cache':4096,'hierarchical_memory_limit':9223372036854771712,'rss':57344}},"
	"'pids':{'current':2,'limit':100},"
	"'blkio':{'ioServiceBytesRecursive':[{'major':254,'op':'Read','value':512},{'major':254,'op':'Total','value':512}],"
	"'ioServicedRecursive':[{'major':254,'op':'Read','value':1},{'major':254,'op':'Total','value':1}]},"
	"'hugetlb':{'1GB':{'usage':1073741824,'max':1073741824,'failcnt':0},'2MB':{'max':2097152,'failcnt':1}},"
	"'intel_rdt':{},'network_interfaces':null}";

/* v2, with all controllers. */
static const struct file v2_files[] = {
	{ "cpu.stat",
	  "usage_usec 127790\nuser_usec 121056\nsystem_usec 6733\nnice_usec 0\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n" },
	{ "cpu.pressure",
	  "some avg10=0.28 avg60=0.05 avg300=0.01 total=47981\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
	{ "memory.stat", "anon 98304\nfile 8192\nkernel 77824\n" },
	{ "memory.current", "200704\n" },
	{ "memory.max", "536870912\n" },
	{ "memory.peak", "1236992\n" },
	{ "memory.swap.current", "4096\n" },
	{ "memory.swap.max", "1073741824\n" },
	{ "memory.pressure",
	  "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n" },
	{ "pids.current", "1\n" },
	{ "pids.max", "max\n" },
	{ "io.stat", "254:0 rbytes=1024 wbytes=0 rios=2 wios=0 dbytes=0 dios=0\n" },
	{ "hugetlb.2MB.current", "4194304\n" },
	{ "hugetlb.2MB.rsvd.current", "2097152\n" },
	{ "hugetlb.2MB.events", "max 3\n" },
	{ "cpuset.cpus", "0\n" },
	{ 0 },
};
static const char v2_want[] =
	"{'cpu':{'usage':{'total':127790000,'kernel':6733000,'user':121056000},"
	"'psi':{'some':{'avg10':0.28,'avg60':0.05,'avg300':0.01,'total':47981}}},"
	"'cpuset':" NO_CPUSET ","
	"'memory':{'cache':8192,'usage':{'limit':536870912,'usage':200704,'max':1236992,'failcnt':0},"
	"'swap':{'limit':1610612736,'usage':204800,'failcnt':0},"
	"'raw':{'anon':98304,'file':8192,'kernel':77824},'psi':{}},"
	"'pids':{'current':1},"
	"'blkio':{'ioServiceBytesRecursive':[{'major':254,'op':'Read','value':1024},{'major':254,'op':'Write'}],"
	"'ioServicedRecursive':[{'major':254,'op':'Read','value':2},{'major':254,'op':'Write'}]},"
	"'hugetlb':{'2MB':{'usage':2097152,'failcnt':3}},'intel_rdt':{},'network_interfaces':null}";

/* Unlimited memory, no swap in the kernel, no memory.peak (before Linux 5.19). */
static const struct file unlimited_files[] = {
	{ "memory.current", "5\n" },
	{ "memory.max", "max\n" },
	{ 0 },
};
static const struct file swap_files[] = {
	{ "memory.current", "5\n" },
	{ "memory.max", "10\n" },
	{ "memory.swap.current", "1\n" },
	{ "memory.swap.max", "max\n" },
	{ 0 },
};
#define MAX "18446744073709551615"
#define AROUND(memory)                                                                   \
	"{'cpu':{},'cpuset':" NO_CPUSET ",'memory':" memory                              \
	",'pids':{},'blkio':{},'hugetlb':{},'intel_rdt':{},'network_interfaces':null}"
static const struct file none[] = { { 0 } };

static const struct {
	const char *label;
	const struct file *files;
	bool v1;
	const char *want;
} documents[] = {
	{ .label = "v1", .files = v1_files, .v1 = true, .want = v1_want },
	{ .label = "v2", .files = v2_files, .want = v2_want },
	{ .label = "v2, unlimited and without swap",
	  .files = unlimited_files,
	  .want = AROUND("{'usage':{'limit':" MAX ",'usage':5,'failcnt':0},"
			 "'swap':{'limit':" MAX ",'usage':5,'failcnt':0}}") },
	{ .label = "v2, unlimited swap",
	  .files = swap_files,
	  .want = AROUND("{'usage':{'limit':10,'usage':5,'failcnt':0},"
			 "'swap':{'limit':" MAX ",'usage':6,'failcnt':0}}") },
	{ .label = "v2 without any file", .files = none, .want = AROUND("{}") },
	{ .label = "v1 without any file", .files = none, .v1 = true, .want = AROUND("{}") },
};

static void test_documents(void)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		char name[32];
		int dir = data_make_dir(name, sizeof(name));
		struct stats_dirs d = { .v2 = documents[i].v1 ? -1 : dir };
		OWN_TEXT want = { 0 };
		OWN_TEXT json = { 0 };
		struct err e = { 0 };

		for (size_t k = 0; k < STATS_CONTROLLERS; k++)
			d.v1[k] = documents[i].v1 ? dir : -1;
		for (const struct file *f = documents[i].files; f->name; f++)
			data_write(dir, f->name, f->text, strlen(f->text));
		CHECK(documents[i].label, load(&d, &json, &e) == 0);
		data_json(&want, documents[i].want);
		CHECK_SAME(documents[i].label, text_str(&json), want.s);
		close(dir);
		data_remove_dir(AT_FDCWD, name);
	}
}

/* ---- mixtures ---- */

/* A hybrid host: memory is v1's, all else and the pressure v2's. */
static void test_hybrid(void)
{
	char v1_name[32], v2_name[32];
	int v1 = data_make_dir(v1_name, sizeof(v1_name));
	int v2 = data_make_dir(v2_name, sizeof(v2_name));
	struct stats_dirs d = { .v2 = v2 };
	OWN_TEXT want = { 0 };
	OWN_TEXT json = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < STATS_CONTROLLERS; i++)
		d.v1[i] = i == STATS_MEMORY ? v1 : -1;
	for (const struct file *f = v1_files; f->name; f++)
		data_write(v1, f->name, f->text, strlen(f->text));
	for (const struct file *f = v2_files; f->name; f++)
		data_write(v2, f->name, f->text, strlen(f->text));
	CHECK("hybrid", load(&d, &json, &e) == 0);
	data_json(&want, "'usage':{'limit':9223372036854771712,'usage':438272,");
	CHECK("memory is v1's", strstr(json.s, want.s));
	text_cut(&want, 0);
	data_json(&want, "'pids':{'current':1}");
	CHECK("pids are v2's", strstr(json.s, want.s));
	text_cut(&want, 0);
	data_json(&want, "'rss':57344},'psi':{}}");
	CHECK("pressure is v2's", strstr(json.s, want.s));
	close(v1);
	close(v2);
	data_remove_dir(AT_FDCWD, v1_name);
	data_remove_dir(AT_FDCWD, v2_name);
}

/* Every file that fails is named, and the others are read all the same. */
static void test_failures(void)
{
	char name[32];
	int dir = data_make_dir(name, sizeof(name));
	struct stats_dirs d = { .v2 = dir };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct stats s;

	for (size_t i = 0; i < STATS_CONTROLLERS; i++)
		d.v1[i] = -1;
	data_write(dir, "cpu.stat", "usage_usec x\n", 13);
	data_write(dir, "pids.current", "7\n", 2);
	mkdirat(dir, "io.stat", 0755);
	CHECK("a failure is one", stats_read(&d, false, &s, &a, &e) < 0);
	CHECK_SAME("every one is named", e.text,
		   "error while statting cgroup v2: [cannot parse cpu.stat read io.stat: is a directory]");
	CHECK("the rest was read", s.pids->current == 7);
	CHECK("or nobody minds",
	      stats_read(&d, true, &s, &a, &e) == 0 && s.pids->current == 7);
	unlinkat(dir, "io.stat", AT_REMOVEDIR);
	close(dir);
	data_remove_dir(AT_FDCWD, name);
	arena_free(&a);
}

static void test_open(void)
{
	const struct pair gone[] = { { "", "/sys/fs/cgroup/no-such-cgroup" } };
	const struct pair other[] = { { "memory", "/" } };
	struct stats_dirs d;
	struct err e;

	CHECK("no cgroup", stats_open(&d, (struct pairs){ 0 }, &e) < 0 &&
				   strstr(e.text, "the container has no cgroup"));
	CHECK("a cgroup that is gone",
	      stats_open(&d, (struct pairs){ gone, 1 }, &e) < 0 &&
		      strstr(e.text, "the container has no cgroup"));
	CHECK("not a cgroup", stats_open(&d, (struct pairs){ other, 1 }, &e) < 0 &&
				      strstr(e.text, "/ is not a cgroup"));
}

int main(void)
{
	test_numbers();
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	test_documents();
	test_hybrid();
	test_failures();
	test_open();
	return tap_done();
}
