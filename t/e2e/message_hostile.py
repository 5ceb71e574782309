# SPDX-License-Identifier: ISC
"""Cases: nothing that a caller passes can become a command, a recipient or a
field of its own."""
import re

from cases import RCPT, SENDER, SMALL, case, check, same

MARK = "smuggled@example.test"
EVIL = (
    "a@example.test\r\nRCPT TO:<%s>",
    "a@example.test\nRCPT TO:<%s>",
    "a@example.test\rRCPT TO:<%s>",
    "a@example.test>\r\nRCPT TO:<%s>\r\nNOOP <",
    "a@example.test> SIZE=1\r\nDATA\r\n%s",
    "a@example.test> NOTIFY=SUCCESS ORCPT=rfc822;%s",
    "a@example.test> <%s",
    "\"a\r\nRCPT TO:<%s>\"@example.test",
    "\"a\nb %s\"@example.test",
    "\"a\\\r\nRCPT TO:<%s>\"@example.test",
    "\"a\tb %s\"@example.test",
    "\"a>\\\"\" <%s",
    "a(\r\nRCPT TO:<%s>)@example.test",
    "a@example.test(\r\nRCPT TO:<%s>\r\n)",
    "a@[1.2.3.4>\r\nRCPT TO:<%s>]",
    "a@[1.2.3.4> %s]",
    "a@[\\>%s]",
    "a@exam\u2028ple.test %s",
    "a@example\uff0etest\u0085RCPT TO:<%s>",
    "a@example.test\x0bRCPT TO:<%s>",
    "a@example.test\x0c%s",
    "a@example.test\x1b[2J%s",
    "a@example.test\x7f%s",
    "=?utf-8?Q?a=0D=0ARCPT_TO:<%s>?=@example.test",
    "<@a.example\r\nRCPT TO:<%s>:b@example.test>",
)
VERBS = {"EHLO", "MAIL", "RCPT", "DATA", "BDAT", "QUIT", "RSET", "GREETING",
         "MESSAGE", "END"}


def harmless(c, house, may=()):
    """Whatever was said, the server saw at most plain transactions."""
    for connection in house.stop():
        same(connection["early"], [], "too early")
        check(not connection["bare_cr"] and not connection["bare_lf"],
              "bare CR or LF on the wire")
        for x in connection["commands"]:
            check(x["event"] in VERBS, "a command", x)
            if x["event"] in ("RCPT", "MAIL"):
                check(re.fullmatch(
                    r"(RCPT TO|MAIL FROM):<[^<>\s]*(\"[^\"\x00-\x1f]*\"@"
                    r"[^<>\s]+)?>( SIZE=\d+| BODY=8BITMIME| SMTPUTF8)*",
                    x["line"]), "a path", x["line"])
                path = x["line"].split(">")[0]
                check(not path.endswith("<" + MARK) or MARK in may,
                      "the smuggled one", x["line"])
    for letter in house.letters():
        check(not re.search(rb"(?im)^(bcc|rcpt|mail|x-evil|data)", letter.head),
              letter.head)
        same(letter.body, b"Hello.\r\n")
    for call in c.calls:
        check(call.status in (0, 64, 65, 67), "exit", call.status, call.err)
        check(not re.search("[\0-\x08\x0b-\x1f\x7f]", call.err),
              "control characters on stderr", call.err)


for _n, _text in enumerate(EVIL):
    @case("injection %d: %r as recipient, sender, in the header" %
          (_n + 1, _text[:40]))
    def _(c, text=_text % MARK):
        house = c.server()
        c.plain(house)
        # As operand; -f; in To with -t; in From, which gives the sender.
        c.send(SMALL, "--", text)
        c.send(SMALL, RCPT, f=text)
        field = re.sub("[\r\n]+", "\r", text).encode()
        c.send(b"To: " + field + b"\n" + SMALL, "-t")
        c.send(b"From: " + field + b"\n" + SMALL, RCPT, f=None)
        for call in c.calls[:2]:
            if re.search("[\0-\x1f\x7f]", text):
                call.exits(64, 65)
        # A blank ends an address: what follows may be another, said openly.
        for connection in house.stop():
            check(len([x for x in connection["commands"]
                       if x["event"] == "MAIL"]) <= 1, "transactions")
        harmless(c, house, may=(MARK,) if "\r" not in text and
                 "\n" not in text else ())


for _name in ("x\r\nBcc: " + MARK, "x\nBcc: " + MARK, "x\rBcc: " + MARK,
              "x\0y"[:1] + "\x1b[2J", "x\u2028Bcc: " + MARK,
              "x\u0085Bcc: " + MARK, "\" <%s>, \"" % MARK,
              "x <%s>," % MARK, "x\\", "(", "=?utf-8?Q?=0D=0ABcc:x?=",
              "a" * 5000):
    @case("injection: -F %r" % _name[:40])
    def _(c, name=_name):
        house = c.server()
        c.plain(house)
        c.send(SMALL, "-F", name, RCPT)
        harmless(c, house)
        for letter in house.letters():
            same(letter.rcpt, ["<%s>" % RCPT])
            check(letter.field("From").endswith(SENDER) or
                  letter.field("From").endswith("<%s>" % SENDER),
                  letter.field("From"))


@case("injection: CR and LF in -F are refused, not cleaned")
def _(c):
    house = c.server()
    c.plain(house)
    for name in ("x\r\nBcc: y", "x\ny", "x\ry"):
        c.send(SMALL, "-F", name, RCPT).exits(64, 65)
    same(house.stop(), [])


for _name, _head in {
        "CR": b"Subject: x\rBcc: " + MARK.encode(),
        "CR CR": b"Subject: x\r\rX-Evil: y",
        "CR NUL LF": b"Subject: x\r\0Bcc: " + MARK.encode(),
        "NUL": b"Subject: x\0Bcc: " + MARK.encode(),
        "VT": b"Subject: x\x0bBcc: " + MARK.encode(),
        "NEL": b"Subject: x\xc2\x85Bcc: " + MARK.encode(),
        "blank before": b"Subject: x\n Bcc: " + MARK.encode()}.items():
    @case("injection: %s in a header makes no field" % _name)
    def _(c, head=_head):
        house = c.server()
        c.plain(house)
        c.send(head + b"\nTo: %s\n\nHello.\n" % RCPT.encode(), "-t").exits(0)
        harmless(c, house)
        same(house.letter().rcpt, ["<%s>" % RCPT])


@case("injection: a server's words cannot write to the terminal")
def _(c):
    house = c.server(script="""
on RCPT raw "550 5.1.1 \\x1b[2J\\x07\\x9b no\\r\\n"
""")
    c.plain(house)
    call = c.send(SMALL, "-v", RCPT).exits(67)
    check(not any(b in call.bytes for b in (b"\x1b", b"\x07", b"\x9b")),
          call.bytes)


@case("injection: the domain of the configuration")
def _(c):
    house = c.server()
    for domain in ("x y.example", "x>y.example", "a..b"):
        c.conf("domain = '%s'\n" % domain + c.account(house=house))
        c.send(SMALL, "root").exits(78).says("domain")
    same(house.stop(), [])
