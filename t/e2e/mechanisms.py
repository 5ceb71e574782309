# SPDX-License-Identifier: ISC
"""Every AUTH mechanism against libsasl2 and libgsasl.

libsasl2 takes any channel binding and SCRAM-SHA-512; libgsasl has EXTERNAL and
a second view of -PLUS with tls-exporter and tls-unique.  OAUTHBEARER and
XOAUTH2, which neither has, are compared with the text they must be.
"""
import concurrent.futures
import os
import shutil
import sys
import tempfile

from smarthost import (PASSWORD, USER, Sent, Server, Tap, configure, make_pki)

MESSAGE = b"Subject: login\nTo: rcpt@example.test\n\nHello.\n"
TOKEN = "ya29.token-Secret"
SHA = ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512")


class Case:
    """One session and the login that must come out of it."""

    def __init__(self, library, mechanism, version="1.3", binding=None,
                 server=(), offered=None, tls="starttls", conf=(),
                 exit_status=0, note="", user=USER):
        self.library, self.mechanism = library, mechanism
        self.version, self.binding = version, binding
        self.server, self.tls = list(server), tls
        self.offered = offered or mechanism
        self.conf, self.exit, self.user = list(conf), exit_status, user
        self.name = "%s, %s, %s TLS %s%s%s" % (
            library, mechanism, tls, version,
            ", " + binding if binding else "", ", " + note if note else "")


def cases():
    for library in ("cyrus", "gsasl"):
        known = SHA if library == "cyrus" else SHA[:2]
        for m in known + ("CRAM-MD5", "PLAIN", "LOGIN"):
            yield Case(library, m)
            yield Case(library, m, "1.2", tls="implicit")
            yield Case(library, m, exit_status=77, note="wrong password",
                       conf=["password = 'wrong'"])
        for m in known:
            m += "-PLUS"
            yield Case(library, m, "1.3", "tls-exporter")
            yield Case(library, m, "1.2", "tls-unique")
            yield Case(library, m, "1.3", "tls-exporter", exit_status=77,
                       note="wrong password", conf=["password = 'wrong'"])
    for m in SHA:
        m += "-PLUS"
        end = ["--binding", "end-point"]
        yield Case("cyrus", m, "1.2", "tls-server-end-point",
                   end + ["--no-ems"], note="no extended master secret")
        yield Case("cyrus", m, "1.3", "tls-server-end-point", end,
                   note="the server's own choice")
        yield Case("cyrus", m, "1.3", "tls-server-end-point",
                   end + ["--leaf", "rsa"], note="RSA certificate")
    yield Case("cyrus", "SCRAM-SHA-256", server=["--binding", "none"],
               offered="SCRAM-SHA-256-PLUS SCRAM-SHA-256",
               note="-PLUS offered, no binding works")
    yield Case("gsasl", "SCRAM-SHA-1", server=["--iterations", "20000"],
               note="20,000 rounds")
    for library in ("cyrus", "gsasl"):
        for version in ("1.2", "1.3"):
            yield Case(library, "EXTERNAL", version, user="client",
                       server=["--client-ca", "PKI/ca.pem"],
                       conf=["!password",
                             'tls-certificate = "PKI/client.pem"',
                             'tls-key = "PKI/client.pem"'])
    for m in ("OAUTHBEARER", "XOAUTH2"):
        yield Case("own", m, server=["--token", TOKEN],
                   conf=["!password",
                         'token-command = {"/bin/echo", "%s"}' % TOKEN])
        yield Case("own", m, server=["--token", TOKEN], exit_status=77,
                   note="wrong token",
                   conf=["!password",
                         'token-command = {"/bin/echo", "another"}'])
    everything = " ".join(s + p for p in ("-PLUS", "") for s in SHA)
    yield Case("cyrus", "SCRAM-SHA-512-PLUS", binding="tls-exporter",
               offered="LOGIN PLAIN CRAM-MD5 " + everything,
               note="the strongest of all")
    yield Case("gsasl", "SCRAM-SHA-256-PLUS", binding="tls-exporter",
               offered="LOGIN PLAIN SCRAM-SHA-512 SCRAM-SHA-256-PLUS",
               note="-PLUS before a longer hash")


def account(case, pki):
    """The lines of the account; "!password" leaves it out."""
    lines = [x.replace("PKI", pki) for x in case.conf if x[0] != "!"]
    lines.append('user = "%s"' % case.user)
    if "!password" not in case.conf and \
            not any(x.startswith("password") for x in lines):
        lines.append("password = '%s'" % PASSWORD)
    return lines


def judge(case, folder, pki):
    args = ["--mode", case.tls, "--user", case.user, "--password", PASSWORD,
            "--auth", case.offered, "--sasl",
            "gsasl" if case.library == "gsasl" else "cyrus",
            "--tls12" if case.version == "1.2" else "--tls13"]
    args += [x.replace("PKI", pki) for x in case.server]
    try:
        server = Server(folder, pki, *args)
        try:
            conf = configure(server, case.tls, False, account(case, pki))
            sent = Sent(server, conf, MESSAGE, ["rcpt@example.test"])
        finally:
            connections = server.stop()
    except (OSError, RuntimeError) as e:
        return ["cannot be run: %s" % e]
    text = sent.err.decode("utf-8", "replace")
    if sent.exit != case.exit:
        return ["exit %s, wanted %d: %s" % (sent.exit, case.exit, text)]
    if case.exit != 0:
        taken = [m for c in connections for m in c["messages"]]
        return ["it was sent all the same"] if taken else []
    auth = connections[-1]["auth"]
    wanted = {"mechanism": case.mechanism, "binding": case.binding,
              "identity": case.user}
    return ["%s: %s, wanted %s" % (k, auth[k], v)
            for k, v in wanted.items() if auth[k] != v]


def main():
    work = tempfile.mkdtemp(prefix="mechanisms.")
    pki = work + "/pki"
    make_pki(work)
    tap, todo = Tap(), list(cases())
    with concurrent.futures.ThreadPoolExecutor(
            int(os.environ.get("JOBS", "4"))) as pool:
        jobs = [pool.submit(judge, c, "%s/%d" % (work, i), pki)
                for i, c in enumerate(todo)]
        for case, job in zip(todo, jobs):
            tap.result(case.name, job.result())
    shutil.rmtree(work)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
