#!/bin/sh
# SPDX-License-Identifier: ISC
# What a sender wants to be told (RFC 3461): said to the server, and done.
#
#	sh t/e2e/dsn.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/dsn.py" "$@"
