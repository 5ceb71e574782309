# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Callers whose smarthost is away: each is done at once, and its mail comes
# when the server is back.  Sourced by callers.sh, which has the callers.
# shellcheck disable=SC2154

spool=/usr/local/var/spool/posthorn

# queue_conf FILE OWNER GROUP RUNNER: the usual login, a queue in its place.
queue_conf()
{
	conf "$1" "$login" "$password" 'connect-timeout = 5s'
	sed -i "1s|.*|queue { runner = \"$4\" min-retry = 1s max-retry = 1s \
	    }|" "$1"
	chown "$2:$3" "$1"
}

# As make install-setgid leaves it.
system_queue()
{
	grep -q ^posthorn: /etc/passwd ||
	    echo 'posthorn:x:908:908::/:/usr/sbin/nologin' >>/etc/passwd
	rm -rf $spool
	install -d /usr/local/var/spool
	install -d -m 2770 -o root -g posthorn $spool $spool/failed \
	    $spool/hold $spool/tmp $spool/state $spool/run
}

away()
{
	direct
	postfix stop || :
	hard_text
	! listens 587
}

back()
{
	postfix start
	within 10 listens 587
}

# at_once COMMAND...: succeeds, in less time than any try again takes.
at_once()
{
	at_once_began=$(date +%s%N)
	"$@"
	at_once_ms=$((($(date +%s%N) - at_once_began) / 1000000))
	echo "$at_once_ms ms: $*"
	[ $at_once_ms -lt ${at_once_limit:-2000} ]
}

cron_again()
{
	cp $text /tmp/jobs/away
	printf 'MAILTO=two@dest.test\n@reboot cat /tmp/jobs/away\n' \
	    >/tmp/alice.tab
	rm -f /var/spool/cron/crontabs/root
	install -m 0600 -o alice -g crontab /tmp/alice.tab \
	    /var/spool/cron/crontabs/alice
	[ ! -e /run/crond.pid ] || kill "$(cat /run/crond.pid)"
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
}

# everybody PHP-USER: each caller while nobody listens.
everybody()
{
	at_once php "$1" one@dest.test away-php 'From: web@dest.test' ''
	at_once bsd_mailx away-mailx
	git_repository
	at_once_limit=5000 at_once git_email --from=alice@client.e2e.test -1
	cron_again
	within 10 waiting 4 || { ls -lR $queue; mailq; false; }
}

# waiting NUMBER: so many in the queue, seen by root.
waiting()
{
	[ "$(find $queue -maxdepth 1 -type f | wc -l)" = "$1" ]
}

everybody_came()
{
	within 20 letters 4 || { find $boxes; cat $queue/../log; false; }
	within 10 waiting 0
	for subject in away-php away-mailx '[PATCH] second' \
	    'Cron <alice@client> cat /tmp/jobs/away'; do
		[ "$(grep -rlF "Subject: $subject" $boxes | wc -l)" = 1 ] ||
		    { echo "$subject:"; grep -rF Subject: $boxes; false; }
	done
	# Not one of them is sent twice, now that there are runners.
	sleep 1
	letters 4
	for subject in away-php away-mailx 'Subject: Cron'; do
		file=$(grep -rlF "$subject" $boxes)
		sed '1,/^$/d' "$file" >/tmp/body
		python3 -c 'import sys
a, b = (open(f, "rb").read() for f in sys.argv[1:])
sys.exit(a.rstrip(b"\n") != b.rstrip(b"\n"))' /tmp/body $text
	done
}

letters()
{
	[ "$(find $boxes -path '*/new/*' -type f | wc -l)" = "$1" ]
}

# The callers of one user with a configuration, and so a queue, of his own.
away_own()
{
	queue=/home/alice/.local/state/posthorn
	rm -rf $queue
	install -d -o alice -g alice /home/alice/.config
	queue_conf /home/alice/.config/posthorn.conf alice alice auto
	chmod 0600 /home/alice/.config/posthorn.conf
	away
	everybody alice
	back
	everybody_came
	rm /home/alice/.config/posthorn.conf
}

# Alice and www-data, and the system's queue.
away_system()
{
	queue=$spool
	system_queue
	queue_conf /etc/posthorn.conf root posthorn "$1"
	away
	everybody www-data
	back
	if [ "$1" = external ]; then
		sleep 1.2
		waiting 4
		sendmail -q
		waiting 0
	fi
	everybody_came
	conf /etc/posthorn.conf "$login" "$password"
}
