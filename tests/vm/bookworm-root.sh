#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252. As root.
suite=bookworm
rows='
root session limits:memory|swap|pids|period|idle|cpuset|real_time|files|weight|huge|rdma|network|unified|born|state|half update:flags|felt|idle events:oom|pressure devices:allowed_devices leaks:half systemd:rows|update|devices|survive|exec|start_to_delete|slices nested:limits
root systemd limited
'
. "${srcdir:-.}/tests/vm/suite.sh"
