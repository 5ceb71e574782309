# SPDX-License-Identifier: ISC
"""Cuts of the server on standard input and output: of what it says 250 it
answers for, and for nothing else."""
import re

import field
from crash_cut import ANN, BOB, FAILS, KILLS, Cut
from queuefile import parts

SAID = re.compile(rb"(?m)^250 2\.0\.0 (queued|delivered) as (\w+)")
BIG = 40000				# lines: more than memory takes


def lines(token, number):
    """As a client has it, dots in front of some lines."""
    first, _, rest = field.letter(token, number).partition(b"line 1 ")
    return (first + b".\n..two dots\n.line\nline 1 " + rest).replace(
        b"\n", b"\r\n")


class Letter:
    """A message of a session: how it is sent, and what must be kept."""

    def __init__(self, token, people, number=20, pieces=0):
        self.token, self.people = token, people
        self.octets = lines(token, number)
        self.pieces = pieces

    def body(self):
        return self.octets.partition(b"\r\n\r\n")[2]

    def said(self):
        """The commands; pieces: so many of BDAT, 0: DATA."""
        text = b"MAIL FROM:<%s>\r\n" % field.SENDER.encode()
        text += b"".join(b"RCPT TO:<%s>\r\n" % x.encode()
                         for x in self.people)
        if self.pieces == 0:
            return text + b"DATA\r\n" + self.octets.replace(
                b"\r\n.", b"\r\n..") + b".\r\n"
        step = -(-len(self.octets) // self.pieces)
        for i in range(0, len(self.octets), step):
            piece = self.octets[i:i + step]
            text += b"BDAT %d%s\r\n" % (
                len(piece), b" LAST" if i + step >= len(self.octets) else b"")
            text += piece
        return text


class Session(Cut):
    """Several messages, one after the other."""

    few = 2
    deeds = KILLS[:1] + FAILS		# it is one process

    def __init__(self, bench, name, letters, words=("-bs",), **more):
        self.letters = {x.token: x for x in letters}
        octets = b"EHLO client.example.test\r\n" + b"".join(
            x.said() for x in letters) + b"QUIT\r\n"
        super().__init__(bench, name, [], (list(words), octets),
                         [(x.token, p) for x in letters for p in x.people],
                         **more)

    def answered(self, done):
        """The tokens of what 250 was said of, and what is wrong with that."""
        tokens, faults = [], []
        for how, name in SAID.findall(done.stdout):
            token, fault = (self.queued if how == b"queued" else
                            self.delivered)(name.decode())
            faults += fault
            tokens.append(token)
        return tokens, faults

    def delivered(self, name):
        """The token of an id that was said."""
        token = self.bench.host.ids.get(name)
        return token, [] if token else [
            "250 was said of %s, which did not arrive" % name]

    def queued(self, name):
        try:
            with open("%s/%s" % (self.bench.posthorn.queue, name),
                      "rb") as f:
                octets = parts(f.read())[0]
        except (FileNotFoundError, IndexError, ValueError):
            return None, ["250 was said of %s, which is not there" % name]
        token = field.TOKEN.search(octets).group(1).decode()
        if octets.partition(b"\r\n\r\n")[2] != self.letters[token].body():
            return token, ["%s (%s) is not what was sent" % (name, token)]
        return token, []

    def promised(self, done):
        return [(t, p) for t in self.answered(done)[0] if t
                for p in self.letters[t].people]

    def found(self, done):
        said, faults = self.answered(done)
        # Who says QUIT may have gone before the last replies.
        if done.returncode == 0 and len(said) != len(self.letters) and \
                re.search(rb"(?m)^221 ", done.stdout) and \
                not re.search(rb"(?m)^[45]\d\d ", done.stdout):
            faults.append("no fault was told, but 250 for %s" % said)
        return faults + self.there(done, said)

    def there(self, done, said):
        """In the queue is what was answered, and at most one whose answer
        could not be given."""
        faults, tokens = [], [x[0] for x in self.bench.there]
        for token, sender, people in self.bench.there:
            if (sender, people) != (field.SENDER,
                                    sorted(self.letters[token].people)):
                faults.append("%s is from %s for %s" % (token, sender,
                                                        people))
        tokens += {t for t, _ in self.bench.host.taken}
        extra = [x for x in tokens if x not in said]
        if extra and (len(extra) > 1 or answers_last(done.stdout)):
            faults.append("nobody was told of %s: %r" % (
                extra, done.stdout[-200:]))
        if len(set(tokens)) != len(tokens):
            faults.append("twice: %s" % tokens)
        return faults


def answers_last(out):
    """Does all that was said end with a refusal, or with good-bye?"""
    return re.match(rb"[245]\d\d ", out[out.rfind(b"\n", 0, -1) + 1:]) and \
        not re.search(rb"(250|503)[^\r\n]*\r\n$", out)


class Batch(Session):
    """Nothing is said; the exit status is about all of them."""

    def promised(self, done):
        return self.expect if done.returncode == 0 else \
            [(t, p) for t, _, people in self.bench.there for p in people]

    def found(self, done):
        # Where no queue can be made they are delivered.
        have = [x[0] for x in self.bench.there] + sorted(
            {t for t, _ in self.bench.host.taken})
        faults = self.there(done, have)
        order = list(self.letters)
        if done.stdout:
            faults.append("it said %r" % done.stdout)
        if done.returncode == 137 and \
                sorted(have) != sorted(order[:len(have)]):
            faults.append("killed, and %s is there" % have)
        if done.returncode == 0 and len(have) != len(order):
            faults.append("exit 0, but %s is there" % have)
        # 139: before main, in the dynamic linker.
        if done.returncode not in (0, 137) and not done.stderr and (
                have or done.returncode != 139):
            faults.append("exit %s without a word" % done.returncode)
        return faults


class AtOnce(Session):
    """No queue: 250 says that the smarthost has it."""

    def configure(self):
        super().configure()
        self.forbid()

    def forbid(self):
        with open(self.bench.posthorn.conf, "r+") as f:
            text = re.sub(r'directory = ".*"', 'directory = "none"', f.read())
            f.seek(0)
            f.write(text)
            f.truncate()

    def there(self, done, said):
        taken = self.bench.host.taken
        self.bench.again += sum(n - 1 for n in taken.values())
        extra = {t for t, _ in taken} - set(said)
        faults = ["%s came %d times" % (key, n) for key, n in taken.items()
                  if n > 1]
        if len(extra) > 1:
            faults.append("nobody was told of %s: %r" % (
                extra, done.stdout[-200:]))
        return faults

    def drain(self, promised, where):
        missing = self.missing(promised)
        return ["%s: lost: %s" % (where, missing)] if missing else []


def scenarios(bench):
    queued = ('runner = "external"', 'deliver = "queued"')
    letters = [Letter("a", [ANN, BOB]), Letter("b", [BOB], 40, 3),
               Letter("c", [ANN], BIG), Letter("d", [ANN, BOB]),
               Letter("e", [BOB], BIG, 2)]
    yield Session(bench, "a server with a queue", letters, queue=queued)
    yield Batch(bench, "a batch", [Letter("a", [ANN, BOB]),
                                   Letter("b", [BOB], BIG),
                                   Letter("c", [ANN])], ["-bS"], queue=queued)
    yield AtOnce(bench, "a server without a queue", [
        Letter("a", [ANN, BOB]), Letter("b", [BOB], 40, 2),
        Letter("c", [ANN], BIG)])
