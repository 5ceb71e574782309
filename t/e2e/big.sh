#!/bin/sh
# SPDX-License-Identifier: ISC
# Messages of 1 GB in little memory.  For make check-long: takes a minute and
# 1 GB in /var/tmp.
exec python3 -B "$(dirname "$0")/big.py" "$@"
