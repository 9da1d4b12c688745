#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Networks that engines ask for, by annotation: what each of them can do with it.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/host-net.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/engine.sh"
# podman would make directories for hierarchies that are not there
if [ "${E2E_AS:-}" = root ] && [ "$(stat -fc %T /sys/fs/cgroup)" = tmpfs ]; then
	mount -o remount,bind,ro /sys/fs/cgroup || exit 1
fi

rootfs() {
	has_runc_net
	cp -a "$E2E_ROOTFS" "$CASE_DIR/rootfs"
	cp "$E2E_STAGE/bin/peer" "$CASE_DIR/rootfs/bin/"
}
all_helpers() { pgrep -x runc-net; }
no_helpers() { [ -z "$(all_helpers)" ]; }

# ---- podman ----

podman_up() {
	rootfs
	podman_start "$RUNC" --runtime-flag net-annotations
}
P_run() { P run "${P_limits[@]}" "$@"; }

t_podman_without_a_network_of_its_own() {
	podman_up
	P_run -d --name one --network none --annotation org.runc.net=slirp --annotation org.runc.net.publish=18500:80 \
		--rootfs "$CASE_DIR/rootfs" peer serve tcp 80 >/dev/null 2>err || fail "$(cat err)"
	wait_for sh -c "$(printf '%q ' "${P[@]}") logs one 2>/dev/null | grep -q ready"
	is "$(x_ask tcp $H 18500)" "from $X to 80"
	is "$(P exec one peer ask tcp $X 8000 2>/dev/null)" "from $H to 8000"
	has "$(P exec one cat /etc/resolv.conf 2>/dev/null)" "nameserver 10.0.2.3"
	P rm --force --time 0 one >/dev/null 2>&1 || fail "podman rm"
	wait_for no_helpers
	is_closed 18500 || fail "still open"
}
t_podman_with_a_network_of_its_own() {
	needs_root
	podman_up
	command -v slirp4netns >/dev/null || skip "slirp4netns is missing"
	output=$(P_run --rm --network slirp4netns --annotation org.runc.net=slirp --rootfs "$CASE_DIR/rootfs" true 2>&1)
	[ $? -ne 0 ] || fail "it ran"
	has "$output" "net: org.runc.net needs a new network namespace, but config.json joins /run/netns/"
	no_helpers || fail "a helper is left"
}
t_podman_and_a_port_that_is_in_use() {
	podman_up
	peer hold 127.0.0.1 18501 >ready &
	wait_for grep -q ready ready
	output=$(P_run --rm --network none --annotation org.runc.net=slirp --annotation org.runc.net.publish=127.0.0.1:18501:80 \
		--rootfs "$CASE_DIR/rootfs" true 2>&1)
	is $? 126
	has "$output" "net: publish 127.0.0.1:18501/tcp: address already in use"
	kill %1
}

# podman hands on the annotations of an image, too.
t_podman_and_what_an_image_asks_for() {
	podman_up
	P=("${P[@]/net-annotations/debug}")
	printf 'FROM scratch\nCOPY rootfs /\n' >Containerfile
	P build --annotation org.runc.net=slirp --annotation org.runc.net.publish=18502:80 --tag asks -f Containerfile . >/dev/null 2>err || fail "$(cat err)"
	has "$(P image inspect asks)" '"org.runc.net": "slirp"'
	is "$(P_run --rm --network none asks ip -o link 2>/dev/null | wc -l)" 1
	no_helpers || fail "a helper is left"
}

# ---- containerd ----

containerd_up() {
	rootfs
	# it has no option for more options
	printf '#!/bin/sh\nexec %q --net-annotations "$@"\n' "$RUNC" >runc.sh
	chmod 755 runc.sh
	containerd_start
}
ctr_run() { C run --env PATH=/bin --fifo-dir "$CASE_DIR/fifo" --runc-root "$CASE_DIR/runc" --runc-binary "$CASE_DIR/runc.sh" --rootfs "$@"; }

t_containerd() {
	containerd_up
	output=$(ctr_run --rm --annotation org.runc.net=slirp "$CASE_DIR/rootfs" one peer ask tcp $X 8000 2>&1)
	is "$? $output" "0 from $H to 8000"
	ctr_run -d --annotation org.runc.net=slirp --annotation org.runc.net.publish=18510:80 "$CASE_DIR/rootfs" two peer serve tcp 80 || fail "ctr run"
	wait_for answers 18510
	is "$(x_ask tcp $H 18510)" "from $X to 80"
	C task kill -s KILL two
	wait_for no_helpers
	is_closed 18510 || fail "still open"
}
t_containerd_with_a_namespace_by_its_path() {
	containerd_up
	output=$(ctr_run --rm --with-ns network:/proc/self/ns/net --annotation org.runc.net=slirp "$CASE_DIR/rootfs" one true 2>&1)
	[ $? -ne 0 ] || fail "it ran"
	has "$output" "net: org.runc.net needs a new network namespace, but config.json joins /proc/self/ns/net"
}
