#!/usr/bin/env python3
"""Goal: the last line of `make test` is true. Method: a table of log entries as Meson writes them."""
import importlib.util
import pathlib
import sys

path = pathlib.Path(__file__).resolve().parents[2] / "tools" / "totals.py"
spec = importlib.util.spec_from_file_location("totals", path)
totals = importlib.util.module_from_spec(spec)
spec.loader.exec_module(totals)

TWO_CASES = "[==========] Running 2 test(s).\n[  PASSED  ] 2 test(s).\n"
MIXED = "[  PASSED  ] 1 test(s).\n[  SKIPPED ] 1 test(s), listed below:\n" \
        "[  FAILED  ] 1 test(s), listed below:\n"
NODE = "# tests 9\n# suites 2\n# pass 5\n# fail {}\n# cancelled 1\n# skipped 3\n# todo 0\n"

ROWS = [
    # result, output, (passed, failed, skipped)
    ("OK", "", (1, 0, 0)),
    ("OK", TWO_CASES, (2, 0, 0)),
    ("OK", TWO_CASES + TWO_CASES, (4, 0, 0)),
    ("EXPECTEDFAIL", "", (1, 0, 0)),
    ("FAIL", MIXED, (1, 1, 1)),
    ("FAIL", "", (0, 1, 0)),
    ("FAIL", TWO_CASES, (2, 1, 0)), # a sanitizer's report after the last case
    ("FAIL", NODE.format(0), (5, 1, 3)),
    ("FAIL", NODE.format(2).replace("#", "\u2139"), (5, 3, 3)), # as it reports to a terminal
    ("TIMEOUT", "", (0, 1, 0)),
    ("ERROR", "", (0, 1, 0)),
    ("UNEXPECTEDPASS", "", (0, 1, 0)),
    ("SKIP", "", (0, 0, 1)),
]


def main():
    failures = 0
    for result, output, expected in ROWS:
        for stream in ("stdout", "stderr"):
            got = totals.count_entry({"name": "x", "result": result, stream: output})
            if got != expected:
                failures += 1
                print(f"{result} {output!r}: expected {expected}, got {got}")
    if totals.count_log("no/such/log")[0] != (0, 1, 0):
        failures += 1
        print("a build that failed must count as a failure")
    print(f"{len(ROWS)} rows")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
