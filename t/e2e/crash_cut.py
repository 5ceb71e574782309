# SPDX-License-Identifier: ISC
"""A run of the program cut at its system calls, and what must hold then."""
import email
import os
import random
import re
import shutil
import subprocess
import time

import field

ANN, BOB, NOBODY = "ann@dest.test", "bob@dest.test", "nobody@dest.test"
# The smarthost says no to one.
REFUSING = 'on RCPT match "nobody" reply 550 5.1.1 no such person here'
KILLS = [("each process killed", ["kill"], ["-f"]),
         ("all of them killed", ["kill"], ["-fa"])]
FAILS = [(x, ["fail", x], ["-f"]) for x in
         ("ENOSPC", "EIO", "short", "EMFILE")]
SECONDS = 20				# a run that takes longer hangs


class Cut:
    """One scenario, set up anew for each cut."""

    few = 10				# cuts of each kind, if nobody says
    deeds = KILLS + FAILS
    host = ()				# options of the smarthost
    up = True				# is it there
    queue = ('runner = "external"',)	# lines of the configuration
    top = ()

    def __init__(self, bench, name, setup, act, expect, **more):
        self.bench, self.name = bench, name
        self.setup, self.act, self.expect = setup, act, expect
        for word, value in more.items():
            setattr(self, word, value)
        self.options, self.template, self.kept = ["-f"], None, set()
        self.total, self.writes = 0, []

    def letter(self, token):
        """What is in the queue before."""
        return field.letter(token)

    def begin(self):
        if self.up:
            self.bench.host.up(REFUSING, "plain", *self.host)

    def configure(self):
        self.bench.posthorn.configure(self.queue, top=self.top)

    def prepare(self):
        """The queue as it is before the cut, copied each time."""
        b = self.bench
        self.configure()
        b.posthorn.forget()
        self.template = b.work + "/template"
        shutil.rmtree(self.template, ignore_errors=True)
        for token, people in self.setup:
            done = b.posthorn.run(["-i", "-f", field.SENDER, "-odq",
                                   *people], self.letter(token))
            if done.returncode != 0:
                raise RuntimeError("cannot queue: %s" % done.stderr)
        if os.path.isdir(b.posthorn.queue):
            shutil.copytree(b.posthorn.queue, self.template)

    def reset(self):
        b = self.bench
        b.posthorn.forget()
        if os.path.isdir(self.template):
            shutil.copytree(self.template, b.posthorn.queue)
        b.host.count()			# what came late
        b.host.forget()

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

    def promised(self, done):
        """(token, address) that somebody was told we answer for."""
        return [(t, p) for t, people in self.setup for p in people] + \
            (list(self.expect) if done.returncode == 0 else [])

    def found(self, _done):
        """What else is wrong behind the cut, before anybody goes on."""
        return []

    def judge(self, done, where):
        b = self.bench
        faults = []
        if done.returncode == "hangs":
            b.posthorn.kill_runners()
            faults.append("%s: hangs" % where)
        bad, self.kept = b.look()
        faults += ["%s: damaged: %s" % (where, x) for x in bad]
        field.until(2, lambda: not b.host.busy())
        b.host.count()
        faults += ["%s: %s" % (where, x) for x in self.found(done)]
        faults += self.drain(self.promised(done), where)
        b.host.count()
        faults += ["%s: half a message came: %r" % (where, x)
                   for x in b.host.half]
        return faults

    def drain(self, promised, where):
        """The next run delivers what is promised."""
        b = self.bench
        if not self.up:
            b.host.up(REFUSING, "plain", *self.host)
        b.posthorn.kill_runners()
        before = dict(b.host.count())
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
            faults.append("%s: lost: %s; then -qf: exit %s %s" % (
                where, missing, kept.returncode,
                kept.stderr.decode("utf-8", "replace")))
        if left:
            faults.append("%s: -qf leaves %s: %s" % (
                where, left, b.posthorn.said()[-600:]))
        b.again += sum(n - 1 for n in b.host.taken.values() if n > 1)
        return faults + self.undoubted(before, where)

    def undoubted(self, before, where):
        """A killed attempt is made again only where its end is in doubt."""
        if "kill" not in where:
            return []
        return ["%s: %s again, of which nothing was in doubt" % (where, key)
                for key, n in self.bench.host.taken.items()
                if n > before.get(key, n) and
                key[0] not in self.bench.doubtful]

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
            where = "%s at call %d of %d (%s), exit %s" % (
                deed[-1], n, self.total, found.get("cut-call", "?").strip(),
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


def leaves(octets):
    """The parts of a message that have no parts, decoded."""
    return [(x.get_content_type(), x.get_payload(decode=True))
            for x in email.message_from_bytes(octets).walk()
            if not x.is_multipart()]


class Smarthost(field.Smarthost):
    """Knows messages by our ids too, and those that are to come re-encoded."""

    def __init__(self, work):
        super().__init__(work)
        self.ids = {}			# id -> token
        self.originals = {}		# token -> its leaves

    def busy(self):
        """Has it a connection?  Then a message of that may not be noted."""
        with open("/proc/net/tcp") as f:
            rows = [line.split()[1:4] for line in f]
        return any(row[0].endswith(":%04X" % self.port) and
                   row[2] in ("01", "08") for row in rows)

    def forget(self):
        for what in (self.taken, self.bounced, self.half, self.ids):
            what.clear()

    def take(self, record, octets):
        token = field.TOKEN.search(octets)
        token = token.group(1).decode() if token else ""
        at = re.search(rb"\tid (\w+)", octets)
        if at:
            self.ids[at.group(1).decode()] = token
        if token in self.originals:
            if leaves(octets) != self.originals[token] or \
                    any(x > 127 for x in octets):
                self.half.append(octets[-300:])
                return
            octets = b"X-Token: %s\r\n\r\nend of %s\r\n" % (
                (token.encode(),) * 2)
        super().take(record, octets)


class Bench:
    def __init__(self):
        self.work = field.workplace("crash")
        self.host = Smarthost(self.work)
        self.posthorn = field.Posthorn(self.work, self.host.port,
                                       program=field.PLAIN)
        self.killed = self.injected = self.again = 0
        self.there, self.doubtful = [], set()
        self.loader = subprocess.Popen(
            [field.CRASH + "/load", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def look(self):
        """What is no whole message in the queue; and (token, address) of
        those kept because nobody could be told.  What waits stands in there:
        (token, reverse-path, recipients)."""
        bad, kept = [], set()
        self.there, self.doubtful = [], set()
        if not os.path.isdir(self.posthorn.queue + "/run") and \
                not self.posthorn.waiting():
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
            else:
                self.note(words)
        raise RuntimeError("the loader ended")

    def note(self, words):
        if words[-1] == "doubtful":
            self.doubtful.add(words[1])
        self.there.append((words[1], words[4], sorted(
            x for x in words[5:] if x != "doubtful")))

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
