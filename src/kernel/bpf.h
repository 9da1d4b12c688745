/* SPDX-License-Identifier: Apache-2.0 */
/* Device filters of cgroup v2: bpf(2), as far as they need it. */
#ifndef KERNEL_BPF_H
#define KERNEL_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define BPF_ATTACHED_MAX 64 /* programs of one kind in one cgroup: the kernel's limit */

/* Loads a filter under this name (at most 15 letters). Returns its descriptor. */
int bpf_load_device_filter(const struct bpf_insn *insns, size_t n, const char *name,
			   struct err *e);

struct bpf_attached {
	uint32_t ids[BPF_ATTACHED_MAX];
	uint32_t count;
	uint32_t flags; /* how they were attached */
};

/* The device filters of this cgroup itself, not of those above it. */
int bpf_query_device_filters(int cgroup, struct bpf_attached *out, struct err *e);

/* Opens a program by id and tells its name; -1 with errno. */
int bpf_open_program(uint32_t id, char name[BPF_OBJ_NAME_LEN]);

/* Replaces the program old (-1: none is) in one step. */
int bpf_attach_device_filter(int cgroup, int program, uint32_t flags, int old,
			     struct err *e);

int bpf_detach_device_filter(int cgroup, int program, struct err *e);

#endif
