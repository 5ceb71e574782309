# SPDX-License-Identifier: ISC
"""written.py RECORD FILE [NAME=VALUE...]: is FILE, a message in a mailbox, what
a caller wrote?  RECORD is the recorder's copy of standard input; of it counts
what sendmail takes with the arguments beside it.  It is compared as arrived.py
does; decoded only, where lines are longer than a server must take or the
header is not ASCII.
"""
import email
import email.policy
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GONE = {"bcc", "resent-bcc", "return-path", "content-transfer-encoding"}
ADDED = {"received", "date", "message-id", "from", "mime-version",
         "content-type", "content-transfer-encoding", "return-path",
         "x-original-to", "delivered-to", "to"}


class Failed(Exception):
    pass


def check(true, *words):
    if not true:
        raise Failed(" ".join(str(x) for x in words))


def same(got, wanted, what):
    check(got == wanted, what, "is", repr(got)[:400], "wanted",
          repr(wanted)[:400])


def read(path):
    with open(path, "rb") as f:
        return f.read()


def head_of(octets):
    return re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]


def header(octets):
    """The header, UTF-8 in it as UTF-8."""
    return email.message_from_string(head_of(octets).decode() + "\n\n",
                                     policy=email.policy.default)


def parse(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def lines(octets):
    """Line ends are no matter here, nor is how many end a text."""
    return re.sub(rb"\r+\n|\r", b"\n", octets).rstrip(b"\n")


def leaves(message):
    """What the parts hold, decoded."""
    found = []
    for part in message.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True)
        found.append(lines(data)
                     if part.get_content_maintype() == "text" else data)
    return found


def before_a_dot(octets):
    """What sendmail takes without -i: up to a lone dot, and of two dots at
    the start of a line one."""
    taken = []
    for line in octets.split(b"\n"):
        if line.rstrip(b"\r") == b".":
            return b"\n".join(taken) + b"\n"
        taken.append(line[1:] if line.startswith(b"..") else line)
    return b"\n".join(taken)


def taken(record):
    """What counts of it.  With -bs the recorder has seen to the dots."""
    argv = re.sub(r"(-[0-9]+)?\.stdin$", ".argv", record)
    words = read(argv).split(b"\n")
    wrote = read(record)
    if {b"-i", b"-oi", b"-bs"} & set(words):
        return wrote
    return before_a_dot(wrote)


def fields(message):
    return [(k.lower(), re.sub(r"\s+", " ", str(v)))
            for k, v in message.items()]


def compare_decoded(wrote, came, become):
    same(leaves(parse(came)), leaves(parse(wrote)), "the content, decoded,")
    wanted = [(k, become.get(k, v)) for k, v in fields(header(wrote))
              if k not in GONE]
    got = fields(header(came))
    for field in wanted:
        check(field in got, "no field", field, "in", got)
    extra = {k for k, _ in got} - {k for k, _ in wanted} - ADDED
    check(not extra, "fields too many:", extra)


def with_a_destination(octets):
    """What gets none from its caller gets one of nobody."""
    head = head_of(octets)
    if {"to", "cc", "resent-to", "resent-cc"} & {
            k.lower() for k, _ in header(octets).items()}:
        return octets
    return head + b"\nTo: undisclosed-recipients:;" + octets[len(head):]


def is_what_was_written(record, path, become=()):
    wrote = with_a_destination(taken(record))
    if not head_of(wrote).isascii() or \
            max(len(x) for x in re.split(rb"\r?\n", wrote)) > 998:
        compare_decoded(wrote, read(path), {
            k.lower(): v for k, v in (b.split("=", 1) for b in become)})
        return
    copy = os.path.dirname(record) + "/taken"
    with open(copy, "wb") as f:
        f.write(wrote)
    p = subprocess.run([sys.executable, "-B", HERE + "/arrived.py", copy,
                        path, *become], stdout=subprocess.PIPE, check=False)
    check(p.returncode == 0, p.stdout.decode(errors="replace"))


if __name__ == "__main__":
    try:
        is_what_was_written(sys.argv[1], sys.argv[2], sys.argv[3:])
    except Failed as failed:
        sys.exit(str(failed))
