# SPDX-License-Identifier: ISC
"""came.py LETTER BOXES [CALLS]: has the one letter come that LETTER, written
by letters.py, tells of: to everybody it is for and to nobody else, from its
sender, with its header and its content?  CALLS is the recorder's folder: then
what came is also what the caller wrote.
"""
import glob
import json
import os
import re
import sys
import time

from written import (Failed, before_a_dot, check, header, is_what_was_written,
                     lines, parse, read, same)

LETTER, BOXES = sys.argv[1:3]
CALLS = sys.argv[3] if len(sys.argv) > 3 else None


def wait_for(boxes):
    """The letter in each box, once all have one; nothing elsewhere."""
    deadline = time.monotonic() + 10
    while True:
        found = sorted(glob.glob(BOXES + "/*/new/*"))
        if len(found) >= len(boxes) or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    in_boxes = [os.path.relpath(f, BOXES).split("/")[0] for f in found]
    same(in_boxes, sorted(boxes), "boxes with mail")
    return found


def people(field):
    return [(a.display_name, a.addr_spec) for a in field.addresses]


def squeezed(text):
    """Some libraries lose a space where they fold."""
    return re.sub(r"\s+", "", text)


def has_the_header(letter, head):
    same(head["return-path"],
         "<%s>" % (letter["sender"] or letter["from"][1]), "Return-Path")
    same(squeezed(head["subject"]), squeezed(letter["subject"]), "Subject")
    same(people(head["from"]), [tuple(letter["from"])], "From")
    for name in ("to", "cc"):
        wanted = [tuple(who) for who in letter[name]]
        got = people(head[name]) if head[name] else []
        if all(not who for who, _ in got):
            wanted = [("", who) for _, who in wanted]
        same(got, wanted, name)
    check(head["bcc"] is None, "there is a Bcc")
    for name in ("date", "message-id"):
        same(len(head.get_all(name, [])), 1, "number of " + name)


def has_the_content(letter, message):
    text = letter["text"].encode()
    if letter.get("cut"):
        text = before_a_dot(text)
    body = message.get_body(("plain",))
    got = lines(body.get_payload(decode=True))
    same(got, lines(text), "the text")
    if letter["file"]:
        files = [p.get_payload(decode=True)
                 for p in message.iter_attachments()]
        same(files, [read(letter["file"])], "the attachment")


def submission():
    """The recorder's copy of the one call."""
    argv = glob.glob(CALLS + "/*.argv")
    wrote = glob.glob(CALLS + "/*.stdin")
    check(len(argv) == 1 and len(wrote) == 1, "calls:", argv, wrote)
    return wrote[0]


def main():
    with open(LETTER, encoding="utf-8") as f:
        letter = json.load(f)
    everybody = [who[1].split("@")[0]
                 for name in ("to", "cc", "bcc") for who in letter[name]]
    for path in wait_for(everybody):
        has_the_header(letter, header(read(path)))
        has_the_content(letter, parse(read(path)))
        if CALLS:
            is_what_was_written(submission(), path)


try:
    main()
except Failed as failed:
    sys.exit(str(failed))
