# SPDX-License-Identifier: ISC
"""The queue, run where something is short, broken, or not due."""
import os
import pty
import re
import signal
import subprocess
import time

import cases
from cases import case, check, same
from queue_rig import namespace
from runner_rig import Queue, exactly, free_port, wait_for


# ---- Few descriptors -------------------------------------------------------

def limited(q, files, *args):
    """A run with so few open files, and nothing but the first three."""
    return q.c.call(["sh", "-c", 'ulimit -n %d && exec "$@"' % files, "sh",
                     *q.c.argv(*(args or ("-q",)))], limit=20)


for _files in (16, 20, 24, 32, 48, 64):
    @case("%d open files: fewer sessions, and all mail" % _files)
    def few_files(c, files=_files):
        houses = [c.server(script="on MESSAGE\n\tdelay 20\n\tdefault\n")
                  for _ in range(4)]
        q = Queue(c, "connections = 10", **{
            "a%d" % i: house for i, house in enumerate(houses)})
        for i in range(4):
            q.enter(12, sender="joe@a%d.test" % i)
        limited(q, files).exits(0)
        same(q.left(), [], "left")
        same(q.outcomes(), {"delivered": 48}, "attempts")
        exactly(q, *houses)


@case("16 open files: the runner that stays, and its end")
def few_files_stays(c):
    house = c.server(script="on MESSAGE\n\tdelay 1000\n\tdefault\n")
    q = Queue(c, "connections = 1", test=house)
    q.enter(2)
    p = subprocess.Popen(
        ["sh", "-c", 'ulimit -n 16 && exec "$@"', "sh",
         *c.argv("--runner", "0s")], env=c.environment(None),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    with open("/proc/%d/stat" % p.pid, encoding="utf-8") as f:
        ticks = sum(int(x) for x in f.read().rpartition(")")[2].split()[11:13])
    p.send_signal(signal.SIGTERM)
    try:
        same(p.wait(timeout=10), 0, "exit")
    finally:
        p.kill()
    check(ticks < 0.3 * os.sysconf("SC_CLK_TCK"), ticks, "ticks of CPU")
    q.run().exits(0)
    exactly(q, house)


# ---- Forced ----------------------------------------------------------------

@case("-qf -q1h: each message is tried once a round")
def forced_once(c):
    house = c.server(script="on RCPT\n\tdelay 250\n"
                            "\treply 450 4.2.0 later\n")
    q = Queue(c, "min-retry = 1s", "connections = 1", test=house)
    q.enter(8)
    for _ in range(4):
        q.run("-qf").exits(0)
    p = q.start("-qf", "-q1h")
    wait_for(lambda: sum(q.outcomes().values()) >= 40)
    time.sleep(1.5)
    p.send_signal(signal.SIGTERM)
    same(p.wait(timeout=5), 0, "exit")
    same(q.outcomes(), {"later": 40}, "attempts")


# ---- What cannot be read or written ----------------------------------------

@case("a queue that is read-only: 75, and what it is")
def read_only(c):
    if not namespace():
        print("# no mount namespaces: not tried")
        return
    q = Queue(c, test=c.server())
    q.enter(3)
    for words in (("-q",), ("-qf",)):
        found = c.call([*namespace(), "sh", "-c",
                        'mount --bind "$0" "$0" && '
                        'mount -o remount,ro,bind "$0" && exec "$@"',
                        q.folder, *c.argv(*words)])
        found.exits(75).says("3 messages could not be read: ", "Read-only")
    check("Read-only" in c.log(), c.log())
    check(c.log().count("Read-only") <= 8, c.log())
    q.run("-qf").exits(0).silent()
    same(q.left(), [], "left")


# ---- Nothing is due --------------------------------------------------------

def on_terminal(c, *args):
    """What a run says to a terminal."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        c.argv(*args), env=c.environment(None), stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=theirs, timeout=20, check=False)
    os.write(theirs, b"\n")
    os.close(theirs)
    words = os.read(ours, 4096).decode().strip()
    os.close(ours)
    return done.returncode, words


@case("nothing is due: who looks on is told, and nobody else")
def idle(c):
    q = Queue(c, "min-retry = 1h", test=c.server(
        script="on RCPT\n\treply 450 4.2.0 later\n"))
    same(on_terminal(c, "-q"), (0, ""), "an empty queue")
    q.enter(1)
    q.run().exits(0).silent()
    q.run().exits(0).silent()
    status, words = on_terminal(c, "-q")
    same(status, 0, "exit")
    check(re.fullmatch(r"posthorn: 1 message waits, and is not due before "
                       r"\d\d:\d\d \(posthorn -qf tries it now\)", words),
          words)
    q.enter(1)
    same(on_terminal(c, "-q"), (0, ""), "one is due")
    q.run("-q", "-v").exits(0).says("2 messages wait, none is due before ",
                                    "(posthorn -qf tries them now)")
    q.run("-qf").exits(0).silent()
    dead = Queue(c, "min-retry = 1h", test=free_port())
    dead.run("-qf").exits(75)
    check("2 messages wait, none is due" in on_terminal(c, "-q")[1],
          "nothing said")


if __name__ == "__main__":
    import sys
    sys.exit(cases.main("runner", sys.argv[1:]))
