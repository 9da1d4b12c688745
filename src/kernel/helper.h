/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of ours that do what runc itself should not load a library for. They are
 * installed in HELPERDIR ($(libexecdir)/runc); in a build tree they lie beside runc.
 *
 * Never looked for along PATH or in the working directory. "Beside runc" is the
 * directory of the file that the caller named (argv[0] with a slash in it; sealing
 * keeps that word), provided that file is the one that runs. There as in HELPERDIR the
 * program and its directory must be root's or the caller's, and nobody else's to write:
 * root never runs what others may change.
 */
#ifndef KERNEL_HELPER_H
#define KERNEL_HELPER_H

#include "base/arena.h"
#include "base/err.h"

/*
 * The absolute path of a helper. cwd: the caller's working directory, where runc
 * began. NULL: e says "cannot run PATH: …", and e->sys is ENOENT if it is not
 * installed. Runs: host.
 */
const char *helper_find(const char *name, const char *cwd, struct arena *a, struct err *e);

#endif
