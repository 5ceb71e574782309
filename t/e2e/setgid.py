# SPDX-License-Identifier: ISC
"""A set-group-ID installation made by `make install-setgid', and its users.

Runs in a root of its own (root, setgid.sh) only: it makes users, and installs
where the program was configured to be.
"""
import os
import sys
import traceback

import setgid_install	# pylint: disable=unused-import
import setgid_users	# pylint: disable=unused-import
import setgid_rights	# pylint: disable=unused-import
from cases import Failed
from setgid_rig import CASES, Skip, empty, prepare

# ---- In order ------------------------------------------------------------

def one(name, act):
    """What is wrong, as lines; or a reason to skip, as text."""
    try:
        empty()
        act()
        return []
    except Skip as e:
        return str(e)
    except Failed as e:
        return ["%s" % e]
    except Exception:		# pylint: disable=broad-except
        return traceback.format_exc().split("\n")


def main(words):
    os.umask(0o022)
    prepare()
    failed = n = 0
    for name, act in CASES:
        wanted = not words or name.startswith("install-setgid makes") or \
            any(w in name for w in words)
        if not wanted:
            continue
        n += 1
        faults = one(name, act)
        if isinstance(faults, str):
            print("ok %d - %s # SKIP %s" % (n, name, faults), flush=True)
            continue
        failed += bool(faults)
        print("%sok %d - %s" % ("not " if faults else "", n, name))
        for line in faults:
            print("# " + line.replace("\n", "\n# ")[:2000])
        sys.stdout.flush()
    empty()
    print("1..%d" % n)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
