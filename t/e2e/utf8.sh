#!/bin/sh
# SPDX-License-Identifier: ISC
# Internationalised mail: SMTPUTF8, what is done where it is not offered or
# not needed, and REQUIRETLS.
#
#	sh t/e2e/utf8.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/utf8.py" "$@"
