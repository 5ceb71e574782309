#!/bin/sh
# SPDX-License-Identifier: ISC
# The queue as people and programs look at it, and what they do to it.
#
#	sh t/e2e/mailq.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/mailq.py" "$@"
