#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Reads the objects: writable globals, and who really calls whom.

Includes can hide a call (a prototype in one header, the function in another
file), objects cannot.  Calls go down the floors or stay on one, without
cycles between files.
"""
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
from floors import find_cycle, read_floors, room_of, ASIDE  # noqa: E402

GLOBALS_MAX = 3
GLOBALS_IN = {("base", "log"), ("base", "clock"), ("front", "patience")}
CALLS_MAX = 8			# out of one file, the ground floor not counted
CALLS_MEAN = 3.0

# address, flags (l: local, g: global), section, size, name
SYMBOL = re.compile(r"^[0-9a-f]{8,} (.{7}) (\S+)\s+([0-9a-f]+)\s+"
                    r"(?:\.hidden )?(\S+)$")
WRITABLE = re.compile(r"^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)"
                      r"(?!\.rel\.ro)")


def symbols(path):
    """(flags, section, size, name) of an object's symbols."""
    text = subprocess.run(["objdump", "-t", str(path)], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        match = SYMBOL.match(line)
        if match:
            flags, section, size, name = match.groups()
            yield flags, section, int(size, 16), name


def read_objects(build):
    """{room: (writable, defined, undefined)}"""
    objects = {}
    for path in sorted(build.glob("*/*.o")):
        room = room_of(path.relative_to(build))
        if not pathlib.Path("src", *room).with_suffix(".c").exists():
            continue
        writable, defined, undefined = [], set(), set()
        for flags, section, size, name in symbols(path):
            if section == "*UND*":
                undefined.add(name)
            elif "F" in flags and flags[0] == "g":
                defined.add(name)
            elif size > 0 and WRITABLE.match(section):
                writable.append((name, flags[0] == "l"))
        objects[room] = writable, defined, undefined
    return objects


def check_globals(objects):
    count = 0
    for room, (writable, _, _) in objects.items():
        for name, local in writable:
            count += 1
            where = "src/" + "/".join(room) + ".c"
            if room not in GLOBALS_IN:
                yield f"{where}: {name} is writable"
            elif not local:
                yield f"{where}: {name} is writable and not static"
    if count > GLOBALS_MAX:
        yield f"{count} writable globals, more than {GLOBALS_MAX}"


def read_calls(objects):
    """{room: rooms it calls}"""
    home = {name: room for room, (_, defined, _) in objects.items()
            for name in defined}
    return {room: {home[name] for name in undefined
                   if name in home and home[name] != room}
            for room, (_, _, undefined) in objects.items()}


def check_calls(calls, rooms):
    for room, others in sorted(calls.items()):
        where = "src/" + "/".join(room) + ".c"
        for other in sorted(others):
            if room not in rooms or other not in rooms:
                continue	# floors.py complains
            if rooms[other][0] > rooms[room][0] or \
                    (room[0], other[0]) in ASIDE:
                yield f"{where}: calls up, into {'/'.join(other)}"
        out = [other for other in others if other[0] != "base"]
        if len(out) > CALLS_MAX:
            yield f"{where}: calls into {len(out)} files, more than " \
                  f"{CALLS_MAX}: " + " ".join(
                      sorted("/".join(other) for other in out))
    ring = find_cycle(calls)
    if ring:
        yield "calls in a cycle: " + " -> ".join(
            "/".join(room) for room in ring)


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    objects = read_objects(build)
    if not objects:
        print(f"{build}: no objects, run make first")
        return 1
    rooms = read_floors(pathlib.Path("t/lint/floors"))
    calls = read_calls(objects)
    complaints = [*check_globals(objects), *check_calls(calls, rooms)]
    arrows = sum(len([r for r in others if r[0] != "base"])
                 for others in calls.values())
    mean = arrows / len(calls)
    if mean > CALLS_MEAN:
        complaints.append(f"{mean:.1f} files called by one on the mean, more "
                          f"than {CALLS_MEAN}")
    print("\n".join(complaints), end="\n" if complaints else "")
    print(f"{len(objects)} objects, {mean:.1f} arrows each")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
