#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Device rules on plain cgroup v2: a BPF program instead of the v1 files.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/v2.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/devices.sh"
