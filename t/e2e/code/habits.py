# SPDX-License-Identifier: ISC
"""How Python programs call sendmail: habits.py HABIT LETTER"""
import email.message
import email.policy
import email.utils
import json
import os
import subprocess
import sys

SENDMAIL = "/usr/sbin/sendmail"
HABIT, LETTER = sys.argv[1:]
with open(LETTER, encoding="utf-8") as f:
    letter = json.load(f)


def people(field):
    return ", ".join(email.utils.formataddr(who, "utf-8")
                     for who in letter[field])


def message(policy):
    m = email.message.EmailMessage(policy=policy)
    m["Subject"] = letter["subject"]
    m["From"] = email.utils.formataddr(letter["from"], "utf-8")
    for field in ("To", "Cc", "Bcc"):
        if letter[field.lower()]:
            m[field] = people(field.lower())
    m.set_content(letter["text"],
                  cte="8bit" if letter["long"] else None)
    if letter["file"]:
        with open(letter["file"], "rb") as f:
            m.add_attachment(f.read(), "application", "octet-stream",
                             filename=os.path.basename(letter["file"]))
    return m


def as_bytes(**more):
    policy = email.policy.SMTP if letter["crlf"] else email.policy.default
    return message(policy.clone(**more)).as_bytes()


def by_hand():
    """The text a script builds for itself, UTF-8 wherever it likes."""
    name, address = letter["from"]
    head = ["From: %s <%s>" % (name, address) if name else
            "From: " + address]
    for field in ("To", "Cc", "Bcc"):
        if letter[field.lower()]:
            head.append("%s: %s" % (field, ", ".join(
                who[1] for who in letter[field.lower()])))
    head.append("Subject: " + letter["subject"])
    return "\n".join(head) + "\n\n" + letter["text"]


def sender(*words):
    return [*words, letter["sender"]] if letter["sender"] else []


def everybody():
    return [who[1] for f in ("to", "cc", "bcc") for who in letter[f]]


def run_t():
    """run([sendmail, "-t", "-i"], input=bytes)"""
    subprocess.run([SENDMAIL, "-t", "-i", *sender("-f")], input=as_bytes(),
                   check=True)


def run_argv():
    """-oi -f, recipients as arguments"""
    subprocess.run([SENDMAIL, "-oi", *sender("-f"), "--", *everybody()],
                   input=as_bytes(), check=True)


def popen():
    """os.popen(), with -t and nothing else"""
    pipe = os.popen(" ".join([SENDMAIL, "-t", *sender("-f")]), "w")
    pipe.write(by_hand())
    if pipe.close() is not None:
        sys.exit(1)


def communicate():
    """Popen().communicate(), text mode"""
    p = subprocess.Popen([SENDMAIL, "-t", "-oi", *sender("-f")],
                         stdin=subprocess.PIPE, universal_newlines=True,
                         encoding="utf-8")
    p.communicate(by_hand())
    sys.exit(p.returncode)


{"run_t": run_t, "run_argv": run_argv, "popen": popen,
 "communicate": communicate}[HABIT]()
