#!/bin/sh
# SPDX-License-Identifier: ISC
# The way in for callers with no_new_privs, in a root of its own: what arrives
# is what would have without.
#
#	[POSTHORN=FILE] [SMARTHOST=FILE] sh t/e2e/wayin.sh [WORD...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/t/e2e}
: "${POSTHORN:=$top/build/posthorn}" "${SMARTHOST:=$top/build/t/smarthost}"
export POSTHORN

skip()
{
	echo "ok 1 - the way in without new privileges # SKIP $*"
	echo 1..1
	exit 0
}

[ "$(id -u)" = 0 ] || skip "not root"
! grep -q __asan_init "$POSTHORN" || skip "the sanitizers do not work set-id"

# The server of the tests, seen from inside.
case $SMARTHOST in
"$top"/*) SMARTHOST=/src/${SMARTHOST#"$top"/} ;;
esac
got=0
sh "$here/root" run -- env SMARTHOST="$SMARTHOST" python3 -B \
    /src/t/e2e/wayin.py "$@" || got=$?
[ $got != 125 ] || skip "no root of its own"
exit $got
