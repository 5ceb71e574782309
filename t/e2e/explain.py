# SPDX-License-Identifier: ISC
"""Cases: what --explain says, against what a submission does; hoststat and
purgestat."""
import os
import sys

from cases import DOMAIN, RCPT, case, check, main, same, user

LETTER = (b"From: root (Cron Daemon)\nTo: root, a@b.example\n"
          b"Bcc: secret@x.example\nX-Kept: as it is\n\nbody\n")
SECRET = "tangerine-Secret"


def lines(result):
    return result.out.decode().splitlines()


def has(result, *wanted):
    for line in wanted:
        check(line in lines(result), "no line", line, "in",
              result.out.decode())


def lacks(result, *texts):
    for text in texts:
        check(text not in result.out.decode(), text, "is in",
              result.out.decode())


def part(result, first, last):
    """The lines behind `first`, up to the one that begins with `last`."""
    found = lines(result)
    at = found.index(first) + 1
    end = next(i for i in range(at, len(found)) if found[i].startswith(last))
    return found[at:end]


def explain(c, message, *args, **more):
    return c.call(c.argv("--explain", *args), message, **more)


def configured(c, *more, queue="", aliases="", top=""):
    """Two accounts; nothing listens where they point."""
    text = 'domain = "%s"\nlog { syslog = false }\n%s\n' % (DOMAIN, top)
    if aliases:
        text += 'aliases = "%s"\n' % c.file("aliases", aliases)
    text += queue or 'queue { directory = "none" }\n'
    text += c.account('user = "robot@example.test"', "password = '%s'" % SECRET,
                      'from = "Robot <robot@example.test>"', *more,
                      'tls = "starttls"', name="one",
                      host='"127.0.0.1:2"')
    text += c.account('match = { "*@two.example" }', name="two",
                      host='{ "127.0.0.1:3", "[::1]:4" }')
    return c.conf(text)


# ---- Account and envelope ------------------------------------------------

@case("the default account, its host, its mechanisms in order")
def _(c):
    configured(c)
    r = explain(c, LETTER, "-i", RCPT).exits(0)
    has(r, "account one: the default",
        "  to 127.0.0.1:2, STARTTLS, verified",
        "from <robot@example.test>: the account's `from`")
    login = next(x for x in lines(r) if x.startswith("  login as"))
    check("login as robot@example.test by the first" in login, login)
    order = ["SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256",
             "CRAM-MD5", "PLAIN", "LOGIN"]
    places = [login.split(": ")[1].split(", ").index(x) for x in order]
    same(places, sorted(places), "order")
    c.secret(SECRET)


@case("mechanisms as `auth` names them, and a token")
def _(c):
    configured(c, 'auth = { "LOGIN", "PLAIN" }')
    r = explain(c, LETTER, RCPT).exits(0)
    check(any(x.endswith(": LOGIN, PLAIN") for x in lines(r)), r.out)
    c.conf(c.account('user = "r"', 'token-command = { "/bin/false" }',
                     'tls = "implicit"', host='"127.0.0.1:2"'))
    r = explain(c, LETTER, RCPT).exits(0)
    check(any(x.endswith(": OAUTHBEARER, XOAUTH2") for x in lines(r)), r.out)
    has(r, "account test: the only one",
        "  to 127.0.0.1:2, TLS from the start, verified")


@case("no command for a secret is run, no file of one is read")
def _(c):
    ran = c.path("ran")
    c.conf(c.account('user = "r"', 'password-command = { "/bin/touch", '
                     '"%s" }' % ran, 'tls = "starttls"',
                     host='"127.0.0.1:2"'))
    explain(c, LETTER, RCPT).exits(0)
    check(not os.path.exists(ran), "it was run")
    c.conf(c.account('user = "r"', 'password-file = "/nonexistent/x"',
                     'tls = "starttls"', host='"127.0.0.1:2"'))
    explain(c, LETTER, RCPT).exits(0)


@case("an account by its match, for -f and for the author")
def _(c):
    configured(c)
    r = explain(c, LETTER, "-f", "me@two.example", RCPT).exits(0)
    has(r, 'account two: its match "*@two.example" fits -f <me@two.example>',
        "  to 127.0.0.1:3, without TLS", "  else [::1]:4, without TLS",
        "  without a login", "from <me@two.example>: -f")
    r = explain(c, b"From: Me <me@two.example>\n\n", RCPT).exits(0)
    has(r, 'account two: its match "*@two.example" fits the author '
        "<me@two.example>",
        "from <me@two.example>: the author in the header")


@case("an account by its name, and one that is none")
def _(c):
    configured(c)
    r = explain(c, LETTER, "--account", "two", RCPT).exits(0)
    has(r, "account two: named by --account",
        "from <%s@%s>: the user who calls" % (user()[0], DOMAIN))
    r = explain(c, LETTER, "--account", "three", RCPT).exits(78)
    has(r, "exit status 78")
    r.says("has no account")


@case("where a reverse-path comes from")
def _(c):
    configured(c)
    r = explain(c, LETTER, "-f", "root", RCPT).exits(0)
    has(r, "from <robot@example.test>: -f, which rewrite-from makes the "
        "account's `from`")
    r = explain(c, LETTER, "-f", "<>", RCPT).exits(0)
    has(r, "from <>: -f")
    configured(c, 'null-sender = "account"')
    r = explain(c, LETTER, "-f", "<>", RCPT).exits(0)
    has(r, "from <robot@example.test>: -f is empty, and null-sender = "
        '"account"')


@case("recipients by argument and by field, each told once")
def _(c):
    configured(c)
    r = explain(c, b"To: a@x.example, b@x.example\nCc: root\n"
                b"Bcc: a@x.example, c@x.example\n\n", "-t",
                "A <a@x.example>").exits(0)
    same(part(r, "to", "header"), [
        '  <a@x.example>: argument "A <a@x.example>"',
        "  <b@x.example>: To", "  <root@%s>: Cc" % DOMAIN,
        "  <c@x.example>: Bcc"])


@case("without -t the fields name nobody")
def _(c):
    configured(c)
    r = explain(c, LETTER, RCPT).exits(0)
    same(part(r, "to", "header"), ['  <%s>: argument "%s"' % (RCPT, RCPT)])


@case("the first Resent- block names the recipients")
def _(c):
    configured(c)
    r = explain(c, b"Resent-To: new@x.example\nResent-Bcc: nb@x.example\n"
                b"Resent-To: old@x.example\nTo: first@x.example\n\n",
                "-t").exits(0)
    same(part(r, "to", "header"), ["  <new@x.example>: Resent-To",
                                   "  <nb@x.example>: Resent-Bcc"])


@case("recipients by an alias")
def _(c):
    configured(c, aliases="root: admin@x.example, ops\nops: o@x.example\n")
    r = explain(c, LETTER, "-t", "ops").exits(0)
    found = part(r, "to", "header")
    check('  <o@x.example>: argument "ops", by an alias' in found, found)
    check("  <admin@x.example>: To, by an alias" in found, found)
    check("  <a@b.example>: To" in found, found)
    r = explain(c, LETTER, "-n", "-t").exits(0)
    check("  <root@%s>: To" % DOMAIN in part(r, "to", "header"), r.out)


@case("recipients of a list with an owner")
def _(c):
    configured(c, aliases="owner-list: boss@x.example\n"
               "list: a@x.example, b@x.example\n")
    r = explain(c, LETTER, "list", "c@x.example").exits(0)
    same(sorted(part(r, "to", "header")), [
        '  <a@x.example>: argument "list", by an alias, from <boss@x.example>',
        '  <b@x.example>: argument "list", by an alias, from <boss@x.example>',
        '  <c@x.example>: argument "c@x.example"'])


# ---- The header ----------------------------------------------------------

@case("each header field that is added, changed or removed")
def _(c):
    configured(c)
    r = explain(c, LETTER, "-t", "-f", "root").exits(0)
    found = part(r, "header", "message")
    for line in ("  ~ From: root (Cron Daemon)",
                 "  > From: Cron Daemon <robot@example.test>",
                 "  ~ To: root, a@b.example",
                 "  > To: root@%s, a@b.example" % DOMAIN,
                 "  - Bcc: secret@x.example", "  1 field as it was"):
        check(line in found, "no", line, "in", found)
    for name in ("Received", "Date", "Message-ID"):
        check(any(x.startswith("  + %s: " % name) for x in found), name,
              "is not added:", found)
    same(len(found), 9, "lines")


@case("-G changes nothing but what must not leave")
def _(c):
    configured(c)
    r = explain(c, LETTER, "-G", RCPT).exits(0)
    found = part(r, "header", "message")
    check(found[0].startswith("  + Received: "), found)
    same(found[1:], ["  - Bcc: secret@x.example", "  3 fields as they were"])


@case("what is told of the header is what arrives")
def _(c):
    house = c.server()
    c.plain(house, 'from = "robot@example.test"')
    message = (b"Received: old\nFrom: root\nTo: joe,\n\t ann\nDate:\n"
               b"Cc: a b c\nResent-To: x\nReturn-Path: <x>\nX: y\n\nbody\n")
    told = part(explain(c, message, RCPT).exits(0), "header", "message")
    c.send(message, RCPT, f=None).exits(0)
    head = [x for x in house.letter().head.decode().replace(
        "\r\n ", " ").replace("\r\n\t", " ").split("\r\n") if x]
    old = [x for x in message.decode().split("\n\n")[0].replace(
        "\n\t", " ").split("\n")]
    for line in told[:-1]:
        mark, text = line[2], line[4:]
        name = text.split(":")[0]
        if mark in "+>" and name in ("Received", "Date", "Message-ID",
                                     "Resent-Date", "Resent-Message-ID"):
            check(any(x.startswith(name + ": ") for x in head), line, head)
        elif mark in "+>":
            check(text in head, line, "did not arrive:", head)
        else:
            check(text.strip() in [x.strip() for x in old], line,
                  "was not there")
            check(mark != "-" or text not in head, line, "arrived:", head)


@case("control characters of a message do no harm on a terminal")
def _(c):
    configured(c)
    r = explain(c, b"Subject: a\x1b[2Jb\nBcc: \x1b]0;x\x07 <a@x.example>\n\n",
                RCPT)
    check(b"\x1b" not in r.out and b"\x07" not in r.out, r.out)


# ---- What follows --------------------------------------------------------

QUEUE = 'queue { directory = "%s" }\n'


@case("nothing is sent, nothing is kept")
def _(c):
    house = c.server()
    spool = c.path("spool")
    c.plain(house, top=(QUEUE % spool,))
    for args in ((), ("-odq",), ("-odb",), ("-v",)):
        explain(c, LETTER, *args, RCPT).exits(0)
    house.nothing()
    same(len(house.stop()), 0, "connections")
    kept = [n for root, _, names in os.walk(spool) for n in names]
    same(kept, [], "files in the queue")


@case("what of queue and delivery mode would happen")
def _(c):
    spool = c.path("spool")
    configured(c, queue=QUEUE % spool)
    for args, words in (((), "delivery now; what has to wait is queued in "),
                        (("-odb",), "delivery in the background, once it is "
                         "queued in "),
                        (("-odq",), "delivery by the next run of the queue "
                         "in ")):
        r = explain(c, LETTER, *args, RCPT).exits(0)
        has(r, words + spool, "exit status 0, once a server or the queue has "
            "it for every recipient")
    configured(c)
    r = explain(c, LETTER, RCPT).exits(0)
    has(r, "delivery now, without a queue")


@case("long lines and octets that are not ASCII")
def _(c):
    configured(c)
    r = explain(c, b"Subject: x\n\n" + b"x" * 5000 + b"\n\xc3\xa4\n", RCPT)
    r.exits(0)
    check(any(x.endswith("octets, not all of them ASCII, a line of 5000")
              for x in lines(r)), r.out)


# name, arguments, message, exit status
REFUSED = (
    ("no recipient", ("-t",), b"Subject: x\n\n", 65),
    ("a recipient that is no address", ("@@",), LETTER, 65),
    ("a field that is no address", ("-t",), b"To: @@\n\nx\n", 65),
    ("a sender that is no address", ("-f", "a@b@c@", RCPT), LETTER, 65),
    ("a loop", (RCPT,), b"Received: x\n" * 120 + b"\nx\n", 69),
)

for _name, _args, _message, _status in REFUSED:
    @case("explained with the status of the submission: " + _name)
    def _(c, args=_args, message=_message, status=_status):
        configured(c)
        r = explain(c, message, "-i", *args).exits(status)
        has(r, "exit status %d" % status)
        words = next(x for x in lines(r) if x.startswith("refused: "))
        sent = c.call(c.argv("-i", *args), message).exits(status)
        sent.says(words[len("refused: "):])


@case("a message over max-message-size is refused")
def _(c):
    configured(c, top="max-message-size = 1k")
    r = explain(c, b"Subject: x\n\n" + b"x\n" * 2000, RCPT).exits(65)
    has(r, "account one: the default", "exit status 65")


@case("a closed standard input")
def _(c):
    configured(c)
    r = c.shell('exec "$@" <&-', "--explain", RCPT).exits(74)
    has(r, "exit status 74")


@case("a standard output that takes nothing is told")
def _(c):
    configured(c)
    c.shell('exec "$@" >/dev/full', "--explain", RCPT, message=LETTER)
    same(c.calls[-1].status, 71, "exit")


# ---- hoststat, purgestat -------------------------------------------------

@case("hoststat tells what is known of each host, purgestat forgets it")
def _(c):
    house = c.server()
    spool = c.path("spool")
    c.conf('domain = "%s"\nlog { syslog = false }\n' % DOMAIN +
           'queue { directory = "%s" runner = "external" }\n' % spool +
           c.account(house=house, name="good") +
           c.account(host='"127.0.0.1:1"', name="bad"))
    names = ["good 127.0.0.1:%d: " % house.port, "bad 127.0.0.1:1: "]
    r = c.call(c.argv("-bh")).exits(0)
    same(lines(r), [n + "nothing is known" for n in names])
    c.send(LETTER, RCPT).exits(0)
    c.send(LETTER, "--account", "bad", RCPT).exits(0)
    good, bad = lines(c.call(c.argv("-bh")).exits(0))
    check(good.startswith(names[0] + "last message taken "), good)
    check(bad.startswith(names[1] + "last fault "), bad)
    check("next try" in bad and "refused" in bad, bad)
    c.call(c.argv("-bH")).exits(0).silent()
    same(lines(c.call(c.argv("-bh")).exits(0)),
         [n + "nothing is known" for n in names])


@case("hoststat and purgestat by their names")
def _(c):
    configured(c)
    for name in ("hoststat", "purgestat"):
        os.symlink(c.argv()[0], c.path(name))
        c.call([c.path(name), "-C", c.conf_path]).exits(0)
    check(b"one 127.0.0.1:2: nothing" in c.calls[-2].out, c.calls[-2].out)


if __name__ == "__main__":
    sys.exit(main("explain", sys.argv[1:]))
