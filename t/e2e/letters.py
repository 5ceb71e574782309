# SPDX-License-Identifier: ISC
"""letters.py SHAPE NAME FOLDER: writes FOLDER/letter.json, a letter of that
shape for a program to send: what it is, not how it is written."""
import json
import os
import random
import sys

ONE, TWO, THREE, FOUR = [["", who + "@dest.test"]
                         for who in ("one", "two", "three", "four")]
TEXT = "Hello,\nthis is text.\n"
PLAIN = {"from": ["", "web@dest.test"], "to": [ONE], "cc": [], "bcc": [],
         "subject": "", "text": TEXT, "sender": None, "file": None,
         "long": False, "crlf": False}
LONG = "".join(" word%d" % i for i in range(900))
SHAPES = {
    "plain": {},
    "other": {"to": [TWO], "text": ".\nAnother.\n"},
    "many": {"to": [ONE, TWO], "cc": [THREE], "bcc": [FOUR]},
    "only Bcc": {"to": [], "bcc": [ONE, TWO]},
    "UTF-8": {"from": ["Jürgen Müller", "web@dest.test"],
              "to": [['Zoë, "Z" Ångström', "one@dest.test"]],
              "subject": " Grüße, 📯 «naïve» café: " + "ÄÖÜ " * 20 + "end",
              "text": "Grüße 📯 naïve café\nΑΒΓ\n"},
    "dots": {"text": "First\n.dot in front\n..\n...\n..two in front\n"
                     "From here on\n\n.\nafter the dot   \n"},
    "long lines": {"long": True,
                   "text": "Short.\n" + LONG + "\n\n" +
                           LONG.replace("o", "ö") + "\nShort.\n"},
    "attachment": {"file": True},
    "sender": {"sender": "bounces@dest.test"},
    "CRLF": {"crlf": True, "to": [ONE, TWO]},
    "quoted name": {"from": ['Web, "the" Server', "web@dest.test"]},
    "no final newline": {"text": "No newline at the end"},
}


def main():
    shape, name, folder = sys.argv[1:]
    letter = {**PLAIN, **SHAPES[shape]}
    letter["subject"] = name + letter["subject"]
    if letter["file"]:
        letter["file"] = folder + "/blob.bin"
        with open(letter["file"], "wb") as f:
            f.write(random.Random(name).randbytes(120000))
        os.chmod(letter["file"], 0o644)
    with open(folder + "/letter.json", "w", encoding="utf-8") as f:
        json.dump(letter, f, indent=1)
    os.chmod(folder + "/letter.json", 0o644)


main()
