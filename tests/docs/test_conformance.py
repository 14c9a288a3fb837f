#!/usr/bin/env python3
"""Goal: docs/conformance.md forgets no name of the specification's IDL and promises nothing that is not there.
Method: its tables are compared with webaudio_names.txt (the IDL's names; js/test/names.test.mjs compares those with
the IDL) in both directions, with the public headers, and with the tests they name. Then the page is spoilt in each
way that this must notice.

    test_conformance.py ROOT
"""
import functools
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1])
PAGE = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
NAMES = (ROOT / "tests/docs/webaudio_names.txt").read_text(encoding="utf-8")
HEADERS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "include/wavepool").glob("*.h")))
TYPES = re.findall(r"^WA_NODE\(\w+, (\w+),", (ROOT / "include/wavepool/node_types.def").read_text("utf-8"), re.M)
KINDS = ("interface", "dictionary", "enum", "callback")
NOT_IN_C = "not in C: "


def names_of_idl(text):
    """The lines of the list, without the kind of a member: `GainOptions.gain = 1.0`, `interface GainNode`."""
    return [line if line.split(" ")[0] in KINDS else line.split(" ", 1)[1] for line in text.splitlines()]


def rows_of_page(text):
    """(name as names_of_idl says it, C cell, test cell) of every row below "Every name"."""
    owner = None
    for line in text.split("\n## Every name\n")[1].splitlines():
        heading = re.fullmatch(r"### (\w+) (\w+)", line)
        row = re.fullmatch(r"\| (.+?) \| (.+?) \| (.+?) \|", line)
        if heading:
            owner = heading
        elif row and owner and row[1] in KINDS:
            yield f"{owner[1]} {owner[2]}", row[2], row[3]
        elif row and owner and row[2] != "C":
            yield f"{owner[2]}.{row[1].replace('`', '')}", row[2], row[3]


@functools.lru_cache(None)
def struct_body(name):
    found = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (name, name), HEADERS, re.DOTALL)
    return re.sub(r"/\*.*?\*/", "", found[1], flags=re.DOTALL) if found else ""


@functools.lru_cache(None)
def is_in_headers(c_name):
    if "." in c_name:
        struct, field = c_name.split(".")
        return re.search(r"\b%s\b" % field, struct_body(struct)) is not None
    if c_name.startswith("WA_NODE_TYPE_"):
        return c_name[len("WA_NODE_TYPE_"):] in TYPES
    return re.search(r"\b%s\b" % re.escape(c_name), HEADERS) is not None


@functools.lru_cache(None)
def text_of(path):
    file = ROOT / path
    return file.read_text(encoding="utf-8") if re.match(r"(tests|js/test)/", path) and file.is_file() else None


@functools.lru_cache(None)
def does_name(path, word):
    return re.search(r"\b%s\b" % re.escape(word), text_of(path) or "") is not None


def complaints_of_row(name, c_cell, test_cell):
    if text_of(test_cell) is None:
        yield f"{name}: there is no test {test_cell}"
    if c_cell.startswith(NOT_IN_C):
        if len(c_cell) < len(NOT_IN_C) + 10:
            yield f"{name}: no reason is given"
        return
    c_names = re.findall(r"`([\w.]+)`", c_cell)
    if not c_names or " ".join(f"`{each}`" for each in c_names) != c_cell:
        yield f"{name}: neither C names nor \"{NOT_IN_C}\": {c_cell}"
    for c_name in c_names:
        if not is_in_headers(c_name):
            yield f"{name}: {c_name} is in no public header"
        if not does_name(test_cell, c_name.split(".")[-1]):
            yield f"{name}: {test_cell} does not name {c_name}"


def complaints(page, names):
    rows = list(rows_of_page(page))
    listed = [row[0] for row in rows]
    wanted = names_of_idl(names)
    found = [f"{name} is not on the page" for name in wanted if name not in listed]
    found += [f"{name} is not in the IDL" for name in listed if name not in wanted]
    found += [f"{name} is there twice" for name in sorted(set(listed)) if listed.count(name) > 1]
    for row in rows:
        found += complaints_of_row(*row)
    return found


class Conformance(unittest.TestCase):
    def test_the_page_is_right(self):
        self.assertGreater(len(names_of_idl(NAMES)), 400)
        self.assertEqual(complaints(PAGE, NAMES), [])

    def test_what_is_wrong_is_noticed(self):
        row = "| `gain` = 1.0 | `wa_gain_options.gain` | tests/engine/test_defaults.c |\n"
        self.assertEqual(PAGE.count(row), 1)
        spoilt = {
            "GainOptions.gain = 1.0 is not on the page": "",
            "GainOptions.gain = 1.0 is there twice": row + row,
            "GainOptions.loss is not in the IDL": row + row.replace("gain` = 1.0", "loss`"),
            "GainOptions.gain = 2.0 is not in the IDL": row.replace("1.0", "2.0"),
            "wa_gain_options.loss is in no public header": row.replace("options.gain", "options.loss"),
            "wa_loss is in no public header": row.replace("wa_gain_options.gain", "wa_loss"),
            "WA_NODE_TYPE_LOSS is in no": row.replace("wa_gain_options.gain", "WA_NODE_TYPE_LOSS"),
            "there is no test tests/engine/test_none.c": row.replace("test_defaults", "test_none"),
            "tests/unit/test_slab.c does not name": row.replace("engine/test_defaults", "unit/test_slab"),
            "no reason is given": row.replace("`wa_gain_options.gain`", "not in C: no"),
            "neither C names nor": row.replace("`wa_gain_options.gain`", "there"),
        }
        for complaint, instead in spoilt.items():
            found = complaints(PAGE.replace(row, instead), NAMES)
            self.assertTrue(any(complaint in each for each in found), f"{complaint}: {found}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
