# SPDX-License-Identifier: ISC
"""All that can be in a message, its envelope, its caller and its servers."""
import sys

import cases
# Each of these adds its cases.
import message_octets  # noqa: F401
import message_header  # noqa: F401
import message_envelope  # noqa: F401
import message_hostile  # noqa: F401
import message_servers  # noqa: F401
import message_callers  # noqa: F401
import message_trouble  # noqa: F401

sys.exit(cases.main("messages", sys.argv[1:]))
