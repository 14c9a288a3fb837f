// Run by tools/test_package.sh on a bare machine, where the package is installed: node check.mjs STEP
// Prints what it found, throws at what is wrong.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { AudioContext, OfflineAudioContext } from 'wavepool';

const RATE = 48000;
const FILES = process.argv[3]; // tone.wav, tone.flac and so on, half a second

async function decoded(name) {
  const context = new OfflineAudioContext(1, 1, RATE);
  const { buffer } = new Uint8Array(await readFile(`${FILES}/${name}`));
  return context.decodeAudioData(buffer);
}

// Each format, resampled: libsndfile and its codecs, libsoxr.
async function decodes() {
  for (const name of ['tone.wav', 'tone.flac', 'tone.ogg', 'tone.opus', 'tone.mp3']) {
    const buffer = await decoded(name);
    const samples = buffer.getChannelData(0);
    const energy = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    assert.ok(Math.abs(buffer.duration - 0.5) < 0.06, `${name}: ${buffer.duration} s`);
    assert.ok(Math.abs(energy - 0.125) < 0.02, `${name}: energy ${energy}`);
    console.log(`${name}: ${buffer.duration.toFixed(3)} s at ${buffer.sampleRate} Hz`);
  }
}

// Head-related responses come from share/ of the package.
async function hrtf() {
  const context = new OfflineAudioContext(2, RATE / 10, RATE);
  const source = context.createOscillator();
  const panner = context.createPanner();
  panner.panningModel = 'HRTF';
  panner.positionX.value = 1;
  source.connect(panner).connect(context.destination);
  source.start();
  const buffer = await context.startRendering();
  const [left, right] = [0, 1].map((channel) => buffer.getChannelData(channel).reduce(
    (sum, value) => sum + value * value, 0));
  assert.ok(right > 2 * left && left > 0, `${left} ${right}`);
  console.log(`hrtf: ${(10 * Math.log10(right / left)).toFixed(1)} dB more on the right`);
}

async function plays() {
  const context = new AudioContext();
  const source = context.createOscillator();
  source.connect(context.destination);
  const start = context.currentTime;
  source.start();
  source.stop(start + 0.2);
  await new Promise((resolve) => { source.onended = resolve; });
  console.log(`plays: ${(context.currentTime - start).toFixed(1)} s`);
  await context.close();
}

const words = (error) => `${error.name}: ${error.message}`;
const says = (promise) => promise.then(() => assert.fail('it works'), words);

const steps = {
  whole: async () => {
    await decodes();
    await hrtf();
    await plays();
  },
  'no libsndfile': async () => {
    const said = await says(decoded('tone.wav'));
    assert.match(said, /^EncodingError: .*libsndfile\.so\.1 cannot be opened/);
    console.log(said);
    await plays();
  },
  'no libsoxr': async () => {
    const said = await says(decoded('tone.wav'));
    assert.match(said, /libsoxr\.so\.0 cannot be opened/);
    console.log(said);
  },
  'no libmysofa': async () => {
    const said = await says(hrtf());
    assert.match(said, /default\.sofa/);
    console.log(said);
    await decodes();
  },
  'no libcubeb': plays,
  plays,
};
await steps[process.argv[2]]();
