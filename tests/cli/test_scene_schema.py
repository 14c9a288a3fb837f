"""docs/scene.schema.json and the parser agree: whatever the one refuses the other refuses, and what the schema accepts
is refused only for what no schema can say (names that lead nowhere, numbers that must fit each other).

Method: small scenes that use every key, mutated place by place: at each bound and past it, of other types, without a
key, with an unknown one. Both judge; verdicts are compared. A mutation says where it is, so that a row that differs
can be read.
Usage: test_scene_schema.py SCHEMA VERDICTS [unittest arguments]
"""
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

SCHEMA_PATH, VERDICTS = sys.argv.pop(1), os.path.abspath(sys.argv.pop(1))
with open(SCHEMA_PATH, encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# Why the parser or the engine may refuse what the schema accepts: words of its message.
NOT_SAYABLE = re.compile("|".join((
    "there is no (node|buffer|wave|voice|pattern) ", "is there already", "has no parameter",  # names
    "needs a source among", "has no output", "takes connections to its parameters", "(input|output)_index is",
    "real has .* they must be as many", "only the first and the last of a chain",
    "outside the scene's folder", "No such file",
    "a chord is", "needs chord", "no note and no rest", "a bar line at", "the form",  # music, which is text
    "a note ends at", "transposed to", '"length" .seconds. is missing',
    "range at .* is .1, 6 x", "must be below max_decibels", "must be a finite number", "channelCount of a ChannelSplitter is",  # sums of numbers
)))

WAVES = {"waves": [{"id": "w", "real": [0, 1], "imag": [0, 0.5], "disableNormalization": True}]}
BUFFERS = {"buffers": [{"id": "b", "synth": "noise", "seconds": 0.01, "channels": 1, "seed": 1, "frequency": 100,
                        "decay": 0.1, "storage": "int16"}, {"id": "f", "file": "in.wav", "storage": "float32"}]}
EVENTS = [["setValueAtTime", 0.5, 0], ["linearRampToValueAtTime", 0.25, 1], ["exponentialRampToValueAtTime", 0.5, 2],
          ["setTargetAtTime", 0.5, 3, 0.1], ["setValueCurveAtTime", [0.5, 0.25], 4, 1], ["cancelScheduledValues", 9],
          ["cancelAndHoldAtTime", 8]]
VOICE = {"id": "v", "nodes": [{"id": "o", "type": "Oscillator"}, {"id": "g", "type": "Gain"}],
         "connections": [["o", "g"]], "output": "g", "to": "destination", "size": 1, "live_max": 2,
         "steal_oldest": True,
         "map": [{"target": "o.frequency", "from": "frequency", "scale": 1, "offset": 0, "root": 60}],
         "envelopes": [{"target": "g.gain", "attack": 0.1, "decay": 0.1, "sustain": 0.5, "release": 0.1, "base": 0,
                        "peak": 1, "velocity": 0.5}]}


def node_scenes():
    """One scene for each node type, with every key that the schema has for it."""
    for row in SCHEMA["$defs"]["node"]["anyOf"]:
        keys = row["properties"]
        node = {"id": "n", "type": keys["type"]["const"], "options": {}}
        for name, rule in keys["options"]["properties"].items():
            if name != "comment":
                node["options"][name] = sample(name, rule)
        params = [name for name in keys.get("params", {}).get("properties", {}) if name != "comment"]
        if params:
            node["params"] = {name: [EVENTS[0]] for name in params}
            node["rates"] = {name: "k-rate" for name in params}
        if "start" in keys:
            node["start"] = [0.5] if "anyOf" in keys["start"] else 0.5
            node["stop"] = 1
        if node["type"] == "AudioBufferSource":
            node["start"] = [0.5, 0, 1]
        if node["type"] == "MediaSource":
            node["start"] = [0.5, 0]
        yield node["type"], {"length": 1, "nodes": [node], **WAVES, "buffers": BUFFERS["buffers"][:1]}


def sample(name, rule):
    if name in ("buffer", "periodicWave"):
        return {"buffer": "b", "periodicWave": "w"}[name]
    if name == "file":
        return "in.wav"
    special = {"maxDecibels": -10, "minDecibels": -90, "fftSize": 64, "threshold": -10, "feedback": [1, 0.5],
               "feedforward": [1], "curve": [-1, 0, 1], "channelCount": 1, "channelCountMode": "explicit",
               "maxDelayTime": 1, "delayTime": 0.5, "numberOfOutputs": 1, "numberOfInputs": 2, "ratio": 2}
    if "enum" in rule and special.get(name) not in rule["enum"]:
        return rule["enum"][0]
    if name in special:
        return special[name]
    return {"number": 0.5, "boolean": True}[resolve(rule, 0.5)["type"]]


def scenes():
    yield "settings", {"title": "t", "sample_rate": 3000, "quantum": 128, "channels": 2, "length": 1, "budget_mb": 100,
                       "tempo": 60, "comment": "c"}
    yield "listener", {"length": 1, "listener": {"params": {"positionX": EVENTS, "upZ": [EVENTS[0]]},
                                                 "rates": {"positionX": "a-rate", "upZ": "k-rate"}}}
    yield "buffers", {"length": 1, "sample_rate": 3000, **BUFFERS}
    yield "waves", {"length": 1, **WAVES}
    yield "connections", {"length": 1, "nodes": [{"id": "a", "type": "Gain"}, {"id": "b", "type": "ChannelSplitter"}],
                          "connections": [["a", "b", "destination"], ["b:1", "a.gain"], ["a:0", "listener.upX"]]}
    yield "voices", {"voices": [VOICE], "parts": [{"voice": "v", "line": "C4"}]}
    phrase = {"step": 0.5, "bar": 4}
    yield "music", {"voices": [VOICE], "patterns": [
        {"id": "p", "line": "C4 D4:2 - |", "comment": 1, **phrase, "bar": 0.5},
        {"id": "q", "notes": [[0, 1, "C4", 0.5], [1, 1, 60]], "beats": 4}], "parts": [
        {"voice": "v", "at": 0, "gate": 0.5, "velocity": 0.5, "pan": 0, "transpose": 0, "sequence": "p*2 q+5 -:4"},
        {"voice": "v", "line": "C4 E4,G4:0.5@0.8", "step": 0.5},
        {"voice": "v", "chords": "C4,E4 D4,F4", "notes": [[0, 1, "$1", 1]], "beats": 2}]}
    yield from node_scenes()


def resolve(rule, value):
    """The part of the schema that speaks of value: behind references, and the branch that takes it."""
    while True:
        if "$ref" in rule:
            rule = SCHEMA["$defs"][rule["$ref"].split("/")[-1]]
        elif "anyOf" in rule and "properties" not in rule:
            fitting = [each for each in rule["anyOf"] if VALIDATOR.evolve(schema=dict(each, **{
                "$defs": SCHEMA["$defs"]})).is_valid(value)]
            rule = fitting[0] if fitting else {}
        else:
            return rule


def narrowed(scene):
    """A validator for mutations of that scene: of node types it knows those alone that are in there. Mutations of
    the type itself need all of them."""
    types = {node["type"] for part in [scene, *scene.get("voices", [])] for node in part.get("nodes", [])}
    schema = dict(SCHEMA, **{"$defs": dict(SCHEMA["$defs"])})
    schema["$defs"]["node"] = {"anyOf": [row for row in SCHEMA["$defs"]["node"]["anyOf"]
                                         if row["properties"]["type"]["const"] in types]}
    return jsonschema.Draft202012Validator(schema)


def values_for(rule, value):
    """What to put there instead: at each bound and past it, and of every other type."""
    others = [None, True, 1, "?", [], {}, -1, 0, 1.5, "", 1e300]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if bound in rule and number:
            at = rule[bound]
            step = 1 if rule.get("type") == "integer" else max(abs(at) * 1e-6, 1e-7)
            others += [at, at - step, at + step]
    others += rule.get("enum", [])
    if isinstance(value, str):
        others += ["9a", "a" * 64, "a" * 65, "destination", "\u00e4", "a b", "o.frequency", "a.", "a:1", "C4"]
    if isinstance(value, list) and value:
        for count in {rule.get("minItems", 0) - 1, rule.get("minItems", 0), min(rule.get("maxItems", 0), 20000),
                      min(rule.get("maxItems", 0), 20000) + 1}:
            if count >= 0 and count < 3000:
                others.append((value * (count // len(value) + 1))[:count])
    if isinstance(value, dict):
        others += [dict(value, unknown=1), dict(value, comment=[1])]
        others += [{key: item for key, item in value.items() if key != left} for left in value]
    return others


def places(value, rule, path):
    """(path, what else could be there) for every place of a value; of long lists the first three items."""
    rule = resolve(rule, value)
    for other in values_for(rule, value):
        yield path, other
    if isinstance(value, dict):
        for key, item in value.items():
            is_elsewhere = key in ("waves", "buffers", "length") and "nodes" in value or \
                key == "voices" and "patterns" in value or key in ("params", "rates") and len(path) == 2 and \
                value.get("type") not in ("Gain", "Oscillator")
            if not is_elsewhere:  # has a scene of its own
                yield from places(item, rule.get("properties", {}).get(key, {}), path + [key])
    elif isinstance(value, list):
        for index, item in enumerate(value[:3]):
            prefix = rule.get("prefixItems", [])
            inner = prefix[index] if index < len(prefix) else rule.get("items", {})
            yield from places(item, inner if isinstance(inner, dict) else {}, path + [index])


def replaced(value, path, other):
    """A copy of what the path goes through, with another value at its end."""
    if not path:
        return other
    made = copy.copy(value)
    made[path[0]] = replaced(value[path[0]], path[1:], other)
    return made


def mutations(scene):
    for path, other in places(scene, SCHEMA, []):
        yield path, replaced(scene, path, other)


class SchemaAgrees(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with wave.open(os.path.join(cls.folder, "in.wav"), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", None))
            file.writeframes(bytes(9600))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def judge(self, documents):
        result = subprocess.run([VERDICTS, os.path.join(self.folder, "scene.json")], text=True, check=True, timeout=100,
                                input="".join(json.dumps(each) + "\n" for each in documents), capture_output=True)
        lines = result.stdout.splitlines()
        self.assertEqual(len(documents), len(lines), result.stderr)
        return lines

    def test_they_begin_equal(self):
        """The scenes are good as they are, so that each mutation is judged for itself."""
        for (name, scene), verdict in zip(scenes(), self.judge([scene for _, scene in scenes()])):
            with self.subTest(name):
                self.assertEqual("ok", verdict)
                VALIDATOR.validate(scene)

    def test_every_key_is_used(self):
        """A key of the schema that no scene here has would go unjudged."""
        used = json.dumps([scene for _, scene in scenes()])

        def names(rule):
            for key, value in rule.items() if isinstance(rule, dict) else ():
                if key == "properties":
                    yield from value
                yield from names(value)
            for value in rule if isinstance(rule, list) else ():
                yield from names(value)

        for name in set(names(SCHEMA)) - {"hrtf"} - {f"{part}{axis}" for part in ("position", "forward", "up")
                                                     for axis in "XYZ"}:
            self.assertIn(f'"{name}"', used)

    def test_mutations(self):
        rows, seen = [], set()
        for name, scene in scenes():
            validator = narrowed(scene)
            for path, mutated in mutations(scene):
                text = json.dumps(mutated)
                if text not in seen:
                    seen.add(text)
                    is_of_type = path and path[-1] == "type"
                    rows.append((name, path, mutated, (VALIDATOR if is_of_type else validator).is_valid(mutated)))
        self.assertGreater(len(rows), 2000)
        self.assertGreater(sum(is_valid for *_, is_valid in rows), 400)
        differing = []
        for (name, path, mutated, is_valid), verdict in zip(rows, self.judge([row[2] for row in rows])):
            is_ok = not verdict.startswith("refused: ")
            if is_valid != is_ok and not (is_valid and NOT_SAYABLE.search(verdict)):
                value = mutated
                for key in path:
                    value = value[key]
                differing.append(f"{name} {path} {json.dumps(value)[:90]}: schema {is_valid}, {verdict[:160]}")
        self.assertEqual([], differing, f"{len(rows)} rows\n" + "\n".join(differing))


if __name__ == "__main__":
    unittest.main()
