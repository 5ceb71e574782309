# SPDX-License-Identifier: ISC
"""The queue, run: sessions, hosts, accounts, signals, one runner or many."""
import collections
import glob
import heapq
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import cases
from cases import DOMAIN, RCPT, SENDER, Failed, case, check, same

MANY = int(os.environ.get("RUNNER_MANY", "300"))


class Queue:
    """A queue of a case's own, with accounts that name servers."""

    def __init__(self, c, *more, **accounts):
        self.c, self.more, self.accounts = c, more, accounts
        self.folder = c.path("queue")
        self.sent = []
        self.write()

    def write(self):
        """The configuration: account NAME: a house, a port, or lines."""
        text = ['domain = "%s"' % DOMAIN,
                'log { syslog = false file = "%s" }' % self.c.path("log"),
                'queue { directory = "%s" runner = "external" %s }' %
                (self.folder, " ".join(self.more))]
        for name, what in self.accounts.items():
            lines = ["match = \"*@%s.test\"" % name]
            if isinstance(what, (list, tuple)):
                lines += what
            else:
                lines += ['host = "127.0.0.1"', "port = %d" %
                          getattr(what, "port", what)]
            text.append(self.c.account(*lines, name=name))
        self.c.conf("\n".join(text))

    def enter(self, n, sender=SENDER, to=RCPT, body=b"x"):
        """Queues n messages, each with a subject of its own; the subjects."""
        found = []
        for i in range(n):
            subject = "m%d" % len(self.sent)
            self.sent.append(subject)
            found.append(subject)
            self.c.send(b"Subject: %s\n\n%s\n" % (subject.encode(), body),
                        "-odq", to, f=sender).exits(0)
        return found

    def left(self, folder=""):
        return sorted(os.path.basename(p) for p in glob.glob(
            "%s/%s/[0-9a-z]*" % (self.folder, folder))
            if os.path.isfile(p))

    def run(self, *args, **more):
        return self.c.call(self.c.argv(*(args or ("-q",))), **more)

    def start(self, *args):
        return subprocess.Popen(
            self.c.argv(*(args or ("-q",))), env=self.c.environment(None),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def outcomes(self):
        """What the log says, one a message and attempt."""
        found = [dict(word.split("=", 1) for word in line.split(" ")
                      if "=" in word)
                 for line in self.c.log().splitlines() if "outcome=" in line]
        return collections.Counter(
            x["outcome"] for x in found if x["outcome"] != "queued" and
            "host" in x)


def free_port():
    """A port where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def subjects(*houses):
    return collections.Counter(
        letter.field("Subject") for house in houses
        for letter in house.letters())


def exactly(queue, *houses):
    """Every message came, and came once."""
    got = subjects(*houses)
    same(sorted(got), sorted(queue.sent), "messages")
    same([s for s in got if got[s] > 1], [], "duplicates")


def sessions(house):
    """Connections in which something was said."""
    return [c for c in house.stop() if c["commands"]]


def wait_for(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise Failed("waited %d s in vain" % seconds)
        time.sleep(0.02)


def workers(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
            return [int(x) for x in f.read().split()]
    except FileNotFoundError:
        return []


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


# ---- Several runners, signals, time ----------------------------------------

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
    # Attempts 1 and 2 make the next one wait for more than a second.
    for _ in range(3):
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


# ---- A long way ------------------------------------------------------------

class Line(threading.Thread):
    """A TCP line to a port with a round trip of ms."""

    def __init__(self, port, ms):
        super().__init__(daemon=True)
        self.port, self.delay = port, ms / 2000
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.here = self.listener.getsockname()[1]
        self.peers, self.count, self.ended = {}, 0, False
        self.start()

    def accept(self):
        near = self.listener.accept()[0]
        far = socket.create_connection(("127.0.0.1", self.port))
        for s in (near, far):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peers[near], self.peers[far] = far, near
        self.count += 1

    def run(self):
        due, order = [], 0
        while not self.ended:
            wait = max(0, due[0][0] - time.monotonic()) if due else 0.2
            ready = select.select([self.listener, *self.peers], [], [],
                                  wait)[0]
            for s in ready:
                if s is self.listener:
                    self.accept()
                    continue
                try:
                    data = s.recv(1 << 16)
                except OSError:
                    data = b""
                order += 1
                heapq.heappush(due, (time.monotonic() + self.delay, order,
                                     self.peers[s], data))
                if not data:
                    del self.peers[s]
            while due and due[0][0] <= time.monotonic():
                _, _, to, data = heapq.heappop(due)
                try:
                    if data:
                        to.sendall(data)
                    else:
                        to.shutdown(socket.SHUT_WR)
                except OSError:
                    pass


@case("%d messages over 50 ms: four connections, a flight a message" % MANY)
def far(c):
    house = c.server(offer="CHUNKING")
    line = Line(house.port, 50)
    q = Queue(c, test=line.here)
    q.enter(MANY)
    start = time.monotonic()
    q.run(limit=120).exits(0)
    seconds = time.monotonic() - start
    line.ended = True
    same(q.left(), [], "left")
    check(line.count <= 4, line.count, "connections")
    exactly(q, house)
    # A flight each, and ten for each session to begin and end.
    wanted = (MANY / 4 + 10) * 0.05
    check(seconds < 1.5 * wanted + 1, "%.1f s, wanted %.1f" % (
        seconds, wanted))
    print("# %d messages in %.1f s, %d connections, %.2f flights a message" %
          (MANY, seconds, line.count,
           seconds / 0.05 * line.count / MANY))


if __name__ == "__main__":
    sys.exit(cases.main("runner", sys.argv[1:]))
