# SPDX-License-Identifier: ISC
"""Aliases, by all ways in, with and without a queue."""
import os
import pty
import socket
import sys

import queue_rig
from cases import DOMAIN, SENDER, case, check, main, same
from queue_rig import Queue, free_port, once, wait_for

BODY = b"Subject: small\nTo: one@x.test\n\nHello.\n"
ALIASES = """# whose mail is whose
root: ann@x.test,
	bob		# the other one
# in between
bob:	bob@x.test
staff:	Ann <ann@x.test>, root, carol@x.test
"joe smith": joe@x.test
self:	\\self, bob
loop:	pool
pool:	loop
prog:	ann@x.test, "|/bin/cat >%(folder)s/ran"
mbox:	%(folder)s/mbox
list:	:include:%(folder)s/members
team:	ann@x.test, dora@x.test
owner-team: captain
captain: cap@y.test
crew:	eve@x.test, team
owner-crew: cap1@y.test, cap2@y.test
"""
MEMBERS = "# members\nann@x.test, fay@x.test\n\ngus@x.test # new\nbob\n"


def settle(c, text=ALIASES, house=None, top=(), lines=()):
    """A server, and a file of aliases for who sends to it."""
    house = house or c.server()
    path = c.file("aliases", text % {"folder": c.folder}, 0o644)
    c.file("members", MEMBERS, 0o644)
    c.plain(house, *lines, top=('aliases = "%s"' % path, *top))
    return house


def who(letter):
    return sorted(r.split(" ")[0].strip("<>") for r in letter.rcpt)


def goes(name, argv, wanted, aliases=ALIASES, message=BODY):
    @case("aliases: " + name)
    def _(c):
        house = settle(c, aliases)
        c.send(message, *argv).exits(0)
        letter = house.letter()
        same(who(letter), sorted(wanted.split()), "recipients")
        same(letter.path(), "<%s>" % SENDER, "sender")


def fails(name, argv, status, *words, aliases=ALIASES, message=BODY):
    @case("aliases: " + name)
    def _(c):
        house = settle(c, aliases)
        call = c.send(message, *argv).exits(status)
        call.says(*(w % {"file": c.path("aliases"), "folder": c.folder}
                    for w in words))
        house.nothing()
        check(not os.path.exists(c.path("ran")), "a program ran")
        check(not os.path.exists(c.path("mbox")), "a file was written")


def rows():
    goes("a list, over lines, in another alias", ["root"],
         "ann@x.test bob@x.test")
    goes("at this machine's names, in any case", ["ROOT@localhost",
         "Root@LocalHost.LocalDomain", "bob@" + socket.gethostname()],
         "ann@x.test bob@x.test")
    goes("at another domain the name is not ours", ["root@z.test"],
         "root@z.test")
    goes("those behind several aliases get it once", ["staff", "root",
         "ann@x.test"], "ann@x.test bob@x.test carol@x.test")
    goes("a name with blanks", ['"joe smith"'], "joe@x.test")
    goes("itself with a backslash", ["self"],
         "self@%s bob@x.test" % DOMAIN)
    goes("a backslash on the command line", ["\\root"], "root@" + DOMAIN)
    goes("what has none gets our domain", ["zoe"], "zoe@" + DOMAIN)
    goes("name+detail", ["bob+lists"], "bob@x.test")
    goes("-n looks nothing up", ["-n", "root"], "root@" + DOMAIN)
    goes("default takes what is not named", ["zoe", "bob", "q@z.test"],
         "all@x.test bob@x.test q@z.test",
         aliases="bob: bob@x.test\ndefault: all@x.test\n")
    goes("* does so too", ["zoe"], "all@x.test", aliases="*: all@x.test\n")
    goes("-t: To, Cc and Bcc", ["-t"], "ann@x.test bob@x.test carol@x.test "
         "zoe@z.test", message=b"To: root\nCc: zoe@z.test\nBcc: staff\n"
         b"Subject: x\n\nx\n")
    goes("-t and the command line", ["-t", "staff"],
         "ann@x.test bob@x.test carol@x.test",
         message=b"To: Charlie <root@localhost>\n\nx\n")
    goes(":include: of a list", ["list"],
         "ann@x.test fay@x.test gus@x.test bob@x.test")
    goes("bad entries spoil no others", ["bob"], "bob@x.test",
         aliases="nonsense\n: x\na b: c\nbob: bob@x.test\nx: |y\n")
    fails("a loop is named", ["loop"], 67, "%(file)s:", "loop -> pool -> loop",
          "5.4.6")
    fails("a program is refused with its line", ["prog"], 78,
          "%(file)s:11:", "programs are not run")
    fails("a file is refused with its line", ["mbox"], 78, "%(file)s:12:",
          "files are not written")
    fails("nobody gets it when one cannot", ["root", "prog"], 78,
          "%(file)s:11:")
    fails("a line without a colon", ["bob"], 78, "%(file)s:2:", "no colon",
          aliases="\nbob bob@x.test\n")
    fails("a list that is not there", ["list"], 78, "%(file)s:1:",
          "cannot read", aliases="list: :include:%(folder)s/nobody\n")


@case("aliases: the header is not touched, the list is not shown")
def _(c):
    house = settle(c)
    c.send(b"To: staff@localhost\nSubject: x\n\nx\n", "-t").exits(0)
    letter = house.letter()
    same(len(letter.rcpt), 3, "recipients")
    check(b"ann@x.test" not in letter.data, letter.data)


@case("aliases: an owner's members get it from the owner, no queue")
def _(c):
    house = settle(c)
    c.send(BODY, "root", "crew").exits(0).silent()
    got = {x.path(): x for x in house.letters()}
    same({p: who(x) for p, x in got.items()}, {
        "<%s>" % SENDER: ["ann@x.test", "bob@x.test"],
        "<owner-crew@%s>" % DOMAIN: ["eve@x.test"],
        "<cap@y.test>": ["dora@x.test"]}, "messages")
    same(len({x.data for x in got.values()}), 1, "different messages")
    same(c.log().count("outcome=delivered"), 3, "lines in the log")


@case("aliases: a list with an owner, and nobody else")
def _(c):
    house = settle(c)
    c.send(BODY, "team").exits(0).silent()
    letter = house.letter()
    same(letter.path(), "<cap@y.test>")
    same(who(letter), ["ann@x.test", "dora@x.test"])


@case("aliases: the account's rewrite-from holds for owners too")
def _(c):
    house = settle(c, lines=('from = "robot@x.test"',
                             'rewrite-from = "always"'))
    c.send(BODY, "bob", "crew").exits(0)
    letter = house.letter()
    same(letter.path(), "<robot@x.test>")
    same(who(letter), ["ann@x.test", "bob@x.test", "dora@x.test",
                       "eve@x.test"])


@case("aliases: an owner's member is refused, no queue: 67 and who")
def _(c):
    house = settle(c, house=c.server(
        script='on RCPT match "dora" reply 550 5.1.1 who\n'))
    c.send(BODY, "bob", "team").exits(67).says("dora@x.test", "5.1.1")
    same({x.path(): who(x) for x in house.letters()}, {
        "<%s>" % SENDER: ["bob@x.test"], "<cap@y.test>": ["ann@x.test"]})


@case("aliases: DSN words go along to an owner's members")
def _(c):
    house = settle(c)
    c.send(BODY, "-N", "failure", "-R", "hdrs", "-V", "id7", "bob",
           "team").exits(0)
    for letter in house.letters():
        check("ENVID=id7" in letter.mail and "RET=HDRS" in letter.mail,
              letter.mail)
        check(all("NOTIFY=FAILURE" in r for r in letter.rcpt), letter.rcpt)


def queue(c, what, *more, **options):
    """A queue, and the aliases."""
    q = Queue(c, *more, test=what, **options)
    path = c.file("aliases", ALIASES % {"folder": c.folder}, 0o644)
    with open(c.conf_path, encoding="utf-8") as f:
        c.conf('aliases = "%s"\n' % path + f.read())
    return q


@queue_rig.case("aliases: copies for an owner are queued, then all go out")
def _(c):
    house = c.server()
    q = queue(c, house)
    q.send("one", to=("bob", "crew")).exits(0).silent()
    q.arrives()
    q.alone()
    q.nothing()
    once(q, house, "one", "one", "one")
    same(sorted(x.path() for x in house.letters()), sorted((
        "<%s>" % SENDER, "<cap@y.test>", "<owner-crew@%s>" % DOMAIN)))
    same(len({x.data for x in house.letters()}), 1, "different messages")


@queue_rig.case("aliases: nobody listens: all are queued, each under its id")
def _(c):
    port = free_port()
    q = queue(c, port, "min-retry = 1s", runner="external")
    q.send("one", to=("bob", "crew")).exits(0).says("queued as")
    same(len(q.names()), 3, "queued")
    same(sorted(x["from"] for x in q.objects()), sorted((
        SENDER, "cap@y.test", "owner-crew@" + DOMAIN)))
    house = c.server("--port", str(port))
    q.run("-qf").exits(0)
    once(q, house, "one", "one", "one")
    q.nothing()


@queue_rig.case("aliases: -odq and -odb queue the copies too")
def _(c):
    house = c.server()
    q = queue(c, house, runner="external")
    q.send("one", "-odq", to=("bob", "crew")).exits(0)
    same(len(q.names()), 3, "queued")
    q.send("two", "-odb", to=("bob", "team")).exits(0)
    wait_for(lambda: len(q.names()) == 4)
    q.run("-qf").exits(0)
    once(q, house, "one", "one", "one", "two", "two")
    q.nothing()


@queue_rig.case("aliases: no room for all of the copies: 75, none is kept")
def _(c):
    house = c.server()
    # A queued message has about 4.2 kB: the second copy, the main one fail.
    for size, way in (("4k", "-odq"), ("8700", "-odq"), ("8700", "-odb")):
        q = queue(c, house, "max-size = " + size, runner="external")
        q.send("all", way, to=("bob", "crew")).exits(75).says("max-size")
        q.nothing()
    q.send("one", "-odq", to=("bob", "team")).exits(0)
    same(len(q.names()), 2, "queued")
    q = queue(c, free_port(), "max-size = 8700", runner="external",
              folder="other")
    q.send("now", to=("bob", "crew")).exits(75).says("max-size")
    q.nothing()
    house.nothing()


@queue_rig.case("aliases: all refuse the main message: the copies still go")
def _(c):
    house = c.server(script='on RCPT match "bob" reply 550 5.1.1 who\n')
    q = queue(c, house)
    q.send("one", to=("bob", "team")).exits(67).says("5.1.1")
    q.arrives()
    q.alone()
    same([x.path() for x in house.letters()], ["<cap@y.test>"])


@case("aliases: the file is not there")
def _(c):
    house = settle(c)
    os.unlink(c.path("aliases"))
    c.send(BODY, "root").exits(78).says(c.path("aliases"), "cannot read")
    c.send(BODY, "q@z.test").exits(0)
    same(who(house.letter()), ["q@z.test"])


@case("aliases: a file that everybody can write is not believed")
def _(c):
    house = settle(c)
    os.chmod(c.path("aliases"), 0o666)
    c.send(BODY, "root").exits(78).says("chmod go-w " + c.path("aliases"))
    c.call(c.argv("-bi")).exits(78).says("chmod go-w")
    os.chmod(c.path("aliases"), 0o644)
    os.chmod(c.path("members"), 0o666)
    c.send(BODY, "list").exits(78).says("chmod go-w " + c.path("members"))
    house.nothing()


@case("aliases: a list that includes another, or has a program in it")
def _(c):
    house = settle(c)
    for text, words in (("ann@x.test\n:include:%s\n" % c.path("aliases"),
                         "a list cannot include another"),
                        ("\n|/bin/cat\n", "programs are not run"),
                        ("ann@x.test\n/var/x\n", "files are not written")):
        c.file("members", text, 0o644)
        c.send(BODY, "list").exits(78).says(c.path("members") + ":2:", words)
    house.nothing()


@case("aliases: a pipe in place of a list does not hold us up")
def _(c):
    house = settle(c)
    os.unlink(c.path("members"))
    os.mkfifo(c.path("members"))
    c.send(BODY, "list", limit=5).exits(78).says("regular file")
    house.nothing()


@case("aliases: by way of the account that the sender chooses")
def _(c):
    one, two = c.server(), c.server()
    path = c.file("aliases", "root: ann@x.test\n", 0o644)
    c.conf('aliases = "%s"\nlog { syslog = false }\n' % path +
           c.account(name="one", house=one) +
           c.account('match = "*@two.test"', name="two", house=two))
    c.send(BODY, "root", f="me@two.test").exits(0)
    c.send(BODY, "--account=one", "root", f="me@two.test").exits(0)
    same([who(x) for x in one.letters()], [["ann@x.test"]])
    same([who(x) for x in two.letters()], [["ann@x.test"]])


# ---- -bi -------------------------------------------------------------------

@case("-bi: a good file, counted with -v")
def _(c):
    settle(c, "root: ann@x.test\nbob:\tbob@x.test, ann@x.test\n")
    c.call(c.argv("-bi")).exits(0).silent()
    c.call(c.argv("-I")).exits(0).silent()
    call = c.call(c.argv("-bi", "-v")).exits(0)
    same(call.out.decode(), "%s: 2 aliases, longest 22 bytes, 39 bytes "
         "total\n" % c.path("aliases"))
    name = c.path("newaliases")
    os.symlink(c.argv()[0], name)
    c.call([name, "-C", c.conf_path]).exits(0).silent()


@case("-bi: every bad line is named")
def _(c):
    settle(c, "root: ann@x.test\nbob bob@x.test\nprog: |cat,\n a@b@c,\n ok\n"
           " x: y\nnone:\nroot: again@x.test\nroot@z.test: x\n")
    call = c.call(c.argv("-bi")).exits(78)
    for line, words in ((2, "no colon"), (3, "programs"), (4, "a@b@c"),
                        (7, "no address"), (9, "only names of this host"),
                        (8, "warning")):
        call.says("%s:%d: " % (c.path("aliases"), line), words)
    check("aliases:1:" not in call.err, call.err)


@case("-bi: a name that is there twice is a warning")
def _(c):
    house = settle(c, "root: ann@x.test\nRoot: bob@x.test\n")
    c.call(c.argv("-bi")).exits(0).says("aliases:2: warning", "line 1")
    c.send(BODY, "root").exits(0)
    same(who(house.letter()), ["ann@x.test"])


@case("-bi: -oA names another file, which -oA for a message does not")
def _(c):
    house = settle(c)
    other = c.file("other", "root: |x\n", 0o644)
    c.call(c.argv("-bi", "-oA" + other)).exits(78).says(other + ":1:")
    c.call(c.argv("-bi", "-oA" + c.path("none"))).exits(78).says(
        "cannot read")
    c.send(BODY, "-oA" + other, "bob").exits(0)
    same(who(house.letter()), ["bob@x.test"])


@case("-bi: no aliases configured, no file: nothing to say")
def _(c):
    c.plain(c.server())
    call = c.call(c.argv("-bi")).exits(0)
    same(call.out, b"")


# ---- -bv, -bt --------------------------------------------------------------

RELAY = "%s... deliverable: mailer relay, host 127.0.0.1, user %s\n"


@case("-bv: each address, nothing read, nothing sent")
def _(c):
    house = settle(c)
    here, there = socket.socketpair()
    call = c.call(c.argv("-bv", "root", "Q <q@z.test>, zoe"), stdin=there,
                  limit=10).exits(0)
    same(call.out.decode(), RELAY % ("root", "ann@x.test") +
         RELAY % ("root", "bob@x.test") + RELAY % ("q@z.test", "q@z.test") +
         RELAY % ("zoe", "zoe@" + DOMAIN))
    same(call.err, "", "stderr")
    here.close()
    there.close()
    call = c.call(c.argv("-bv", "-n", "root")).exits(0)
    same(call.out.decode(), RELAY % ("root", "root@" + DOMAIN))
    house.nothing()


@case("-bv: what cannot be delivered, and the exit status of the first")
def _(c):
    house = settle(c)
    call = c.call(c.argv("-bv", "bob", "loop", "prog", "a@b@c")).exits(67)
    out = call.out.decode().splitlines()
    same(out[0] + "\n", RELAY % ("bob", "bob@x.test"))
    check(out[1].startswith("loop... User unknown: ") and "pool" in out[1],
          out)
    check(out[2].startswith("prog... not deliverable: "), out)
    check(out[3].startswith("a@b@c... not deliverable: "), out)
    same(len(out), 4, "lines")
    c.call(c.argv("-bv", "prog", "loop")).exits(78)
    c.call(c.argv("-bv", "@@", "loop")).exits(65)
    c.call(c.argv("-bv", "")).exits(65)
    c.call(c.argv("-bv")).exits(64)
    house.nothing()


@case("-bv: the account's host, by sender or name")
def _(c):
    c.conf('domain = "d.test"\nlog { syslog = false }\n' +
           c.account('host = "a.test"', name="a") +
           c.account('host = "b.test"', 'match = "*@b.test"', name="b"))
    for args, host in (((), "a.test"), (("-f", "me@b.test"), "b.test"),
                       (("--account=b",), "b.test")):
        call = c.call(c.argv("-bv", *args, "x@y.test")).exits(0)
        check(("host %s," % host).encode() in call.out, call.out)


@case("-bt: lines of input, no prompt, sendmail's own syntax")
def _(c):
    house = settle(c)
    call = c.call(c.argv("-bt"), b"bob\n3,0 root\n0 q@z.test\n/parse zoe\n"
                  b"=M\n# x\n\n$j\n/quit\nann@x.test\n").exits(0)
    odd = "only addresses are looked at here\n"
    same(call.out.decode(), RELAY % ("bob", "bob@x.test") +
         RELAY % ("root", "ann@x.test") + RELAY % ("root", "bob@x.test") +
         RELAY % ("q@z.test", "q@z.test") + RELAY % ("zoe", "zoe@" + DOMAIN) +
         3 * odd)
    call = c.call(c.argv("-bt", "3,0", "bob")).exits(0)
    same(call.out.decode(), RELAY % ("bob", "bob@x.test"))
    c.call(c.argv("-bt"), b"bob\nloop\n").exits(67)
    call = c.call(c.argv("-bt"), b"a" * 100000 + b"\nbob").exits(65)
    check((RELAY % ("bob", "bob@x.test")).encode() in call.out, call.out)
    c.call(c.argv("-bt"), b"").exits(0).silent()
    house.nothing()


@case("-bt: a prompt on a terminal")
def _(c):
    settle(c)
    ours, theirs = pty.openpty()
    os.write(ours, b"bob\n\x04")
    c.call(["sh", "-c", '"$@" >/dev/tty 2>&1 || "$@" >&0', "sh",
            *c.argv("-bt")], stdin=theirs, limit=10).exits(0)
    os.close(theirs)
    said = os.read(ours, 65536)
    check(b"> " in said and b"bob... deliverable" in said, said)
    os.close(ours)


rows()
sys.exit(main("aliases", sys.argv[1:]))
