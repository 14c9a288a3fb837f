"""`wavepool graph` and `profile --dot` show the graph that is there, whatever things are called.

Method: what a scene says is counted and looked for in what comes out; pictures are parsed as XML. Graphviz's dot is
taken from the PATH where it is installed, and played by scripts where it is to fail.
Usage: test_cli_graph.py BINARY EXAMPLES_DIR [unittest arguments]
"""
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

from test_cli import BAD_FILE, BINARY, EXAMPLES, FAILED, NO_DEVICE, OVER_BUDGET, SOUNDS, TONE, CliTest, full_disk

needs_dot = unittest.skipUnless(shutil.which("dot"), "graphviz is not installed")
SVG = "{http://www.w3.org/2000/svg}"


def examples():
    for name in sorted(os.listdir(EXAMPLES)):
        has_files = name not in ("recording.json", "media.json") or os.path.isdir(SOUNDS)
        if name.endswith(".json") and name != "over_budget.json" and has_files:
            with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
                yield os.path.join(EXAMPLES, name), json.load(file)


class Graph(CliTest):
    def graph(self, *arguments):
        return json.loads(self.check_ok("graph", "--json", "--allow-dir", "/usr/share/sounds", *arguments))

    def read_svg(self, name):
        """Titles of its nodes, titles of its edges, all text."""
        root = xml.etree.ElementTree.fromstring(self.read(name))
        self.assertEqual(SVG + "svg", root.tag)
        groups = {"node": [], "edge": [], "cluster": []}
        for group in root.iter(SVG + "g"):
            groups.get(group.get("class"), []).append(group.find(SVG + "title").text)
        return groups["node"], groups["edge"], [text.text or "" for text in root.iter(SVG + "text")]

    def test_every_node_of_every_example(self):
        """Labels are the scene's ids; each connection of the scene is one, and each voice pool is shown once."""
        for path, scene in examples():
            with self.subTest(path):
                found = self.graph(path)
                ids = [node["id"] for node in scene.get("nodes", [])]
                templates = [node["id"] for voice in scene.get("voices", []) for node in voice["nodes"]]
                labels = [node["label"] for node in found["nodes"] if "voice" not in node]
                self.assertEqual(sorted(ids), sorted(label for label in labels if label is not None))
                in_voices = [node["label"] for node in found["nodes"] if "voice" in node]
                self.assertEqual(sorted(templates), sorted(in_voices))
                self.assertEqual([voice["id"] for voice in scene.get("voices", [])],
                                 [pool["label"] for pool in reversed(found["pools"])])
                wanted = self.links(scene) + [link for voice in scene.get("voices", []) for link in self.links(voice)]
                names = {node["id"]: node["label"] for node in found["nodes"]}
                names.update({node["id"]: "listener" for node in found["nodes"] if node["type"] == "AudioListener"})
                names.update({node["id"]: "destination" for node in found["nodes"]
                              if node["type"] == "AudioDestination"})
                got = [(names[edge["source"]], edge["output"], names[edge["target"]], edge["input"])
                       for edge in found["connections"]]
                got += [(names[edge["source"]], edge["output"], names[edge["target"]], edge["param"])
                        for edge in found["paramConnections"]]
                for link in wanted:
                    self.assertIn(link, got)

    @staticmethod
    def links(graph):
        """What the chains of a scene mean: source, output, target, input or param."""
        links = []
        for chain in graph.get("connections", []):
            for source, target in zip(chain, chain[1:]):
                source, _, output = source.partition(":")
                target, _, rest = target.replace(".", ":.").partition(":")
                port = rest[1:] if rest.startswith(".") else int(rest or 0)
                links.append((source, int(output or 0), target, port))
        return links

    @needs_dot
    def test_every_example_is_a_picture(self):
        for path, _ in examples():
            with self.subTest(path):
                found = self.graph(path)
                self.check_ok("graph", path, "-o", "out.svg", "--allow-dir", "/usr/share/sounds")
                nodes, edges, texts = self.read_svg("out.svg")
                shown = [node for node in found["nodes"] if "n" + node["id"] in nodes]
                self.assertEqual(len(nodes), len(shown))
                hidden = [node["type"] for node in found["nodes"] if node not in shown]
                self.assertIn(hidden, ([], ["AudioListener"]))
                self.assertEqual(len(found["connections"]) + len(found["paramConnections"]), len(edges))
                for node in shown:
                    self.assertIn(node["label"] or node["type"], texts)

    def test_dot_is_the_default(self):
        text = self.check_ok("graph", os.path.join(EXAMPLES, "channels.json"))
        self.assertTrue(text.startswith("digraph wavepool {\n"))
        self.assertTrue(text.endswith("}\n"))
        self.check_ok("graph", os.path.join(EXAMPLES, "channels.json"), "-o", "out.dot")
        self.assertEqual(text, self.read("out.dot").decode())
        self.check_ok("graph", os.path.join(EXAMPLES, "channels.json"), "-o", "OUT.JSON")
        self.assertIsInstance(json.loads(self.read("OUT.JSON")), dict)
        self.assertEqual(["OUT.JSON", "out.dot"], sorted(os.listdir(self.folder)))

    def test_before_and_while_it_plays(self):
        self.write("tone.json", dict(TONE, length=10))
        states = {node["label"]: node["state"] for node in self.graph("tone.json")["nodes"]}
        self.assertEqual(("scheduled", "sleeping"), (states["tone"], states["level"]))
        found = self.graph("tone.json", "--at", "0.5", "--cost")
        self.assertEqual(24064, found["context"]["currentFrame"])  # whole quanta
        for node in found["nodes"]:
            if node["type"] != "AudioListener":
                self.assertEqual("active", node["state"])
                self.assertEqual(188, node["cost"]["instanceQuanta"])
        self.assertIsNone(self.graph("tone.json", "--at", "0.5")["nodes"][0]["cost"])

    def test_all_voices(self):
        path = os.path.join(EXAMPLES, "tune.json")
        one, every = self.graph(path), self.graph(path, "--all")
        with open(path, encoding="utf-8") as file:
            voices = json.load(file)["voices"]
        count = sum(len(voice["nodes"]) * voice.get("size", 20) for voice in voices)
        plain = len(one["nodes"]) - sum(len(voice["nodes"]) for voice in voices)
        self.assertEqual(plain + count, len(every["nodes"]))

    def test_audio_file(self):
        for options in ([], ["--stream"]):
            name = self.write_wav("a.wav")
            found = self.graph(name, *options)
            labels = {node["type"]: node["label"] for node in found["nodes"]}
            self.assertEqual("a.wav", labels["MediaSource" if options else "AudioBufferSource"])
            self.assertEqual("a.wav", found["title"])

    @needs_dot
    def test_hostile_names(self):
        """A title and a file's name may be anything; the picture shows them and nothing else comes of it."""
        names = ["<b>bold</b>", "a\"b", "back\\slash\\N", "</TD></TR></TABLE>>]; evil [label=\"x\"]; //",
                 "<IMG SRC=\"/etc/passwd\"/>", "&lt;&#60;&nosuch;", "]]>", "-->", "%s%n%99d", "\u202egnp.exe",
                 "tab\tline\nend", "\u00e9\u20ac\U0001f3b5"]
        for name in names:
            with self.subTest(name):
                self.write("scene.json", dict(TONE, title=name))
                self.assertEqual(name, self.graph("scene.json")["title"])
                self.check_ok("graph", "scene.json", "-o", "out.svg")
                nodes, edges, texts = self.read_svg("out.svg")
                self.assertEqual((3, 2), (len(nodes), len(edges)))
                shown = re.sub(r"[\t\n\u202e]", "\ufffd", name)
                self.assertIn(shown, [text.replace("\u00a0", " ") for text in texts])
                root = xml.etree.ElementTree.fromstring(self.read("out.svg"))
                self.assertFalse(list(root.iter(SVG + "image")))
        for name in names[:3] + [b"\xff\xfe.wav"]:
            raw = name if isinstance(name, bytes) else name.replace("/", "_").encode() + b".wav"
            path = os.path.join(self.folder.encode(), raw)
            shutil.copy(os.path.join(self.folder, self.write_wav("plain.wav")), path)
            result = subprocess.run([BINARY, "graph", path, "-o", "out.svg"], cwd=self.folder, timeout=60,
                                    capture_output=True, check=False)
            self.assertEqual((0, b""), (result.returncode, result.stderr))
            self.assertEqual(2, len(self.read_svg("out.svg")[0]))

    def test_without_graphviz(self):
        """Said before anything is done; what needs no picture goes on."""
        self.write("tone.json", TONE)
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        for name in ("out.svg", "out.PNG"):
            for command in (["graph", "tone.json", "-o", name], ["profile", "tone.json", "--dot", name]):
                result = subprocess.run([BINARY, *command], cwd=self.folder, capture_output=True, text=True, timeout=60,
                                        env=dict(os.environ, PATH=empty), check=False)
                self.assertEqual((FAILED, ""), (result.returncode, result.stdout))
                self.assertRegex(result.stderr, r"^wavepool: %s: .*graphviz.*\n$" % name)
        for name in ("out.dot", "out.json"):
            subprocess.run([BINARY, "graph", "tone.json", "-o", name], cwd=self.folder, timeout=60,
                           env=dict(os.environ, PATH=empty), check=True)
        self.assertEqual(["empty", "out.dot", "out.json", "tone.json"], sorted(os.listdir(self.folder)))

    def test_graphviz_fails(self):
        """Its first line is ours then, and what was there stays."""
        self.write("tone.json", TONE)
        self.write("old.svg", b"old")
        os.mkdir(os.path.join(self.folder, "bin"))
        rows = [("echo 'Error: no such thing' >&2; echo more >&2; exit 3", "Error: no such thing"),
                ("exit 1", "does not say why"), ("kill -9 $$", "does not say why"), ("exec <&-; exit 1", "dot failed")]
        for script, words in rows:
            with self.subTest(script):
                self.write("bin/dot", "#!/bin/sh\n" + script + "\n")
                os.chmod(os.path.join(self.folder, "bin", "dot"), 0o755)
                result = subprocess.run([BINARY, "graph", "tone.json", "-o", "old.svg"], cwd=self.folder,
                                        capture_output=True, text=True, timeout=60, check=False,
                                        env=dict(os.environ, PATH=os.path.join(self.folder, "bin") + ":/usr/bin:/bin"))
                self.assertEqual(FAILED, result.returncode)
                self.assertRegex(result.stderr, r"^wavepool: old\.svg: .*%s\n$" % words
                                 if "failed" not in words else r"^wavepool: old\.svg: dot failed: .*\n$")
        self.assertEqual(b"old", self.read("old.svg"))
        self.assertEqual(["bin", "old.svg", "tone.json"], sorted(os.listdir(self.folder)))

    def test_failures(self):
        self.write("tone.json", TONE)
        os.mkdir(os.path.join(self.folder, "taken.dot"))
        self.check_refused(BAD_FILE, ["nothing.json"], "graph", "nothing.json")
        self.check_refused(OVER_BUDGET, ["$.buffers[0]"], "graph", os.path.join(EXAMPLES, "over_budget.json"))
        self.check_refused(FAILED, ["no/out.dot"], "graph", "tone.json", "-o", "no/out.dot")
        self.check_refused(FAILED, ["taken.dot"], "graph", "tone.json", "-o", "taken.dot")
        self.check_refused(FAILED, ["no/out.dot"], "profile", "tone.json", "--dot", "no/out.dot")
        self.check_refused(NO_DEVICE, ["gramophone"], "profile", "tone.json", "--dot", "out.dot", "--realtime",
                           "--device", "gramophone")
        for name in ("out.dot", "out.json"):
            self.check_refused(FAILED, [name], "graph", "tone.json", "-o", name, preexec=full_disk(1000))
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([BINARY, "graph", "tone.json"], cwd=self.folder, stdout=full,
                                    stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(FAILED, result.returncode)
        self.assertIn("cannot be written", result.stderr)

    def test_profile_in_colours(self):
        """Each node has the colour of its cost, on a scale that is shown; what is not at work is pale."""
        self.write("scene.json", {"length": 1, "nodes": [
            {"id": "busy", "type": "Oscillator"}, {"id": "over", "type": "Oscillator", "stop": 0.5},
            {"id": "never", "type": "Gain"}], "connections": [["busy", "destination"], ["over", "destination"]]})
        text = self.check_ok("profile", "scene.json", "--dot", "out.dot")
        self.assertIn("engine", text)
        dot = self.read("out.dot").decode()
        fills = {}
        for line in dot.splitlines():
            match = re.search(r'BGCOLOR="#(\w{6})".*?<B>(\w+)</B>', line)
            if match:
                fills[match[2]] = tuple(int(match[1][i:i + 2], 16) for i in (0, 2, 4))
        legend = re.findall(r'BGCOLOR="#(\w{6})"><FONT', dot[dot.index("legend"):])
        self.assertEqual(7, len(legend))
        self.assertEqual((0xf6, 0xf6, 0xf6), fills["never"])  # never timed
        self.assertLess(sum(fills["busy"]), sum(fills["over"]))
        self.assertRegex(dot, r"(\d+(\.\d)?|\d\.\d+e\+\d+) (ns|\u00b5s) a quantum, \d+(\.\d)? %")


if __name__ == "__main__":
    unittest.main()
