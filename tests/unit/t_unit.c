/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd is told of a unit, and the documents that tell it. */
#include "cgroup/systemd.h"

#include "unit/given.h"
#include "unit/tap.h"

/* ---- properties ---- */

static const struct host root = { .caps = UINT64_MAX };
static const struct host in_userns = { .in_userns = true, .caps = UINT64_MAX };

/* clang-format off */

#define SCOPE "Description='libcontainer container web1' Slice='system.slice' Delegate=true MemoryAccounting=true CPUAccounting=true TasksAccounting=true "
#define END "DefaultDependencies=false"
#define V2_BEGIN SCOPE "IOAccounting=true " END
#define DEVICES "DevicePolicy='strict' DeviceAllow=@a(ss) [('/dev/char/1:3', 'rwm'), ('/dev/char/1:5', 'rwm'), ('/dev/char/1:7', 'rwm'), ('/dev/char/1:8', 'rwm'), " \
	"('/dev/char/1:9', 'rwm'), ('/dev/char/5:0', 'rwm'), ('/dev/char/5:2', 'rwm'), ('/dev/char/10:200', 'rwm'), ('char-136', 'rwm'), ('char-*', 'm'), ('block-*', 'm')]"

static const struct row {
	const char *label;
	const char *json; /* the config, ' for " */
	bool v1, slice, late, userns;
	const char *want; /* NAME=VALUE …; or the error */
} rows[] = {
	{ .label = "a scope", .json = "", .userns = true, .want = V2_BEGIN },
	{ .label = "a scope on v1", .json = "", .v1 = true, .userns = true, .want = SCOPE "BlockIOAccounting=true " END },
	{ .label = "a slice", .json = "", .slice = true, .userns = true,
	  .want = "Description='libcontainer container web1' Wants=['system.slice'] MemoryAccounting=true CPUAccounting=true TasksAccounting=true IOAccounting=true " END },
	{ .label = "device rules", .json = "", .want = V2_BEGIN " " DEVICES },
	{ .label = "device rules that come late", .json = "", .late = true, .want = V2_BEGIN },
	{ .label = "all devices", .json = "'linux':{'resources':{'devices':[{'allow':true,'access':'rwm'}]}}", .want = V2_BEGIN " DevicePolicy='auto'" },
	{ .label = "limits come before devices", .json = "'linux':{'resources':{'pids':{'limit':7}}}", .userns = true, .want = V2_BEGIN " TasksMax=uint64 7" },
	{ .label = "the oom killer ends all", .json = "'linux':{'resources':{'unified':{'memory.oom.group':'1'}}}", .userns = true, .want = V2_BEGIN " OOMPolicy='kill'>=253" },
	{ .label = "the oom killer ends one", .json = "'linux':{'resources':{'unified':{'memory.oom.group':'0'}}}", .userns = true, .want = V2_BEGIN " OOMPolicy='continue'>=253" },

	/* annotations */
	{ .label = "annotation", .json = "'annotations':{'org.systemd.property.CollectMode':'\\'inactive-or-failed\\''}", .userns = true,
	  .want = V2_BEGIN " CollectMode=\"inactive-or-failed\"" },
	{ .label = "annotation: seconds", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'uint64 5'}", .userns = true, .want = V2_BEGIN " TimeoutStopUSec=uint64 5000000" },
	{ .label = "annotation: seconds without a type", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'5'}", .userns = true, .want = V2_BEGIN " TimeoutStopUSec=uint64 5000000" },
	{ .label = "annotation: parts of seconds", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'1.5'}", .userns = true, .want = V2_BEGIN " TimeoutStopUSec=uint64 1500000" },
	{ .label = "annotation: microseconds stay", .json = "'annotations':{'org.systemd.property.TimeoutStopUSec':'uint64 5'}", .userns = true, .want = V2_BEGIN " TimeoutStopUSec=uint64 5" },
	{ .label = "annotation: Sec after a capital is a name", .json = "'annotations':{'org.systemd.property.FooUSec':'5'}", .userns = true, .want = V2_BEGIN " FooUSec=5" },
	{ .label = "annotation: seconds in words", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'\\'5s\\''}",
	  .want = "annotation org.systemd.property.TimeoutStopSec=\"5s\" value parse error: not a number" },
	{ .label = "annotation: negative seconds", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'-1'}",
	  .want = "annotation org.systemd.property.TimeoutStopSec=-1 value parse error: out of range" },
	{ .label = "annotation: too many seconds", .json = "'annotations':{'org.systemd.property.TimeoutStopSec':'uint64 18446744073709551615'}",
	  .want = "annotation org.systemd.property.TimeoutStopSec=uint64 18446744073709551615 value parse error: out of range" },
	{ .label = "annotation: a short name", .json = "'annotations':{'org.systemd.property.Ab':'1'}", .want = "annotation org.systemd.property.Ab name incorrect: too short" },
	{ .label = "annotation: no name", .json = "'annotations':{'org.systemd.property.':'1'}", .want = "annotation org.systemd.property. name incorrect: too short" },
	{ .label = "annotation: a number in a name", .json = "'annotations':{'org.systemd.property.Abc1':'1'}", .want = "annotation org.systemd.property.Abc1 name incorrect: contains non-alphabetic character" },
	{ .label = "annotation: what is no value", .json = "'annotations':{'org.systemd.property.Foo':'yes'}",
	  .want = "annotation org.systemd.property.Foo=yes value parse error: expected a value at character 1, not \"yes\"" },
	{ .label = "annotation: others are not ours", .json = "'annotations':{'org.systemd.Foo':'x','a':'b'}", .userns = true, .want = V2_BEGIN },
};

/* clang-format on */

static void print_properties(struct unit_properties p, struct text *out)
{
	text_add(out, "");
	for (size_t i = 0; i < p.n; i++) {
		text_printf(out, "%s%s=%s", i ? " " : "", p.v[i].name, p.v[i].value);
		if (p.v[i].since)
			text_printf(out, ">=%u", p.v[i].since);
	}
}

static void check_row(const struct row *row)
{
	const struct resources_facts limits = { .v2 = !row->v1, .systemd = true };
	const struct cgroup_unit unit = { .name = "runc-web1.scope",
					  .slice = "system.slice",
					  .last = "web1",
					  .is_slice = row->slice };
	struct unit_properties properties;
	struct resources_plan resources;
	struct devices_plan devices;
	const struct unit_facts facts = { .v2 = !row->v1,
					  .late_devices = row->late,
					  .devices = &devices,
					  .resources = &resources };
	struct arena a = { 0 };
	const struct spec *s = given_spec(&a, "{%s}", row->json);
	OWN_TEXT got = { 0 };
	struct err e;

	if (devices_plan(&devices, s, row->userns ? &in_userns : &root, false, &a, &e) <
		    0 ||
	    resources_plan(&resources, s->linux->resources, &limits, &a, &e) < 0 ||
	    unit_plan(&properties, &unit, s, &facts, &a, &e) < 0)
		text_add(&got, e.text);
	else
		print_properties(properties, &got);
	CHECK_SAME(row->label, text_str(&got), row->want);
	arena_free(&a);
}

/* ---- taking back ---- */

static void test_old(void)
{
	static const struct unit_property now[] = {
		{ "MemoryMax", "uint64 5", 0 },
		{ "MemoryLow", "uint64 4", 0 },
		{ "AllowedCPUs", "@ay [0x01]", 244 },
		{ "TasksMax", "uint64 3", 0 },
	};
	static const struct unit_property before[] = {
		{ "CPUWeight", "uint64 1", 0 },
		{ "TasksMax", "uint64 9", 0 },
	};
	struct arena a = { 0 };
	OWN_TEXT got = { 0 };

	print_properties(unit_old_properties((struct unit_properties){ now, COUNT(now) },
					     (struct unit_properties){ before,
								       COUNT(before) },
					     &a),
			 &got);
	CHECK_SAME("what an update is taken back by", text_str(&got),
		   "MemoryMax=uint64 18446744073709551615 MemoryLow=uint64 0 "
		   "AllowedCPUs=@ay []>=244 TasksMax=uint64 9");
	arena_free(&a);
}

/* ---- the documents ---- */

static void test_order(void)
{
	static const struct unit_property properties[] = {
		{ "MemoryMax", "uint64 5", 0 },
		{ "AllowedCPUs", "@ay [0x01]", 244 },
	};
	static const uint32_t pids[] = { 7, 8 };
	const struct unit_order order = { .op = UNIT_ATTACH,
					  .user = true,
					  .unit = "a.scope",
					  .properties = { properties, COUNT(properties) },
					  .pids.v = pids,
					  .pids.n = COUNT(pids),
					  .sub_cgroup = "/x" };
	struct unit_order back = { 0 };
	struct arena a = { 0 };
	OWN_TEXT text = { 0 };
	OWN_TEXT again = { 0 };
	struct err e;

	json_print(&text, &unit_order_table, &order, NULL);
	CHECK_SAME("an order", text_str(&text),
		   "{\"op\":\"attach\",\"user\":true,\"unit\":\"a.scope\",\"properties\":["
		   "{\"name\":\"MemoryMax\",\"value\":\"uint64 5\"},"
		   "{\"name\":\"AllowedCPUs\",\"value\":\"@ay [0x01]\",\"since\":244}],"
		   "\"pids\":[7,8],\"subCgroup\":\"/x\"}");
	CHECK("an order is understood", json_load("order", text_str(&text), text.len,
						  &unit_order_table, &back, &a, &e) == 0);
	json_print(&again, &unit_order_table, &back, NULL);
	CHECK_SAME("as it was meant", text_str(&again), text_str(&text));
	CHECK("no order without a unit", json_load("order", "{\"op\":\"stop\"}", 13,
						   &unit_order_table, &back, &a, &e) < 0);
	CHECK("no order that is none of ours",
	      json_load("order", "{\"op\":\"reboot\",\"unit\":\"a\"}", 26,
			&unit_order_table, &back, &a, &e) < 0);
	arena_free(&a);
}

int main(void)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	test_old();
	test_order();
	return tap_done();
}
