#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A network in use: a web server in a Debian container, its package manager, names.
E2E_DEBIAN=yes
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/host-net.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/lib.sh"

# What container engines grant by default.
CAPS='["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
	"CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_AUDIT_WRITE", "CAP_SETFCAP"]'

# A bundle with a Debian of its own, its files owned as they should be.
debian() {
	local extract=(tar -x --file "$E2E_STAGE/debian.tar" --directory rootfs)
	has_runc_net
	[ -e "$E2E_STAGE/debian.tar" ] || skip "$(cat "$E2E_STAGE/debian.why")"
	bundle
	rm -rf rootfs
	mkdir rootfs
	if [ "$E2E_AS" = root ]; then
		"${extract[@]}" || fail tar
	else
		unshare --map-auto --map-root-user true 2>why || skip "unshare --map-auto: $(cat why)"
		rm config.json
		"$RUNC" spec --rootless --map-auto || fail "spec --map-auto"
		unshare --map-auto --map-root-user "${extract[@]}" || fail "tar with a range of ids"
		# who removes the case's directory must be able to
		trap 'unshare --map-auto --map-root-user rm -rf "$BUNDLE/rootfs"' EXIT
	fi
	cfg --argjson caps "$CAPS" '.process.terminal = false | del(.linux.resources) | .root = {path: "rootfs", readonly: false} |
		.process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps} |
		.process.env += ["LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"]'
	args "$@"
}
into_rootfs() { # into_rootfs FILE NAME
	if [ "$E2E_AS" = root ]; then
		install -D -m755 "$1" "rootfs/$2"
	else
		unshare --map-auto --map-root-user install -D -m755 "$1" "rootfs/$2"
	fi
}

t_a_web_server_is_fetched_from_another_machine() {
	command -v curl >/dev/null || skip "curl is missing"
	debian
	into_rootfs "$(command -v busybox)" usr/local/bin/busybox
	script 'mkdir -p /srv/www; . /etc/os-release; echo "This is $ID." >/srv/www/index.html
		head -c 3000000 /dev/zero | tr "\0" x >/srv/www/large
		echo ready; exec setpriv --reuid=33 --regid=33 --clear-groups busybox httpd -f -vv -p 80 -h /srv/www'
	R run -d --network slirp --publish 18600:80 "$ID" </dev/null >served 2>&1 || fail "$(cat served)"
	wait_for grep -q ready served
	wait_for answers_http
	is "$(in_x "curl -sS http://$H:18600/" | sed '$d' | sed '${/^$/d}')" "This is debian."
	is "$(in_x "curl -sS http://[$H6]:18600/large | wc -c" | sed '$d' | sed '${/^$/d}')" 3000000
	is "$(curl -sS http://127.0.0.1:18600/large | wc -c)" 3000000
	# the server knows who asked
	has "$(cat served)" "$X"
	ok delete -f "$ID"
}
answers_http() { curl -sS -m 5 http://127.0.0.1:18600/ >/dev/null 2>&1; }

# A package server at this port of H with one package, as apt wants it.
package_server() {
	local deb=repo/hello-test_1.0_all.deb
	mkdir -p pkg/DEBIAN pkg/usr/bin repo
	printf 'Package: hello-test\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <nobody@packages.test>\nDescription: a word\n' >pkg/DEBIAN/control
	printf '#!/bin/sh\necho "hello from the package"\n' >pkg/usr/bin/hello-test
	chmod 755 pkg/usr/bin/hello-test
	dpkg-deb --root-owner-group --build pkg "$deb" >/dev/null || fail dpkg-deb
	{
		cat pkg/DEBIAN/control
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n' "${deb#repo/}" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
	} >repo/Packages
	printf 'Suite: test\nDate: %s\nSHA256:\n %s %s Packages\n' "$(LC_ALL=C date -u -R)" \
		"$(sha256sum repo/Packages | cut -d' ' -f1)" "$(stat -c %s repo/Packages)" >repo/Release
	busybox httpd -f -p "$1" -h repo &
	server=$!
	wait_for package_server_is_up "$1"
}
package_server_is_up() { curl -sS -m 5 "http://$H:$1/Release" >/dev/null 2>&1; }

t_apt_installs_from_a_server_that_it_finds_by_name() {
	command -v dpkg-deb >/dev/null || skip "dpkg-deb is missing"
	command -v curl >/dev/null || skip "curl is missing"
	port=18601
	package_server $port
	debian
	script "rm -rf /etc/apt/sources.list*; echo 'deb [trusted=yes] http://packages.test:$port/ ./' >/etc/apt/sources.list
		apt-get update && apt-get install -y hello-test && hello-test"
	r run --network slirp "$ID"
	kill $server
	is "$status" 0
	has "$output" "Get:1 http://packages.test:$port"
	has "$output" "hello from the package"
}
t_names_as_a_libc_finds_them() {
	debian
	script 'getent hosts web.test; getent hosts web; getent hosts nosuch.test || echo none; getent hosts "$(hostname)"'
	cfg '.hostname = "deb7"'
	ok run --network slirp:ipv6=false "$ID"
	like "$output" "^$X +web\.test
$X +web\.test
none
10\.0\.2\.100 +deb7\$"
}
t_the_image_changes_by_nothing_but_empty_files() {
	debian true
	find rootfs/etc rootfs/run -printf '%p %s\n' 2>/dev/null | sort >before
	ok run --network slirp "$ID"
	find rootfs/etc rootfs/run -printf '%p %s\n' 2>/dev/null | sort >after
	[ -z "$(comm -13 before after | grep -v ' 0$' | grep -v '^rootfs/etc ')" ] || fail "$(diff before after)"
}
