# SPDX-License-Identifier: ISC
"""Cases: what is done to the header, and what is not."""
import email.header
import email.utils
import os
import time

from cases import DOMAIN, RCPT, SENDER, case, check, same, user

BODY = b"\nbody\n"


def arrived(c, head, *argv, lines=(), top=(), f=SENDER, env=None):
    """Sends a header and a body; the letter."""
    house = c.server()
    c.plain(house, *lines, top=top)
    if isinstance(head, str):
        head = head.encode()
    c.send(head + BODY, *(argv or (RCPT,)), f=f, env=env).exits(0)
    letter = house.letter()
    same(letter.body, b"body\r\n")
    return letter


# ---- Fields that are missing ---------------------------------------------

@case("Date, Message-ID and From are added when missing")
def _(c):
    before = time.time()
    x = arrived(c, "Subject: x\n")
    date = email.utils.parsedate_to_datetime(x.field("Date")).timestamp()
    check(before - 2 <= date <= time.time() + 2, "Date", x.field("Date"))
    identity = x.field("Message-ID")
    check(identity.startswith("<") and identity.endswith("@" + DOMAIN + ">"),
          identity)
    check(x.field("From").endswith("<%s>" % SENDER) or
          x.field("From") == SENDER, x.field("From"))


HELD = "Date: Thu, 1 Jan 1970 00:00:00 +0000\nMessage-ID: <a@b.example>\n" \
    "From: Someone <someone@example.test>\n"

for _name, _head in {
        "as usual": HELD,
        "in capitals": HELD.upper(),
        "with blanks before the colon": HELD.replace(":", " :", 1),
        "folded at once": HELD.replace("From: ", "From:\n ")}.items():
    @case("Date, Message-ID and From that are there are not doubled: " +
          _name)
    def _(c, head=_head):
        x = arrived(c, head)
        for name in ("Date", "Message-ID", "From"):
            same(len(x.fields(name)), 1, name)
        check(head.replace("\n", "\r\n").encode() in x.head, x.head)


@case("empty Date, Message-ID and From count as missing")
def _(c):
    x = arrived(c, "Date:\nMessage-ID: \nFrom:\n \nSubject: x\n")
    for name in ("Date", "Message-ID", "From"):
        check(x.field(name), name, "is empty")


@case("Message-ID differs from message to message")
def _(c):
    house = c.server()
    c.plain(house)
    for _ in range(3):
        c.send(b"Subject: x\n\n", RCPT).exits(0)
    same(len({x.field("Message-ID") for x in house.letters()}), 3)


@case("Message-ID never at localhost")
def _(c):
    house = c.server()
    c.conf("domain = \"localhost\"\n" + c.account(house=house))
    c.send(b"Subject: x\n\n", RCPT)
    for x in house.letters():
        check("localhost" not in x.field("Message-ID").lower(),
              x.field("Message-ID"))


NAMES = {
    "Charlie Root": "Charlie Root",
    "Doe, John": '"Doe, John"',
    'The "Boss"': '"The \\"Boss\\""',
    "a\\b": '"a\\\\b"',
    "J. Doe": '"J. Doe"',
    "x@y.example": '"x@y.example"',
    "<evil@example.test>": '"<evil@example.test>"',
}

for _name, _wanted in NAMES.items():
    @case("-F %s" % _name)
    def _(c, name=_name, wanted=_wanted):
        x = arrived(c, "Subject: x\n", "-F", name, RCPT)
        same(x.field("From"), "%s <%s>" % (wanted, SENDER))


@case("-F in UTF-8 becomes encoded words")
def _(c):
    x = arrived(c, "Subject: x\n", "-F", "J\u00fcrgen \u4f60\u597d " * 20,
                RCPT)
    check(all(b < 128 for b in x.head), "8-bit header")
    text = str(email.header.make_header(email.header.decode_header(
        email.utils.parseaddr(x.field("From"))[0])))
    same(" ".join(text.split()), " ".join(("J\u00fcrgen \u4f60\u597d " * 20
                                           ).split()))
    check(all(len(y) <= 998 for y in x.head.split(b"\r\n")), "a long line")


@case("-F is not used when there is a From")
def _(c):
    x = arrived(c, HELD, "-F", "Another", RCPT)
    same(x.field("From"), "Someone <someone@example.test>")


@case("the name: NAME of the environment, else GECOS")
def _(c):
    x = arrived(c, "Subject: x\n", env={"NAME": "From Environment"})
    same(x.field("From"), "From Environment <%s>" % SENDER)


@case("the name from GECOS, up to the first comma")
def _(c):
    name = user()[1]
    x = arrived(c, "Subject: x\n")
    same(x.field("From"), "%s <%s>" % (name, SENDER) if name else SENDER)


# ---- Fields that must not leave ------------------------------------------

HIDDEN = (
    "Bcc: hidden@example.test\n",
    "BCC: hidden@example.test\n",
    "bcc:hidden@example.test\n",
    "bCc : hidden@example.test\n",
    "Bcc\t: hidden@example.test\n",
    "Bcc \t : hidden@example.test\n",
    "Bcc:\n hidden@example.test\n",
    "Bcc: one@example.test,\n\thidden@example.test,\n two@example.test\n",
    "Bcc: \n \n\t\n hidden@example.test\n",
    "Bcc\n : hidden@example.test\n",
    "Bcc \n\t: hidden@example.test\n",
    "Bcc: hidden@example.test\r\n",
    "Bcc:\r\n hidden@example.test\r\n",
    "B\0cc: hidden@example.test\n",
    "Bcc: Group: hidden@example.test;\n",
    "Bcc: (hidden@example.test)\n",
    "Resent-Bcc: hidden@example.test\n",
    "RESENT-BCC :\n hidden@example.test\n",
    "Return-Path: <hidden@example.test>\n",
    "return-path :\n <hidden@example.test>\n",
    "Bcc: hidden@example.test\nBcc: hidden@example.test\n"
    "Return-path: hidden@example.test\n",
    "Bcc:" + " hidden@example.test,\n" * 5000 + " hidden@example.test\n",
)

for _n, _field in enumerate(HIDDEN):
    @case("does not leave: %r" % _field[:60])
    def _(c, field=_field.encode()):
        house = c.server()
        c.plain(house)
        first, last = b"Subject: x\n", b"X-Last: y\n z\n"
        for head in (field + first + last, first + field + last,
                     first + last + field):
            c.send(head + BODY, RCPT).exits(0)
        for x in house.letters():
            check(b"hidden" not in x.data, x.head[:2000])
            check(b"bcc" not in x.head.lower().replace(b"resent-", b""),
                  x.head)
            same(x.field("Subject"), "x")
            same(x.field("X-Last"), "y z")
            same(x.body, b"body\r\n")
            same(x.rcpt, ["<%s>" % RCPT])


@case("only these: X-Bcc, Bcc-Note and a folded line with Bcc: stay")
def _(c):
    text = "X-Bcc: a\nBcc-Note: b\nSubject: x\n Bcc: c\n"
    x = arrived(c, text)
    check(text.replace("\n", "\r\n").encode() in x.head, x.head)


@case("Bcc in the body stays")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(b"Subject: x\n\nBcc: y@example.test\n", RCPT).exits(0)
    same(house.letter().body, b"Bcc: y@example.test\r\n")


# ---- Fields that stay as they are ----------------------------------------

@case("what needs no edit arrives octet for octet, in its order")
def _(c):
    text = b"Received: from x by y; Thu, 1 Jan 1970 00:00:00 +0000\r\n" \
        b"DKIM-Signature: v=1; a=rsa-sha256;\r\n\tb=abc\r\n  def\r\n" \
        b"subject:no blank\r\nX-Empty:\r\nX-Blanks:   two  \r\n" \
        b"X-Long: " + b"z" * 990 + b"\r\n" \
        b"X-Eight: \xc3\xbc\r\n" \
        b"To: \"Doe, J\" <j@example.test> (work),\r\n\tx@example.test\r\n" \
        b"X-Twice: 1\r\nX-Twice: 2\r\n" + HELD.replace("\n", "\r\n").encode()
    x = arrived(c, text)
    check(x.head.endswith(text), x.head)


# ---- Qualification and rewriting -----------------------------------------

QUALIFIED = {
    "To: root\n": "To: root@D\r\n",
    "To: root, jane@example.test, joe\n":
        "To: root@D, jane@example.test, joe@D\r\n",
    "Cc: root (Charlie Root)\n": "Cc: root@D (Charlie Root)\r\n",
    "To: Charlie Root <root>\n": "To: Charlie Root <root@D>\r\n",
    "Reply-To: root\n": "Reply-To: root@D\r\n",
    "To: friends: joe, jane@example.test;\n":
        "To: friends: joe@D, jane@example.test;\r\n",
    "To: joe jane\n": "To: joe@D, jane@D\r\n",
    "To: undisclosed-recipients:;\n": "To: undisclosed-recipients:;\r\n",
    "X-To: root\n": "X-To: root\r\n",
    "To: <<<broken\n": "To: <<<broken\r\n",
}

for _head, _wanted in QUALIFIED.items():
    @case("bare names in the header: " + _head.strip())
    def _(c, head=_head, wanted=_wanted):
        x = arrived(c, head)
        check(wanted.replace("D", DOMAIN).encode() in x.head, x.head)


FROM = 'from = "The Robot <robot@example.test>"'

ROBOT, JOE = "robot@example.test", "joe@other.example"
HERE = "joe@" + DOMAIN
REWRITTEN = (
    # rewrite-from, header From, -f; From and reverse-path that arrive
    ("never", "joe", "joe", HERE, HERE),
    ("never", "joe@localhost", "joe@localhost", "joe@localhost",
     "joe@localhost"),
    ("local", "Joe <joe>", "joe", "Joe <%s>" % ROBOT, ROBOT),
    ("local", "joe (Joe D)", "joe", "Joe D <%s>" % ROBOT, ROBOT),
    ("local", "\"Joe D.\" <joe@localhost>", "joe@localhost",
     "\"Joe D.\" <%s>" % ROBOT, ROBOT),
    ("local", "Joe <%s>" % JOE, JOE, "Joe <%s>" % JOE, JOE),
    ("always", "Joe <%s>" % JOE, JOE, "Joe <%s>" % ROBOT, ROBOT),
    ("always", ROBOT, ROBOT, ROBOT, ROBOT),
    ("local", None, None, "The Robot <%s>" % ROBOT, ROBOT),
    ("always", None, JOE, "The Robot <%s>" % ROBOT, ROBOT),
)

for _row in REWRITTEN:
    @case("rewrite-from %s, From: %s, -f %s" % _row[:3])
    def _(c, row=_row):
        how, author, f, wanted, path = row
        x = arrived(c, "Subject: x\n" if author is None else
                    "From: %s\n" % author, f=f,
                    lines=(FROM, 'rewrite-from = "%s"' % how))
        same(x.field("From"), wanted)
        same(x.path(), "<%s>" % path)


@case("rewrite-from local, a bare name without display name")
def _(c):
    x = arrived(c, "From: joe\n", lines=(FROM,), f="joe")
    check(x.field("From").endswith(" <%s>" % ROBOT), x.field("From"))


@case("rewrite-from always without from: 78")
def _(c):
    house = c.server()
    c.plain(house, 'rewrite-from = "always"')
    c.send(b"Subject: x\n\n", RCPT).exits(78).says("rewrite-from", "from")
    same(house.stop(), [])


@case("without from, local names are qualified, not rewritten")
def _(c):
    x = arrived(c, "From: Joe <joe>\n", lines=('rewrite-from = "local"',))
    same(x.field("From"), "Joe <%s>" % HERE)


@case("Sender is rewritten as From is")
def _(c):
    x = arrived(c, "From: a@other.example\nSender: joe\n", lines=(FROM,))
    check(x.field("Sender").endswith("<robot@example.test>"),
          x.field("Sender"))
    same(x.field("From"), "a@other.example")


# ---- Trace and resent fields ---------------------------------------------

@case("received = \"full\": user and uid, in front of all")
def _(c):
    x = arrived(c, "Subject: x\n")
    check(x.head.startswith(b"Received: by "), x.head)
    check("uid %d" % os.getuid() in x.field("Received"))
    check(user()[0] in x.field("Received"))


@case("received = \"minimal\": no user, no uid")
def _(c):
    x = arrived(c, "Subject: x\n", top=('received = "minimal"',))
    check("uid" not in x.field("Received"), x.field("Received"))


@case("received = \"none\": none of ours, theirs stay")
def _(c):
    x = arrived(c, "Received: by x; y\nSubject: x\n",
                top=('received = "none"',))
    same(x.field("Received"), "by x; y")


@case("30 Received fields are sent, 31 are a loop: 69, 5.4.6")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(b"Received: by x; y\n" * 30 + BODY, RCPT).exits(0)
    c.send(b"Received: by x; y\n" * 31 + BODY, RCPT).exits(69).says(
        "loop", "5.4.6")
    same(len(house.letters()), 1, "messages")


@case("Resent fields get their Resent-Date, -From and -Message-ID")
def _(c):
    x = arrived(c, HELD + "To: old@example.test\nResent-To: new@example.test"
                "\n")
    for name in ("Resent-Date", "Resent-From", "Resent-Message-ID", "Date",
                 "From", "Message-ID"):
        check(x.field(name), name, "is empty")
    same(x.field("From"), "Someone <someone@example.test>")
    same(x.field("Message-ID"), "<a@b.example>")


@case("a NAME that holds a line end adds no field")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(b"Subject: x\n\n", RCPT, env={
        "NAME": "x\nBcc: smuggled@example.test"})
    for x in house.letters():
        check(b"\nBcc" not in x.head, x.head)
