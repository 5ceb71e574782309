# SPDX-License-Identifier: ISC
"""Cases: configurations that are wrong, and what the log says."""
import datetime
import json
import os

from cases import DOMAIN, RCPT, SENDER, SMALL, case, check, same

ACCOUNT = 'account "x" {\n\thost = "127.0.0.1"\n\ttls = "off"\n%s}\n'
OPEN = (ACCOUNT % "")[:-2]


def wrong(c, text, *words, mode=0o600):
    c.conf(text, mode)
    call = c.send(SMALL, RCPT).exits(78).says(*words)
    check(call.err.startswith("posthorn: "), call.err)
    check(len(call.err.splitlines()) <= 2, "too many lines", call.err)
    same(call.out, b"")


@case("no configuration: 78, the file named")
def _(c):
    c.conf_path = c.path("missing.conf")
    c.send(SMALL, RCPT).exits(78).says(c.conf_path)


@case("an empty configuration: 78")
def _(c):
    wrong(c, "", "account")


@case("a secret that all can read: 78, chmod named")
def _(c):
    wrong(c, ACCOUNT % "\tuser = u\n\tpassword = 'p'\n", "chmod",
          c.path("posthorn.conf"), mode=0o644)


@case("a configuration that all can write: 78, chmod named")
def _(c):
    wrong(c, ACCOUNT % "", "chmod", mode=0o666)


@case("no secret: all may read it")
def _(c):
    house = c.server()
    c.conf('domain = "%s"\n' % DOMAIN + c.account(house=house), 0o644)
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


WRONG = {
    "an unknown key": (ACCOUNT % "\tpasword = 'p'\n",
                       (":4:", "pasword", "did you mean", "password")),
    "an unknown key at the top": ("domian = x\n" + ACCOUNT % "",
                                  (":1:", "domian", "domain")),
    "an unknown section": ("acount \"x\" {\n}\n", ("acount", "account")),
    "an unknown word": (ACCOUNT % "\tpipeline = fast\n",
                        (":4:", "pipeline", "safe")),
    "a section that does not end": (OPEN, ("account",)),
    "a comment that does not end": (ACCOUNT % "" + "/* x\n", ()),
    "an option twice": (ACCOUNT % "\tport = 25\n\tport = 26\n",
                        (":5:", "port")),
    "an account twice": (ACCOUNT % "" + ACCOUNT % "", ("x",)),
    "an account without host": ('account "x" {\n\ttls = "off"\n}\n',
                                ("host",)),
    "a key of a later version": (ACCOUNT % "\tproxy = \"socks5://x\"\n",
                                 ("proxy",)),
    "a port that is none": (ACCOUNT % "\tport = 70000\n", (":4:", "port")),
    "a duration that is none": (ACCOUNT % "\ttimeout = soon\n",
                                (":4:", "timeout", "30s")),
    "a mechanism that is none": (
        ACCOUNT % "\tuser = u\n\tauth = { \"SCRAM-SHA256\" }\n",
        ("SCRAM-SHA256", "SCRAM-SHA-256")),
    "an unset variable": ("domain = \"${POSTHORN_NOT_SET}\"\n" +
                          ACCOUNT % "", (":1:", "POSTHORN_NOT_SET")),
    "a default-account that is none": (
        "default-account = y\n" + ACCOUNT % "", ("default-account", "y")),
    "an include that is missing": ("include(\"nothing.conf\")\n", (
        "nothing.conf",)),
}

for _name, (_text, _words) in WRONG.items():
    @case("configuration: %s is 78, with file and line" % _name)
    def _(c, text=_text, words=_words):
        wrong(c, text, c.folder, *words)


@case("the user's own configuration is found without -C")
def _(c):
    house = c.server()
    os.mkdir(c.path("config"), 0o700)
    c.file("config/posthorn.conf", 'domain = "%s"\n' % DOMAIN +
           c.account(house=house))
    c.call(c.argv("-i", RCPT, conf=False), SMALL).exits(0)
    same(len(house.letters()), 1, "messages")


@case("include, relative to the file that says so")
def _(c):
    house = c.server()
    os.mkdir(c.path("d"), 0o700)
    c.file("d/account.conf", c.account(house=house))
    c.conf('domain = "%s"\ninclude("d/account.conf")\n' % DOMAIN)
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("max-message-size: what fits is sent, one octet more is 65, 5.3.4")
def _(c):
    house = c.server()
    c.plain(house, top=("max-message-size = 10000",))
    fits = SMALL + b"x" * (9999 - len(SMALL)) + b"\n"
    same(len(fits), 10000)
    c.send(fits, RCPT).exits(0)
    c.send(b"x" + fits, RCPT).exits(65).says("5.3.4", "max-message-size")
    same(len(house.stop()), 1, "connections")


@case("max-message-size: no more than that is read")
def _(c):
    house = c.server()
    c.plain(house, top=("max-message-size = 10000",))
    c.shell('yes | "$@"', "-i", RCPT).exits(65)
    same(house.stop(), [])


# ---- The log -------------------------------------------------------------

def logged(c, form, *argv, script=None, status=0):
    house = c.server(script=script)
    c.conf('domain = "%s"\nlog {\n\tsyslog = false\n\tfile = "%s"\n'
           '\tformat = "%s"\n}\n' % (DOMAIN, c.path("log"), form) +
           c.account(house=house))
    c.send(SMALL, *argv).exits(status)
    lines = c.log().splitlines()
    same(len(lines), 1, "lines in the log")
    return house, lines[0]


@case("log file, text: one line a message")
def _(c):
    house, line = logged(c, "text", RCPT, "other@example.test")
    size = house.letter().octets
    for word in ("account=test", "from=" + SENDER,
                 "to=%s,other@example.test" % RCPT, "size=%d" % size,
                 "host=127.0.0.1:%d" % house.port, "outcome=delivered",
                 "seconds=", "id="):
        check(word in line, "no", word, "in", line)
    same(os.stat(c.path("log")).st_mode & 0o777, 0o600, "mode")


@case("log file, JSON: one object a line")
def _(c):
    house, line = logged(c, "json", RCPT)
    x = json.loads(line)
    same({k: x[k] for k in ("account", "from", "to", "size", "host",
                            "outcome")},
         {"account": "test", "from": SENDER, "to": RCPT,
          "size": str(house.letter().octets) if isinstance(x["size"], str)
          else house.letter().octets, "host": "127.0.0.1:%d" % house.port,
          "outcome": "delivered"})
    datetime.datetime.fromisoformat(x["time"].replace("Z", "+00:00"))


@case("log: what was refused, with the server's words")
def _(c):
    _, line = logged(c, "json", RCPT, status=67,
                     script='on RCPT raw "550 5.1.1 no \\"such\\" \\\\ '
                     'user\\x01\\r\\n"\n')
    x = json.loads(line)
    same(x["outcome"], "never")
    check('"such" \\' in x["text"], x["text"])
    same(x["status"], "5.1.1")


@case("log: id is the Message-ID's and Received's")
def _(c):
    house, line = logged(c, "json", RCPT)
    x = json.loads(line)
    check(x["id"] in house.letter().field("Message-ID"), line)
    check(x["id"] in house.letter().field("Received"), line)


@case("log: quotes and blanks in an address cannot make fields")
def _(c):
    _, line = logged(c, "text", '"a to=x outcome=never"@example.test')
    same(line.count(" outcome=") - line.count("x outcome="), 1, line)


@case("log file that cannot be written: the message is sent all the same")
def _(c):
    house = c.server()
    c.conf('domain = "%s"\nlog {\n\tsyslog = false\n\tfile = "%s"\n}\n' % (
        DOMAIN, c.path("no/such/folder/log")) + c.account(house=house))
    c.send(SMALL, RCPT).exits(0)
    same(len(house.letters()), 1, "messages")


@case("nothing is said when all is well")
def _(c):
    house = c.server()
    c.plain(house)
    c.send(SMALL, RCPT).exits(0).silent()
    same(len(house.letters()), 1, "messages")


@case("-v shows the dialogue on stderr, nothing on stdout")
def _(c):
    house = c.server()
    c.plain(house)
    call = c.send(SMALL, "-v", RCPT).exits(0).says(
        "EHLO", "250", "MAIL FROM:<%s>" % SENDER, "RCPT TO:<%s>" % RCPT,
        "QUIT")
    same(call.out, b"")
    check("Hello." not in call.err, "message octets in the dialogue")
    same(house.commands("QUIT"), ["QUIT"])
