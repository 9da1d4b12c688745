#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure from a checkout. Releases carry it already.
cd "$(dirname "$0")" && mkdir -p .autotools && exec autoreconf --install --warnings=all
