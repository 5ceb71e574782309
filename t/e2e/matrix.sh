#!/bin/sh
# SPDX-License-Identifier: ISC
# Every flag that another sendmail takes with a message, in every shape.
#
#	sh t/e2e/matrix.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/matrix.py" "$@"
