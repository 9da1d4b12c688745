/* SPDX-License-Identifier: Apache-2.0 */
/* The program: from the config's words to numbers, its environment, where it is. */
#include <linux/mempolicy.h>
#include <sys/resource.h>

#include "process/process.h"

#include "unit/given.h"
#include "unit/tap.h"

/* ---- plans ---- */

/* clang-format off */

/* want: what is not as by default, or what is wrong */
static const struct {
	const char *label, *process, *linux, *want;
} plans[] = {
	{ .label = "nothing asked for", .want = "" },

	{ .label = "limits, in their order, one of them twice",
	  .process = "'rlimits':[{'type':'RLIMIT_NOFILE','soft':10,'hard':20},"
		     "{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615},"
		     "{'type':'RLIMIT_NOFILE','soft':5,'hard':5}]",
	  .want = "RLIMIT_NOFILE 7 10/20;RLIMIT_CORE 4 0/18446744073709551615;RLIMIT_NOFILE 7 5/5;" },
	{ .label = "an unknown limit",
	  .process = "'rlimits':[{'type':'RLIMIT_NOFILE','soft':1,'hard':1},{'type':'RLIMIT_FOO','soft':1,'hard':1}]",
	  .want = "process.rlimits[1].type: wrong rlimit value: RLIMIT_FOO" },
	{ .label = "case matters",
	  .process = "'rlimits':[{'type':'rlimit_nofile','soft':1,'hard':1}]",
	  .want = "process.rlimits[0].type: wrong rlimit value: rlimit_nofile" },
	{ .label = "soft above hard",
	  .process = "'rlimits':[{'type':'RLIMIT_AS','soft':18446744073709551615,'hard':1}]",
	  .want = "process.rlimits[0]: soft limit 18446744073709551615 is above the hard limit 1" },

	{ .label = "scheduler: FIFO",
	  .process = "'scheduler':{'policy':'SCHED_FIFO','priority':10,'flags':['SCHED_FLAG_RESET_ON_FORK']}",
	  .want = "sched 1 flags 1 nice 0 priority 10 0/0/0;" },
	{ .label = "scheduler: RR",
	  .process = "'scheduler':{'policy':'SCHED_RR','priority':99}",
	  .want = "sched 2 flags 0 nice 0 priority 99 0/0/0;" },
	{ .label = "scheduler: DEADLINE, all flags but one",
	  .process = "'scheduler':{'policy':'SCHED_DEADLINE','runtime':1,'deadline':2,'period':18446744073709551615,"
		     "'flags':['SCHED_FLAG_RECLAIM','SCHED_FLAG_DL_OVERRUN','SCHED_FLAG_KEEP_POLICY',"
		     "'SCHED_FLAG_KEEP_PARAMS','SCHED_FLAG_UTIL_CLAMP_MIN','SCHED_FLAG_UTIL_CLAMP_MAX']}",
	  .want = "sched 6 flags 126 nice 0 priority 0 1/2/18446744073709551615;" },
	{ .label = "scheduler: OTHER at both ends of nice",
	  .process = "'scheduler':{'policy':'SCHED_OTHER','nice':-20}",
	  .want = "sched 0 flags 0 nice -20 priority 0 0/0/0;" },
	{ .label = "scheduler: BATCH", .process = "'scheduler':{'policy':'SCHED_BATCH','nice':19}",
	  .want = "sched 3 flags 0 nice 19 priority 0 0/0/0;" },
	{ .label = "scheduler: IDLE, whose nice nobody checks",
	  .process = "'scheduler':{'policy':'SCHED_IDLE','nice':20}",
	  .want = "sched 5 flags 0 nice 20 priority 0 0/0/0;" },
	{ .label = "scheduler: nice too high", .process = "'scheduler':{'policy':'SCHED_OTHER','nice':20}",
	  .want = "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER" },
	{ .label = "scheduler: nice too low", .process = "'scheduler':{'policy':'SCHED_BATCH','nice':-21}",
	  .want = "invalid scheduler.nice: -21 when scheduler.policy is SCHED_BATCH" },
	{ .label = "scheduler: priority without a real-time policy",
	  .process = "'scheduler':{'policy':'SCHED_OTHER','priority':1}",
	  .want = "scheduler.priority can only be specified for SchedFIFO or SchedRR policy" },
	{ .label = "scheduler: a negative one too",
	  .process = "'scheduler':{'policy':'SCHED_IDLE','priority':-1}",
	  .want = "scheduler.priority can only be specified for SchedFIFO or SchedRR policy" },
	{ .label = "scheduler: runtime without DEADLINE",
	  .process = "'scheduler':{'policy':'SCHED_FIFO','priority':1,'period':1}",
	  .want = "scheduler runtime/deadline/period can only be specified for SchedDeadline policy" },
	{ .label = "scheduler: empty policy", .process = "'scheduler':{'policy':''}",
	  .want = "scheduler policy is required" },
	{ .label = "scheduler: unknown policy", .process = "'scheduler':{'policy':'SCHED_EXT'}",
	  .want = "process.scheduler.policy: invalid scheduler policy: SCHED_EXT" },
	{ .label = "scheduler: unknown flag",
	  .process = "'scheduler':{'policy':'SCHED_OTHER','flags':['SCHED_FLAG_RECLAIM','SCHED_FLAG_ALL']}",
	  .want = "process.scheduler.flags[1]: invalid scheduler flag: SCHED_FLAG_ALL" },

	/* class << 13 | priority */
	{ .label = "io priority: real time", .process = "'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':0}", .want = "ioprio 8192;" },
	{ .label = "io priority: best effort", .process = "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':7}", .want = "ioprio 16391;" },
	{ .label = "io priority: idle", .process = "'ioPriority':{'class':'IOPRIO_CLASS_IDLE'}", .want = "ioprio 24576;" },
	{ .label = "io priority: too high", .process = "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}", .want = "invalid ioPriority.Priority: 8" },
	{ .label = "io priority: negative", .process = "'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':-1}", .want = "invalid ioPriority.Priority: -1" },
	{ .label = "io priority: unknown class", .process = "'ioPriority':{'class':'IOPRIO_CLASS_NONE'}", .want = "invalid ioPriority.Class: \"IOPRIO_CLASS_NONE\"" },

	{ .label = "personality", .linux = "'personality':{'domain':'LINUX'}", .want = "personality 0;" },
	{ .label = "personality: 32 bit, flags are ignored with a warning",
	  .linux = "'personality':{'domain':'LINUX32','flags':['ADDR_NO_RANDOMIZE']}", .want = "personality 8;" },
	{ .label = "personality: unknown", .linux = "'personality':{'domain':'SOLARIS'}",
	  .want = "linux.personality.domain: invalid personality domain SOLARIS" },
	{ .label = "personality: none named", .linux = "'personality':{}",
	  .want = "linux.personality.domain: invalid personality domain " },

	/* texts that the contract fixes, and their numbers by linux/mempolicy.h */
	{ .label = "memory policy: bind", .linux = "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-1,3'}", .want = "mempolicy 2 nodes 0,1,3 of 4;" },
	{ .label = "memory policy: interleave, static nodes",
	  .linux = "'memoryPolicy':{'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_STATIC_NODES']}", .want = "mempolicy 32771 nodes 0 of 1;" },
	{ .label = "memory policy: preferred, with and without a node",
	  .linux = "'memoryPolicy':{'mode':'MPOL_PREFERRED'}", .want = "mempolicy 1;" },
	{ .label = "memory policy: preferred many, two flags",
	  .linux = "'memoryPolicy':{'mode':'MPOL_PREFERRED_MANY','nodes':'4095','flags':['MPOL_F_RELATIVE_NODES','MPOL_F_NUMA_BALANCING']}",
	  .want = "mempolicy 24581 nodes 4095 of 4096;" },
	{ .label = "memory policy: weighted interleave", .linux = "'memoryPolicy':{'mode':'MPOL_WEIGHTED_INTERLEAVE','nodes':'1'}", .want = "mempolicy 6 nodes 1 of 2;" },
	{ .label = "memory policy: default", .linux = "'memoryPolicy':{'mode':'MPOL_DEFAULT','nodes':''}", .want = "mempolicy 0;" },
	{ .label = "memory policy: local", .linux = "'memoryPolicy':{'mode':'MPOL_LOCAL'}", .want = "mempolicy 4;" },
	{ .label = "memory policy: default takes no nodes", .linux = "'memoryPolicy':{'mode':'MPOL_DEFAULT','nodes':'0-7'}",
	  .want = "memory policy mode requires 0 nodes but got 8" },
	{ .label = "memory policy: nor does local, whatever its flags",
	  .linux = "'memoryPolicy':{'mode':'MPOL_LOCAL','nodes':'0','flags':['MPOL_F_STATIC_NODES']}",
	  .want = "memory policy mode requires 0 nodes but got 1" },
	{ .label = "memory policy: bind needs some", .linux = "'memoryPolicy':{'mode':'MPOL_BIND'}",
	  .want = "memory policy mode requires at least one node but got 0" },
	{ .label = "memory policy: so does weighted interleave, whatever its flags",
	  .linux = "'memoryPolicy':{'mode':'MPOL_WEIGHTED_INTERLEAVE','flags':['MPOL_F_RELATIVE_NODES']}",
	  .want = "memory policy mode requires at least one node but got 0" },
	{ .label = "memory policy: empty object", .linux = "'memoryPolicy':{}",
	  .want = "linux.memoryPolicy: invalid memory policy mode \"\"" },
	{ .label = "memory policy: unknown mode", .linux = "'memoryPolicy':{'mode':'BIND'}",
	  .want = "linux.memoryPolicy: invalid memory policy mode \"BIND\"" },
	{ .label = "memory policy: unknown flag",
	  .linux = "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_X']}",
	  .want = "linux.memoryPolicy: invalid memory policy flag \"MPOL_F_X\"" },
	{ .label = "memory policy: node too large",
	  .linux = "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0,4096'}",
	  .want = "linux.memoryPolicy: invalid memory policy nodes \"0,4096\": values larger than 4095 are not supported" },
	{ .label = "memory policy: node beyond any number",
	  .linux = "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-9876543210'}",
	  .want = "linux.memoryPolicy: invalid memory policy nodes \"0-9876543210\": \"0-9876543210\" is not a list like 0-3,7" },

	{ .label = "affinity", .process = "'execCPUAffinity':{'initial':'0-3,7','final':'0'}", .want = "initial 0-3,7;final 0;" },
	{ .label = "affinity: empty is absent", .process = "'execCPUAffinity':{'initial':'','final':''}", .want = "" },
	{ .label = "affinity: as many as the largest kernel has", .process = "'execCPUAffinity':{'final':'65535'}", .want = "final 65535;" },
	{ .label = "affinity: one more", .process = "'execCPUAffinity':{'final':'65536'}",
	  .want = "bad CPUAffinity.Final: values larger than 65535 are not supported" },
	{ .label = "affinity: no list", .process = "'execCPUAffinity':{'initial':'a','final':'0'}",
	  .want = "bad CPUAffinity.Initial: \"a\" is not a list like 0-3,7" },
	{ .label = "affinity: no members", .process = "'execCPUAffinity':{'initial':','}",
	  .want = "bad CPUAffinity.Initial: no members found in set \",\"" },
};

/* in a set of 128 */
static const struct {
	const char *label, *in, *want;
} sets[] = {
	{ .label = "one",                   .in = "5",             .want = "5 of 6" },
	{ .label = "zero",                  .in = "0",             .want = "0 of 1" },
	{ .label = "range and one",         .in = "0-3,7",         .want = "0,1,2,3,7 of 8" },
	{ .label = "range of one",          .in = "3-3",           .want = "3 of 4" },
	{ .label = "any order, overlapping",.in = "9,2-4,3",       .want = "2,3,4,9 of 10" },
	{ .label = "across a word",         .in = "62-65",         .want = "62,63,64,65 of 66" },
	{ .label = "the last",              .in = "127",           .want = "127 of 128" },
	{ .label = "blanks around",         .in = " 1 ,\t2-3 , 4\n", .want = "1,2,3,4 of 5" },
	{ .label = "empty elements",        .in = ",1,, ,2,",      .want = "1,2 of 3" },
	{ .label = "leading zeros",         .in = "007",           .want = "7 of 8" },
	{ .label = "one beyond",            .in = "128",           .want = "values larger than 127 are not supported" },
	{ .label = "range beyond",          .in = "0-128",         .want = "values larger than 127 are not supported" },
	{ .label = "range beyond, far: no loop over it", .in = "0-4294967295", .want = "values larger than 127 are not supported" },
	{ .label = "2^32 does not wrap",    .in = "4294967296",    .want = "\"4294967296\" is not a list like 0-3,7" },
	{ .label = "nothing",               .in = "",              .want = "no members found in set \"\"" },
	{ .label = "only commas",           .in = ",,",            .want = "no members found in set \",,\"" },
	{ .label = "backwards",             .in = "1,3-2",         .want = "invalid range: 3-2" },
	{ .label = "open end",              .in = "1-",            .want = "\"1-\" is not a list like 0-3,7" },
	{ .label = "open start",            .in = "-1",            .want = "\"-1\" is not a list like 0-3,7" },
	{ .label = "two dashes",            .in = "1-2-3",         .want = "\"1-2-3\" is not a list like 0-3,7" },
	{ .label = "blank inside",          .in = "1 2",           .want = "\"1 2\" is not a list like 0-3,7" },
	{ .label = "blanks around the dash",.in = "1 - 2",         .want = "\"1 - 2\" is not a list like 0-3,7" },
	{ .label = "sign",                  .in = "+1",            .want = "\"+1\" is not a list like 0-3,7" },
	{ .label = "hexadecimal",           .in = "0x1",           .want = "\"0x1\" is not a list like 0-3,7" },
	{ .label = "word",                  .in = "all",           .want = "\"all\" is not a list like 0-3,7" },
	{ .label = "another separator",     .in = "1;2",           .want = "\"1;2\" is not a list like 0-3,7" },
	{ .label = "a long number is not cut to a short one", .in = "000000000000000000000000000000000000005",
	  .want = "\"000000000000000000000000000000000000005\" is not a list like 0-3,7" },
};

/* ---- environment ---- */

#define USERS "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:A, B:/home/user:/bin/sh\n"

/* passwd NULL: the image has none. Words of env stand between blanks. */
static const struct {
	const char *label, *passwd, *env;
	uid_t uid;
	const char *want;
} envs[] = {
	{ .label = "HOME by the image's users",     .passwd = USERS, .uid = 1000, .env = "A=1", .want = "A=1 HOME=/home/user" },
	{ .label = "nothing but HOME",              .passwd = USERS, .uid = 0, .env = "", .want = "HOME=/root" },
	{ .label = "a user that it does not know",  .passwd = USERS, .uid = 1, .env = "", .want = "HOME=/" },
	{ .label = "no users at all",               .passwd = NULL, .uid = 0, .env = "", .want = "HOME=/" },
	{ .label = "the config's HOME stays",       .passwd = USERS, .uid = 0, .env = "HOME=/h A=1", .want = "HOME=/h A=1" },
	{ .label = "an empty one does not",         .passwd = USERS, .uid = 0, .env = "HOME= A=1", .want = "A=1 HOME=/root" },
	{ .label = "an empty one alone",            .passwd = USERS, .uid = 0, .env = "HOME=", .want = "HOME=/root" },
	{ .label = "an empty one at last",          .passwd = USERS, .uid = 0, .env = "HOME=/h A=1 HOME=", .want = "A=1 HOME=/root" },
	{ .label = "an empty one first",            .passwd = USERS, .uid = 0, .env = "HOME= A=1 HOME=/h", .want = "HOME=/h A=1" },
	{ .label = "a longer name is not HOME",     .passwd = USERS, .uid = 0, .env = "HOMES=/x HOM=/y", .want = "HOMES=/x HOM=/y HOME=/root" },
	{ .label = "the last of a name, in the place of the first", .passwd = USERS, .uid = 0, .env = "A=1 HOME=/ A=2 B=3 A=",
	  .want = "A= HOME=/ B=3" },
	{ .label = "names that begin alike",        .passwd = USERS, .uid = 0, .env = "AB=1 A=2 ABC=3 HOME=/", .want = "AB=1 A=2 ABC=3 HOME=/" },
	{ .label = "a value with =",                .passwd = USERS, .uid = 0, .env = "A=B=1 A=C=2 HOME=/", .want = "A=C=2 HOME=/" },
	{ .label = "passwd: the first of a uid",    .passwd = "a:x:7:7::/a:\nb:x:7:7::/b:\n", .uid = 7, .env = "", .want = "HOME=/a" },
	{ .label = "passwd: no line feed at its end", .passwd = "a:x:7:7::/a", .uid = 7, .env = "", .want = "HOME=/a" },
	{ .label = "passwd: empty home",            .passwd = "a:x:7:7:::/bin/sh\n", .uid = 7, .env = "", .want = "HOME=/" },
	{ .label = "passwd: too few fields, though the next line has more", .passwd = "a:x:7:7\n:/evil:\nb:x:8:8::/b:\n", .uid = 7, .env = "", .want = "HOME=/" },
	{ .label = "passwd: short lines in front do no harm", .passwd = "\n#\n+\n:::::\na:x:7:7::/a:\n", .uid = 7, .env = "", .want = "HOME=/a" },
	{ .label = "passwd: the name is not looked at", .passwd = "7:x:1:1::/one:\na:x:7:7::/a:\n", .uid = 7, .env = "", .want = "HOME=/a" },
	{ .label = "passwd: numbers are exact",     .passwd = "a:x: 7:7::/a:\nb:x:7 :7::/b:\nc:x:+7:7::/c:\nd:x:0x7:7::/d:\ne:x:4294967303:7::/e:\nf:x::7::/f:\n",
	  .uid = 7, .env = "", .want = "HOME=/" },
	{ .label = "passwd: an absent uid is not 0", .passwd = "a:x::0::/a:\n", .uid = 0, .env = "", .want = "HOME=/" },
};

/* ---- programs: below a scratch directory @ ---- */

static const struct {
	const char *label, *name, *path, *want;
} programs[] = {
	{ .label = "in the second directory",      .name = "tool",     .path = "PATH=@/empty:@/bin", .want = "@/bin/tool" },
	{ .label = "the first one wins",           .name = "tool",     .path = "PATH=@/bin:@/bin2", .want = "@/bin/tool" },
	{ .label = "what may not be executed is passed over", .name = "plain", .path = "PATH=@/bin:@/bin2", .want = "@/bin2/plain" },
	{ .label = "a directory too",              .name = "dir",      .path = "PATH=@/bin:@/bin2", .want = "@/bin2/dir" },
	{ .label = "a dangling link too",          .name = "dangling", .path = "PATH=@/bin:@/bin2", .want = "@/bin2/dangling" },
	{ .label = "an empty element is here",     .name = "tool",     .path = "PATH=@/empty::@/bin", .want = "./tool" },
	{ .label = "a directory that is none",     .name = "tool",     .path = "PATH=@/bin/tool:@/bin2", .want = "@/bin2/tool" },
	{ .label = "nowhere",                      .name = "nosuch",   .path = "PATH=@/empty:@/bin", .want = "exec: \"nosuch\": executable file not found in $PATH" },
	{ .label = "what may not be executed alone", .name = "plain",  .path = "PATH=@/bin", .want = "exec: \"plain\": executable file not found in $PATH" },
	{ .label = "a directory alone",            .name = "dir",      .path = "PATH=@/bin", .want = "exec: \"dir\": executable file not found in $PATH" },
	{ .label = "an empty name",                .name = "",         .path = "PATH=@/bin:@", .want = "exec: \"\": executable file not found in $PATH" },
	{ .label = "an empty PATH",                .name = "tool",     .path = "PATH=", .want = "exec: \"tool\": executable file not found in $PATH" },
	{ .label = "no PATH",                      .name = "tool",     .path = "PATHS=@/bin", .want = "exec: \"tool\": executable file not found in $PATH" },
	{ .label = "a path is taken as it is",     .name = "@/bin/tool", .path = "PATH=@/empty", .want = "@/bin/tool" },
	{ .label = "a relative one too",           .name = "./tool",   .path = "PATH=", .want = "./tool" },
	{ .label = "a path that is not there",     .name = "@/nosuch", .path = "PATH=", .want = "exec: \"@/nosuch\": stat @/nosuch: no such file or directory" },
	{ .label = "a path through a file",        .name = "@/bin/tool/x", .path = "PATH=", .want = "exec: \"@/bin/tool/x\": stat @/bin/tool/x: not a directory" },
	{ .label = "a path to a directory",        .name = "@/bin/dir", .path = "PATH=", .want = "exec: \"@/bin/dir\": is a directory" },
	{ .label = "a path that may not be executed", .name = "@/bin/plain", .path = "PATH=", .want = "exec: \"@/bin/plain\": permission denied" },
	{ .label = "a dangling path",              .name = "@/bin/dangling", .path = "PATH=", .want = "exec: \"@/bin/dangling\": stat @/bin/dangling: no such file or directory" },
	{ .label = "slashes alone",                .name = "/",        .path = "PATH=@/bin", .want = "exec: \"/\": is a directory" },
};

static const char limits[] = "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME";

/* clang-format on */

static void add_bits(struct text *out, const unsigned long *bits, unsigned long max)
{
	const char *comma = "";

	for (unsigned long i = 0; i < max; i++)
		if (bits[i / (8 * sizeof(long))] >> (i % (8 * sizeof(long))) & 1) {
			text_printf(out, "%s%lu", comma, i);
			comma = ",";
		}
	text_printf(out, " of %lu", max);
}

static void describe(const struct process_plan *p, struct text *out)
{
	for (size_t i = 0; i < p->rlimit_count; i++)
		text_printf(out, "%s %d %ju/%ju;", p->rlimits[i].name,
			    p->rlimits[i].resource,
			    (uintmax_t)p->rlimits[i].value.rlim_cur,
			    (uintmax_t)p->rlimits[i].value.rlim_max);
	if (p->sched.set)
		text_printf(out, "sched %u flags %ju nice %d priority %u %ju/%ju/%ju;",
			    p->sched.policy, (uintmax_t)p->sched.flags, p->sched.nice,
			    p->sched.priority, (uintmax_t)p->sched.runtime,
			    (uintmax_t)p->sched.deadline, (uintmax_t)p->sched.period);
	if (p->set_ioprio)
		text_printf(out, "ioprio %d;", p->ioprio);
	if (p->set_personality)
		text_printf(out, "personality %lu;", p->personality);
	if (p->set_mempolicy) {
		text_printf(out, "mempolicy %d", p->mempolicy);
		if (p->nodes_max) {
			text_add(out, " nodes ");
			add_bits(out, p->nodes, p->nodes_max);
		}
		text_add(out, ";");
	}
	if (p->affinity_initial)
		text_printf(out, "initial %s;", p->affinity_initial);
	if (p->affinity_final)
		text_printf(out, "final %s;", p->affinity_final);
}

static const struct spec *given_process(struct arena *a, const char *process,
					const char *linux)
{
	return given_spec(a, "{'process':{'args':['sh'],'cwd':'/'%s%s},'linux':{%s}}",
			  process ? "," : "", process ? process : "", linux ? linux : "");
}

static void check_plans(struct arena *a)
{
	for (size_t i = 0; i < COUNT(plans); i++) {
		const struct spec *s = given_process(a, plans[i].process, plans[i].linux);
		struct process_plan p = { 0 };
		OWN_TEXT got = { 0 };
		struct err e;

		if (process_plan(&p, s->process, s->linux, a, &e) < 0)
			text_add(&got, e.text);
		else
			describe(&p, &got);
		CHECK_SAME(plans[i].label, text_str(&got), plans[i].want);
	}
}

static void check_limits(struct arena *a)
{
	struct strings words = given_words(a, limits);
	size_t n = 0;

	for (size_t i = 0; i < words.n; i++) {
		const char *name = arena_printf(a, "RLIMIT_%s", words.v[i]);
		int64_t number;

		CHECK(name, names_find(rlimit_words, name, &number));
	}
	while (rlimit_words[n].word)
		n++;
	CHECK("and no other limit", n == words.n);
}

static void check_defaults(struct arena *a)
{
	const struct spec *s = given_process(a, NULL, NULL);
	struct process_plan p = { 0 };
	struct err e;

	CHECK("defaults", process_plan(&p, s->process, s->linux, a, &e) == 0 &&
				  p.uid == 0 && p.gid == 0 && p.group_count == 0 &&
				  p.umask == 022 && !p.no_new_privileges && !p.terminal &&
				  p.rows == 0 && p.columns == 0 && !p.oom_score_adj);
	s = given_process(a,
			  "'user':{'uid':4294967294,'gid':5,'umask':0,'additionalGids':[5,7]},"
			  "'env':['A=1'],'noNewPrivileges':true,'terminal':true,'oomScoreAdj':-1000,"
			  "'consoleSize':{'height':65535,'width':80}",
			  NULL);
	p = (struct process_plan){ 0 };
	CHECK("and everything otherwise",
	      process_plan(&p, s->process, s->linux, a, &e) == 0 && p.uid == 4294967294 &&
		      p.gid == 5 && p.group_count == 2 && p.groups[1] == 7 &&
		      p.umask == 0 && p.no_new_privileges && p.terminal &&
		      p.rows == 65535 && p.columns == 80 && *p.oom_score_adj == -1000 &&
		      p.env.n == 1);
	s = given_process(a, "'noNewPrivileges':false", NULL);
	p = (struct process_plan){ 0 };
	CHECK("no_new_privs: false is said too",
	      process_plan(&p, s->process, s->linux, a, &e) == 0 && !p.no_new_privileges);
}

static void check_sets(void)
{
	for (size_t i = 0; i < COUNT(sets); i++) {
		unsigned long bits[128 / (8 * sizeof(long))] = { 0 }, max = 77;
		OWN_TEXT got = { 0 };
		struct err e;

		if (process_parse_set(sets[i].in, bits, sizeof(bits), &max, &e) < 0)
			text_add(&got, e.text);
		else
			add_bits(&got, bits, max);
		CHECK_SAME(sets[i].label, text_str(&got), sets[i].want);
	}
}

/* ---- files ---- */

static void write_file(const char *path, mode_t mode, const void *data, size_t n)
{
	OWN_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || fchmod(fd, mode) < 0)
		given_fail(path);
}

static void make_dirs(const char *top, const char *const *names, size_t n, struct arena *a)
{
	for (size_t i = 0; i < n; i++)
		if (mkdir(arena_printf(a, "%s/%s", top, names[i]), 0700) < 0)
			given_fail(names[i]);
}

static const char *joined(char *const *env, struct arena *a)
{
	OWN_TEXT out = { 0 };

	for (size_t i = 0; env[i]; i++)
		text_printf(&out, "%s%s", i ? " " : "", env[i]);
	return arena_dup(a, text_str(&out));
}

static const char *home_in(int root, uid_t uid, struct arena *a)
{
	const struct process_plan p = { .uid = uid };

	return process_make_env(&p, root, a)[0];
}

static void check_envs(int root, const char *passwd, struct arena *a)
{
	for (size_t i = 0; i < COUNT(envs); i++) {
		const struct process_plan p = { .uid = envs[i].uid,
						.env = given_words(a, envs[i].env) };

		if (envs[i].passwd)
			write_file(passwd, 0600, envs[i].passwd, strlen(envs[i].passwd));
		CHECK_SAME(envs[i].label, joined(process_make_env(&p, root, a), a),
			   envs[i].want);
		if (envs[i].passwd && unlink(passwd) < 0)
			given_fail(passwd);
	}
}

/* What an image may have put in the place of the file. */
static void check_hostile_passwd(int root, const char *top, const char *passwd,
				 struct arena *a)
{
	const char *outside = arena_printf(a, "%s/outside", top);
	char *large = arena_new(a, 1u << 21, 1);

	write_file(outside, 0600, "a:x:7:7::/outside:\n", 19);
	if (symlink(outside, passwd) < 0)
		given_fail(passwd);
	CHECK_SAME("passwd: an absolute link does not lead out of the root",
		   home_in(root, 7, a), "HOME=/");
	unlink(passwd);
	if (symlink("../../../../../../../../outside", passwd) < 0)
		given_fail(passwd);
	CHECK_SAME("passwd: neither does one that climbs", home_in(root, 7, a), "HOME=/");
	write_file(arena_printf(a, "%s/root/outside", top), 0600, "a:x:7:7::/inside:\n",
		   18);
	CHECK_SAME("passwd: it ends inside, and is then followed", home_in(root, 7, a),
		   "HOME=/inside");
	unlink(passwd);
	if (mkfifo(passwd, 0600) < 0)
		given_fail(passwd);
	CHECK_SAME("passwd: a FIFO does not hang us", home_in(root, 7, a), "HOME=/");
	unlink(passwd);
	if (mkdir(passwd, 0700) < 0)
		given_fail(passwd);
	CHECK_SAME("passwd: a directory", home_in(root, 7, a), "HOME=/");
	rmdir(passwd);
	if (symlink("passwd", passwd) < 0)
		given_fail(passwd);
	CHECK_SAME("passwd: a loop", home_in(root, 7, a), "HOME=/");
	unlink(passwd);
	memset(large, '\n', 1u << 21);
	memcpy(large, "a:x:7:7::/a:", 12);
	write_file(passwd, 0600, large, 1u << 21);
	CHECK_SAME("passwd: larger than any is not read", home_in(root, 7, a), "HOME=/");
	unlink(passwd);
	write_file(passwd, 0600, "b:x\0:7:7::/b:\na:x:7:7::/a:\n", 27);
	CHECK_SAME("passwd: a NUL ends it", home_in(root, 7, a), "HOME=/");
	unlink(passwd);
}

/* @ is the scratch directory. */
static const char *expand(const char *text, const char *top, struct arena *a)
{
	OWN_TEXT out = { 0 };

	for (; *text; text++)
		if (*text == '@')
			text_add(&out, top);
		else
			text_addc(&out, *text);
	return arena_dup(a, text_str(&out));
}

static void make_programs(const char *top, struct arena *a)
{
	static const char *const dirs[] = { "empty", "bin", "bin2", "bin/dir" };

	make_dirs(top, dirs, COUNT(dirs), a);
	write_file(arena_printf(a, "%s/tool", top), 0700, "", 0);
	write_file(arena_printf(a, "%s/bin/tool", top), 0700, "", 0);
	write_file(arena_printf(a, "%s/bin/plain", top), 0600, "", 0);
	write_file(arena_printf(a, "%s/bin2/tool", top), 0700, "", 0);
	write_file(arena_printf(a, "%s/bin2/plain", top), 0700, "", 0);
	write_file(arena_printf(a, "%s/bin2/dir", top), 0700, "", 0);
	write_file(arena_printf(a, "%s/bin2/dangling", top), 0700, "", 0);
	if (symlink("nosuch", arena_printf(a, "%s/bin/dangling", top)) < 0 ||
	    chdir(top) < 0)
		given_fail(top);
}

static void check_programs(const char *top, struct arena *a)
{
	for (size_t i = 0; i < COUNT(programs); i++) {
		char *const args[] = { (char *)(uintptr_t)expand(programs[i].name, top, a),
				       NULL };
		char *const env[] = { (char *)(uintptr_t) "A=1",
				      (char *)(uintptr_t)expand(programs[i].path, top, a),
				      NULL };
		const struct process_plan p = { .args = args };
		struct err e;
		const char *got = process_find(&p, env, a, &e);

		CHECK_SAME(programs[i].label, got ? got : e.text,
			   expand(programs[i].want, top, a));
	}
}

static void check_files(struct arena *a)
{
	static const char *const dirs[] = { "root", "root/etc" };
	char *top = scratch_begin();
	const char *passwd = arena_printf(a, "%s/root/etc/passwd", top);
	OWN_FD root = -1;

	make_dirs(top, dirs, COUNT(dirs), a);
	root = open(arena_printf(a, "%s/root", top), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		given_fail(top);
	check_envs(root, passwd, a);
	check_hostile_passwd(root, top, passwd, a);
	make_programs(top, a);
	check_programs(top, a);
	if (chdir("/") < 0)
		given_fail("/");
	scratch_end(top);
}

int main(void)
{
	struct arena a = { 0 };

	alarm(60); /* a FIFO that hangs us must fail the test, not stop it */
	check_plans(&a);
	check_limits(&a);
	check_defaults(&a);
	check_sets();
	check_files(&a);
	arena_free(&a);
	return tap_done();
}
