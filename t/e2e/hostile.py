# SPDX-License-Identifier: ISC
"""Plays every script of t/smarthost/scripts (or those named) against posthorn.

A script's first comment line says what it shows; its "# key: value" lines say
what the client is told and what must come out:

    tls         starttls (default), implicit, off
    auth        mechanisms offered (PLAIN); none: no login is configured
    pipeline    safe (default), full, off
    rcpt        recipients (rcpt@example.test)
    runs        2: a first call that must succeed, same state folder
    conf        a further line of the account
    size        octets of the message's body (small)
    server      further options of the smarthost
    exit        0, or 75|76 where several are right
    stderr      regular expression, in any case
    messages    accepted by the server, in all runs (0)
    body        message octets that reached the last connection, at most
    never       commands that must not come (in the last run)
    need        commands that must
    early       words of "early" in the record that are allowed
    connections how many
    time        seconds the call may take (10)
"""
import base64
import concurrent.futures
import glob
import os
import re
import shutil
import sys
import tempfile

from smarthost import (PASSWORD, TOP, USER, Sent, Server, Tap, configure,
                       make_pki)

MARK = b"clementine"
BODY = b"""Subject: %s
To: rcpt@example.test

%s
.
..
VRFY smuggled
MAIL FROM:<smuggled@example.test>
RCPT TO:<smuggled@example.test>
DATA
.smuggled
QUIT
%s
""" % (MARK, MARK, MARK)


class Script:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len(".script")]
        self.keys = {}
        with open(path) as f:
            lines = f.read().split("\n")
        self.what = lines[0].lstrip("# ")
        for line in lines[1:]:
            m = re.match(r"# ([a-z]+): (.*)", line)
            if m:
                self.keys.setdefault(m[1], []).append(m[2])

    def get(self, key, default=None):
        return self.keys.get(key, [default])[0]

    def words(self, key):
        return (self.get(key) or "").split()


def message(script):
    text = BODY
    size = int(script.get("size", 0))
    if size > 0:
        text += (MARK + b" " * 60 + b"\n") * (size // 71)
    return text


def play(script, work):
    """Runs one script: (calls of posthorn, connections, recipients)."""
    folder = work + "/" + script.name
    tls, auth = script.get("tls", "starttls"), script.get("auth", "PLAIN")
    login = auth != "none"
    args = ["--script", script.path, "--settle", "2", "--mode",
            {"off": "plain"}.get(tls, tls)]
    if login:
        args += ["--user", USER, "--password", PASSWORD, "--auth", auth]
    server = Server(folder, work + "/pki", *args, *script.words("server"))
    try:
        extra = list(script.keys.get("conf", []))
        if "pipeline" in script.keys:
            extra.append('pipeline = "%s"' % script.get("pipeline"))
        conf = configure(server, tls, login, extra)
        recipients = script.get("rcpt", "rcpt@example.test").split()
        sent = [Sent(server, conf, message(script), recipients)
                for _ in range(int(script.get("runs", 1)))]
    finally:
        connections = server.stop()
    return sent, connections, recipients


def judge_call(script, sent):
    wanted = script.get("exit").split("|")
    last, text = sent[-1], sent[-1].err.decode("utf-8", "replace")
    for call in sent[:-1]:
        if call.exit != 0:
            yield "an earlier call ended with %s: %s" % (
                call.exit, call.err.decode("utf-8", "replace"))
    if str(last.exit) not in wanted:
        yield "exit %s, wanted %s" % (last.exit, script.get("exit"))
    if last.exit != 0 and not text.startswith("posthorn: "):
        yield "stderr does not say what failed: %r" % text
    if last.exit != 0 and re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", text):
        yield "control characters on stderr: %r" % text
    if script.get("stderr") and not re.search(script.get("stderr"), text,
                                              re.I | re.S):
        yield "stderr lacks /%s/: %r" % (script.get("stderr"), text)
    if PASSWORD in text:
        yield "stderr has the password"
    if last.out:
        yield "stdout: %r" % last.out
    if last.seconds > float(script.get("time", 10)):
        yield "took %.1f s" % last.seconds


def judge_commands(script, connections):
    allowed = set(script.words("early")) | {"handshake-failed"}
    last = connections[-1:] if script.get("runs") else connections
    for c in connections:
        for word in sorted(set(c["early"]) - allowed):
            yield "connection %d: too early: %s" % (c["connection"], word)
        if c["bare_lf"] or c["bare_cr"]:
            yield "connection %d: bare CR or LF" % c["connection"]
        for x in c["commands"]:
            if "smuggled" in x["line"]:
                yield "a line of the message became a command: " + x["line"]
    seen = {x["event"] for c in last for x in c["commands"]}
    for verb in script.words("never"):
        if verb in seen:
            yield "%s was sent" % verb
    for verb in script.words("need"):
        if verb not in seen:
            yield "%s was not sent" % verb


def judge_messages(script, sent, connections, recipients, work):
    taken = [m for c in connections for m in c["messages"] if m["accepted"]]
    wanted = script.get("messages", "0").split("|")
    if str(len(taken)) not in wanted:
        yield "%d messages, wanted %s" % (len(taken), script.get("messages"))
    end = message(script).split(b"\n\n", 1)[1].replace(b"\n", b"\r\n")
    for m in taken:
        with open("%s/%s/%s" % (work, script.name, m["file"]), "rb") as f:
            data = f.read()
        if not data.endswith(b"\r\n\r\n" + end):
            yield "other octets arrived: %r" % data[-300:]
    got = sorted(r for m in taken for r in m["rcpt"])
    if len(set(got)) != len(got) and not script.get("runs"):
        yield "a recipient twice: %s" % got
    if sent[-1].exit == 0 and len(got) != len(recipients) * len(sent):
        yield "exit 0, but these have it: %s" % got
    body = script.get("body")
    if body is not None and connections and \
            connections[-1]["body_octets"] > int(body):
        yield "%d message octets reached the server" % \
            connections[-1]["body_octets"]


def judge_secrecy(script, work):
    """Nothing of worth without TLS, where TLS was asked for."""
    if script.get("tls") == "off":
        return
    plain = ("\0%s\0%s" % (USER, PASSWORD)).encode()
    secrets = [MARK, PASSWORD.encode(), base64.b64encode(plain),
               base64.b64encode(PASSWORD.encode()), b"smuggled"]
    for path in glob.glob("%s/%s/conn-*.clear" % (work, script.name)):
        with open(path, "rb") as f:
            data = f.read()
        for secret in secrets:
            if secret in data:
                yield "%r went out in clear" % secret


def judge(script, work):
    try:
        sent, connections, recipients = play(script, work)
    except (OSError, RuntimeError) as e:
        return ["cannot be run: %s" % e]
    faults = list(judge_call(script, sent))
    faults += judge_commands(script, connections)
    faults += judge_messages(script, sent, connections, recipients, work)
    faults += judge_secrecy(script, work)
    wanted = script.get("connections")
    if wanted and len(connections) != int(wanted):
        faults.append("%d connections" % len(connections))
    if faults:
        faults.append("stderr: " + sent[-1].err.decode("utf-8", "replace"))
    return faults


def main(names):
    folder = TOP + "/t/smarthost/scripts/"
    paths = [folder + n + ".script" for n in names]
    scripts = [Script(p) for p in paths or
               sorted(glob.glob(folder + "*.script"))]
    work = tempfile.mkdtemp(prefix="hostile.")
    make_pki(work)
    tap = Tap()
    with concurrent.futures.ThreadPoolExecutor(
            int(os.environ.get("JOBS", "4"))) as pool:
        for script, faults in zip(scripts, pool.map(
                lambda s: judge(s, work), scripts)):
            tap.result("%s: %s" % (script.name, script.what), faults)
    if os.environ.get("KEEP"):
        print("# kept: " + work)
    else:
        shutil.rmtree(work)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
