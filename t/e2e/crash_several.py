# SPDX-License-Identifier: ISC
"""Cuts where one message becomes several, for lists that have an owner, and
where it is made anew, for a smarthost that takes less."""
import field
from crash_cut import ANN, BOB, FAILS, KILLS, Cut, leaves
from crash_server import AtOnce

EVE, CAP, TOM = "eve@dest.test", "cap@dest.test", "tom@dest.test"
ALIASES = """team: ann@dest.test, bob@dest.test
owner-team: cap@dest.test
crew: tom@dest.test
owner-crew: eve@dest.test
"""
# What one submission to both of them and to somebody else becomes.
COPIES = [("new", CAP, [ANN, BOB]), ("new", EVE, [TOM]),
          ("new", field.SENDER, [EVE])]
NEW = [(t, p) for t, _, people in COPIES for p in people]


class Copies(Cut):
    """All envelopes, or, for who comes again, none."""

    few = 2

    def __init__(self, bench, name, *words, **more):
        super().__init__(bench, name, [], (
            ["-i", "-f", field.SENDER, *words, "team", "crew", EVE],
            field.letter("new", 200)), NEW, **more)

    def configure(self):
        path = self.bench.work + "/aliases"
        with open(path, "w") as f:
            f.write(ALIASES)
        self.top = ['aliases = "%s"' % path]
        super().configure()

    def found(self, done):
        there, taken = self.bench.there, self.bench.host.taken
        faults = ["nobody sent that: %s" % (x,) for x in there
                  if not any(x[:2] == c[:2] and set(x[2]) <= set(c[2])
                             for c in COPIES)]
        if len({x[1] for x in there}) != len(there):
            faults.append("twice: %s" % there)
        if done.returncode in (0, 137, "hangs"):
            return faults
        if there or taken:
            faults.append("comes again, and there is %s; %s came" % (
                there, list(taken)))
        return faults


class Queued(Copies):
    deeds = KILLS[:1] + FAILS		# it is one process

    def found(self, done):
        there = self.bench.there
        # Where no queue can be made it is delivered.
        if done.returncode == 0 and sorted(there) != sorted(COPIES) and (
                there or set(self.bench.host.taken) != set(NEW)):
            return ["exit 0, but there is %s" % there]
        return super().found(done) + [
            "in part: %s" % (x,) for x in there if x not in COPIES]


class CopiesAtOnce(AtOnce, Copies):
    """Without a queue."""

    def __init__(self, *args, **more):
        Copies.__init__(self, *args, **more)

    def configure(self):
        Copies.configure(self)
        self.forbid()

    def promised(self, done):
        return Cut.promised(self, done)

    def found(self, _done):
        taken = self.bench.host.taken
        self.bench.again += sum(n - 1 for n in taken.values())
        return ["%s came %d times" % (key, n) for key, n in taken.items()
                if n > 1]


def changing(token):
    """What a server without 8BITMIME takes only re-encoded."""
    text = "".join("Grüße %d, naïve café of %s\n" % (i, token)
                   for i in range(1500))
    return ("From: %s\nSubject: Grüße\nX-Token: %s\nMIME-Version: 1.0\n"
            "Content-Type: multipart/mixed; boundary=b\n\n"
            "--b\nContent-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n%s\n"
            "--b\nContent-Type: text/html; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n<p>%s</p>\n"
            "--b\nContent-Type: text/plain\n\nplain\n\n--b--\n" % (
                field.SENDER, token, text, "é" * 3000)).encode()


class Changed(Cut):
    few = 2
    host = ["--withdraw", "8BITMIME", "--withdraw", "SMTPUTF8"]

    def letter(self, token):
        octets = changing(token) if token != "c" else field.letter(token)
        if token != "c":
            self.bench.host.originals[token] = leaves(
                octets.replace(b"\n", b"\r\n"))
        return octets

    def begin(self):
        super().begin()
        self.bench.host.originals.clear()
        if not self.setup:		# it is submitted
            self.act = (self.act[0], self.letter("new"))


def scenarios(bench):
    yield Queued(bench, "lists with owners, to the queue", "-odq")
    yield Copies(bench, "lists with owners, smarthost up")
    yield CopiesAtOnce(bench, "lists with owners, no queue")
    yield Changed(bench, "running the queue, what has to change",
                  [("a", [ANN, BOB]), ("b", [BOB]), ("c", [ANN])],
                  (["-q"], b""), [])
    yield Changed(bench, "submitting what has to change", [],
                  (["-i", "-f", field.SENDER, ANN, BOB], b""),
                  [("new", ANN), ("new", BOB)])
