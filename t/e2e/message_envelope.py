# SPDX-License-Identifier: ISC
"""Cases: who a message is for and from, and by which account it goes."""
from cases import DOMAIN, RCPT, SENDER, SMALL, case, check, same, user

USER = user()[0]


def house_of(c, *lines, top=(), **options):
    house = c.server(**options)
    c.plain(house, *lines, top=top)
    return house


def paths(*addresses):
    return sorted("<%s>" % a for a in addresses)


def goes_to(c, head, wanted, *argv):
    house = house_of(c)
    head = head if isinstance(head, bytes) else head.encode()
    c.send(head + b"\nbody\n", "-t", *argv).exits(0)
    same(sorted(house.letter().rcpt), paths(*wanted), "recipients")


# ---- Recipients from the header ------------------------------------------

A, B, C = "a@example.test", "b@example.test", "c@example.test"

LISTS = {
    "To, Cc and Bcc": ("To: %s\nCc: %s\nBcc: %s\n" % (A, B, C), (A, B, C)),
    "several To": ("To: %s\nTo: %s\n" % (A, B), (A, B)),
    "any case, folded": ("TO:\n %s,\n\t%s\ncC : %s\n" % (A, B, C),
                         (A, B, C)),
    "Bcc folded before its colon": ("Bcc\n : %s\n" % A, (A,)),
    "display names": ("To: Mr A <%s>, \"B, Mrs\" <%s>\n" % (A, B), (A, B)),
    "no space before <": ("To: Mr A<%s>\n" % A, (A,)),
    "comments": ("To: (one, two) a (three (four)) @ (five) example.test "
                 "(six), %s (seven)\n" % B, (A, B)),
    "a comment with quotes": ("To: a@example.test (\\) \"x, y\"), %s\n" % B,
                              (A, B)),
    "groups": ("To: friends: %s, Mr B <%s>;, %s\n" % (A, B, C), (A, B, C)),
    "empty group and others": ("To: undisclosed-recipients:;\nCc: %s\n" % A,
                               (A,)),
    "nested commas in quotes": ("To: \"x@y.example, z\" <%s>\n" % A, (A,)),
    "empty list members": ("To: , ,%s,, %s,\n" % (A, B), (A, B)),
    "semicolons": ("To: %s; %s\n" % (A, B), (A, B)),
    "quoted local part": ("To: \"a\"@example.test\n", (A,)),
    "quoted local part with a space":
        ("To: \"a b\"@example.test\n", ("\"a b\"@example.test",)),
    "dots with blanks": ("To: a . b @ example . test\n",
                         ("a.b@example.test",)),
    "a route": ("To: <@one.example,@two.example:%s>\n" % A, (A,)),
    "domain literal": ("To: a@[192.0.2.1]\n", ("a@[192.0.2.1]",)),
    "IPv6 literal": ("To: a@[IPv6:2001:db8::1]\n",
                     ("a@[IPv6:2001:db8::1]",)),
    "encoded words with commas": (
        "To: =?utf-8?Q?Doe=2C_J?= <%s>, =?utf-8?B?LCw=?= <%s>\n" % (A, B),
        (A, B)),
    "a raw 8-bit name": ("To: J\u00fcrgen <%s>\n" % A, (A,)),
    "IDN domain": ("To: a@b\u00fccher.example\n",
                   ("a@xn--bcher-kva.example",)),
    "IDN domain in capitals": ("To: a@B\u00dcCHER.example\n",
                               ("a@xn--bcher-kva.example",)),
    "A-labels stay": ("To: a@xn--bcher-kva.example\n",
                      ("a@xn--bcher-kva.example",)),
    "duplicates, domain in any case": (
        "To: %s, a@EXAMPLE.test, Mr <%s>\nCc: %s\n" % (A, A, A), (A,)),
    "local parts keep their case": ("To: A@example.test, %s\n" % A,
                                    ("A@example.test", A)),
    "bare names": ("To: joe, \\root\n", ("joe@" + DOMAIN,
                                         "root@" + DOMAIN)),
    "old style, blanks": ("To: joe jane\n", ("joe@" + DOMAIN,
                                             "jane@" + DOMAIN)),
    "a final dot of the domain": ("To: a@example.test.\n", (A,)),
    "not Resent-To's body text, not X-To": ("To: %s\nX-To: %s\n" % (A, B),
                                            (A,)),
    "apostrophes and the like": ("To: o'neill+x_{y}|z@example.test\n",
                                 ("o'neill+x_{y}|z@example.test",)),
    "two hundred of them": ("To: " + ",\n ".join(
        "n%d@example.test" % n for n in range(200)) + "\n",
        tuple("n%d@example.test" % n for n in range(200))),
}

for _name, (_head, _wanted) in LISTS.items():
    @case("-t: " + _name)
    def _(c, head=_head, wanted=_wanted):
        house = house_of(c)
        c.send(head.encode() + b"\nbody\n", "-t").exits(0)
        same(sorted(r for x in house.letters() for r in x.rcpt),
             paths(*wanted), "recipients")


@case("-t: Resent fields decide, the first block of them")
def _(c):
    goes_to(c, "Resent-To: %s\nResent-Cc: %s\nResent-Date: x\nResent-From: "
            "x@example.test\nResent-To: old@example.test\nTo: %s\n" %
            (A, B, C), (A, B))


@case("-t: Resent-Bcc counts and does not leave")
def _(c):
    house = house_of(c)
    c.send(b"Resent-Bcc: %s\nResent-From: x@example.test\nTo: %s\n\n" %
           (A.encode(), B.encode()), "-t").exits(0)
    letter = house.letter()
    same(letter.rcpt, paths(A))
    check(A.encode() not in letter.data, letter.head)


@case("-t: operands are added, duplicates removed")
def _(c):
    goes_to(c, "To: %s\nBcc: %s\n" % (A, B), (A, B, C), A, C, C)


@case("without -t the header decides nothing")
def _(c):
    house = house_of(c)
    c.send(b"To: x@example.test\nBcc: y@example.test\n\n", A).exits(0)
    same(house.letter().rcpt, paths(A))


NO_ONE = {
    "no To, Cc or Bcc": "Subject: x\n",
    "empty To": "To:\nCc: \n",
    "only an empty group": "To: undisclosed-recipients:;\n",
}

for _name, _head in NO_ONE.items():
    @case("-t: %s is 65" % _name)
    def _(c, head=_head):
        house = house_of(c)
        c.send(head.encode() + b"\nbody\n", "-t").exits(65).says("recipient")
        same(house.stop(), [])


BAD = ("a@@example.test", "a@", "@example.test", "a b@example.test",
       "a@b@example.test", "a@exa mple.test", "a@-example.test",
       "a@example..test", "a..b@", "|/bin/sh", "/etc/passwd",
       ":include:/etc/passwd", "\"unclosed@example.test", "<a@example.test",
       "a@[192.0.2.1", "a" * 1100 + "@example.test",
       "a@" + "b" * 300 + ".test", "a@example.test>", "\"a>b\"@example.test")

for _bad in BAD:
    @case("cannot be an address: %s" % _bad[:40])
    def _(c, bad=_bad):
        house = house_of(c)
        c.send(SMALL, "--", A, bad)
        first = c.calls[-1]
        c.send(b"To: %s\n\nbody\n" % bad.encode(), "-t", A)
        for call in c.calls:
            # Where it is read kindly it must be harmless.
            if call.status != 0:
                call.exits(65).says("posthorn: ")
        if first.status == 65:
            first.says("cannot be" if bad[:2] in ("a@", '"a') else bad[:20])
        for x in house.letters():
            for r in x.rcpt:
                check(r.count("<") == r.count(">") == 1 and " " not in r, r)


# ---- Recipients from the command line ------------------------------------

for _name, _argv, _wanted in (
        ("one list", ["%s,%s" % (A, B)], (A, B)),
        ("a list with blanks", ["%s, %s , %s" % (A, B, C)], (A, B, C)),
        ("blanks only", ["%s %s" % (A, B)], (A, B)),
        ("names and brackets", ["Mr A <%s>, \"B, x\" <%s>" % (A, B)], (A, B)),
        ("several and duplicates", [A, B, A, "%s,%s" % (B, C)], (A, B, C)),
        ("bare names", ["root", "joe"], ("root@" + DOMAIN, "joe@" + DOMAIN)),
        ("behind --", ["--", "-x@example.test"], ("-x@example.test",)),
        ("IDN", ["a@b\u00fccher.example"], ("a@xn--bcher-kva.example",))):
    @case("operands: " + _name)
    def _(c, argv=_argv, wanted=_wanted):
        house = house_of(c)
        c.send(SMALL, *argv).exits(0)
        same(sorted(house.letter().rcpt), paths(*wanted), "recipients")


@case("operands: 2,000 of them arrive once each, 100 a transaction")
def _(c):
    house = house_of(c)
    wanted = ["n%d@example.test" % n for n in range(2000)]
    c.send(SMALL, *wanted).exits(0)
    letters = house.letters()
    same(sorted(r for x in letters for r in x.rcpt), paths(*wanted))
    same([len(x.rcpt) for x in letters], [100] * 20)
    same(len(house.stop()), 1, "connections")


@case("no operand and no -t: 64, nothing sent")
def _(c):
    house = house_of(c)
    c.send(SMALL).exits(64)
    same(house.stop(), [])


@case("an empty operand is no address: 65 or 64")
def _(c):
    house = house_of(c)
    c.send(SMALL, "").exits(64, 65)
    same(house.stop(), [])


@case("a bare name without a domain to complete it: 78 with the advice")
def _(c):
    house = c.server()
    c.conf("domain = \"localhost\"\n" + c.account(house=house))
    c.send(SMALL, "root").exits(78).says("root", "domain =")
    same(house.stop(), [])


@case("a bare name and a public provider's domain, which `domain` said: sent")
def _(c):
    house = c.server()
    c.conf("domain = \"gmail.com\"\n" + c.account(house=house))
    c.send(SMALL, "root").exits(0)
    same(house.letter().rcpt, ["<root@gmail.com>"])


# ---- The sender ----------------------------------------------------------

for _argv in (["-f", ""], ["-f", "<>"], ["-f<>"], ["-r", "<>"], ["-r", ""],
              ["-f", " <> "], ["-f", "MAILER-DAEMON", "-f", "<>"]):
    @case("null sender: %s" % " ".join(repr(a) for a in _argv))
    def _(c, argv=_argv):
        house = house_of(c)
        c.send(SMALL, *argv, RCPT, f=None).exits(0)
        letter = house.letter()
        same(letter.path(), "<>")
        check("<>" not in letter.field("From"), letter.field("From"))


@case("null-sender = \"account\"")
def _(c):
    house = house_of(c, 'from = "robot@example.test"',
                     'null-sender = "account"')
    c.send(SMALL, "-f", "<>", RCPT, f=None).exits(0)
    same(house.letter().path(), "<robot@example.test>")


for _argv, _wanted in (
        (["-f", "a@example.test"], A), (["-fa@example.test"], A),
        (["-r", "a@example.test"], A), (["-f", "<a@example.test>"], A),
        (["-f", "Mr A <a@example.test>"], A), (["-f", "joe"], "joe@" + DOMAIN),
        (["-f", "a@B\u00dcCHER.example"], "a@xn--bcher-kva.example"),
        (["-f", B, "-f", A], A), ([], "%s@%s" % (USER, DOMAIN))):
    @case("sender: %s" % (" ".join(_argv) or "none: the user"))
    def _(c, argv=_argv, wanted=_wanted):
        house = house_of(c)
        c.send(SMALL, *argv, RCPT, f=None).exits(0)
        same(house.letter().path(), "<%s>" % wanted)


@case("sender: none, the header's From where it is not local")
def _(c):
    house = house_of(c)
    c.send(b"From: Mr A <%s>\n\n" % A.encode(), RCPT, f=None).exits(0)
    same(house.letter().path(), "<%s>" % A)


@case("sender: none, the account's from")
def _(c):
    house = house_of(c, 'from = "robot@example.test"')
    c.send(SMALL, RCPT, f=None).exits(0)
    same(house.letter().path(), "<robot@example.test>")


@case("the user is getuid's, not the environment's")
def _(c):
    house = house_of(c)
    c.send(SMALL, RCPT, f=None, env={"USER": "x", "LOGNAME": "x",
                                     "USERNAME": "x", "HOME": "/x"}).exits(0)
    same(house.letter().path(), "<%s@%s>" % (USER, DOMAIN))


# ---- Accounts ------------------------------------------------------------

def three(c, top=""):
    houses = [c.server() for _ in range(3)]
    c.conf('domain = "%s"\n%s\n' % (DOMAIN, top) + "".join(
        c.account(*lines, name=name, house=house)
        for house, name, lines in zip(
            houses, ("one", "two", "three"),
            ((), ('match = { "*@Two.example", "boss@*" }',),
             ('match = "*@*.three.example"',)))))
    return houses


CHOICE = (
    # argv, header, top; which of the three
    (["-f", SENDER], "", "", 0),
    (["-f", "x@two.example"], "", "", 1),
    (["-f", "X@TWO.EXAMPLE"], "", "", 1),
    (["-f", "boss@one.example"], "", "", 1),
    (["-f", "x@a.three.example"], "", "", 2),
    (["-f", "x@three.example"], "", "", 0),
    ([], "From: Mr X <x@two.example>\n", "", 1),
    (["-f", SENDER], "From: x@two.example\n", "", 0),
    (["-f", "x@two.example", "--account", "three"], "", "", 2),
    (["-f", "x@two.example", "--account=one"], "", "", 0),
    (["-f", SENDER], "", 'default-account = "three"', 2),
    (["-f", "x@two.example"], "", 'default-account = "three"', 1),
)

for _argv, _head, _top, _which in CHOICE:
    @case("account %d: %s %s%s" % (_which + 1, " ".join(_argv),
                                   _head.strip(), _top))
    def _(c, argv=_argv, head=_head, top=_top, which=_which):
        houses = three(c, top)
        c.send(head.encode() + SMALL, *argv, RCPT, f=None).exits(0)
        same([len(h.letters()) for h in houses],
             [int(n == which) for n in range(3)])


@case("--account that does not exist: 78, named")
def _(c):
    houses = three(c)
    c.send(SMALL, "--account", "four", RCPT).exits(78).says("four")
    same([h.stop() for h in houses], [[], [], []])


# ---- Outcomes of recipients ----------------------------------------------

SCRIPT = """
on RCPT match "bad" reply 550 5.1.1 no such user here
on RCPT match "full" reply 452 4.2.2 mailbox full
on RCPT match "later" reply 450 4.7.1 greylisted
"""

MIXED = (
    ("good bad good2", 67, ("good", "good2")),
    ("bad bad2", 67, ()),
    ("bad", 67, ()),
    ("good later", 75, ("good",)),
    ("later", 75, ()),
    ("good bad later", 75, ("good",)),
    ("good", 0, ("good",)),
)

for _who, _exit, _wanted in MIXED:
    @case("recipients %s: %d" % (_who, _exit))
    def _(c, who=_who, wanted=_wanted, status=_exit):
        house = house_of(c, script=SCRIPT)
        call = c.send(SMALL, *(w + "@example.test" for w in who.split()))
        call.exits(status)
        letters = house.letters()
        same(sorted(r for x in letters for r in x.rcpt),
             paths(*(w + "@example.test" for w in wanted)))
        same(len(letters), 1 if wanted else 0, "messages")
        for w in who.split():
            if w.startswith("good"):
                check(w + "@" not in call.err, "blames", w, call.err)
        if "bad" in who:
            call.says("bad@example.test", "550", "no such user here",
                      "(5.1.1)")
        if "later" in who:
            call.says("later@example.test", "greylisted")


@case("of 60 refused recipients at most twenty lines are shown")
def _(c):
    house_of(c, script="on RCPT reply 550 5.1.1 no\n")
    call = c.send(SMALL, *("bad%d@example.test" % n for n in range(60)))
    call.exits(67)
    check(len(call.err.splitlines()) <= 22, call.err)
    call.says("60 recipients")


for _name, _lines, _options, _wanted in (
        ("max-recipients = 3", ("max-recipients = 3",), {}, [3, 3, 3, 1]),
        ("max-recipients = 1", ("max-recipients = 1",), {}, [1] * 10),
        ("LIMITS RCPTMAX=4", (), {"offer": "LIMITS RCPTMAX=4"}, [4, 4, 2]),
        ("LIMITS RCPTMAX=4 and max-recipients = 3", ("max-recipients = 3",),
         {"offer": "LIMITS RCPTMAX=4"}, [3, 3, 3, 1])):
    @case("ten recipients, %s: transactions of %s" % (_name, _wanted))
    def _(c, lines=_lines, options=_options, wanted=_wanted):
        house = house_of(c, *lines, **options)
        who = ["n%d@example.test" % n for n in range(10)]
        c.send(SMALL, *who).exits(0)
        same([len(x.rcpt) for x in house.letters()], wanted)
        same(sorted(r for x in house.letters() for r in x.rcpt), paths(*who))
        same(len(house.stop()), 1, "connections")


@case("LIMITS MAILMAX=1: a session for each transaction")
def _(c):
    house = house_of(c, "max-recipients = 1", offer="LIMITS MAILMAX=1")
    c.send(SMALL, A, B, C).exits(0)
    same(len(house.letters()), 3, "messages")
    same(len(house.stop()), 3, "connections")


for _code in ("452 4.5.3 too many recipients", "552 5.5.3 too many",
              "452 enough"):
    @case("%s from the sixth on: the rest in another transaction" % _code)
    def _(c, code=_code):
        house = house_of(c, script="".join(
            "on RCPT %d reply %s\n" % (n, code) for n in range(6, 11)))
        who = ["n%d@example.test" % n for n in range(10)]
        c.send(SMALL, *who).exits(0)
        same([len(x.rcpt) for x in house.letters()], [5, 5])
        same(sorted(r for x in house.letters() for r in x.rcpt), paths(*who))


@case("452 to the first recipient too: 75, no endless loop")
def _(c):
    house = house_of(c, script="on RCPT reply 452 4.5.3 too many\n")
    c.send(SMALL, A, B).exits(75)
    check(len(house.commands("RCPT")) <= 4, house.commands("RCPT"))


@case("the same Message-ID in every transaction of a message")
def _(c):
    house = house_of(c, "max-recipients = 1")
    c.send(SMALL, A, B, C).exits(0)
    same(len({x.data for x in house.letters()}), 1, "different messages")
