# SPDX-License-Identifier: ISC
"""Cases: what one delivery does for the messages that wait, accounts and
configurations that share a queue, and a look at each tool."""
import datetime
import os
import time

from cases import SENDER, check, same
from queue_rig import Queue, case, free_port, once, subjects, talks, wait_for


def login(c, house, password):
    return ['host = "127.0.0.1"', "port = %d" % house.port,
            'tls = "starttls"', 'tls-ca-file = "%s/ca.pem"' % c.pki,
            'user = "robot"', "password = '%s'" % password]


# ---- The open connection is used -------------------------------------------

@case("three wait: the next that is delivered takes them along")
def drain(c):
    port = free_port()
    q = Queue(c, test=port, runner="external")
    for subject in ("one", "two", "three"):
        q.send(subject).exits(0)
    same(q.counts(), (3, 0, 0), "queued, held, failed")
    house = c.server("--port", str(port), script="on MESSAGE 2+\n"
                     "\tdelay 300\n\tdefault\n")
    call = q.send("four").exits(0).silent()
    check(call.seconds < 0.6, "its caller waited", call.seconds)
    q.arrives()
    q.alone(5)
    same(len(talks(house)), 1, "connections")
    once(q, house, "one", "two", "three", "four")


@case("what waits for another account is not taken along")
def drain_other(c):
    port, dead = free_port(), free_port()
    q = Queue(c, test=port, dead=dead, runner="external")
    q.send("one").exits(0)
    q.send("dead", f="joe@dead.test").exits(0)
    house = c.server("--port", str(port))
    q.send("two").exits(0)
    wait_for(lambda: len(q.names()) == 1)
    q.alone(5)
    same(q.one("active")["account"], "dead", "what is left")
    once(q, house, "one", "two")


@case("what is on hold is not taken along")
def drain_held(c):
    port = free_port()
    q = Queue(c, test=port, runner="external")
    q.send("one").exits(0)
    q.run("--queue", "hold", q.names()[0]).exits(0)
    house = c.server("--port", str(port))
    q.send("two").exits(0)
    q.alone(5)
    same(q.counts(), (0, 1, 0), "queued, held, failed")
    once(q, house, "two")


@case("refused on the way: its sender is told, the others come")
def drain_refused(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port, runner="external")
    q.send("one").exits(0)
    q.send("bad", to=["nobody@example.test"]).exits(0)
    q.send("two").exits(0)
    house = c.server("--port", str(port), script='on RCPT match "nobody"\n'
                     "\treply 550 5.1.1 who\n")
    q.send("three").exits(0)
    q.alone(5)
    q.run("-qf").exits(0)
    q.nothing()
    letters = house.letters()
    same(sorted(x.field("Subject") for x in letters if x.path() != "<>"),
         ["one", "three", "two"], "what came")
    (bounce,) = [x for x in letters if x.path() == "<>"]
    same(bounce.rcpt, ["<%s>" % SENDER])


def left_alone(name, script, *, sender=SENDER):
    @case("%s: not tried again by each that is delivered" % name)
    def _(c):
        house = c.server(script=script)
        q = Queue(c, test=house, runner="external")
        q.send("one", f=sender).exits(0)
        for i in range(3):
            q.send("m%d" % i).exits(0).silent()
            q.alone(5)
        same(q.one("active")["attempts"], 1, "attempts")
        same(len(house.commands("MAIL")), 4, "MAIL commands")


left_alone("in doubt", "on MESSAGE conn 1\n\tcut\non MESSAGE 2+\n\tcut\n")
left_alone("the message that cuts the line", 'on MAIL match "odd"\n\tcut\n',
           sender="odd@example.test")
left_alone("the message the server does not understand",
           'on MAIL match "odd"\n\treply 501 5.5.4 what\n',
           sender="odd@example.test")
left_alone("greylisted", 'on RCPT conn 1\n\treply 450 4.2.0 later\n')


@case("patience ends: the child takes along what waits, and says QUIT")
def drain_patience(c):
    port = free_port()
    q = Queue(c, "patience = 1s", test=port, runner="external")
    for subject in ("one", "two"):
        q.send(subject).exits(0)
    house = c.server("--port", str(port), script="on MESSAGE 1\n"
                     "\tdelay 1800\n\tdefault\n")
    q.send("slow").exits(0).says("queued as")
    q.arrives()
    q.alone(5)
    once(q, house, "one", "two", "slow")
    same(house.commands("QUIT"), ["QUIT"], "its end")
    same(len(house.stop()), 1, "connections")


# ---- Logins ----------------------------------------------------------------

@case("a wrong password: held for a quarter of an hour; set right, all goes")
def password(c):
    house = c.server(mode="starttls", user="robot", password="right-Secret",
                     auth="PLAIN")
    q = Queue(c, "min-retry = 1s", runner="external",
              test=login(c, house, "wrong-Secret"))
    q.send("one").exits(0).says("535", "queued as")
    found = q.one("active")
    same(found["recipients"][0]["code"], 535, "code")
    when = [datetime.datetime.fromisoformat(found[x].replace("Z", "+00:00"))
            for x in ("last", "next")] if isinstance(found["next"], str) \
        else [datetime.datetime.fromtimestamp(found[x])
              for x in ("last", "next")]
    pause = (when[1] - when[0]).total_seconds()
    check(900 <= pause < 1200, "it is tried again after", pause)
    # Not asked again before that.
    q.run("-q")
    same(q.one("active")["attempts"], 1, "attempts")
    q.accounts["test"] = login(c, house, "right-Secret")
    q.write()
    q.send("two").exits(0).silent()
    q.arrives()
    q.alone(5)
    once(q, house, "one", "two")
    c.secret("wrong-Secret", "right-Secret")


@case("a wrong password: the runner does not hammer")
def password_runner(c):
    house = c.server(mode="starttls", user="robot", password="right",
                     auth="PLAIN")
    q = Queue(c, "min-retry = 1s", "max-retry = 1s",
              test=login(c, house, "wrong"))
    q.send("one").exits(0)
    q.send("two", "-odq").exits(0)
    time.sleep(2.5)
    check(len(house.auths()) <= 2, len(house.auths()), "AUTH commands")
    same(q.counts(), (2, 0, 0), "queued, held, failed")


@case("a wrong password set right while a runner lives")
def password_changed(c):
    house = c.server(mode="starttls", user="robot", password="right",
                     auth="PLAIN")
    q = Queue(c, "min-retry = 1s", test=login(c, house, "wrong"))
    q.send("one").exits(0)
    wait_for(q.runners)
    time.sleep(0.5)
    q.accounts["test"] = login(c, house, "right")
    q.write()
    q.send("two").exits(0)
    q.arrives()
    once(q, house, "one", "two")


# ---- Two of each -----------------------------------------------------------

@case("two accounts in one queue: the dead one delays nobody")
def two_accounts(c):
    house, dead = c.server(), free_port()
    q = Queue(c, "min-retry = 1s", dead=dead, test=house)
    for i in range(3):
        q.send("dead%d" % i, f="joe@dead.test").exits(0)
        q.send("live%d" % i, f="joe@test.test").exits(0).silent()
    same(q.counts(), (3, 0, 0), "queued, held, failed")
    back = c.server("--port", str(dead))
    q.arrives()
    q.alone(5)
    once(q, house, "live0", "live1", "live2")
    once(q, back, "dead0", "dead1", "dead2")


@case("two configurations in one queue: each runner takes its own")
def two_configurations(c):
    a, b = free_port(), free_port()
    q = Queue(c, "min-retry = 1s", test=a)
    q.send("a").exits(0)
    other = c.folder + "/other"
    os.mkdir(other)
    q.accounts["test"] = b
    second = q.write("other/posthorn.conf")
    c.call(c.argv("-C", second, "-i", "-f", SENDER, "rcpt@example.test",
                  conf=False), b"Subject: b\n\nHello.\n").exits(0)
    same(len(q.names()), 2, "messages in the queue")
    first = c.conf_path
    wait_for(q.runners)
    c.conf_path = second
    wait_for(q.runners)
    c.conf_path = first
    same(sorted(x["config"] for x in q.objects()),
         sorted(os.path.realpath(x) for x in (first, second)), "of whom")
    back = c.server("--port", str(a))
    wait_for(lambda: len(q.names()) == 1)
    q.alone(5)
    c.conf_path = second
    check(q.runners(), "the other runner is gone")
    back_b = c.server("--port", str(b))
    q.arrives()
    q.alone(5)
    same((subjects(back), subjects(back_b)), (["a"], ["b"]), "what came")


# ---- The tools -------------------------------------------------------------

@case("mailq, -bp, -bpc, --status, --queue: each looks at it")
def tools(c):
    q = Queue(c, test=free_port(), runner="external")
    q.send("one").exits(0)
    (name,) = q.names()
    os.symlink(c.argv(conf=False)[-1], c.path("mailq"))
    for argv in (q.c.argv("-bp"), q.c.argv("--queue", "list"),
                 [c.path("mailq"), "-C", c.conf_path]):
        out = c.call(argv).exits(0).out.decode()
        check(name in out and "refused" in out, argv, "says", out)
    same(q.run("-bpc").exits(0).out, b"1\n")
    check(b"one" in q.run("--queue", "show", name).exits(0).out,
          "no message shown")
    out = q.run("--status").out.decode()
    check("test" in out and "refused" in out, "--status says", out)
    q.run("--queue", "hold", name).exits(0)
    same(q.counts(), (0, 1, 0), "queued, held, failed")
    q.run("--queue", "release", name).exits(0)
    same(q.counts(), (1, 0, 0), "queued, held, failed")
    q.run("--queue", "retry", name)
    same(q.one("active")["attempts"], 1, "attempts")
    q.run("--queue", "bounce", name).exits(0)
    found = q.one("active")
    same(found["from"], "", "its sender")
    q.run("--queue", "delete", found["id"]).exits(0)
    q.nothing()


@case("looked at while a message waits: somebody is to run the queue")
def looked_at(c):
    port = free_port()
    q = Queue(c, "min-retry = 1s", test=port, runner="external")
    q.send("one").exits(0)
    q.runner = "auto"
    q.write()
    house = c.server("--port", str(port))
    for args in (["-bpc"], ["--status"]):
        q.run(*args)
    q.arrives()
    q.alone(5)
    once(q, house, "one")
