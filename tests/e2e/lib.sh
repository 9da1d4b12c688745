# SPDX-License-Identifier: Apache-2.0
# Shared by all end-to-end tests. Each function named t_… is a case; its name is
# its title. Every case runs twice: as root, and as an ordinary user that is made
# for this run (as another user than root: once, as that user). A case has a
# directory of its own, and fails also if anything of it stays behind: a process,
# a mount, a cgroup, a directory in the state root.
#
# A script that says E2E_DEBIAN=yes first has a Debian root file system for its cases.
#
# needs_root, needs_user: only one of the two makes sense; the other is not counted. needs_cgroupfs: it
# is about directories that systemd has its own way with.
# skip REASON: this machine cannot show it.
#
# E2E_FLAGS: flags that every call of runc has in front; E2E_LABEL: what the titles say instead
# of who runs the cases. E2E_STAGE_AT=DIR: only puts there what cases need (tests/vm takes it elsewhere).

set -u
umask 022
# In a build with sanitizers (make check-sanitize) reports go to files that each case is held
# to; leaks are looked for by unit tests, as that takes a tracer, which containers have not.
[ -z "${SANITIZER_DIR:-}" ] || {
	export ASAN_OPTIONS=detect_leaks=0:exitcode=86:log_path=$SANITIZER_DIR/${E2E_AS:-self}
	export UBSAN_OPTIONS=print_stacktrace=1:exitcode=86:log_path=$SANITIZER_DIR/${E2E_AS:-self}
}
export LC_ALL=C

srcdir=${srcdir:-.}
builddir=${builddir:-.}

# ---- what cases say ----

fail() { echo "$*"; exit 1; }
skip() { echo "SKIP $*"; exit 77; }
needs_root() { [ "$E2E_AS" = root ] || exit 78; }
needs_user() { [ "$E2E_AS" = user ] || exit 78; }
by_systemd() { [[ ${E2E_FLAGS:-} == *--systemd-cgroup* ]]; }
needs_cgroupfs() { ! by_systemd || exit 78; }

# is GOT WANT; has TEXT PART; hasnt TEXT PART; like TEXT REGEX
is() { [ "$1" = "$2" ] || fail "got: $1
want: $2"; }
has() { case $1 in *"$2"*) ;; *) fail "\"$2\" is not in: $1" ;; esac; }
hasnt() { case $1 in *"$2"*) fail "\"$2\" is in: $1" ;; esac; }
like() { [[ $1 =~ $2 ]] || fail "does not match $2: $1"; }

# For "bg run ID &": $! is then runc itself.
bg() { exec "$RUNC" --root "$STATE" ${E2E_FLAGS:-} "$@"; }

# ended_at SIGNAL N COMMAND…: the signal at the N-th system call of the file "trace", which an strace of the same
# made. strace counts each kind for itself, and injects nothing into what it does not trace.
ended_at() {
	local signal=$1 name count
	read -r name count <<<"$(awk -F'(' -v n="$2" '{ seen[$1]++ } NR == n && $1 ~ /^[a-z0-9_]+$/ { print $1, seen[$1] }' trace)"
	shift 2
	[ -n "$name" ] || return 0
	strace -o /dev/null -e trace="$name" -e inject="$name:signal=$signal:when=$count" "$@"
}

# runc with this case's state root. status and output (both streams) of the last call are kept.
R() { "$RUNC" --root "$STATE" ${E2E_FLAGS:-} "$@"; }
r() {
	# not by $( ): a container that goes on holds its end of that pipe open
	R "$@" >"$CASE_DIR/output" 2>&1 </dev/null
	status=$?
	output=$(<"$CASE_DIR/output")
}
ok() {
	r "$@"
	[ "$status" -eq 0 ] || fail "runc $*: status $status: $output"
}
# fails STATUS TEXT ARGS…: it must fail just so
fails() {
	local want=$1 text=$2
	shift 2
	r "$@"
	[ "$status" -eq "$want" ] || fail "runc $*: status $status, not $want: $output"
	has "$output" "$text"
}

# A bundle in $BUNDLE with a busybox root, that runs these words without a terminal.
bundle() {
	rm -rf "$BUNDLE"
	mkdir -p "$BUNDLE"
	cp -a "$E2E_ROOTFS" "$BUNDLE/rootfs"
	cd "$BUNDLE" || exit 1
	# the same for all of this script's cases
	[ -e "$E2E_TMP/spec.json" ] || {
		if [ "$E2E_AS" = root ]; then "$RUNC" spec; else "$RUNC" spec --rootless; fi
		cfg '.process.terminal = false | del(.linux.resources)'
		cp config.json "$E2E_TMP/spec.json"
	}
	cp "$E2E_TMP/spec.json" config.json
	# init's own reports, from when it has left the host's files
	[ -z "${SANITIZER_DIR:-}" ] ||
		cfg --arg dir "$SANITIZER_DIR" '.mounts += [{destination: $dir, source: $dir, options: ["bind"]}]'
	if [ $# -gt 0 ]; then args "$@"; fi
}
cfg() {
	jq "$@" <config.json >config.new && mv config.new config.json
}
args() { cfg '.process.args = $ARGS.positional' --args -- "$@"; }
# A shell script in the container.
script() { args sh -c "$1"; }
sleeper() { bundle sleep 1000; }

state_of() { R state "$1" | jq -r .status; }
pid_of() { R state "$1" | jq -r .pid; }
wait_for() { # wait_for CONDITION…: at most 10 s
	local i
	for i in $(seq 1000); do
		"$@" && return 0
		sleep 0.01
	done
	fail "waited in vain for: $*"
}
is_state() { [ "$(state_of "$1")" = "$2" ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

# What pty(1) of ours types to a shell, to hear "wide1" when a new size has arrived there.
until_size() {
	printf '%s' "until [ \"\$(stty size)\" = \"$1\" ]; do sleep 0.05; done; echo wide\$((1))\\n"
}

# The host's own id in a namespace: differs if the container has one of its own.
ns_of() { readlink "/proc/$1/ns/$2"; }

# ---- a case ----

# What a container leaves if it leaves something. Cases use ids that begin with $ID.
leftovers() {
	local left=
	left+=$(sanitizer_reports)
	left+=$(ls -A "$STATE" 2>/dev/null | sed 's/^/state: /')
	left+=$(find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null | sed 's/^/cgroup: /')
	left+=$(units "*$ID*" | sed 's/^/unit: /')
	left+=$(grep -F "$CASE_DIR" /proc/self/mountinfo | sed 's/^/mount: /')
	left+=$(pgrep -x -f "runc-net $ID.*" 2>/dev/null | sed 's/^/process: runc-net /')
	left+=$(grep -lsF "$CASE_DIR" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | while read -r f; do
		p=${f#/proc/} p=${p%%/*}
		is_own "$p" || [ ! -e "/proc/$p/exe" ] ||
			echo "process: $p $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null)"
	done)
	[ -z "$left" ] || { echo "$left"; return 1; }
}
# What systemd knows by this name, if the script is about that.
units() {
	local who=--system
	[ -n "${E2E_UNITS:-}" ] && [ -d /run/systemd/system ] || return 0
	[ "$E2E_AS" = root ] || who=--user
	systemctl $who list-units --all --plain --no-legend "$1" 2>/dev/null
}
# Of this case, from outside and from inside its containers.
sanitizer_reports() {
	[ -z "${SANITIZER_DIR:-}" ] ||
		find "$SANITIZER_DIR" -type f -newer "$CASE_DIR.began" -exec cat {} + 2>/dev/null | head -60
}
# One of this script's own shells?
is_own() {
	local p=$1
	while [ "${p:-0}" -gt 1 ]; do
		[ "$p" = "$E2E_SHELL" ] && return 0
		p=$(awk '/^PPid:/ { print $2 }' "/proc/$p/status" 2>/dev/null) || return 1
	done
	return 1
}

sweep() {
	local id
	[ -d "$STATE" ] || return 0
	for id in $(ls -A "$STATE" 2>/dev/null); do
		R delete --force "$id" </dev/null >/dev/null 2>&1
	done
}

run_case() {
	local fn=$1 rc
	CASE_DIR=$E2E_TMP/$fn
	STATE=$CASE_DIR/state BUNDLE=$CASE_DIR/bundle ID=e2e-$E2E_TAG-$fn
	export CASE_DIR
	mkdir -p "$CASE_DIR"
	: >"$CASE_DIR.began"
	(
		cd "$CASE_DIR" || exit 1
		# what the harness has open is not the case's
		exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
		"$fn"
	) >"$CASE_DIR.log" 2>&1 </dev/null
	rc=$?
	if [ $rc -eq 0 ]; then
		sweep >/dev/null 2>&1
		leftovers >"$CASE_DIR.left" 2>&1 || {
			rc=1
			sed 's/^/left behind: /' "$CASE_DIR.left" >>"$CASE_DIR.log"
		}
	else
		sanitizer_reports >>"$CASE_DIR.log"
		sweep >/dev/null 2>&1
	fi
	chmod -R u+rwX "$CASE_DIR" 2>/dev/null
	rm -rf "$CASE_DIR" 2>/dev/null
	return $rc
}

# ---- one identity: all cases ----

run_all() {
	local fn title n=0 began
	for fn in $(declare -F | awk '$3 ~ /^t_/ { print $3 }'); do
		[ -z "${E2E_ONLY:-}" ] || [[ $fn =~ $E2E_ONLY ]] || continue
		title="[${E2E_LABEL:-$E2E_AS}] ${fn#t_}" began=$SECONDS
		run_case "$fn"
		case $? in
		0) echo "ok $((++n)) - ${title//_/ }" ;;
		77) echo "ok $((++n)) - ${title//_/ } # $(tail -1 "$E2E_TMP/$fn.log")" ;;
		78) ;;
		*)
			echo "not ok $((++n)) - ${title//_/ }"
			tail -30 "$E2E_TMP/$fn.log" | sed 's/^/# /'
			;;
		esac
		[ $((SECONDS - began)) -lt 5 ] || echo "# $((SECONDS - began)) s: ${fn#t_}"
	done
	echo "# ran $n"
}

# ---- the whole script: both identities ----

# A root file system of busybox alone, with a link for each applet that a script has the name of: it is
# copied for each bundle, and links take long on a machine that is emulated.
make_rootfs() {
	local applet busybox names
	busybox=$(command -v busybox) || { echo "Bail out! busybox is missing (package busybox-static)"; exit 1; }
	mkdir -p "$1"/bin "$1"/sbin "$1"/proc "$1"/sys "$1"/dev "$1"/tmp "$1"/etc "$1"/root "$1"/mnt "$1"/run "$1"/usr/bin
	cp "$busybox" "$1/bin/busybox"
	names=$(cat "$srcdir"/tests/*/*.sh | tr -cs 'a-z0-9_[-' '\n' | sort -u)
	for applet in $("$busybox" --list | sort | join - <(echo "$names")); do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	chmod 1777 "$1/tmp"
	printf 'root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/usr/sbin:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\ndaemon:x:1:\nann:x:1000:\n' >"$1/etc/group"
}

# Made by the first script that wants it. Where it cannot be made, the cases say why.
stage_debian() {
	local tar=$builddir/tests/debian.tar
	if "$srcdir/tests/fixtures/debian-rootfs.sh" "$tar" 2>"$E2E_STAGE/debian.why"; then
		ln "$tar" "$E2E_STAGE/debian.tar" 2>/dev/null || cp "$tar" "$E2E_STAGE/debian.tar"
	elif [ $? -ne 77 ]; then
		echo "Bail out! tests/debian.tar: $(cat "$E2E_STAGE/debian.why")"
		rm -rf "$E2E_STAGE"
		exit 1
	fi
}

# Whoever the cases run as must be able to read what they need, wherever the build tree is.
make_stage() {
	E2E_STAGE=${E2E_STAGE_AT:-$(mktemp -d /tmp/runc-e2e.XXXXXX)}
	chmod 755 "$E2E_STAGE"
	mkdir "$E2E_STAGE/bin"
	install -m755 "$builddir/runc" "$E2E_STAGE/bin/runc"
	# where runc looks for its own helper programs, if it is not installed
	for helper in "$builddir"/runc-*; do
		[ ! -x "$helper" ] || install -m755 "$helper" "$E2E_STAGE/bin/"
	done
	for helper in helpers/attack helpers/fdrecv helpers/hog helpers/peer helpers/pty bench/pairbench; do
		install -m755 "$builddir/tests/$helper" "$E2E_STAGE/bin/"
	done
	[ -z "${NET_LAB:-}" ] || install -m755 "$builddir/tests/net/launch" "$builddir/tests/net/traffic" "$E2E_STAGE/bin/"
	cp -r "$srcdir/tests/e2e" "$srcdir/tests/attack" "$srcdir/tests/data" "$srcdir/tests/net" "$E2E_STAGE/" 2>/dev/null
	make_rootfs "$E2E_STAGE/rootfs"
	[ -z "${SANITIZER_DIR:-}" ] || {
		# where whoever the cases run as can reach it, wherever the build tree is
		SANITIZER_DIR=$E2E_STAGE/reports
		mkdir -p "$E2E_STAGE/rootfs$SANITIZER_DIR" "$SANITIZER_DIR"
		chmod 1777 "$SANITIZER_DIR"
	}
	[ -z "${E2E_DEBIAN:-}" ] || stage_debian
	chmod -R a+rX "$E2E_STAGE"
}

make_user() {
	# a script in a pid namespace of its own has a number that is not the only one
	E2E_USER=runc-e2e-${E2E_UNIQUE:-$$}
	touch /etc/subuid /etc/subgid
	useradd --create-home --shell /bin/bash ${E2E_UNIQUE:+--uid $((20000 + E2E_UNIQUE % 40000))} "$E2E_USER" || { echo "Bail out! useradd failed"; exit 1; }
	chmod 700 "$(user_home)"
	grep -q "^$E2E_USER:" /etc/subuid || usermod --add-subuids 500000-565535 --add-subgids 500000-565535 "$E2E_USER"
}
user_home() { getent passwd "$E2E_USER" | cut -d: -f6; }

clean_up() {
	[ -z "${E2E_USER:-}" ] || {
		for p in /proc/[0-9]*; do
			[ "$(stat -c %U "$p" 2>/dev/null)" = "$E2E_USER" ] && kill -KILL "${p#/proc/}" 2>/dev/null
		done
		userdel --remove "$E2E_USER" >/dev/null 2>&1
	}
	rm -rf "$E2E_STAGE" "${E2E_ROOT_TMP:-/nonexistent}" "${host_net_dir:-/nonexistent}"
}

as_root() {
	env -u XDG_RUNTIME_DIR E2E_AS=root E2E_TMP="$E2E_ROOT_TMP" E2E_TAG="r${E2E_UNIQUE:-$$}" E2E_STAGE="$E2E_STAGE" \
		E2E_ONLY="${E2E_ONLY:-}" SANITIZER_DIR="${SANITIZER_DIR:-}" bash "$E2E_SCRIPT"
}

as_user() {
	local home
	home=$(user_home)
	mkdir "$home/t"
	chown "$E2E_USER:" "$home/t"
	(cd "$home" && setpriv --reuid="$E2E_USER" --regid="$(id -g "$E2E_USER")" --init-groups env -i \
		HOME="$home" USER="$E2E_USER" PATH="$PATH" E2E_AS=user E2E_TMP="$home/t" E2E_TAG="u${E2E_UNIQUE:-$$}" \
		E2E_STAGE="$E2E_STAGE" E2E_ONLY="${E2E_ONLY:-}" E2E_FLAGS="${E2E_FLAGS:-}" SANITIZER_DIR="${SANITIZER_DIR:-}" bash "$E2E_SCRIPT")
}

as_self() {
	local tmp
	tmp=$(mktemp -d /tmp/runc-e2e-self.XXXXXX)
	E2E_AS=user E2E_TMP=$tmp E2E_TAG=s$$ E2E_STAGE=$E2E_STAGE bash "$E2E_SCRIPT"
	rm -rf "$tmp"
}

renumber() {
	awk '/^(not )?ok [0-9]+/ { sub(/ok [0-9]+/, "ok " ++n) } /^# ran / { next } { print; fflush() } END { print "1.." n + 0 }'
}

if [ -n "${E2E_AS:-}" ]; then
	RUNC=$E2E_STAGE/bin/runc E2E_ROOTFS=$E2E_STAGE/rootfs E2E_SHELL=$$
	PATH=$E2E_STAGE/bin:$PATH:/usr/sbin:/sbin
	trap run_all EXIT
elif [ -n "${E2E_STAGE_AT:-}" ]; then
	make_stage
	exit 0
else
	make_stage
	E2E_SCRIPT=$E2E_STAGE/${0#"$srcdir"/tests/}
	trap clean_up EXIT
	if [ "$(id -u)" -eq 0 ]; then
		make_user
		# here, not in as_root: what that sets is gone with its end of the pipe
		E2E_ROOT_TMP=$(mktemp -d /tmp/runc-e2e-root.XXXXXX)
		{
			case ${E2E_WHO:-both} in both | root) as_root ;; esac
			case ${E2E_WHO:-both} in both | user) as_user ;; esac
		} | renumber
	else
		as_self | renumber
	fi
	exit 0
fi
