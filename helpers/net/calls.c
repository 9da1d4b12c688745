/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls that our processes make once they are up: an allow-list as a BPF
 * program, most frequent first. The answer to everything else is the end of the process.
 * A call that was forgotten is found by "debug" of the launch message.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "helpers/net/sandbox.h"
#include "kernel/compat.h"

#define BOTH (SANDBOX_MAIN | SANDBOX_AGENT)

/* clang-format off */

/* COMPAT_NR: -1 where an architecture has no such call. */
static const struct {
	int nr;
	unsigned int who;
} allowed[] = {
	{ SYS_epoll_ctl,            SANDBOX_MAIN },
	{ SYS_epoll_pwait,          SANDBOX_MAIN },
	{ COMPAT_NR_EPOLL_WAIT,     SANDBOX_MAIN },
	{ SYS_read,                 BOTH },
	{ SYS_write,                BOTH },
	{ SYS_writev,               SANDBOX_MAIN },
	{ SYS_splice,               SANDBOX_MAIN },
	{ SYS_recvmmsg,             SANDBOX_MAIN },
	{ SYS_recvfrom,             BOTH },
	{ SYS_sendto,               BOTH },
	{ SYS_recvmsg,              BOTH },
	{ SYS_sendmsg,              BOTH },
	{ SYS_clock_gettime,        BOTH },
	{ SYS_close,                BOTH },
	{ SYS_accept4,              SANDBOX_MAIN },
	{ COMPAT_NR_ACCEPT,         SANDBOX_MAIN },
	{ SYS_connect,              SANDBOX_MAIN },
	{ SYS_bind,                 SANDBOX_MAIN },
	{ SYS_listen,               SANDBOX_MAIN },
	{ SYS_shutdown,             SANDBOX_MAIN },
	{ SYS_getsockopt,           SANDBOX_MAIN },
	{ SYS_setsockopt,           BOTH },
	{ SYS_getsockname,          SANDBOX_MAIN },
	{ SYS_getpeername,          SANDBOX_MAIN },
	{ SYS_pipe2,                SANDBOX_MAIN },
	{ SYS_dup3,                 SANDBOX_MAIN },
	{ SYS_getcpu,               SANDBOX_MAIN },
	{ SYS_sched_getaffinity,    SANDBOX_MAIN },
	{ SYS_munmap,               BOTH },
	{ SYS_mremap,               BOTH },
	{ SYS_madvise,              BOTH },
	{ SYS_brk,                  BOTH },
	{ SYS_futex,                BOTH },
	{ SYS_getrandom,            BOTH },
	/* libslirp looks at resolv.conf, the agent at that of the host */
	{ SYS_fstat,                BOTH },
	{ COMPAT_NR_NEWFSTATAT,     BOTH },
	{ COMPAT_NR_STAT,           SANDBOX_MAIN },
	{ SYS_statx,                SANDBOX_MAIN },
	{ SYS_lseek,                SANDBOX_MAIN },
	{ SYS_pwrite64,             SANDBOX_MAIN },
	{ SYS_ftruncate,            SANDBOX_MAIN },
	{ SYS_openat2,              SANDBOX_AGENT },
	{ SYS_ppoll,                SANDBOX_AGENT },
	{ COMPAT_NR_POLL,           SANDBOX_AGENT },
	{ SYS_waitid,               SANDBOX_AGENT },
	{ SYS_getpid,               BOTH },
	{ SYS_rt_sigreturn,         BOTH },
	{ SYS_restart_syscall,      BOTH },
	{ SYS_exit_group,           BOTH },
	{ SYS_exit,                 BOTH },
};

/* ---- calls of which an argument decides ---- */

static const uint32_t families[] = { AF_INET, AF_INET6 };
static const uint32_t types[] = { SOCK_STREAM, SOCK_DGRAM };
static const uint32_t fcntls[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_SETPIPE_SZ };
static const uint32_t ioctls[] = { FIONREAD, SIOCGIFINDEX };
static const uint32_t zero[] = { 0 };

#define IN(list) .values = list, .count = sizeof(list) / sizeof(*(list))

static const struct {
	int nr;
	unsigned int who;
	uint8_t argument;
	uint32_t mask;
	const uint32_t *values;
	size_t count;
} conditions[] = {
	{ SYS_socket, BOTH,         0, UINT32_MAX,  IN(families) },
	{ SYS_socket, BOTH,         1, 0xf,         IN(types) },
	/* F_SETOWN would send signals, FIOSETOWN too */
	{ SYS_fcntl,  BOTH,         1, UINT32_MAX,  IN(fcntls) },
	{ SYS_ioctl,  SANDBOX_MAIN, 1, UINT32_MAX,  IN(ioctls) },
	/* ourselves only */
	{ SYS_sched_setaffinity, SANDBOX_MAIN, 0, UINT32_MAX, IN(zero) },
	{ SYS_mmap,   BOTH,         2, PROT_EXEC,   IN(zero) },
	{ SYS_openat, SANDBOX_MAIN, 2, O_ACCMODE | O_CREAT | O_TRUNC, IN(zero) },
};
/* clang-format on */

/* libslirp tries a raw socket where ping sockets are refused: no, but no reason to die */
#define RAW_SOCKET (SECCOMP_RET_ERRNO | EPERM)

/* ---- the program ---- */

#define PROGRAM_MAX 256

struct program {
	struct sock_filter v[PROGRAM_MAX];
	size_t n;
};

static void put(struct program *p, uint16_t code, uint32_t k, size_t jt, size_t jf)
{
	p->v[p->n++] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
}

static void put_load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_return(struct program *p, uint32_t action)
{
	put(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The low half of an argument: the calls below take ints. */
static size_t low_half(uint8_t argument)
{
	size_t at = offsetof(struct seccomp_data, args) + (size_t)8 * argument;

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + 4 : at;
}

static void put_allowed(struct program *p, unsigned int who)
{
	for (size_t i = 0; i < COUNT(allowed); i++) {
		if (!(allowed[i].who & who) || allowed[i].nr < 0)
			continue;
		put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i].nr, 0, 1);
		put_return(p, SECCOMP_RET_ALLOW);
	}
}

/* Goes on behind itself if the argument is one of the values. */
static void put_condition(struct program *p, size_t i, uint32_t otherwise)
{
	size_t count = conditions[i].count;

	put_load(p, low_half(conditions[i].argument));
	if (conditions[i].mask != UINT32_MAX)
		put(p, BPF_ALU | BPF_AND | BPF_K, conditions[i].mask, 0, 0);
	for (size_t v = 0; v < count; v++)
		put(p, BPF_JMP | BPF_JEQ | BPF_K, conditions[i].values[v], count - v, 0);
	put_return(p, otherwise);
}

static size_t instructions(size_t i)
{
	return 2 + (conditions[i].mask != UINT32_MAX) + conditions[i].count;
}

/* All conditions of one call, which stand together. */
static size_t put_call(struct program *p, size_t i, unsigned int who, uint32_t otherwise)
{
	size_t end = i, skip = 1;

	for (; end < COUNT(conditions) && conditions[end].nr == conditions[i].nr; end++)
		skip += instructions(end);
	if (!(conditions[i].who & who))
		return end;
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)conditions[i].nr, 0, skip);
	for (; i < end; i++)
		put_condition(p, i,
			      conditions[i].argument == 1 &&
					      conditions[i].nr == SYS_socket ?
				      RAW_SOCKET :
				      otherwise);
	put_return(p, SECCOMP_RET_ALLOW);
	return end;
}

static void build(struct program *p, unsigned int who, uint32_t otherwise)
{
	put_load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, COMPAT_AUDIT_ARCH, 1, 0);
	put_return(p, otherwise);
	put_load(p, offsetof(struct seccomp_data, nr));
	put_allowed(p, who);
	for (size_t i = 0; i < COUNT(conditions);)
		i = put_call(p, i, who, otherwise);
	put_return(p, otherwise);
}

/* ---- what is missing in it ---- */

static void say_missing(int signal, siginfo_t *info, void *context)
{
	static const char text[] = "runc-net: the filter forbids system call ";
	char number[24];
	size_t at = sizeof(number) - 1;
	unsigned int n = (unsigned int)info->si_syscall;

	(void)signal, (void)context;
	number[at] = '\n';
	do
		number[--at] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	if (write(STDERR_FILENO, text, sizeof(text) - 1) > 0 &&
	    write(STDERR_FILENO, number + at, sizeof(number) - at) > 0)
		_exit(128 + SIGSYS);
	_exit(128 + SIGSYS);
}

static int catch_missing(void)
{
	const struct sigaction act = { .sa_sigaction = say_missing,
				       .sa_flags = SA_SIGINFO };

	return sigaction(SIGSYS, &act, NULL);
}

/* There only in a build with sanitizers, whose own calls are not ours to list. */
void __asan_init(void) __attribute__((weak));

int sandbox_calls(enum sandbox_who who, bool debug, struct err *e)
{
	struct program p = { .n = 0 };
	struct sock_fprog prog = { .filter = p.v };

	if (__asan_init)
		return 0;
	if (debug && catch_missing() < 0)
		return err_sys(e, "sigaction");
	build(&p, who, debug ? SECCOMP_RET_TRAP : SECCOMP_RET_KILL_PROCESS);
	prog.len = (unsigned short)p.n;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return err_sys(e, "load the filter of system calls");
	return 0;
}
