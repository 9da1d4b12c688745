/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants that the oldest headers we build with (Linux 6.1, glibc 2.36) lack.
 * The only place that asks #ifndef about the kernel.
 */
#ifndef KERNEL_COMPAT_H
#define KERNEL_COMPAT_H

#include <linux/ioctl.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef PROC_SUPER_MAGIC
#define PROC_SUPER_MAGIC 0x9fa0
#endif
#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif
#ifndef CGROUP_SUPER_MAGIC
#define CGROUP_SUPER_MAGIC 0x27e0eb
#endif
#ifndef DEVPTS_SUPER_MAGIC
#define DEVPTS_SUPER_MAGIC 0x1cd1
#endif
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef PIDFD_INFO_EXIT
#define PIDFD_INFO_EXIT (1UL << 3)
#endif
#ifndef PIDFD_GET_INFO
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct kernel_pidfd_info)
#endif

/* The first size of struct pidfd_info, which glibc's header does not have. */
struct kernel_pidfd_info {
	__u64 mask, cgroupid;
	__u32 pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	__s32 exit_code;
};

/* System calls that newer architectures never had: -1 is none. */
#ifdef SYS_epoll_wait
#define COMPAT_NR_EPOLL_WAIT SYS_epoll_wait
#else
#define COMPAT_NR_EPOLL_WAIT (-1)
#endif
#ifdef SYS_accept
#define COMPAT_NR_ACCEPT SYS_accept
#else
#define COMPAT_NR_ACCEPT (-1)
#endif
#ifdef SYS_newfstatat
#define COMPAT_NR_NEWFSTATAT SYS_newfstatat
#else
#define COMPAT_NR_NEWFSTATAT (-1)
#endif
#ifdef SYS_stat
#define COMPAT_NR_STAT SYS_stat
#else
#define COMPAT_NR_STAT (-1)
#endif
#ifdef SYS_poll
#define COMPAT_NR_POLL SYS_poll
#else
#define COMPAT_NR_POLL (-1)
#endif

/* What a filter of our own calls is for. */
#if defined(__x86_64__)
#define COMPAT_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define COMPAT_AUDIT_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define COMPAT_AUDIT_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define COMPAT_AUDIT_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define COMPAT_AUDIT_ARCH AUDIT_ARCH_S390X
#endif

/* sched_setattr(2): glibc has it since 2.41, the kernel's own header clashes with older
 * ones. */
struct kernel_sched_attr {
	__u32 size, sched_policy;
	__u64 sched_flags;
	__s32 sched_nice;
	__u32 sched_priority;
	__u64 sched_runtime, sched_deadline, sched_period;
};

#endif
