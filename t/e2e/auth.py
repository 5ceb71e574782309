# SPDX-License-Identifier: ISC
"""Every mechanism against a server side that is not ours.

All cases run with -v: no secret may show, raw or in base64, in what it prints,
in the log, in the state folder, or on the wire before TLS.
"""
import base64
import itertools
import os
import sys

import cases
from cases import RCPT, SMALL, case, check, same
from smarthost import PASSWORD, USER

TOKEN = "ya29.a0AfH6SMBxTokenOfTheRobot-_~+/=="
NOT_IT = "quince-Wrong-one"
SCRAM = ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1")
EXPORTER, UNIQUE, END_POINT = ("tls-exporter", "tls-unique",
                               "tls-server-end-point")


def serve(c, auth, mode="starttls", **options):
    if "PLUS" not in auth:
        # A server that can bind but does not say so is right to refuse "y".
        options.setdefault("binding", "none")
    options.setdefault("user", USER)
    options.setdefault("password", PASSWORD)
    return c.server(mode=mode, auth=auth, **options)


def conf(c, house, *lines, tls="starttls", user=USER, password=PASSWORD):
    lines += ('tls = "%s"' % tls, 'tls-ca-file = "%s/ca.pem"' % c.pki)
    if user is not None:
        lines += ('user = "%s"' % user,)
    if password is not None:
        lines += ("password = '%s'" % password,)
    c.plain(house, *lines)


def send(c):
    return c.send(SMALL, "-v", RCPT)


def secret(c):
    blob = ("\0%s\0%s" % (USER, PASSWORD)).encode()
    c.secret(PASSWORD, NOT_IT, TOKEN, blob[-12:])


def used(house, mechanism, binding=None, connections=1, identity=USER):
    """The last connection logged in so, and has the only message."""
    found = house.stop()
    same(len(found), connections, "connections")
    same(found[-1]["auth"], {"mechanism": mechanism, "identity": identity,
                             "binding": binding}, "login")
    same(len(house.letters()), 1, "messages")


def works(c, mechanism, bound=None, connections=1, lines=(), **options):
    house = serve(c, options.pop("auth", mechanism), **options)
    conf(c, house, *lines)
    send(c).exits(0)
    used(house, mechanism, bound, connections)
    secret(c)


def plainly():
    """Every mechanism with a password, against either library."""
    for mechanism in SCRAM + ("CRAM-MD5", "PLAIN", "LOGIN"):
        for sasl in ("cyrus", "gsasl"):
            if (sasl, mechanism) == ("gsasl", "SCRAM-SHA-512"):
                continue        # it does not have that one
            yield mechanism, sasl


def plus():
    """(mechanism, library, what the server takes, options, connections)"""
    for mechanism in SCRAM:
        name = mechanism + "-PLUS"
        yield name, "cyrus", EXPORTER, {"tls13": True}, 1
        yield name, "cyrus", UNIQUE, {"tls12": True}, 1
        # What the server takes is found out by a second try.
        yield name, "cyrus", END_POINT, {"tls12": True,
                                         "binding": "end-point"}, 2
        yield name, "cyrus", END_POINT, {"tls13": True,
                                         "binding": "end-point"}, 2
        # tls-unique is unsafe here, so it is not even tried.
        yield name, "cyrus", END_POINT, {
            "tls12": True, "no_ems": True, "binding": "end-point"}, 1
        if mechanism != "SCRAM-SHA-512":
            yield name, "gsasl", EXPORTER, {"tls13": True}, 1
            yield name, "gsasl", UNIQUE, {"tls12": True}, 1


def register():
    for mechanism, sasl in plainly():
        for mode in ("starttls", "implicit"):
            if mode == "implicit" and sasl == "gsasl":
                continue

            @case("%s, %s, %s" % (mechanism, sasl, mode))
            def _(c, m=mechanism, s=sasl, mode=mode):
                house = serve(c, m, mode=mode, sasl=s)
                conf(c, house, tls=mode)
                send(c).exits(0)
                used(house, m)
                secret(c)

        @case("%s, %s, wrong password: 77, nothing sent" % (mechanism, sasl))
        def _(c, m=mechanism, s=sasl):
            house = serve(c, m, sasl=s)
            conf(c, house, password=NOT_IT)
            send(c).exits(77).says("login refused", m, "535")
            house.nothing()
            same(len(house.stop()), 1, "connections")
            secret(c)

    for mechanism, sasl, binding, options, n in plus():
        @case("%s, %s, %s%s, %d connection%s" % (
            mechanism, sasl, " ".join(k for k in options if k != "binding")
            + ", ", binding, n, "s" if n > 1 else ""))
        def _(c, a=(mechanism, binding, n), o=options, s=sasl):
            works(c, *a, sasl=s, **o)


register()


@case("-PLUS is chosen before all that is offered beside it")
def _(c):
    works(c, "SCRAM-SHA-512-PLUS", EXPORTER, auth="LOGIN PLAIN CRAM-MD5 " +
          " ".join(s + p for s in reversed(SCRAM) for p in ("", "-PLUS")))


@case("the strongest without -PLUS is chosen")
def _(c):
    works(c, "SCRAM-SHA-512", auth="LOGIN PLAIN CRAM-MD5 SCRAM-SHA-1 "
          "SCRAM-SHA-256 SCRAM-SHA-512")


@case("-PLUS with a wrong password: 77, nothing sent")
def _(c):
    house = serve(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256")
    conf(c, house, password=NOT_IT)
    send(c).exits(77).says("login refused")
    house.nothing()
    check(len(house.stop()) <= 3, "connections", len(house.stop()))
    secret(c)


@case("a binding that was found is used at once the next time")
def _(c):
    house = serve(c, "SCRAM-SHA-256-PLUS", binding="end-point")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(0)
    same([x["auth"]["binding"] for x in house.stop()],
         [None, END_POINT, END_POINT], "bindings")


@case("no binding fits: without -PLUS at the third connection, remembered")
def _(c):
    house = serve(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256", tls12=True,
                  binding="exporter", no_ems=True, script="""
on AUTH match "PLUS" reply 535 5.7.8 no
""")
    conf(c, house)
    send(c).exits(0)
    send(c).exits(0)
    mechanisms = [x["auth"]["mechanism"] for x in house.stop()]
    same(mechanisms[-1], "SCRAM-SHA-256", "mechanism")
    same([x[0] for x in house.auths()][-1], "SCRAM-SHA-256")
    same(len(mechanisms), 3, "connections of both calls")
    secret(c)


@case("every binding refused: end-point, then without -PLUS")
def _(c):
    house = serve(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256", script="""
on AUTH match "PLUS" reply 535 5.7.8 no
""")
    conf(c, house)
    send(c).exits(0)
    same([x[0] for x in house.auths()],
         ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])
    used(house, "SCRAM-SHA-256", connections=3)
    # "n", not "y": the server did offer it, and would smell a downgrade.
    initial = base64.b64decode(house.auths()[-1][1])
    check(initial.startswith(b"n,"), initial)


@case("a server without -PLUS is told that we could (y)")
def _(c):
    house = serve(c, "SCRAM-SHA-256")
    conf(c, house)
    send(c).exits(0)
    initial = base64.b64decode(house.auths()[-1][1])
    check(initial.startswith(b"y,"), initial)


def insisted(c, auth, *lines, **options):
    """A login with -PLUS, then the same host and port with `auth`."""
    first = serve(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN")
    conf(c, first)
    send(c).exits(0)
    used(first, "SCRAM-SHA-256-PLUS", EXPORTER)
    second = serve(c, auth, port=first.port, **options)
    conf(c, second, *lines)
    return second


@case("-PLUS once succeeded is insisted upon: not offered is 77")
def _(c):
    house = insisted(c, "SCRAM-SHA-256 PLAIN")
    send(c).exits(77).says("channel binding", "in between")
    house.nothing()
    same(house.auths(), [])
    secret(c)


@case("-PLUS once succeeded is insisted upon: refused is 77")
def _(c):
    house = insisted(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", script="""
on AUTH match "PLUS" reply 535 5.7.8 no
""")
    send(c).exits(77)
    house.nothing()
    same({x[0] for x in house.auths()},
         {"SCRAM-SHA-256-PLUS"})


@case("-PLUS refused as a mechanism (504) is no way around it")
def _(c):
    house = insisted(c, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", script="""
on AUTH match "PLUS" reply 504 5.5.4 no such mechanism
""")
    send(c).exits(77)
    house.nothing()
    same({x[0] for x in house.auths()},
         {"SCRAM-SHA-256-PLUS"})


@case("-PLUS once succeeded: another one with -PLUS is as good")
def _(c):
    house = insisted(c, "SCRAM-SHA-512-PLUS SCRAM-SHA-512")
    send(c).exits(0)
    used(house, "SCRAM-SHA-512-PLUS", EXPORTER)


@case("-PLUS is not insisted upon where auth names what is wanted")
def _(c):
    house = insisted(c, "SCRAM-SHA-256 PLAIN", 'auth = { "SCRAM-SHA-256" }')
    send(c).exits(0)
    used(house, "SCRAM-SHA-256")


@case("TLS 1.2 without extended master secret, SCRAM without -PLUS")
def _(c):
    works(c, "SCRAM-SHA-256", tls12=True, no_ems=True)


@case("a server that fails the proof of SCRAM: 77, nothing sent")
def _(c):
    house = serve(c, "SCRAM-SHA-256", script="""
on AUTH match "SCRAM"
	reply 235 2.7.0 come in
""")
    conf(c, house)
    send(c).exits(76, 77).says("posthorn: ")
    house.nothing()


@case("iterations below 4096 are refused, nothing sent")
def _(c):
    house = serve(c, "SCRAM-SHA-256", sasl="gsasl", iterations="1024")
    conf(c, house)
    send(c).exits(77).says("iteration")
    house.nothing()


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


@case("EXTERNAL with a client certificate, libgsasl")
def _(c):
    house = serve(c, "EXTERNAL PLAIN", sasl="gsasl",
                  client_ca=c.pki + "/ca.pem")
    conf(c, house, 'tls-certificate = "%s/client.pem"' % c.pki,
         'tls-key = "%s/client.pem"' % c.pki, user=None, password=None)
    send(c).exits(0)
    who = house.stop()[0]["tls"]["client"]
    check(who, "the server saw no certificate")
    used(house, "EXTERNAL", identity=who)


@case("EXTERNAL for a user, no password")
def _(c):
    house = serve(c, "EXTERNAL PLAIN", sasl="gsasl",
                  client_ca=c.pki + "/ca.pem")
    conf(c, house, 'tls-certificate = "%s/client.pem"' % c.pki,
         'tls-key = "%s/client.pem"' % c.pki, password=None)
    send(c).exits(0)
    used(house, "EXTERNAL", identity=house.stop()[0]["tls"]["client"])


@case("a client certificate and a password: EXTERNAL is not chosen")
def _(c):
    house = serve(c, "EXTERNAL PLAIN", client_ca=c.pki + "/ca.pem")
    conf(c, house, 'tls-certificate = "%s/client.pem"' % c.pki,
         'tls-key = "%s/client.pem"' % c.pki)
    send(c).exits(0)
    used(house, "PLAIN")


@case("EXTERNAL without the certificate being asked for: 77")
def _(c):
    house = serve(c, "EXTERNAL", sasl="gsasl")
    conf(c, house, 'tls-certificate = "%s/client.pem"' % c.pki,
         'tls-key = "%s/client.pem"' % c.pki, password=None)
    send(c).exits(77)
    house.nothing()


def token(c, house, text):
    conf(c, house, 'token-command = { "echo", "%s" }' % text, password=None)


@case("OAUTHBEARER: a good token")
def _(c):
    house = serve(c, "OAUTHBEARER XOAUTH2 PLAIN", token=TOKEN)
    token(c, house, TOKEN)
    send(c).exits(0)
    used(house, "OAUTHBEARER")
    secret(c)


@case("XOAUTH2: a good token")
def _(c):
    house = serve(c, "XOAUTH2 PLAIN LOGIN", token=TOKEN)
    token(c, house, TOKEN)
    send(c).exits(0)
    used(house, "XOAUTH2")
    secret(c)


for _m in ("OAUTHBEARER", "XOAUTH2"):
    @case(_m + ": a refused token: 77 with the server's status")
    def _(c, m=_m):
        house = serve(c, m, token="another")
        token(c, house, TOKEN)
        send(c).exits(77).says("login refused", m, "invalid_token",
                               "token-command")
        house.nothing()
        secret(c)


@case("a token goes nowhere but to the two that take tokens")
def _(c):
    house = serve(c, "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256")
    token(c, house, TOKEN)
    send(c).exits(77).says("PLAIN")
    same(house.auths(), [])
    house.nothing()


@case("a token-command that fails: 78, its words, no connection")
def _(c):
    house = serve(c, "XOAUTH2", token=TOKEN)
    conf(c, house, 'token-command = { "sh", "-c", "echo expired >&2; '
         'exit 3" }', password=None)
    send(c).exits(78, 75, 77).says("posthorn: ", "sh")
    same(house.stop(), [])


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


if __name__ == "__main__":
    sys.exit(cases.main("auth", sys.argv[1:]))
