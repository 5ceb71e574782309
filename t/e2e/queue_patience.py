# SPDX-License-Identifier: ISC
"""Cases: servers that take their time, and callers that do not wait."""
import os
import signal
import socket
import time

from cases import RCPT, check, same
from queue_modes import detached
from queue_rig import Queue, case, once, wait_for

LATE = "on %s conn 1\n\tdelay 2300\n\tdefault\n"
STAGES = ("CONNECT", "GREETING", "EHLO", "MAIL", "RCPT", "DATA", "MESSAGE")


def waits_for_it(stage):
    @case("silence at %s: 0 when patience ends, a child goes on" % stage)
    def _(c):
        house = c.server(script=LATE % stage)
        q = Queue(c, "patience = 1s", test=house)
        call = q.send("one").exits(0).says("takes its time", "queued as")
        check(0.8 < call.seconds < 1.9, "it took", call.seconds)
        (name,) = q.names()
        call.says(name)
        same(q.runners(), [], "runners")
        # Busy: somebody holds its lock.
        check(q.one("active")["busy"], "nobody delivers it")
        same(q.one()["doubtful"], stage == "MESSAGE", "in doubt")
        q.arrives(5)
        q.alone(5)
        q.nothing()
        once(q, house, "one")
        same(len(house.stop()), 1, "connections")


for _stage in STAGES:
    waits_for_it(_stage)


@case("nothing of the caller's is held by the child that goes on")
def lets_go(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 1s", test=house)
    q.send("one").exits(0)
    (child,) = q.others()
    detached(child)
    q.arrives()
    once(q, house, "one")


@case("a connection that hangs: 0 when patience ends")
def hangs(c):
    # A full backlog: the kernel answers no more.
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(0)
        port = s.getsockname()[1]
        filling = []
        for _ in range(3):
            filling.append(socket.socket())
            filling[-1].setblocking(False)
            filling[-1].connect_ex(("127.0.0.1", port))
        q = Queue(c, "patience = 1s", "min-retry = 1s", test=port)
        call = q.send("one").exits(0).says("queued as")
        check(0.8 < call.seconds < 1.9, "it took", call.seconds)
        same(q.counts(), (1, 0, 0), "queued, held, failed")
        for other in filling:
            other.close()
    house = c.server("--port", str(port))
    q.arrives(12)
    q.alone(5)
    once(q, house, "one")


@case("patience = 0: as long as it takes")
def endless(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 0", test=house)
    call = q.send("one").exits(0).silent()
    check(call.seconds > 2.2, "it took", call.seconds)
    q.nothing()
    same(q.others(), {}, "processes")
    once(q, house, "one")


@case("without a queue patience has no end")
def no_queue(c):
    house = c.server(script=LATE % "MESSAGE")
    c.conf(c.account(house=house) +
           'queue { directory = "none" patience = 1s }\n')
    call = c.send(b"Subject: one\n\nx\n", RCPT).exits(0).silent()
    check(call.seconds > 2.2, "it took", call.seconds)
    same(len(house.letters()), 1, "messages")


@case("-oeq: nothing is said when patience ends")
def quiet(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 1s", test=house)
    q.send("one", "-oeq").exits(0).silent()
    q.arrives()
    once(q, house, "one")


@case("refused after patience: the sender gets a bounce, once")
def refused_later(c):
    house = c.server(script='on RCPT match "rcpt@"\n\tdelay 1800\n'
                     "\treply 550 5.1.1 who\n")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("one").exits(0)
    q.arrives()
    q.alone(6)
    q.nothing()
    (bounce,) = house.letters()
    same((bounce.path(), bounce.rcpt), ("<>", ["<sender@example.test>"]))


@case("refused for now after patience: a runner takes over")
def later_later(c):
    house = c.server(script="on RCPT conn 1\n\tdelay 1800\n"
                     "\treply 451 4.7.1 greylisted\n")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("one").exits(0)
    q.arrives()
    q.alone(6)
    once(q, house, "one")


@case("the child killed before the last answer: in doubt, tried again")
def killed(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 1s", test=house, runner="external")
    q.send("one").exits(0)
    (child,) = q.others()
    os.kill(child, signal.SIGKILL)
    q.alone()
    found = q.one("active")
    check(found["doubtful"] and not found["busy"], "it is", found)
    q.run("-qf").exits(0)
    q.nothing()
    letters = house.letters()
    check(letters, "it did not come")
    same({x.field("Subject") for x in letters}, {"one"}, "what came")
    same(len({x.field("Message-ID") for x in letters}), 1, "names of it")


@case("the child killed before the message went out: not in doubt")
def killed_early(c):
    house = c.server(script=LATE % "DATA")
    q = Queue(c, "patience = 1s", test=house, runner="external")
    q.send("one").exits(0)
    (child,) = q.others()
    os.kill(child, signal.SIGKILL)
    q.alone()
    same(q.one("active")["doubtful"], False, "in doubt")
    q.run("-qf").exits(0)
    q.nothing()
    once(q, house, "one")


@case("the child killed: the next call of any name starts a runner")
def killed_auto(c):
    house = c.server(script=LATE % "GREETING")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("one").exits(0)
    (child,) = q.others()
    os.kill(child, signal.SIGKILL)
    q.alone()
    q.run("-bpc").exits(0)
    q.arrives()
    q.alone(5)
    once(q, house, "one")


@case("SIGTERM to the child that goes on: a runner finds it")
def terminated(c):
    house = c.server(script=LATE % "GREETING")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("one").exits(0)
    (child,) = q.others()
    os.kill(child, signal.SIGTERM)
    q.alone(5)
    same(q.counts(), (1, 0, 0), "queued, held, failed")
    q.send("two").exits(0)
    q.arrives()
    once(q, house, "one", "two")


@case("a host that said nothing a moment ago: others wait a second for it")
def down(c):
    house = c.server(script="on GREETING\n\tdelay 8000\n\tdefault\n")
    q = Queue(c, "min-retry = 30s", runner="external", test=[
        'host = "127.0.0.1"', "port = %d" % house.port, "timeout = 1s"])
    q.send("one").exits(0)
    q.accounts["test"][2] = "timeout = 1m"
    q.write()
    call = q.send("two").exits(0).says("queued as")
    check(call.seconds < 2, "it took", call.seconds)
    same(q.counts(), (2, 0, 0), "queued, held, failed")


@case("two messages behind a slow one are not held up by it")
def beside(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 1s", "min-retry = 1s", test=house)
    q.send("slow").exits(0)
    for subject in ("two", "three"):
        call = q.send(subject).exits(0).silent()
        check(call.seconds < 1, "it took", call.seconds)
    q.arrives()
    q.alone(5)
    once(q, house, "slow", "two", "three")


@case("patience ends where the queue is full: the caller goes on waiting")
def full(c):
    house = c.server(script=LATE % "MESSAGE")
    q = Queue(c, "patience = 1s", "max-size = 1k", test=house)
    message = b"Subject: big\n\n" + b"x" * 70 * 30 + b"\n"
    call = c.send(message, RCPT).exits(0)
    check(call.seconds > 2.2 or q.counts() == (0, 0, 0), q.counts())
    wait_for(lambda: not q.others())
    q.nothing()
    once(q, house, "big")


