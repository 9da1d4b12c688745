/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as a program for the kernel.                                  Pure
 *
 * The kernel asks for one or more kinds of access at once; all must be allowed.
 * The program goes through the rules from the last to the first and takes from the
 * request what a rule allows, until nothing is left; whatever a rule denies of the
 * rest ends it.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "cgroup/devices.h"

/* Registers; the first two are the kernel's choice. */
enum { ANSWER, CONTEXT, TYPE, ACCESS, MAJOR, MINOR };

/* Where a jump goes; numbers from FIRST_OWN on are made as needed. */
enum { TO_DEFAULT, TO_OTHER, TO_BLOCK, FIRST_OWN };

struct builder {
	struct bpf_insn *v;
	size_t n;
	int *to;    /* per instruction: the label it jumps to, -1 */
	size_t *at; /* per label: its instruction */
	int labels;
	bool used[2]; /* TO_DEFAULT, TO_OTHER: an instruction that is never reached is
			 refused */
	const struct devices_plan *plan;
};

/* ---- instructions ---- */

static void emit(struct builder *b, struct bpf_insn insn, int to)
{
	b->v = mem_grow(b->v, b->n + 1, sizeof(*b->v));
	b->to = mem_grow(b->to, b->n + 1, sizeof(*b->to));
	b->v[b->n] = insn;
	b->to[b->n++] = to;
	if (to == TO_DEFAULT || to == TO_OTHER)
		b->used[to] = true;
}

static void load(struct builder *b, unsigned int reg, uint8_t size, size_t offset)
{
	emit(b,
	     (struct bpf_insn){ .code = (uint8_t)(BPF_LDX | BPF_MEM | size),
				.dst_reg = reg & 0xfu,
				.src_reg = CONTEXT,
				.off = (int16_t)offset },
	     -1);
}

/* 32 bits: numbers of devices are unsigned, and a 64-bit comparison would extend the
 * sign. */
static void jump_if(struct builder *b, uint8_t op, unsigned int reg, uint32_t value,
		    int to)
{
	emit(b,
	     (struct bpf_insn){ .code = (uint8_t)(BPF_JMP32 | op | BPF_K),
				.dst_reg = reg & 0xfu,
				.imm = (int32_t)value },
	     to);
}

static void jump(struct builder *b, int to)
{
	emit(b, (struct bpf_insn){ .code = BPF_JMP | BPF_JA }, to);
}

static void take_away(struct builder *b, unsigned int access)
{
	emit(b,
	     (struct bpf_insn){ .code = BPF_ALU | BPF_AND | BPF_K,
				.dst_reg = ACCESS,
				.imm = (int32_t)(DEVICE_ALL & ~access) },
	     -1);
}

static void answer(struct builder *b, bool allow)
{
	emit(b,
	     (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				.dst_reg = ANSWER,
				.imm = allow },
	     -1);
	emit(b, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT }, -1);
}

static int new_label(struct builder *b)
{
	b->at = mem_grow(b->at, (size_t)b->labels + 1, sizeof(*b->at));
	return b->labels++;
}

static void place(struct builder *b, int label)
{
	b->at[label] = b->n;
}

/* ---- rules ---- */

static int decision(const struct builder *b, const struct device_rule *r)
{
	return r->allow == b->plan->allow ? TO_DEFAULT : TO_OTHER;
}

/* One rule, of a device whose major number fits already. False: nothing gets past it. */
static bool emit_rule(struct builder *b, const struct device_rule *r)
{
	int to = decision(b, r), next;

	if (r->access == DEVICE_ALL) {
		if (r->minor == DEVICE_ANY)
			jump(b, to);
		else
			jump_if(b, BPF_JEQ, MINOR, (uint32_t)r->minor, to);
		return r->minor != DEVICE_ANY;
	}
	next = new_label(b);
	if (r->minor != DEVICE_ANY)
		jump_if(b, BPF_JNE, MINOR, (uint32_t)r->minor, next);
	if (r->allow) {
		take_away(b, r->access);
		jump_if(b, BPF_JEQ, ACCESS, 0, to);
	} else {
		jump_if(b, BPF_JSET, ACCESS, r->access, to);
	}
	place(b, next);
	return true;
}

static bool is_whole(const struct device_rule *r)
{
	return r->access == DEVICE_ALL && r->minor == DEVICE_ANY;
}

/* How many rules from here on are about one major number; none after one that is about
 * all of it. */
static size_t run_length(const struct device_rule *const *r, size_t n)
{
	size_t len = 1;

	while (len < n && r[len]->major == r[0]->major && !is_whole(r[len - 1]))
		len++;
	return len;
}

/* Rules of one type. False: nothing gets past them. */
static bool emit_rules(struct builder *b, const struct device_rule *const *r, size_t n)
{
	bool past = true;

	for (size_t len; n; r += len, n -= len) {
		bool any = r[0]->major == DEVICE_ANY;
		int next;

		len = run_length(r, n);
		if (!any && is_whole(r[0])) {
			jump_if(b, BPF_JEQ, MAJOR, (uint32_t)r[0]->major,
				decision(b, r[0]));
			continue;
		}
		next = new_label(b);
		if (!any)
			jump_if(b, BPF_JNE, MAJOR, (uint32_t)r[0]->major, next);
		for (size_t i = 0; i < len; i++)
			past = emit_rule(b, r[i]);
		place(b, next);
		if (any && !past)
			return false; /* what is left would be about no device */
	}
	return true;
}

/* The rules of a type, the one that is to be asked first in front. */
static size_t select_rules(const struct devices_plan *p, char type,
			   const struct device_rule **out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->count; i++) {
		const struct device_rule *r = &p->rules[p->mixed ? p->count - 1 - i : i];

		if (r->type == type)
			out[n++] = r;
	}
	return n;
}

/* ---- the program ---- */

static void load_context(struct builder *b)
{
	const size_t access_type = offsetof(struct bpf_cgroup_dev_ctx, access_type);
	const bool little = __BYTE_ORDER == __LITTLE_ENDIAN;
	bool access = false, major = false, minor = false;

	for (size_t i = 0; i < b->plan->count; i++) {
		access |= b->plan->rules[i].access != DEVICE_ALL;
		major |= b->plan->rules[i].major != DEVICE_ANY;
		minor |= b->plan->rules[i].minor != DEVICE_ANY;
	}
	/* the type is the lower half of the word, the access the upper */
	load(b, TYPE, BPF_H, access_type + (little ? 0 : 2));
	if (access)
		load(b, ACCESS, BPF_H, access_type + (little ? 2 : 0));
	if (major)
		load(b, MAJOR, BPF_W, offsetof(struct bpf_cgroup_dev_ctx, major));
	if (minor)
		load(b, MINOR, BPF_W, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

static void emit_all(struct builder *b)
{
	const struct devices_plan *p = b->plan;
	const size_t pointer = sizeof(void *);
	const struct device_rule **chars = mem_new(p->count + 1, pointer),
				 **blocks = mem_new(p->count + 1, pointer);
	size_t char_count = select_rules(p, 'c', chars),
	       block_count = select_rules(p, 'b', blocks);
	bool past;

	if (p->count)
		load_context(b);
	if (char_count) {
		jump_if(b, BPF_JNE, TYPE, BPF_DEVCG_DEV_CHAR, TO_BLOCK);
		if (emit_rules(b, chars, char_count) && block_count)
			jump(b, TO_DEFAULT);
	} else if (block_count) {
		jump_if(b, BPF_JEQ, TYPE, BPF_DEVCG_DEV_CHAR, TO_DEFAULT);
	}
	place(b, TO_BLOCK);
	past = emit_rules(b, blocks, block_count);
	place(b, TO_DEFAULT);
	if (past || b->used[TO_DEFAULT])
		answer(b, p->allow);
	place(b, TO_OTHER);
	if (b->used[TO_OTHER])
		answer(b, !p->allow);
	free(chars);
	free(blocks);
}

static int set_offsets(struct builder *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		size_t distance = b->to[i] < 0 ? 0 : b->at[b->to[i]] - i - 1;

		if (distance > INT16_MAX)
			return err_set(e,
				       "linux.resources.devices: the rules make a program of %zu instructions, too long for its jumps",
				       b->n);
		if (b->to[i] >= 0)
			b->v[i].off = (int16_t)distance;
	}
	return 0;
}

int devices_program(struct device_program *out, const struct devices_plan *p,
		    struct err *e)
{
	struct builder b = { .plan = p };
	int ret;

	while (b.labels < FIRST_OWN)
		new_label(&b);
	emit_all(&b);
	ret = set_offsets(&b, e);
	free(b.to);
	free(b.at);
	if (ret < 0) {
		free(b.v);
		return -1;
	}
	*out = (struct device_program){ b.v, b.n };
	return 0;
}
