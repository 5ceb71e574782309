# SPDX-License-Identifier: ISC
"""The queue, run over a long way."""
import heapq
import os
import select
import socket
import threading
import time

from cases import case, check, same
from runner_rig import Queue, exactly

MANY = int(os.environ.get("RUNNER_MANY", "300"))


class Line(threading.Thread):
    """A TCP line to a port with a round trip of ms."""

    def __init__(self, port, ms):
        super().__init__(daemon=True)
        self.port, self.delay = port, ms / 2000
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.here = self.listener.getsockname()[1]
        self.peers, self.count, self.ended = {}, 0, False
        self.start()

    def accept(self):
        near = self.listener.accept()[0]
        far = socket.create_connection(("127.0.0.1", self.port))
        for s in (near, far):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.peers[near], self.peers[far] = far, near
        self.count += 1

    def run(self):
        due, order = [], 0
        while not self.ended:
            wait = max(0, due[0][0] - time.monotonic()) if due else 0.2
            ready = select.select([self.listener, *self.peers], [], [],
                                  wait)[0]
            for s in ready:
                if s is self.listener:
                    self.accept()
                    continue
                try:
                    data = s.recv(1 << 16)
                except OSError:
                    data = b""
                order += 1
                heapq.heappush(due, (time.monotonic() + self.delay, order,
                                     self.peers[s], data))
                if not data:
                    del self.peers[s]
            while due and due[0][0] <= time.monotonic():
                _, _, to, data = heapq.heappop(due)
                try:
                    if data:
                        to.sendall(data)
                    else:
                        to.shutdown(socket.SHUT_WR)
                except OSError:
                    pass


@case("%d messages over 50 ms: four connections, a flight a message" % MANY)
def far(c):
    house = c.server(offer="CHUNKING")
    line = Line(house.port, 50)
    q = Queue(c, test=line.here)
    q.enter(MANY)
    start = time.monotonic()
    q.run(limit=120).exits(0)
    seconds = time.monotonic() - start
    line.ended = True
    same(q.left(), [], "left")
    check(line.count <= 4, line.count, "connections")
    exactly(q, house)
    # A flight each, and ten for each session to begin and end.
    wanted = (MANY / 4 + 10) * 0.05
    check(seconds < 1.5 * wanted + 1, "%.1f s, wanted %.1f" % (
        seconds, wanted))
    print("# %d messages in %.1f s, %d connections, %.2f flights a message" %
          (MANY, seconds, line.count,
           seconds / 0.05 * line.count / MANY))
