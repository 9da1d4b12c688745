/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices the container may make, read and write: the config's rules with
 * those that every container has, reduced to what they come to. On v2 a BPF
 * program decides, on v1 the files of the devices hierarchy.
 *
 * A later rule beats an earlier one, separately for each kind of access; without
 * any rule all is denied. Reduced rules say the same in fewer.
 */
#ifndef CGROUP_DEVICES_H
#define CGROUP_DEVICES_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "host/host.h"
#include "spec/spec.h"

/* The kernel's own bits. */
enum device_access {
	DEVICE_MAKE = BPF_DEVCG_ACC_MKNOD,
	DEVICE_READ = BPF_DEVCG_ACC_READ,
	DEVICE_WRITE = BPF_DEVCG_ACC_WRITE,
	DEVICE_ALL = DEVICE_MAKE | DEVICE_READ | DEVICE_WRITE,
};

#define DEVICE_ANY (-1) /* instead of a number: "*" */

struct device_rule {
	bool allow;
	char type; /* 'c' or 'b' */
	int64_t major, minor;
	unsigned int access;
};

enum devices_when {
	DEVICES_NEVER,       /* in a user namespace, or for an ordinary user: the kernel
				forbids it */
	DEVICES_IF_POSSIBLE, /* root with --rootless */
	DEVICES_ALWAYS,
};

struct devices_plan {
	enum devices_when when;
	bool asked; /* the config has rules of its own */
	bool allow; /* what holds where no rule does */
	bool mixed; /* some rules allow and some deny: then their order matters */
	const struct device_rule *rules;
	size_t count;
};

/* tolerant: what cannot be applied is left out, as --rootless asks. Pure. */
int devices_plan(struct devices_plan *p, const struct spec *s, const struct host *h,
		 bool tolerant, struct arena *a, struct err *e);

/* "c 1:3 rwm", as the v1 files have it. Pure. */
void device_print(const struct device_rule *r, struct text *out);

/* Are there devices, and a kind of access, that both are about? Pure. */
bool device_rules_meet(const struct device_rule *x, const struct device_rule *y);

/* Nothing is denied: nothing has to be applied. */
static inline bool devices_all_allowed(const struct devices_plan *p)
{
	return p->allow && p->count == 0;
}

/*
 * For cgroups that exist, by hierarchy as in state.json; before a process is in
 * them, or at least before one of the image runs. What systemd has attached to
 * them stays, our own of before is replaced.
 */
int devices_apply(const struct devices_plan *p, struct pairs cgroup_paths, struct err *e);

/* ---- v2: the program ---- */

struct device_program {
	struct bpf_insn *insns; /* the caller frees */
	size_t count;
};

/* The shortest that we know for these rules. Fails only if they are too many. Pure. */
int devices_program(struct device_program *out, const struct devices_plan *p,
		    struct err *e);

/* ---- v1: what to write ---- */

/* A state of the devices hierarchy: one decision for all, and exceptions from it. */
struct device_list {
	bool allow;
	const struct device_rule *rules; /* all with the other decision */
	size_t count;
};

/* Reads devices.list. With .allow the kernel does not show the exceptions. Pure. */
int devices_parse_list(struct device_list *out, const char *text, struct arena *a,
		       struct err *e);

/* The plan as such a state; rules whose order matters cannot be had on v1. Pure. */
int devices_list(struct device_list *out, const struct devices_plan *p, struct err *e);

/*
 * The fewest writes from one to the other, file → value in their order: what is
 * allowed before and after is allowed all the time, if both deny by default. Pure.
 */
struct pairs devices_writes(const struct device_list *from, const struct device_list *to,
			    struct arena *a);

/* ---- systemd ---- */

/*
 * DevicePolicy ("strict" or "auto") and DeviceAllow entries, path → access, for
 * systemd 240 and newer. systemd knows no denials and no "any major, this minor":
 * what it is told allows at least what the plan does, and "auto" allows all. It is
 * never the only keeper: devices_apply() follows. Pure.
 */
struct devices_unit {
	const char *policy;
	struct pairs allow;
};

struct devices_unit devices_unit(const struct devices_plan *p, struct arena *a);

#endif
