# SPDX-License-Identifier: ISC
"""queue_real.py SERVER CASE CONF BOXES LOG: queues messages, runs the queue,
and looks at what the real server got and what it has to say about it."""
import collections
import email
import email.policy
import glob
import os
import re
import shutil
import subprocess
import sys
import time

SERVER, CASE, CONF, BOXES, LOG = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
QUEUE = "/tmp/queue"
SENDER = "sender@dest.test"

# Of each server: a connection, a refusal that is wanted, and what no client
# should give cause for.
SAYS = {
    "postfix": (
        r" connect from ", r"NOQUEUE: (?:reject|warn)|: reject: |"
        r"milter-reject|BDAT request .* exceeds|size limit exceeded",
        r"improper|synchroni|unauth|pipelin|lost connection|timeout|too many|"
        r"warning:|error:|fatal:|panic:|SSL_"),
    "exim": (
        r"SMTP connection from .*TCP/IP connection count",
        r" rejected | temporarily rejected ",
        r"synchroni|pipelin|lost|closed(?! by QUIT)|unexpected|protocol|"
        r"error|too many|dropped|timed out|timeout|panic"),
}[SERVER]


class Failed(Exception):
    pass


def check(true, *words):
    if not true:
        raise Failed(" ".join(str(x) for x in words))


def said():
    """What the server has logged in this case."""
    with open(LOG, encoding="utf-8", errors="replace") as f:
        f.seek(BEGAN)
        return f.read().splitlines()


def log_of_ours():
    with open("/tmp/posthorn.log", encoding="utf-8") as f:
        return f.read()


def matching(which):
    return [x for x in said() if re.search(SAYS[which], x, re.I)]


def body(i):
    """Every sort of body, by number."""
    lines = ["Body of %d." % i, ".", "..", ".dot", "From here on", "",
             "x" * (i * 37 % 990), "blanks   ", "tab\tand =3D"]
    lines += ["Grüße 📯"] if i % 3 == 0 else []
    lines += ["line %d of %d" % (j, i) for j in range(i * i % 400)]
    text = "\n".join(lines * (1 + (i % 50 == 7) * 20)).encode()
    return text + (b"" if i % 5 == 0 else b"\n")


def write(i, subject, text=None):
    head = ("From: alice@dest.test\nTo: one@dest.test\nSubject: %s\n"
            "Date: Sun, 22 Nov 2026 01:22:04 +0000\n"
            "Message-ID: <%d@client.e2e.test>\n\n" % (subject, i))
    path = "/tmp/wrote/%d" % i
    with open(path, "wb") as f:
        f.write(head.encode() + (body(i) if text is None else text))
    return path


def enter(i, people, subject=None, text=None):
    path = write(i, subject or "number %d" % i, text)
    with open(path, "rb") as f:
        subprocess.run(["posthorn", "-C", CONF, "-i", "-odq", "-f", SENDER,
                        *["%s@dest.test" % x for x in people]], stdin=f,
                       check=True, timeout=20)


def left(folder=""):
    return [x for x in glob.glob("%s/%s/*" % (QUEUE, folder))
            if os.path.isfile(x)]


def run(*wanted):
    """The queue, once; what it said."""
    p = subprocess.run(["posthorn", "-C", CONF, "-qf"], timeout=100,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False)
    check(p.returncode in wanted, "-qf: exit", p.returncode,
          p.stdout.decode())
    return p.stdout.decode()


def until_empty():
    """Runs it as often as bounces are left; how often."""
    for times in range(1, 5):
        run(0)
        if not left():
            return times
    raise Failed("still queued: %s\n%s" % (left(), log_of_ours()[-2000:]))


def mail():
    """{(Message-ID, box): [file...]} of all that came, bounces apart."""
    found, notices = collections.defaultdict(list), []
    for path in sorted(glob.glob(BOXES + "/*/new/*")):
        with open(path, "rb") as f:
            m = email.message_from_binary_file(f, policy=email.policy.SMTP)
        box = path[len(BOXES) + 1:].split("/")[0]
        if m.get_content_type() == "multipart/report":
            notices.append((box, m))
        else:
            found[int(m["Message-ID"][1:].split("@")[0]), box].append(path)
    return found, notices


def wait_for(letters, notices):
    end = time.monotonic() + 30
    while len(glob.glob(BOXES + "/*/new/*")) < letters + notices:
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    time.sleep(0.3)
    return mail()


def whole(found, wanted):
    """What came is what was wanted, each once, octet by octet."""
    check(sorted(found) == sorted(wanted),
          "missing:", sorted(set(wanted) - set(found))[:20],
          "not wanted:", sorted(set(found) - set(wanted))[:20])
    twice = [x for x in found if len(found[x]) > 1]
    check(not twice, "came again:", twice)
    for (i, _), paths in found.items():
        with open("/tmp/wrote/%d" % i, "rb") as f:
            wrote = f.read().split(b"\n\n", 1)[1]
        with open(paths[0], "rb") as f:
            got = f.read().replace(b"\r\n", b"\n").split(b"\n\n", 1)[1]
        wrote += b"" if wrote.endswith(b"\n") else b"\n"
        check(got == wrote, "body of", i, "differs:", got[:200])
    for i, box in sorted(wanted)[::16]:
        p = subprocess.run([sys.executable, HERE + "/arrived.py",
                            "/tmp/wrote/%d" % i, found[i, box][0]],
                           stdout=subprocess.PIPE, check=False)
        check(p.returncode == 0, i, box, p.stdout.decode())


def quiet(connections, refusals, again=0):
    """The server has nothing to complain of.  Refused once more may be what
    went out behind a chunk that was refused."""
    n = len(matching(0))
    check(0 < n <= connections, n, "connections, wanted", connections)
    check(refusals <= len(matching(1)) <= refusals + again, "refusals:\n",
          "\n".join(matching(1)))
    bad = [x for x in matching(2) if "discarding EHLO keywords" not in x and
           (not re.search(SAYS[1], x) or
            re.search("synchroni|pipelin", x, re.I))]
    check(not bad, "it complains:\n", "\n".join(bad[:10]))
    print("%d connections" % n)


def part(m, kind):
    found = [x for x in m.iter_parts() if x.get_content_type() == kind]
    check(len(found) == 1, kind, "in", m.as_string()[:3000])
    return found[0]


def report(m, who, action, status, words):
    """Is it a notice as in RFC 3464, 3462 and 3834, about that person?"""
    check(m["Return-Path"] == "<>", "Return-Path", m["Return-Path"])
    check(m.get_param("report-type") == "delivery-status", m["Content-Type"])
    check(not m.defects, m.defects)
    check(m["To"] == SENDER, "To", m["To"])
    check(m["From"].addresses[0].addr_spec, "From", m["From"])
    check(m["Auto-Submitted"] == "auto-replied", m["Auto-Submitted"])
    check(m["MIME-Version"] == "1.0" and m["Date"] and m["Message-ID"], m)
    parts = [x.get_content_type() for x in m.iter_parts()]
    check(parts[:2] == ["text/plain", "message/delivery-status"] and
          parts[2] in ("text/rfc822-headers", "message/rfc822"), parts)
    groups = part(m, "message/delivery-status").get_payload()
    check(len(groups) == 2, "groups:", len(groups))
    check(groups[0]["Reporting-MTA"].startswith("dns; "), groups[0])
    about = groups[1]
    check(about["Final-Recipient"] == "rfc822; " + who, about)
    check(about["Action"] == action, about)
    check(about["Status"] == status, about)
    check(about["Diagnostic-Code"].startswith("smtp; ") and
          words in about["Diagnostic-Code"], about)
    check(about["Remote-MTA"] == "dns; smtp.e2e.test", about)
    text = part(m, "text/plain").get_content()
    check(who in text and words in text, "its text:", text)
    return about


def notices_for(notices, wanted):
    """{recipient: (action, status, words)}: there is one for each."""
    check(len(notices) == len(wanted), len(notices), "notices, wanted",
          len(wanted))
    for box, m in notices:
        check(box == "sender", "a notice in", box)
        who = part(m, "message/delivery-status").get_payload()[1][
            "Final-Recipient"].split("; ")[1]
        check(who in wanted, "a notice about", who)
        report(m, who, *wanted.pop(who))


PEOPLE = (["one"], ["two"], ["one", "three"], ["one", "two", "three"])


def many():
    """Two hundred, all good."""
    wanted = []
    for i in range(200):
        enter(i, PEOPLE[i % 4])
        wanted += [(i, x) for x in PEOPLE[i % 4]]
    start = time.monotonic()
    run(0)
    print("200 messages in %.1f s" % (time.monotonic() - start))
    check(not left(), "left:", left(), log_of_ours()[-2000:])
    found, notices = wait_for(len(wanted), 0)
    whole(found, wanted)
    notices_for(notices, {})
    quiet(4, 0)


def refused():
    """One that says too much, one that is too big, one to nobody; the good
    recipients of the last, and all others, are not harmed."""
    wanted = []
    for i in range(100):
        people = PEOPLE[i % 4]
        if i == 30:
            enter(i, ["two"], "refuse this")
        elif i == 60:
            enter(i, ["three"], "too big here", (b"y" * 70 + b"\n") * 4000)
        elif i == 90:
            enter(i, ["one", "nobody", "three"])
            wanted += [(i, "one"), (i, "three")]
        else:
            enter(i, people)
            wanted += [(i, x) for x in people]
    times = until_empty()
    check(times <= 2, "runs of the queue:", times)
    found, notices = wait_for(len(wanted), 3)
    whole(found, wanted)
    notices_for(notices, {
        "two@dest.test": ("failed", "5.7.1", "not here"),
        "three@dest.test": ("failed", "5.3.4", "552"),
        "nobody@dest.test": ("failed", "5.1.1", "550")})
    # After each refused message a session of its own, and a run for bounces.
    quiet(4 + 2 + 1, 3, 1)
    check(not left("failed"), "failed:", left("failed"))


def late():
    """Put off, until somebody gives it up."""
    enter(0, ["one", "late"])
    run(0)
    # Where that took a second the notice is there already.
    check(len(left()) in (1, 2), "left:", left())
    time.sleep(1.1)
    run(0)
    run(0)
    found, notices = wait_for(1, 1)
    whole(found, [(0, "one")])
    check(len(notices) == 1, len(notices), "notices", log_of_ours())
    about = report(notices[0][1], "late@dest.test", "delayed", "4.2.0",
                   "come back")
    check(about["Will-Retry-Until"], about)
    # It is told once.
    time.sleep(1.1)
    run(0)
    run(0)
    check(len(left()) == 1, "left:", left())
    name = os.path.basename(left()[0])
    subprocess.run(["posthorn", "-C", CONF, "--queue", "bounce", name],
                   check=True, timeout=20)
    until_empty()
    notices = wait_for(1, 2)[1]
    check(len(notices) == 2, len(notices), "notices", log_of_ours())
    bounces = [m for _, m in notices if
               b"Action: failed" in m.as_bytes()]
    check(len(bounces) == 1, len(bounces), "bounces")
    print(bounces[0].as_string())
    quiet(99, len(matching(1)))


for folder in (QUEUE, "/tmp/wrote"):
    shutil.rmtree(folder, ignore_errors=True)
os.mkdir("/tmp/wrote")
with open("/tmp/posthorn.log", "wb") as log:
    os.fchmod(log.fileno(), 0o600)
BEGAN = os.path.getsize(LOG)
try:
    {"many": many, "refused": refused, "late": late}[CASE]()
except Failed as e:
    print(e)
    sys.exit(1)
