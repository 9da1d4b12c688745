/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libslirp, loaded when it is needed: the agent, and publishing without a device, go
 * without it and its libraries; and if it is missing, we can say so.
 */
#ifndef NET_LIBRARY_H
#define NET_LIBRARY_H

#include <slirp/libslirp.h>

#include "base/err.h"

struct library {
	__typeof__(&slirp_new) new;
	__typeof__(&slirp_input) input;
	__typeof__(&slirp_pollfds_fill) fill;
	__typeof__(&slirp_pollfds_poll) poll;
	__typeof__(&slirp_add_hostxfwd) add_forward;
	__typeof__(&slirp_remove_hostxfwd) remove_forward;
	__typeof__(&slirp_version_string) version;
};

/* Runs: main process, while the host's files are in reach. */
int library_load(struct library *lib, struct err *e);

#endif
