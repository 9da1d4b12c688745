/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp profiles. Each is compiled, and the program is executed by a small
 * interpreter for very many system calls; what it answers is compared with what
 * the words of the profile say, evaluated directly. Then one is loaded for real.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kernel/compat.h"
#include "security/security.h"

#include "unit/given.h"
#include "unit/tap.h"

#define X32_BIT 0x40000000u

/* ---- the interpreter: what the kernel accepts of cBPF for seccomp ---- */

static uint32_t load(const struct seccomp_data *d, uint32_t at)
{
	uint32_t word;

	if (at % 4 || at > sizeof(*d) - 4)
		given_fail("the program loads from outside the data");
	memcpy(&word, (const char *)d + at, sizeof(word));
	return word;
}

static bool holds(uint16_t op, uint32_t a, uint32_t k)
{
	switch (op) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return (a & k) != 0;
	default:
		given_fail("a jump that the kernel would refuse");
	}
}

static uint32_t execute(const struct sock_fprog *p, const struct seccomp_data *d)
{
	uint32_t a = 0, memory[BPF_MEMWORDS] = { 0 };

	for (size_t at = 0; at < p->len; at++) {
		const struct sock_filter *f = &p->filter[at];

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = load(d, f->k);
			break;
		case BPF_LD | BPF_MEM:
			a = memory[f->k % BPF_MEMWORDS];
			break;
		case BPF_ST:
			memory[f->k % BPF_MEMWORDS] = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_JMP | BPF_JA:
			at += f->k;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			if (BPF_CLASS(f->code) != BPF_JMP || BPF_SRC(f->code) != BPF_K)
				given_fail("an instruction that is not expected");
			at += holds(BPF_OP(f->code), a, f->k) ? f->jt : f->jf;
		}
	}
	given_fail("the program runs over its end");
}

/* ---- what the words say ---- */

/* clang-format off */

static const struct action {
	const char *word;
	uint32_t value;
	bool has_errno;
} actions[] = {
	{ "SCMP_ACT_ALLOW",        SECCOMP_RET_ALLOW },
	{ "SCMP_ACT_ERRNO",        SECCOMP_RET_ERRNO, true },
	{ "SCMP_ACT_KILL",         SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",  SECCOMP_RET_KILL_THREAD },
	{ "SCMP_ACT_LOG",          SECCOMP_RET_LOG },
	{ "SCMP_ACT_NOTIFY",       SECCOMP_RET_USER_NOTIF },
	{ "SCMP_ACT_TRACE",        SECCOMP_RET_TRACE, true },
	{ "SCMP_ACT_TRAP",         SECCOMP_RET_TRAP },
};

/* The ABIs of x86_64; elsewhere the native one alone. narrow: arguments have 32 bits. */
static const struct abi {
	const char *word;
	uint32_t token, audit;
	bool narrow;
} abis[] = {
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64 },
	{ "SCMP_ARCH_X86",    SCMP_ARCH_X86,    AUDIT_ARCH_I386,   true },
	{ "SCMP_ARCH_X32",    SCMP_ARCH_X32,    AUDIT_ARCH_X86_64, true },
};

static const uint32_t foreign[] = {
	AUDIT_ARCH_PPC64LE, AUDIT_ARCH_S390X, AUDIT_ARCH_MIPS64, 0, 0xffffffff,
	AUDIT_ARCH_X86_64 ^ 1, AUDIT_ARCH_X86_64 & ~__AUDIT_ARCH_LE,
};

/* clang-format on */

static uint32_t action_of(const char *word, const uint32_t *errno_ret)
{
	for (size_t i = 0; i < COUNT(actions); i++)
		if (strcmp(actions[i].word, word) == 0)
			return actions[i].value | (!actions[i].has_errno ? 0 :
						   errno_ret             ? *errno_ret :
									   EPERM);
	given_fail(word);
}

static bool condition_holds(const struct spec_syscall_arg *c, const uint64_t *args,
			    bool narrow)
{
	uint64_t v = narrow ? (uint32_t)args[c->index] : args[c->index];
	const char *op = c->op + strlen("SCMP_CMP_");

	return strcmp(op, "EQ") == 0 ? v == c->value :
	       strcmp(op, "NE") == 0 ? v != c->value :
	       strcmp(op, "LT") == 0 ? v < c->value :
	       strcmp(op, "LE") == 0 ? v <= c->value :
	       strcmp(op, "GT") == 0 ? v > c->value :
	       strcmp(op, "GE") == 0 ? v >= c->value :
				       (v & c->value) == c->value_two;
}

/* Conditions on different arguments must all hold; of several on one, any. */
static bool entry_holds(const struct spec_syscall *s, const uint64_t *args, bool narrow)
{
	unsigned int seen = 0;
	bool repeats = false, all = true, any = false;

	for (size_t i = 0; i < s->args.n; i++) {
		bool one = condition_holds(&s->args.v[i], args, narrow);

		repeats = repeats || (seen >> s->args.v[i].index & 1);
		seen |= 1u << s->args.v[i].index;
		all = all && one;
		any = any || one;
	}
	return repeats ? any : all;
}

static bool is_x86(void)
{
	return seccomp_arch_native() == SCMP_ARCH_X86_64;
}

static struct abi native_abi(void)
{
	return (struct abi){ "", seccomp_arch_native(), seccomp_arch_native(),
			     sizeof(long) == 4 };
}

static bool covers(const struct spec_seccomp *s, const struct abi *abi)
{
	if (abi->token == seccomp_arch_native())
		return true;
	for (size_t i = 0; i < s->architectures.n; i++)
		if (strcmp(s->architectures.v[i], abi->word) == 0)
			return true;
	return false;
}

static int newest(const struct spec_seccomp *s, uint32_t token)
{
	int max = -1;

	for (size_t i = 0; i < s->syscalls.n; i++)
		for (size_t k = 0; k < s->syscalls.v[i].names.n; k++) {
			int nr = seccomp_syscall_resolve_name_arch(token,
								   s->syscalls.v[i]
									   .names.v[k]);

			max = nr > max ? nr : max;
		}
	return max;
}

/* What the profile's author did not know yet is "not there", unless what is not named is
 * allowed anyway. */
static bool is_too_new(const struct spec_seccomp *s, uint32_t def, const struct abi *abi,
		       uint32_t nr)
{
	int last = newest(s, abi->token);

	return def != SECCOMP_RET_ALLOW && def != SECCOMP_RET_LOG &&
	       (def & 0xffff0000u) != SECCOMP_RET_TRACE &&
	       def != (SECCOMP_RET_ERRNO | ENOSYS) && last >= 0 && nr > (uint32_t)last;
}

static uint32_t expect(const struct spec_seccomp *s, const struct abi *abi,
		       const struct seccomp_data *d)
{
	uint32_t def = action_of(s->default_action, s->default_errno_ret);
	uint32_t nr = (uint32_t)d->nr;

	if (!abi || !covers(s, abi))
		/* -1 is how a tracer skips a call: libseccomp lets it through to the
		 * default */
		return nr == UINT32_MAX && d->arch == AUDIT_ARCH_X86_64 ?
			       def :
			       SECCOMP_RET_KILL_THREAD;
	if (is_too_new(s, def, abi, nr))
		return SECCOMP_RET_ERRNO | ENOSYS;
	for (size_t i = 0; i < s->syscalls.n; i++) {
		const struct spec_syscall *entry = &s->syscalls.v[i];
		uint32_t action = action_of(entry->action, entry->errno_ret);

		if (action == def ||
		    !entry_holds(entry, (const uint64_t *)d->args, abi->narrow))
			continue;
		for (size_t k = 0; k < entry->names.n; k++)
			if (seccomp_syscall_resolve_name_arch(abi->token,
							      entry->names.v[k]) == d->nr)
				return action;
	}
	return def;
}

/* ---- samples ---- */

static uint64_t seed = 88172645463325252u;

static uint64_t any_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

#define VALUES_MAX 256

/* What an argument may be, near what the profile asks about it. */
struct values {
	uint64_t v[VALUES_MAX];
	size_t n;
};

static void add_value(struct values *v, uint64_t value)
{
	if (v->n < VALUES_MAX)
		v->v[v->n++] = value;
}

static void add_near(struct values *v, uint64_t value)
{
	add_value(v, value - 1);
	add_value(v, value);
	add_value(v, value + 1);
	add_value(v, value ^ 1ull << 32);
	add_value(v, value ^ 1ull << 63);
	add_value(v, value << 32);
	add_value(v, (uint32_t)value);
	add_value(v, ~value);
}

static void collect(const struct spec_seccomp *s, struct values of[6])
{
	for (size_t i = 0; i < 6; i++) {
		of[i].n = 0;
		add_value(&of[i], 0);
		add_value(&of[i], UINT64_MAX);
	}
	for (size_t i = 0; i < s->syscalls.n; i++)
		for (size_t k = 0; k < s->syscalls.v[i].args.n; k++) {
			const struct spec_syscall_arg *c = &s->syscalls.v[i].args.v[k];

			add_near(&of[c->index], c->value);
			add_near(&of[c->index], c->value_two);
			add_near(&of[c->index], c->value | c->value_two);
		}
}

struct run {
	const struct spec_seccomp *profile;
	const struct sock_fprog *program;
	struct values of[6];
	size_t samples, wrong;
	char first[256]; /* what went wrong first */
};

static void sample(struct run *r, const struct abi *abi, uint32_t audit, uint32_t nr)
{
	struct seccomp_data d = { .nr = (int)nr, .arch = audit };
	uint32_t got, want;

	d.instruction_pointer = any_number();
	for (size_t i = 0; i < 6; i++)
		d.args[i] = r->of[i].v[any_number() % r->of[i].n];
	got = execute(r->program, &d);
	want = expect(r->profile, abi, &d);
	r->samples++;
	if (got == want)
		return;
	if (r->wrong++ == 0)
		snprintf(r->first, sizeof(r->first),
			 "arch %#x nr %d args %#" PRIx64 " %#" PRIx64 " %#" PRIx64
			 " %#" PRIx64 ": got %#x, want %#x",
			 d.arch, d.nr, (uint64_t)d.args[0], (uint64_t)d.args[1],
			 (uint64_t)d.args[2], (uint64_t)d.args[3], got, want);
}

static bool is_named(const struct spec_seccomp *s, uint32_t token, uint32_t nr)
{
	for (size_t i = 0; i < s->syscalls.n; i++)
		for (size_t k = 0; k < s->syscalls.v[i].names.n; k++)
			if (seccomp_syscall_resolve_name_arch(token,
							      s->syscalls.v[i].names.v[k]) ==
			    (int)nr)
				return true;
	return false;
}

static void sample_abi(struct run *r, const struct abi *abi)
{
	uint32_t bit = abi->token == SCMP_ARCH_X32 ? X32_BIT : 0;
	uint32_t last = (uint32_t)newest(r->profile, abi->token);
	const uint32_t ends[] = { last,          last + 1, last + 2,
				  X32_BIT - 1,   X32_BIT,  X32_BIT + 1,
				  bit | 0xfffff, bit,      0x7fffffff };

	for (uint32_t nr = 0; nr < 600; nr++) {
		size_t times = is_named(r->profile, abi->token, nr | bit) ? 400 : 2;

		while (times--)
			sample(r, abi, abi->audit, nr | bit);
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		bool x32 = abi->audit == AUDIT_ARCH_X86_64 && ends[i] & X32_BIT;

		sample(r,
		       x32                         ? &abis[2] :
		       abi->token == SCMP_ARCH_X32 ? &abis[0] :
						     abi,
		       abi->audit, ends[i]);
	}
}

static void sample_all(struct run *r)
{
	const struct abi native = native_abi();

	if (is_x86())
		for (size_t i = 0; i < COUNT(abis); i++)
			sample_abi(r, &abis[i]);
	else
		sample_abi(r, &native);
	for (size_t i = 0; i < COUNT(foreign); i++)
		for (uint32_t nr = 0; nr < 500 && foreign[i] != native.audit; nr++)
			sample(r, NULL, foreign[i], nr);
	/* how a tracer skips a call */
	if (is_x86())
		sample(r, &abis[2], AUDIT_ARCH_X86_64, UINT32_MAX);
}

/* ---- profiles ---- */

/* clang-format off */

#define ENTRY(names, action) "{'names':[" names "],'action':'SCMP_ACT_" action "'}"
#define ENTRY_IF(names, action, args) "{'names':[" names "],'action':'SCMP_ACT_" action "','args':[" args "]}"
#define ARG(index, op, value) "{'index':" #index ",'op':'SCMP_CMP_" op "','value':" value "}"
#define MASKED(index, mask, value) "{'index':" #index ",'op':'SCMP_CMP_MASKED_EQ','value':" mask ",'valueTwo':" value "}"

#define FEW "'read','write','openat','close','exit_group','getpid','statx'"
#define ALL_X86 "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32'],"

/* 2^32 + 5 */
#define WIDE "4294967301"

static const struct {
	const char *label, *profile;
	bool x86; /* of interest there only */
} profiles[] = {
	{ .label = "allow-list, EPERM",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "allow-list, another errno",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':99,'syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "allow-list, ENOSYS: needs no stub",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,'syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "allow-list, errno 0",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':0,'syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "allow-list, kill the process",
	  .profile = "'defaultAction':'SCMP_ACT_KILL_PROCESS','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "allow-list, kill the thread",
	  .profile = "'defaultAction':'SCMP_ACT_KILL','syscalls':[" ENTRY(FEW, "ALLOW") "," ENTRY("'kill'", "KILL_PROCESS") "]" },
	{ .label = "allow-list, trap",
	  .profile = "'defaultAction':'SCMP_ACT_TRAP','syscalls':[" ENTRY(FEW, "ALLOW") "," ENTRY("'kill'", "LOG") "]" },
	{ .label = "default trace: no stub",
	  .profile = "'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':7,'syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "default log: no stub",
	  .profile = "'defaultAction':'SCMP_ACT_LOG','syscalls':[" ENTRY(FEW, "ERRNO") "]" },
	{ .label = "deny-list, every action",
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
		ENTRY("'mount','umount2'", "ERRNO") "," ENTRY("'ptrace'", "KILL_PROCESS") "," ENTRY("'reboot'", "KILL") ","
		ENTRY("'swapon'", "KILL_THREAD") "," ENTRY("'kexec_load'", "TRAP") "," ENTRY("'bpf'", "LOG") ","
		ENTRY("'keyctl'", "TRACE") "," ENTRY("'getpid'", "ALLOW") "]" },
	{ .label = "deny-list, each rule its errno",
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
		"{'names':['mount'],'action':'SCMP_ACT_ERRNO','errnoRet':0},"
		"{'names':['ptrace'],'action':'SCMP_ACT_ERRNO','errnoRet':4094},"
		"{'names':['reboot'],'action':'SCMP_ACT_ERRNO','errnoRet':38},"
		"{'names':['keyctl'],'action':'SCMP_ACT_TRACE','errnoRet':65535},"
		"{'names':['swapon'],'action':'SCMP_ACT_ERRNO'}]" },
	{ .label = "the same errno as by default is no rule, another is",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':5,'syscalls':["
		"{'names':['mount'],'action':'SCMP_ACT_ERRNO','errnoRet':5},"
		"{'names':['ptrace'],'action':'SCMP_ACT_ERRNO','errnoRet':6}," ENTRY(FEW, "ALLOW") "]" },
	{ .label = "an empty allow-list: nothing is known, so nothing is too new",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[]" },
	{ .label = "names that nobody knows are left out",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY("'no_such_call','getpid','READ',''", "ALLOW") "]" },
	{ .label = "the same rule twice",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") "," ENTRY("'read'", "ALLOW") "]" },
	{ .label = "a rule that says what another says for all arguments",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'kill'", "ALLOW", ARG(0, "EQ", "1")) "," ENTRY("'kill'", "ALLOW") "]" },

	{ .label = "EQ",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "EQ", WIDE)) "]" },
	{ .label = "NE",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "NE", WIDE)) "]" },
	{ .label = "LT",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "LT", WIDE)) "]" },
	{ .label = "LE",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "LE", WIDE)) "]" },
	{ .label = "GT",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "GT", WIDE)) "]" },
	{ .label = "GE",  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", ARG(1, "GE", WIDE)) "]" },
	{ .label = "MASKED_EQ", .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'kill'", "ALLOW", MASKED(5, "18446744069414584335", "4294967301")) "]" },
	{ .label = "EQ, the largest value", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'kill'", "ERRNO", ARG(0, "EQ", "18446744073709551615")) "]" },
	{ .label = "GT, zero", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'kill'", "ERRNO", ARG(0, "GT", "0")) "]" },
	{ .label = "MASKED_EQ on 32 bits: clone without namespaces",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY_IF("'clone'", "ALLOW", MASKED(0, "2114060288", "0")) "]" },

	{ .label = "two conditions on one argument: either",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'personality'", "ALLOW", ARG(0, "EQ", "0") "," ARG(0, "EQ", "8") "," ARG(0, "EQ", "4294967295")) "]" },
	{ .label = "either, with a third on another argument: still any of them",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'kill'", "ALLOW", ARG(0, "EQ", "3") "," ARG(0, "EQ", "9") "," ARG(1, "EQ", "77")) "]" },
	{ .label = "a range is two entries' business: these are either",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'kill'", "ALLOW", ARG(0, "GT", "10") "," ARG(0, "LT", "5")) "]" },
	{ .label = "entries of one call: either",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'kill'", "ALLOW", ARG(0, "EQ", "3")) "," ENTRY_IF("'kill'", "ALLOW", ARG(1, "EQ", "4")) "]" },
	{ .label = "conditions on two arguments: both",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'kill','tgkill'", "ALLOW", ARG(0, "EQ", "3") "," ARG(1, "GT", WIDE)) "]" },
	{ .label = "on all six",
	  .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		ENTRY_IF("'futex'", "ALLOW", ARG(5, "LE", "5") "," ARG(4, "NE", "4") "," ARG(3, "LT", WIDE) ","
			 ARG(2, "GE", "2") "," ARG(1, "EQ", "0") "," MASKED(0, "6", "4")) "]" },
	{ .label = "arguments that exclude each other, with different answers",
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
		"{'names':['personality'],'action':'SCMP_ACT_ERRNO','errnoRet':5,'args':[" ARG(0, "EQ", "1") "]},"
		"{'names':['personality'],'action':'SCMP_ACT_ERRNO','errnoRet':6,'args':[" ARG(0, "EQ", "2") "]},"
		ENTRY_IF("'personality'", "KILL_PROCESS", ARG(0, "GT", "100")) "]" },

	{ .label = "x86_64, x86, x32", .x86 = true,
	  .profile = ALL_X86 "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW ",'_llseek','time','clone3','rt_sigreturn'", "ALLOW") "]" },
	{ .label = "all three, with arguments", .x86 = true,
	  .profile = ALL_X86 "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") ","
		ENTRY_IF("'kill'", "ALLOW", ARG(0, "EQ", "5") "," ARG(1, "NE", "9")) ","
		ENTRY_IF("'personality'", "ALLOW", ARG(0, "EQ", "0") "," ARG(0, "EQ", "8")) ","
		ENTRY_IF("'clone'", "ALLOW", MASKED(0, "2114060288", "0")) "]" },
	{ .label = "all three, deny-list: numbers beyond the newest are allowed", .x86 = true,
	  .profile = ALL_X86 "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY("'mount','ptrace','kill'", "ERRNO") "]" },
	{ .label = "x86 alone, which the native one joins", .x86 = true,
	  .profile = "'architectures':['SCMP_ARCH_X86'],'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "x32 alone, which the native one joins", .x86 = true,
	  .profile = "'architectures':['SCMP_ARCH_X32'],'defaultAction':'SCMP_ACT_KILL_PROCESS','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "x86_64 alone, said twice", .x86 = true,
	  .profile = "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86_64'],'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "byte orders that cannot be ours are left out", .x86 = true,
	  .profile = "'architectures':['SCMP_ARCH_S390X','SCMP_ARCH_PPC'],'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY(FEW, "ALLOW") "]" },
	{ .label = "a call that only x86 has", .x86 = true,
	  .profile = ALL_X86 "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY("'ugetrlimit','getpid'", "ALLOW") "]" },
	{ .label = "a call that only x86 has, and no other: the others know none", .x86 = true,
	  .profile = ALL_X86 "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY("'ugetrlimit'", "ALLOW") "]" },

	{ .label = "notify",
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/run/agent','syscalls':["
		ENTRY("'mkdirat','mount'", "NOTIFY") "," ENTRY("'ptrace'", "ERRNO") "]" },
};

static const struct {
	const char *label, *profile, *want;
} errors[] = {
	{ .label = "unknown default action", .profile = "'defaultAction':'SCMP_ACT_FOO'",
	  .want = "linux.seccomp.defaultAction: string SCMP_ACT_FOO is not a valid action for seccomp" },
	{ .label = "case matters", .profile = "'defaultAction':'scmp_act_allow'",
	  .want = "linux.seccomp.defaultAction: string scmp_act_allow is not a valid action for seccomp" },
	{ .label = "rules without a default action", .profile = "'syscalls':[" ENTRY("'read'", "ALLOW") "]",
	  .want = "linux.seccomp.defaultAction: string  is not a valid action for seccomp" },
	{ .label = "unknown action", .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY("'read'", "ALLOW") "," ENTRY("'read'", "NOTHING") "]",
	  .want = "linux.seccomp.syscalls[1]: action: string SCMP_ACT_NOTHING is not a valid action for seccomp" },
	{ .label = "unknown action of a rule for nothing known", .profile = "'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" ENTRY("'no_such_call'", "NOTHING") "]",
	  .want = "linux.seccomp.syscalls[0]: action: string SCMP_ACT_NOTHING is not a valid action for seccomp" },
	{ .label = "unknown architecture", .profile = "'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_VAX']",
	  .want = "linux.seccomp.architectures[1]: string SCMP_ARCH_VAX is not a valid arch for seccomp" },
	{ .label = "unknown operator", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'read'", "ERRNO", ARG(0, "EQ", "1") "," ARG(1, "XX", "1")) "]",
	  .want = "linux.seccomp.syscalls[0]: args[1]: string SCMP_CMP_XX is not a valid operator for seccomp" },
	{ .label = "unknown operator of a rule for nothing known", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'no_such_call'", "ERRNO", ARG(0, "XX", "1")) "]",
	  .want = "linux.seccomp.syscalls[0]: args[0]: string SCMP_CMP_XX is not a valid operator for seccomp" },
	{ .label = "unknown operator of a rule that says what the default says", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'read'", "ALLOW", ARG(0, "XX", "1")) "]",
	  .want = "linux.seccomp.syscalls[0]: args[0]: string SCMP_CMP_XX is not a valid operator for seccomp" },
	{ .label = "argument 6", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'read'", "ERRNO", ARG(6, "EQ", "1")) "]",
	  .want = "linux.seccomp.syscalls[0]: args[0]: argument index 6 is not from 0 to 5" },
	{ .label = "argument beyond any", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY_IF("'read'", "ERRNO", ARG(4294967295, "EQ", "1")) "]",
	  .want = "linux.seccomp.syscalls[0]: args[0]: argument index 4294967295 is not from 0 to 5" },
	{ .label = "unknown flag", .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_LOG','SECCOMP_FILTER_FLAG_FOO']",
	  .want = "linux.seccomp.flags[1]: seccomp flag SECCOMP_FILTER_FLAG_FOO is not known to runc" },
	{ .label = "a listener is asked for by notify, not by flag", .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_NEW_LISTENER']",
	  .want = "linux.seccomp.flags[0]: seccomp flag SECCOMP_FILTER_FLAG_NEW_LISTENER is not known to runc" },
	{ .label = "errno beyond 16 bits would be another action", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':65536}]",
	  .want = "linux.seccomp.syscalls[0]: action: errnoRet 65536 is larger than 4094" },
	{ .label = "nor beyond what the kernel returns", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':4095}]",
	  .want = "linux.seccomp.syscalls[0]: action: errnoRet 4095 is larger than 4094" },
	{ .label = "a tracer is told 16 bits", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_TRACE','errnoRet':65536}]",
	  .want = "linux.seccomp.syscalls[0]: action: errnoRet 65536 is larger than 65535" },
	{ .label = "by default too", .profile = "'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4294967295",
	  .want = "linux.seccomp.defaultAction: errnoRet 4294967295 is larger than 4094" },
	{ .label = "notify on write", .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/a','syscalls':[" ENTRY("'mkdir','write'", "NOTIFY") "]",
	  .want = "linux.seccomp.syscalls[0]: SCMP_ACT_NOTIFY cannot be used for the write syscall" },
	{ .label = "notify by default", .profile = "'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/a'",
	  .want = "SCMP_ACT_NOTIFY cannot be used as default action" },
	{ .label = "notify without a listener", .profile = "'defaultAction':'SCMP_ACT_ALLOW','syscalls':[" ENTRY("'mkdirat'", "NOTIFY") "]",
	  .want = "seccomp listenerPath is not set" },
	{ .label = "notify with an empty one", .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'','syscalls':[" ENTRY("'mkdirat'", "NOTIFY") "]",
	  .want = "seccomp listenerPath is not set" },
	{ .label = "notify with a relative one", .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'a/b','syscalls':[" ENTRY("'mkdirat'", "NOTIFY") "]",
	  .want = "linux.seccomp.listenerPath: a/b is not absolute" },
};

/* The numbers that the debug line prints. needs: of the kernel */
static const struct {
	const char *label, *profile;
	unsigned int needs, want;
	bool notify;
} flags[] = {
	{ .label = "flags absent", .profile = "'defaultAction':'SCMP_ACT_ALLOW'", .needs = 4, .want = 4 },
	{ .label = "flags empty", .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':[]", .want = 0 },
	{ .label = "TSYNC adds nothing", .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_TSYNC']", .want = 0 },
	{ .label = "LOG and SPEC_ALLOW", .needs = 6,
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_LOG','SECCOMP_FILTER_FLAG_SPEC_ALLOW']", .want = 6 },
	{ .label = "notify", .needs = 4, .notify = true,
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/a','syscalls':[" ENTRY("'mkdirat'", "NOTIFY") "]", .want = 12 },
	{ .label = "notify and WAIT_KILLABLE_RECV", .needs = 32, .notify = true,
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/a','flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'syscalls':[" ENTRY("'mkdirat'", "NOTIFY") "]", .want = 40 },
	{ .label = "WAIT_KILLABLE_RECV alone: the kernel would refuse it", .needs = 32,
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']", .want = 0 },
	{ .label = "a listener that no rule needs is left alone, whatever it is", .needs = 4,
	  .profile = "'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'a/b','listenerMetadata':'x'", .want = 4 },
};

/* clang-format on */

static const struct spec_seccomp *given_profile(struct arena *a, const char *profile)
{
	return given_spec(a, "{'linux':{'seccomp':{%s}}}", profile)->linux->seccomp;
}

static void check_program(const char *label, const struct spec_seccomp *s, struct arena *a)
{
	struct filter_plan p;
	struct run r = { .profile = s, .program = &p.program };
	struct err e;

	if (filter_plan(&p, s, a, &e) < 0) {
		CHECK_SAME(label, e.text, "a program");
		return;
	}
	collect(s, r.of);
	sample_all(&r);
	if (!CHECK(label, r.samples > 1000 && r.wrong == 0))
		printf("# %zu of %zu samples, first: %s\n", r.wrong, r.samples, r.first);
}

/* As large as an engine's: enough rules for libseccomp to make a tree of them. */
static void check_large(struct arena *a)
{
	OWN_TEXT names = { 0 };
	OWN_TEXT profile = { 0 };

	for (int nr = 0; nr < 460; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);

		if (name && strcmp(name, "clone") != 0 && strcmp(name, "kill") != 0 &&
		    nr % 7)
			text_printf(&names, "%s'%s'", names.len ? "," : "", name);
		free(name);
	}
	text_printf(&profile,
		    "'defaultAction':'SCMP_ACT_ERRNO','syscalls':["
		    "{'names':[%s],'action':'SCMP_ACT_ALLOW'},%s,%s]",
		    text_str(&names),
		    ENTRY_IF("'clone'", "ALLOW", MASKED(0, "2114060288", "0")),
		    ENTRY_IF("'kill'", "ERRNO", ARG(0, "EQ", "1")));
	check_program("hundreds of calls", given_profile(a, text_str(&profile)), a);
}

static void check_profiles(struct arena *a)
{
	for (size_t i = 0; i < COUNT(profiles); i++)
		if (profiles[i].x86 && !is_x86())
			tap_skip(profiles[i].label, "needs x86_64");
		else
			check_program(profiles[i].label,
				      given_profile(a, profiles[i].profile), a);
	check_large(a);
}

static void check_errors(struct arena *a)
{
	for (size_t i = 0; i < COUNT(errors); i++) {
		struct filter_plan p;
		struct err e;
		int ret = filter_plan(&p, given_profile(a, errors[i].profile), a, &e);

		CHECK_SAME(errors[i].label, ret < 0 ? e.text : "accepted", errors[i].want);
	}
}

static void check_flags(struct arena *a)
{
	for (size_t i = 0; i < COUNT(flags); i++) {
		struct filter_plan p;
		unsigned int missing = 0;
		struct err e;

		for (unsigned int bit = 1; bit <= flags[i].needs; bit <<= 1)
			if (flags[i].needs & bit && !filter_flag_supported(bit))
				missing |= bit;
		if (missing) {
			tap_skip(flags[i].label, "this kernel lacks the flag");
			continue;
		}
		CHECK(flags[i].label,
		      filter_plan(&p, given_profile(a, flags[i].profile), a, &e) == 0 &&
			      p.flags == flags[i].want && p.notify == flags[i].notify &&
			      (p.listener_path != NULL) == flags[i].notify);
	}
}

static void check_none(struct arena *a)
{
	struct filter_plan p = { .flags = 77 };
	struct err e;

	CHECK("no profile: no filter",
	      filter_plan(&p, NULL, a, &e) == 0 && p.program.len == 0 && p.flags == 0);
	CHECK("one that says nothing: no filter",
	      filter_plan(&p, given_profile(a, "'architectures':['SCMP_ARCH_X86']"), a,
			  &e) == 0 &&
		      p.program.len == 0);
}

/* In a child of its own: a filter cannot be taken off again. */
static int load_for_real(const struct filter_plan *p)
{
	struct err e;
	int listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    filter_load(p, &listener, &e) < 0)
		return 1;
	if (listener != -1)
		return 2;
	if (syscall(SYS_getppid) != -1 || errno != 95)
		return 3;
	if (syscall(SYS_personality, 0xffffffff) < 0)
		return 4;
	if (syscall(SYS_personality, 0x4242) != -1 || errno != EPERM)
		return 5;
	return syscall(SYS_getpid) > 0 ? 0 : 6;
}

static void check_loaded(struct arena *a)
{
	struct filter_plan p;
	struct err e;
	int status;
	pid_t pid;

	if (filter_plan(&p,
			given_profile(a,
				      "'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
				      "{'names':['getppid'],'action':'SCMP_ACT_ERRNO',"
				      "'errnoRet':95}," ENTRY_IF("'personality'", "ERRNO",
								 ARG(0, "EQ",
								     "16962")) "]"),
			a, &e) < 0)
		given_fail(e.text);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(load_for_real(&p));
	CHECK("the kernel accepts it, and does what it says",
	      pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		      WEXITSTATUS(status) == 0);
}

int main(void)
{
	struct arena a = { 0 };

	check_profiles(&a);
	check_errors(&a);
	check_flags(&a);
	check_none(&a);
	check_loaded(&a);
	arena_free(&a);
	return tap_done();
}
