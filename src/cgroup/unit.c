/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/unit.h"

/* clang-format off */
const struct name unit_ops[] = {
	{ "start",  UNIT_START },
	{ "stop",   UNIT_STOP },
	{ "sweep",  UNIT_SWEEP },
	{ "set",    UNIT_SET },
	{ "attach", UNIT_ATTACH },
	{ 0 },
};

static const struct table property_table = { sizeof(struct unit_property), (const struct field[]) {
	{ "name",  F_STR(unit_property, name),  .need = true },
	{ "value", F_STR(unit_property, value), .need = true },
	{ "since", F_U32(unit_property, since) },
	{ 0 } } };

const struct table unit_order_table = { sizeof(struct unit_order), (const struct field[]) {
	{ "op",         F_WORD(unit_order, op, unit_ops), .need = true },
	{ "user",       F_BOOL(unit_order, user) },
	{ "unit",       F_STR(unit_order, unit), .need = true },
	{ "properties", F_LIST(unit_order, properties, unit_property, &property_table) },
	{ "pids",       F_U32S(unit_order, pids) },
	{ "subCgroup",  F_STR(unit_order, sub_cgroup) },
	{ 0 } } };

const struct table unit_answer_table = { sizeof(struct unit_answer), (const struct field[]) {
	{ "controlGroup", F_STR(unit_answer, control_group) },
	{ 0 } } };
/* clang-format on */
