# SPDX-License-Identifier: ISC
"""The fault table, a case a row: what the server does, and what becomes of a
message for which there is a queue.

	held	account or host: 0, queued; and though it waits for longer than
		a message may, nobody gets it back
	waits	recipient or message: 0, queued; after `expire` its sender gets
		it back
	part	of two recipients that one alone is for good: 0, and a bounce
	later	of two recipients that one alone waits
	67, 69	for good: that exit status, kept in failed/; tried by the runner
		its sender gets it back
"""
import json
import os
import subprocess
import threading

from cases import RCPT, SENDER, check, same
from queue_rig import CRASH, Queue, case, free_port

PASSWORD = "tangerine-Secret"


class Server:
    """What the other end is like."""

    def __init__(self, script="", *args, login=False, tls=False, lines=(),
                 to=RCPT, **options):
        self.script, self.args, self.lines = script, args, lines
        self.login, self.tls, self.to = login, tls or login, to
        self.options = options

    def account(self, c):
        options = dict(self.options)
        if self.tls and "mode" not in options:
            options["mode"] = "starttls"
        if self.login:
            options.setdefault("auth", "PLAIN")
            options.update(user="robot", password=PASSWORD)
        house = c.server(*self.args, script=self.script, **options)
        lines = ["port = %d" % house.port]
        if not any(x.startswith("host") for x in self.lines):
            lines.append('host = "127.0.0.1"')
        if self.tls:
            lines += ['tls = "starttls"']
            if not any(x.startswith("tls-ca") for x in self.lines):
                lines += ['tls-ca-file = "%s/ca.pem"' % c.pki]
        if self.login:
            lines += ['user = "robot"', "password = '%s'" % PASSWORD]
        return lines + list(self.lines)


class Nobody(Server):
    """Nobody listens, or there is no such host."""

    def account(self, c):
        lines = list(self.lines) or ['host = "127.0.0.1"']
        return lines + ["port = %d" % free_port()]


def at(event, *answers, **more):
    """A server that answers there with one of these, each a row."""
    for answer in answers:
        yield "%s: %s" % (event, answer), Server(
            "on %s\n\treply %s\n" % (event, answer), **more)


def cuts(**more):
    for event in ("CONNECT", "GREETING", "EHLO", "MAIL", "RCPT", "DATA"):
        yield "cut at %s" % event, Server("on %s\n\tcut\n" % event, **more)


TRANSACTION = ("MAIL", "RCPT", "DATA", "MESSAGE")


def at_all(*answers, events=TRANSACTION, **more):
    for event in events:
        yield from at(event, *answers, **more)


def bye(*events):
    for event in events:
        yield "%s: 421" % event, Server(
            "on %s\n\treply 421 4.3.2 not now\n\tclose\n" % event)


HELD = [
    ("name not found", Nobody(lines=['host = "nowhere.invalid"'])),
    ("connection refused", Nobody()),
    ("silence at the greeting", Server(
        "on CONNECT\n\tstall 8000\n\tcut\n", lines=["timeout = 1s"])),
    ("silence in the middle", Server(
        "on MAIL\n\tstall 8000\n\tcut\n", lines=["timeout = 1s"])),
    *cuts(),
    ("cut in the body, in doubt: all of it is out", Server(
        "on OCTETS 10\n\tcut\n")),
    ("cut behind the final dot, in doubt", Server("on MESSAGE\n\tcut\n")),
    *bye("GREETING", "EHLO", "MAIL", "RCPT", "DATA", "MESSAGE"),
    *at("GREETING", "554 5.3.2 go away", "521 no mail here",
        "550 5.7.1 not you", "250 what", "HTTP/1.1 400 Bad Request"),
    *at("EHLO", "451 later"),
    # HELO would do for those who want neither TLS nor a login.
    *at("EHLO tls", "550 5.7.1 not you", "554 5.3.2 closed", tls=True),
    ("EHLO refused, and login wanted", Server(
        "on EHLO tls\n\treply 502 5.5.1 no such\n", login=True)),
    ("garbage", Server('on MAIL\n\traw "\\x01\\x02 what\\r\\n"\n')),
    # TLS
    ("STARTTLS is not offered", Server(tls=True, mode="plain")),
    *at("STARTTLS", "454 4.7.0 TLS sleeps", "502 5.5.1 no such",
        "501 5.5.4 no", "554 5.7.0 no", tls=True),
    ("cut at STARTTLS", Server("on STARTTLS\n\tcut\n", tls=True)),
    ("cut in the handshake", Server("on HANDSHAKE\n\tcut\n", tls=True)),
    ("certificate of nobody we know", Server(
        tls=True, lines=['tls-ca-file = "/etc/ssl/certs/ca-certificates.crt"'
                         ])),
    *[("certificate: " + leaf, Server(tls=True, leaf=leaf)) for leaf in (
        "wrong-name", "expired", "not-yet", "client-only", "cn-only",
        "self-signed", "rsa1024")],
    # Logins
    *at("AUTH", "530 5.7.0 TLS first", "534 5.7.9 too weak",
        "535 5.7.8 wrong", "535 wrong", "538 5.7.11 encrypt",
        "550 5.7.1 not you", "500 5.5.1 what", "503 5.5.1 not now",
        "504 5.5.4 not that", "454 4.7.0 asleep", "432 4.7.12 change it",
        "550 5.7.30 no more passwords", "421 4.3.2 bye", "250 fine",
        login=True),
    ("no mechanism in common", Server(login=True, auth="CRAM-MD5",
                                      lines=['auth = { "PLAIN" }'])),
    ("AUTH is not offered", Server("withdraw tls AUTH\n", login=True)),
    *at("MAIL", "530 5.7.0 log in", "550 5.7.30 no more passwords"),
    *at_all("530 5.7.1 log in", "535 5.7.8 wrong", "550 5.7.8 wrong",
            "550 5.7.9 too weak", "550 5.7.11 encrypt",
            events=("MAIL", "RCPT", "MESSAGE")),
    *at_all("534 5.7.9 too weak", "538 5.7.11 encrypt",
            events=("MAIL", "DATA")),
    *at_all("550 5.4.5 quota of the day", "554 5.3.2 closed",
            "550 5.7.3 not you"),
    # A quarrel about the protocol
    *at_all("500 what", "501 5.5.4 what", "502 5.5.1 what", "503 5.5.1 what",
            "504 5.5.4 what", "521 no mail here",
            events=("MAIL", "RCPT", "DATA")),
    *at_all("500 5.5.2 what", "503 5.5.1 what", events=("MESSAGE",)),
    *at_all("550 5.5.1 what", "554 5.5.0 what"),
    ("RCPT: 550 5.5.3, none accepted", Server(
        "on RCPT\n\treply 550 5.5.3 too many\n")),
    ("5.7.1 to everybody, no login", Server(
        "on RCPT\n\treply 550 5.7.1 relaying denied\n")),
    ("554 5.7.1 to everybody, no login", Server(
        "on RCPT\n\treply 554 5.7.1 relaying denied\n")),
    ("a 3yz that nobody asked for", Server("on MAIL\n\treply 354 go on\n")),
]

WAITS = [
    *at_all("450 4.2.0 greylisted", "451 4.3.0 later", "452 4.3.1 full"),
    *at("RCPT", "450 later", "452 4.5.3 too many", "451 4.7.1 greylisted"),
]

NEVER = {
    67: [
        *at("RCPT", "550 5.1.1 who", "550 who", "553 5.1.3 what",
            "554 5.7.0 no", "551 5.1.6 moved", "552 5.2.2 full",
            "552 5.5.3 too many", "550 5.7.30 no", "556 5.1.10 no mail"),
        ("5.7.1 to everybody, with a login", Server(
            "on RCPT\n\treply 550 5.7.1 not yours\n", login=True)),
    ],
    69: [
        *at_all("550 5.7.1 no", "553 5.1.7 not from you", "554 5.6.0 no",
                "552 5.3.4 too large", events=("MAIL", "DATA", "MESSAGE")),
        *at("MESSAGE", "550 no", "554 no", "550 5.7.30 no"),
        ("larger than what EHLO says", Server("", "--size", "100")),
        ("a UTF-8 local part, no SMTPUTF8", Server(
            "withdraw SMTPUTF8\n", to="jürgen@example.test")),
    ],
}

NOT_ONE = {
    "part": ("550 5.1.1 who", "553 5.1.3 what", "554 5.7.0 no",
             "552 5.2.2 full", "552 5.3.4 too large", "550 5.7.1 not yours"),
    "later": ("450 4.2.1 busy", "451 4.7.1 greylisted", "452 4.2.2 full",
              "452 4.5.3 too many", "550 5.5.3 too many", "503 5.5.1 what",
              "550 5.7.8 wrong", "521 no mail"),
}

# ---- What becomes of it ----------------------------------------------------

HOURS = 2 * 3600


ahead = threading.Lock()


def later(c):
    """The program, two hours ahead."""
    folder = os.path.dirname(c.folder) + "/ahead"
    with ahead:
        if not os.path.exists(folder):
            os.mkdir(folder)
            # Not by us: a child of another thread that has the file open for
            # writing for a moment would keep it from being run.
            subprocess.run(["cp", CRASH + "/posthorn", CRASH + "/clock.so",
                            folder], check=True)
            with open(folder + "/clock.so.offset", "w",
                      encoding="ascii") as f:
                f.write(str(HOURS))
    return folder + "/posthorn"


def run_later(q):
    """The runner, when `expire` is over."""
    subprocess.run([later(q.c), "-C", q.c.conf_path, "-qf"], check=False,
                   env=q.c.environment(None), stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=30)


def given(c, server):
    return Queue(c, "expire = 1h", runner="external", test=server.account(c))


def only(q):
    found = q.objects()
    same(len(found), 1, "messages in the queue: %s" % json.dumps(found))
    return found[0]


def waiting(q, name, call):
    """It was queued, and says why."""
    call.exits(0).says("queued as")
    check(len(call.err.splitlines()) in (2, 3), "words:", call.err)
    found = only(q)
    same((found["folder"], found["from"], found["attempts"]),
         ("active", SENDER, 1))
    check(found["reason"] and found["reason"] != "-", "no reason", found)
    same(found["recipients"][0]["state"], "waiting")
    same(found["doubtful"], "in doubt" in name, "in doubt")
    return found["id"]


def held(name, server):
    @case("held: " + name)
    def _(c):
        q = given(c, server)
        call = q.send("one", to=[server.to])
        number = waiting(q, name, call)
        run_later(q)
        found = only(q)
        same((found["id"], found["folder"], found["from"],
              found["attempts"]), (number, "active", SENDER, 2))


def waits(name, server):
    @case("waits: " + name)
    def _(c):
        q = given(c, server)
        waiting(q, name, q.send("one", to=[server.to]))
        run_later(q)
        found = only(q)
        same((found["folder"], found["from"]), ("active", ""), "a bounce")
        same(found["recipients"][0]["address"], SENDER)


def never(status, name, server):
    @case("%d: %s" % (status, name))
    def _(c):
        q = given(c, server)
        call = q.send("one", to=[server.to]).exits(status).says("kept as")
        found = only(q)
        same((found["folder"], found["from"]), ("failed", SENDER))
        same(found["recipients"][0]["state"], "refused")
        check(found["reason"].split(" ")[0] in call.err, found["reason"])
        q.run("--queue", "delete", found["id"]).exits(0)
        q.send("one", "-odq", to=[server.to]).exits(0)
        q.run("-qf")
        found = only(q)
        same((found["folder"], found["from"]), ("active", ""), "a bounce")
        same(found["recipients"][0]["address"], SENDER)


def not_one(kind, answer):
    @case("%s: RCPT: %s" % (kind, answer))
    def _(c):
        q = given(c, Server('on RCPT match "nobody"\n\treply %s\n' % answer))
        call = q.send("one", to=[RCPT, "nobody@example.test"]).exits(0)
        call.says("nobody@example.test", answer[4:].split(" ", 1)[-1])
        same(len(c.houses[0].letters()), 1, "messages")
        found = only(q)
        same((found["folder"], found["from"]),
             ("active", "" if kind == "part" else SENDER))
        same([r["state"] for r in found["recipients"]],
             ["waiting"] if kind == "part" else ["delivered", "waiting"])


for _name, _server in HELD:
    held(_name, _server)
for _name, _server in WAITS:
    waits(_name, _server)
for _status, _rows in NEVER.items():
    for _name, _server in _rows:
        never(_status, _name, _server)
for _kind, _answers in NOT_ONE.items():
    for _answer in _answers:
        not_one(_kind, _answer)
