# SPDX-License-Identifier: ISC
"""Cases: a queue that is full, and one that cannot be used."""
import os

from cases import DOMAIN, RCPT, SENDER, SMALL, check, same
from queue_rig import Queue, case, free_port, namespace, once

BIG = b"Subject: big\n\n" + (b"x" * 79 + b"\n") * 1000


# ---- Full ------------------------------------------------------------------

@case("max-size: beyond it 75, nothing half-written")
def max_size(c):
    q = Queue(c, "max-size = 40k", test=free_port(), runner="external")
    q.send("one").exits(0)
    for mode in ([], ["-odq"], ["-odb"]):
        c.send(BIG, *mode, RCPT).exits(75).says("queue")
        same((q.counts(), q.names("tmp")), ((1, 0, 0), []), "what is there")
    q.send("two").exits(0)
    same(q.counts(), (2, 0, 0), "queued, held, failed")


@case("max-size: what the host takes needs no room")
def max_size_up(c):
    house = c.server()
    q = Queue(c, "max-size = 40k", test=house, runner="external")
    c.send(BIG, RCPT).exits(0).silent()
    c.send(BIG, "-odq", RCPT).exits(75)
    q.nothing()
    once(q, house, "big")


@case("max-size, refused for good: the exit status stands, nothing is kept")
def max_size_refused(c):
    house = c.server(script="on RCPT reply 550 5.1.1 who\n")
    q = Queue(c, "max-size = 40k", test=house, runner="external")
    c.send(BIG, RCPT).exits(67)
    q.nothing()


@case("max-size, some refused: not 0, since nobody can be told")
def max_size_some(c):
    house = c.server(script='on RCPT match "nobody"\n'
                     "\treply 550 5.1.1 who\n")
    q = Queue(c, "max-size = 40k", test=house, runner="external")
    call = c.send(BIG, RCPT, "nobody@example.test")
    check(call.status != 0, "exit 0")
    call.says("nobody@")
    q.nothing()


@case("min-free: beyond it 75, nothing half-written")
def min_free(c):
    q = Queue(c, "min-free = 900000G", test=free_port(), runner="external")
    for mode in ([], ["-odq"], ["-odb"]):
        q.send("one", *mode).exits(75).says("queue")
        q.nothing()


@case("min-free: what the host takes needs no room")
def min_free_up(c):
    house = c.server()
    q = Queue(c, "min-free = 900000G", test=house, runner="external")
    q.send("one").exits(0).silent()
    q.nothing()
    once(q, house, "one")


def on_small(q, fill, message, *args):
    """One call whose queue is a file system of 1 MiB; what is left there."""
    script = ('mount -t tmpfs -o size=1m,mode=700 x "$0" && mkdir "$0/queue"'
              ' && chmod 700 "$0/queue" && head -c %d /dev/zero >"$0/fill"; '
              '"$@"; status=$?; find "$0/queue" -type f >"$0.left"; '
              "exit $status" % fill)
    room = q.c.path("room")
    os.makedirs(room, exist_ok=True)
    q.folder = room + "/queue"
    q.write()
    call = q.c.call([*namespace(), "sh", "-c", script, room,
                     *q.c.argv("-i", "-f", SENDER, *args, RCPT)], message)
    with open(room + ".left", encoding="ascii") as f:
        found = [os.path.relpath(x, q.folder) for x in f.read().split()]
    return call, [x for x in found if not x.startswith(("state/", "run/"))]


@case("min-free in percent, on a small file system", needs="namespace")
def percent(c):
    q = Queue(c, 'min-free = "50 %"', test=free_port(), runner="external")
    call, left = on_small(q, 600000, SMALL)
    call.exits(75)
    same(left, [], "left")
    call, left = on_small(q, 100000, SMALL)
    call.exits(0)
    same(len(left), 1, "left")


@case("5 % of the file system stay free unless told otherwise",
      needs="namespace")
def percent_default(c):
    q = Queue(c, test=free_port(), runner="external")
    call, left = on_small(q, 1010000, SMALL)
    call.exits(75)
    same(left, [], "left")


@case("a message larger than what is free: 75, nothing half-written",
      needs="namespace")
def no_space(c):
    q = Queue(c, 'min-free = 0', test=free_port(), runner="external")
    for mode in ([], ["-odq"], ["-odb"]):
        call, left = on_small(q, 0, BIG * 20, *mode)
        call.exits(75)
        same(left, [], "left with %s" % mode)


# ---- Of no use -------------------------------------------------------------

def useless(c, folder, *words, status=(75,), user=None):
    """Delivered when the host is there; else not 0, with the reason."""
    house = c.server()
    q = Queue(c, "min-retry = 1s", test=house)
    q.folder = folder
    q.write()
    who = {}
    if user is not None and os.getuid() == 0:
        os.chmod(c.conf_path, 0o644)
        who = {"user": user, "group": user}
    q.send("one", **who).exits(0).silent()
    q.accounts["test"] = free_port()
    q.write()
    if who:
        os.chmod(c.conf_path, 0o644)
    for mode in ([], ["-odb"], ["-odq"]):
        q.send("two", *mode, **who).exits(*status).says(*words)
    same(q.others(), {}, "processes")
    once(q, house, "one")


NOBODY = 65534


@case("the queue's folder is made where it is missing")
def missing(c):
    q = Queue(c, test=free_port(), runner="external")
    check(not os.path.exists(q.folder), "it is there")
    q.send("one").exits(0)
    same(os.stat(q.folder).st_mode & 0o777, 0o700, "its mode")


@case("no folder to make the queue in: delivered, or 75")
def no_parent(c):
    useless(c, c.file("file", "mine\n") + "/queue", "not queued")


@case("the queue is a file: delivered, or 75")
def a_file(c):
    useless(c, c.file("file", "mine\n"), "not queued")


@case("the queue is a symbolic link to nothing: delivered, or 75")
def dangling(c):
    os.symlink(c.path("nothing"), c.path("link"))
    useless(c, c.path("link"), "not queued")
    check(not os.path.exists(c.path("nothing")), "something was made")


@case("the queue cannot be written: delivered, or 75")
def unwritable(c):
    os.mkdir(c.path("queue"), 0o500)
    if os.getuid() == 0:
        os.chown(c.path("queue"), NOBODY, NOBODY)
    useless(c, c.path("queue"), "not queued", user=NOBODY)
    os.chmod(c.path("queue"), 0o700)


@case("the queue is somebody else's: delivered, or 75")
def foreign(c):
    if os.getuid() != 0:
        useless(c, "/etc", "not queued")
        return
    os.mkdir(c.path("queue"), 0o755)
    useless(c, c.path("queue"), "not queued", user=NOBODY)
    same(os.listdir(c.path("queue")), [], "what is there")


@case("the queue is open to everybody: delivered, or 75")
def open_to_all(c):
    os.mkdir(c.path("queue"))
    os.chmod(c.path("queue"), 0o777)
    useless(c, c.path("queue"), "not queued")
    same(os.listdir(c.path("queue")), [], "what is there")


@case("directory = none: delivered, or 75")
def none(c):
    house = c.server()
    text = 'domain = "%s"\nqueue { directory = "none" }\n' % DOMAIN
    c.conf(text + c.account(house=house))
    c.send(SMALL, RCPT).exits(0).silent()
    c.conf(text + c.account('host = "127.0.0.1"', "port = %d" % free_port()))
    for mode in ([], ["-odb"], ["-odq"]):
        c.send(SMALL, *mode, RCPT).exits(75).says("refused")
    same(len(house.letters()), 1, "messages")
    check(not os.path.exists(c.path("state/posthorn/failed")), "a queue")


@case("no queue is named: the user's own, in $XDG_STATE_HOME")
def own(c):
    port = free_port()
    # The word makes it a configuration with a queue of its own choice.
    c.conf("# queue\n" + c.account('host = "127.0.0.1"', "port = %d" % port))
    c.send(SMALL, RCPT).exits(0)
    same(len([x for x in os.listdir(c.path("state/posthorn"))
              if len(x) == 16]), 1, "messages in the queue")
