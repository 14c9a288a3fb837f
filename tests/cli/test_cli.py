"""The built binary does what docs/cli.md says: results, one clear line per mistake, documented exit codes.

Method: run it as a user would, in a folder of its own; nothing but what was asked for may be left there.
Usage: test_cli.py BINARY EXAMPLES_DIR [unittest arguments]
"""
import array
import collections
import json
import math
import os
import pty
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import wave

BINARY, EXAMPLES = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
OK, FAILED, USAGE, BAD_FILE, OVER_BUDGET, NO_DEVICE = range(6)
SOUNDS = "/usr/share/sounds/freedesktop"

TONE = {
    "length": 0.5,
    "nodes": [{"id": "tone", "type": "Oscillator", "options": {"frequency": 1000}},
              {"id": "level", "type": "Gain", "options": {"gain": 0.5}}],
    "connections": [["tone", "level", "destination"]],
}


def full_disk(bytes_left):
    """For preexec_fn: no file may grow beyond bytes_left; what is written beyond fails, as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
    return limit


def read_wav(path):
    """Rate, channels, samples of 16-bit or float WAV; Python's own reader knows no extensible header."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:4] == b"RIFF" and data[8:12] == b"WAVE", "no WAV file"
    at, rate, channels, bits, samples = 12, 0, 0, 0, None
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack("<I", data[at + 4:at + 8])[0]
        if name == b"fmt ":
            channels, rate, _, _, bits = struct.unpack("<HIIHH", data[at + 10:at + 24])
        elif name == b"data":
            samples = array.array({16: "h", 32: "f"}[bits], data[at + 8:at + 8 + size])
        at += 8 + size + size % 2
    return rate, channels, samples


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def run_cli(self, *arguments, preexec=None):
        return subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, check=False, preexec_fn=preexec)

    def check_ok(self, *arguments):
        result = self.run_cli(*arguments)
        self.assertEqual(OK, result.returncode, result.stderr + result.stdout)
        self.assertEqual("", result.stderr)
        return result.stdout

    def check_refused(self, code, words, *arguments, preexec=None):
        """It fails with code, says why in one line that holds words, and leaves nothing behind."""
        before = sorted(os.listdir(self.folder))
        result = self.run_cli(*arguments, preexec=preexec)
        self.assertEqual(code, result.returncode, result.stderr)
        self.assertEqual(1, result.stderr.count("\n"), result.stderr)
        self.assertTrue(result.stderr.startswith("wavepool: "), result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(before, sorted(os.listdir(self.folder)))
        return result.stderr

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            if isinstance(content, dict):
                content = json.dumps(content, indent=1)
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def write_wav(self, name, frame_count=4800):
        with wave.open(os.path.join(self.folder, name), "wb") as file:
            file.setparams((1, 2, 48000, frame_count, "NONE", ""))
            file.writeframes(array.array("h", [1000 * (i % 17) for i in range(frame_count)]).tobytes())
        return name

    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def exists(self, name):
        return os.path.exists(os.path.join(self.folder, name))


class Usage(CliTest):
    def test_version(self):
        self.assertRegex(self.check_ok("--version"), r"^wavepool \d+\.\d+\.\d+\n$")

    def test_help(self):
        text = self.check_ok("--help")
        for command in ("play", "render", "record", "profile", "graph", "devices", "demo"):
            self.assertIn(command, text)
            self.assertIn("usage: wavepool " + command, self.check_ok(command, "--help"))

    def test_mistakes(self):
        self.write("tone.json", TONE)
        rows = [
            ([], "a command is missing"),
            (["sing"], "unknown command"),
            (["render"], "a file is missing"),
            (["render", "tone.json"], "-o"),
            (["render", "tone.json", "-o"], "wants a value"),
            (["render", "tone.json", "-o", "out.mp3"], ".wav"),
            (["render", "tone.json", "-o", "out.flac", "--format", "float"], ".flac"),
            (["render", "tone.json", "-o", "out.wav", "--rate", "1e9"], "3000"),
            (["render", "tone.json", "-o", "out.wav", "--rate", "nan"], "3000"),
            (["render", "tone.json", "-o", "out.wav", "--channels", "33"], "32"),
            (["render", "tone.json", "-o", "out.wav", "--quantum", "0.5"], "--quantum"),
            (["render", "tone.json", "-o", "out.wav", "--seconds", "1e12"], "86400"),
            (["render", "tone.json", "-o", "out.wav", "--frobnicate"], "unknown option --frobnicate"),
            (["render", "tone.json", "tone.json", "-o", "out.wav"], "too many files"),
            (["play"], "a file is missing"),
            (["record", "tone.json"], "-o"),
            (["record", "-o", "out.wav"], "a file is missing"),
            (["record", "-i", "tone"], "-o"),
            (["record", "-i"], "wants a value"),
            (["record", "-i", "tone", "-o", "out.wav", "--length", "0"], "0.001"),
            (["record", "-i", "tone", "-o", "out.wav", "--channels", "33"], "32"),
            (["record", "tone.json", "-o", "out.mp3"], ".wav"),
            (["record", "tone.json", "-o", "out.flac", "--format", "float"], ".flac"),
            (["profile", "tone.json", "--device", "null"], "--realtime"),
            (["render", "tone.json", "-o", ""], ".wav"),
            (["render", "tone.json", "-o", "out"], ".wav"),
            (["render", "tone.json", "-o", "out.wav", "--format", "pcm32"], "pcm24"),
            (["render", "tone.json", "-o", "out.wav", "--quantum", "0"], "from 1 to 65536"),
            (["render", "tone.json", "-o", "out.wav", "--seconds", "0"], "0.001"),
            (["render", "tone.json", "-o", "out.wav", "--seconds", "-1"], "0.001"),
            (["render", "tone.json", "-o", "out.wav", "--seconds", "inf"], "0.001"),
            (["render", "tone.json", "-o", "out.wav", "--budget", "0.5"], "from 1 to 65536"),
            (["render", "tone.json", "-o", "out.wav", "--budget", "1x"], "from 1 to 65536"),
            (["play", "tone.json", "--quiet=yes"], "takes no value"),
            (["play", "--device", "file:out.mp3", "tone.json"], "out.mp3"),
            (["graph"], "a file is missing"),
            (["graph", "tone.json", "-o", "out.txt"], ".svg"),
            (["graph", "tone.json", "-o", ".svg"], ".svg"),
            (["graph", "tone.json", "-o", "out.dot", "--json"], "--json"),
            (["graph", "tone.json", "--cost"], "--at"),
            (["graph", "tone.json", "--at", "0"], "0.001"),
            (["profile", "tone.json", "--dot", "out.gif"], ".svg"),
            (["devices", "tone.json"], "too many files"),
            (["demo", "tone.json"], "too many files"),
            (["demo", "--seconds", "1", "-o", "demo.mp3"], "demo.mp3"),
            (["devices", "null"], "too many files"),
            (["devices", "--json=x"], "takes no value"),
            (["play", "--input"], "wants a value"),
        ]
        for arguments, word in rows:
            with self.subTest(arguments):
                self.check_refused(USAGE, [word], *arguments)

    def test_devices(self):
        text = self.check_ok("devices")
        for word in ("outputs", "inputs", "null", "No sound, real clock", "id: tone"):
            self.assertIn(word, text)
        rows = json.loads(self.check_ok("devices", "--json"))
        tone = [row for row in rows if row["id"] == "tone"]
        self.assertEqual([{"backend": "null", "id": "tone", "name": "A sine of 440 Hz", "isInput": True,
                           "isDefault": False, "maxChannelCount": 32, "sampleRate": 48000.0,
                           "minSampleRate": 3000.0, "maxSampleRate": 768000.0}], tone)
        self.assertEqual(1, sum(row["backend"] == "null" and not row["isInput"] for row in rows))

    def test_dashes_end_the_options(self):
        self.write("-tone.json", TONE)
        self.check_ok("render", "-o", "out.wav", "--", "-tone.json")
        self.assertTrue(self.exists("out.wav"))


class BadFiles(CliTest):
    def refuse_scene(self, content, *words, code=BAD_FILE):
        self.write("scene.json", content)
        return self.check_refused(code, ["scene.json", *words], "render", "scene.json", "-o", "out.wav")

    def test_missing(self):
        for name in ("nothing.wav", "nothing.json"):
            self.check_refused(BAD_FILE, [name, "No such file"], "render", name, "-o", "out.wav")
            self.check_refused(BAD_FILE, [name], "play", "--device", "null", name)

    def test_truncated_wav(self):
        self.write_wav("whole.wav")
        with open(os.path.join(self.folder, "whole.wav"), "rb") as file:
            data = file.read()
        for length, words in ((30, []), (44, ["9600 bytes", "it has 0"]), (2000, ["9600 bytes", "it has 1956"]),
                              (len(data) - 2, ["it has 9598"])):
            with self.subTest(length):
                self.write("cut.wav", data[:length])
                message = self.check_refused(BAD_FILE, ["cut.wav: ", *words], "render", "cut.wav", "-o",
                                             "out.wav")
                self.assertEqual(1, message.count("cut.wav"))
                self.check_refused(BAD_FILE, words, "profile", "cut.wav")
                scene = {"length": 0.1, "buffers": [{"id": "b", "file": "cut.wav"}]}
                self.refuse_scene(scene, "$.buffers[0]", *words)

    def test_impossible_wav(self):
        self.write_wav("whole.wav")
        with open(os.path.join(self.folder, "whole.wav"), "rb") as file:
            data = file.read()
        rows = [("channels", 22, struct.pack("<H", 0), "zero"), ("channels", 22, struct.pack("<H", 500), "500"),
                ("rate", 24, struct.pack("<I", 0), ""), ("rate", 24, struct.pack("<I", 4000000), "4000000 Hz")]
        for name, at, value, word in rows:
            with self.subTest(name):
                self.write("bad.wav", data[:at] + value + data[at + len(value):])
                self.check_refused(BAD_FILE, ["bad.wav", word], "render", "bad.wav", "-o", "out.wav")

    def test_not_audio(self):
        self.write("noise.wav", bytes(range(256)) * 20)
        self.write("empty.wav", b"")
        for name in ("noise.wav", "empty.wav"):
            self.check_refused(BAD_FILE, [name], "render", name, "-o", "out.wav")

    def test_no_file_at_all(self):
        for name in ("folder", "folder.json"):
            os.mkdir(os.path.join(self.folder, name))
            self.check_refused(BAD_FILE, [name], "render", name, "-o", "out.wav")
        self.write("empty.json", b"")
        for name in ("empty.json", "/dev/null", "/dev/zero"):
            self.check_refused(BAD_FILE, [name], "render", name, "-o", "out.wav")

    def test_rules_of_scenes(self):
        """The place and the rule, for each mistake that one can make."""
        def scene(**more):
            return json.dumps({"length": 1, **more})

        def node(**more):
            return scene(nodes=[{"id": "o", "type": "Oscillator", **more}])

        gain = [{"id": "a", "type": "Gain"}]
        buffers = [("/etc/passwd", "outside"), ("../../../../../../../../etc/passwd", "outside"), ("", "outside"),
                   ("nothing.wav", "nothing.wav")]
        rows = [
            ("{}", "$", "length"), ("[]", "$", "an object"), ("7", "line 1", "JSON"),
            ('{"length": 1, "length": 2}', "line 1", "duplicate"),
            ('{"length": 1} x', "line 1", "end of file"), (b'{"length": 1}\0x', "line 1", "end of file"),
            (b'\xff\xfe{"length": 1}', "line 1", "0xff"),
            ('{"length": 1e999}', "line 1", "overflow"), ('{"length": -Infinity}', "line 1", "invalid"),
            ('{"length": %s}' % ("9" * 40), "line 1", "too big"), ('{"length": 0}', "$.length", "0.001"),
            ('{"length": -1}', "$.length", "-1"), ('{"length": "1"}', "$.length", "a string"),
            ('{"length": true}', "$.length", "true"), ('{"length": null}', "$.length", "null"),
            (scene(sample_rate=2999), "$.sample_rate", "3000"), (scene(quantum=0), "$.quantum", "1 to 65536"),
            (scene(channels=1.5), "$.channels", "no whole number"),
            (scene(budget_mb=0.5), "$.budget_mb", "1 to 65536"), (scene(tempo=0), "$.tempo", "1 to 1000"),
            (scene(nodes=gain + gain), "$.nodes[1]", '"a" is there already'),
            ('{"length": 1, "nodes": [{"id": "a", "id": "b"}]}', "line 1", "duplicate"),
            (scene(nodes=[{"id": "", "type": "Gain"}]), "$.nodes[0].id", "letters"),
            (scene(nodes=[{"id": "9a", "type": "Gain"}]), "$.nodes[0].id", "digit"),
            (scene(nodes=[{"id": "x" * 65, "type": "Gain"}]), "$.nodes[0].id", "64"),
            (scene(nodes=[{"id": "destination", "type": "Gain"}]), "$.nodes[0].id", "the scene's output"),
            (scene(nodes=[{"type": "Gain"}]), "$.nodes[0]", "id"), (scene(nodes=[7]), "$.nodes[0]", "a number"),
            (node(options={"frequency": 1e300}), "$.nodes[0].options.frequency", "1e+300"),
            (node(options={"frequency": []}), "$.nodes[0].options.frequency", "a list"),
            (node(options={"pitch": 1}), "$.nodes[0].options.pitch", "no option"),
            (node(options={"type": "noise"}), "$.nodes[0].options.type", "sawtooth"),
            (node(options={"channelCount": 33}), "$.nodes[0]", "32"),
            (node(options={"channelCount": 0}), "$.nodes[0].options.channelCount", "1 to"),
            (node(start=-1), "$.nodes[0].start", "86400"), (node(start=1e9), "$.nodes[0].start", "86400"),
            (node(start=[0, 0]), "$.nodes[0].start", "AudioBufferSource"),
            (node(params={"gain": []}), "$.nodes[0].params.gain", "no parameter"),
            (node(params={"detune": [["jump", 1, 2]]}), "$.nodes[0].params.detune[0]", "setValueAtTime"),
            (node(rates={"detune": "b-rate"}), "$.nodes[0].rates.detune", "k-rate"),
            (scene(nodes=[{"id": "a", "type": "Gain", "start": 0}]), "$.nodes[0].start", "Gain is none"),
            (scene(nodes=gain, connections=[["a"]]), "$.connections[0]", "two or more"),
            (scene(nodes=gain, connections=[["a", "a.frequency"]]), "$.connections[0][1]", "frequency"),
            (scene(nodes=gain, connections=[["destination", "a"]]), "$.connections[0][0]", "no output"),
            (scene(nodes=gain, connections=[["a", "destination:1"]]), "$.connections[0]", "input_index is 1"),
            (scene(nodes=gain, connections=[["a", "a:99999999999"]]), "$.connections[0][1]", "form"),
            (scene(buffers=[{"id": "b", "synth": "noise"}]), "$.buffers[0]", "seconds"),
            (scene(buffers=[{"id": "b", "synth": "noise", "seconds": 601}]), "$.buffers[0].seconds", "600"),
            (scene(buffers=[{"id": "b", "synth": "hum", "seconds": 1}]), "$.buffers[0].synth", "impulse"),
            (scene(waves=[{"id": "w", "real": [0], "imag": [0]}]), "$.waves[0]", "two or more"),
            (scene(waves=[{"id": "w", "real": [], "imag": [0, 1]}]), "$.waves[0].real", "two or more"),
            (scene(waves=[{"id": "w", "imag": []}]), "$.waves[0].imag", "two or more"),
            (scene(voices=[{"id": "v", "nodes": [], "output": "x"}]), "$.voices[0].output", "no node"),
            (scene(parts=[{"voice": "v", "line": "C4"}]), "$.parts[0].voice", '"v"'),
            ('{"a":' * 17 + "1" + "}" * 17, "line 1", "SCENE_DEPTH_MAX"),
            *((scene(buffers=[{"id": "b", "file": name}]), "$.buffers[0]", word) for name, word in buffers),
        ]
        for content, *words in rows:
            with self.subTest(content[:80]):
                self.refuse_scene(content, *words)

    def test_broken_json(self):
        self.refuse_scene('{\n "length": 1,\n "nodes": [,]\n}', "line 3")

    def test_unknown_node_type(self):
        self.refuse_scene('{"length": 1, "nodes": [\n {"id": "a", "type": "Gane"}\n]}', "$.nodes[0].type",
                          "(line 2)", "Gane", "Oscillator")

    def test_bad_connections(self):
        scene = dict(TONE, connections=[["tone", "nowhere"]])
        self.refuse_scene(scene, "$.connections[0][1]", "nowhere")
        scene = dict(TONE, connections=[["tone", "level:1"]])
        self.refuse_scene(scene, "$.connections[0]", "line")
        scene = dict(TONE, connections=[["tone:7", "level"]])
        self.refuse_scene(scene, "$.connections[0]", "line")

    def test_absurd_values(self):
        self.refuse_scene(dict(TONE, length=1e12), "$.length", "86400")
        self.refuse_scene(dict(TONE, channels=1e9), "$.channels", "32")
        self.refuse_scene('{"length": NaN}', "line 1")
        self.refuse_scene("[" * 100000, "SCENE_DEPTH_MAX")
        self.refuse_scene('{"length": 1, "title": "' + "x" * 5000000 + '"}', "SCENE_FILE_BYTES_MAX")

    def test_rules_of_the_engine(self):
        """What only the engine can know comes back with the place that asked for it."""
        node = {"id": "d", "type": "Delay", "options": {"maxDelayTime": 1000}}
        self.refuse_scene({"length": 1, "nodes": [node]}, "$.nodes[0]", "(line 4)", "180")
        node = {"id": "g", "type": "Gain",
                "params": {"gain": [["setValueAtTime", 1, 0], ["exponentialRampToValueAtTime", 0, 1]]}}
        self.refuse_scene({"length": 1, "nodes": [node]}, "$.nodes[0].params.gain[1]")
        node = {"id": "s", "type": "ChannelSplitter", "options": {"numberOfOutputs": 33}}
        self.refuse_scene({"length": 1, "nodes": [node]}, "$.nodes[0]")

    def test_outside_the_folder(self):
        os.mkdir(os.path.join(self.folder, "inner"))
        self.write_wav("secret.wav")
        scene = {"length": 0.1, "buffers": [{"id": "b", "file": "../secret.wav"}],
                 "nodes": [{"id": "s", "type": "AudioBufferSource", "options": {"buffer": "b"}}],
                 "connections": [["s", "destination"]]}
        self.write("inner/scene.json", scene)
        self.check_refused(BAD_FILE, ["$.buffers[0].file", "--allow-dir"], "render", "inner/scene.json",
                           "-o", "out.wav")
        os.symlink("../secret.wav", os.path.join(self.folder, "inner", "link.wav"))
        scene["buffers"][0]["file"] = "link.wav"
        self.write("inner/scene.json", scene)
        self.check_refused(BAD_FILE, ["$.buffers[0].file", "--allow-dir"], "render", "inner/scene.json",
                           "-o", "out.wav")
        self.check_ok("render", "inner/scene.json", "-o", "out.wav", "--allow-dir", ".")

    def test_control_characters_stay_out_of_the_message(self):
        self.refuse_scene('{"length": 1, "nodes": [{"id": "a", "type": "x\\u001b[31m\\ny"}]}', "x [31m y")


class Failures(CliTest):
    def test_over_budget(self):
        self.check_refused(OVER_BUDGET, ["$.buffers[0]", "line 6"], "render",
                           os.path.join(EXAMPLES, "over_budget.json"), "-o", "out.wav")
        self.check_refused(OVER_BUDGET, ["$.buffers[0]"], "play", "--device", "null",
                           os.path.join(EXAMPLES, "over_budget.json"))

    def test_budget_too_small(self):
        self.write("tone.json", dict(TONE, quantum=4096, channels=32))
        self.check_refused(OVER_BUDGET, ["tone.json", "bytes asked, over the budget"], "render", "tone.json",
                           "-o", "out.wav", "--budget", "1")
        self.check_refused(OVER_BUDGET, ["bytes asked"], "play", "--device", "null", "tone.json", "--budget", "1")
        self.check_refused(OVER_BUDGET, ["bytes asked"], "profile", "tone.json", "--budget", "1")

    def test_budget_option_raises_it(self):
        self.check_ok("render", os.path.join(EXAMPLES, "over_budget.json"), "-o", "out.wav", "--budget", "60",
                      "--seconds", "0.2")

    def test_long_audio_over_budget(self):
        self.write_wav("long.wav", 2000000)
        self.check_refused(OVER_BUDGET, ["long.wav", "--budget", "--stream"], "render", "long.wav", "-o",
                           "out.wav", "--budget", "4")

    def test_unwritable_output(self):
        self.write("tone.json", TONE)
        self.check_refused(FAILED, ["no/such/folder/out.wav"], "render", "tone.json", "-o",
                           "no/such/folder/out.wav")
        os.mkdir(os.path.join(self.folder, "taken.wav"))
        self.check_refused(FAILED, ["taken.wav"], "render", "tone.json", "-o", "taken.wav")
        self.check_refused(FAILED, ["no/out.json"], "profile", "tone.json", "--json", "no/out.json")
        self.check_refused(FAILED, ["no/out.json"], "profile", "tone.json", "--trace", "no/out.json")
        self.check_refused(FAILED, ["no/out.wav"], "demo", "-o", "no/out.wav")

    def test_nothing_but_files_are_replaced(self):
        self.write("tone.json", TONE)
        os.mkfifo(os.path.join(self.folder, "pipe.wav"))
        os.mkfifo(os.path.join(self.folder, "pipe.json"))
        os.symlink("pipe.json", os.path.join(self.folder, "link.json"))
        rows = [("render", "tone.json", "-o", "pipe.wav"), ("demo", "-o", "pipe.wav"),
                ("profile", "tone.json", "--json", "pipe.json"), ("profile", "tone.json", "--trace", "pipe.json"),
                ("profile", "tone.json", "--json", "link.json")]
        for row in rows:
            with self.subTest(row):
                self.check_refused(FAILED, ["no regular file"], *row)
        for name in ("pipe.wav", "pipe.json"):
            self.assertTrue(stat.S_ISFIFO(os.stat(os.path.join(self.folder, name)).st_mode))

    def test_full_disk(self):
        """What was there stays, what was begun goes, and the exit code says so."""
        self.write("tone.json", TONE)
        self.write("old.wav", b"old")
        rows = [
            (FAILED, "out.wav", "render", "tone.json", "-o", "out.wav"),
            (FAILED, "old.wav", "render", "tone.json", "-o", "old.wav"),
            (FAILED, "out.flac", "render", "tone.json", "-o", "out.flac"),
            (FAILED, "p.json", "profile", "tone.json", "--json", "p.json"),
            (FAILED, "t.json", "profile", "tone.json", "--trace", "t.json"),
            (NO_DEVICE, "x.wav", "play", "--quiet", "--device", "file:x.wav", "tone.json"),
        ]
        for code, name, *arguments in rows:
            with self.subTest(arguments):
                self.check_refused(code, [name], *arguments, preexec=full_disk(1000))
        self.check_refused(FAILED, ["demo.wav"], "demo", "--seconds", "0.3", "--device", "null",
                           preexec=full_disk(10000))
        with open(os.path.join(self.folder, "old.wav"), "rb") as file:
            self.assertEqual(b"old", file.read())

    def test_output_that_goes_nowhere(self):
        """The report is what was asked for: if it cannot be written, that is a failure."""
        self.write("tone.json", TONE)
        for arguments in (["--help"], ["devices"], ["render", "--help"], ["profile", "tone.json"]):
            with self.subTest(arguments), open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([BINARY, *arguments], cwd=self.folder, stdout=full,
                                        stderr=subprocess.PIPE, text=True, timeout=60, check=False)
                self.assertEqual(FAILED, result.returncode)
                self.assertRegex(result.stderr, r"^wavepool: standard output: cannot be written: .*\n$")

    def test_record_failures(self):
        self.write("tone.json", TONE)
        os.mkdir(os.path.join(self.folder, "taken.wav"))
        for code, word, arguments in (
                (FAILED, "no/such/out.wav", ["tone.json", "-o", "no/such/out.wav"]),
                (FAILED, "taken.wav", ["tone.json", "-o", "taken.wav"]),
                (BAD_FILE, "nothing.wav", ["nothing.wav", "-o", "out.wav"]),
                (BAD_FILE, "nothing.wav", ["nothing.wav", "-o", "out.wav", "--stream"]),
                (FAILED, "no/such/out.wav", ["-i", "tone", "-o", "no/such/out.wav"]),
                (NO_DEVICE, "gramophone", ["-i", "gramophone", "-o", "out.wav"]),
                (NO_DEVICE, "gramophone", ["-i", "default", "-o", "out.wav", "--device", "gramophone"]),
                (NO_DEVICE, "gramophone", ["tone.json", "-o", "out.wav", "--device", "gramophone"])):
            with self.subTest(word):
                device = [] if "--device" in arguments else ["--device", "null"]
                self.check_refused(code, [word], "record", *device, *arguments)

    def test_broken_media_in_a_scene(self):
        self.write("bad.wav", b"not a sound")
        self.write("scene.json", {"length": 1, "nodes": [
            {"id": "m", "type": "MediaSource", "options": {"file": "bad.wav"}}]})
        self.check_refused(BAD_FILE, ["$.nodes[0]", "bad.wav"], "render", "scene.json", "-o", "out.wav")

    def test_unknown_device(self):
        self.write("tone.json", TONE)
        rows = [
            (["--device", "gramophone"], "gramophone"),
            (["--device", ""], '""'),
            (["--device", "gramophone:3"], "gramophone"),
            (["--device", "null:3"], "\"3\""),
            (["--device", "none:3"], "\"3\""),
            (["--device", "tone"], "tone"),  # an input
            (["--device", "file"], "path"),
            (["--device", "file:no/x.wav"], "no/x.wav"),
            (["--device", "null", "--input", "mic"], "mic"),
        ]
        for arguments, word in rows:
            with self.subTest(arguments):
                self.check_refused(NO_DEVICE, [word], "play", *arguments, "tone.json")
        self.check_refused(NO_DEVICE, ["nothing.wav"], "play", "--device", "file:out.wav", "--input",
                           "nothing.wav", "tone.json")
        self.assertFalse(self.exists("out.wav"))

    def test_interrupted_render_leaves_nothing(self):
        self.write("long.json", dict(TONE, length=86400))
        process = subprocess.Popen([BINARY, "render", "long.json", "-o", "out.wav"], cwd=self.folder,
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for _ in range(500):
            if any(name.startswith("out") or name.startswith(".out") for name in os.listdir(self.folder)):
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        self.assertEqual(FAILED, process.returncode, errors)
        self.assertIn("interrupted", errors)
        self.assertEqual(["long.json"], os.listdir(self.folder))


class Results(CliTest):
    def test_render_tone(self):
        self.write("tone.json", TONE)
        self.check_ok("render", "tone.json", "-o", "out.wav")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual((48000, 2, 48000), (rate, channels, len(samples)))
        self.assertAlmostEqual(0.5, max(samples), places=3)
        # A quarter of a period of 1 kHz is 12 frames: the tone is there, at its frequency, from frame 0.
        self.assertAlmostEqual(0.0, samples[0], places=4)
        self.assertAlmostEqual(0.5, samples[2 * 12], places=3)
        self.assertAlmostEqual(-0.5, samples[2 * 36], places=3)

    def test_render_options(self):
        self.write("tone.json", TONE)
        self.check_ok("render", "tone.json", "-o", "out.wav", "--rate=44100", "--channels", "1", "--seconds",
                      "0.25", "--quantum", "333")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual((44100, 1, 11025), (rate, channels, len(samples)))
        self.check_ok("render", "tone.json", "-o", "out16.wav", "--format", "pcm16")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out16.wav"))
        self.assertEqual((48000, 2, "h", 48000), (rate, channels, samples.typecode, len(samples)))
        self.check_ok("render", "tone.json", "-o", "out.flac")
        with open(os.path.join(self.folder, "out.flac"), "rb") as file:
            self.assertEqual(b"fLaC", file.read(4))

    def test_every_automation_method(self):
        """Each on a channel of its own, against the specification's formula."""
        start = ["setValueAtTime", 0.2, 0]
        rows = [
            ([start, ["setValueAtTime", 0.7, 0.25]], lambda t: 0.2 if t < 0.25 else 0.7),
            ([start, ["linearRampToValueAtTime", 0.8, 0.5]], lambda t: 0.2 + 0.6 * min(t / 0.5, 1)),
            ([start, ["exponentialRampToValueAtTime", 0.8, 0.5]], lambda t: 0.2 * 4 ** min(t / 0.5, 1)),
            ([start, ["setTargetAtTime", 1, 0.1, 0.2]], lambda t: 1 - 0.8 * math.exp(-max(t - 0.1, 0) / 0.2)),
            ([["setValueCurveAtTime", [0, 1, 0.5], 0.1, 0.4]], lambda t: 0.5 if t < 0.1 else
             (t - 0.1) / 0.2 if t < 0.3 else 1 - 0.5 * min((t - 0.3) / 0.2, 1)),
            ([start, ["setValueAtTime", 0.7, 0.25], ["cancelScheduledValues", 0.2]], lambda t: 0.2),
            ([start, ["linearRampToValueAtTime", 0.8, 0.5], ["cancelAndHoldAtTime", 0.25]],
             lambda t: 0.2 + 0.6 * min(t, 0.25) / 0.5),
        ]
        nodes = [{"id": "n%d" % i, "type": "ConstantSource", "options": {"offset": 0.5}, "params": {"offset": events}}
                 for i, (events, _) in enumerate(rows)]
        nodes.append({"id": "m", "type": "ChannelMerger", "options": {"numberOfInputs": len(rows)}})
        self.write("scene.json", {"length": 0.6, "channels": len(rows), "nodes": nodes, "connections": [
            ["n%d" % i, "m:%d" % i] for i in range(len(rows))] + [["m", "destination"]]})
        self.check_ok("render", "scene.json", "-o", "out.wav")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual(len(rows), channels)
        for channel, (events, value) in enumerate(rows):
            for frame in range(1, int(0.6 * rate), 97):
                self.assertAlmostEqual(value(frame / rate), samples[frame * channels + channel], delta=2e-6,
                                       msg="%s at frame %d" % (events, frame))

    def test_render_twice_is_the_same(self):
        for name in ("a.wav", "b.wav"):
            self.check_ok("render", os.path.join(EXAMPLES, "tune.json"), "-o", name, "--seconds", "6")
        self.assertTrue(self.read("a.wav") == self.read("b.wav"))

    def test_render_audio_file(self):
        self.write_wav("in.wav")
        self.check_ok("render", "in.wav", "-o", "out.wav", "--format", "pcm16")
        self.assertEqual(read_wav(os.path.join(self.folder, "in.wav")),
                         read_wav(os.path.join(self.folder, "out.wav")))

    def test_every_example_renders(self):
        for name in sorted(os.listdir(EXAMPLES)):
            if not name.endswith(".json") or name == "over_budget.json":
                continue
            if name in ("recording.json", "media.json") and not os.path.isdir(SOUNDS):
                continue
            with self.subTest(name):
                self.check_ok("render", os.path.join(EXAMPLES, name), "-o", "out.wav", "--seconds", "8",
                              "--allow-dir", "/usr/share/sounds")
                _, _, samples = read_wav(os.path.join(self.folder, "out.wav"))
                self.assertGreater(max(samples), 0.01)
                self.assertLess(max(abs(s) for s in samples), 1.0)

    def energies(self, begin_s, end_s):
        """Of the left and the right channel of out.wav."""
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual(2, channels)
        span = samples[2 * int(begin_s * rate):2 * int(end_s * rate)]
        return sum(s * s for s in span[0::2]), sum(s * s for s in span[1::2])

    def test_a_sound_circles_the_head(self):
        self.check_ok("render", os.path.join(EXAMPLES, "circling.json"), "-o", "out.wav", "--seconds", "14.5")
        left, right = self.energies(1.75, 2.25)  # a quarter of the way round: on the right
        self.assertGreater(right, 4 * left)
        left, right = self.energies(5.9, 6.1)  # on the left, where the head has turned to meanwhile
        self.assertLess(abs(left - right), 0.2 * left)
        left, right = self.energies(11.9, 12.1)  # behind the listener of before, left of the turned one
        self.assertGreater(left, 4 * right)

    def test_the_listener_hears_from_where_it_is(self):
        scene = {
            "length": 0.2,
            "listener": {"params": {"positionZ": [["setValueAtTime", 3, 0]]}, "rates": {"upX": "k-rate"}},
            "nodes": [{"id": "one", "type": "ConstantSource"}, {"id": "four", "type": "ConstantSource",
                                                               "options": {"offset": 4}},
                      {"id": "place", "type": "Panner", "options": {"positionZ": 3}}],
            "connections": [["one", "place", "destination"], ["four", "listener.positionX"]],
        }
        self.write("scene.json", scene)
        self.check_ok("render", "scene.json", "-o", "out.wav", "--format", "float")
        left, right = self.energies(0.1, 0.2)
        self.assertAlmostEqual(left, 4800 / 16, delta=0.1)  # four away, all on the left
        self.assertAlmostEqual(right, 0, delta=0.1)

    def test_a_set_of_responses_is_checked(self):
        self.write("not.sofa", "no HDF5 here")
        self.write("scene.json", dict(TONE, hrtf="not.sofa"))
        self.check_refused(BAD_FILE, ["$.hrtf", "not.sofa"], "render", "scene.json", "-o", "out.wav")

    def test_every_example_plays_and_profiles(self):
        for name in sorted(os.listdir(EXAMPLES)):
            if not name.endswith(".json") or name in ("over_budget.json", "media.json", "recording.json"):
                continue
            with self.subTest(name):
                path = os.path.join(EXAMPLES, name)
                self.assertIn(name, self.check_ok("play", "--device", "null", "--seconds", "0.1", path))
                text = self.check_ok("profile", path, "--seconds", "0.5", "--json", "p.json", "--trace", "t.json")
                self.assertIn("engine", text)
                self.check_adds_up("p.json", self.check_trace("t.json", 0.5))

    def check_adds_up(self, name, quanta_ns):
        """Types and the engine make up the time of all quanta; the nodes of a type make up the type."""
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            found = json.load(file)
        types = {row["type"]: row["nsPerQuantum"] for row in found["typeCosts"]}
        self.assertIn("engine", types)
        self.assertEqual(0, found["telemetryDropped"])
        self.assertAlmostEqual(1.0, sum(row["share"] for row in found["typeCosts"]), places=6)
        count = found["quantumCount"]
        self.assertAlmostEqual(quanta_ns, sum(types.values()) * count, delta=count)  # whole ns in the trace
        nodes = collections.Counter()
        for row in found["nodeCosts"]:
            nodes[row["type"]] += row["nsPerQuantum"]
        for kind, total in nodes.items():
            self.assertLessEqual(total, types[kind] * 1.001)
            if not found["pools"] and len(found["nodeCosts"]) < 32:  # all of them, in one life
                self.assertAlmostEqual(types[kind], total, delta=0.001 * types[kind] + 0.1)

    def check_trace(self, name, length_s):
        """What Perfetto's importer wants: known phases, numbers that are numbers, spans that nest.
        Returns the time of all quanta in ns."""
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            trace = json.load(file)
        self.assertIn(trace["displayTimeUnit"], ("ms", "ns"))
        spans = []
        for event in trace["traceEvents"]:
            self.assertIn(event["ph"], "XMC")
            self.assertIsInstance(event["name"], str)
            self.assertIsInstance(event["pid"], int)
            self.assertIsInstance(event["tid"], int)
            if event["ph"] != "M":
                self.assertIsInstance(event["ts"], (int, float))
            if event["ph"] == "X":
                begin = round(1000 * event["ts"])
                spans.append((begin, -(begin + round(1000 * event["dur"])), event["name"]))
        names = collections.Counter(name for _, _, name in spans)
        self.assertEqual(math.ceil(length_s * 48000 / 128), names["quantum"])
        self.assertGreater(names["callback"], 0)
        inside = []
        for begin, end, name in sorted(spans):
            while inside and -inside[-1][1] <= begin:
                inside.pop()
            if inside:
                self.assertLessEqual(-end, -inside[-1][1], "%s reaches beyond %s" % (name, inside[-1][2]))
            inside.append((begin, end, name))
        # In microseconds: all of it lies within the time that the render can have taken.
        self.assertLess(max(-end for _, end, _ in spans) / 1e9, 60)
        return sum(-end - begin for begin, end, name in spans if name == "quantum")

    def test_streamed_is_the_same(self):
        self.write_wav("in.wav", 100000)
        for options in ([], ["--rate", "44100"], ["--quantum", "333"], ["--seconds", "0.7"]):
            with self.subTest(options):
                self.check_ok("render", "in.wav", "-o", "whole.wav", *options)
                self.check_ok("render", "in.wav", "-o", "streamed.wav", "--stream", *options)
                self.assertTrue(self.read("whole.wav") == self.read("streamed.wav"))

    def test_streamed_fits_any_budget(self):
        self.write_wav("long.wav", 3000000)
        text = self.check_ok("render", "long.wav", "-o", "out.wav", "--stream", "--budget", "4")
        self.assertLess(float(re.search(r"ledger peak ([\d.]+) MB", text)[1]), 2)
        self.assertEqual(3000000, len(read_wav(os.path.join(self.folder, "out.wav"))[2]))

    def media_scene(self):
        self.write_wav("song.wav", 48000)
        return self.write("media.json", {"length": 0.5, "channels": 1, "nodes": [
            {"id": "song", "type": "MediaSource", "options": {"file": "song.wav", "loop": True},
             "start": [0.1, 0.7], "stop": 0.45}], "connections": [["song", "destination"]]})

    def test_media_source(self):
        self.check_ok("render", self.media_scene(), "-o", "out.wav", "--format", "pcm16")
        _, _, samples = read_wav(os.path.join(self.folder, "out.wav"))
        song = [1000 * (i % 17) for i in range(48000)]
        self.assertEqual([0] * 4800, list(samples[:4800]))
        played = (song[33600:] + song)[:21600 - 4800]
        self.assertEqual(played, list(samples[4800:21600]))
        self.assertEqual([0] * 2400, list(samples[21600:]))

    def test_record_is_what_a_render_gives(self):
        self.write("tone.json", TONE)
        for scene in ("tone.json", self.media_scene()):
            with self.subTest(scene):
                self.check_ok("render", scene, "-o", "render.wav")
                text = self.check_ok("record", scene, "-o", "record.wav", "--device", "null")
                self.assertIn("record.wav: 0.500 s, 48000 Hz", text)
                self.assertTrue(self.read("render.wav") == self.read("record.wav"))
        text = self.check_ok("record", "song.wav", "-o", "record.flac", "--device", "null", "--seconds", "0.3",
                             "--stream")
        self.assertIn("record.flac: 0.300 s", text)
        self.assertEqual(b"fLaC", self.read("record.flac")[:4])

    def test_interrupted_record_keeps_what_came(self):
        self.write("long.json", dict(TONE, length=60))
        text = self.interrupt_record("long.json", "--device", "null")
        self.assertEqual(["long.json", "out.wav"], sorted(os.listdir(self.folder)))
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual((48000, 2), (rate, channels))
        self.assertIn("out.wav: %.3f s" % (len(samples) / 2 / 48000), text)
        self.assertGreater(len(samples), 2 * 4800)
        self.assertAlmostEqual(0.5, max(samples), places=3)

    def test_record_an_input(self):
        text = self.check_ok("record", "-i", "tone", "-o", "out.wav", "--length", "1.5")
        self.assertRegex(text, r"input +null:tone")
        self.assertIn("out.wav: 1.500 s, 48000 Hz, 2 channels, peak -6.0 dB\n", text)
        self.assertRegex(text, r"(?m)^ +1\.\d s \[#+\.+\] +-6\.0 dB +-6\.0 dB$")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual((48000, 2, 144000), (rate, channels, len(samples)))
        left = samples[48000::2]  # past the latency
        self.assertEqual(left, samples[48001::2])
        for i in range(1, 40000):  # a sine of 440 Hz and nothing else: each frame follows from two before
            self.assertAlmostEqual(2 * math.cos(2 * math.pi * 440 / 48000) * left[i], left[i - 1] + left[i + 1],
                                   delta=1e-5)
        self.assertEqual(["out.wav"], os.listdir(self.folder))

    def test_record_an_input_in_other_forms(self):
        text = self.check_ok("record", "-i", "silence", "-o", "out.flac", "-s", "0.2", "--channels", "1", "--quantum",
                             "333")
        self.assertIn("out.flac: 0.200 s, 48000 Hz, 1 channel, peak silent\n", text)
        text = self.check_ok("record", "--quiet", "-i", "tone", "-o", "out.wav", "-s", "0.2", "--channels", "6",
                             "--device", "null", "--format", "pcm16")
        self.assertIn("out.wav: 0.200 s, 48000 Hz, 6 channels\n", text)
        self.assertNotIn("[", text)
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual((48000, 6, 6 * 9600), (rate, channels, len(samples)))
        self.check_ok("record", "-i", "default", "-o", "out.wav", "-s", "0.1", "--device", "null")

    def test_record_an_input_with_a_scene(self):
        self.write("silent.json", {"length": 0.4, "nodes": []})
        text = self.check_ok("record", "silent.json", "-i", "tone", "-o", "out.wav", "--device", "null")
        self.assertIn("peak -6.0 dB", text)
        _, _, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertAlmostEqual(0.5, max(samples), places=3)

    def test_record_is_what_the_input_gave(self):
        frames = [(i * 16) % 30000 for i in range(9600)]
        with wave.open(os.path.join(self.folder, "in.wav"), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", None))
            file.writeframes(array.array("h", frames).tobytes())
        self.check_ok("record", "-i", "in.wav", "--device", "file:played.wav", "-o", "out.wav", "-s", "0.2",
                      "--channels", "1", "--format", "pcm16")
        _, _, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertEqual(frames, list(samples))
        _, _, played = read_wav(os.path.join(self.folder, "played.wav"))
        self.assertEqual(0, max(abs(sample) for sample in played))  # it is not heard

    def interrupt_record(self, *arguments):
        """Recorded until it is interrupted; what it said."""
        process = subprocess.Popen([BINARY, "record", *arguments, "-o", "out.wav"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(1000):
            if any(name.startswith("out.wav.part") for name in os.listdir(self.folder)):
                break
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        text, errors = process.communicate(timeout=20)
        self.assertEqual((OK, ""), (process.returncode, errors))
        return text

    def test_interrupted_input_keeps_what_came(self):
        text = self.interrupt_record("-i", "tone")
        _, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        self.assertIn("out.wav: %.3f s" % (len(samples) / channels / 48000), text)
        self.assertEqual(["out.wav"], os.listdir(self.folder))

    def test_a_full_disk_ends_the_recording(self):
        """It has no length, and would go on for a day."""
        result = self.run_cli("record", "-i", "tone", "-o", "out.wav", preexec=full_disk(100000))
        self.assertEqual(FAILED, result.returncode)
        self.assertRegex(result.stderr, r"(?m)^wavepool: out\.wav: cannot be written: ")
        self.assertEqual([], os.listdir(self.folder))

    def test_16_bits_take_half(self):
        self.write_wav("in.wav", 600000)  # 1.2 MB as it is, 2.4 as floats
        for storage in ("int16", "float32"):
            self.write(storage + ".json", {"length": 1, "channels": 1, "buffers": [
                {"id": "b", "file": "in.wav", "storage": storage},
                {"id": "n", "synth": "noise", "seconds": 0.1, "storage": storage}],
                "nodes": [{"id": "s", "type": "AudioBufferSource", "options": {"buffer": "b"}}],
                "connections": [["s", "destination"]]})
        self.check_ok("render", "float32.json", "-o", "a.wav")
        self.check_ok("render", "int16.json", "-o", "b.wav")
        self.assertTrue(self.read("a.wav") == self.read("b.wav"))
        self.check_ok("render", "int16.json", "-o", "c.wav", "--budget", "3")
        self.check_refused(OVER_BUDGET, ["$.buffers[0]"], "render", "float32.json", "-o", "d.wav", "--budget",
                           "3")

    def test_play_on_the_null_device(self):
        self.write("tone.json", TONE)
        begin = time.monotonic()
        text = self.check_ok("play", "--device", "null", "tone.json", "tone.json")
        self.assertGreaterEqual(time.monotonic() - begin, 0.9)  # twice half a second, at a real clock's pace
        self.assertEqual(2, text.count("playing   tone.json"))
        for word in ("null", "load ", "underruns", "deadline misses", "ledger peak"):
            self.assertIn(word, text)

    def test_offline_has_no_underruns(self):
        self.write("tone.json", TONE)
        text = self.check_ok("profile", "tone.json")
        self.assertIn("underruns: unavailable", text)
        self.assertNotIn("deadline misses", text)  # nothing is late offline

    def test_play_records_through_the_file_device(self):
        self.write("tone.json", TONE)
        self.check_ok("play", "--quiet", "--device", "file:out.wav", "tone.json")
        self.assertTrue(self.exists("out.wav"))

    def test_play_says_where(self):
        self.write("tone.json", TONE)
        text = self.check_ok("play", "--quiet", "--device", "none", "--input", "tone", "tone.json")
        self.assertRegex(text, r"device +null:null, No sound, real clock, .* quantum 128\n")
        self.assertRegex(text, r"input +null:tone, A sine of 440 Hz, 2 channels, latency [0-9.]+ ms\n")
        text = self.check_ok("play", "--quiet", "--device", "none", "tone.json")
        self.assertNotIn("input", text)

    def record(self, scene):
        """What the file device plays of a scene with a ramp as its input."""
        frames = [i * 16 for i in range(2000)]
        with wave.open(os.path.join(self.folder, "in.wav"), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", None))
            file.writeframes(struct.pack("<2000h", *frames))
        self.write("live.json", scene)
        self.check_ok("play", "--quiet", "--device", "file:live.wav", "--input", "in.wav", "live.json")
        _, channels, samples = read_wav(os.path.join(self.folder, "live.wav"))
        self.assertEqual(1, channels)
        return [frame / 32768 for frame in frames], samples

    def test_input_beside_a_scene(self):
        wanted, samples = self.record({"length": 0.3, "channels": 1, "sample_rate": 48000, "nodes": []})
        self.assertEqual(wanted, list(samples[:2000]))
        self.assertEqual(0, max(abs(sample) for sample in samples[2000:]))

    def test_input_through_a_scene(self):
        nodes = [{"id": "mic", "type": "Input"}, {"id": "half", "type": "Gain", "options": {"gain": 0.5}}]
        wanted, samples = self.record({"length": 0.3, "channels": 1, "sample_rate": 48000, "nodes": nodes,
                                       "connections": [["mic", "half", "destination"]]})
        self.assertEqual(wanted, [2 * sample for sample in samples[:2000]])

    def test_input_where_there_is_none(self):
        """Silence, as docs/scenes.md says: rendered, or played without --input."""
        self.write("scene.json", dict(TONE, nodes=TONE["nodes"] + [
            {"id": "mic", "type": "Input", "options": {"channelCount": 1}}], connections=TONE["connections"] + [
                ["mic", "level"]]))
        self.write("tone.json", TONE)
        for name in ("scene", "tone"):
            self.check_ok("render", name + ".json", "-o", name + ".wav")
            self.check_ok("play", "--quiet", "--device", "file:%s2.wav" % name, name + ".json")
        self.assertTrue(self.read("scene.wav") == self.read("tone.wav"))
        played = [read_wav(os.path.join(self.folder, name))[2][:48000] for name in ("scene2.wav", "tone2.wav")]
        self.assertEqual(48000, len(played[0]))
        self.assertEqual(played[0], played[1])
        self.check_ok("profile", "scene.json", "--dot", "out.dot")

    def test_play_ends_on_interrupt(self):
        self.write("long.json", dict(TONE, length=60))
        process = subprocess.Popen([BINARY, "play", "--device", "null", "long.json"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        line = process.stdout.readline()  # it is running
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        text, errors = process.communicate(timeout=20)
        self.assertIn("long.json", line)
        self.assertEqual((OK, ""), (process.returncode, errors))
        self.assertIn("ledger peak", text)

    def on_a_terminal(self, term, lines, columns, *arguments):
        """What a terminal of that kind and size was sent."""
        try:
            main, side = pty.openpty()
        except OSError as error:
            self.skipTest(f"no pseudo terminals here: {error}")
        environment = dict(os.environ, TERM=term, LINES=str(lines), COLUMNS=str(columns))
        environment["ASAN_OPTIONS"] = "detect_leaks=0"  # of ncurses, when it does not know the terminal
        process = subprocess.Popen([BINARY, *arguments], cwd=self.folder, stdin=side, stdout=side, stderr=side,
                                   env=environment)
        os.close(side)
        shown = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not piece:
                break
            shown += piece
        self.assertEqual(OK, process.wait(timeout=20), shown)
        os.close(main)
        return shown.decode(errors="replace")

    def play_on_a_terminal(self, term, lines, columns, length_s=1):
        """The same of a play, without control sequences."""
        self.write("tone.json", dict(TONE, length=length_s))
        text = self.on_a_terminal(term, lines, columns, "play", "--device", "null", "tone.json")
        self.assertNotIn("wavepool: ", text)
        return re.sub(r"\x1b[\[(][0-9;?]*[a-zA-Z]", "", text)

    def test_level_on_a_terminal(self):
        text = self.on_a_terminal("xterm", 24, 80, "record", "-i", "tone", "-o", "out.wav", "-s", "0.6")
        lines = [line for line in text.split("\r") if " s [" in line]
        self.assertGreater(len(lines), 2)  # one line that changes
        self.assertIn("-6.0 dB", lines[-1])
        self.assertIn("out.wav: 0.600 s", text)

    def test_live_page_on_a_terminal(self):
        text = self.play_on_a_terminal("xterm", 40, 120)
        for word in ("device", "load", "underruns", "latency", "memory", "Oscillator", "tone"):
            self.assertIn(word, text)
        # The page is left again: the summary comes on the plain screen.
        self.assertIn("ledger peak", text[text.rindex("deadline misses"):])

    def test_small_and_odd_terminals(self):
        for term, lines, columns in (("xterm", 3, 20), ("xterm", 1, 1), ("dumb", 24, 80), ("vt52", 24, 80)):
            with self.subTest((term, lines, columns)):
                self.assertIn("ledger peak", self.play_on_a_terminal(term, lines, columns, 0.3))
        text = self.play_on_a_terminal("no-such-terminal", 24, 80, 1.2)  # as without one
        self.assertRegex(text, r"load avg .* underruns: 0")
        self.assertIn("ledger peak", text)

    def test_profile(self):
        self.write("tone.json", TONE)
        text = self.check_ok("profile", "tone.json", "--json", "p.json", "--trace", "t.json")
        self.assertIn("[AudioProfiler] time: 0.50s load: ", text)
        rows = {}
        for line in text.splitlines():
            parts = line.split()
            if len(parts) in (4, 5) and parts[3:4] == ["%"]:
                rows[parts[0]] = (float(parts[1]), float(parts[2]))
        for name in ("Oscillator", "Gain", "engine", "sum"):
            self.assertIn(name, rows)
        self.assertAlmostEqual(100, rows["sum"][1], delta=0.5)
        total = sum(ns for name, (ns, _) in rows.items() if name != "sum")
        self.assertAlmostEqual(rows["sum"][0], total, delta=0.5 * len(rows))
        with open(os.path.join(self.folder, "p.json"), encoding="utf-8") as file:
            self.assertIsInstance(json.load(file), dict)
        with open(os.path.join(self.folder, "t.json"), encoding="utf-8") as file:
            trace = json.load(file)
        self.assertGreater(len(trace["traceEvents"]), 10)
        self.check_adds_up("p.json", self.check_trace("t.json", 0.5))

    def test_demo(self):
        """G2: the ledger and the resident memory of the process stay below 100 MB."""
        text = self.check_ok("demo", "--seconds", "1.5", "--device", "null", "-o", "demo.wav")
        for word in ("about 2 s", "null", "load ", "underruns", "deadline misses", "both below 100 MB"):
            self.assertIn(word, text)
        rate, channels, samples = read_wav(os.path.join(self.folder, "demo.wav"))
        self.assertEqual(1.5, len(samples) / channels / rate)
        self.assertGreater(max(samples), 300)


class Schema(CliTest):
    """docs/scene.schema.json says what the parser does."""

    def setUp(self):
        super().setUp()
        path = os.path.join(os.path.dirname(EXAMPLES), "docs", "scene.schema.json")
        with open(path, encoding="utf-8") as file:
            self.schema = json.load(file)

    def test_same_node_types(self):
        self.write("scene.json", {"length": 1, "nodes": [{"id": "a", "type": "?"}]})
        message = self.check_refused(BAD_FILE, ["known are "], "render", "scene.json", "-o", "out.wav")
        known = message.split("known are ")[1].strip().split(", ")
        rows = self.schema["$defs"]["node"]["anyOf"]
        self.assertEqual(known, [row["properties"]["type"]["const"] for row in rows])

    def test_same_keys(self):
        self.write("scene.json", {"?": 1})
        message = self.check_refused(BAD_FILE, ["known are "], "render", "scene.json", "-o", "out.wav")
        known = message.split("known are ")[1].strip().split(", ")
        self.assertEqual(sorted(known), sorted(set(self.schema["properties"]) - {"comment"}))

    def test_docs_list_all_of_it(self):
        """The tables of docs/scenes.md: each type with its options and params, each setting, each method."""
        path = os.path.join(os.path.dirname(EXAMPLES), "docs", "scenes.md")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        shared = {"channelCount", "channelCountMode", "channelInterpretation", "comment"}
        for row in self.schema["$defs"]["node"]["anyOf"]:
            keys = row["properties"]
            lines = re.findall(r"^\| `%s` \|(.*)\|(.*)\|$" % keys["type"]["const"], text, re.MULTILINE)
            self.assertEqual(1, len(lines), keys["type"])
            options, params = (set(re.findall(r"`(\w+)`", cell)) for cell in lines[0])
            self.assertEqual(set(keys["options"]["properties"]) - shared, options, keys["type"])
            wanted = set(keys["params"]["properties"]) - {"comment"} if "params" in keys else set()
            self.assertEqual(wanted, options if lines[0][1].strip() == "the same" else params, keys["type"])
        for name in (shared | set(self.schema["properties"])) - {"comment"}:
            self.assertTrue("`%s`" % name in text or '"%s"' % name in text, name)
        for event in self.schema["$defs"]["events"]["items"]["anyOf"]:
            self.assertTrue('["%s"' % event["prefixItems"][0]["const"] in text, event)

    def test_examples_are_valid(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        for name in sorted(os.listdir(EXAMPLES)):
            if name.endswith(".json"):
                with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
                    jsonschema.validate(json.load(file), self.schema)


if __name__ == "__main__":
    unittest.main()
