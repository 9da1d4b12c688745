/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container's frame may reach. libslirp connects to whatever address a frame
 * names, the host's loopback among them, and has code for protocols that nobody here
 * needs; so each frame is judged before libslirp sees it. Pure.
 */
#ifndef NET_RULES_H
#define NET_RULES_H

#include "helpers/net/frame.h"
#include "helpers/net/settings.h"

enum verdict {
	VERDICT_DROP,
	VERDICT_RESET, /* the SYN gets "connection refused" */
	VERDICT_DNS,   /* a question to our name server */
	VERDICT_STACK, /* libslirp's */
};

enum verdict rules_judge(const struct settings *s, const struct frame *f);

#endif
