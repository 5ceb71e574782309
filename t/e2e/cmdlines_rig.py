# SPDX-License-Identifier: ISC
"""What the rows of command lines share: a server, a configuration where it is
looked for, a call, and what must have arrived."""
import os
import pwd
import shlex

from cases import DOMAIN, case, check, same
from smarthost import POSTHORN

ME = "%s@%s" % (pwd.getpwuid(os.getuid()).pw_name, DOMAIN)
HEADER = (b"To: one@dest.test\nCc: two@dest.test\n"
          b"Bcc: three@dest.test\nSubject: x\n\n")
BODY = b"first\nlast\n"
T = "one@dest.test two@dest.test three@dest.test"
A = "adr@dest.test"
B = "blank@dest.test"
ALIASES = "# for the rows\nalias: real@dest.test\nlist: %s,\n %s\n" % (A, B)


def settle(c, top="", account=(), **server):
    """A server, and a configuration where it is looked for."""
    house = c.server(**server)
    os.makedirs(c.path("config"), exist_ok=True)
    path = c.plain(house, *account, top=(
        'aliases = "%s"' % c.file("aliases", ALIASES, 0o644), top))
    with open(path, encoding="utf-8") as f:
        c.file("config/posthorn.conf", f.read())
    return house


def call(c, name, words, message, **more):
    link = c.path(name)
    if not os.path.islink(link):
        os.symlink(POSTHORN, link)
    under = os.environ.get("POSTHORN_UNDER", "").split()
    words = words.replace("FOLDER", c.folder)
    return c.call([*under, link, *shlex.split(words)], message, **more)


def arrives(house, wanted, sender, body=BODY):
    letter = house.letter()
    same(letter.path(), "<%s>" % sender, "the sender")
    got = [r.split(" ")[0] for r in letter.rcpt]
    same(sorted(got), sorted("<%s>" % w for w in wanted.split()),
         "the recipients")
    same(letter.body, body.replace(b"\n", b"\r\n"), "the body")
    same(letter.fields("Bcc"), [], "Bcc")
    for name in ("From", "Date", "Message-ID", "To", "Cc"):
        letter.field(name)
    return letter


def sent(name, words, wanted, sender=ME, program="sendmail"):
    @case("cmdline: %s: %s" % (name, words))
    def _(c):
        house = settle(c)
        call(c, program, words, HEADER + BODY).exits(0)
        arrives(house, wanted, sender)


def refused(name, words, status, program="sendmail"):
    @case("cmdline: %s: %s" % (name, words.replace("\n", "\\n")))
    def _(c):
        house = settle(c)
        said = call(c, program, words, HEADER + BODY).exits(status).err
        check(said.startswith("posthorn: "), "no reason given:", said)
        house.nothing()


def tells(name, words, *wanted, status=0, message=b"", program="sendmail"):
    """Something else than taking a message: what it says, and no mail."""
    @case("cmdline: %s: %s" % (name, words or program))
    def _(c):
        house = settle(c)
        r = call(c, program, words, message).exits(status)
        said = (r.out.decode("utf-8", "replace") + r.err).lower()
        for word in wanted:
            check(word.lower() in said, "lacks", word, "in", said)
        if not wanted:
            same(said, "", "what it says")
        house.nothing()
