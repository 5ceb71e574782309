#!/bin/sh
# SPDX-License-Identifier: ISC
# aliases(5): who gets the mail, from whom; -bi, -bv, -bt.
#
#	sh t/e2e/aliases.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/aliases.py" "$@"
