#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line and what comes out: flags, help, version, logs, errors, spec, features.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

commands="create delete events exec features kill list net pause ps resume run spec start state update"

t_help_in_all_its_forms() {
	local form
	for form in "" -h --help help h; do
		ok $form
		is "$(echo "$output" | sed -n 1p)" NAME:
		has "$(echo "$output" | sed -n 2p)" "runc - Open Container Initiative runtime"
	done
}
t_help_of_every_command() {
	local c form
	for c in $commands; do
		for form in "$c -h" "$c --help" "help $c" "$c help"; do
			ok $form
			is "$(echo "$output" | sed -n 1p)" NAME:
			has "$(echo "$output" | sed -n 2p)" "runc $c"
		done
	done
}
t_help_lists_every_flag_of_the_contract() {
	local f
	ok run --help
	for f in bundle console-socket pidfd-socket pid-file no-pivot no-new-keyring preserve-fds detach keep no-subreaper; do
		has "$output" "--$f"
	done
	ok exec --help
	for f in console-socket cwd env tty user additional-gids process detach pid-file process-label apparmor no-new-privs cap preserve-fds cgroup ignore-paused pidfd-socket; do
		has "$output" "--$f"
	done
	ok events --help
	for f in interval stats; do
		has "$output" "--$f"
	done
	ok --help
	for f in debug log log-format net-annotations root systemd-cgroup rootless; do
		has "$output" "--$f"
	done
}
t_version() {
	ok --version
	like "$output" $'^runc version [0-9]+\\.[0-9]+\\.[0-9]+[^\n]*\ncommit: [^\n]+\nspec: 1\\.3\\.0\n'
	has "$output" "libseccomp: 2."
	ok -v
	like "$output" '^runc version '
}
t_unknown_command() {
	fails 3 "No help topic for 'foo'" foo
	fails 1 "No help topic for 'foo'" foo -h
}
t_unknown_flag() {
	fails 1 "flag provided but not defined: -nope" run --nope x
	fails 1 "flag provided but not defined: -it" exec -it x sh
	fails 1 "Incorrect Usage: flag provided but not defined: -nope" list -nope
}
t_flag_without_its_value() {
	fails 1 "flag needs an argument: --bundle" run --bundle
	fails 1 "flag needs an argument: -b" create -b
}
t_bad_values_of_flags() {
	fails 1 'invalid value \"x\" for flag -preserve-fds' run --preserve-fds x c
	fails 1 'invalid value \"maybe\" for flag -detach' run --detach=maybe c
	fails 1 "preserve-fds must not be negative" run --preserve-fds -1 c
}
t_wrong_number_of_operands() {
	fails 1 '\"run\" requires exactly 1 argument(s)' run
	fails 1 '\"start\" requires exactly 1 argument(s)' start a b
	fails 1 '\"exec\" requires a minimum of 1 argument(s)' exec
	fails 1 '\"kill\" requires a maximum of 2 argument(s)' kill a b c
	fails 1 '\"list\" requires exactly 0 argument(s)' list x
	has "$output" "Incorrect Usage."
}
t_one_dash_is_two() {
	sleeper
	ok -debug=false run -bundle "$BUNDLE" -detach "$ID"
	is "$(state_of "$ID")" running
}
t_global_flags_after_the_command() {
	sleeper
	"$RUNC" run -d "$ID" --root "$STATE" </dev/null
	is "$(state_of "$ID")" running
}
t_double_dash_ends_flags() {
	sleeper
	ok run -d -- "$ID"
	ok exec "$ID" -- echo -n hello
	is "$output" hello
}
t_help_and_version_need_no_root_directory() {
	XDG_RUNTIME_DIR=/no/such/dir "$RUNC" --version >/dev/null || fail version
	XDG_RUNTIME_DIR=/no/such/dir "$RUNC" list --help >/dev/null || fail help
}
t_log_as_text() {
	fails 1 "" --log log.txt state "$ID"
	like "$(cat log.txt)" '^time="20[0-9-]+T[0-9:]+Z" level=error msg="container does not exist"$'
	is "$output" "container does not exist"
}
t_log_as_json() {
	fails 1 "" --log log.json --log-format json state "$ID"
	is "$(jq -c '[.level,.msg,(.time|test("^20.*Z$"))]' log.json)" '["error","container does not exist",true]'
	is "$output" "container does not exist"
}
t_log_is_appended_to() {
	r --log log.txt state "$ID"
	r --log log.txt state "$ID"
	is "$(wc -l <log.txt)" 2
}
t_log_is_never_written_through_a_link() {
	echo precious >file
	ln -s file log
	fails 1 "open log" --log log state "$ID"
	is "$(cat file)" precious
}
t_log_format_must_be_known() {
	fails 1 "invalid log-format: xml" --log-format xml list
}
t_debug_goes_to_the_log() {
	bundle true
	ok --debug --log log.txt run "$ID"
	is "$output" ""
	has "$(cat log.txt)" "level=debug"
	has "$(cat log.txt)" "nsexec container setup"
	has "$(cat log.txt)" "child process in init()"
	has "$(cat log.txt)" "init: closing the pipe to signal completion"
	ok --debug --log-format json run "$ID"
	has "$output" '"level":"debug"'
}
t_failing_create_writes_one_log_line() {
	bundle /nonexistent
	fails 1 "" --log log.json --log-format json create "$ID"
	is "$(wc -l <log.json)" 1
	has "$(jq -r .msg log.json)" "runc create failed: unable to start container process: "
	is "$output" "$(jq -r .msg log.json)"
}
t_control_characters_are_escaped_in_logs() {
	bundle "$(printf 'a\033[31mb')"
	fails 1 '' run "$ID"
	hasnt "$output" "$(printf '\033')"
}
t_rootless_flag_is_checked() {
	bundle true
	fails 1 "ParseBool" --rootless perhaps run "$ID"
	ok --rootless true run "$ID"
	ok --rootless AUTO run "$ID"
}
t_spec_writes_a_bundle_config() {
	ok spec
	is "$(jq -c '[.ociVersion,.process.args,.root,.hostname]' config.json)" '["1.3.0",["sh"],{"path":"rootfs","readonly":true},"runc"]'
	[ "$(tail -c1 config.json)" = "}" ] || fail "ends with a line feed"
	has "$(sed -n 2p config.json)" "$(printf '\t')"
}
t_spec_does_not_overwrite() {
	echo mine >config.json
	fails 1 "File config.json exists. Remove it first" spec
	is "$(cat config.json)" mine
}
t_spec_into_another_bundle() {
	mkdir there
	ok spec --bundle there
	[ -s there/config.json ] || fail "not there"
}
t_spec_rootless() {
	ok spec --rootless
	is "$(jq -c '.linux.uidMappings' config.json)" '[{"containerID":0,"hostID":'"$(id -u)"',"size":1}]'
	is "$(jq -c '.linux.gidMappings' config.json)" '[{"containerID":0,"hostID":'"$(id -g)"',"size":1}]'
	is "$(jq -c '.mounts[] | select(.destination == "/sys")' config.json)" \
		'{"destination":"/sys","type":"none","source":"/sys","options":["rbind","nosuid","noexec","nodev","ro"]}'
	hasnt "$(jq -c '[.linux.namespaces[].type]' config.json)" network
	has "$(jq -c '[.linux.namespaces[].type]' config.json)" '"user"'
	is "$(jq -c '.linux.resources' config.json)" null
	hasnt "$(cat config.json)" gid=5
}
t_features() {
	ok features
	is "$(echo "$output" | jq -c '[.ociVersionMin,.ociVersionMax,.hooks]')" \
		'["1.0.0","1.3.0",["prestart","createRuntime","createContainer","startContainer","poststart","poststop"]]'
	is "$(echo "$output" | jq -c .linux.namespaces)" '["cgroup","ipc","mount","network","pid","time","user","uts"]'
	is "$(echo "$output" | jq -c .linux.mountExtensions)" '{"idmap":{"enabled":true}}'
	is "$(echo "$output" | jq -r '.linux.capabilities[0]')" CAP_CHOWN
	has "$(echo "$output" | jq -c .mountOptions)" '"rro"'
	is "$(echo "$output" | jq .linux.seccomp.enabled)" true
}
t_console_socket_rules() {
	sleeper
	fails 1 "cannot use console socket if runc will not detach or allocate tty" run --console-socket x "$ID"
	cfg '.process.terminal = true'
	fails 1 "cannot allocate tty if runc will detach without setting console socket" run -d "$ID"
	fails 1 "cannot allocate tty if runc will detach without setting console socket" create "$ID"
}
