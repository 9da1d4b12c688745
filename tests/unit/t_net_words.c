/* SPDX-License-Identifier: Apache-2.0 */
/* What runc-net is told: the launch message, resolv.conf, requests of its clients. */
#include <errno.h>

#include "base/mem.h"
#include "helpers/net/request.h"
#include "unit/net.h"
#include "unit/tap.h"

static struct arena arena;

/* ---- the launch message ---- */

/* NET_DOCUMENT with one key changed or added: later keys must not repeat, so it is cut out. */
static int read_with(const char *key, const char *value, struct settings *s, struct err *e)
{
	static const char whole[] = NET_DOCUMENT "}";
	OWN_STR quoted = mem_printf("\"%s\":", key);
	const char *at = strstr(whole, quoted);
	OWN_TEXT text = { 0 };

	if (at) {
		size_t n = strcspn(at, ",}");

		text_addn(&text, whole, (size_t)(at - whole));
		text_printf(&text, "%s%s%s", quoted, value, at + n);
	} else {
		text_printf(&text, "%.*s,%s%s}", (int)sizeof(whole) - 2, whole, quoted,
			    value);
	}
	return settings_read(text.s, text.len, s, &arena, e);
}

/* clang-format off */

static const struct {
	const char *label, *key, *value, *error; /* NULL: none */
} documents[] = {
	{ "as it is",              "id",         "\"web1\"", NULL },
	{ "no mode",               "mode",       "\"none\"", "mode: nothing to do" },
	{ "an unknown mode",       "mode",       "\"vpn\"", "launch message: mode: unknown value \"vpn\": expected one of none, slirp, publish" },
	{ "no name of a device",   "ifname",     "\"\"", "ifname: \"\" is not a name of a device" },
	{ "a path for a device",   "ifname",     "\"../x\"", "ifname: \"../x\" is not a name of a device" },
	{ "a long one",            "ifname",     "\"e234567890123456\"", "ifname: \"e234567890123456\" is not a name of a device" },
	{ "a pattern",             "ifname",     "\"eth%d\"", "ifname: \"eth%d\" is not a name of a device" },
	{ "half an address",       "mac",        "\"52:54:00:12:34\"", "mac: \"52:54:00:12:34\" is not the address of one device" },
	{ "other letters",         "mac",        "\"5g:54:00:12:34:56\"", "mac: \"5g:54:00:12:34:56\" is not the address of one device" },
	{ "large ones",            "mac",        "\"5A:54:00:12:34:56\"", NULL },
	{ "control characters",    "mac",        "\"\\u00152:54:00:12:34:56\"", "mac: \"\x15" "2:54:00:12:34:56\" is not the address of one device" },
	{ "a group",               "mac",        "\"53:54:00:12:34:56\"", "mac: \"53:54:00:12:34:56\" is not the address of one device" },
	{ "a small MTU",           "mtu",        "1279", "mtu: 1279 is not from 1280 to 65520" },
	{ "a large MTU",           "mtu",        "65521", "mtu: 65521 is not from 1280 to 65520" },
	{ "not a network",         "network",    "\"10.0.2.1/24\"", "network: \"10.0.2.1/24\" is not an IPv4 network of /30 or more" },
	{ "no prefix",             "network",    "\"10.0.2.0\"", "network: \"10.0.2.0\" is not an IPv4 network of /30 or more" },
	{ "too small",             "network",    "\"10.0.2.0/31\"", "network: \"10.0.2.0/31\" is not an IPv4 network of /30 or more" },
	{ "of the other family",   "network",    "\"fd00::/64\"", "network: \"fd00::/64\" is not an IPv4 network of /30 or more" },
	{ "elsewhere",             "address",    "\"10.0.3.1\"", "address: 10.0.3.1 is not in the network" },
	{ "the network itself",    "address",    "\"10.0.2.0\"", "address: 10.0.2.0 is not in the network" },
	{ "no address",            "gateway",    "\"x\"", "gateway: \"x\" is not an IPv4 address" },
	{ "the same twice",        "gateway",    "\"10.0.2.100\"", "address, gateway and dnsAddress must differ in 10.0.2.0/24" },
	{ "IPv6 elsewhere",        "address6",   "\"fd01::1\"", "address: fd01::1 is not in the network" },
	{ "a server of names",     "dnsServers", "[\"192.0.2.1\", \"fe80::1%eth0\"]", NULL },
	{ "a name for one",        "dnsServers", "[\"dns.test\"]", "dnsServers: \"dns.test\" is not an address, or more than 8" },
	{ "an address to go out",  "outboundAddress", "\"192.0.2.1\"", NULL },
	{ "of the wrong family",   "outboundAddress", "\"::1\"", "outboundAddress: \"::1\" is not an IPv4 address" },
	{ "a port of 0 inside",    "ports",      "[{\"protocol\":\"tcp\",\"hostPort\":80}]", "publish 80/tcp: port 0 is out of range (1-65535)" },
	{ "spliced UDP",           "ports",      "[{\"protocol\":\"udp\",\"path\":\"splice\",\"hostPort\":80,\"guestPort\":80}]", "publish 80/udp: only tcp can be spliced" },
	{ "UDP by libslirp",       "ports",      "[{\"protocol\":\"udp\",\"path\":\"slirp\",\"hostPort\":80,\"guestPort\":80}]", "publish 80/udp: mode=slirp is for tcp" },
	{ "a relative path",       "ports",      "[{\"protocol\":\"tcp\",\"host\":\"unix:x\",\"guestPort\":80}]", "publish \"unix:x\": the path is not absolute" },
	{ "a path with a port",    "ports",      "[{\"protocol\":\"tcp\",\"host\":\"unix:/x\",\"hostPort\":1,\"guestPort\":80}]", "publish \"unix:/x\": is for tcp, without a port" },
	{ "a path by libslirp",    "ports",      "[{\"protocol\":\"tcp\",\"host\":\"unix:/x\",\"path\":\"slirp\",\"guestPort\":80}]", "publish unix:/x: mode=slirp is for addresses" },
	{ "a name for a host",     "ports",      "[{\"protocol\":\"tcp\",\"host\":\"localhost\",\"hostPort\":80,\"guestPort\":80}]", "publish \"localhost\": is not an address" },
	{ "a name for a guest",    "ports",      "[{\"protocol\":\"tcp\",\"guest\":\"web\",\"hostPort\":80,\"guestPort\":80}]", "publish to \"web\": is not an address" },
};
/* clang-format on */

static void test_documents(void)
{
	struct settings s;
	struct err e;

	for (size_t i = 0; i < COUNT(documents); i++) {
		int ret = read_with(documents[i].key, documents[i].value, &s, &e);

		CHECK_SAME(documents[i].label, ret < 0 ? e.text : NULL,
			   documents[i].error);
	}
	read_with("ports",
		  "[{\"protocol\":\"tcp\",\"host\":\"::1\",\"hostPort\":8080,\"guestPort\":80}]",
		  &s, &e);
	CHECK("a port is spliced unless it is said otherwise",
	      s.port_count == 1 && s.ports[0].path == NET_PATH_SPLICE &&
		      s.ports[0].host.family == AF_INET6 && s.ports[0].guest.family == 0);
	read_with("restrict", "true", &s, &e);
	CHECK("who is restricted has no names", s.restrict_out && !s.dns);
}

/* ---- addresses ---- */

static void test_addresses(void)
{
	struct endpoint p = { .ip = net_ip("192.0.2.7"), .port = 80 }, q;
	struct sockaddr_storage addr;
	struct subnet net;
	struct ip ip;

	CHECK("an IPv4 address for a socket of IPv6",
	      endpoint_put_as(&p, AF_INET6, &addr) == sizeof(struct sockaddr_in6) &&
		      addr.ss_family == AF_INET6);
	CHECK("comes back as what it is",
	      endpoint_get(&addr, &q) && q.port == 80 && ip_equal(&p.ip, &q.ip));
	addr.ss_family = AF_UNIX;
	CHECK("no other family", !endpoint_get(&addr, &q));
	CHECK("a network", subnet_parse("10.8.0.0/13", &net));
	ip = net_ip("10.15.255.255");
	CHECK("has its last", subnet_has(&net, &ip));
	ip = net_ip("10.16.0.0");
	CHECK("and no more", !subnet_has(&net, &ip));
	ip = net_ip("::a0f:ffff");
	CHECK("nor another family", !subnet_has(&net, &ip));
	CHECK("bits behind the prefix", !subnet_parse("10.9.0.0/13", &net));
	CHECK("no bits at all", subnet_parse("0.0.0.0/0", &net));
	CHECK("too many", !subnet_parse("10.0.0.0/33", &net));
}

/* ---- name servers ---- */

static void test_resolvers(void)
{
	static const char text[] = "# nameserver 192.0.2.1\n"
				   "nameserver 192.0.2.2\n"
				   " nameserver 192.0.2.3\n"
				   "nameserver\t2001:db8::1 # with a word\n"
				   "nameserver fe80::1%eth0\r\n"
				   "nameserver nowhere\n"
				   "nameservers 192.0.2.4\n"
				   "nameserver 0.0.0.0\n"
				   "search nameserver 192.0.2.5\n"
				   "nameserver 192.0.2.6";
	OWN_TEXT out = { 0 };
	OWN_TEXT many = { 0 };
	struct resolvers r, again;

	resolvers_parse(text, sizeof(text) - 1, &r);
	CHECK("servers of a file", r.n == 4);
	CHECK_SAME("a device", r.v[2].device, "eth0");
	resolvers_print(&r, &out);
	CHECK_SAME("as libslirp reads them", text_str(&out),
		   "nameserver 192.0.2.2\nnameserver 2001:db8::1\nnameserver 192.0.2.6\n");
	resolvers_parse(text_str(&out), out.len, &again);
	CHECK("they are not the same then", !resolvers_equal(&r, &again) && again.n == 3);
	for (int i = 0; i < 20; i++)
		text_printf(&many, "nameserver 192.0.2.%d\n", i + 1);
	resolvers_parse(text_str(&many), many.len, &r);
	CHECK("not more than there is room for", r.n == RESOLVERS_MAX);
	resolvers_parse("nameserver", 10, &r);
	CHECK("none", r.n == 0);
}

/* ---- requests ---- */

static void test_lengths(void)
{
	CHECK("nothing yet", request_length("", 0) == 0);
	CHECK("blanks", request_length(" \n", 2) == 0);
	CHECK("half of one", request_length("{\"a\":{", 6) == 0);
	CHECK("a whole one", request_length("{\"a\":{}}\n{", 10) == 8);
	CHECK("a brace in a string", request_length("{\"}\\\"}\":1}", 10) == 10);
	CHECK("nothing of the kind", request_length("hello", 5) == -1);
	CHECK("a list", request_length("[]", 2) == -1);
	CHECK("a NUL", request_length("\0", 1) == -1);
}

/* clang-format off */

static const struct {
	const char *label, *text, *error; /* NULL: none */
	size_t fds;
	int sys;
} requests[] = {
	{ "a port", "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"host_port\":8080,\"guest_port\":80}}", NULL, 0, 0 },
	{ "a port with a socket", "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"guest_port\":80}}", NULL, 1, 0 },
	{ "a port without", "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"guest_port\":80}}", "bad request: add_hostfwd: bad arguments.host_port", 0, EINVAL },
	{ "a list", "{\"execute\":\"list_hostfwd\"}", NULL, 0, 0 },
	{ "a list with a socket", "{\"execute\":\"list_hostfwd\"}", "bad request: a descriptor is sent for each port that has a listener", 1, EINVAL },
	{ "many with one socket", "{\"execute\":\"add_many\",\"arguments\":{\"ports\":[{\"protocol\":\"tcp\",\"listener\":true,\"guestPort\":80}]}}", NULL, 1, 0 },
	{ "many with two", "{\"execute\":\"add_many\",\"arguments\":{\"ports\":[{\"protocol\":\"tcp\",\"listener\":true,\"guestPort\":80}]}}", "bad request: a descriptor is sent for each port that has a listener", 2, EINVAL },
	{ "a number too large", "{\"execute\":\"remove_hostfwd\",\"arguments\":{\"id\":4294967296}}", "bad request: remove_hostfwd: bad arguments.id", 0, EINVAL },
	{ "a mode", "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"host_port\":1,\"guest_port\":1,\"mode\":\"fast\"}}", "bad request: add_hostfwd: bad arguments.mode", 0, EINVAL },
};
/* clang-format on */

static void test_requests(void)
{
	OWN_TEXT out = { 0 };
	struct request r;
	struct settings s;
	struct err e;

	read_with("id", "\"web1\"", &s, &e);
	for (size_t i = 0; i < COUNT(requests); i++) {
		int ret = request_parse(requests[i].text, strlen(requests[i].text),
					requests[i].fds, &s, &r, &arena, &e);

		CHECK_SAME(requests[i].label, ret < 0 ? e.text : NULL, requests[i].error);
		CHECK("its errno", ret == 0 || e.sys == requests[i].sys);
	}
	request_parse(requests[0].text, strlen(requests[0].text), 0, &s, &r, &arena, &e);
	CHECK("no address is IPv4 alone, as slirp4netns has it",
	      r.ports[0].host.family == AF_INET && r.ports[0].host_port == 8080);
	err_set(&e, "a \"word\"");
	e.sys = EADDRINUSE;
	request_print_error(&e, &out);
	CHECK_SAME("an error", text_str(&out),
		   "{\"error\":{\"desc\":\"a \\\"word\\\"\",\"errno\":\"EADDRINUSE\"}}");
}

int main(void)
{
	test_documents();
	test_addresses();
	test_resolvers();
	test_lengths();
	test_requests();
	arena_free(&arena);
	return tap_done();
}
