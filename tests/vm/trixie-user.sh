#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 13: Linux 6.12, systemd 257. As an ordinary user.
suite=trixie
rows='
ann delegated limited limits update events:oom|bytes|time_grows pause:pause_and_resume leaks
ann session limited limits:memory_beyond|one_process|quota|cpuset_restricts|no_limits systemd nested
ann systemd limited update:flags|felt|failure|cpu|document
'
. "${srcdir:-.}/tests/vm/suite.sh"
