# SPDX-License-Identifier: ISC
"""Cases: what `make install-setgid' makes and leaves alone."""
import os
import pwd
import shutil
import subprocess

from cases import check, same
from setgid_rig import (Paths, Skip, case, configure, look, make, modes,
                        posthorn_gid, run, write)


@case("install-setgid makes group, user, modes and directories")
def _():
    status, said = make("install-setgid")
    check(status == 0, said)
    user = pwd.getpwnam("posthorn")
    same(user.pw_dir, "/nonexistent", "home")
    check(user.pw_shell.endswith("nologin"), user.pw_shell)
    check(user.pw_uid != 0 and user.pw_gid != 0, "it is root's")
    gid = user.pw_gid
    same(modes(Paths.posthorn), "2755 0 %d" % gid, "program")
    same(modes(Paths.conf), "640 0 %d" % gid, "configuration")
    for d in ("", "failed", "hold", "tmp", "state", "run"):
        same(modes(os.path.join(Paths.spool, d)), "2770 0 %d" % gid, d)
    write(Paths.log, "", 0o660, 0, gid)


@case("a second install-setgid changes nothing but the program")
def _():
    configure()
    before = look(Paths.conf), modes(Paths.posthorn)
    status, said = make("install-setgid")
    check(status == 0, said)
    same((look(Paths.conf), modes(Paths.posthorn)), before)
    same(modes(Paths.spool), "2770 0 %d" % posthorn_gid())


@case("a queue that was root's alone is given to the group")
def _():
    gid = posthorn_gid()
    path = Paths.spool + "/" + "a" * 16
    write(path, "x", 0o600)
    os.chown(Paths.spool, 0, 0)
    os.chmod(Paths.spool, 0o700)
    status, said = make("install-setgid")
    check(status == 0, said)
    same(modes(path), "660 0 %d" % gid, "message")
    same(modes(Paths.spool), "2770 0 %d" % gid, "queue")
    os.unlink(path)


@case("install-setgid follows no link inside the queue")
def _():
    os.mkdir("/tmp/victim", 0o700)
    os.rmdir(Paths.spool + "/run")
    os.symlink("/tmp/victim", Paths.spool + "/run")
    status, said = make("install-setgid")
    check(status != 0 and "is a link" in said, said)
    same(modes("/tmp/victim"), "700 0 0", "where it leads")
    os.unlink(Paths.spool + "/run")
    status, said = make("install-setgid")
    check(status == 0, said)


@case("packaged under DESTDIR nothing is set-id, and owners come later")
def _():
    where = "/tmp/package"
    status, said = make("install-setgid", "prefix=/usr", "sysconfdir=/etc",
                        "localstatedir=/var", "DESTDIR=" + where,
                        "systemdsystemunitdir=/usr/lib/systemd/system")
    check(status == 0, said)
    for root, _, names in os.walk(where):
        for path in [os.path.join(root, n) for n in names]:
            st = os.lstat(path)
            check(not st.st_mode & 0o6000, path, "is set-id")
            same(st.st_gid, 0, path)
    for name in ("sysusers", "tmpfiles"):
        path = "%s/usr/lib/%s.d/posthorn.conf" % (where, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        check("posthorn" in text and "@" not in text, text)
    for name in ("service", "timer", "path"):
        check(os.path.exists("%s/usr/lib/systemd/system/posthorn-queue.%s" %
                             (where, name)), name)
    status, said = make("uninstall", "prefix=/usr", "sysconfdir=/etc",
                        "localstatedir=/var", "DESTDIR=" + where,
                        "systemdsystemunitdir=/usr/lib/systemd/system")
    check(status == 0, said)
    left = [os.path.join(r, n) for r, _, names in os.walk(where)
            for n in names]
    same(left, [where + "/etc/posthorn.conf"], "left behind")


@case("the units are what systemd wants")
def _():
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze")
    units = [Paths.docs + "/posthorn-queue." + x
             for x in ("service", "timer", "path")]
    os.makedirs("/run/systemd/system", exist_ok=True)
    for unit in units:
        shutil.copy(unit, "/run/systemd/system/")
    p = subprocess.run(
        ["systemd-analyze", "verify", "--man=no"] +
        ["/run/systemd/system/" + os.path.basename(u) for u in units],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    shutil.rmtree("/run/systemd")
    same((p.returncode, p.stdout), (0, b""))


@case("the line for cron is one that sh understands, by the user posthorn")
def _():
    with open(Paths.docs + "/posthorn.cron", encoding="utf-8") as f:
        jobs = [x for x in f if x.startswith("*")]
    same(len(jobs), 1, "jobs")
    words = jobs[0].split(None, 6)
    same(words[5], "posthorn", "user")
    configure()
    run(pwd.getpwnam("posthorn").pw_uid, "/bin/sh", "-c",
        words[6]).exits(0).lacks("not found")
