/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own binary is never writable from a container (CVE-2019-5736).
 *
 * /proc/PID/exe of a runtime process leads, for whoever may follow it, to the
 * file on the mount it was started from: a container's root that is also the
 * owner of that file could wait until it is no longer busy and overwrite it. So
 * before anything of a container runs, we go on from a copy that nobody can write.
 */
#ifndef KERNEL_SEAL_H
#define KERNEL_SEAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Could a container of this caller write the file? Pure. A rootless container
 * holds no ids but the caller's own and its subordinate ones, so a file of root's
 * that neither group nor others may write is out of its reach.
 */
bool seal_needed(bool caller_is_root, uid_t owner, mode_t mode, bool read_only_mount);

/*
 * Executes this program again, with the same arguments and environment, from a
 * detached read-only clone of its mount, or where there is none (no
 * CAP_SYS_ADMIN) from a sealed memfd. Returns 0 if that is not needed (any more).
 * Failing is an error: we never go on unprotected.
 */
int seal_self(char *const *argv, struct err *e);

/* Is this file the program that runs, or may be: a copy in memory has no name to compare. */
bool seal_is_of(const char *path);

/* Were we started with more privilege than our caller has (set-uid, file capabilities)?
 * A3. */
bool seal_is_elevated(void);

#endif
