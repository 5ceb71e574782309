# SPDX-License-Identifier: ISC
"""Cases: what callers hand down besides a message."""
import fcntl
import os
import pty
import signal
import socket
import subprocess
import time

from cases import DOMAIN, RCPT, SMALL, Failed, case, check, same

HELLO = b"Hello.\r\n"


def house_of(c, *lines, **options):
    house = c.server(**options)
    c.plain(house, *lines)
    return house


def start(c, *args, **more):
    """The program in the background."""
    return subprocess.Popen(c.argv(*args), env=c.environment(None),
                            stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                            **more)


def wait(p, seconds=20):
    try:
        _, err = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        raise Failed("still running after %d s" % seconds) from None
    text = err.decode("utf-8", "replace")
    check("Sanitizer" not in text, text)
    return p.returncode, text


# ---- Kinds of standard input ---------------------------------------------

@case("stdin: a file")
def _(c):
    house = house_of(c)
    with open(c.file("letter", SMALL), "rb") as f:
        c.send(None, RCPT, stdin=f).exits(0)
    same(house.letter().body, HELLO)


@case("stdin: a file, from where its offset stands")
def _(c):
    house = house_of(c)
    with open(c.file("letter", b"Bcc: not me\n" + SMALL), "rb",
              buffering=0) as f:
        f.seek(12)
        c.send(None, RCPT, stdin=f).exits(0)
    letter = house.letter()
    same(letter.body, HELLO)
    same(letter.field("Subject"), "small")


@case("stdin: a socket")
def _(c):
    house = house_of(c)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        p = start(c, "-i", RCPT, stdin=theirs)
        theirs.close()
        for piece in (SMALL[:9], SMALL[9:]):
            ours.sendall(piece)
            time.sleep(0.1)
        ours.shutdown(socket.SHUT_WR)
        same(wait(p)[0], 0, "exit")
    same(house.letter().body, HELLO)


@case("stdin: a pipe in pieces, non-blocking")
def _(c):
    house = house_of(c)
    read, write = os.pipe()
    os.set_blocking(read, False)
    p = start(c, "-i", RCPT, stdin=read)
    for n in range(0, len(SMALL), 5):
        os.write(write, SMALL[n:n + 5])
        time.sleep(0.03)
    os.close(write)
    same(wait(p)[0], 0, "exit")
    flags = fcntl.fcntl(read, fcntl.F_GETFL)
    os.close(read)
    check(flags & os.O_NONBLOCK, "the caller's descriptor was changed")
    same(house.letter().body, HELLO)


@case("stdin: a pipe that nothing is written to for a while, non-blocking")
def _(c):
    house = house_of(c)
    read, write = os.pipe()
    os.set_blocking(read, False)
    p = start(c, "-i", RCPT, stdin=read)
    os.close(read)
    time.sleep(0.7)
    with open("/proc/%d/stat" % p.pid) as f:
        ticks = sum(int(x) for x in f.read().split()[13:15])
    check(ticks < 40, "it turned in circles: %d ticks" % ticks)
    os.write(write, SMALL)
    os.close(write)
    same(wait(p)[0], 0, "exit")
    same(house.letter().body, HELLO)


@case("stdin: a terminal, ended by a lone dot")
def _(c):
    house = house_of(c)
    master, slave = pty.openpty()
    p = start(c, RCPT, stdin=slave)
    os.close(slave)
    os.write(master, SMALL + b".\n")
    status = wait(p)
    os.close(master)
    same(status[0], 0, "exit")
    same(house.letter().body, HELLO)


@case("stdin: a terminal, ended by ^D")
def _(c):
    house = house_of(c)
    master, slave = pty.openpty()
    p = start(c, "-i", RCPT, stdin=slave)
    os.close(slave)
    os.write(master, SMALL + b"\x04")
    status = wait(p)
    os.close(master)
    same(status[0], 0, "exit")
    same(house.letter().body, HELLO)


@case("stdin: closed is 74, nothing sent")
def _(c):
    house = house_of(c)
    c.shell('exec "$@" <&-', "-i", RCPT).exits(74).says("standard input")
    same(house.stop(), [])


@case("stdin: a directory is 74, nothing sent")
def _(c):
    house = house_of(c)
    c.shell('exec "$@" </', "-i", RCPT).exits(74).says("directory")
    same(house.stop(), [])


@case("stdin: open for writing only is 74, nothing sent")
def _(c):
    house = house_of(c)
    c.shell('exec "$@" 0>/dev/null', "-i", RCPT).exits(74)
    same(house.stop(), [])


@case("stdin: /dev/null is an empty message")
def _(c):
    house = house_of(c)
    c.shell('exec "$@" </dev/null', "-i", RCPT).exits(0)
    same(house.letter().body, b"")


@case("stdin: a socket that is reset is 74, nothing sent")
def _(c):
    house = house_of(c)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        ours = socket.create_connection(listener.getsockname())
        theirs = listener.accept()[0]
        p = start(c, "-i", RCPT, stdin=theirs)
        theirs.close()
        ours.sendall(SMALL)
        time.sleep(0.3)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0")
        ours.close()
        status, text = wait(p)
    same(status, 74, "exit, " + text)
    same(house.stop(), [])


@case("stdin: a writer that dies has ended its message there")
def _(c):
    house = house_of(c)
    c.shell("sh -c 'printf \"Subject: x\\n\\nhalf a li\"; kill -9 $$' | "
            '"$@"', "-i", RCPT).exits(0)
    same(house.letter().body, b"half a li\r\n")


@case("stdin: held open by a child of the writer until the job ends")
def _(c):
    house = house_of(c)
    call = c.shell('{ printf "Subject: x\\n\\nHello.\\n"; sleep 1; } | "$@"',
                   "-i", RCPT).exits(0)
    check(call.seconds > 0.9, "did not wait")
    same(house.letter().body, HELLO)


# ---- Inherited garbage ---------------------------------------------------

INHERITED = {
    "umask 0177": "umask 0177; ",
    "umask 0777": "umask 0777; ",
    "umask 0": "umask 0; ",
    "PIPE, HUP, INT, TERM, CHLD ignored":
        "exec env --ignore-signal=PIPE --ignore-signal=HUP "
        "--ignore-signal=INT --ignore-signal=TERM --ignore-signal=CHLD ",
    "all signals blocked": "exec env --block-signal ",
    "few descriptors": "ulimit -S -n 5; ",
    "a soft limit on CPU": "ulimit -S -t 1; ",
    "stdout closed": "exec 1>&-; ",
    "stderr closed": "exec 2>&-; ",
    "stdout and stderr closed": "exec 1>&- 2>&-; ",
    "many open descriptors": "exec 3</ 4</dev/null 5>/dev/null 9</ ; ",
    "an empty environment": "exec env -i ",
    "an environment that means harm":
        "exec env SSLKEYLOGFILE=%s/keys GNUTLS_DEBUG_LEVEL=9 "
        "P11_KIT_DEBUG=all IFS=x LD_BIND_NOW=1 MALLOC_PERTURB_=7 "
        "TZ=:/nonexistent LANG=xx_XX LC_ALL=tr_TR ",
    "another folder, removed": "d=$(mktemp -d) && cd $d && rmdir $d; ",
}

for _name, _script in INHERITED.items():
    @case("inherited: " + _name)
    def _(c, script=_script):
        house = house_of(c, *(() if "SSLKEY" not in script else (
            'tls = "starttls"', 'tls-ca-file = "%s/ca.pem"' % c.pki)),
            mode="starttls" if "SSLKEY" in script else "plain")
        script = script.replace("%s", c.folder)
        # Sanitizers need what an empty environment has not.
        if "env -i" in script:
            script += " ".join("%s='%s'" % x
                               for x in c.environment(None).items()
                               if x[0].startswith(("ASAN", "XDG")))
        c.shell(script + (' "$@"' if "exec env" in script else 'exec "$@"'),
                "-i", RCPT, message=SMALL).exits(0)
        same(house.letter().body, HELLO)
        check(not os.path.exists(c.path("keys")), "TLS keys were written")
        for root, _, names in os.walk(c.path("state")):
            for name in names:
                mode = os.stat(os.path.join(root, name)).st_mode & 0o777
                check(mode & 0o177 == 0, name, "has mode %o" % mode)


@case("stderr is a pipe that nobody reads any more: the exit status stands")
def _(c):
    house = house_of(c, script="on RCPT reply 550 5.1.1 no\n")
    c.shell('{ "$@"; echo $? >%s; } 2>&1 | true; cat %s >&2' % (
        (c.path("status"),) * 2), "-v", "-i", RCPT, message=SMALL).exits(0)
    same(c.calls[-1].err.strip(), "67")
    same(house.letters(), [])


@case("a hard limit on file size that is too small: 71, nothing sent")
def _(c):
    house = house_of(c)
    c.shell('ulimit -f 8; exec "$@"', "-i", RCPT, message=SMALL).exits(
        71).says("file size")
    same(house.stop(), [])


@case("a soft limit on file size is lifted")
def _(c):
    house = house_of(c)
    c.shell('ulimit -S -f 8; exec "$@"', "-i", RCPT,
            message=SMALL + b"x" * 100000).exits(0)
    same(len(house.letters()), 1, "messages")


# ---- Signals -------------------------------------------------------------

for _name in ("TERM", "HUP", "INT", "ALRM"):
    for _how in ("", " although the caller ignores it"):
        @case("SIG%s while reading stdin: 75, nothing sent%s" % (_name, _how))
        def _(c, name=_name, ignored=bool(_how)):
            house = house_of(c)
            argv = c.argv("-i", RCPT)
            if ignored:
                argv = ["env", "--ignore-signal=" + name] + argv
            p = subprocess.Popen(argv, env=c.environment(None),
                                 stdin=subprocess.PIPE,
                                 stderr=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
            p.stdin.write(SMALL)
            p.stdin.flush()
            for _ in range(100):        # until it waits for more
                time.sleep(0.05)
                with open("/proc/%d/status" % p.pid) as f:
                    caught = [x for x in f if x.startswith("SigCgt")][0]
                number = int(getattr(signal, "SIG" + name))
                if int(caught.split()[1], 16) >> (number - 1) & 1:
                    break
            time.sleep(0.1)
            p.send_signal(getattr(signal, "SIG" + name))
            p.wait(20)
            status, text = p.returncode, p.stderr.read().decode()
            p.stdin.close()
            p.stderr.close()
            p.stdout.close()
            same(status, 75, "exit, " + text)
            check("posthorn: " in text, text)
            same(house.stop(), [])


@case("SIGTERM while the server thinks about the message: 75, or taken: 0")
def _(c):
    house = house_of(c, script="on MESSAGE\n\tdelay 1500\n\tdefault\n")
    p = start(c, "-i", RCPT, stdin=subprocess.PIPE)
    p.stdin.write(SMALL)
    p.stdin.close()
    p.stdin = None
    for _ in range(100):
        time.sleep(0.05)
        if os.path.exists(house.folder + "/msg-1-1.eml"):
            break
    p.send_signal(signal.SIGTERM)
    status, text = wait(p)
    check(status in (0, 75), status, text)
    same(status == 0, bool(house.letters()) and status == 0)


@case("the caller's child that ends is none of ours")
def _(c):
    house = house_of(c)
    c.shell('sleep 0.1 & exec "$@"', "-i", RCPT, message=SMALL).exits(0)
    same(house.letter().body, HELLO)


# ---- At the same time ----------------------------------------------------

@case("twenty at once, one state folder")
def _(c):
    house = c.server(mode="starttls", user="u@example.test", password="pass",
                     auth="PLAIN")
    c.plain(house, 'tls = "starttls"', 'user = "u@example.test"',
            "password = 'pass'", 'tls-ca-file = "%s/ca.pem"' % c.pki)
    running = [start(c, "-i", RCPT, stdin=subprocess.PIPE)
               for _ in range(20)]
    for p in running:
        p.stdin.write(SMALL)
        p.stdin.close()
        p.stdin = None
    same([wait(p)[0] for p in running], [0] * 20, "exits")
    same(len(house.letters()), 20, "messages")
    same(len({x.field("Message-ID") for x in house.letters()}), 20)


@case("a folder in between that is nobody's: state is simply forgotten")
def _(c):
    house = c.server()
    c.conf('domain = "%s"\n' % DOMAIN + c.account(house=house))
    c.send(SMALL, RCPT, env={"XDG_STATE_HOME": "/proc/1/nonexistent"}).exits(0)
    same(len(house.letters()), 1, "messages")
