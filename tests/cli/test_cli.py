"""The built binary does what docs/cli.md says: results, one clear line per mistake, documented exit codes.

Method: run it as a user would, in a folder of its own; nothing but what was asked for may be left there.
Usage: test_cli.py BINARY EXAMPLES_DIR [unittest arguments]
"""
import array
import json
import os
import pty
import re
import shutil
import signal
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

    def run_cli(self, *arguments):
        return subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, check=False)

    def check_ok(self, *arguments):
        result = self.run_cli(*arguments)
        self.assertEqual(OK, result.returncode, result.stderr + result.stdout)
        self.assertEqual("", result.stderr)
        return result.stdout

    def check_refused(self, code, words, *arguments):
        """It fails with code, says why in one line that holds words, and leaves nothing behind."""
        before = sorted(os.listdir(self.folder))
        result = self.run_cli(*arguments)
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

    def exists(self, name):
        return os.path.exists(os.path.join(self.folder, name))


class Usage(CliTest):
    def test_version(self):
        self.assertRegex(self.check_ok("--version"), r"^wavepool \d+\.\d+\.\d+\n$")

    def test_help(self):
        text = self.check_ok("--help")
        for command in ("play", "render", "profile", "devices", "demo"):
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
            (["profile", "tone.json", "--device", "null"], "--realtime"),
        ]
        for arguments, word in rows:
            with self.subTest(arguments):
                self.check_refused(USAGE, [word], *arguments)

    def test_devices(self):
        self.assertIn("null", self.check_ok("devices"))


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
        self.write("cut.wav", data[:30])
        self.check_refused(BAD_FILE, ["cut.wav"], "render", "cut.wav", "-o", "out.wav")

    def test_not_audio(self):
        self.write("noise.wav", bytes(range(256)) * 20)
        self.write("empty.wav", b"")
        for name in ("noise.wav", "empty.wav"):
            self.check_refused(BAD_FILE, [name], "render", name, "-o", "out.wav")

    def test_folder_as_file(self):
        os.mkdir(os.path.join(self.folder, "folder"))
        self.check_refused(BAD_FILE, ["folder"], "render", "folder", "-o", "out.wav")

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

    def test_budget_option_raises_it(self):
        self.check_ok("render", os.path.join(EXAMPLES, "over_budget.json"), "-o", "out.wav", "--budget", "60",
                      "--seconds", "0.2")

    def test_long_audio_over_budget(self):
        self.write_wav("long.wav", 2000000)
        self.check_refused(OVER_BUDGET, ["long.wav", "--budget"], "render", "long.wav", "-o", "out.wav",
                           "--budget", "4")

    def test_unwritable_output(self):
        self.write("tone.json", TONE)
        self.check_refused(FAILED, ["no/such/folder/out.wav"], "render", "tone.json", "-o",
                           "no/such/folder/out.wav")
        os.mkdir(os.path.join(self.folder, "taken.wav"))
        self.check_refused(FAILED, ["taken.wav"], "render", "tone.json", "-o", "taken.wav")
        self.check_refused(FAILED, ["no/out.json"], "profile", "tone.json", "--json", "no/out.json")
        self.check_refused(FAILED, ["no/out.json"], "profile", "tone.json", "--trace", "no/out.json")

    def test_unknown_device(self):
        self.write("tone.json", TONE)
        self.check_refused(NO_DEVICE, ["gramophone"], "play", "--device", "gramophone", "tone.json")

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

    def test_render_twice_is_the_same(self):
        for name in ("a.wav", "b.wav"):
            self.check_ok("render", os.path.join(EXAMPLES, "tune.json"), "-o", name, "--seconds", "6")
        # Sample by sample: the header of a float file has the time of day in it.
        first, second = (read_wav(os.path.join(self.folder, name)) for name in ("a.wav", "b.wav"))
        self.assertTrue(first == second)

    def test_render_audio_file(self):
        self.write_wav("in.wav")
        self.check_ok("render", "in.wav", "-o", "out.wav", "--format", "pcm16")
        self.assertEqual(read_wav(os.path.join(self.folder, "in.wav")),
                         read_wav(os.path.join(self.folder, "out.wav")))

    def test_every_example_renders(self):
        for name in sorted(os.listdir(EXAMPLES)):
            if not name.endswith(".json") or name == "over_budget.json":
                continue
            if name == "recording.json" and not os.path.isdir(SOUNDS):
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

    def test_live_page_on_a_terminal(self):
        self.write("tone.json", dict(TONE, length=1))
        try:
            main, side = pty.openpty()
        except OSError as error:
            self.skipTest(f"no pseudo terminals here: {error}")
        environment = dict(os.environ, TERM="xterm", LINES="40", COLUMNS="120")
        process = subprocess.Popen([BINARY, "play", "--device", "null", "tone.json"], cwd=self.folder,
                                   stdin=side, stdout=side, stderr=subprocess.PIPE, env=environment)
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
        _, errors = process.communicate(timeout=20)
        os.close(main)
        self.assertEqual((OK, b""), (process.returncode, errors))
        text = re.sub(r"\x1b[\[(][0-9;?]*[a-zA-Z]", "", shown.decode(errors="replace"))
        for word in ("device", "load", "underruns", "latency", "memory", "Oscillator", "tone"):
            self.assertIn(word, text)
        # The page is left again: the summary comes on the plain screen.
        self.assertIn("ledger peak", text[text.rindex("deadline misses"):])

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
        events = trace["traceEvents"] if isinstance(trace, dict) else trace
        self.assertGreater(len(events), 10)

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
