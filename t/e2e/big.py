# SPDX-License-Identifier: ISC
"""1 GB through a pipe under RLIMIT_DATA of 16 MiB, spool on a disk.

The server is our own, for it has to keep up and keeps nothing: it takes sums
of what arrives.  It answers the message a little late, and meanwhile reads
the client's VmHWM: a child's ru_maxrss would have its parent's in it.
"""
import hashlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from smarthost import POSTHORN, Tap, make_pki

LIMIT = 16 << 20                # RLIMIT_DATA
MARGIN = 2 << 10                # KiB over the small message's VmHWM
GIGABYTE = 1000 * 1000 * 1000
MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")


def spools(pid):
    """Where the client keeps the message: the files that have no name."""
    folder = "/proc/%d/fd/" % pid
    return {os.readlink(folder + fd) for fd in os.listdir(folder)
            if "(deleted)" in os.readlink(folder + fd)}


def high_water(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"VmHWM:\s*(\d+) kB", f.read())[1])


class Server(threading.Thread):
    """One connection: sums of the message's octets behind its header."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(120)
        self.port = self.listener.getsockname()[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(work + "/pki/server-good.pem")
        self.context, self.pid = context, None
        self.sum, self.octets, self.hwm = hashlib.sha1(), 0, None
        self.fault, self.announced = None, None

    def run(self):
        try:
            line = self.listener.accept()[0]
            line.settimeout(120)
            self.talk(self.context.wrap_socket(line, server_side=True))
        except Exception as e:  # pylint: disable=broad-except
            self.fault = repr(e)

    def talk(self, s):
        s.sendall(b"220 big.example.test\r\n")
        data = b""
        while True:
            more = s.recv(65536)
            if not more:
                return
            data += more
            while b"\r\n" in data:
                command, data = data.split(b"\r\n", 1)
                if command[:4] == b"EHLO":
                    s.sendall(b"250-big.example.test\r\n250-PIPELINING\r\n"
                              b"250-CHUNKING\r\n250 SIZE\r\n")
                elif command == b"DATA":
                    s.sendall(b"354 go\r\n")
                    self.until_dot(s)
                elif command[:4] == b"BDAT":
                    self.counted(s, data, int(command.split()[1]))
                    data = b""
                else:
                    size = re.search(rb"SIZE=(\d+)", command)
                    if size:
                        self.announced = int(size[1])
                    s.sendall(b"250 fine\r\n")

    def add(self, data, head):
        """Takes octets; returns the header while it has not ended."""
        if head is not None:
            head += data
            if b"\r\n\r\n" not in head:
                return head
            data = head.split(b"\r\n\r\n", 1)[1]
        self.sum.update(data)
        self.octets += len(data)
        return None

    def reply(self, s):
        time.sleep(0.3)
        self.hwm = high_water(self.pid)
        found = spools(self.pid)
        if [x for x in found if x.startswith("/var/tmp/")] != list(found) or \
                not found:
            self.fault = "the message lies in %s" % found
        s.sendall(b"250 taken\r\n")

    def until_dot(self, s):
        """The wire's octets; the dots' stuffing and end are in the sum."""
        head, tail, end = b"", b"", b"\r\n.\r\n"
        while tail != end:
            data = s.recv(1 << 20)
            if not data:
                raise EOFError("in the message")
            tail = (tail + data[-5:])[-5:]
            head = self.add(data, head)
        self.reply(s)

    def counted(self, s, data, left):
        head = self.add(data, b"")
        left -= len(data)
        while left > 0:
            data = s.recv(min(left, 1 << 20))
            if not data:
                raise EOFError("in the chunk")
            left -= len(data)
            head = self.add(data, head)
        self.reply(s)


def piece(form):
    """About 1 MB of body as it is written, repeated."""
    if form == "line":
        return b"x" * 1000000
    text = b"".join(b"%06d " % n + b"y" * (n % 90) + b"\n" +
                    (b".\n" if n % 50 == 0 else b"") +
                    (b"..dots\r\n" if n % 70 == 0 else b"")
                    for n in range(19000))
    return text


def as_sent(text, stuffed):
    text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return text.replace(b"\r\n.", b"\r\n..") if stuffed else text


def send(work, size, form="lines", pipeline="safe", limit=True):
    """One message: (fault or None, server, seconds)."""
    server = Server(work)
    conf = work + "/posthorn.conf"
    with open(conf, "w") as f:
        f.write('account "big" {\n host = "127.0.0.1"\n port = %d\n'
                ' tls = "implicit"\n tls-ca-file = "%s/pki/ca.pem"\n'
                ' pipeline = "%s"\n}\nlog { syslog = false }\n' % (
                    server.port, work, pipeline))
    argv = ["prlimit", "--data=%d" % LIMIT] if limit else []
    argv += [POSTHORN, "-C", conf, "-i", "-f", "a@example.test",
             "b@example.test"]
    start = time.monotonic()
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                         env={"PATH": "/usr/bin:/bin",
                              "XDG_STATE_HOME": work + "/state"})
    server.pid = p.pid
    server.start()
    wanted = feed(p.stdin, size, form, pipeline != "full")
    errors = p.stderr.read().decode("utf-8", "replace")
    p.stderr.close()
    status = p.wait()
    seconds = time.monotonic() - start
    server.join(10)
    if status != 0:
        return "exit %d: %s" % (status, errors), server, seconds
    if server.fault:
        return server.fault, server, seconds
    if server.sum.digest() != wanted:
        return "other octets arrived, %d of them" % server.octets, server, \
            seconds
    return None, server, seconds


def feed(pipe, size, form, stuffed):
    """Writes the message; the digest of what the server has to see."""
    part = piece(form)[:size]
    times = max(1, size // len(part))
    out = as_sent(part, stuffed)
    wanted = hashlib.sha1()
    try:
        pipe.write(b"Subject: big\n\n")
        for _ in range(times):
            pipe.write(part)
            wanted.update(out)
        pipe.close()
    except BrokenPipeError:
        pass
    if form == "line" or not part.endswith(b"\n"):
        wanted.update(b"\r\n")
    if stuffed:
        wanted.update(b".\r\n")
    return wanted.digest()


def disk():
    """The kind of file system below /var/tmp."""
    return subprocess.run(["stat", "-f", "-c", "%T", "/var/tmp"], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.strip()


def skip():
    with open(POSTHORN, "rb") as f:
        if b"__asan_init" in f.read():
            return "built with sanitizers"
    if disk() in MEMORY_FILE_SYSTEMS:
        return "/var/tmp is in memory"
    if shutil.disk_usage("/var/tmp").free < 2 * GIGABYTE:
        return "/var/tmp has no room for 2 GB"
    return None


CASES = (
    ("1 GB by DATA", {}),
    ("1 GB by BDAT", {"pipeline": "full"}),
    ("1 GB in one line", {"form": "line"}),
)


def main():
    tap, why = Tap(), skip()
    names = [n + ", RLIMIT_DATA 16 MiB: sent whole, VmHWM within 2 MiB of "
             "1 kB's" for n, _ in CASES]
    if why:
        for n, name in enumerate(names):
            print("ok %d - %s # SKIP %s" % (n + 1, name, why))
        print("1..%d" % len(names))
        return 0
    work = tempfile.mkdtemp(prefix="big.")
    try:
        make_pki(work)
        fault, small, _ = send(work, 1000)
        print("# 1 kB: VmHWM %s KiB" % small.hwm)
        for name, (_, how) in zip(names, CASES):
            big, seconds = small, 0
            if not fault:
                fault, big, seconds = send(work, GIGABYTE, **how)
            faults = [fault] if fault else []
            if not fault and big.hwm > small.hwm + MARGIN:
                faults.append("VmHWM %d KiB, %d more than for 1 kB" % (
                    big.hwm, big.hwm - small.hwm))
            print("# %s: VmHWM %s KiB, %d octets in %.1f s, %.0f MB/s" % (
                name.split(",")[0], big.hwm, big.octets, seconds,
                big.octets / 1e6 / (seconds or 1)))
            tap.result(name, faults)
            fault = None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
