#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Hooks: six kinds, where each runs, what it gets, what happens when it fails.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

kinds="prestart createRuntime createContainer startContainer poststart poststop"

# A hook of this kind that runs a shell script (of the container, for startContainer).
hook() { # hook KIND SCRIPT [JSON]
	cfg '.hooks[$k] += [{path: "/bin/sh", args: ["sh", "-c", $s]} + '"${3:-{\}}"']' --arg k "$1" --arg s "$2"
}
# All six, each writing its name (and stdin) to a log that all of them see.
logged() {
	local k
	bundle true
	mkdir -m 777 log
	: >log/order && chmod 666 log/order
	cfg '.mounts += [{destination: "'"$BUNDLE"'/log", source: "'"$BUNDLE"'/log", options: ["rbind"]}]'
	mkdir -p "rootfs$BUNDLE/log"
	for k in $kinds; do
		hook "$k" "echo $k >>$BUNDLE/log/order; cat >$BUNDLE/log/$k"
	done
}

t_order() {
	logged
	ok run "$ID"
	is "$(tr '\n' ' ' <log/order)" "$kinds "
}
t_order_by_steps() {
	logged
	args sleep 1000
	ok create "$ID"
	is "$(tr '\n' ' ' <log/order)" "prestart createRuntime createContainer "
	ok start "$ID"
	wait_for grep -q poststart log/order
	wait_for grep -q startContainer log/order
	ok delete -f "$ID"
	is "$(tail -1 log/order)" poststop
}
t_state_on_stdin() {
	local k
	logged
	cfg '.annotations = {"key": "value"}'
	ok run "$ID"
	for k in $kinds; do
		is "$(jq -r '[.ociVersion, .id, .bundle, .annotations.key] | join(" ")' "log/$k")" "1.3.0 $ID $BUNDLE value"
	done
	is "$(jq -r .status log/prestart log/createRuntime log/createContainer | sort -u)" creating
	is "$(jq -r .status log/startContainer)" created
	is "$(jq -r .status log/poststart)" running
	is "$(jq -r .status log/poststop)" stopped
	[ "$(jq .pid log/prestart)" -gt 1 ] || fail "prestart: not the host's pid"
	is "$(jq .pid log/createContainer)" 1
	is "$(jq .pid log/startContainer)" 1
	is "$(jq 'has("pid")' log/poststop)" false
	[ "$(tail -c1 log/prestart)" = "}" ] || fail "ends with a line feed"
}
t_where_they_run() {
	bundle true
	mkdir -m 777 log
	cfg '.mounts += [{destination: "'"$BUNDLE"'/log", source: "'"$BUNDLE"'/log", options: ["rbind"]}]'
	mkdir -p "rootfs$BUNDLE/log"
	hook createRuntime "pwd >$BUNDLE/log/runtime; readlink /proc/self/ns/mnt >>$BUNDLE/log/runtime"
	hook createContainer "pwd >$BUNDLE/log/container; test -e /etc/debian_version -o -e /usr/bin/env && echo host-root >>$BUNDLE/log/container"
	hook startContainer "pwd >$BUNDLE/log/start; test -e /bin/busybox && echo container-root >>$BUNDLE/log/start"
	ok run "$ID"
	is "$(cat log/runtime)" "$BUNDLE
$(ns_of self mnt)"
	is "$(cat log/container)" "$BUNDLE/rootfs
host-root"
	is "$(cat log/start)" "/
container-root"
}
t_environment_is_its_own_if_given() {
	bundle true
	hook prestart "env >$PWD/env1" '{env: ["A=hook"]}'
	hook prestart "env >$PWD/env2" '{env: []}'
	hook prestart "env >$PWD/env3"
	CALLER=seen ok run "$ID"
	has "$(cat env1)" "A=hook"
	hasnt "$(cat env1)" CALLER
	hasnt "$(cat env2)" CALLER
	has "$(cat env3)" CALLER=seen
}
t_environment_of_the_image_never_reaches_the_host() {
	bundle true
	cfg '.process.env += ["LD_PRELOAD=/evil.so", "IMAGE=1"]'
	hook prestart "env >$PWD/env1"
	hook createContainer "env >$PWD/env2"
	ok run "$ID"
	hasnt "$(cat env1 env2)" IMAGE
	hasnt "$(cat env1 env2)" LD_PRELOAD
}
t_arguments_are_verbatim() {
	bundle true
	printf '#!/bin/sh\ntr "\\0" "|" </proc/$$/cmdline >%s/args\n' "$PWD" >hook.sh
	chmod 755 hook.sh
	cfg '.hooks.prestart = [{path: "/bin/sh", args: ["other-name", "-c", "tr \"\\\\0\" \"|\" </proc/$$/cmdline >'"$PWD"'/args", "a b"]}]'
	ok run "$ID"
	like "$(cat args)" '^other-name\|-c\|.*\|a b\|$'
}
t_failing_hook_of_each_kind_names_itself() {
	local k
	for k in prestart createRuntime createContainer; do
		bundle true
		hook $k true
		hook $k "echo out; cat /nosuchfile; exit 3"
		fails 1 "error running $k hook #1: exit status" create "$ID"
		has "$output" "stdout: out"
		has "$output" "/nosuchfile"
		is "$(ls -A "$STATE")" ""
		fails 1 "error running $k hook #1: exit status" run "$ID"
		is "$(ls -A "$STATE")" ""
	done
}
t_failing_start_container_hook() {
	bundle true
	hook startContainer true
	hook startContainer "cat /nosuchfile"
	fails 255 "error running startContainer hook #1:" run "$ID"
	has "$output" "/nosuchfile"
	is "$(ls -A "$STATE")" ""
}
t_failing_poststart_hook_ends_the_container() {
	sleeper
	hook poststart "echo why >&2; false"
	fails 1 "error running poststart hook #0:" run -d "$ID"
	has "$output" why
	is "$(ls -A "$STATE")" ""
	ok create "$ID"
	fails 1 "error running poststart hook #0:" start "$ID"
	wait_for is_state "$ID" stopped
	ok delete "$ID"
}
t_failing_poststop_hook_is_a_warning() {
	bundle true
	hook poststop "echo why >&2; false"
	ok run "$ID"
	has "$output" "error running poststop hook #0:"
	is "$(ls -A "$STATE")" ""
}
t_poststop_hooks_run_after_a_failed_create() {
	bundle true
	hook createRuntime false
	hook poststop "echo ran >$PWD/poststop"
	fails 1 "createRuntime" create "$ID"
	is "$(cat poststop)" ran
}
t_timeout_kills_the_whole_hook() {
	bundle true
	hook createRuntime "sleep 1000 & echo \$! >$PWD/child; sleep 1000" '{timeout: 1}'
	fails 1 "hook ran past specified timeout of 1.0s" run "$ID"
	wait_for is_gone "$(cat child)"
}
t_timeout_must_be_positive() {
	bundle true
	hook createRuntime true '{timeout: 0}'
	fails 1 "hooks.createRuntime[0].timeout: expected 1 to" run "$ID"
}
t_hook_path_must_be_absolute() {
	bundle true
	cfg '.hooks.prestart = [{path: "bin/true"}]'
	fails 1 "hooks.prestart[0].path: bin/true is not absolute" run "$ID"
}
t_missing_hook_program() {
	bundle true
	cfg '.hooks.prestart = [{path: "/no/such/hook"}]'
	fails 1 "error running prestart hook #0: fork/exec /no/such/hook: no such file or directory" run "$ID"
}
t_hook_sees_no_descriptor_of_ours() {
	bundle true
	mkdir -m 777 log
	cfg '.mounts += [{destination: "/log", source: "'"$BUNDLE"'/log", options: ["rbind"]}]'
	hook createRuntime "ls /proc/self/fd | wc -l >$PWD/n1"
	hook createContainer "ls /proc/self/fd | wc -l >$PWD/n2"
	hook startContainer "ls /proc/self/fd | wc -l >/log/n3"
	R run "$ID" 7</ 8</etc
	is "$(cat n1) $(cat n2) $(cat log/n3)" "4 4 4"
}
t_hook_that_leaves_a_daemon_does_not_hang_us() {
	bundle true
	hook createRuntime "sleep 1000 & echo \$! >$PWD/child"
	timeout 20 "$RUNC" --root "$STATE" run "$ID" </dev/null || fail "status $?"
	kill "$(cat child)"
}
t_hook_that_reads_nothing_is_no_error() {
	bundle true
	cfg '.annotations = {"big": ("x" * 200000)}'
	hook createRuntime true
	ok run "$ID"
}
t_create_runtime_hook_can_change_the_mounts() {
	needs_root
	mkdir host && echo from-hook >host/file
	bundle cat /mnt/file
	hook createRuntime 'pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/"); nsenter -t $pid -m mount --bind '"$CASE_DIR/host $BUNDLE/rootfs/mnt"
	is "$(R run "$ID")" from-hook
}
