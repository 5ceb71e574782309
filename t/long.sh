#!/bin/sh
# SPDX-License-Identifier: ISC
# Everything that takes long, about an hour: writes its figures to t/RESULTS.
# The last line is "N passed, N failed, N skipped", a section each.
#
#	[B=build] [FUZZ_SECONDS=60] sh t/long.sh [SECTION ...]
#
# With sections only these run, and t/RESULTS stays as it is.
set -u
cd "$(dirname "$0")/.." || exit 1
B=${B:-build}
seconds=${FUZZ_SECONDS:-60}
jobs=$(nproc 2>/dev/null || echo 2)
logs=$B/logs/long
sh etc/deps.sh build long || exit 1
rm -rf "$logs"
mkdir -p "$logs"
unset MAKEFLAGS MAKELEVEL

memcheck='valgrind -q --error-exitcode=99 --leak-check=full
    --errors-for-leak-kinds=definite'
# Without the optimizer's liberties, of which valgrind complains.
slow="B=build-valgrind"

# ---- Sections: what they print is for people ------------------------------

tests()
{
	show make check
	make -s -j"$jobs" B="$B" tests && CI=true make -s B="$B" check
}

sanitized()
{
	show make SANITIZE=1 check
	make -s -j"$jobs" SANITIZE=1 tests &&
	    make -s SANITIZE=1 check >"$logs/asan" 2>&1
	asan=$?
	[ $asan -eq 0 ] || cat "$logs/asan"
	grep -i 'no leak' "$logs/asan"
	tail -n 1 "$logs/asan"
	return $asan
}

# Unit tests and corpora under valgrind, their children too.
memory_units()
{
	show make "$slow" CFLAGS="'-g -Og'" check-unit "UNDER='valgrind ...'"
	make -s -j"$jobs" "$slow" CFLAGS='-g -Og' tests &&
	    UNDER=$memcheck CK_TIMEOUT_MULTIPLIER=30 LIMIT=3600 \
	    make -s "$slow" CFLAGS='-g -Og' check-unit >"$logs/units" 2>&1
	units=$?
	[ $units -eq 0 ] || cat "$logs/units"
	tail -n 1 "$logs/units"
	return $units
}

# The program under valgrind in the end-to-end tests.  Cases about signals
# that come at once, about very few descriptors and about seconds are not for
# a program that is slow and has descriptors of its own.
unfit='while reading stdin|few descriptors'

# not_ok FILE: the failed cases, "unfit" or "bad" before each.
not_ok()
{
	awk -v unfit="$unfit" '
	/^not ok/ { name = $0; next }
	name != "" {
		print (name ~ unfit || /^# took / ? "unfit" : "bad"), name, $0
		name = ""
	}' "$1"
}

memory_program()
{
	show POSTHORN_UNDER="'valgrind ...'" sh "t/e2e/..."
	said=$PWD/$logs/valgrind
	mkdir -p "$said"
	chmod 1777 "$said"
	sum=0
	for script in hostile mechanisms auth messages; do
		rm -f "$said"/*
		POSTHORN=$PWD/build-valgrind/posthorn \
		    SMARTHOST=$PWD/build-valgrind/t/smarthost JOBS=2 \
		    POSTHORN_UNDER="$memcheck --log-file=$said/%p" \
		    sh t/e2e/$script.sh >"$logs/$script" 2>"$logs/$script.err"
		ended=$(tail -n 1 "$logs/$script" | grep -c '^1\.\.')
		not_ok "$logs/$script" >"$logs/$script.not"
		bad=$(grep -c '^bad' "$logs/$script.not")
		complaints=$(find "$said" -type f -size +0 | wc -l)
		printf '%-12s %4d programs run, %d complaints; ' "$script" \
		    "$(find "$said" -type f | wc -l)" "$complaints"
		printf '%d cases as without valgrind, %d not' \
		    "$(grep -c '^ok' "$logs/$script")" "$bad"
		printf ', %d that are not for it\n' \
		    "$(grep -c '^unfit' "$logs/$script.not")"
		find "$said" -type f -size +0 -exec head -n 30 {} +
		grep '^bad' "$logs/$script.not"
		sum=$((sum + bad + complaints + 1 - ended))
	done
	[ $sum -eq 0 ]
}

big()
{
	show sh t/e2e/big.sh
	POSTHORN=$PWD/$B/posthorn SMARTHOST=$PWD/$B/t/smarthost \
	    sh t/e2e/big.sh >"$logs/big" 2>&1
	status=$?
	sed 's/^# //' "$logs/big"
	return $status
}

round_trips()
{
	show sh t/e2e/roundtrips.sh
	POSTHORN=$PWD/$B/posthorn SMARTHOST=$PWD/$B/t/smarthost \
	    sh t/e2e/roundtrips.sh >"$logs/roundtrips" 2>&1
	status=$?
	sed -n 's/^ok [0-9]* - /      /p; s/^not ok [0-9]* - /NOT   /p' \
	    "$logs/roundtrips"
	return $status
}

instructions()
{
	show sh t/bench/instructions.sh
	B=$B sh t/bench/instructions.sh
}

fuzz()
{
	show make -j"$jobs" fuzz FUZZ_SECONDS="$seconds"
	make -s -j"$jobs" B="$B" fuzzers &&
	    make -s -j"$jobs" B="$B" fuzz FUZZ_SECONDS="$seconds"
}

# cases NAME COMMAND...: a script's cases counted, and what it figured out.
cases()
{
	cases_log=$logs/$1
	shift
	show "$@"
	POSTHORN=$PWD/$B/posthorn SMARTHOST=$PWD/$B/t/smarthost \
	    CRASH=$PWD/$B/t/crash "$@" >"$cases_log" 2>&1
	cases_status=$?
	echo "$(grep -c '^ok' "$cases_log") cases passed," \
	    "$(grep -c '^not ok' "$cases_log") failed"
	sed -n '/^# [a-zA-Z0-9 ,]*: /s/^# /  /p' "$cases_log"
	grep -A 6 '^not ok' "$cases_log"
	return $cases_status
}

# The program at every call: about an hour.
crash()
{
	bad=0
	cases crash_enter sh t/e2e/crash_enter.sh || bad=1
	cases crash_program sh t/e2e/crash_program.sh -n 0 || bad=1
	cases powercut sh t/e2e/powercut.sh || bad=1
	return $bad
}

storm()
{
	bad=0
	for sink in scripted postfix; do
		cases storm-$sink sh t/e2e/storm.sh $sink 5000 50 || bad=1
	done
	return $bad
}

outage()
{
	cases outage sh t/e2e/outage.sh -l
}

flushing()
{
	show sh t/bench/flush.sh
	B=$B sh t/bench/flush.sh
}

listing()
{
	show sh t/bench/mailq.sh
	B=$B sh t/bench/mailq.sh
}

structure()
{
	show make lint
	python3 -B t/lint/sizes.py && python3 -B t/lint/objects.py "$B" &&
	    python3 -B t/lint/floors.py && echo 'no arrow goes up, no cycle'
}

# ---- All of them ----------------------------------------------------------

show()
{
	echo "\$ $*"
}

title()
{
	case $1 in
	tests)		echo Tests ;;
	sanitized)	echo 'Tests under ASan and UBSan' ;;
	memory_units)	echo 'Unit tests and corpora under valgrind' ;;
	memory_program)	echo 'End-to-end tests, the program under valgrind' ;;
	big)		echo 'Memory: 1 kB and 1 GB' ;;
	round_trips)	echo 'Round trips from connect to acceptance' ;;
	instructions)	echo 'User instructions' ;;
	crash)		echo 'Crashes, faults and power cuts' ;;
	storm)		echo 'kill -9 storms' ;;
	outage)		echo 'Outages' ;;
	flushing)	echo 'Flushing the queue' ;;
	listing)	echo 'mailq on 100,000 messages' ;;
	fuzz)		echo 'Fuzzing' ;;
	structure)	echo 'Structure' ;;
	esac
}

head_lines()
{
	echo 'Figures of posthorn, by make check-long'
	echo
	printf 'commit    %s' "$(git rev-parse HEAD 2>/dev/null ||
	    echo unknown)"
	git diff --quiet HEAD 2>/dev/null || printf ', and changes to it'
	echo
	echo "machine   $(nproc) processors," \
	    "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)," \
	    "Linux $(uname -r | cut -d . -f 1-2)"
	echo "made by   $(cc --version | head -n 1)," \
	    "GnuTLS $(pkg-config --modversion gnutls)," \
	    "libconfuse $(pkg-config --modversion libconfuse)"
}

sections='tests sanitized memory_units memory_program big round_trips
    instructions crash storm outage flushing listing fuzz structure'
whole=true
if [ $# -gt 0 ]; then
	sections=$* whole=false
fi
passed=0 failed=0
results=$logs/RESULTS
head_lines >"$results"
cat "$results"
for section in $sections; do
	{
		echo
		title "$section"
		title "$section" | sed 's/./-/g'
	} | tee -a "$results"
	# A pipe would lose the status.
	$section >"$logs/section" 2>&1
	case $? in
	0)	passed=$((passed + 1)) ;;
	*)	failed=$((failed + 1))
		echo FAILED >>"$logs/section" ;;
	esac
	tee -a "$results" <"$logs/section"
done
# What was measured by hand stands at the end, and stays.
if $whole; then
	sed -n '/^By hand/,$p' t/RESULTS >"$logs/by-hand" 2>/dev/null
	[ ! -s "$logs/by-hand" ] || { echo; cat "$logs/by-hand"; } >>"$results"
	cp "$results" t/RESULTS
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
