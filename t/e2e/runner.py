# SPDX-License-Identifier: ISC
"""The queue, run: sessions, hosts, accounts, and which messages."""
import os
import signal
import sys
import time

import cases
import runner_far	# pylint: disable=unused-import
import runner_stays	# pylint: disable=unused-import
import runner_stops	# pylint: disable=unused-import
import runner_trouble	# pylint: disable=unused-import
from cases import case, check, same
from runner_rig import (Queue, exactly, free_port, sessions, subjects,
                        wait_for, workers)


# ---- Sessions --------------------------------------------------------------

@case("fifty messages in at most four connections")
def fifty(c):
    house = c.server()
    q = Queue(c, test=house)
    q.enter(50)
    q.run().exits(0).silent()
    same(q.left(), [], "left")
    check(len(sessions(house)) <= 4, len(sessions(house)), "connections")
    exactly(q, house)


@case("eight messages in one connection")
def eight(c):
    house = c.server()
    q = Queue(c, test=house)
    q.enter(8)
    q.run().exits(0)
    same(len(sessions(house)), 1, "connections")
    exactly(q, house)


@case("nothing queued, or no queue")
def nothing(c):
    q = Queue(c, test=free_port())
    q.run().exits(0).silent()
    q.run("-qf").exits(0).silent()
    c.conf('queue { directory = "none" }\n' + c.account(
        house=c.server(), name="test"))
    q.run().exits(0)


@case("MAILMAX=5: as many connections as it takes")
def mailmax(c):
    house = c.server(script="offer LIMITS MAILMAX=5\n")
    q = Queue(c, "connections = 1", test=house)
    q.enter(12)
    q.run().exits(0)
    same(q.left(), [], "left")
    same([len(x["messages"]) for x in sessions(house)], [5, 5, 2],
         "messages a connection")
    exactly(q, house)


@case("421 in the middle of a session")
def shutdown(c):
    house = c.server(script="on MAIL 4 conn 1\n\treply 421 4.3.2 enough\n"
                            "\tclose\n")
    q = Queue(c, "connections = 1", test=house)
    q.enter(9)
    q.run().exits(0)
    same(q.left(), [], "left")
    same(q.outcomes(), {"delivered": 9}, "attempts")
    same(len(sessions(house)), 2, "connections")
    exactly(q, house)


@case("a third session refused: two are enough")
def crowded(c):
    house = c.server(script="on CONNECT\n\tdelay 10\non GREETING conn 3\n"
                            "\treply 421 4.7.0 too many\n\tclose\n"
                            "on MESSAGE\n\tdelay 20\n\tdefault\n")
    q = Queue(c, test=house)
    q.enter(40)
    q.run().exits(0)
    same(q.left(), [], "left")
    same(q.outcomes(), {"delivered": 40}, "attempts")
    exactly(q, house)


@case("the message that cuts every session does not hold up the others")
def poison(c):
    house = c.server(script='on MAIL match "poison"\n\tcut\n')
    q = Queue(c, test=house)
    q.enter(3)
    q.enter(1, sender="poison@example.test")
    q.enter(12)
    poisoned = q.sent.pop(3)
    q.run().exits(0)
    same(len(q.left()), 1, "left")
    same(q.outcomes(), {"delivered": 15, "later": 1}, "attempts")
    exactly(q, house)
    check(poisoned not in subjects(house), "the poison came")


@case("a worker killed: its message waits, the others go")
def killed(c):
    house = c.server(script='on MAIL match "slow" conn 1\n\tdelay 15000\n'
                            "\tdefault\n")
    q = Queue(c, test=house)
    q.enter(1, sender="slow@example.test")
    q.enter(10)
    p = q.start()
    wait_for(lambda: workers(p.pid))
    time.sleep(0.5)
    os.kill(workers(p.pid)[0], signal.SIGKILL)
    same(p.wait(timeout=20), 0, "exit")
    same(len(q.left()), 1, "left")
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


# ---- Accounts and hosts ----------------------------------------------------

@case("two accounts, one dead: the other is not delayed")
def two_accounts(c):
    alive, dead = c.server(), c.server(
        script="on CONNECT\n\tstall 6000\n\tcut\n")
    q = Queue(c, alive=alive, dead=dead)
    q.enter(5, sender="joe@dead.test")
    q.enter(5, sender="joe@alive.test")
    start = time.monotonic()
    p = q.start()
    wait_for(lambda: len(q.left()) == 5, 5)
    check(time.monotonic() - start < 4, "it took", time.monotonic() - start)
    p.send_signal(signal.SIGTERM)
    p.wait(timeout=20)
    same(len(alive.letters()), 5, "messages")


@case("nobody listens: 75, one attempt, then nothing until its time")
def down(c):
    port = free_port()
    q = Queue(c, "min-retry = 2s", test=port)
    q.enter(5)
    q.run().exits(75).says("no session")
    same(q.outcomes(), {"later": 1}, "attempts")
    q.run().exits(0).silent()
    same(q.outcomes(), {"later": 1}, "attempts")
    q.run("-qf").exits(75)
    same(q.outcomes(), {"later": 2}, "attempts")
    time.sleep(2.2)
    q.run().exits(75)
    same(q.outcomes(), {"later": 3}, "attempts")
    same(len(q.left()), 5, "left")
    house = c.server("--port", str(port))
    time.sleep(2.2)
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


@case("a host that refuses at its greeting is asked by one")
def greeting(c):
    house = c.server(script="on GREETING\n\treply 554 go away\n\tclose\n")
    q = Queue(c, test=house)
    q.enter(12)
    q.run().exits(75)
    same(len(house.stop()), 1, "connections")
    same(len(q.left()), 12, "left")


@case("the first of two hosts is dead: the second has it all")
def second_host(c):
    house = c.server()
    q = Queue(c, test=['host = { "127.0.0.1:%d", "127.0.0.1:%d" }' %
                       (free_port(), house.port)])
    q.enter(6)
    q.run().exits(0)
    same(q.left(), [], "left")
    same(q.outcomes(), {"delivered": 6}, "attempts")
    exactly(q, house)


@case("greylisted, then accepted")
def greylist(c):
    house = c.server(script="on RCPT conn 1\n\treply 451 4.7.1 greylisted\n")
    q = Queue(c, "min-retry = 1s", "max-retry = 1s", "connections = 1",
              test=house)
    q.enter(5)
    q.run().exits(0)
    same(len(q.left()), 5, "left")
    time.sleep(1.2)
    q.run().exits(0)
    same(q.left(), [], "left")
    exactly(q, house)


@case("a login refused, then set right")
def login(c):
    house = c.server(mode="starttls", user="robot", password="right",
                     auth="PLAIN")
    lines = ['host = "127.0.0.1"', "port = %d" % house.port,
             'tls = "starttls"', 'tls-ca-file = "%s/ca.pem"' % c.pki,
             'user = "robot"']
    q = Queue(c, test=lines + ["password = 'wrong'"])
    q.enter(5)
    q.run().exits(75)
    same(len(q.left()), 5, "left")
    same(q.outcomes(), {"later": 1}, "attempts")
    q.run().exits(0)
    same(q.outcomes(), {"later": 1}, "attempts")
    q.accounts["test"] = lines + ["password = 'right'"]
    q.write()
    q.run("-qf").exits(0)
    same(q.left(), [], "left")
    exactly(q, house)
    c.secret("right")


@case("refused for good: a bounce is queued, and goes with the next run")
def refused(c):
    house = c.server(script='on RCPT match "nobody"\n'
                            "\treply 550 5.1.1 who\n")
    q = Queue(c, test=house)
    q.enter(2)
    q.enter(1, to="nobody@example.test")
    q.run().exits(0)
    same(len(q.left()), 1, "left")
    q.run().exits(0)
    same(q.left(), [], "left")
    letters = house.letters()
    same(len(letters), 3, "letters")
    same([x.path() for x in letters].count("<>"), 1, "bounces")


@case("an account that is gone")
def gone(c):
    house = c.server()
    q = Queue(c, other=free_port(), test=house)
    q.enter(1, sender="joe@other.test")
    q.enter(2, sender="joe@test.test")
    del q.accounts["other"]
    q.write()
    q.run().exits(0)
    same(len(q.left()), 1, "left")
    same(len(house.letters()), 2, "messages")
    check("account other is not in" in c.log(), c.log())


# ---- Which messages --------------------------------------------------------

@case("selectors: by id, recipient, sender, and their opposites")
def selectors(c):
    house = c.server()
    q = Queue(c, test=house)
    q.enter(1)
    first = q.left()[0]
    q.enter(2, to="ann@example.test")
    q.enter(2, sender="bob@example.test")
    q.run("-qRnobody").exits(0)
    same(len(q.left()), 5, "left")
    q.run("-qI" + first).exits(0)
    check(first not in q.left() and len(q.left()) == 4, q.left())
    q.run("-qRann@").exits(0)
    same(len(q.left()), 2, "left")
    q.run("-q!Sbob").exits(0)
    same(len(q.left()), 2, "left")
    q.run("-qSbob").exits(0)
    same(len(q.left()), 0, "left")
    exactly(q, house)


@case("held by -Q, sent by -qff")
def held(c):
    house = c.server()
    q = Queue(c, test=house)
    q.enter(2)
    q.enter(1, sender="bob@example.test")
    q.run("-Qreason", "-qSbob").exits(0)
    same((len(q.left()), len(q.left("hold"))), (2, 1), "queued, held")
    q.run("-qf").exits(0)
    same((len(q.left()), len(q.left("hold"))), (0, 1), "queued, held")
    q.run("-qff").exits(0)
    same((len(q.left()), len(q.left("hold"))), (0, 0), "queued, held")
    exactly(q, house)


@case("another configuration's messages are left alone")
def another(c):
    house = c.server()
    q = Queue(c, test=house)
    q.enter(2)
    os.rename(c.path("posthorn.conf"), c.path("other.conf"))
    c.call(c.argv("-C", c.path("other.conf"), "-qf", conf=False)).exits(0)
    same(len(q.left()), 2, "left")
    same(len(house.letters()), 0, "messages")


if __name__ == "__main__":
    sys.exit(cases.main("runner", sys.argv[1:]))
