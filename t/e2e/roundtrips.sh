#!/bin/sh
# SPDX-License-Identifier: ISC
# Round trips from connect() to acceptance in every combination; what each is
# for is derived on top of roundtrips.py.
exec python3 -B "$(dirname "$0")/roundtrips.py"
