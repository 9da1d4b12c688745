/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks in words: a published port, what --network says, an annotation, the host's
 * resolv.conf, a map of ids, an answer of the control socket. What is taken must come
 * back as the same when it is printed and read again.
 */
#include "network/asked.h"
#include "network/control.h"
#include "network/files.h"
#include "network/process.h"

#include "fuzz/fuzz.h"

static void ports(const char *spec, struct arena *a)
{
	struct publish_list list = { 0 }, again = { 0 };
	OWN_TEXT words = { 0 };
	OWN_TEXT twice = { 0 };
	struct err e;

	if (publish_parse(&list, spec, a, &e) < 0) {
		MUST(text_starts(e.text, "net: publish "));
		return;
	}
	MUST(list.n > 0 && list.n <= PUBLISH_MAX);
	publish_check(&list, &e);
	for (size_t i = 0; i < list.n; i++)
		MUST(list.v[i].guest_port && list.v[i].listener == (list.fds[i] >= 0));
	publish_print_port(&list.v[0], list.fds[0], &words);
	MUST(publish_parse(&again, text_str(&words), a, &e) == 0 && again.n == 1);
	MUST(publish_same_host(&list.v[0], &again.v[0]) && list.fds[0] == again.fds[0]);
	publish_print_port(&again.v[0], again.fds[0], &twice);
	MUST(strcmp(text_str(&words), text_str(&twice)) == 0);
}

/* The annotation's key may be any that begins as ours do. */
static void plans(const char *option, const char *key, const char *value,
		  const char *host, struct arena *a)
{
	const struct pair pairs[] = {
		{ arena_printf(a, NETWORK_ANNOTATION "%s", key), value },
	};
	const struct spec_namespace ns[] = { { .type = NS_NETWORK } };
	const struct spec_linux linux = { .namespaces = { ns, 1 } };
	const struct spec s = { .linux = &linux, .annotations = { pairs, 1 } };
	const struct network_request r = { .id = "web1",
					   .network = *option ? option : NULL,
					   .annotations = true };
	OWN_TEXT resolv = { 0 };
	OWN_TEXT hosts = { 0 };
	struct network_plan p;
	struct err e;

	if (network_plan(&p, &s, &r, a, &e) < 0) {
		MUST(text_starts(e.text, "net: "));
		return;
	}
	if (p.config.mode != NET_SLIRP)
		return;
	MUST(p.config.mtu >= 576 && *p.config.ifname && p.config.address &&
	     strcmp(p.config.address, p.config.gateway) != 0);
	p.config.ipv6 = true;
	network_print_resolv(&p, &p.config, host, &resolv);
	network_print_hosts(&p.config, value, &hosts);
	MUST(text_starts(text_str(&resolv), "nameserver "));
	MUST(text_starts(text_str(&hosts), "127.0.0.1\tlocalhost\n"));
}

static void answers(const char *text, struct arena *a)
{
	struct control_answer answer;
	struct err e;

	if (control_parse(text, strlen(text), &answer, a, &e) < 0)
		MUST(text_starts(e.text, "net: "));
	else
		MUST(!answer.error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_STR spec = fuzz_part(&data, &size);
	OWN_STR option = fuzz_part(&data, &size);
	OWN_STR key = fuzz_part(&data, &size);
	OWN_STR value = fuzz_part(&data, &size);
	OWN_STR host = fuzz_part(&data, &size);
	struct arena a = { 0 };

	fuzz_quiet();
	ports(spec, &a);
	plans(option, key, value, host, &a);
	network_sandbox_id(host, 4711);
	answers(host, &a);
	answers(spec, &a);
	arena_free(&a);
	return 0;
}
