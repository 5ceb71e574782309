# SPDX-License-Identifier: ISC
"""Internationalised mail (RFC 6531): SMTPUTF8 where it is offered and needed,
else headers that say the same in ASCII; and REQUIRETLS (RFC 8689)."""
import email
import email.header
import email.policy
import sys

import cases
from cases import RCPT, SENDER, case, check, same
from queue_rig import Queue

NAME = "J\u00fcrgen \u00dcn\u00efcode, \u65e5\u672c"
SUBJECT = "Gr\u00fc\u00dfe aus K\u00f6ln: 100 \u20ac, \U0001f600 = ok?"
FILE = "\u00dcbersicht \u65e5\u672c \"2\".txt"
LOCAL = "j\u00fcrgen@example.test"
HELD = "Date: Sun, 22 Nov 2026 08:00:00 +0000\nMessage-ID: <x@example.test>\n"
HEAD = HELD + 'From: "%s" <sender@example.test>\nSubject: %s\n' % (NAME, SUBJECT)
WIDE = (HEAD + "To: %s <rcpt@example.test> (zu H\u00e4nden von K\u00e4the), "
        "Gr\u00fcppe: a@b\u00fccher.example, B\u00e4r <b@example.test>;\n" %
        "K\u00e4the \"M.\" M\u00fcller")
TO = "To: rcpt@example.test\n"
FROM = "From: sender@example.test\n"
PLAIN = HELD + FROM + "Subject: x\n"
BODY = "\nHello.\n"
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=example.test; b=abc\n"

# Servers, by what they do not offer.
ALL, NO_UTF8, NO_8BIT = (), ("SMTPUTF8",), ("SMTPUTF8", "8BITMIME")


def server(c, without=ALL, *more):
    words = [x for w in without for x in ("--withdraw", w)]
    return c.server(*words, *more)


def wide(x):
    """Records have octets as Latin-1."""
    return x.encode().decode("latin-1")


def sent(c, text, *args, without=ALL, to=(RCPT,), **more):
    house = server(c, without)
    c.plain(house)
    c.send(text.encode() if isinstance(text, str) else text, *args, *to,
           **more).exits(0)
    return house.letter()


def parsed(letter):
    return email.message_from_bytes(letter.data, policy=email.policy.SMTP)


def is_ascii(letter):
    check(all(b < 128 for b in letter.data), "not ASCII:", letter.data)
    check("SMTPUTF8" not in letter.mail, letter.mail)
    same(letter.size(), len(letter.data), "SIZE")
    for line in letter.data.split(b"\r\n"):
        check(b"=?" not in line or len(line) <= 76, "a long line", line)


def raw(letter, text):
    """The same octets, with SMTPUTF8."""
    check(letter.data.endswith(text.replace("\n", "\r\n").encode()),
          letter.data)
    check(" BODY=8BITMIME SMTPUTF8" in letter.mail, letter.mail)


def addresses(field):
    return [(g.display_name, [(a.display_name, a.addr_spec)
                              for a in g.addresses]) for g in field.groups]


# ---- Headers --------------------------------------------------------------

for _name, _without in (("all", ALL), ("8BITMIME only", NO_UTF8),
                        ("neither", NO_8BIT)):
    @case("names and Subject, a server that offers " + _name)
    def _(c, without=_without):
        letter = sent(c, WIDE + BODY, without=without)
        is_ascii(letter)
        m = parsed(letter)
        same(str(m["Subject"]), SUBJECT, "Subject")
        same(addresses(m["From"]), [(None, [(NAME, SENDER)])], "From")
        same(addresses(m["To"]), [
            (None, [("K\u00e4the M. M\u00fcller", RCPT)]),
            ("Gr\u00fcppe", [("", "a@xn--bcher-kva.example"),
                             ("B\u00e4r", "b@example.test")])], "To")
        check("H\u00e4nden von K\u00e4the" in str(email.header.make_header(
            email.header.decode_header(letter.field("To")))), letter.head)

    @case("an attachment's name, a server that offers " + _name)
    def _(c, without=_without):
        text = PLAIN + "MIME-Version: 1.0\n" \
            "Content-Type: text/plain; charset=us-ascii;\n\tname=\"%s\"\n" \
            "Content-Disposition: attachment; filename=\"%s\"\n" % (
                2 * (FILE.replace('"', '\\"'),))
        letter = sent(c, text + BODY, without=without)
        is_ascii(letter)
        same(parsed(letter).get_filename(), FILE, "filename")
        same(parsed(letter)["Content-Type"].params["name"], FILE, "name")

    @case("ASCII goes as it is to a server that offers " + _name)
    def _(c, without=_without):
        text = PLAIN + TO + "X-Long: %s\nX-Word: =?utf-8?q?=C3=BC?=  =?a\n" % (
            "y" * 980)
        letter = sent(c, text + BODY, without=without)
        is_ascii(letter)
        check(letter.data.endswith((text + BODY).replace(
            "\n", "\r\n").encode()), letter.data)

    @case("Latin-1 in the header, a server that offers " + _name)
    def _(c, without=_without):
        letter = sent(c, b"Subject: Gr\xfc\xdfe an alle\nX-A: b\n\nHello.\n",
                      without=without)
        is_ascii(letter)
        found = email.header.decode_header(letter.field("Subject"))
        same(found[0], (b"Gr\xfc\xdfe", "unknown-8bit"), "Subject")
        same(found[1][0].strip(), b"an alle", "Subject")

    @case("a domain of its own only: A-labels, a server that offers " + _name)
    def _(c, without=_without):
        letter = sent(c, PLAIN + "To: a@b\u00fccher.example\n" + BODY,
                      to=["rcpt@b\u00fccher.example"], without=without,
                      f="me@m\u00fcller.example")
        is_ascii(letter)
        same(letter.rcpt, ["<rcpt@xn--bcher-kva.example>"], "RCPT")
        same(letter.path(), "<me@xn--mller-kva.example>", "MAIL")
        same(letter.field("To"), "a@xn--bcher-kva.example", "To")


@case("a local part in the header: SMTPUTF8 where it is offered")
def _(c):
    text = HEAD + "To: %s\n" % LOCAL + BODY
    raw(sent(c, text), text)


@case("... where it is not, the address stays and the rest is encoded")
def _(c):
    letter = sent(c, HEAD + "To: %s\n" % LOCAL + BODY, without=NO_UTF8)
    check("SMTPUTF8" not in letter.mail, letter.mail)
    same(str(parsed(letter)["Subject"]), SUBJECT, "Subject")
    check(b"To: " + LOCAL.encode() in letter.head, letter.head)


@case("signed: SMTPUTF8 where it is offered, not an octet changed")
def _(c):
    text = SIGNED + WIDE + BODY
    raw(sent(c, text), text)


@case("... encoded where it is not")
def _(c):
    letter = sent(c, SIGNED + WIDE + BODY, without=NO_UTF8)
    is_ascii(letter)
    same(str(parsed(letter)["Subject"]), SUBJECT, "Subject")


for _flag in ("-U", "-OSMTPUTF8=yes"):
    @case("asked for with %s, and needed: done where it is offered" % _flag)
    def _(c, flag=_flag):
        raw(sent(c, WIDE + BODY, flag), WIDE + BODY)

    @case("asked for with %s, all ASCII: not said" % _flag)
    def _(c, flag=_flag):
        is_ascii(sent(c, PLAIN + BODY, flag))

    @case("asked for with %s, not offered: encoded" % _flag)
    def _(c, flag=_flag):
        letter = sent(c, WIDE + BODY, flag, without=NO_UTF8)
        is_ascii(letter)
        same(str(parsed(letter)["Subject"]), SUBJECT, "Subject")


@case("an 8-bit body alone needs no SMTPUTF8")
def _(c):
    text = PLAIN + TO + "MIME-Version: 1.0\nContent-Type: text/plain; " \
        "charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGr\u00fc\u00dfe\n"
    letter = sent(c, text)
    check(letter.mail.endswith(" BODY=8BITMIME"), letter.mail)
    check(letter.data.endswith(text.replace("\n", "\r\n").encode()),
          letter.data)


@case("long lines in the header are folded, and say the same")
def _(c):
    refs = " ".join("<%d@example.test>" % i for i in range(100))
    word = "x" * 1500
    to = ", ".join("b%d@example.test" % i for i in range(90))
    letter = sent(c, "Subject: %s\nReferences: %s\nTo: %s\n" % (
        word, refs, to) + BODY)
    is_ascii(letter)
    check(all(len(x) <= 998 for x in letter.data.split(b"\r\n")))
    m = parsed(letter)
    same(str(m["Subject"]), word, "Subject")
    same(letter.field("References"), refs, "References")
    same(letter.field("To"), to, "To")


# ---- Envelopes ------------------------------------------------------------

@case("a recipient's local part: SMTPUTF8 where it is offered")
def _(c):
    house = server(c)
    c.plain(house)
    c.send((WIDE + BODY).encode(), RCPT, LOCAL).exits(0)
    letter = house.letter()
    raw(letter, WIDE + BODY)
    same(letter.rcpt, ["<%s>" % RCPT, "<%s>" % wide(LOCAL)], "RCPT")


@case("... where it is not: 5.6.7, the others get it")
def _(c):
    house = server(c, NO_UTF8)
    c.plain(house)
    c.send((WIDE + BODY).encode(), LOCAL, RCPT).exits(69).says(
        "5.6.7", LOCAL)
    letter = house.letter()
    same(letter.rcpt, ["<%s>" % RCPT], "RCPT")
    is_ascii(letter)


@case("a sender's local part: nothing goes without SMTPUTF8")
def _(c):
    house = server(c, NO_UTF8)
    c.plain(house)
    c.send((PLAIN + BODY).encode(), RCPT, f=LOCAL).exits(69).says(
        "5.6.7", LOCAL)
    house.nothing()


@case("a sender's local part: SMTPUTF8")
def _(c):
    house = server(c)
    c.plain(house)
    c.send((PLAIN + BODY).encode(), RCPT, f=LOCAL).exits(0)
    letter = house.letter()
    check(letter.mail.endswith(" SMTPUTF8"), letter.mail)
    same(letter.path(), "<%s>" % wide(LOCAL), "MAIL")


@case("two hosts: what the first cannot reach the second does")
def _(c):
    one, two = server(c, NO_UTF8), server(c)
    c.conf('domain = "client.example.test"\n' + c.account(
        host='{ "127.0.0.1:%d", "127.0.0.1:%d" }' % (one.port, two.port)))
    c.send((WIDE + BODY).encode(), LOCAL, RCPT).exits(0)
    same(one.letter().rcpt, ["<%s>" % RCPT], "RCPT at the first")
    is_ascii(one.letter())
    same(two.letter().rcpt, ["<%s>" % wide(LOCAL)], "RCPT at the second")
    raw(two.letter(), WIDE + BODY)


# ---- From the queue -------------------------------------------------------

@case("from the queue: as each server wants it, asked for or not")
def _(c):
    house = server(c, NO_UTF8)
    q = Queue(c, runner="external", test=house)
    c.send((WIDE + BODY).encode(), "-odq", "-U", RCPT, LOCAL).exits(0)
    c.send(("X-No: 2\n" + PLAIN + BODY).encode(), "-odq", RCPT).exits(0)
    c.send(("X-No: 3\n" + WIDE + BODY).encode(), "-odq", RCPT).exits(0)
    q.run("-q")
    q.run("-q")
    q.nothing()
    found = house.letters()
    same(len(found), 4, "letters")
    for letter in found:
        same(letter.size(), len(letter.data), "SIZE")
    bounce = [x for x in found if x.path() == "<>"][0]
    check(b"5.6.7" in bounce.data, bounce.data)
    encoded = [x for x in found if b"xn--bcher" in x.head and x is not bounce]
    same(len(encoded), 2, "encoded ones")
    for letter in encoded:
        is_ascii(letter)
        same(letter.rcpt, ["<%s>" % RCPT], "RCPT")
        same(str(parsed(letter)["Subject"]), SUBJECT, "Subject")


@case("from the queue: SMTPUTF8 was asked for, and is kept")
def _(c):
    house = server(c)
    q = Queue(c, runner="external", test=house)
    c.send((WIDE + BODY).encode(), "-odq", "-U", RCPT).exits(0)
    q.run("-q").status
    q.nothing()
    raw(house.letter(), WIDE + BODY)


for _pipeline in ("safe", "full"):
    @case("from the queue, one behind the other: each its own, " + _pipeline)
    def _(c, pipeline=_pipeline):
        house = server(c, NO_8BIT)
        q = Queue(c, "connections = 1", runner="external", test=[
            'host = "127.0.0.1"', "port = %d" % house.port,
            'pipeline = "%s"' % pipeline])
        texts = {}
        for i in range(8):
            body = "\nn\u00fcmber %d\n" % i * (i + 1)
            texts["%d %s" % (i, SUBJECT)] = body[1:]
            c.send((HELD + FROM + TO + "Subject: %d %s\n" % (i, SUBJECT) +
                    body).encode() if i % 3 else (
                        HELD + FROM + TO + "Subject: %d\n\nx\n" % i).encode(),
                   "-odq", RCPT).exits(0)
        q.run("-q")
        q.nothing()
        found = house.letters()
        same(len(found), 8, "letters")
        same(len(house.stop()), 1, "connections")
        plain = 0
        for letter in found:
            is_ascii(letter)
            m = parsed(letter)
            if len(str(m["Subject"])) == 1:
                plain += 1
                same(letter.body, b"x\r\n", "body")
                continue
            same(m.get_content().replace("\r\n", "\n"),
                 texts[str(m["Subject"])], "body")
        same(plain, 3, "plain ones")


# ---- REQUIRETLS -----------------------------------------------------------

ASK = "-OREQUIRETLS=yes"


def secure(c, *lines, mode="starttls", offer=True):
    more = {"offer": "REQUIRETLS"} if offer else {}
    house = c.server(mode=mode, no_require_auth=True, **more)
    tls = ['tls = "%s"' % ("off" if mode == "plain" else mode)]
    c.conf('domain = "client.example.test"\n' + c.account(
        *tls, 'tls-ca-file = "%s/ca.pem"' % c.pki, *lines, house=house))
    return house


@case("REQUIRETLS: said, where the certificate was verified")
def _(c):
    house = secure(c)
    c.send((PLAIN + BODY).encode(), ASK, RCPT).exits(0)
    check(" REQUIRETLS" in house.letter().mail, house.letter().mail)


@case("REQUIRETLS: not said where nobody asked")
def _(c):
    house = secure(c)
    c.send(("TLS-Required: No\n" + PLAIN + BODY).encode(), RCPT).exits(0)
    check("REQUIRETLS" not in house.letter().mail, house.letter().mail)


for _what, _args, _more in (
        ("not offered", (), {"offer": False}),
        ("not verified", ("tls-verify = false",), {}),
        ("offered in clear", (), {"mode": "plain"})):
    @case("REQUIRETLS: %s: 5.7.30, nothing sent" % _what)
    def _(c, args=_args, more=_more):
        house = secure(c, *args, **more)
        c.send((PLAIN + BODY).encode(), ASK, RCPT).exits(69).says(
            "5.7.30", "REQUIRETLS")
        house.nothing()


@case("REQUIRETLS: kept in the queue")
def _(c):
    house = c.server()
    q = Queue(c, runner="external", test=house)
    c.send((PLAIN + BODY).encode(), "-odq", ASK, RCPT).exits(0)
    q.run("-q")
    check("5.7.30" in c.log(), c.log())
    same([x for x in house.letters() if x.path() != "<>"], [], "letters")


sys.exit(cases.main("utf8", sys.argv[1:]))
