#!/usr/bin/env python3
"""The house rules that a machine can check: text, sizes, banned calls, include direction, dead files.

    tests/tidy/tidy.py ROOT    prints file:line: message, and exits 1 if there was any

Each rule is a function of (path, text) that yields (line, message), so that test_tidy.py can feed it
snippets. Two lists hold what is excused: allow.txt (calls) and ratchet.txt (long functions and files);
an entry that is no longer needed is an error too, so both lists only get shorter.
"""
import pathlib
import re
import sys

COLUMNS_MAX = 104  # of code, as .clang-format has it
COMMENT_COLUMNS_MAX = 112  # of comments, which are wrapped by hand
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800
CODE_FOLDERS = ("src", "include", "cli", "examples", "tests", "bench", "fuzz")
TEXT_SUFFIXES = {".c", ".h", ".py", ".sh", ".md", ".def", ".txt", ".build", ".yml", ""}
SKIPPED_FOLDERS = ("build", ".git", "node_modules", "__pycache__")

# Code that the render thread runs: it never takes memory, locks, waits, logs or calls the system.
RENDER_FOLDERS = ("src/render/", "src/nodes/", "src/kernels/", "src/boundary/", "src/profile/")
BANNED = re.compile(
    r"\b(malloc|calloc|realloc|reallocarray|free|aligned_alloc|posix_memalign|strdup|strndup|alloca"
    r"|mmap|munmap|mremap|madvise|mprotect|memory_take|memory_give|slab_\w+"
    r"|printf|fprintf|vfprintf|sprintf|snprintf|vsnprintf|puts|fputs|putchar|perror"
    r"|fopen|fclose|fread|fwrite|fflush|open|close|read|write|ioctl|poll|select|syscall"
    r"|pthread_\w+|mtx_\w+|cnd_\w+|thrd_\w+|sem_\w+|futex|call_once"
    r"|sleep|usleep|nanosleep|clock_nanosleep|sched_yield|getenv|time|exit|abort|signal|raise"
    r"|setjmp|longjmp|qsort|rand|random)\s*\("
)

# Folder of src -> folders of src that it must not include. What is not named may be included.
FORBIDDEN_INCLUDES = {
    "render": ("control", "memory", "device", "media"),
    "nodes": ("control", "memory", "render", "device", "media", "profile"),
    "kernels": ("control", "memory", "render", "nodes", "boundary", "device", "media", "profile"),
    "boundary": ("control", "memory", "render", "nodes", "device", "media"),
    "memory": ("control", "render", "nodes", "device", "media"),
    "device": ("control", "render", "nodes", "media"),
}
ERROR_FREE_FOLDERS = ("render", "kernels", "boundary")


def blank_comments_and_strings(text):
    """The same text with comments and literals blanked, line structure kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def is_c(path):
    return path.endswith((".c", ".h"))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_text(path, text):
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no newline at the end of the file"
    if text.endswith("\n\n"):
        yield text.count("\n"), "blank line at the end of the file"
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield number, "blank or carriage return at the end of the line"
        if "\t" in line and not path.endswith("Makefile"):
            yield number, "tab"
        if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", line):
            yield number, "unfinished: finish it, or say it in an issue"
        if re.search("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]", line):
            yield number, "invisible character"


def check_columns(path, text):
    if not is_c(path):
        return
    code = blank_comments_and_strings(text).split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        if len(code[number - 1].rstrip()) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"
        elif len(line) > COMMENT_COLUMNS_MAX:
            yield number, f"{len(line)} columns of comment, at most {COMMENT_COLUMNS_MAX}"


def check_banned_calls(path, text):
    if not is_c(path) or not path.startswith(RENDER_FOLDERS):
        return
    code = blank_comments_and_strings(text)
    for match in BANNED.finditer(code):
        yield line_of(code, match.start()), f"call of {match.group(1)}() on the render side"


def resolve_include(path, target):
    """Path from the root of what `#include "target"` in path means, as far as names can tell."""
    if target.startswith("wavepool/"):
        return "include/" + target
    parts = path.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        else:
            parts.append(part)
    return "/".join(parts)


def check_includes(path, text):
    if not is_c(path):
        return
    for match in re.finditer(r'^#include "([^"]+)"', text, re.MULTILINE):
        target = resolve_include(path, match.group(1))
        number = line_of(text, match.start())
        folder = path.split("/")[1] if path.startswith("src/") else ""
        for forbidden in FORBIDDEN_INCLUDES.get(folder, ()):
            if target.startswith(f"src/{forbidden}/"):
                yield number, f"src/{folder} must not include src/{forbidden}"
        if folder in ERROR_FREE_FOLDERS and target == "src/error.h":
            yield number, f"src/{folder} must not include error.h: formatting is not wait-free"
        if path.startswith(("cli/", "examples/")) and not target.startswith(
            (path.split("/")[0] + "/", "include/wavepool/")
        ):
            yield number, "programs include public headers only"
        if path.startswith("include/") and not target.startswith("include/wavepool/"):
            yield number, "public headers include public headers only"


def functions(text):
    """(name, first line, line count) of every function body, by the layout that clang-format gives."""
    lines = text.split("\n")
    start = name = None
    head = ""
    for number, line in enumerate(lines, 1):
        if start is None and not head:
            if re.match(r"[A-Za-z_]", line) and not re.match(r"(typedef|struct|union|enum)\b[^(]*$", line):
                head, begin = line, number
        elif start is None:
            head += " " + line.strip()
        if start is None and head:
            if head.rstrip().endswith("{"):
                match = re.search(r"(\w+)\s*\(", head)
                if match and "=" not in head[: match.start()]:
                    start, name = begin, match.group(1)
                head = ""
            elif head.rstrip().endswith((";", "}", ":")):
                head = ""
        elif line.startswith("}"):
            if start is not None:
                yield name, start, number - start + 1
            start = None


def check_sizes(path, text):
    if not is_c(path):
        return
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield 1, f"file of {lines} lines, at most {FILE_LINES_MAX}"
    code = re.sub(r"^#.*(?:\\\n.*)*$", lambda m: "\n" * m.group().count("\n"),
                  blank_comments_and_strings(text), flags=re.MULTILINE)
    for name, number, count in functions(code):
        if count > FUNCTION_LINES_MAX:
            yield number, f"function {name}() of {count} lines, at most {FUNCTION_LINES_MAX}"


def check_public_header(path, text):
    """Every function says what it returns and on which thread it may run: itself, its paragraph, its
    section (a comment that begins with --), or the head of the file."""
    if not re.fullmatch(r"include/wavepool/\w+\.h", path):
        return
    head = re.match(r"/\*.*?\*/", text, re.DOTALL)
    if not head or not head.group().startswith(f"/* {path.removeprefix('include/')} -- "):
        yield 1, "does not open with /* wavepool/NAME.h -- what it is"
        return
    section = paragraph = ""
    for match in re.finditer(r"/\*.*?\*/|^WA_API [^;]*;|\n\n", text, re.DOTALL | re.MULTILINE):
        piece = match.group()
        if piece.startswith("/* --"):
            section, paragraph = piece, ""
        elif piece.startswith("/*"):
            paragraph += piece
        elif piece == "\n\n":
            paragraph = ""
        else:
            said = paragraph + section
            name = re.search(r"(\w+)\(", piece).group(1)
            number = line_of(text, match.start())
            if piece.startswith("WA_API wa_status ") and not re.search(r"[Rr]eturn", said + head.group()):
                yield number, f"{name}() does not say what it returns"
            if not re.search(r"\bThread\b", said + head.group()):
                yield number, f"{name}() does not say its thread"
    for match in re.finditer(r"typedef enum (\w+) \{(.*?)\}", text, re.DOTALL):
        if "_FORCE32 = 0x7fffffff" not in match.group(2):
            yield line_of(text, match.start()), f"enum {match.group(1)} does not end in _FORCE32"


RULES = (check_text, check_columns, check_banned_calls, check_includes, check_sizes, check_public_header)


def check_file(path, text):
    for rule in RULES:
        for number, message in rule(path, text):
            yield path, number, message


def check_dead_files(files):
    """Every .c file is named in a meson.build of its folder or above, or in the list of node types."""
    builds = {path.rpartition("/")[0]: text for path, text in files.items()
              if path.endswith("meson.build")}
    for path in files:
        if not path.endswith(".c") or not path.startswith(CODE_FOLDERS):
            continue
        folder, _, name = path.rpartition("/")
        stem = name.removesuffix(".c")
        above = folder
        known = folder == "src/nodes" and f"WA_NODE({stem}," in files.get(
            "include/wavepool/node_types.def", "")
        while not known:
            text = builds.get(above, "")
            known = name in text or f"'{stem}'" in text or f"'{stem.removeprefix('test_')}'" in text
            if not above:
                break
            above = above.rpartition("/")[0]
        if not known:
            yield path, 1, "named in no meson.build: it is never compiled"


def read_tree(root):
    files = {}
    for path in sorted(pathlib.Path(root).rglob("*")):
        name = path.relative_to(root).as_posix()
        skipped = any(f"/{folder}/" in f"/{name}" for folder in SKIPPED_FOLDERS[1:])
        if name.startswith(SKIPPED_FOLDERS) or skipped or not path.is_file():
            continue
        if path.suffix in TEXT_SUFFIXES or path.name.startswith("."):
            try:
                files[name] = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                pass # sound, not text
    return files


def excuses(text):
    """Lines of `path what`, where what is how the message begins; # begins a comment."""
    rows = [line.split("#")[0].strip() for line in text.split("\n")]
    return [tuple(row.split(None, 1)) for row in rows if row]


def apply_excuses(findings, rows, list_name):
    """Findings that no row excuses, and rows that excuse nothing."""
    used = set()
    for path, number, message in findings:
        row = next((row for row in rows if row[0] == path and message.startswith(row[1])), None)
        if row:
            used.add(row)
        else:
            yield path, number, message
    for row in rows:
        if row not in used:
            yield list_name, 1, f"excuses nothing any more: {row[0]} {row[1]}"


def check_tree(files):
    findings = [found for path, text in files.items() for found in check_file(path, text)]
    findings += check_dead_files(files)
    for list_name in ("tests/tidy/allow.txt", "tests/tidy/ratchet.txt"):
        findings = list(apply_excuses(findings, excuses(files.get(list_name, "")), list_name))
    return findings


def main(root):
    findings = check_tree(read_tree(root))
    for path, number, message in findings:
        print(f"{path}:{number}: {message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
