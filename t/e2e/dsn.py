# SPDX-License-Identifier: ISC
"""What a sender wants to be told: -N, -R and -V on their way to the server,
and in notices of ours."""
import email
import email.policy
import sys

import cases
from cases import RCPT, SENDER, check, same
from queue_rig import Queue, case

BAD = "nobody+x@example.test"
REFUSE = 'on RCPT match "nobody" reply 550 5.1.1 no such user\n'
ASKED = ("-N", "success,delay", "-R", "full", "-V", "QQ+2B1")


def said(house):
    return house.commands("MAIL") + house.commands("RCPT")


def words(house):
    """What stands behind the addresses, SIZE and BODY aside."""
    return [" ".join(w for w in line.split("> ", 1)[1].split()
                     if w[:5] not in ("SIZE=", "BODY="))
            if "> " in line else "" for line in said(house)]


def notice(house):
    """The only one that came: its parts."""
    found = [x for x in house.letters() if x.path() == "<>"]
    same(len(found), 1, "notices")
    message = email.message_from_bytes(
        found[0].data, policy=email.policy.SMTP.clone(raise_on_defect=True))
    same(message.get_content_type(), "multipart/report", "type")
    parts = list(message.iter_parts())
    same(len(parts), 3, "parts")
    return found[0], parts


def status(part):
    """The fields of a delivery status, one dict a group."""
    return [dict(x.items()) for x in part.get_payload()]


@case("asked of a server that offers DSN")
def asked(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    same(q.send("x", *ASKED, to=(RCPT, BAD)).status, 0, "status")
    same(words(house), ["RET=FULL ENVID=QQ+2B1",
                        "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;" + RCPT,
                        "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;" +
                        BAD.replace("+", "+2B")], "words")


@case("nothing is said where nothing was asked")
def unasked(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    same(q.send("x").status, 0, "status")
    same(words(house), ["", ""], "words")


@case("without DSN it goes without; -v says what that means")
def without(c):
    house = c.server(script="withdraw DSN\n")
    q = Queue(c, runner="external", test=house)
    r = q.send("x", "-v", *ASKED)
    same(r.status, 0, "status")
    same(words(house), ["", ""], "words")
    check("does not offer DSN" in r.err, r.err)
    r = q.send("x", "-v", "-N", "never")
    check("does not offer DSN" not in r.err, r.err)


@case("from the queue as well, after a restart")
def queued(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    same(q.send("x", "-odq", *ASKED).status, 0, "status")
    same(len(q.names()), 1, "queued")
    same(q.run("-q").status, 0, "-q")
    q.nothing()
    same(words(house), ["RET=FULL ENVID=QQ+2B1",
                        "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;" + RCPT], "words")


@case("a failure: whole, with its names, and never about the notice")
def failure(c):
    house = c.server(script=REFUSE)
    q = Queue(c, runner="external", test=house)
    same(q.send("x", "-odq", "-N", "failure", "-R", "full", "-V", "QQ+2B1",
                to=(RCPT, BAD)).status, 0, "status")
    q.run("-q")
    q.run("-q")
    q.nothing()
    letter, parts = notice(house)
    first, one = status(parts[1])
    same(first["Original-Envelope-Id"], "QQ+1", "envelope id")
    same(one["Original-Recipient"], "rfc822; " + BAD, "original recipient")
    same(one["Final-Recipient"], "rfc822; " + BAD, "recipient")
    same(parts[2].get_content_type(), "message/rfc822", "part")
    check("Hello." in parts[2].as_string(), parts[2].as_string())
    same([x for x in house.commands("RCPT") if SENDER in x],
         ["RCPT TO:<%s> NOTIFY=NEVER" % SENDER],
         "of the notice")
    same([m for m in house.commands("MAIL") if "RET" in m and "<>" in m], [],
         "RET of a notice")
    same(letter.field("Auto-Submitted"), "auto-replied", "Auto-Submitted")


@case("a failure: the header only")
def header(c):
    house = c.server(script=REFUSE)
    q = Queue(c, runner="external", test=house)
    q.send("x", "-odq", "-R", "hdrs", to=(BAD,))
    q.run("-q")
    q.run("-q")
    _, parts = notice(house)
    first, one = status(parts[1])
    check("Original-Envelope-Id" not in first, first)
    check("Original-Recipient" not in one, one)
    same(parts[2].get_content_type(), "text/rfc822-headers", "part")
    check("Hello." not in parts[2].as_string(), parts[2].as_string())


def nobody_told(c, set_):
    house = c.server(script=REFUSE)
    q = Queue(c, runner="external", test=house)
    same(q.send("x", "-odq", "-N", set_, to=(RCPT, BAD)).status, 0, "status")
    q.run("-q")
    q.nothing()
    same([x.path() for x in house.letters()], ["<%s>" % SENDER], "letters")
    line = q.log("not wanted")
    same(len(line), 1, "lines in the log")
    check("to=" + BAD in line[0], line)


@case("never: no notice")
def never(c):
    nobody_told(c, "never")


@case("without failure: no notice")
def success(c):
    nobody_told(c, "success,delay")


@case("never, while the caller waits: refused for some")
def never_now(c):
    house = c.server(script=REFUSE)
    q = Queue(c, runner="external", test=house)
    same(q.send("x", "-N", "never", to=(RCPT, BAD)).status, 0, "status")
    q.nothing()
    same(len(house.letters()), 1, "letters")


if __name__ == "__main__":
    sys.exit(cases.main("dsn", sys.argv[1:]))
