# SPDX-License-Identifier: ISC
"""Connections, seconds and flights of a queue that is flushed."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + "/e2e")

from runner_far import Line		# noqa: E402
from smarthost import POSTHORN, Server	# noqa: E402

TRIP = 0.05		# seconds there and back
SESSIONS = 4
BEGINNING = 4		# flights: greeting, EHLO, and what an end costs
LETTER = (b"From: joe@example.org\nTo: ann@example.org\nSubject: one of many"
          b"\n\n" + b"A line of sixty octets, as they are in many letters.\n"
          * 30)
# Flights a message that each way of pipelining may take, in a long session.
WANTED = {"safe": 1.1, "full": 1.0, "off": 4.1}
FAST = 2000		# messages a second that two processors should do
faults = []


def fault(true, *words):
    if true:
        faults.append(" ".join(str(x) for x in words))


def write_conf(work, port, pipeline):
    path = work + "/posthorn.conf"
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write('''domain = "client.example.org"
log { syslog = false file = "%s/log" }
queue { directory = "%s/queue" runner = "external" connections = %d }
account "test" { host = "127.0.0.1" port = %d tls = "off" pipeline = "%s" }
''' % (work, work, SESSIONS, port, pipeline))
    return path


def call(work, conf, *args, **more):
    subprocess.run([POSTHORN, "-C", conf, *args], check=True,
                   env={"PATH": "/usr/bin:/bin", "HOME": work}, **more)


def enter(work, conf, messages):
    """Seconds it takes, one after the other."""
    with open(work + "/letter", "wb") as f:
        f.write(LETTER)
    start = time.monotonic()
    for _ in range(messages):
        with open(work + "/letter", "rb") as f:
            call(work, conf, "-odq", "-f", "joe@example.org",
                 "ann@example.org", stdin=f)
    return time.monotonic() - start


def flush(work, conf, messages):
    """Seconds it takes."""
    start = time.monotonic()
    call(work, conf, "-qf", stdin=subprocess.DEVNULL, timeout=600)
    seconds = time.monotonic() - start
    left = [x for x in os.listdir(work + "/queue")
            if os.path.isfile(work + "/queue/" + x)]
    fault(left, len(left), "of", messages, "are left")
    return seconds


def keep(work):
    """The queue as it is, to be flushed again; or what was kept before."""
    kept = work + "/kept"
    if os.path.exists(kept):
        shutil.rmtree(work + "/queue")
        shutil.copytree(kept, work + "/queue")
    else:
        shutil.copytree(work + "/queue", kept)


def server(work, number):
    return Server("%s/server-%s" % (work, number), work, "--life", "600",
                  "--no-log", "--mode", "plain")


def far(work, messages):
    conf = write_conf(work, 9, "safe")
    enter(work, conf, messages)
    print("%d messages over %d ms" % (messages, TRIP * 1000))
    print("pipeline  connections  seconds  flights a message")
    for pipeline, wanted in WANTED.items():
        keep(work)
        house = server(work, pipeline)
        line = Line(house.port, TRIP * 1000)
        conf = write_conf(work, line.here, pipeline)
        seconds = flush(work, conf, messages)
        line.ended = True
        found = [x for x in house.stop() if x["commands"]]
        came = sum(len(x["messages"]) for x in found)
        flights = sum(x["flights"] for x in found)
        print("%-8s  %11d  %7.1f  %17.2f" % (
            pipeline, len(found), seconds, flights / messages), flush=True)
        fault(came != messages, came, "came, not", messages)
        fault(len(found) > SESSIONS, pipeline, "takes", len(found),
              "connections")
        limit = wanted * messages + BEGINNING * SESSIONS
        fault(flights > limit, pipeline, "takes", flights, "flights, not",
              limit)
        limit = limit * TRIP / SESSIONS
        fault(seconds > 1.5 * limit + 1, pipeline, "takes", seconds, "s, not",
              limit)


def near(work, messages):
    house = server(work, "near")
    conf = write_conf(work, house.port, "safe")
    entering = enter(work, conf, messages)
    seconds = flush(work, conf, messages)
    found = [x for x in house.stop() if x["commands"]]
    print("\n%d messages with no way between, of %d octets" % (
        messages, len(LETTER)))
    print("accepted  %6.0f a second, one after the other" % (
        messages / entering))
    print("flushed   %6.0f a second, %d connections, %.2f flights a message"
          % (messages / seconds, len(found),
             sum(x["flights"] for x in found) / messages))
    fault(messages / seconds < FAST, "slower than", FAST, "a second")


def main():
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    for what, messages in zip((far, near), sys.argv[1:]):
        work = tempfile.mkdtemp(prefix="flush.", dir=base)
        try:
            what(work, int(messages))
        finally:
            shutil.rmtree(work)
    for x in faults:
        print("too much: " + x)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
