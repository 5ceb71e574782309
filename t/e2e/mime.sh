#!/bin/sh
# SPDX-License-Identifier: ISC
# Messages that the server could not take as they are, and all others.
#
#	sh t/e2e/mime.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/mime.py" "$@"
