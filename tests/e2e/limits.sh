#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# linux.resources at create: by their effect where a container can feel one, else by the kernel's file.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }

# dir_of ID CONTROLLER: where the container has it
dir_of() {
	if v2; then jq -r '.cgroup_paths[""] // empty' "$STATE/$1/state.json"
	else jq -r --arg c "$2" '.cgroup_paths[$c] // empty' "$STATE/$1/state.json"; fi
}
# value ID V1FILE V2FILE
value() {
	local dir
	if v2; then
		cat "$(dir_of "$1" "")/$3"
	else
		dir=$(dir_of "$1" "${2%%.*}")
		cat "$dir/$2"
	fi
}
# probe: what this caller's containers have, asked once for all cases. Lines of "CONTROLLER FILE";
# of v2 "v2 FILE" and "v2 controller NAME".
probe() {
	local name dir
	[ ! -e "$E2E_TMP/has" ] || return 0
	sleeper
	# an ordinary user's manager is asked for a cgroup only if there is a limit
	resources '{pids: {limit: 1000}}'
	R run -d "$ID-probe" >probe.out 2>&1 </dev/null || {
		sleeper
		R run -d "$ID-probe" >probe.out 2>&1 </dev/null || fail "$(cat probe.out)"
	}
	for name in $(jq -r '.cgroup_paths | keys[]' "$STATE/$ID-probe/state.json") ''; do
		dir=$(dir_of "$ID-probe" "$name")
		[ -z "$dir" ] || (cd "$dir" && ls -d * | sed "s/^/${name:-v2} /")
		[ -z "$dir" ] || [ ! -e "$dir/cgroup.controllers" ] || tr ' ' '\n' <"$dir/cgroup.controllers" | sed 's/^/v2 controller /'
	done >"$E2E_TMP/has.new"
	mv "$E2E_TMP/has.new" "$E2E_TMP/has"
	ok delete -f "$ID-probe"
}
# need V1NAME V2NAME: this caller's containers have that controller
need() {
	probe
	if v2; then
		grep -q "^v2 " "$E2E_TMP/has" || skip "no cgroup may be made here"
		grep -qx "v2 controller $2" "$E2E_TMP/has" || skip "the $2 controller is not delegated here"
	else
		grep -q "^$1 " "$E2E_TMP/has" || skip "no cgroup of the $1 controller may be made here"
	fi
}
# need_file V1FILE V2FILE: and this kernel has the file
need_file() {
	need "${1%%.*}" "${2%%.*}"
	if v2; then grep -qx "v2 $2" "$E2E_TMP/has" || skip "this kernel has no $2"
	else grep -qx "${1%%.*} $1" "$E2E_TMP/has" || skip "this kernel has no $1"; fi
}
resources() { cfg ".linux.resources = $1"; }

# ---- memory ----

t_memory_beyond_the_limit_is_killed() {
	local s
	need memory memory
	# dd touches all of its buffer
	bundle dd if=/dev/zero of=/dev/null bs=100M count=1
	resources '{memory: {limit: 33554432, swap: 33554432}}'
	r run "$ID"
	[ "$status" -eq 137 ] || fail "status $status: $output"
	# and what fits runs
	args dd if=/dev/zero of=/dev/null bs=8M count=1
	R run "$ID" >out 2>&1 </dev/null
	s=$?
	is "$s" 0
}
t_memory_that_is_enough_is_no_limit() {
	need memory memory
	bundle dd if=/dev/zero of=/dev/null bs=100M count=1
	resources '{memory: {limit: 268435456}}'
	ok run "$ID"
}
t_memory_files() {
	need memory memory
	sleeper
	resources '{memory: {limit: 33554432, reservation: 25165824}}'
	ok run -d "$ID"
	is "$(value "$ID" memory.limit_in_bytes memory.max)" 33554432
	is "$(value "$ID" memory.soft_limit_in_bytes memory.low)" 25165824
	resources '{memory: {limit: -1, reservation: -1}}'
	ok run -d "$ID-2"
	if v2; then is "$(value "$ID-2" '' memory.max)" max; else is "$(value "$ID-2" memory.limit_in_bytes '')" 9223372036854771712; fi
}
t_swap() {
	need_file memory.memsw.limit_in_bytes memory.swap.max
	sleeper
	resources '{memory: {limit: 33554432, swap: 100663296}}'
	ok run -d "$ID"
	is "$(value "$ID" memory.memsw.limit_in_bytes memory.swap.max)" "$(v2 && echo 67108864 || echo 100663296)"
	resources '{memory: {limit: 33554432, swap: 33554432}}'
	ok run -d "$ID-none"
	is "$(value "$ID-none" memory.memsw.limit_in_bytes memory.swap.max)" "$(v2 && echo 0 || echo 33554432)"
	resources '{memory: {limit: 33554432, swap: -1}}'
	ok run -d "$ID-all"
	is "$(value "$ID-all" memory.memsw.limit_in_bytes memory.swap.max)" "$(v2 && echo max || echo 9223372036854771712)"
}
t_swap_less_than_memory() {
	sleeper
	resources '{memory: {limit: 33554432, swap: 33554431}}'
	fails 1 "memory+swap limit should be >= memory limit" run "$ID"
}
t_swappiness_and_no_oom_killer() {
	sleeper
	resources '{memory: {swappiness: 33, disableOOMKiller: true}}'
	if v2; then
		ok run -d "$ID"
		has "$output" "linux.resources.memory.swappiness is not applied: cgroup v2 has no such limit"
		has "$output" "linux.resources.memory.disableOOMKiller is not applied"
	else
		need memory memory
		sleeper
		resources '{memory: {swappiness: 33, disableOOMKiller: true}}'
		ok run -d "$ID"
		is "$output" ""
		is "$(value "$ID" memory.swappiness '')" 33
		has "$(value "$ID" memory.oom_control '')" "oom_kill_disable 1"
	fi
}
t_swappiness_out_of_range() {
	v2 && skip "v2 has none"
	sleeper
	resources '{memory: {swappiness: 101}}'
	fails 1 "invalid memory swappiness value: 101 (valid range is 0-100)" run "$ID"
}

# ---- processes ----

t_one_process_too_many_fails() {
	need pids pids
	bundle sh -c 'i=1; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done; echo 100 run; sleep 1000 & echo 101 run'
	resources '{pids: {limit: 100}}'
	r run "$ID"
	has "$output" "100 run"
	hasnt "$output" "101 run"
	has "$output" "fork"
}
t_pids_files() {
	need pids pids
	sleeper
	resources '{pids: {limit: 20}}'
	ok run -d "$ID"
	is "$(value "$ID" pids.max pids.max)" 20
	resources '{pids: {limit: -1}}'
	ok run -d "$ID-2"
	is "$(value "$ID-2" pids.max pids.max)" max
	resources '{pids: {limit: 0}}'
	ok run -d "$ID-3"
	is "$(value "$ID-3" pids.max pids.max)" 1
}

# ---- processors ----

# used ID: processor time in us
used() {
	if v2; then awk '$1 == "usage_usec" { print $2 }' "$(dir_of "$1" '')/cpu.stat"
	else echo $(($(cat "$(dir_of "$1" cpuacct)/cpuacct.usage") / 1000)); fi
}
t_quota_gives_a_share_of_a_processor() {
	local from to start end percent
	need cpu cpu
	bundle sh -c 'while :; do :; done'
	resources '{cpu: {quota: 20000, period: 100000}}'
	ok run -d "$ID"
	is "$(value "$ID" cpu.cfs_quota_us cpu.max)" "$(v2 && echo 20000 100000 || echo 20000)"
	start=$(date +%s%N) from=$(used "$ID")
	sleep 3
	to=$(used "$ID") end=$(date +%s%N)
	percent=$(((to - from) * 100000 / (end - start)))
	echo "$percent percent"
	# below: a busy machine has less to give
	[ $percent -ge 5 ] && [ $percent -le 26 ] || fail "$percent percent of a processor, not 20"
}
t_period_and_burst() {
	need_file cpu.cfs_burst_us cpu.max.burst
	sleeper
	resources '{cpu: {quota: 500000, period: 1000000, burst: 400000}}'
	ok run -d "$ID"
	is "$(value "$ID" cpu.cfs_burst_us cpu.max.burst)" 400000
	if v2; then is "$(value "$ID" '' cpu.max)" "500000 1000000"; else is "$(value "$ID" cpu.cfs_period_us '')" 1000000; fi
	# burst may not be more than the quota
	resources '{cpu: {quota: 50000, burst: 60000}}'
	fails 1 "linux.resources.cpu.burst: write 60000 to " run "$ID-2"
	has "$output" "invalid argument"
}
t_shares_divide_a_processor() {
	local much little
	need cpu cpu
	need cpuset cpuset
	bundle sh -c 'while :; do :; done'
	resources '{cpu: {shares: 2048, cpus: "0"}}'
	ok run -d "$ID-much"
	is "$(value "$ID-much" cpu.shares cpu.weight)" "$(v2 && echo 174 || echo 2048)"
	resources '{cpu: {shares: 128, cpus: "0"}}'
	ok run -d "$ID-little"
	is "$(value "$ID-little" cpu.shares cpu.weight)" "$(v2 && echo 21 || echo 128)"
	much=$(used "$ID-much") little=$(used "$ID-little")
	sleep 3
	much=$(($(used "$ID-much") - much)) little=$(($(used "$ID-little") - little))
	echo "much: $much, little: $little us"
	[ $much -gt $((3 * little)) ] || fail "2048 shares got $much us, 128 shares $little us"
}
t_shares_that_the_kernel_would_bend() {
	v2 && skip "v2 has a formula for all of them"
	need cpu cpu
	sleeper
	resources '{cpu: {shares: 1}}'
	# systemd is asked first
	fails 1 "$(by_systemd && echo CPUShares is out of range || echo the minimum allowed cpu-shares is 2)" run "$ID"
	resources '{cpu: {shares: 1000000}}'
	fails 1 "$(by_systemd && echo CPUShares is out of range || echo the maximum allowed cpu-shares is 262144)" run "$ID"
}
t_idle() {
	local busy idle
	need_file cpu.idle cpu.idle
	need cpuset cpuset
	bundle sh -c 'while :; do :; done'
	resources '{cpu: {idle: 1, shares: 512, cpus: "0"}}'
	ok run -d "$ID-idle"
	has "$output" "unable to apply both"
	is "$(value "$ID-idle" cpu.idle cpu.idle)" 1
	resources '{cpu: {cpus: "0"}}'
	ok run -d "$ID-busy"
	busy=$(used "$ID-busy") idle=$(used "$ID-idle")
	sleep 2
	busy=$(($(used "$ID-busy") - busy)) idle=$(($(used "$ID-idle") - idle))
	echo "busy: $busy, idle: $idle us"
	[ $busy -gt $((10 * idle)) ] || fail "idle got $idle us beside $busy us"
}
t_cpuset_restricts() {
	need cpuset cpuset
	bundle grep Cpus_allowed_list /proc/self/status
	resources '{cpu: {cpus: "0", mems: "0"}}'
	ok run "$ID"
	is "$output" "$(printf 'Cpus_allowed_list:\t0')"
}
t_cpuset_of_processors_that_are_not_there() {
	need cpuset cpuset
	sleeper
	resources '{cpu: {cpus: "nonsense"}}'
	fails 1 "linux.resources.cpu.cpus: " run "$ID"
	like "$output" 'write nonsense to .*cpuset.cpus: invalid argument|nonsense is not a list of numbers'
}
t_real_time() {
	sleeper
	resources '{cpu: {realtimePeriod: 1000000, realtimeRuntime: 5000}}'
	if v2; then
		ok run -d "$ID"
		has "$output" "linux.resources.cpu.realtimeRuntime is not applied: cgroup v2 has no such limit"
	else
		need_file cpu.rt_runtime_us ''
		sleeper
		resources '{cpu: {realtimePeriod: 1000000, realtimeRuntime: 5000}}'
		ok run -d "$ID"
		is "$(value "$ID" cpu.rt_runtime_us '')" 5000
	fi
}

# ---- block devices ----

# The whole disk that a path is on, as MAJOR:MINOR; fails if it is on none.
disk_of() {
	local dev sys
	dev=$(findmnt -n -o MAJ:MIN -T "$1") || return 1
	dev=${dev// /} sys=/sys/dev/block/${dev// /}
	[ -e "$sys" ] || return 1
	[ ! -e "$sys/partition" ] || dev=$(cat "$sys/../dev")
	echo "$dev"
}
t_io_throttle_slows_writing() {
	local disk start ms dir=$PWD/disk
	need blkio io
	disk=$(disk_of "$PWD") || {
		disk=$(disk_of /var/tmp) || skip "no disk here"
		dir=$(mktemp -d "/var/tmp/$ID.XXXXXX") || fail "mktemp"
		trap "rm -rf '$dir'" EXIT
	}
	bundle dd if=/dev/zero of=/mnt/f bs=64k count=48 oflag=direct
	mkdir -p "$dir"
	cfg --arg d "$dir" '.mounts += [{destination: "/mnt", type: "bind", source: $d, options: ["bind", "rw"]}]'
	r run "$ID"
	[ "$status" -eq 0 ] || skip "no direct writing here: $output"
	resources "{blockIO: {throttleWriteBpsDevice: [{major: ${disk%:*}, minor: ${disk#*:}, rate: 1048576}]}}"
	start=$(date +%s%N)
	ok run "$ID"
	ms=$((($(date +%s%N) - start) / 1000000))
	echo "$ms ms for 3 MiB at 1 MiB/s"
	[ $ms -ge 1800 ] || fail "3 MiB at 1 MiB/s took $ms ms"
}
t_io_throttle_files() {
	local disk dir
	need blkio io
	disk=$(disk_of "$PWD") || disk=$(disk_of /var/tmp) || skip "no disk here"
	sleeper
	resources "{blockIO: ([{major: ${disk%:*}, minor: ${disk#*:}, rate: 1048576}] | {throttleReadBpsDevice: ., throttleWriteBpsDevice: ., throttleReadIOPSDevice: (.[0].rate = 100 | .), throttleWriteIOPSDevice: (.[0].rate = 200 | .)})}"
	ok run -d "$ID"
	if v2; then
		is "$(value "$ID" '' io.max)" "$disk rbps=1048576 wbps=1048576 riops=100 wiops=200"
	else
		dir=$(dir_of "$ID" blkio)
		is "$(cat "$dir/blkio.throttle.read_bps_device")" "$disk 1048576"
		is "$(cat "$dir/blkio.throttle.write_bps_device")" "$disk 1048576"
		is "$(cat "$dir/blkio.throttle.read_iops_device")" "$disk 100"
		is "$(cat "$dir/blkio.throttle.write_iops_device")" "$disk 200"
	fi
}
t_io_throttle_of_no_device() {
	need blkio io
	sleeper
	resources '{blockIO: {throttleReadBpsDevice: [{major: 250, minor: 250, rate: 1}]}}'
	fails 1 "linux.resources.blockIO.throttleReadBpsDevice: write 250:250 " run "$ID"
	has "$output" "no such device"
}
t_io_weight() {
	local dir
	need blkio io
	sleeper
	resources '{blockIO: {weight: 750}}'
	r run -d "$ID"
	if [ "$status" -ne 0 ]; then
		# neither BFQ nor the cost model in this kernel
		has "$output" "linux.resources.blockIO.weight: write 750 to "
		has "$output" "no such file or directory"
		return
	fi
	dir=$(dir_of "$ID" blkio)
	if [ -e "$dir/blkio.bfq.weight" ]; then is "$(cat "$dir/blkio.bfq.weight")" 750
	elif [ -e "$dir/io.bfq.weight" ]; then is "$(cat "$dir/io.bfq.weight")" "default 750"
	elif [ -e "$dir/io.weight" ]; then is "$(cat "$dir/io.weight")" "default 7475"
	else is "$(cat "$dir/blkio.weight")" 750; fi
}
t_io_weight_of_one_disk() {
	local disk dir
	need blkio io
	disk=$(disk_of "$PWD") || disk=$(disk_of /var/tmp) || skip "no disk here"
	sleeper
	resources "{blockIO: {weightDevice: [{major: ${disk%:*}, minor: ${disk#*:}, weight: 750}]}}"
	r run -d "$ID"
	if [ "$status" -ne 0 ]; then
		has "$output" "linux.resources.blockIO.weightDevice: write $disk "
		like "$output" "no such file or directory|operation not supported"
		return
	fi
	dir=$(dir_of "$ID" blkio)
	if [ -e "$dir/blkio.bfq.weight_device" ]; then has "$(cat "$dir/blkio.bfq.weight_device")" "$disk 750"
	elif [ -e "$dir/io.bfq.weight" ]; then has "$(cat "$dir/io.bfq.weight")" "$disk 750"
	else has "$(cat "$dir"/io.weight "$dir"/blkio.weight_device 2>/dev/null)" "$disk 7"; fi
}
t_leaf_weight() {
	sleeper
	resources '{blockIO: {leafWeight: 20}}'
	r run -d "$ID"
	if v2; then
		is "$status" 0
		has "$output" "linux.resources.blockIO.leafWeight is not applied: cgroup v2 has no such limit"
	elif [ "$status" -ne 0 ]; then # its scheduler left the kernel in 5.0
		like "$output" "blkio.leaf_weight: no such file|cannot set blkio limit"
	fi
}

# ---- others ----

t_huge_pages() {
	local size
	size=$(for d in /sys/kernel/mm/hugepages/hugepages-*; do basename "$d"; done 2>/dev/null | head -1 | sed 's/hugepages-\([0-9]*\)kB/\1/')
	case $size in
	'' | '*') skip "no huge pages here" ;;
	1048576) size=1GB ;;
	*) size=$((size / 1024))MB ;;
	esac
	sleeper
	resources "{hugepageLimits: [{pageSize: \"$size\", limit: 0}]}"
	r run -d "$ID"
	if ! v2 && [ "$status" -ne 0 ]; then
		has "$output" "hugetlb"
		like "$output" "is not mounted|cannot set hugetlb limit: container could not join or create cgroup"
		skip "the hugetlb controller is not mounted here (told by an error)"
	fi
	[ "$status" -eq 0 ] || { need hugetlb hugetlb; fail "$output"; }
	is "$(value "$ID" "hugetlb.$size.limit_in_bytes" "hugetlb.$size.max")" 0
	is "$(value "$ID" "hugetlb.$size.rsvd.limit_in_bytes" "hugetlb.$size.rsvd.max")" 0
}
t_huge_pages_beyond_the_limit_are_refused() {
	local dir size
	v2 && [ "$E2E_AS" = root ] || need hugetlb hugetlb
	for dir in /sys/kernel/mm/hugepages/hugepages-*; do
		size=${dir##*-} size=${size%kB}
		[ "$(cat "$dir/free_hugepages")" -lt 4 ] || break
		size=
	done
	[ -n "$size" ] || skip "this machine has no free huge pages"
	bundle /bin/hog "$size" 3
	cp "$E2E_STAGE/bin/hog" rootfs/bin/
	ok run "$ID"
	is "$output" 3
	resources "{hugepageLimits: [{pageSize: \"$((size / 1024))MB\", limit: $((size * 2048))}]}"
	r run "$ID"
	[ "$status" -eq 0 ] || { need hugetlb hugetlb; fail "$output"; }
	is "$output" "2: Cannot allocate memory"
}
t_rdma_of_no_device() {
	sleeper
	resources '{rdma: {nosuchdevice: {hcaHandles: 3}}}'
	r run -d "$ID"
	is "$status" 1
	has "$output" "rdma"
}
t_network_classes_need_v1() {
	sleeper
	resources '{network: {classID: 1048577}}'
	r run -d "$ID"
	if v2; then
		is "$status" 0
		has "$output" "linux.resources.network.classID is not applied: cgroup v2 has no such limit"
	elif grep -q net_cls /proc/self/mountinfo && [ "$E2E_AS" = root ]; then
		is "$(value "$ID" net_cls.classid '')" 1048577
	else
		is "$status" 1
		like "$output" "net_cls controller of cgroup v1 is not mounted|cannot set net_cls limit: container could not join or create cgroup"
	fi
}
t_network_priorities_need_v1() {
	sleeper
	resources '{network: {priorities: [{name: "lo", priority: 500}]}}'
	r run -d "$ID"
	if v2; then
		is "$status" 0
		has "$output" "linux.resources.network.priorities is not applied: cgroup v2 has no such limit"
	elif grep -q net_prio /proc/self/mountinfo && [ "$E2E_AS" = root ]; then
		has "$(value "$ID" net_prio.ifpriomap '')" "lo 500"
	else
		is "$status" 1
		like "$output" "net_prio controller of cgroup v1 is not mounted|cannot set net_prio limit: container could not join or create cgroup"
	fi
}

# ---- unified ----

t_unified_needs_v2() {
	v2 && skip "this is v2"
	sleeper
	resources '{unified: {"memory.max": "1"}}'
	fails 1 "invalid configuration: cannot use unified on cgroup v1" run "$ID"
}
t_unified() {
	v2 || skip "cgroup v2 alone has it"
	need memory memory
	sleeper
	resources '{pids: {limit: 20}, unified: {"pids.max": "30", "memory.high": "100M", "memory.oom.group": "1"}}'
	ok run -d "$ID"
	is "$(value "$ID" '' pids.max)" 30
	is "$(value "$ID" '' memory.high)" 104857600
	is "$(value "$ID" '' memory.oom.group)" 1
}
t_unified_errors() {
	v2 || skip "cgroup v2 alone has it"
	need memory memory
	sleeper
	resources '{unified: {"../memory.max": "1"}}'
	fails 1 'unified resource \"../memory.max\" must be a file name (no slashes)' run "$ID"
	resources '{unified: {"memory": "1"}}'
	fails 1 'unified resource \"memory\" must be in the form CONTROLLER.PARAMETER' run "$ID"
	resources '{unified: {"hell.max": "1"}}'
	fails 1 "unified resource \\\"hell.max\\\" can't be set: controller \\\"hell\\\" not available" run "$ID"
	resources '{unified: {"memory.nonsense": "1"}}'
	fails 1 'unable to set unified resource \"memory.nonsense\": ' run "$ID"
	resources '{unified: {"memory.max": "nonsense"}}'
	fails 1 'unified resource \"memory.max\"' run "$ID"
	like "$output" 'unable to set unified|value conversion error'
	resources '{unified: {"cgroup.procs": "1"}}'
	fails 1 'unified resource \"cgroup.procs\" is not a limit' run "$ID"
}

# ---- whoever has no cgroup ----

t_a_limit_without_a_cgroup_is_an_error_that_says_what_to_do() {
	local dir
	needs_user
	sleeper
	ok run -d "$ID-probe"
	dir=$(jq -r '.cgroup_paths | length' "$STATE/$ID-probe/state.json")
	ok delete -f "$ID-probe"
	[ "$dir" = 0 ] || skip "this user may make cgroups"
	resources '{pids: {limit: 20}}'
	r run "$ID"
	is "$status" 1
	if v2; then
		has "$output" "rootless needs no limits + no cgrouppath when no permission is granted for cgroups"
		has "$output" "permission denied"
		has "$output" "Delegate=cpu cpuset io memory pids"
	else
		has "$output" "cannot set pids limit: container could not join or create cgroup"
	fi
	has "$output" "linux.resources.pids.limit"
}
t_no_limits_need_no_cgroup() {
	needs_user
	bundle true
	resources '{memory: {}, cpu: {}, pids: null}'
	ok run "$ID"
}
t_a_controller_that_is_not_delegated_is_named() {
	local base
	needs_root
	v2 || skip "v2 alone delegates"
	id nobody >/dev/null || skip "no user nobody"
	bundle true
	# his directory has what root hands on to it: pids, not memory
	base=/sys/fs/cgroup/$ID
	mkdir "$base"
	echo +pids >"$base/cgroup.subtree_control" || { rmdir "$base"; skip "no pids controller"; }
	mkdir "$base/his" "$base/his/sub"
	chown -R 65534 "$base/his"
	chmod -R a+rX "$CASE_DIR" && chmod 755 "$E2E_TMP"
	mkdir nobody && chown 65534 nobody && chmod 700 nobody
	rm config.json
	env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups sh -c 'cd nobody && "$0" spec --rootless' "$RUNC"
	jq '.process.terminal = false | .root.path = "'"$PWD"'/rootfs" | .process.args = ["true"] | .linux.resources = {pids: {limit: 20}, memory: {limit: 100000000}}' nobody/config.json >nobody/c
	mv nobody/c nobody/config.json && chown 65534 nobody/config.json
	as_nobody() {
		sh -c 'echo $$ >"$1/his/sub/cgroup.procs" && exec setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "cd nobody && exec \"\$0\" --root \$PWD/state run '"$ID"'" "$0"' "$RUNC" "$base" 2>&1 </dev/null
	}
	output=$(as_nobody)
	jq 'del(.linux.resources.memory)' nobody/config.json >nobody/c
	mv nobody/c nobody/config.json && chown 65534 nobody/config.json
	without=$(as_nobody)
	rmdir "$base/his/sub" "$base/his" "$base"
	has "$output" "linux.resources.memory.limit: cannot write 100000000 to $base/his/$ID/memory.max: the memory controller is not delegated to this cgroup"
	has "$output" "$base/his does not have it either"
	has "$output" "Delegate="
	is "$without" ""
}
t_v1_controllers_given_to_a_user_are_enough() {
	local base bases=
	needs_root
	mountpoint -q /sys/fs/cgroup/unified && mountpoint -q /sys/fs/cgroup/pids || skip "the machine is not a hybrid one"
	id nobody >/dev/null || skip "no user nobody"
	bundle sleep 1000
	# all controllers, but not the v2 hierarchy beside them
	for base in $(sed -n 's/^[1-9][0-9]*:\(name=\)\?\([^:]*\):.*/\2/p' /proc/self/cgroup); do
		base=/sys/fs/cgroup/$base/$ID bases+=" $base"
		mkdir "$base" || fail "$base"
		[ ! -e "$base/cpuset.cpus" ] || {
			cat "$base/../cpuset.cpus" >"$base/cpuset.cpus"
			cat "$base/../cpuset.mems" >"$base/cpuset.mems"
		}
		chown 65534 "$base" "$base/cgroup.procs" "$base/tasks"
	done
	chmod -R a+rX "$CASE_DIR" && chmod 755 "$E2E_TMP"
	mkdir nobody && chown 65534 nobody && chmod 700 nobody
	as_nobody() { (cd nobody && setpriv --reuid 65534 --regid 65534 --clear-groups "$RUNC" --root "$PWD/state" "$@" </dev/null >out 2>&1); }
	cp -a rootfs nobody/ && chown -R 65534 nobody
	as_nobody spec --rootless
	(cd nobody && cfg '.process.terminal = false | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = "/'"$ID"'/c" | .linux.resources = {pids: {limit: 20}}' && chown 65534 config.json)
	as_nobody run -d "$ID"
	got="$? $(cat "/sys/fs/cgroup/pids/$ID/c/pids.max" nobody/out 2>&1)"
	as_nobody kill "$ID" KILL
	as_nobody delete --force "$ID"
	left=$(find /sys/fs/cgroup -type d -path "*/$ID/c")
	for base in $bases; do rmdir "$base"; done
	is "$got" "0 20"
	is "$left" ""
}

# ---- nothing stays ----

t_limits_that_fail_half_way_leave_nothing() {
	need pids pids
	sleeper
	# the first is written before the last is refused
	resources '{pids: {limit: 20}, memory: {limit: -2}}'
	fails 1 "invalid memory value: -2" run "$ID"
	is "$(ls -A "$STATE")" ""
	need cpuset cpuset
	sleeper
	resources '{pids: {limit: 20}, cpu: {cpus: "x"}}'
	fails 1 linux.resources.cpu.cpus create "$ID"
	is "$(ls -A "$STATE")" ""
	is "$(find /sys/fs/cgroup -type d -name "$ID*" 2>/dev/null)" ""
}
t_init_is_born_limited() {
	need pids pids
	# a hook that runs before the program sees its limit
	bundle true
	if v2; then
		cfg --arg c 'cat /sys/fs/cgroup$(sed -n "s/^0:://p" /proc/$(jq -r .pid)/cgroup)/pids.max >limit' \
			'.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $c], env: ["PATH=/bin:/usr/bin"]}]'
	else
		cfg --arg c 'cat /sys/fs/cgroup/pids$(sed -n "s/^[0-9]*:pids://p" /proc/$(jq -r .pid)/cgroup)/pids.max >limit' \
			'.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $c], env: ["PATH=/bin:/usr/bin"]}]'
	fi
	resources '{pids: {limit: 33}}'
	ok run "$ID"
	is "$(cat limit)" 33
}
t_state_keeps_the_limits() {
	need pids pids
	sleeper
	resources '{pids: {limit: 20}, cpu: {shares: 1024}, memory: {checkBeforeUpdate: true}}'
	r run -d "$ID"
	[ "$status" -eq 0 ] || skip "no cpu controller: $output"
	is "$(jq -c '.config.cgroups | [.pids_limit, .cpu_shares, .cpu_weight, .memory_check_before_update]' "$STATE/$ID/state.json")" "[20,1024,100,true]"
}
