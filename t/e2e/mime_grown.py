# SPDX-License-Identifier: ISC
"""Messages by chance, and by Python's email in its many shapes."""
import base64
import email.message
import email.policy
import quopri
import random

from mime_made import MIME, multi, part, rfc822

SNIPPETS = [x.encode(y) for x, y in (
    ("Gr\u00fc\u00dfe ", "utf-8"), ("Gr\u00fc\u00dfe ", "latin-1"),
    ("\u041f\u0440\u0438\u0432\u0435\u0442 ", "koi8-r"),
    ("\u4f60\u597d", "utf-8"), ("\u3053\u3093", "shift_jis"))]
ASCII = [b"word ", b"=", b"=3D", b".", b"--", b"From ", b"\t", b" ", b"x",
         b"a longer stretch of text, ", b"?=", b"=?utf-8?q?x?="]


def line(chance, wide):
    if chance.random() < 0.06:
        return chance.choice((b"y", b"ab ", b"=", b" ")) * \
            chance.randrange(900, 3000)
    pool = ASCII + (SNIPPETS if wide else [])
    return b"".join(chance.choice(pool) for _ in range(chance.randrange(12)))


def text(chance, wide):
    out = b"\n".join(line(chance, wide)
                     for _ in range(chance.randrange(12)))
    return out + chance.choice((b"", b"\n", b"\n\n"))


def leaf(chance):
    fields = []
    if chance.random() < 0.8:
        fields.append(b"Content-Type: " + chance.choice((
            b"text/plain", b"text/plain; charset=utf-8",
            b"text/html; charset=\"iso-8859-1\"",
            b"application/octet-stream", b"text/x-patch;\n\tcharset=koi8-r",
            b"image/png; name=x.png")))
    body = text(chance, chance.random() < 0.6)
    how = chance.choice((None, b"8bit", b"binary", b"7bit", b"base64",
                         b"quoted-printable"))
    if how == b"base64":
        body = base64.encodebytes(body)
        if chance.random() < 0.3:
            body = body.replace(b"\n", b"")
    elif how == b"quoted-printable":
        body = quopri.encodestring(body)
        if chance.random() < 0.3:
            body = body.replace(b"=\n", b"")
    if how:
        fields.append(b"Content-Transfer-Encoding: " + how)
    if chance.random() < 0.3:
        fields.append(b"Content-Disposition: attachment; filename=a.b")
    chance.shuffle(fields)
    # A part without fields must not begin with what looks like one.
    return part(body, *fields)


def entity(chance, depth, top=False):
    kind = chance.random()
    if depth == 0 or kind < (0.2 if top else 0.5):
        return leaf(chance)
    if kind < 0.62 and not top:
        return rfc822(b"From: inner@example.test\nSubject: inner\n"
                      b"MIME-Version: 1.0\n" + entity(chance, depth - 1))
    boundary = b"".join(chance.choice((b"b", b"-", b"=_", b"bound", b"1"))
                        for _ in range(chance.randrange(1, 9))) + b"%d" % \
        depth
    return multi(*(entity(chance, depth - 1)
                   for _ in range(chance.randrange(1, 5))),
                 boundary=boundary,
                 kind=chance.choice((b"mixed", b"alternative", b"related",
                                     b"parallel")),
                 preamble=chance.choice((b"", b"A preamble.\n")),
                 epilogue=chance.choice((b"", b"An epilogue.\n", b"\n")),
                 encoding=chance.choice((None, b"8bit", b"7bit",
                                         b"binary")))


def by_chance(n):
    """The same n each time."""
    return {"by chance %d" % seed: MIME + entity(random.Random(seed), 3,
                                                 True)
            for seed in range(n)}


TEXTS = {
    "ASCII": "Hello.\n",
    "UTF-8": "Gr\u00fc\u00dfe \u4f60\u597d\n" * 5,
    "long": "many words of text " * 300 + "\n",
    "long UTF-8": "viele W\u00f6rter " * 400 + "\n",
}


def composed(text_, cte, shape):
    m = email.message.EmailMessage(email.policy.SMTP.clone(cte_type="8bit"))
    m["From"], m["To"] = "sender@example.test", "rcpt@example.test"
    m["Subject"] = "composed"
    m["Date"] = "Sun, 22 Nov 2026 01:22:04 +0000"
    m["Message-ID"] = "<composed@client.example.test>"
    m.set_content(text_, cte=cte)
    if "html" in shape:
        m.add_alternative("<p>" + text_ + "</p>", subtype="html", cte=cte)
    if "image" in shape:
        m.add_related(bytes(range(256)), "image", "png", cid="<x@y.example>")
    if "file" in shape:
        m.add_attachment(bytes(range(256)) * 9, "application", "pdf",
                         filename="a.pdf")
    if "text" in shape:
        m.add_attachment(text_, filename="notes \u00fc.txt", cte=cte)
    if "message" in shape:
        inner = email.message.EmailMessage(m.policy)
        inner["Subject"] = "inner"
        inner.set_content(text_, cte=cte)
        m.add_attachment(inner)
    return m.as_bytes()


def by_python():
    found = {}
    for name, text_ in TEXTS.items():
        for cte in ("8bit", "quoted-printable", "base64"):
            for shape in ((), ("html",), ("html", "file"),
                          ("text", "message")):
                try:
                    found["Python's, %s, %s, %s" % (
                        name, cte, "+".join(shape) or "text alone")] = \
                        composed(text_, cte, shape)
                except ValueError:
                    continue    # It will not write such lines as 8bit.
    return found
