# SPDX-License-Identifier: ISC
"""A talk with the server on standard input and output, and what came of it.

Replies are told as a pattern: words in their order, each the code or
CODE/ENHANCED, as regular expressions; * is any number of replies.
"""
import email
import re
import subprocess
import threading

from cases import RCPT, SENDER, Failed, check, same
from smarthost import POSTHORN

EHLO = b"EHLO client.example.test\r\n"
HELO = b"HELO client.example.test\r\n"
MAIL = b"MAIL FROM:<%s>\r\n" % SENDER.encode()
RCPT_TO = b"RCPT TO:<%s>\r\n" % RCPT.encode()
DATA = b"DATA\r\n"
QUIT = b"QUIT\r\n"
RSET = b"RSET\r\n"
START = EHLO + MAIL + RCPT_TO
LETTER = b"Subject: talk\r\n\r\nHello.\r\n"
SENT = START + DATA + LETTER + b".\r\n"
HELLO = "220 250 "
FINE = HELLO + "250 250 354 250 "


class Reply:
    """One reply of the server, judged by the letter of RFC 5321 and 2034."""

    def __init__(self, lines):
        self.lines = [x[4:].decode("ascii") for x in lines]
        self.code = lines[0][:3].decode()
        self.enhanced = None
        check(all(x[:3] == lines[0][:3] for x in lines), "codes differ",
              lines)
        check(all(x[3:4] == b"-" for x in lines[:-1]) and
              lines[-1][3:4] in (b" ", b""), "continuation", lines)
        found = [re.match(r"([245])\.(\d{1,3})\.(\d{1,3}) ", x + " ")
                 for x in self.lines]
        if all(found):
            self.enhanced = found[0].group(0).strip()
            same(found[0].group(1), self.code[0], "class of " +
                 self.lines[0])

    def word(self):
        return self.code + ("/" + self.enhanced if self.enhanced else "")


def replies(out):
    """All replies in what the server wrote, which holds nothing else."""
    check(out == b"" or out.endswith(b"\r\n"), "not ended by CRLF:",
          out[-200:])
    found, lines = [], []
    for line in out.split(b"\r\n")[:-1]:
        check(re.match(rb"[2-5]\d\d($|[ -][\x20-\x7e]*$)", line),
              "no reply line:", line)
        check(len(line) <= 510, "a reply line of %d octets" % len(line))
        lines.append(line)
        if line[3:4] != b"-":
            found.append(Reply(lines))
            lines = []
    same(lines, [], "a reply without its end")
    return found


def expect(found, pattern):
    """The replies are those of the pattern."""
    words = []
    for word in pattern.split():
        if word == "*":
            words.append(r"(?:\S+ )*")
        elif "/" in word:
            words.append("(?:%s) " % word)
        else:
            words.append(r"(?:%s)(?:/\S+)? " % word)
    text = "".join(x.word() + " " for x in found)
    check(re.fullmatch("".join(words), text), "replies are", text,
          "wanted", pattern,
          "the last ones:", " | ".join(" / ".join(x.lines)
                                       for x in found[-3:]))


class Talk:
    """What one run of the server did."""

    def __init__(self, call):
        self.call, self.status = call, call.status
        self.replies = replies(call.out)
        for reply in self.replies:
            # RFC 2034 section 3: all but the greeting and those to HELO.
            check(reply.enhanced or reply.code[0] == "3" or
                  reply is self.replies[0] or
                  not reply.lines[0][:1].isdigit() and
                  reply.code in ("250", "214"),
                  "no enhanced code:", reply.code, reply.lines[0])

    def says(self, pattern):
        expect(self.replies, pattern)
        return self

    def reply(self, number):
        return self.replies[number]


def in_pieces(argv, octets, piece, **more):
    """Runs argv and writes the octets in pieces of so many."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, bufsize=0,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **more) as p:
        got = [b"", b""]
        readers = [threading.Thread(
            target=lambda i=i, f=f: got.__setitem__(i, f.read()))
            for i, f in enumerate((p.stdout, p.stderr))]
        for reader in readers:
            reader.start()
        try:
            for k in range(0, len(octets), piece):
                p.stdin.write(octets[k:k + piece])
        except BrokenPipeError:
            pass
        p.stdin.close()
        try:
            p.wait(40)
        except subprocess.TimeoutExpired:
            p.kill()
            raise Failed("still running") from None
        finally:
            for reader in readers:
                reader.join()
    return p.returncode, got[0], got[1]


def talk(c, octets, *args, piece=None, mode="-bs", **more):
    """The server gets these octets and then the end of its input."""
    argv = c.argv(mode, *args)
    if piece is None:
        return Talk(c.call(argv, octets, **more))
    status, out, err = in_pieces(argv, octets, piece, env=c.environment(None))
    call = c.call(["true"])
    call.status, call.out, call.bytes = status, out, err
    call.err = err.decode("utf-8", "replace")
    return Talk(call)


def sanitized():
    """Is the program built with ASan?"""
    with open(POSTHORN, "rb") as f:
        return b"__asan_init" in f.read()


def recorded(text):
    """As the smarthost's records have it: an octet a character."""
    return text.encode().decode("latin-1")


def body(letter):
    """Its body, decoded where it was re-encoded on its way."""
    if set(letter.fields("Content-Transfer-Encoding")) & {
            "quoted-printable", "base64"}:
        return email.message_from_bytes(letter.data).get_payload(decode=True)
    return letter.body


def strict(house, early=()):
    """Nothing went out that is no line, whatever came in."""
    for connection in house.stop():
        check(not connection["bare_cr"] and not connection["bare_lf"],
              "bare CR or LF on the wire")
        same([x for x in connection["early"] if x not in early], [],
             "what came too early")


class Got:
    """A message that must have arrived."""

    def __init__(self, body=b"Hello.\r\n", to=(RCPT,), f=SENDER,
                 subject="talk", mail=None, head=None):
        self.body, self.to, self.f = body, to, f
        self.subject, self.mail, self.head = subject, mail, head

    def check(self, letter):
        same(letter.path(), "<%s>" % self.f, "sender")
        same(sorted(x.split(" ")[0] for x in letter.rcpt),
             sorted("<%s>" % recorded(x) for x in self.to), "recipients")
        if self.body is not None:
            same(body(letter), self.body, "body")
        if self.subject is not None:
            same(letter.fields("Subject"), [self.subject])
        for word in self.mail or ():
            check((" " + word + " ") in letter.mail + " ", word, "not in",
                  letter.mail)
        check(self.head is None or self.head in letter.head, self.head,
              "not in", letter.head)
        same(len(letter.fields("Received")), 1, "Received fields")
        if " SIZE=" in letter.mail:
            same(letter.size(), len(letter.data), "SIZE")


def arrived(house, *wanted):
    """These messages, and nothing else."""
    letters = house.letters()
    same(len(letters), len(wanted), "messages")
    for letter, got in zip(letters, wanted):
        got.check(letter)
    strict(house)
    return letters


def dialogue(c, octets, pattern, *wanted, status=0, args=(), top=(),
             lines=(), piece=None, options=None):
    """A whole talk: what is said, answered, sent on, and the exit status."""
    house = c.server(**(options or {}))
    c.plain(house, *lines, top=top)
    t = talk(c, octets, *args, piece=piece).says(pattern)
    if status is not None:
        check(t.status == status or status == "fault" and t.status > 0,
              "exit", t.status, "wanted", status, t.call.err)
    arrived(house, *wanted)
    return t
