#!/bin/sh
# SPDX-License-Identifier: ISC
# The command lines that programs call sendmail with, and their envelopes.
#
#	sh t/e2e/cmdlines.sh [WORD...]	KEEP=1 keeps the records
exec python3 -B "$(dirname "$0")/cmdlines.py" "$@"
