# SPDX-License-Identifier: ISC
"""Command lines of real callers, each with the envelope it has to make: a row
is name, arguments, and what is wanted if not exit 0 with our own sender.

The configuration is found, not named; the message says To one, Cc two and
Bcc three.  Modes and single flags have files of their own.
"""
import sys

import cmdlines_flags  # noqa: F401
import cmdlines_modes  # noqa: F401
from cases import DOMAIN, Failed, case, main, same
from cmdlines_rig import (A, B, BODY, HEADER, ME, T, call, refused,
                          sent, settle)

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

# name, arguments, exit status; nothing may be sent
REFUSED = (
    ("no recipients", "-i", 64),
    ("no sender's argument", "-f", 64),
    ("a hop count that is none", "-h x " + A, 64),
    ("too many hops", "-h 31 " + A, 69),
    ("a pipe", "'|touch /tmp/no'", 65),
    ("a file", "/tmp/no", 65),
    ("an include", ":include:/etc/passwd", 65),
    ("a line end in an address", "'a@dest.test\nRCPT TO:<b@dest.test>'", 65),
    ("a line end in the sender", "-f 'a@b\nRCPT TO:<c@d>' " + A, 65),
)

def rows():
    for row in SENT:
        sent(*row)
    for row in REFUSED:
        refused(*row)


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
