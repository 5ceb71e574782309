# SPDX-License-Identifier: ISC
"""Cases: which server gets a message, over which kind of line."""
import os
import socket
import subprocess
import time

from cases import DOMAIN, RCPT, SENDER, SMALL, case, check, same

BIG = b"Subject: x\n\n" + b"x" * 70 + b"\n" + b"y" * 200000 + b"\n"


def closed_port():
    """One that nobody listens on, for now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def hosts(c, *names, lines=()):
    """An account with these hosts in their order."""
    c.conf('domain = "%s"\n' % DOMAIN + c.account(
        *lines, host="{ %s }" % ", ".join('"%s"' % n for n in names)))


def at(house):
    return "127.0.0.1:%d" % house.port


# ---- Several hosts -------------------------------------------------------

FIRST = {
    # what the first one does; does it come to the second; the exit then
    "greets with 421": ("on GREETING reply 421 4.3.2 closing", True),
    "greets with 554": ("on GREETING reply 554 5.3.2 no mail here", True),
    "closes at once": ("on CONNECT cut", True),
    "answers EHLO with 421": ("on EHLO reply 421 4.3.2 closing", True),
    "answers MAIL with 421": ("on MAIL reply 421 4.3.2 closing", True),
    "answers MAIL with 451": ("on MAIL reply 451 4.3.0 later", True),
    "answers RCPT with 450": ("on RCPT reply 450 4.2.0 later", True),
    "answers DATA with 451": ("on DATA reply 451 4.3.0 later", True),
    "answers the message with 451": ("on MESSAGE reply 451 4.3.0 later",
                                     True),
    "is shut for this message, 5.3.2": ("on MAIL reply 550 5.3.2 shut", True),
    "speaks nonsense": ('on GREETING raw "HTTP/1.0 400 what\\r\\n"', True),
}

for _name, (_script, _) in FIRST.items():
    @case("hosts: the first %s, the second takes it" % _name)
    def _(c, script=_script):
        one, two = c.server(script=script + "\n"), c.server()
        hosts(c, at(one), at(two))
        c.send(SMALL, RCPT).exits(0)
        same(len(one.letters()), 0, "messages at the first")
        same(len(two.letters()), 1, "messages at the second")


@case("hosts: the first is down, the second takes it")
def _(c):
    house = c.server()
    hosts(c, "127.0.0.1:%d" % closed_port(), at(house))
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("hosts: the first takes it, the second hears nothing")
def _(c):
    one, two = c.server(), c.server()
    hosts(c, at(one), at(two))
    c.send(SMALL, RCPT).exits(0)
    same(len(one.letters()), 1, "messages")
    same(two.stop(), [])


for _name, _script in (("recipient", "on RCPT reply 550 5.1.1 no such user"),
                       ("sender", "on MAIL reply 550 5.7.1 not you"),
                       ("message", "on MESSAGE reply 554 5.6.0 no")):
    @case("hosts: refused for good (%s), the second is not asked" % _name)
    def _(c, script=_script):
        one, two = c.server(script=script + "\n"), c.server()
        hosts(c, at(one), at(two))
        c.send(SMALL, RCPT).exits(67, 69)
        same(two.stop(), [])


@case("hosts: cut behind the message: in doubt, the second is not asked")
def _(c):
    one = c.server(script="on MESSAGE cut\n")
    two = c.server()
    hosts(c, at(one), at(two))
    c.send(SMALL, RCPT).exits(75).says("doubt")
    same(two.stop(), [])


@case("hosts: the first's SIZE is too small, the second takes it")
def _(c):
    one = c.server(withdraw="SIZE", offer="SIZE 100000")
    two = c.server()
    hosts(c, at(one), at(two))
    c.send(BIG, RCPT).exits(0)
    one.nothing()
    same(len(two.letters()), 1, "messages")


@case("hosts: SIZE too small at all of them: 69, 5.3.4")
def _(c):
    houses = [c.server(withdraw="SIZE", offer="SIZE 100000")
              for _ in range(2)]
    hosts(c, *(at(h) for h in houses))
    c.send(BIG, RCPT).exits(69).says("5.3.4", "100000")
    for house in houses:
        house.nothing()


@case("hosts: SIZE too small at one, the other down: 75")
def _(c):
    house = c.server(withdraw="SIZE", offer="SIZE 100000")
    hosts(c, at(house), "127.0.0.1:%d" % closed_port())
    c.send(BIG, RCPT).exits(75)
    house.nothing()


@case("hosts: a recipient taken by the first is not given to the second")
def _(c):
    one = c.server(script='on RCPT match "later" reply 450 4.2.0 later\n')
    two = c.server()
    hosts(c, at(one), at(two))
    c.send(SMALL, "good@example.test", "later@example.test").exits(0)
    same(one.letter().rcpt, ["<good@example.test>"])
    same(two.letter().rcpt, ["<later@example.test>"])


@case("hosts: all down: 75, the last one's reason")
def _(c):
    ports = [closed_port(), closed_port()]
    hosts(c, *("127.0.0.1:%d" % p for p in ports))
    c.send(SMALL, RCPT).exits(75).says("refused")


# ---- Kinds of line -------------------------------------------------------

@case("unix: socket")
def _(c):
    house = c.server(unix=c.path("socket"))
    hosts(c, "unix:" + c.path("socket"))
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("unix: socket that is missing: 75, named")
def _(c):
    hosts(c, "unix:" + c.path("socket"))
    c.send(SMALL, RCPT).exits(75).says(c.path("socket"))


@case("IPv6 literal")
def _(c):
    house = c.server(ipv6=True)
    hosts(c, "[::1]:%d" % house.port)
    c.send(SMALL, RCPT).exits(0)
    check(house.commands("EHLO")[0].startswith("EHLO "), "EHLO")
    same(len(house.letters()), 1, "messages")


@case("a name with both families")
def _(c):
    house = c.server(ipv6=True)
    hosts(c, "localhost:%d" % house.port)
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("a name whose IPv6 address is closed")
def _(c):
    house = c.server()
    hosts(c, "localhost:%d" % house.port)
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("ip = \"6\" does not use the IPv4 address")
def _(c):
    house = c.server()
    hosts(c, "localhost:%d" % house.port, lines=('ip = "6"',))
    c.send(SMALL, RCPT).exits(75)
    same(house.stop(), [])


@case("source-address")
def _(c):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(20)
        hosts(c, "127.0.0.1:%d" % listener.getsockname()[1],
              lines=('source-address = "127.0.0.77"',))
        p = subprocess.Popen(c.argv("-i", RCPT), stdin=subprocess.PIPE,
                             env=c.environment(None),
                             stderr=subprocess.PIPE)
        p.stdin.write(SMALL)
        p.stdin.close()
        line, peer = listener.accept()
        line.close()
        same(p.wait(20), 75, "exit")
        p.stderr.close()
    same(peer[0], "127.0.0.77")


@case("source-address that is not ours: 75 or 78, named")
def _(c):
    house = c.server()
    hosts(c, at(house), lines=('source-address = "192.0.2.77"',))
    c.send(SMALL, RCPT).exits(75, 78).says("192.0.2.77")
    same(house.stop(), [])


@case("ehlo-name")
def _(c):
    house = c.server()
    hosts(c, at(house), lines=('ehlo-name = "me.example.test"',))
    c.send(SMALL, RCPT).exits(0)
    same(house.commands("EHLO"), ["EHLO me.example.test"])


@case("a port that is closed: 75")
def _(c):
    port = closed_port()
    hosts(c, "127.0.0.1:%d" % port)
    c.send(SMALL, RCPT).exits(75).says("127.0.0.1", str(port))


@case("a name that does not resolve: 75, named")
def _(c):
    hosts(c, "no-such-host.invalid", lines=('connect-timeout = "10s"',))
    c.send(SMALL, RCPT).exits(75).says("no-such-host.invalid")


@case("a server that falls silent: 75 after timeout, over the whole reply")
def _(c):
    house = c.server(script="on EHLO\n\tdrip 400\n\tdefault\n")
    hosts(c, at(house), lines=('timeout = "2s"',))
    call = c.send(SMALL, RCPT).exits(75)
    check(1.5 < call.seconds < 8, "took %.1f s" % call.seconds)
    house.nothing()


# ---- What is said about a message ----------------------------------------

for _size in (0, 1, 997, 65535, 65536, 1000000):
    @case("SIZE is exact: a body of %d octets" % _size)
    def _(c, size=_size):
        house = c.server()
        hosts(c, at(house))
        body = (b"." * 70 + b"\n") * (size // 71) + b"." * (size % 71)
        c.send(b"Subject: x\n\n" + body, RCPT).exits(0)
        letter = house.letter()
        same(letter.size(), len(letter.data))


@case("SIZE is not said where it is not offered")
def _(c):
    house = c.server(withdraw="SIZE")
    hosts(c, at(house))
    c.send(SMALL, RCPT).exits(0)
    same(house.letter().mail, "MAIL FROM:<%s>" % SENDER)


@case("an 8-bit body at a server without 8BITMIME: never silently damaged")
def _(c):
    house = c.server(withdraw="8BITMIME")
    hosts(c, at(house))
    c.send("Subject: x\n\nGr\u00fc\u00dfe\n".encode(), RCPT).exits(0)
    letter = house.letter()
    check("BODY=" not in letter.mail, letter.mail)
    same(letter.field("Content-Transfer-Encoding"), "quoted-printable")
    same(letter.body, b"Gr=C3=BC=C3=9Fe\r\n")


@case("a UTF-8 local part at a server with SMTPUTF8")
def _(c):
    house = c.server()
    hosts(c, at(house))
    c.send(SMALL, "j\u00fcrgen@example.test").exits(0)
    letter = house.letter()
    check("SMTPUTF8" in letter.mail, letter.mail)


@case("a UTF-8 local part at a server without: 69, 5.6.7, nothing sent")
def _(c):
    house = c.server(withdraw="SMTPUTF8")
    hosts(c, at(house))
    c.send(SMALL, "j\u00fcrgen@example.test").exits(69).says("5.6.7")
    house.nothing()


# ---- Certificates --------------------------------------------------------

def secure(c, *lines, mode="starttls", **options):
    house = c.server(mode=mode, **options)
    c.plain(house, 'tls = "%s"' % mode, *lines)
    return house


def ca(c):
    return 'tls-ca-file = "%s/ca.pem"' % c.pki


for _kind, _word in (("wrong-name", "name"), ("expired", "expired"),
                     ("not-yet", "valid"), ("client-only", "not meant for servers"),
                     ("cn-only", "name"), ("self-signed", "signed"),
                     ("rsa1024", "")):
    for _mode in ("starttls", "implicit"):
        @case("certificate %s, %s: 78, nothing sent" % (_kind, _mode))
        def _(c, kind=_kind, mode=_mode, word=_word):
            house = secure(c, ca(c), mode=mode, leaf=kind)
            c.send(SMALL, "-v", RCPT).exits(78).says("certificate", word)
            house.nothing()
            check(all(x["tls"] is None or not x["commands"] or
                      not any(y["event"] in ("MAIL", "AUTH")
                              for y in x["commands"])
                      for x in house.stop()), "went on")


@case("certificate of an unknown authority (system trust): 78")
def _(c):
    house = secure(c)
    c.send(SMALL, RCPT).exits(78).says("certificate")
    house.nothing()


@case("tls-verify = false: sent, with a warning in the log")
def _(c):
    house = secure(c, "tls-verify = false", leaf="wrong-name")
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")
    check("verif" in c.log(), c.log())


@case("tls-name decides which name is verified, and is the SNI")
def _(c):
    house = secure(c, ca(c), 'tls-name = "smtp.example.test"')
    c.send(SMALL, RCPT).exits(0)
    same(house.stop()[0]["tls"]["sni"], "smtp.example.test")


@case("tls-name that is not the certificate's: 78, both names")
def _(c):
    house = secure(c, ca(c), 'tls-name = "other.example.test"')
    c.send(SMALL, RCPT).exits(78).says("other.example.test")
    house.nothing()


@case("no SNI for an address")
def _(c):
    house = secure(c, ca(c))
    c.send(SMALL, RCPT).exits(0)
    same(house.stop()[0]["tls"]["sni"], None)


@case("STARTTLS refused: 75, nothing sent")
def _(c):
    house = secure(c, ca(c), script="on STARTTLS reply 454 4.7.0 not now\n")
    c.send(SMALL, RCPT).exits(75).says("STARTTLS")
    house.nothing()


@case("tls-ca-file that is missing: 78, named")
def _(c):
    house = secure(c, 'tls-ca-file = "/nonexistent/ca.pem"')
    c.send(SMALL, RCPT).exits(78).says("/nonexistent/ca.pem")
    house.nothing()


@case("the connection is not opened before the end of the message")
def _(c):
    house = c.server()
    hosts(c, at(house))
    read, write = os.pipe()
    with open(read, "rb") as pipe, \
            open(write, "wb", buffering=0) as end:
        p = subprocess.Popen(c.argv("-i", RCPT), stdin=pipe,
                             env=c.environment(None),
                             stderr=subprocess.PIPE)
        end.write(SMALL)
        time.sleep(0.5)
        names = os.listdir(house.folder)
        end.close()
        same(p.wait(20), 0, "exit")
        p.stderr.close()
    check(not any(n.startswith("conn-") for n in names), names)
    same(len(house.letters()), 1, "messages")
