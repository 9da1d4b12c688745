#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 13: Linux 6.12, systemd 257. As an ordinary user.
suite=trixie
rows='
ann delegated limited limits update events pause devices leaks kill
'
. "${srcdir:-.}/tests/vm/suite.sh"
