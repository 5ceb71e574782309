#!/bin/sh
# SPDX-License-Identifier: ISC
# mailq on a queue of 100,000 messages, beside a program that only opens and
# reads 4 kB of each file: wall time (the best of five, taken in turns) and
# memory.  Fails when mailq takes more than twice as long, or more than 10 MiB
# and 32 octets a message.
#
#	[B=build] sh t/bench/mailq.sh [MESSAGES]
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${B:-build}
messages=${1:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

for name in fill readall; do
	# shellcheck disable=SC2046
	"${CC:-cc}" -std=c17 -O2 -D_GNU_SOURCE -DHAVE_CONFIG_H -Isrc -I. \
	    -o "$work/$name" "t/bench/$name.c" "$build/libposthorn.a" \
	    $(pkg-config --libs libconfuse gnutls)
done
"$work/fill" "$work/queue" "$messages"
cat >"$work/conf" <<-CONF
queue {
    directory = "$work/queue"
    runner = "external"
}
account "main" { host = "smtp.example.org" }
CONF
chmod 600 "$work/conf"

python3 -B - "$messages" "$work" "$build/posthorn" <<'PYTHON'
import os
import subprocess
import sys
import time

messages, work, posthorn = int(sys.argv[1]), sys.argv[2], sys.argv[3]
COMMANDS = {
    "readall": [work + "/readall", work + "/queue"],
    "mailq": [posthorn, "-C", work + "/conf", "-bp"],
    "mailq --json": [posthorn, "-C", work + "/conf", "-bp", "--json"],
    "--status": [posthorn, "-C", work + "/conf", "--status"],
}


def run(command):
    """Seconds, and the most memory it had in kB."""
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as p:
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode not in (0, 75):
        sys.exit("%s: exit %d" % (command, p.returncode))
    return time.monotonic() - begin, usage.ru_maxrss


times = {name: [] for name in COMMANDS}
memory = dict.fromkeys(COMMANDS, 0)
for _ in range(5):
    for name, command in COMMANDS.items():
        seconds, kb = run(command)
        times[name].append(seconds)
        memory[name] = max(memory[name], kb)
best = {name: min(t) for name, t in times.items()}
for name in COMMANDS:
    print("%-14s %6.3f s, %.2f times readall, %6d kB" % (
        name, best[name], best[name] / best["readall"], memory[name]))
limit = 10 * 1024 + 32 * messages // 1024
bad = best["mailq"] > 2 * best["readall"] or memory["mailq"] > limit
print("%s: %d messages, at most 2.00 times and %d kB" % (
    "too much" if bad else "ok", messages, limit))
sys.exit(bad)
PYTHON
