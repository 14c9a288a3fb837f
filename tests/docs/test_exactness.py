#!/usr/bin/env python3
"""Goal: docs/exactness.md has a row for every node type, and says nothing that no test shows.
Method: its tables are compared with node_types.def, and every test it cites with that test's source: the file is
there, the function is there and is run, a row that is quoted is there, and the figure that a type is said to keep to
is one that its test holds it to. Then the page is spoilt in each way that this must notice.

    test_exactness.py ROOT
"""
import functools
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1])
PAGE = (ROOT / "docs/exactness.md").read_text(encoding="utf-8")
TYPES = re.findall(r"^WA_NODE\((\w+),", (ROOT / "include/wavepool/node_types.def").read_text("utf-8"), re.M)
# A file and what of it: functions in backquotes, rows of its tables in quotes.
CITATION = re.compile(r"((?:tests|js/test)/[\w./]+\.(?:c|mjs))(?:: ((?:`\w+`|\"[^\"]+\")(?: (?:`\w+`|\"[^\"]+\"))*))?")
FIGURE = re.compile(r"-\d+\.\d(?= dB)|\b\d+e-\d+")


@functools.lru_cache(None)
def source(path):
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


@functools.lru_cache(None)
def count(path, name):
    return len(re.findall(r"\b%s\b" % name, source(path)))


def section(page, title):
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table_rows(text):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in rows if not set(row[0]) <= set("-")]


def complaints_of_citations(page):
    for path, what in CITATION.findall(page):
        text = source(path)
        if text is None:
            yield f"there is no {path}"
            continue
        for name in re.findall(r"`(\w+)`", what):
            if count(path, name) < 2:  # where it is, and where it is run
                yield f"{path} has no {name}, or does not run it"
        for row in re.findall(r"\"([^\"]+)\"", what):
            if f'"{row}"' not in text:
                yield f"{path} has no row \"{row}\""


def complaints_of_errors(page):
    rows = table_rows(section(page, "Each type"))[1:]
    for symbol in TYPES:
        if not any(row[0].split(",")[0] == f"`{symbol}`" for row in rows):
            yield f"{symbol} has no error"
    for name, error, tests in rows:
        texts = [source(path) or "" for path, what in CITATION.findall(tests) if what]
        if not texts:
            yield f"{name} is shown by nothing"
        figures = FIGURE.findall(error)
        if not figures and not re.search(r"\bto the bit\b", error):
            yield f"{name} has no figure"
        for figure in figures:
            if not any(figure in text for text in texts):
                yield f"{name}: no test of it holds it to {figure}"


def complaints_of_matrix(page):
    text = section(page, "Each type, each awkward row")
    legend = set(re.findall(r"\*\*([A-Z])\*\*", text))
    head, *rows = table_rows(text)
    for symbol in TYPES:
        if sum(row[0] == f"`{symbol}`" for row in rows) != 1:
            yield f"{symbol} has no row, or two, among the awkward ones"
    for row in rows:
        if len(row) != len(head):
            yield f"{row[0]} has {len(row)} cells, not {len(head)}"
        for cell in row[1:]:
            if cell != "–" and not set(cell.split()) <= legend:
                yield f"{row[0]}: what is {cell}?"
    for title in head[1:]:
        if not re.search(r"\*[^*\n]*\b%s\b[^*\n]*\*" % title.replace("-", "."), text):
            yield f"the column {title} is not explained"


def complaints(page):
    found = list(complaints_of_citations(page)) + list(complaints_of_errors(page)) + list(complaints_of_matrix(page))
    for title in ("The rules that engines get wrong", "Where the text contradicts itself"):
        for row in table_rows(section(page, title))[1:]:
            if not CITATION.search(row[-1]):
                found.append(f"nothing shows: {row[0]}")
    return found


class Exactness(unittest.TestCase):
    def test_the_page_is_right(self):
        self.assertGreater(len(CITATION.findall(PAGE)), 90)
        self.assertEqual(complaints(PAGE), [])

    def test_what_is_wrong_is_noticed(self):
        spoilt = [
            ("| `gain` | -140.0 dB |", "| `loss` | -140.0 dB |", "gain has no error"),
            ("| `gain` | -140.0 dB |", "| `gain` | -190.0 dB |", "holds it to -190.0"),
            ("| `gain` | -140.0 dB |", "| `gain` | small |", "has no figure"),
            ("| `gain` | E N |", "| `loss` | E N |", "gain has no row"),
            ("| `gain` | E N |", "| `gain` | E Y |", "what is E Y?"),
            ("| `gain` | E N |", "| `gain` | E N | E |", "cells, not"),
            ("*wild*", "wild", "the column wild"),
            ("`multiplies_at_every_size_and_channel_count`", "`multiplies_now_and_then`", "has no multiplies_now"),
            ("tests/nodes/test_gain.c", "tests/nodes/test_loss.c", "there is no tests/nodes/test_loss.c"),
            ("\"duration backwards\"", "\"duration sideways\"", "has no row \"duration sideways\""),
            ("js/test/buffer.test.mjs |", "nobody |", "nothing shows"),
        ]
        for before, after, complaint in spoilt:
            self.assertIn(before, PAGE)
            found = complaints(PAGE.replace(before, after))
            self.assertTrue(any(complaint in each for each in found), f"{complaint}: {found}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
