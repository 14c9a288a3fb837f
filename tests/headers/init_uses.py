#!/usr/bin/env python3
"""Write one use of each WA_<NAME>_INIT macro of the public headers: init_uses.py OUTPUT FOLDER.

WA_GAIN_OPTIONS_INIT makes a wa_gain_options. The output calls USE(type, macro) for each, and defines
INIT_COUNT_MIN: how many there were when this was last looked at, so that a scan that finds nothing fails.
"""
import pathlib
import re
import sys

COUNT_MIN = 18


def main(output, folder):
    names = []
    for path in sorted(pathlib.Path(folder).glob("*.h")):
        names += re.findall(r"^#define (WA_\w+_INIT)(?!\()\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    lines = [f"USE({name.removesuffix('_INIT').lower()}, {name})" for name in names]
    lines.insert(0, f"INIT_COUNT({len(names)}, {COUNT_MIN})")
    text = "\n".join(lines) + "\n"
    path = pathlib.Path(output)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
