#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Doubled words and a few that are often misspelt, in comments and texts."""
import pathlib
import re
import sys

DOUBLE = re.compile(r"\b([a-z]{2,})((?: |\n[\s*]*)+)\1\b")
ALLOWED = {"that", "had"}
WRONG = re.compile(r"\b(recieve\w*|seperat\w*|occured|occurence|adress\w*|"
                   r"refered|sucess\w*|lenght\w*|existant|teh|wich|"
                   r"parametr?es|paramter\w*|begining|untill|wether)\b", re.I)


def prose(path):
    """The text of a file that people read: (first line, text) pieces."""
    text = path.read_text(errors="replace")
    if path.suffix not in (".c", ".h"):	# indented lines are examples
        yield 1, re.sub(r"(?m)^[ \t].*$", "-", text)
        return
    for match in re.finditer(r"/\*.*?\*/", text, re.S):
        yield text.count("\n", 0, match.start()) + 1, match.group()


def check(path):
    for first, text in prose(path):
        for match in DOUBLE.finditer(text):
            if match.group(1) in ALLOWED:
                continue
            line = first + text.count("\n", 0, match.start())
            yield f"{path}:{line}: \"{match.group(1)}\" twice"
        for match in WRONG.finditer(text):
            line = first + text.count("\n", 0, match.start())
            yield f"{path}:{line}: \"{match.group()}\" is misspelt"


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    paths = [*sorted((top / "src").rglob("*.[ch]")),
             *sorted((top / "t").glob("*/*.[ch]")),
             *sorted((top / "man").glob("*")), *top.glob("README*")]
    complaints = [line for path in paths if path.is_file()
                  for line in check(path)]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
