# SPDX-License-Identifier: ISC
"""Cases: programs that talk SMTP to -bs through a pipe or a socket pair."""
import email.message
import email.policy
import os
import shlex
import shutil
import smtplib
import socket
import subprocess

from cases import RCPT, SENDER, case, check, same
from server_rig import recorded, strict


class Pipe(smtplib.SMTP):
    """Python's client on a socket pair whose other end is the server."""

    def __init__(self, c, *args):
        self.c, self.argv = c, c.argv("-bs", *args)
        self.process = None
        super().__init__("localhost", 25, "client.example.test", 30)

    def _get_socket(self, host, port, timeout):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            self.argv, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
            env=self.c.environment(None))
        theirs.close()
        ours.settimeout(timeout)
        return ours

    def end(self):
        self.quit()
        _, err = self.process.communicate(timeout=20)
        same((self.process.returncode, err), (0, b""), "exit and stderr")


def letter(subject="python", text="Hello.\n", to=RCPT, **policy):
    m = email.message.EmailMessage(
        policy.get("policy", email.policy.SMTP))
    m["From"], m["To"], m["Subject"] = SENDER, to, subject
    m.set_content(text, cte=policy.get("cte"))
    return m


def python(c, **options):
    house = c.server(**options)
    c.plain(house)
    return house, Pipe(c)


@case("smtplib: send_message")
def _(c):
    house, client = python(c)
    same(client.send_message(letter()), {})
    client.end()
    same(house.letter().body, b"Hello.\r\n")
    strict(house)


@case("smtplib: sendmail with bare line ends and dots")
def _(c):
    house, client = python(c)
    client.sendmail(SENDER, [RCPT], b"Subject: x\n\n.\none\r.two\n..\n.\n")
    client.end()
    # It thinks that no line end is there, and adds one.
    same(house.letter().body, b".\r\none\r\n.two\r\n..\r\n.\r\n\r\n")
    strict(house)


@case("smtplib: 50 messages in a session, RSET and NOOP between")
def _(c):
    house, client = python(c)
    for n in range(50):
        client.send_message(letter("number %d" % n))
        client.rset()
        same(client.noop()[0], 250)
    client.end()
    same([x.field("Subject") for x in house.letters()],
         ["number %d" % n for n in range(50)])


@case("smtplib: 150 recipients")
def _(c):
    house, client = python(c)
    to = ["r%d@example.test" % n for n in range(150)]
    same(client.send_message(letter(), to_addrs=to), {})
    client.end()
    same(sorted(x for m in house.letters() for x in m.rcpt),
         sorted("<%s>" % x for x in to))


@case("smtplib: a recipient refused by us, the others get it")
def _(c):
    house, client = python(c)
    refused = client.sendmail(SENDER, [RCPT, "a@b@c"], b"Subject: x\n\nx\n")
    client.end()
    same(list(refused), ["a@b@c"])
    same(house.letter().rcpt, ["<%s>" % RCPT])


@case("smtplib: 8-bit, by mail_options")
def _(c):
    house, client = python(c)
    m = letter(text="Gr\u00fc\u00dfe\n", cte="8bit",
               policy=email.policy.SMTP.clone(cte_type="8bit"))
    client.send_message(m, mail_options=["BODY=8BITMIME"])
    client.end()
    x = house.letter()
    same(x.body, "Gr\u00fc\u00dfe\r\n".encode())
    check("BODY=8BITMIME" in x.mail, x.mail)


@case("smtplib: SMTPUTF8")
def _(c):
    house, client = python(c)
    m = letter("Gr\u00fc\u00dfe", "\u4f60\u597d\n", "j\u00fcrgen@example.test",
               policy=email.policy.SMTPUTF8, cte="8bit")
    client.send_message(m)
    client.end()
    x = house.letter()
    check("SMTPUTF8" in x.mail, x.mail)
    same(x.rcpt, ["<%s>" % recorded("j\u00fcrgen@example.test")])
    check("Subject: Gr\u00fc\u00dfe\r\n".encode() in x.head, x.head)
    same(x.body, "\u4f60\u597d\r\n".encode())


@case("smtplib: DSN words, VRFY, EXPN, HELP")
def _(c):
    house, client = python(c)
    client.sendmail(SENDER, [RCPT], b"Subject: x\n\nx\n",
                    ["RET=HDRS", "ENVID=x"], ["NOTIFY=FAILURE"])
    same(client.vrfy("root")[0], 252)
    check(client.expn("root")[0] in (252, 502, 550), "EXPN")
    check(client.help(), "HELP")
    client.end()
    x = house.letter()
    check("RET=HDRS" in x.mail and "NOTIFY=FAILURE" in x.rcpt[0], x.mail,
          x.rcpt)


@case("smtplib: 25 MB")
def _(c):
    house, client = python(c)
    body = b"".join(b"%010d" % n + b"." * 60 + b"\n" for n in range(350000))
    client.sendmail(SENDER, [RCPT], b"Subject: x\n\n" + body)
    client.end()
    check(house.letter().body == body.replace(b"\n", b"\r\n") + b"\r\n",
          "other octets arrived")


@case("smtplib: the smarthost refuses, the client hears the words")
def _(c):
    house, client = python(c, script="on MESSAGE reply 554 5.6.0 not-this\n")
    try:
        client.send_message(letter())
        check(False, "taken")
    except smtplib.SMTPDataError as e:
        same(e.smtp_code, 554)
        check(b"not-this" in e.smtp_error and b"5.6.0" in e.smtp_error,
              e.smtp_error)
    client.end()
    same(house.letters(), [])


# ---- swaks ---------------------------------------------------------------

SWAKS = shutil.which("swaks")

SHAPES = {
    "as it comes": ([], 1),
    "three recipients": (["--to", "a@example.test,b@example.test,"
                          "c@example.test"], 1),
    "HELO": (["--protocol", "SMTP"], 1),
    "pipelined": (["--pipeline"], 1),
    "an attachment": (["--attach", "@/etc/passwd"], 1),
    "a header of its own": (["--header", "X-Own: yes"], 1),
    "the null sender": (["--from", "<>"], 1),
    "quits behind RCPT": (["--quit-after", "RCPT"], 0),
    "drops behind DATA": (["--drop-after", "DATA"], 0),
    "dots": (["--body", ".\\n..\\nend"], 1),
}

for _name, (_args, _n) in SHAPES.items():
    @case("swaks: " + _name + ("" if SWAKS else " # SKIP no swaks"))
    def _(c, args=_args, n=_n):
        if not SWAKS:
            return
        house = c.server()
        c.plain(house)
        to = [] if "--to" in args else ["--to", RCPT]
        sender = [] if "--from" in args else ["--from", SENDER]
        result = c.call(
            [SWAKS, "--pipe", shlex.join(c.argv("-bs")), *sender, *to, *args,
             "--suppress-data"], env={"LOGNAME": "root", "PATH":
                                      os.environ["PATH"]})
        check(result.status == 0 or n == 0, "swaks: exit", result.status,
              result.out[-900:])
        letters = house.letters()
        same(len(letters), n, "messages")
        for x in letters:
            check("This is a test mailing" in x.data.decode() or
                  "--body" in args, x.data)
        strict(house)
