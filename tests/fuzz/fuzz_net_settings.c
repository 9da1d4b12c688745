/* SPDX-License-Identifier: Apache-2.0 */
/* The launch message of runc-net, and after "---" a resolv.conf. */
#include "helpers/net/settings.h"

#include "fuzz/fuzz.h"

static void check_family(const struct family *f)
{
	if (!f->on)
		return;
	MUST(subnet_has(&f->network, &f->address) &&
	     subnet_has(&f->network, &f->gateway) && subnet_has(&f->network, &f->dns));
	MUST(!ip_equal(&f->address, &f->gateway) && !ip_equal(&f->gateway, &f->dns));
}

static void check_port(const struct publish *p)
{
	OWN_TEXT name = { 0 };

	MUST(p->guest_port && (p->protocol == NET_TCP || p->path == NET_PATH_AUTO));
	MUST(!p->unix_path || *p->unix_path == '/');
	publish_print(p, &name);
	MUST(text_starts(text_str(&name), "publish "));
}

static void check_resolvers(const char *text, size_t n)
{
	OWN_TEXT printed = { 0 };
	struct resolvers r, again;

	resolvers_parse(text, n, &r);
	MUST(r.n <= RESOLVERS_MAX);
	resolvers_print(&r, &printed);
	resolvers_parse(text_str(&printed), printed.len, &again);
	for (size_t i = 0; i < r.n; i++)
		MUST(memchr(r.v[i].device, '\0', sizeof(r.v[i].device)));
	MUST(again.n <= r.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR document = fuzz_part(&data, &size);
	struct arena a = { 0 };
	struct err e = { 0 };
	struct settings s;

	if (settings_read(document, strlen(document), &s, &a, &e) < 0) {
		MUST(*e.text);
	} else {
		check_family(&s.v4);
		check_family(&s.v6);
		MUST(s.mode == NET_PUBLISH || s.v4.on);
		for (size_t i = 0; i < s.port_count; i++)
			check_port(&s.ports[i]);
	}
	check_resolvers((const char *)data, size);
	arena_free(&a);
	return 0;
}
