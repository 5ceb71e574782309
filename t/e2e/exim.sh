#!/bin/sh
# SPDX-License-Identifier: ISC
# Sends to a real Exim with its own authenticators and Cyrus SASL's: EXTERNAL
# by client certificate, CHUNKING, and its strict eye on pipelining.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/serve.sh"
. "$(dirname "$0")/queue_real.sh"

enter exim4-daemon-heavy exim4-base sasl2-bin libsasl2-modules \
    libsasl2-modules-db

mechanisms='PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512'
log=/var/log/exim4/main

by_certificate='user = "alice@e2e.test"'
certificate="tls-certificate = \"$pki/alice.pem\""
key="tls-key = \"$pki/alice.key\""

exim_conf()
{
	cat <<-X
	primary_hostname = smtp.e2e.test
	local_interfaces = 127.0.0.1
	daemon_smtp_ports = 587 : 465 : 591 : 592
	tls_on_connect_ports = 465
	exim_user = Debian-exim
	exim_group = Debian-exim
	spool_directory = /var/spool/exim4
	log_file_path = /var/log/exim4/%s
	keep_environment =
	tls_advertise_hosts = *
	tls_certificate = $pki/smtp.pem
	tls_privatekey = $pki/smtp.key
	tls_verify_certificates = $pki/ca.pem
	tls_try_verify_hosts = *
	auth_advertise_hosts = *
	pipelining_advertise_hosts = \${if eq{\$received_port}{591}{}{*}}
	chunking_advertise_hosts = \${if match{\$received_port}{59[12]}{}{*}}
	smtputf8_advertise_hosts = *
	smtp_enforce_sync = true
	message_size_limit = 50M
	rfc1413_query_timeout = 0s
	host_lookup =
	queue_only = false
	smtp_accept_queue_per_connection = 0
	log_selector = +smtp_connection +smtp_protocol_error \
	    +smtp_syntax_error +smtp_incomplete_transaction
	acl_smtp_rcpt = rcpt
	acl_smtp_data = data

	begin acl
	rcpt:
	  deny !authenticated = *
	    message = 5.7.1 who are you?
	  defer local_parts = late
	    message = 450 4.2.0 come back
	  accept domains = dest.test
	    local_parts = one : two : three : sender
	  deny message = 5.1.1 no such mailbox
	data:
	  deny condition = \${if match{\$h_subject:}{refuse this}}
	    message = 5.7.1 not here
	  deny condition = \${if match{\$h_subject:}{too big here}}
	    message = 552 5.3.4 too big
	  accept

	begin routers
	box:
	  driver = accept
	  domains = dest.test
	  local_parts = one : two : three : sender
	  transport = box

	begin transports
	box:
	  driver = appendfile
	  directory = $boxes/\$local_part_data
	  maildir_format
	  user = vmail
	  group = vmail
	  return_path_add
	  envelope_to_add

	begin retry
	* * F,1h,1m

	begin authenticators
	external:
	  driver = external
	  public_name = EXTERNAL
	  server_advertise_condition = \$tls_in_certificate_verified
	  server_param2 = \${certextract{subj_altname,mail}{\$tls_in_peercert}}
	  server_condition = \${if and{{eq{\$auth2}{alice@e2e.test}}\
	    {or{{eq{\$auth1}{}}{eq{\$auth1}{\$auth2}}}}}}
	  server_set_id = \$auth2
	plain:
	  driver = plaintext
	  public_name = PLAIN
	  server_prompts = :
	  server_condition = \${if and{{eq{\$auth2}{robot@e2e.test}}\
	    {eq{\$auth3}{correct horse}}}}
	  server_set_id = \$auth2
	login:
	  driver = plaintext
	  public_name = LOGIN
	  server_prompts = <| Username: | Password:
	  server_condition = \${if and{{eq{\$auth1}{robot@e2e.test}}\
	    {eq{\$auth2}{correct horse}}}}
	  server_set_id = \$auth1
	cram:
	  driver = cram_md5
	  public_name = CRAM-MD5
	  server_secret = \${if eq{\$auth1}{robot@e2e.test}{correct horse}fail}
	  server_set_id = \$auth1
	X
	for hash in 1 256 512; do
		cat <<-X
		scram$hash:
		  driver = cyrus_sasl
		  public_name = SCRAM-SHA-$hash
		  server_mech = SCRAM-SHA-$hash
		  server_realm = e2e.test
		  server_set_id = \$auth1
		X
	done
}

exim_up()
{
	certificates
	exim_conf >/etc/exim4/exim4.conf
	mkdir -p /etc/sasl2
	printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' \
	    >/etc/sasl2/exim.conf
	rm -f /etc/sasldb2
	printf 'correct horse' | saslpasswd2 -p -c -u e2e.test robot
	chgrp Debian-exim /etc/sasldb2 $pki/smtp.key
	chmod 0640 /etc/sasldb2 $pki/smtp.key
	install -d -o Debian-exim -g Debian-exim /var/spool/exim4 \
	    /var/log/exim4
	exim4 -bV
	exim4 -bd
	within 10 listens 587
}

# noted TEXT...: the line of the message that came last has each text.
noted()
{
	grep ' <= ' $log | tail -n 1 >/tmp/line
	for noted_text; do
		has /tmp/line "$noted_text"
	done
}

mechanism()
{
	empty_boxes
	letter $m "$1-$2"
	case $2 in
	STARTTLS) account "auth = { \"$1\" }" ;;
	implicit) account "auth = { \"$1\" }" 'tls = "implicit"' ;;
	esac
	status 0 send one@dest.test
	sent one
	noted TLS1.3 P=esmtpsa :robot@e2e.test " A=$3:"
}

external()
{
	empty_boxes
	letter $m external
	conf $c "$by_certificate" "$certificate" "$key" "$@"
	status 0 send one@dest.test
	sent one
	noted ' A=external:alice@e2e.test' CV=yes
}

# The certificate is good, but it is not one that may send.
wrong_certificate()
{
	empty_boxes
	letter $m wrong
	conf $c "$by_certificate" 'auth = { "EXTERNAL" }' \
	    "tls-certificate = \"$pki/mallory.pem\"" \
	    "tls-key = \"$pki/mallory.key\""
	status 77 send one@dest.test
	nothing_in one
}

best()
{
	empty_boxes
	letter $m best
	account "$@"
	status 0 send one@dest.test
	sent one
	noted ' A=scram512:'
}

plain_again()
{
	letter $m again
	account 'auth = { "PLAIN" }' "$@"
	for _ in 1 2 3; do
		empty_boxes
		status 0 send one@dest.test two@dest.test
		sent one two
		noted ' A=plain:'
	done
	lacks $log synchroni
}

wrong_password()
{
	empty_boxes
	letter $m wrong
	conf $c "$login" "password = 'battery staple'" "auth = { \"$1\" }"
	status 77 send one@dest.test
	nothing_in one
}

unknown_among_good()
{
	empty_boxes
	letter $m among
	account "$@"
	status 67 send one@dest.test nobody@dest.test two@dest.test \
	    2>/tmp/err
	sent one two
	has /tmp/err nobody@dest.test
	lacks /tmp/err one@dest.test
}

big()
{
	empty_boxes
	bulk 20000000
	account "$@"
	status 0 send one@dest.test two@dest.test
	sent one two
}

chunked()
{
	big "$@"
	noted ' K '
}

tls12()
{
	empty_boxes
	letter $m tls12
	account 'tls-priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2"'
	status 0 send one@dest.test
	sent one
	noted TLS1.2
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

prepare exim_up

for how in STARTTLS implicit; do
	for mech in $mechanisms; do
		case $mech in
		CRAM-MD5) driver=cram ;;
		SCRAM-*) driver=scram${mech##*-} ;;
		*) driver=$(echo "$mech" | tr '[:upper:]' '[:lower:]') ;;
		esac
		it "Exim: $mech, $how" mechanism "$mech" $how "$driver"
	done
done
it 'Exim: EXTERNAL by client certificate, STARTTLS' external
it 'Exim: EXTERNAL by client certificate, implicit' external \
    'tls = "implicit"'
it "Exim: EXTERNAL with a certificate of somebody else" wrong_certificate
it 'Exim: strongest mechanism for a password' best
it 'Exim: PLAIN at a known host' plain_again
it 'Exim: PLAIN, pipeline full' plain_again 'pipeline = "full"'
it 'Exim: PLAIN, pipeline off' plain_again 'pipeline = "off"'
for mech in $mechanisms; do
	it "Exim: wrong password, $mech" wrong_password "$mech"
done
it 'Exim: no login where one is demanded' no_login
it 'Exim: unknown recipient among good ones' unknown_among_good
it 'Exim: unknown recipient among good ones, pipeline full' \
    unknown_among_good 'pipeline = "full"'
it 'Exim: 20 MB' big
it 'Exim: 20 MB by CHUNKING' chunked 'pipeline = "full"'
it 'Exim: TLS 1.2' tls12
queue_cases Exim 587 591 592
finish
