#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what the tests need, builds, runs them all.
#
#	sh t/check.sh [make arguments]
set -eu
cd "$(dirname "$0")/.."
sh etc/deps.sh build test
jobs=$(nproc 2>/dev/null || echo 2)
make -s -j"$jobs" "$@" tests
exec make -s "$@" check
