# SPDX-License-Identifier: ISC
"""Round trips of one small message, from connect() to its acceptance.

Counted by the scripted smarthost: a flight begins with the first octets that
come after the server has written; the TCP connection costs one more, and where
the server speaks first in clear its greeting another one.  The server answers
only when nothing more has come for 8 ms, so that a flight is a true wait.

What each round trip is for:

                          STARTTLS                 implicit TLS
                     TLS 1.3     TLS 1.2       TLS 1.3     TLS 1.2
    TCP                 1           1             1           1
    greeting            1           1             -           -
    EHLO                1           1             -           -
    STARTTLS            1           1             -           -
    ClientHello         1           1             1           1
    Finished            1           1             1           1
    EHLO                -           1             1           1
                      ---         ---           ---         ---
    before the mail     6           7             4           4

Over STARTTLS the client speaks first after the handshake: in TLS 1.3 its EHLO
rides with its Finished, in TLS 1.2 it has to wait for the server's.  With
implicit TLS the server speaks first, so that its greeting answers the client's
Finished in both versions.

Then, with A for AUTH PLAIN and its initial response, M for MAIL, R for RCPT, D
for DATA, B for BDAT LAST and the body, . for the body after 354:

    safe    no login                                MRD .               2
            PLAIN, first contact    A alone first   A MRD .             3
            PLAIN, known host       A in the group  AMRD .              2
    full    no login, CHUNKING      MRB                                 1
            no login, no CHUNKING   MRD .                               2
            PLAIN                   AMR B, without CHUNKING AMRD .      2
                    (never a body behind an AUTH that is not answered)
    off     no login                M R D .                             4
            PLAIN                   A before it                         5

So for TLS 1.3, STARTTLS / implicit: safe with PLAIN 9 / 7 and 8 / 6, without a
login 8 / 6; full with PLAIN 8 / 6, without a login 7 / 5.
"""
import concurrent.futures
import itertools
import os
import shutil
import sys
import tempfile

from smarthost import (PASSWORD, USER, Sent, Server, Tap, configure, make_pki)

MESSAGE = b"Subject: round trips\nTo: rcpt@example.test\n\nHello.\n"
NO, FIRST, KNOWN = "no login", "PLAIN, first contact", "PLAIN, known host"


def before_mail(tls, version):
    if tls == "implicit":
        return 4
    return 6 if version == "1.3" else 7


def for_mail(pipeline, login, chunking):
    if pipeline == "safe":
        return 3 if login == FIRST else 2
    if pipeline == "full":
        return 1 if login == NO and chunking else 2
    return 4 if login == NO else 5


def run(case, folder, pki):
    tls, version, pipeline, login, chunking = case
    args = ["--mode", tls, "--settle", "8",
            "--tls12" if version == "1.2" else "--tls13"]
    if login != NO:
        args += ["--user", USER, "--password", PASSWORD, "--auth", "PLAIN"]
    if not chunking:
        args += ["--withdraw", "CHUNKING"]
    server = Server(folder, pki, *args)
    try:
        conf = configure(server, tls, login != NO,
                         ['pipeline = "%s"' % pipeline])
        sent = [Sent(server, conf, MESSAGE, ["rcpt@example.test"])
                for _ in range(2 if login == KNOWN else 1)]
    finally:
        connections = server.stop()
    return sent, connections


def judge(case, folder, pki):
    try:
        sent, connections = run(case, folder, pki)
    except (OSError, RuntimeError) as e:
        return ["cannot be run: %s" % e]
    for call in sent:
        if call.exit != 0:
            return ["exit %s: %s" % (call.exit,
                                     call.err.decode("utf-8", "replace"))]
    if len(connections) != len(sent):
        return ["%d connections" % len(connections)]
    last = connections[-1]
    faults = ["too early: " + word for word in last["early"]
              if word != "body-before-RCPT" or case[2] != "full"]
    if last["tls"]["version"] != "TLS" + case[1]:
        faults.append("TLS is " + last["tls"]["version"])
    base = before_mail(case[0], case[1])
    wanted = base + for_mail(*case[2:])
    got = last["messages"][0]["round_trips"]
    if got != wanted:
        faults.append("%d round trips, wanted %d" % (got, wanted))
        faults += ["flight %d: %s" % (x["flight"], x["line"] or x["event"])
                   for x in last["commands"]]
    return faults


def main():
    cases = list(itertools.product(
        ("starttls", "implicit"), ("1.3", "1.2"), ("safe", "full", "off"),
        (FIRST, KNOWN, NO), (True, False)))
    work = tempfile.mkdtemp(prefix="roundtrips.")
    pki = work + "/pki"
    make_pki(work)
    tap = Tap()
    # Few at once: a client that is late looks like one that waits.
    with concurrent.futures.ThreadPoolExecutor(
            int(os.environ.get("JOBS", "2"))) as pool:
        jobs = [pool.submit(judge, c, "%s/%d" % (work, i), pki)
                for i, c in enumerate(cases)]
        for (tls, version, pipeline, login, chunking), job in zip(cases,
                                                                  jobs):
            wanted = (before_mail(tls, version) +
                      for_mail(pipeline, login, chunking))
            tap.result("%s, TLS %s, %s, %s, %s CHUNKING: %d" % (
                tls, version, pipeline, login,
                "with" if chunking else "without", wanted), job.result())
    shutil.rmtree(work)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
