# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What watches over a system and writes when something is the matter.  Sourced
# by callers_system.sh.
# shellcheck disable=SC2154

# --- mdadm --monitor --test: of an array that need not be there

# mdadm_sends LINE...: its configuration.
mdadm_sends()
{
	printf '%s\n' "$@" >/tmp/mdadm.conf
	mdadm --monitor --test --oneshot -c /tmp/mdadm.conf /dev/md0
}

mdadm_plain()
{
	recorded
	mdadm_sends 'MAILADDR root'
	brought "root@$host" root "To=root@$host"
	has "$(arrival root)" 'Subject: TestMessage event on /dev/md0'
	has "$(arrival root)" 'Faithfully yours, etc.'
}

mdadm_from()
{
	recorded
	mdadm_sends 'MAILADDR one@dest.test' 'MAILFROM Jürgen <raid@dest.test>'
	brought raid@dest.test one
}

mdadm_direct()
{
	direct
	mdadm_sends 'MAILADDR one@dest.test'
	has "$(arrival one)" 'Faithfully yours, etc.'
}

# --- smartd: the script it runs for -M test, and Debian's runner below that

# smartd_sends MAIL RECIPIENTS [RUNNER]: with that program as mail.
smartd_sends()
{
	ln -sf "$1" /usr/bin/mail
	SMARTD_MAILER=${3:-} SMARTD_ADDRESS=$2 SMARTD_FAILTYPE=EmailTest \
	    SMARTD_TFIRST='' \
	    SMARTD_MESSAGE='TEST EMAIL from smartd for device: /dev/sda' \
	    SMARTD_PREVCNT=0 SMARTD_NEXTDAYS='' SMARTD_DEVICE=/dev/sda \
	    SMARTD_DEVICEINFO='Müller Disk, S/N:1' SMARTD_DEVICETYPE=auto \
	    SMARTD_DEVICESTRING=/dev/sda \
	    /usr/share/smartmontools/smartd_warning.sh
}

smartd_plain()
{
	recorded
	smartd_sends "$1" root /usr/share/smartmontools/smartd-runner
	brought "root@$host" root "To=root@$host"
	has "$(arrival root)" 'Subject: SMART error (EmailTest) detected'
	has "$(arrival root)" 'Müller Disk'
}

smartd_many()
{
	recorded
	smartd_sends "$1" 'one@dest.test two@dest.test'
	brought "root@$host" 'one two'
}

smartd_direct()
{
	direct
	smartd_sends "$1" one@dest.test
	has "$(arrival one)" 'TEST EMAIL from smartd for device: /dev/sda'
}

# --- logwatch: of a log with names that are not ASCII

logwatch_up()
{
	mkdir -p /var/cache/logwatch
	rm -rf /var/log/auth.log* /var/log/secure*
	for i in 1 2 3; do
		date "+%b %d %H:%M:%S client sshd[$i]: Failed password for\
 invalid user Grüße$i from 192.0.2.$i port 4$i ssh2"
	done >/var/log/auth.log
}

# logwatch_sends RECIPIENTS OPTION...
logwatch_sends()
{
	logwatch_to=$1
	shift
	logwatch --output mail --mailto "$logwatch_to" --service sshd \
	    --range all --detail high "$@"
}

logwatch_plain()
{
	recorded
	logwatch_sends root
	brought "root@$host" root "To=root@$host" "From=root@$host"
	has "$(arrival root)" 'Grüße2: 1 Time'
}

logwatch_many()
{
	recorded
	logwatch_sends one@dest.test,two@dest.test
	brought "root@$host" 'one two' "From=root@$host"
}

logwatch_html()
{
	recorded
	logwatch_sends one@dest.test --format html --encode base64
	brought "root@$host" one "From=root@$host"
}

logwatch_direct()
{
	direct
	logwatch_sends one@dest.test
	has "$(arrival one)" 'Grüße3: 1 Time'
}

# --- fail2ban: a server with a jail of its own, told whom to ban

fail2ban()
{
	fail2ban-client -c /tmp/fail2ban -s /run/fail2ban/socket \
	    -p /run/fail2ban/pid "$@"
}

# fail2ban_up ACTION: its mail at the start has come and is forgotten.
fail2ban_up()
{
	mkdir -p /tmp/fail2ban/filter.d /run/fail2ban
	cp -r /etc/fail2ban/action.d /etc/fail2ban/fail2ban.conf /tmp/fail2ban
	echo '[Definition]
failregex = ^login failed for \S+ from <HOST>$' \
	    >/tmp/fail2ban/filter.d/login.conf
	: >/tmp/logins
	cat >/tmp/fail2ban/jail.local <<-X
	[DEFAULT]
	backend = polling
	datepattern = {NONE}
	[login]
	enabled = true
	filter = login
	logpath = /tmp/logins
	action = $1
	X
	fail2ban start
}

fail2ban_start()
{
	recorded
	fail2ban_up 'sendmail'
	brought "fail2ban@$host" root "To=root@$host" \
	    "From=Fail2Ban <fail2ban@$host>"
	has "$(arrival root)" 'The jail login has been started'
}

fail2ban_ban()
{
	recorded
	fail2ban set login banip 192.0.2.9
	brought "fail2ban@$host" root "To=root@$host" \
	    "From=Fail2Ban <fail2ban@$host>"
	has "$(arrival root)" 'login: banned 192.0.2.9'
}

fail2ban_stop()
{
	recorded
	fail2ban stop
	brought "fail2ban@$host" root "To=root@$host" \
	    "From=Fail2Ban <fail2ban@$host>"
	has "$(arrival root)" 'The jail login has been stopped'
}

fail2ban_lines()
{
	direct
	fail2ban_up 'sendmail-whois-lines[logpath=/tmp/logins,
	    dest="one@dest.test", sender="guard@dest.test", sendername="Wärter",
	    _whois_command="echo owner of <ip>: Grüße"]'
	arrival one
	recorded
	printf 'login failed for %s from 192.0.2.7\n' Jürgen Ängel >>/tmp/logins
	fail2ban set login banip 192.0.2.7
	brought guard@dest.test one
	has "$(arrival one)" 'login failed for Ängel from 192.0.2.7'
}

fail2ban_direct()
{
	direct
	fail2ban stop
	has "$(arrival one)" 'The jail login has been stopped'
}

# --- sudo: a command that alice may not run

sudo_up()
{
	cat >/etc/sudoers <<-X
	Defaults mail_no_perms, !authenticate, mailto="$1"
	alice ALL=(ALL) /bin/true
	X
	chmod 0440 /etc/sudoers
}

sudo_sends()
{
	easy_text
	status 1 as alice sudo -n /bin/ls '/tmp/Grüße 📯'
}

sudo_plain()
{
	recorded
	sudo_up root
	sudo_sends
	brought "alice@$host" root "To=root@$host" "From=alice@$host"
	has "$(arrival root)" "$host"
}

sudo_many()
{
	recorded
	sudo_up one@dest.test,two@dest.test
	sudo_sends
	brought "alice@$host" 'one two' "From=alice@$host"
}

sudo_direct()
{
	direct
	sudo_up one@dest.test
	sudo_sends
	has "$(arrival one)" 'command not allowed'
}
