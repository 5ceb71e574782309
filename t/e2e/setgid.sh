#!/bin/sh
# SPDX-License-Identifier: ISC
# A set-group-ID installation in a root of its own, and users who would like
# to see, stop or lose each other's mail.
#
#	[POSTHORN=FILE] [SMARTHOST=FILE] sh t/e2e/setgid.sh [WORD...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/t/e2e}
: "${POSTHORN:=$top/build/posthorn}" "${SMARTHOST:=$top/build/t/smarthost}"
export POSTHORN

skip()
{
	echo "ok 1 - a set-group-ID installation # SKIP $*"
	echo 1..1
	exit 0
}

[ "$(id -u)" = 0 ] || skip "not root"
# They read their options from the environment, and look for leaks by ptrace.
! grep -q __asan_init "$POSTHORN" || skip "the sanitizers do not work set-id"

# The server of the tests, seen from inside.
case $SMARTHOST in
"$top"/*) SMARTHOST=/src/${SMARTHOST#"$top"/} ;;
esac
got=0
sh "$here/root" run -- env SMARTHOST="$SMARTHOST" python3 -B \
    /src/t/e2e/setgid.py "$@" || got=$?
[ $got != 125 ] || skip "no root of its own"
exit $got
