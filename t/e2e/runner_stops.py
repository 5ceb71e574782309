# SPDX-License-Identifier: ISC
"""The queue, run by several, and stopped."""
import glob
import os
import signal
import time

from cases import case, check, same
from runner_rig import Queue, exactly, free_port, wait_for, workers


@case("two runners at once: nothing comes twice")
def two(c):
    house = c.server(script="on MESSAGE\n\tdelay 5\n\tdefault\n")
    q = Queue(c, test=house)
    q.enter(60)
    runners = [q.start() for _ in range(2)]
    same([p.wait(timeout=30) for p in runners], [0, 0], "exits")
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


@case("SIGTERM: the messages under way are finished, no other is begun")
def terminated(c):
    house = c.server(script="on MESSAGE\n\tdelay 150\n\tdefault\n")
    q = Queue(c, "connections = 2", test=house)
    q.enter(40)
    p = q.start()
    time.sleep(1)
    p.send_signal(signal.SIGTERM)
    start = time.monotonic()
    same(p.wait(timeout=10), 0, "exit")
    check(time.monotonic() - start < 3, "it took", time.monotonic() - start)
    left = len(q.left())
    check(5 < left < 40, left, "left")
    q.run().exits(0)
    same(q.left(), [], "left")
    same(q.outcomes(), {"delivered": 40}, "attempts")
    exactly(q, house)


@case("the planner killed: its workers end, nothing is lost")
def planner_killed(c):
    house = c.server(script="on MESSAGE\n\tdelay 150\n\tdefault\n")
    q = Queue(c, "connections = 2", test=house)
    q.enter(30)
    p = q.start()
    time.sleep(1)
    children = workers(p.pid)
    check(children, "no workers")
    p.kill()
    p.wait()
    wait_for(lambda: not any(os.path.exists("/proc/%d" % x)
                             for x in children), 5)
    check(len(q.left()) > 5, len(q.left()), "left")
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


# ---- The whole process group is told, as a terminal does it ----------------

def told(q, *args):
    """A run in a group of its own."""
    return q.start(*(args or ("-q",)), start_new_session=True)


def waits(house):
    """A message is there, and has no answer."""
    wait_for(lambda: glob.glob(house.folder + "/msg-*"))
    time.sleep(0.3)


@case("Ctrl-C while the server thinks: the message comes once")
def interrupted(c):
    house = c.server(script="on MESSAGE\n\tdelay 1500\n\tdefault\n")
    q = Queue(c, "connections = 1", test=house)
    q.enter(3)
    p = told(q)
    waits(house)
    start = time.monotonic()
    os.killpg(p.pid, signal.SIGINT)
    same(p.wait(timeout=10), 0, "exit")
    check(time.monotonic() - start < 4, "it took", time.monotonic() - start)
    same(len(q.left()), 2, "left")
    q.run().exits(0)
    same(q.outcomes(), {"delivered": 3}, "attempts")
    exactly(q, house)


@case("every signal that stops, twice at once: the message comes once")
def twice_at_once(c):
    for sig in (signal.SIGTERM, signal.SIGHUP):
        house = c.server(script="on MESSAGE\n\tdelay 1500\n\tdefault\n")
        q = Queue(c, test=house)
        q.enter(1)
        p = told(q)
        waits(house)
        os.killpg(p.pid, sig)
        os.killpg(p.pid, sig)
        same(p.wait(timeout=10), 0, "exit")
        same(q.left(), [], "left")
        exactly(q, house)


@case("a second signal ends it at once")
def impatient(c):
    house = c.server(script="on MESSAGE conn 1\n\tdelay 20000\n"
                            "\tdefault\n")
    q = Queue(c, test=house)
    q.enter(1)
    p = told(q)
    waits(house)
    os.killpg(p.pid, signal.SIGINT)
    time.sleep(1)
    check(p.poll() is None, "the first one ended it")
    start = time.monotonic()
    os.killpg(p.pid, signal.SIGINT)
    same(p.wait(timeout=10), 0, "exit")
    check(time.monotonic() - start < 2, "it took", time.monotonic() - start)
    check("may arrive twice" in c.log(), c.log())
    same(len(q.left()), 1, "left")
    q.run().exits(0)
    same(q.left(), [], "left")


@case("stopped before there is a session: at once, and nothing is lost")
def unopened(c):
    house = c.server(script="on GREETING conn 1\n\tdelay 20000\n"
                            "\tdefault\n")
    q = Queue(c, test=house)
    q.enter(2)
    p = told(q)
    wait_for(lambda: workers(p.pid))
    time.sleep(0.3)
    start = time.monotonic()
    os.killpg(p.pid, signal.SIGTERM)
    same(p.wait(timeout=10), 0, "exit")
    check(time.monotonic() - start < 2, "it took", time.monotonic() - start)
    same(c.log().count("without a word"), 0, "complaints")
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


@case("the runner that stays and -q1s, told as a group: the message comes once")
def stays_told(c):
    for words in (("--runner", "0s"), ("-q1s",)):
        house = c.server(script="on MESSAGE\n\tdelay 1500\n\tdefault\n")
        q = Queue(c, test=house)
        q.enter(1)
        p = told(q, *words)
        waits(house)
        os.killpg(p.pid, signal.SIGTERM)
        same(p.wait(timeout=10), 0, "exit")
        same(q.left(), [], "left")
        exactly(q, house)
