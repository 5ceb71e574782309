# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the scripts with real callers share: posthorn or the recorder as
# sendmail, callers run as users, and the mailboxes of those who get mail.
# Sourced after serve.sh.
# shellcheck disable=SC2154

text=/tmp/text
wrote=/tmp/wrote

# A fresh start; callers find posthorn itself as sendmail, or the recorder
# before it.
direct()
{
	empty_boxes
	ln -sf posthorn /usr/sbin/sendmail
}

recorded()
{
	empty_boxes
	[ -e /usr/sbin/recorder ] ||
	    install -m 0755 "$here/recorder.py" /usr/sbin/recorder
	ln -sf recorder /usr/sbin/sendmail
	rm -rf $wrote
	install -d -m 1777 $wrote
}

# as USER COMMAND...: with a login's environment, the text on stdin.  No
# look for leaks, which a user's process cannot do once ptrace is off.
as()
{
	user=$1
	shift
	(cd / && setpriv --reuid "$user" --regid "$user" --init-groups \
	    env -i PATH=/usr/bin:/bin HOME=/home/"$user" LANG=C.UTF-8 \
	    TERM=dumb USER="$user" LOGNAME="$user" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" "$@" <$text)
}

# A body with everything that was ever mangled on the way.
hard_text()
{
	{
		echo 'Grüße 📯 naïve café'
		echo .
		echo ..
		echo '.dot in front'
		echo 'From here on it is no separator'
		echo
		printf '%0990d\n' 7
		echo 'trailing blanks   '
		printf 'tab\tand equals =3D\n\n'
		printf 'no newline at the end'
	} >$text
}

easy_text()
{
	printf 'Hello,\nthis is text.\n' >$text
}

# one_record TEXT: the copy of the only submission that holds the text.
one_record()
{
	records=$(grep -lF -- "$1" $wrote/*.stdin)
	[ "$(echo "$records" | wc -l)" = 1 ] || { ls $wrote >&2; return 1; }
	echo "$records"
}

# only_in BOX...: each has a message, and no other box has any.
only_in()
{
	for box; do
		arrival "$box" >/dev/null
	done
	[ "$(find "$boxes" -path '*/new/*' -type f | wc -l)" = $# ] ||
	    { find "$boxes" -type f; return 1; }
}

# came SUBJECT SENDER BOX...: the submission with that subject arrived in
# these boxes and in no other, from that sender.
came()
{
	record=$(one_record "$1")
	sender=$2
	shift 2
	for box; do
		file=$(arrival "$box")
		python3 "$here/arrived.py" "$record" "$file"
		has "$file" "Return-Path: <$sender>"
	done
	only_in "$@"
}

# came_directly SUBJECT BOX: the record apart: the body is the text, and the
# subject is there.
came_directly()
{
	file=$(arrival "$2")
	has "$file" "Subject: $1"
	body_is "$file" "$text"
}

# body_is MESSAGE TEXT: but for empty lines at the end.
body_is()
{
	sed '1,/^$/d' "$1" >/tmp/body
	python3 -c 'import sys
a, b = (open(f, "rb").read() for f in sys.argv[1:])
sys.exit(a.rstrip(b"\n") != b.rstrip(b"\n"))' /tmp/body "$2"
}

# decodes_to MESSAGE TEXT: the same of what its one part says.
decodes_to()
{
	python3 -c 'import email, sys
with open(sys.argv[1], "rb") as f, open(sys.argv[2], "rb") as g:
    a = email.message_from_binary_file(f).get_payload(decode=True)
    sys.exit(a.rstrip(b"\n") != g.read().rstrip(b"\n"))' "$1" "$2"
}

everything_up()
{
	for box in alice root; do
		echo "$box@client.e2e.test $box/"
	done >/etc/postfix/boxes
	for box in four five; do
		echo "$box@dest.test $box/"
	done >>/etc/postfix/boxes
	postfix_up plain scram-sha-256
	conf /etc/posthorn.conf "$login" "$password"
}
