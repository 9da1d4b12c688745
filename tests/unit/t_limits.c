/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources as files of v2 and v1, and as properties of a unit. */
#include "cgroup/private.h"

#include "unit/given.h"
#include "unit/tap.h"

/* clang-format off */

static const struct row {
	const char *label;
	const char *json; /* linux.resources, ' for " */
	const char *v2, *v1; /* file=value; …, or the error; NULL: the case is not about that */
	const char *unit, *unit_v1; /* NAME=value; … */
} rows[] = {
	{ .label = "nothing", .json = "", .v2 = "", .v1 = "", .unit = "", .unit_v1 = "" },
	{ .label = "empty objects", .json = "'memory':{},'cpu':{},'blockIO':{},'network':{},'unified':{},'hugepageLimits':[],'rdma':{}", .v2 = "", .v1 = "", .unit = "" },

	/* pids */
	{ .label = "pids", .json = "'pids':{'limit':100}", .v2 = "pids.max=100", .v1 = "pids.max=100", .unit = "TasksMax=100", .unit_v1 = "TasksMax=100" },
	{ .label = "pids: none", .json = "'pids':{'limit':-1}", .v2 = "pids.max=max", .v1 = "pids.max=max", .unit = "TasksMax=infinity", .unit_v1 = "TasksMax=infinity" },
	{ .label = "pids: any negative is none", .json = "'pids':{'limit':-7}", .v2 = "pids.max=max", .v1 = "pids.max=max" },
	{ .label = "pids: there is always one", .json = "'pids':{'limit':0}", .v2 = "pids.max=1", .v1 = "pids.max=1", .unit = "TasksMax=1" },

	/* memory */
	{ .label = "memory", .json = "'memory':{'limit':1000}", .v2 = "memory.max=1000", .v1 = "memory.limit_in_bytes=1000", .unit = "MemoryMax=1000", .unit_v1 = "MemoryLimit=1000" },
	{ .label = "memory: 0 is unset", .json = "'memory':{'limit':0}", .v2 = "", .v1 = "", .unit = "" },
	{ .label = "memory: none is none of swap either", .json = "'memory':{'limit':-1}",
	  .v2 = "memory.max=max; memory.swap.max=max?", .v1 = "memory.limit_in_bytes=-1; memory.memsw.limit_in_bytes=-1?",
	  .unit = "MemoryMax=infinity; MemorySwapMax=infinity", .unit_v1 = "MemoryLimit=infinity" },
	{ .label = "memory: what is no limit", .json = "'memory':{'limit':-2}", .v2 = "linux.resources.memory.limit: invalid memory value: -2", .v1 = "linux.resources.memory.limit: invalid memory value: -2" },
	{ .label = "swap: v2 counts it alone", .json = "'memory':{'limit':1000,'swap':3000}",
	  .v2 = "memory.max=1000; memory.swap.max=2000", .v1 = "memory.limit_in_bytes=1000; memory.memsw.limit_in_bytes=3000",
	  .unit = "MemoryMax=1000; MemorySwapMax=2000", .unit_v1 = "MemoryLimit=1000" },
	{ .label = "swap: as much as memory is none", .json = "'memory':{'limit':1000,'swap':1000}",
	  .v2 = "memory.max=1000; memory.swap.max=0?", .v1 = "memory.limit_in_bytes=1000; memory.memsw.limit_in_bytes=1000", .unit = "MemoryMax=1000; MemorySwapMax=0" },
	{ .label = "swap: unlimited", .json = "'memory':{'limit':1000,'swap':-1}",
	  .v2 = "memory.max=1000; memory.swap.max=max?", .v1 = "memory.limit_in_bytes=1000; memory.memsw.limit_in_bytes=-1?", .unit = "MemoryMax=1000; MemorySwapMax=infinity" },
	{ .label = "swap: 0 is unset", .json = "'memory':{'limit':1000,'swap':0}", .v2 = "memory.max=1000", .v1 = "memory.limit_in_bytes=1000", .unit = "MemoryMax=1000" },
	{ .label = "swap: without memory", .json = "'memory':{'swap':1000}", .v2 = "unable to set swap limit without memory limit", .v1 = "memory.memsw.limit_in_bytes=1000" },
	{ .label = "swap: with unlimited memory", .json = "'memory':{'limit':-1,'swap':1000}", .v2 = "unable to set swap limit without memory limit" },
	{ .label = "swap: unlimited alone", .json = "'memory':{'swap':-1}", .v2 = "memory.swap.max=max?", .v1 = "memory.memsw.limit_in_bytes=-1?" },
	{ .label = "swap: less than memory", .json = "'memory':{'limit':1000,'swap':999}", .v2 = "memory+swap limit should be >= memory limit", .v1 = "memory+swap limit should be >= memory limit" },
	{ .label = "swap: what is no limit", .json = "'memory':{'limit':1000,'swap':-3}", .v2 = "linux.resources.memory.swap: -3 is not a size, or -1 for no limit" },
	{ .label = "reservation", .json = "'memory':{'reservation':500}", .v2 = "memory.low=500", .v1 = "memory.soft_limit_in_bytes=500", .unit = "MemoryLow=500", .unit_v1 = "" },
	{ .label = "reservation: none", .json = "'memory':{'reservation':-1}", .v2 = "memory.low=max", .v1 = "memory.soft_limit_in_bytes=-1", .unit = "MemoryLow=infinity" },
	{ .label = "reservation: what is no size", .json = "'memory':{'reservation':-2}", .v2 = "linux.resources.memory.reservation: -2 is not a size, or -1 for no limit" },
	{ .label = "swappiness", .json = "'memory':{'swappiness':60}", .v2 = "", .v1 = "memory.swappiness=60" },
	{ .label = "swappiness: 0 counts", .json = "'memory':{'swappiness':0}", .v2 = "", .v1 = "memory.swappiness=0" },
	{ .label = "swappiness: too much", .json = "'memory':{'swappiness':101}", .v1 = "linux.resources.memory.swappiness: invalid memory swappiness value: 101 (valid range is 0-100)" },
	{ .label = "no OOM killer", .json = "'memory':{'disableOOMKiller':true}", .v2 = "", .v1 = "memory.oom_control=1" },
	{ .label = "an OOM killer", .json = "'memory':{'disableOOMKiller':false}", .v2 = "", .v1 = "" },
	{ .label = "what has no file", .json = "'memory':{'kernel':1,'kernelTCP':1,'useHierarchy':true,'checkBeforeUpdate':true}", .v2 = "", .v1 = "", .unit = "" },
	{ .label = "check before update", .json = "'memory':{'limit':1000,'swap':1500,'checkBeforeUpdate':true}",
	  .v2 = "memory.max=1000; memory.swap.max=500; check 1000 1500", .v1 = "memory.limit_in_bytes=1000; memory.memsw.limit_in_bytes=1500" },

	/* cpu */
	{ .label = "shares", .json = "'cpu':{'shares':512}", .v2 = "cpu.weight=59", .v1 = "cpu.shares=512=", .unit = "CPUWeight=59", .unit_v1 = "CPUShares=512" },
	{ .label = "shares: 0 is unset", .json = "'cpu':{'shares':0}", .v2 = "", .v1 = "", .unit = "" },
	{ .label = "shares: more than there are", .json = "'cpu':{'shares':18446744073709551615}", .v2 = "cpu.weight=10000", .v1 = "cpu.shares=18446744073709551615=" },
	{ .label = "shares: not with idle", .json = "'cpu':{'shares':512,'idle':1}", .v2 = "cpu.idle=1", .v1 = "cpu.idle=1", .unit = "CPUWeight=0 since 252", .unit_v1 = "" },
	{ .label = "shares: with idle off", .json = "'cpu':{'shares':512,'idle':0}", .v2 = "cpu.weight=59; cpu.idle=0", .v1 = "cpu.shares=512=; cpu.idle=0", .unit = "CPUWeight=59" },
	{ .label = "idle: others are for the kernel to refuse", .json = "'cpu':{'idle':-1}", .v2 = "cpu.idle=-1", .v1 = "cpu.idle=-1", .unit = "" },
	{ .label = "quota", .json = "'cpu':{'quota':50000}", .v2 = "cpu.max=50000 100000", .v1 = "cpu.cfs_quota_us=50000", .unit = "CPUQuotaPerSecUSec=500000", .unit_v1 = "CPUQuotaPerSecUSec=500000" },
	{ .label = "quota and period", .json = "'cpu':{'quota':500000,'period':1000000}", .v2 = "cpu.max=500000 1000000", .v1 = "cpu.cfs_period_us=1000000; cpu.cfs_quota_us=500000",
	  .unit = "CPUQuotaPeriodUSec=1000000 since 242; CPUQuotaPerSecUSec=500000" },
	{ .label = "period alone", .json = "'cpu':{'period':20000}", .v2 = "cpu.max=max 20000", .v1 = "cpu.cfs_period_us=20000", .unit = "CPUQuotaPeriodUSec=20000 since 242; CPUQuotaPerSecUSec=infinity" },
	{ .label = "quota: none", .json = "'cpu':{'quota':-1}", .v2 = "cpu.max=max 100000", .v1 = "cpu.cfs_quota_us=-1", .unit = "CPUQuotaPerSecUSec=infinity" },
	{ .label = "quota: zeros are unset", .json = "'cpu':{'quota':0,'period':0}", .v2 = "", .v1 = "", .unit = "" },
	{ .label = "quota: systemd's whole percents", .json = "'cpu':{'quota':33333,'period':100000}", .v2 = "cpu.max=33333 100000", .unit = "CPUQuotaPeriodUSec=100000 since 242; CPUQuotaPerSecUSec=340000; then cpu.max=34000 100000" },
	{ .label = "quota: one percent at least", .json = "'cpu':{'quota':1000,'period':1000000}", .unit = "CPUQuotaPeriodUSec=1000000 since 242; CPUQuotaPerSecUSec=10000; then cpu.max=10000 1000000" },
	{ .label = "quota: larger than any machine", .json = "'cpu':{'quota':9223372036854775807,'period':1}", .v2 = "cpu.max=9223372036854775807 1",
	  .unit = "linux.resources.cpu.quota: 9223372036854775807 is not a quota that systemd could keep" },
	{ .label = "burst", .json = "'cpu':{'quota':50000,'burst':1000}", .v2 = "cpu.max=50000 100000; cpu.max.burst=1000", .v1 = "cpu.cfs_quota_us=50000; cpu.cfs_burst_us=1000" },
	{ .label = "burst: 0 counts", .json = "'cpu':{'burst':0}", .v2 = "cpu.max.burst=0", .v1 = "cpu.cfs_burst_us=0", .unit = "" },
	{ .label = "real-time", .json = "'cpu':{'realtimePeriod':1000000,'realtimeRuntime':950000}", .v2 = "", .v1 = "cpu.rt_period_us=1000000; cpu.rt_runtime_us=950000" },
	{ .label = "real-time: 0 is unset", .json = "'cpu':{'realtimePeriod':0,'realtimeRuntime':0}", .v1 = "" },
	{ .label = "cpuset", .json = "'cpu':{'cpus':'0-2,9','mems':'0'}", .v2 = "cpuset.cpus=0-2,9; cpuset.mems=0", .v1 = "cpuset.cpus=0-2,9; cpuset.mems=0",
	  .unit = "AllowedCPUs=0702 since 244; AllowedMemoryNodes=01 since 244", .unit_v1 = "AllowedCPUs=0702 since 244; AllowedMemoryNodes=01 since 244" },
	{ .label = "cpuset: empty is unset", .json = "'cpu':{'cpus':'','mems':''}", .v2 = "", .v1 = "", .unit = "" },
	{ .label = "cpuset: a high one", .json = "'cpu':{'cpus':'64'}", .unit = "AllowedCPUs=000000000000000001 since 244" },
	{ .label = "cpuset: no list", .json = "'cpu':{'cpus':'0-'}", .v2 = "cpuset.cpus=0-", .unit = "linux.resources.cpu.cpus: 0- is not a list of numbers like 0-3,8" },
	{ .label = "cpuset: backwards", .json = "'cpu':{'mems':'3-1'}", .unit = "linux.resources.cpu.mems: 3-1 is not a list of numbers like 0-3,8" },
	{ .label = "cpuset: beyond all machines", .json = "'cpu':{'cpus':'65536'}", .unit = "linux.resources.cpu.cpus: 65536 is not a list of numbers like 0-3,8" },

	/* block devices */
	{ .label = "io weight", .json = "'blockIO':{'weight':750}", .v2 = "io.bfq.weight=750 or io.weight=7475", .v1 = "blkio.bfq.weight=750 or blkio.weight=750", .unit = "", .unit_v1 = "BlockIOWeight=750" },
	{ .label = "io weight: least", .json = "'blockIO':{'weight':10}", .v2 = "io.bfq.weight=10 or io.weight=1" },
	{ .label = "io weight: most", .json = "'blockIO':{'weight':1000}", .v2 = "io.bfq.weight=1000 or io.weight=10000" },
	{ .label = "io weight: 0 is unset", .json = "'blockIO':{'weight':0,'leafWeight':0}", .v2 = "", .v1 = "" },
	{ .label = "io weight: too little", .json = "'blockIO':{'weight':9}", .v2 = "linux.resources.blockIO.weight: weight 9 is not from 10 to 1000" },
	{ .label = "io weight: too much", .json = "'blockIO':{'weight':1001}", .v1 = "linux.resources.blockIO.weight: weight 1001 is not from 10 to 1000" },
	{ .label = "leaf weight", .json = "'blockIO':{'leafWeight':20}", .v2 = "", .v1 = "blkio.leaf_weight=20" },
	{ .label = "weights of devices", .json = "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':100},{'major':8,'minor':16,'leafWeight':20},{'major':9,'minor':1}]}",
	  .v2 = "io.bfq.weight=8:0 100 or io.weight=8:0 910", .v1 = "blkio.bfq.weight_device=8:0 100 or blkio.weight_device=8:0 100; blkio.leaf_weight_device=8:16 20" },
	{ .label = "weights of devices: too little", .json = "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':1}]}", .v2 = "linux.resources.blockIO.weightDevice: weight 1 is not from 10 to 1000" },
	{ .label = "throttles", .json = "'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}],'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':2}],"
	  "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':3}],'throttleWriteIOPSDevice':[{'major':8,'minor':0,'rate':18446744073709551615},{'major':8,'minor':1,'rate':0}]}",
	  .v2 = "io.max=8:0 rbps=1; io.max=8:0 wbps=2; io.max=8:0 riops=3; io.max=8:0 wiops=18446744073709551615; io.max=8:1 wiops=max",
	  .v1 = "blkio.throttle.read_bps_device=8:0 1; blkio.throttle.write_bps_device=8:0 2; blkio.throttle.read_iops_device=8:0 3; "
		"blkio.throttle.write_iops_device=8:0 18446744073709551615; blkio.throttle.write_iops_device=8:1 0", .unit = "" },

	/* the rest */
	{ .label = "huge pages", .json = "'hugepageLimits':[{'pageSize':'2MB','limit':4194304},{'pageSize':'1GB','limit':0}]",
	  .v2 = "hugetlb.2MB.max=4194304; hugetlb.2MB.rsvd.max=4194304?; hugetlb.1GB.max=0; hugetlb.1GB.rsvd.max=0?",
	  .v1 = "hugetlb.2MB.limit_in_bytes=4194304; hugetlb.2MB.rsvd.limit_in_bytes=4194304?; hugetlb.1GB.limit_in_bytes=0; hugetlb.1GB.rsvd.limit_in_bytes=0?" },
	{ .label = "rdma", .json = "'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},'mlx4_0':{'hcaObjects':1},'rxe':{}}",
	  .v2 = "rdma.max=mlx4_0 hca_object=1; rdma.max=mlx5_1 hca_handle=3 hca_object=10000", .v1 = "rdma.max=mlx4_0 hca_object=1; rdma.max=mlx5_1 hca_handle=3 hca_object=10000" },
	{ .label = "rdma: two lines in a name", .json = "'rdma':{'a\\nb':{'hcaObjects':1}}", .v2 = "linux.resources.rdma: a\nb is not the name of a device" },
	{ .label = "network", .json = "'network':{'classID':1048577,'priorities':[{'name':'eth0','priority':500},{'name':'lo','priority':0}]}",
	  .v2 = "", .v1 = "net_cls.classid=1048577; net_prio.ifpriomap=eth0 500; net_prio.ifpriomap=lo 0" },
	{ .label = "network: a blank in a name", .json = "'network':{'priorities':[{'name':'eth0 1','priority':500}]}", .v1 = "linux.resources.network.priorities: eth0 1 is not the name of an interface" },

	/* unified */
	{ .label = "unified", .json = "'unified':{'memory.high':'1G','pids.max':'7'}", .v2 = "memory.high=1G; pids.max=7", .v1 = "invalid configuration: cannot use unified on cgroup v1",
	  .unit = "MemoryHigh=1073741824; TasksMax=7" },
	{ .label = "unified wins", .json = "'pids':{'limit':20},'memory':{'limit':1000},'cpu':{'quota':10000},'unified':{'pids.max':'max','memory.max':'2000','cpu.max':'20000 50000'}",
	  .v2 = "pids.max=20; memory.max=1000; cpu.max=10000 100000; cpu.max=20000 50000; memory.max=2000; pids.max=max",
	  .unit = "TasksMax=infinity; MemoryMax=2000; CPUQuotaPerSecUSec=400000; CPUQuotaPeriodUSec=50000 since 242" },
	{ .label = "unified: what systemd keeps", .json = "'unified':{'cpu.idle':'0','cpu.max':'max','cpu.weight':'42','cpuset.cpus':'1','cpuset.mems':'0','memory.low':'1','memory.max':'max','memory.min':'2','memory.swap.max':'0','misc.max':'x 1'}",
	  .unit = "CPUQuotaPerSecUSec=infinity; CPUWeight=42; AllowedCPUs=02 since 244; AllowedMemoryNodes=01 since 244; MemoryLow=1; MemoryMax=infinity; MemoryMin=2; MemorySwapMax=0" },
	{ .label = "unified: idle", .json = "'unified':{'cpu.idle':'1','cpu.weight':'8'}", .v2 = "cpu.idle=1", .unit = "CPUWeight=0 since 252" },
	{ .label = "unified: several lines", .json = "'unified':{'io.max':'8:0 rbps=1\\n8:16 wbps=2\\n'}", .v2 = "io.max=8:0 rbps=1; io.max=8:16 wbps=2", .unit = "" },
	{ .label = "unified: an empty value", .json = "'unified':{'cpuset.cpus':''}", .v2 = "cpuset.cpus=" },
	{ .label = "unified: any controller", .json = "'unified':{'dmem.max':'gpu 1','cgroup.max.depth':'3'}", .v2 = "cgroup.max.depth=3; dmem.max=gpu 1", .unit = "" },
	{ .label = "unified: a path", .json = "'unified':{'../memory.max':'1'}", .v2 = "unified resource \"../memory.max\" must be a file name (no slashes)" },
	{ .label = "unified: no parameter", .json = "'unified':{'memory':'1'}", .v2 = "unified resource \"memory\" must be in the form CONTROLLER.PARAMETER" },
	{ .label = "unified: no controller", .json = "'unified':{'.max':'1'}", .v2 = "unified resource \".max\" must be in the form CONTROLLER.PARAMETER" },
	{ .label = "unified: up", .json = "'unified':{'..':'1'}", .v2 = "unified resource \"..\" must be in the form CONTROLLER.PARAMETER" },
	{ .label = "unified: an empty key", .json = "'unified':{'':'1'}", .v2 = "unified resource \"\" must be in the form CONTROLLER.PARAMETER" },
	{ .label = "unified: somebody's process", .json = "'unified':{'cgroup.procs':'1'}", .v2 = "unified resource \"cgroup.procs\" is not a limit" },
	{ .label = "unified: killing", .json = "'unified':{'cgroup.kill':'1'}", .v2 = "unified resource \"cgroup.kill\" is not a limit" },
	{ .label = "unified: what systemd cannot read", .json = "'unified':{'memory.max':'much'}", .v2 = "memory.max=much",
	  .unit = "unified resource \"memory.max\" value conversion error: \"much\" is not like what systemd can keep" },
	{ .label = "unified: no quota", .json = "'unified':{'cpu.max':'x 1'}", .unit = "unified resource \"cpu.max\" value conversion error: \"x 1\" is not like what systemd can keep" },
};

/* Weights that are exact, powers of two, and the one nearest to being rounded the other way (200416). */
static const struct { uint64_t shares, weight; } weights[] = {
	{ 0, 0 }, { 1, 1 }, { 2, 1 }, { 3, 2 }, { 4, 2 }, { 5, 2 }, { 6, 3 }, { 7, 3 }, { 8, 3 }, { 10, 4 }, { 50, 10 }, { 100, 17 },
	{ 102, 17 }, { 128, 21 }, { 256, 35 }, { 512, 59 }, { 1000, 99 }, { 1023, 100 }, { 1024, 100 }, { 1025, 101 }, { 2048, 174 },
	{ 4096, 303 }, { 8192, 532 }, { 10000, 627 }, { 16384, 942 }, { 32768, 1681 }, { 65536, 3023 }, { 100000, 4340 },
	{ 131072, 5478 }, { 200416, 7914 }, { 262143, 10000 }, { 262144, 10000 }, { 262145, 10000 }, { UINT64_MAX, 10000 },
};

/* clang-format on */

/* ---- printing ---- */

static void print_writes(const struct resources_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->writes.n; i++) {
		const struct limit_write *w = &p->writes.v[i];

		text_printf(out, "%s%s=%s%s%s", i ? "; " : "", w->file, w->value,
			    w->optional ? "?" : "", w->read_back ? "=" : "");
		if (w->or_file)
			text_printf(out, " or %s=%s", w->or_file, w->or_value);
	}
	if (p->check_limit || p->check_memsw)
		text_printf(out, "; check %jd %jd", (intmax_t)p->check_limit,
			    (intmax_t)p->check_memsw);
}

/* "uint64 7" as 7, "@ay [0x07,0x02]" as 0702: what it is, the limit says. */
static void print_property_value(const char *value, struct text *out)
{
	if (strcmp(value, "uint64 18446744073709551615") == 0)
		text_add(out, "infinity");
	else if (text_starts(value, "uint64 "))
		text_add(out, value + 7);
	else if (text_starts(value, "@ay ["))
		for (const char *p = strstr(value, "0x"); p; p = strstr(p + 2, "0x"))
			text_addn(out, p + 2, 2);
	else
		text_printf(out, "unexpected %s", value);
}

static void print_properties(const struct resources_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->properties.n; i++) {
		const struct unit_property *u = &p->properties.v[i];

		text_printf(out, "%s%s=", i ? "; " : "", u->name);
		print_property_value(u->value, out);
		if (u->since)
			text_printf(out, " since %u", u->since);
	}
}

static void check(const struct row *row, const char *what, bool v2, bool systemd,
		  const char *want)
{
	const struct resources_facts facts = { .v2 = v2, .systemd = systemd };
	struct arena a = { 0 };
	const struct spec *s = given_spec(&a, "{'linux':{'resources':{%s}}}", row->json);
	const char *label = arena_printf(&a, "%s, %s", row->label, what);
	struct resources_plan p;
	OWN_TEXT got = { 0 };
	struct err e;

	if (resources_plan(&p, s->linux->resources, &facts, &a, &e) < 0) {
		text_add(&got, e.text);
	} else if (systemd) {
		print_properties(&p, &got);
		/* what rounding did to the file */
		if (want && strstr(want, "then "))
			text_printf(&got, "; then %s=%s", p.writes.v[0].file,
				    p.writes.v[0].value);
	} else {
		print_writes(&p, &got);
	}
	CHECK_SAME(label, text_str(&got), want);
	arena_free(&a);
}

/* ---- the table is whole ---- */

static bool has_row(const char *path)
{
	for (const struct limit *row = limits; row->form; row++)
		if (row->field && strcmp(row->field, path) == 0)
			return true;
	/* of another kind: rules, and what is only about the value of any file */
	return strcmp(path, "devices") == 0 || strcmp(path, "unified") == 0;
}

static void check_fields(const struct table *t, const char *prefix, struct arena *a)
{
	for (const struct field *f = t->fields; f->key; f++) {
		const char *path = arena_printf(a, "%s%s", prefix, f->key);

		if (f->kind == K_OBJ)
			check_fields(f->of, arena_printf(a, "%s.", path), a);
		else
			CHECK(arena_printf(a, "row of %s", path), has_row(path));
	}
}

/* Misspelled, a row would never be found in a document. */
static void check_rows(struct arena *a)
{
	for (const struct limit *row = limits; row->form; row++) {
		const struct table *t = &spec_resources_table;
		const struct field *f = NULL;
		const char *path = row->field;

		while (path) {
			size_t n = strcspn(path, ".");

			for (f = t->fields; f->key; f++)
				if (strlen(f->key) == n && memcmp(f->key, path, n) == 0)
					break;
			if (!f->key)
				break;
			t = f->of;
			path = path[n] ? path + n + 1 : NULL;
		}
		if (row->field)
			CHECK(arena_printf(a, "field of row %s", row->field), f && f->key);
	}
}

/* ---- weights ---- */

static void check_weights(struct arena *a)
{
	uint64_t sum = 0, mixed = 0, last = 0;
	bool monotonic = true, ends = true;

	for (size_t i = 0; i < COUNT(weights); i++)
		CHECK(arena_printf(a, "weight of %ju shares",
				   (uintmax_t)weights[i].shares),
		      resources_weight(weights[i].shares) == weights[i].weight);
	for (uint64_t s = 0; s <= 262144; s++) {
		uint64_t w = resources_weight(s);

		monotonic = monotonic && w >= last;
		ends = ends && w <= 10000 && (w >= 1 || s == 0);
		last = w;
		sum += w;
		mixed += w * s;
	}
	CHECK("weights: monotonic", monotonic);
	CHECK("weights: from 1 to 10000", ends);
	/* of all of them, computed with 110 bits of precision */
	CHECK("weights: their sum", sum == 1405378461);
	CHECK("weights: their sum by place", mixed == 239589782873744);
}

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		if (row->v2)
			check(row, "v2", true, false, row->v2);
		if (row->v1)
			check(row, "v1", false, false, row->v1);
		if (row->unit)
			check(row, "unit on v2", true, true, row->unit);
		if (row->unit_v1)
			check(row, "unit on v1", false, true, row->unit_v1);
	}
	check_fields(&spec_resources_table, "", &a);
	check_rows(&a);
	check_weights(&a);
	arena_free(&a);
	return tap_done();
}
