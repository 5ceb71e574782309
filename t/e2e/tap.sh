# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Cases in TAP, in a root of their own.  Sourced by the scripts beside it:
#
#	enter PACKAGE...	be in a root with these packages; where that
#				cannot be, every case is skipped by its name
#	it NAME COMMAND...	one case: passes when COMMAND does.  What it
#				prints is shown when it fails
#	prepare COMMAND...	what cases stand on: not run when they are
#				skipped; its failure fails the script
#	finish			the plan

here=$(cd "$(dirname "$0")" && pwd)
cases=0
failed=0
skip=
out=/tmp/out
log=		# the server's, whose end is shown when a case fails

enter()
{
	[ -z "${E2E_INSIDE:-}" ] || return 0
	got=0
	debs=$(sh "$here/root" fetch "$@" 2>&1) || got=$?
	case $got in
	0) ;;
	125) skip=$debs; return ;;
	*) echo "Bail out! $debs"; exit 1 ;;
	esac
	# shellcheck disable=SC2086
	exec sh "$here/root" run $debs -- sh "/src/t/e2e/${0##*/}"
}

it()
{
	case_name=$1
	shift
	cases=$((cases + 1))
	if [ -n "$skip" ]; then
		echo "ok $cases - $case_name # SKIP $skip"
		return
	fi
	# Not as a condition: there the shell ignores -e.
	(set -e; "$@") >$out 2>&1
	case_status=$?
	if [ $case_status = 0 ]; then
		echo "ok $cases - $case_name"
	else
		failed=$((failed + 1))
		echo "not ok $cases - $case_name"
		{
			head -n 50 $out
			[ ! -e "$log" ] || tail -n 8 "$log"
		} | cut -c 1-300 | sed 's/^/# /'
	fi
}

prepare()
{
	[ -z "$skip" ] || return 0
	(set -e; "$@") >$out 2>&1
	case $? in
	0) ;;
	*) sed 's/^/# /' $out; echo "Bail out! $*"; exit 1 ;;
	esac
}

finish()
{
	echo "1..$cases"
	[ $failed = 0 ]
}

# within SECONDS COMMAND...: until it succeeds; fails when it never does.
within()
{
	deadline=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt $deadline ] || return 1
		sleep 0.05
	done
}

# listens PORT: somebody does.
listens()
{
	python3 -c 'import socket, sys
socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()' \
	    "$1" 2>/dev/null
}

# status WANTED COMMAND...: it ends with that exit status.
status()
{
	wanted=$1
	shift
	got=0
	"$@" || got=$?
	[ "$got" = "$wanted" ] || { echo "exit $got, not $wanted: $*"; false; }
}

# has FILE TEXT: a line of it holds the text.
has()
{
	grep -qF -- "$2" "$1" || { echo "no '$2' in $1:"; head -n 40 "$1"; false; }
}

lacks()
{
	! grep -F -- "$2" "$1"
}
