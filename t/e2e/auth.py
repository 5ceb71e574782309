# SPDX-License-Identifier: ISC
"""Every mechanism against a server side that is not ours.

All cases run with -v: no secret may show, raw or in base64, in what it prints,
in the log, in the state folder, or on the wire before TLS.
"""
import sys

import cases
# Each of these adds its cases.
import login_mechanisms  # noqa: F401
import login_choice  # noqa: F401

sys.exit(cases.main("auth", sys.argv[1:]))
