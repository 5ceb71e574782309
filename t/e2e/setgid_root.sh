# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Runs the cases of $program about $what in a root of their own, where a
# set-group-ID installation can be made.  Sourced; the words are those of the
# suite.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=${here%/t/e2e}
: "${POSTHORN:=$top/build/posthorn}" "${SMARTHOST:=$top/build/t/smarthost}"
export POSTHORN

# shellcheck disable=SC2154
skip()
{
	echo "ok 1 - $what # SKIP $*"
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
# shellcheck disable=SC2154
sh "$here/root" run -- env SMARTHOST="$SMARTHOST" python3 -B \
    "/src/t/e2e/$program" "$@" || got=$?
[ $got != 125 ] || skip "no root of its own"
exit $got
