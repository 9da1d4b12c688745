/* SPDX-License-Identifier: Apache-2.0 */
/* Links of a container's network namespace. */
#ifndef NETWORK_NETWORK_H
#define NETWORK_NETWORK_H

#include "base/err.h"
#include "spec/spec.h"

/* Runs: inside, in a new network namespace. */
int network_loopback_up(struct err *e);

/*
 * Runs: host. Moves each device into the namespace, renamed, with its MTU, its
 * hardware address and its permanent global addresses, and sets it up there. The
 * kernel gives physical devices back when the namespace ends.
 */
int network_move_devices(const struct spec_net_device *devices, size_t n, int netns_fd,
			 struct err *e);

#endif
