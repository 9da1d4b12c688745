#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 13: Linux 6.12, systemd 257. As root.
suite=trixie
rows='
root session limited limits update events pause devices leaks kill join systemd nested
root systemd limited update limits:memory_beyond|one_process|quota|throttle_slows|cpuset_restricts|huge|born events:oom leaks:below|half_way
'
. "${srcdir:-.}/tests/vm/suite.sh"
