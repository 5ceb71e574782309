# SPDX-License-Identifier: ISC
"""Cases: many messages in one session, without growth."""
import os

from cases import check, same
from queue_rig import Queue, case
from server_broken import Live
from server_rig import DATA, EHLO, MAIL, QUIT, RCPT_TO, sanitized

MANY = 10000 if os.environ.get("LONG") else 1000
FIRST = 500		# until all that is kept for later has been had once


def memory(pid):
    """Resident now and at most, kB; open descriptors."""
    with open("/proc/%d/status" % pid) as f:
        words = dict(x.split(":", 1) for x in f if ":" in x)
    return (int(words["VmRSS"].split()[0]), int(words["VmHWM"].split()[0]),
            len(os.listdir("/proc/%d/fd" % pid)))


def session(c, argv, each):
    """So many messages; memory after the first of them and after all."""
    s = Live(c, *argv)
    s.reply()
    s.ask(EHLO)
    for n in range(MANY):
        s.line.sendall(each(n))
        for code in ("250", "250", "354", "250"):
            got = s.reply()
            same(got.code, code, "message %d: %s" % (n, got.lines))
        if n + 1 == FIRST:
            before = memory(s.p.pid)
    after = memory(s.p.pid)
    same(s.ask(QUIT).code, "221")
    s.leave()
    same(s.end(), 0, "exit")
    print("# %d messages: RSS %d -> %d kB, peak %d -> %d kB, descriptors "
          "%d -> %d" % (MANY, before[0], after[0], before[1], after[1],
                        before[2], after[2]))
    return before, after


def flat(before, after):
    same(after[2], before[2], "descriptors")
    # ASan keeps what is freed in quarantine.
    if not sanitized():
        check(after[0] <= before[0] + 128, "grew from %d to %d kB" % (
            before[0], after[0]))
        check(after[0] < 16384, "%d kB" % after[0])


def shape(n):
    """Each different, in size and in recipients."""
    return MAIL + b"RCPT TO:<r%d@example.test>\r\n" % n + DATA + \
        b"Subject: %d\r\nX-Fill: %s\r\n\r\n" % (n, b"y" * (n * 7 % 900)) + \
        b"text\r\n" * (n * 13 % 200) + b".\r\n"


@case("%d messages in one session into the queue" % MANY)
def _(c):
    q = Queue(c, runner="external", test=9)
    flat(*session(c, ["-odq"], shape))
    same(q.counts(), (MANY, 0, 0), "queued")


@case("%d messages in one session to the smarthost" % MANY)
def _(c):
    house = c.server("--life", "300", "--no-log")
    c.plain(house)
    flat(*session(c, [], shape))
    letters = house.letters()
    same(sorted(int(x.field("Subject")) for x in letters),
         list(range(MANY)), "subjects")
    for x in letters:
        same(x.rcpt, ["<r%s@example.test>" % x.field("Subject")])


@case("%d refusals and resets in one session" % MANY)
def _(c):
    """None of them leaves anything behind."""
    c.plain(c.server())
    s = Live(c)
    s.reply()
    s.ask(EHLO)
    for n in range(MANY):
        s.line.sendall(MAIL + b"RCPT TO:<r%d@example.test> ORCPT=rfc822;x%d@"
                       b"example.test\r\nRCPT TO:<a@b@c>\r\nBDAT 3\r\nabc"
                       b"RSET\r\n" % (n, n) + MAIL + RCPT_TO + EHLO)
        codes = [s.reply().code for _ in range(8)]
        check(codes[-1] == "250", codes)
        if n + 1 == FIRST:
            before = memory(s.p.pid)
    after = memory(s.p.pid)
    s.ask(QUIT)
    s.leave()
    same(s.end(), 0, "exit")
    flat(before, after)
