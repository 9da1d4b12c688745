#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# events on plain cgroup v2.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/v2.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/events.sh"
