#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs tests and counts them.  The last line is "N passed, N failed, N skipped".
#
#	t/run.sh LOGS unit:PROGRAM ... fuzz:PROGRAM ... tap:SCRIPT ... [-- ...]
#
# A unit test is a program on Check, a fuzz test replays its corpus, a tap test
# prints TAP.  As many as there are processors (or JOBS) run at once; what
# stands behind -- runs alone, after the others.  Each has LIMIT seconds (900).
# UNDER is put before the programs, like a debugger.
# With CI=true the cases with real servers and callers are named, and a skip
# that t/skips does not list is a failure.
set -u
top=$(cd "$(dirname "$0")" && pwd)

# ---- One test: counts in ok, bad, skip ----------------------------------

# Sets status.
limited()
{
	if command -v timeout >/dev/null; then
		set -- timeout -k 10 "${LIMIT:-900}" "$@"
	fi
	"$@" </dev/null &
	child=$!
	wait "$child"
	status=$?
	child=
}

unit()
{
	# shellcheck disable=SC2086 # several words
	limited ${UNDER:-} "$1" >"$log" 2>&1
	checks=$(sed -n 's/.*Checks: \([0-9]*\),.*/\1/p' "$log" | tail -n 1)
	bad=$(sed -n 's/.*Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2/p' \
	    "$log" | tail -n 1 | awk '{ print $1 + $2 }')
	bad=${bad:-0}
	ok=$((${checks:-0} - bad))
	[ "$ok" -gt 0 ] || [ "$bad" -gt 0 ] || fail 'no check was made'
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || fail "exit status $status"
	[ "$bad" -eq 0 ] || tail -n 40 "$log" >>"$why"
}

fuzz()
{
	corpus=$top/fuzz/corpus/$(basename "$1" | sed 's/^replay_//')
	# shellcheck disable=SC2086 # several words
	limited ${UNDER:-} "$1" "$corpus" >"$log" 2>&1
	ok=$(sed -n 's/^\([0-9]*\) replayed$/\1/p' "$log")
	ok=${ok:-0}
	[ "$ok" -gt 0 ] || fail 'no input was replayed'
	[ "$status" -eq 0 ] || fail "exit status $status"
	[ "$bad" -eq 0 ] || tail -n 40 "$log" >>"$why"
}

# Neither dying on the way, nor fewer results than planned, nor testing
# nothing is a success.
tap()
{
	limited sh "$1" >"$log" 2>"$log.err"
	planned=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$log")
	bad=$(grep -c '^not ok' "$log")
	skip=$(grep -ci '^ok.*# *skip' "$log")
	ok=$(($(grep -c '^ok' "$log") - skip))
	[ "$bad" -eq 0 ] || grep -A 12 '^not ok' "$log" | head -n 60 >>"$why"
	[ "$planned" = $((ok + bad + skip)) ] ||
	    fail "$((ok + bad + skip)) results, planned: ${planned:-nothing}"
	[ $((ok + bad + skip)) -gt 0 ] || fail 'nothing was tested'
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || fail "exit status $status"
	grep '^Bail out!' "$log" && fail 'it bailed out'
	[ "${CI:-}" != true ] || unlisted "$(basename "$1")"
	[ "$bad" -eq 0 ] || tail -n 15 "$log.err" >>"$why"
} >/dev/null

unlisted()
{
	sed -n 's/^ok.*# *[Ss][Kk][Ii][Pp] *//p' "$log" | sort -u |
	    while read -r reason; do
		grep -Fqx "$1: $reason" "$top/skips" || echo "$reason"
	done >"$log.skips"
	while read -r reason; do
		fail "a skip that t/skips does not list: $reason"
	done <"$log.skips"
	rm "$log.skips"
}

fail()
{
	bad=$((bad + 1))
	echo "$*" >>"$why"
}

# Names of the cases with real servers, as many on a line as fit.
names()
{
	grep -q '^enter ' "$1" || return 0
	sed -n 's/^ok [0-9]* - \(.*\)/\1;/p' "$log" | fmt -w 72 |
	    sed 's/^/    /'
}

# Leaves LOGS/NAME.row, the counts and seconds, and LOGS/NAME.txt.
one()
{
	logs=$1 kind=${2%%:*} file=${2#*:}
	name=$(basename "$file" .sh)
	log=$logs/$name.log why=$logs/$name.why
	ok=0 bad=0 skip=0
	child=
	echo $$ >"$logs/$name.pid"
	trap '[ -z "$child" ] || kill "$child"; exit 143' HUP INT TERM
	: >"$why"
	began=$(date +%s)
	$kind "$file"
	{
		printf '%-24s %4d ok' "$name" "$ok"
		[ "$bad" -eq 0 ] || printf ', %d FAILED' "$bad"
		[ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
		printf ' (%d s)\n' $(($(date +%s) - began))
		[ "$kind" != tap ] || [ "${CI:-}" != true ] || names "$file"
		[ "$bad" -eq 0 ] || {
			echo "    ---- $log"
			sed 's/^/    /' "$why"
		}
	} >"$logs/$name.txt"
	rm "$why" "$logs/$name.pid"
	echo "$ok $bad $skip" >"$logs/$name.new"
	mv "$logs/$name.new" "$logs/$name.row"
}

# ---- All tests ----------------------------------------------------------

# Leaks are looked for where a process may be traced, which it takes.
sanitizers()
{
	ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
	UBSAN_OPTIONS=print_stacktrace=1
	export ASAN_OPTIONS UBSAN_OPTIONS
	for test; do
		case $test in
		fuzz:*)	"${test#fuzz:}" "$top/skips" 2>&1 |
			    grep -q 'LeakSanitizer has encountered' || return 0
			ASAN_OPTIONS=detect_leaks=0
			echo 'no leak is looked for: ptrace is forbidden here'
			return ;;
		esac
	done
}

# At most so many at once; the rows in the order of the tests.
several()
{
	jobs=$1
	shift
	[ $# -gt 0 ] || return 0
	printf '%s\n' "$@" |
	    xargs -P "$jobs" -I '{}' sh "$top/run.sh" one "$logs" '{}' &
	pid=$!
	trap 'kill $pid $(cat "$logs"/*.pid); exit 130' HUP INT TERM
	for test; do
		name=$(basename "${test#*:}" .sh)
		while [ ! -e "$logs/$name.row" ] && kill -0 $pid 2>/dev/null
		do
			sleep 0.2
		done
		count "$name"
	done
	wait $pid
	trap - HUP INT TERM
}

count()
{
	if [ -e "$logs/$1.row" ]; then
		cat "$logs/$1.txt"
		read -r ok bad skip <"$logs/$1.row"
		passed=$((passed + ok))
		failed=$((failed + bad))
		skipped=$((skipped + skip))
	else
		printf '%-24s DID NOT END\n' "$1"
		failed=$((failed + 1))
	fi
}

if [ "$1" = one ]; then
	shift
	one "$@"
	exit 0
fi

logs=$1
shift
mkdir -p "$logs"
rm -f "$logs"/*.row "$logs"/*.txt "$logs"/*.pid
passed=0 failed=0 skipped=0
[ -z "${SANITIZE:-}" ] || sanitizers "$@"
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
unset JOBS
beside='' alone='' now=beside
for test; do
	case $now$test in
	*--)	now=alone ;;
	beside*) beside="$beside $test" ;;
	*)	alone="$alone $test" ;;
	esac
done
# shellcheck disable=SC2086 # no blanks in them
several "$jobs" $beside
# shellcheck disable=SC2086
several 1 $alone
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
