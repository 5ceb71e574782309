# SPDX-License-Identifier: ISC
"""The scripted smarthost and a posthorn that sends to it, for the tests."""
import glob
import json
import os
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SMARTHOST = os.environ.get("SMARTHOST", TOP + "/build/t/smarthost")
POSTHORN = os.environ.get("POSTHORN", TOP + "/build/posthorn")
USER, PASSWORD = "robot@example.test", "tangerine-Secret"
SENDER = "sender@example.test"


def make_pki(work):
    """The throw-away CA, once for all servers."""
    subprocess.run([SMARTHOST, "--pki", work + "/pki", "--make-pki"],
                   check=True)


class Server:
    """One running smarthost; its records are there when it has ended."""

    def __init__(self, folder, pki, *args):
        os.makedirs(folder + "/state", exist_ok=True)
        self.folder, self.pki = folder, pki
        self.errors = open(folder + "/server.err", "w+b")
        self.process = subprocess.Popen(
            [SMARTHOST, "--pki", pki, "--out", folder, "--life", "40",
             *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.errors)
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise RuntimeError(self.errors.read().decode())
        self.port = int(line)

    def stop(self):
        """Ends it; returns the connections, in order."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()
        self.errors.seek(0)
        said = self.errors.read().decode("utf-8", "replace")
        self.errors.close()
        if said:
            raise RuntimeError("the smarthost: " + said)
        found = []
        for path in glob.glob(self.folder + "/conn-*.json"):
            with open(path) as f:
                found.append(json.load(f))
        return sorted(found, key=lambda c: c["connection"])


def configure(server, tls="starttls", login=True, extra=()):
    """Writes posthorn.conf for the server."""
    path = server.folder + "/posthorn.conf"
    lines = ['queue { directory = "none" }',
             'domain = "client.example.test"', 'account "test" {',
             '    host = "127.0.0.1"', "    port = %d" % server.port,
             '    tls = "%s"' % tls,
             '    tls-ca-file = "%s/ca.pem"' % server.pki]
    if login:
        lines += ['    user = "%s"' % USER, "    password = '%s'" % PASSWORD]
    lines += ["    " + x for x in extra] + ["}", ""]
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write("\n".join(lines))
    return path


class Sent:
    """What one call of posthorn did."""

    def __init__(self, server, conf, message, recipients, limit=20):
        env = {"PATH": "/usr/bin:/bin", "HOME": server.folder,
               "XDG_STATE_HOME": server.folder + "/state"}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_")):
                env[name] = value
        argv = os.environ.get("POSTHORN_UNDER", "").split()
        argv += [POSTHORN, "-C", conf, "-i", "-f", SENDER, *recipients]
        start = time.monotonic()
        try:
            p = subprocess.run(argv, input=message, env=env, timeout=limit,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
            self.exit, self.out, self.err = p.returncode, p.stdout, p.stderr
        except subprocess.TimeoutExpired as e:
            self.exit, self.out = "none, killed", e.stdout or b""
            self.err = e.stderr or b""
        self.seconds = time.monotonic() - start


class Tap:
    """Test results in TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, name, faults):
        self.count += 1
        self.failed += bool(faults)
        print("%sok %d - %s" % ("not " if faults else "", self.count, name))
        for fault in faults:
            print("# " + fault.replace("\n", "\n# "))

    def end(self):
        print("1..%d" % self.count)
        return 1 if self.failed else 0
