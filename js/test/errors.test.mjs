// Goal: each mistake is the exception that the specification gives it, and changes nothing. Method: rows of a
// call and the name of its exception.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, AudioBufferSourceNode, AudioContext, BiquadFilterNode, ChannelMergerNode,
  ChannelSplitterNode,
  DelayNode, GainNode, OfflineAudioContext, OscillatorNode, PannerNode, PeriodicWave, RATE,
  StereoPannerNode, memory, offline, setBudget } from './helpers.mjs';

const rows = (list) => {
  for (const [call, name] of list) assert.throws(call, { name }, String(call));
};
const set = (object, name, value) => () => {
  object[name] = value;
};

describe('constructors', () => {
  it('contexts', () => rows([
    [() => new OfflineAudioContext(0, 1, RATE), 'NotSupportedError'],
    [() => new OfflineAudioContext(33, 1, RATE), 'NotSupportedError'],
    [() => new OfflineAudioContext(1, 0, RATE), 'NotSupportedError'],
    [() => new OfflineAudioContext(1, 1, 2999), 'NotSupportedError'],
    [() => new OfflineAudioContext(1, 1, 768001), 'NotSupportedError'],
    [() => new OfflineAudioContext(1, 1), 'TypeError'],
    [() => new OfflineAudioContext(1), 'TypeError'],
    [() => new OfflineAudioContext({}), 'TypeError'],
    [() => new OfflineAudioContext({ length: 1 }), 'TypeError'],
    [() => new OfflineAudioContext({ sampleRate: RATE, renderSizeHint: 0 }), 'NotSupportedError'],
    [() => new OfflineAudioContext({ sampleRate: RATE, renderSizeHint: 6 * RATE + 1 }), 'NotSupportedError'],
    [() => new OfflineAudioContext({ sampleRate: RATE, renderSizeHint: 'soft' }), 'TypeError'],
    [() => new AudioContext({ sampleRate: 0 }), 'NotSupportedError'],
    [() => new AudioContext({ sampleRate: 1 }), 'NotSupportedError'],
    [() => new AudioContext({ sampleRate: NaN }), 'TypeError'],
    [() => new AudioContext({ latencyHint: 'soon' }), 'TypeError'],
    [() => new AudioContext({ latencyHint: Infinity }), 'TypeError'],
    [() => new AudioContext({ sinkId: {} }), 'TypeError'],
    [() => new AudioContext({ sinkId: { type: 'some' } }), 'TypeError'],
    [() => new AudioContext({ sinkId: { type: 'none' }, renderSizeHint: 0 }), 'NotSupportedError'],
  ]));

  it('buffers and waves', () => {
    const c = offline();
    rows([
      [() => new AudioBuffer({ length: 0, sampleRate: RATE }), 'NotSupportedError'],
      [() => new AudioBuffer({ length: 1, sampleRate: 1 }), 'NotSupportedError'],
      [() => new AudioBuffer({ length: 1, sampleRate: RATE, numberOfChannels: 33 }), 'NotSupportedError'],
      [() => new AudioBuffer({ length: 1 }), 'TypeError'],
      [() => new AudioBuffer(), 'TypeError'],
      [() => c.createBuffer(0, 1, RATE), 'NotSupportedError'],
      [() => c.createBuffer(1, 1, NaN), 'TypeError'],
      [() => new PeriodicWave(c, { real: [0, 1], imag: [0, 1, 2] }), 'IndexSizeError'],
      [() => new PeriodicWave(c, { real: [0] }), 'IndexSizeError'],
      [() => new PeriodicWave(c, { real: [0, NaN] }), 'TypeError'],
      [() => new PeriodicWave(c, { real: 1 }), 'TypeError'],
      [() => c.createPeriodicWave([0, 1], [0]), 'IndexSizeError'],
      [() => c.createPeriodicWave([0, 1], [0, 1], { get disableNormalization() {
        throw new EvalError('mine');
      } }), 'EvalError'],
      [() => c.createPeriodicWave(new Float32Array([0, Infinity]), [0, 0]), 'TypeError'],
    ]);
  });

  it('nodes', () => {
    const c = offline();
    rows([
      [() => new GainNode(c, { channelCount: 0 }), 'NotSupportedError'],
      [() => new GainNode(c, { channelCount: 33 }), 'NotSupportedError'],
      [() => new DelayNode(c, { maxDelayTime: 0 }), 'NotSupportedError'],
      [() => new DelayNode(c, { maxDelayTime: 180 }), 'NotSupportedError'],
      [() => c.createDelay(-1), 'NotSupportedError'],
      [() => c.createDelay(NaN), 'TypeError'],
      [() => new ChannelSplitterNode(c, { numberOfOutputs: 0 }), 'IndexSizeError'],
      [() => c.createChannelSplitter(33), 'IndexSizeError'],
      [() => new ChannelSplitterNode(c, { numberOfOutputs: 2, channelCount: 3 }), 'InvalidStateError'],
      [() => new ChannelSplitterNode(c, { channelCountMode: 'max' }), 'InvalidStateError'],
      [() => new ChannelSplitterNode(c, { channelInterpretation: 'speakers' }), 'InvalidStateError'],
      [() => new ChannelMergerNode(c, { numberOfInputs: 0 }), 'IndexSizeError'],
      [() => c.createChannelMerger(33), 'IndexSizeError'],
      [() => new ChannelMergerNode(c, { channelCount: 2 }), 'InvalidStateError'],
      [() => new ChannelMergerNode(c, { channelCountMode: 'max' }), 'InvalidStateError'],
      [() => new StereoPannerNode(c, { channelCount: 3 }), 'NotSupportedError'],
      [() => new StereoPannerNode(c, { channelCountMode: 'max' }), 'NotSupportedError'],
      [() => new PannerNode(c, { channelCount: 3 }), 'NotSupportedError'],
      [() => new PannerNode(c, { channelCountMode: 'max' }), 'NotSupportedError'],
      [() => new PannerNode(c, { refDistance: -1 }), 'RangeError'],
      [() => new PannerNode(c, { maxDistance: 0 }), 'RangeError'],
      [() => new PannerNode(c, { rolloffFactor: -1 }), 'RangeError'],
      [() => new PannerNode(c, { coneOuterGain: 1.1 }), 'InvalidStateError'],
      [() => new OscillatorNode(c, { type: 'custom' }), 'InvalidStateError'],
    ]);
  });
});

it('attributes', () => {
  const c = offline(1024, 2);
  const [gain, panner, stereo] = [c.createGain(), c.createPanner(), c.createStereoPanner()];
  const [merger, splitter, oscillator] = [c.createChannelMerger(), c.createChannelSplitter(),
    c.createOscillator()];
  const list = [
    [gain, 'channelCount', 0, 'NotSupportedError'], [gain, 'channelCount', 33, 'NotSupportedError'],
    [stereo, 'channelCount', 3, 'NotSupportedError'], [stereo, 'channelCountMode', 'max',
      'NotSupportedError'],
    [panner, 'channelCount', 3, 'NotSupportedError'], [panner, 'channelCountMode', 'max',
      'NotSupportedError'],
    [merger, 'channelCount', 2, 'InvalidStateError'], [merger, 'channelCountMode', 'max',
      'InvalidStateError'],
    [splitter, 'channelCount', 2, 'InvalidStateError'], [splitter, 'channelCountMode', 'max',
      'InvalidStateError'],
    [splitter, 'channelInterpretation', 'speakers', 'InvalidStateError'],
    [c.destination, 'channelCount', 1, 'InvalidStateError'],
    [c.destination, 'channelCountMode', 'max', 'InvalidStateError'],
    [panner, 'refDistance', -1, 'RangeError'], [panner, 'maxDistance', 0, 'RangeError'],
    [panner, 'rolloffFactor', -1, 'RangeError'], [panner, 'coneOuterGain', -0.1, 'InvalidStateError'],
    [oscillator, 'type', 'custom', 'InvalidStateError'], [gain.gain, 'value', NaN, 'TypeError'],
    [gain.gain, 'value', 1e39, 'TypeError'],
  ];
  for (const [object, name, value, error] of list) {
    const before = object[name];
    assert.throws(set(object, name, value), { name: error }, `${object.constructor.name}.${name} = ${value}`);
    assert.equal(object[name], before);
  }
  c.destination.channelCount = 2; // no change, no error
  gain.channelCount = 4;
  assert.equal(gain.channelCount, 4);
});

it('sources and params', () => {
  const c = offline();
  const source = c.createOscillator();
  const { gain } = c.createGain();
  rows([
    [() => source.stop(), 'InvalidStateError'],
    [() => source.start(-1), 'RangeError'],
    [() => source.start(NaN), 'TypeError'],
    [() => c.createBufferSource().start(0, -1), 'RangeError'],
    [() => c.createBufferSource().start(0, 0, -1), 'RangeError'],
    [() => c.createBufferSource().start(0, Infinity), 'TypeError'],
    [() => gain.setValueAtTime(1, -1), 'RangeError'],
    [() => gain.setValueAtTime(NaN, 1), 'TypeError'],
    [() => gain.exponentialRampToValueAtTime(0, 1), 'RangeError'],
    [() => gain.setTargetAtTime(0, 1, -1), 'RangeError'],
    [() => gain.setValueCurveAtTime([1], 0, 1), 'InvalidStateError'],
    [() => gain.setValueCurveAtTime([1, 2], 0, 0), 'RangeError'],
    [() => gain.setValueCurveAtTime([1, 2], -1, 1), 'RangeError'],
    [() => gain.setValueCurveAtTime([1, NaN], 0, 1), 'TypeError'],
    [() => gain.setValueCurveAtTime('12', 0, 1), 'TypeError'],
    [() => gain.cancelScheduledValues(-1), 'RangeError'],
    [() => gain.cancelAndHoldAtTime(-1), 'RangeError'],
  ]);
  source.start();
  rows([
    [() => source.start(), 'InvalidStateError'],
    [() => source.start(-1), 'InvalidStateError'],
    [() => source.stop(-1), 'RangeError'],
  ]);
  gain.setValueCurveAtTime([1, 2], 1, 1);
  rows([
    [() => gain.setValueAtTime(1, 1.5), 'NotSupportedError'],
    [() => gain.setValueCurveAtTime([1, 2], 1.5, 1), 'NotSupportedError'],
  ]);
  const buffer = c.createBuffer(1, 1, RATE);
  const player = new AudioBufferSourceNode(c, { buffer });
  player.buffer = null;
  rows([[set(player, 'buffer', buffer), 'InvalidStateError'], [set(player, 'buffer', {}), 'TypeError']]);
  player.buffer = null;
  assert.equal(player.buffer, null);
  const filter = new BiquadFilterNode(c);
  rows([
    [() => filter.getFrequencyResponse(new Float32Array(1), new Float32Array(2), new Float32Array(1)),
      'InvalidAccessError'],
    [() => filter.getFrequencyResponse([1], new Float32Array(1), new Float32Array(1)), 'TypeError'],
    [() => filter.getFrequencyResponse(new Float32Array(new SharedArrayBuffer(4)), new Float32Array(1),
      new Float32Array(1)), 'TypeError'],
  ]);
});

it('over the budget is a QuotaExceededError that changes nothing', () => {
  const { used, budget } = memory();
  const c = offline();
  assert.ok(setBudget(memory().used + 3000000));
  try {
    const before = memory();
    assert.throws(() => c.createBuffer(2, 10000000, RATE), { name: 'QuotaExceededError', message: /budget/ });
    assert.throws(() => new DelayNode(c, { maxDelayTime: 170 }), { name: 'QuotaExceededError' });
    assert.equal(memory().buffers, before.buffers);
    assert.equal(memory().delayLines, before.delayLines);
    assert.ok(c.createGain());
  } finally {
    assert.ok(setBudget(budget));
  }
  assert.ok(c.createBuffer(2, 1000000, RATE));
  assert.ok(used > 0);
});

it('an exception in the middle leaves all as it was', () => {
  const c = offline();
  const mine = new Error('mine');
  const before = memory().nodes;
  assert.throws(() => new GainNode(c, { gain: { valueOf() {
    throw mine;
  } } }), mine);
  const inner = c.createGain();
  // A conversion that calls back into the package.
  const outer = new GainNode(c, { gain: { valueOf() {
    inner.gain.value = 7;
    inner.connect(c.destination);
    return 0.5;
  } } });
  assert.deepEqual([inner.gain.value, outer.gain.value], [7, 0.5]);
  assert.ok(memory().nodes >= before);
});
