/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as values: one type for both families. Pure. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define IP_TEXT INET6_ADDRSTRLEN

struct ip {
	int family; /* AF_INET, AF_INET6; 0: none */
	uint8_t b[16];
};

struct subnet {
	struct ip ip;
	unsigned int prefix;
};

struct endpoint {
	struct ip ip;
	uint16_t port;
	uint32_t scope; /* interface of a link-local address */
};

size_t ip_len(const struct ip *ip);

/* A numeric address of either family, without a scope. */
bool ip_parse(const char *text, struct ip *out);
void ip_print(const struct ip *ip, char out[IP_TEXT]);
void ip_set(struct ip *ip, int family, const void *bytes);

bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_is_any(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
bool ip_is_multicast(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip);

/* "10.0.2.0/24": bits behind the prefix must be zero. */
bool subnet_parse(const char *text, struct subnet *out);
bool subnet_has(const struct subnet *net, const struct ip *ip);

/* The caller's of out; returns its length. */
socklen_t endpoint_put(const struct endpoint *p, struct sockaddr_storage *out);

/* For a socket of this domain: an IPv4 address is mapped for one of IPv6. */
socklen_t endpoint_put_as(const struct endpoint *p, int domain,
			  struct sockaddr_storage *out);

/* An IPv4 address that comes mapped into IPv6 is one of IPv4. False: another family. */
bool endpoint_get(const struct sockaddr_storage *from, struct endpoint *out);

#endif
