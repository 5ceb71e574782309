# SPDX-License-Identifier: ISC
"""Queue files, read and copied from outside."""
import fcntl
import os
import re

TABLE = []
for _i in range(256):
    _c = _i
    for _ in range(8):
        _c = _c >> 1 ^ (0x82f63b78 if _c & 1 else 0)
    TABLE.append(_c)


def crc32c(octets):
    c = 0xffffffff
    for x in octets:
        c = TABLE[(c ^ x) & 255] ^ c >> 8
    return c ^ 0xffffffff


def parts(octets):
    """(message, journal lines) of a queue file."""
    words = octets[:128].split()
    start, length = int(words[3]), int(words[4])
    return (octets[start:start + length],
            octets[start + length:].split(b"\n"))


def token(octets):
    found = re.search(rb"(?m)^X-Token: (\S+)\r$", parts(octets)[0])
    return found.group(1).decode() if found else None


def left_in_doubt(path):
    """The token of a message whose last attempt nobody noted the end of, and
    on which nobody works; else None."""
    try:
        with open(path, "rb") as f:
            fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
            octets = f.read()
    except OSError:
        return None
    lines = [x for x in parts(octets)[1] if b" " in x]
    if lines and lines[-1].split(b" ")[1:2] == [b"doubt"]:
        return token(octets)
    return None


def copies(path, folder, tokens):
    """The message again and again, each with its own token of the same
    length."""
    with open(path, "rb") as f:
        octets = f.read()
    was = token(octets).encode()
    words = octets[:128].split()
    stat = os.stat(path)
    for i, new in enumerate(tokens):
        name = ("c%015d" % i).encode()
        head = b"posthorn 1 %s %s %s " % (name, words[3], words[4])
        head += b"%08x" % crc32c(head)
        again = octets.replace(was, new.encode())
        again = head.ljust(127) + b"\n" + again[128:]
        to = os.path.join(folder, name.decode())
        fd = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, again)
        os.fchown(fd, stat.st_uid, stat.st_gid)
        os.utime(fd, (stat.st_atime, stat.st_mtime))
        os.close(fd)
