# SPDX-License-Identifier: ISC
"""A queue with accounts that a case runs by itself, and what it finds."""
import collections
import glob
import os
import subprocess
import time

import cases
from cases import DOMAIN, RCPT, SENDER, Failed, same
from ports import free_port


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

    def start(self, *args, program=None, **more):
        argv = self.c.argv(*(args or ("-q",)))
        if program is not None:
            argv[argv.index(cases.POSTHORN)] = program
        return subprocess.Popen(
            argv, env=self.c.environment(None), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)

    def outcomes(self):
        """What the log says, one a message and attempt."""
        found = [dict(word.split("=", 1) for word in line.split(" ")
                      if "=" in word)
                 for line in self.c.log().splitlines() if "outcome=" in line]
        return collections.Counter(
            x["outcome"] for x in found if x["outcome"] != "queued" and
            "host" in x)


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
