# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the scripts with real servers share: certificates, configurations of
# posthorn, the mailboxes, and Postfix with Dovecot's SASL.  Inside a root
# only; tap.sh first.
# shellcheck disable=SC2154

pki=/etc/e2e
boxes=/var/vmail
m=/tmp/letter
c=/tmp/posthorn.conf

# issue NAME USAGE SAN: a key and a certificate by our authority.
issue()
{
	printf '%s\n' "extendedKeyUsage=$2" "subjectAltName=$3" \
	    >$pki/ext
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$1" -keyout "$pki/$1.key" -out $pki/req
	openssl x509 -req -in $pki/req -CA $pki/ca.pem -CAkey $pki/ca.key \
	    -CAcreateserial -days 2 -extfile $pki/ext -out "$pki/$1.pem"
}

certificates()
{
	mkdir -p $pki
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=e2e authority" -days 2 -keyout $pki/ca.key \
	    -out $pki/ca.pem -addext keyUsage=critical,keyCertSign,cRLSign
	issue smtp serverAuth DNS:smtp.e2e.test
	issue alice clientAuth email:alice@e2e.test
	issue mallory clientAuth email:mallory@e2e.test
}

# conf FILE LINE...: a configuration with one account, these its settings.
conf()
{
	conf_file=$1
	shift
	{
		echo 'queue { directory = "none" }'
		echo 'account "e2e" {'
		echo '	host = "smtp.e2e.test"'
		echo "	tls-ca-file = \"$pki/ca.pem\""
		printf '\t%s\n' "$@"
		echo '}'
	} >"$conf_file"
	chgrp posthorn "$conf_file"
	chmod 0640 "$conf_file"
}

login='user = "robot@e2e.test"'
password="password = 'correct horse'"

# letter FILE SUBJECT: a message to send.
letter()
{
	cat >"$1" <<-X
	From: alice@client.e2e.test
	To: one@dest.test
	Subject: $2
	Date: Sun, 22 Nov 2026 01:22:04 +0000
	Message-ID: <$2@client.e2e.test>

	Body of $2.
	.
	..dots
	last
	X
}

# empty_boxes: forgets what arrived.
empty_boxes()
{
	rm -rf ${boxes:?}/*
}

# mail_in BOX: something is there.
mail_in()
{
	[ -n "$(find "$boxes/$1/new" -type f 2>/dev/null)" ]
}

# arrival BOX: the file of the one message there; waits for it.
arrival()
{
	within 10 mail_in "$1" || { echo "nothing in $1" >&2; return 1; }
	files=$(find "$boxes/$1/new" -type f)
	[ "$(echo "$files" | wc -l)" = 1 ] ||
	    { echo "too many in $1" >&2; return 1; }
	echo "$files"
}

nothing_in()
{
	for box; do
		! mail_in "$box" || { echo "mail in $box"; return 1; }
	done
}

# send RECIPIENT...: the letter, by posthorn with the configuration.
send()
{
	posthorn -C $c -i -f alice@client.e2e.test "$@" <$m
}

# account LINE...: with the usual login.
account()
{
	conf $c "$login" "$password" "$@"
}

# sent BOX...: the letter lies in each box as it was written.
sent()
{
	for box; do
		file=$(arrival "$box")
		python3 "$here/arrived.py" $m "$file"
	done
}

# bulk OCTETS: a letter of about that size.
bulk()
{
	letter $m bulk
	head -c $(($1 * 3 / 4)) /dev/urandom | base64 >>$m
}

postfix_main()
{
	cat >/etc/postfix/main.cf <<-X
	compatibility_level = 3.6
	myhostname = smtp.e2e.test
	mydomain = e2e.test
	mydestination =
	alias_maps =
	alias_database =
	inet_interfaces = loopback-only
	inet_protocols = ipv4
	maillog_file = $log
	in_flow_delay = 0
	message_size_limit = 52428800
	virtual_mailbox_limit = 0
	virtual_mailbox_domains = dest.test client.e2e.test
	virtual_mailbox_base = $boxes
	virtual_mailbox_maps = texthash:/etc/postfix/boxes
	virtual_uid_maps = static:907
	virtual_gid_maps = static:907
	virtual_minimum_uid = 900
	# What arrives is what was sent: no repairs by the server.
	local_header_rewrite_clients =
	message_drop_headers =
	smtpd_tls_security_level = encrypt
	smtpd_tls_cert_file = $pki/smtp.pem
	smtpd_tls_key_file = $pki/smtp.key
	smtpd_tls_received_header = yes
	smtpd_tls_loglevel = 1
	smtpd_sasl_auth_enable = yes
	smtpd_sasl_type = dovecot
	smtpd_sasl_path = private/auth
	smtpd_sasl_authenticated_header = yes
	smtpd_relay_restrictions = permit_sasl_authenticated, reject
	smtpd_recipient_restrictions = permit_sasl_authenticated, reject
	X
	for box in one two three; do
		echo "$box@dest.test $box/"
	done >>/etc/postfix/boxes
}

postfix_master()
{
	cat >/etc/postfix/master.cf <<-X
	587 inet n - n - - smtpd
	465 inet n - n - - smtpd
	  -o smtpd_tls_wrappermode=yes
	588 inet n - n - - smtpd
	  -o smtpd_tls_mandatory_protocols=TLSv1.2
	589 inet n - n - - smtpd
	  -o smtpd_discard_ehlo_keywords=chunking,pipelining
	  -o smtpd_recipient_limit=60
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	error unix - - n - - error
	retry unix - - n - - error
	proxymap unix - - n - - proxymap
	anvil unix - - n - 1 anvil
	virtual unix - n n - - virtual
	postlog unix-dgram n - n - 1 postlogd
	X
}

# A token is a JWT that Dovecot checks with the key it has on file.
dovecot_conf()
{
	mkdir -p /etc/dovecot/keys/default/HS256
	printf %s 'a key of thirty-two octets, here' | base64 \
	    >/etc/dovecot/keys/default/HS256/default
	cat >/etc/dovecot/oauth2.conf <<-X
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
	username_attribute = sub
	X
	cat >/etc/dovecot/users <<-X
	robot@e2e.test:{PLAIN}correct horse
	jürgen@e2e.test:{PLAIN}Bücher, "5" £
	X
	cat >/etc/dovecot/e2e.conf <<-X
	protocols =
	listen = 127.0.0.1
	ssl = no
	log_path = /var/log/dovecot.log
	auth_verbose = yes
	disable_plaintext_auth = no
	auth_username_chars =
	auth_failure_delay = 0
	auth_mechanisms = $*
	passdb {
	  driver = oauth2
	  mechanisms = oauthbearer xoauth2
	  args = /etc/dovecot/oauth2.conf
	}
	passdb {
	  driver = passwd-file
	  args = scheme=PLAIN username_format=%u /etc/dovecot/users
	}
	userdb {
	  driver = static
	  args = uid=907 gid=907 home=/var/vmail
	}
	service anvil {
	  unix_listener anvil-auth-penalty {
	    mode = 0
	  }
	}
	service auth {
	  unix_listener /var/spool/postfix/private/auth {
	    mode = 0666
	  }
	}
	X
}

# token SUBJECT SECONDS: a JWT good for so long.
token()
{
	now=$(date +%s)
	head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
	body=$(printf '{"sub":"%s","iat":%d,"exp":%d}' \
	    "$1" "$now" $((now + $2)) | base64url)
	mac=$(printf %s "$head.$body" | openssl dgst -sha256 -binary \
	    -hmac 'a key of thirty-two octets, here' | base64url)
	echo "$head.$body.$mac"
}

base64url()
{
	base64 -w0 | tr '+/' '-_' | tr -d =
}

# postfix_up MECHANISM...: Postfix on 587 (STARTTLS), 465 (implicit TLS),
# 588 (STARTTLS, TLS 1.2), 589 (no CHUNKING, no PIPELINING, 60 recipients),
# all with a login.  Boxes beyond one, two and three are in
# /etc/postfix/boxes before.
postfix_up()
{
	certificates
	postfix_main
	postfix_master
	dovecot_conf "$@"
	echo /usr/lib/postfix >/etc/ld.so.conf.d/postfix.conf
	ldconfig
	install -d -o postfix -g postfix /var/lib/postfix
	postfix start
	dovecot -c /etc/dovecot/e2e.conf
	within 10 test -S /var/spool/postfix/private/auth
	within 10 listens 587
}

# last_login: mechanism and login of the last session that sent mail.
last_login()
{
	sed -n 's/.*sasl_method=\([^,]*\), sasl_username=\(.*\)/\1 \2/p' \
	    "$log" | tail -n 1
}
