# SPDX-License-Identifier: ISC
"""Cases that run the built program against the scripted smarthost.

A case is a function that gets a Case and says check(...) of what it sees.
Each has a folder of its own, and in it servers, a configuration and a state
folder; all are run, several at once, and told in TAP.
"""
import base64
import concurrent.futures
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

from smarthost import POSTHORN, SENDER, TOP, Server, Tap, make_pki

DOMAIN = "client.example.test"
RCPT = "rcpt@example.test"
SMALL = b"Subject: small\n\nHello.\n"


def user():
    """Login name and full name of who runs this, as posthorn sees them."""
    try:
        found = pwd.getpwuid(os.getuid())
    except KeyError:
        return "uid%d" % os.getuid(), ""
    name = found.pw_name
    return name, found.pw_gecos.split(",")[0].replace(
        "&", name[:1].upper() + name[1:])


class Failed(Exception):
    """What a case saw and did not want."""


def check(true, *words):
    if not true:
        raise Failed(" ".join(w if isinstance(w, str) else repr(w)
                              for w in words))


def same(got, wanted, what="got"):
    check(got == wanted, what, "is", short(got), "wanted", short(wanted))


def short(x):
    return x if not isinstance(x, bytes) or len(x) < 600 else \
        x[:300] + b" ... " + x[-280:]


def traces(secret):
    """What a secret looks like, raw and anywhere in base64."""
    if isinstance(secret, str):
        secret = secret.encode()
    found = [secret]
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)
        # The first and last characters hold bits of the neighbours.
        found.append(text[(0, 2, 3)[shift]:len(text) // 4 * 4 - 4])
    return found


class Result:
    """What one call did."""

    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.seconds = status, out, seconds
        self.bytes = err
        self.err = err.decode("utf-8", "replace")

    def exits(self, *wanted):
        check(self.status in wanted, "exit %s, not %s: %s" % (
            self.status, wanted, self.err))
        return self

    def says(self, *words):
        for word in words:
            check(word.lower() in self.err.lower(), "stderr lacks", word,
                  "in:", self.err)
        return self

    def silent(self):
        check(not self.err and not self.out, "it said", self.err)
        return self


class Letter:
    """One accepted message."""

    def __init__(self, folder, record):
        self.mail = record["mail"]
        # Our own notices ask for none.
        self.rcpt = [r[len("RCPT TO:"):].replace("> NOTIFY=NEVER", ">")
                     for r in record["rcpt"]]
        self.how, self.octets = record["how"], record["octets"]
        self.mechanism = record["mechanism"]
        with open(folder + "/" + record["file"], "rb") as f:
            self.data = f.read()
        self.head, _, self.body = self.data.partition(b"\r\n\r\n")
        self.head += b"\r\n"

    def fields(self, name):
        """The bodies of all fields of that name, unfolded."""
        text = self.head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
        return [line.partition(b":")[2].strip().decode("latin-1")
                for line in text.split(b"\r\n")
                if line.partition(b":")[0].strip().lower() ==
                name.lower().encode()]

    def field(self, name):
        found = self.fields(name)
        check(len(found) == 1, "%d fields %s" % (len(found), name),
              self.head)
        return found[0]

    def path(self):
        return self.mail[len("MAIL FROM:"):].split(" ")[0]

    def size(self):
        words = [w for w in self.mail.split(" ") if w.startswith("SIZE=")]
        same(len(words), 1, "SIZE words in " + self.mail)
        return int(words[0][5:])


class House(Server):
    """A smarthost with what came of it."""

    def __init__(self, folder, pki, *args):
        super().__init__(folder, pki, *args)
        self.ended = None

    def stop(self):
        if self.ended is None:
            self.ended = super().stop()
        return self.ended

    def letters(self):
        return [Letter(self.folder, m) for c in self.stop()
                for m in c["messages"] if m["accepted"]]

    def letter(self):
        found = self.letters()
        same(len(found), 1, "messages")
        return found[0]

    def nothing(self):
        """Not one octet of a message, not one transaction."""
        for c in self.stop():
            same(c["body_octets"], 0, "message octets")
            same([x["line"] for x in c["commands"]
                  if x["event"] in ("MAIL", "DATA", "BDAT")], [], "commands")

    def commands(self, event=None):
        return [x["line"] for c in self.stop() for x in c["commands"]
                if event in (None, x["event"]) and x["line"]]

    def auths(self):
        """[mechanism, initial response...] of each AUTH command."""
        return [line.decode().split()[1:]
                for line in self.wire().split(b"\r\n")
                if line[:5].upper() == b"AUTH "]

    def wire(self, suffix="in"):
        data = b""
        for c in self.stop():
            path = "%s/conn-%d.%s" % (self.folder, c["connection"], suffix)
            with open(path, "rb") as f:
                data += f.read()
        return data


class Case:
    def __init__(self, folder, pki):
        self.folder, self.pki = folder, pki
        self.houses, self.calls = [], []
        os.makedirs(folder + "/state")
        self.conf_path = folder + "/posthorn.conf"

    def server(self, *args, mode="plain", script=None, **options):
        """Starts one; options: user="x" is --user x, tls12=True --tls12."""
        argv = ["--mode", mode]
        folder = "%s/server-%d" % (self.folder, len(self.houses))
        for name, value in options.items():
            argv.append("--" + name.replace("_", "-"))
            argv += [] if value is True else [str(value)]
        if script is not None:
            argv += ["--script", self.file("script-%d" % len(self.houses),
                                           script)]
        self.houses.append(House(folder, self.pki, *argv, *args))
        return self.houses[-1]

    def file(self, name, text, mode=0o600):
        """At once: nobody sees half of it."""
        path = self.folder + "/" + name
        with open(path + ".half", "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path + ".half", mode)
        os.replace(path + ".half", path)
        return path

    def path(self, name):
        return self.folder + "/" + name

    def conf(self, text, mode=0o600):
        """Without a queue, unless the text has one (or is no good)."""
        if 'account "' in text and "queue" not in text and \
                text.count("{") == text.count("}"):
            text += 'queue { directory = "none" }\n'
        self.conf_path = self.file("posthorn.conf", text, mode)
        return self.conf_path

    def account(self, *lines, name="test", house=None, host=None):
        """An account's text for a server without TLS or login."""
        if house is not None:
            lines += ('host = "127.0.0.1"', "port = %d" % house.port)
        if host is not None:
            lines += ("host = " + host,)
        if not any(line.startswith("tls = ") for line in lines):
            lines += ('tls = "off"',)
        return 'account "%s" {\n\t%s\n}\n' % (name, "\n\t".join(lines))

    def plain(self, house, *lines, top=()):
        """The configuration of most cases."""
        return self.conf("\n".join((
            'domain = "%s"' % DOMAIN, "log { syslog = false file = \"%s\" }" %
            self.path("log"), *top, self.account(*lines, house=house))))

    def environment(self, more):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.folder,
               "XDG_STATE_HOME": self.folder + "/state",
               "XDG_CONFIG_HOME": self.folder + "/config"}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
                env[name] = value
        env.update(more or {})
        return env

    def argv(self, *args, conf=True):
        argv = os.environ.get("POSTHORN_UNDER", "").split() + [POSTHORN]
        return argv + (["-C", self.conf_path] if conf else []) + list(args)

    def call(self, argv, message=None, env=None, limit=40, **more):
        start = time.monotonic()
        if "stdin" not in more:
            more["input"] = message
        try:
            p = subprocess.run(
                argv, env=self.environment(env), timeout=limit,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        except subprocess.TimeoutExpired as e:
            raise Failed("still running after %d s: %r" % (
                limit, e.stderr)) from None
        self.calls.append(Result(p.returncode, p.stdout, p.stderr,
                                 time.monotonic() - start))
        return self.calls[-1]

    def send(self, message, *args, f=SENDER, **more):
        """-i -f SENDER ARGS, the message on a pipe."""
        sender = ["-f", f] if f is not None else []
        return self.call(self.argv("-i", *sender, *args), message, **more)

    def shell(self, script, *args, message=None, **more):
        """A caller written in sh: "$@" is the program with its arguments."""
        return self.call(["sh", "-c", script, "sh", *self.argv(*args)],
                         message, **more)

    def log(self):
        try:
            with open(self.path("log"), "rb") as f:
                return f.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def secret(self, *secrets):
        """None of them shows in what people see or what goes in clear."""
        seen = [("stderr", c.bytes) for c in self.calls]
        seen += [("stdout", c.out) for c in self.calls]
        seen.append(("log", self.log().encode()))
        for house in self.houses:
            if "plain" not in house.process.args:
                seen.append(("clear", house.wire("clear")))
        for root, _, names in os.walk(self.folder + "/state"):
            for name in names:
                with open(os.path.join(root, name), "rb") as f:
                    seen.append(("state", f.read()))
        for secret in secrets:
            for trace in traces(secret):
                for where, data in seen:
                    check(trace not in data, where, "has the secret", trace)

    def end(self):
        for house in self.houses:
            house.stop()


cases = []


def case(name):
    """Decorator: this function is a case."""
    def note(function):
        cases.append((name, function))
        return function
    return note


def run(job):
    name, function, folder, pki = job
    c = Case(folder, pki)
    try:
        function(c)
        faults = []
    except Failed as e:
        faults = [str(e)]
    except Exception:  # pylint: disable=broad-except
        faults = [traceback.format_exc()]
    try:
        c.end()
    except Exception:  # pylint: disable=broad-except
        faults.append(traceback.format_exc())
    for result in c.calls:
        if b"Sanitizer" in result.bytes or b"runtime error" in result.bytes:
            faults.append("sanitizer: " + result.err[-2000:])
    if faults and c.calls:
        faults.append("last exit %s, stderr: %s" % (c.calls[-1].status,
                                                    c.calls[-1].err[-2000:]))
    return faults


def main(prefix, names):
    """Runs all, or those with one of the words in their name."""
    chosen = [x for x in cases
              if not names or any(n in x[0] for n in names)]
    work = tempfile.mkdtemp(prefix=prefix + ".")
    os.chmod(work, 0o755)
    tap = Tap()
    try:
        make_pki(work)
        jobs = [(name, function, "%s/%d" % (work, i), work + "/pki")
                for i, (name, function) in enumerate(chosen)]
        with concurrent.futures.ThreadPoolExecutor(
                int(os.environ.get("JOBS", "4"))) as pool:
            for job, faults in zip(jobs, pool.map(run, jobs)):
                tap.result(job[0], faults)
                sys.stdout.flush()
    finally:
        if os.environ.get("KEEP"):
            print("# kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    return tap.end()


__all__ = ["DOMAIN", "RCPT", "SENDER", "SMALL", "TOP", "Failed", "case",
           "check", "main", "same", "traces", "user"]
