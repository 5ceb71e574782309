#!/bin/sh
# SPDX-License-Identifier: ISC
# Programs that send by a library, each in several shapes, through posthorn to
# a real Postfix: what arrives is what was meant, and what the library wrote.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/serve.sh"
. "$(dirname "$0")/calling.sh"

log=/var/log/postfix.log

enter postfix dovecot-core php-cli libphp-phpmailer php-symfony-mailer nodejs \
    node-nodemailer libemail-sender-perl libmime-lite-perl libmailtools-perl \
    ruby ruby-mail

code=/tmp/code
letter=$code/letter.json

code_up()
{
	everything_up
	cp -r "$here/code" $code
	chmod -R a+rX $code
	easy_text
	php=$(find /usr/bin -name 'php[0-9]*' | head -n 1)
	ln -sf "$php" /usr/bin/php
}

# The callers: what runs PROGRAM HOW LETTER, as a user.
php()
{
	php_program=$1
	shift
	as www-data php -d extension=mbstring -d extension=intl \
	    -d extension=ctype -d error_reporting=22527 \
	    "$code/$php_program" "$@"
}

node()
{
	node_program=$1
	shift
	as alice env NODE_PATH=/usr/share/nodejs node "$code/$node_program" \
	    "$@"
}

perl()
{
	perl_program=$1
	shift
	as alice perl "$code/$perl_program" "$@"
}

ruby()
{
	ruby_program=$1
	shift
	as alice ruby "$code/$ruby_program" "$@"
}

python()
{
	python_program=$1
	shift
	as alice python3 -I "$code/$python_program" "$@"
}

# letter SHAPE COMMAND...: one in that shape, sent and compared.  With cut=1
# the caller does not say -i, so that a lone dot ends its text.
code_letter()
{
	shape=$1
	shift
	python3 -IS "$here/letters.py" "$shape" "$2-$3" $code
	[ -z "${cut:-}" ] || sed -i '1s/$/ "cut": true,/' $letter
	"$@" $letter
}

shaped()
{
	recorded
	code_letter "$@"
	python3 -B "$here/came.py" $letter $boxes $wrote
}

unrecorded()
{
	direct
	code_letter "$@"
	python3 -B "$here/came.py" $letter $boxes
}

# shapes NAME COMMAND...: in the shapes that every caller knows.
shapes()
{
	name=$1
	shift
	for shape in plain many 'only Bcc' UTF-8 dots 'long lines' sender; do
		it "$name: $shape" shaped "$shape" "$@"
	done
	it "$name: without the recorder" unrecorded many "$@"
}

# also NAME SHAPE COMMAND...
also()
{
	name=$1
	shift
	it "$name: $1" shaped "$@"
}

# Two letters, one after the other, in one dialogue.
symfony_twice()
{
	recorded
	python3 -IS "$here/letters.py" plain first-of-two $code
	mv $letter $code/first.json
	python3 -IS "$here/letters.py" other second-of-two $code
	php symfony.php sendmail://default $code/first.json $letter
	only_in one two
	[ "$(find "$wrote" -name '*.dialogue' | wc -l)" = 1 ]
	for pair in first-of-two:one second-of-two:two; do
		file=$(arrival ${pair#*:})
		record=$(one_record ${pair%:*})
		has "$file" 'Return-Path: <web@dest.test>'
		python3 -B "$here/written.py" "$record" "$file"
	done
}

# told WORDS COMMAND...: of a recipient that is unknown there, the program
# tells its user with these words.
told()
{
	words=$1
	shift
	direct
	python3 -IS "$here/letters.py" plain "$2-$3" $code
	sed -i s/one@dest.test/nobody@dest.test/ $letter
	if "$@" $letter >/tmp/said 2>&1; then
		echo "it tells nobody: $*"
		return 1
	fi
	has /tmp/said "$words"
	nothing_in one
}

# told_login WORDS COMMAND...: likewise of a login that is refused.
told_login()
{
	conf /etc/posthorn.conf "$login" "password = 'wrong'"
	told "$@"
}

prepare code_up

shapes 'PHPMailer, sendmail' php phpmailer.php sendmail
also 'PHPMailer, sendmail' attachment php phpmailer.php sendmail
shapes 'PHPMailer, mail()' php phpmailer.php mail
also 'PHPMailer, mail()' attachment php phpmailer.php mail

shapes 'Symfony Mailer, -bs' php symfony.php sendmail://default
also 'Symfony Mailer, -bs' attachment php symfony.php sendmail://default
it 'Symfony Mailer, -bs: two letters in one dialogue' symfony_twice
t='sendmail://default?command=/usr/sbin/sendmail%20-t'
shapes 'Symfony Mailer, -t' php symfony.php "$t"
also 'Symfony Mailer, -t' attachment php symfony.php "$t"
shapes 'Symfony Mailer, -t -i' php symfony.php "$t%20-i"

shapes 'nodemailer' node nodemailer.js unix
also 'nodemailer' attachment node nodemailer.js unix
shapes 'nodemailer, CRLF' node nodemailer.js windows

shapes 'Email::Sender' perl email_sender.pl -
shapes 'MIME::Lite' perl mime_lite.pl -
also 'MIME::Lite' attachment perl mime_lite.pl -
cut=1
shapes 'Mail::Send' perl mail_send.pl -
cut=

shapes 'Ruby mail' ruby mail.rb plain
also 'Ruby mail' attachment ruby mail.rb plain
shapes 'Ruby mail, -t' ruby mail.rb t

shapes 'Python, run() -t -i' python habits.py run_t
also 'Python, run() -t -i' attachment python habits.py run_t
also 'Python, run() -t -i' CRLF python habits.py run_t
shapes 'Python, run() -oi -f' python habits.py run_argv
cut=1
shapes 'Python, os.popen()' python habits.py popen
cut=
shapes 'Python, communicate()' python habits.py communicate

unknown='User unknown in virtual mailbox table'
it 'PHPMailer, sendmail, says that a recipient is unknown' \
    told 'Could not execute' php phpmailer.php sendmail
it 'PHPMailer, mail(), says that a recipient is unknown' \
    told 'Could not instantiate mail' php phpmailer.php mail
it 'Symfony Mailer, -bs, says that a recipient is unknown' \
    told "$unknown" php symfony.php sendmail://default
it 'Symfony Mailer, -t, says that a recipient is unknown' \
    told "exit code 67: posthorn: nobody@dest.test" php symfony.php "$t"
it 'nodemailer says that a recipient is unknown' \
    told 'Sendmail exited with code 67' node nodemailer.js unix
it 'Email::Sender says that a recipient is unknown' \
    told 'error when closing pipe' perl email_sender.pl -
it 'MIME::Lite says that a recipient is unknown' \
    told "(exit $((67 * 256)))" perl mime_lite.pl -
it 'Mail::Send says that a recipient is unknown' \
    told 'not sent' perl mail_send.pl -
it 'Python, run(), says that a recipient is unknown' \
    told 'exit status 67' python habits.py run_t
it 'Python, os.popen(), says that a recipient is unknown' \
    told "$unknown" python habits.py popen
it 'Symfony Mailer, -bs, says that the login is refused' \
    told_login '4.7.8 login refused' php symfony.php sendmail://default
it 'Symfony Mailer, -t, says that the login is refused' \
    told_login 'exit code 77: posthorn: login refused' php symfony.php "$t"
finish
