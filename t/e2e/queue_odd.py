# SPDX-License-Identifier: ISC
"""Cases: odd surroundings, and messages that are half done."""
import os
import random
import shutil
import signal
import stat
import subprocess
import time

import cases
from cases import RCPT, SENDER, SMALL, check, same
from queue_rig import Queue, case, free_port, once, talks, wait_for

NOBODY = "nobody@example.test"
WHO = 'on RCPT match "nobody"\n\treply 550 5.1.1 who is that\n'
ANN, BOB = "ann@example.test", "bob@example.test"


# ---- Half done -------------------------------------------------------------

def halves(c, event, patience="1s"):
    """A server that takes the first of two, and then its time."""
    house = c.server(script="on %s 2 conn 1\n\tdelay 2500\n\tdefault\n" %
                     event)
    return house, Queue(c, "patience = " + patience, runner="external", test=[
        'host = "127.0.0.1"', "port = %d" % house.port,
        "max-recipients = 1"])


def rest_only(q, house):
    """What the first one has, it does not get again."""
    found = q.one("active")
    same([(r["address"], r["state"]) for r in found["recipients"]],
         [(ANN, "delivered"), (BOB, "waiting")])
    same(found["doubtful"], False, "in doubt")
    q.run("-qf").exits(0)
    q.nothing()
    same([x.rcpt for x in house.letters()], [["<%s>" % ANN],
                                             ["<%s>" % BOB]])


@case("one of two has it when patience ends, and the child is killed")
def half_patience(c):
    house, q = halves(c, "MAIL")
    q.send("one", to=[ANN, BOB]).exits(0).says("queued as")
    (child,) = q.others()
    os.kill(child, signal.SIGKILL)
    q.alone()
    rest_only(q, house)


@case("one of two has it at SIGTERM")
def half_signal(c):
    house, q = halves(c, "MAIL", "1m")
    p = subprocess.Popen(c.argv("-i", ANN, BOB), env=c.environment(None),
                         stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(SMALL)
    p.stdin.close()
    p.stdin = None
    time.sleep(0.8)
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=5)
    same(p.returncode, 0, "exit")
    rest_only(q, house)


@case("the second of two is in doubt: the first does not get it again")
def half_doubt(c):
    house, q = halves(c, "MESSAGE")
    q.send("one", to=[ANN, BOB]).exits(0)
    (child,) = q.others()
    os.kill(child, signal.SIGKILL)
    q.alone()
    check(q.one("active")["doubtful"], "not in doubt")
    q.run("-qf").exits(0)
    q.nothing()
    same([x.rcpt for x in house.letters()].count(["<%s>" % ANN]), 1,
         "times for the first")


@case("some refused before patience ends: a bounce, from the child")
def refused_and_slow(c):
    house = c.server(script=WHO + "on MESSAGE conn 1\n\tdelay 2000\n"
                     "\tdefault\n")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("one", to=[ANN, NOBODY]).exits(0)
    q.arrives()
    q.alone(5)
    q.nothing()
    same(sorted((x.path(), x.rcpt) for x in house.letters()),
         sorted([("<>", ["<%s>" % SENDER]),
                 ("<%s>" % SENDER, ["<%s>" % ANN])]))


for _mode in ("-odb", "-odq"):
    @case("%s, refused for good: 0, and a bounce" % _mode)
    def _(c, mode=_mode):
        house = c.server(script=WHO)
        q = Queue(c, "min-retry = 1s", test=house)
        q.send("one", mode, to=[NOBODY]).exits(0).silent()
        q.arrives()
        q.alone(5)
        q.nothing()
        bounce = house.letter()
        same((bounce.path(), bounce.rcpt), ("<>", ["<%s>" % SENDER]))

    @case("%s, null sender, refused for good: kept in failed/" % _mode)
    def _(c, mode=_mode):
        house = c.server(script=WHO)
        q = Queue(c, "min-retry = 1s", test=house)
        q.send("one", mode, to=[NOBODY], f="<>").exits(0).silent()
        q.arrives()
        q.alone(5)
        same(q.counts(), (0, 0, 1), "queued, held, failed")


@case("queued and sent at once: the same octets")
def octets(c):
    house = c.server()
    q = Queue(c, test=house, runner="external")
    dice = random.Random(1)
    body = b"".join(dice.choice((b".", b"..\n", b"\r\n", b"From x\n", b"\r",
                                 b"\0", b"\xe4", b"long " * 9, b"\n"))
                    for _ in range(60000))
    message = (b"Message-ID: <1@x.test>\nDate: Sun, 22 Nov 2026 01:02:03 "
               b"+0000\nSubject: x\n\n" + body)
    for mode in ("-odi", "-odq", "-odb"):
        c.send(message, mode, RCPT).exits(0)
        if mode == "-odq":
            q.run("-q").exits(0)
        q.arrives()
    now, *others = house.letters()
    same(len(others), 2, "other letters")
    for other in others:
        check(other.body == now.body, "another body")
        same([x for x in other.head.split(b"\r\n") if b"with local" not in x
              and b"id " not in x and b"; " not in x],
             [x for x in now.head.split(b"\r\n") if b"with local" not in x
              and b"id " not in x and b"; " not in x], "head")


# ---- Callers ---------------------------------------------------------------

def callers_at_once(c, *args):
    """Ten of them; the subjects of their messages."""
    wanted = ["m%d" % i for i in range(10)]
    callers = []
    for subject in wanted:
        p = subprocess.Popen(c.argv("-i", *args, RCPT),
                             env=c.environment(None), stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        p.stdin.write(b"Subject: %s\n\nx\n" % subject.encode())
        callers.append(p)
    for p in callers:
        p.stdin.close()
        p.stdin = None
    for p in callers:
        err = p.communicate(timeout=20)[1]
        same(p.returncode, 0, "exit (%r)" % err)
    return wanted


@case("ten callers at once make the queue's folder")
def make_folder(c):
    for n in range(12):
        q = Queue(c, test=free_port(), runner="external",
                  folder="above%d/queue" % n)
        callers_at_once(c, "-odq")
        same(q.counts(), (10, 0, 0), "queued, held, failed")


@case("ten callers at once while the host is away: one runner, all delivered")
def at_once(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    wanted = callers_at_once(c)
    wait_for(lambda: len(q.runners()) == 1)
    house = c.server("--port", str(port))
    q.arrives()
    q.alone(5)
    once(q, house, *wanted)


@case("the caller's whole process group is killed: the runner goes on")
def group(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    p = subprocess.Popen(
        ["sh", "-c", '"$@"; echo; sleep 20', "sh", *c.argv("-i", RCPT)],
        env=c.environment(None), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True)
    p.stdin.write(b"Subject: one\n\nx\n")
    p.stdin.close()
    p.stdout.readline()
    wait_for(q.runners)
    os.killpg(p.pid, signal.SIGKILL)
    p.wait()
    p.stdout.close()
    house = c.server("--port", str(port))
    q.arrives()
    q.alone(5)
    once(q, house, "one")


for _how, _closed in (("1 and 2 closed", ">&- 2>&-"),
                      ("2 on a full device", "2>/dev/full")):
    @case("queued with descriptor " + _how)
    def _(c, closed=_closed):
        port = free_port()
        q = Queue(c, "min-retry = 1s", test=port)
        c.shell('"$@" ' + closed, "-i", RCPT,
                message=b"Subject: one\n\nHello.\n").exits(0)
        house = c.server("--port", str(port))
        q.arrives()
        same(house.letter().body, b"Hello.\r\n", "body")


@case("queued while nobody reads what is said: no SIGPIPE")
def broken_pipe(c):
    q = Queue(c, test=free_port(), runner="external")
    reading, writing = os.pipe()
    os.close(reading)
    p = subprocess.Popen(c.argv("-i", RCPT), env=c.environment(None),
                         stdin=subprocess.PIPE, stderr=writing)
    os.close(writing)
    p.communicate(SMALL, timeout=10)
    same(p.returncode, 0, "exit")
    same(q.counts(), (1, 0, 0), "queued, held, failed")


@case("any umask: the file is its owner's alone, and can be read again")
def umask(c):
    port = free_port()
    q = Queue(c, test=port, runner="external")
    for mask in ("000", "777", "022"):
        c.shell("umask %s; \"$@\"" % mask, "-i", RCPT,
                message=SMALL).exits(0)
    same([stat.S_IMODE(os.stat(q.folder + "/" + x).st_mode)
          for x in q.names()], [0o600] * 3, "modes")
    house = c.server("--port", str(port))
    q.run("-qf").exits(0)
    same(len(house.letters()), 3, "messages")


@case("a caller that takes its time is no matter of patience")
def slow_caller(c):
    house = c.server()
    q = Queue(c, "patience = 1s", test=house)
    c.shell('{ echo "Subject: one"; sleep 1.6; echo; } | "$@"', "-i",
            RCPT).exits(0).silent()
    q.nothing()
    once(q, house, "one")


# ---- Programs and configurations -------------------------------------------

@case("a relative -C: the runner finds it all the same")
def relative(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    c.call(c.argv("-C", "posthorn.conf", "-i", RCPT, conf=False),
           b"Subject: one\n\nx\n", cwd=c.folder).exits(0)
    house = c.server("--port", str(port))
    q.arrives()
    once(q, house, "one")


@case("a configuration that is a link, by now to another file")
def linked(c):
    house = c.server()
    q = Queue(c, test=free_port(), runner="external")
    os.rename(c.conf_path, c.path("first"))
    os.symlink("first", c.conf_path)
    q.send("one").exits(0)
    q.accounts["test"] = house
    q.write("second")
    os.symlink("second", c.path("link"))
    os.rename(c.path("link"), c.conf_path)
    q.run("-qf").exits(0)
    q.nothing()
    once(q, house, "one")


def own_program(c):
    """A program of the case's own."""
    path = c.path("posthorn")
    subprocess.run(["cp", cases.POSTHORN, path], check=True)
    return path


@case("the program is replaced by another: the runner goes on")
def upgraded(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    path = own_program(c)
    c.call([path, "-C", c.conf_path, "-i", RCPT],
           b"Subject: one\n\nx\n").exits(0)
    (runner,) = wait_for(q.runners)
    subprocess.run(["cp", path, path + ".new"], check=True)
    os.rename(path + ".new", path)
    time.sleep(1.5)
    check(runner in q.runners(), "it is gone")
    house = c.server("--port", str(port))
    q.arrives()
    q.alone(5)
    once(q, house, "one")


@case("the folder of the queue is away for a while: what was in it comes")
def moved(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port, runner="external")
    q.send("one").exits(0)
    os.rename(q.folder, q.folder + ".away")
    q.send("two").exits(0)
    shutil.rmtree(q.folder)
    os.rename(q.folder + ".away", q.folder)
    house = c.server("--port", str(port))
    q.run("-qf").exits(0)
    once(q, house, "one")


@case("two hosts, the first away: delivered at once, nothing queued")
def two_hosts(c):
    house = c.server()
    q = Queue(c, runner="external", test=[
        'host = { "127.0.0.1:%d", "127.0.0.1:%d" }' % (
            free_port(), house.port)])
    q.send("one").exits(0).silent()
    q.nothing()
    once(q, house, "one")


@case("two hosts, the first refuses everything: the second is asked")
def second_host(c):
    house, other = c.server(), c.server(
        script="on GREETING\n\treply 554 5.3.2 closed\n\tclose\n")
    q = Queue(c, runner="external", test=[
        'host = { "127.0.0.1:%d", "127.0.0.1:%d" }' % (
            other.port, house.port)])
    q.send("one").exits(0).silent()
    q.nothing()
    once(q, house, "one")
    same(len(talks(house)), 1, "connections")
