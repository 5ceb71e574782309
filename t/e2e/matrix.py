# SPDX-License-Identifier: ISC
"""No flag that sendmail, Postfix, OpenSMTPD, notqmail or Exim takes with a
message keeps it from arriving: generated from their option strings, each flag
attached to its value, in front of it and in a cluster, and many at once.

What asks for something else than taking a message is left out by name.
"""
import os
import random
import shlex
import sys

from cases import DOMAIN, case, check, main, same
from smarthost import POSTHORN

A, B, C = "from@dest.test", "to@dest.test", "other@dest.test"
HEADER = ("one@dest.test", "two@dest.test", "three@dest.test")
MESSAGE = (b"To: one@dest.test\nCc: two@dest.test\nBcc: three@dest.test\n"
           b"Subject: run %d\n\nfirst\nlast\n")

# As their sources have them; the last one's flags of the queue and of its
# tests are no part of it.
STRINGS = {
    "sendmail": "A:B:b:C:cD:d::e:F:f:Gh:IiL:M:mN:nO:o:p:Q::q::R:r:sTtUV:vX:",
    "Postfix": "A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q::tvx",
    "OpenSMTPD": "A:B:b:E::e:F:f:iJ::L:mN:o:p:q::r:R:StvV:x",
    "notqmail": "vimte:f:p:o:B:F:EJxb:",
}

# What is no taking of a message, with the reason.
ELSEWHERE = {
    "-I": "rebuilds the aliases", "-q": "runs the queue",
    "-Q": "holds what is queued",
    "-bs": "speaks SMTP", "-bS": "speaks SMTP", "-bp": "shows the queue",
    "-bi": "rebuilds the aliases", "-bv": "verifies", "-bt": "tests",
    "-bd": "is a daemon", "-bD": "is a daemon", "-bl": "is a daemon",
    "-bh": "shows hosts", "-bH": "forgets hosts", "-bP": "counts the queue",
    "-bC": "checks the configuration", "-bz": "freezes the configuration",
    "-O REQUIRETLS=yes": "refuses this server, which has no TLS",
}

NAMES = ("DeliveryMode=i|DeliveryMode=b|DeliveryMode=q|ErrorMode=m|"
         "IgnoreDots=true|NoRecipientAction=none|NoRecipientAction=add-to|"
         "NoRecipientAction=add-to-undisclosed|NoRecipientAction=add-bcc|"
         "REQUIRETLS=no|SMTPUTF8=yes|SMTPUTF8=no|MinQueueAge=5m|"
         "DefaultCharSet=x|DialDelay=1|ColonOkInAddr=true|MaxQueueRunSize=1|"
         "SingleLineFromHeader=true|AllowBogusHELO=true|"
         "MaxRecipientsPerMessage=1|QueueSortOrder=host|BadRcptThrottle=1|"
         "MaxMessageSize=1|PrivacyOptions=noexpn|LogLevel=99|"
         "Timeout.queuereturn=5d|SuperSafe=true|Verbose=false|"
         "AliasFile=/nonexistent|QueueDirectory=/nonexistent|x|").split("|")
SHORT = ("di|df|db|dq|dqs|dd|em|ew|ep|eq|ee|i|itrue|ifalse|m|n|o|7|8m|8p|8s|"
         "A/nonexistent|Q/nonexistent|T5d|r5m|s5m|v|s|L9|g1|u1|F0600|S/x|H/x|"
         "t|c|D|f|j|k|K|x|X5|B5|Y|P/x|PX|b10|C|a|E/x|G|l|q9|V|w|W|y1|Y|z1|"
         "Ma192.0.2.1|Mrsmtp|MsHost").split("|")

# What callers give them.
VALUES = {
    "A": ["c", "m"], "B": ["7BIT", "8BITMIME", "8bitmime", "odd"],
    "b": ["m", "a"], "C": ["CONF"], "D": ["/nonexistent/log", "X=y"],
    "d": ["0.1", "8.1", "99", "+all"], "e": ["p", "m", "w", "q", "e"],
    "E": ["x"], "F": ["CronDaemon", "Full Name", "Ren\u00e9 \"R\""],
    "f": [C, "<" + C + ">", "Some Body <%s>" % C, "user", "<>"],
    "h": ["0", "17"], "J": ["x"], "L": ["tag"], "M": ["rESMTP", "id"],
    "N": ["never", "success,failure,delay", "FAILURE"],
    "O": [x for x in NAMES if x], "o": SHORT, "p": ["ESMTP:host", "SMTP", "d"],
    "R": ["hdrs", "full", "HEADERS", "odd"], "T": ["5d"],
    "V": ["env1", "odd="],
    "X": ["/TRACE", "V", "V+="],
}
VALUES["r"] = VALUES["f"]
SENDERS = {C: C, "<" + C + ">": C, "Some Body <%s>" % C: C,
           "user": "user@" + DOMAIN, "<>": ""}

# Exim's own words; each is what stands in argv.  -N, -R, -S and -z of Exim
# are other programs' flags with values, or ask for the queue.
EXIM = """
-Ac|-Am|-B8BITMIME|-bm|-D X=y|-dropcr|-d|-d-all+route|-dd|-E|-ee|-em|-ep|-eq|
-ew|-F name|-Fname|-f from@dest.test|-ffrom@dest.test|-G|-h 5|-h5|-i|-L tag|
-m|-n|-O x=y|-Ox=y|-oA /nonexistent|-oA/nonexistent|-oB|-oB 5|-oB5|-odb|-odbd|
-odf|-odi|-odq|-odqs|-odd|-oee|-oem|-oep|-oeq|-oew|-oi|-oitrue|
-oMa 192.0.2.1.25|-oMaa login|-oMai user|-oMas from@dest.test|
-oMi 192.0.2.1|-oMm 1abcde-000000-00|-oMr local-esmtp|-oMs host.test|
-oMt ident|-om|-oo|-oP /nonexistent|-oPX|-or 5m|-or5m|-os 5m|-os5m|-ov|
-oX 25|-oX25|-oY|-pd|-ps|-psmtp:host|-r from@dest.test|-t|-ti|-Tqt|-U|-v|-x|
-X /TRACE|-C CONF|--
"""


def flags(string):
    """{letter: 0 none, 1 a value, 2 an optional one} of an option string."""
    found, i = {}, 0
    while i < len(string):
        colons = len(string[i + 1:]) - len(string[i + 1:].lstrip(":"))
        found[string[i]] = colons
        i += 1 + colons
    return found


def shapes(letter, form):
    """Words, and what of them is the value, in every shape."""
    flag = "-" + letter
    if flag in ELSEWHERE:
        return
    if form != 1:
        yield [flag], None
        yield [flag, "-i"], None
        yield ["-i" + letter], None
    if form == 0:
        yield ["-%si" % letter], None
        yield ["-i%sv" % letter], None
        yield ["-%st" % letter], None
        yield [flag, flag], None
        return
    for value in VALUES[letter]:
        if "%s%s" % (flag, value) in ELSEWHERE or \
                "%s %s" % (flag, value) in ELSEWHERE:
            continue
        yield [flag + value], value
        yield ["-ti" + letter + value], value
        if form == 1:
            yield [flag, value], value
            yield ["-iv" + letter, value], value


def has_t(letter, form, words):
    """Is -t among these, which are a shape of that flag?"""
    return letter == "t" or words[0].startswith("-ti") or \
        (form == 0 and words[0] == "-%st" % letter)


class Runs:
    """Calls with one server, told apart by their subject."""

    def __init__(self, c):
        self.c, self.wanted = c, []
        self.house = c.server()
        os.mkdir(c.path("config"))
        with open(c.plain(self.house), encoding="utf-8") as f:
            c.file("config/posthorn.conf", f.read())
        self.link = c.path("sendmail")
        os.symlink(POSTHORN, self.link)

    def call(self, words, sender, header):
        words = [self.c.path("trace") if w == "/TRACE" else
                 w.replace("/TRACE", self.c.path("trace"))
                 .replace("CONF", self.c.conf_path) for w in words]
        argv = [self.link, "-f", A, *words, B]
        result = self.c.call(argv, MESSAGE % len(self.wanted))
        check(result.status == 0, shlex.join(argv), "exit",
              str(result.status), result.err)
        self.wanted.append((shlex.join(argv), sender,
                            (B, *HEADER) if header else (B,)))

    def end(self):
        """All of them arrived, and with nobody else's recipients."""
        got = {}
        for letter in self.house.letters():
            got.setdefault(letter.field("Subject"), []).append(letter)
        for i, (words, sender, recipients) in enumerate(self.wanted):
            found = got.pop("run %d" % i, [])
            same(len(found), 1, "messages of " + words)
            same(found[0].path(), "<%s>" % sender, "sender of " + words)
            same(sorted(r.split(" ")[0] for r in found[0].rcpt),
                 sorted("<%s>" % r for r in recipients),
                 "recipients of " + words)
            same(found[0].fields("Bcc"), [], "Bcc of " + words)
            same(found[0].body, b"first\r\nlast\r\n", "body of " + words)
        same(got, {}, "messages that nobody sent")
        check(not os.path.exists(self.c.path("trace")),
              "the file of -X was made")


def sender_of(letter, value):
    return SENDERS[value] if letter in "fr" else A


def one(programs, letter, form):
    rows = list(shapes(letter, form))
    if not rows:
        return
    @case("matrix: -%s as in %s, %d shapes" % (
        letter, ", ".join(programs), len(rows)))
    def _(c):
        runs = Runs(c)
        for words, value in rows:
            runs.call(words, sender_of(letter, value),
                      has_t(letter, form, words))
        runs.end()


def exim(rows):
    @case("matrix: Exim's own words, %d" % len(rows))
    def _(c):
        runs = Runs(c)
        for row in rows:
            words = shlex.split(row)
            runs.call(words, A, words[0] in ("-t", "-ti"))
            runs.call(["-i", *words], A, words[0] in ("-t", "-ti"))
        runs.end()


def all_at_once(program, known):
    plain = "".join(x for x, form in known.items()
                    if form == 0 and "-" + x not in ELSEWHERE)
    @case("matrix: all of %s's at once: -%s" % (program, plain))
    def _(c):
        runs = Runs(c)
        runs.call(["-" + plain], A, "t" in plain)
        runs.call(["-" + plain[::-1]], A, "t" in plain)
        for letter, form in known.items():
            for value in VALUES.get(letter, [])[:1]:
                if form == 1:
                    runs.call(["-" + plain + letter + value],
                              sender_of(letter, value), "t" in plain)
                    runs.call(["-" + plain + letter, value],
                              sender_of(letter, value), "t" in plain)
        runs.end()


def mixed(program, known, n):
    """Any of them, in any order, always the same ones."""
    chance = random.Random(program)
    @case("matrix: %s's mixed, %d times" % (program, n))
    def _(c):
        runs = Runs(c)
        for _ in range(n):
            words, sender, header = [], A, False
            for letter in chance.sample(sorted(known), 6):
                rows = list(shapes(letter, known[letter]))
                if not rows:
                    continue
                some, value = chance.choice(rows)
                words += some
                if letter in "fr":
                    sender = sender_of(letter, value)
                header = header or has_t(letter, known[letter], some)
            runs.call(words, sender, header)
        runs.end()


def generate():
    alike = {}
    for program, string in STRINGS.items():
        for flag in flags(string).items():
            alike.setdefault(flag, []).append(program)
    for (letter, form), programs in sorted(alike.items()):
        one(programs, letter, form)
    for program, string in STRINGS.items():
        known = flags(string)
        all_at_once(program, known)
        mixed(program, known, 25)
    exim([x for x in EXIM.replace("\n", "").split("|") if x])


generate()
sys.exit(main("matrix", sys.argv[1:]))
