#!/bin/sh
# SPDX-License-Identifier: ISC
# Installs what building, trying, testing or checking posthorn needs and is
# missing.
#
#	sh etc/deps.sh build|demo|test|lint|long ...
#
# On Debian and its relatives by apt-get; elsewhere it prints the names.  It
# never installs, replaces or removes a mail package, and starts no service.
set -eu

build='gcc make autoconf pkg-config libc6-dev libgnutls28-dev libconfuse-dev'
demo='libsasl2-dev libsasl2-modules libgsasl-dev'
test="$demo check python3 openssl ca-certificates util-linux mount iproute2
	strace swaks python3-prometheus-client python3-dkim"
lint='python3 clang clang-tidy libclang-rt-dev cppcheck shellcheck mandoc'
long="$test valgrind libc6-dbg clang libclang-rt-dev"

wanted=
for group in "$@"; do
	case $group in
	build)	wanted="$wanted $build" ;;
	demo)	wanted="$wanted $demo" ;;
	test)	wanted="$wanted $test" ;;
	lint)	wanted="$wanted $lint" ;;
	long)	wanted="$wanted $long" ;;
	*)	echo "deps.sh: no group \"$group\", but build, demo, test, lint" \
		    "and long" >&2
		exit 64 ;;
	esac
done

installed()
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
	    installed ]
}

if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps.sh: no apt-get here; these Debian packages, or what your" \
	    "system calls them, are needed:" >&2
	# shellcheck disable=SC2086
	echo $wanted >&2
	exit 0
fi

missing=
for package in $wanted; do
	case "$missing " in *" $package "*) continue ;; esac
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "deps.sh: missing:$missing" >&2
	echo "deps.sh: as root: apt-get install --no-install-recommends$missing" \
	    >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes
options='-qq -y --no-install-recommends --no-remove
	-o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300'
# An old package list finds nothing, or what is no longer there.
apt-get -qq update >/dev/null || true
# shellcheck disable=SC2086
plan=$(apt-get -s $options install $missing)
if echo "$plan" | grep -Eq \
    '^Inst (postfix|exim4|sendmail|msmtp-mta|nullmailer|ssmtp|dma|opensmtpd|courier-mta|citadel|esmtp)'; then
	echo "deps.sh: refusing: this would install a mail package" >&2
	exit 1
fi
echo "deps.sh: installing$missing" >&2
# shellcheck disable=SC2086
apt-get $options install $missing >/dev/null
