#!/bin/sh
# SPDX-License-Identifier: ISC
# Many submitters at once, whom somebody kills, and runners, whom somebody
# kills, and connections that end after any octet: nothing is lost of what was
# accepted, and what comes twice was in doubt.
#
#	[POSTHORN=...] [SMARTHOST=...] sh t/e2e/storm.sh [-k] [scripted|postfix]
#	    [MESSAGES [SUBMITTERS]]
#
# Against the scripted smarthost, or a real Postfix (in a root of its own).
# 300 messages and 20 submitters without numbers.
here=$(cd "$(dirname "$0")" && pwd)
keep=
[ "${1:-}" != -k ] || { keep=-k; shift; }
sink=${1:-scripted}
if [ "$sink" != postfix ]; then
	# shellcheck disable=SC2086
	exec python3 -B "$here/storm.py" $keep "$sink" \
	    "${2:-300}" "${3:-20}"
fi

log=/var/log/postfix.log
. "$here/tap.sh"
. "$here/serve.sh"

if [ -z "${E2E_INSIDE:-}" ]; then
	if debs=$(sh "$here/root" fetch postfix dovecot-core 2>&1); then
		# shellcheck disable=SC2086
		exec sh "$here/root" run $debs -- sh /src/t/e2e/storm.sh \
		    "$sink" "${2:-300}" "${3:-20}"
	fi
	skip=$debs
	it 'a storm against Postfix' true
	finish
	exit
fi
up()
{
	postfix_up plain
	echo "smtp.e2e.test $pki/ca.pem $boxes" >/tmp/sink
}
prepare up
export POSTHORN=/usr/sbin/posthorn
exec python3 -B "$here/storm.py" postfix "${2:-300}" "${3:-20}"
