# SPDX-License-Identifier: ISC
"""Outages of every kind.  The cases mostly wait, and run side by side."""
import concurrent.futures
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + "/crash")

import field				# noqa: E402
import queuefile			# noqa: E402
from smarthost import Tap, make_pki	# noqa: E402

ANN = "ann@dest.test"
QUICK = ["min-retry = 1s", "max-retry = 1s", 'runner = "auto"']
CLOCKED = field.CRASH + "/posthorn"
OFFSET = field.CRASH + "/clock.so.offset"
DAY = 86400


class Fault(Exception):
    pass


def check(what, *words):
    if not what:
        raise Fault(" ".join(str(x) for x in words))


class Case:
    """A posthorn and a smarthost, which is down at first."""

    def __init__(self, work, queue=(), account=(), program=None):
        os.mkdir(work, 0o755)
        self.work = work
        self.host = field.Smarthost(work)
        self.posthorn = field.Posthorn(work, self.host.port,
                                       QUICK + list(queue), account, program)
        self.sent = []

    def send(self, *tokens, seconds=8, **more):
        for token in tokens:
            began = time.monotonic()
            done = self.posthorn.send(token, [ANN], **more)
            took = time.monotonic() - began
            check(done.returncode == 0, "exit", done.returncode,
                  done.stderr.decode())
            check(took < seconds, "it took %.1f s" % took)
            self.sent.append(token)

    def missing(self):
        taken = self.host.count()
        return [t for t in self.sent if (t, ANN) not in taken]

    def arrives(self, seconds=10):
        """All of it comes, once, and nobody is told of failure."""
        field.until(seconds, lambda: not self.missing())
        check(not self.missing(), "not there after %d s:" % seconds,
              self.missing(), self.tell())
        taken = {x: n for x, n in self.host.taken.items() if n != 1}
        check(not taken, "came more than once:", taken)
        check(field.until(5, lambda: not self.posthorn.waiting()),
              "left in the queue:", self.posthorn.waiting(),
              self.tell()) if self.posthorn.waiting() else None
        self.unbounced()

    def unbounced(self):
        self.host.count()
        check(not self.host.half, "half a message", self.host.half)
        check(not self.host.failures, "bounced:", self.host.failures)
        for name in ("failed", "hold"):
            path = self.posthorn.queue + "/" + name
            check(not os.path.isdir(path) or not os.listdir(path),
                  "in %s:" % name, self.tell())

    def tell(self):
        return ("\nrunners: %s\n" % self.posthorn.runners() +
                self.posthorn.said()[-1500:])

    def end(self):
        self.posthorn.kill_runners()
        self.host.down()


# ---- The smarthost ---------------------------------------------------------

def recovers(case, script="", mode="plain", before=(), after=(), wait=2.5):
    """Is there, but of no use; then it is."""
    case.host.up(script, mode, *before)
    case.send("one", "two", "three")
    time.sleep(wait)
    check(len(case.missing()) == 3, "delivered too early")
    case.unbounced()
    case.host.up("", mode, *after)
    case.arrives()


def down(case):
    case.send("one", "two", "three", seconds=2)
    time.sleep(2.5)
    case.unbounced()
    case.host.up()
    case.arrives()


def closes(case):
    recovers(case, "on CONNECT cut")


def silent_421(case):
    recovers(case, "on GREETING reply 421 4.3.2 not now ; close")


def greylists(case):
    recovers(case, "on RCPT reply 450 4.2.0 greylisted, come again")


def refuses_starttls(case):
    recovers(case, "on STARTTLS reply 454 4.7.0 TLS sleeps", "starttls",
             ["--pki", case.pki], ["--pki", case.pki])


def not_taken(case):
    recovers(case, "on MESSAGE reply 451 4.3.0 disk full")


def expired(case):
    recovers(case, "", "starttls", ["--pki", case.pki, "--leaf", "expired"],
             ["--pki", case.pki, "--leaf", "good"])


def unknown_name(case):
    """The name is not found; then the configuration is mended."""
    port = case.posthorn.port
    case.posthorn.configure(QUICK, ['tls = "off"'])
    with open(case.posthorn.conf) as f:
        text = f.read()
    write(case.posthorn.conf, text.replace('"127.0.0.1"',
                                           '"nowhere.invalid"'))
    case.send("one", "two", seconds=15)
    check(not case.host.taken, "port", port)
    case.host.up()
    write(case.posthorn.conf, text)
    case.arrives(20)


def write(path, text):
    """Replaces the file in one step."""
    with open(path + ".new", "w",
              opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text)
    os.rename(path + ".new", path)


def one_of_two_accounts(case):
    """The dead one does not delay the other."""
    other = field.free_port()
    case.posthorn.configure(QUICK, [], [
        'default-account = "test"', 'account "dead" {', '    host = "127.0.0.1"',
        "    port = %d" % other, '    tls = "off"',
        '    match = "*@dead.test"', "}"])
    for i in range(5):
        done = case.posthorn.run(
            ["-i", "-odq", "-f", "x@dead.test", ANN],
            field.letter("dead%d" % i))
        check(done.returncode == 0, done.stderr.decode())
    case.host.up()
    case.send("one", "two", "three", seconds=2)
    for token in ("four", "five"):
        done = case.posthorn.send(token, [ANN], "-odq")
        check(done.returncode == 0, done.stderr.decode())
        case.sent.append(token)
    field.until(6, lambda: not case.missing())
    check(not case.missing(), "delayed:", case.missing(), case.tell())
    check(len(case.posthorn.waiting()) == 5, case.posthorn.waiting())
    case.unbounced()


# ---- Nobody is left --------------------------------------------------------

def called_as(case, *words, name=None, octets=b""):
    """As after a reboot: any call starts the runner."""
    case.send("one", "two")
    case.posthorn.kill_runners()
    check(not case.posthorn.runners(), "still runs")
    case.host.up()
    program = case.work + "/" + name
    os.symlink(case.posthorn.program, program)
    done = subprocess.run([program, "-C", case.posthorn.conf, *words],
                          input=octets, env=case.posthorn.environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=20)
    check(done.returncode in (0, 75), "exit", done.returncode,
          done.stderr.decode())
    if octets:
        case.sent.append("three")
    case.arrives()


def called_mailq(case):
    called_as(case, name="mailq")


def called_sendmail(case):
    called_as(case, "-i", "-f", field.SENDER, ANN, name="sendmail",
              octets=field.letter("three"))


def called_bp(case):
    called_as(case, "-bp", name="posthorn")


def called_bpc(case):
    called_as(case, "-bP", name="posthorn")


def group_killed(case):
    """The caller's whole process group ends when it has its exit 0."""
    path = case.work + "/letter"
    with open(path, "wb") as f:
        f.write(field.letter("one"))
    shell = subprocess.Popen(
        ["sh", "-c", '"$@" <%s; echo $?; sleep 60' % path, "sh",
         *case.posthorn.argv("-i", "-f", field.SENDER, ANN)],
        stdout=subprocess.PIPE, start_new_session=True,
        env=case.posthorn.environment())
    check(shell.stdout.readline() == b"0\n", "not exit 0")
    case.sent.append("one")
    check(field.until(3, case.posthorn.runners), "no runner",
          case.tell())
    runners = case.posthorn.runners()
    for pid in runners:
        check(os.getpgid(pid) != shell.pid, "in the caller's group")
        check(os.getsid(pid) != shell.pid, "in the caller's session")
        check(os.readlink("/proc/%d/cwd" % pid) == "/", "holds a directory")
        held = {os.readlink("/proc/%d/fd/%s" % (pid, x))
                for x in os.listdir("/proc/%d/fd" % pid)}
        check(not any(x.startswith("pipe") or "letter" in x or "tty" in x
                      for x in held), "holds", held)
    os.killpg(shell.pid, signal.SIGKILL)
    shell.wait()
    shell.stdout.close()
    check(set(case.posthorn.runners()) & set(runners), "the runner is gone")
    case.host.up()
    case.arrives()


def pipe_is_closed(case):
    """Who reads what we say to its end is not kept by the runner."""
    began = time.monotonic()
    done = subprocess.run(
        ["sh", "-c", '"$@" 2>&1 | cat', "sh",
         *case.posthorn.argv("-i", "-f", field.SENDER, ANN)],
        input=field.letter("one"), env=case.posthorn.environment(),
        stdout=subprocess.PIPE, timeout=20)
    check(done.returncode == 0 and time.monotonic() - began < 5,
          "kept for %.1f s" % (time.monotonic() - began))
    case.sent.append("one")
    case.host.up()
    case.arrives()


CGROUPS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup",
           "/sys/fs/cgroup/pids", "/sys/fs/cgroup/freezer"]


def cgroup_killed(case):
    """All that came from the caller is killed, the runner with it."""
    group = None
    for top in CGROUPS:
        if os.path.exists(top + "/cgroup.procs") and os.access(top, os.W_OK):
            try:
                group = top + "/posthorn-test-%d" % os.getpid()
                os.mkdir(group)
                break
            except OSError:
                group = None

    def join():
        if group:
            with open(group + "/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
    try:
        case.send("one", preexec_fn=join)
        if group:
            field.until(3, case.posthorn.runners)
            with open(group + "/cgroup.procs") as f:
                members = [int(x) for x in f]
            check(set(case.posthorn.runners()) <= set(members),
                  "not in the group")
        else:				# the same by hand
            members = case.posthorn.runners()
        for pid in members:
            os.kill(pid, signal.SIGKILL)
        field.until(5, lambda: not case.posthorn.runners())
        check(not case.posthorn.runners(), "somebody is left")
    finally:
        if group:
            field.until(5, lambda: not rmdir(group))
    case.host.up()
    done = case.posthorn.run(["-bp"])
    check(done.returncode == 0, done.returncode, done.stderr.decode())
    case.arrives()


def rmdir(path):
    try:
        os.rmdir(path)
    except OSError:
        return True
    return False


# ---- The clock: one case after another, for it is one file -----------------

def clock(seconds):
    write(OFFSET, str(seconds))


def ten_days(case):
    case.send("one", "two", "three")
    for day in range(2, 11, 2):
        clock(day * DAY)
        time.sleep(1.3)
        check(case.posthorn.runners(), "nobody runs the queue, day", day,
              case.tell())
        case.unbounced()
    check(len(case.posthorn.waiting()) >= 3, "not all wait",
          case.posthorn.waiting())
    case.host.up()
    case.arrives()


def login_refused(case):
    """Ten hours in which the login is refused."""
    login = ["--user", field.USER, "--password", field.PASSWORD]
    case.host.up("on AUTH reply 535 5.7.8 no", "starttls", "--pki", case.pki,
                 *login)
    case.send("one", "two", "three")
    for hour in range(0, 11, 2):
        clock(hour * 3600)
        time.sleep(1.3)
    check(len(case.missing()) == 3, "delivered without a login")
    case.unbounced()
    case.host.up("", "starttls", "--pki", case.pki, *login)
    clock(12 * 3600)
    case.arrives()


def clock_back(case):
    clock(DAY)
    case.send("one", "two")
    time.sleep(1.3)
    clock(0)
    case.host.up()
    case.arrives()


def clock_far_back(case):
    clock(0)
    case.send("one", "two")
    time.sleep(1.3)
    clock(-20 * 365 * DAY)
    case.host.up()
    case.arrives()


def clock_forward(case):
    clock(0)
    case.send("one", "two")
    time.sleep(1.3)
    clock(20 * DAY)
    time.sleep(1.3)
    case.unbounced()
    case.host.up()
    case.arrives()


def clock_set_at_boot(case):
    """A machine without a clock of its own: mail is sent in 2006, then the
    time comes by the network."""
    clock(-20 * 365 * DAY)
    case.send("one", "two")
    time.sleep(1.3)
    clock(0)
    time.sleep(1.3)
    case.unbounced()
    case.host.up()
    case.arrives()


# ---- The queue's directory -------------------------------------------------

def unusable(case, run, room=True):
    """Down: exit 75 or so, and nothing is left; up: it is sent, unless it
    is too large for what room there is."""
    done = run("one")
    check(done.returncode not in (0, "hangs"), "taken by a queue that "
          "cannot be: exit", done.returncode)
    check(done.stderr, "not a word")
    case.host.up()
    done = run("two")
    check(done.returncode == 0 or not room, "exit", done.returncode,
          done.stderr.decode())
    if done.returncode == 0:
        case.sent.append("two")
    case.arrives()
    check(room or done.returncode in (0, 75), "exit", done.returncode)
    check(len(case.host.taken) == len(case.sent), case.host.taken)


def run_mounted(case, options, prepare, token):
    """With a tmpfs at the queue's place, that no one else sees."""
    script = "mount -t tmpfs -o %s none %s && %s && shift && exec \"$@\"" % (
        options, case.posthorn.queue, prepare)
    return case.posthorn.send(
        token, [ANN], lines=2000, before=["unshare", "-m", "sh", "-c", script,
                                         "sh", case.posthorn.queue])


def can_mount():
    return subprocess.run(
        ["unshare", "-m", "true"], stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL).returncode == 0


def read_only(case):
    make_queue(case)
    if can_mount():
        unusable(case, lambda t: run_mounted(
            case, "mode=0700,size=1m", "mkdir %s && mount -o remount,ro %s" % (
                " ".join(case.posthorn.queue + "/" + x for x in FOLDERS),
                case.posthorn.queue), t))
    else:
        os.chmod(case.posthorn.queue, 0o500)
        try:
            unusable(case, lambda t: case.posthorn.send(t, [ANN]))
        finally:
            os.chmod(case.posthorn.queue, 0o700)


FOLDERS = ["failed", "hold", "tmp", "state", "run"]


def make_queue(case):
    os.makedirs(case.posthorn.queue, 0o700)
    for name in FOLDERS:
        os.mkdir(case.posthorn.queue + "/" + name, 0o700)


def full(case):
    """64 kB, of which a message has no room."""
    make_queue(case)
    if not can_mount():
        case.posthorn.configure(QUICK + ['max-size = 1k'])
        unusable(case, lambda t: case.posthorn.send(t, [ANN], lines=2000))
        return
    unusable(case, lambda t: run_mounted(
        case, "mode=0700,size=64k", "{ head -c 65536 /dev/zero >%s/fill; "
        "mkdir %s; true; } 2>/dev/null" % (case.posthorn.queue, " ".join(
            case.posthorn.queue + "/" + x for x in FOLDERS)), t), False)


def full_later(case):
    """It fits, but what an attempt has to note does not: the message stays,
    whole, and is delivered when there is room."""
    case.send("one", "two")
    case.posthorn.kill_runners()
    if not can_mount():
        case.host.up()
        case.posthorn.run(["-bp"])
        case.arrives()
        return
    queue = case.posthorn.queue
    case.host.up()
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c",
         "mount -t tmpfs -o mode=0700,size=96k none %(new)s && "
         "cp -a %(queue)s/. %(new)s/ && "
         "{ head -c 1000000 /dev/zero >%(new)s/tmp/fill; "
         "mount --bind %(new)s %(queue)s; "
         "\"$@\"; echo exit $?; ls %(queue)s; "
         "rm %(new)s/tmp/fill; rm -rf %(back)s; "
         "cp -a %(new)s %(back)s; } 2>&1" % {
             "new": make(case.work + "/new"), "queue": queue,
             "back": case.work + "/back"}, "sh", *case.posthorn.argv("-qf")],
        env=case.posthorn.environment(), stdout=subprocess.PIPE, timeout=60)
    shutil.rmtree(queue)
    os.rename(case.work + "/back", queue)
    check(b"exit" in done.stdout, done.stdout)
    left, taken = len(case.posthorn.waiting()), len(case.host.count())
    check(left + taken >= 2, "lost on a full disk:", left, taken,
          done.stdout.decode())
    case.posthorn.run(["-bp"])
    field.until(10, lambda: not case.missing())
    check(not case.missing(), case.missing(), done.stdout.decode(),
          case.tell())
    case.unbounced()


def make(path):
    os.mkdir(path)
    return path


def of_somebody_else(case):
    make_queue(case)
    if os.getuid() == 0:
        os.chown(case.posthorn.queue, 12345, 12345)
    else:
        os.chmod(case.posthorn.queue, 0o777)
    unusable(case, lambda t: case.posthorn.send(t, [ANN]))


# ---- Many ------------------------------------------------------------------

def fill(case, number):
    """So many messages in the queue, from one."""
    done = case.posthorn.send("t%07d" % 9999999, [ANN], "-odq", lines=5)
    check(done.returncode == 0, done.stderr.decode())
    path = case.posthorn.queue + "/" + case.posthorn.waiting()[0]
    tokens = ["t%07d" % i for i in range(number)]
    queuefile.copies(path, case.posthorn.queue, tokens)
    os.unlink(path)
    return tokens


def measured(case, *words, limit=900):
    """Runs; seconds and the largest process's kB."""
    report = case.work + "/measured"
    done = subprocess.run(
        [field.CRASH + "/measure", report, *case.posthorn.argv(*words)],
        env=case.posthorn.environment(), stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=limit)
    check(done.returncode == 0, done.stderr.decode()[-500:])
    with open(report) as f:
        code, seconds, size = f.read().split()
    return int(code), float(seconds), int(size)


def many(case, small, large):
    """Runs with nobody there, with each message put off, and one that
    delivers all."""
    case.posthorn.program = field.PLAIN
    case.posthorn.configure(['runner = "external"', "min-retry = 1s"])
    figures = []
    for number in (small, large):
        tokens = fill(case, number)
        idle = measured(case, "-q")
        case.host.up("on RCPT reply 450 4.2.0 not now")
        later = measured(case, "-qf")
        check(len(case.posthorn.waiting()) == number, "lost some",
              len(case.posthorn.waiting()), case.tell())
        case.unbounced()
        case.host.up()
        busy = measured(case, "-qf")
        check(busy[0] == 0, "exit", busy[0], case.tell())
        case.host.down()
        taken = {t for t, _ in case.host.taken}
        missing = [t for t in tokens if t not in taken]
        check(not missing, len(missing), "missing", missing[:5],
              case.tell())
        check(not case.posthorn.waiting(), "left", case.tell())
        case.host.taken.clear()
        figures.append((number, idle, later, busy))
    case.said = ["messages %d: %.2f s with nobody there, %.2f s to be put "
                 "off, %.2f s to be delivered (%.0f/s), %d kB" % (
                     n, *(x[1] for x in runs), n / runs[-1][1],
                     max(x[2] for x in runs)) for n, *runs in figures]
    (n, *first), (m, *second) = figures
    for few, more in zip(first, second):
        check(more[1] < 2.0 * m / n * max(few[1], 0.05), "not linear:",
              case.said)
        # What it knows of a message is 32 octets, and room to grow.
        check(more[2] < few[2] + 2048 + (m - n) * 64 // 1024, "not flat:",
              case.said)


CASES = [
    ("smarthost down", down, {}),
    ("accepts and closes", closes, {}),
    ("421 to everybody", silent_421, {}),
    ("greylists", greylists, {}),
    ("takes no message", not_taken, {}),
    ("has no TLS for now", refuses_starttls, {"tls": True}),
    ("expired certificate", expired, {"tls": True}),
    ("a name that is not found", unknown_name, {}),
    ("one of two accounts is dead", one_of_two_accounts, {}),
    ("reboot, then mailq", called_mailq, {}),
    ("reboot, then sendmail", called_sendmail, {}),
    ("reboot, then posthorn -bp", called_bp, {}),
    ("reboot, then posthorn -bP", called_bpc, {}),
    ("the caller's process group is killed", group_killed, {}),
    ("the caller's pipe is read to its end", pipe_is_closed, {}),
    ("the caller's cgroup is killed", cgroup_killed, {}),
    ("queue directory read-only", read_only, {}),
    ("queue directory full", full, {}),
    ("queue directory full later", full_later, {}),
    ("queue directory of somebody else", of_somebody_else, {}),
]
CLOCKS = [
    ("refuses the login", login_refused, {"tls": True, "login": True}),
    ("10 days", ten_days, {}),
    ("clock set back by a day", clock_back, {}),
    ("clock set back by years", clock_far_back, {}),
    ("clock set forward by weeks", clock_forward, {}),
    ("clock right only after boot", clock_set_at_boot, {}),
]


def run_case(work, number, row, clocked=False):
    name, what, more = row
    case = None
    try:
        account = []
        pki = work + "/pki"
        if more.get("tls"):
            account += ['tls = "starttls"', 'tls-ca-file = "%s/ca.pem"' % pki]
        if more.get("login"):
            account += ['user = "%s"' % field.USER,
                        "password = '%s'" % field.PASSWORD]
        case = Case("%s/case-%d" % (work, number), (), account,
                    CLOCKED if clocked else None)
        case.pki, case.said = pki, []
        what(case)
        return name, [], case.said
    except Fault as e:
        return name, [str(e)], getattr(case, "said", [])
    except Exception as e:		# pylint: disable=broad-except
        return name, ["%s: %s" % (type(e).__name__, e)], []
    finally:
        if case:
            case.end()


def main():
    words = sys.argv[1:]
    keep, long = "-k" in words, "-l" in words
    parts = [x for x in words if x not in ("-k", "-l")]
    work, tap = field.workplace("outage"), Tap()
    os.chmod(work, 0o755)
    make_pki(work)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def wanted(rows):
        return [r for r in rows
                if not parts or any(r[0].startswith(x) for x in parts)]

    def clocks():
        found = []
        for i, row in enumerate(wanted(CLOCKS)):
            clock(0)
            found.append(run_case(work, 100 + i, row, True))
        return found
    small, large = (10000, 100000) if long else (500, 1000)
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            by_clock = pool.submit(clocks)
            rows = [pool.submit(run_case, work, i, row)
                    for i, row in enumerate(wanted(CASES))]
            for x in [x.result() for x in rows] + by_clock.result():
                tap.result(*x[:2])
        for row in wanted([("%d messages" % large,
                            lambda c: many(c, small, large), {})]):
            name, faults, said = run_case(work, 200, row)
            tap.result(name, faults)
            for line in said:
                print("# " + line)
    finally:
        if os.path.exists(OFFSET):
            os.unlink(OFFSET)
        if keep or tap.failed:
            print("# kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
