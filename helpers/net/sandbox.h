/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process of ours gives up. libslirp parses what a hostile container sends, so its
 * process is thought of as already taken: it has no capability, no file, no other process
 * in sight, an id that owns nothing where there is one to spare, and a list of system
 * calls. The agent gets the same, but for two capabilities over the container's network.
 */
#ifndef NET_SANDBOX_H
#define NET_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* First of all, in the common ancestor: nobody traces us, nothing is written when we
 * crash, nothing that we execute gains anything; as many descriptors as there may be. */
int sandbox_begin(struct err *e);

/*
 * A new mount namespace whose root is an empty read-only file system; if writable is not
 * NULL, but for /etc/resolv.conf, of which the descriptor (to write to) is returned, else
 * 0. That file is on a mount of its own, else the root could not be read-only: the caller
 * owns *writable, whose end waits for an RCU grace period.
 */
int sandbox_root(int *writable, struct err *e);

/* That of another process of ours. To leave our own would wait for an RCU grace period. */
int sandbox_share_root(int mntns, struct err *e);

/* A descriptor through which the host's files are still in reach may read only what name
 * resolution needs. No error where the kernel has no Landlock. */
int sandbox_read_only(int root, struct err *e);

/* Ids of the user namespace we are in, and no other groups. Before sandbox_root: whose
 * id is not mapped there may make no file. */
int sandbox_ids(uint32_t uid, uint32_t gid, struct err *e);

/* These capabilities (1 << CAP_…) and no more. */
int sandbox_caps(uint64_t caps, struct err *e);

/* The end of the parent is ours: after the last change of ids, which would undo it. */
int sandbox_die_with_parent(struct err *e);

/* Code that was needed to begin is no longer resident; what is needed again comes back
 * from the page cache. Once nobody waits for us. */
void sandbox_forget_code(void);

enum sandbox_who { SANDBOX_MAIN = 1, SANDBOX_AGENT = 2 };

/* From here on only the calls of calls.c; any other is the end of the process. With
 * debug its number is said on stderr first. */
int sandbox_calls(enum sandbox_who who, bool debug, struct err *e);

#endif
