/* SPDX-License-Identifier: Apache-2.0 */
/* The two kinds of device a container can be given.            Runs: agent, inside */
#ifndef NET_ENDS_H
#define NET_ENDS_H

#include "base/err.h"
#include "helpers/net/settings.h"

/*
 * Each makes the container's device, down and without addresses, and returns the
 * nonblocking descriptor of its other end, which the caller owns: when that is closed,
 * the device is gone. rtnl is a socket in the container's namespace, in which the caller
 * is, also afterwards. The errors name no device.
 */
int tap_make(const struct settings *s, int rtnl, struct err *e);
int veth_make(const struct settings *s, int rtnl, int netns, int proc, struct err *e);

#endif
