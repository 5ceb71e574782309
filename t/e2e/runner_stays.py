# SPDX-License-Identifier: ISC
"""Runners that stay: at a pace, or until nothing is left."""
import os
import shutil
import signal
import time

import cases
from cases import DOMAIN, case, check, same
from runner_rig import Queue, exactly, free_port, wait_for


@case("-q1s: stays, and takes what comes")
def pace(c):
    house = c.server()
    q = Queue(c, test=house)
    p = q.start("-q1s")
    time.sleep(0.3)
    q.enter(2)
    wait_for(lambda: not q.left())
    q.enter(1)
    wait_for(lambda: not q.left())
    check(p.poll() is None, "it ended")
    p.send_signal(signal.SIGTERM)
    same(p.wait(timeout=5), 0, "exit")
    exactly(q, house)


@case("-q1s: a changed configuration is read, a broken one is not")
def pace_changed(c):
    house = c.server()
    q = Queue(c, "min-retry = 1s", test=free_port())
    q.enter(2)
    p = q.start("-q1s")
    time.sleep(0.5)
    c.conf("nonsense {")
    time.sleep(1.5)
    check(p.poll() is None, "it ended")
    q.accounts["test"] = house
    q.write()
    wait_for(lambda: not q.left())
    p.send_signal(signal.SIGTERM)
    same(p.wait(timeout=5), 0, "exit")
    exactly(q, house)


@case("the runner that stays: until nothing is left, one of them only")
def linger(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port)
    q.enter(3)
    p = q.start("--runner", "0s")
    time.sleep(0.7)
    other = q.start("--runner", "0s")
    same(other.wait(timeout=5), 0, "the second's exit")
    check(p.poll() is None, "it ended")
    house = c.server("--port", str(port))
    same(p.wait(timeout=10), 0, "exit")
    same(q.left(), [], "left")
    exactly(q, house)


@case("the runner that stays: begins anew with another configuration")
def linger_changed(c):
    house = c.server()
    q = Queue(c, "min-retry = 1s", test=free_port())
    q.enter(3)
    p = q.start("--runner", "0s")
    time.sleep(0.7)
    check(p.poll() is None, "it ended")
    q.accounts["test"] = house
    q.write()
    same(p.wait(timeout=10), 0, "exit")
    same(q.left(), [], "left")
    exactly(q, house)


@case("the runner that stays: what comes does not wait for a slow message")
def linger_slow(c):
    slow, fast = c.server(script="on MAIL\n\tdelay 6000\n\tdefault\n"), \
        c.server()
    q = Queue(c, "min-retry = 1s", slow=slow, fast=fast)
    q.enter(1, sender="joe@slow.test")
    p = q.start("--runner", "0s")
    time.sleep(1)
    q.enter(2, sender="joe@fast.test")
    wait_for(lambda: len(q.left()) == 1, 4)
    same(p.wait(timeout=10), 0, "exit")
    same(q.left(), [], "left")
    exactly(q, slow, fast)


@case("the runner that stays: reads little while nothing is due")
def linger_idle(c):
    q = Queue(c, "min-retry = 1s", "max-retry = 1h", test=c.server(
        script="on RCPT\n\treply 451 4.7.1 later\n"))
    q.enter(20)
    # After that many attempts the next one is more than ten seconds off.
    for _ in range(5):
        q.run("-qf").exits(0)
    p = q.start("--runner", "0s")
    time.sleep(2.5)
    with open("/proc/%d/io" % p.pid) as f:
        before = int(f.read().split()[1])
    time.sleep(1)
    with open("/proc/%d/io" % p.pid) as f:
        after = int(f.read().split()[1])
    p.send_signal(signal.SIGTERM)
    same(p.wait(timeout=5), 0, "exit")
    same(len(q.left()), 20, "left")
    check(after - before < 4096, after - before, "octets read")


# ---- The files it lives by -------------------------------------------------

KINDS = {"-q1s": ("-q1s",), "--runner": ("--runner", "0s")}


def complaints(c):
    return c.log().count("is not used:")


def survives(c, kind, harm, mend):
    """What is wrong for a while is said once, and then it goes on."""
    house = c.server()
    q = Queue(c, "min-retry = 1s", "max-retry = 1s", test=free_port())
    q.enter(2)
    p = q.start(*KINDS[kind])
    time.sleep(1.5)
    harm(q)
    time.sleep(2.5)
    check(p.poll() is None, "it ended: " + c.log())
    same(complaints(c), 1, "complaints")
    q.accounts["test"] = house
    mend(q)
    wait_for(lambda: not q.left())
    if kind == "-q1s":
        check(p.poll() is None, "it ended")
        p.send_signal(signal.SIGTERM)
    same(p.wait(timeout=5), 0, "exit")
    same(complaints(c), 1, "complaints")
    exactly(q, house)


def away(q):
    os.rename(q.c.conf_path, q.c.conf_path + ".away")


def back(q):
    os.rename(q.c.conf_path + ".away", q.c.conf_path)
    q.write()


def broken(q):
    with open(q.c.conf_path, encoding="utf-8") as f:
        q.c.file("posthorn.conf", f.read() + "\nnonsense = 1\n")


for _kind in KINDS:
    @case("%s: the configuration is away for a moment" % _kind)
    def gone_away(c, kind=_kind):
        survives(c, kind, away, back)

    @case("%s: the configuration is broken for a moment" % _kind)
    def is_broken(c, kind=_kind):
        survives(c, kind, broken, Queue.write)

    @case("%s: an included file is mended" % _kind)
    def included(c, kind=_kind):
        house = c.server()
        q = Queue(c, "min-retry = 1s", "max-retry = 1s")
        accounts = c.file("accounts.conf", c.account(
            'host = "127.0.0.1"', "port = %d" % free_port()))
        with open(c.conf_path, encoding="utf-8") as f:
            c.file("posthorn.conf", f.read() + '\ninclude("accounts.conf")')
        q.enter(2)
        p = q.start(*KINDS[kind])
        time.sleep(1.5)
        check(len(q.left()) == 2 and p.poll() is None, c.log())
        os.rename(accounts, accounts + ".away")
        time.sleep(1.5)
        same(complaints(c), 1, "complaints")
        c.file("accounts.conf", c.account(house=house))
        wait_for(lambda: not q.left())
        p.send_signal(signal.SIGTERM)
        p.wait(timeout=5)
        exactly(q, house)

    @case("%s: the program cannot be executed for a moment" % _kind)
    def program(c, kind=_kind):
        house = c.server()
        q = Queue(c, "min-retry = 1s", "max-retry = 1s", test=free_port())
        q.enter(2)
        path, whole = c.path("posthorn"), cases.POSTHORN
        shutil.copy(whole, path)
        p = q.start(*KINDS[kind], program=path)
        time.sleep(1.2)
        # It can be executed as far as anybody can tell, but for the attempt.
        os.unlink(path)
        c.file("posthorn", "not a program\n", 0o700)
        time.sleep(2.5)
        check(p.poll() is None, "it ended: " + c.log())
        os.unlink(path)
        time.sleep(1.5)
        check(p.poll() is None, "it ended: " + c.log())
        shutil.copy(whole, path + ".new")
        os.rename(path + ".new", path)
        q.accounts["test"] = house
        q.write()
        wait_for(lambda: not q.left())
        p.send_signal(signal.SIGTERM)
        p.wait(timeout=5)
        exactly(q, house)


@case("a configuration that cannot be used: 78, and why")
def unusable(c):
    c.conf("domain = \"%s\"\nnonsense = 1\n" % DOMAIN)
    for words in (("-q",), ("--runner", "0s"), ("-bp",)):
        c.call(c.argv(*words)).exits(78).says("nonsense")
