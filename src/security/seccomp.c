/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the profile's words to a BPF program, by libseccomp, and in front of it a
 * stub of ours: system calls newer than the newest that the profile knows get
 * ENOSYS, not EPERM, so that programs fall back as they would on an old kernel.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/own.h"
#include "kernel/compat.h"
#include "security/security.h"

/* clang-format off */

const struct name filter_actions[] = {
	{ "SCMP_ACT_ALLOW",        SCMP_ACT_ALLOW },
	{ "SCMP_ACT_ERRNO",        SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_KILL",         SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",  SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_LOG",          SCMP_ACT_LOG },
	{ "SCMP_ACT_NOTIFY",       SCMP_ACT_NOTIFY },
	{ "SCMP_ACT_TRACE",        SCMP_ACT_TRACE(0) },
	{ "SCMP_ACT_TRAP",         SCMP_ACT_TRAP },
	{ 0 },
};

const struct name filter_operators[] = {
	{ "SCMP_CMP_EQ",        SCMP_CMP_EQ },
	{ "SCMP_CMP_GE",        SCMP_CMP_GE },
	{ "SCMP_CMP_GT",        SCMP_CMP_GT },
	{ "SCMP_CMP_LE",        SCMP_CMP_LE },
	{ "SCMP_CMP_LT",        SCMP_CMP_LT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	{ "SCMP_CMP_NE",        SCMP_CMP_NE },
	{ 0 },
};

const struct name filter_archs[] = {
	{ "SCMP_ARCH_AARCH64",     SCMP_ARCH_AARCH64 },
	{ "SCMP_ARCH_ARM",         SCMP_ARCH_ARM },
#ifdef SCMP_ARCH_LOONGARCH64
	{ "SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64 },
#endif
#ifdef SCMP_ARCH_M68K
	{ "SCMP_ARCH_M68K",        SCMP_ARCH_M68K },
#endif
	{ "SCMP_ARCH_MIPS",        SCMP_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64",      SCMP_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32",   SCMP_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL",      SCMP_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64",    SCMP_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PARISC",      SCMP_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64",    SCMP_ARCH_PARISC64 },
	{ "SCMP_ARCH_PPC",         SCMP_ARCH_PPC },
	{ "SCMP_ARCH_PPC64",       SCMP_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE",     SCMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_RISCV64",     SCMP_ARCH_RISCV64 },
	{ "SCMP_ARCH_S390",        SCMP_ARCH_S390 },
	{ "SCMP_ARCH_S390X",       SCMP_ARCH_S390X },
#ifdef SCMP_ARCH_SH
	{ "SCMP_ARCH_SH",          SCMP_ARCH_SH },
	{ "SCMP_ARCH_SHEB",        SCMP_ARCH_SHEB },
#endif
	{ "SCMP_ARCH_X32",         SCMP_ARCH_X32 },
	{ "SCMP_ARCH_X86",         SCMP_ARCH_X86 },
	{ "SCMP_ARCH_X86_64",      SCMP_ARCH_X86_64 },
	{ 0 },
};

/* in the kernel's order; TSYNC means nothing for the one thread we have */
const struct name filter_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC",              SECCOMP_FILTER_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         SECCOMP_FILTER_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_LOG",                SECCOMP_FILTER_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV },
	{ 0 },
};

/* clang-format on */

#define ARCHS_MAX 32
#define MANY_RULES 32
#define X32_BIT 0x40000000u

struct builder {
	scmp_filter_ctx ctx;
	const struct spec_seccomp *spec;
	uint32_t default_action;
	uint32_t archs[ARCHS_MAX];
	size_t arch_count;
	size_t rules;
	bool notify;
};

/* ---- words ---- */

static int find_action(const char *where, const char *word, const uint32_t *errno_ret,
		       uint32_t *out, struct err *e)
{
	uint32_t data = errno_ret ? *errno_ret : EPERM;
	uint32_t data_max = 0xffff; /* SECCOMP_RET_DATA */
	int64_t action;

	if (!word || !names_find(filter_actions, word, &action))
		return err_set(e, "%s: string %s is not a valid action for seccomp",
			       where, word ? word : "");
	if (action == SCMP_ACT_ERRNO(0))
		data_max = 4094; /* libseccomp: below the kernel's MAX_ERRNO */
	if (errno_ret && data > data_max)
		return err_set(e, "%s: errnoRet %u is larger than %u", where, data,
			       data_max);
	*out = (uint32_t)action;
	if (action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0))
		*out |= data;
	return 0;
}

static bool has_value(uint32_t action)
{
	return (action & 0xffff0000u) == SCMP_ACT_ERRNO(0) ||
	       (action & 0xffff0000u) == SCMP_ACT_TRACE(0);
}

/* ---- architectures ---- */

static int add_archs(struct builder *b, struct err *e)
{
	b->archs[b->arch_count++] = seccomp_arch_native();
	for (size_t i = 0; i < b->spec->architectures.n; i++) {
		const char *word = b->spec->architectures.v[i];
		int64_t arch;
		int ret;

		if (!names_find(filter_archs, word, &arch))
			return err_set(e,
				       "linux.seccomp.architectures[%zu]: string %s is not a valid arch for seccomp",
				       i, word);
		ret = seccomp_arch_add(b->ctx, (uint32_t)arch);
		if (ret == -EEXIST)
			continue;
		/* other byte orders cannot share a filter with ours: no program of theirs
		 * runs here */
		if (ret == -EDOM || ret == -EINVAL) {
			log_debug("seccomp: architecture %s left out", word);
			continue;
		}
		errno = -ret;
		if (ret < 0)
			return err_sys(e,
				       "error adding architecture to seccomp filter: %s",
				       word);
		if (b->arch_count < ARCHS_MAX)
			b->archs[b->arch_count++] = (uint32_t)arch;
	}
	return 0;
}

/* ---- rules ---- */

static int comparator(const struct spec_syscall_arg *arg, struct scmp_arg_cmp *out,
		      struct err *e)
{
	int64_t op;

	if (arg->index > 5)
		return err_set(e, "argument index %u is not from 0 to 5", arg->index);
	if (!names_find(filter_operators, arg->op, &op))
		return err_set(e, "string %s is not a valid operator for seccomp",
			       arg->op);
	*out = (struct scmp_arg_cmp){ arg->index, (enum scmp_compare)op, arg->value,
				      arg->value_two };
	return 0;
}

static bool repeats_an_index(const struct spec_syscall *s)
{
	unsigned int seen = 0;

	for (size_t i = 0; i < s->args.n; i++) {
		if (seen & 1u << s->args.v[i].index)
			return true;
		seen |= 1u << s->args.v[i].index;
	}
	return false;
}

static int add_rule(struct builder *b, uint32_t action, int nr, unsigned int count,
		    const struct scmp_arg_cmp *args, struct err *e)
{
	int ret = seccomp_rule_add_array(b->ctx, action, nr, count, args);

	b->rules++;
	errno = -ret;
	/* -EEXIST: the same rule twice does no harm */
	return ret < 0 && ret != -EEXIST ? err_sys(e, "error adding seccomp rule") : 0;
}

/* Two conditions on one argument mean "or": libseccomp can say that only by two rules. */
static int add_syscall(struct builder *b, const struct spec_syscall *s, uint32_t action,
		       int nr, struct err *e)
{
	struct scmp_arg_cmp args[6];

	if (s->args.n > 6 || repeats_an_index(s)) {
		for (size_t i = 0; i < s->args.n; i++)
			if (comparator(&s->args.v[i], &args[0], e) < 0 ||
			    add_rule(b, action, nr, 1, args, e) < 0)
				return -1;
		return 0;
	}
	for (size_t i = 0; i < s->args.n; i++)
		if (comparator(&s->args.v[i], &args[i], e) < 0)
			return -1;
	return add_rule(b, action, nr, (unsigned int)s->args.n, args, e);
}

static int check_args(const struct spec_syscall *s, struct err *e)
{
	struct scmp_arg_cmp ignored;

	for (size_t i = 0; i < s->args.n; i++)
		if (comparator(&s->args.v[i], &ignored, e) < 0)
			return err_in(e, "args[%zu]", i);
	return 0;
}

static int add_entry(struct builder *b, const struct spec_syscall *s, struct err *e)
{
	uint32_t action = 0;

	if (find_action("action", s->action, s->errno_ret, &action, e) < 0 ||
	    check_args(s, e) < 0)
		return -1;
	if (action == SCMP_ACT_NOTIFY)
		b->notify = true;
	if (action == b->default_action)
		return 0;
	for (size_t i = 0; i < s->names.n; i++) {
		int nr = seccomp_syscall_resolve_name(s->names.v[i]);

		/* init tells the host about the listener by write: it would wait for
		 * itself */
		if (action == SCMP_ACT_NOTIFY && strcmp(s->names.v[i], "write") == 0)
			return err_set(e,
				       "SCMP_ACT_NOTIFY cannot be used for the write syscall");
		if (nr == __NR_SCMP_ERROR) {
			log_debug("seccomp: unknown system call %s left out",
				  s->names.v[i]);
			continue;
		}
		if (add_syscall(b, s, action, nr, e) < 0)
			return err_in(e, "%s", s->names.v[i]);
	}
	return 0;
}

/* ---- the stub for newer system calls ---- */

static int newest_syscall(const struct builder *b, uint32_t arch)
{
	int newest = -1;

	for (size_t i = 0; i < b->spec->syscalls.n; i++)
		for (size_t k = 0; k < b->spec->syscalls.v[i].names.n; k++) {
			int nr = seccomp_syscall_resolve_name_arch(arch,
								   b->spec->syscalls.v[i]
									   .names.v[k]);

			if (nr > newest)
				newest = nr;
		}
	return newest;
}

static bool wants_stub(const struct builder *b)
{
	uint32_t kind = b->default_action & 0xffff0000u;

	if (kind == SCMP_ACT_ALLOW || kind == SCMP_ACT_LOG || kind == SCMP_ACT_TRACE(0))
		return false;
	return b->default_action != SCMP_ACT_ERRNO(ENOSYS);
}

/* libseccomp has its own tokens for the ABIs of one audit architecture. */
static uint32_t audit_arch(uint32_t arch)
{
	return arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch;
}

#define STUB_STEPS 6

/*
 * For one ABI: of another architecture (or, on x86_64, the other ABI's number
 * range) go on behind; newer than known: ENOSYS; else go on behind too.
 */
static size_t stub_for(uint32_t arch, int newest, struct sock_filter *out)
{
	bool x86 = audit_arch(arch) == AUDIT_ARCH_X86_64, x32 = arch == SCMP_ARCH_X32;
	const struct sock_filter steps[STUB_STEPS] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, audit_arch(arch), 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x86 ? X32_BIT : 0xffffffffu,
			 x32 ? 0 : 2, x32 ? 2 : 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (unsigned int)newest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	memcpy(out, steps, sizeof(steps));
	return STUB_STEPS;
}

static size_t make_stub(const struct builder *b, struct sock_filter *out)
{
	size_t n = 0;

	if (!wants_stub(b))
		return 0;
	for (size_t i = 0; i < b->arch_count; i++) {
		int newest = newest_syscall(b, b->archs[i]);

		if (newest >= 0)
			n += stub_for(b->archs[i], newest, out + n);
	}
	return n;
}

/* ---- the program ---- */

static int export(struct builder *b, struct filter_plan *p, struct arena *a, struct err *e)
{
	OWN_FD fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct sock_filter stub[ARCHS_MAX * STUB_STEPS];
	size_t head = make_stub(b, stub), body;
	struct sock_filter *program;
	OWN_TEXT text = { 0 };
	int ret;

	if (fd < 0)
		return err_sys(e, "memfd_create");
	ret = seccomp_export_bpf(b->ctx, fd);
	errno = -ret;
	if (ret < 0)
		return err_sys(e, "error exporting seccomp filter");
	if (lseek(fd, 0, SEEK_SET) < 0 || io_read_all(fd, 4u << 20, &text) < 0)
		return err_sys(e, "read seccomp filter");
	body = text.len / sizeof(*program);
	if (head + body > BPF_MAXINSNS)
		return err_set(e,
			       "the seccomp profile makes a filter of %zu instructions: the kernel takes %d",
			       head + body, BPF_MAXINSNS);
	program = arena_new(a, head + body, sizeof(*program));
	memcpy(program, stub, head * sizeof(*program));
	memcpy(program + head, text_str(&text), body * sizeof(*program));
	p->program = (struct sock_fprog){ (unsigned short)(head + body), program };
	return 0;
}

static int build(struct builder *b, struct filter_plan *p, struct arena *a, struct err *e)
{
	if (seccomp_attr_set(b->ctx, SCMP_FLTATR_CTL_NNP, 0) < 0)
		return err_set(e, "error setting no new privileges");
	if (add_archs(b, e) < 0)
		return -1;
	for (size_t i = 0; i < b->spec->syscalls.n; i++)
		if (add_entry(b, &b->spec->syscalls.v[i], e) < 0)
			return err_in(e, "linux.seccomp.syscalls[%zu]", i);
	if (b->rules > MANY_RULES)
		seccomp_attr_set(b->ctx, SCMP_FLTATR_CTL_OPTIMIZE,
				 2); /* libseccomp 2.5; else linear */
	return export(b, p, a, e);
}

bool filter_flag_supported(unsigned int flag)
{
	/* EFAULT: the flag passed, the missing program did not */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       flag | (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ?
				       SECCOMP_FILTER_FLAG_NEW_LISTENER :
				       0),
		       NULL) < 0 &&
	       errno == EFAULT;
}

static int plan_flags(struct filter_plan *p, const struct spec_seccomp *s, struct err *e)
{
	if (!s->flags.v) {
		if (filter_flag_supported(SECCOMP_FILTER_FLAG_SPEC_ALLOW))
			p->flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
		return 0;
	}
	for (size_t i = 0; i < s->flags.n; i++) {
		int64_t flag;

		if (!names_find(filter_flags, s->flags.v[i], &flag))
			return err_set(e,
				       "linux.seccomp.flags[%zu]: seccomp flag %s is not known to runc",
				       i, s->flags.v[i]);
		if (flag == SECCOMP_FILTER_FLAG_TSYNC)
			continue;
		if (!filter_flag_supported((unsigned int)flag))
			return err_set(e,
				       "linux.seccomp.flags[%zu]: this kernel does not support %s",
				       i, s->flags.v[i]);
		p->flags |= (unsigned int)flag;
	}
	return 0;
}

static int plan_notify(struct filter_plan *p, const struct spec_seccomp *s, bool notify,
		       struct err *e)
{
	if (!notify) {
		p->flags &= ~(unsigned int)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		return 0;
	}
	if (!s->listener_path || !*s->listener_path)
		return err_set(e, "seccomp listenerPath is not set");
	if (*s->listener_path != '/')
		return err_set(e, "linux.seccomp.listenerPath: %s is not absolute",
			       s->listener_path);
	p->notify = true;
	p->flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	p->listener_path = s->listener_path;
	p->metadata = s->listener_metadata;
	return 0;
}

int filter_plan(struct filter_plan *p, const struct spec_seccomp *s, struct arena *a,
		struct err *e)
{
	struct builder b = { .spec = s };
	int ret;

	*p = (struct filter_plan){ 0 };
	if (!s || (!s->default_action && s->syscalls.n == 0))
		return 0;
	if (find_action("linux.seccomp.defaultAction", s->default_action,
			s->default_errno_ret, &b.default_action, e) < 0 ||
	    plan_flags(p, s, e) < 0)
		return -1;
	if (s->default_errno_ret && !has_value(b.default_action))
		log_debug("seccomp: defaultErrnoRet has no meaning for %s",
			  s->default_action);
	if (b.default_action == SCMP_ACT_NOTIFY)
		return err_set(e, "SCMP_ACT_NOTIFY cannot be used as default action");
	b.ctx = seccomp_init(b.default_action);
	if (!b.ctx)
		return err_set(e, "error creating seccomp filter");
	ret = build(&b, p, a, e);
	seccomp_release(b.ctx);
	if (ret < 0)
		return -1;
	return plan_notify(p, s, b.notify, e);
}

int filter_load(const struct filter_plan *p, int *listener, struct err *e)
{
	long ret;

	*listener = -1;
	if (p->program.len == 0)
		return 0;
	ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &p->program);
	if (ret < 0)
		return err_sys(e, "error loading seccomp filter into kernel");
	if (p->notify)
		*listener = (int)ret;
	return 0;
}

const char *filter_library_version(struct arena *a)
{
	const struct scmp_version *v = seccomp_version();

	return arena_printf(a, "%u.%u.%u", v->major, v->minor, v->micro);
}
