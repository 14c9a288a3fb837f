// Goal: every type of node can be pooled, alone and in voices, with all of its options, and comes back as it
// was made (M2.1, M2.3, M2.6). Method: the same notes from plain nodes, from a pool whose nodes had other
// settings before, and from voices: equal to the bit.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnalyserNode, AudioBuffer, AudioBufferSourceNode, BiquadFilterNode, ChannelMergerNode,
  ChannelSplitterNode,
  ConstantSourceNode, ConvolverNode, DelayNode, DynamicsCompressorNode, GainNode, IIRFilterNode, NodePool,
    OscillatorNode,
  PannerNode, PeriodicWave, StereoPannerNode, VoicePool, WaveShaperNode, gc, offline } from './helpers.mjs';

const RATE = 48000, BEGIN = 512, LENGTH = 4096;

function response() {
  const buffer = new AudioBuffer({ length: 200, sampleRate: RATE });
  buffer.getChannelData(0).forEach((_, frame, frames) => {
    frames[frame] = Math.cos(frame) / (1 + frame);
  });
  return buffer;
}

// class, options, and what a user before does with one
const EFFECTS = [
  [AnalyserNode, { fftSize: 64, minDecibels: -90 }, (node) => {
    node.fftSize = 128;
  }],
  [BiquadFilterNode, { type: 'peaking', frequency: 900, Q: 2, gain: 6 }, (node) => {
    node.type = 'lowpass';
    node.Q.value = 30;
  }],
  [ChannelMergerNode, { numberOfInputs: 3 }, () => {}],
  [ChannelSplitterNode, { numberOfOutputs: 2 }, () => {}],
  [ConvolverNode, { buffer: response(), disableNormalization: true }, (node) => {
    node.normalize = true;
    node.buffer = null;
  }],
  [DelayNode, { maxDelayTime: 0.02, delayTime: 0.005 }, (node) => {
    node.delayTime.value = 0.001;
  }],
  [DynamicsCompressorNode, { threshold: -50, ratio: 20 }, (node) => {
    node.threshold.value = 0;
  }],
  [GainNode, { gain: 0.25 }, (node) => {
    node.gain.setValueAtTime(9, 0);
    node.channelCount = 1;
  }],
  [IIRFilterNode, { feedforward: [0.2, 0.3], feedback: [1, -0.5] }, () => {}],
  [PannerNode, { positionX: 3, positionZ: -1, distanceModel: 'linear', rolloffFactor: 0.1 }, (node) => {
    node.distanceModel = 'exponential';
    node.refDistance = 7;
    node.positionX.value = -9;
  }],
  [StereoPannerNode, { pan: 0.5 }, (node) => {
    node.pan.value = -1;
  }],
  [WaveShaperNode, { curve: Float32Array.of(-0.5, 0.1, 0.8), oversample: '2x' }, (node) => {
    node.oversample = 'none';
    node.curve = null;
  }],
];
const wave = () => new PeriodicWave(offline(), { imag: [0, 1, 0.5, 0.25] });
const SOURCES = [
  [AudioBufferSourceNode, { buffer: response(), loop: true, loopEnd: 0.002, playbackRate: 0.7 }, (node) => {
    node.loop = false;
    node.detune.value = 700;
  }],
  [ConstantSourceNode, { offset: 0.3 }, (node) => {
    node.offset.value = 2;
  }],
  [OscillatorNode, { periodicWave: wave(), frequency: 700 }, (node) => {
    node.type = 'square';
    node.frequency.value = 5;
  }],
];

const frames = async (context) => {
  const buffer = await context.startRendering();
  return [0, 1].map((channel) => buffer.getChannelData(channel).slice(BEGIN));
};

const source = (context) => new OscillatorNode(context, { type: 'sawtooth', frequency: 300 });

function plain(type, options, isSource) {
  const context = offline(LENGTH, 2);
  const node = new type(context, options), first = isSource ? node : source(context);
  if (!isSource) first.connect(node);
  node.connect(context.destination);
  first.start(BEGIN / RATE);
  return frames(context);
}

function pooled(type, options, isSource, misuse) {
  const context = offline(LENGTH, 2);
  const pool = new NodePool(context, () => new type(context, options));
  const before = pool.acquire();
  misuse(before);
  if (isSource) before.start();
  else {
    const other = source(context);
    other.connect(before);
    other.start();
    other.stop(100 / RATE);
  }
  before.connect(context.destination);
  context.suspend(256 / RATE).then(() => {
    pool.release(before);
    const node = pool.acquire(), first = isSource ? node : source(context);
    assert.equal(node, before);
    if (!isSource) first.connect(node);
    node.connect(context.destination);
    first.start(BEGIN / RATE);
    context.resume();
  });
  return frames(context);
}

async function voiced(type, options, isSource) {
  const context = offline(LENGTH, 2);
  const nodes = isSource ? { node: [type, options] }
    : { source: [OscillatorNode, { type: 'sawtooth', frequency: 300 }], node: [type, options] };
  const pool = new VoicePool(context, { nodes });
  await gc(1);
  const voice = pool.play(0);
  context.suspend(256 / RATE).then(() => {
    voice.release();
    assert.equal(pool.play(BEGIN / RATE), voice);
    context.resume();
  });
  return frames(context);
}

for (const [list, isSource] of [[EFFECTS, false], [SOURCES, true]]) {
  for (const [type, options, misuse] of list) {
    describe(type.name, () => {
      it('from a pool', async () => {
        const wanted = await plain(type, options, isSource);
        assert.ok(wanted[0].some((each) => Math.abs(each) > 0.001));
        assert.deepEqual(await pooled(type, options, isSource, misuse), wanted);
      });

      // A voice has one output: that of a splitter's others are not heard.
      it('in a voice', async () => {
        assert.deepEqual(await voiced(type, options, isSource), await plain(type, options, isSource));
      });
    });
  }
}

it('attributes of a pooled node are those of its factory again', () => {
  const context = offline();
  for (const [type, options, misuse] of [...EFFECTS, ...SOURCES]) {
    const read = (node) => Object.fromEntries(attributes(type).map((name) => [name,
      node[name]?.value ?? node[name]]));
    const wanted = read(new type(context, options));
    const pool = new NodePool(context, () => new type(context, options));
    const node = pool.acquire();
    misuse(node);
    pool.release(node);
    assert.equal(pool.acquire(), node);
    assert.deepEqual(read(node), wanted, type.name);
  }
});

function attributes(type) {
  const names = [];
  for (let of = type.prototype; of !== EventTarget.prototype; of = Object.getPrototypeOf(of)) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(of))) {
      if (get !== undefined && typeof name === 'string' && name !== 'context') names.push(name);
    }
  }
  return names;
}
