/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process may do: capabilities, no_new_privs, seccomp, labels, keyring.
 * Everything runs inside unless it says host; the order of the calls is the
 * order of container/init.c, and each says there why.
 */
#ifndef SECURITY_SECURITY_H
#define SECURITY_SECURITY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/names.h"
#include "spec/spec.h"

/* ---- capabilities ---- */

struct caps_plan {
	uint64_t bounding, effective, permitted, inheritable, ambient; /* 1 << CAP_… */
};

/*
 * No capabilities object is no capabilities at all (E3). Names that this build or
 * kernel does not know are left out with one warning. Pure but for that.
 */
void caps_plan(struct caps_plan *p, const struct spec_capabilities *s);

/* Adds one capability as `exec --cap` does; false if there is none of that name. */
bool caps_add(struct caps_plan *p, const char *name, bool ambient);

/* All names we know, by number; the caller's arena. */
struct strings caps_words(struct arena *a);

int caps_drop_bounding(const struct caps_plan *p, struct err *e);

/* Across the change of the uid: or the sets would be cleared with it. */
int caps_keep(bool keep, struct err *e);

/* The final sets, verified. Ambient ones that cannot be raised are a warning, as in the
 * Go runc. */
int caps_apply(const struct caps_plan *p, struct err *e);

/* ---- keyring ---- */

/* Joins (or makes) the session keyring of this name, so that the caller's keys stay outside. */
int keyring_join(const char *name, bool userns, struct err *e);

/* ---- labels ---- */

struct label_plan {
	const char *apparmor, *selinux; /* NULL: none */
};

/* Runs: host. A label for an LSM that the host does not have is an error (C2). */
int label_plan(struct label_plan *p, const struct spec_process *s,
	       const char *mount_label, struct err *e);

/* For the coming execve; proc is a private procfs handle. */
int label_apparmor(const struct label_plan *p, int proc, struct err *e);
int label_selinux(const struct label_plan *p, int proc, struct err *e);

/* ---- seccomp ---- */

struct filter_plan {
	struct sock_fprog program; /* len 0: no filter */
	unsigned int flags;        /* SECCOMP_FILTER_FLAG_* */
	bool notify;               /* a listener is made and goes to the agent */
	const char *listener_path, *metadata;
};

/*
 * Runs: host, before the clone: libseccomp needs memory, time and /proc. s may
 * be NULL. The program lives in the arena.
 */
int filter_plan(struct filter_plan *p, const struct spec_seccomp *s, struct arena *a,
		struct err *e);

/* Loads the filter; *listener gets the notify descriptor or -1. One system call. */
int filter_load(const struct filter_plan *p, int *listener, struct err *e);

/* Runs: host. Connects to the agent before anything runs; -1 with the reason. The caller
 * owns it. */
int filter_connect(const struct filter_plan *p, struct err *e);

/* Runs: host. Hands the listener to the agent with the state of the container. */
int filter_hand_over(int agent, int listener, pid_t pid, const char *metadata,
		     const struct oci_state *state, struct err *e);

/* Words for `features`, sorted. */
extern const struct name filter_actions[], filter_operators[], filter_archs[],
	filter_flags[];

/* Is this flag usable with the running kernel? */
bool filter_flag_supported(unsigned int flag);

/* "2.5.4" */
const char *filter_library_version(struct arena *a);

#endif
