#!/bin/sh
# SPDX-License-Identifier: ISC
# Sends to a real Postfix with Dovecot's SASL: every mechanism both offer,
# both ways into TLS, refusals, size, many recipients.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/serve.sh"
. "$(dirname "$0")/queue_real.sh"

log=/var/log/postfix.log

enter postfix dovecot-core

passwords='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256'
tokens='OAUTHBEARER XOAUTH2'

# token_account LOGIN SECONDS LINE...
token_account()
{
	token "$1" "$2" >/tmp/token
	shift 2
	conf $c "$login" 'token-command = { "cat", "/tmp/token" }' "$@"
}

# account_for MECHANISM LINE...: with the secret that it takes.
account_for()
{
	for_mechanism=$1
	shift
	set -- "auth = { \"$for_mechanism\" }" "$@"
	case $for_mechanism in
	*OAUTH*) token_account robot@e2e.test 600 "$@" ;;
	*) account "$@" ;;
	esac
}

# The second time the host is known to take it.
plain_again()
{
	letter $m again
	account 'auth = { "PLAIN" }' "$@"
	for _ in 1 2 3; do
		empty_boxes
		status 0 send one@dest.test
		sent one
		logged_in 'PLAIN robot@e2e.test'
	done
}

other_alphabet()
{
	empty_boxes
	letter $m alphabet
	conf $c 'user = "jürgen@e2e.test"' "password = 'Bücher, \"5\" £'" \
	    "auth = { \"$1\" }"
	status 0 send one@dest.test
	sent one
	logged_in "$1 jürgen@e2e.test"
}

tls12()
{
	empty_boxes
	letter $m tls12
	account 'port = 588'
	status 0 send one@dest.test
	sent one
	has "$file" TLSv1.2
}

bare_server()
{
	empty_boxes
	letter $m bare
	account 'port = 589'
	status 0 send one@dest.test two@dest.test
	sent one two
}

wrong_password()
{
	empty_boxes
	letter $m wrong
	conf $c "$login" "password = 'battery staple'" "auth = { \"$1\" }"
	status 77 send one@dest.test
	nothing_in one
}

wrong_token()
{
	empty_boxes
	letter $m wrong
	token_account robot@e2e.test -600 "auth = { \"$1\" }"
	status 77 send one@dest.test
	nothing_in one
}

no_login()
{
	empty_boxes
	letter $m nologin
	conf $c
	status 75 send one@dest.test 2>/tmp/err
	has /tmp/err 5.7.1
	has /tmp/err login
	nothing_in one
}

unknown_among_good()
{
	empty_boxes
	letter $m among
	account
	status 67 send one@dest.test nobody@dest.test two@dest.test \
	    2>/tmp/err
	sent one two
	has /tmp/err nobody@dest.test
	has /tmp/err 5.1.1
	lacks /tmp/err one@dest.test
}

all_unknown()
{
	empty_boxes
	letter $m unknown
	account
	status 67 send nobody@dest.test noone@dest.test 2>/tmp/err
	has /tmp/err nobody@dest.test
	has /tmp/err noone@dest.test
}

same_twice()
{
	empty_boxes
	letter $m twice
	account
	status 0 send one@dest.test one@DEST.test two@dest.test
	sent one two
}

logged_in()
{
	[ "$(last_login)" = "$1" ] || { last_login; return 1; }
}

mechanism()
{
	empty_boxes
	letter $m "$1-$2"
	case $2 in
	STARTTLS) account_for "$1" ;;
	implicit) account_for "$1" 'tls = "implicit"' ;;
	esac
	status 0 send one@dest.test
	sent one
	logged_in "$1 robot@e2e.test"
	has "$file" TLSv1.3
	has "$file" 'Authenticated sender: robot@e2e.test'
}

best_of_password()
{
	empty_boxes
	letter $m best
	account
	status 0 send one@dest.test
	sent one
	logged_in 'SCRAM-SHA-256 robot@e2e.test'
}

best_of_token()
{
	empty_boxes
	letter $m token
	token_account robot@e2e.test 600
	status 0 send one@dest.test
	sent one
	logged_in 'OAUTHBEARER robot@e2e.test'
}

big()
{
	empty_boxes
	bulk 20000000
	account "$@"
	status 0 send one@dest.test two@dest.test
	sent one two
}

# 50 MiB is what the server takes.
too_big()
{
	empty_boxes
	bulk 60000000
	account
	status 69 send one@dest.test 2>/tmp/err
	nothing_in one
}

# Box "many" belongs to 250 recipients.
many()
{
	empty_boxes
	letter $m many
	account "$@"
	# shellcheck disable=SC2046
	status 0 send $(seq -f 'many%.0f@dest.test' 250)
	within 20 all_of_many
	file=$(find $boxes/many/new -type f | head -n 1)
	python3 "$here/arrived.py" $m "$file"
	grep -h '^X-Original-To' $boxes/many/new/* | sort -u | wc -l |
	    grep -qx 250
}

all_of_many()
{
	[ "$(find $boxes/many/new -type f | wc -l)" -ge 250 ]
}

null_sender()
{
	empty_boxes
	letter $m null
	account
	status 0 posthorn -C $c -i -f "$1" one@dest.test <$m
	sent one
	has "$file" 'Return-Path: <>'
}

utf8_mailbox()
{
	empty_boxes
	letter $m utf8
	account
	status 0 send jürgen@dest.test
	sent umlaut
}

eightbit()
{
	empty_boxes
	letter $m eightbit
	printf 'Grüße, caf\303\251, \360\237\223\257\n' >>$m
	account
	status 0 send one@dest.test
	sent one
}

certificate()
{
	empty_boxes
	letter $m certificate
	conf $c "$login" "$password"
	sed -i "$1" $c
	status 78 send one@dest.test
	nothing_in one
	tail -n 1 $log >/tmp/last
	lacks /tmp/last 'auth='
}

boxes_more()
{
	{
		seq -f 'many%.0f@dest.test many/' 250
		echo 'jürgen@dest.test umlaut/'
		printf '%s@dest.test sender/\n' sender late
	} >/etc/postfix/boxes
	postfix_up plain login cram-md5 scram-sha-1 scram-sha-256 \
	    oauthbearer xoauth2
	strict_ports
}

# 590 forbids what was not announced, and does not say how large a message
# may be; 591 has no PIPELINING and CHUNKING, 592 no CHUNKING.
strict_ports()
{
	for port in 590 591 592; do
		cat <<-X
		$port inet n - n - - smtpd
		  -o smtpd_forbid_unauth_pipelining=yes
		  -o smtpd_data_restrictions=reject_unauth_pipelining
		  -o smtpd_end_of_data_restrictions=reject_unauth_pipelining
		  -o smtpd_recipient_restrictions=\$late
		  -o message_size_limit=200000
		X
		case $port in
		590) echo '  -o smtpd_discard_ehlo_keywords=size' ;;
		591) echo '  -o smtpd_discard_ehlo_keywords=$bare' ;;
		592) echo '  -o smtpd_discard_ehlo_keywords=size,chunking' ;;
		esac
	done >>/etc/postfix/master.cf
	cat >>/etc/postfix/main.cf <<-X
	bare = size,chunking,pipelining
	late = check_recipient_access texthash:/etc/postfix/late,
	  permit_sasl_authenticated, reject
	header_checks = regexp:/etc/postfix/refuse
	X
	echo 'late@dest.test 450 4.2.0 come back' >/etc/postfix/late
	echo '/^Subject: refuse this/ REJECT not here' >/etc/postfix/refuse
	postfix reload
	within 10 listens 592
}

prepare boxes_more

for how in STARTTLS implicit; do
	for mech in $passwords $tokens; do
		it "Postfix: $mech, $how" mechanism "$mech" $how
	done
done
it 'Postfix: strongest mechanism for a password' best_of_password
it 'Postfix: strongest mechanism for a token' best_of_token
it 'Postfix: PLAIN at a known host' plain_again
it 'Postfix: PLAIN, pipeline full' plain_again 'pipeline = "full"'
it 'Postfix: PLAIN, pipeline off' plain_again 'pipeline = "off"'
for mech in PLAIN LOGIN SCRAM-SHA-256; do
	it "Postfix: $mech, login and password beyond ASCII" \
	    other_alphabet $mech
done
it 'Postfix: TLS 1.2' tls12
it 'Postfix: without CHUNKING and PIPELINING' bare_server
for mech in $passwords; do
	it "Postfix: wrong password, $mech" wrong_password "$mech"
done
for mech in $tokens; do
	it "Postfix: expired token, $mech" wrong_token "$mech"
done
it 'Postfix: no login where one is demanded' no_login
it 'Postfix: unknown recipient among good ones' unknown_among_good
it 'Postfix: every recipient unknown' all_unknown
it 'Postfix: the same recipient twice' same_twice
it 'Postfix: 20 MB' big
it 'Postfix: 20 MB, pipeline full' big 'pipeline = "full"'
it 'Postfix: 20 MB by DATA' big 'port = 589'
it 'Postfix: larger than SIZE' too_big
it 'Postfix: 250 recipients' many
it 'Postfix: 250 recipients, server takes 60 at a time' many 'port = 589'
it 'Postfix: null sender as <>' null_sender '<>'
it 'Postfix: null sender as an empty word' null_sender ''
it 'Postfix: UTF-8 mailbox' utf8_mailbox
it 'Postfix: 8-bit body without MIME fields' eightbit
it 'Postfix: certificate of an unknown authority' certificate /tls-ca-file/d
it 'Postfix: certificate for another name' certificate \
    's/"smtp.e2e.test"/"client.e2e.test"/'
queue_cases Postfix 590 591 592
finish
