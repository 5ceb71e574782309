#!/bin/sh
# SPDX-License-Identifier: ISC
# What --explain, hoststat and purgestat say.
#
#	sh t/e2e/explain.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/explain.py" "$@"
