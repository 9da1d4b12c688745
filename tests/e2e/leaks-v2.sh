#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Leaks on plain cgroup v2.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/v2.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/leaks.sh"
