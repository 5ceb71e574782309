# SPDX-License-Identifier: ISC
"""Cases: the host away and back, what the queue costs, modes of delivery,
signals."""
import os
import re
import signal
import subprocess
import time

from cases import RCPT, Failed, check, same
from queue_rig import Queue, case, free_port, once, talks, wait_for

SIGNALS = ("TERM", "HUP", "INT", "ALRM")
SLOW = "on MESSAGE conn 1\n\tdelay 2500\n\tdefault\n"
SLOW_MAIL = "on MAIL conn 1\n\tdelay 2500\n\tdefault\n"


def detached(pid):
    """It holds nothing of its caller's, as far as we may look."""
    same(os.getsid(pid), pid, "its session")
    with open("/proc/%d/stat" % pid, encoding="ascii") as f:
        same(f.read().rpartition(")")[2].split()[4], "0", "its terminal")
    if os.getuid() != 0:
        return
    same(os.readlink("/proc/%d/cwd" % pid), "/", "its directory")
    found = {}
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            found[int(fd)] = os.readlink("/proc/%d/fd/%s" % (pid, fd))
        except OSError:
            pass
    same([found[n] for n in range(3)], ["/dev/null"] * 3, "its 0 to 2")
    check(not any(x.startswith(("pipe:", "/dev/pts", "/dev/tty"))
                  for x in found.values()), "it holds", found)


# ---- The host is away ------------------------------------------------------

@case("nobody listens: 0 at once, queued; delivered when it is back")
def down(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    call = q.send("one").exits(0).says("refused", "queued as")
    check(call.seconds < 1, "it took", call.seconds)
    (name,) = q.names()
    call.says(name)
    (runner,) = wait_for(q.runners)
    time.sleep(0.3)
    detached(runner)
    # Nothing else is done for it from here on.
    house = c.server("--port", str(port))
    start = time.monotonic()
    q.arrives()
    check(time.monotonic() - start < 2.2, "it took",
          time.monotonic() - start)
    q.alone(5)
    q.nothing()
    once(q, house, "one")
    same(len(talks(house)), 1, "connections")


@case("many callers while the host is away: one runner, all delivered")
def many_callers(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    wanted = ["m%d" % i for i in range(8)]
    for subject in wanted:
        q.send(subject).exits(0)
        same(len(wait_for(q.runners)), 1, "runners")
    house = c.server("--port", str(port))
    q.arrives()
    q.alone(5)
    once(q, house, *wanted)


@case("a runner that was killed: the next call of any name starts another")
def runner_killed(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    q.send("one").exits(0)
    for pid in wait_for(q.runners):
        os.kill(pid, signal.SIGKILL)
    q.alone()
    house = c.server("--port", str(port))
    same(len(q.run("-bp").exits(0).out.splitlines()), 1, "lines of mailq")
    q.arrives()
    q.alone(5)
    once(q, house, "one")


@case("an account without its secret: held, delivered when it is there")
def secret_missing(c):
    house = c.server(mode="starttls", user="robot", password="right",
                     auth="PLAIN")
    q = Queue(c, "min-retry = 1s", test=[
        'host = "127.0.0.1"', "port = %d" % house.port, 'tls = "starttls"',
        'tls-ca-file = "%s/ca.pem"' % c.pki, 'user = "robot"',
        'password-file = "%s"' % c.path("secret")], runner="external")
    q.send("one").exits(0).says("secret", "queued as")
    same(q.counts(), (1, 0, 0))
    c.file("secret", "right\n")
    q.run("-qf").exits(0)
    q.nothing()
    once(q, house, "one")


# ---- What it costs ---------------------------------------------------------

def traced(q, *args):
    """The system calls that matter of the caller's process, in their
    order."""
    trace = q.c.path("trace")
    q.c.call(["strace", "-qq", "-e", "signal=none", "-o", trace, "-e",
              "trace=fsync,fdatasync,sync_file_range,syncfs,sync,link,linkat,"
              "rename,renameat,renameat2", *q.c.argv("-i", *args, RCPT)],
             b"Subject: x\n\nHello.\n",
             env={"ASAN_OPTIONS": "detect_leaks=0"}).exits(0)
    with open(trace, encoding="ascii") as f:
        return re.findall(r"^(\w+)\(", f.read(), re.M)


@case("one file sync, one link, one directory sync")
def cost(c):
    q = Queue(c, test=free_port(), runner="external")
    q.send("first", "-odq").exits(0)
    for args in (["-odq"], ["-odb"], []):
        calls = traced(q, *args)
        # What the host's health is written by is no part of it.
        if args != ["-odq"]:
            calls = [x for x in calls if not x.startswith("rename")]
        same(calls, ["fsync", "linkat", "fsync"], "calls with %s" % args)
    same(q.counts(), (4, 0, 0), "queued, held, failed")


@case("delivered at once: no sync, no link, no name")
def cost_nothing(c):
    house = c.server()
    q = Queue(c, test=house, runner="external")
    q.send("first").exits(0)
    calls = traced(q)
    same([x for x in calls if not x.startswith("rename")], [], "calls")
    q.nothing()


# ---- Modes -----------------------------------------------------------------

@case("-odi delivers before it returns, whatever is configured")
def odi(c):
    house = c.server()
    q = Queue(c, 'deliver = "queued"', test=house, runner="external")
    q.send("one", "-odi").exits(0).silent()
    q.nothing()
    q.send("two", "-ODeliveryMode=interactive").exits(0).silent()
    q.nothing()
    once(q, house, "one", "two")


@case("-v delivers before it returns, whatever is configured")
def verbose(c):
    house = c.server()
    q = Queue(c, 'deliver = "background"', test=house, runner="external")
    q.send("one", "-v").exits(0).says("MAIL FROM:")
    q.nothing()
    once(q, house, "one")


def in_background(name, lines, args):
    @case("%s: 0 when it is queued, a child delivers" % name)
    def _(c):
        house = c.server(script=SLOW)
        q = Queue(c, *lines, test=house)
        # Stdout and stderr are read to their ends.
        call = q.send("one", *args).exits(0).silent()
        check(call.seconds < 1, "it took", call.seconds)
        same(len(q.names()), 1, "messages in the queue")
        for pid in wait_for(q.others):
            detached(pid)
        q.arrives()
        q.alone(5)
        once(q, house, "one")
        same(len(talks(house)), 1, "connections")


in_background("-odb", (), ["-odb"])
in_background("deliver = background", ('deliver = "background"',), [])


@case("-odb with the host away: a runner takes over from the child")
def background_down(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    q.send("one", "-odb").exits(0).silent()
    wait_for(q.runners)
    house = c.server("--port", str(port))
    q.arrives()
    q.alone(5)
    once(q, house, "one")


def only_queued(name, lines, args):
    @case("%s: queued, not tried; a runner does that" % name)
    def _(c):
        house = c.server()
        q = Queue(c, "min-retry = 1s", *lines, test=house)
        start = time.monotonic()
        q.send("one", *args).exits(0).silent()
        same(len(q.names()), 1, "messages in the queue")
        q.arrives()
        check(time.monotonic() - start > 0.5, "it was tried at once")
        q.alone(5)
        once(q, house, "one")


only_queued("-odq", (), ["-odq"])
only_queued("-odd", (), ["-odd"])
only_queued("deliver = queued", ('deliver = "queued"',), [])


@case("-odq with runner = external: it stays where it is")
def queued_external(c):
    house = c.server()
    q = Queue(c, "min-retry = 1s", test=house, runner="external")
    q.send("one", "-odq").exits(0).silent()
    time.sleep(1.5)
    same(q.counts(), (1, 0, 0), "queued, held, failed")
    same(q.others(), {}, "processes")
    same(house.stop(), [], "connections")


# ---- Signals ---------------------------------------------------------------

def start(c, *args):
    return subprocess.Popen(
        c.argv("-i", *args, RCPT), env=c.environment(None),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(p, status, seconds=5):
    try:
        out, err = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        raise Failed("still there") from None
    same(p.returncode, status, "exit (%r)" % err)
    same(out, b"", "stdout")
    return err.decode()


def give(p, text):
    p.stdin.write(text)
    p.stdin.flush()


def give_all(c, *args):
    """Started, and by now where the server takes its time."""
    p = start(c, *args)
    p.stdin.write(b"Subject: one\n\nHello.\n")
    p.stdin.close()
    p.stdin = None
    time.sleep(0.8)
    return p


for _name in SIGNALS:
    @case("SIG%s while stdin is read: 75, nothing is kept" % _name)
    def _(c, name=_name):
        house = c.server()
        q = Queue(c, test=house)
        p = start(c)
        give(p, b"Subject: half\n\nHel")
        time.sleep(0.5)
        p.send_signal(getattr(signal, "SIG" + name))
        ended(p, 75)
        q.nothing()
        same(house.stop(), [], "connections")

    @case("SIG%s before any input: 75, nothing is kept" % _name)
    def _(c, name=_name):
        q = Queue(c, test=free_port())
        p = start(c, "-odq")
        time.sleep(0.5)
        p.send_signal(getattr(signal, "SIG" + name))
        ended(p, 75)
        q.nothing()

    @case("SIG%s while it is delivered: 0, queued and delivered" % _name)
    def _(c, name=_name):
        house = c.server(script=SLOW_MAIL)
        q = Queue(c, "min-retry = 1s", test=house)
        p = give_all(c)
        p.send_signal(getattr(signal, "SIG" + name))
        before = time.monotonic()
        check("queued as" in ended(p, 0), "it does not say so")
        check(time.monotonic() - before < 1, "it took too long")
        q.arrives()
        q.alone(6)
        once(q, house, "one")

    @case("SIG%s while it is delivered, without a queue: 75" % _name)
    def _(c, name=_name):
        house = c.server(script=SLOW_MAIL)
        c.plain(house)
        p = give_all(c)
        p.send_signal(getattr(signal, "SIG" + name))
        ended(p, 75)
        same(house.letters(), [], "messages")


@case("SIGTERM before the last answer: 0, and a child waits for it")
def terminated_late(c):
    house = c.server(script=SLOW)
    q = Queue(c, test=house)
    p = give_all(c)
    p.send_signal(signal.SIGTERM)
    check("queued as" in ended(p, 0), "it does not say so")
    found = q.one("active")
    check(found["doubtful"] and found["busy"], "it is", found)
    q.arrives()
    q.alone(5)
    same(len(house.letters()), 1, "messages")
    same(len(house.stop()), 1, "connections")


@case("signals that the caller ignores or blocks end nothing sooner")
def ignored(c):
    house = c.server(script=SLOW)
    q = Queue(c, test=house, runner="external")
    c.shell('trap "" TERM HUP INT ALRM; "$@"', "-i", RCPT,
            message=b"Subject: one\n\nHello.\n").exits(0).silent()
    q.nothing()
    once(q, house, "one")
