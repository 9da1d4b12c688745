#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252. As root.
suite=bookworm
rows='
root session limited limits update events leaks
'
. "${srcdir:-.}/tests/vm/suite.sh"
