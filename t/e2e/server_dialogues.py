# SPDX-License-Identifier: ISC
"""Cases: dialogues with the server, proper and odd ones."""
from cases import DOMAIN, RCPT, SENDER, case, check, same
from server_rig import (DATA, EHLO, FINE, HELLO, HELO, LETTER, MAIL, QUIT,
                        RCPT_TO, RSET, SENT, START, Got, dialogue, talk)

END = b".\r\n"
LONG = b"x" * 5000
MILLION = b"x" * 1000000


def mail(parameters, path=SENDER.encode()):
    return b"MAIL FROM:<%s> %s\r\n" % (path, parameters)


def rcpt(parameters, path=RCPT.encode()):
    return b"RCPT TO:<%s> %s\r\n" % (path, parameters)


def to(*paths):
    return EHLO + MAIL + b"".join(b"RCPT TO:%s\r\n" % p for p in paths) + \
        DATA + LETTER + END + QUIT


def after(command, rest=b""):
    """A command that must change nothing, then a message."""
    return EHLO + command + rest + MAIL + RCPT_TO + DATA + LETTER + END + QUIT


# name: (octets, pattern of replies, messages that arrive, ...).
TABLE = {
    # ---- As it should be -------------------------------------------------
    "nothing but the end": (b"", "220", []),
    "QUIT at once": (QUIT, "220 221/2.0.0", []),
    "HELO and QUIT": (HELO + QUIT, "220 250 221/2.0.0", []),
    "one message": (SENT + QUIT, "220 250 250/2.1.0 250/2.1.5 354 250/2.* "
                    "221/2.0.0", [Got()]),
    "one message, HELO": (SENT.replace(EHLO, HELO) + QUIT,
                          "220 250 250 250 354 250 221", [Got()]),
    "one message, no QUIT": (SENT, FINE, [Got()]),
    "three messages": (SENT + (MAIL + RCPT_TO + DATA + LETTER + END) * 2 +
                       QUIT, FINE + "250 250 354 250 250 250 354 250 221",
                       [Got(), Got(), Got()]),
    "commands in lower case": (
        EHLO.lower() + b"mail from:<%s>\r\nrcpt to:<%s>\r\ndata\r\n" % (
            SENDER.encode(), RCPT.encode()) + LETTER + END + b"quit\r\n",
        FINE + "221", [Got()]),
    "an empty message": (START + DATA + END + QUIT, FINE + "221",
                         [Got(b"", subject=None)]),
    "a message without a header": (
        START + DATA + b"Just words\r\n" + END + QUIT, FINE + "221",
        [Got(b"Just words\r\n", subject=None)]),
    "a message that begins with a blank line": (
        START + DATA + b"\r\nwords\r\n" + END + QUIT, FINE + "221",
        [Got(b"words\r\n", subject=None)]),
    "a header that is none": (
        START + DATA + b"Subject: talk\r\n: x\r\n\x01\x02: \xff\r\n"
        b"no colon\r\n\r\nHello.\r\n" + END + QUIT, FINE + "221",
        [Got(None, subject=None)]),
    "a header of controls and 8-bit octets": (
        START + DATA + b"Subject: talk\r\nX-Odd: \x01\x7f\xff\x80\r\n\r\n"
        b"Hello.\r\n" + END + QUIT, FINE + "221", [Got()]),
    "dots": (
        START + DATA + LETTER + b"..\r\n...\r\n..x\r\n.. \r\n" + END + QUIT,
        FINE + "221", [Got(b"Hello.\r\n.\r\n..\r\n.x\r\n. \r\n")]),
    "a lone dot in the header, stuffed": (
        START + DATA + b"Subject: talk\r\n..\r\n\r\nHello.\r\n" + END +
        QUIT, FINE + "221", [Got(b".\r\n\r\nHello.\r\n")]),
    "8-bit octets, BODY=8BITMIME": (
        EHLO + mail(b"BODY=8BITMIME") + RCPT_TO + DATA +
        b"Subject: talk\r\n\r\n\xfc\r\n" + END + QUIT, FINE + "221",
        [Got(b"\xfc\r\n", mail=["BODY=8BITMIME"])]),
    "8-bit octets that were not announced": (
        START + DATA + b"Subject: talk\r\n\r\n\xfc\r\n" + END + QUIT,
        FINE + "221", [Got(b"\xfc\r\n", mail=["BODY=8BITMIME"])]),
    "every parameter": (
        EHLO + mail(b"SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS "
                    b"ENVID=QQ+2B314159") +
        rcpt(b"NOTIFY=SUCCESS,FAILURE,DELAY "
             b"ORCPT=rfc822;other+2Bone@example.test") +
        DATA + LETTER + END + QUIT, FINE + "221",
        [Got(mail=["RET=HDRS", "ENVID=QQ+2B314159"])]),
    "parameters in lower case": (
        EHLO + mail(b"size=100 body=8bitmime smtputf8 ret=full "
                    b"envid=QQ314159") +
        rcpt(b"notify=never") + DATA + LETTER + END + QUIT, FINE + "221",
        [Got(mail=["RET=FULL", "ENVID=QQ314159"])]),
    "a blank behind the colon": (
        EHLO + MAIL.replace(b":", b": ") + RCPT_TO.replace(b":", b": ") +
        DATA + LETTER + END + QUIT, FINE + "221", [Got()]),
    "blanks behind commands": (
        EHLO + MAIL.replace(b">", b"> ") + RCPT_TO.replace(b">", b"> ") +
        b"DATA \r\n" + LETTER + END + b"QUIT \r\n", FINE + "221", [Got()]),
    "SIZE=0": (EHLO + mail(b"SIZE=0") + RCPT_TO + DATA + LETTER + END +
               QUIT, FINE + "221", [Got()]),
    "a SIZE that is too small is a guess only": (
        EHLO + mail(b"SIZE=1") + RCPT_TO + DATA + LETTER + END + QUIT,
        FINE + "221", [Got()]),

    # ---- Commands that change nothing ------------------------------------
    "NOOP": (after(b"NOOP\r\n"), HELLO + "250/2.0.0 250 250 354 250 221",
             [Got()]),
    "NOOP with words": (after(b"NOOP some <words> here\r\n"),
                        HELLO + "250 250 250 354 250 221", [Got()]),
    "NOOP in a transaction": (
        START + b"NOOP\r\n" + DATA + LETTER + END + QUIT,
        HELLO + "250 250 250 354 250 221", [Got()]),
    "VRFY": (after(b"VRFY root\r\n"), HELLO + "252/2.* 250 250 354 250 221",
             [Got()]),
    "VRFY of an address": (after(b"VRFY <%s>\r\n" % RCPT.encode()),
                           HELLO + "252 250 250 354 250 221", [Got()]),
    "VRFY without a name": (after(b"VRFY\r\n"),
                            HELLO + "(?:252|501) 250 250 354 250 221",
                            [Got()]),
    "EXPN": (after(b"EXPN list\r\n"),
             HELLO + "(?:502|252|550) 250 250 354 250 221", [Got()]),
    "HELP": (after(b"HELP\r\n"), HELLO + "214 250 250 354 250 221",
             [Got()]),
    "HELP with a word": (after(b"HELP MAIL\r\n"),
                         HELLO + "(?:214|504) 250 250 354 250 221", [Got()]),
    "HELP and NOOP before EHLO": (
        b"NOOP\r\nHELP\r\nVRFY x\r\n" + after(b""),
        "220 250 214 (?:252|503) 250 250 250 354 250 221", [Got()]),
    "RSET with nothing to forget": (
        after(RSET), HELLO + "250/2.0.0 250 250 354 250 221", [Got()]),
    "RSET forgets recipients": (
        START + rcpt(b"", b"two@example.test") + RSET + MAIL + RCPT_TO +
        DATA + LETTER + END + QUIT,
        HELLO + "250 250 250 250 250 250 354 250 221", [Got()]),
    "RSET, then DATA": (START + RSET + DATA + QUIT,
                        HELLO + "250 250 250 503/5.5.1 221", []),
    "EHLO again forgets all": (
        START + EHLO + DATA + MAIL + RCPT_TO + DATA + LETTER + END + QUIT,
        HELLO + "250 250 250 503 250 250 354 250 221", [Got()]),
    "HELO, then EHLO": (
        HELO + MAIL + RCPT_TO + SENT + QUIT,
        "220 250 250 250 250 250 250 354 250 221", [Got()]),
    "AUTH": (after(b"AUTH PLAIN AGEAYg==\r\n"),
             HELLO + "50[0234] 250 250 354 250 221", [Got()]),
    "STARTTLS": (after(b"STARTTLS\r\n"),
                 HELLO + "(?:50[0234]|454) 250 250 354 250 221", [Got()]),

    # ---- Out of order ----------------------------------------------------
    "RCPT first": (EHLO + RCPT_TO + QUIT, HELLO + "503/5.5.1 221", []),
    "DATA first": (EHLO + DATA + QUIT, HELLO + "503/5.5.1 221", []),
    "DATA without a recipient": (
        EHLO + MAIL + DATA + QUIT, HELLO + "250 (?:503|554)/5.5.1 221", []),
    "DATA with none but refused recipients": (
        EHLO + MAIL + b"RCPT TO:<@>\r\n" + DATA + QUIT,
        HELLO + "250 5.. (?:503|554)/5.5.1 221", []),
    "MAIL twice": (
        EHLO + MAIL + b"MAIL FROM:<other@example.test>\r\n" + RCPT_TO +
        DATA + LETTER + END + QUIT,
        HELLO + "250 503/5.5.1 250 354 250 221", [Got()]),
    "MAIL behind RCPT": (
        START + b"MAIL FROM:<other@example.test>\r\n" + DATA + LETTER + END +
        QUIT, HELLO + "250 250 503 354 250 221", [Got()]),
    "MAIL that was refused, then RCPT": (
        EHLO + mail(b"FOO=BAR") + RCPT_TO + DATA + QUIT,
        HELLO + "5.. 503 503 221", []),
    "QUIT in a transaction": (START + QUIT, HELLO + "250 250 221", []),
    "what comes behind QUIT is not read": (
        START + QUIT + START + DATA + LETTER + END, HELLO + "250 250 221",
        []),
    "DATA with an argument": (
        START + b"DATA now\r\n" + DATA + LETTER + END + QUIT,
        HELLO + "250 250 501 354 250 221", [Got()]),

    # ---- No commands -----------------------------------------------------
    "unknown commands": (
        after(b"FOO\r\nFOO BAR\r\nX\r\nMAILX FROM:<x@y.example>\r\n"
              b"GET / HTTP/1.0\r\nHost: x\r\n"),
        HELLO + "500/5.5.[12] " * 6 + "250 250 354 250 221", [Got()]),
    "empty lines": (after(b"\r\n \r\n\r\n"),
                    HELLO + "500 500 500 250 250 354 250 221", [Got()]),
    "a line of 5,000 octets": (
        after(b"NOOP " + LONG + b"\r\n"),
        HELLO + "500/5.5.[26] 250 250 354 250 221", [Got()]),
    "a line of 1 MB": (after(MILLION + b"\r\n"),
                       HELLO + "500 250 250 354 250 221", [Got()]),
    "a line of 1 MB with commands in it": (
        after(MILLION + b" QUIT \n" + MILLION + b"\r\n"),
        HELLO + "500 (?:500 )?250 250 354 250 221", [Got()]),
    "8-bit octets in a command": (
        after(b"N\xd6\xd6P\r\nNOOP\xff\r\n"),
        HELLO + "50[01] 50[01] 250 250 354 250 221", [Got()]),
    "NUL in a command": (
        after(b"NO\0OP\r\n\0\r\nQUIT\0\r\n"),
        HELLO + "50[01] 50[01] 50[01] 250 250 354 250 221", [Got()]),
    "NUL in a path": (
        EHLO + MAIL + b"RCPT TO:<rcpt@example.test\0>\r\n"
        b"RCPT TO:<rcpt\0x@example.test>\r\n" + RCPT_TO + DATA + LETTER +
        END + QUIT, HELLO + "250 50[01] 50[01] 250 354 250 221", [Got()]),
    "controls in paths": (
        EHLO + b"MAIL FROM:<sen\x01der@example.test>\r\n" + MAIL +
        b"RCPT TO:<a\rb@example.test>\r\nRCPT TO:<\x1b[31m@example.test>\r\n"
        b"RCPT TO:<a\tb@example.test>\r\n" + RCPT_TO + DATA + LETTER + END +
        QUIT, HELLO + "5.. 250 5.. 5.. 5.. 250 354 250 221", [Got()]),
    "a bare CR in a command": (
        after(b"NOOP\rQUIT\r\n"), HELLO + "(?:250|50[01]) 250 250 354 250 "
        "221", [Got()]),

    # ---- Parameters ------------------------------------------------------
    "a parameter nobody knows": (
        EHLO + mail(b"FOO=BAR") + mail(b"FOO") + MAIL + rcpt(b"FOO=BAR") +
        RCPT_TO + DATA + LETTER + END + QUIT,
        HELLO + "555/5.5.4 555/5.5.4 250 555/5.5.4 250 354 250 221",
        [Got()]),
    "a parameter twice": (
        EHLO + mail(b"SIZE=1 SIZE=2") + mail(b"BODY=7BIT BODY=8BITMIME") +
        mail(b"RET=FULL RET=FULL") + mail(b"ENVID=a ENVID=b") + MAIL +
        rcpt(b"NOTIFY=NEVER NOTIFY=NEVER") +
        rcpt(b"ORCPT=rfc822;a@b.example ORCPT=rfc822;a@b.example") + QUIT,
        HELLO + "501/5.5.4 501 501 501 250 501 501 221", []),
    "values that are none": (
        EHLO + mail(b"BODY=XYZ") + mail(b"BODY") + mail(b"BODY=") +
        mail(b"SIZE=") + mail(b"SIZE=x") + mail(b"SIZE=-1") + mail(b"SIZE") +
        mail(b"SIZE=1x") + mail(b"SMTPUTF8=1") + mail(b"RET=SOME") +
        mail(b"RET") + QUIT,
        HELLO + "(?:501|504|555)/5.5.4 " * 11 + "221", []),
    "BINARYMIME is not offered": (
        EHLO + mail(b"BODY=BINARYMIME") + QUIT,
        HELLO + "(?:501|504|555)/5.5.4 221", []),
    "a SIZE of 21 digits": (
        EHLO + mail(b"SIZE=999999999999999999999") + QUIT,
        HELLO + "5.. 221", []),
    "NOTIFY that is none": (
        EHLO + MAIL + rcpt(b"NOTIFY=NEVER,SUCCESS") + rcpt(b"NOTIFY=") +
        rcpt(b"NOTIFY") + rcpt(b"NOTIFY=SUCCESS,") + rcpt(b"NOTIFY=SOME") +
        rcpt(b"NOTIFY=SUCCESS,NEVER") + rcpt(b"NOTIFY=,FAILURE") + QUIT,
        HELLO + "250 " + "(?:501|504)/5.5.4 " * 7 + "221", []),
    "ENVID that is none": (
        EHLO + mail(b"ENVID=") + mail(b"ENVID=a+b") + mail(b"ENVID=a=b") +
        mail(b"ENVID=a+2b") + mail(b"ENVID=a+") + mail(b"ENVID=\xff") +
        mail(b"ENVID=" + b"x" * 101) + QUIT,
        HELLO + "(?:501|500|555)/5.5.[24] " * 7 + "221", []),
    "ENVID of 100": (
        EHLO + mail(b"ENVID=" + b"x" * 100) + RCPT_TO + DATA + LETTER + END +
        QUIT, FINE + "221", [Got(mail=["ENVID=" + "x" * 100])]),
    "ORCPT that is none": (
        EHLO + MAIL + rcpt(b"ORCPT=") + rcpt(b"ORCPT=rfc822") +
        rcpt(b"ORCPT=rfc822;a+zz") + rcpt(b"ORCPT=;a") +
        rcpt(b"ORCPT=rfc822;a=b") + rcpt(b"ORCPT=rfc822;" + b"x" * 501) +
        QUIT, HELLO + "250 " + "(?:501|500|555)/5.5.[24] " * 6 + "221", []),
    "parameters of the other command": (
        EHLO + mail(b"NOTIFY=NEVER") + mail(b"ORCPT=rfc822;a@b.example") +
        MAIL + rcpt(b"SIZE=1") + rcpt(b"BODY=7BIT") + rcpt(b"RET=FULL") +
        QUIT, HELLO + "5../5.5.4 5../5.5.4 250 " + "5../5.5.4 " * 3 + "221",
        []),
    "AUTH= where no login is offered": (
        EHLO + mail(b"AUTH=<>") + QUIT, HELLO + "(?:250|5..) 221", []),
    "blanks and an equals sign as parameters": (
        EHLO + mail(b"=") + mail(b"=x") + MAIL + rcpt(b"=") + QUIT,
        HELLO + "5.. 5.. 250 5.. 221", []),
    "words glued to the path": (
        EHLO + b"MAIL FROM:<a@example.test>SIZE=1\r\n" + MAIL +
        b"RCPT TO:<a@example.test><b@example.test>\r\n"
        b"RCPT TO:<a@example.test>x\r\n"
        b"RCPT TO:<a@example.test>, <b@example.test>\r\n" + QUIT,
        HELLO + "5.. 250 5.. 5.. 5.. 221", []),

    # ---- Paths -----------------------------------------------------------
    "the null sender": (
        (SENT + QUIT).replace(MAIL, b"MAIL FROM:<>\r\n"), FINE + "221",
        [Got(f="")]),
    "no null recipient": (
        EHLO + MAIL + b"RCPT TO:<>\r\n" + QUIT, HELLO + "250 5.. 221", []),
    "source routes": (
        to(b"<@a.example,@b.example:one@example.test>",
           b"<@a.example:two@example.test>"),
        HELLO + "250 250 250 354 250 221",
        [Got(to=("one@example.test", "two@example.test"))]),
    "a source route in the sender": (
        (SENT + QUIT).replace(MAIL, b"MAIL FROM:<@a.example:" +
                              SENDER.encode() + b">\r\n"), FINE + "221",
        [Got()]),
    "quoted local parts": (
        to(b'<"john doe"@example.test>', b'<"a@b"@example.test>',
           b'<"a>b"@example.test>', b'<"a\\"b"@example.test>',
           b'<"plain"@example.test>'),
        # What a lax server could take for the end of the path is refused.
        HELLO + "250 250 250 553/5.1.3 250 250 354 250 221",
        [Got(to=None)]),
    "what is no path": (
        EHLO + MAIL + b"RCPT TO:\r\nRCPT TO\r\nRCPT\r\nRCPT <a@b.example>\r\n"
        b"RCPT TO:<a@b.example\r\nRCPT TO:<a b@example.test>\r\n"
        b'RCPT TO:<"a@example.test>\r\nRCPT TO:<@example.test>\r\n'
        b"RCPT TO:<a@>\r\nRCPT TO:<a@b@c.example>\r\n"
        b"RCPT TO:<a@b..example>\r\nRCPT FROM:<a@b.example>\r\n" + QUIT,
        HELLO + "250 " + "5.. " * 12 + "221", []),
    "what is no sender": (
        EHLO + b"MAIL\r\nMAIL FROM\r\nMAIL FROM:\r\nMAIL <a@b.example>\r\n"
        b"MAIL TO:<a@b.example>\r\nMAIL FROM:<a@b.example\r\n"
        b"MAIL FROM:<a b@example.test>\r\nMAIL FROM:<a@b..example>\r\n" +
        QUIT, HELLO + "5.. " * 8 + "221", []),
    "no brackets": (
        EHLO + b"MAIL FROM:sender@example.test\r\n"
        b"RCPT TO:rcpt@example.test\r\n" + DATA + LETTER + END + QUIT,
        "220 250 (?:250|501) (?:250|503) *", None),
    "a name beside the address": (
        EHLO + MAIL + b'RCPT TO:"A Name" <x@example.test>\r\n'
        b"RCPT TO:A Name <x@example.test>\r\n"
        b"RCPT TO:<x@example.test> (a comment)\r\n" + RCPT_TO + RSET + QUIT,
        HELLO + "250 (?:250|5..) (?:250|5..) 5.. 250 250 221", []),
    "the postmaster without a domain": (
        to(b"<Postmaster>"), FINE + "221",
        [Got(to=("Postmaster@" + DOMAIN,))]),
    "UTF-8 without SMTPUTF8": (
        EHLO + MAIL + "RCPT TO:<j\u00fcrgen@example.test>\r\n".encode() +
        RSET + "MAIL FROM:<j\u00fcrgen@example.test>\r\n".encode() + QUIT,
        HELLO + "250 55[03]/5.6.7 250 55[03]/5.6.7 221", []),
    "UTF-8 with SMTPUTF8": (
        EHLO + mail(b"SMTPUTF8") +
        "RCPT TO:<j\u00fcrgen@example.test>\r\n".encode() + DATA + LETTER +
        END + QUIT, FINE + "221",
        [Got(to=("j\u00fcrgen@example.test",), mail=["SMTPUTF8"])]),
    "no UTF-8 with SMTPUTF8": (
        EHLO + mail(b"SMTPUTF8") + b"RCPT TO:<j\xfcrgen@example.test>\r\n"
        b"RCPT TO:<\xc0\x80@example.test>\r\n"
        b"RCPT TO:<\xed\xa0\x80@example.test>\r\n" + QUIT,
        HELLO + "250 5.. 5.. 5.. 221", []),
    "a path of 1,100 octets": (
        EHLO + MAIL + rcpt(b"", b"x" * 1100 + b"@example.test") + QUIT,
        HELLO + "250 5.. 221", []),
    "a path of 250 octets": (
        to(b"<" + b"x" * 64 + b"@" + b"y" * 60 + b"." + b"z" * 60 + b"." +
           b"w" * 57 + b".test>"), FINE + "221", [Got(to=None)]),
    "the same recipient twice": (
        to(b"<rcpt@example.test>", b"<rcpt@EXAMPLE.test>"),
        HELLO + "250 250 250 354 250 221", [Got()]),
    "200 recipients": (
        to(*(b"<r%d@example.test>" % n for n in range(200))),
        HELLO + "250 " + "250 " * 200 + "354 250 221",
        [Got(to=["r%d@example.test" % n for n in range(100)]),
         Got(to=["r%d@example.test" % n for n in range(100, 200)])]),

    # ---- Greetings -------------------------------------------------------
    "EHLO without a name": (b"EHLO\r\n" + QUIT, "220 (?:501|250) 221", []),
    "HELO without a name": (b"HELO\r\n" + QUIT, "220 (?:501|250) 221", []),
    "EHLO with an address": (
        (SENT + QUIT).replace(EHLO, b"EHLO [127.0.0.1]\r\n"), FINE + "221",
        [Got()]),
    "EHLO with an underscore": (
        (SENT + QUIT).replace(EHLO, b"EHLO my_host\r\n"), FINE + "221",
        [Got()]),
}

for _name, _row in TABLE.items():
    @case("dialogue: " + _name)
    def _(c, row=_row):
        octets, pattern, wanted = row
        if wanted is None:
            return loose(c, octets, pattern)
        return dialogue(c, octets, pattern, *(open_ends(x) for x in wanted))


def open_ends(got):
    """Those whose recipients are told elsewhere."""
    if got.to is None:
        got.check = lambda letter: None
    return got


def loose(c, octets, pattern):
    """Taken or refused: then by both, the talk and the smarthost."""
    house = c.server()
    c.plain(house)
    t = talk(c, octets).says(pattern)
    taken = sum(x.code == "354" for x in t.replies)
    same(len(house.letters()), taken, "messages")


for _name in ("one message", "three messages", "dots", "every parameter",
              "unknown commands", "NUL in a command", "an empty message",
              "quoted local parts", "controls in paths"):
    @case("octet by octet: " + _name)
    def _(c, row=TABLE[_name]):
        dialogue(c, row[0], row[1], *(open_ends(x) for x in row[2]), piece=1)


@case("EHLO offers what is promised")
def _(c):
    t = dialogue(c, EHLO + HELO + QUIT, "220 250 250 221")
    words = [x.split(" ")[0] for x in t.reply(1).lines[1:]]
    for word in ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN",
                 "CHUNKING", "ENHANCEDSTATUSCODES"):
        check(word in words, word, "not in", words)
    for word in ("AUTH", "STARTTLS", "BINARYMIME", "VRFY", "EXPN", "ETRN"):
        check(word not in words, word, "in", words)
    same(len(set(words)), len(words), "different words")
    same(len(t.reply(2).lines), 1, "lines to HELO")
    same(t.reply(0).lines[0].split(" ")[0], t.reply(1).lines[0].split(" ")[0],
         "our name")


@case("max-message-size: in EHLO, at MAIL, at the end of DATA and BDAT")
def _(c):
    big = b"x" * 78 + b"\r\n"
    t = dialogue(
        c, EHLO + mail(b"SIZE=100001") + mail(b"SIZE=100000") + RCPT_TO +
        DATA + LETTER + big * 2000 + END + MAIL + RCPT_TO +
        b"BDAT 160000\r\n" + big * 2000 + b"BDAT 80 LAST\r\n" + big + RSET +
        MAIL + RCPT_TO + DATA + LETTER + END + QUIT,
        "220 250 552/5.3.4 250 250 354 552/5.3.4 250 250 552/5.3.4 5.. 250 "
        "250 250 354 250 221", Got(), top=("max-message-size = 100000",))
    check("SIZE 100000" in t.reply(1).lines, t.reply(1).lines)


@case("quoted local parts arrive as they are, or as the same without quotes")
def _(c):
    house = c.server()
    c.plain(house)
    talk(c, TABLE["quoted local parts"][0])
    same(sorted(house.letter().rcpt), sorted((
        '<"john doe"@example.test>', '<"a@b"@example.test>',
        '<"a\\"b"@example.test>', "<plain@example.test>")), "recipients")


@case("a bare name: by aliases, else at our domain")
def _(c):
    c.file("aliases", "root: boss@example.test, two@example.test\n", 0o644)
    dialogue(c, to(b"<root>", b"<other>"), HELLO + "250 250 250 354 250 221",
             Got(to=("boss@example.test", "two@example.test",
                     "other@" + DOMAIN)),
             top=('aliases = "%s"' % c.path("aliases"),))


@case("a sender without a domain gets ours")
def _(c):
    dialogue(c, (SENT + QUIT).replace(MAIL, b"MAIL FROM:<root>\r\n"),
             FINE + "221", Got(f="root@" + DOMAIN))


@case("a message of 10 MB by DATA and by BDAT")
def _(c):
    body = b"".join(b"%09d" % n + b"x" * 89 + b"\r\n" for n in range(100000))
    letter = b"Subject: talk\r\n\r\n" + body
    dialogue(c, START + DATA + letter + END + MAIL + RCPT_TO +
             b"BDAT %d LAST\r\n" % len(letter) + letter + QUIT,
             FINE + "250 250 250 221", Got(body), Got(body))


@case("1,000 errors: answered one by one, or 421 and the end")
def _(c):
    house = c.server()
    c.plain(house)
    t = talk(c, EHLO + b"FOO\r\n" * 1000 + MAIL + RCPT_TO + DATA + LETTER +
             END + QUIT)
    codes = [x.code for x in t.replies]
    if codes[-1] == "421":
        check(len(codes) > 12, "closed after %d errors" % (len(codes) - 3))
        same(set(codes[2:-1]), {"500"}, "codes")
        same(len(house.letters()), 0, "messages")
    else:
        same(codes[2:], ["500"] * 1000 + ["250", "250", "354", "250",
                                          "221"], "codes")
        same(len(house.letters()), 1, "messages")
