#!/bin/sh
# SPDX-License-Identifier: ISC
# User instructions that posthorn takes, counted by callgrind: to start and do
# nothing, and for one message of 2 kB over STARTTLS with AUTH PLAIN to a known
# host, and by implicit TLS.  What is trusted is the system's bundle, with the
# server's authority at its end.
#
#	[B=build] sh t/bench/instructions.sh
set -eu
cd "$(dirname "$0")/../.."
top=$PWD/${B:-build}

work=$(mktemp -d)
server=
end()
{
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' HUP INT TERM

# counted WHAT ARGUMENT...: posthorn with the letter, and its instructions.
counted()
{
	what=$1
	shift
	env -i HOME="$work" PATH=/usr/bin:/bin valgrind --tool=callgrind \
	    --callgrind-out-file="$work/out" --log-file="$work/log" \
	    "$top/posthorn" "$@" <"$work/letter" >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		exit 1
	}
	printf '%-34s %8.2f million\n' "$what" \
	    "$(awk '/Collected/ { print $NF / 1e6 }' "$work/log")"
}

# serve MODE: sets port.
serve()
{
	rm -f "$work/port"
	"$top/t/smarthost" --pki "$work/pki" --out "$work" --mode "$1" \
	    --port-file "$work/port" --auth PLAIN --user robot \
	    --password secret >/dev/null </dev/null &
	server=$!
	until [ -s "$work/port" ]; do
		kill -0 "$server"
		sleep 0.1
	done
	read -r port <"$work/port"
}

# letter of 2 kB
{
	printf 'From: a@example.test\nTo: b@example.test\nSubject: 2 kB\n\n'
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 \
	    24 25 26 27; do
		echo 'The quick brown fox jumps over the lazy dog, and then back.'
	done
	echo
} | head -c 2000 >"$work/letter"

counted 'start (--version)' --version
for mode in starttls implicit; do
	serve $mode
	cat /etc/ssl/certs/ca-certificates.crt "$work/pki/ca.pem" \
	    >"$work/bundle.pem"
	cat >"$work/conf" <<-CONF
	account "bench" {
	    host = "127.0.0.1"
	    port = $port
	    tls = "$mode"
	    tls-ca-file = "$work/bundle.pem"
	    user = "robot"
	    password = "secret"
	}
	CONF
	chmod 600 "$work/conf"
	counted "message, $mode, first contact" -C "$work/conf" -t
	counted "message, $mode, known host" -C "$work/conf" -t
	kill "$server"
	wait "$server" 2>/dev/null || :
	server=
done
printf '%-34s %8d\n' 'certificates in the bundle' \
    "$(grep -c BEGIN "$work/bundle.pem")"
