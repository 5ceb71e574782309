#!/bin/sh
# SPDX-License-Identifier: ISC
# The smarthost, the machine, the clock and the disk in all their moods: what
# was accepted is delivered when it ends, without any command typed, and
# nothing is bounced.
#
#	[POSTHORN=...] [SMARTHOST=...] [CRASH=...] sh t/e2e/outage.sh [-k]
#	    [-l] [CASE...]
#
# -l: the long form (100,000 messages); CASE: words that a case's name begins
# with.
exec python3 -B "$(dirname "$0")/outage.py" "$@"
