# SPDX-License-Identifier: ISC
"""A set-group-ID installation made by `make install-setgid', and its users.

Runs in a root of its own (root, setgid.sh) only: it makes users, and installs
where the program was configured to be.
"""
import sys

import setgid_install	# pylint: disable=unused-import
import setgid_users	# pylint: disable=unused-import
import setgid_rights	# pylint: disable=unused-import
from setgid_rig import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
