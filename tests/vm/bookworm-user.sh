#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252. As an ordinary user.
suite=bookworm
rows='
ann delegated limited limits update
'
. "${srcdir:-.}/tests/vm/suite.sh"
