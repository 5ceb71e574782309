#!/bin/sh
# SPDX-License-Identifier: ISC
# The power is cut behind every step: what is then on disk is whole, and
# nothing that was promised is missing.
#
#	[CRASH=build/t/crash] sh t/e2e/powercut.sh [LIMIT]
#
# LIMIT: states for each step, 20,000.
exec python3 -B "$(dirname "$0")/powercut.py" "$@"
