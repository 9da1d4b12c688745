/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp profile, from JSON to a program that the kernel would take: every jump lands
 * inside it, and every way ends in a return. */
#include <linux/bpf_common.h>
#include <linux/filter.h>

#include "security/security.h"
#include "spec/spec.h"

#include "fuzz/fuzz.h"

static void check_program(const struct sock_fprog *p)
{
	MUST(p->len > 0 && p->len <= BPF_MAXINSNS);
	for (size_t i = 0; i < p->len; i++) {
		const struct sock_filter *f = &p->filter[i];
		size_t next = i + 1;

		if (BPF_CLASS(f->code) == BPF_RET)
			continue;
		MUST(next < p->len);
		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (BPF_OP(f->code) == BPF_JA)
			MUST(next + f->k < p->len);
		else
			MUST(next + f->jt < p->len && next + f->jf < p->len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN_TEXT text = { 0 };
	struct arena a = { 0 };
	struct filter_plan p = { 0 };
	struct err e = { 0 };
	const struct spec *s;

	fuzz_quiet();
	/* libseccomp needs a second for some kilobytes of rules */
	if (size > 4096)
		return 0;
	text_add(&text,
		 "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","
		 "\"args\":[\"a\"]},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}],\"seccomp\":");
	text_addn(&text, (const char *)data, size);
	text_add(&text, "}}");
	s = spec_parse("config.json", text_str(&text), text.len, &a, &e);
	if (s && s->linux && s->linux->seccomp) {
		if (filter_plan(&p, s->linux->seccomp, &a, &e) < 0)
			MUST(*e.text);
		else if (p.program.len)
			check_program(&p.program);
	}
	arena_free(&a);
	return 0;
}
