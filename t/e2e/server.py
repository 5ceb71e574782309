# SPDX-License-Identifier: ISC
"""The server on standard input and output, and all who talk to it."""
import sys

import cases
# Each of these adds its cases; the first one borrows messages of others.
import server_corpus  # noqa: F401
import server_dialogues  # noqa: F401
import server_smuggling  # noqa: F401
import server_broken  # noqa: F401
import server_trace  # noqa: F401
import server_clients  # noqa: F401
import server_batch  # noqa: F401
import server_behind  # noqa: F401
import server_many  # noqa: F401

sys.exit(cases.main("server", sys.argv[1:]))
