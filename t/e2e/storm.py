# SPDX-License-Identifier: ISC
"""kill -9 at random, and a line that breaks at random, while many submit."""
import collections
import glob
import os
import random
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + "/crash")

import field				# noqa: E402
import queuefile			# noqa: E402
from smarthost import Tap, make_pki	# noqa: E402

PEOPLE = ["one@dest.test", "two@dest.test", "three@dest.test"]


class Relay(threading.Thread):
    """Between posthorn and the smarthost: half of its connections end after
    a random number of octets, in order or by a reset, until it is healed."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.to, self.healed, self.cuts, self.ended = port, False, 0, False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        self.pairs = {}

    def run(self):
        poll = self.poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        while not self.ended:
            for fd, _ in poll.poll(200):
                if fd == self.listener.fileno():
                    self.accept()
                elif fd in self.pairs:
                    self.pass_on(fd)

    def accept(self):
        here, _ = self.listener.accept()
        there = socket.socket()
        try:
            there.connect(("127.0.0.1", self.to))
        except OSError:
            here.close()
            return
        for s in (here, there):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Octets until the end for each direction; and those of the client
        # behind which the server's next words are lost.
        left = [None, None, None]
        if not self.healed and random.random() < 0.5:
            left[random.choice([0, 1, 2, 2])] = int(random.choice(
                [random.expovariate(1 / 600), random.uniform(0, 6000),
                 random.uniform(1000, 4500)]))
        for s, other, which in ((here, there, 0), (there, here, 1)):
            self.pairs[s.fileno()] = (s, other, which, left)
            self.poll.register(s, select.POLLIN)

    def pass_on(self, fd):
        s, other, which, left = self.pairs[fd]
        try:
            data = s.recv(65536)
            room = left[which]
            if left[2] is not None and left[2] <= 0 and which == 1:
                room = 0
            elif left[2] is not None and which == 0:
                left[2] -= len(data)
            cut = room is not None and not self.healed and len(data) >= room
            if data and cut:
                other.sendall(data[:room])
                self.cuts += 1
                if random.random() < 0.5:
                    for x in (s, other):
                        x.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     b"\1\0\0\0\0\0\0\0")
            elif data:
                other.sendall(data)
                if left[which] is not None:
                    left[which] -= len(data)
                return
        except OSError:
            pass
        for x in (s, other):
            if x.fileno() in self.pairs:
                del self.pairs[x.fileno()]
                self.poll.unregister(x)
            x.close()


class Scripted:
    def __init__(self, work):
        make_pki(work)
        self.host = field.Smarthost(work)
        self.host.up("", "starttls", "--pki", work + "/pki", "--user",
                     field.USER, "--password", field.PASSWORD)
        self.port = self.host.port
        self.account = ['tls = "starttls"', 'tls-ca-file = "%s/pki/ca.pem"'
                        % work, 'user = "%s"' % field.USER,
                        "password = '%s'" % field.PASSWORD]

    def taken(self):
        self.host.count()
        return dict(self.host.taken), self.host.half

    def down(self):
        self.host.down()


class Postfix:
    def __init__(self, _work):
        with open("/tmp/sink") as f:
            self.name, ca, self.boxes = f.read().split()
        self.port, self.found, self.half = 587, {}, []
        self.account = ['tls = "starttls"', 'tls-ca-file = "%s"' % ca,
                        'tls-name = "%s"' % self.name,
                        'user = "robot@e2e.test"',
                        "password = 'correct horse'"]

    def taken(self):
        for path in glob.glob(self.boxes + "/*/new/*"):
            with open(path, "rb") as f:
                octets = f.read()
            os.unlink(path)
            token = field.is_whole(octets.replace(b"\r\n", b"\n").replace(
                b"\n", b"\r\n"))
            if token is None:
                self.half.append(octets[-300:])
                continue
            box = path[len(self.boxes) + 1:].split("/")[0]
            key = (token, box + "@dest.test")
            self.found[key] = self.found.get(key, 0) + 1
        return dict(self.found), self.half

    def down(self):
        pass


class Storm:
    def __init__(self, work, sink, messages, submitters):
        self.sink, self.messages = sink, messages
        self.relay = Relay(sink.port)
        self.relay.start()
        self.posthorn = field.Posthorn(
            work, self.relay.port,
            ["min-retry = 1s", "max-retry = 2s", 'runner = "auto"',
             "connections = 4"],
            [*sink.account, "timeout = 20s"])
        self.accepted, self.refused, self.killed = {}, {}, 0
        self.runners_killed, self.doubted = 0, set()
        self.numbers = iter(range(messages))
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.submit)
                        for _ in range(submitters)]
        self.busy = True
        self.errors = collections.Counter()

    def submit(self):
        while True:
            with self.lock:
                i = next(self.numbers, None)
            if i is None:
                return
            token = "m%06d-%04x" % (i, random.randrange(65536))
            people = random.sample(PEOPLE, random.choice([1, 1, 2]))
            how = random.choice([[], [], ["-odi"], ["-odb"], ["-odq"]])
            self.one(token, people, how)

    def one(self, token, people, how):
        p = subprocess.Popen(
            self.posthorn.argv("-i", "-f", token + "@example.org", *how,
                               *people),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=self.posthorn.environment())
        timer = None
        if random.random() < 0.1:
            timer = threading.Timer(random.expovariate(20), p.kill)
            timer.start()
        try:
            _, said = p.communicate(field.letter(
                token, random.choice([3, 100])), 90)
        except subprocess.TimeoutExpired:
            p.kill()
            said = b"hangs"
            p.communicate()
            with self.lock:
                self.errors["a submitter hangs"] += 1
        if timer:
            timer.cancel()
        with self.lock:
            if p.returncode == 0:
                self.accepted[token] = people
            else:
                self.refused[token] = people
                self.killed += p.returncode == -signal.SIGKILL
                if p.returncode > 0:
                    self.errors["exit %d: %s" % (p.returncode, re.sub(
                        r"[0-9]+", "N", said.decode()[:120]))] += 1

    def kill(self):
        """Somebody who kills runners, and their workers."""
        while self.busy:
            time.sleep(random.expovariate(4))
            found = self.posthorn.runners()
            found = [p for p in found if self.is_runner(p)]
            if not found:
                continue
            for pid in (found if random.random() < 0.3 else
                        [random.choice(found)]):
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.runners_killed += 1
                except ProcessLookupError:
                    pass
            self.look()

    def is_runner(self, pid):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                return b"--runner" in f.read().split(b"\0")
        except OSError:
            return False

    def look(self):
        """Messages in doubt on which nobody works."""
        for name in self.posthorn.waiting():
            token = queuefile.left_in_doubt(self.posthorn.queue + "/" + name)
            if token:
                self.doubted.add(token)

    def go(self):
        killer = threading.Thread(target=self.kill)
        killer.start()
        for t in self.threads:
            t.start()
        for t in self.threads:
            t.join()
        # What waits goes on for a while under fire.
        time.sleep(min(3, self.messages / 200))
        self.busy = False
        killer.join()
        self.posthorn.kill_runners()
        self.look()
        self.relay.healed = True
        for _ in range(30):
            if not self.posthorn.waiting():
                break
            self.posthorn.run(["-qf"], limit=300)
            self.look()

    def explained(self):
        """Tokens of which the log says that an attempt's end is not known."""
        found = set(self.doubted)
        for line in self.posthorn.said().splitlines():
            if re.search(r"outcome=in-doubt|duplicate=", line):
                found.update(re.findall(r"from=<?(m[-0-9a-f]+)@", line))
        return found


def main():
    words = sys.argv[1:]
    keep = "-k" in words
    words = [x for x in words if x != "-k"]
    seed = int(os.environ.get("SEED", random.randrange(10 ** 6)))
    random.seed(seed)
    work, tap = field.workplace("storm"), Tap()
    print("# SEED=%d" % seed)
    sink = (Postfix if words[0] == "postfix" else Scripted)(work)
    storm = Storm(work, sink, int(words[1]), int(words[2]))
    began = time.monotonic()
    try:
        storm.go()
        judge(storm, sink, tap, words[0])
    finally:
        storm.posthorn.kill_runners()
        storm.relay.ended = True
        sink.down()
        if keep or tap.failed:
            print("# kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    print("# storm: %d messages in %.0f s, %d accepted, %d submitters killed, "
          "%d runners killed, %d connections cut" % (
              storm.messages, time.monotonic() - began, len(storm.accepted),
              storm.killed, storm.runners_killed, storm.relay.cuts))
    return tap.end()


def judge(storm, sink, tap, name):
    wanted = [(t, p) for t, people in storm.accepted.items() for p in people]

    def lost():
        taken = sink.taken()[0]
        return [x for x in wanted if x not in taken]
    missing = field.until(30 if name == "postfix" else 3,
                          lambda: not lost()) and [] or lost()
    taken, half = sink.taken()
    tap.result("%s: nothing is lost" % name,
               ["%d lost: %s" % (len(missing), missing[:10])]
               if missing else [])
    tap.result("%s: nothing is half" % name, [repr(x) for x in half[:5]])
    tap.result("%s: the queue is empty" % name,
               ["%s: %s" % (x, storm.posthorn.said()[-500:])
                for x in storm.posthorn.waiting()[:3]])
    failed = os.listdir(storm.posthorn.queue + "/failed")
    tap.result("%s: nothing is set aside" % name, failed[:5])
    sent = {**storm.accepted, **storm.refused}
    tap.result("%s: nobody got what was not for him" % name,
               [repr(x) for x in taken if x[1] not in sent.get(x[0], ())][:5])
    twice = {x: n for x, n in taken.items() if n > 1}
    doubt = storm.explained()
    bare = [(x, n) for x, n in twice.items() if x[0] not in doubt]
    tap.result("%s: what came twice was in doubt" % name,
               ["%d of %d were not: %s" % (len(bare), len(twice), bare[:5])]
               if bare else [])
    tap.result("%s: submitters were refused for no other reason" % name,
               ["%d times %s" % (n, x)
                for x, n in storm.errors.most_common(5)])
    print("# lost: %d" % len(missing))
    print("# came again: %d, in doubt each" % sum(
        n - 1 for n in twice.values()) if not bare else
        "# came again without doubt: %d" % len(bare))


if __name__ == "__main__":
    sys.exit(main())
