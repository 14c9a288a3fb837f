// A piece for three voices, by Tone.js as it is: node tone_piece.mjs offline | SINK
// Prints the peak, and for each chord the level of its notes against that of the other chords' in dB.
import { readFile } from 'node:fs/promises';
import 'wavepool/polyfill';

globalThis.TONE_SILENCE_LOGGING = true;
const Tone = await import('tone');
const { AudioContext: ToneAudioContext } = await import('standardized-audio-context');

const CHORDS = [['C4', 'E4', 'G4'], ['F4', 'A4', 'D5'], ['G4', 'B4', 'F5']];
const BEAT_S = 0.4;
const LEAD_S = 1; // a busy machine runs timers late; then the notes are scheduled all the same

// The piece begins now, with what the context looks ahead.
function score(transport) {
  const synth = new Tone.PolySynth(Tone.Synth, { oscillator: { type: 'sine' },
    envelope: { attack: 0.01, decay: 0.01, sustain: 0.8, release: 0.05 } });
  const pan = new Tone.Panner(0.25).toDestination();
  synth.connect(new Tone.Filter(4000, 'lowpass').connect(pan));
  new Tone.Part((time, chord) => synth.triggerAttackRelease(chord, BEAT_S * 0.6, time, 0.3),
    CHORDS.map((chord, index) => [index * BEAT_S, chord])).start(0);
  transport.start(transport.now());
}

// The amplitude at a frequency, of `count` frames from `start` on (Goertzel's way, under a Hann window).
function amplitude(samples, rate, start, count, hz) {
  const turn = 2 * Math.PI * hz / rate;
  let [re, im] = [0, 0];
  for (let index = 0; index < count; index++) {
    const window = 0.5 - 0.5 * Math.cos(2 * Math.PI * index / count);
    re += window * samples[start + index] * Math.cos(turn * index);
    im += window * samples[start + index] * Math.sin(turn * index);
  }
  return 4 * Math.hypot(re, im) / count;
}

// offset_s: where in the samples the transport's 0 is.
function judge(samples, rate, offsetS) {
  const notes = CHORDS.map((chord) => chord.map((note) => Tone.Frequency(note).toFrequency()));
  return notes.map((own, index) => {
    const start = Math.round((offsetS + index * BEAT_S + 0.05) * rate);
    const level = (hz) => amplitude(samples, rate, start, Math.round(0.18 * rate), hz);
    const others = notes.flat().filter((hz) => !own.includes(hz));
    return 20 * Math.log10(Math.min(...own.map(level)) / Math.max(...others.map(level)));
  });
}

const peak = (samples) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

async function offline() {
  const buffer = await Tone.Offline(({ transport }) => score(transport), 1.3, 2, 44100);
  const samples = buffer.getChannelData(1);
  return { peak: peak(samples), db: judge(samples, 44100, 0), channels: buffer.numberOfChannels };
}

async function played(sinkId) {
  const context = new Tone.Context(new ToneAudioContext({ sinkId, sampleRate: 48000 }));
  context.lookAhead = LEAD_S;
  Tone.setContext(context, true);
  await Tone.start();
  score(Tone.getTransport());
  const start = Tone.now();
  while (Tone.now() < start + LEAD_S + 1.5) await new Promise((resolve) => { setTimeout(resolve, 50); });
  await context.close();
  return { state: context.state, seconds: Tone.now() - start };
}

// What the `file:` sink has heard. Its clock is a real one: the piece begins wherever the first sound is.
async function heard(path) {
  const file = await readFile(path);
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  const buffer = await new OfflineAudioContext(2, 1, 48000).decodeAudioData(bytes);
  const samples = buffer.getChannelData(1);
  const first = samples.findIndex((value) => Math.abs(value) > 0.001);
  return { peak: peak(samples), db: judge(samples, 48000, first / 48000), channels: buffer.numberOfChannels };
}

const sink = process.argv[2];
let result;
if (sink === 'offline') result = await offline();
else result = await played(sink === 'none' ? { type: 'none' } : sink);
if (sink.startsWith('file:')) Object.assign(result, await heard(sink.slice('file:'.length)));
console.log(JSON.stringify(result));
process.exit(0);
