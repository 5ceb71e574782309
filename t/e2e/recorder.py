#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Stands where sendmail is: keeps a copy of the command line and of standard
input in /tmp/wrote, then becomes posthorn, which finds its input as it was:
a file where it was a file, a pipe where it was a pipe, a socket where it was
a socket.  With -bs it stands between, keeps the dialogue, and each message of
it as one on standard input.
"""
import os
import re
import select
import socket
import stat
import subprocess
import sys

REAL = "/usr/sbin/posthorn"
KEEP = "/tmp/wrote/%d" % os.getpid()


def keep(name, data):
    with open(KEEP + name, "wb") as f:
        f.write(data)


def read_all():
    data = b""
    while True:
        more = os.read(0, 65536)
        if not more:
            return data
        data += more


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def two_ends(mode):
    if not stat.S_ISSOCK(mode):
        return os.pipe()
    return [s.detach() for s in socket.socketpair()]


def hand_over():
    mode = os.fstat(0).st_mode
    if stat.S_ISREG(mode):
        start = os.lseek(0, 0, os.SEEK_CUR)
        keep(".stdin", read_all())
        os.lseek(0, start, os.SEEK_SET)
    else:
        data = read_all()
        keep(".stdin", data)
        r, w = two_ends(mode)
        if os.fork() == 0:
            os.close(r)
            with open(w, "wb") as pipe:
                pipe.write(data)
            os._exit(0)
        os.close(w)
        os.dup2(r, 0)
        os.close(r)
    os.execv(REAL, ["sendmail"] + sys.argv[1:])


class Dialogue:
    """What client and server say, as it comes; what is a message in it."""

    def __init__(self):
        self.log = open(KEEP + ".dialogue", "wb")
        self.data = None
        self.count = 0

    def server(self, said):
        self.log.write(said)
        if re.search(rb"^354", said, re.M):
            self.data = b""

    def client(self, said):
        if self.data is None:
            self.log.write(said)
            return
        self.data += said
        end = (b"\r\n" + self.data).find(b"\r\n.\r\n")
        if end < 0:
            return
        message, rest = self.data[:end], self.data[end + 3:]
        self.count += 1
        keep("-%d.stdin" % self.count,
             re.sub(rb"(?m)^\.", b"", message))
        self.data = None
        self.log.write(rest)


def stand_between():
    real = subprocess.Popen(["sendmail"] + sys.argv[1:], executable=REAL,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    to, back = real.stdin.fileno(), real.stdout.fileno()
    ends = {0: to, back: 1}
    dialogue = Dialogue()
    while back in ends:
        for fd in select.select(list(ends), [], [])[0]:
            said = os.read(fd, 65536)
            if not said:
                del ends[fd]
                if fd == 0:
                    real.stdin.close()
                continue
            (dialogue.client if fd == 0 else dialogue.server)(said)
            try:
                write_all(ends[fd], said)
            except BrokenPipeError:
                del ends[fd]
    dialogue.log.close()
    sys.exit(real.wait())


def main():
    keep(".argv", b"".join(os.fsencode(a) + b"\n" for a in sys.argv[1:]))
    if "-bs" in sys.argv[1:]:
        stand_between()
    hand_over()


main()
