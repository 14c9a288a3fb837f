#!/usr/bin/env python3
"""Run the benchmarks of a build folder, print a table, write <build>/bench.json.

bench.json: {"name": {"value": number, "unit": "...", "min": .., "p99": .., "p999": ..}}; the last three
only where there are samples (value is then their median). Absolute times depend on the machine: compare
ratios taken in one run. Flatness comes from instruction counts (valgrind), which do not.
"""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAMS = ["nodes", "voices", "churn", "pools", "profiler", "convolver"]
NOTE_COUNTS = [1000, 10000, 100000]
NOTE_QUANTA = 64
NODE_COUNTS = [100, 10000]
EDIT_ROUNDS = 200
VOICE_COUNT = 200
VOICE_QUANTA = 50
TIMEOUT_S = 120


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def compiler_and_flags(build):
    """As the build was told, for the benchmarks themselves."""
    try:
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            words = next(entry["command"] for entry in json.load(file)
                         if entry["file"].endswith("bench_voices.c")).split()
        version = run([words[0], "--version"]).splitlines()[0]
        flags = [word for word in words if re.match(r"-(O|std=|march=|m[a-z]|f(?!diag)|DNDEBUG)", word)]
        return version, " ".join(flags)
    except (OSError, StopIteration, IndexError, KeyError, ValueError):
        return "unknown", "unknown"


def parse(output):
    rows = {}
    for line in output.splitlines():
        fields = line.split("\t")
        if len(fields) < 4 or fields[0] != "bench":
            continue
        row = {"value": float(fields[2]), "unit": fields[3]}
        row.update(zip(["min", "p99", "p999"], map(float, fields[4:])))
        rows[fields[1]] = row
    return rows


def run(command, cwd=None):
    """Standard output; '' and a line on standard error when it fails."""
    try:
        done = subprocess.run(command, cwd=cwd, timeout=TIMEOUT_S, capture_output=True, text=True,
                              check=False)
    except subprocess.TimeoutExpired:
        print(f"{command[0]}: no end after {TIMEOUT_S} s", file=sys.stderr)
        return ""
    if done.returncode != 0:
        print(f"{' '.join(command)}: status {done.returncode}\n{done.stderr.strip()[-2000:]}",
              file=sys.stderr)
        return ""
    return done.stdout


def instructions(program, arguments):
    """Executed inside bench_measured(), as callgrind counts them; None if it could not."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        command = ["valgrind", "-q", "--tool=callgrind", "--toggle-collect=bench_measured",
                   f"--callgrind-out-file={out}", program] + [str(a) for a in arguments]
        if not run(command, cwd=folder) or not os.path.exists(out):
            return None
        with open(out, encoding="utf-8") as file:
            found = re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
        return int(found.group(1)) if found else None


def count(build, results, name, sizes, repeats, metric, flatness, unit):
    """Instructions per repeat for each size, and the last against the first."""
    program = os.path.abspath(os.path.join(build, "bench", "bench_" + name))
    costs = []
    for size in sizes:
        found = instructions(program, [size, repeats])
        if found is None:
            return
        costs.append(found / repeats)
        results[f"{metric}_{size}"] = {"value": costs[-1], "unit": unit}
    results[flatness] = {"value": costs[-1] / costs[0], "unit": f"x, {sizes[-1]} against {sizes[0]}"}


def count_voice(build, results):
    """Of one voice and quantum, without those of an empty context."""
    program = os.path.abspath(os.path.join(build, "bench", "bench_voices"))
    costs = [instructions(program, [size, VOICE_QUANTA]) for size in (0, VOICE_COUNT)]
    if None not in costs:
        results["voice_instructions"] = {"value": (costs[1] - costs[0]) / VOICE_COUNT / VOICE_QUANTA,
                                         "unit": "instructions"}


def print_table(results):
    print(f"{'name':34}{'value':>14}  {'min':>12}{'p99':>12}{'p99.9':>12}  unit")
    for name, row in results.items():
        tails = "".join(f"{row[key]:12.5g}" if key in row else " " * 12
                        for key in ("min", "p99", "p999"))
        print(f"{name:34}{row['value']:14.5g}  {tails}  {row['unit']}")


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: bench/run.py BUILD_FOLDER")
    build = sys.argv[1]
    begin_s = time.monotonic()
    compiler, flags = compiler_and_flags(build)
    print(f"cpu       {cpu_name()}, {os.cpu_count()} logical\ncompiler  {compiler}\n"
          f"flags     {flags}\n", flush=True)
    results, failed = {}, []
    commands = [(name, []) for name in PROGRAMS]
    commands += [("scheduled", [NOTE_COUNTS[-1], 2000]), ("edits", [NODE_COUNTS[-1], 2000])]
    for name, arguments in commands:
        program = os.path.abspath(os.path.join(build, "bench", "bench_" + name))
        rows = parse(run([program] + [str(a) for a in arguments]))
        if not rows:
            failed.append(name)
        results.update(rows)
    if shutil.which("valgrind"):
        count(build, results, "scheduled", NOTE_COUNTS, NOTE_QUANTA, "scheduled_quantum",
              "scheduled_flatness", "instructions")
        count(build, results, "edits", NODE_COUNTS, EDIT_ROUNDS, "edit", "edit_flatness",
              "instructions")
        count_voice(build, results)
        failed += [name for name in ("scheduled_flatness", "edit_flatness", "voice_instructions")
                   if name not in results]
    else:
        print("valgrind is not installed: no instruction counts, no flatness\n")
    print_table(results)
    with open(os.path.join(build, "bench.json"), "w", encoding="utf-8") as file:
        json.dump(results, file, indent=2)
        file.write("\n")
    print(f"\n{len(results)} figures in {time.monotonic() - begin_s:.0f} s, "
          f"also in {os.path.join(build, 'bench.json')}")
    if failed:
        sys.exit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
