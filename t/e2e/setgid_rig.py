# SPDX-License-Identifier: ISC
"""What the cases of a set-group-ID installation share: its users, its queue
as root sees it, the server, the configuration."""
import contextlib
import glob
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import traceback

from cases import Failed, House, check
from smarthost import make_pki

SOURCE = "/src"
TREE, WORK = "/tmp/tree", "/tmp/work"
ALICE, BOB, WWW = 1001, 1002, 33
PORT, OTHER_PORT = 2525, 2526
LOGIN, PASSWORD = "robot", "tangerine-Secret"
SECONDS = 15		# that something may take


class Paths:
    """Where things are, as configured."""
    conf = spool = docs = posthorn = sendmail = mailq = log = ""


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def exits(self, *wanted):
        check(self.status in wanted, "exit %s, not %s: %s" % (
            self.status, wanted, self.err))
        return self

    def lacks(self, *texts):
        for text in texts:
            check(text not in self.out + self.err, "it says", text, "in",
                  self.out + self.err)
        return self


def environment(uid, more=None):
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
           "HOME": pwd.getpwuid(uid).pw_dir}
    env.update(more or {})
    return env


def start(uid, *argv, env=None, **more):
    """A process of that user, as a login would have it."""
    gid = pwd.getpwuid(uid).pw_gid
    return subprocess.Popen(
        argv, cwd="/", env=environment(uid, env), user=uid, group=gid,
        extra_groups=[gid], start_new_session=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def run(uid, *argv, text=b"", env=None, limit=30):
    p = start(uid, *argv, env=env)
    try:
        out, err = p.communicate(text, timeout=limit)
    except subprocess.TimeoutExpired:
        p.kill()
        raise Failed("still running after %d s: %s" % (
            limit, " ".join(argv))) from None
    return Result(p.returncode, out, err)


def letter(subject):
    return ("Subject: %s\n\nThe secret of %s.\n" % (subject, subject)).encode()


def send(uid, subject, *args, **more):
    """Submits as that user; the recipient is named after the subject."""
    return run(uid, Paths.sendmail, "-i", *args,
               "-f", "from-%s@example.test" % subject,
               "to-%s@example.test" % subject, text=letter(subject), **more)


def python(uid, code, *args, **more):
    """Runs a program of that user's own."""
    return run(uid, sys.executable, "-c", code, *args, **more)


# ---- The queue, seen by root ---------------------------------------------

FOLDERS = ("", "failed", "hold")


def queued(*subjects, folders=FOLDERS):
    """{subject: path} of what is in the queue's folders, by its text."""
    found = {}
    for folder in folders:
        for path in glob.glob(os.path.join(Paths.spool, folder, "?" * 16)):
            try:
                with open(path, "rb") as f:
                    text = f.read()
            except FileNotFoundError:
                continue
            m = re.search(rb"^Subject: (\S+)\r$", text, re.M)
            found[m.group(1).decode() if m else path] = path
    for subject in subjects:
        check(subject in found, subject, "is not queued, but", sorted(found))
    return found


def empty():
    """Ends our runners; forgets what is queued and how hosts did."""
    for pid, _ in runners():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in FOLDERS + ("state", "run", "tmp"):
        for path in glob.glob(os.path.join(Paths.spool, folder, "*")) + \
                glob.glob(os.path.join(Paths.spool, folder, ".*")):
            if not os.path.isdir(path):
                os.unlink(path)


def look(path):
    """All there is to see of a file."""
    st = os.stat(path)
    with open(path, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return (path, st.st_ino, st.st_uid, st.st_gid, oct(st.st_mode),
            st.st_nlink, st.st_mtime_ns, digest)


def processes():
    """(pid, real uid, command line) of each."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/cmdline" % name, "rb") as f:
                words = f.read().split(b"\0")
            with open("/proc/%s/status" % name, encoding="utf-8") as f:
                text = f.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if re.search(r"^State:\s+Z", text, re.M):
            continue
        uid = int(re.search(r"^Uid:\s+(\d+)", text, re.M).group(1))
        found.append((int(name), uid, words))
    return found


def runners(uid=None):
    """(pid, uid) of the detached runners."""
    return [(p, u) for p, u, words in processes()
            if b"--runner" in words and uid in (None, u)]


def within(what, test, seconds=SECONDS):
    """Waits until test() is true; returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        got = test()
        if got:
            return got
        check(time.monotonic() < end, "not after", str(seconds), "s:", what)
        time.sleep(0.05)


# ---- Server and configuration --------------------------------------------

def write(path, text, mode, uid=0, gid=0):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(fd, "w", encoding="utf-8") as f:
        f.write(text)
        os.fchown(fd, uid, gid)
        os.fchmod(fd, mode)


def posthorn_gid():
    return pwd.getpwnam("posthorn").pw_gid


def account(port=PORT, lines=()):
    return 'account "test" {\n\t%s\n}\n' % "\n\t".join(
        ('host = "127.0.0.1"', "port = %d" % port, 'tls = "off"') +
        tuple(lines))


def configure(lines=(), runner="external", top=(), queue=()):
    """The system's."""
    write(Paths.conf, "\n".join((
        'domain = "client.example.test"',
        'log { syslog = false  file = "%s" }' % Paths.log,
        'queue { runner = "%s"  min-retry = 1s  max-retry = 2s\n%s }' % (
            runner, "\n".join(queue)), *top, account(lines=lines))),
        0o640, 0, posthorn_gid())


def own(uid, name, text):
    """A file in the user's home."""
    path = os.path.join(pwd.getpwuid(uid).pw_dir, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for d in (os.path.dirname(path), path):
        with contextlib.suppress(FileNotFoundError):
            os.chown(d, uid, uid)
    write(path, text, 0o600, uid, uid)
    return path


@contextlib.contextmanager
def server(*args, port=PORT):
    """One that is up for a while."""
    folder = "%s/server-%d" % (WORK, len(os.listdir(WORK)))
    house = House(folder, WORK + "/pki", "--mode", "plain", "--port",
                  str(port), *args)
    try:
        yield house
    finally:
        house.stop()


def arrived(house):
    """Subjects of what it accepted, sorted."""
    return sorted(x.field("Subject") for x in house.letters())


# ---- The cases -----------------------------------------------------------

CASES = []


class Skip(Exception):
    pass


def case(name):
    def add(f):
        CASES.append((name, f))
        return f
    return add


def make(*args, **more):
    p = subprocess.run(
        ["make", "-s", "-C", TREE, "B=b", "-o", "all", *args],
        env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, **more)
    return p.returncode, p.stdout.decode()


def modes(path):
    st = os.stat(path)
    return "%o %d %d" % (stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid)


def prepare():
    """Users, and the sources that installing needs; nothing of posthorn."""
    for f in ("/etc/passwd", "/etc/group", "/etc/shadow"):
        with open(f, encoding="utf-8") as old:
            lines = [x for x in old if not x.startswith("posthorn:")]
        if f != "/etc/group":
            lines.append("bob:%s\n" % (
                "*:19000:0:99999:7:::" if f == "/etc/shadow" else
                "x:1002:1002::/home/bob:/bin/sh"))
        else:
            lines.append("bob:x:1002:\n")
        with open(f, "w", encoding="utf-8") as new:
            new.writelines(lines)
    os.makedirs("/home/bob", 0o700)
    os.chown("/home/bob", BOB, BOB)
    os.makedirs(TREE + "/b")
    shutil.move("/usr/sbin/posthorn", TREE + "/b/posthorn")
    os.chown(TREE + "/b/posthorn", 0, 0)
    os.chmod(TREE + "/b/posthorn", 0o755)
    for name in ("Makefile", "configure", "config.h", "config.mk",
                 "config.status", "etc", "man", "t/smarthost/build.mk",
                 "t/crash/build.mk", "configure.ac"):
        path = "%s/%s" % (SOURCE, name)
        os.makedirs(os.path.dirname(TREE + "/" + name), exist_ok=True)
        if os.path.isdir(path):
            shutil.copytree(path, TREE + "/" + name)
        elif os.path.exists(path):
            shutil.copy2(path, TREE + "/" + name)
    with open(TREE + "/where.mk", "w", encoding="utf-8") as f:
        f.write("include config.mk\nwhere:\n\t@echo $(sysconfdir) "
                "$(localstatedir) $(sbindir) $(bindir) $(prefix) "
                "$(docdir)\n")
    status, said = make("-f", "where.mk", "PACKAGE_TARNAME=posthorn", "where")
    check(status == 0, said)
    etc, var, sbin, bindir, prefix, Paths.docs = said.split()
    Paths.conf = etc + "/posthorn.conf"
    Paths.spool = var + "/spool/posthorn"
    Paths.posthorn, Paths.sendmail = sbin + "/posthorn", sbin + "/sendmail"
    Paths.mailq = bindir + "/mailq"
    Paths.log = "/var/log/posthorn.log"
    for path in (Paths.conf, Paths.posthorn, Paths.sendmail, Paths.mailq,
                 bindir + "/newaliases", prefix + "/lib/sendmail",
                 "/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/bin/mailq"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    shutil.rmtree(Paths.spool, ignore_errors=True)
    os.makedirs(WORK)
    make_pki(WORK)


# ---- In order ------------------------------------------------------------

def one(act):
    """What is wrong, as lines; or a reason to skip, as text."""
    try:
        empty()
        act()
        return []
    except Skip as e:
        return str(e)
    except Failed as e:
        return ["%s" % e]
    except Exception:		# pylint: disable=broad-except
        return traceback.format_exc().split("\n")


def main(words):
    """Runs all cases, or those with one of the words in their name."""
    os.umask(0o022)
    prepare()
    failed = n = 0
    for name, act in CASES:
        wanted = not words or name.startswith("install-setgid makes") or \
            any(w in name for w in words)
        if not wanted:
            continue
        n += 1
        faults = one(act)
        if isinstance(faults, str):
            print("ok %d - %s # SKIP %s" % (n, name, faults), flush=True)
            continue
        failed += bool(faults)
        print("%sok %d - %s" % ("not " if faults else "", n, name))
        for line in faults:
            print("# " + line.replace("\n", "\n# ")[:2000])
        sys.stdout.flush()
    empty()
    print("1..%d" % n)
    return 1 if failed else 0
