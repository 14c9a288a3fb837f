#!/usr/bin/env python3
"""Goal: every rule of tidy.py fires. Method: a table of snippets, each with the message it must get;
rows with None must pass, so that a rule that fires at everything is caught as well."""
import sys

import tidy

LONG_FUNCTION = "static void f(void) {\n" + "    g();\n" * 69 + "}\n"
GOOD_FUNCTION = "static void f(void) {\n" + "    g();\n" * 68 + "}\n"
SPLIT_HEAD = "static void f(int a,\n              int b) {\n" + "    g();\n" * 68 + "}\n"
MADE_OF_DATA = "static const int a[] = {\n" + "    g(1),\n" * 99 + "};\n"
HEADER = "/* wavepool/x.h -- x. */\n"
UNFINISHED = "TO" "DO"

ROWS = [
    # path, text, message or None
    ("src/render/a.c", "int a;\n", None),
    ("src/render/a.c", "int a;", "no newline"),
    ("src/render/a.c", "int a;\n\n", "blank line at the end"),
    ("src/render/a.c", "int a; \n", "end of the line"),
    ("src/render/a.c", "int a;\r\n", "end of the line"),
    ("docs/a.md", "\tcode\n", "tab"),
    ("Makefile", "\tninja\n", None),
    ("src/a.c", "a" * 105 + "\n", "105 columns"),
    ("src/a.c", "a" * 104 + " /* b */\n", None),
    ("src/a.c", "/" * 113 + "\n", "113 columns of comment"),
    ("src/a.c", "/" * 112 + "\n", None),
    ("docs/a.md", "a" * 300 + "\n", None),
    ("src/a.c", f"/* {UNFINISHED}: later */\n", "unfinished"),
    ("docs/a.md", "a\u200bb\n", "invisible"),
    ("src/render/a.c", "p = malloc(4);\n", "malloc()"),
    ("src/nodes/a.c", "free (p);\n", "free()"),
    ("src/kernels/a.c", "printf(\"x\");\n", "printf()"),
    ("src/boundary/a.c", "pthread_mutex_lock(&m);\n", "pthread_mutex_lock()"),
    ("src/boundary/a.h", "nanosleep(&t, NULL);\n", "nanosleep()"),
    ("src/profile/a.c", "fopen(path, \"w\");\n", "fopen()"),
    ("src/render/a.c", "memory_take(e, 0, 1, \"x\", &p);\n", "memory_take()"),
    ("src/render/a.c", "/* malloc() is banned */\n", None),
    ("src/render/a.c", "const char *s = \"free(it)\";\n", None),
    ("src/render/a.c", "block_free(b);\n", None),
    ("src/control/a.c", "p = malloc(4);\n", None),
    ("src/render/a.c", "#include \"../control/graph.h\"\n", "must not include src/control"),
    ("src/render/a.c", "#include \"../memory/slab.h\"\n", "must not include src/memory"),
    ("src/render/a.c", "#include \"../kernels/mix.h\"\n", None),
    ("src/kernels/a.c", "#include \"../nodes/gain.h\"\n", "must not include src/nodes"),
    ("src/kernels/x86/a.c", "#include \"../mix.h\"\n", None),
    ("src/boundary/a.c", "#include \"../memory/memory.h\"\n", "must not include src/memory"),
    ("src/nodes/a.c", "#include \"../error.h\"\n", None),
    ("src/nodes/a.c", "#include \"../render/render.h\"\n", "must not include src/render"),
    ("src/render/a.c", "#include \"../error.h\"\n", "error.h"),
    ("cli/a.c", "#include \"../src/node.h\"\n", "public headers only"),
    ("cli/a.c", "#include \"cli.h\"\n#include \"wavepool/node.h\"\n", None),
    ("examples/a.c", "#include \"../cli/cli.h\"\n", "public headers only"),
    ("tests/unit/a.c", "#include \"control/graph.h\"\n", None),
    ("include/wavepool/x.h", HEADER + "#include \"../../src/node.h\"\n", "public headers only"),
    ("src/a.c", LONG_FUNCTION, "f() of 71 lines"),
    ("src/a.c", GOOD_FUNCTION, None),
    ("src/a.c", SPLIT_HEAD, "f() of 71 lines"),
    ("src/a.c", MADE_OF_DATA, None),
    ("src/a.c", MADE_OF_DATA + LONG_FUNCTION, "f() of 71 lines"),
    ("src/a.c", "struct a {\n    int b;\n};\n" + LONG_FUNCTION, "f() of 71 lines"),
    ("src/a.c", "int a;\n" * 801, "file of 801 lines"),
    ("include/wavepool/x.h", "int a;\n", "does not open with"),
    ("include/wavepool/x.h", HEADER + "/* A. Thread: any */\nWA_API void wa_a(void);\n", None),
    ("include/wavepool/x.h", HEADER + "/* A. */\nWA_API void wa_a(void);\n", "its thread"),
    ("include/wavepool/x.h",
     HEADER + "/* A. Thread: any */\nWA_API wa_status wa_a(void);\n", "what it returns"),
    ("include/wavepool/x.h",
     HEADER + "/* -- Handles. Thread: any */\n\nWA_API wa_status wa_a(void);\n", "what it returns"),
    ("include/wavepool/x.h",
     HEADER + "/* -- All return: WA_OK. Thread: any */\n\nWA_API wa_status wa_a(void);\n", None),
    ("include/wavepool/x.h",
     HEADER + "/* Returns: WA_OK. Thread: any */\nint b;\n\nWA_API void wa_a(void);\n", "its thread"),
    ("include/wavepool/x.h", HEADER + "typedef enum wa_x {\n    WA_X = 1,\n} wa_x;\n", "_FORCE32"),
]

TREES = [
    # files, (path, message) or None
    ({"src/meson.build": "files('a.c')\n", "src/a.c": "int a;\n"}, None),
    ({"src/meson.build": "files('b.c')\n", "src/a.c": "int a;\n"}, ("src/a.c", "never compiled")),
    ({"tests/unit/meson.build": "foreach name : ['ring']\n", "tests/unit/test_ring.c": "int a;\n"}, None),
    ({"include/wavepool/node_types.def": "WA_NODE(gain, GAIN, 2)\n", "src/nodes/gain.c": "int a;\n"},
     None),
    ({"include/wavepool/node_types.def": "WA_NODE(gain, GAIN, 2)\n", "src/nodes/gone.c": "int a;\n"},
     ("src/nodes/gone.c", "never compiled")),
    ({"tests/tidy/ratchet.txt": "src/a.c function f()\n", "meson.build": "'src/a.c'\n",
      "src/a.c": LONG_FUNCTION}, None),
    ({"tests/tidy/ratchet.txt": "src/a.c function f()\n", "meson.build": "'src/a.c'\n",
      "src/a.c": GOOD_FUNCTION}, ("tests/tidy/ratchet.txt", "excuses nothing")),
    ({"tests/tidy/allow.txt": "src/profile/a.c call of fopen()\n", "meson.build": "'a.c'\n",
      "src/profile/a.c": "fopen(a, b);\n"}, None),
    ({"tests/tidy/allow.txt": "src/profile/a.c call of fopen()\n", "meson.build": "'a.c'\n",
      "src/profile/a.c": "fclose(a);\n"}, ("src/profile/a.c", "fclose()")),
]


def judge(label, messages, expected):
    if expected is None and messages:
        return f"{label}: must pass, got {messages}"
    if expected is not None and not any(expected in message for message in messages):
        return f"{label}: must get '{expected}', got {messages}"
    return None


def main():
    failures = []
    for path, text, expected in ROWS:
        messages = [message for _, _, message in tidy.check_file(path, text)]
        failures.append(judge(f"{path} {text[:60]!r}", messages, expected))
    for files, expected in TREES:
        messages = [f"{path}: {message}" for path, _, message in tidy.check_tree(files)]
        if expected:
            messages = [message for message in messages if message.startswith(expected[0] + ":")]
        failures.append(judge(str(sorted(files)), messages, expected and expected[1]))
    failures = [failure for failure in failures if failure]
    print("\n".join(failures) or f"{len(ROWS) + len(TREES)} rows")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
