# SPDX-License-Identifier: ISC
"""A queue of a case's own, and whoever works for it."""
import functools
import glob
import json
import os
import signal
import subprocess
import threading
import time

import cases
from cases import DOMAIN, RCPT, SENDER, Failed, check, same
from ports import free_port
from smarthost import TOP

CRASH = os.environ.get("CRASH", TOP + "/build/t/crash")
SOON = 15		# seconds until what must happen has


def wait_for(what, seconds=SOON):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed("waited %d s in vain" % seconds)
        time.sleep(0.02)


@functools.cache
def namespace():
    """What a command is put behind to have mounts of its own; [] where that
    cannot be."""
    for words in (["unshare", "-m"], ["unshare", "-Urm"]):
        try:
            if subprocess.run(
                    [*words, "sh", "-c", "mount -t tmpfs x /mnt"],
                    stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return words
        except FileNotFoundError:
            pass
    return []


def processes(path):
    """{pid: argv} of all that have the path in their arguments."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%d/cmdline" % int(name), "rb") as f:
                argv = f.read().decode("utf-8", "replace").split("\0")
        except (ValueError, OSError):
            continue
        if path in argv and int(name) != os.getpid():
            found[int(name)] = argv
    return found


class Queue:
    """A queue with accounts: NAME = a house, a port, or lines."""

    def __init__(self, c, *more, runner="auto", folder="queue", **accounts):
        self.c, self.folder = c, c.path(folder)
        self.more, self.runner = more, runner
        self.accounts = accounts
        self.write()

    def write(self, name="posthorn.conf"):
        text = ['domain = "%s"' % DOMAIN,
                'log { syslog = false file = "%s" }' % self.c.path("log"),
                'queue { directory = "%s" runner = "%s" %s }' % (
                    self.folder, self.runner, " ".join(self.more))]
        for account, what in self.accounts.items():
            lines = ['match = "*@%s.test"' % account]
            if isinstance(what, (list, tuple)):
                lines += what
            else:
                lines += ['host = "127.0.0.1"', "port = %d" %
                          getattr(what, "port", what)]
            text.append(self.c.account(*lines, name=account))
        if name == "posthorn.conf":
            self.c.conf("\n".join(text))
        else:
            self.c.file(name, "\n".join(text))
        return self.c.path(name)

    def send(self, subject, *args, to=(RCPT,), f=SENDER, **more):
        return self.c.send(b"Subject: %s\n\nHello.\n" % subject.encode(),
                           *args, *to, f=f, **more)

    def run(self, *args, **more):
        return self.c.call(self.c.argv(*args), **more)

    def names(self, folder=""):
        return sorted(os.path.basename(p) for p in glob.glob(
            "%s/%s/*" % (self.folder, folder)) if os.path.isfile(p))

    def counts(self):
        """How many are to be sent, on hold, failed."""
        return tuple(len(self.names(x)) for x in ("", "hold", "failed"))

    def nothing(self):
        """Nothing is kept, not even half."""
        same(self.counts(), (0, 0, 0), "queued, held, failed")
        same(self.names("tmp"), [], "left in tmp")

    def objects(self):
        """What mailq says.  It starts no runner."""
        # Where the runner is ours to start, mailq does so too.
        path = self.c.conf_path
        if self.runner == "auto":
            with open(path, encoding="utf-8") as f:
                text = f.read().replace('"auto"', '"external"')
            path = self.c.file("looking.conf", text)
        call = subprocess.run(
            [cases.POSTHORN, "-C", path, "-bp", "--json"], check=True,
            env=self.c.environment(None), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
        return [json.loads(x) for x in call.stdout.decode().splitlines()]

    def one(self, *folders):
        """The only message there is, in one of the folders."""
        found = self.objects()
        same(len(found), 1, "messages in the queue")
        check(not folders or found[0]["folder"] in folders,
              found[0]["folder"], "not", folders)
        return found[0]

    # Who works for it -----------------------------------------------------

    def others(self):
        """Pids of all of ours that live."""
        return processes(self.c.conf_path)

    def runners(self):
        return [p for p, argv in self.others().items() if "--runner" in argv]

    def alone(self, seconds=SOON):
        """Nobody is left, soon."""
        wait_for(lambda: not self.others(), seconds)

    def arrives(self, seconds=SOON):
        """The queue is empty, soon."""
        try:
            wait_for(lambda: not self.names(), seconds)
        except Failed:
            raise Failed("still queued: %s; runners %s" % (
                self.objects(), self.runners())) from None

    def log(self, word):
        return [x for x in self.c.log().splitlines() if word in x]


class Late(threading.Thread):
    """A server that opens its port after so many seconds."""

    def __init__(self, c, port, seconds):
        super().__init__()
        self.c, self.port, self.seconds, self.house = c, port, seconds, None
        self.start()

    def run(self):
        time.sleep(self.seconds)
        self.house = self.c.server("--port", str(self.port))


def case(name, needs=None):
    """A case after which nobody of ours is left."""
    if needs == "namespace" and not namespace():
        name += " # SKIP no namespaces"

        def body(_):
            return
    else:
        body = None

    def note(function):
        def tidy(c):
            try:
                (body or function)(c)
            finally:
                for pid in processes(c.conf_path):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
        cases.case(name)(tidy)
        return function
    return note


def subjects(*houses):
    return sorted(x.field("Subject") for h in houses for x in h.letters())


def once(q, house, *wanted):
    """These came, each once."""
    same(subjects(house), sorted(wanted), "what came")
    return q


def talks(house):
    """Connections in which something was said."""
    return [c for c in house.stop() if c["commands"]]
