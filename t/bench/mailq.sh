#!/bin/sh
# SPDX-License-Identifier: ISC
# mailq on a queue of 100,000 messages, beside a program that only opens and
# reads 4 kB of each file: wall time (the best of five, taken in turns) and
# memory.  Fails when mailq takes more than twice as long, or more than 10 MiB
# and 32 octets a message.
#
#	[B=build] sh t/bench/mailq.sh [MESSAGES]
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${B:-build}
messages=${1:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

for name in fill readall measure; do
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c17 -O2 -D_GNU_SOURCE -DHAVE_CONFIG_H -Isrc -I. \
	    -o "$work/$name" "t/bench/$name.c" "$build/libposthorn.a" \
	    $(pkg-config --libs libconfuse gnutls)
done
"$work/fill" "$work/queue" "$messages"
cat >"$work/conf" <<-CONF
queue {
    directory = "$work/queue"
    runner = "external"
}
account "main" { host = "smtp.example.org" }
CONF
chmod 600 "$work/conf"

# once NAME PROGRAM ARGUMENT...: a line "NAME SECONDS KB".  75 is how --status
# says that mail is late.
once()
{
	printf '%s ' "$1"
	shift
	got=0
	"$work/measure" "$@" || got=$?
	[ $got = 0 ] || [ $got = 75 ]
}

for _ in 1 2 3 4 5; do
	once readall "$work/readall" "$work/queue"
	once mailq "$build/posthorn" -C "$work/conf" -bp
	once json "$build/posthorn" -C "$work/conf" -bp --json
	once status "$build/posthorn" -C "$work/conf" --status
done >"$work/times"

awk -v messages="$messages" '
	!($1 in best) || $2 < best[$1] { best[$1] = $2 }
	$3 > memory[$1] { memory[$1] = $3 }
	END {
		n = split("readall mailq json status", names)
		for (i = 1; i <= n; i++)
			printf "%-8s %6.3f s, %.2f times readall, %6d kB\n",
			    names[i], best[names[i]],
			    best[names[i]] / best["readall"], memory[names[i]]
		limit = 10240 + 32 * messages / 1024
		bad = best["mailq"] > 2 * best["readall"] ||
		    memory["mailq"] > limit
		printf "%s: %d messages, at most 2.00 times and %d kB\n",
		    bad ? "too much" : "ok", messages, limit
		exit bad
	}' "$work/times"
