/* SPDX-License-Identifier: Apache-2.0 */
/* Name servers, and resolv.conf as it lists them. Pure. */
#ifndef NET_RESOLV_H
#define NET_RESOLV_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "helpers/net/addr.h"

#define RESOLVERS_MAX 8

/* No pointers: it crosses between our processes. */
struct resolvers {
	struct resolver {
		struct ip ip;
		char device[IFNAMSIZ]; /* of a link-local address: "fe80::1%eth0" */
	} v[RESOLVERS_MAX];
	size_t n;
};

/* False if it is no address, or there is no room. */
bool resolvers_add(struct resolvers *r, const char *word);

/* What a file says; lines that are none of ours are left out, as every resolver does. */
void resolvers_parse(const char *text, size_t n, struct resolvers *out);

bool resolvers_equal(const struct resolvers *a, const struct resolvers *b);

/* As a resolv.conf, those without a device, which libslirp could not look up. */
void resolvers_print(const struct resolvers *r, struct text *out);

#endif
