#!/bin/sh
# SPDX-License-Identifier: ISC
# Entering the queue, cut at every system call: killed there, or the call
# fails.  Afterwards either nobody was told that the queue has the message, or
# it has it whole; and never is a half file in it.
#
#	[CRASH=build/t/crash] sh t/e2e/crash_enter.sh
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${CRASH:-$top/build/t/crash}
# A file system in memory, where there is one: thousands of syncs.
[ -d /dev/shm ] && [ -w /dev/shm ] && : "${TMPDIR:=/dev/shm}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/posthorn-crash.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
queue=$dir/queue
# shellcheck disable=SC3045 # where it is not known nothing is lost
ulimit -c 0 2>/dev/null
# Nobody else may trace a program that is traced.
export ASAN_OPTIONS=detect_leaks=0
cases=0 failed=0 cut=0 injected=0

for tool in ptrace_kill enter load; do
	[ -x "$bin/$tool" ] || { echo "Bail out! no $bin/$tool"; exit 1; }
done

# it NAME COMMAND...: one case; what it prints is shown when it fails.
it()
{
	title=$1
	shift
	cases=$((cases + 1))
	"$@" >"$dir/said" 2>&1
	case $? in
	0)	echo "ok $cases - $title" ;;
	77)	echo "ok $cases - $title # SKIP $(tail -n 1 "$dir/said")" ;;
	*)	failed=$((failed + 1))
		echo "not ok $cases - $title"
		head -n 40 "$dir/said" | sed 's/^/# /' ;;
	esac
}

# Enters the message under ptrace_kill with these arguments before the
# command; $way and $place say how.
run()
{
	# shellcheck disable=SC2086 # no place is no argument
	"$bin/ptrace_kill" -o "$dir/report" "$@" "$bin/enter" "$queue" $way \
	    $place <"$dir/message" >"$dir/out" 2>"$dir/err"
}

calls()
{
	sed -n "s/^$1 //p" "$dir/report"
}

# What must be true however it ended.
judge()
{
	found=$("$bin/load" "$queue" 2>&1)
	result=$?
	# The cut came before the queue's folders were made.
	[ -d "$queue/run" ] || { result=0 found=; }
	if [ $result -ne 0 ]; then
		echo "$*: half a message, or worse: $found"
	elif [ -n "$found" ] && [ "$found" != "$whole" ]; then
		echo "$*: not what was sent: $found"
	elif [ -s "$dir/out" ] && [ "$(cat "$dir/out")" != accepted ]; then
		echo "$*: said $(cat "$dir/out")"
	elif [ -s "$dir/out" ] && [ -z "$found" ]; then
		echo "$*: accepted and lost"
	elif grep -q '^enter: ' "$dir/err" && { [ -n "$found" ] ||
	    [ -n "$(ls "$queue/tmp" 2>/dev/null)" ]; }; then
		echo "$*: refused, and something is left"
	else
		return 0
	fi
	return 1
}

# The clean run that the others are held against.
reference()
{
	rm -rf "$queue"
	run count || { cat "$dir/err"; return 1; }
	total=$(calls calls)
	whole=$("$bin/load" "$queue") || return 1
	[ "$whole" = "$(cat "$dir/whole" 2>/dev/null || echo "$whole")" ] ||
	    return 1
	echo "$whole" >"$dir/whole"
	echo "$whole" | grep -q ' joe@example.org ann@example.org bob@ex'
}

# sweep DEED [ERROR]: at every call there is.
sweep()
{
	n=1 done=0 bad=0
	while [ $n -le "$total" ] && [ $bad -lt 5 ]; do
		rm -rf "$queue"
		if [ $# -eq 1 ]; then
			run "$1" $n
		else
			run "$1" $n "$2"
		fi
		status=$?
		if [ $status -eq 77 ]; then
			echo "calls cannot be made to fail on this machine"
			return 77
		fi
		[ "$(calls cut)" = no ] || done=$((done + 1))
		judge "$way$place: call $n of $total, $*" ||
		    bad=$((bad + 1))
		n=$((n + 1))
	done
	# Every call was there to be cut; only writes can be short.
	if [ "$1" = kill ]; then
		[ $done -eq "$total" ] || { echo "$done of $total cut"
			return 1; }
		cut=$((cut + done))
	else
		[ $done -gt 0 ] || { echo "nothing injected"; return 1; }
		injected=$((injected + done))
	fi
	[ $bad -eq 0 ]
}

# A queue that was used before, and so is on disk itself.
used()
{
	rm -rf "$queue"
	(umask 077 && mkdir "$queue" "$queue/failed" "$queue/hold" \
	    "$queue/tmp" "$queue/state" "$queue/run")
}

# One sync of the file, one link, one sync of the directory, in that order.
cost()
{
	used
	run count || return 1
	[ "$(calls fsync)" = 2 ] && [ -z "$(calls fdatasync)" ] &&
	    [ -z "$(calls sync)" ] && [ -z "$(calls renameat2)" ] &&
	    [ "$(calls linkat)" = 1 ] && [ -z "$(calls unlinkat)" ] ||
	    { cat "$dir/report"; return 1; }
}

# The same number as strace has, whose first is the exec itself.
as_strace()
{
	command -v strace >/dev/null || { echo "no strace"; return 77; }
	used
	run count || return 1
	used
	strace -o "$dir/strace" "$bin/enter" "$queue" $way \
	    <"$dir/message" || return 1
	theirs=$(($(grep -c '^[a-z0-9_]*(' "$dir/strace") - 1))
	echo "$theirs by strace, $(calls calls) by us"
	[ "$theirs" = "$(calls calls)" ] || return 1
	order=$(grep -oE '^(fsync|fdatasync|linkat|rename[a-z0-9]*)\(' \
	    "$dir/strace" | tr -d '\n')
	echo "$order"
	[ "$order" = 'fsync(linkat(fsync(' ]
}

{
	printf 'From: joe@example.org\nSubject: cut \303\244\n\n'
	awk 'BEGIN { for (i = 0; i < 3000; i++)
		print "line " i ", and some more of it so that it is long" }'
} >"$dir/message"

# name, way, place of the spool
while read -r name way place; do
	it "$name: whole without a cut" reference
	[ "$way$place" != proc ] || {
		it "$name: the syncs it costs" cost
		it "$name: as strace counts" as_strace
		reference >/dev/null 2>&1
	}
	it "$name: killed at every call" sweep kill
	for error in ENOSPC EIO EMFILE short; do
		it "$name: $error at every call" sweep fail $error
	done
	[ "$way$place" != proc ] ||
	    for error in ENOENT EOPNOTSUPP EXDEV EINTR; do
		it "$name: $error at every call" sweep fail $error
	    done
done <<END
linked-by-proc proc
linked-by-descriptor empty
renamed rename
spool-elsewhere proc /var/tmp
spool-in-memory proc memory
END
echo "# system calls cut: $cut"
echo "# faults injected: $injected"
echo "1..$cases"
[ $failed -eq 0 ]
