# SPDX-License-Identifier: ISC
"""A server that wants a login, an account that has one."""
from cases import RCPT, SMALL, same
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
