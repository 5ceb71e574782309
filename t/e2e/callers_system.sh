#!/bin/sh
# SPDX-License-Identifier: ISC
# Programs of the system that send reports, each in several shapes, through
# posthorn to a real Postfix: what arrives is what they wrote.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/serve.sh"
. "$(dirname "$0")/calling.sh"
. "$(dirname "$0")/callers_reports.sh"

log=/var/log/postfix.log

enter postfix dovecot-core anacron at mailutils bsd-mailx mdadm \
    smartmontools logwatch fail2ban sudo nmh

host=client.e2e.test

# brought SENDER BOXES [NAME=VALUE...]: the one call there was came from that
# sender into these boxes and no others, with these fields become so.
brought()
{
	brought_sender=$1
	brought_boxes=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	only_in $brought_boxes
	record=$(one_record '')
	for box in $brought_boxes; do
		file=$(arrival "$box")
		has "$file" "Return-Path: <$brought_sender>"
		lacks "$file" Bcc:
		python3 -B "$here/written.py" "$record" "$file" "$@"
	done
}

# A body with lines longer than a server must take.
long_text()
{
	{
		printf '%05000d\n' 1
		printf 'Grüße\n'
		printf '%05000d\n' 2
	} >$text
}

# --- anacron: a job's output in a file; MAILTO as it stands in the table

anacron_sends()
{
	rm -rf /tmp/anacron
	mkdir /tmp/anacron
	cp $text /tmp/anacron/out
	printf '%s\n1 0 report cat /tmp/anacron/out\n' "$1" >/tmp/anacron/tab
	LANG=C.UTF-8 anacron -d -f -n -t /tmp/anacron/tab -S /tmp/anacron
}

anacron_plain()
{
	recorded
	easy_text
	anacron_sends ''
	brought root@$host root "To=root@$host" "From=Anacron <root@$host>"
	body_is "$(arrival root)" $text
}

anacron_list()
{
	recorded
	easy_text
	anacron_sends MAILTO=one@dest.test,two@dest.test,three@dest.test
	brought root@$host 'one two three' "From=Anacron <root@$host>" \
	    To=one@dest.test,two@dest.test,three@dest.test
}

# No -i: it ends at the lone dot, and the rest is not taken for more.
anacron_hard()
{
	recorded
	hard_text
	anacron_sends MAILTO=one@dest.test
	brought root@$host one "From=Anacron <root@$host>"
	echo 'Grüße 📯 naïve café' >/tmp/before
	body_is "$(arrival one)" /tmp/before
}

anacron_long()
{
	recorded
	long_text
	anacron_sends MAILTO=one@dest.test
	brought root@$host one "From=Anacron <root@$host>"
}

anacron_direct()
{
	direct
	easy_text
	anacron_sends MAILTO=one@dest.test
	came_directly "Anacron job 'report' on $host" one
}

# --- at: atd runs what is due, once

at_up()
{
	install -m 0600 -o daemon -g daemon /dev/null \
	    /var/spool/cron/atjobs/.SEQ
}

# at_sends USER OPTION...: a job whose output is the text.
at_sends()
{
	at_user=$1
	shift
	cp $text /tmp/at.out
	cp $text /tmp/at.keep
	echo 'cat /tmp/at.out' >$text
	if [ "$at_user" = root ]; then
		at -q a "$@" now <$text
	else
		as "$at_user" at "$@" now
	fi
	cp /tmp/at.keep $text
	atd -s
}

at_plain()
{
	recorded
	easy_text
	at_sends root
	brought root@$host root "To=root@$host"
	body_is "$(arrival root)" $text
}

at_user()
{
	recorded
	easy_text
	at_sends alice
	brought alice@$host alice "To=alice@$host"
	has "$(arrival alice)" \
	    "From: =?UTF-8?Q?Alice_=C3=85ngstr=C3=B6m?= <alice@$host>"
}

at_hard()
{
	recorded
	hard_text
	at_sends alice
	brought alice@$host alice "To=alice@$host"
	body_is "$(arrival alice)" $text
}

at_long()
{
	recorded
	long_text
	at_sends alice
	brought alice@$host alice "To=alice@$host"
}

at_silent()
{
	recorded
	: >$text
	at_sends alice -m
	brought alice@$host alice "To=alice@$host"
}

at_direct()
{
	direct
	easy_text
	at_sends alice
	came_directly 'Output from your job' alice
}

# --- mail, mailutils'

# mailutils SUBJECT [OPTION...] RECIPIENT...
mailutils()
{
	mailutils_subject=$1
	shift
	as alice mail.mailutils -s "$mailutils_subject" "$@"
}

mailutils_plain()
{
	recorded
	easy_text
	mailutils mailutils-plain one@dest.test
	came mailutils-plain alice@$host one
}

mailutils_local()
{
	recorded
	easy_text
	mailutils mailutils-local root
	brought alice@$host root "To=root@$host"
}

mailutils_hard()
{
	recorded
	hard_text
	mailutils 'mailutils Grüße 📯' -a 'X-Field: yes' -E 'set nodot' \
	    one@dest.test
	brought alice@$host one
	body_is "$(arrival one)" $text
}

mailutils_long()
{
	recorded
	long_text
	mailutils mailutils-long one@dest.test
	brought alice@$host one
}

mailutils_copies()
{
	recorded
	easy_text
	mailutils mailutils-copies -a 'Cc: two@dest.test' \
	    -a 'Bcc: three@dest.test' one@dest.test four@dest.test
	came mailutils-copies alice@$host one two three four
	for box in one two four; do
		lacks "$(arrival $box)" three@dest.test
	done
}

mailutils_sender()
{
	recorded
	easy_text
	mailutils mailutils-sender -r bounces@dest.test one@dest.test
	came mailutils-sender bounces@dest.test one
}

mailutils_attachment()
{
	recorded
	easy_text
	head -c 200000 /dev/urandom >/tmp/blob
	chmod 0644 /tmp/blob
	mailutils mailutils-attachment -A /tmp/blob one@dest.test
	came mailutils-attachment alice@$host one
	python3 -c 'import email, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"))
b = open("/tmp/blob", "rb").read()
sys.exit(b not in [p.get_payload(decode=True) for p in m.walk()])' \
	    "$(arrival one)"
}

mailutils_direct()
{
	direct
	easy_text
	mailutils mailutils-direct one@dest.test
	came_directly mailutils-direct one
}

# --- nmh: send, by both of its ways to sendmail

# nmh_sends WAY: the text with the header before it, and its blind copy.
nmh_sends()
{
	{
		printf '%s\n' "From: alice@$host" 'To: one@dest.test' \
		    'Cc: two@dest.test' 'Bcc: three@dest.test' \
		    "Subject: nmh-$1" --------
		cat $text
	} >/tmp/draft
	# shellcheck disable=SC2016
	as alice sh -e -c '
		cd
		mkdir -p Mail
		echo "Path: Mail" >.mh_profile
		cp /tmp/draft draft
		exec /usr/bin/mh/send -mts "$1" "$HOME/draft"
	' sh "sendmail/$1"
}

nmh_came()
{
	only_in one two three
	for box in one two three; do
		has "$(arrival $box)" "Return-Path: <alice@$host>"
		has "$(arrival $box)" "Subject: nmh-$1"
	done
	lacks "$(arrival one)" three@dest.test
	lacks "$(arrival one)" Blind-Carbon-Copy
	has "$(arrival three)" '------- Blind-Carbon-Copy'
	decodes_to "$(arrival one)" $text
	for record in "$wrote"/*.stdin; do
		box=one
		! grep -q Blind "$record" || box=three
		python3 -B "$here/written.py" "$record" "$(arrival $box)"
	done
}

nmh_hard()
{
	recorded
	hard_text
	nmh_sends "$1"
	nmh_came "$1"
}

nmh_direct()
{
	direct
	easy_text
	nmh_sends "$1"
	only_in one two three
	body_is "$(arrival one)" $text
}

prepare everything_up

it 'anacron: a job of root' anacron_plain
it 'anacron: MAILTO with three addresses' anacron_list
it 'anacron: UTF-8, cut at a lone dot' anacron_hard
it 'anacron: long lines' anacron_long
it 'anacron: without the recorder' anacron_direct

prepare at_up
it 'at: a job of root' at_plain
it 'at: a job of a user' at_user
it 'at: UTF-8, dots, a long line, no final newline' at_hard
it 'at: lines longer than servers take' at_long
it 'at: -m and no output' at_silent
it 'at: without the recorder' at_direct

it 'mailutils: plain' mailutils_plain
it 'mailutils: to a local name' mailutils_local
it 'mailutils: UTF-8, dots, a long line, no final newline' mailutils_hard
it 'mailutils: lines longer than servers take' mailutils_long
it 'mailutils: two recipients, Cc and Bcc' mailutils_copies
it 'mailutils: sender by -r' mailutils_sender
it 'mailutils: attachment' mailutils_attachment
it 'mailutils: without the recorder' mailutils_direct

it 'mdadm: to root' mdadm_plain
it 'mdadm: MAILFROM with a name' mdadm_from
it 'mdadm: without the recorder' mdadm_direct

for mail in mailutils bsd-mailx; do
	program=mail.mailutils
	[ $mail = mailutils ] || program=bsd-mailx
	it "smartd by $mail: to root, by the runner" smartd_plain $program
	it "smartd by $mail: two recipients" smartd_many $program
	it "smartd by $mail: without the recorder" smartd_direct $program
done

prepare logwatch_up
it 'logwatch: to root' logwatch_plain
it 'logwatch: two recipients' logwatch_many
it 'logwatch: HTML in base64' logwatch_html
it 'logwatch: without the recorder' logwatch_direct

it 'fail2ban: start, bare names' fail2ban_start
it 'fail2ban: ban' fail2ban_ban
it 'fail2ban: stop' fail2ban_stop
it 'fail2ban: lines of the log, UTF-8' fail2ban_lines
it 'fail2ban: without the recorder' fail2ban_direct

# It takes away the groups that stand in for set-group-ID, which sanitizers
# do not know.
if [ -n "$skip" ] || [ -g /usr/sbin/posthorn ]; then
	it 'sudo: to root' sudo_plain
	it 'sudo: two recipients' sudo_many
	it 'sudo: without the recorder' sudo_direct
fi

for way in pipe smtp; do
	it "nmh, sendmail/$way: UTF-8, dots, a long line" nmh_hard $way
	it "nmh, sendmail/$way: without the recorder" nmh_direct $way
done
finish
