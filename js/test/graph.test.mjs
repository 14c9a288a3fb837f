// Goal: graphs made with the classes sound as the engine's do. Method: render offline to values known
// beforehand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, AudioBufferSourceNode, BiquadFilterNode, ConstantSourceNode, DelayNode, GainNode,
  OscillatorNode,
  PannerNode, PeriodicWave, RATE, StereoPannerNode, memory, offline, setBudget } from './helpers.mjs';

const close = (found, wanted, error = 1e-6) =>
  assert.ok(Math.abs(found - wanted) <= error, `${found}, not ${wanted}`);

function constant(context, offset = 1, when = 0) {
  const source = new ConstantSourceNode(context, { offset });
  source.start(when);
  return source;
}

// What comes out when connect(context, source of ones) has been called, channel by channel.
async function render(connect, { length = 512, channels = 1 } = {}) {
  const context = offline(length, channels);
  connect(context, constant(context));
  const buffer = await context.startRendering();
  return Array.from({ length: channels }, (_, channel) => buffer.getChannelData(channel));
}

describe('nodes', () => {
  it('gain', async () => {
    const [out] = await render((c, source) => source.connect(new GainNode(c,
      { gain: 0.25 })).connect(c.destination));
    assert.ok(out.every((value) => value === 0.25));
  });

  it('delay', async () => {
    const delay = { delayTime: 100 / RATE, maxDelayTime: 0.5 };
    const [out] = await render((c, source) => source.connect(new DelayNode(c, delay)).connect(c.destination));
    assert.deepEqual([out[98], out[101]], [0, 1]);
  });

  it('oscillator', async () => {
    const context = offline(256);
    const source = new OscillatorNode(context, { frequency: 1000 });
    source.connect(context.destination);
    source.start();
    const out = (await context.startRendering()).getChannelData(0);
    for (const frame of [0, 1, 12, 100]) close(out[frame], Math.sin(2 * Math.PI * 1000 * frame / RATE), 1e-5);
  });

  it('periodic wave, in all its forms', async () => {
    const wave = { real: [0, 0], imag: [0, 1] };
    const makes = [
      (c) => new OscillatorNode(c, { periodicWave: new PeriodicWave(c, wave), frequency: 1000 }),
      (c) => new OscillatorNode(c, { periodicWave: new PeriodicWave(c), frequency: 1000, type: 'custom' }),
      (c) => new OscillatorNode(c, { periodicWave: new PeriodicWave(c, { imag: [0, 1] }), frequency: 1000 }),
      (c) => {
        const source = new OscillatorNode(c, { frequency: 1000, type: 'square' });
        source.setPeriodicWave(c.createPeriodicWave(wave.real, new Float32Array(wave.imag)));
        return source;
      },
    ];
    for (const make of makes) {
      const context = offline(128);
      const source = make(context);
      assert.equal(source.type, 'custom');
      source.connect(context.destination);
      source.start();
      const out = (await context.startRendering()).getChannelData(0);
      close(out[10], Math.sin(2 * Math.PI * 1000 * 10 / RATE), 1e-4);
    }
  });

  it('buffer source with offset, duration and loop', async () => {
    const context = offline(64);
    const buffer = new AudioBuffer({ length: 8, sampleRate: RATE });
    buffer.copyToChannel(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 0);
    const loop = { buffer, loop: true, loopStart: 2 / RATE, loopEnd: 4 / RATE };
    const source = new AudioBufferSourceNode(context, loop);
    source.connect(context.destination);
    source.start(4 / RATE, 1 / RATE, 6 / RATE);
    const out = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([...out.slice(0, 12)], [0, 0, 0, 0, 2, 3, 4, 3, 4, 3, 0, 0]);
  });

  it('stereo panner, panner and listener', async () => {
    const [left, right] = await render(
      (c, source) => source.connect(new StereoPannerNode(c, { pan: 1 })).connect(c.destination),
        { channels: 2 });
    close(left[200], 0);
    close(right[200], 1);
    const panned = await render((c, source) => {
      c.listener.setPosition(0, 0, 0);
      source.connect(new PannerNode(c, { positionX: -1 })).connect(c.destination);
    }, { channels: 2 });
    close(panned[0][200], 1);
    close(panned[1][200], 0);
    const far = await render((c, source) => {
      const panner = new PannerNode(c, { positionX: -2, refDistance: 1, rolloffFactor: 1 });
      c.listener.positionX.value = 2;
      panner.distanceModel = 'inverse';
      source.connect(panner).connect(c.destination);
    }, { channels: 2 });
    close(far[0][200], 0.25, 1e-5); // 1 / (1 + 1 (4 - 1))
  });

  it('splitter and merger swap two channels', async () => {
    const context = offline(128, 2);
    const merger = context.createChannelMerger(2);
    const splitter = context.createChannelSplitter(2);
    constant(context, 1).connect(merger, 0, 1);
    constant(context, 2).connect(merger, 0, 0);
    const back = context.createChannelMerger(2);
    merger.connect(splitter);
    splitter.connect(back, 0, 1);
    splitter.connect(back, 1, 0);
    back.connect(context.destination);
    const buffer = await context.startRendering();
    assert.deepEqual([buffer.getChannelData(0)[5], buffer.getChannelData(1)[5]], [1, 2]);
  });

  it('biquad filter: its response and its sound agree', async () => {
    const [out] = await render((c, source) => {
      const filter = new BiquadFilterNode(c, { type: 'highshelf', frequency: 1000, gain: 6 });
      filter.type = 'lowshelf';
      const [magnitude, phase] = [new Float32Array(2), new Float32Array(2)];
      filter.getFrequencyResponse(Float32Array.of(0, 20000), magnitude, phase);
      close(magnitude[0], 10 ** (6 / 20), 1e-4);
      source.connect(filter).connect(c.destination);
    }, { length: 4096 });
    close(out[4000], 10 ** (6 / 20), 1e-3);
  });
});

describe('params', () => {
  it('automation', async () => {
    const [out] = await render((c, source) => {
      const node = c.createGain();
      source.connect(node).connect(c.destination);
      assert.equal(node.gain.setValueAtTime(1, 0), node.gain);
      node.gain.linearRampToValueAtTime(3, 200 / RATE).setValueAtTime(0.5, 300 / RATE)
        .setValueCurveAtTime([0, 1], 400 / RATE, 100 / RATE);
    });
    close(out[0], 1);
    close(out[100], 2);
    close(out[250], 3);
    close(out[350], 0.5);
    close(out[450], 0.5);
    close(out[505], 1);
  });

  it('other methods', async () => {
    const [out] = await render((c, source) => {
      const node = new GainNode(c);
      source.connect(node).connect(c.destination);
      node.gain.setValueAtTime(1, 0).exponentialRampToValueAtTime(4,
        256 / RATE).cancelAndHoldAtTime(128 / RATE);
      node.gain.setTargetAtTime(0, 300 / RATE, 0).setValueAtTime(9,
        400 / RATE).cancelScheduledValues(350 / RATE);
    });
    close(out[64], Math.SQRT2, 1e-5);
    close(out[200], 2, 1e-5);
    assert.deepEqual([out[310], out[450]], [0, 0]);
  });

  it('a signal into a param', async () => {
    const [out] = await render((c, source) => {
      const node = new GainNode(c, { gain: 1 });
      constant(c, 2).connect(node.gain);
      source.connect(node).connect(c.destination);
    });
    assert.equal(out[100], 3);
  });

  it('values show at once, and after a render what was reached', async () => {
    const context = offline(256);
    const node = new GainNode(context, { gain: 0.5 });
    assert.equal(node.gain.value, 0.5);
    node.gain.value = 0.1;
    assert.equal(node.gain.value, Math.fround(0.1));
    node.gain.automationRate = 'k-rate';
    assert.equal(node.gain.automationRate, 'k-rate');
    const source = context.createBufferSource();
    assert.throws(() => {
      source.playbackRate.automationRate = 'a-rate';
    }, { name: 'InvalidStateError' });
    assert.equal(source.playbackRate.automationRate, 'k-rate');
    await context.startRendering();
    assert.equal(node.gain.value, Math.fround(0.1)); // of a closed context: what was set last
  });

  it('nominal ranges', () => {
    const context = offline(256, 1, 44100);
    const { frequency, detune } = context.createOscillator();
    assert.deepEqual([frequency.minValue, frequency.maxValue, frequency.defaultValue], [-22050, 22050, 440]);
    assert.deepEqual([detune.minValue, detune.maxValue], [-153600, 153600]);
    assert.equal(context.createDelay(2.5).delayTime.maxValue, 2.5);
    assert.deepEqual([context.createStereoPanner().pan.minValue, context.createStereoPanner().pan.maxValue],
      [-1, 1]);
    const { gain } = context.createGain();
    assert.deepEqual([gain.minValue, gain.maxValue], [-3.4028234663852886e38, 3.4028234663852886e38]);
    assert.equal(context.listener.forwardZ.value, -1);
  });
});

describe('connections', () => {
  it('disconnect in all its forms', async () => {
    const rows = [
      ['all', (s, a) => s.disconnect(), [0, 0]],
      ['output', (s, a) => s.disconnect(0), [0, 0]],
      ['node', (s, a) => s.disconnect(a), [0, 1]],
      ['node, output', (s, a) => s.disconnect(a, 0), [0, 1]],
      ['node, output, input', (s, a) => s.disconnect(a, 0, 0), [0, 1]],
      ['param', (s, a, b) => s.disconnect(b.gain), [1, 0]],
      ['param, output', (s, a, b) => s.disconnect(b.gain, 0), [1, 0]],
    ];
    for (const [name, disconnect, wanted] of rows) {
      const context = offline(128, 2);
      const merger = context.createChannelMerger(2);
      const source = constant(context);
      const [a, b] = [context.createGain(), new GainNode(context, { gain: 0 })];
      source.connect(a);
      source.connect(b.gain);
      constant(context).connect(b);
      a.connect(merger, 0, 0);
      b.connect(merger, 0, 1);
      merger.connect(context.destination);
      disconnect(source, a, b);
      const buffer = await context.startRendering();
      assert.deepEqual([buffer.getChannelData(0)[5], buffer.getChannelData(1)[5]], wanted, name);
    }
  });

  it('what they refuse', () => {
    const [context, other] = [offline(), offline()];
    const [a, b] = [context.createGain(), context.createGain()];
    const rows = [
      [() => a.connect(other.createGain()), 'InvalidAccessError'],
      [() => a.connect(other.createGain().gain), 'InvalidAccessError'],
      [() => a.connect(b, 1), 'IndexSizeError'],
      [() => a.connect(b, 0, 1), 'IndexSizeError'],
      [() => a.connect(b.gain, 1), 'IndexSizeError'],
      [() => a.disconnect(b), 'InvalidAccessError'],
      [() => a.disconnect(b.gain), 'InvalidAccessError'],
      [() => a.disconnect(1), 'IndexSizeError'],
      [() => a.disconnect(b, 1), 'IndexSizeError'],
      [() => a.disconnect(other.destination), 'InvalidAccessError'],
      [() => a.connect({}), 'TypeError'],
      [() => a.connect(null), 'TypeError'],
      [() => a.connect(context), 'TypeError'],
      [() => a.connect(b.gain, 0, 0), 'TypeError'],
      [() => a.disconnect(1, 2), 'TypeError'],
      [() => a.disconnect(b.gain, 0, 0), 'TypeError'],
      [() => a.connect(b, Symbol('s')), 'TypeError'],
    ];
    for (const [call, name] of rows) assert.throws(call, { name }, String(call));
    assert.equal(a.connect(b), b);
    assert.equal(a.connect(b.gain), undefined);
    assert.equal(a.disconnect(undefined), undefined); // the number 0
    assert.equal(a.connect(b, undefined, undefined), b);
  });

  it('a node knows its context and its ports', () => {
    const context = offline(1024, 3);
    assert.equal(context.createGain().context, context);
    assert.deepEqual([context.destination.numberOfInputs, context.destination.numberOfOutputs], [1, 1]);
    assert.equal(context.destination, context.destination);
    assert.equal(context.listener, context.listener);
    assert.deepEqual([context.destination.channelCount, context.destination.maxChannelCount], [3, 3]);
    assert.equal(context.createChannelSplitter(5).numberOfOutputs, 5);
    assert.equal(context.createChannelSplitter(5).channelCount, 5);
    assert.equal(context.createChannelMerger(7).numberOfInputs, 7);
    assert.equal(context.createOscillator().numberOfInputs, 0);
  });
});

it('100,000 nodes in one turn', async () => {
  const { budget } = memory();
  assert.ok(setBudget(4 * budget));
  const context = offline(128);
  const bus = context.createGain();
  bus.connect(context.destination);
  for (let index = 0; index < 50000; index++) {
    context.createGain().connect(bus);
    context.createBiquadFilter();
  }
  constant(context, 3).connect(bus);
  assert.equal((await context.startRendering()).getChannelData(0)[9], 3);
});
