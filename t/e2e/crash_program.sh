#!/bin/sh
# SPDX-License-Identifier: ISC
# The whole program, and its children, cut at its system calls: killed there,
# or the call fails.
#
#	[POSTHORN=...] [SMARTHOST=...] [CRASH=...]
#	    sh t/e2e/crash_program.sh [-n NUMBER] [-k] [PART...]
#
# At NUMBER calls of each run, spread over it and beginning at a random one
# (a few, as the case says; 0: at every call).  -k keeps the folder.  PART: words that a case's name
# begins with.
exec python3 -B "$(dirname "$0")/crash_program.py" "$@"
