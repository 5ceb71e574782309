# SPDX-License-Identifier: ISC
"""The way in: callers whose set-group-ID bit does nothing hand their messages
to a socket.  Runs in a root of its own (root, wayin.sh) only.
"""
import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

from cases import check, same
from setgid_rig import (ALICE, TREE, WWW, Paths, Skip, account, arrived, case,
                        configure, letter, main, make, modes, posthorn_gid,
                        queued, run, server, start, within, write)

# Of each arrival its own.
OWN = ("received", "date", "message-id")
RESENT_OWN = ("resent-date", "resent-message-id")
WORDS = "posthorn-submit.socket"


def folder():
    with open(TREE + "/config.mk", encoding="utf-8") as f:
        found = re.search(r"^runstatedir = (.*)$", f.read(), re.M)
    return found.group(1) + "/posthorn"


def aliases(text):
    write(os.path.dirname(Paths.conf) + "/aliases", text, 0o644)


def clear():
    shutil.rmtree(folder(), ignore_errors=True)
    os.makedirs(folder(), 0o755)


class Listener:
    """What systemd does for posthorn-submit.socket."""

    def __init__(self, serve=None):
        clear()
        self.serve = serve or self.posthorn
        self.children, self.errors = [], b""
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(folder() + "/submit")
        os.chmod(folder() + "/submit", 0o666)
        self.socket.listen(64)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            with conn:
                self.serve(conn)

    def posthorn(self, conn):
        user = pwd.getpwnam("posthorn")
        self.children.append(subprocess.Popen(
            [Paths.posthorn, "-bs"], stdin=conn, stdout=conn,
            stderr=subprocess.PIPE, cwd="/", user=user.pw_uid,
            group=user.pw_gid, extra_groups=[], start_new_session=True,
            env={"PATH": "/usr/bin:/bin"}))

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for child in self.children:
            self.errors += child.communicate(timeout=20)[1]


@contextlib.contextmanager
def way_in(serve=None):
    listener = Listener(serve)
    try:
        yield listener
    finally:
        listener.stop()
        clear()


def plain(uid, *args, text=b"", **more):
    """As a service with NoNewPrivileges=yes."""
    return run(uid, "setpriv", "--no-new-privs", Paths.sendmail, *args,
               text=text, **more)


def deliver():
    """What the server behind the socket has queued."""
    run(0, Paths.posthorn, "-qf").exits(0)


def head(x):
    """The fields, but for those that are each message's own."""
    return [f for f in x.head.replace(b"\r\n ", b" ").replace(
        b"\r\n\t", b" ").split(b"\r\n")
        if f.split(b":")[0].decode().lower() not in OWN + RESENT_OWN]


# ---- Arrivals ------------------------------------------------------------

@case("install-setgid makes what this needs")
def _():
    status, said = make("install-setgid")
    check(status == 0, said)
    write(Paths.log, "", 0o660, 0, posthorn_gid())
    configure()


CRON = (b"From: root (Cron Daemon)\nTo: root\nSubject: Cron\n"
        b"Content-Type: text/plain; charset=UTF-8\n\nout\xc3\xa4put\n")
WEB = (b"To: One <one@example.test>, root\nCc: bob\n"
       b"Bcc: hidden@example.test, ops\nSubject: web\n\n.\nbody\n..\n")
RESENT = (b"Resent-To: new@example.test\nResent-Bcc: hidden@example.test\n"
          b"From: a@b.example\nTo: old@example.test\nSubject: again\n\nx\n")
FROM = 'from = "Robot <robot@example.test>"'
OUTER = "From: Jo <jo@outer.example>\nSubject: x\n\nx\n".encode()

# name, arguments, message, lines of the account
SAME = (
    ("cron", ("-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"), CRON, ()),
    ("cron, masqueraded", ("-FCronDaemon", "-i", "-oem", "root"), CRON,
     (FROM,)),
    ("a web program with -t", ("-t", "-i"), WEB, ()),
    ("a web program with -t, masqueraded", ("-t", "-i"), WEB, (FROM,)),
    ("-t and -f", ("-t", "-i", "-f", "web@example.test"), WEB, (FROM,)),
    ("-t, and a bare -f", ("-t", "-i", "-f", "somebody"), WEB, ()),
    ("-F without a From", ("-F", "Full Name", "-f", "web@example.test", "root"),
     b"Subject: x\n\nx\n", ()),
    ("-F with octets that are not ASCII", ("-F", "Jürgen", "root"),
     b"Subject: x\n\nx\n", ()),
    ("no header at all", ("root",), b"\nnothing\n", ()),
    ("the null sender", ("-f", "<>", "-i", "root"), CRON, ()),
    ("the author as the sender", ("-i", "root"), OUTER, ()),
    ("an author who is not the sender", ("-i", "root"), OUTER, (FROM,)),
    ("resent", ("-t", "-i"), RESENT, ()),
    ("resent, masqueraded", ("-t", "-i"), RESENT,
     (FROM, 'rewrite-from = "always"')),
    ("a lone dot ends", ("root",), b"Subject: x\n\none\n.\ntwo\n", ()),
    ("long lines", ("-i", "root"), b"Subject: x\n\n" + b"x" * 5000 + b"\n",
     ()),
    ("hidden recipients only", ("-t", "-i"),
     b"Bcc: a@example.test, bob\nSubject: x\n\nx\n", ()),
    ("what is asked of the DSN", ("-N", "success,delay", "-R", "hdrs", "-V",
                                  "id+20x", "-i", "one@example.test"), CRON,
     ()),
    ("-N never", ("-N", "never", "-i", "one@example.test", "root"), CRON, ()),
    ("rewrite-from = never", ("-i", "root"), CRON,
     (FROM, 'rewrite-from = "never"')),
)

for _name, _args, _message, _lines in SAME:
    @case("arrives as if the set-id bit worked: " + _name)
    def _(args=_args, message=_message, lines=_lines):
        aliases("bob: robert@example.test\n"
                "ops: o1@example.test, o2@example.test\n")
        configure(lines=lines)
        with way_in() as listener:
            with server() as one:
                run(WWW, Paths.sendmail, *args, text=message).exits(0)
                wanted = one.letter()
            with server() as two:
                plain(WWW, *args, text=message).exits(0)
                deliver()
                got = two.letter()
        same(re.sub(" SIZE=.*", "", got.mail),
             re.sub(" SIZE=.*", "", wanted.mail), "MAIL")
        same(sorted(got.rcpt), sorted(wanted.rcpt), "recipients")
        same(sorted(head(got)), sorted(head(wanted)), "header")
        same(got.body, wanted.body, "body")
        for x in got, wanted:
            for field in OWN:
                same(len(x.fields(field)), 1, field + " fields")
        check("uid 33" in got.field("Received") and
              "www-data" in got.field("Received"), got.field("Received"))
        same(listener.errors, b"", "what the server said")


@case("an account by the author, chosen behind the socket")
def _():
    configure(top=(account(lines=('match = { "*@outer.example" }',
                                  'from = "two@example.test"')).replace(
                                      '"test"', '"two"', 1),),
              lines=('from = "one@example.test"',))
    with server() as house, way_in():
        plain(WWW, "-i", "root", text=OUTER).exits(0)
        deliver()
        same(house.letter().path(), "<two@example.test>", "sender")


@case("many recipients are one message, with one Message-ID")
def _():
    configure()
    names = ["r%d@example.test" % i for i in range(700)]
    with server() as house, way_in():
        plain(WWW, "-i", *names, text=letter("many")).exits(0)
        deliver()
        found = house.letters()
    same(sorted("<%s>" % n for n in names),
         sorted(r for x in found for r in x.rcpt), "recipients")
    same(len({x.field("Message-ID") for x in found}), 1, "messages")


@case("25 MB go through")
def _():
    configure()
    text = letter("large") + b"0123456789abcde\n" * (25 << 16)
    with server() as house, way_in():
        plain(WWW, "-i", "root", text=text, limit=60).exits(0)
        deliver()
        same(house.letter().octets > 25 << 20, True, "size")


@case("-bs by a caller that cannot read the configuration")
def _():
    configure()
    talk = (b"EHLO x\r\nMAIL FROM:<www-data>\r\nRCPT TO:<root>\r\nDATA\r\n"
            b"Subject: talked\r\nBcc: x@example.test\r\n\r\nbody\r\n.\r\n"
            b"QUIT\r\n")
    with server() as house, way_in():
        r = plain(WWW, "-bs", text=talk).exits(0)
        codes = [x[:3] for x in r.out.split("\r\n") if x[3:4] == " "]
        same(codes, ["220", "250", "250", "250", "354", "250", "221"],
             "replies")
        deliver()
        x = house.letter()
    same(x.rcpt, ["<root@client.example.test>"], "recipients")
    same(x.path(), "<www-data@client.example.test>", "sender")
    same(x.fields("Bcc"), [], "Bcc")
    same(len(x.fields("Received")), 1, "Received")


# ---- What can go wrong ---------------------------------------------------

@case("exit 0 once it is queued there, and it is delivered later")
def _():
    configure()
    with way_in():
        plain(WWW, "-t", "-i", text=WEB.replace(b"web\n", b"late\n")).exits(0)
        path = queued("late")["late"]
        same(os.stat(path).st_uid, pwd.getpwnam("posthorn").pw_uid, "owner")
        with open(path, "rb") as f:
            check(b"\nBcc:" not in f.read(), "there is a Bcc")
    with server() as house:
        deliver()
        same(arrived(house), ["late"])


@case("without the socket the unit is named, and the message is the caller's")
def _():
    configure()
    clear()
    for args in (("root",), ("-bs",), ("--explain", "root")):
        r = plain(WWW, "-i", *args, text=letter("none")).exits(78)
        check(WORDS in r.err and "Permission denied" in r.err, r.err)
    for args in (("-bp",), ("-q",), ("-bv", "root")):
        r = plain(WWW, *args).exits(78)
        check(WORDS not in r.err, r.err)
    same(queued(), {}, "queued")


@case("a socket where nobody listens is a delay")
def _():
    configure()
    clear()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(folder() + "/submit")
        os.chmod(folder() + "/submit", 0o666)
    r = plain(WWW, "-i", "root", text=letter("stale")).exits(75)
    check(folder() + "/submit" in r.err, r.err)
    clear()


@case("one that was away is tried at once when it is back")
def _():
    configure()
    clear()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(folder() + "/submit")
        os.chmod(folder() + "/submit", 0o666)
    for _ in range(3):
        plain(ALICE, "-i", "root", text=letter("away")).exits(75)
    with way_in():
        before = time.monotonic()
        plain(ALICE, "-i", "root", text=letter("back")).exits(0)
        check(time.monotonic() - before < 5, "it waited")
    queued("back")


@case("purgestat in a queue that users share is for root")
def _():
    configure()
    run(WWW, Paths.sendmail, "-i", "root", text=letter("down")).exits(0)
    for uid, status, known in ((ALICE, 64, True), (0, 0, False)):
        run(uid, Paths.posthorn, "-bH").exits(status)
        said = run(uid, Paths.posthorn, "-bh").exits(0).out
        same("refused" in said, known, said)


@case("a socket that another user could have put there is not used")
def _():
    configure()
    seen = []
    for mode, uid in ((0o777, 0), (0o775, 0), (0o755, ALICE)):
        with way_in(lambda conn: seen.append(conn.recv(100))):
            os.chown(folder(), uid, 0)
            os.chmod(folder(), mode)
            r = plain(WWW, "-i", "root", text=letter("squat")).exits(78)
            check("not used" in r.err, r.err)
    same(seen, [], "what went there")


@case("a file of that name is no way in")
def _():
    configure()
    clear()
    write(folder() + "/submit", "", 0o666)
    r = plain(WWW, "-i", "root", text=letter("file")).exits(78)
    check(WORDS in r.err, r.err)
    clear()


def hang_up(conn):
    conn.sendall(b"220 x\r\n")
    conn.recv(100)


def swallow(conn):
    for said in b"220 x", b"250 x", b"250 ok", b"250 ok", b"354 go":
        conn.sendall(said + b"\r\n")
        got = conn.recv(65536)
    while got and b"\r\n.\r\n" not in got:
        got += conn.recv(65536)


@case("who hangs up has not got it")
def _():
    configure()
    with way_in(hang_up):
        plain(WWW, "-i", "root", text=letter("lost")).exits(75)
    with way_in(swallow):
        r = plain(WWW, "-i", "root", text=letter("lost")).exits(75)
        check("in doubt" in r.err, r.err)


@case("what is refused there is told in its words")
def _():
    configure(top=("max-message-size = 1k",))
    with way_in():
        r = plain(WWW, "-i", "root",
                  text=letter("big") + b"x\n" * 2000).exits(65, 69)
        check(r.err, "nothing is said")
    same(queued(), {}, "queued")


@case("an account cannot be named")
def _():
    configure()
    with way_in():
        r = plain(WWW, "-i", "--account", "test", "root",
                  text=letter("named")).exits(78)
        check("no account" in r.err, r.err)


@case("not for a configuration that is named, or one's own")
def _():
    configure()
    with way_in(lambda conn: conn.sendall(b"554 no\r\n")):
        r = plain(WWW, "-C", Paths.conf, "-i", "root",
                  text=letter("given")).exits(78)
        check("Permission denied" in r.err, r.err)
        home = pwd.getpwuid(ALICE).pw_dir + "/.config"
        os.makedirs(home, exist_ok=True)
        shutil.chown(home, ALICE, ALICE)
        write(home + "/posthorn.conf", account() +
              'queue { directory = "none" }\nlog { syslog = false }\n', 0o600,
              ALICE, ALICE)
        with server() as house:
            plain(ALICE, "-i", "-f", "a@example.test", "b@example.test",
                  text=letter("own")).exits(0)
            same(arrived(house), ["own"])
        os.unlink(home + "/posthorn.conf")


@case("not where the set-id bit works")
def _():
    configure()
    seen = []
    with way_in(lambda conn: seen.append(1)), server() as house:
        run(WWW, Paths.sendmail, "-i", "to@example.test",
            text=letter("bit")).exits(0)
        same(arrived(house), ["bit"])
    same(seen, [], "connections")


@case("--explain tells of the way in, and does not go there")
def _():
    configure()
    seen = []
    with way_in(lambda conn: seen.append(1)):
        r = plain(WWW, "-i", "--explain", "root",
                  text=letter("told")).exits(0)
    check("to %s/submit" % folder() in r.out and "behind that socket" in
          r.out, r.out)
    same(seen, [], "connections")


@case("a caller cannot be somebody else by the socket it hands down")
def _():
    configure()
    with server() as house:
        mine, other = socket.socketpair()
        with mine, other:
            # Made by root, so the kernel says that root is at its other end.
            p = start(WWW, "sh", "-c", 'exec "$0" -bs <&%d >&%d' % (
                other.fileno(), other.fileno()), Paths.sendmail,
                pass_fds=(other.fileno(),))
            other.close()
            mine.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>"
                         b"\r\nDATA\r\nSubject: who\r\n\r\nx\r\n.\r\nQUIT\r\n")
            while mine.recv(65536):
                pass
            p.communicate(timeout=20)
        deliver()
        x = house.letter()
    check("root" not in x.field("From"), x.field("From"))


# ---- systemd -------------------------------------------------------------

UNITS = ["posthorn-%s%s" % (x, y) for x in ("submit", "smtp")
         for y in (".socket", "@.service")]


@case("the socket units are what systemd wants")
def _():
    for name in UNITS:
        with open(Paths.docs + "/" + name, encoding="utf-8") as f:
            text = f.read()
        check(not re.search(r"@\w+dir@", text), "a path is open in", name)
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze")
    units = "/run/systemd/system"
    os.makedirs(units, exist_ok=True)
    for name in UNITS:
        shutil.copy(Paths.docs + "/" + name, units)
    p = subprocess.run(
        ["systemd-analyze", "verify", "--man=no"] +
        [units + "/" + x.replace("@.", "@1.") for x in UNITS],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    shutil.rmtree("/run/systemd")
    same((p.returncode, p.stdout), (0, b""))


@contextlib.contextmanager
def activated(address):
    """systemd's own listener, with what the service unit says."""
    if not shutil.which("systemd-socket-activate"):
        raise Skip("no systemd-socket-activate")
    with open(Paths.docs + "/posthorn-submit@.service",
              encoding="utf-8") as f:
        command = re.search(r"^ExecStart=-(.*)$", f.read(), re.M).group(1)
    p = subprocess.Popen(
        ["systemd-socket-activate", "-a", "--inetd", "-l", address,
         "setpriv", "--reuid=posthorn", "--regid=posthorn", "--clear-groups",
         "--no-new-privs", *command.split()],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        yield p
    finally:
        p.terminate()
        p.wait()
        clear()


@case("socket-activated by systemd: the way in")
def _():
    configure()
    clear()
    path = folder() + "/submit"
    with activated(path), server() as house:
        within("listening", lambda: os.path.exists(path))
        os.chmod(path, 0o666)
        plain(WWW, "-i", "root", text=letter("active")).exits(0)
        deliver()
        x = house.letter()
    same(x.path(), "<www-data@client.example.test>", "sender")
    check("uid 33" in x.field("Received"), x.field("Received"))


@case("socket-activated by systemd: localhost, any port")
def _():
    configure()
    talk = (b"EHLO x\r\n", b"MAIL FROM:<app@example.test>\r\n",
            b"RCPT TO:<root>\r\n", b"DATA\r\n",
            b"Subject: port\r\n\r\nx\r\n.\r\n", b"QUIT\r\n")
    with activated("127.0.0.1:2599"), server() as house:
        end = time.monotonic() + 10
        while True:
            try:
                s = socket.create_connection(("127.0.0.1", 2599), 20)
                break
            except ConnectionRefusedError:
                check(time.monotonic() < end, "nobody listens")
                time.sleep(0.05)
        with s, s.makefile("rwb") as f:
            for line in talk:
                f.readline()
                f.write(line)
                f.flush()
                while line[:4] == b"EHLO" and f.peek()[3:4] == b"-":
                    f.readline()
            check(f.read().endswith(b"\r\n"), "no goodbye")
        deliver()
        x = house.letter()
    same(x.rcpt, ["<root@client.example.test>"], "recipients")
    same(x.path(), "<app@example.test>", "sender")


@case("tmpfiles.d makes the folder that is trusted")
def _():
    with open(Paths.docs + "/posthorn.tmpfiles", encoding="utf-8") as f:
        check("d %s 0755 root root -" % folder() in f.read().split("\n"),
              "it does not")
    clear()
    same(modes(folder()), "755 0 0", "ours")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
