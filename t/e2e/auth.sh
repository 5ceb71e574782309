#!/bin/sh
# SPDX-License-Identifier: ISC
# Logins against libsasl2 and libgsasl.
#
#	sh t/e2e/auth.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/auth.py" "$@"
