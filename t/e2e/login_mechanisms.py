# SPDX-License-Identifier: ISC
"""Cases: each mechanism by itself, -PLUS and its bindings."""
import base64

from cases import case, check, same
from login import (END_POINT, EXPORTER, NOT_IT, SCRAM, TOKEN, UNIQUE, conf,
                   secret, send, serve, used, works)


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
