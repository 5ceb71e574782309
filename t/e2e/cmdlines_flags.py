# SPDX-License-Identifier: ISC
"""What each flag does to a message on its way, one row a flag and value."""
import os

from cases import DOMAIN, case, check, same
from cmdlines_rig import (A, B, BODY, HEADER, ME, T, arrives, call, settle)
from smarthost import POSTHORN

EIGHT = b"To: one@dest.test\nCc: x@dest.test\nSubject: x\n\ngr\xc3\xbcn\n"
BARE = b"Subject: x\n\nx\n"


def row(name, words, look=None, to=B, sender=A, message=HEADER + BODY, **how):
    """look(letter, result, case) says what else must hold."""
    @case("cmdline: %s: %s" % (name, words))
    def _(c):
        house = settle(c, **how)
        r = call(c, "sendmail", words, message).exits(0)
        if message != HEADER + BODY:
            letter = house.letter()
            same(letter.path(), "<%s>" % sender, "the sender")
        else:
            letter = arrives(house, to, sender)
        if look is not None:
            look(letter, r, c)


def mail(*words):
    """In MAIL FROM."""
    def look(letter, _r, _c):
        for word in words:
            check(word in letter.mail.split(" "), word, "not in", letter.mail)
    return look


def no_mail(*words):
    def look(letter, _r, _c):
        for word in words:
            check(word not in letter.mail, word, "in", letter.mail)
    return look


def rcpt(*words):
    def look(letter, _r, _c):
        for word in words:
            check(word in letter.rcpt[0].split(" "), word, "not in",
                  letter.rcpt[0])
    return look


def field(name, *bodies):
    def look(letter, _r, _c):
        same(letter.fields(name), list(bodies), name)
    return look


def says(*words):
    def look(_l, result, _c):
        result.says(*words)
    return look


def silent(_l, result, _c):
    result.silent()


def no_file(name):
    def look(_l, _r, c):
        check(not os.path.lexists(c.path(name)), name, "was made")
    return look


def to(flags, *more):
    return " ".join(("-f", A, flags, B, *more))


# Without any effect, and without a word.
for words in ("-A c", "-Am", "-Ac", "-c", "-D X=y", "-E", "-Ejis", "-J",
              "-M rESMTP", "-Mxvalue", "-m", "-p ESMTP:host", "-pd", "-S",
              "-s", "-T", "-T5d", "-x", "-XV", "-XV+=", "-dropcr"):
    row("accepted without effect", to(words), silent)
row("-D never opens its file", to("-D FOLDER/log.D"), no_file("log.D"))

row("-B 8BITMIME", to("-B 8BITMIME"), mail("BODY=8BITMIME"), message=EIGHT)
row("-B8bitmime", to("-B8bitmime"), mail("BODY=8BITMIME"), message=EIGHT)
row("-B 7BIT", to("-B 7BIT"), no_mail("BODY=8BITMIME"))
row("-B BINARYMIME", to("-B BINARYMIME"), mail("BODY=8BITMIME"),
    message=EIGHT)
row("-B with what is none", to("-B odd"), says("-B with unknown type"))
row("-C: the configuration", "-C FOLDER/posthorn.conf " + to(""), silent)
row("--config: the same", "--config=FOLDER/posthorn.conf " + to(""), silent)
row("-d0.1: the version, then on", to("-d0.1"), says("posthorn 0", "ISC"))
for words in ("-d", "-d8.1", "-d+all", "--debug"):
    row("-d: the dialogue", to(words), says(">>> MAIL FROM", "<<< 250"))
for words in ("-v", "-ov", "-iv", "-O Verbose=true"):
    row("-v: the dialogue", to(words), says(">>> MAIL FROM", "*** connected"))
row("-F: the name", to("-F 'Full Name'"), field(
    "From", "Full Name <%s>" % A))
row("-F, attached", to("-FCronDaemon"), field("From", "CronDaemon <%s>" % A))
row("-F, quoted where it must be", to("-F 'A, \"B\" C.'"), field(
    "From", "\"A, \\\"B\\\" C.\" <%s>" % A))
row("-F, encoded (RFC 2047)", to("-F 'Ren\u00e9'"), field(
    "From", "=?UTF-8?Q?Ren=C3=A9?= <%s>" % A))
row("-F '': no name", to("-F ''"), field("From", A))
for words in ("-f user", "-fuser", "-r user", "-ruser", "-ivfuser",
              "-f a@dest.test -r user", "-f '<user>'", "-f 'User <user>'"):
    row("-f, -r: the sender", "%s %s" % (words, B), sender="user@" + DOMAIN)
for words in ("-f ''", "-f '<>'", "'-f<>'", "-r ''"):
    row("-f: the null sender", "%s %s" % (words, B), sender="")
row("-f takes -t for its value, and says so", "-f -t " + B,
    says("takes \"-t\" for the sender"), sender="-t@" + DOMAIN)
for words in ("-h 0", "-h1", "-h 29"):
    row("-h: hops so far", to(words), silent)
for words in ("-i", "-oi", "-oitrue", "-oi true", "-O IgnoreDots=true", "-ti"):
    @case("cmdline: a lone dot stays: " + words)
    def _(c, words=words):
        house = settle(c)
        call(c, "sendmail", to(words), HEADER + b"a\n..b\n.\nc\n").exits(0)
        same(house.letter().body, b"a\r\n..b\r\n.\r\nc\r\n", words)
for words in ("", "-oifalse", "-i -oi false", "-i -O IgnoreDots=false"):
    @case("cmdline: a lone dot ends the message: " + words)
    def _(c, words=words):
        house = settle(c)
        call(c, "sendmail", to(words), HEADER + b"a\n..b\n.\nc\n").exits(0)
        same(house.letter().body, b"a\r\n.b\r\n", words)
row("-L: the name in the log", to("-L tag"), silent)
row("-L, too long", to("-L " + 33 * "x"), says("-L ignored"))
for words in ("-N never", "-Nnever", "-N NEVER"):
    row("-N: no notice", to(words), rcpt(
        "<%s>" % B), message=BARE)
row("-N: which notices", to("-N success,delay,failure"), rcpt(
    "NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;" + B))
row("-N with what is none", to("-N odd"), says("-N with \"odd\" ignored"))
row("-R, -V: what comes back", to("-R hdrs -V QQ+2B1"), mail(
    "RET=HDRS", "ENVID=QQ+2B1"))
row("-R headers", to("-Rheaders"), mail("RET=HDRS"))
row("-R full", to("-R FULL"), mail("RET=FULL"))
row("-R with what is none", to("-R odd"), says("-R with \"odd\" ignored"))
row("-V with what is none", to("-V a=b"), says("-V ignored"))
row("a local name is looked up", "-f %s alias" % A, to="real@dest.test")
row("... and a list", "-f %s list" % A, to=A + " " + B)
row("-n: it is not", "-f %s -n alias" % A, to="alias@" + DOMAIN)
row("\\name: it is not", "-f %s '\\alias'" % A, to="alias@" + DOMAIN)
for words in ("-t", "-ti", "-it", "-tvi", "-toi", "-Tt"):
    row("-t: recipients of the header, and argv's", to(words),
        to=T + " " + B)
for words in ("-U", "-O SMTPUTF8=yes", "-O SMTPUTF8=no"):
    row("-U: nothing where nothing needs it", to(words), no_mail("SMTPUTF8"))
row("--: flags end", "-f %s -- -i@dest.test" % A, to="-i@dest.test")

# -o and -O
for words in ("-odi", "-odf", "-odb", "-odq", "-odqs", "-odd",
              "-O DeliveryMode=b", "-ODeliveryMode=i", "-om", "-on", "-oo",
              "-o7", "-o8m", "-o8p", "-o8s", "-oA/nonexistent",
              "-oA /nonexistent", "-oQ/nonexistent", "-oT5d", "-or5m",
              "-or 5m", "-os", "-os 5m", "-oL9", "-og1", "-ou1", "-oF0600",
              "-oS/x", "-oH/x", "-ot", "-oc", "-oD", "-of", "-oj", "-ok",
              "-oK", "-ox", "-oX25", "-oX 25", "-oP /x", "-oPX", "-oB",
              "-oB 5", "-oY", "-oMa 192.0.2.1", "-oMr scanned", "-oMs h",
              "-oMi 192.0.2.1", "-oMt ident", "-oMaa x", "-oMai x",
              "-oMas x", "-oMm x", "-oMrx", "-oep", "-oem", "-oew", "-oeq",
              "-oee", "-O ErrorMode=q", "-O MaxMessageSize=1",
              "-O PrivacyOptions=noexpn", "-OLogLevel=99", "-O MinQueueAge=1",
              "-O MaxRecipientsPerMessage=1", "-O AliasFile=/nonexistent",
              "-O QueueDirectory=/nonexistent", "-O REQUIRETLS=no",
              "-O odd", "-O =", "-O ''", "-oodd"):
    row("-o, -O", to(words), silent)
for words, wanted in (
        ("", ["undisclosed-recipients:;"]),
        ("-O NoRecipientAction=add-to-undisclosed",
         ["undisclosed-recipients:;"]),
        ("-O NoRecipientAction=none", []),
        ("-O NoRecipientAction=add-bcc", []),
        ("-O NoRecipientAction=add-apparently-to", []),
        ("-O NoRecipientAction=add-to", [B]),
        ("-G", [])):
    row("no recipient in the header", to(words), field("To", *wanted),
        message=BARE)
row("NoRecipientAction=add-to shows nobody's Bcc",
    to("-t -O NoRecipientAction=add-to"), field(
        "To", "undisclosed-recipients:;"), message=b"Bcc: secret@dest.test\n"
    b"Subject: x\n\nx\n")
row("a destination that is there stays alone", to(""), field(
    "To"), message=b"Cc: a@dest.test\nSubject: x\n\nx\n")


@case("cmdline: -O REQUIRETLS=yes: not to a server without TLS")
def _(c):
    house = settle(c)
    r = call(c, "sendmail", to("-O REQUIRETLS=yes"), HEADER + BODY)
    check(r.status != 0, "it exits 0")
    house.nothing()


# -X
def recorded(_l, _r, c):
    with open(c.path("traffic"), encoding="utf-8") as f:
        text = f.read()
    check(" >>> MAIL FROM:<%s>" % A in text and " <<< 220 " in text, text)
    check("first" not in text, "the message is in it:", text)
    same(os.stat(c.path("traffic")).st_mode & 0o7777, 0o600, "mode")
    for line in text.splitlines():
        check(line[:2] == "20" and line.split(" ")[1].isdigit(), line)


row("-X: ignored", to("-v -X FOLDER/traffic"),
    says("-X ", "ignored: traffic-log"))
row("-X makes no file", to("-X FOLDER/traffic"), no_file("traffic"))
for words in ("-X FOLDER/traffic", "-XFOLDER/traffic", "-ivX FOLDER/traffic"):
    row("-X: the dialogue, where it is allowed", to(words), recorded,
        top="traffic-log = true")
row("-X: what cannot be written harms nothing",
    to("-v -X /nonexistent/traffic"), says("-X ", "No such file"),
    top="traffic-log = true")
row("-X: no file of another kind", to("-v -X /dev/null"),
    says("it is no regular file"), top="traffic-log = true")


@case("cmdline: -X: no login is in it, and no link is followed")
def _(c):
    house = settle(c, "traffic-log = true", (
        'user = "robot@dest.test"', "password = 'tangerine'"),
        user="robot@dest.test", password="tangerine", auth="LOGIN")
    call(c, "sendmail", to("-X FOLDER/traffic"), HEADER + BODY).exits(0)
    arrives(house, B, A)
    with open(c.path("traffic"), encoding="utf-8") as f:
        text = f.read()
    check("AUTH LOGIN" in text, text)
    check("dGFuZ2VyaW5l" not in text and "tangerine" not in text, text)
    os.symlink(c.path("victim"), c.path("link"))
    house = settle(c, "traffic-log = true")
    call(c, "sendmail", to("-v -X FOLDER/link"),
         HEADER + BODY).exits(0).says("-X ", "ignored")
    arrives(house, B, A)
    check(not os.path.exists(c.path("victim")), "a link was followed")


# When: with a queue.
def queue(c, deliver="queued"):
    return settle(c, 'queue { directory = "%s" deliver = "%s" runner = '
                  '"external" }' % (c.path("queue"), deliver))


def waiting(c):
    return len([x for x in os.listdir(c.path("queue"))
                if os.path.isfile(c.path("queue/" + x))])


for words, now in (("", False), ("-odq", False), ("-odqs", False),
                   ("-odd", False), ("-O DeliveryMode=q", False),
                   ("-v -odq", False), ("-odi", True), ("-odf", True),
                   ("-O DeliveryMode=i", True), ("-v", True), ("-ov", True),
                   ("-odq -odi", True)):
    @case("cmdline: -od: when it is delivered: " + words)
    def _(c, words=words, now=now):
        house = queue(c)
        call(c, "sendmail", to(words), HEADER + BODY).exits(0)
        same(waiting(c), 0 if now else 1, "messages queued")
        same(len(house.letters()), 1 if now else 0, "messages that arrived")

for name, words, left in (
        ("sendmail", "-q", 0), ("runq", "", 0), ("sendmail", "-qf", 0),
        ("sendmail", "-qff", 0), ("sendmail", "-qq", 0),
        ("sendmail", "-qi", 0), ("sendmail", "-ql", 0),
        ("sendmail", "-q -v", 0), ("sendmail", "-vq", 0),
        ("mailq", "-q", 0), ("sendmail", "-Ac -q", 0),
        ("sendmail", "-qRblank", 0), ("sendmail", "-qR blank", 0),
        ("sendmail", "-qRother", 1), ("sendmail", "-qSADR@", 0),
        ("sendmail", "-qSother", 1), ("sendmail", "-q!Sother", 0),
        ("sendmail", "-q!Rblank", 1), ("sendmail", "-qRblank -qSadr", 0),
        ("sendmail", "-qRblank -qSother", 1), ("sendmail", "-qInone", 1),
        ("sendmail", "-qGgroup -qRblank", 0),
        ("sendmail", "-q!Inone", 0), ("sendmail", "-bp", 1),
        ("sendmail", "-bP", 1), ("mailq", "", 1)):
    @case("cmdline: the queue: %s %s" % (name, words))
    def _(c, name=name, words=words, left=left):
        house = queue(c)
        call(c, "sendmail", to("-odq"), HEADER + BODY).exits(0)
        r = call(c, name, words, b"").exits(0)
        same(waiting(c), left, "messages left")
        same(len(house.letters()), 1 - left, "messages that arrived")
        if words == "-bP":
            same(r.out, b"1\n", "the count")


@case("cmdline: the queue: -Qreason -qR: on hold; -qff runs that as well")
def _(c):
    house = queue(c)
    call(c, "sendmail", to("-odq"), HEADER + BODY).exits(0)
    call(c, "sendmail", "-Qwhy -qRblank", b"").exits(0)
    same(os.listdir(c.path("queue/hold")) != [], True, "on hold")
    call(c, "sendmail", "-qf", b"").exits(0)
    same(os.listdir(c.path("queue/hold")) != [], True, "still on hold")
    call(c, "sendmail", "-qff", b"").exits(0)
    arrives(house, B, A)


# The account's own sender.
def personal(words, template, wanted, name=None):
    row("from = \"%s\"" % template, words, field(
        "From", "%s<%s>" % (name + " ", wanted) if name else wanted),
        sender=wanted, account=('from = "%s"' % template,))


personal("-F '' " + B, "%U@%M", ME)
personal("-F '' " + B, "jobs+%U@dest.test", "jobs+%s@dest.test" %
         ME.split("@")[0])
personal(B, "%U of mine <x%%@dest.test>", "x%@dest.test",
         ME.split("@")[0] + " of mine")


@case("cmdline: from = \"%U@%M\" where there is no mail domain")
def _(c):
    house = settle(c, account=('from = "%U@%M"',))
    with open(c.path("config/posthorn.conf"), encoding="utf-8") as f:
        text = f.read().replace('domain = "%s"' % DOMAIN,
                                "domain = localhost")
    c.file("config/posthorn.conf", text)
    call(c, "sendmail", B, HEADER + BODY).exits(78).says(
        "no address to answer to", "set `domain`")
    house.nothing()


@case("cmdline: inherit: an account like another one")
def _(c):
    house = c.server()
    c.conf(c.account('from = "one@dest.test"', house=house, name="one") +
           'account "two" {\n inherit = "one"\n from = "%s"\n}\n' % A)
    c.call([POSTHORN, "-C", c.conf_path, "--account", "two", B],
           HEADER + BODY).exits(0)
    arrives(house, B, A)


row("root (Cron Daemon) keeps its name", "-t",
    field("From", "Cron Daemon <robot@dest.test>"), sender="robot@dest.test",
    message=b"From: root (Cron Daemon)\nTo: user\nSubject: x\n\nx\n",
    account=('from = "robot@dest.test"',))
row("the envelope and the header together", "-f root@localhost -t",
    field("From", "Root <robot@dest.test>"), sender="robot@dest.test",
    message=b"From: Root <root@localhost>\nTo: user\nSubject: x\n\nx\n",
    account=('from = "robot@dest.test"',))
row("bare names in the header", "-t", field(
    "Reply-To", "user@" + DOMAIN), sender=ME,
    message=b"From: user\nReply-To: user\nTo: user\nSubject: x\n\nx\n")
