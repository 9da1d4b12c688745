#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Namespaces: new, joined, the host's; names, sysctls, clocks, ids.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

ns_add() { cfg '.linux.namespaces += [{type: "'"$1"'"'"${2:+, path: \"$2\"}"'}]'; }
ns_del() { cfg '.linux.namespaces |= map(select(.type != "'"$1"'"))'; }

t_namespaces_of_the_config_are_new() {
	local ns
	needs_root # the links of a user namespace's processes are not ours to read
	sleeper
	ns_add cgroup
	ns_add user
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	ns_add time
	ok run -d "$ID"
	for ns in mnt pid net ipc uts cgroup user time; do
		[ "$(ns_of "$(pid_of "$ID")" $ns)" != "$(ns_of self $ns)" ] || fail "$ns is the host's"
	done
}
t_namespaces_not_in_the_config_are_the_hosts() {
	local ns
	sleeper
	for ns in network ipc uts; do ns_del $ns; done
	cfg 'del(.hostname) | .mounts |= map(select(.type != "mqueue"))'
	[ "$E2E_AS" = user ] || cfg '.mounts |= map(select(.type != "sysfs"))'
	script 'for ns in net ipc uts; do readlink /proc/self/ns/$ns; done'
	is "$(R run "$ID")" "$(ns_of self net)
$(ns_of self ipc)
$(ns_of self uts)"
}
t_init_is_pid_1() {
	bundle sh -c 'echo $$'
	is "$(R run "$ID")" 1
}
t_host_pid_namespace() {
	needs_root
	bundle sh -c 'echo $$'
	ns_del pid
	[ "$(R run "$ID")" != 1 ] || fail "it is pid 1"
}
t_joined_by_path() {
	local ns
	needs_root
	sleeper
	ok run -d "$ID"
	pid=$(pid_of "$ID")
	for ns in network:net ipc:ipc uts:uts pid:pid; do
		ns_del "${ns%:*}"
		ns_add "${ns%:*}" "/proc/$pid/ns/${ns#*:}"
	done
	cfg 'del(.hostname)'
	ok run -d "$ID-2"
	for ns in net ipc uts pid; do
		is "$(ns_of "$(pid_of "$ID-2")" $ns)" "$(ns_of "$pid" $ns)"
	done
	[ "$(ns_of "$(pid_of "$ID-2")" mnt)" != "$(ns_of "$pid" mnt)" ] || fail "mnt"
	# joined pid namespace: killing one leaves the other
	ok delete -f "$ID-2"
	is "$(state_of "$ID")" running
}
t_joined_by_path_as_an_ordinary_user() {
	needs_user
	sleeper
	ns_add network
	ok run -d "$ID"
	pid=$(pid_of "$ID")
	ns_del network
	ns_del user
	ns_add network "/proc/$pid/ns/net"
	ns_add user "/proc/$pid/ns/user"
	cfg 'del(.linux.uidMappings, .linux.gidMappings)'
	script 'for ns in net user; do readlink /proc/self/ns/$ns; done; id -u'
	is "$(R run "$ID-2")" "$(ns_of "$pid" net)
$(ns_of "$pid" user)
0"
}
t_path_that_is_not_such_a_namespace() {
	bundle true
	ns_del uts
	cfg 'del(.hostname)'
	ns_add uts /proc/self/ns/net
	fails 1 "/proc/self/ns/net is not a uts namespace" run "$ID"
	cfg '.linux.namespaces[-1].path = "/etc/passwd"'
	fails 1 "/etc/passwd is not a uts namespace" run "$ID"
	cfg '.linux.namespaces[-1].path = "/no/such"'
	fails 1 "open /no/such: no such file or directory" run "$ID"
	cfg '.linux.namespaces[-1].path = "relative"'
	fails 1 "relative is not absolute" run "$ID"
}
t_hostname_and_domainname() {
	bundle sh -c 'hostname; cat /proc/sys/kernel/domainname'
	cfg '.hostname = "box" | .domainname = "example.org"'
	is "$(R run "$ID")" "box
example.org"
	[ "$(hostname)" != box ] || fail "the host's name was changed"
}
t_hostname_needs_a_uts_namespace() {
	bundle true
	ns_del uts
	fails 1 "unable to set hostname without a private UTS namespace" run "$ID"
	cfg 'del(.hostname) | .domainname = "x"'
	fails 1 "unable to set domainname without a private UTS namespace" run "$ID"
}
t_loopback_is_up() {
	bundle sh -c 'cat /sys/class/net/lo/operstate; ip addr show lo 2>/dev/null | grep -c "inet 127.0.0.1"'
	[ "$E2E_AS" = root ] || ns_add network
	is "$(R run "$ID" | tail -1)" 1
}
t_sysctl() {
	bundle sh -c 'cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/fs/mqueue/msg_max'
	[ "$E2E_AS" = root ] || ns_add network
	cfg '.linux.sysctl = {"kernel.shmmax": "123456", "net/ipv4/ip_unprivileged_port_start": "80", "fs.mqueue.msg_max": "11"}'
	is "$(R run "$ID")" "123456
80
11"
	[ "$(cat /proc/sys/kernel/shmmax)" != 123456 ] || fail "the host's was changed"
}
t_sysctl_rules() {
	bundle true
	cfg '.linux.sysctl = {"kernel.panic": "1"}'
	fails 1 'sysctl \"kernel.panic\" is not in a separate kernel namespace' run "$ID"
	cfg '.linux.sysctl = {"kernel.hostname": "x"}'
	fails 1 'sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI' run "$ID"
	ns_del network
	cfg '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	fails 1 'sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace' run "$ID"
	ns_add network /proc/self/ns/net
	fails 1 'not allowed in host network namespace' run "$ID"
	ns_del network
	cfg '.linux.sysctl = {"fs.mqueue.../../kernel/panic": "1"}'
	fails 1 'is not a name' run "$ID"
}
t_time_namespace_offsets() {
	bundle cat /proc/uptime /proc/self/timens_offsets
	ns_add time
	cfg '.linux.timeOffsets = {boottime: {secs: 864000, nanosecs: 5}, monotonic: {secs: -1}}'
	r run "$ID"
	is "$status" 0
	[ "$(echo "$output" | head -1 | cut -d. -f1)" -gt 864000 ] || fail "$output"
	like "$output" 'boottime +864000 +5'
}
t_time_rules() {
	bundle true
	cfg '.linux.timeOffsets = {boottime: {secs: 1}}'
	fails 1 "time namespace offsets specified, but time namespace isn't enabled in the config" run "$ID"
	ns_add time
	cfg '.linux.timeOffsets = {wall: {secs: 1}}'
	fails 1 "unknown clock" run "$ID"
	cfg '.linux.timeOffsets = {boottime: {secs: 1, nanosecs: 1000000000}}'
	fails 1 "is a second or more" run "$ID"
}
t_time_namespace_without_offsets() {
	bundle cat /proc/self/timens_offsets
	ns_add time
	ok run "$ID"
	like "$output" 'monotonic +0 +0'
}
t_user_namespace_maps() {
	bundle cat /proc/self/uid_map /proc/self/gid_map
	if [ "$E2E_AS" = root ]; then
		ns_add user
		cfg '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 200000, size: 5}] | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]'
		chmod 755 "$E2E_TMP" "$CASE_DIR" "$BUNDLE"
		is "$(R run "$ID" | tr -s ' ')" " 0 100000 10
 10 200000 5
 0 100000 10"
	else
		is "$(R run "$ID" | tr -s ' ')" " 0 $(id -u) 1
 0 $(id -g) 1"
	fi
}
t_user_namespace_rules() {
	bundle true
	[ "$E2E_AS" = root ] || ns_del user
	cfg 'del(.linux.uidMappings, .linux.gidMappings)'
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 1}]'
	fails 1 "user namespace mappings specified, but user namespace isn't enabled in the config" run "$ID"
	ns_add user
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 0}]'
	fails 1 "linux.uidMappings[0].size: 0 maps nothing" run "$ID"
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 4294967290, size: 100}]'
	fails 1 "goes beyond id" run "$ID"
	cfg '.linux.uidMappings = [{containerID: 0, hostID: 5, size: 10}, {containerID: 5, hostID: 100, size: 10}]'
	fails 1 "linux.uidMappings[1]: overlaps with linux.uidMappings[0]" run "$ID"
	cfg '.linux.uidMappings = [{containerID: 1, hostID: 5, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	fails 1 "no mapping found for uid 0" run "$ID"
	cfg 'del(.linux.uidMappings, .linux.gidMappings)'
	fails 1 "user namespaces enabled, but no namespace path to join nor mappings to apply specified" run "$ID"
}
t_cgroup_namespace() {
	bundle sh -c 'grep -v ":/$" /proc/self/cgroup | wc -l'
	ns_add cgroup
	out=$(R run "$ID")
	if [ "$E2E_AS" = root ]; then is "$out" 0; fi
}
t_container_has_a_cgroup_of_its_own() {
	needs_root
	sleeper
	ok run -d "$ID"
	[ -n "$(find /sys/fs/cgroup -type d -name "$ID")" ] || fail "there is none"
	has "$(cat "/proc/$(pid_of "$ID")/cgroup")" "/$ID"
	ok delete -f "$ID"
	is "$(find /sys/fs/cgroup -type d -name "$ID")" ""
}
t_cgroups_path() {
	needs_root
	sleeper
	cfg '.linux.cgroupsPath = "/'"$ID"'/deep/er"'
	ok run -d "$ID"
	has "$(cat "/proc/$(pid_of "$ID")/cgroup")" ":/$ID/deep/er"
	fails 1 "container's cgroup is not empty" run "$ID-2"
	fails 1 "container's cgroup is not empty" create "$ID-2"
	is "$(state_of "$ID")" running
	ok delete -f "$ID"
	is "$(find /sys/fs/cgroup -type d -path "*$ID/deep/er")" ""
	find /sys/fs/cgroup -depth -type d -path "*$ID*" -exec rmdir {} +
}
t_cgroups_path_may_not_climb() {
	bundle true
	cfg '.linux.cgroupsPath = "../../x"'
	fails 1 "must not contain . or .." run "$ID"
	cfg '.linux.cgroupsPath = "/"'
	fails 1 "is the root cgroup" run "$ID"
}
t_cgroups_path_without_the_right_is_an_error() {
	needs_user
	bundle true
	cfg '.linux.cgroupsPath = "/'"$ID"'"'
	fails 1 "unable to apply cgroup configuration" run "$ID"
	has "$output" "permission denied"
}
t_sub_cgroups_go_with_the_container() {
	needs_root
	sleeper
	ok run -d "$ID"
	find /sys/fs/cgroup -type d -name "$ID" | while read -r d; do mkdir -p "$d/a/b" 2>/dev/null; done
	ok delete -f "$ID"
	is "$(find /sys/fs/cgroup -type d -name "$ID")" ""
}
t_duplicate_namespace() {
	bundle true
	ns_add pid
	fails 1 'malformed spec file: duplicated ns \"{pid }\"' run "$ID"
}
t_unknown_namespace() {
	bundle true
	ns_add nope
	fails 1 'linux.namespaces' run "$ID"
	has "$output" 'unknown value \"nope\": expected one of mount, pid, network, uts, ipc, user, cgroup, time'
}
t_host_mount_namespace() {
	needs_root
	bundle sh -c 'ls /bin/busybox; grep -c . /proc/mounts >/dev/null && echo mounts'
	ns_del mount
	cfg '.linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
	ok run "$ID"
	has "$output" /bin/busybox
	has "$output" mounts
	hasnt "$(cat /proc/self/mountinfo)" "$CASE_DIR"
}
t_moved_network_device() {
	needs_root
	bundle sh -c 'ip -o addr show eth9 | grep -o "inet 192.0.2.9/24"; cat /sys/class/net/eth9/mtu; ip -o link show eth9 | grep -o "<[^>]*UP"'
	command -v ip >/dev/null || skip "no ip program"
	ip link add rc9 type dummy 2>/dev/null || ip link add rc9 type veth peer name rc9p 2>/dev/null || skip "no dummy or veth devices here"
	ip addr add 192.0.2.9/24 dev rc9 && ip link set rc9 mtu 1400
	cfg '.linux.netDevices = {"rc9": {"name": "eth9"}}'
	r run "$ID"
	ip link del rc9 2>/dev/null
	has "$output" "inet 192.0.2.9/24"
	has "$output" 1400
	has "$output" UP
}
t_network_device_rules() {
	bundle true
	cfg '.linux.netDevices = {"no/slash": {}}'
	if [ "$E2E_AS" = user ]; then ns_add network; fi
	fails 1 'invalid network device name' run "$ID"
	cfg '.linux.netDevices = {"nosuchdev0": {}}'
	r run "$ID"
	[ "$status" = 1 ] || fail "$output"
	is "$(ls -A "$STATE")" ""
}
