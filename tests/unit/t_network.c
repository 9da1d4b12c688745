/* SPDX-License-Identifier: Apache-2.0 */
/* A network in words: published ports, --network, annotations, resolv.conf and hosts. */
#include "network/control.h"
#include "network/files.h"
#include "network/plan.h"
#include "network/process.h"

#include <errno.h>

#include "unit/given.h"
#include "unit/tap.h"

/* clang-format off */

/* ---- published ports; want: as they are printed, or the error ---- */

static const struct {
	const char *label, *spec, *want;
} specs[] = {
	{ .label = "two ports",                 .spec = "8080:80",               .want = "8080:80/tcp" },
	{ .label = "a protocol",                .spec = "5353:53/udp",           .want = "5353:53/udp" },
	{ .label = "tcp by name",               .spec = "8080:80/tcp",           .want = "8080:80/tcp" },
	{ .label = "an address",                .spec = "127.0.0.1:8080:80",     .want = "127.0.0.1:8080:80/tcp" },
	{ .label = "an IPv6 address",           .spec = "[::1]:8080:80",         .want = "[::1]:8080:80/tcp" },
	{ .label = "one spelling of an address", .spec = "[0:0:0:0:0:0:0:1]:1:2", .want = "[::1]:1:2/tcp" },
	{ .label = "the wildcard of one family", .spec = "[::]:8080:80",         .want = "[::]:8080:80/tcp" },
	{ .label = "an address inside",         .spec = "8080:127.0.0.1:80",     .want = "8080:127.0.0.1:80/tcp" },
	{ .label = "addresses on both sides",   .spec = "127.0.0.1:8080:[fd00::100]:80/tcp", .want = "127.0.0.1:8080:[fd00::100]:80/tcp" },
	{ .label = "the kernel's choice",       .spec = "0:80",                  .want = "0:80/tcp" },
	{ .label = "the last port",             .spec = "65535:65535",           .want = "65535:65535/tcp" },
	{ .label = "a range",                   .spec = "8000-8002:80",          .want = "8000:80/tcp 8001:81/tcp 8002:82/tcp" },
	{ .label = "a range on both sides",     .spec = "8000-8001:90-91/udp",   .want = "8000:90/udp 8001:91/udp" },
	{ .label = "a range of one",            .spec = "8000-8000:80",          .want = "8000:80/tcp" },
	{ .label = "a UNIX socket",             .spec = "unix:/run/web.sock:80", .want = "unix:/run/web.sock:80/tcp" },
	{ .label = "a UNIX socket, all parts",  .spec = "unix:/run/web.sock:127.0.0.1:80/tcp;mode=splice", .want = "unix:/run/web.sock:127.0.0.1:80/tcp;mode=splice" },
	{ .label = "an inherited socket",       .spec = "fd:3:80",               .want = "fd:3:80/tcp" },
	{ .label = "an inherited socket of udp", .spec = "fd:4:53/udp",          .want = "fd:4:53/udp" },
	{ .label = "through libslirp",          .spec = "8080:80;mode=slirp",    .want = "8080:80/tcp;mode=slirp" },
	{ .label = "the usual way, by name",    .spec = "8080:80/tcp;mode=auto", .want = "8080:80/tcp" },

	{ .label = "beyond the last port",      .spec = "80800:80",    .want = "net: publish \"80800:80\": port 80800 is out of range (0-65535)" },
	{ .label = "beyond it inside",          .spec = "80:65536",    .want = "net: publish \"80:65536\": port 65536 is out of range (0-65535)" },
	{ .label = "a range that ends beyond it inside", .spec = "8000-8001:65535", .want = "net: publish \"8000-8001:65535\": port 65536 is out of range (0-65535)" },
	{ .label = "2^64 does not wrap",        .spec = "18446744073709551696:80", .want = "net: publish \"18446744073709551696:80\": \"18446744073709551696\" is not a port" },
	{ .label = "nothing",                   .spec = "",            .want = "net: publish \"\": expected [ADDRESS:]HOST:CONTAINER" },
	{ .label = "one port",                  .spec = "80",          .want = "net: publish \"80\": expected [ADDRESS:]HOST:CONTAINER" },
	{ .label = "an address and one port",   .spec = "127.0.0.1:80", .want = "net: publish \"127.0.0.1:80\": expected [ADDRESS:]HOST:CONTAINER" },
	{ .label = "no port in front",          .spec = ":80",         .want = "net: publish \":80\": \"\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "no port behind",            .spec = "80:",         .want = "net: publish \"80:\": \"\" is not a port" },
	{ .label = "a name",                    .spec = "localhost:80:80", .want = "net: publish \"localhost:80:80\": \"localhost\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "a sign",                    .spec = "+80:80",      .want = "net: publish \"+80:80\": \"+80\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "IPv6 without brackets",     .spec = "::1:80:80",   .want = "net: publish \"::1:80:80\": too many colons (IPv6 addresses stand in brackets: [::1]:8080:80)" },
	{ .label = "a bracket that stays open", .spec = "[::1:80:80",  .want = "net: publish \"[::1:80:80\": \"[\" without \"]\"" },
	{ .label = "words behind a bracket",    .spec = "[::1]x:80:80", .want = "net: publish \"[::1]x:80:80\": \"x:80:80\" after an address in brackets: expected \":\"" },
	{ .label = "an interface behind an address", .spec = "[fe80::1%eth0]:80:80", .want = "net: publish \"[fe80::1%eth0]:80:80\": \"fe80::1%eth0\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "a path in brackets",        .spec = "unix:[/run/x:y]:80", .want = "net: publish \"unix:[/run/x:y]:80\": \"/run/x:y\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "IPv4 in brackets",          .spec = "[127.0.0.1]:80:80", .want = "net: publish \"[127.0.0.1]:80:80\": \"127.0.0.1\" is not an address (expected one like 127.0.0.1 or [::1])" },
	{ .label = "port 0 inside",             .spec = "80:0",        .want = "net: publish \"80:0\": the container's port must not be 0" },
	{ .label = "a range from 0",            .spec = "0-5:80",      .want = "net: publish \"0-5:80\": 0-5 is not a range of ports" },
	{ .label = "a range backwards",         .spec = "90-80:80",    .want = "net: publish \"90-80:80\": 90-80 is not a range of ports" },
	{ .label = "a range without an end",    .spec = "90-:80",      .want = "net: publish \"90-:80\": \"\" is not a port" },
	{ .label = "ranges that differ",        .spec = "80-85:80-84", .want = "net: publish \"80-85:80-84\": the ranges have 6 and 5 ports" },
	{ .label = "too many ports",            .spec = "1000-2024:1000", .want = "net: publish \"1000-2024:1000\": more than 1024 ports of one container" },
	{ .label = "a protocol there is not",   .spec = "80:80/sctp",  .want = "net: publish \"80:80/sctp\": \"sctp\" is not a protocol: expected tcp or udp" },
	{ .label = "a mode there is not",       .spec = "80:80;mode=x", .want = "net: publish \"80:80;mode=x\": \"mode=x\" is not known: expected mode=auto, splice or slirp" },
	{ .label = "an option there is not",    .spec = "80:80;x=y",   .want = "net: publish \"80:80;x=y\": \"x=y\" is not known: expected mode=auto, splice or slirp" },
	{ .label = "a relative path",           .spec = "unix:web.sock:80", .want = "net: publish \"unix:web.sock:80\": \"web.sock\" is not an absolute path" },
	{ .label = "udp by a path",             .spec = "unix:/x:80/udp", .want = "net: publish \"unix:/x:80/udp\": unix: is for tcp" },
	{ .label = "udp spliced",               .spec = "80:80/udp;mode=splice", .want = "net: publish \"80:80/udp;mode=splice\": mode= is for tcp" },
	{ .label = "a descriptor of stdio",     .spec = "fd:2:80",     .want = "net: publish \"fd:2:80\": \"2\" is not a descriptor from 3 on" },
	{ .label = "no number of a descriptor", .spec = "fd:x:80",     .want = "net: publish \"fd:x:80\": \"x\" is not a descriptor from 3 on" },
	{ .label = "an address inside that is none", .spec = "80:web:80", .want = "net: publish \"80:web:80\": \"web\" is not an address" },
};

/* ---- two specs together ---- */

static const struct {
	const char *label, *specs, *want;
} pairs[] = {
	{ .label = "two ports",             .specs = "80:80 81:80" },
	{ .label = "two protocols",         .specs = "80:80 80:80/udp" },
	{ .label = "two addresses",         .specs = "127.0.0.1:80:80 127.0.0.2:80:80" },
	{ .label = "two families",          .specs = "0.0.0.0:80:80 [::]:80:80" },
	{ .label = "the kernel's choice twice", .specs = "0:80 0:80" },
	{ .label = "the same twice",        .specs = "80:80 80:81", .want = "net: publish \"80:81/tcp\": it is published already" },
	{ .label = "within a range",        .specs = "80-90:80 85:5", .want = "net: publish \"85:5/tcp\": it is published already" },
	{ .label = "below a wildcard",      .specs = "0.0.0.0:80:80 127.0.0.1:80:80", .want = "net: publish \"127.0.0.1:80:80/tcp\": it is published already" },
	{ .label = "below both wildcards",  .specs = "[::1]:80:80 80:80", .want = "net: publish \"80:80/tcp\": it is published already" },
	{ .label = "one descriptor twice",  .specs = "fd:3:80 fd:3:81", .want = "net: publish \"fd:3:81/tcp\": it is published already" },
	{ .label = "two descriptors",       .specs = "fd:3:80 fd:4:80" },
	{ .label = "one path twice",        .specs = "unix:/a:80 unix:/a:80", .want = "net: publish \"unix:/a:80/tcp\": it is published already" },
	{ .label = "two paths",             .specs = "unix:/a:80 unix:/b:80" },
};

/* ---- --network and annotations; want: the plan, or the error ---- */

#define NEW "'namespaces':[{'type':'network'}]"
#define JOINED "'namespaces':[{'type':'network','path':'/run/netns/x'}]"
#define HOSTS "'namespaces':[]"
#define KEYS_KNOWN "backend, cidr, cidr6, dns, dns_search, host_loopback, host_ports, ifname, ip, ipv6, mac, mtu, outbound_addr, outbound_addr6, restrict"
#define BASE "slirp eth0 52:54:93:c3:ef:e0 1500 10.0.2.0/24 10.0.2.100 10.0.2.2 10.0.2.3 auto"

static const struct {
	const char *label;
	const char *linux;       /* NULL: a new network namespace */
	const char *network;     /* --network */
	const char *publish;     /* --publish, each a word */
	const char *annotations;
	const char *want;
	bool image; /* without --net-annotations */
} plans[] = {
	{ .label = "nothing is asked for",     .want = "none" },
	{ .label = "other annotations",        .annotations = "'org.runc':'x','org.opencontainers.net':'y'", .want = "none" },
	{ .label = "slirp",                    .network = "slirp", .want = BASE },
	{ .label = "by annotation",            .annotations = "'org.runc.net':'slirp'", .want = BASE },
	{ .label = "none",                     .network = "none", .want = "none" },
	{ .label = "by annotation, which may be an image's", .image = true, .annotations = "'org.runc.net':'slirp','org.runc.net.publish':'80:80'", .want = "none, org.runc.net ignored" },
	{ .label = "an image's key that there is not", .image = true, .annotations = "'org.runc.net.foo':'1'", .want = "none, org.runc.net.foo ignored" },
	{ .label = "an image has no say in the caller's network", .image = true, .network = "slirp", .annotations = "'org.runc.net.host_loopback':'true','org.runc.net.publish':'80:80'",
	  .want = BASE ", org.runc.net.host_loopback ignored" },
	{ .label = "none beats the annotation", .network = "none", .annotations = "'org.runc.net':'slirp','org.runc.net.publish':'80:80','org.runc.net.mtu':'9000'", .want = "none" },
	{ .label = "none and ports",           .network = "none", .publish = "8080:80", .want = "publish 8080:80/tcp" },
	{ .label = "ports alone, by annotation", .annotations = "'org.runc.net':'publish','org.runc.net.publish':'8080:80'", .want = "publish 8080:80/tcp" },
	{ .label = "ports",                    .network = "slirp", .publish = "8080:80 [::1]:53:53/udp", .want = BASE " 8080:80/tcp [::1]:53:53/udp" },
	{ .label = "ports by annotation",      .network = "slirp", .annotations = "'org.runc.net.publish':'8080:80,81:81'", .want = BASE " 8080:80/tcp 81:81/tcp" },
	{ .label = "ports of the command line beat them", .network = "slirp", .publish = "1:1", .annotations = "'org.runc.net.publish':'8080:80'", .want = BASE " 1:1/tcp" },
	{ .label = "a network namespace is added", .linux = HOSTS, .network = "slirp", .want = BASE " +namespace" },
	{ .label = "... for ports alone too",  .linux = HOSTS, .network = "none", .publish = "8080:80", .want = "publish 8080:80/tcp +namespace" },
	{ .label = "none adds none",           .linux = HOSTS, .network = "none", .want = "none" },

	{ .label = "options",                  .network = "slirp:mtu=9000,ifname=net0,mac=02:00:00:00:00:01,ipv6=false,backend=veth",
	  .want = "slirp net0 02:00:00:00:00:01 9000 10.0.2.0/24 10.0.2.100 10.0.2.2 10.0.2.3 no veth" },
	{ .label = "options by annotation",    .annotations = "'org.runc.net':'slirp','org.runc.net.mtu':'9000','org.runc.net.ipv6':'true'",
	  .want = "slirp eth0 52:54:93:c3:ef:e0 9000 10.0.2.0/24 10.0.2.100 10.0.2.2 10.0.2.3 yes" },
	{ .label = "options beat them, key by key", .network = "slirp:mtu=1400", .annotations = "'org.runc.net':'publish','org.runc.net.mtu':'9000','org.runc.net.ifname':'net0'",
	  .want = "slirp net0 52:54:93:c3:ef:e0 1400 10.0.2.0/24 10.0.2.100 10.0.2.2 10.0.2.3 auto" },
	{ .label = "another network",          .network = "slirp:cidr=192.168.7.0/24", .want = "slirp eth0 52:54:93:c3:ef:e0 1500 192.168.7.0/24 192.168.7.100 192.168.7.2 192.168.7.3 auto" },
	{ .label = "another address",          .network = "slirp:ip=10.0.2.15", .want = "slirp eth0 52:54:93:c3:ef:e0 1500 10.0.2.0/24 10.0.2.15 10.0.2.2 10.0.2.3 auto" },
	{ .label = "a small network",          .network = "slirp:cidr=10.9.9.8/29", .want = "slirp eth0 52:54:93:c3:ef:e0 1500 10.9.9.8/29 10.9.9.12 10.9.9.10 10.9.9.11 auto" },
	{ .label = "no IPv6 with a small mtu", .network = "slirp:mtu=1279", .want = "slirp eth0 52:54:93:c3:ef:e0 1279 10.0.2.0/24 10.0.2.100 10.0.2.2 10.0.2.3 no" },
	{ .label = "an IPv6 network",          .network = "slirp:cidr6=fd12:3456:789a:1::/64", .want = BASE " fd12:3456:789a:1::/64 fd12:3456:789a:1::100 fd12:3456:789a:1::2 fd12:3456:789a:1::3" },
	{ .label = "ways to the host",         .network = "slirp:host_ports=5432,53/udp,outbound_addr=192.0.2.1,outbound_addr6=2001:db8::1", .want = BASE " host 5432/tcp host 53/udp from 192.0.2.1 from 2001:db8::1" },
	{ .label = "all of the host's loopback", .network = "slirp:host_loopback=true,restrict=1", .want = BASE " loopback restrict" },
	{ .label = "name servers",             .network = "slirp:dns=192.0.2.1,2001:db8::53,dns_search=example.org,a.b", .want = BASE " dns 192.0.2.1 dns 2001:db8::53 search example.org search a.b" },
	{ .label = "no names",                 .network = "slirp:dns=none", .want = BASE " nodns" },
	{ .label = "an inherited socket",      .network = "slirp", .publish = "fd:5:80", .want = BASE " fd:5:80/tcp" },

	{ .label = "another word",             .network = "bridge", .want = "net: --network \"bridge\": expected slirp[:KEY=VALUE,...] or none" },
	{ .label = "another word in an annotation", .annotations = "'org.runc.net':'bridge'", .want = "net: org.runc.net \"bridge\": expected slirp or publish" },
	{ .label = "options of none",          .network = "none:mtu=1", .want = "net: --network none takes no options" },
	{ .label = "an option there is not",   .network = "slirp:foo=1", .want = "net: --network slirp:foo: unknown key (known are " KEYS_KNOWN ")" },
	{ .label = "a key there is not",       .annotations = "'org.runc.net':'slirp','org.runc.net.foo':'1'", .want = "net: annotation org.runc.net.foo: unknown key (known are " KEYS_KNOWN ", publish)" },
	{ .label = "a typing mistake, and nothing else", .annotations = "'org.runc.network':'slirp'", .want = "net: annotation org.runc.network: unknown key (known are " KEYS_KNOWN ", publish)" },
	{ .label = "a key there is not, even with none", .network = "none", .annotations = "'org.runc.net.foo':'1'", .want = "net: annotation org.runc.net.foo: unknown key (known are " KEYS_KNOWN ", publish)" },
	{ .label = "an option without a value", .network = "slirp:mtu", .want = "net: --network slirp:mtu: expected mtu=VALUE" },
	{ .label = "an option twice",          .network = "slirp:mtu=1500,mtu=1400", .want = "net: --network slirp: mtu is given twice" },
	{ .label = "ports and no network",     .publish = "80:80", .want = "net: --publish needs --network slirp, or --network none for published ports and no other network" },
	{ .label = "ports and no network, by annotation", .annotations = "'org.runc.net.publish':'80:80'", .want = "net: org.runc.net.publish needs org.runc.net, slirp or publish" },
	{ .label = "a key and no network",     .annotations = "'org.runc.net.mtu':'1400'", .want = "net: org.runc.net.mtu needs org.runc.net, slirp or publish" },
	{ .label = "publish without ports",    .annotations = "'org.runc.net':'publish'", .want = "net: org.runc.net is publish, and org.runc.net.publish names no ports" },
	{ .label = "publish with a device's key", .annotations = "'org.runc.net':'publish','org.runc.net.publish':'80:80','org.runc.net.mtu':'1400'",
	  .want = "net: mtu has no meaning where ports are published and there is no other network: use slirp" },
	{ .label = "udp without libslirp",     .network = "none", .publish = "53:53/udp", .want = "net: publish \"53:53/udp\": udp needs slirp as network" },
	{ .label = "libslirp without libslirp", .network = "none", .publish = "80:80;mode=slirp", .want = "net: publish \"80:80/tcp;mode=slirp\": mode=slirp needs slirp as network" },
	{ .label = "a namespace by its path",  .linux = JOINED, .network = "slirp", .want = "net: --network needs a new network namespace, but config.json joins /run/netns/x" },
	{ .label = "... by annotation",        .linux = JOINED, .annotations = "'org.runc.net':'slirp'", .want = "net: org.runc.net needs a new network namespace, but config.json joins /run/netns/x" },
	{ .label = "... for ports alone",      .linux = JOINED, .network = "none", .publish = "80:80", .want = "net: --network needs a new network namespace, but config.json joins /run/netns/x" },
	{ .label = "the host's namespace, by annotation", .linux = HOSTS, .annotations = "'org.runc.net':'slirp'",
	  .want = "net: org.runc.net needs a new network namespace: add {\"type\": \"network\"} to linux.namespaces" },
	{ .label = "none with a namespace by its path", .linux = JOINED, .network = "none", .want = "none" },
	{ .label = "a port twice",             .network = "slirp", .publish = "80:80 80:81", .want = "net: publish \"80:81/tcp\": it is published already" },
	{ .label = "an mtu that is too small", .network = "slirp:mtu=575", .want = "net: mtu \"575\": expected 576 to 65520" },
	{ .label = "an mtu that is too large", .network = "slirp:mtu=65521", .want = "net: mtu \"65521\": expected 576 to 65520" },
	{ .label = "an mtu too small for IPv6", .network = "slirp:mtu=1279,ipv6=true", .want = "net: ipv6 needs an mtu of at least 1280" },
	{ .label = "a name too long",          .network = "slirp:ifname=abcdefghijklmnop", .want = "net: ifname \"abcdefghijklmnop\": expected a name of 1 to 15 characters that is not lo" },
	{ .label = "a name that is there",     .network = "slirp:ifname=lo", .want = "net: ifname \"lo\": expected a name of 1 to 15 characters that is not lo" },
	{ .label = "a name with a slash",      .network = "slirp:ifname=a/b", .want = "net: ifname \"a/b\": expected a name of 1 to 15 characters that is not lo" },
	{ .label = "an address of a group",    .network = "slirp:mac=01:00:5e:00:00:01", .want = "net: mac \"01:00:5e:00:00:01\": expected an address like 52:54:00:12:34:56" },
	{ .label = "half an address",          .network = "slirp:mac=52:54:00:12:34", .want = "net: mac \"52:54:00:12:34\": expected an address like 52:54:00:12:34:56" },
	{ .label = "a network without bits",   .network = "slirp:cidr=10.0.2.0", .want = "net: cidr \"10.0.2.0\": expected a network like 10.0.2.0/24, from /8 to /29" },
	{ .label = "a network that is too small", .network = "slirp:cidr=10.0.2.0/30", .want = "net: cidr \"10.0.2.0/30\": expected a network like 10.0.2.0/24, from /8 to /29" },
	{ .label = "a network that is too large", .network = "slirp:cidr=0.0.0.0/0", .want = "net: cidr \"0.0.0.0/0\": expected a network like 10.0.2.0/24, from /8 to /29" },
	{ .label = "a host's address as network", .network = "slirp:cidr=10.0.2.1/24", .want = "net: cidr \"10.0.2.1/24\": bits of the host are set: 10.0.2.0/24 is meant" },
	{ .label = "an IPv6 network of another size", .network = "slirp:cidr6=fd00::/48", .want = "net: cidr6 \"fd00::/48\": expected a network like fd00:1::/64" },
	{ .label = "an IPv6 address as network", .network = "slirp:cidr6=fd00::1/64", .want = "net: cidr6 \"fd00::1/64\": expected a network like fd00:1::/64" },
	{ .label = "an address outside",       .network = "slirp:ip=10.0.3.1", .want = "net: ip \"10.0.3.1\": not a free address of 10.0.2.0/24 (10.0.2.2 is the gateway, 10.0.2.3 the name server)" },
	{ .label = "the gateway's address",    .network = "slirp:ip=10.0.2.2", .want = "net: ip \"10.0.2.2\": not a free address of 10.0.2.0/24 (10.0.2.2 is the gateway, 10.0.2.3 the name server)" },
	{ .label = "the broadcast address",    .network = "slirp:ip=10.0.2.255", .want = "net: ip \"10.0.2.255\": not a free address of 10.0.2.0/24 (10.0.2.2 is the gateway, 10.0.2.3 the name server)" },
	{ .label = "no address",               .network = "slirp:ip=web", .want = "net: ip \"web\": expected an IPv4 address" },
	{ .label = "no boolean",               .network = "slirp:restrict=maybe", .want = "net: restrict \"maybe\": expected true or false" },
	{ .label = "no word of ipv6",          .network = "slirp:ipv6=maybe", .want = "net: ipv6 \"maybe\": expected auto, true or false" },
	{ .label = "no back end",              .network = "slirp:backend=vde", .want = "net: backend \"vde\": expected auto, tap or veth" },
	{ .label = "no port of the host",      .network = "slirp:host_ports=0", .want = "net: host_ports: \"0\" is not a port (1-65535)" },
	{ .label = "no protocol of the host",  .network = "slirp:host_ports=53/sctp", .want = "net: host_ports: \"53/sctp\": expected /tcp or /udp" },
	{ .label = "all ports, and some",      .network = "slirp:host_loopback=true,host_ports=53", .want = "net: host_ports: host_loopback opens all ports already: give one of the two" },
	{ .label = "a name server's name",     .network = "slirp:dns=ns.example.org", .want = "net: dns \"ns.example.org\": expected an address of a name server, or none" },
	{ .label = "no server",                .network = "slirp:dns=", .want = "net: dns \"\": expected addresses, or none" },
	{ .label = "no domain",                .network = "slirp:dns_search=a b", .want = "net: dns_search \"a b\": expected a domain like example.org" },
	{ .label = "a search without names",   .network = "slirp:dns=none,dns_search=a", .want = "net: dns_search has no meaning with dns=none" },
	{ .label = "no address to go out from", .network = "slirp:outbound_addr=eth0", .want = "net: outbound_addr \"eth0\": expected an IPv4 address of the host" },
	{ .label = "the other family's",       .network = "slirp:outbound_addr6=192.0.2.1", .want = "net: outbound_addr6 \"192.0.2.1\": expected an IPv6 address of the host" },
};

/* ---- resolv.conf ---- */

static const struct {
	const char *label, *network, *host, *want;
	bool ipv6;
} resolvs[] = {
	{ .label = "an empty one",   .network = "slirp", .host = "", .want = "nameserver 10.0.2.3\n" },
	{ .label = "the host's servers are runc-net's business", .network = "slirp", .host = "nameserver 192.0.2.1\nnameserver ::1\n", .want = "nameserver 10.0.2.3\n" },
	{ .label = "IPv6: the one server asks both families", .network = "slirp", .ipv6 = true, .host = "nameserver ::1\n", .want = "nameserver 10.0.2.3\n" },
	{ .label = "the host's search and options", .network = "slirp", .host = "# x\nsearch a.example b.example\noptions edns0 ndots:2\n",
	  .want = "nameserver 10.0.2.3\nsearch a.example b.example\noptions edns0 ndots:2\n" },
	{ .label = "the last one counts", .network = "slirp", .host = "search a\ndomain b", .want = "nameserver 10.0.2.3\ndomain b\n" },
	{ .label = "a search of one's own", .network = "slirp:dns_search=x.example,y.example", .host = "search a\n", .want = "nameserver 10.0.2.3\nsearch x.example y.example\n" },
	{ .label = "no search at all",   .network = "slirp:dns_search=", .host = "search a\n", .want = "nameserver 10.0.2.3\n" },
	{ .label = "words that only begin so", .network = "slirp", .host = "searching a\noptional\n", .want = "nameserver 10.0.2.3\n" },
	{ .label = "control characters", .network = "slirp", .host = "search a\x1b[2J\n", .want = "nameserver 10.0.2.3\n" },
	{ .label = "another network",    .network = "slirp:cidr=192.168.7.0/24", .host = "", .want = "nameserver 192.168.7.3\n" },
};

/* ---- hosts ---- */

#define LOCAL "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"

static const struct {
	const char *label, *network, *name, *want;
	bool ipv6;
} hosts[] = {
	{ .label = "no name",         .network = "slirp", .want = LOCAL },
	{ .label = "a name",          .network = "slirp", .name = "web", .want = LOCAL "10.0.2.100\tweb\n" },
	{ .label = "both families",   .network = "slirp", .name = "web", .ipv6 = true, .want = LOCAL "10.0.2.100\tweb\nfd00::100\tweb\n" },
	{ .label = "localhost",       .network = "slirp", .name = "localhost", .want = LOCAL },
	{ .label = "a name that is more than one line", .network = "slirp", .name = "web\n192.0.2.1 bank", .want = LOCAL },
	{ .label = "the host, if one may reach it", .network = "slirp:host_loopback=true", .want = LOCAL "10.0.2.2\thost.internal\n" },
	{ .label = "... a port of it",  .network = "slirp:host_ports=53", .want = LOCAL "10.0.2.2\thost.internal\n" },
};

/* ---- ids for the sandbox ---- */

static const struct {
	const char *label, *map;
	uint32_t want;
} maps[] = {
	{ .label = "one id",          .map = "         0       1000          1\n", .want = 0 },
	{ .label = "one id that is not 0", .map = "1000 1000 1\n", .want = 1000 },
	{ .label = "a range",         .map = "0 1000 1\n1 100000 65536\n", .want = 65536 },
	{ .label = "in any order",    .map = "1 100000 65536\n0 1000 1\n", .want = 65536 },
	{ .label = "a gap",           .map = "0 1000 1\n5000 100000 10\n", .want = 5009 },
	{ .label = "all ids",         .map = "         0          0 4294967295\n", .want = 0xff000000u + 4711 },
	{ .label = "all that one can map", .map = "0 0 4294967294\n", .want = 4294967293u },
	{ .label = "nothing",         .map = "", .want = 0 },
	{ .label = "no map",          .map = "x\n0 1\n99999999999 0 5\n-1 2 3\n", .want = 0 },
};

/* ---- answers of the control socket ---- */

static const struct {
	const char *label, *text, *want; /* want NULL: no error */
	int sys;
} answers[] = {
	{ .label = "entries",           .text = "{'entries':[{'id':1,'proto':'tcp','host_port':80}]}" },
	{ .label = "nothing to say",    .text = "{'return':{}}" },
	{ .label = "more than we know", .text = "{'return':{'ids':[1,2],'x':{}},'y':1}" },
	{ .label = "an error",          .text = "{'error':{'desc':'bad request'}}", .want = "net: bad request" },
	{ .label = "an address in use", .text = "{'error':{'desc':'publish 80/tcp: address already in use','errno':'EADDRINUSE'}}",
	  .want = "net: publish 80/tcp: address already in use", .sys = EADDRINUSE },
	{ .label = "an error without words", .text = "{'error':{}}", .want = "net: refused" },
	{ .label = "an entry without an id", .text = "{'entries':[{'proto':'tcp'}]}", .want = "net: net.sock: entries[0].id: missing" },
	{ .label = "another type",      .text = "{'entries':{}}", .want = "net: net.sock: entries: expected an array, not an object" },
	{ .label = "half an answer",    .text = "{'return':{", .want = "net: net.sock: line 1, column 11: invalid JSON: string or '}' expected near end of file" },
	{ .label = "no answer",         .text = "", .want = "net: net.sock: empty file" },
};

/* clang-format on */

static void test_maps(void)
{
	for (size_t i = 0; i < COUNT(maps); i++)
		CHECK(maps[i].label,
		      network_sandbox_id(maps[i].map, 4711) == maps[i].want);
}

static void test_answers(struct arena *a)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct control_answer got;
		char *text = arena_dup(a, answers[i].text);
		struct err e = { 0 };
		int ret;

		for (char *p = text; *p; p++)
			*p = *p == '\'' ? '"' : *p;
		ret = control_parse(text, strlen(text), &got, a, &e);
		CHECK_SAME(answers[i].label, ret < 0 ? e.text : NULL, answers[i].want);
		if (answers[i].sys)
			CHECK(answers[i].label, e.sys == answers[i].sys);
	}
}

/* What we ask for is what the two programs share a table of. */
static void test_request(struct arena *a)
{
	static const char *const specs_of[] = { "127.0.0.1:8080:80", "[::1]:53:53/udp",
						"unix:/a\"b:80;mode=splice", "fd:3:80" };
	struct publish_list list = { 0 };
	struct net_config c = { 0 };
	OWN_TEXT request = { 0 };
	OWN_TEXT document = { 0 };
	struct err e;
	bool same;

	for (size_t i = 0; i < COUNT(specs_of); i++)
		if (publish_parse(&list, specs_of[i], a, &e) < 0)
			given_fail(e.text);
	control_print_add(list.v, list.n, &request);
	text_add(&document, "{\"id\":\"x\",\"mode\":\"slirp\",\"ports\":");
	text_add(&document, strchr(text_str(&request), '['));
	text_cut(&document, document.len - 1);
	if (json_load("x", text_str(&document), document.len, &net_config_table, &c, a,
		      &e) < 0)
		given_fail(e.text);
	same = c.ports.n == list.n;
	for (size_t i = 0; same && i < list.n; i++)
		same = publish_same_host(&c.ports.v[i], &list.v[i]) &&
		       c.ports.v[i].path == list.v[i].path &&
		       c.ports.v[i].guest_port == list.v[i].guest_port;
	CHECK("ports cross the control socket whole", same);
}

static void print_ports(const struct net_port *v, const int *fds, size_t n,
			struct text *out)
{
	for (size_t i = 0; i < n; i++) {
		if (out->len)
			text_addc(out, ' ');
		publish_print_port(&v[i], fds[i], out);
	}
}

static void test_specs(struct arena *a)
{
	for (size_t i = 0; i < COUNT(specs); i++) {
		struct publish_list list = { 0 };
		OWN_TEXT got = { 0 };
		struct err e;

		if (publish_parse(&list, specs[i].spec, a, &e) < 0)
			text_add(&got, e.text);
		else
			print_ports(list.v, list.fds, list.n, &got);
		CHECK_SAME(specs[i].label, text_str(&got), specs[i].want);
	}
}

static void test_pairs(struct arena *a)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct strings words = given_words(a, pairs[i].specs);
		struct publish_list list = { 0 };
		struct err e;

		for (size_t k = 0; k < words.n; k++)
			if (publish_parse(&list, words.v[k], a, &e) < 0)
				given_fail(e.text);
		CHECK_SAME(pairs[i].label, publish_check(&list, &e) < 0 ? e.text : NULL,
			   pairs[i].want);
	}
}

static void test_limits(struct arena *a)
{
	struct publish_list list = { 0 };
	struct err e;

	for (int i = 0; i < PUBLISH_FDS_MAX; i++)
		if (publish_parse(&list, arena_printf(a, "fd:%d:80", i + 3), a, &e) < 0)
			given_fail(e.text);
	CHECK("as many inherited sockets as there may be", publish_check(&list, &e) == 0);
	CHECK("one more", publish_parse(&list, "fd:3000:80", a, &e) == 0 &&
				  publish_check(&list, &e) < 0);
	CHECK_SAME("one more, in words", e.text,
		   "net: publish: more than 32 inherited sockets");
	list = (struct publish_list){ 0 };
	CHECK("as many ports as there may be",
	      publish_parse(&list, "1000-2023:1000", a, &e) == 0 && list.n == 1024 &&
		      publish_check(&list, &e) == 0);
	CHECK("one more port", publish_parse(&list, "1:1", a, &e) < 0);
}

static void print_names(const char *key, struct strings names, struct text *out)
{
	for (size_t i = 0; i < names.n; i++)
		text_printf(out, " %s %s", key, names.v[i]);
}

static void print_slirp(const struct network_plan *p, struct text *out)
{
	static const char *const ipv6[] = { "auto", "no", "yes" };
	const struct net_config *c = &p->config;

	text_printf(out, " %s %s %u %s %s %s %s %s", c->ifname, c->mac, c->mtu,
		    c->network, c->address, c->gateway, c->dns_address, ipv6[p->ipv6]);
	if (p->own_cidr6)
		text_printf(out, " %s %s %s %s", c->network6, c->address6, c->gateway6,
			    c->dns_address6);
	if (c->backend)
		text_printf(out, " %s", names_word(net_backends, c->backend));
	for (size_t i = 0; i < c->host_ports.n; i++)
		text_printf(out, " host %u/%s", c->host_ports.v[i].port,
			    names_word(net_protocols, c->host_ports.v[i].protocol));
	text_printf(out, "%s%s%s", c->host_loopback ? " loopback" : "",
		    c->restrict_out ? " restrict" : "", c->dns ? "" : " nodns");
	if (c->outbound_address)
		text_printf(out, " from %s", c->outbound_address);
	if (c->outbound_address6)
		text_printf(out, " from %s", c->outbound_address6);
	print_names("dns", c->dns_servers, out);
	print_names("search", p->dns_search, out);
}

static void print_plan(const struct network_plan *p, struct text *out)
{
	text_add(out, names_word(net_modes, p->config.mode));
	if (p->config.mode == NET_SLIRP)
		print_slirp(p, out);
	print_ports(p->config.ports.v, p->fds, p->config.ports.n, out);
	text_add(out, p->make_namespace ? " +namespace" : "");
	if (p->ignored)
		text_printf(out, ", %s ignored", p->ignored);
}

static const struct spec *config(const char *linux, const char *annotations,
				 struct arena *a)
{
	return given_spec(a,
			  "{'process':{'args':['sh'],'cwd':'/'},'root':{'path':'r'},'annotations':{%s},'linux':{%s}}",
			  annotations ? annotations : "", linux ? linux : NEW);
}

static void test_plans(struct arena *a)
{
	for (size_t i = 0; i < COUNT(plans); i++) {
		const struct network_request r = {
			.id = "web1",
			.network = plans[i].network,
			.publish =
				given_words(a, plans[i].publish ? plans[i].publish : ""),
			.annotations = !plans[i].image,
		};
		OWN_TEXT got = { 0 };
		struct network_plan p;
		struct err e;

		if (network_plan(&p, config(plans[i].linux, plans[i].annotations, a), &r,
				 a, &e) < 0)
			text_add(&got, e.text);
		else
			print_plan(&p, &got);
		CHECK_SAME(plans[i].label, text_str(&got), plans[i].want);
	}
}

static struct network_plan plan_of(const char *network, struct arena *a)
{
	const struct network_request r = { .id = "web1", .network = network };
	struct network_plan p;
	struct err e;

	if (network_plan(&p, config(NULL, NULL, a), &r, a, &e) < 0)
		given_fail(e.text);
	return p;
}

static void test_files(struct arena *a)
{
	for (size_t i = 0; i < COUNT(resolvs); i++) {
		struct network_plan p = plan_of(resolvs[i].network, a);
		OWN_TEXT got = { 0 };

		p.config.ipv6 = resolvs[i].ipv6;
		network_print_resolv(&p, &p.config, resolvs[i].host, &got);
		CHECK_SAME(resolvs[i].label, text_str(&got), resolvs[i].want);
	}
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct network_plan p = plan_of(hosts[i].network, a);
		OWN_TEXT got = { 0 };

		p.config.ipv6 = hosts[i].ipv6;
		network_print_hosts(&p.config, hosts[i].name, &got);
		CHECK_SAME(hosts[i].label, text_str(&got), hosts[i].want);
	}
}

int main(void)
{
	struct arena a = { 0 };

	test_specs(&a);
	test_pairs(&a);
	test_limits(&a);
	test_plans(&a);
	test_files(&a);
	test_maps();
	test_answers(&a);
	test_request(&a);
	arena_free(&a);
	return tap_done();
}
