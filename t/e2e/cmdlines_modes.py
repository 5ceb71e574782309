# SPDX-License-Identifier: ISC
"""What we can be asked to be, by -b and by name, and what we are not."""
from cases import case, check, same
from cmdlines_rig import (A, B, BODY, HEADER, ME, T, call, arrives, refused,
                          sent, settle, tells)

DIALOGUE = (b"EHLO client.test\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n"
            b"%s.\r\nQUIT\r\n" % (A.encode(), B.encode(),
                                  (HEADER + BODY).replace(b"\n", b"\r\n")))

for words in ("-bm", "-b m", "-bm -i", "-ba"):
    sent("-bm, -ba take a message", words + " " + B, B)
sent("-bm -t", "-bm -t", T)
sent("the last mode counts", "-bp -bm " + B, B)


@case("cmdline: -bs: SMTP on standard input; -odb -oem -om; cluster -bsv")
def _(c):
    for words in ("-bs", "-b s", "-bs -odi -oem -om", "-bsv", "-i -bs -v"):
        house = settle(c)
        r = call(c, "sendmail", words, DIALOGUE).exits(0)
        check(r.out.startswith(b"220 "), r.out)
        check(b"\r\n250-" in r.out and b"\r\n354 " in r.out, r.out)
        check(r.out.splitlines()[-1].startswith(b"221 "), r.out)
        arrives(house, B, A)


@case("cmdline: -bS and rsmtp: SMTP without replies")
def _(c):
    for name, words in (("sendmail", "-bS"), ("rsmtp", "")):
        house = settle(c)
        r = call(c, name, words, DIALOGUE).exits(0)
        same(r.out, b"", "what it says")
        arrives(house, B, A)


refused("-t brings its own recipients", "-bs -t", 64)
refused("-t brings its own recipients", "-t -bS", 64)

for words in ("-bp", "-b p", "-bpi", "-bpr", "-bpa", "-bpru", "-bp -v",
              "-bp -Ac", "-bp -qRx"):
    tells("the queue shown", words, "there is no queue")
for words in ("-bP", "-bpc"):
    tells("the queue counted", words, "0\n")
for words in ("-bi", "-I", "-bi -oA FOLDER/aliases", "-bi -oAFOLDER/aliases",
              "-bi -on", "-bi -n"):
    tells("the aliases checked", words)
tells("the aliases counted", "-bi -v", "2 aliases")
tells("the aliases of another file", "-bi -oA/nonexistent",
      "/nonexistent", status=78)
for words in ("-bv alias " + B, "-v -bv alias " + B, "-t -bv alias " + B):
    tells("addresses verified, nothing sent", words,
          "alias... deliverable: mailer relay, host 127.0.0.1, user "
          "real@dest.test", B + "... deliverable", message=HEADER + BODY)
tells("an address that is none", "-bv '|prog'", "cannot be an address",
      status=65)
tells("addresses tested", "-bt alias", "real@dest.test")
tells("hosts shown", "-bh", "127.0.0.1")
tells("hosts forgotten", "-bH")
tells("the configuration checked", "-bC", "is good")
tells("the configuration checked", "-C /nonexistent -bC", "/nonexistent",
      status=78)
tells("the version", "-bV", "posthorn")
tells("the version", "--version", "posthorn", "ISC")
tells("help", "--help", "usage: sendmail", "--queue")
tells("what would be done", "--explain -f %s alias" % A, "real@dest.test",
      A, message=HEADER + BODY)
tells("no queue to work on", "--queue delete x", "there is no queue",
      status=65)
tells("no queue to list", "--queue list", "there is no queue")
tells("what would be done, by -bm", "--explain -bm -f %s alias" % A,
      "real@dest.test", message=HEADER + BODY)

for words, hint in (
        ("--explain -bs", "together with -bs"), ("--explain -q", "-q"),
        ("-bd", "systemd"), ("-bD", "systemd"), ("-bl", "systemd"),
        ("-bdf", "systemd"), ("-bw", "systemd"), ("-bd -q30m", "systemd"),
        ("-q30m -bd", "systemd"), ("-bz", "frozen"), ("-br", "Exim"),
        ("-bf x", "Exim"), ("-bF", "Exim"), ("-be", "Exim"), ("-brt", "Exim"),
        ("-brw", "Exim"), ("-bmalware x", "Exim"), ("-bnq", "Exim"),
        ("-bI:help", "Exim"), ("-bQ", "not known"),
        ("-tls-on-connect", "Exim"), ("-atrn x", "Exim"),
        ("-Mrm 1abcde-000000-00", "Exim"), ("-Mf x", "Exim"),
        ("-Mvl x", "Exim"), ("-z x", "not something"),
        ("-", "dash alone"), ("-k", "unknown flag"),
        ("--no-such-thing", "unknown option"), ("-b", "without its value"),
        ("-q x", "no addresses"), ("-Q", "-Q without"),
        ("-qx", "neither a time"), ("-qI", "needs the text")):
    tells("another program's, or nobody's", words, hint, status=64,
          message=HEADER + BODY)

# Our name is only where it begins.
for name, words, wanted in (
        ("mailq", "", ("there is no queue",)), ("mailq", "-v -Ac", (
            "there is no queue",)), ("newaliases", "", ()),
        ("newaliases", "-bp", ("there is no queue",)),
        ("hoststat", "", ("127.0.0.1",)), ("purgestat", "", ()),
        ("runq", "", ("there is no queue",)),
        ("mailq", "-q", ("there is no queue",))):
    tells("called " + name, words, *wanted, program=name)
for name in ("smtpd", "sendmail-mta"):
    refused("called " + name, B, 64, name)
refused("called rmail", B, 69, "rmail")
for name in ("sendmail", "send-mail", "posthorn", "sendmail.posthorn",
             "x86_64-linux-gnu-sendmail", "anything"):
    sent("called " + name, "-i " + B, B, program=name)
sent("called mailq, -bm", "-bm " + B, B, program="mailq")
sent("called msmtp, -a", "-a test " + B, B, program="msmtp")
sent("called msmtp, --account", "--account=test " + B, B, ME, "msmtp")
