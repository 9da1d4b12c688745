/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/bpf.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"

/*
 * Always all of the union: kernels since 6.6 answer a query with a revision, and
 * some of them (6.17 and on) write it past the end of a shorter one.
 */
static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int bpf_load_device_filter(const struct bpf_insn *insns, size_t n, const char *name,
			   struct err *e)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = address(insns);
	attr.insn_cnt = (uint32_t)n;
	attr.license = address("Apache-2.0");
	snprintf(attr.prog_name, sizeof(attr.prog_name), "%s", name);
	/* memory is accounted to the cgroup since Linux 5.11, not to RLIMIT_MEMLOCK */
	fd = bpf(BPF_PROG_LOAD, &attr);
	return fd < 0 ? err_sys(e, "load a device filter of %zu instructions", n) : fd;
}

int bpf_query_device_filters(int cgroup, struct bpf_attached *out, struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = address(out->ids);
	attr.query.prog_cnt = BPF_ATTACHED_MAX;
	if (bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_sys(e, "query the device filters of the cgroup");
	out->count = attr.query.prog_cnt;
	out->flags = attr.query.attach_flags;
	return 0;
}

int bpf_open_program(uint32_t id, char name[BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	OWN_FD fd = -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
		return -1;
	snprintf(name, BPF_OBJ_NAME_LEN, "%s", info.name);
	return fd_take(&fd);
}

int bpf_attach_device_filter(int cgroup, int program, uint32_t flags, int old,
			     struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old;
	}
	return bpf(BPF_PROG_ATTACH, &attr) < 0 ? err_sys(e, "attach the device filter") :
						 0;
}

int bpf_detach_device_filter(int cgroup, int program, struct err *e)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return bpf(BPF_PROG_DETACH, &attr) < 0 ?
		       err_sys(e, "detach an earlier device filter") :
		       0;
}
