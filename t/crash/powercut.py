#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What a power cut leaves of a queue: every state of the disk that the syncs
of one run allow, put on a disk and read by the queue's own loader.

A run is recorded by `record`: what it wrote and synced, link by link, in the
kernel's order.  The power is cut behind every step.  What was not yet synced
is there in part:

  - of a file: any number of its later writes, in their order, the last one
    whole, torn, or as zeros of its length;
  - of a directory: any subset of the later links, unlinks and new folders.  A
    rename is not done, done, or half done: both names; never neither.

A folder that is lost takes with it what is in it.  Where there are more
states than the limit, some are drawn by lot, always the same ones.
"""
import hashlib
import itertools
import os
import random
import shutil
import subprocess

BIN = os.environ.get("CRASH", "build/t/crash")


class File:
    """What a file holds on disk, and the writes that may be."""

    def __init__(self, kept=b""):
        self.kept, self.later = kept, []

    def sync(self):
        self.kept, self.later = self.whole(), []

    def whole(self):
        return self.after(self.later)

    def after(self, steps):
        data = bytearray(self.kept)
        for at, octets in steps:
            if octets is None:			# cut
                data = data[:at].ljust(at, b"\0")
                continue
            if len(data) < at:
                data = data.ljust(at, b"\0")
            data[at:at + len(octets)] = octets
        return bytes(data)

    def contents(self, few):
        """Every content that it can have after a cut."""
        found = {self.kept: None, self.whole(): None}
        if few:
            return list(found)
        for i, (at, octets) in enumerate(self.later):
            before = self.later[:i]
            found[self.after(before + [(at, octets)])] = None
            for n in {1, len(octets or b"") // 2, len(octets or b"") - 1}:
                if 0 < n < len(octets or b""):
                    found[self.after(before + [(at, octets[:n])])] = None
            if octets:
                zeros = b"\0" * len(octets)
                found[self.after(before + [(at, zeros)])] = None
        return list(found)


class Change:
    """A name made or given up, not yet on disk: ways says how much of it may
    have come there: 0 nothing, 1 the new name only, 2 all of it."""

    def __init__(self, kind, path, inode=None, old=None):
        self.kind, self.path, self.inode, self.old = kind, path, inode, old
        self.ways = [0, 1, 2] if kind == "move" else [0, 2]

    def apply(self, names, way):
        if way == 0:
            return
        if self.kind == "move":
            names[self.path] = self.inode
            if way == 2:
                names.pop(self.old, None)
        elif self.kind == "gone":
            names.pop(self.path, None)
        else:
            names[self.path] = self.inode

    def synced(self, folder):
        if self.kind != "move":
            if os.path.dirname(self.path) == folder:
                self.ways = [2]
            return
        if os.path.dirname(self.old) == folder:
            self.ways = [2]
        elif os.path.dirname(self.path) == folder:
            self.ways = [w for w in self.ways if w > 0]


class Disk:
    """Names are paths below the top; a folder's inode is "dir"."""

    def __init__(self, top):
        self.files, self.names, self.changes = {}, {}, []
        for folder, folders, files in os.walk(top):
            at = os.path.relpath(folder, top)
            at = "" if at == "." else at + "/"
            for name in folders:
                self.names[at + name] = "dir"
            for name in files:
                path = os.path.join(folder, name)
                inode = os.lstat(path).st_ino
                with open(path, "rb") as f:
                    self.files[inode] = File(f.read())
                self.names[at + name] = inode

    def copy(self):
        """As it is before anything is done."""
        other = Disk.__new__(Disk)
        other.files = {i: File(f.kept) for i, f in self.files.items()}
        other.names, other.changes = dict(self.names), []
        return other

    def now(self):
        names = dict(self.names)
        for change in self.changes:
            change.apply(names, 2)
        return names

    def change(self, *args, **more):
        self.changes.append(Change(*args, **more))

    def sync_folder(self, folder):
        for change in self.changes:
            change.synced("" if folder == "." else folder)
        self.settle()

    def sync_all(self):
        for change in self.changes:
            change.ways = [2]
        self.settle()
        for f in self.files.values():
            f.sync()

    def settle(self):
        while self.changes and self.changes[0].ways == [2]:
            self.changes.pop(0).apply(self.names, 2)

    def do(self, words):
        """One line of the record that changes files; False: it is none."""
        what, rest = words[0], words[1:]
        if what == "open":
            if rest[1] not in self.now():
                self.files[int(rest[0])] = File()
                self.change("new", rest[1], int(rest[0]))
        elif what == "temp":
            self.files[int(rest[0])] = File()
        elif what == "write":
            self.files[int(rest[0])].later.append(
                (int(rest[1]), bytes.fromhex(rest[2])))
        elif what == "cut":
            self.files[int(rest[0])].later.append((int(rest[1]), None))
        elif what == "sync":
            self.files[int(rest[0])].sync()
        elif what == "syncdir":
            self.sync_folder(rest[0])
        elif what == "syncall":
            self.sync_all()
        elif what == "link":
            self.change("new", rest[1], int(rest[0]))
        elif what == "mkdir":
            self.change("new", rest[0], "dir")
        elif what in ("unlink", "rmdir"):
            self.change("gone", rest[0])
        elif what == "move":
            self.change("move", rest[1], self.now()[rest[0]], rest[0])
        elif what == "unknown":
            raise RuntimeError("a call that is not known: %s" % rest)
        else:
            return False
        return True

    def trees(self):
        """Every set of names that can be there."""
        seen = set()
        for ways in itertools.product(*(c.ways for c in self.changes)):
            names = dict(self.names)
            for change, way in zip(self.changes, ways):
                change.apply(names, way)
            for path in sorted(names):
                above = os.path.dirname(path)
                if above and names.get(above) != "dir":
                    del names[path]
            key = tuple(sorted(names.items(), key=lambda x: x[0]))
            if key not in seen:
                seen.add(key)
                yield names

    def states(self):
        """Every state: path -> octets, None for a folder."""
        for names in self.trees():
            paths = sorted(names)
            choices = []
            for path in paths:
                if names[path] == "dir":
                    choices.append([None])
                    continue
                # What is in tmp is nobody's; of small records little hangs.
                parts = path.split("/")
                if "tmp" in parts:
                    choices.append([self.files[names[path]].whole()])
                else:
                    few = "state" in parts[:-1] or "run" in parts
                    choices.append(self.files[names[path]].contents(few))
            for contents in itertools.product(*choices):
                yield dict(zip(paths, contents))


def digest(state):
    h = hashlib.sha1()
    for path in sorted(state):
        octets = state[path]
        h.update(b"%s %d " % (path.encode(), -1 if octets is None
                              else len(octets)))
        h.update(octets or b"")
    return h.digest()


def put(top, state):
    """Makes it so, in a folder of its own."""
    os.mkdir(top, 0o700)
    for path in sorted(state):
        if state[path] is None:
            os.mkdir(os.path.join(top, path), 0o700)
        else:
            fd = os.open(os.path.join(top, path),
                         os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, state[path])
            os.close(fd)


class Loader:
    """The queue's own reading, of many queues."""

    def __init__(self, work):
        self.work = work + "/state"
        self.process = subprocess.Popen(
            [BIN + "/load", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.known = {}

    def read(self, state, queue):
        """Lines of what is there; of a queue that is lost, none."""
        key = digest(state)
        if key not in self.known:
            self.known[key] = self.load(state, queue)
        return self.known[key]

    def load(self, state, queue):
        if queue != "." and queue not in state:
            return []
        shutil.rmtree(self.work, ignore_errors=True)
        put(self.work, state)
        self.process.stdin.write(os.path.normpath(
            os.path.join(self.work, queue)) + "\n")
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.process.stdout.readline()
            if line in ("end\n", ""):
                break
            lines.append(line.split())
        if not line:
            raise RuntimeError("the loader ended")
        return lines

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.work, ignore_errors=True)


class Run:
    """A command, recorded, on a folder as it stands."""

    def __init__(self, top, command, **more):
        self.top = top = os.path.realpath(top)
        self.disk = Disk(top)
        log = top + ".record"
        options = ["-1"] if more.pop("alone", False) else []
        done = subprocess.run([BIN + "/record", *options, "-o", log, top,
                               *command], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, **more)
        self.status, self.out, self.err = (done.returncode, done.stdout,
                                           done.stderr)
        with open(log) as f:
            self.lines = [line.split() for line in f]

    def missed(self):
        """Paths that the record, done whole, would leave otherwise than they
        are: there is a call that it does not see."""
        for words in self.lines:
            self.disk.do(words)
        found, now = Disk(self.top), self.disk.now()
        here = {p: "dir" if i == "dir" else found.files[i].kept
                for p, i in found.names.items()}
        there = {p: "dir" if i == "dir" else self.disk.files[i].whole()
                 for p, i in now.items()}
        return [p for p in sorted({*here, *there})
                if here.get(p, "") != there.get(p, "")]


class Walk:
    """Goes through a run, step by step, and has each state judged."""

    def __init__(self, loader, queue, limit):
        self.loader, self.queue, self.limit = loader, queue, limit
        self.cuts = self.judged = self.skipped = 0
        self.faults = []

    def go(self, disk, lines, judge):
        """judge.event(words) is told what else happened; judge.state(found)
        names what is wrong with what was found."""
        self.cut(disk, judge, "at the start")
        for i, words in enumerate(lines):
            if disk.do(words):
                self.cut(disk, judge, "behind step %d, %s" % (
                    i, " ".join(words)[:60]))
            else:
                judge.event(words)
                self.cut(disk, judge, "behind step %d, %s" % (
                    i, " ".join(words)[:60]))
            if len(self.faults) >= 5:
                break

    def cut(self, disk, judge, where):
        self.cuts += 1
        some = list(itertools.islice(disk.states(), 50 * self.limit))
        if len(some) > self.limit:
            lot = random.Random(self.cuts)
            self.skipped += len(some) - self.limit
            some = [some[0], some[-1]] + lot.sample(some, self.limit - 2)
        for state in some:
            found = self.loader.read(state, self.queue)
            self.judged += 1
            fault = judge.state(found)
            if fault:
                self.faults.append("%s: %s\n%s\n%s" % (where, fault, "\n".join(
                    " ".join(x) for x in found), " ".join(
                        "%s(%s)" % (p, "" if c is None else len(c))
                        for p, c in state.items())))
                break
