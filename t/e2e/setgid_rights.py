# SPDX-License-Identifier: ISC
"""Cases: whose rights open what, and what is listened to or said."""
import contextlib
import glob
import os
import pwd
import re
import shutil
import signal

from cases import check, same, traces
from setgid_rig import (ALICE, BOB, LOGIN, OTHER_PORT, PASSWORD, Paths,
                        account, arrived, case, configure, letter, look,
                        modes, own, posthorn_gid, queued, run, runners, send,
                        server, within, write)

# --- Root, and the user posthorn

WHO = "/tmp/who"


def watched(runner="external"):
    """A login whose command tells who runs it."""
    write(WHO, "", 0o666)
    configure(['user = "%s"' % LOGIN,
               'password-command = { "/bin/sh", "-c", "echo `id -u` `id -G` '
               '>>%s; echo %s" }' % (WHO, PASSWORD)], runner=runner)


def who():
    with open(WHO, encoding="utf-8") as f:
        return sorted(set(f.read().split("\n")) - {""})


def three():
    for uid, subject in ((ALICE, "alice-a"), (BOB, "bob-b"), (0, "root-r")):
        send(uid, subject, "-odq").exits(0)
    queued("alice-a", "bob-b", "root-r")


ALL = ["alice-a", "bob-b", "root-r"]


@case("root's -q takes everybody's mail, as the user posthorn")
def _():
    watched()
    three()
    user = pwd.getpwnam("posthorn")
    with server("--user", LOGIN, "--password", PASSWORD) as house:
        run(0, Paths.posthorn, "-q").exits(0)
        same(queued(), {})
        same(arrived(house), ALL)
    same(who(), ["%d %d" % (user.pw_uid, user.pw_gid)])


@case("the user posthorn takes everybody's, without the set-id bit")
def _():
    watched()
    three()
    user = pwd.getpwnam("posthorn")
    with server("--user", LOGIN, "--password", PASSWORD) as house:
        run(0, "setpriv", "--reuid", str(user.pw_uid), "--regid",
            str(user.pw_gid), "--clear-groups", "--no-new-privs",
            Paths.posthorn, "-q").exits(0)
        same(queued(), {})
        same(arrived(house), ALL)
    same(who(), ["%d %d" % (user.pw_uid, user.pw_gid)])


@case("a runner that root starts becomes posthorn and takes everybody's")
def _():
    configure(runner="auto")
    send(ALICE, "alice-a").exits(0)
    for pid, _ in within("alice's runner", lambda: runners(ALICE)):
        os.kill(pid, signal.SIGKILL)
    send(0, "root-r").exits(0)
    user = pwd.getpwnam("posthorn")
    within("posthorn's runner", lambda: runners(user.pw_uid))
    same(runners(0), [], "root's")
    with server() as house:
        within("all mail", lambda: not queued())
        same(arrived(house), ["alice-a", "root-r"])


@case("commands for a password run as the caller with the group")
def _():
    watched()
    with server("--user", LOGIN, "--password", PASSWORD):
        send(BOB, "bob-b").exits(0)
    same(who(), ["%d %d %d" % (BOB, posthorn_gid(), BOB)])


@case("commands for a password do not run in a directory of the caller's")
def _():
    write(WHO, "", 0o666)
    configure(['user = "%s"' % LOGIN, 'password-command = { "/bin/sh", "-c", '
               '"pwd >>%s; echo %s" }' % (WHO, PASSWORD)])
    with server("--user", LOGIN, "--password", PASSWORD):
        run(BOB, "/bin/sh", "-c", 'cd; exec "$@"', "sh", Paths.sendmail, "-i",
            "to-bob-b@example.test", text=letter("bob-b")).exits(0)
    same(who(), ["/"])


# --- Paths of the caller's choice

def lost(subject, status=(75, 78), uid=ALICE, args=(), **more):
    """A submission that is not taken, and leaves nothing in the system's
    queue."""
    r = send(uid, subject, *args, **more).exits(*status)
    same(queued(), {})
    return r.lacks(PASSWORD)


def with_password():
    configure(['user = "%s"' % LOGIN, "password = '%s'" % PASSWORD])


@case("-C does not open the system's configuration with the group")
def _():
    with_password()
    lost("alice-a", (78,), args=("-C", Paths.conf))


@case("--debug and -d give up the group first")
def _():
    with_password()
    for arg in ("--debug", "-d", "-d8.1"):
        lost("alice-a", (78,), args=(arg,))


@case("-C FILE cannot queue in the system's queue")
def _():
    with_password()
    conf = own(ALICE, "evil.conf", 'queue { directory = "%s" }\n%s' % (
        Paths.spool, account(OTHER_PORT)))
    lost("alice-a", args=("-C", conf))
    lost("alice-a", args=("-odq", "-C", conf))


@case("-C FILE does not include or read what only the group may")
def _():
    with_password()
    part = "/etc/posthorn-part"
    write(part, 'domain = "%s.test"\n' % PASSWORD, 0o640, 0, posthorn_gid())
    for text in ('include("%s")\n%s' % (part, account(OTHER_PORT)),
                 account(OTHER_PORT, (
                     'user = "x"', 'password-file = "%s"' % part))):
        conf = own(ALICE, "evil.conf", 'queue { directory = "none" }\n' +
                   text)
        r = lost("alice-a", (78,), args=("-v", "-C", conf))
        check("Permission denied" in r.err, r.err)


@case("-C FILE writes no log with the group")
def _():
    with_password()
    conf = own(ALICE, "evil.conf", 'log { file = "%s" }\n'
               'queue { directory = "none" }\n%s' % (
                   Paths.log, account(OTHER_PORT)))
    before = look(Paths.log)
    lost("alice-a", args=("-C", conf))
    same(look(Paths.log), before)


@case("-C FILE runs commands without the group")
def _():
    with_password()
    write(WHO, "", 0o666)
    conf = own(ALICE, "evil.conf", 'queue { directory = "none" }\n' + account(
        OTHER_PORT, ('user = "x"', 'password-command = { "/bin/sh", "-c", '
                     '"echo `id -u` `id -G` >>%s; echo x" }' % WHO)))
    lost("alice-a", args=("-C", conf))
    same(who(), ["%d %d" % (ALICE, ALICE)])


@case("a user's own configuration has a queue of the user's own")
def _():
    with_password()
    own(ALICE, ".config/posthorn.conf", account(OTHER_PORT))
    try:
        send(ALICE, "alice-a").exits(0)
        same(queued(), {})
        home = pwd.getpwuid(ALICE).pw_dir + "/.local/state/posthorn"
        same(modes(home), "700 %d %d" % (ALICE, ALICE))
        files = glob.glob(home + "/" + "?" * 16)
        same(len(files), 1, "messages")
        same(modes(files[0]), "600 %d %d" % (ALICE, ALICE))
    finally:
        shutil.rmtree(pwd.getpwuid(ALICE).pw_dir + "/.config")
        shutil.rmtree(pwd.getpwuid(ALICE).pw_dir + "/.local",
                      ignore_errors=True)


@case("a user's own configuration that is a link into the queue tells nothing")
def _():
    with_password()
    send(BOB, "bob-b", "-odq").exits(0)
    there = queued("bob-b")["bob-b"]
    home = pwd.getpwuid(ALICE).pw_dir + "/.config"
    os.makedirs(home)
    os.chown(home, ALICE, ALICE)
    said = []
    try:
        with server("--user", LOGIN, "--password", PASSWORD):
            for to in (there, Paths.spool + "/" + "q" * 16):
                os.symlink(to, home + "/posthorn.conf")
                r = send(ALICE, "alice-a").lacks("The secret of")
                said.append((r.status, r.err.replace(to, "FILE")))
                os.unlink(home + "/posthorn.conf")
    finally:
        shutil.rmtree(home)
    same(said[0], said[1], "whether the message is there:")


@case("-X opens nothing")
def _():
    configure()
    with server() as house:
        for i, path in enumerate(("/home/alice/x", Paths.spool + "/x",
                                  "/tmp/x", Paths.log + "x")):
            send(ALICE, "alice-%d" % i, "-X", path).exits(0)
            check(not os.path.exists(path), path, "was made")
        same(len(arrived(house)), 4, "messages")


def unaddressed():
    """A message that nobody takes."""
    return run(ALICE, Paths.sendmail, "-i", "-t", "-oem",
               text=letter("alice-a"))


@case("dead.letter is written as the caller, through no link")
def _():
    configure()
    os.symlink(Paths.log, "/home/alice/dead.letter")
    try:
        unaddressed().exits(65)
        with open(Paths.log, encoding="utf-8") as f:
            check("The secret" not in f.read(), "written to", Paths.log)
        os.unlink("/home/alice/dead.letter")
        unaddressed().exits(65)
        same(modes("/home/alice/dead.letter"), "600 %d %d" % (ALICE, ALICE))
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink("/home/alice/dead.letter")


@case("a log file that is not there is not made")
def _():
    configure()
    path = "/var/log/new.log"
    with open(Paths.conf, encoding="utf-8") as f:
        text = f.read()
    write(Paths.conf, text.replace(Paths.log, path), 0o640, 0,
          posthorn_gid())
    with server() as house:
        send(ALICE, "alice-a").exits(0)
        same(arrived(house), ["alice-a"])
    check(not os.path.exists(path), "it was made")


# --- What is said, and what is listened to

@case("-v shows no secret")
def _():
    with_password()
    with server("--user", LOGIN, "--password", PASSWORD) as house:
        r = send(ALICE, "alice-a", "-v").exits(0)
        check("250" in r.err + r.out, "no dialogue:", r.err)
        for secret in traces(PASSWORD):
            r.lacks(secret.decode())
        same(arrived(house), ["alice-a"])
    with server("--user", LOGIN, "--password", "another") as house:
        r = send(ALICE, "alice-b", "-v")
        for secret in traces(PASSWORD):
            r.lacks(secret.decode())


@case("a broken configuration is not told to users with its secrets")
def _():
    for line in ("password = %s plain words" % PASSWORD,
                 "password = '%s" % PASSWORD,
                 "password = \"%s\" \"%s\"" % (PASSWORD, PASSWORD),
                 "pasword = '%s'" % PASSWORD,
                 "password '%s'" % PASSWORD,
                 "password = '%s' }" % PASSWORD,
                 "password = ${%s}" % PASSWORD):
        configure(['user = "x"', line])
        r = lost("alice-a", (78,))
        check(re.search(Paths.conf + r":(9|1\d): ", r.err),
              "another fault:", r.err)


@case("the environment changes nothing")
def _():
    configure()
    evil = "/home/alice/evil"
    own(ALICE, "evil/posthorn.conf", account(OTHER_PORT))
    own(ALICE, "evil/password", "x")
    with server() as house, server(port=OTHER_PORT) as other:
        send(ALICE, "alice-a", env={
            "HOME": evil, "XDG_CONFIG_HOME": evil, "XDG_STATE_HOME": evil,
            "XDG_CONFIG_DIRS": evil, "XDG_DATA_HOME": evil, "TMPDIR": evil,
            "CREDENTIALS_DIRECTORY": evil, "SSLKEYLOGFILE": evil + "/keys",
            "GNUTLS_SYSTEM_PRIORITY_FILE": evil + "/keys",
            "GNUTLS_DEBUG_LEVEL": "9", "RES_OPTIONS": "debug",
            "HOSTALIASES": evil + "/hosts", "LOCALDOMAIN": "evil.test",
            "P11_KIT_DEBUG": "all", "LD_DEBUG": "all", "LD_DEBUG_OUTPUT":
            evil + "/ld", "MALLOC_TRACE": evil + "/malloc", "POSIXLY_CORRECT":
            "1", "SENDMAIL": "x", "USER": "root", "LOGNAME": "root",
            "PATH": evil}).exits(0).lacks("calling init")
        same(arrived(house), ["alice-a"])
        same(arrived(other), [])
        check("root" not in house.letters()[0].head.decode(), "root's name")
    same(sorted(os.listdir(evil)), ["password", "posthorn.conf"])
    with open(Paths.log, encoding="utf-8") as f:
        check("uid=0" not in f.read().split("alice-a")[-1], "logged as root")


@case("${...} in the system's configuration is not the caller's to fill")
def _():
    configure(['user = "${LOGIN}"', "password = 'x'"])
    lost("alice-a", (78,), env={"LOGIN": LOGIN})


@case("a message of root's is run by nobody else's runner")
def _():
    configure()
    send(0, "root-r", "-odq").exits(0)
    with server() as house:
        run(BOB, Paths.sendmail, "-qff")
        same(arrived(house), [])
    queued("root-r")
