#!/bin/sh
# SPDX-License-Identifier: ISC
# Messages from callers' hands to the smarthost, octet by octet.
#
#	sh t/e2e/messages.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/messages.py" "$@"
