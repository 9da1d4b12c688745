#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252. As an ordinary user.
suite=bookworm
rows='
ann delegated limits:memory|pids|quota|shares|cpuset
ann session limited systemd:rows|update|start_to_delete|exec|slices nested:limits
ann systemd limited:all_at_once
'
. "${srcdir:-.}/tests/vm/suite.sh"
