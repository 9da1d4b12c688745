#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252. As root.
suite=bookworm
rows='
root session limited limits update:flags|felt|idle events:oom|pressure devices:allowed_devices leaks:half systemd:rows|update|devices|survive|exec|start_to_delete|slices nested:limits
root systemd limited
'
. "${srcdir:-.}/tests/vm/suite.sh"
