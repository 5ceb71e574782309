#!/bin/sh
# SPDX-License-Identifier: ISC
# All checks that read the sources and objects instead of running them.
#
#	[B=build] [CI=true] sh t/lint/lint.sh [CHECK ...]
#
# B is the build folder whose objects are read.  A tool that is missing skips
# its check; with CI=true that is a failure.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
CC=${CC:-cc}
jobs=$(nproc 2>/dev/null || echo 1)
# shellcheck disable=SC2089 # the compiler wants to see these quotes
flags="-std=c17 -D_GNU_SOURCE -DHAVE_CONFIG_H -DSYSCONFDIR=\"/etc\"
    -DLOCALSTATEDIR=\"/var\" -DRUNSTATEDIR=\"/run\" -Isrc -I.
    $(pkg-config --cflags gnutls libconfuse 2>/dev/null)"
# shellcheck disable=SC2090
export PYTHONDONTWRITEBYTECODE=1 flags CC

# Scripts for sh, by name or by their first line.
scripts()
{
	find t etc .ci -type f ! -name '*.py' -size -100k -exec sh -c '
		for f; do
			case $f in
			*.sh) echo "$f" ;;
			*) head -n 1 "$f" | grep -aEq "^#!.*[/ ](ba|da)?sh" &&
			    echo "$f" ;;
			esac
		done' sh {} +
}

# Every header stands by itself.
check_headers()
{
	# shellcheck disable=SC2016 # for the inner shell
	find src -name '*.h' -print0 | xargs -0 -P "$jobs" -n 8 sh -c '
		bad=0
		for h; do
			$CC $flags -fsyntax-only -x c "$h" || bad=1
		done
		exit $bad' sh
}

check_floors()
{
	python3 t/lint/floors.py
}

check_sizes()
{
	python3 t/lint/sizes.py
}

check_objects()
{
	python3 t/lint/objects.py "$B"
}

check_words()
{
	python3 t/lint/words.py
}

# What it says of uninitialised variables the compilers, the analyzer below
# and valgrind know better.
check_cppcheck()
{
	# shellcheck disable=SC2086 # several words
	cppcheck -q -j "$jobs" --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability --std=c11 \
	    --suppress=missingIncludeSystem --suppress=uninitvar \
	    --suppress=legacyUninitvar --suppress=internalAstError \
	    -D_GNU_SOURCE -DHAVE_CONFIG_H '-DSYSCONFDIR="/etc"' \
	    '-DLOCALSTATEDIR="/var"' '-DRUNSTATEDIR="/run"' \
	    -Isrc -I. src t/unit t/fuzz 2>&1
}

check_tidy()
{
	# shellcheck disable=SC2016 # for the inner shell
	find src -name '*.c' -print0 | xargs -0 -P "$jobs" -n 4 sh -c '
		clang-tidy --quiet "$@" -- $flags 2>/dev/null' sh |
	    grep -E '(warning|error):'
	# grep finds something: that is the failure.
	[ $? -eq 1 ]
}

# SC2154 and SC2034 do not see through sourced files; sh -u does.
check_shell()
{
	scripts | xargs shellcheck -f gcc -S warning -e SC2154,SC2034
}

check_man()
{
	# Pages that only point to another one, and pages of other packages
	# (mandoc knows those of an indexed system only), are not its business.
	for page in man/*.[1-9]; do
		grep -q '^\.so ' "$page" || mandoc -T lint -W style "$page"
	done 2>&1 | grep -v -e 'referenced manual not found' \
	    -e 'outdated mandoc.db' >"$out.man"
	cat "$out.man"
	! [ -s "$out.man" ]
}

# name and the tool it needs
checks="floors:python3 sizes:python3 objects:python3 words:python3 headers:$CC
    shell:shellcheck man:mandoc cppcheck:cppcheck tidy:clang-tidy"

out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
done=0 failed='' skipped=''
for check in $checks; do
	name=${check%%:*} tool=${check#*:}
	[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
	if ! command -v "$tool" >/dev/null; then
		skipped="$skipped $name ($tool is missing)"
		continue
	fi
	done=$((done + 1))
	if "check_$name" >"$out" 2>&1; then
		sed "s/^/ok $name: /" "$out"
	else
		failed="$failed $name"
		echo "FAILED $name"
		sed 's/^/    /' "$out"
	fi
done
echo "lint: $done checks${failed:+, failed:$failed}${skipped:+, skipped:$skipped}"
[ -z "$failed" ] || exit 1
[ -z "$skipped" ] || [ "${CI:-}" != true ] || exit 1
exit 0
