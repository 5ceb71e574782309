# SPDX-License-Identifier: ISC
"""Cases: which mechanism is chosen, what is remembered, and from where the
secret comes."""
import itertools
import os

from cases import RCPT, SMALL, case, check, same
from login import conf, secret, send, serve, used, works
from smarthost import PASSWORD


@case("tls = \"off\": PLAIN, because the configuration says so")
def _(c):
    house = serve(c, "PLAIN", mode="plain")
    conf(c, house, tls="off")
    send(c).exits(0)
    used(house, "PLAIN")
    secret(c)


@case("tls = \"off\": CRAM-MD5 before PLAIN")
def _(c):
    house = serve(c, "PLAIN LOGIN CRAM-MD5", mode="plain")
    conf(c, house, tls="off")
    send(c).exits(0)
    used(house, "CRAM-MD5")
    secret(c)


@case("STARTTLS stripped: no login of any kind in clear, 75")
def _(c):
    house = serve(c, "PLAIN CRAM-MD5 SCRAM-SHA-256", mode="plain")
    conf(c, house)
    send(c).exits(75).says("STARTTLS")
    house.nothing()
    same(house.auths(), [])


@case("AUTH offered before TLS only is not used in clear")
def _(c):
    house = serve(c, "PLAIN", script="""
offer clear AUTH PLAIN
withdraw tls AUTH
""")
    conf(c, house)
    send(c).exits(77).says("no AUTH")
    house.nothing()
    same(house.auths(), [])


@case("the old form AUTH=")
def _(c):
    house = serve(c, "PLAIN LOGIN", offer="AUTH=LOGIN PLAIN",
                  withdraw="AUTH")
    conf(c, house)
    send(c).exits(0)
    used(house, "PLAIN")
    secret(c)


for _wanted, _got in ((("LOGIN", "PLAIN"), "LOGIN"),
                      (("CRAM-MD5", "SCRAM-SHA-256"), "CRAM-MD5"),
                      (("SCRAM-SHA-512", "plain"), "PLAIN")):
    @case("auth = { %s }: %s" % (", ".join(_wanted), _got))
    def _(c, wanted=_wanted, got=_got):
        works(c, got, auth="PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256", lines=(
            "auth = { %s }" % ", ".join('"%s"' % w for w in wanted),))


@case("auth names nothing that is offered: 77, which words are offered")
def _(c):
    house = serve(c, "PLAIN LOGIN")
    conf(c, house, 'auth = { "CRAM-MD5" }')
    send(c).exits(77).says("PLAIN")
    same(house.auths(), [])
    house.nothing()


@case("auth = \"off\": none although a user is set")
def _(c):
    house = serve(c, "PLAIN", no_require_auth=True)
    conf(c, house, 'auth = "off"')
    send(c).exits(0)
    same(house.auths(), [])


for _code in (504, 534, 538):
    @case("CRAM-MD5 refused as such (%d): the next, and remembered" % _code)
    def _(c, code=_code):
        house = serve(c, "CRAM-MD5 PLAIN", script='on AUTH match "CRAM-MD5" '
                      "reply %d 5.7.9 not here\n" % code)
        conf(c, house)
        send(c).exits(0)
        send(c).exits(0)
        same([x[0] for x in house.auths()],
             ["CRAM-MD5", "PLAIN", "PLAIN"])
        same(len(house.stop()), 2, "connections")
        secret(c)


@case("535 does not fall through to a weaker one")
def _(c):
    house = serve(c, "CRAM-MD5 PLAIN", script='on AUTH match "CRAM-MD5" '
                  "reply 535 5.7.8 wrong\n")
    conf(c, house)
    send(c).exits(77).says("PLAIN")
    same([x[0] for x in house.auths()], ["CRAM-MD5"])


def flights(connection, *events):
    return [x["flight"] for x in connection["commands"]
            if x["event"] in events]


@case("PLAIN rides in front of MAIL at the second contact")
def _(c):
    house = serve(c, "PLAIN")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(0)
    one, two = house.stop()
    check(len(set(flights(one, "AUTH-END", "MAIL"))) == 2, "rode at first")
    same(len(set(flights(two, "AUTH-END", "MAIL"))), 1, "flights")
    check(any("rides=PLAIN" in open(os.path.join(root, n)).read()
              for root, _, names in os.walk(c.path("state"))
              for n in names), "no fact in the state folder")
    secret(c)


@case("another login at the same host: does not ride at first")
def _(c):
    house = serve(c, "PLAIN")
    conf(c, house)
    send(c).exits(0)
    conf(c, house, user="someone@example.test")
    send(c).exits(77)
    same(len(set(flights(house.stop()[1], "AUTH-END", "MAIL"))), 1, "flights")


@case("334 to a riding PLAIN: closed, forgotten, again")
def _(c):
    house = serve(c, "PLAIN", script="on AUTH conn 2 reply 334 dGVsbCBtZQ==\n")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(0)
    found = house.stop()
    same(len(found), 3, "connections")
    same(found[1]["body_octets"], 0, "message octets")
    same(len(set(flights(found[2], "AUTH-END", "MAIL"))), 2, "flights")
    same(len(house.letters()), 2, "messages")
    secret(c)


@case("535 to a riding PLAIN: 77, nothing sent, no more riding")
def _(c):
    house = serve(c, "PLAIN", script="on AUTH conn 2 reply 535 5.7.8 no\n")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(77).says("login refused")
    send(c).exits(0)
    found = house.stop()
    same(found[1]["body_octets"], 0, "message octets")
    same(len(set(flights(found[2], "AUTH-END", "MAIL"))), 2, "flights")


@case("state that cannot be written: everything works, nothing is remembered")
def _(c):
    c.file("state/posthorn", "not a folder")
    house = serve(c, "PLAIN")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(0)
    same(len(set(flights(house.stop()[1], "AUTH-END", "MAIL"))), 2, "flights")


@case("a damaged state record is forgotten")
def _(c):
    house = serve(c, "PLAIN")
    conf(c, house)
    send(c).exits(0)
    for root, _, names in os.walk(c.path("state")):
        for name in names:
            with open(os.path.join(root, name), "r+b") as f:
                f.write(b"rubbish")
    send(c).exits(0)
    same(len(house.letters()), 2, "messages")


SOURCES = {
    "password-file": lambda c: (
        'password-file = "%s"' % c.file("pw", PASSWORD + "\r\nmore\n"), {}),
    "password-command": lambda c: (
        'password-command = { "printf", "%%s\\\\n", "%s" }' % PASSWORD, {}),
    "credential": lambda c: (
        'credential = "robot"',
        {"CREDENTIALS_DIRECTORY": credentials(c, PASSWORD)}),
}


def credentials(c, text):
    os.mkdir(c.path("cred"), 0o700)
    c.file("cred/robot", text, 0o400)
    return c.path("cred")


for _name, _mechanism in itertools.product(SOURCES, ("PLAIN",
                                                     "SCRAM-SHA-256")):
    @case("%s, %s" % (_name, _mechanism))
    def _(c, source=SOURCES[_name], m=_mechanism):
        house = serve(c, m)
        line, env = source(c)
        conf(c, house, line, password=None)
        c.send(SMALL, "-v", RCPT, env=env).exits(0)
        used(house, m)
        secret(c)


TROUBLE = {
    "password-file missing": (
        'password-file = "/nonexistent/pw"', "/nonexistent/pw"),
    "password-command that fails": (
        'password-command = { "false" }', "false"),
    "password-command that is missing": (
        'password-command = { "/nonexistent/pw" }', "/nonexistent/pw"),
    "password-command that prints nothing": (
        'password-command = { "true" }', "true"),
    "credential that was not handed in": (
        'credential = "robot"', "robot"),
}

for _name, (_line, _word) in TROUBLE.items():
    @case(_name + ": 78, named, no connection")
    def _(c, line=_line, word=_word):
        house = serve(c, "PLAIN")
        conf(c, house, line, password=None)
        send(c).exits(78).says(word)
        same(house.stop(), [])


@case("password-file that all can read: 78, chmod named")
def _(c):
    house = serve(c, "PLAIN")
    path = c.file("pw", PASSWORD + "\n", 0o644)
    conf(c, house, 'password-file = "%s"' % path, password=None)
    send(c).exits(78).says("chmod", path)
    same(house.stop(), [])
    secret(c)


@case("a password and a name with characters that mechanisms care about")
def _(c):
    user, password = "j,u=rgen@example.test", 'a "b" \\ ,=; \u00fc\u00df'
    for m in ("SCRAM-SHA-256", "PLAIN", "LOGIN"):
        house = serve(c, m, user=user, password=password)
        conf(c, house, 'user = "%s"' % user, user=None,
             password=password.replace("\\", "\\\\"))
        send(c).exits(0)
        used(house, m, identity=user)
    c.secret(password)
