#!/bin/sh
# SPDX-License-Identifier: ISC
# Every AUTH mechanism, verified by libraries that are not ours.
exec python3 -B "$(dirname "$0")/mechanisms.py"
