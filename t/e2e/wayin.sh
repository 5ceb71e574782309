#!/bin/sh
# SPDX-License-Identifier: ISC
# The way in for callers with no_new_privs, in a root of its own: what arrives
# is what would have without.
#
#	[POSTHORN=FILE] [SMARTHOST=FILE] sh t/e2e/wayin.sh [WORD...]

# shellcheck disable=SC2034
what='the way in without new privileges' program=wayin.py
. "$(dirname "$0")/setgid_root.sh"
