#!/usr/bin/env python3
"""Goal: what README.md shows runs as it stands, and what it links to is there.
Method: its C programs are compiled against this build and run; its relative links are followed.

    test_readme.py ROOT BUILD    CC: the compiler
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT, BUILD = (pathlib.Path(argument) for argument in sys.argv[1:3])
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(r"```%s\n(.*?)```" % language, TEXT, re.DOTALL)


class Readme(unittest.TestCase):
    def test_c_programs_run(self):
        programs = blocks("c")
        self.assertGreaterEqual(len(programs), 1)
        for program in programs:
            with tempfile.TemporaryDirectory() as folder:
                source = pathlib.Path(folder) / "program.c"
                source.write_text(program, encoding="utf-8")
                binary = source.with_suffix("")
                subprocess.run(
                    os.environ.get("CC", "cc").split()
                    + ["-std=c17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-result", str(source), "-o", str(binary)]
                    + ["-I", str(ROOT / "include"), "-L", str(BUILD), "-lwavepool", f"-Wl,-rpath,{BUILD}"],
                    check=True)
                subprocess.run([binary], check=True, timeout=30, cwd=folder)

    def test_links_lead_somewhere(self):
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
        self.assertGreater(len(links), 5)
        for link in links:
            self.assertTrue((ROOT / link).exists(), link)

    def test_named_files_are_there(self):
        for path in set(re.findall(r"`((?:tests|src|bench|cli|include|docs|examples|man)/[\w./-]+)`", TEXT)):
            self.assertTrue((ROOT / path).exists(), path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
