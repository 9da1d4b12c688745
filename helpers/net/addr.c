/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/net/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/num.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

size_t ip_len(const struct ip *ip)
{
	return ip->family == AF_INET ? 4 : ip->family == AF_INET6 ? 16 : 0;
}

void ip_set(struct ip *ip, int family, const void *bytes)
{
	*ip = (struct ip){ .family = family };
	memcpy(ip->b, bytes, ip_len(ip));
}

bool ip_parse(const char *text, struct ip *out)
{
	uint8_t bytes[16];

	for (int i = 0; i < 2; i++) {
		int family = i == 0 ? AF_INET : AF_INET6;

		if (inet_pton(family, text, bytes) == 1) {
			ip_set(out, family, bytes);
			return true;
		}
	}
	return false;
}

void ip_print(const struct ip *ip, char out[IP_TEXT])
{
	if (!ip->family || !inet_ntop(ip->family, ip->b, out, IP_TEXT))
		*out = '\0';
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->b, b->b, ip_len(a)) == 0;
}

bool ip_is_any(const struct ip *ip)
{
	static const uint8_t zero[16];

	return memcmp(ip->b, zero, ip_len(ip)) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->family == AF_INET ? ip->b[0] == 127 : memcmp(ip->b, one, 16) == 0;
}

bool ip_is_multicast(const struct ip *ip)
{
	return ip->family == AF_INET ? ip->b[0] >= 224 && ip->b[0] < 240 :
				       ip->b[0] == 0xff;
}

bool ip_is_link_local(const struct ip *ip)
{
	return ip->family == AF_INET ? ip->b[0] == 169 && ip->b[1] == 254 :
				       ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

/* The i-th byte of a mask of so many bits. */
static uint8_t mask_byte(unsigned int prefix, size_t i)
{
	unsigned int bits = prefix > i * 8 ? prefix - (unsigned int)i * 8 : 0;

	return (uint8_t)(bits >= 8 ? 0xff : 0xff00u >> bits);
}

bool subnet_has(const struct subnet *net, const struct ip *ip)
{
	if (net->ip.family != ip->family || !ip->family)
		return false;
	for (size_t i = 0; i < ip_len(ip); i++)
		if ((unsigned int)(ip->b[i] ^ net->ip.b[i]) & mask_byte(net->prefix, i))
			return false;
	return true;
}

bool subnet_parse(const char *text, struct subnet *out)
{
	char address[IP_TEXT];
	const char *slash = strchr(text, '/');
	uint64_t prefix;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!ip_parse(address, &out->ip) ||
	    !num_dec(slash + 1, ip_len(&out->ip) * 8, &prefix))
		return false;
	out->prefix = (unsigned int)prefix;
	for (size_t i = 0; i < ip_len(&out->ip); i++)
		if (out->ip.b[i] & (0xffu ^ mask_byte(out->prefix, i)))
			return false;
	return true;
}

socklen_t endpoint_put(const struct endpoint *p, struct sockaddr_storage *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (p->ip.family == AF_INET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(p->port);
		memcpy(&in->sin_addr, p->ip.b, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(p->port);
	in6->sin6_scope_id = p->scope;
	memcpy(&in6->sin6_addr, p->ip.b, 16);
	return sizeof(*in6);
}

socklen_t endpoint_put_as(const struct endpoint *p, int domain,
			  struct sockaddr_storage *out)
{
	struct endpoint six = *p;

	if (p->ip.family != AF_INET || domain != AF_INET6)
		return endpoint_put(p, out);
	six.ip.family = AF_INET6;
	memcpy(six.ip.b, mapped, sizeof(mapped));
	memcpy(six.ip.b + 12, p->ip.b, 4);
	return endpoint_put(&six, out);
}

bool endpoint_get(const struct sockaddr_storage *from, struct endpoint *out)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

	*out = (struct endpoint){ 0 };
	if (from->ss_family == AF_INET) {
		ip_set(&out->ip, AF_INET, &in->sin_addr);
		out->port = ntohs(in->sin_port);
		return true;
	}
	if (from->ss_family != AF_INET6)
		return false;
	out->port = ntohs(in6->sin6_port);
	out->scope = in6->sin6_scope_id;
	if (memcmp(&in6->sin6_addr, mapped, sizeof(mapped)) == 0)
		ip_set(&out->ip, AF_INET, (const uint8_t *)&in6->sin6_addr + 12);
	else
		ip_set(&out->ip, AF_INET6, &in6->sin6_addr);
	return true;
}
