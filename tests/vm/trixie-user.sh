#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 13: Linux 6.12, systemd 257. As an ordinary user.
suite=trixie
rows='
ann delegated limited limits update:flags|felt|failure|cpu|io events:oom|bytes pause:pause_and_resume leaks:two_hundred|made_inside
ann session limited limits:no_limits systemd nested
ann systemd limited update:felt|cpu limits:memory_beyond|one_process|quota|cpuset_restricts|files|^t_swap|unified
'
. "${srcdir:-.}/tests/vm/suite.sh"
