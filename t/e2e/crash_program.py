# SPDX-License-Identifier: ISC
"""Submissions, sessions and queue runs cut at system calls.  Afterwards: who
got exit 0 has a message that the next run delivers whole, or that was
delivered; nothing is half; who is refused for good is told of it, or still in
the queue."""
import getopt
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE) + "/crash")

import crash_server			# noqa: E402
import crash_several			# noqa: E402
import field				# noqa: E402
from crash_cut import ANN, BOB, NOBODY, Bench, Cut	# noqa: E402
from smarthost import Tap		# noqa: E402


def submission(token, people, *words):
    return (["-i", "-f", field.SENDER, *words, *people],
            field.letter(token, 200))


def scenarios(bench):
    three = [("a", [ANN, BOB]), ("b", [ANN]), ("c", [BOB])]
    new = [("new", ANN), ("new", BOB)]
    background = ['runner = "auto"', "min-retry = 1s", "max-retry = 1s"]
    yield Cut(bench, "submitting, smarthost down", [],
              submission("new", [ANN, BOB]), new, up=False)
    yield Cut(bench, "submitting, smarthost up", [],
              submission("new", [ANN, BOB]), new)
    yield Cut(bench, "submitting, one of two refused", [],
              submission("new", [ANN, NOBODY]),
              [("new", ANN), ("new", NOBODY)])
    yield Cut(bench, "submitting to the queue", [],
              submission("new", [ANN, BOB], "-odq"), new)
    yield Cut(bench, "submitting in the background", [],
              submission("new", [ANN, BOB], "-odb"), new, queue=background)
    yield Cut(bench, "running the queue", three, (["-q"], b""), [])
    yield Cut(bench, "running the queue, one recipient refused",
              [("a", [ANN, NOBODY])], (["-q"], b""), [])
    yield Cut(bench, "running the queue, smarthost down", three,
              (["-q"], b""), [], up=False)
    yield from crash_server.scenarios(bench)
    yield from crash_several.scenarios(bench)


def sweeps(cut, number, tap):
    """One scenario, cut in all its ways."""
    cut.begin()
    cut.prepare()
    faults = cut.count()
    tap.result(cut.name + ": without a cut", faults)
    print("# %s: %d calls" % (cut.name, cut.total))
    for name, deed, how in () if faults else cut.deeds:
        cut.options = how
        found = cut.sweep(cut.few if number is None else number, *deed)
        if found is None:
            print("ok - # SKIP calls cannot be made to fail here")
            continue
        tap.result("%s: %s" % (cut.name, name), found)
        sys.stdout.flush()
    cut.bench.host.down()


def main():
    options, parts = getopt.getopt(sys.argv[1:], "n:k")
    options = dict(options)
    number = int(options["-n"]) if "-n" in options else None
    seed = int(os.environ.get("SEED", random.randrange(10 ** 6)))
    random.seed(seed)
    bench, tap = Bench(), Tap()
    print("# SEED=%d" % seed)
    try:
        for cut in scenarios(bench):
            if not parts or any(cut.name.startswith(x) for x in parts):
                sweeps(cut, number, tap)
    finally:
        bench.end("-k" in options)
    print("# system calls killed: %d" % bench.killed)
    print("# faults injected: %d" % bench.injected)
    print("# delivered again: %d" % bench.again)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
