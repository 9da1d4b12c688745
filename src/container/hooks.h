/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTAINER_HOOKS_H
#define CONTAINER_HOOKS_H

#include "spec/spec.h"

/*
 * Runs all hooks of a kind, in order, with the state document on their stdin.
 * env is for hooks that bring none: the runtime's own on the host, empty or the
 * program's inside, and never the image's on the host (CVE-2025-23266). The first
 * one that fails ends it. cancel: a descriptor that becomes readable if we are to
 * give up; -1.
 */
int hooks_run(const struct spec_hooks *hooks, enum hook_kind kind,
	      const struct oci_state *state, char *const *env, int cancel, struct err *e);

#endif
