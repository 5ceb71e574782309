# SPDX-License-Identifier: ISC
"""arrived.py WROTE FILE [NAME=VALUE...]: is FILE, a message in a mailbox, what
the caller WROTE?  Every field the caller wrote must be there, in order, octet
by octet, but for Bcc and Return-Path, which must not; NAME=VALUE is what a
field shall have become.  Added may be one Received on top and what a message
must have and lacked.  The body must be the same octet by octet, line ends
apart.
"""
import re
import sys

GONE = {b"bcc", b"resent-bcc", b"return-path"}
MUST = {b"date", b"message-id", b"from"}
MIME = {b"mime-version", b"content-type", b"content-transfer-encoding"}
faults = []


def lines(octets):
    return re.sub(rb"\r+\n|\r", b"\n", octets)


def split(octets):
    """fields as (name, text with the colon) and the body"""
    head, gap, body = (b"\n" + octets).partition(b"\n\n")
    fields = re.split(rb"\n(?![ \t])", head[1:])
    return [(f.split(b":", 1)[0].strip().lower(), f) for f in fields if f], body


def unfold(field):
    value = field.split(b":", 1)[1]
    return re.sub(rb"\n[ \t]+", b" ", value).strip().decode()


def own_trace(got):
    """drops what the server put on top, then our Received"""
    while got and got[0][0] in (b"return-path", b"x-original-to",
                                b"delivered-to", b"envelope-to",
                                b"delivery-date"):
        got.pop(0)
    for who in ("the server", "posthorn"):
        if not got or got[0][0] != b"received":
            faults.append("no Received by " + who)
        else:
            got.pop(0)


def compare_fields(wrote, got, become, eightbit):
    have = {name for name, _ in wrote}
    lacking = MUST - have
    if eightbit and not have & MIME:
        lacking |= MIME
    for name in (MUST - have) - {n for n, _ in got}:
        faults.append("not added: " + name.decode())
    rest = [f for f in got if f[0] not in lacking]
    want = [f for f in wrote if f[0] not in GONE]
    for w, g in zip(want, rest):
        if w[0] == g[0] and w[0] in become:
            if unfold(g[1]) != become[w[0]]:
                faults.append("became %r" % g[1])
        elif w[1] != g[1]:
            faults.append("wrote %r, arrived %r" % (w[1], g[1]))
    if len(want) != len(rest):
        faults.append("fields: wrote %r, arrived %r" % (
            [n for n, _ in want], [n for n, _ in rest]))
    added = [n for n, _ in got if n in lacking]
    if len(added) != len(set(added)):
        faults.append("added twice: %r" % added)
    for name, text in got:
        if name in lacking and name in become and unfold(text) != become[name]:
            faults.append("became %r" % text)


def compare_bodies(wrote, got):
    if wrote and not wrote.endswith(b"\n"):
        wrote += b"\n"
    if wrote != got:
        at = next((i for i, (a, b) in enumerate(zip(wrote, got)) if a != b),
                  min(len(wrote), len(got)))
        faults.append("bodies of %d and %d octets differ at %d: %r, %r" % (
            len(wrote), len(got), at, wrote[at:at + 60], got[at:at + 60]))


def main():
    with open(sys.argv[1], "rb") as f:
        wrote, wrote_body = split(lines(f.read()))
    with open(sys.argv[2], "rb") as f:
        got, got_body = split(f.read())
    become = dict(a.split("=", 1) for a in sys.argv[3:])
    become = {k.lower().encode(): v for k, v in become.items()}
    own_trace(got)
    compare_fields(wrote, got, become, not wrote_body.isascii())
    compare_bodies(wrote_body, got_body)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main()
