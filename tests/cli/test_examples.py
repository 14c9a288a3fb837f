"""Each scene of examples/ sounds as it did when it was last listened to, and what its title says can be measured.

Method: rendered, ten seconds of each; every half second the level of each channel and how often its sign changes must
be those of examples.json beside this file, which were written with --write after looking and listening. Levels and
signs hold on every machine and kernel variant, where the last bits need not. Then one test per scene of what it is
there to show, from theory alone.
Usage: test_examples.py BINARY EXAMPLES_DIR [--write | unittest arguments]
"""
import cmath
import json
import math
import os
import sys
import unittest

from test_cli import EXAMPLES, SOUNDS, CliTest, read_wav

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "examples.json")
SECONDS, WINDOW_S, FLOOR_DB = 10, 0.5, -60
NEEDS_SOUNDS = ("recording.json", "media.json")
REFUSED = ("over_budget.json",)  # test_cli.py


def names():
    return [name for name in sorted(os.listdir(EXAMPLES)) if name.endswith(".json") and name not in REFUSED]


def level_db(samples):
    energy = sum(value * value for value in samples) / max(1, len(samples))
    return round(10 * math.log10(energy), 2) if energy > 1e-12 else -120.0


def sign_changes(samples):
    signs = [value > 0 for value in samples]
    return sum(left != right for left, right in zip(signs, signs[1:]))


def amplitude_at(samples, rate, frequency):
    """Of a sine of that frequency, with a Hann window."""
    count, total = len(samples), 0
    for i, value in enumerate(samples):
        hann = 0.5 - 0.5 * math.cos(2 * math.pi * i / count)
        total += value * hann * cmath.exp(-2j * math.pi * frequency * i / rate)
    return 4 * abs(total) / count


class Examples(CliTest):
    def render(self, name, seconds=SECONDS):
        self.check_ok("render", os.path.join(EXAMPLES, name), "-o", "out.wav", "--seconds", str(seconds),
                      "--allow-dir", "/usr/share/sounds")
        rate, channels, samples = read_wav(os.path.join(self.folder, "out.wav"))
        return rate, [samples[channel::channels] for channel in range(channels)]

    def measure(self, name):
        """For each window, for each channel: level in dB, changes of sign."""
        rate, planes = self.render(name)
        size = int(WINDOW_S * rate)
        return [[(level_db(plane[at:at + size]), sign_changes(plane[at:at + size])) for plane in planes]
                for at in range(0, len(planes[0]), size)]

    def test_as_listened_to(self):
        with open(TABLE, encoding="utf-8") as file:
            table = json.load(file)
        self.assertEqual(names(), sorted(table))
        for name in names():
            if name in NEEDS_SOUNDS and not os.path.isdir(SOUNDS):
                continue
            with self.subTest(name):
                measured = self.measure(name)
                self.assertEqual(len(table[name]), len(measured))
                for index, (window, wanted) in enumerate(zip(measured, table[name])):
                    for channel, ((level, changes), (wanted_level, wanted_changes)) in enumerate(zip(window, wanted)):
                        if max(level, wanted_level) < FLOOR_DB:
                            continue
                        where = f"{WINDOW_S * index:.1f} s, channel {channel}"
                        self.assertAlmostEqual(wanted_level, level, delta=0.1, msg=where)
                        self.assertAlmostEqual(wanted_changes, changes, delta=3 + wanted_changes / 100, msg=where)

    def test_none_clips_or_is_silent(self):
        for name in names():
            if name in NEEDS_SOUNDS and not os.path.isdir(SOUNDS):
                continue
            with self.subTest(name):
                _, planes = self.render(name)
                peak = max(max(abs(value) for value in plane) for plane in planes)
                self.assertTrue(0.1 < peak < 1.0, peak)

    def test_channels(self):
        """Low comes from the left, high from the right; merged again they have changed sides."""
        rate, (left, right) = self.render("channels.json", 2)
        for plane, louder, softer in ((left, 294, 196), (right, 196, 294)):
            part = plane[rate // 2:rate // 2 + rate]
            self.assertGreater(amplitude_at(part, rate, louder), 1.5 * amplitude_at(part, rate, softer))

    def test_feedback_delay(self):
        """Each echo that comes back has gone through a gain of 0.6 and a filter: it gets softer, and never grows."""
        rate, planes = self.render("feedback_delay.json")
        levels = [level_db([a + b for a, b in zip(planes[0][at:at + rate], planes[1][at:at + rate])])
                  for at in range(5 * rate, 10 * rate, rate)]
        for before, after in zip(levels, levels[1:]):
            self.assertTrue(20 * math.log10(0.6) - 4 < after - before < 20 * math.log10(0.6) + 1, levels)

    def test_reverb(self):
        """After the last note a room of noise dies away by itself, evenly in dB."""
        rate, planes = self.render("reverb.json")
        levels = [level_db(planes[0][at:at + rate // 2]) for at in range(8 * rate, 10 * rate, rate // 2)]
        for before, after in zip(levels, levels[1:]):
            self.assertTrue(3 < before - after < 15, levels)


def write():
    probe = Examples("test_as_listened_to")
    table = {}
    for name in names():
        probe.setUp()
        table[name] = probe.measure(name)
        probe.doCleanups()
    with open(TABLE, "w", encoding="utf-8") as file:
        rows = [f'  "{name}": {json.dumps(rows)}' for name, rows in table.items()]
        file.write("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        unittest.main()
