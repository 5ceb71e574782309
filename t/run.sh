#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs tests and counts them.  The last line is "N passed, N failed, N skipped".
#
#	t/run.sh LOGS unit:PROGRAM ... fuzz:PROGRAM ... tap:SCRIPT ...
#
# A unit test is a program on Check, a fuzz test replays its corpus, a tap test
# prints TAP.  With CI=true a skip that t/skips does not list is a failure.
set -u
logs=$1
shift
mkdir -p "$logs"
top=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0 skipped=0

unit()
{
	"$1" >"$2" 2>&1
	status=$?
	checks=$(sed -n 's/.*Checks: \([0-9]*\),.*/\1/p' "$2" | tail -n 1)
	bad=$(sed -n 's/.*Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2/p' \
	    "$2" | tail -n 1 | awk '{ print $1 + $2 }')
	ok=$((${checks:-0} - ${bad:-0}))
	bad=${bad:-0}
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ "${checks:-0}" -gt 0 ] || bad=1
}

fuzz()
{
	name=$(basename "$1" | sed 's/^replay_//')
	"$1" "$top/fuzz/corpus/$name" >"$2" 2>&1
	status=$?
	ok=$(sed -n 's/^\([0-9]*\) replayed$/\1/p' "$2")
	ok=${ok:-0}
	[ "$status" -eq 0 ] || bad=1
}

tap()
{
	sh "$1" >"$2" 2>"$2.err"
	status=$?
	bad=$(grep -c '^not ok' "$2")
	skip=$(grep -ci '^ok.*# *skip' "$2")
	ok=$(($(grep -c '^ok' "$2") - skip))
	# Neither dying on the way nor testing nothing is a success.
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((ok + skip + bad)) -gt 0 ] || bad=1
	[ "${CI:-}" = true ] && grep -i '^ok.*# *skip' "$2" | unlisted "$1"
}

# Skips read from stdin that t/skips has no line for ("script: reason").
unlisted()
{
	while read -r line; do
		reason=$(echo "$line" | sed 's/.*# *[Ss][Kk][Ii][Pp] *//')
		grep -Fqx "$(basename "$1"): $reason" "$top/skips" && continue
		echo "    skip not listed in t/skips: $reason"
		echo "$reason" >>"$logs/unlisted"
	done
}

rm -f "$logs/unlisted"
for test in "$@"; do
	kind=${test%%:*} file=${test#*:}
	name=$(basename "$file" .sh)
	log=$logs/$name.log
	ok=0 bad=0 skip=0
	began=$(date +%s)
	$kind "$file" "$log"
	printf '%-24s %4d ok' "$name" "$ok"
	[ "$bad" -eq 0 ] || printf ', %d FAILED' "$bad"
	[ "$skip" -eq 0 ] || printf ', %d skipped' "$skip"
	printf ' (%d s)\n' $(($(date +%s) - began))
	if [ "$bad" -gt 0 ]; then
		echo "    ---- $log"
		case $kind in
		tap)	grep -A 12 '^not ok' "$log" | head -n 60
			tail -n 15 "$log.err" ;;
		*)	tail -n 40 "$log" ;;
		esac | sed 's/^/    /'
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	skipped=$((skipped + skip))
done
[ ! -s "$logs/unlisted" ] || failed=$((failed + $(wc -l <"$logs/unlisted")))
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
