#!/bin/sh
# SPDX-License-Identifier: ISC
# Servers that refuse, lie, cut and fall silent: t/smarthost/scripts.
#
#	sh t/e2e/hostile.sh [NAME...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/hostile.py" "$@"
