// Goal: what JavaScript renders is what the C engine renders, to the bit, for every type of node. Method: each
// row is a scene (docs/scenes.md); the command line renders it through the C interface, and here it is made of
// the package's classes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AudioBuffer, OfflineAudioContext, PeriodicWave, wavepool } from './helpers.mjs';

const CLI = process.env.WAVEPOOL_PROGRAM ??
  fileURLToPath(new URL('../../build/wavepool', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
after(() => rmSync(folder, { recursive: true }));

// -- the command line ---------------------------------------------------------------------------------------

function channelsOf(wav) {
  const chunk = (name) => {
    let at = 12;
    while (wav.toString('latin1', at, at + 4) !== name) at += 8 + wav.readUInt32LE(at + 4);
    return { at: at + 8, bytes: wav.readUInt32LE(at + 4) };
  };
  const count = wav.readUInt16LE(chunk('fmt ').at + 2);
  const { at, bytes } = chunk('data');
  const values = new Float32Array(wav.buffer.slice(wav.byteOffset + at, wav.byteOffset + at + bytes));
  return Array.from({ length: count }, (_, channel) => values.filter((value,
    index) => index % count === channel));
}

async function byEngine(name, scene) {
  const [from, to] = [join(folder, `${name}.json`), join(folder, `${name}.wav`)];
  writeFileSync(from, JSON.stringify(scene));
  await new Promise((resolve, reject) => {
    execFile(CLI, ['render', from, '-o', to, '--format', 'float'], (error, out, err) => {
      if (error === null) resolve();
      else reject(new Error(`${name}: ${err}`, { cause: error }));
    });
  });
  return channelsOf(readFileSync(to));
}

// -- the package --------------------------------------------------------------------------------------------

// The scenes' noise and impulse.
function makeBuffer({ synth, seconds, channels = 1, seed = 0 }, rate) {
  const length = Math.ceil(seconds * rate);
  const buffer = new AudioBuffer({ length, numberOfChannels: channels, sampleRate: rate });
  let state = Math.imul(seed, 2654435761) + 1 >>> 0;
  for (let channel = 0; channel < channels; channel++) {
    const data = buffer.getChannelData(channel);
    if (synth === 'impulse') data[0] = 1;
    for (let frame = 0; synth === 'noise' && frame < length; frame++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state = (state ^ state << 5) >>> 0;
      data[frame] = state / 2147483648 - 1;
    }
  }
  return buffer;
}

function automate(object, { params = {}, rates = {} }) {
  for (const [name, rate] of Object.entries(rates)) object[name].automationRate = rate;
  for (const [name, events] of Object.entries(params)) {
    for (const [method, ...given] of events) object[name][method](...given);
  }
}

function build(context, scene) {
  const byId = (list = [], make = undefined) => Object.fromEntries(list.map((each) => [each.id, make(each)]));
  const buffers = byId(scene.buffers, (each) => makeBuffer(each, context.sampleRate));
  const waves = byId(scene.waves, ({ id, ...options }) => new PeriodicWave(context, options));
  const nodes = byId(scene.nodes, ({ type, options = {} }) => {
    const given = { ...options };
    if ('buffer' in given) given.buffer = buffers[given.buffer];
    if ('periodicWave' in given) given.periodicWave = waves[given.periodicWave];
    return new wavepool[`${type}Node`](context, given);
  });
  for (const each of scene.nodes) {
    const node = nodes[each.id];
    automate(node, each);
    if (typeof node.start === 'function') node.start(...[each.start ?? 0].flat());
    if (each.stop !== undefined) node.stop(each.stop);
  }
  if (scene.listener !== undefined) automate(context.listener, scene.listener);
  const all = { ...nodes, listener: context.listener, destination: context.destination };
  for (const chain of scene.connections) {
    for (let index = 0; index + 1 < chain.length; index++) {
      const [from, output = '0'] = chain[index].split(':');
      const [to, input = '0'] = chain[index + 1].split(':');
      const [node, param] = to.split('.');
      if (param !== undefined) all[from].connect(all[node][param], Number(output));
      else all[from].connect(all[node], Number(output), Number(input));
    }
  }
}

// isCut: in chunks, with suspensions in which nothing happens.
async function byPackage(scene, isCut) {
  const { length, sample_rate: sampleRate = 48000, channels = 2, quantum = 128 } = scene;
  const frames = Math.round(length * sampleRate);
  const context = new OfflineAudioContext({ numberOfChannels: channels, length: frames, sampleRate,
    renderSizeHint: quantum });
  build(context, scene);
  if (!isCut) {
    const buffer = await context.startRendering();
    return Array.from({ length: channels }, (_, channel) => buffer.getChannelData(channel));
  }
  for (const part of [0, 0.3, 0.7]) {
    void context.suspend(part * length).then(() => context.resume());
  }
  const pieces = [];
  for (let left = frames; left > 0;) {
    const buffer = await context.startRendering(Math.ceil(frames / 3));
    left -= buffer.length;
    pieces.push(buffer);
  }
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(pieces.flatMap((piece) => [...piece.getChannelData(channel)])));
}

function mustBeSame(found, wanted, what) {
  assert.equal(found.length, wanted.length, what);
  let isHeard = false;
  for (let channel = 0; channel < found.length; channel++) {
    const [ours, theirs] = [found, wanted].map((all) => new Uint32Array(all[channel].buffer,
      all[channel].byteOffset, all[channel].length));
    assert.equal(ours.length, theirs.length, what);
    const at = ours.findIndex((bits, frame) => bits !== theirs[frame]);
    assert.equal(at, -1, `${what}, channel ${channel}, frame ${at}: ${found[channel][at]}, engine ${
      wanted[channel][at]}`);
    isHeard ||= found[channel].some((value) => value !== 0);
  }
  assert.ok(isHeard, `${what}: silence proves nothing`);
}

// -- scenes -------------------------------------------------------------------------------------------------

const NOISE = { id: 'noise', synth: 'noise', seconds: 0.05, seed: 7 };
const WIDE = { id: 'wide', synth: 'noise', seconds: 0.04, channels: 2, seed: 3 };
const LENGTH = 0.1;
const player = (options = {}, more = {}) =>
  ({ id: 'player', type: 'AudioBufferSource', options: { buffer: 'noise', ...options }, ...more });

// One node that noise, mono and stereo, goes through; its params move.
const through = (type, options, more = {}) => ({
  length: LENGTH, buffers: [NOISE, WIDE],
  nodes: [player(), player({ buffer: 'wide' }, { id: 'second', start: 0.02 }), { id: 'it', type, options,
    ...more }].map((node, index) => (index === 1 ? { ...node, id: 'second' } : node)),
  connections: [['player', 'it', 'destination'], ['second', 'it']] });

const ramps = (from, to) => [['setValueAtTime', from, 0], ['linearRampToValueAtTime', to, 0.03],
  ['setTargetAtTime', from, 0.04, 0.01], ['setValueCurveAtTime', [from, to, from, to], 0.06, 0.02],
  ['setValueAtTime', to, 0.085], ['cancelScheduledValues', 0.09]];

const scenes = {
  gain: through('Gain', { gain: 0.5 }, { params: { gain: ramps(0.5, -2) } }),
  delay: through('Delay', { maxDelayTime: 0.2, delayTime: 0.003 }, { params: { delayTime: ramps(0, 0.02) } }),
  biquad: through('BiquadFilter', { type: 'peaking', frequency: 900, Q: 4, gain: 9 }, { params: {
    frequency: [['setValueAtTime', 200, 0], ['exponentialRampToValueAtTime', 9000, 0.07],
      ['cancelAndHoldAtTime', 0.05]],
    gain: ramps(3, 9) }, rates: { gain: 'k-rate' } }),
  iir: through('IIRFilter', { feedforward: [0.1, 0.2, 0.1], feedback: [1, -0.8, 0.3] }),
  shaper: through('WaveShaper', { curve: [-1, -0.2, 0, 0.6, 0.5], oversample: '4x' }),
  panner: through('Panner', { panningModel: 'equalpower', distanceModel: 'linear', positionX: -3,
    positionZ: 1,
    rolloffFactor: 0.5, coneInnerAngle: 30, coneOuterAngle: 120, coneOuterGain: 0.2 },
  { params: { positionX: ramps(-3, 5), orientationY: ramps(0, 1) } }),
  hrtf: { ...through('Panner', { panningModel: 'HRTF', positionX: 2, positionY: 1 }),
    listener: { params: { positionX: ramps(0, 3), forwardX: ramps(0, 1) } } },
  stereo: through('StereoPanner', { pan: 0.3 }, { params: { pan: ramps(-1, 1) } }),
  compressor: through('DynamicsCompressor', { threshold: -40, knee: 10, ratio: 8, attack: 0.001,
    release: 0.05 },
    { params: { threshold: [['setValueAtTime', -20, 0.05]] } }),
  convolver: through('Convolver', { buffer: 'wide' }),
  unnormalised: through('Convolver', { buffer: 'noise', disableNormalization: true }),
  analyser: through('Analyser', { fftSize: 64 }),
  splitter: { length: LENGTH, channels: 6, buffers: [WIDE],
    nodes: [player({ buffer: 'wide', loop: true }), { id: 'apart', type: 'ChannelSplitter',
      options: { numberOfOutputs: 3 } },
      { id: 'joined', type: 'ChannelMerger', options: { numberOfInputs: 5 } }],
    connections: [['player', 'apart'], ['apart:0', 'joined:4'], ['apart:1', 'joined:0'], ['apart:1',
      'joined:2'],
      ['joined', 'destination']] },
  oscillators: { length: LENGTH, waves: [{ id: 'wave', real: [0, 0.5, 0, 0.25], imag: [0, 1, 0.5, 0] },
    { id: 'raw', imag: [0, 1, 1], disableNormalization: true }],
  nodes: [...['sine', 'square', 'sawtooth', 'triangle'].map((type, index) => ({ id: type, type: 'Oscillator',
    options: { type, frequency: 100 * 3 ** index }, start: 0.00731 * index, stop: 0.0813,
    params: { detune: ramps(0, 700) } })),
  ...['wave', 'raw'].map((id) => ({ id, type: 'Oscillator', options: { periodicWave: id,
    frequency: 1234.5 } })),
  { id: 'mod', type: 'ConstantSource', options: { offset: 3 }, params: { offset: ramps(3, 900) } }],
  connections: [...['sine', 'square', 'sawtooth', 'triangle', 'wave', 'raw'].map((id) => [id, 'destination']),
    ['mod', 'wave.frequency'], ['sine', 'raw.detune']] },
  rates: { length: LENGTH, buffers: [NOISE, WIDE], nodes: [
    player({ playbackRate: 1.37, detune: 50, loop: true, loopStart: 0.0101, loopEnd: 0.0333 },
      { start: [0.00123, 0.005], params: { playbackRate: ramps(1, -1.5) } }),
    player({ buffer: 'wide' }, { id: 'short', start: [0.01, 0.0123, 0.0151] }),
    player({ buffer: 'wide', playbackRate: 0.5 }, { id: 'slow', stop: 0.0777 })],
  connections: [['player', 'destination'], ['short', 'destination'], ['slow', 'destination']] },
  feedback: { length: LENGTH, buffers: [NOISE], nodes: [player({}, { stop: 0.01 }),
    { id: 'line', type: 'Delay', options: { delayTime: 0.0071 } },
    { id: 'back', type: 'Gain', options: { gain: 0.7 } },
    { id: 'dull', type: 'BiquadFilter', options: { frequency: 2000 } }],
  connections: [['player', 'line', 'dull', 'back', 'line'], ['dull', 'destination']] },
  layouts: { length: LENGTH, channels: 6, buffers: [NOISE, WIDE, { ...WIDE, id: 'quad', channels: 4 },
    { ...WIDE, id: 'six', channels: 6 }, { ...WIDE, id: 'five', channels: 5 }],
  nodes: ['noise', 'wide', 'quad', 'six', 'five'].flatMap((id, index) => [
    player({ buffer: id }, { id, start: 0.003 * index }),
    { id: `${id}_2`, type: 'Gain', options: { channelCount: 2, channelCountMode: 'explicit' } },
    { id: `${id}_4`, type: 'Gain', options: { channelCount: 4, channelCountMode: 'clamped-max' } },
    { id: `${id}_1`, type: 'Gain', options: { channelCount: 1, channelCountMode: 'explicit',
      channelInterpretation: 'discrete' } }]),
  connections: ['noise', 'wide', 'quad', 'six', 'five'].flatMap((id) => [[id, 'destination'],
    [id, `${id}_2`, 'destination'], [id, `${id}_4`, 'destination'], [id, `${id}_1`, 'destination']]) },
};

describe('as the engine', { skip: !existsSync(CLI) && `there is no program at ${CLI}` }, () => {
  for (const [name, scene] of Object.entries(scenes)) {
    it(name, async () => {
      const [wanted, whole, cut] = await Promise.all([byEngine(name, scene), byPackage(scene, false),
        byPackage(scene, true)]);
      mustBeSame(whole, wanted, name);
      mustBeSame(cut, wanted, `${name} in chunks`);
    });
  }

  const SHAPES = [{ quantum: 1 }, { quantum: 100, channels: 1 }, { quantum: 480, sample_rate: 44100,
    channels: 3 },
    { quantum: 4096, sample_rate: 8000, channels: 2 }, { quantum: 127, sample_rate: 96000, channels: 8 }];
  for (const [index, shape] of SHAPES.entries()) {
    it(JSON.stringify(shape), async () => {
      for (const name of ['biquad', 'rates', 'feedback', 'layouts', 'compressor', 'panner'].filter((_, at) =>
        at % 2 === index % 2)) {
        const scene = { ...scenes[name], ...shape };
        const [wanted, whole] = await Promise.all([byEngine(`${name}-${index}`, scene), byPackage(scene,
          false)]);
        mustBeSame(whole, wanted, name);
      }
    });
  }
});

it('edits in a suspension are events at its time', { skip: CLI === undefined }, async () => {
  const event = { id: 'level', type: 'Gain', options: { gain: 1 } };
  const scene = { length: LENGTH, buffers: [NOISE], nodes: [player({ loop: true }), event],
    connections: [['player', 'level', 'destination']] };
  const time = 1280 / 48000;
  const wanted = await byEngine('edited', { ...scene, nodes: [player({ loop: true }), { ...event,
    params: { gain: [['setValueAtTime', 0.25, time], ['linearRampToValueAtTime', 2, 0.08]] } }] });
  const context = new OfflineAudioContext(2, LENGTH * 48000, 48000);
  const level = context.createGain();
  const source = context.createBufferSource();
  source.buffer = makeBuffer(NOISE, 48000);
  source.loop = true;
  source.connect(level).connect(context.destination);
  source.start();
  void context.suspend(time).then(() => {
    level.gain.setValueAtTime(0.25, time).linearRampToValueAtTime(2, 0.08);
    return context.resume();
  });
  const buffer = await context.startRendering();
  mustBeSame([0, 1].map((channel) => buffer.getChannelData(channel)), wanted, 'edited');
});
