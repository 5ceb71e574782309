#!/bin/sh
# SPDX-License-Identifier: ISC
# A set-group-ID installation in a root of its own, and users who would like
# to see, stop or lose each other's mail.
#
#	[POSTHORN=FILE] [SMARTHOST=FILE] sh t/e2e/setgid.sh [WORD...]

# shellcheck disable=SC2034
what='a set-group-ID installation' program=setgid.py
. "$(dirname "$0")/setgid_root.sh"
