# SPDX-License-Identifier: ISC
"""Notices as others read them.

The unit test of bounces writes samples: NAME.eml, a notice; NAME.recipients,
what it says of whom; NAME.message, the message that is whole in there.  Each is
parsed by Python's email package, which may find no defect, and by flufl.bounce,
which must find the recipients.
"""
import email
import email.policy
import glob
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

from smarthost import HERE, POSTHORN, Tap

UNIT = os.path.dirname(POSTHORN) + "/t/test_bounce"
POLICY = email.policy.SMTPUTF8.clone(raise_on_defect=True)
SOUND = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version",
         "Auto-Submitted", "Content-Type"]
# Their texts are no addresses, or no host names.
HOSTILE = {"hostile"}
STATUS = ("message/delivery-status", "message/global-delivery-status")
HEADERS = ("text/rfc822-headers", "message/global-headers")
WHOLE = ("message/rfc822", "message/global")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def wanted(sample):
    """(action, address) of each recipient."""
    if os.path.basename(sample) in HOSTILE:
        return None
    lines = read(sample + ".recipients").decode().splitlines()
    return [tuple(line.split(" ", 1)) for line in lines]


def defects(message):
    """Of all parts and fields, as far down as they go.  That an address is not
    ASCII counts as one; here it is none (RFC 6532)."""
    for part in message.walk():
        yield from part.defects
        for name, value in part.items():
            if name == "To" and not value.isascii():
                continue
            yield from ("%s: %s" % (name, d)
                        for d in getattr(value, "defects", ()))


def raw_parts(octets):
    """The three parts as octets, headers cut off, found by hand."""
    boundary = re.search(rb' boundary="([^"]+)"\r\n', octets).group(1)
    parts = octets.split(b"\r\n--" + boundary)
    if len(parts) != 5 or parts[4] != b"--\r\n":
        return []
    return [p.split(b"\r\n\r\n", 1)[1] for p in parts[1:4]]


def blocks(text):
    """The groups of fields of a delivery status."""
    return [email.message_from_bytes(b, policy=POLICY)
            for b in text.split(b"\r\n\r\n")]


def judge_status(text, recipients):
    first, *others = blocks(text)
    if not first["Reporting-MTA"].startswith("dns; ") or \
            not first["Arrival-Date"]:
        yield "fields of the message: %s" % first.items()
    said = []
    for block in others:
        said.append((block["Action"],
                     block["Final-Recipient"].split(";", 1)[1].strip()))
        if not re.fullmatch(r"[45]\.\d{1,3}\.\d{1,3}", block["Status"]):
            yield "Status: %s" % block["Status"]
        yield from map(str, block.defects)
    if recipients is not None and said != recipients:
        yield "says %s, wanted %s" % (said[:9], recipients[:9])


def judge_structure(message, text):
    if message.get_content_type() != "multipart/report" or \
            message.get_param("report-type") != "delivery-status":
        yield "it is %s" % message["Content-Type"]
    for name in SOUND:
        if len(message.get_all(name, [])) != 1:
            yield "%s: %s" % (name, message.get_all(name))
    parts = list(message.iter_parts())
    types = [p.get_content_type() for p in parts]
    if len(parts) != 3 or types[0] != "text/plain" or \
            types[1] not in STATUS or types[2] not in HEADERS + WHOLE:
        yield "parts: %s" % types
    if "could not be delivered" not in " ".join(
            parts[0].get_content().split()):
        yield "text: " + parts[0].get_content()
    if any(len(line) > 998 for line in text.split(b"\r\n")):
        yield "a line is too long"
    if b"\n" in text.replace(b"\r\n", b"") or \
            b"\r" in text.replace(b"\r\n", b""):
        yield "a line end is none"


def judge_email(sample):
    octets = read(sample + ".eml")
    try:
        message = email.message_from_bytes(octets, policy=POLICY)
        if os.path.basename(sample) not in HOSTILE:
            yield from map(str, defects(message))
        yield from judge_structure(message, octets)
    except Exception as fault:	# whatever it does not like
        yield repr(fault)
        return
    parts = raw_parts(octets)
    if len(parts) != 3:
        yield "%d parts" % len(parts)
        return
    yield from judge_status(parts[1], wanted(sample))
    if os.path.exists(sample + ".message") and \
            parts[2] != read(sample + ".message"):
        yield "the message is not what it was"


def judge_flufl(scan, sample):
    octets = read(sample + ".eml")
    recipients = wanted(sample)
    temporary, permanent = scan(email.message_from_bytes(octets))
    said = {("delayed", a) for a in temporary} | \
        {("failed", a) for a in permanent}
    want = {(action, address.encode()) for action, address in recipients}
    if said != want:
        yield "says %s, wanted %s" % (sorted(said)[:9], sorted(want)[:9])


def known_to_flufl(sample):
    """It knows neither RFC 6533 nor quoted local parts."""
    recipients = wanted(sample)
    return recipients is not None and all(
        address.isascii() and '"' not in address
        for _, address in recipients)


def find_flufl(work):
    """all_failures, and why there is none.  Debian's package, unpacked."""
    got = subprocess.run(["sh", HERE + "/root", "fetch",
                          "python3-flufl.bounce"], capture_output=True,
                         text=True, check=False)
    if got.returncode:
        return None, got.stderr.strip() or "it cannot be fetched"
    for deb in got.stdout.split():
        subprocess.run(["dpkg-deb", "-x", deb, work + "/flufl"], check=True)
    # Debian's other packages come last: this Python may be another.
    sys.path[:0] = [work + "/flufl/usr/lib/python3/dist-packages"]
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        return importlib.import_module("flufl.bounce").all_failures, ""
    except ImportError as fault:
        return None, "flufl.bounce: %s" % fault


def run(tap, work, names):
    made = subprocess.run([UNIT], capture_output=True, text=True, check=False,
                          env=dict(os.environ, BOUNCE_SAMPLES=work))
    tap.result("notices are written", [made.stdout + made.stderr]
               if made.returncode else [])
    samples = [p[:-4] for p in sorted(glob.glob(work + "/*.eml"))
               if not names or os.path.basename(p)[:-4] in names]
    if not samples:
        tap.result("there are notices", ["none in " + work])
    for sample in samples:
        tap.result("email, " + os.path.basename(sample),
                   list(judge_email(sample)))
    scan, reason = find_flufl(work)
    if scan is None:
        tap.result("flufl.bounce # SKIP " + reason.splitlines()[-1], [])
        return
    for sample in filter(known_to_flufl, samples):
        tap.result("flufl.bounce, " + os.path.basename(sample),
                   list(judge_flufl(scan, sample)))


def main():
    tap = Tap()
    work = tempfile.mkdtemp(prefix="bounce.")
    run(tap, work, sys.argv[1:])
    if "KEEP" in os.environ:
        print("# " + work)
    else:
        shutil.rmtree(work)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
