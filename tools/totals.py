#!/usr/bin/env python3
"""Sum up Meson's testlog.json files, one row each, the total alone on the last line.

A cmocka program and `node --test` count with their cases, any other test as one; a program that fails without
a failed case (crash, time-out, sanitizer report) adds one failure. A log that is missing is a build that failed.
Exit status: 1 if anything failed or nothing ran.
"""
import json
import pathlib
import re
import sys

SUMMARY = re.compile(r"^\[ +(PASSED|FAILED|SKIPPED) +\] (\d+) test\(s\)", re.MULTILINE)
NODE_SUMMARY = re.compile(r"^(?:#|\u2139) (pass|fail|cancelled|skipped) (\d+)$", re.MULTILINE)
NODE_KINDS = {"pass": "PASSED", "fail": "FAILED", "cancelled": "FAILED", "skipped": "SKIPPED"}
OK_RESULTS = {"OK", "EXPECTEDFAIL"}


def count_cases(text):
    """(passed, failed, skipped) from the summaries: cmocka's after each group, Node's at the end."""
    found = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for kind, number in SUMMARY.findall(text):
        found[kind] += int(number)
    for kind, number in NODE_SUMMARY.findall(text):
        found[NODE_KINDS[kind]] += int(number)
    return found["PASSED"], found["FAILED"], found["SKIPPED"]


def count_entry(entry):
    text = entry.get("stdout", "") + "\n" + entry.get("stderr", "")
    passed, failed, skipped = count_cases(text)
    if entry["result"] == "SKIP":
        return passed, failed, max(skipped, 1)
    if entry["result"] not in OK_RESULTS:
        return passed, max(failed, 1), skipped
    if passed + failed + skipped == 0:
        return 1, 0, 0
    return passed, failed, skipped


def count_log(path):
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return (0, 1, 0), ["did not build"]
    total, failures = [0, 0, 0], []
    for line in lines:
        entry = json.loads(line)
        counts = count_entry(entry)
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            failures.append(entry["name"])
    return tuple(total), failures


def main(paths):
    total = [0, 0, 0]
    for path in paths:
        counts, failures = count_log(path)
        total = [a + b for a, b in zip(total, counts)]
        name = pathlib.Path(path).parts[0]
        print(f"{name:12} {counts[0]:6} {counts[1]:4} {counts[2]:4}  {', '.join(failures)}")
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
