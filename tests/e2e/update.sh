#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# update: what is given changes, in the kernel and in state.json; what fails changes nothing.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }
dir_of() {
	if v2; then jq -r '.cgroup_paths[""] // empty' "$STATE/$1/state.json"
	else jq -r --arg c "$2" '.cgroup_paths[$c] // empty' "$STATE/$1/state.json"; fi
}
# file V1FILE V2FILE: the path in the container's cgroup
file() {
	if v2; then echo "$(dir_of "$ID" '')/$2"; else echo "$(dir_of "$ID" "${1%%.*}")/$1"; fi
}
value() { cat "$(file "$1" "$2")"; }
recorded() { jq -c ".config.cgroups.$1" "$STATE/$ID/state.json"; }

# start RESOURCES CONTROLLER…: a container of these limits runs; the controllers are what this caller must have
start() {
	local limits=$1 c
	shift
	sleeper
	R run -d "$ID" >probe.out 2>&1 </dev/null || fail "$(cat probe.out)"
	for c; do
		case $c in cpu | memory | pids | cpuset) ;; io) v2 || c=blkio ;; esac
		if [ -z "$(dir_of "$ID" "$c")" ] || { v2 && ! grep -qw "$c" "$(dir_of "$ID" '')/cgroup.controllers"; }; then
			ok delete -f "$ID"
			skip "no cgroup of the $c controller may be made here"
		fi
	done
	ok delete -f "$ID"
	cfg ".linux.resources = $limits"
	ok run -d "$ID"
}
json() { R update -r - "$ID" >"$CASE_DIR/output" 2>&1 <<<"$1"; status=$? output=$(cat "$CASE_DIR/output"); }
json_ok() { json "$1"; [ "$status" -eq 0 ] || fail "update -r -: status $status: $output"; }
json_fails() { json "$2"; is "$status" 1; has "$output" "$1"; }

# The whole disk that a path is on, as MAJOR:MINOR; fails if it is on none.
disk_of() {
	local dev sys
	dev=$(findmnt -n -o MAJ:MIN -T "$1") || return 1
	dev=${dev// /} sys=/sys/dev/block/${dev// /}
	[ -e "$sys" ] || return 1
	[ ! -e "$sys/partition" ] || dev=$(cat "$sys/../dev")
	echo "$dev"
}

memory() { value memory.limit_in_bytes memory.max; }

t_flags() {
	start '{memory: {limit: 33554432, reservation: 25165824}, pids: {limit: 20}}' memory pids
	ok update --memory 67108864 "$ID"
	is "$output" ""
	is "$(memory)" 67108864
	ok update --memory 50M --memory-reservation 32m "$ID"
	is "$(memory)" 52428800
	is "$(value memory.soft_limit_in_bytes memory.low)" 33554432
	ok update --pids-limit 10 "$ID"
	is "$(value pids.max pids.max)" 10
	is "$(recorded pids_limit)" 10
	# the flag may come after the id
	ok update "$ID" --pids-limit -1
	is "$(value pids.max pids.max)" max
	ok update --pids-limit 0 "$ID"
	is "$(value pids.max pids.max)" 1
	is "$(recorded pids_limit)" 1
	is "$(recorded memory)" 52428800
}
t_memory_limit_is_felt() {
	start '{memory: {limit: 268435456, swap: 268435456}}' memory
	ok exec "$ID" dd if=/dev/zero of=/dev/null bs=64M count=1
	ok update --memory 33554432 --memory-swap 33554432 "$ID"
	r exec "$ID" dd if=/dev/zero of=/dev/null bs=64M count=1
	[ "$status" -ne 0 ] || fail "64 MiB fit into 32"
	ok update --memory-swap 268435456 --memory 268435456 "$ID"
	ok exec "$ID" dd if=/dev/zero of=/dev/null bs=64M count=1
}
t_memory_and_swap_in_either_direction() {
	start '{memory: {limit: 33554432, swap: 33554432}}' memory
	[ -e "$(file memory.memsw.limit_in_bytes memory.swap.max)" ] || skip "this kernel counts no swap"
	for mb in 64 16 128; do
		ok update --memory ${mb}M --memory-swap $((mb * 2))M "$ID"
		is "$(memory)" $((mb << 20))
		is "$(value memory.memsw.limit_in_bytes memory.swap.max)" "$(v2 && echo $((mb << 20)) || echo $((mb << 21)))"
	done
	# none of memory: then none of swap, though state.json has one
	ok update --memory -1 "$ID"
	is "$(memory)" "$(v2 && echo max || echo 9223372036854771712)"
	is "$(value memory.memsw.limit_in_bytes memory.swap.max)" "$(v2 && echo max || echo 9223372036854771712)"
	fails 1 "memory+swap limit should be >= memory limit" update --memory 64M --memory-swap 32M "$ID"
}
t_cpu_quota_and_period_keep_each_other() {
	start '{cpu: {quota: 500000, period: 1000000, shares: 100}}' cpu
	quota() { if v2; then value '' cpu.max; else echo "$(value cpu.cfs_quota_us '') $(value cpu.cfs_period_us '')"; fi; }
	is "$(quota)" "500000 1000000"
	# systemd has a quota in whole percents of a second: 55.6 become 56, and 66.7 become 67
	ok update --cpu-period 900000 "$ID"
	is "$(quota)" "$(by_systemd && echo 504000 || echo 500000) 900000"
	ok update --cpu-quota 600000 "$ID"
	is "$(quota)" "$(by_systemd && echo 603000 || echo 600000) 900000"
	ok update --cpu-quota 50000 --cpu-period 100000 "$ID"
	is "$(quota)" "50000 100000"
	is "$(recorded cpu_quota)" 50000
	ok update --cpu-quota -1 "$ID"
	if v2; then is "$(quota)" "max 100000"; else is "$(quota)" "-1 100000"; fi
	ok update --cpu-share 200 "$ID"
	is "$(value cpu.shares cpu.weight)" "$(v2 && echo 29 || echo 200)"
	is "$(recorded cpu_shares)" 200
	is "$(recorded cpu_weight)" 29
	# quota and period were not given: state.json forgets them, the kernel does not
	is "$(recorded cpu_quota)" null
	if v2; then is "$(quota)" "max 100000"; else is "$(quota)" "-1 100000"; fi
}
t_burst() {
	start '{cpu: {quota: 50000, period: 100000, burst: 20000}}' cpu
	ok update --cpu-burst 10000 "$ID"
	is "$(value cpu.cfs_burst_us cpu.max.burst)" 10000
	ok update --cpu-burst 0 "$ID"
	is "$(value cpu.cfs_burst_us cpu.max.burst)" 0
	# first the quota, then the burst, and the other way round
	ok update --cpu-quota 80000 --cpu-burst 70000 "$ID"
	is "$(value cpu.cfs_burst_us cpu.max.burst)" 70000
	ok update --cpu-quota 30000 --cpu-burst 20000 "$ID"
	is "$(value cpu.cfs_burst_us cpu.max.burst)" 20000
}
t_idle() {
	start '{cpu: {shares: 100}}' cpu
	[ -e "$(file cpu.idle cpu.idle)" ] || skip "this kernel has no cpu.idle"
	ok update --cpu-idle 1 "$ID"
	is "$(value cpu.idle cpu.idle)" 1
	for bad in -1 2 x; do
		r update --cpu-idle $bad "$ID"
		is "$status" 1
		is "$(value cpu.idle cpu.idle)" 1
	done
	# what else is changed does not touch it, and shares are forgotten: they would be refused
	ok update --cpu-period 10000 "$ID"
	is "$(value cpu.idle cpu.idle)" 1
	ok update --cpu-idle 0 --cpu-share 300 "$ID"
	is "$(value cpu.idle cpu.idle)" 0
	is "$(value cpu.shares cpu.weight)" "$(v2 && echo 39 || echo 300)"
	r update --cpu-idle 1 --cpu-share 300 "$ID"
	is "$status" 0
	has "$output" "unable to apply both"
	is "$(value cpu.idle cpu.idle)" 1
}
t_cpuset_is_felt() {
	start '{}' cpuset
	allowed() { awk '$1 == "Cpus_allowed_list:" { print $2 }' "/proc/$(pid_of "$ID")/status"; }
	ok update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	is "$(allowed)" 0
	is "$(value cpuset.mems cpuset.mems)" 0
	is "$(recorded cpuset_cpus)" '"0"'
	# not given: forgotten, not reset
	ok update --cpuset-mems 0 "$ID"
	is "$(allowed)" 0
	is "$(recorded cpuset_cpus)" null
}
t_document() {
	start '{memory: {limit: 33554432}, cpu: {shares: 100}, pids: {limit: 20}}' memory cpu pids
	json_ok '{"memory": {"limit": 67108864}, "cpu": {"shares": 200, "quota": 50000}, "pids": {"limit": 30}}'
	is "$output" ""
	is "$(memory)" 67108864
	is "$(value pids.max pids.max)" 30
	is "$(value cpu.shares cpu.weight)" "$(v2 && echo 29 || echo 200)"
	echo '{"pids": {"limit": 31}}' >r.json
	ok update --resources r.json "$ID"
	is "$(value pids.max pids.max)" 31
	# the other flags are ignored then
	ok update --resources=r.json --pids-limit 5 "$ID"
	is "$(value pids.max pids.max)" 31
	is "$(memory)" 67108864
	json_ok '{}'
	json_ok '{"pids": null, "memory": null, "cpu": {}}'
	is "$(value pids.max pids.max)" 31
	json_fails "expected" '{"pids": {"limit": "x"}}'
	json_fails "resources" '{"pids": '
	fails 1 "nosuchfile" update -r nosuchfile "$ID"
}
t_io() {
	local dev
	start '{blockIO: {}}' io
	dev=$(disk_of "$PWD") || dev=$(disk_of /var/tmp) || skip "no disk here"
	one() { echo "{\"blockIO\": {\"throttle$1Device\": [{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": $2}]}}"; }
	json_ok "$(one ReadBps 1048576)"
	json_ok "$(one WriteIOPS 100)"
	json_ok "$(one ReadBps 2097152)"
	if v2; then
		is "$(value '' io.max)" "$dev rbps=2097152 wbps=max riops=max wiops=100"
	else
		is "$(value blkio.throttle.read_bps_device '')" "$dev 2097152"
		is "$(value blkio.throttle.write_iops_device '')" "$dev 100"
	fi
	is "$(recorded blkio_throttle_read_bps_device)" "[{\"major\":${dev%:*},\"minor\":${dev#*:},\"rate\":2097152}]"
	# taken back whole: a line that was not there goes again
	json '{"blockIO": {"throttleWriteBpsDevice": ['"{\"major\": ${dev%:*}, \"minor\": ${dev#*:}, \"rate\": 5000}"', {"major": 250, "minor": 250, "rate": 1}]}}'
	is "$status" 1
	if v2; then is "$(value '' io.max)" "$dev rbps=2097152 wbps=max riops=max wiops=100"; else is "$(value blkio.throttle.write_bps_device '')" ""; fi
}
t_unified() {
	v2 || {
		start '{}'
		json_fails "invalid configuration: cannot use unified on cgroup v1" '{"unified": {"pids.max": "1"}}'
		exit 0
	}
	start '{unified: {"pids.max": "20"}}' pids memory
	is "$(recorded 'unified["pids.max"]')" '"20"'
	json_ok '{"unified": {"memory.high": "100M"}, "pids": {"limit": 40}}'
	is "$(value '' memory.high)" 104857600
	is "$(value '' pids.max)" 40
	is "$(recorded unified)" '{"memory.high":"100M"}'
	json_fails "can't be set: controller \\\"hell\\\" not available" '{"unified": {"hell.max": "1"}, "pids": {"limit": 50}}'
	is "$(value '' pids.max)" 40
}

# ---- all or nothing ----

t_a_failure_changes_nothing() {
	local before
	start '{pids: {limit: 20}}' pids memory cpuset
	before=$(cat "$STATE/$ID/state.json")
	# no config ever named memory: it comes back too
	was=$(memory)
	json_fails "linux.resources.cpu.cpus" '{"memory": {"limit": 67108864}, "pids": {"limit": 30}, "cpu": {"cpus": "nonsense"}}'
	is "$(memory)" "$was"
	is "$(value pids.max pids.max)" 20
	is "$(cat "$STATE/$ID/state.json")" "$before"
	hasnt "$output" "Setting back"
	is "$(ls "$STATE/$ID" | grep -c state)" 1
}
t_usage_is_checked_before() {
	v2 || skip "v1's own check is the kernel's"
	start '{memory: {limit: 67108864, swap: 134217728}}' memory
	ok exec "$ID" dd if=/dev/zero of=/dev/shm/f bs=1M count=16
	json_fails "rejecting memory limit 8388608 <= usage " '{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}'
	json_fails "rejecting memory+swap limit 8388608 <= usage " '{"memory": {"limit": 4194304, "swap": 8388608, "checkBeforeUpdate": true}}'
	is "$(memory)" 67108864
	json_ok '{"memory": {"limit": 50331648, "checkBeforeUpdate": true}}'
	is "$(memory)" 50331648
}
t_v1_refuses_less_than_is_used() {
	v2 && skip "v2 has checkBeforeUpdate"
	start '{memory: {limit: 67108864, swap: 67108864}}' memory
	# pages that cannot be written anywhere
	ok exec "$ID" dd if=/dev/zero of=/dev/shm/f bs=1M count=24
	fails 1 "unable to set memory limit to 8388608 (current usage: " update --memory 8388608 "$ID"
	is "$(memory)" 67108864
}
t_two_at_once() {
	start '{pids: {limit: 20}}' pids memory
	for i in 1 2 3 4 5 6; do
		bg update --memory $((i * 16))M "$ID" &
		bg update --memory-reservation $((i * 8))M "$ID" &
	done
	wait
	# neither has undone the other in state.json
	is "$(recorded memory)" "$(memory)"
	is "$(recorded memory_reservation)" "$(value memory.soft_limit_in_bytes memory.low)"
}

# ---- states ----

t_created_and_paused() {
	start '{pids: {limit: 20}}' pids
	ok delete -f "$ID"
	ok create "$ID"
	ok update --pids-limit 30 "$ID"
	is "$(value pids.max pids.max)" 30
	is "$(state_of "$ID")" created
	ok start "$ID"
	if v2; then echo 1 >"$(file '' cgroup.freeze)"; else echo FROZEN >"$(file freezer.state '')"; fi
	wait_for is_state "$ID" paused
	ok update --pids-limit 40 "$ID"
	is "$(value pids.max pids.max)" 40
	is "$(state_of "$ID")" paused
	if v2; then echo 0 >"$(file '' cgroup.freeze)"; else echo THAWED >"$(file freezer.state '')"; fi
	is "$(state_of "$ID")" running
}
t_stopped() {
	bundle true
	ok run -d "$ID"
	wait_for is_state "$ID" stopped
	fails 1 "container not running" update --pids-limit 5 "$ID"
	fails 1 "container does not exist" update --pids-limit 5 "$ID-no"
}
t_without_a_cgroup() {
	needs_user
	sleeper
	ok run -d "$ID"
	[ "$(jq '.cgroup_paths | length' "$STATE/$ID/state.json")" = 0 ] || skip "this user may make cgroups"
	r update --pids-limit 5 "$ID"
	is "$status" 1
	like "$output" "rootless needs no limits|cannot set pids limit: container could not join or create cgroup"
	json_ok '{}'
}

# ---- words ----

t_bad_words() {
	sleeper
	ok run -d "$ID"
	fails 1 "invalid value for memory: invalid size: '1q'" update --memory 1q "$ID"
	fails 1 "invalid value for memory-swap: invalid size: '-2'" update --memory-swap -2 "$ID"
	fails 1 'invalid value for cpu-share: strconv.ParseUint: parsing \"-1\": invalid syntax' update --cpu-share -1 "$ID"
	fails 1 'invalid value for cpu-quota: strconv.ParseInt: parsing \"x\": invalid syntax' update --cpu-quota x "$ID"
	fails 1 'invalid value \"x\" for flag -pids-limit: ' update --pids-limit x "$ID"
	fails 1 "blkio-weight" update --blkio-weight 70000 "$ID"
	fails 1 "Intel RDT/CAT: l3 cache schema is not enabled" update --l3-cache-schema "L3:0=f" "$ID"
	fails 1 "Intel RDT/MBA: memory bandwidth schema is not enabled" update --mem-bw-schema "MB:0=20" "$ID"
	fails 1 'requires exactly 1 argument' update
}
t_kernel_memory_is_accepted_and_ignored() {
	sleeper
	ok run -d "$ID"
	ok update --kernel-memory 16M --kernel-memory-tcp 16M "$ID"
	has "$output" "Kernel memory settings are ignored and will be removed"
	json_ok '{"memory": {"kernel": 1}}'
	has "$output" "Kernel memory settings are ignored and will be removed"
}
t_what_cannot_be_updated_is_told() {
	sleeper
	ok run -d "$ID"
	json_ok '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}], "network": {"classID": 5}, "memory": {"swappiness": 5}, "devices": [{"allow": false, "access": "rwm"}]}'
	has "$output" "linux.resources.hugepageLimits cannot be updated"
	has "$output" "linux.resources.network cannot be updated"
	has "$output" "linux.resources.memory.swappiness cannot be updated"
	hasnt "$output" devices
}
