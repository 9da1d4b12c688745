#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# nested.sh once more, on cgroup v2 alone.
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/v2.sh"
. "${E2E_STAGE:-${srcdir:-.}/tests}/e2e/nested.sh"
