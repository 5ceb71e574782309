# SPDX-License-Identifier: ISC
"""Submissions and queue runs cut at system calls.  Afterwards: who got exit 0
has a message that the next run delivers whole, or that was delivered; nothing
is half; who is refused for good is told of it, or still in the queue."""
import getopt
import os
import random
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + "/crash")

import field				# noqa: E402
from smarthost import Tap		# noqa: E402

ANN, BOB, NOBODY = "ann@dest.test", "bob@dest.test", "nobody@dest.test"
# The smarthost says no to one.
REFUSING = 'on RCPT match "nobody" reply 550 5.1.1 no such person here'
ERRORS = ["ENOSPC", "EIO", "short", "EMFILE"]
SECONDS = 20				# a run that takes longer hangs


class Cut:
    """One scenario, set up anew for each cut."""

    def __init__(self, bench, name, setup, act, expect, up, queue=(),
                 options=("-f",)):
        self.bench, self.name = bench, name
        self.setup, self.act, self.expect = setup, act, expect
        self.up, self.options = up, list(options)
        self.queue = list(queue) or ['runner = "external"']
        self.template, self.kept = None, set()
        self.total, self.writes = 0, []

    def prepare(self):
        """The queue as it is before the cut, copied each time."""
        b = self.bench
        b.posthorn.configure(self.queue)
        b.posthorn.forget()
        self.template = b.work + "/template"
        shutil.rmtree(self.template, ignore_errors=True)
        for token, people in self.setup:
            done = b.posthorn.send(token, people, "-odq")
            if done.returncode != 0:
                raise RuntimeError("cannot queue: %s" % done.stderr)
        if os.path.isdir(b.posthorn.queue):
            shutil.copytree(b.posthorn.queue, self.template)

    def reset(self):
        b = self.bench
        b.posthorn.forget()
        if os.path.isdir(self.template):
            shutil.copytree(self.template, b.posthorn.queue)
        b.host.taken.clear()
        b.host.bounced.clear()
        b.host.half.clear()

    def run(self, *deed):
        """Returns status, report: call counts and whether it was cut."""
        b = self.bench
        report = b.work + "/report"
        if os.path.exists(report):
            os.unlink(report)
        words, octets = self.act
        done = b.posthorn.run(
            words, octets, limit=SECONDS, before=[
                field.CRASH + "/ptrace_kill", *self.options, "-o", report,
                *deed])
        found = {}
        if os.path.exists(report):
            with open(report) as f:
                found = dict(line.strip().partition(" ")[::2] for line in f)
        return done, found

    def count(self):
        """How many calls there are, and that it works without a cut."""
        self.reset()
        done, found = self.run("count")
        if done.returncode != 0 and (self.up or done.returncode != 75):
            return ["without a cut: exit %s: %s" % (
                done.returncode, done.stderr.decode("utf-8", "replace"))]
        self.total = int(found["calls"])
        self.writes = [int(x) for x in found["writes"].split()]
        return self.judge(done, "without a cut")

    def judge(self, done, where, deliver=True):
        b = self.bench
        faults = []
        if done.returncode == "hangs":
            b.posthorn.kill_runners()
            faults.append("%s: hangs" % where)
        promised = [(t, p) for t, people in self.setup for p in people]
        if self.expect and done.returncode == 0:
            promised += self.expect
        bad, self.kept = b.look()
        faults += ["%s: damaged: %s" % (where, x) for x in bad]
        if deliver:
            faults += self.drain(promised, where)
        b.host.count()
        faults += ["%s: half a message came: %r" % (where, x)
                   for x in b.host.half]
        return faults

    def drain(self, promised, where):
        """The next run delivers what is promised."""
        b = self.bench
        if not self.up:
            b.host.up(REFUSING)
        b.posthorn.kill_runners()
        kept = b.posthorn.run(["-qf"], limit=SECONDS)
        if b.posthorn.waiting():	# bounces, entered by the first run
            kept = b.posthorn.run(["-qf"], limit=SECONDS)
        field.until(2, lambda: not self.missing(promised))
        missing = self.missing(promised)
        left = b.posthorn.waiting()
        if not self.up:
            b.host.down()
        faults = []
        if missing:
            faults.append("%s: exit %s, lost: %s; then -qf: exit %s %s" % (
                where, kept.returncode, missing, kept.returncode,
                kept.stderr.decode("utf-8", "replace")))
        if left:
            faults.append("%s: -qf leaves %s: %s" % (
                where, left, b.posthorn.said()[-600:]))
        b.again += sum(n - 1 for n in b.host.taken.values() if n > 1)
        return faults

    def missing(self, promised):
        host = self.bench.host
        host.count()
        return [(t, p) for t, p in promised if (t, p) not in host.taken and
                not (p == NOBODY and (p in host.bounced.get(t, ()) or
                                      (t, p) in self.kept))]

    def places(self, number, deed):
        """The calls at which it is cut; with all of them some more, for a
        run differs from the one before by a few."""
        every = self.writes if deed[-1] == "short" else \
            range(1, self.total + (1 if number else 500))
        step = max(1, len(every) // number) if number else 1
        return every[random.randrange(min(step, len(every))):][::step]

    def sweep(self, number, *deed):
        """At so many of its calls; a killed run counts as cut at the call,
        one whose n-th call never came does not."""
        b = self.bench
        cut, faults, began = 0, [], time.monotonic()
        for n in self.places(number, deed):
            self.reset()
            done, found = self.run(deed[0], str(n), *deed[1:])
            if done.returncode == 77:
                return None
            where = "call %d of %d (%s), exit %s" % (
                n, self.total, found.get("cut-call", "?").strip(),
                done.returncode)
            if found.get("cut", "no").strip() == "yes":
                cut += 1
            elif n > self.total:
                break
            new = self.judge(done, where)
            faults += [x + "\n  it said: " + done.stderr.decode(
                "utf-8", "replace")[-1500:] for x in new]
            if len(faults) > 4:
                break
        if cut == 0:
            faults.append("nothing was cut")
        if deed[0] == "kill":
            b.killed += cut
        else:
            b.injected += cut
        return faults + (["# %d cuts, %.1f s" % (
            cut, time.monotonic() - began)] if faults else [])


class Bench:
    def __init__(self):
        self.work = field.workplace("crash")
        self.host = field.Smarthost(self.work)
        self.posthorn = field.Posthorn(self.work, self.host.port,
                                       program=field.PLAIN)
        self.killed = self.injected = self.again = 0
        self.loader = subprocess.Popen(
            [field.CRASH + "/load", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def look(self):
        """What is no whole message in the queue; and (token, address) of
        those kept because nobody could be told."""
        bad, kept = [], set()
        if not os.path.isdir(self.posthorn.queue + "/run"):
            return bad, kept
        self.loader.stdin.write(self.posthorn.queue + "\n")
        self.loader.stdin.flush()
        for line in self.loader.stdout:
            words = line.split()
            if line == "end\n":
                return bad, kept
            if words[0] == "bad":
                bad.append(line.strip())
            elif words[0] == "failed":
                kept.update((words[1], x) for x in words[5:])
        raise RuntimeError("the loader ended")

    def end(self, keep):
        self.loader.stdin.close()
        self.loader.wait()
        self.loader.stdout.close()
        self.posthorn.kill_runners()
        self.host.down()
        if keep:
            print("# kept: " + self.work)
        else:
            shutil.rmtree(self.work, ignore_errors=True)


def submission(token, people, *words):
    return (["-i", "-f", field.SENDER, *words, *people],
            field.letter(token, 200))


def scenarios(bench):
    three = [("a", [ANN, BOB]), ("b", [ANN]), ("c", [BOB])]
    new = [("new", ANN), ("new", BOB)]
    background = ['runner = "auto"', "min-retry = 1s", "max-retry = 1s"]
    yield Cut(bench, "submitting, smarthost down", [],
              submission("new", [ANN, BOB]), new, False)
    yield Cut(bench, "submitting, smarthost up", [],
              submission("new", [ANN, BOB]), new, True)
    yield Cut(bench, "submitting, one of two refused", [],
              submission("new", [ANN, NOBODY]),
              [("new", ANN), ("new", NOBODY)], True)
    yield Cut(bench, "submitting to the queue", [],
              submission("new", [ANN, BOB], "-odq"), new, True)
    yield Cut(bench, "submitting in the background", [],
              submission("new", [ANN, BOB], "-odb"), new, True,
              background)
    yield Cut(bench, "running the queue", three, (["-q"], b""), [], True)
    yield Cut(bench, "running the queue, one recipient refused",
              [("a", [ANN, NOBODY])], (["-q"], b""), [], True)
    yield Cut(bench, "running the queue, smarthost down", three,
              (["-q"], b""), [], False)


def main():
    options, parts = getopt.getopt(sys.argv[1:], "n:k")
    options = dict(options)
    number, keep = int(options.get("-n", 10)), "-k" in options
    seed = int(os.environ.get("SEED", random.randrange(10 ** 6)))
    random.seed(seed)
    bench, tap = Bench(), Tap()
    print("# SEED=%d" % seed)
    try:
        for cut in scenarios(bench):
            if parts and not any(cut.name.startswith(x) for x in parts):
                continue
            cut.up and bench.host.up(REFUSING)
            cut.prepare()
            faults = cut.count()
            tap.result(cut.name + ": without a cut", faults)
            print("# %s: %d calls" % (cut.name, cut.total))
            if faults:
                continue
            deeds = [("each process killed", ["kill"], ["-f"]),
                     ("all of them killed", ["kill"], ["-fa"])]
            deeds += [(x, ["fail", x], ["-f"]) for x in ERRORS]
            for name, deed, how in deeds:
                cut.options = how
                found = cut.sweep(number, *deed[:1], *deed[1:])
                if found is None:
                    print("ok - # SKIP calls cannot be made to fail here")
                    continue
                tap.result("%s: %s" % (cut.name, name), found)
                sys.stdout.flush()
            bench.host.down()
    finally:
        bench.end(keep)
    print("# system calls killed: %d" % bench.killed)
    print("# faults injected: %d" % bench.injected)
    print("# delivered again: %d" % bench.again)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
