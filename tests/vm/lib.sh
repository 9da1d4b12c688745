# SPDX-License-Identifier: Apache-2.0
# Starting, reaching and ending a test machine; sourced, with $vm_home set to where this file is.
# A machine is known by a directory: what qemu says, what the console says, its port and pid.

# What is missing here; nothing if a machine can run.
vm_missing() {
	local tool
	[ "$(uname -m)" = x86_64 ] || { echo "the machine is for x86_64, not $(uname -m)"; return; }
	for tool in qemu-system-x86_64:qemu-system-x86 ssh:openssh-client setpriv:util-linux; do
		command -v "${tool%:*}" >/dev/null || { echo "${tool%:*} is missing (package ${tool#*:})"; return; }
	done
}

# One thread: with one for each processor the emulator may run code that the kernel is just
# changing. What protects a kernel from its users costs most when emulated, and this one has no enemies;
# one address layout for all programs lets it keep what it has translated.
vm_kernel_words='root=/dev/nvme0n1 rw rootwait console=ttyS0 quiet panic=-1 systemd.show_status=no
	mitigations=off norandmaps nokaslr init_on_alloc=0 hardened_usercopy=off randomize_kstack_offset=off
	preempt=none nowatchdog clearcpuid=112 systemd.log_target=kmsg systemd.log_level=warning'

# vm_qemu DIR IMAGE ARCHIVE PORT: becomes the machine, which ends with its parent unless VM_KEEP is set.
# VM_WORDS: more words for its kernel.
vm_qemu() {
	local bound='setpriv --pdeathsig KILL' accel='-accel tcg,thread=single -cpu Nehalem'
	[ "${VM_ACCEL:-tcg}" != kvm ] || accel='-accel kvm -cpu host'
	[ -z "${VM_KEEP:-}" ] || bound=setsid
	exec $bound qemu-system-x86_64 $accel -smp 2 -m 1536 \
		-nodefaults -no-user-config -no-reboot -display none -monitor none -serial file:"$1/console" \
		-kernel "$2/kernel" -append "$(echo $vm_kernel_words ${VM_WORDS:-})" \
		-drive file="$2/disk",format=raw,if=none,id=root,cache=unsafe,snapshot=on -device nvme,drive=root,serial=root \
		-drive file="$3",format=raw,if=none,id=in,cache=unsafe,snapshot=on -device virtio-blk-pci,drive=in \
		-netdev user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:"$4"-:22 -device virtio-net-pci,netdev=net,romfile= \
		-device virtio-rng-pci >"$1/qemu" 2>&1 </dev/null
}

# vm_start DIR IMAGE ARCHIVE: the archive is what the machine finds unpacked in /vm. Says why if it fails.
vm_start() {
	local dir=$1 port=0
	cp "$2/key" "$dir/key"
	while :; do
		# taken by somebody else at times
		port=$((20000 + RANDOM % 12000))
		: >"$dir/console"
		(vm_qemu "$@" "$port") &
		echo $! >"$dir/pid"
		echo $port >"$dir/port"
		vm_wait "$dir" && return
		grep -q 'host forwarding' "$dir/qemu" || break
	done
	{
		echo "the machine did not come up:"
		tail -n 20 "$dir/qemu" "$dir/console"
	} >&2
	vm_stop "$dir"
	return 1
}
vm_wait() {
	local end=$((SECONDS + ${VM_BOOT_TIMEOUT:-300}))
	while [ $SECONDS -lt $end ]; do
		! grep -q 'vm is ready' "$1/console" || return 0
		kill -0 "$(cat "$1/pid")" 2>/dev/null || return 1
		sleep 0.2
	done
	return 1
}

# vm_ssh DIR USER COMMAND…: for at most VM_LIMIT seconds, if that is set
vm_ssh() {
	local dir=$1 user=$2
	shift 2
	${VM_LIMIT:+timeout "$VM_LIMIT"} ssh -F /dev/null -i "$dir/key" -p "$(cat "$dir/port")" -o BatchMode=yes -o IdentitiesOnly=yes -o LogLevel=ERROR \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=60 "$user@127.0.0.1" "$@"
}

vm_stop() {
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 0
	kill -KILL "$pid" 2>/dev/null
	rm -f "$1/pid"
	# ours, or of a shell that is gone
	wait "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}
