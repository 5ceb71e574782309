#!/bin/sh
# SPDX-License-Identifier: ISC
# Real callers of sendmail, each sending through posthorn to a real Postfix:
# what arrives is what the caller wrote.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/serve.sh"
. "$(dirname "$0")/calling.sh"
. "$(dirname "$0")/callers_away.sh"

log=/var/log/postfix.log

enter postfix dovecot-core cron php-cli bsd-mailx s-nail mutt git git-email \
    libmailtools-perl

# --- cron: each job's output in a file, all jobs at one start of cron

cron_up()
{
	recorded
	mkdir -p /tmp/jobs
	hard_text
	cp $text /tmp/jobs/hard
	easy_text
	cp $text /tmp/jobs/list
	cp $text /tmp/jobs/own
	cp $text /tmp/jobs/root
	echo '@reboot cat /tmp/jobs/root' >/tmp/root.tab
	cat >/tmp/alice.tab <<-X
	@reboot cat /tmp/jobs/own
	MAILTO=one@dest.test
	@reboot cat /tmp/jobs/hard
	MAILTO="two@dest.test,three@dest.test"
	@reboot cat /tmp/jobs/list
	X
	for user in root alice; do
		install -m 0600 -o $user -g crontab /tmp/$user.tab \
		    /var/spool/cron/crontabs/$user
	done
	cron -f &
}

from_cron()
{
	job=$1
	sender=$2
	to=$3
	shift 3
	for box; do
		file=$(arrival "$box")
		record=$(one_record "cat /tmp/jobs/$job")
		python3 "$here/arrived.py" "$record" "$file" "To=$to" \
		    'From=root@client.e2e.test (Cron Daemon)'
		has "$file" "Return-Path: <$sender>"
		sed '1,/^$/d' "$file" >/tmp/body
	done
	[ "$job" != hard ] || { cat /tmp/jobs/hard; echo; } | cmp - /tmp/body
}

cron_direct()
{
	direct
	easy_text
	cp $text /tmp/jobs/direct
	printf 'MAILTO=one@dest.test\n@reboot cat /tmp/jobs/direct\n' \
	    >/tmp/alice.tab
	rm /var/spool/cron/crontabs/root
	install -m 0600 -o alice -g crontab /tmp/alice.tab \
	    /var/spool/cron/crontabs/alice
	kill "$(cat /run/crond.pid)"
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	came_directly 'Cron <alice@client> cat /tmp/jobs/direct' one
}

# --- PHP mail()

# php USER ARGUMENT...: calls mail() with these arguments and the text.
# shellcheck disable=SC2016
php()
{
	user=$1
	shift
	as "$user" "$(find /usr/bin -name 'php[0-9]*' | head -n 1)" -r '
		[, $to, $subject, $headers, $more] = $argv;
		$headers = stripcslashes($headers);
		$text = file_get_contents("php://stdin");
		exit(mail($to, $subject, $text, $headers, $more) ? 0 : 1);
	' -- "$@"
}

php_plain()
{
	recorded
	easy_text
	php www-data one@dest.test php-plain 'From: web@dest.test' ''
	came php-plain web@dest.test one
}

php_direct()
{
	direct
	hard_text
	php www-data one@dest.test php-direct 'From: web@dest.test' ''
	came_directly php-direct one
}

php_hard()
{
	recorded
	hard_text
	php alice one@dest.test '=?UTF-8?Q?php-hard_Gr=C3=BC=C3=9Fe?=' \
	    'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8' ''
	came php-hard alice@client.e2e.test one
}

php_sender()
{
	recorded
	easy_text
	php www-data one@dest.test php-sender 'From: web@dest.test' \
	    -fbounces@dest.test
	came php-sender bounces@dest.test one
}

php_blind()
{
	recorded
	easy_text
	php www-data 'One <one@dest.test>' php-blind \
	    'From: web@dest.test\r\nCc: two@dest.test\r\nBcc: three@dest.test' \
	    -fweb@dest.test
	has "$(one_record php-blind)" Bcc:
	came php-blind web@dest.test one two three
}

# --- mail readers

# A caller's command is COMMAND SUBJECT [COPIES], run with one@dest.test as
# the recipient; -c and -b mean the same to all of them.
bsd_mailx()
{
	bsd_subject=$1
	shift
	as alice bsd-mailx -s "$bsd_subject" "$@" one@dest.test
}

s_nail()
{
	nail_subject=$1
	shift
	as alice s-nail -:/ -S sendwait -S ttycharset=utf-8 \
	    -s "$nail_subject" "$@" one@dest.test
}

mutt_send()
{
	mutt_subject=$1
	shift
	as alice mutt -n -F /dev/null -e 'set copy=no' -s "$mutt_subject" "$@" \
	    -- one@dest.test
}

reader_plain()
{
	recorded
	easy_text
	"$1" "$1-plain"
	came "$1-plain" alice@client.e2e.test one
}

reader_direct()
{
	direct
	easy_text
	"$1" "$1-direct"
	came_directly "$1-direct" one
}

reader_hard()
{
	recorded
	hard_text
	"$1" "$1-hard"
	came "$1-hard" alice@client.e2e.test one
}

mutt_eightbit()
{
	recorded
	printf 'Grüße 📯\n.\n..\n' >$text
	mutt_send mutt-eightbit -e 'set use_8bitmime'
	grep -qx -e -B8BITMIME $wrote/*.argv
	came mutt-eightbit alice@client.e2e.test one
	sed '1,/^$/d' "$(arrival one)" | cmp - $text
}

reader_copies()
{
	recorded
	easy_text
	"$1" "$1-copies" -c two@dest.test -b three@dest.test
	came "$1-copies" alice@client.e2e.test one two three
	for box in one two three; do
		lacks "$(arrival $box)" 'Bcc'
	done
}

reader_attachment()
{
	recorded
	easy_text
	head -c 200000 /dev/urandom >/tmp/blob
	chmod 0644 /tmp/blob
	"$1" "$1-attachment" -a /tmp/blob
	came "$1-attachment" alice@client.e2e.test one
	python3 -c 'import email, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"))
b = open("/tmp/blob", "rb").read()
sys.exit(b not in [p.get_payload(decode=True) for p in m.walk()])' \
	    "$(arrival one)"
}

# --- git send-email

git_repository()
{
	[ ! -d /home/alice/tree ] || return 0
	as alice sh -e -c '
		cd
		git config --global user.name "Alice Ångström"
		git config --global user.email alice@client.e2e.test
		git config --global init.defaultBranch main
		git init -q tree
		cd tree
		echo start >file
		git add file
		git commit -qm start
		printf "Grüße\n.\n..\n.x\n" >file
		git commit -qam "first: Grüße"
		printf "no newline" >file
		git commit -qam "second"
	'
}

# git_email OPTION...: the last commit, or what the last argument says.
git_email()
{
	git_repository
	as alice sh -e -c 'cd ~/tree; exec git send-email --quiet \
	    --confirm=never --suppress-cc=all --no-thread \
	    --8bit-encoding=UTF-8 "$@"' sh --to=one@dest.test "$@"
}

git_plain()
{
	recorded
	git_email --from=alice@client.e2e.test -1
	came '[PATCH] second' alice@client.e2e.test one
}

git_direct()
{
	direct
	git_email --from=alice@client.e2e.test -1
	has "$(arrival one)" '[PATCH] second'
	has "$(arrival one)" '+no newline'
}

git_hard()
{
	recorded
	git_email --from=alice@client.e2e.test -1 HEAD^
	came '=?UTF-8?q?first' alice@client.e2e.test one
	has "$(arrival one)" '+.x'
}

git_copies()
{
	recorded
	git_email --from=alice@client.e2e.test --cc=two@dest.test \
	    --bcc=three@dest.test --envelope-sender=list@dest.test -1
	came '[PATCH] second' list@dest.test one two three
	lacks "$(arrival one)" three@dest.test
}

git_series()
{
	recorded
	git_email --from=alice@client.e2e.test -2
	within 10 two_came
	for number in 1 2; do
		record=$(one_record "[PATCH $number/2]")
		file=$(grep -lrF "[PATCH $number/2]" $boxes/one/new)
		python3 "$here/arrived.py" "$record" "$file"
	done
}

two_came()
{
	[ "$(find $boxes/one/new -type f | wc -l)" = 2 ]
}

prepare everything_up

prepare cron_up
it 'cron: a job of root' from_cron root \
    root@client.e2e.test root@client.e2e.test root
it 'cron: a job without MAILTO goes to its user' from_cron own \
    alice@client.e2e.test alice@client.e2e.test alice
it 'cron: UTF-8, dots, a long line, no final newline' from_cron hard \
    alice@client.e2e.test one@dest.test one
it 'cron: MAILTO with two addresses' from_cron list \
    alice@client.e2e.test two@dest.test,three@dest.test two three
it 'cron: without the recorder' cron_direct

it 'PHP mail(): plain, as www-data' php_plain
it 'PHP mail(): UTF-8, dots, a long line, no final newline' php_hard
it 'PHP mail(): sender by -f' php_sender
it 'PHP mail(): CRLF headers with Cc and Bcc' php_blind
it 'PHP mail(): without the recorder' php_direct

for reader in bsd_mailx s_nail mutt_send; do
	name=$(echo "${reader%_send}" | tr _ -)
	it "$name: plain" reader_plain $reader
	it "$name: UTF-8, dots, a long line, no final newline" \
	    reader_hard $reader
	it "$name: Cc and Bcc" reader_copies $reader
	it "$name: without the recorder" reader_direct $reader
done
it 's-nail: attachment' reader_attachment s_nail
it 'mutt: 8-bit body' mutt_eightbit
it 'mutt: attachment' reader_attachment mutt_send

it 'git send-email: plain' git_plain
it 'git send-email: UTF-8, dots' git_hard
it 'git send-email: Cc, Bcc and envelope sender' git_copies
it 'git send-email: two patches' git_series
it 'git send-email: without the recorder' git_direct

it 'smarthost away: PHP, bsd-mailx, git, cron, a queue of their user' away_own
# Sanitizers do not work set-group-ID, and without it this queue is nobody's.
if [ -n "$skip" ] || [ -g /usr/sbin/posthorn ]; then
	it "smarthost away: the same, the system's queue" away_system auto
	it "smarthost away: the same, and root's sendmail -q" \
	    away_system external
fi
finish
