#!/bin/sh
# SPDX-License-Identifier: ISC
# The queue, run: sessions, hosts, accounts, signals, one runner or many.
#
#	sh t/e2e/runner.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/runner.py" "$@"
