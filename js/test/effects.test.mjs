// Goal: analysers, convolvers, compressors, IIR filters and wave shapers do what the specification says of their
// members. Method: render offline to values known beforehand; their sound itself is tested with the engine.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detach } from '../src/host/node.mjs';
import { AnalyserNode, AudioBuffer, AudioBufferSourceNode, BiquadFilterNode, ConstantSourceNode, ConvolverNode,
  DynamicsCompressorNode, IIRFilterNode, OscillatorNode, RATE, WaveShaperNode, memory, offline, setBudget,
  silent } from './helpers.mjs';

const close = (found, wanted, error = 1e-6) =>
  assert.ok(Math.abs(found - wanted) <= error, `${found}, not ${wanted}`);
const set = (object, name, value) => () => {
  object[name] = value;
};
const rows = (list) => {
  for (const [call, name] of list) assert.throws(call, { name }, String(call));
};

function constant(context, offset = 1) {
  const source = new ConstantSourceNode(context, { offset });
  source.start();
  return source;
}

function buffer(...channels) {
  const made = new AudioBuffer({ numberOfChannels: channels.length, length: channels[0].length,
    sampleRate: RATE });
  channels.forEach((frames, channel) => made.copyToChannel(Float32Array.from(frames), channel));
  return made;
}

function played(context, ...channels) {
  const source = new AudioBufferSourceNode(context, { buffer: buffer(...channels) });
  source.start();
  return source;
}

// Channel by channel, what make(context) connects.
async function render(make, { length = 256, channels = 1 } = {}) {
  const context = offline(length, channels);
  make(context).connect(context.destination);
  const out = await context.startRendering();
  return Array.from({ length: channels }, (_, channel) => out.getChannelData(channel));
}

describe('AnalyserNode', () => {
  const closed = async () => {
    const context = offline(128);
    const analyser = context.createAnalyser();
    await context.startRendering();
    return analyser;
  };

  it('time domain data', async () => {
    const context = offline(256);
    const analyser = new AnalyserNode(context, { fftSize: 32 });
    played(context, Array.from({ length: 256 }, (_, frame) => (frame - 200) / 128)).connect(analyser)
      .connect(context.destination);
    let floats, bytes;
    void context.suspend(128 / RATE).then(() => {
      floats = new Float32Array(40).fill(9);
      analyser.getFloatTimeDomainData(floats);
      bytes = new Uint8Array(16).fill(9);
      analyser.getByteTimeDomainData(bytes);
      return context.resume();
    });
    await context.startRendering();
    assert.deepEqual([...floats.slice(0, 32)], Array.from({ length: 32 }, (_, k) => (k + 96 - 200) / 128));
    assert.deepEqual([...floats.slice(32)], new Array(8).fill(9), 'no more than there is');
    assert.deepEqual([...bytes], Array.from({ length: 16 }, (_, k) => 128 + k + 96 - 200));
  });

  it('frequency data', async () => {
    const context = offline(2048);
    const size = 1024;
    const analyser = new AnalyserNode(context, { fftSize: size, smoothingTimeConstant: 0, maxDecibels: 0 });
    const source = new OscillatorNode(context, { frequency: 64 * RATE / size });
    source.connect(analyser).connect(context.destination);
    source.start();
    const floats = new Float32Array(size / 2 + 1).fill(9);
    const bytes = new Uint8Array(size / 2 + 1).fill(9);
    void context.suspend(1536 / RATE).then(() => {
      analyser.getFloatFrequencyData(floats);
      analyser.getByteFrequencyData(bytes);
      return context.resume();
    });
    await context.startRendering();
    // A sine of a whole number of periods under a Blackman window: 0.42 / 2 of full scale.
    close(floats[64], 20 * Math.log10(0.21), 0.01);
    assert.ok(floats[60] < -90 && floats[70] < -90);
    close(bytes[64], Math.floor(255 * (floats[64] + 100) / 100), 1);
    assert.deepEqual([floats[size / 2], bytes[size / 2]], [9, 9]);
  });

  it('its settings', () => {
    const c = offline();
    const analyser = c.createAnalyser();
    rows([
      ...[0, 31, 33, 65536, 16, 2 ** 31, -32, 2047].map((size) => [set(analyser, 'fftSize', size),
        'IndexSizeError']),
      ...[-0.1, 1.1].map((value) => [set(analyser, 'smoothingTimeConstant', value), 'IndexSizeError']),
      [set(analyser, 'minDecibels', -30), 'IndexSizeError'], [set(analyser, 'maxDecibels', -100), 'IndexSizeError'],
      [() => new AnalyserNode(c, { fftSize: 33 }), 'IndexSizeError'],
      [() => new AnalyserNode(c, { minDecibels: -30 }), 'IndexSizeError'],
      [() => new AnalyserNode(c, { maxDecibels: -100 }), 'IndexSizeError'],
      [() => new AnalyserNode(c, { smoothingTimeConstant: 1.5 }), 'IndexSizeError'],
    ]);
    assert.deepEqual([analyser.fftSize, analyser.frequencyBinCount, analyser.minDecibels, analyser.maxDecibels,
      analyser.smoothingTimeConstant], [2048, 1024, -100, -30, 0.8]);
    analyser.fftSize = 32768;
    assert.equal(analyser.frequencyBinCount, 16384);
    const other = new AnalyserNode(c, { minDecibels: -20, maxDecibels: -10, smoothingTimeConstant: 0 });
    assert.deepEqual([other.minDecibels, other.maxDecibels, other.smoothingTimeConstant], [-20, -10, 0]);
  });

  it('nothing to write to, silence, a closed context', async () => {
    const c = offline();
    const analyser = c.createAnalyser();
    const detached = new Float32Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const empty of [new Float32Array(0), detached]) {
      analyser.getFloatFrequencyData(empty);
      analyser.getFloatTimeDomainData(empty);
    }
    for (const each of [analyser, await closed()]) {
      const [floats, bytes] = [new Float32Array(2), new Uint8Array(2)];
      each.getFloatFrequencyData(floats);
      each.getByteFrequencyData(bytes);
      assert.deepEqual([...floats, ...bytes], [-Infinity, -Infinity, 0, 0]);
      each.getFloatTimeDomainData(floats);
      each.getByteTimeDomainData(bytes);
      assert.deepEqual([...floats, ...bytes], [0, 0, 128, 128]);
    }
    const gone = await closed();
    gone.fftSize = 64;
    gone.minDecibels = -200;
    assert.throws(set(gone, 'fftSize', 65), { name: 'IndexSizeError' });
    assert.throws(set(gone, 'maxDecibels', -201), { name: 'IndexSizeError' });
    assert.equal(gone.frequencyBinCount, 32);
    assert.equal(gone.context.createAnalyser().fftSize, 2048);
  });

  it('while a thread renders', async () => {
    const context = offline(4800000);
    const analyser = new AnalyserNode(context, { fftSize: 32768 });
    constant(context).connect(analyser);
    let isOver = false;
    const done = context.startRendering().then(() => {
      isOver = true;
    });
    const data = new Float32Array(32768);
    for (let count = 0; !isOver; count++) {
      analyser.getFloatTimeDomainData(data);
      assert.ok(data[0] === 0 || data[0] === 1);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await done;
  });
});

describe('ConvolverNode', () => {
  const impulse = [1, 0, 0, 0.5];

  it('convolves', async () => {
    const [out] = await render((c) => {
      const node = new ConvolverNode(c, { buffer: buffer(impulse), disableNormalization: true });
      assert.equal(node.normalize, false);
      played(c, [1, 2]).connect(node);
      return node;
    });
    [1, 2, 0, 0.5, 1, 0].forEach((wanted, frame) => close(out[frame], wanted));
  });

  it('normalizes what is set, not what was set before', async () => {
    const response = new Array(480).fill(0).map((_, frame) => (frame === 0 ? 1 : 0));
    const scale = 0.00125 / Math.sqrt(1 / 480) * 44100 / RATE;
    const made = [
      [(node) => {
        node.buffer = buffer(response);
      }, scale],
      [(node) => {
        node.normalize = false;
        node.buffer = buffer(response);
      }, 1],
      [(node) => {
        node.buffer = buffer(response);
        node.normalize = false;
      }, scale],
      [(node) => {
        node.buffer = buffer(response);
        node.buffer = null;
      }, 0],
    ];
    for (const [prepare, wanted] of made) {
      const [out] = await render((c) => {
        const node = c.createConvolver();
        prepare(node);
        constant(c).connect(node);
        return node;
      });
      close(out[200], wanted, 1e-5);
    }
  });

  it('acquires the contents', async () => {
    const response = buffer(impulse);
    const view = response.getChannelData(0);
    const [out] = await render((c) => {
      const node = new ConvolverNode(c, { disableNormalization: true });
      node.buffer = response;
      assert.equal(node.buffer, response);
      assert.equal(view.length, 0, 'detached');
      const next = response.getChannelData(0);
      assert.deepEqual([...next], impulse);
      next.fill(9);
      constant(c).connect(node);
      return node;
    });
    close(out[100], 1.5);
    assert.equal(response.getChannelData(0)[0], 9);
  });

  it('of what somebody has taken away nothing is heard', async () => {
    const response = buffer(impulse);
    detach(response.getChannelData(0).buffer); // as ArrayBuffer.prototype.transfer would, where there is one
    const [out] = await render((c) => {
      const node = new ConvolverNode(c, { buffer: response });
      constant(c).connect(node);
      return node;
    });
    assert.ok(out.every((value) => value === 0));
  });

  it('refuses', () => {
    const c = offline();
    const node = c.createConvolver();
    const wrongRate = new AudioBuffer({ length: 1, sampleRate: RATE / 2 });
    const view = wrongRate.getChannelData(0);
    rows([
      [set(node, 'buffer', wrongRate), 'NotSupportedError'],
      ...[3, 5, 32].map((count) => [set(node, 'buffer', buffer(...new Array(count).fill([1]))),
        'NotSupportedError']),
      [() => new ConvolverNode(c, { buffer: wrongRate }), 'NotSupportedError'],
      [set(node, 'buffer', {}), 'TypeError'],
      [set(node, 'channelCount', 3), 'NotSupportedError'], [set(node, 'channelCountMode', 'max'), 'NotSupportedError'],
      [() => new ConvolverNode(c, { channelCount: 3 }), 'NotSupportedError'],
      [() => new ConvolverNode(c, { channelCountMode: 'max' }), 'NotSupportedError'],
    ]);
    assert.equal(view.length, 1, 'what is refused keeps its views');
    assert.equal(node.buffer, null);
    node.buffer = buffer([1], [1], [1], [1]);
    node.buffer = undefined;
    assert.equal(node.buffer, null);
    node.channelCount = 1;
  });

  it('over the budget the old response stays', () => {
    const { budget } = memory();
    const c = offline();
    const node = new ConvolverNode(c, { buffer: buffer(impulse) });
    const { buffer: before } = node;
    const long = new AudioBuffer({ length: 480000, sampleRate: RATE });
    const view = long.getChannelData(0);
    assert.ok(setBudget(memory().used + 1000000));
    try {
      assert.throws(set(node, 'buffer', long), { name: 'QuotaExceededError' });
      assert.throws(() => new ConvolverNode(c, { buffer: long }), { name: 'QuotaExceededError' });
      assert.equal(node.buffer, before);
      assert.equal(view.length, 480000);
    } finally {
      assert.ok(setBudget(budget));
    }
    node.buffer = long;
    assert.equal(view.length, 0);
  });
});

describe('DynamicsCompressorNode', () => {
  it('turns down, and says by how much', async () => {
    const context = offline(48000);
    const node = new DynamicsCompressorNode(context, { threshold: -50, ratio: 20, knee: 0 });
    assert.equal(node.reduction, 0);
    constant(context, 0.5).connect(node).connect(context.destination);
    let reduction;
    void context.suspend(0.9).then(() => {
      ({ reduction } = node);
      return context.resume();
    });
    const out = (await context.startRendering()).getChannelData(0);
    // -6 dB in, -50 dB threshold: 44 dB above, 20:1. The makeup gain is 0.6 of what full scale is turned down by.
    const wanted = -(50 + 20 * Math.log10(0.5)) * 19 / 20;
    close(reduction, wanted, 0.5);
    close(20 * Math.log10(out[43200]), 20 * Math.log10(0.5) + reduction + 0.6 * 50 * 19 / 20, 0.5);
    assert.equal(out[200], 0, '6 ms late');
  });

  it('refuses', () => {
    const c = offline();
    const node = c.createDynamicsCompressor();
    rows([
      ...['threshold', 'knee', 'ratio', 'attack', 'release'].map((name) => [
        set(node[name], 'automationRate', 'a-rate'), 'InvalidStateError']),
      [set(node, 'channelCount', 3), 'NotSupportedError'], [set(node, 'channelCountMode', 'max'), 'NotSupportedError'],
      [() => new DynamicsCompressorNode(c, { channelCount: 3 }), 'NotSupportedError'],
      [() => new DynamicsCompressorNode(c, { channelCountMode: 'max' }), 'NotSupportedError'],
      [() => {
        'use strict';
        node.reduction = 1;
      }, 'TypeError'],
    ]);
    node.threshold.automationRate = 'k-rate';
    assert.deepEqual([node.ratio.minValue, node.ratio.maxValue, node.knee.maxValue, node.threshold.minValue],
      [1, 20, 40, -100]);
  });

  it('in a closed context nothing is turned down', async () => {
    const context = offline(128);
    const node = context.createDynamicsCompressor();
    await context.startRendering();
    assert.equal(node.reduction, 0);
  });
});

describe('IIRFilterNode', () => {
  it('filters', async () => {
    const [out] = await render((c) => {
      const node = c.createIIRFilter([2, 0, 2], [2, -1]);
      played(c, [1]).connect(node);
      return node;
    });
    [1, 0.5, 1.25, 0.625].forEach((wanted, frame) => close(out[frame], wanted));
  });

  it('says how, also in a closed context', async () => {
    const context = offline(128);
    const node = new IIRFilterNode(context, { feedforward: new Set([1, 0.5]), feedback: [1, -0.5] });
    const [magnitude, phase] = [new Float32Array(4), new Float32Array(4)];
    const ask = () => node.getFrequencyResponse(Float32Array.of(0, RATE / 2, RATE / 4, RATE), magnitude, phase);
    for (const prepare of [() => {}, () => context.startRendering()]) {
      await prepare();
      magnitude.fill(9);
      assert.equal(ask(), undefined);
      [3, 1 / 3, 1].forEach((wanted, k) => close(magnitude[k], wanted));
      close(phase[2], -2 * Math.atan(0.5));
      assert.ok(Number.isNaN(magnitude[3]) && Number.isNaN(phase[3]));
    }
  });

  it('refuses', () => {
    const c = offline();
    const many = new Array(21).fill(1);
    const node = c.createIIRFilter(many.slice(1), many.slice(1));
    const f = new Float32Array(1);
    rows([
      [() => c.createIIRFilter([], [1]), 'NotSupportedError'], [() => c.createIIRFilter(many, [1]), 'NotSupportedError'],
      [() => c.createIIRFilter([1], []), 'NotSupportedError'], [() => c.createIIRFilter([1], many), 'NotSupportedError'],
      [() => c.createIIRFilter([0, 0], [1]), 'InvalidStateError'], [() => c.createIIRFilter([1], [0, 1]), 'InvalidStateError'],
      [() => new IIRFilterNode(c, { feedforward: [], feedback: [1] }), 'NotSupportedError'],
      [() => new IIRFilterNode(c, { feedforward: [0], feedback: [1] }), 'InvalidStateError'],
      [() => new IIRFilterNode(c, { feedforward: [1] }), 'TypeError'],
      [() => new IIRFilterNode(c, { feedforward: [NaN], feedback: [1] }), 'TypeError'],
      [() => c.createIIRFilter([1], [1, Infinity]), 'TypeError'], [() => c.createIIRFilter(1, [1]), 'TypeError'],
      [() => node.getFrequencyResponse(f, new Float32Array(2), f), 'InvalidAccessError'],
      [() => node.getFrequencyResponse(f, f, new Float32Array(2)), 'InvalidAccessError'],
      [() => node.getFrequencyResponse(f, f), 'TypeError'],
    ]);
  });
});

it('BiquadFilterNode.getFrequencyResponse in a closed context', async () => {
  const context = offline(128);
  const node = new BiquadFilterNode(context, { type: 'highpass', frequency: 2000, Q: 3 });
  node.detune.value = 100;
  const ask = () => {
    const [magnitude, phase] = [new Float32Array(2), new Float32Array(2)];
    node.getFrequencyResponse(Float32Array.of(1000, 3000), magnitude, phase);
    return [...magnitude, ...phase];
  };
  const wanted = ask();
  await context.startRendering();
  assert.deepEqual(ask(), wanted);
});

describe('WaveShaperNode', () => {
  it('shapes', async () => {
    const curve = [-1, 0, 0.5];
    const makes = [(c) => new WaveShaperNode(c, { curve }), (c) => {
      const node = c.createWaveShaper();
      node.curve = Float32Array.from(curve);
      node.curve.fill(7); // it plays a copy
      return node;
    }];
    for (const make of makes) {
      const [out] = await render((c) => {
        const node = make(c);
        played(c, [-2, -0.5, 0, 0.5, 1, 3]).connect(node);
        return node;
      });
      [-1, -0.5, 0, 0.25, 0.5, 0.5].forEach((wanted, frame) => close(out[frame], wanted));
    }
  });

  it('without a curve, and without an input', async () => {
    const [plain] = await render((c) => {
      const node = new WaveShaperNode(c, { curve: [1, 1] });
      node.curve = null;
      constant(c, 3).connect(node);
      return node;
    });
    assert.equal(plain[100], 3);
    const [alone] = await render((c) => new WaveShaperNode(c, { curve: [1, 1] }));
    assert.equal(alone[100], 1);
  });

  it('oversampled it is late', async () => {
    for (const [oversample, late] of [['2x', 63], ['4x', 69]]) {
      const [out] = await render((c) => {
        const node = new WaveShaperNode(c, { curve: [-1, 1], oversample });
        played(c, [1]).connect(node);
        return node;
      });
      assert.equal(out.indexOf(Math.max(...out)), late);
    }
  });

  it('its attributes', async () => {
    const c = offline(128);
    const node = c.createWaveShaper();
    const curve = Float32Array.of(0, 1);
    const detached = new Float32Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    rows([
      [set(node, 'curve', new Float32Array(0)), 'InvalidStateError'], [set(node, 'curve', new Float32Array(1)), 'InvalidStateError'],
      [set(node, 'curve', detached), 'InvalidStateError'], [set(node, 'curve', [0, 1]), 'TypeError'],
      [set(node, 'curve', new Float64Array(2)), 'TypeError'],
      [set(node, 'curve', new Float32Array(new SharedArrayBuffer(8))), 'TypeError'],
      [() => new WaveShaperNode(c, { curve: [1] }), 'InvalidStateError'],
      [() => new WaveShaperNode(c, { curve: [1, NaN] }), 'TypeError'],
      [() => new WaveShaperNode(c, { oversample: '3x' }), 'TypeError'],
    ]);
    assert.equal(node.curve, null);
    node.curve = null;
    node.curve = curve;
    assert.equal(node.curve, curve);
    assert.throws(set(node, 'curve', curve), { name: 'InvalidStateError' });
    node.curve = undefined;
    assert.equal(node.curve, null);
    assert.throws(set(node, 'curve', curve), { name: 'InvalidStateError' });
    node.oversample = '4x';
    assert.equal(node.oversample, '4x');
    const other = c.createWaveShaper();
    await c.startRendering();
    other.curve = curve;
    other.oversample = '2x';
    assert.deepEqual([other.curve, other.oversample], [curve, '2x']);
    assert.throws(set(other, 'curve', curve), { name: 'InvalidStateError' });
    assert.deepEqual([...new WaveShaperNode(c, { curve: [1, 2] }).curve], [1, 2]);
  });
});

it('all of them work in a context that was closed before they were made', async () => {
  const context = silent();
  await context.close();
  assert.deepEqual([...new WaveShaperNode(context, { curve: [1, 2, 3] }).curve], [1, 2, 3]);
  assert.equal(new ConvolverNode(context, { buffer: new AudioBuffer({ length: 1, sampleRate: context.sampleRate }) })
    .buffer.length, 1);
  const coefficients = new Array(20).fill(0.5);
  assert.ok(context.createIIRFilter(coefficients, coefficients));
  await context.createAnalyser();
  assert.throws(() => context.createIIRFilter([1], [0]), { name: 'InvalidStateError' });
});
