// How each library plays the same note: a sawtooth through a gain with attack and decay, 0.3 s long.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const NOTE_S = 0.3;
const PEAK = 0.01, FLOOR = 1e-5, ATTACK_S = 0.01;
export const pitch = (index) => 110 + (index % 37) * 20;

// With the specification's classes alone, whoever's they are.
function specPlayer(context, bus) {
  return (when, frequency) => {
    const oscillator = context.createOscillator();
    const amplifier = context.createGain();
    oscillator.type = 'sawtooth';
    oscillator.frequency.value = frequency;
    amplifier.gain.setValueAtTime(0, when);
    amplifier.gain.linearRampToValueAtTime(PEAK, when + ATTACK_S);
    amplifier.gain.exponentialRampToValueAtTime(FLOOR, when + NOTE_S);
    oscillator.connect(amplifier).connect(bus);
    oscillator.start(when);
    oscillator.stop(when + NOTE_S);
  };
}

// A voice pool: the note is one call.
function voicePlayer({ GainNode, OscillatorNode, VoicePool }, context, bus) {
  const pool = new VoicePool(context, {
    nodes: { oscillator: [OscillatorNode, { type: 'sawtooth' }], amplifier: [GainNode, { gain: 0 }] },
    destination: bus,
    arguments: ['frequency'],
    note: {
      'oscillator.frequency': 'frequency',
      'amplifier.gain': [['set', 0, 0], ['linear', PEAK, ATTACK_S], ['exponential', FLOOR, NOTE_S]],
      'stop': NOTE_S,
    },
    maxSize: 128,
  });
  return (when, frequency) => {
    pool.play(when, frequency);
  };
}

// The journal's classes: two pools of nodes.
function nodePlayer({ NodePool, OscillatorNode }, context, bus) {
  const oscillators = new NodePool(context, () => new OscillatorNode(context, { type: 'sawtooth' }), 128);
  const amplifiers = new NodePool(context, () => context.createGain(), 128);
  return (when, frequency) => {
    const oscillator = oscillators.acquire();
    const amplifier = amplifiers.acquire();
    oscillator.frequency.value = frequency;
    amplifier.gain.setValueAtTime(0, when);
    amplifier.gain.linearRampToValueAtTime(PEAK, when + ATTACK_S);
    amplifier.gain.exponentialRampToValueAtTime(FLOOR, when + NOTE_S);
    oscillator.connect(amplifier).connect(bus);
    oscillator.start(when);
    oscillator.stop(when + NOTE_S);
    oscillators.release(oscillator, 'when-done');
    amplifiers.release(amplifier, 'when-done');
  };
}

const OWN = new URL('../../js/src/index.mjs', import.meta.url).href;
const ownAnswers = {
  silent: () => ({ sinkId: { type: 'none' } }),
  underruns({ AudioProfiler }, context) {
    const { bufferUnderruns, deadlineMisses } = new AudioProfiler(context).getMetrics();
    return bufferUnderruns ?? deadlineMisses;
  },
};
const own = (player) => ({ address: () => OWN, player, ...ownAnswers });

// A peer as npm has installed it.
function installed(name, folder) {
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(name)).href;
}

// A stream that takes samples as fast as a device would play them, for a library that plays into one.
class Clock {
  static RATE = 48000;
  static AHEAD_FRAMES = 1024;
  static BYTES_PER_FRAME = 4; // two channels of 16 bits
  written = 0;
  underruns = 0;
  beganMs = 0;

  #ahead() {
    return this.written - (performance.now() - this.beganMs) / 1000 * Clock.RATE;
  }

  write(bytes) {
    if (this.written === 0) this.beganMs = performance.now();
    if (this.#ahead() < 0) {
      this.underruns += this.written > 0 ? 1 : 0;
      this.beganMs = performance.now() - this.written / Clock.RATE * 1000;
    }
    this.written += bytes.length / Clock.BYTES_PER_FRAME;
    return this.#ahead() < Clock.AHEAD_FRAMES;
  }

  once(_, drained) {
    setTimeout(drained, Math.max((this.#ahead() - Clock.AHEAD_FRAMES / 2) / Clock.RATE * 1000, 0));
  }

  end() {}
}
let clock = null;

export const libraries = {
  'spec': own((_, context, bus) => specPlayer(context, bus)),
  'voice-pool': own(voicePlayer),
  'node-pools': own(nodePlayer),
  'node-web-audio-api': {
    address: (folder) => installed('node-web-audio-api', folder),
    player: (_, context, bus) => specPlayer(context, bus),
    silent: () => ({ sinkId: { type: 'none' } }),
    underruns: (_, context) => context.playbackStats?.underrunEvents ?? null,
    suspendsAhead: true,
  },
  'web-audio-api': {
    address: (folder) => installed('web-audio-api', folder),
    player: (_, context, bus) => specPlayer(context, bus),
    silent: () => ({ sinkId: (clock = new Clock()) }), // of type none it does not render
    underruns: () => clock.underruns,
  },
};
