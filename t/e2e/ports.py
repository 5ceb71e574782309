# SPDX-License-Identifier: ISC
"""Ports for servers that come later."""

import random
import socket

ports = iter(random.sample(range(10000, 30000), 20000))


def free_port():
    """A port where nobody listens, and nobody will by chance: not one of those
    that the system gives away."""
    for port in ports:
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
