# SPDX-License-Identifier: ISC
"""A posthorn with a queue, and a scripted smarthost that can be taken away:
what the tests of crashes and outages stand on."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
POSTHORN = os.environ.get("POSTHORN", TOP + "/build/posthorn")
SMARTHOST = os.environ.get("SMARTHOST", TOP + "/build/t/smarthost")
CRASH = os.environ.setdefault("CRASH", TOP + "/build/t/crash")
# A program whose calls are counted or whose memory is measured: never the
# sanitized one.
PLAIN = CRASH + "/posthorn" if os.environ.get("SANITIZE") else POSTHORN
SENDER = "joe@example.org"
USER, PASSWORD = "robot@example.test", "tangerine-Secret"


def workplace(name):
    """A folder of our own, in memory where that can be."""
    base = os.environ.get("TMPDIR")
    if not base and os.access("/dev/shm", os.W_OK):
        base = "/dev/shm"
    return os.path.realpath(tempfile.mkdtemp(prefix="posthorn-%s." % name,
                                             dir=base))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(seconds, what):
    """Waits until what() is true; its last value."""
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.02)


def letter(token, lines=20):
    """A message that can be told from others, and is whole to its end."""
    return ("From: %s\nSubject: %s\nX-Token: %s\n\n" % (SENDER, token, token)
            + "".join("line %d of %s\n" % (i, token) for i in range(lines))
            + "end of %s\n" % token).encode()


TOKEN = re.compile(rb"^X-Token: (\S+)\r?$", re.M)


def is_whole(octets):
    """The token of a message; None unless it is whole."""
    found = TOKEN.search(octets)
    if not found:
        return None
    token = found.group(1)
    if not octets.endswith(b"end of " + token + b"\r\n"):
        return None
    lines = re.findall(rb"(?m)^line (\d+) of (\S+)\r$", octets)
    if any(int(n) != i or t != token for i, (n, t) in enumerate(lines)):
        return None
    return token.decode()


class Smarthost:
    """Listens on its port as long as it is up; what it took is counted over
    all its lives."""

    def __init__(self, work, port=None):
        self.work, self.port = work, port or free_port()
        self.life, self.process, self.seen = 0, None, set()
        self.taken = {}			# (token, address) -> times
        self.bounced = {}		# token -> addresses told of
        self.failures = []		# notices of failure, their beginning
        self.half = []			# files that are no whole message
        self.commands = 0

    def up(self, script="", mode="plain", *more):
        self.down()
        self.life += 1
        self.out = "%s/out-%d" % (self.work, self.life)
        os.mkdir(self.out)
        argv = [SMARTHOST, "--mode", mode, "--out", self.out, "--life",
                "7200", "--no-log", "--port", str(self.port), *more]
        if script:
            with open(self.out + "/script", "w") as f:
                f.write(script + "\n")
            argv += ["--script", self.out + "/script"]
        for _ in range(100):
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            if self.process.stdout.readline():
                return
            said = self.process.stderr.read().decode()
            self.process.wait()
            if "bind" not in said:
                break
            time.sleep(0.05)
        raise RuntimeError("no smarthost: " + said)

    def down(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process.stdout.close()
            self.process.stderr.close()
            self.process = None
            self.count()

    def count(self):
        """Takes notice of what came in since."""
        for folder in glob.glob(self.work + "/out-*"):
            for path in glob.glob(folder + "/msg-*.json"):
                self.note(folder, path)
        return self.taken

    def note(self, folder, path):
        try:
            with open(path) as f:
                record = json.load(f)
            with open("%s/%s" % (folder, record["file"]), "rb") as f:
                octets = f.read()
        except (ValueError, FileNotFoundError):
            return			# it is being written
        if record["accepted"]:
            self.take(record, octets)
        os.unlink(path)
        os.unlink("%s/%s" % (folder, record["file"]))

    def take(self, record, octets):
        people = [re.search(r"<(.*?)>", x).group(1) for x in record["rcpt"]]
        if record["mail"].upper().startswith("MAIL FROM:<>"):
            if b"\nAction: failed" not in octets:
                return			# of delay
            self.failures.append(octets[:300])
            for token in set(TOKEN.findall(octets)):
                self.bounced.setdefault(token.decode(), set()).update(
                    re.findall(r"(?i)Final-Recipient: rfc822; *(\S+)",
                               octets.decode("utf-8", "replace")))
            return
        token = is_whole(octets)
        if not token:
            self.half.append(octets[-300:])
            return
        for who in people:
            key = (token, who)
            self.taken[key] = self.taken.get(key, 0) + 1


class Posthorn:
    """Calls of the program, with a configuration of its own."""

    def __init__(self, work, port, queue=(), account=(), program=None,
                 top=()):
        self.work, self.port = work, port
        self.program = program or POSTHORN
        self.queue = work + "/queue"
        self.conf = work + "/posthorn.conf"
        self.log = work + "/log"
        with open(self.log, "a"):	# with a set-id program it must be there
            pass
        self.configure(queue, account, top)

    def configure(self, queue=(), account=(), top=()):
        lines = ['domain = "client.example.test"',
                 'log { syslog = false file = "%s" }' % self.log,
                 "queue {", '    directory = "%s"' % self.queue,
                 *["    " + x for x in queue], "}", *top,
                 'account "test" {', '    host = "127.0.0.1"',
                 "    port = %d" % self.port]
        if not any(x.startswith("tls ") for x in account):
            lines += ['    tls = "off"']
        lines += ["    " + x for x in account] + ["}", ""]
        new = self.conf + ".new"
        with open(new, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write("\n".join(lines))
        os.rename(new, self.conf)

    def environment(self):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.work,
               "XDG_STATE_HOME": self.work + "/own"}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
                env[name] = value
        return env

    def argv(self, *words):
        return [self.program, "-C", self.conf, *words]

    def run(self, words, octets=b"", before=(), limit=60, **more):
        """The ended process, with .stdout and .stderr; status "hangs" when
        it does."""
        argv = [*before, *self.argv(*words)]
        p = subprocess.Popen(argv, env=self.environment(),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, **more)
        try:
            out, err = p.communicate(octets, timeout=limit)
            return subprocess.CompletedProcess(argv, p.returncode, out, err)
        except subprocess.TimeoutExpired:
            where = self.where()
            self.kill_runners()
            p.kill()
            _, err = p.communicate()
            return subprocess.CompletedProcess(argv, "hangs", b"",
                                               err + where.encode())

    def send(self, token, people, *words, lines=20, **more):
        return self.run(["-i", "-f", SENDER, *words, *people],
                        letter(token, lines), **more)

    def waiting(self):
        """Names in the queue."""
        try:
            return sorted(x for x in os.listdir(self.queue)
                          if re.fullmatch(r"[0-9a-z]{16}", x))
        except FileNotFoundError:
            return []

    def runners(self):
        """Processes of this configuration that live."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as f:
                    words = f.read().split(b"\0")
                with open(os.path.dirname(path) + "/stat") as f:
                    dead = f.read().rsplit(")", 1)[1].split()[0] in "ZX"
            except OSError:
                continue
            if self.conf.encode() in words and not dead and \
                    os.path.basename(words[0]) not in (b"python3", b"sh"):
                found.append(int(path.split("/")[2]))
        return found

    def where(self):
        """In which call each of them is, and since when."""
        said = ""
        for pid in self.runners():
            try:
                with open("/proc/%d/syscall" % pid) as f:
                    said += "\n%d: call %s" % (pid, f.read().strip())
                for x in os.listdir("/proc/%d/fd" % pid):
                    said += "; %s %s" % (x, os.readlink("/proc/%d/fd/%s" % (
                        pid, x)))
            except OSError as e:
                said += "\n%d: %s" % (pid, e)
        return said

    def kill_runners(self, how=signal.SIGKILL):
        """Ends those that this configuration has, and waits for it."""
        for pid in self.runners():
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass
        until(5, lambda: not self.runners())

    def said(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def forget(self):
        shutil.rmtree(self.queue, ignore_errors=True)
        shutil.rmtree(self.work + "/own", ignore_errors=True)
