#!/bin/sh
# SPDX-License-Identifier: ISC
# Notices as others read them: Python's email package and flufl.bounce.
#
#	sh t/e2e/bounce.sh [NAME...]	KEEP=1 keeps the notices
exec python3 -B "$(dirname "$0")/bounce.py" "$@"
