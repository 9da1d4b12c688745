#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 13: Linux 6.12, systemd 257. As root.
suite=trixie
rows='
root session limited limits update events:memory|oom|bytes|processes|pressure devices:allowed_devices|kinds|order join:where_init kill:below leaks:two_hundred|below|made_inside|half systemd nested
root systemd limited update:flags|felt|failure|usage|cpu|idle limits:memory_beyond|one_process|quota|throttle_slows|cpuset_restricts|huge|born|files|^t_swap|period|weight|rdma|unified events:oom
'
. "${srcdir:-.}/tests/vm/suite.sh"
