# SPDX-License-Identifier: ISC
"""Do two messages say the same?  Judged by Python's email, not by us."""
import email
import email.header
import email.policy
import email.utils
import re

from cases import check, same

ADDRESSES = ("from", "to", "cc", "sender", "reply-to", "resent-to",
             "resent-from")
ADDED = ("received", "mime-version", "content-transfer-encoding",
         "content-type")


def crlf(text):
    return re.sub(rb"\r?\n", b"\r\n", text)


def wide(octets):
    return any(x > 127 for x in octets)


def long(octets):
    return any(len(x) > 998 for x in octets.split(b"\r\n"))


def split(message):
    """Header block with its last line end, body."""
    if message.startswith(b"\r\n"):
        return b"", message[2:]
    head, blank, body = message.partition(b"\r\n\r\n")
    return head + blank[:2], body


def text_of(octets, charset=None):
    """Octets of a header as text: what is no UTF-8 is taken for Latin-1."""
    for name in (charset, "utf-8", "latin-1"):
        try:
            return octets.decode(name)
        except (LookupError, TypeError, UnicodeDecodeError):
            continue


def unfolded(value):
    """A field's octets."""
    return re.sub(rb"\r?\n(?=[ \t])", b"",
                  value.encode("utf-8", "surrogateescape"))


def words(value):
    """An unstructured field's text, decoded, blanks as one."""
    value = unfolded(value)
    out = ""
    try:
        found = email.header.decode_header(text_of(value, "ascii"))
    except email.errors.HeaderParseError:
        found = [(value, None)]
    for octets, charset in found:
        if isinstance(octets, str):
            out += octets
        else:
            out += text_of(octets, None if charset == "unknown-8bit"
                           else charset)
    return " ".join(out.split())


def mailboxes(value):
    return [(words(name), address)
            for name, address in email.utils.getaddresses(
                [text_of(unfolded(value), "ascii")])]


def parameter(value):
    """A parameter, by RFC 2231 or raw."""
    if isinstance(value, tuple):
        octets = value[2].encode("latin-1", "surrogateescape") if all(
            ord(x) < 256 or 0xdc80 <= ord(x) <= 0xdcff for x in value[2]) \
            else value[2].encode()
        return text_of(octets, value[0] or None)
    value = value.encode("utf-8", "surrogateescape")
    return text_of(re.sub(rb"\r?\n(?=[ \t])", b"", value))


def parameters(part, field):
    """Those of the first such field."""
    again = email.message.Message()
    for name, value in part.raw_items():
        if name.lower() == field:
            again[field] = text_of(unfolded(value))
            break
    return sorted((name.lower(), parameter(value)) for name, value in
                  again.get_params([], field)[1:])


def fields(part):
    """(name, what it says) of all but those that may be changed."""
    found = []
    for name, value in part.raw_items():
        low = name.lower()
        if low in ADDED:
            continue
        if low in ADDRESSES:
            found.append((low, mailboxes(value)))
        elif low == "content-disposition":
            found.append((low, part.get_content_disposition(),
                          parameters(part, low)))
        else:
            found.append((low, words(value)))
    return found


def encoding(part):
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def octets_of(text):
    return text.encode("ascii", "surrogateescape") if text else b""


def raw(part):
    """A leaf's octets as they stand there: get_payload would decode them."""
    return octets_of(part._payload)  # pylint: disable=protected-access


class Judge:
    """What went in, what came out, and what the server took."""

    def __init__(self, before, after, body8):
        self.before = email.message_from_bytes(before)
        self.after = email.message_from_bytes(after)
        self.body8 = body8

    def entity(self, a, b, where):
        same(fields(b), fields(a), where + ": fields")
        same(b.get_content_type(), a.get_content_type(), where + ": type")
        if "content-type" in a:
            same(parameters(b, "content-type"),
                 parameters(a, "content-type"), where + ": parameters")
        same(b.is_multipart(), a.is_multipart(), where + ": has parts")
        if not a.is_multipart():
            self.leaf(a, b, where)
            return
        check(encoding(b) in ("", "7bit", "8bit", "binary", encoding(a)),
              where, "encoded as a whole:", encoding(b))
        if not self.body8 and encoding(a) in ("8bit", "binary") and \
                wide(a.as_bytes(policy=email.policy.compat32)):
            check(encoding(b) in ("", "7bit"), where, "is no longer",
                  encoding(b))
        for name in ("preamble", "epilogue"):
            octets = octets_of(getattr(a, name))
            if not wide(octets) and not long(crlf(octets)):
                same(octets_of(getattr(b, name)), octets, where + ": " + name)
        parts = list(zip(a.get_payload(), b.get_payload()))
        same(len(b.get_payload()), len(a.get_payload()), where + ": parts")
        for n, (x, y) in enumerate(parts):
            self.entity(x, y, "%s.%d" % (where, n + 1))

    def leaf(self, a, b, where):
        one, two = (x.get_payload(decode=True) for x in (a, b))
        check(one == two, where, "decoded is", two[:300], len(two),
              "wanted", one[:300], len(one), "as", encoding(b))
        octets = raw(b)
        if encoding(b) != encoding(a):
            check(encoding(b) in ("quoted-printable", "base64", "7bit") or
                  self.body8 and not encoding(a), where, "encoded as",
                  encoding(b))
            if encoding(b) in ("quoted-printable", "base64"):
                check(all(len(x) <= 76 for x in octets.split(b"\r\n")), where,
                      "a line over 76 in", encoding(b))
                check(not re.search(rb"[ \t]\r\n", octets), where,
                      "blanks at a line's end")
        if encoding(b) in ("", "7bit"):
            check(not wide(octets) or wide(raw(a)) and
                  encoding(a) == encoding(b), where, "8-bit octets as",
                  encoding(b))

    def run(self):
        self.entity(self.before, self.after, "message")
        same([str(x).strip() for x in self.after.get_all("mime-version", [])
              ][1:], [], "a second MIME-Version")
        for name in ("content-type", "content-transfer-encoding"):
            same(len(self.after.get_all(name, [])),
                 max(len(self.before.get_all(name, [])),
                     min(1, len(self.after.get_all(name, [])))),
                 name + " fields")
        if "mime-version" not in self.before and (
                encoding(self.after) not in ("", encoding(self.before))):
            check("mime-version" in self.after, "no MIME-Version")


def judge(before, letter, body8, utf8):
    """The letter is what was sent (wire form), as this server can have it."""
    head, body = split(before)
    # Where the server could take a UTF-8 header, it need not get one.
    utf8 = utf8 and "SMTPUTF8" in letter.mail
    needs = (wide(body) and not body8) or long(before) or \
        (wide(head) and not utf8)
    same(letter.size(), len(letter.data), "SIZE")
    if not body8:
        check(not wide(letter.body), "8-bit octets in the body")
    if not utf8:
        check(not wide(letter.head), "8-bit octets in the header",
              letter.head)
    for line in letter.data.split(b"\r\n"):
        check(len(line) <= 998, "a line of %d octets: %r" % (
            len(line), line[:80]))
    check(("BODY=8BITMIME" in letter.mail) == wide(letter.body) or
          ("SMTPUTF8" in letter.mail and wide(letter.data)),
          "8BITMIME:", letter.mail)
    if not needs:
        if wide(body) and not re.search(rb"(?im)^(mime-version|content-)",
                                        head):
            same(letter.body, body, "untouched body")
            check(head in letter.head, "header lines", letter.head)
        else:
            check(letter.data.endswith(before), "not as it was sent:",
                  letter.data[-600:], "wanted", before[-500:])
    Judge(before, letter.data, body8).run()
