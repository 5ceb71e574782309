# SPDX-License-Identifier: ISC
"""Power cuts while messages are entered, tried, moved and removed."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
os.environ.setdefault("CRASH", TOP + "/build/t/crash")
sys.path.insert(0, TOP + "/t/crash")

import field				# noqa: E402
import powercut				# noqa: E402
from smarthost import Tap		# noqa: E402

LIMIT = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
ANN, BOB = "ann@example.org", "bob@example.org"
NOBODY = "nobody@example.org"
SCRIPT = """on MESSAGE reply 250 2.0.0 TAKEN
on RCPT match "nobody" reply 550 5.1.1 no such person here"""


def message(token, lines):
    return ("From: joe@example.org\nSubject: cut\nX-Token: %s\n\n" % token +
            "".join("line %d, and some more of it\n" % i
                    for i in range(lines))).encode()


class Promise:
    """What must be there, as it is promised and kept step by step.

    owed: (token, address) that a file in the queue has to answer for; in
    whole the keys of bounces are (token, "<>")."""

    def __init__(self, whole, entering=()):
        self.whole = whole		# token -> (length, sum)
        self.owed = set()
        self.entering = list(entering)	# owed from "accepted" on
        self.gone = set()		# tokens that must not come back
        self.said_to = {}		# pid -> what it sent
        self.first = None
        self.taken = set()
        self.ended = self.background = False

    def event(self, words):
        what, pid = words[:2]
        if what == "begin":
            self.first = pid
        elif what == "exit" and pid == self.first and words[2] == "0":
            self.ended = not self.background
            self.owed.update(x for x in self.entering
                             if x not in self.taken)
        elif what == "out":
            self.said_to[pid] = self.said_to.get(pid, b"") + \
                bytes.fromhex(words[2])
        elif what == "in":
            for _ in range(bytes.fromhex(words[2]).count(b"TAKEN")):
                self.take(self.said_to.get(pid, b""))
        elif what == "said":
            for line in bytes.fromhex(words[2]).decode().split("\n"):
                self.said(line.strip())

    def take(self, octets):
        """The server has the last message that was sent."""
        at = octets.rfind(b"X-Token: ")
        mail = octets.rfind(b"MAIL FROM:", 0, at)
        token = octets[at + 9:].split(b"\r", 1)[0].decode()
        bounce = octets[mail:].startswith(b"MAIL FROM:<>")
        mine = {x for x in {*self.owed, *self.entering} if x[0] == token and
                (x[1] == NOBODY) == bounce}
        self.taken |= mine
        self.owed -= mine

    def said(self, line):
        if line == "accepted":
            self.owed.update(self.entering)
        elif line.startswith("did taken="):
            self.owed -= {x for x in self.owed if x[1] == line[10:]}
        elif line == "did settle" and not self.owed:
            self.gone.update(self.whole)

    def state(self, found):
        have = set()
        for words in found:
            if words[0] == "bad":
                return "damaged: " + " ".join(words)
            _, token, length, total, sender, *more = words
            key = (token, "<>") if sender == "<>" else token
            if key not in self.whole:
                return "a message that nobody sent"
            if self.whole[key] != (length, total):
                return "not what was sent"
            if token in self.gone:
                return "it has come back"
            have.update((token, x) for x in more if x != "doubtful")
            if sender == "<>":
                have.add((token, NOBODY))
        if self.owed - have:
            return "lost: %s" % sorted(self.owed - have)
        if self.ended and have & self.taken:
            return "comes again, though the run noted its end: %s" % sorted(
                have & self.taken)
        return None


class Bench:
    """A folder with a queue in it, and the loader."""

    def __init__(self):
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.work = os.path.realpath(tempfile.mkdtemp(
            prefix="posthorn-powercut.", dir=base))
        self.top = self.work + "/disk"
        self.queue = self.top + "/spool/queue"
        self.loader = powercut.Loader(self.work)
        self.cuts = self.states = self.skipped = 0

    def program(self):
        """The program with this queue, and a smarthost that is down."""
        work = tempfile.mkdtemp(dir=self.work)
        host = field.Smarthost(work)
        posthorn = field.Posthorn(work, host.port, program=field.PLAIN)
        posthorn.queue = self.queue
        posthorn.configure(['runner = "external"'])
        return posthorn, host

    def fresh(self):
        shutil.rmtree(self.top, ignore_errors=True)
        os.mkdir(self.top, 0o700)

    def enter(self, way, place, token, lines):
        return ([powercut.BIN + "/enter", self.queue, way] +
                ([place] if place else []), message(token, lines))

    def load(self, disk, names):
        """(length, sum) of the messages there, by token."""
        state = {p: None if i == "dir" else disk.files[i].whole()
                 for p, i in names.items()}
        return {(x[1], "<>") if x[4] == "<>" else x[1]: (x[2], x[3])
                for x in self.loader.read(state, "spool/queue")
                if x[0] != "bad"}

    def whole(self):
        disk = powercut.Disk(self.top)
        return self.load(disk, disk.names)

    def named(self, disk, lines):
        """What gets a name in the course of a run, as it is then."""
        found = {}
        for words in lines:
            if disk.do(words) and words[0] in ("link", "move"):
                found.update(self.load(disk, disk.now()))
        return found

    def judge(self, command, promise, **more):
        """Runs it, recorded; what is wrong."""
        run = powercut.Run(self.top, command, **more)
        if run.status not in (0, 75):
            return ["exit %d: %s" % (run.status, run.err.decode())]
        before, again = run.disk.copy(), run.disk.copy()
        missed = run.missed()
        if missed:
            return ["the record is not what happened: %s" % missed]
        promise.whole.update(self.whole())
        promise.whole.update(self.named(again, run.lines))
        walk = powercut.Walk(self.loader, "spool/queue", LIMIT)
        walk.go(before, run.lines, promise)
        self.cuts += walk.cuts
        self.states += walk.judged
        self.skipped += walk.skipped
        if walk.judged < 5:
            walk.faults.append("only %d states" % walk.judged)
        return walk.faults


def entering(bench, way, place, made):
    """The first message into a queue that is there, or is made now."""
    bench.fresh()
    if made:
        command, octets = bench.enter("proc", None, "old", 3)
        subprocess.run(command, input=octets, check=True,
                       stdout=subprocess.DEVNULL)
    owed = {("old", ANN), ("old", BOB)} if made else set()
    command, octets = bench.enter(way, place, "new", 3000)
    promise = Promise({}, [("new", ANN), ("new", BOB)])
    promise.owed = owed
    with open(bench.work + "/message", "wb") as f:
        f.write(octets)
    with open(bench.work + "/message", "rb") as f:
        return bench.judge(command, promise, stdin=f)


def acting(bench, folder, steps, before=()):
    """One message that waits for two."""
    bench.fresh()
    command, octets = bench.enter("proc", None, "one", 20)
    subprocess.run(command, input=octets, check=True,
                   stdout=subprocess.DEVNULL)
    act = [powercut.BIN + "/act", bench.queue]
    if before:
        subprocess.run([*act, "active", *before], check=True,
                       stdout=subprocess.DEVNULL)
    promise = Promise(bench.whole())
    promise.owed = {("one", x) for x in (ANN, BOB)
                    if "taken=" + x not in before}
    return bench.judge([*act, folder, *steps], promise)


def submitting(bench, up, people, *words):
    """The program itself takes a message."""
    bench.fresh()
    posthorn, host = bench.program()
    with open(bench.work + "/message", "wb") as f:
        f.write(message("new", 200))
    if up:
        host.up(SCRIPT)
    promise = Promise({}, [("new", x) for x in people])
    promise.background = "-odb" in words
    try:
        with open(bench.work + "/message", "rb") as f:
            return bench.judge(posthorn.argv(
                "-i", "-f", field.SENDER, *words, *people), promise,
                stdin=f, env=posthorn.environment())
    finally:
        host.down()


def running(bench, taken, up, *messages):
    """A pass over the queue, its workers too."""
    bench.fresh()
    posthorn, host = bench.program()
    for i, people in enumerate(messages):
        done = posthorn.run(["-i", "-odq", "-f", field.SENDER, *people],
                            message("t%d" % i, 20))
        if done.returncode != 0:
            return [done.stderr.decode()]
    if up:
        host.up(SCRIPT)
    promise = Promise(bench.whole())
    promise.owed = {("t%d" % i, x) for i, people in enumerate(messages)
                    for x in people}
    try:
        faults = bench.judge(posthorn.argv("-q"), promise,
                             env=posthorn.environment())
    finally:
        host.down()
    if len(promise.taken) != taken:
        faults.append("%d were delivered" % len(promise.taken))
    return faults


ENTERING = [
    ("linked by /proc", "proc", None),
    ("linked by its descriptor", "empty", None),
    ("renamed", "rename", None),
    ("spool elsewhere", "proc", "/var/tmp"),
    ("spool in memory", "proc", "memory"),
]
ACTING = [
    ("an attempt that failed", "active", "doubt later=%s later=%s attempt"
     % (ANN, BOB), ""),
    ("two attempts, one of two taken", "active",
     "doubt taken=%s later=%s attempt doubt taken=%s attempt remove settle"
     % (ANN, BOB, BOB), ""),
    ("a synced attempt", "active", "doubt taken=%s later=%s sync"
     % (ANN, BOB), ""),
    ("delivered and removed", "active", "doubt taken=%s taken=%s remove settle"
     % (ANN, BOB), ""),
    ("after an attempt, removed", "active", "doubt taken=%s remove settle"
     % BOB, "doubt taken=%s later=%s attempt" % (ANN, BOB)),
    ("held", "active", "hold", ""),
    ("held and released", "active", "hold active", ""),
    ("released", "hold", "active", "hold"),
    ("given up", "active", "doubt later=%s later=%s attempt failed"
     % (ANN, BOB), ""),
]

PROGRAM = [
    ("submitted, smarthost down", submitting, False, [ANN, BOB]),
    ("submitted, smarthost up", submitting, True, [ANN, BOB]),
    ("submitted in the background", submitting, True, [ANN, BOB], "-odb"),
    ("submitted to the queue", submitting, False, [ANN, BOB], "-odq"),
    ("submitted, one of two refused", submitting, True, [ANN, NOBODY]),
    ("run, smarthost down", running, 0, False, [ANN, BOB], [ANN]),
    ("run, two delivered", running, 3, True, [ANN, BOB], [ANN]),
    ("run, one of two refused", running, 2, True, [ANN, NOBODY], [BOB]),
    ("run, all refused", running, 0, True, [NOBODY]),
]


def main():
    bench, tap = Bench(), Tap()
    try:
        for name, way, place in ENTERING:
            for made in (True, False):
                tap.result("entering, %s%s" % (name, "" if made else
                                               ", into a new queue"),
                           entering(bench, way, place, made))
        for name, folder, steps, before in ACTING:
            tap.result(name, acting(bench, folder, steps.split(),
                                    before.split()))
        for name, what, *more in PROGRAM:
            tap.result(name, what(bench, *more))
    finally:
        bench.loader.end()
        shutil.rmtree(bench.work, ignore_errors=True)
    print("# power cuts: %d" % bench.cuts)
    print("# states of the disk judged: %d, left out: %d"
          % (bench.states, bench.skipped))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
