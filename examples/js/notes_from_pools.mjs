// An arpeggio from a pool of voices, and every second what it costs: node examples/js/notes_from_pools.mjs
//
//   seconds=10   how long      device=none   where: none, a device's id, file:/tmp/heard.wav; else the default
//
// A note is one call, placed a little ahead; it gives itself back. After the first few notes nothing is made.
import { AudioContext, AudioMemoryManager, AudioProfiler, BiquadFilterNode, GainNode, OscillatorNode,
  StereoPannerNode, VoicePool } from '../../js/src/index.mjs';

const given = Object.fromEntries(process.argv.slice(2).map((each) => each.split('=')));
const seconds = Number(given.seconds ?? 10);
const sinkId = given.device === 'none' ? { type: 'none' } : given.device ?? '';

const context = new AudioContext({ sinkId });
const manager = new AudioMemoryManager(context);
const profiler = new AudioProfiler(context);

const voices = new VoicePool(context, {
  nodes: {
    osc: [OscillatorNode, { type: 'sawtooth' }],
    filter: [BiquadFilterNode, { Q: 6 }],
    amp: [GainNode, { gain: 0 }],
    pan: StereoPannerNode,
  }, // each is connected to the next, the last one to the destination
  arguments: ['pitch', 'level', 'length', 'pan'],
  note: {
    'osc.frequency': 'pitch',
    'filter.frequency': [['set', 2000, 0], ['target', 300, 0, 0.1]],
    'amp.gain': [['set', 0, 0], ['linear', 'level', 0.005], ['target', 0, 'length', 0.08]],
    'pan.pan': 'pan',
    'stop': ['length', 0.8],
  },
  maxSize: 32,
});

const CHORDS = [[0, 3, 7, 12], [-4, 0, 3, 8], [-7, -4, 0, 5], [-2, 2, 5, 10]];
const NOTES_PER_S = 8, LEAD_S = 0.1;
let note = 0;

function placeNotes() {
  for (; note / NOTES_PER_S < context.currentTime + LEAD_S; note++) {
    const chord = CHORDS[Math.floor(note / 16) % CHORDS.length];
    const pitch = 220 * 2 ** (chord[note % 4] / 12 + (note % 8 > 3 ? 1 : 0));
    voices.play(note / NOTES_PER_S, pitch, 0.2, 0.1, Math.sin(note));
  }
}

await context.resume();
const placing = setInterval(placeNotes, 25);
const telling = setInterval(() => {
  const { gcPressure, estimatedBytes } = manager.getStats();
  const { created, reused } = voices.getStats();
  profiler.log();
  const megabytes = (estimatedBytes / 1e6).toFixed(1);
  console.log(`voices made ${created}, used again ${reused}; ${megabytes} MB, pressure ${gcPressure}`);
}, 1000);

setTimeout(async () => {
  clearInterval(placing);
  clearInterval(telling);
  await context.close();
}, 1000 * seconds);
