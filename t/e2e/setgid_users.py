# SPDX-License-Identifier: ISC
"""Cases: one user and the mail of another, or of one's own."""
import os
import pwd
import re
import signal
import socket
import sys
import time

from cases import check, same
from setgid_rig import (ALICE, BOB, LOGIN, PASSWORD, PORT, WWW, Paths,
                        arrived, case, configure, letter, look, modes,
                        posthorn_gid, processes, python, queued, run, runners,
                        send, server, start, within)

# --- The configuration and the spool, from outside of the program

@case("www-data reads neither configuration nor queue, but sends")
def _():
    configure(['user = "%s"' % LOGIN, "password = '%s'" % PASSWORD])
    send(ALICE, "alice-a", "-odq").exits(0)
    path = queued("alice-a")["alice-a"]
    code = """if True:
        import os, sys
        for f in sys.argv[1:]:
            for how in (open, os.listdir):
                try:
                    how(f)
                    print("could", how, f)
                except (PermissionError, NotADirectoryError):
                    pass
        """
    for uid in (WWW, ALICE, BOB):
        r = python(uid, code, Paths.conf, Paths.spool, Paths.spool + "/state",
                   Paths.spool + "/failed", path).exits(0)
        same(r.out, "", "user %d" % uid)
    with server("--user", LOGIN, "--password", PASSWORD) as house:
        send(WWW, "www").exits(0)
        same(arrived(house), ["www"])


@case("queued mail is the submitter's and the group's alone")
def _():
    configure()
    send(ALICE, "alice-a").exits(0)
    send(BOB, "bob-b").exits(0)
    found = queued("alice-a", "bob-b")
    gid = posthorn_gid()
    same(modes(found["alice-a"]), "660 %d %d" % (ALICE, gid))
    same(modes(found["bob-b"]), "660 %d %d" % (BOB, gid))


@case("nobody gets at a queue file by its name, not even who sent it")
def _():
    configure()
    send(ALICE, "alice-a", "-odq").exits(0)
    path = queued("alice-a")["alice-a"]
    before = look(path)
    code = """if True:
        import os, sys
        path = sys.argv[1]
        for what, act in {
            "read": lambda: open(path),
            "write": lambda: open(path, "r+"),
            "stat": lambda: os.stat(path),
            "unlink": lambda: os.unlink(path),
            "rename": lambda: os.rename(path, path + "x"),
            "link": lambda: os.link(path, os.environ["HOME"] + "/mine"),
            "chmod": lambda: os.chmod(path, 0o666),
            "touch": lambda: os.utime(path),
            "add": lambda: open(os.path.dirname(path) + "/" + "z" * 16, "x"),
        }.items():
            try:
                act()
                print("could", what)
            except PermissionError:
                pass
        """
    for uid in (ALICE, BOB, WWW):
        same(python(uid, code, path).exits(0).out, "", "user %d" % uid)
    same(look(path), before)


# A submitter that waits for the end of its input, or (control) a program
# without rights, and all ways into another process.
ATTACK = r"""if True:
    import ctypes, os, signal, subprocess, sys, time
    libc = ctypes.CDLL(None, use_errno=True)
    traced = sys.argv[1] == "traced"
    def seize():
        return libc.ptrace(0, 0, 0, 0)
    p = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE,
                         stderr=subprocess.PIPE,
                         preexec_fn=seize if traced else None)
    if traced:
        # It stops at execve; let it go on with what rights it has.
        while True:
            _, status = os.waitpid(p.pid, 0)
            if not os.WIFSTOPPED(status):
                break
            sig = os.WSTOPSIG(status)
            libc.ptrace(7, p.pid, 0, 0 if sig == signal.SIGTRAP else sig)
        print(os.waitstatus_to_exitcode(status))
        sys.exit(0)
    p.stdin.write(b"Subject: wait\n\nbody\n")
    p.stdin.flush()
    time.sleep(1)
    proc = "/proc/%d/" % p.pid
    for what, act in {
        "list fd": lambda: os.listdir(proc + "fd"),
        "open fd": lambda: [open(proc + "fd/%d" % i) for i in range(3, 12)],
        "read mem": lambda: open(proc + "mem", "rb"),
        "read environ": lambda: open(proc + "environ", "rb").read(),
        "read maps": lambda: open(proc + "maps", "rb").read(),
        "follow cwd": lambda: os.readlink(proc + "cwd"),
        "list map_files": lambda: os.listdir(proc + "map_files"),
    }.items():
        try:
            act()
            print("could", what)
        except (PermissionError, FileNotFoundError):
            pass
    if libc.ptrace(16, p.pid, 0, 0) == 0:	# PTRACE_ATTACH
        print("could attach")
        os.waitpid(p.pid, 0)
        libc.ptrace(17, p.pid, 0, 0)
    try:
        fd = os.pidfd_open(p.pid)
        if libc.syscall(438, fd, 0, 0) >= 0:	# pidfd_getfd
            print("could getfd")
    except AttributeError:
        pass
    p.kill()
    """


@case("a submitter cannot be looked into by its own user")
def _():
    configure()
    control = python(ALICE, ATTACK, "plain", "/bin/sleep", "5").exits(0)
    for what in ("list fd", "read mem", "read environ"):
        check("could " + what in control.out, "the control cannot", what)
    r = python(ALICE, ATTACK, "plain", Paths.sendmail, "-i",
               "x@example.test").exits(0)
    same(r.out, "")


@case("run under a tracer the program has no rights")
def _():
    configure()
    argv = Paths.sendmail, "-odq", "-i", "x@example.test"
    r = python(ALICE, ATTACK, "traced", *argv).exits(0)
    same(r.out, "78\n", "exit")
    same(queued(), {})
    run(ALICE, *argv, text=b"Subject: free\n\n").exits(0)
    queued("free")


# --- Through the program: one user and another's mail

VERBS = ("show", "hold", "release", "delete", "retry", "bounce")


def spied(subject):
    return ("to-" + subject, "from-" + subject, "The secret of " + subject)


@case("mailq and --status show a user's own messages alone")
def _():
    configure()
    send(ALICE, "alice-a").exits(0)
    send(BOB, "bob-b").exits(0)
    found = queued("alice-a", "bob-b")
    name = os.path.basename(found["alice-a"])
    for args in ((Paths.mailq,), (Paths.mailq, "--json"),
                 (Paths.mailq, "-qI" + name), (Paths.mailq, "-qRalice"),
                 (Paths.sendmail, "-bp"), (Paths.sendmail, "-bP"),
                 (Paths.mailq, "-v"), (Paths.posthorn, "--status"),
                 (Paths.posthorn, "--status", "--openmetrics")):
        run(BOB, *args).exits(0, 1, 75).lacks(name, *spied("alice-a"))
    r = run(BOB, Paths.mailq).exits(0)
    check("to-bob-b" in r.out, "bob does not see his own:", r.out)
    for uid in (0, pwd.getpwnam("posthorn").pw_uid):
        r = run(uid, Paths.mailq).exits(0)
        check("to-alice-a" in r.out and "to-bob-b" in r.out, r.out)


@case("--queue acts on a user's own messages alone")
def _():
    configure()
    send(ALICE, "alice-a", "-odq").exits(0)
    send(ALICE, "alice-held", "-odq").exits(0)
    found = queued("alice-a", "alice-held")
    names = {s: os.path.basename(p) for s, p in found.items()}
    run(ALICE, Paths.posthorn, "--queue", "hold",
        names["alice-held"]).exits(0)
    found = queued("alice-a", "alice-held")
    same(os.path.dirname(found["alice-held"]), Paths.spool + "/hold")
    before = {s: look(p) for s, p in found.items()}
    for verb in VERBS:
        for subject in found:
            r = run(BOB, Paths.posthorn, "--queue", verb, names[subject])
            check(r.status != 0, verb, "says that it was done")
            r.lacks(*spied(subject))
    same({s: look(p) for s, p in queued("alice-a", "alice-held").items()},
         before)
    # Who may, can.
    r = run(ALICE, Paths.posthorn, "--queue", "show",
            names["alice-a"]).exits(0)
    check("Subject: alice-a" in r.out, r.out)
    run(ALICE, Paths.posthorn, "--queue", "release",
        names["alice-held"]).exits(0)
    same(os.path.dirname(queued("alice-held")["alice-held"]), Paths.spool)
    run(0, Paths.posthorn, "--queue", "delete", names["alice-held"]).exits(0)
    run(ALICE, Paths.posthorn, "--queue", "delete",
        names["alice-a"]).exits(0)
    same(queued(), {})


@case("-q, -qf, -qI and the hold of -Q take a user's own messages alone")
def _():
    configure()
    send(ALICE, "alice-a", "-odq").exits(0)
    send(BOB, "bob-b", "-odq").exits(0)
    path = queued("alice-a", "bob-b")["alice-a"]
    before = look(path)
    run(BOB, Paths.sendmail, "-Qmine", "-qI" + os.path.basename(path))
    same(look(queued("alice-a")["alice-a"]), before)
    with server() as house:
        for args in (("-q",), ("-qf",), ("-qff",), ("-qRalice",),
                     ("-qI" + os.path.basename(path),)):
            run(BOB, Paths.sendmail, *args).lacks(*spied("alice-a"))
        same(look(queued("alice-a")["alice-a"]), before)
        same(arrived(house), ["bob-b"])
    same(sorted(queued()), ["alice-a"])


@case("nobody stops another user's submitter")
def _():
    configure()
    p = start(ALICE, Paths.sendmail, "-odq", "-i", "x@example.test")
    p.stdin.write(letter("alice-a"))
    p.stdin.flush()
    code = "import os, sys; os.kill(int(sys.argv[1]), int(sys.argv[2]))"
    for sig in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
        r = python(BOB, code, str(p.pid), str(int(sig)))
        check(r.status != 0 and "PermissionError" in r.err, r.err)
    p.communicate(timeout=20)
    same(p.returncode, 0, "exit")
    queued("alice-a")


@case("while alice's submitter is stopped, bob's mail goes")
def _():
    configure()
    send(BOB, "bob-early", "-odq").exits(0)
    with server() as house:
        p = start(ALICE, Paths.sendmail, "-i", "x@example.test")
        p.stdin.write(letter("alice-a"))
        p.stdin.flush()
        time.sleep(0.5)
        os.kill(p.pid, signal.SIGSTOP)
        send(BOB, "bob-late").exits(0)
        run(BOB, Paths.sendmail, "-qf").exits(0)
        same(queued(), {})
        os.kill(p.pid, signal.SIGCONT)
        _, err = p.communicate(timeout=20)
        same(p.returncode, 0, err.decode())
        same(arrived(house), ["alice-a", "bob-early", "bob-late"])


@case("a message whose lock is with a stopped process is in nobody's way")
def _():
    configure()
    # Somebody who never answers, so that alice's child waits with the lock.
    with socket.create_server(("127.0.0.1", PORT)):
        send(ALICE, "alice-a", "-odb").exits(0)
        children = within("alice's child", lambda: [
            p for p, uid, words in processes()
            if uid == ALICE and b"-odb" in words])
        for pid in children:
            os.kill(pid, signal.SIGSTOP)
    send(BOB, "bob-b", "-odq").exits(0)
    with server() as house:
        run(0, Paths.sendmail, "-qf", limit=10).exits(0)
        same(sorted(queued()), ["alice-a"])
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        within("that alice's child is gone", lambda: not set(children) &
               {p for p, _, _ in processes()})
        run(0, Paths.sendmail, "-qf", limit=10).exits(0)
        same(queued(), {})
        same(arrived(house), ["alice-a", "bob-b"])


@case("while alice's runner is stopped, bob's delivers; each takes its own")
def _():
    configure(runner="auto")
    send(ALICE, "alice-a").exits(0)
    send(BOB, "bob-b").exits(0)
    one = within("alice's runner", lambda: runners(ALICE))
    two = within("bob's runner", lambda: runners(BOB))
    same((len(one), len(two)), (1, 1), "runners")
    r = python(BOB, "import os, sys; os.kill(int(sys.argv[1]), 19)",
               str(one[0][0]))
    check("PermissionError" in r.err, "bob can stop alice's runner")
    os.kill(one[0][0], signal.SIGSTOP)
    with server() as house:
        within("bob's mail", lambda: "bob-b" not in queued())
        send(BOB, "bob-c").exits(0)
        same(sorted(queued()), ["alice-a"])
        os.kill(one[0][0], signal.SIGCONT)
        within("alice's mail", lambda: not queued())
        within("the end of the runners", lambda: not runners())
        same(arrived(house), ["alice-a", "bob-b", "bob-c"])


@case("a runner holds nothing of its caller, and cannot be looked into")
def _():
    configure(runner="auto")
    p = start(ALICE, Paths.sendmail, "-i", "x@example.test")
    # communicate() ends when nobody holds the pipes any more.
    p.communicate(letter("alice-a"), timeout=10)
    same(p.returncode, 0, "exit")
    pid = within("alice's runner", lambda: runners(ALICE))[0][0]
    same(os.getsid(pid), pid, "session")
    same(os.readlink("/proc/%d/cwd" % pid), "/", "directory")
    for fd in range(3):
        same(os.readlink("/proc/%d/fd/%d" % (pid, fd)), "/dev/null")
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        gids = re.search(r"^Gid:\s+(.*)$", f.read(), re.M).group(1).split()
    same(gids, [str(ALICE)] + [str(posthorn_gid())] * 3, "groups")
    r = python(ALICE, "import os, sys; os.listdir('/proc/%s/fd' % "
               "sys.argv[1])", str(pid))
    check("PermissionError" in r.err, r.err)
