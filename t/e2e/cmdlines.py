# SPDX-License-Identifier: ISC
"""Command lines of real callers, each with the envelope it has to make: a row
is name, arguments, and what is wanted if not exit 0 with our own sender.

The configuration is found, not named; the message says To one, Cc two and
Bcc three.
"""
import os
import pwd
import shlex
import sys

from cases import DOMAIN, Failed, case, check, main, same
from smarthost import POSTHORN

ME = "%s@%s" % (pwd.getpwuid(os.getuid()).pw_name, DOMAIN)
HEADER = (b"To: one@dest.test\nCc: two@dest.test\n"
          b"Bcc: three@dest.test\nSubject: x\n\n")
BODY = b"first\nlast\n"
T = "one@dest.test two@dest.test three@dest.test"
A = "adr@dest.test"
B = "blank@dest.test"

# name, arguments, recipients, sender
SENT = (
    ("Debian cron", "-FCronDaemon -i -B8BITMIME -oem user", "user@" + DOMAIN),
    ("cron, MAILTO of two", "-FCronDaemon -i -B8BITMIME -oem %s,%s" % (A, B),
     A + " " + B),
    ("cron, list with names", "-FCronDaemon -i -B8BITMIME -oem '%s, B <%s>'" %
     (A, B), A + " " + B),
    ("cronie", "-FCronDaemon -i -odi -oem -oi -t -f user", T,
     "user@" + DOMAIN),
    ("ISC cron", "-FCronDaemon -odi -oem -oi -t", T),
    ("ISC cron, older", "-FCronDaemon -odi -oem -or0s operator",
     "operator@" + DOMAIN),
    ("anacron", "-FAnacron -odi operator", "operator@" + DOMAIN),
    ("cron-apt", "-t -oi", T),
    ("fcron", "-i -f 'root@host.test (fcron)' user", "user@" + DOMAIN,
     "root@host.test"),
    ("nullmailer issue 59", "-i -FCronDaemon -B8BITMIME -oem pi",
     "pi@" + DOMAIN),
    ("systemd-cron", "-i -B8BITMIME " + A, A),
    ("bcron", "-FCronDaemon -odi -oem user", "user@" + DOMAIN),
    ("at", "-i user", "user@" + DOMAIN),
    ("sudo", "-t", T),
    ("PHP mail()", "-t -i", T),
    ("PHP mail(), -f glued", "-t -i -f" + A, T, A),
    ("PHP mail(), -f and -F", "-t -i -f %s -F 'Full Name'" % A, T, A),
    ("PHP mail(), -r", "-t -i -r%s -oi -odb" % A, T, A),
    ("PHPMailer", "-oi -f%s -t" % A, T, A),
    ("PHPMailer, no sender", "-oi -t", T),
    ("PHPMailer, in PHP's own", "-t -i -oi -f%s -t" % A, T, A),
    ("Symfony", "-oi -f%s -- %s %s" % (A, B, A), B + " " + A, A),
    ("Symfony, -i", "-i -f%s -- %s" % (A, B), B, A),
    ("Symfony, no -i", "-f%s -- %s" % (A, B), B, A),
    ("PEAR Mail", "-i -f%s -- %s" % (A, B), B, A),
    ("PEAR Mail, -N never", "-i -N never -f%s -- %s" % (A, B), B, A),
    ("PEAR Mail, -t", "-t -i -f" + A, T, A),
    ("Horde", "-i -f %s -- %s" % (A, B), B, A),
    ("Horde, null sender", "-t -f ''", T, ""),
    ("nodemailer", "-i -f %s %s %s" % (A, B, A), B + " " + A, A),
    ("nodemailer, -t with addresses", "-i -t -oi " + B, T + " " + B),
    ("nodemailer, no sender", "-i " + B, B),
    ("Mail::Send", "-t", T),
    ("MIME::Lite", "-t -oi -oem -f" + A, T, A),
    ("Email::Sender", "-i -f %s -- %s" % (A, B), B, A),
    ("Email::Sender, null sender", "-i -f '<>' -- " + B, B, ""),
    ("ruby mail", "-i -t -f %s --" % A, T, A),
    ("ruby mail, with addresses", "-i -t -f %s -- one@dest.test" % A, T, A),
    ("Python, bare", B, B),
    ("Python, DSN words", "-i -N success,failure -R hdrs -V id1 -f %s %s" %
     (A, B), B, A),
    ("Python, -t -f", "-t -f " + A, T, A),
    ("bsd-mailx", "-i -t", T),
    ("bsd-mailx, -f", "-i -t -f " + A, T, A),
    ("bsd-mailx, -v", "-i -t -v", T),
    ("GNU mailutils", "-oi -f %s -t" % A, T, A),
    ("s-nail", "-i -- %s %s" % (A, B), A + " " + B),
    ("s-nail, -r", "-i -r %s %s" % (A, B), B, A),
    ("s-nail, -F", "-i -F 'Full, \"Name\"' -f %s -- %s" % (A, B), B, A),
    ("s-nail, -t -X", "-i -t -X /nonexistent/log -- " + B, T + " " + B),
    ("mutt", "-oem -oi -- %s %s" % (A, B), A + " " + B),
    ("mutt, DSN", "-oem -oi -N failure,delay -R full -- " + B, B),
    ("mutt, -f", "-oem -oi -f %s -- %s" % (A, B), B, A),
    ("mutt, 8-bit", "-oem -oi -B8BITMIME -- " + B, B),
    ("mutt, comma list", "-oem -oi -- %s,%s" % (A, B), A + " " + B),
    ("git send-email", "-i %s %s" % (A, B), A + " " + B),
    ("git send-email, sender", "-f %s -i %s" % (A, B), B, A),
    ("git send-email, -t", "-i -t -i one@dest.test", T),
    ("git send-email, -oem", "-oem -i " + B, B),
    ("git post-receive", "-t -f " + A, T, A),
    ("Emacs", "-oi -f %s -t" % A, T, A),
    ("Emacs, foreground", "-oi -f %s -oep -odi -t" % A, T, A),
    ("Emacs, background", "-oi -f %s -oem -odb -t" % A, T, A),
    ("nmh", "-t -i", T),
    ("mpack", "-oi " + B, B),
    ("procmail", "-oi -t", T),
    ("vacation", "-f user -- " + B, B, "user@" + DOMAIN),
    ("fail2ban", "-f fail2ban user", "user@" + DOMAIN, "fail2ban@" + DOMAIN),
    ("subversion", "-f%s %s" % (A, B), B, A),
    ("HylaFAX", "-f%s -oi %s" % (A, B), B, A),
    ("HylaFAX, -t", "-t -ffax -oi", T, "fax@" + DOMAIN),
    ("smartlist", "-oem -odb -oi -om -f %s %s" % (A, B), B, A),
    ("Sympa", "-N success,delay,failure -V0123ENV -f%s -- %s" % (A, B), B, A),
    ("Request Tracker", "-oi -ODeliveryMode=b -OErrorMode=m -t", T),
    ("Request Tracker, bounce", "-oi -f '<>' -t", T, ""),
    ("rss2email", "-F 'Some Feed' -f %s %s" % (A, B), B, A),
    ("Mercurial", "-f %s %s" % (A, B), B, A),
    ("Exim's habit", "-oMr spam-scanned -oMa 192.0.2.1 -oi -f %s %s" % (A, B),
     B, A),
    ("cluster -ti", "-ti", T),
    ("cluster -it", "-it", T),
    ("cluster -tvi", "-tvi", T),
    ("cluster -toi", "-toi", T),
    ("the last -f wins", "-f a@dest.test -f %s %s" % (A, B), B, A),
    ("an address behind --", "-i -- -odd@dest.test", "-odd@dest.test"),
    ("the same address twice", "%s ADR@DEST.TEST adr@DEST.test" % A,
     "%s ADR@dest.test" % A),
    ("a name and an address in one word", "'Some Body <%s>'" % B, B),
)

# Accepted in a submission, whatever they do.
HARMLESS = """
-Am|-Ac|-A c|-B 7BIT|-B8bitmime|-Bnonsense|-bm|-c|-D /nonexistent/log|-d|
-d8.1|-E|-e m|-ep|-F Name|-h 1|-i|-J|-L tag|-Mxvalue|-M id|-m|-N never|
-N success,failure,delay|-N nonsense|-n|-O Timeout.queuereturn=5d|
-OMaxMessageSize=1|-OREQUIRETLS=no|-p ESMTP:host|-R hdrs|-R full|-R nonsense|
-S|-s|-T|-T5d|-U|-V env|-v|-X /nonexistent/log|-XV|-x|-odi|-odb|-odq|-odd|
-oem|-oep|-oeq|-oew|-oee|-oi|-oitrue|-o i|-om|-oo|-o7|-o8p|-oA/etc/aliases|
-oQ/nonexistent|-oT5d|-oL9|-og|-ou|-oMs host|-oMi 192.0.2.1|-os|-ov|-t|
-O NoRecipientAction=none|-O ErrorMode=p|-O DeliveryMode=i
"""

# name, arguments, exit status; nothing may be sent
REFUSED = (
    ("Symfony, -bs", "-bs", 69),
    ("nmh and alpine, -bs", "-bs -odb -oem -om", 69),
    ("cluster -bsv", "-bsv", 69),
    ("the queue shown", "-bp", 0),
    ("the queue run", "-q", 0),
    ("the queue run, -qf", "-qf", 0),
    ("the queue run, time", "-q30m", 0),
    ("the queue run for a site", "-qRdest.test", 0),
    ("addresses verified", "-bv " + A, 69),
    ("aliases rebuilt", "-bi", 69),
    ("aliases rebuilt, -I", "-I", 69),
    ("batched SMTP", "-bS", 69),
    ("a daemon", "-bd", 64),
    ("a daemon with a queue run", "-bd -q30m", 64),
    ("Exim's TLS on connect", "-tls-on-connect", 64),
    ("Exim's test mode", "-be", 64),
    ("-z", "-z x " + A, 64),
    ("a lone dash", "- " + A, 64),
    ("no recipients", "-i", 64),
    ("no sender's argument", "-f", 64),
    ("a hop count that is none", "-h x " + A, 64),
    ("too many hops", "-h 31 " + A, 69),
    ("a pipe", "'|touch /tmp/no'", 65),
    ("a file", "/tmp/no", 65),
    ("an include", ":include:/etc/passwd", 65),
    ("a line end in an address", "'a@dest.test\nRCPT TO:<b@dest.test>'", 65),
    ("a line end in the sender", "-f 'a@b\nRCPT TO:<c@d>' " + A, 65),
    ("an unknown long option", "--no-such-thing " + A, 64),
)

# base name, exit status
NAMES = (("mailq", 0), ("newaliases", 69), ("runq", 0), ("hoststat", 69),
         ("purgestat", 69), ("smtpd", 64))


def settle(c):
    """A server, and a configuration where it is looked for."""
    house = c.server()
    os.mkdir(c.path("config"))
    with open(c.plain(house), encoding="utf-8") as f:
        c.file("config/posthorn.conf", f.read())
    return house


def call(c, name, words, message):
    link = c.path(name)
    if not os.path.islink(link):
        os.symlink(POSTHORN, link)
    under = os.environ.get("POSTHORN_UNDER", "").split()
    return c.call([*under, link, *shlex.split(words)], message)


def arrives(house, wanted, sender, body):
    letter = house.letter()
    same(letter.path(), "<%s>" % sender, "the sender")
    got = [r.split(" ")[0] for r in letter.rcpt]
    same(sorted(got), sorted("<%s>" % w for w in wanted.split()),
         "the recipients")
    same(letter.body, body.replace(b"\n", b"\r\n"), "the body")
    same(letter.fields("Bcc"), [], "Bcc")
    for name in ("From", "Date", "Message-ID", "To", "Cc"):
        letter.field(name)


def sent(name, words, wanted, sender=ME, program="sendmail"):
    @case("cmdline: %s: %s" % (name, words))
    def _(c):
        house = settle(c)
        call(c, program, words, HEADER + BODY).exits(0)
        arrives(house, wanted, sender, BODY)


def refused(name, words, status, program="sendmail"):
    @case("cmdline: %s: %s" % (name, words.replace("\n", "\\n")))
    def _(c):
        house = settle(c)
        said = call(c, program, words, HEADER + BODY).exits(status).err
        check(said.startswith("posthorn: "), "no reason given:", said)
        house.nothing()


def rows():
    for row in SENT:
        sent(*row)
    for words in HARMLESS.replace("\n", "").split("|"):
        sent("harmless", "%s -f %s %s" % (words, A, B),
             T + " " + B if words == "-t" else B, A)
    for row in REFUSED:
        refused(*row)
    for name, status in NAMES:
        refused("called " + name, "", status, name)
    for name in ("send-mail", "posthorn", "sendmail.posthorn"):
        sent("called " + name, "-i " + B, B, program=name)


@case("cmdline: a lone dot ends the message, .. loses a dot")
def _(c):
    house = settle(c)
    call(c, "sendmail", B, HEADER + b"a\n..b\n.\nc\n").exits(0)
    arrives(house, B, ME, b"a\n.b\n")


@case("cmdline: a lone dot stays with -i, -oi, -oitrue")
def _(c):
    for words in ("-i", "-oi", "-oitrue", "-ti"):
        fresh = "%s/%s" % (c.folder, words)
        os.mkdir(fresh)
        house = c.server()
        c.plain(house)
        result = c.call(c.argv(words, "one@dest.test"),
                        HEADER + b"a\n..b\n.\nc\n")
        result.exits(0)
        same(house.letter().body, b"a\r\n..b\r\n.\r\nc\r\n", words)


@case("cmdline: no -f: the author is the sender, if not a local one")
def _(c):
    for author, wanted in (("Him <a@dest.test>", "a@dest.test"),
                           ("user", ME)):
        house = c.server()
        c.plain(house)
        c.call(c.argv("-i", B), b"From: %s\n\nx\n" %
               author.encode()).exits(0)
        same(house.letter().path(), "<%s>" % wanted, "sender for " + author)


@case("cmdline: -G adds no field but Received")
def _(c):
    house = settle(c)
    call(c, "sendmail", "-G -f %s %s" % (A, B), HEADER + BODY).exits(0)
    letter = house.letter()
    for name in ("From", "Date", "Message-ID", "Bcc"):
        same(letter.fields(name), [], name)
    letter.field("Received")


@case("cmdline: -t without a recipient in the header")
def _(c):
    house = settle(c)
    call(c, "sendmail", "-t", b"Subject: x\n\nx\n").exits(65)
    house.nothing()


@case("cmdline: -t takes the first block of Resent- fields")
def _(c):
    house = settle(c)
    call(c, "sendmail", "-t", b"Resent-From: r@dest.test\n"
         b"Resent-To: new@dest.test\nResent-Bcc: dark@dest.test\n"
         b"From: a@dest.test\nTo: old@dest.test\n\nx\n").exits(0)
    got = sorted(house.letter().rcpt)
    if [r.split(" ")[0] for r in got] != ["<dark@dest.test>",
                                          "<new@dest.test>"]:
        raise Failed("recipients %r" % got)
    same(house.letter().fields("Resent-Bcc"), [], "Resent-Bcc")


rows()
sys.exit(main("cmdlines", sys.argv[1:]))
