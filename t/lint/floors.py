#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reads the floors and every #include of src: no arrow goes up or right.

A room is a floor and a name, its .c and its .h.  Floors stand in t/lint/floors,
lowest first, rooms from left to right; ASIDE do not see each other.
"""
import pathlib
import re
import sys

ASIDE = {("conf", "net"), ("net", "conf")}

# Who may include what is not ours.  A name that ends in "/" is a whole floor.
LIBRARIES = {
    "confuse.h": ["conf/grammar"],
    "gnutls/": ["mail/", "net/", "smtp/"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def read_floors(path):
    """Rooms in order, as {(floor, name): (storey, place)}."""
    rooms = {}
    lines = [line.split() for line in path.read_text().splitlines()
             if line.strip() and not line.startswith("#")]
    storey = -1
    for i, (floor, *names) in enumerate(lines):
        if i == 0 or (lines[i - 1][0], floor) not in ASIDE:
            storey += 1
        for place, name in enumerate(names):
            rooms[floor, name] = storey, place
    return rooms


def room_of(path):
    """The room of "floor/name.c" or "floor/name.h", None for main.c."""
    parts = pathlib.PurePath(path).with_suffix("").parts
    return parts if len(parts) == 2 else None


def judge_arrow(rooms, here, there):
    """What is wrong with here including there, or None."""
    if there not in rooms:
        return "is on no floor"
    if here is None or here == there:
        return None
    if (here[0], there[0]) in ASIDE:
        return "is beside it, and they do not see each other"
    if rooms[there][0] > rooms[here][0]:
        return "is above it"
    if here[0] == there[0] and rooms[there][1] > rooms[here][1]:
        return "is to its right"
    return None


def may_use(here, header):
    """Is this room (None: main.c) allowed this foreign header?"""
    for library, users in LIBRARIES.items():
        if header.startswith(library):
            return here is not None and (
                "/".join(here) in users or here[0] + "/" in users)
    return True


def find_cycle(arrows):
    """Rooms that include each other in a ring, or None."""
    done, path = set(), []

    def visit(room):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        path.append(room)
        for other in sorted(arrows.get(room, ())):
            ring = visit(other)
            if ring:
                return ring
        path.pop()
        done.add(room)
        return None

    for room in sorted(arrows):
        ring = visit(room)
        if ring:
            return ring
    return None


def includes(path):
    """(line number, "<" or '"', header) of every include."""
    for i, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield i, match.group(1), match.group(2)


def check(src, rooms):
    """Every complaint, as a line."""
    arrows = {}
    for path in sorted(src.rglob("*.[ch]")):
        here = room_of(path.relative_to(src))
        if here is not None and here not in rooms:
            yield f"{path}: stands on no floor (t/lint/floors)"
            continue
        for line, kind, header in includes(path):
            there = room_of(header)
            at = f"{path}:{line}: {header}"
            if not may_use(here, header):
                yield f"{at} is not for this file"
            if kind == "<" or not (src / header).exists() or not there:
                continue
            wrong = judge_arrow(rooms, here, there)
            if wrong:
                yield f"{at} {wrong}"
            if here is not None and here != there:
                arrows.setdefault(here, set()).add(there)
    ring = find_cycle(arrows)
    if ring:
        yield "cycle: " + " -> ".join("/".join(room) for room in ring)


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    rooms = read_floors(top / "t/lint/floors")
    complaints = list(check(top / "src", rooms))
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
