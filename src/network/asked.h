/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked for, as words, before anybody judged them: plan.c does. Pure. */
#ifndef NETWORK_ASKED_H
#define NETWORK_ASKED_H

#include "network/plan.h"

enum key {
	KEY_BACKEND,
	KEY_CIDR,
	KEY_CIDR6,
	KEY_DNS,
	KEY_DNS_SEARCH,
	KEY_HOST_LOOPBACK,
	KEY_HOST_PORTS,
	KEY_IFNAME,
	KEY_IP,
	KEY_IPV6,
	KEY_MAC,
	KEY_MTU,
	KEY_OUTBOUND_ADDR,
	KEY_OUTBOUND_ADDR6,
	KEY_RESTRICT,
	KEYS,
};

struct asked {
	const char *mode; /* NULL: nobody did */
	const char *values[KEYS];
	bool from_option;
	bool published;      /* --publish was given */
	const char *ignored; /* an annotation, the first; NULL */
	struct publish_list ports;
};

/* From annotations and the command line, which beats them. */
int asked_take(struct asked *asked, const struct spec *s, const struct network_request *r,
	       struct arena *a, struct err *e);

const char *asked_word(enum key key);

/* Cuts the next word off a list with commas; NULL at its end. */
char *asked_next(char **list);

#endif
