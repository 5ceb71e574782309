#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Measures src: functions, files, comments, lines.

A function's length is counted from the line with its name to its closing
brace.  The layout is KNF: the name stands at the beginning of a line, the
braces alone at the beginning of theirs; what looks otherwise is refused, so
that nothing escapes measuring.
"""
import pathlib
import re
import statistics
import sys

FUNCTION_MAX, FUNCTION_P90, FUNCTION_MEDIAN = 60, 40, 15
FILE_MAX = 450
COLUMNS = 80

NAME = re.compile(r"^([A-Za-z_]\w*)\(")
NOT_KNF = re.compile(r"^(?!struct |enum |union |typedef |static const |static "
                     r"struct |const )[A-Za-z_].*\)\s*\{\s*$")
SPDX = "/* SPDX-License-Identifier: ISC */"


def functions(lines):
    """(name, line number, length) of each definition."""
    name = start = None
    inside = False
    for i, line in enumerate(lines, 1):
        match = NAME.match(line)
        if match and not inside:
            name, start = match.group(1), i
        if line.rstrip() == "{" and name:
            inside = True
        elif line.startswith("}") and inside:
            yield name, start, i - start + 1
            name, inside = None, False
        elif line.endswith(";") and not inside:
            name = None


def comment_lines(text):
    """Lines touched by a comment."""
    count = 0
    for match in re.finditer(r"/\*.*?\*/", text, re.S):
        count += match.group().count("\n") + 1
    return count


def line_faults(path, lines):
    """What is wrong with single lines."""
    if not lines or lines[0] != SPDX:
        yield f"{path}:1: does not begin with {SPDX}"
    for i, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            yield f"{path}:{i}: more than {COLUMNS} columns"
        if line != line.rstrip():
            yield f"{path}:{i}: white space at the end"
        if re.match(r"\t* {5,}\S", line) and not line.lstrip().startswith("*"):
            yield f"{path}:{i}: indented by {len(line) - len(line.lstrip())}" \
                  " with blanks"
        if NOT_KNF.match(line):
            yield f"{path}:{i}: the brace and the name stand on lines of " \
                  "their own"


def check_file(path, sizes):
    """Complaints about one file; adds its functions' lengths to sizes."""
    text = path.read_text()
    lines = text.splitlines()
    yield from line_faults(path, lines)
    if len(lines) > FILE_MAX:
        yield f"{path}: {len(lines)} lines, more than {FILE_MAX}"
    if path.suffix != ".c":
        return
    for name, line, length in functions(lines):
        sizes.append(length)
        if length > FUNCTION_MAX:
            yield f"{path}:{line}: {name} has {length} lines, more than " \
                  f"{FUNCTION_MAX}"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    paths = sorted((top / "src").rglob("*.[ch]"))
    sizes, complaints = [], []
    for path in paths:
        complaints += check_file(path, sizes)
    sizes.sort()
    median = statistics.median(sizes)
    p90 = sizes[(len(sizes) * 9) // 10]
    if median > FUNCTION_MEDIAN:
        complaints.append(f"functions: median {median}, more than "
                          f"{FUNCTION_MEDIAN}")
    if p90 > FUNCTION_P90:
        complaints.append(f"functions: p90 {p90}, more than {FUNCTION_P90}")
    texts = [path.read_text() for path in paths]
    total = sum(text.count("\n") for text in texts)
    print("\n".join(complaints), end="\n" if complaints else "")
    print(f"{len(paths)} files, {total} lines, "
          f"{100 * sum(map(comment_lines, texts)) // total} % comment; "
          f"{len(sizes)} functions: median {median:g}, p90 {p90}, "
          f"max {sizes[-1]}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
