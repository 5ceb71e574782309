# SPDX-License-Identifier: ISC
"""Cases: what is signed or encrypted stays as it is, or does not go."""
import email

from cases import RCPT, case, check, same
from mime_compare import crlf, judge, long, wide
from mime_made import INNER, LONG, MIME, UTF8, multi, part, plain, rfc822
from queue_rig import Queue
from queue_rig import case as queue_case

ARMOR = b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----"


def signed(inner, kind=b"pgp"):
    last = part(ARMOR + b"\n", b"Content-Type: application/pgp-signature") \
        if kind == b"pgp" else part(
            b"MIIB\n", b"Content-Type: application/pkcs7-signature",
            b"Content-Transfer-Encoding: base64")
    return multi(inner, last, kind=b"signed", boundary=b"signed",
                 more=b"; micalg=pgp-sha512; protocol=\"application/" +
                 (b"pgp" if kind == b"pgp" else b"pkcs7") + b"-signature\"")


ENCRYPTED = multi(
    part(b"Version: 1\n", b"Content-Type: application/pgp-encrypted"),
    part(b"-----BEGIN PGP MESSAGE-----\n" + UTF8 +
         b"-----END PGP MESSAGE-----\n",
         b"Content-Type: application/octet-stream"),
    kind=b"encrypted", boundary=b"crypt",
    more=b"; protocol=\"application/pgp-encrypted\"")

EIGHT = {
    "PGP/MIME": MIME + signed(plain(UTF8)),
    "S/MIME": MIME + signed(plain(UTF8), b"smime"),
    "PGP/MIME of parts": MIME + signed(multi(plain(UTF8),
                                             plain(b"x\n", b"7bit"))),
    "PGP/MIME in a part": MIME + multi(signed(plain(UTF8)),
                                       plain(b"x\n", b"7bit")),
    "PGP/MIME in a message in a part": MIME + multi(rfc822(
        INNER + b"MIME-Version: 1.0\n" + signed(plain(UTF8)))),
    "encrypted": MIME + ENCRYPTED,
    "in capitals": (MIME + signed(plain(UTF8))).replace(
        b"multipart/signed", b"MULTIPART/Signed"),
    "a message signed": MIME + signed(rfc822(
        INNER + b"MIME-Version: 1.0\n" + plain(UTF8))),
}

SEVEN = {
    "PGP/MIME": MIME + signed(plain(b"x\n", b"7bit")),
    "S/MIME": MIME + signed(plain(b"x \n", b"7bit"), b"smime"),
    "encrypted": MIME + ENCRYPTED.replace(UTF8, b"abc\n"),
}


def seven(c, **options):
    """A server without 8BITMIME."""
    return c.server("--withdraw", "8BITMIME", "--withdraw", "SMTPUTF8",
                    **options)


for _name, _message in {**EIGHT, **SEVEN}.items():
    _bits = "8-bit" if wide(_message) else "7-bit"

    @case("signed: %s, %s: as it is where it can go" % (_name, _bits))
    def _(c, message=_message):
        house = c.server()
        c.plain(house)
        c.send(message, RCPT).exits(0)
        check(house.letter().data.endswith(crlf(message)),
              "not as it was sent", house.letter().data)

for _name, _message in EIGHT.items():
    @case("signed: %s, 8-bit, no 8BITMIME: 69, 5.6.3, nothing sent" % _name)
    def _(c, message=_message):
        house = seven(c)
        c.plain(house)
        c.send(message, RCPT).exits(69).says("5.6.3", "8-bit")
        house.nothing()

for _name, _message in SEVEN.items():
    @case("signed: %s, 7-bit, no 8BITMIME: as it is" % _name)
    def _(c, message=_message):
        house = seven(c)
        c.plain(house)
        c.send(message, RCPT).exits(0)
        check(house.letter().data.endswith(crlf(message)),
              "not as it was sent", house.letter().data)


@case("signed: what stands beside it is re-encoded, it is not")
def _(c):
    inner = signed(plain(b"fine  \n", b"7bit"))
    message = MIME + multi(plain(UTF8), inner, plain(LONG, b"7bit"))
    for options in ((), ("--withdraw", "8BITMIME", "--withdraw",
                         "SMTPUTF8")):
        house = c.server(*options)
        c.plain(house)
        c.send(message, RCPT).exits(0)
        x = house.letter()
        check(crlf(inner) in x.data, "the signed part is another", x.data)
        judge(crlf(message), x, not options, not options)


@case("signed: a line of 5,000: as it is, or 5.6.3")
def _(c):
    message = MIME + signed(plain(LONG, b"7bit"))
    house = c.server()
    c.plain(house)
    call = c.send(message, RCPT)
    if call.status == 0:
        check(house.letter().data.endswith(crlf(message)),
              "not as it was sent")
    else:
        call.exits(69).says("5.6.3")
        house.nothing()


@case("signed: the type is not in a comment, a name or a body")
def _(c):
    """What only looks signed is repaired."""
    message = MIME + multi(
        plain(UTF8), part(UTF8, b"Content-Type: text/plain;"
                          b" name=\"multipart/signed\"; charset=utf-8"),
        plain(b"Content-Type: multipart/signed\n\n" + UTF8),
        more=b"; x=\"multipart/signed\"")
    house = seven(c)
    c.plain(house)
    c.send(message, RCPT).exits(0)
    judge(crlf(message), house.letter(), False, False)


def two_hosts(c, one, two):
    c.plain(one, top=())
    c.conf('domain = "client.example.test"\n' + c.account(
        host='{ "127.0.0.1:%d", "127.0.0.1:%d" }' % (one.port, two.port)))


@case("signed: the first host cannot take it, the second can")
def _(c):
    message = MIME + signed(plain(UTF8))
    one, two = seven(c), c.server()
    two_hosts(c, one, two)
    c.send(message, RCPT).exits(0)
    one.nothing()
    check(two.letter().data.endswith(crlf(message)), "not as it was sent")


@case("re-encoded for the first host, which then fails; the second has "
      "the original")
def _(c):
    message = MIME + plain(UTF8)
    one = seven(c, script="on MESSAGE reply 451 4.3.0 later\n")
    two = c.server()
    two_hosts(c, one, two)
    c.send(message, RCPT).exits(0)
    check(two.letter().data.endswith(crlf(message)), "not as it was sent")


@case("as it is for the first host, re-encoded for the second")
def _(c):
    message = MIME + plain(UTF8)
    one = c.server(script="on MESSAGE reply 451 4.3.0 later\n")
    two = seven(c)
    two_hosts(c, one, two)
    c.send(message, RCPT).exits(0)
    judge(crlf(message), two.letter(), False, False)


@case("re-encoded by BDAT and by DATA are the same")
def _(c):
    message = MIME + multi(plain(UTF8), plain(LONG, b"7bit"))
    seen = []
    for lines in ((), ('pipeline = "full"',), ('pipeline = "off"',)):
        house = seven(c)
        c.plain(house, *lines)
        c.send(message, RCPT).exits(0)
        judge(crlf(message), house.letter(), False, False)
        seen.append(house.letter())
    same({x.how for x in seen}, {"DATA", "BDAT"}, "ways")


@case("re-encoded, and then over the server's SIZE: 69, 5.3.4")
def _(c):
    message = MIME + plain(UTF8 * 700)
    house = c.server("--withdraw", "8BITMIME", "--withdraw", "SMTPUTF8",
                     "--size", str(len(crlf(message)) + 1500))
    c.plain(house)
    c.send(message, RCPT).exits(69).says("5.3.4")
    house.nothing()


@queue_case("queued as it came, re-encoded on its way")
def _(c):
    message = MIME + multi(plain(UTF8), plain(LONG, b"7bit"))
    house = seven(c)
    q = Queue(c, runner="external", test=house)
    c.send(message, "-odq", RCPT).exits(0)
    with open(q.folder + "/" + q.names()[0], "rb") as f:
        check(crlf(message) in f.read(), "the queue holds another")
    q.run("-qf").exits(0)
    judge(crlf(message), house.letter(), False, False)
    q.nothing()


@queue_case("queued and signed, no 8BITMIME: a bounce with 5.6.3")
def _(c):
    message = MIME + signed(plain(UTF8))
    house = seven(c)
    q = Queue(c, runner="external", test=house)
    c.send(message, "-odq", RCPT).exits(0)
    q.run("-qf")
    q.run("-qf")
    x = house.letter()
    same(x.path(), "<>")
    check(b"5.6.3" in x.body, x.body)
    check(not wide(x.data), "8-bit octets in the bounce")


@queue_case("a bounce of an 8-bit message to a server without 8BITMIME")
def _(c):
    message = MIME + multi(plain(UTF8), plain(LONG, b"7bit"))
    house = seven(c, script='on RCPT match "rcpt@" reply 550 5.1.1 nobody\n')
    q = Queue(c, runner="external", test=house)
    c.send(message, "-odq", "-R", "full", RCPT).exits(0)
    q.run("-qf")
    q.run("-qf")
    x = house.letter()
    same(x.path(), "<>")
    check(not wide(x.data) and not long(x.data), "not fit for it")
    bounce = email.message_from_bytes(x.data)
    same(bounce.get_content_type(), "multipart/report")
    inner = [p for p in bounce.walk()
             if p.get_content_type() == "message/rfc822"]
    if inner:
        leaves = [p.get_payload(decode=True) for p in inner[0].walk()
                  if not p.is_multipart()]
        same(leaves, [crlf(UTF8), crlf(LONG)], "its parts")


@queue_case("re-encoding leaves no file and no descriptor behind")
def _(c):
    house = seven(c)
    q = Queue(c, runner="external", test=house)
    for _ in range(10):
        c.send(MIME + plain(UTF8), "-odq", RCPT).exits(0)
    q.run("-qf").exits(0)
    same(len(house.letters()), 10)
    q.nothing()


@queue_case("signed, 8-bit, no 8BITMIME, RET=FULL: the notice comes")
def _(c):
    """With the whole message in it, it could not go either."""
    house = seven(c)
    q = Queue(c, runner="external", test=house)
    c.send(MIME + signed(plain(UTF8)), "-odq", "-R", "full", RCPT).exits(0)
    for _ in range(2):
        q.run("-qf")
    q.nothing()
    letter = house.letter()
    same(letter.path(), "<>", "from")
    for words in (b"Status: 5.6.3", b"Content-Type: text/rfc822-headers"):
        check(words in letter.data, words, "not in", letter.data)
