# SPDX-License-Identifier: ISC
"""A queue in use, seen from the caller's side.

The cases mostly wait, so many run side by side.
"""
import os
import sys

import cases
import queue_modes	# pylint: disable=unused-import
import queue_patience	# pylint: disable=unused-import
import queue_shared	# pylint: disable=unused-import
import queue_refused	# pylint: disable=unused-import
import queue_limits	# pylint: disable=unused-import
import queue_odd	# pylint: disable=unused-import
import queue_faults	# pylint: disable=unused-import

if __name__ == "__main__":
    os.environ.setdefault("JOBS", "10")
    sys.exit(cases.main("handover", sys.argv[1:]))
