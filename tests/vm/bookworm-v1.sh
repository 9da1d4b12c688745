#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12: Linux 6.1, systemd 252, with cgroup v1, which Debian 13's systemd has no more. As root.
suite=bookworm
export VM_WORDS='systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1'
rows='
root session limits:files|^t_swap|weight|huge|rdma|network|period
root systemd limited systemd:rows|row_of_v1|taken_back|update|devices|start_to_delete|slices limits:files|^t_swap|bend|weight|huge|rdma|network|period|cpuset_restricts|born
'
. "${srcdir:-.}/tests/vm/suite.sh"
