#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds posthorn, sends one message through it to a throw-away server on this
# machine, and shows what arrived and how.
#
#	sh t/demo.sh
#
# Installs what is missing (etc/deps.sh).  It uses a folder of its own and the
# loopback interface, and touches no mail package, service or setting.
set -eu
cd "$(dirname "$0")/.."

work=
server=
end()
{
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	[ -z "$work" ] || rm -rf "$work"
}
trap end EXIT
trap 'exit 130' HUP INT TERM

say()
{
	printf '%-12s %s\n' "$@"
}

# wrong TEXT...: not as promised.
wrong()
{
	echo "demo: $*" >&2
	[ ! -s "$work/server.err" ] || sed 's/^/    /' "$work/server.err" >&2
	exit 1
}

# value KEY FILE: the first one of that name in the server's record.
value()
{
	sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p" "$2" | head -n 1
}

# limited COMMAND...: not for ever.
limited()
{
	if command -v timeout >/dev/null; then
		timeout 30 "$@"
	else
		"$@"
	fi
}

milliseconds()
{
	now=$(date +%s%N)
	case $now in
	*N*)	date +%s000 ;;
	*)	echo $((now / 1000000)) ;;
	esac
}

# ---- Build --------------------------------------------------------------

began=$(date +%s)
sh etc/deps.sh build demo
mkdir -p build
make -s -j"$(nproc 2>/dev/null || echo 2)" all smarthost >build/demo.log 2>&1 ||
    {
	tail -n 30 build/demo.log >&2
	exit 1
}
say built "build/posthorn, in $(($(date +%s) - began)) s"

# ---- The server, and a configuration for it ------------------------------

work=$(mktemp -d)
chmod 700 "$work"

# serve FOLDER [PORT]: it puts what it gets there.
serve()
{
	mkdir "$1"
	build/t/smarthost --pki "$work/pki" --out "$1" \
	    --port-file "$1/port" --port "${2:-0}" \
	    --life 60 --mode starttls --hostname smtp.example.test \
	    --auth 'SCRAM-SHA-256-PLUS SCRAM-SHA-256' \
	    --user robot@example.test --password 'correct horse' \
	    >/dev/null 2>"$work/server.err" </dev/null &
	server=$!
	await "$1/port" 'the server does not start'
}

# await FILE WORDS: it is there within ten seconds, or else.
await()
{
	tries=0
	until [ -s "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || wrong "$2"
		sleep 0.1
	done
}

serve "$work/first"
read -r port <"$work/first/port"
say server "127.0.0.1:$port, STARTTLS, SCRAM-SHA-256, an authority of its own"

cat >"$work/posthorn.conf" <<CONF
domain = "client.example.test"
account "demo" {
    host        = "127.0.0.1"
    port        = $port
    tls-ca-file = "$work/pki/ca.pem"
    user        = "robot@example.test"
    password    = 'correct horse'
}
queue { min-retry = 1s }
CONF
chmod 600 "$work/posthorn.conf"

# ---- One message ---------------------------------------------------------

cat >"$work/body" <<BODY
Grüße aus dem Kämmerlein, 3 € Porto gespart.
.
The line above holds a single dot; -i says that it is no end.
BODY
{
	cat <<HEAD
From: Ærøskøbing <alice@example.test>
To: bob@example.test
Bcc: carol@example.test
Subject: Ein Gruß mit dem Posthorn 📯

HEAD
	cat "$work/body"
} >"$work/letter"

ln -s "$PWD/build/posthorn" "$work/sendmail"
say command 'sendmail -C posthorn.conf -t -i <letter'
status=0
from=$(milliseconds)
limited env -i HOME="$work" PATH=/usr/bin:/bin "$work/sendmail" \
    -C "$work/posthorn.conf" -t -i <"$work/letter" || status=$?
took=$(($(milliseconds) - from))
say 'exit status' "$status, after $took ms"
[ $status = 0 ] || wrong 'posthorn did not send the message'

# The server has written what it saw when the connection has ended.
await "$work/first/conn-1.json" 'the server saw no connection end'

# ---- What arrived, and how -----------------------------------------------

record=$work/first/conn-1.json facts=$work/first/msg-1-1.json
tr -d '\r' <"$work/first/msg-1-1.eml" >"$work/arrived"
version=$(value version "$record")
mechanism=$(value mechanism "$record")
binding=$(value binding "$record")
say TLS "$version, $(value cipher "$record"), certificate verified"
say login "$mechanism as $(value identity "$record")"
say '' "bound to the TLS connection by ${binding:-nothing}"
say 'round trips' "$(value round_trips "$facts"), from connect to acceptance"
say envelope "$(value mail "$facts")"
tr '"' '\n' <"$facts" | grep '^RCPT TO:' >"$work/recipients"
while read -r line; do
	say '' "$line"
done <"$work/recipients"
echo 'arrived'
sed 's/^/    | /' "$work/arrived"

case $version in TLS1.[23]) ;; *) wrong "not sent over TLS: $version" ;; esac
[ "$mechanism" = SCRAM-SHA-256-PLUS ] ||
    wrong "the login was not by SCRAM-SHA-256-PLUS: $mechanism"
[ "$(value accepted "$facts" | cut -c 1-4)" = true ] ||
    wrong 'the server did not accept the message'
[ "$(wc -l <"$work/recipients")" -eq 2 ] || wrong 'not two recipients'
sed '1,/^$/d' "$work/arrived" | cmp -s - "$work/body" ||
    wrong 'the body is not the one that was sent'
sed '/^$/q' "$work/arrived" >"$work/header"
! grep -qi '^Bcc:' "$work/header" || wrong 'the Bcc field was sent'
for field in Date Message-ID From Subject MIME-Version Content-Type; do
	grep -q "^$field: " "$work/header" || wrong "no $field in the header"
done

# ---- The server away -----------------------------------------------------

posthorn()
{
	limited env -i HOME="$work" PATH=/usr/bin:/bin build/posthorn \
	    -C "$work/posthorn.conf" "$@"
}

kill $server
wait $server 2>/dev/null || :
server=
status=0
from=$(milliseconds)
posthorn -t -i <"$work/letter" 2>"$work/said" || status=$?
say 'server away' "exit status $status, after $(($(milliseconds) - from)) ms"
sed 's/^/    | /' "$work/said"
[ $status = 0 ] || wrong 'posthorn did not queue the message'
[ "$(posthorn -bP)" = 1 ] || wrong 'the queue does not hold the message'
serve "$work/second" "$port"
from=$(milliseconds)
await "$work/second/msg-1-1.eml" 'the message did not come'
say 'and back' "it arrived after $(($(milliseconds) - from)) ms, by itself"
tries=0
while [ "$(posthorn -bP)" != 0 ]; do
	tries=$((tries + 1))
	[ $tries -lt 50 ] || wrong 'the message is still queued'
	sleep 0.1
done
echo "all as promised, in $(($(date +%s) - began)) s; nothing is left behind"
