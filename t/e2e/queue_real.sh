# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A queue whose messages go to a real server: what postfix.sh and exim.sh
# share.  Sourced after serve.sh; queue_real.py enters, runs and looks.
# shellcheck disable=SC2154

# queue_account LINE...: the usual login, and a queue that nobody else runs.
queue_account()
{
	account 'timeout = 20s' "$@"
	sed -i '1s|.*|queue { directory = "/tmp/queue" runner = "external" \
	    min-retry = 1s max-retry = 1s warn-after = 1s }\
	    log { syslog = false file = "/tmp/posthorn.log" }|' $c
}

# queued SERVER CASE LINE...
queued()
{
	server=$1
	what=$2
	shift 2
	empty_boxes
	queue_account "$@"
	python3 -B "$here/queue_real.py" "$server" "$what" $c $boxes "$log"
}

# queue_cases NAME STRICT BARE NOCHUNKS: ports of a server that is strict, of
# one without PIPELINING and CHUNKING, and of one without CHUNKING only.
queue_cases()
{
	server=$(echo "$1" | tr '[:upper:]' '[:lower:]')
	for how in safe full off; do
		it "$1: 200 queued messages, pipeline $how" queued "$server" \
		    many "port = $2" "pipeline = \"$how\""
	done
	it "$1: 200 queued messages, no PIPELINING, no CHUNKING" \
	    queued "$server" many "port = $3"
	it "$1: 200 queued messages by DATA, implied TLS and LOGIN" \
	    queued "$server" many "port = $4" 'auth = { "LOGIN" }'
	for how in safe full off; do
		it "$1: refused at the dot and unknown, among 100: $how" \
		    queued "$server" refused "port = $2" \
		    "pipeline = \"$how\""
	done
	it "$1: refused at the dot and unknown, among 100: by DATA" \
	    queued "$server" refused "port = $4"
	it "$1: delay notice, then the bounce, at the sender's" \
	    queued "$server" late "port = $2"
}
