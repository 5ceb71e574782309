#!/bin/sh
# SPDX-License-Identifier: ISC
# A queue in use, seen from the caller's side: ways to hand a message over,
# signals, refusals, limits, and the fault table, row by row.
#
#	sh t/e2e/queue.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/queue_all.py" "$@"
