/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that types cannot say: every one, refused and just not refused. */
#include "base/log.h"
#include "spec/spec.h"

#include "unit/data.h"
#include "unit/tap.h"

#define PROCESS "'cwd':'/','args':['sh']"
#define USER(members) PROCESS ",'user':{" members "}"
/* left open: members may follow, then a "}" */
#define NS(list) "'linux':{'namespaces':[" list "]"
#define MNT "{'type':'mount'}"
#define USERNS "{'type':'user'}"
#define NET "{'type':'network'}"
#define UTS "{'type':'uts'}"
#define TIME "{'type':'time'}"
#define MOUNT(members) "'mounts':[{'destination':'/m'," members "}]"
#define ID(c, h, n) "{'containerID':" c ",'hostID':" h ",'size':" n "}"
#define IDS(uids, gids) NS(USERNS) ",'uidMappings':[" uids "],'gidMappings':[" gids "]}"
#define ROOT_ID ID("0", "1000", "1")
#define DEVICE(members) "'linux':{'devices':[{" members "}]}"
#define RESOURCES(members) "'linux':{'resources':{" members "}}"
#define RULE(members) RESOURCES("'devices':[{'allow':true," members "}]")
#define HUGE(size) RESOURCES("'hugepageLimits':[{'pageSize':'" size "','limit':1}]")
#define NETDEV(key, members) NS(NET) ",'netDevices':{'" key "':{" members "}}}"

#define LETTERS_16 "abcdefghijklmnop"
#define LETTERS_64 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16

static const struct row {
	const char *label;
	const char *process; /* members of "process"; PROCESS if NULL, none at all if "-" */
	const char *root;    /* members of "root" */
	const char *rest;    /* more members of the document */
	const char *want;    /* in the error; NULL: there is none */
	const char *never;   /* not in the error */
	const char *warns;   /* in the warning; NULL: there is none */
} rows[] = {
	{ .label = "nothing to say against it" },

	/* ---- process ---- */
	{ .label = "no process",
	  .process = "-",
	  .want = "process property must not be empty" },
	{ .label = "process null",
	  .process = "-",
	  .rest = "'process':null",
	  .want = "process property must not be empty" },
	{ .label = "no cwd",
	  .process = "'args':['sh']",
	  .want = "Cwd property must not be empty" },
	{ .label = "cwd empty",
	  .process = "'cwd':'','args':['sh']",
	  .want = "Cwd property must not be empty" },
	{ .label = "cwd relative",
	  .process = "'cwd':'home','args':['sh']",
	  .want = "Cwd must be an absolute path" },
	{ .label = "no args", .process = "'cwd':'/'", .want = "args must not be empty" },
	{ .label = "args empty",
	  .process = "'cwd':'/','args':[]",
	  .want = "args must not be empty" },
	{ .label = "an empty program is looked up later",
	  .process = "'cwd':'/','args':['']" },
	{ .label = "the largest console",
	  .process = PROCESS ",'consoleSize':{'height':65535,'width':65535}" },
	{ .label = "a console too high",
	  .process = PROCESS ",'consoleSize':{'height':65536,'width':1}",
	  .want = "process.consoleSize: larger than 65535" },
	{ .label = "a console too wide",
	  .process = PROCESS ",'consoleSize':{'height':1,'width':18446744073709551615}",
	  .want = "process.consoleSize: larger than 65535" },
	{ .label = "the best oom score", .process = PROCESS ",'oomScoreAdj':-1000" },
	{ .label = "the worst oom score", .process = PROCESS ",'oomScoreAdj':1000" },
	{ .label = "an oom score too good",
	  .process = PROCESS ",'oomScoreAdj':-1001",
	  .want = "process.oomScoreAdj: -1001 is not from -1000 to 1000" },
	{ .label = "an oom score too bad",
	  .process = PROCESS ",'oomScoreAdj':1001",
	  .want = "process.oomScoreAdj: 1001" },
	{ .label = "the last ids",
	  .process = USER(
		  "'uid':4294967294,'gid':4294967294,'umask':511,'additionalGids':[0,4294967294]") },
	{ .label = "a uid that means \"leave it\", which is root",
	  .process = USER("'uid':4294967295"),
	  .want = "process.user.uid: 4294967295 is not a user id" },
	{ .label = "a gid that means \"leave it\"",
	  .process = USER("'gid':4294967295"),
	  .want = "process.user.gid: 4294967295 is not a group id" },
	{ .label = "an additional gid that is none",
	  .process = USER("'additionalGids':[1,4294967295]"),
	  .want = "process.user.additionalGids[1]: 4294967295 is not a group id" },
	{ .label = "a umask with more than permissions",
	  .process = USER("'umask':512"),
	  .want = "process.user.umask: 512 is larger than 0777 (511)" },
	{ .label = "a variable without a value, and one with = in it",
	  .process = PROCESS ",'env':['A=','B=c=d','C= e\\nf']" },
	{ .label = "a variable without =, kept out of the text",
	  .process = PROCESS ",'env':['A=b','SECRET']",
	  .want = "process.env[1]: invalid environment variable: missing '='",
	  .never = "SECRET" },
	{ .label = "an empty variable",
	  .process = PROCESS ",'env':['']",
	  .want = "process.env[0]: invalid environment variable: missing '='" },
	{ .label = "a variable without a name, its value kept out of the text",
	  .process = PROCESS ",'env':['=SECRET']",
	  .want = "process.env[0]: invalid environment variable: name cannot be empty",
	  .never = "SECRET" },

	/* ---- root ---- */
	{ .label = "no root", .root = "-", .want = "root must be specified" },
	{ .label = "root without a path",
	  .root = "'readonly':true",
	  .want = "config.json: root.path: missing" },
	{ .label = "root with an empty path",
	  .root = "'path':''",
	  .want = "root.path: must not be empty" },
	{ .label = "the process comes first",
	  .process = "'cwd':'/'",
	  .root = "-",
	  .want = "args must not be empty" },

	/* ---- namespaces ---- */
	{ .label = "an unknown namespace",
	  .rest = NS("{'type':'net'}") "}",
	  .want = "linux.namespaces[0].type: unknown value \"net\": expected one of mount, pid, network, uts, ipc, user, cgroup, time" },
	{ .label = "a namespace without a type",
	  .rest = NS(MNT ",{'path':'/x'}") "}",
	  .want = "linux.namespaces[1].type: missing" },
	{ .label = "a namespace twice",
	  .rest = NS(NET "," MNT ",{'type':'network','path':'/x'}") "}",
	  .want = "malformed spec file: duplicated ns \"{network /x}\"" },
	{ .label = "a new namespace twice",
	  .rest = NS(MNT "," MNT) "}",
	  .want = "malformed spec file: duplicated ns \"{mount }\"" },
	{ .label = "a relative path of a namespace",
	  .rest = NS(MNT ",{'type':'pid','path':'self/ns/pid'}") "}",
	  .want = "linux.namespaces[1].path: self/ns/pid is not absolute" },
	{ .label = "an empty path is a new namespace",
	  .rest = NS("{'type':'pid','path':''}") "}" },

	/* ---- names ---- */
	{ .label = "names of 64 letters",
	  .rest = NS(UTS) "},'hostname':'" LETTERS_64 "','domainname':'" LETTERS_64 "'" },
	{ .label = "a hostname of 65 letters",
	  .rest = NS(UTS) "},'hostname':'" LETTERS_64 "x'",
	  .want = "hostname: longer than the kernel's 64 characters" },
	{ .label = "a domain name of 65 letters",
	  .rest = NS(UTS) "},'domainname':'" LETTERS_64 "x'",
	  .want = "domainname: longer than the kernel's 64 characters" },
	{ .label = "a hostname for the whole machine",
	  .rest = "'hostname':'x'",
	  .want = "unable to set hostname without a private UTS namespace" },
	{ .label = "a domain name for the whole machine",
	  .rest = "'domainname':'x'",
	  .want = "unable to set domainname without a private UTS namespace" },
	{ .label = "empty names are none", .rest = "'hostname':'','domainname':''" },

	/* ---- network devices ---- */
	{ .label = "a device that keeps its name", .rest = NETDEV("eth0", "") },
	{ .label = "an empty new name keeps it", .rest = NETDEV("eth0", "'name':''") },
	{ .label = "device names of 15 letters",
	  .rest = NETDEV("abcdefghijklmno", "'name':'ABCDEFGHIJKLMNO'") },
	{ .label = "a device without a network namespace",
	  .rest = "'linux':{'netDevices':{'eth0':{}}}",
	  .want = "unable to move network devices without a NET namespace" },
	{ .label = "a device name of 16 letters",
	  .rest = NETDEV(LETTERS_16, ""),
	  .want = "linux.netDevices: invalid network device name \"" LETTERS_16 "\"" },
	{ .label = "a device without a name",
	  .rest = NETDEV("", ""),
	  .want = "invalid network device name \"\"" },
	{ .label = "a device called .",
	  .rest = NETDEV(".", ""),
	  .want = "invalid network device name \".\"" },
	{ .label = "a device called ..",
	  .rest = NETDEV("..", ""),
	  .want = "invalid network device name \"..\"" },
	{ .label = "a device name with a slash",
	  .rest = NETDEV("a/b", ""),
	  .want = "invalid network device name \"a/b\"" },
	{ .label = "a device name with a colon",
	  .rest = NETDEV("a:b", ""),
	  .want = "invalid network device name \"a:b\"" },
	{ .label = "a device name with a blank",
	  .rest = NETDEV("a b", ""),
	  .want = "invalid network device name \"a b\"" },
	{ .label = "a new device name of 16 letters",
	  .rest = NETDEV("eth0", "'name':'" LETTERS_16 "'"),
	  .want = "linux.netDevices.eth0.name: invalid network device name \"" LETTERS_16
		  "\"" },
	{ .label = "a new device name that climbs",
	  .rest = NETDEV("eth0", "'name':'../x'"),
	  .want = "linux.netDevices.eth0.name: invalid network device name \"../x\"" },

	/* ---- mounts ---- */
	{ .label = "masked paths without a mount namespace",
	  .rest = "'linux':{'maskedPaths':['/x']}",
	  .want = "unable to restrict sys entries without a private MNT namespace" },
	{ .label = "read-only paths without a mount namespace",
	  .rest = "'linux':{'readonlyPaths':['/x']}",
	  .want = "unable to restrict sys entries without a private MNT namespace" },
	{ .label = "hidden paths with one",
	  .rest = NS(MNT) ",'maskedPaths':['/x'],'readonlyPaths':['/y']}" },
	{ .label = "no paths to hide",
	  .rest = "'linux':{'maskedPaths':[],'readonlyPaths':[]}" },
	{ .label = "a mount without a destination",
	  .rest = "'mounts':[{'type':'proc'}]",
	  .want = "mounts[0].destination: missing" },
	{ .label = "a mount with an empty destination",
	  .rest = "'mounts':[{'destination':'/a','type':'proc'},{'destination':'','type':'proc'}]",
	  .want = "mounts[1].destination: must not be empty" },
	{ .label = "a relative destination is warned about",
	  .rest = "'mounts':[{'destination':'proc','type':'proc'}]",
	  .warns = "mount destination proc is not absolute" },
	{ .label = "a mount without a type",
	  .rest = MOUNT("'source':'x','options':['ro']"),
	  .want = "mounts[0].type: missing (or \"bind\" in options)" },
	{ .label = "a mount with an empty type",
	  .rest = MOUNT("'type':'','options':['nobind']"),
	  .want = "mounts[0].type: missing" },
	{ .label = "a file system without a source", .rest = MOUNT("'type':'tmpfs'") },
	{ .label = "a bind mount without a type",
	  .rest = MOUNT("'source':'/s','options':['bind']") },
	{ .label = "a recursive bind mount",
	  .rest = MOUNT("'type':'none','source':'/s','options':['ro','rbind']") },
	{ .label = "a bind mount without a source",
	  .rest = MOUNT("'type':'bind','options':['bind']"),
	  .want = "mounts[0].source: a bind mount needs one" },
	{ .label = "a bind mount with an empty source",
	  .rest = MOUNT("'source':'','options':['rbind']"),
	  .want = "mounts[0].source: a bind mount needs one" },
	{ .label = "id-mapped: bind, its own mappings",
	  .rest = MOUNT("'source':'/s','options':['bind'],'uidMappings':[" ROOT_ID
			"],'gidMappings':[" ROOT_ID "]") },
	{ .label = "id-mapped: bind, the container's mappings",
	  .rest = MOUNT("'source':'/s','options':['rbind','ridmap']") },
	{ .label = "id-mapped: not for file systems",
	  .rest = MOUNT("'type':'tmpfs','options':['idmap']"),
	  .want = "mounts[0]: id-mapped mounts are only supported for bind-mounts" },
	{ .label = "id-mapped: not for file systems, recursively",
	  .rest = MOUNT("'type':'tmpfs','options':['ridmap']"),
	  .want = "mounts[0]: id-mapped mounts are only supported for bind-mounts" },
	{ .label = "id-mapped: not for file systems, by mappings",
	  .rest = MOUNT("'type':'tmpfs','uidMappings':[" ROOT_ID
			"],'gidMappings':[" ROOT_ID "]"),
	  .want = "mounts[0]: id-mapped mounts are only supported for bind-mounts" },
	{ .label = "id-mapped: uids alone",
	  .rest = MOUNT("'source':'/s','options':['bind'],'uidMappings':[" ROOT_ID "]"),
	  .want = "mounts[0]: id-mapped mounts must have both uid and gid mappings" },
	{ .label = "id-mapped: gids alone",
	  .rest = MOUNT("'source':'/s','options':['bind'],'gidMappings':[" ROOT_ID "]"),
	  .want = "mounts[0]: id-mapped mounts must have both uid and gid mappings" },
	{ .label = "id-mapped: a uid mapping of nothing",
	  .rest = MOUNT(
		  "'source':'/s','options':['bind'],'uidMappings':[" ID("0", "0",
									"0") "],'gidMappings':[" ROOT_ID
									     "]"),
	  .want = "mounts[0].uidMappings[0].size: 0 maps nothing" },
	{ .label = "id-mapped: a gid mapping of nothing",
	  .rest = MOUNT("'source':'/s','options':['bind'],'uidMappings':[" ROOT_ID
			"],'gidMappings':[" ROOT_ID "," ID("5", "5", "0") "]"),
	  .want = "mounts[0].gidMappings[1].size: 0 maps nothing" },

	/* ---- devices ---- */
	{ .label = "devices of all types",
	  .rest = "'linux':{'devices':[{'path':'/a','type':'c','major':4095,'minor':1048575,'fileMode':4095,'uid':4294967294},"
		  "{'path':'/b','type':'b'},{'path':'/c','type':'u','gid':4294967294},{'path':'/d','type':'p'}]}" },
	{ .label = "a relative device",
	  .rest = DEVICE("'path':'dev/x','type':'c'"),
	  .want = "linux.devices[0].path: dev/x is not absolute" },
	{ .label = "a device without a path",
	  .rest = DEVICE("'path':'','type':'c'"),
	  .want = "linux.devices[0].path:  is not absolute" },
	{ .label = "a device of an unknown type",
	  .rest = DEVICE("'path':'/x','type':'a'"),
	  .want = "linux.devices[0].type: invalid device type \"a\": expected c, b, u or p" },
	{ .label = "a device of two types",
	  .rest = DEVICE("'path':'/x','type':'cb'"),
	  .want = "linux.devices[0].type: invalid device type \"cb\"" },
	{ .label = "a device of no type",
	  .rest = DEVICE("'path':'/x','type':''"),
	  .want = "linux.devices[0].type: invalid device type \"\"" },
	{ .label = "a major number below zero",
	  .rest = DEVICE("'path':'/x','type':'c','major':-1"),
	  .want = "linux.devices[0]: there is no device -1:0" },
	{ .label = "a minor number below zero",
	  .rest = DEVICE("'path':'/x','type':'c','minor':-1"),
	  .want = "linux.devices[0]: there is no device 0:-1" },
	{ .label = "a major number that would wrap",
	  .rest = DEVICE("'path':'/x','type':'c','major':4096,'minor':3"),
	  .want = "linux.devices[0]: there is no device 4096:3" },
	{ .label = "a minor number that would wrap",
	  .rest = DEVICE("'path':'/x','type':'c','major':1,'minor':1048576"),
	  .want = "linux.devices[0]: there is no device 1:1048576" },
	{ .label = "file modes with the device's own file type, as in st_mode",
	  .rest = "'linux':{'devices':[{'path':'/a','type':'c','fileMode':8630},{'path':'/b','type':'b','fileMode':25008},"
		  "{'path':'/c','type':'u','fileMode':8630},{'path':'/d','type':'p','fileMode':4516}]}" },
	{ .label = "a file mode with a bit of a file type",
	  .rest = DEVICE("'path':'/x','type':'c','fileMode':4096"),
	  .want = "linux.devices[0].fileMode: 4096 (010000) has more than 07777 and the type of a \"c\"" },
	{ .label = "a file mode with another file type",
	  .rest = DEVICE("'path':'/x','type':'c','fileMode':25008"),
	  .want = "linux.devices[0].fileMode: 25008 (060660) has more than 07777 and the type of a \"c\"" },
	{ .label = "a file mode beyond all types",
	  .rest = DEVICE("'path':'/x','type':'b','fileMode':90544"),
	  .want = "linux.devices[0].fileMode: 90544 (0260660) has more than 07777" },
	{ .label = "a device of nobody",
	  .rest = DEVICE("'path':'/x','type':'c','uid':4294967295"),
	  .want = "linux.devices[0]: uid or gid beyond 4294967294" },
	{ .label = "a device of no group",
	  .rest = DEVICE("'path':'/x','type':'c','gid':4294967295"),
	  .want = "linux.devices[0]: uid or gid beyond 4294967294" },

	/* ---- id mappings ---- */
	{ .label = "one id", .rest = IDS(ROOT_ID, ROOT_ID) },
	{ .label = "all ids there are",
	  .rest = IDS(ID("0", "0", "4294967295"), ID("0", "0", "4294967295")) },
	{ .label = "neighbours",
	  .rest = IDS(ID("0", "1000", "1") "," ID("1", "1001", "10") "," ID("11", "999",
									    "1"),
		      ROOT_ID) },
	{ .label = "root not first",
	  .rest = IDS(ID("1", "1001", "10") "," ID("0", "1000", "1"), ROOT_ID) },
	{ .label = "mappings without a user namespace",
	  .rest = "'linux':{'gidMappings':[" ROOT_ID "]}",
	  .want = "user namespace mappings specified, but user namespace isn't enabled in the config" },
	{ .label = "a user namespace without mappings",
	  .rest = NS(USERNS) "}",
	  .want = "user namespaces enabled, but no namespace path to join nor mappings to apply specified" },
	{ .label = "a joined user namespace without mappings",
	  .rest = NS("{'type':'user','path':'/x'}") "}" },
	{ .label = "a joined user namespace and the mappings it has",
	  .rest = NS("{'type':'user','path':'/x'}") ",'uidMappings':[" ROOT_ID
						    "],'gidMappings':[" ROOT_ID "]}" },
	{ .label = "no uids",
	  .rest = IDS("", ROOT_ID),
	  .want = "user namespaces enabled, but no uid mappings found" },
	{ .label = "no gids",
	  .rest = IDS(ROOT_ID, ""),
	  .want = "user namespaces enabled, but no gid mappings found" },
	{ .label = "no uid 0",
	  .rest = IDS(ID("1", "1000", "10"), ROOT_ID),
	  .want = "user namespaces enabled, but no mapping found for uid 0" },
	{ .label = "no gid 0",
	  .rest = IDS(ROOT_ID, ID("1", "1000", "10")),
	  .want = "user namespaces enabled, but no mapping found for gid 0" },
	{ .label = "a mapping of nothing",
	  .rest = IDS(ROOT_ID "," ID("5", "5", "0"), ROOT_ID),
	  .want = "linux.uidMappings[1].size: 0 maps nothing" },
	{ .label = "a gid mapping of nothing",
	  .rest = IDS(ROOT_ID, ID("0", "5", "0")),
	  .want = "linux.gidMappings[0].size: 0 maps nothing" },
	{ .label = "beyond the last id, inside",
	  .rest = IDS(ID("0", "1000", "1") "," ID("4294967294", "2000", "2"), ROOT_ID),
	  .want = "linux.uidMappings[1]: goes beyond id 4294967294" },
	{ .label = "beyond the last id, outside",
	  .rest = IDS(ID("0", "1", "4294967295"), ROOT_ID),
	  .want = "linux.uidMappings[0]: goes beyond id 4294967294" },
	{ .label = "the id that is none",
	  .rest = IDS(ID("0", "4294967295", "1"), ROOT_ID),
	  .want = "linux.uidMappings[0]: goes beyond id 4294967294" },
	{ .label = "a sum that would wrap",
	  .rest = IDS(ROOT_ID, ID("0", "4294967295", "4294967295")),
	  .want = "linux.gidMappings[0]: goes beyond id 4294967294" },
	{ .label = "overlap inside",
	  .rest = IDS(ID("0", "1000", "10") "," ID("9", "5000", "1"), ROOT_ID),
	  .want = "linux.uidMappings[1]: overlaps with linux.uidMappings[0]" },
	{ .label = "overlap outside",
	  .rest = IDS(ID("0", "1000", "10") "," ID("20", "5", "2") "," ID("30", "995", "6"),
		      ROOT_ID),
	  .want = "linux.uidMappings[2]: overlaps with linux.uidMappings[0]" },
	{ .label = "one inside the other",
	  .rest = IDS(ROOT_ID, ID("0", "1000", "100") "," ID("200", "1050", "1")),
	  .want = "linux.gidMappings[1]: overlaps with linux.gidMappings[0]" },

	/* ---- clocks ---- */
	{ .label = "both clocks",
	  .rest = NS(
		  TIME) ",'timeOffsets':{'monotonic':{'secs':-5,'nanosecs':999999999},'boottime':{}}}" },
	{ .label = "a clock that cannot be set",
	  .rest = NS(TIME) ",'timeOffsets':{'realtime':{'secs':1}}}",
	  .want = "linux.timeOffsets.realtime: unknown clock: expected monotonic or boottime" },
	{ .label = "a whole second of nanoseconds",
	  .rest = NS(TIME) ",'timeOffsets':{'boottime':{'nanosecs':1000000000}}}",
	  .want = "linux.timeOffsets.boottime.nanosecs: 1000000000 is a second or more" },
	{ .label = "offsets without a time namespace",
	  .rest = "'linux':{'timeOffsets':{'boottime':{'secs':1}}}",
	  .want = "time namespace offsets specified, but time namespace isn't enabled in the config" },
	{ .label = "offsets for somebody else's clocks",
	  .rest = NS(
		  "{'type':'time','path':'/x'}") ",'timeOffsets':{'boottime':{'secs':1}}}",
	  .want = "time namespace enabled, but both namespace path and time offsets specified" },
	{ .label = "somebody else's clocks",
	  .rest = NS("{'type':'time','path':'/x'}") "}" },
	{ .label = "no offsets", .rest = "'linux':{'timeOffsets':{}}" },

	/* ---- hooks ---- */
	{ .label = "hooks of all kinds",
	  .rest = "'hooks':{'prestart':[{'path':'/h'}],'poststop':[{'path':'/h','timeout':1},{'path':'/h','timeout':2147483}]}" },
	{ .label = "a hook without a path",
	  .rest = "'hooks':{'poststart':[{'args':['x']}]}",
	  .want = "hooks.poststart[0].path: missing" },
	{ .label = "a relative hook: prestart",
	  .rest = "'hooks':{'prestart':[{'path':'h'}]}",
	  .want = "hooks.prestart[0].path: h is not absolute" },
	{ .label = "a relative hook: createRuntime",
	  .rest = "'hooks':{'createRuntime':[{'path':'/h'},{'path':'./h'}]}",
	  .want = "hooks.createRuntime[1].path: ./h is not absolute" },
	{ .label = "a relative hook: createContainer",
	  .rest = "'hooks':{'createContainer':[{'path':'h'}]}",
	  .want = "hooks.createContainer[0].path: h is not absolute" },
	{ .label = "a relative hook: startContainer",
	  .rest = "'hooks':{'startContainer':[{'path':''}]}",
	  .want = "hooks.startContainer[0].path:  is not absolute" },
	{ .label = "a relative hook: poststart",
	  .rest = "'hooks':{'poststart':[{'path':'h'}]}",
	  .want = "hooks.poststart[0].path: h is not absolute" },
	{ .label = "a relative hook: poststop",
	  .rest = "'hooks':{'poststop':[{'path':'../h'}]}",
	  .want = "hooks.poststop[0].path: ../h is not absolute" },
	{ .label = "a timeout of nothing",
	  .rest = "'hooks':{'prestart':[{'path':'/h','timeout':0}]}",
	  .want = "hooks.prestart[0].timeout: expected 1 to 2147483 seconds" },
	{ .label = "a timeout before it starts",
	  .rest = "'hooks':{'prestart':[{'path':'/h','timeout':-1}]}",
	  .want = "hooks.prestart[0].timeout: expected 1 to 2147483 seconds" },
	{ .label = "a timeout that would wrap in milliseconds",
	  .rest = "'hooks':{'prestart':[{'path':'/h','timeout':2147484}]}",
	  .want = "hooks.prestart[0].timeout: expected 1 to 2147483 seconds" },

	/* ---- resources ---- */
	{ .label = "page size in K", .rest = HUGE("64KB") },
	{ .label = "page size in M", .rest = HUGE("2MB") },
	{ .label = "page size in G", .rest = HUGE("1GB") },
	{ .label = "page size of many digits", .rest = HUGE("1048576KB") },
	{ .label = "page size: small letters",
	  .rest = HUGE("2Mb"),
	  .want = "linux.resources.hugepageLimits[0].pageSize: \"2Mb\" is not like 64KB, 2MB or 1GB" },
	{ .label = "page size: no B", .rest = HUGE("2M"), .want = "pageSize: \"2M\"" },
	{ .label = "page size: no unit", .rest = HUGE("2"), .want = "pageSize: \"2\"" },
	{ .label = "page size: no number", .rest = HUGE("MB"), .want = "pageSize: \"MB\"" },
	{ .label = "page size: zero", .rest = HUGE("0MB"), .want = "pageSize: \"0MB\"" },
	{ .label = "page size: zero in front",
	  .rest = HUGE("02MB"),
	  .want = "pageSize: \"02MB\"" },
	{ .label = "page size: another unit",
	  .rest = HUGE("2TB"),
	  .want = "pageSize: \"2TB\"" },
	{ .label = "page size: nothing", .rest = HUGE(""), .want = "pageSize: \"\"" },
	{ .label = "page size: more behind",
	  .rest = HUGE("2MB/../x"),
	  .want = "pageSize: \"2MB/../x\"" },
	{ .label = "page size: a path",
	  .rest = HUGE("../2MB"),
	  .want = "pageSize: \"../2MB\"" },
	{ .label = "device rules of all types",
	  .rest = RESOURCES(
		  "'devices':[{'allow':false,'access':'rwm'},{'allow':true,'type':'','access':'r'},"
		  "{'allow':true,'type':'a','access':'w'},{'allow':true,'type':'b','access':'m'},"
		  "{'allow':true,'type':'c','access':'mr'}]") },
	{ .label = "a device rule of an unknown type",
	  .rest = RULE("'type':'u','access':'rwm'"),
	  .want = "linux.resources.devices[0].type: invalid cgroup device type \"u\"" },
	{ .label = "a device rule of two types",
	  .rest = RULE("'type':'bc','access':'rwm'"),
	  .want = "linux.resources.devices[0].type: invalid cgroup device type \"bc\"" },
	{ .label = "a device rule without access",
	  .rest = RULE("'type':'c'"),
	  .want = "device access at 0 field cannot be empty" },
	{ .label = "a device rule with empty access",
	  .rest = RESOURCES(
		  "'devices':[{'allow':false,'access':'rwm'},{'allow':true,'access':''}]"),
	  .want = "device access at 1 field cannot be empty" },
	{ .label = "a device rule with unknown access",
	  .rest = RULE("'access':'rx'"),
	  .want = "linux.resources.devices[0].access: \"rx\" is not made of r, w and m" },
	{ .label = "a device rule that neither allows nor denies",
	  .rest = RESOURCES("'devices':[{'access':'r'}]"),
	  .want = "linux.resources.devices[0].allow: missing" },
	{ .label = "kernel memory is warned about",
	  .rest = RESOURCES("'memory':{'kernel':0}"),
	  .warns = "Kernel memory settings are ignored and will be removed" },
	{ .label = "kernel memory for TCP too",
	  .rest = RESOURCES("'memory':{'kernelTCP':-1}"),
	  .warns = "Kernel memory settings are ignored and will be removed" },
};

static char warning[512];

static void keep_warning(enum log_level level, const char *text)
{
	snprintf(warning, sizeof(warning), "%s%s",
		 level == LOG_LEVEL_WARNING ? "" : "not a warning: ", text);
}

static void add_object(struct text *doc, const char *key, const char *members,
		       const char *usual)
{
	if (members && strcmp(members, "-") == 0)
		return;
	text_printf(doc, "'%s':{%s},", key, members ? members : usual);
}

/* 0, or -1 and the reason, of parsing and checking together. */
static int judge(const struct text *doc, struct err *e)
{
	struct arena a = { 0 };
	const struct spec *s;
	int ret;

	e->text[0] = '\0';
	warning[0] = '\0';
	s = spec_parse("config.json", doc->s, doc->len, &a, e);
	ret = s ? spec_check(s, e) : -1;
	arena_free(&a);
	return ret;
}

static void check_row(const struct row *row)
{
	OWN_TEXT quoted = { 0 };
	OWN_TEXT doc = { 0 };
	struct err e;
	int ret;
	bool ok;

	text_add(&quoted, "{");
	add_object(&quoted, "process", row->process, PROCESS);
	add_object(&quoted, "root", row->root, "'path':'rootfs'");
	text_printf(&quoted, "%s%s'ociVersion':'1.3.0'}", row->rest ? row->rest : "",
		    row->rest ? "," : "");
	data_json(&doc, quoted.s);

	ret = judge(&doc, &e);
	ok = row->want ? ret == -1 && strstr(e.text, row->want) : ret == 0;
	if (row->never && strstr(e.text, row->never))
		ok = false;
	if (row->warns ? !strstr(warning, row->warns) : *warning != '\0')
		ok = false;
	if (!CHECK(row->label, ok))
		printf("# document: %s\n# error: %s\n# warning: %s\n", doc.s, e.text,
		       warning);
}

/* The kernel takes 340 lines; each is compared with all before it. */
static void test_many_mappings(void)
{
	for (int lines = 340; lines <= 341; lines++) {
		OWN_TEXT quoted = { 0 };
		OWN_TEXT doc = { 0 };
		struct err e;
		bool ok;

		text_add(&quoted, "{'process':{" PROCESS
				  "},'root':{'path':'r'}," NS(USERNS) ",'uidMappings':[");
		for (int i = 0; i < lines; i++)
			text_printf(&quoted, "%s{'containerID':%d,'hostID':%d,'size':1}",
				    i ? "," : "", i, 2 * i);
		text_add(&quoted, "],'gidMappings':[" ROOT_ID "]}}");
		data_json(&doc, quoted.s);
		ok = judge(&doc, &e) == 0;
		if (lines == 340)
			CHECK("340 mappings", ok);
		else
			CHECK("341 mappings",
			      !ok && strstr(e.text,
					    "linux.uidMappings: more than 340 mappings"));
	}
}

int main(void)
{
	log_divert(keep_warning);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(&rows[i]);
	test_many_mappings();
	return tap_done();
}
