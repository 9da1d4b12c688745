/* SPDX-License-Identifier: Apache-2.0 */
/* What an update makes of limits, and how state.json keeps them. */
#include "container/update.h"

#include "unit/data.h"
#include "unit/given.h"
#include "unit/tap.h"

/* clang-format off */

static const struct {
	const char *label;
	const char *old, *given, *want; /* linux.resources, ' for " */
} merges[] = {
	{ .label = "nothing given: what is always overwritten goes",
	  .old = "'memory':{'limit':1,'reservation':2,'swap':3},'cpu':{'shares':4,'quota':5,'burst':6,'period':7,'realtimeRuntime':8,'realtimePeriod':9,'cpus':'0','mems':'0','idle':0},'pids':{'limit':10},'blockIO':{'weight':11,'leafWeight':12},'unified':{'a.b':'c'}",
	  .given = "",
	  .want = "'memory':{'limit':1,'reservation':2,'swap':3},'cpu':{'shares':4,'realtimeRuntime':8,'realtimePeriod':9},'blockIO':{'weight':11,'leafWeight':12}" },
	{ .label = "everything given",
	  .old = "'memory':{'limit':1,'reservation':2,'swap':3},'cpu':{'shares':4,'quota':5,'burst':6,'period':7,'realtimeRuntime':8,'realtimePeriod':9,'cpus':'0','mems':'0','idle':0},'pids':{'limit':10},'blockIO':{'weight':11,'leafWeight':12},'unified':{'a.b':'c'}",
	  .given = "'memory':{'limit':21,'reservation':22,'swap':23,'checkBeforeUpdate':true},'cpu':{'shares':24,'quota':25,'burst':26,'period':27,'realtimeRuntime':28,'realtimePeriod':29,'cpus':'1','mems':'1','idle':1},'pids':{'limit':30},'blockIO':{'weight':31,'leafWeight':32},'unified':{'d.e':'f'}",
	  .want = "'memory':{'limit':21,'reservation':22,'swap':23,'checkBeforeUpdate':true},'cpu':{'shares':24,'quota':25,'burst':26,'period':27,'realtimeRuntime':28,'realtimePeriod':29,'cpus':'1','mems':'1','idle':1},'pids':{'limit':30},'blockIO':{'weight':31,'leafWeight':32},'unified':{'d.e':'f'}" },
	{ .label = "memory alone keeps swap", .old = "'memory':{'limit':1,'swap':5}", .given = "'memory':{'limit':2}", .want = "'memory':{'limit':2,'swap':5}" },
	{ .label = "no memory limit lifts swap's too", .old = "'memory':{'limit':1,'swap':5}", .given = "'memory':{'limit':-1}", .want = "'memory':{'limit':-1,'swap':0}" },
	{ .label = "no memory limit, but swap's", .old = "'memory':{'limit':1,'swap':5}", .given = "'memory':{'limit':-1,'swap':-1}", .want = "'memory':{'limit':-1,'swap':-1}" },
	{ .label = "quota alone keeps the period", .old = "'cpu':{'quota':5,'period':7}", .given = "'cpu':{'quota':6}", .want = "'cpu':{'quota':6,'period':7}" },
	{ .label = "period alone keeps the quota", .old = "'cpu':{'quota':5,'period':7}", .given = "'cpu':{'period':8}", .want = "'cpu':{'quota':5,'period':8}" },
	{ .label = "quota, and 0 for the period", .old = "'cpu':{'quota':5,'period':7}", .given = "'cpu':{'quota':6,'period':0}", .want = "'cpu':{'quota':6,'period':7}" },
	{ .label = "idle alone forgets the shares", .old = "'cpu':{'shares':100}", .given = "'cpu':{'idle':1}", .want = "'cpu':{'shares':0,'idle':1}" },
	{ .label = "idle off forgets them too", .old = "'cpu':{'shares':100}", .given = "'cpu':{'idle':0}", .want = "'cpu':{'shares':0,'idle':0}" },
	{ .label = "what is never updated stays",
	  .old = "'memory':{'swappiness':10,'disableOOMKiller':true},'hugepageLimits':[{'pageSize':'2MB','limit':1}],'network':{'classID':1},'rdma':{'a':{'hcaObjects':1}}",
	  .given = "'memory':{'swappiness':20,'disableOOMKiller':false},'hugepageLimits':[{'pageSize':'2MB','limit':2}],'network':{'classID':2},'rdma':{'a':{'hcaObjects':2}},'devices':[{'allow':true,'access':'r'}]",
	  .want = "'memory':{'swappiness':10,'disableOOMKiller':true},'hugepageLimits':[{'pageSize':'2MB','limit':1}],'network':{'classID':1},'rdma':{'a':{'hcaObjects':1}}" },
	{ .label = "devices are replaced, or added",
	  .old = "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10},{'major':8,'minor':1,'weight':11}],'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}],'throttleWriteIOPSDevice':[{'major':9,'minor':0,'rate':4}]}",
	  .given = "'blockIO':{'weightDevice':[{'major':8,'minor':1,'weight':20},{'major':9,'minor':1,'weight':30}],'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':2}],'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':3}]}",
	  .want = "'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10},{'major':8,'minor':1,'weight':20},{'major':9,'minor':1,'weight':30}],'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':2}],'throttleWriteBpsDevice':[{'major':8,'minor':0,'rate':3}],'throttleWriteIOPSDevice':[{'major':9,'minor':0,'rate':4}]}" },
};

#define EVERYTHING                                                                                                              \
	"'memory':{'limit':1,'reservation':2,'swap':-1,'swappiness':0,'disableOOMKiller':true,'checkBeforeUpdate':true},"       \
	"'cpu':{'shares':1024,'quota':-1,'burst':0,'period':7,'realtimeRuntime':8,'realtimePeriod':9,'cpus':'0','mems':'1','idle':0},"  \
	"'pids':{'limit':-1},"                                                                                                  \
	"'blockIO':{'weight':11,'leafWeight':12,'weightDevice':[{'major':8,'minor':0,'weight':10,'leafWeight':11}],"            \
	"'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1}],'throttleWriteBpsDevice':[{'major':8,'minor':1,'rate':2}],"   \
	"'throttleReadIOPSDevice':[{'major':8,'minor':2,'rate':3}],'throttleWriteIOPSDevice':[{'major':8,'minor':3,'rate':4}]},"  \
	"'hugepageLimits':[{'pageSize':'2MB','limit':18446744073709551615}],"                                                   \
	"'network':{'classID':1,'priorities':[{'name':'lo','priority':3}]},"                                                    \
	"'rdma':{'mlx':{'hcaHandles':1,'hcaObjects':2}},'unified':{'memory.high':'1'}"

/* clang-format on */

static const struct spec_resources *given_resources(struct arena *a, const char *json)
{
	return given_spec(a, "{'linux':{'resources':{%s}}}", json)->linux->resources;
}

/* An object without members says as much as none. */
static bool says_nothing(struct spec_resources one)
{
	OWN_TEXT text = { 0 };

	json_print(&text, &spec_resources_table, &one, NULL);
	return text_ends(text_str(&text), ":{}}");
}

#define DROP_EMPTY(r, member)                                                            \
	if (says_nothing((struct spec_resources){ .member = (r)->member }))              \
	(r)->member = NULL

static void print(const struct spec_resources *r, struct text *out)
{
	struct spec_resources copy = *r;

	DROP_EMPTY(&copy, memory);
	DROP_EMPTY(&copy, cpu);
	DROP_EMPTY(&copy, block_io);
	DROP_EMPTY(&copy, network);
	if (copy.pids && !copy.pids->limit)
		copy.pids = NULL;
	json_print(out, &spec_resources_table, &copy, NULL);
}

static void check(const char *label, const struct spec_resources *got, const char *want,
		  struct arena *a)
{
	OWN_TEXT got_text = { 0 };
	OWN_TEXT want_text = { 0 };

	print(got, &got_text);
	print(given_resources(a, want), &want_text);
	CHECK_SAME(label, text_str(&got_text), text_str(&want_text));
}

static void check_record(struct arena *a)
{
	struct record_cgroups cgroups = { .path = "/p" };
	struct record_config config = { .rootfs = "/r",
					.version = "1",
					.cgroups = &cgroups };
	struct record r = { .id = "a", .created = "", .config = &config }, back;
	char name[16];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	struct err e;

	limits_to_record(&cgroups.limits, given_resources(a, EVERYTHING), a);
	CHECK("record: the weight that v2 has", cgroups.limits.cpu_weight == 100);
	CHECK("record: saved", store_save(dir, STATE_FILE, &r, &e) == 0);
	CHECK("record: loaded", store_load(dir, STATE_FILE, &back, a, &e) == 1);
	check("record: all of it comes back",
	      limits_from_record(&back.config->cgroups->limits, a), EVERYTHING, a);
	limits_to_record(&cgroups.limits, given_resources(a, "'pids':{'limit':0}"), a);
	check("record: a limit of 0 processes is one",
	      limits_from_record(&cgroups.limits, a), "'pids':{'limit':1}", a);
	limits_to_record(&cgroups.limits, NULL, a);
	check("record: no limits", limits_from_record(&cgroups.limits, a), "", a);
	unlinkat(dir, STATE_FILE, 0);
	rmdir(name);
}

/* The same keys as the Go runc's, in a file of its own. */
static void check_go(struct arena *a)
{
	OWN_TEXT text = { 0 };
	char name[16];
	OWN_FD dir = data_make_dir(name, sizeof(name));
	struct record r;
	struct err e;

	data_read("tests/data/state-go.json", &text);
	if (io_replace_at(dir, STATE_FILE, 0600, text.s, text.len, &e) < 0)
		data_bail(e.text);
	CHECK("Go's: loaded", store_load(dir, STATE_FILE, &r, a, &e) == 1);
	check("Go's: zeros are unset", limits_from_record(&r.config->cgroups->limits, a),
	      "", a);
	unlinkat(dir, STATE_FILE, 0);
	rmdir(name);
}

int main(void)
{
	struct arena a = { 0 };

	for (size_t i = 0; i < COUNT(merges); i++) {
		struct record_limits record;
		const struct spec_resources *old;

		limits_to_record(&record, given_resources(&a, merges[i].old), &a);
		old = limits_from_record(&record, &a);
		check(merges[i].label,
		      limits_merge(old, given_resources(&a, merges[i].given), &a),
		      merges[i].want, &a);
	}
	check_record(&a);
	check_go(&a);
	arena_free(&a);
	return tap_done();
}
