// Goal: the rules of the specification that engines get wrong. Method: small graphs rendered offline; each
// row
// has the frames that tell, worked out by hand from the text.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, AudioBufferSourceNode, BiquadFilterNode, ConstantSourceNode, ConvolverNode, DelayNode,
  GainNode,
  OfflineAudioContext, OscillatorNode, PannerNode, PeriodicWave, StereoPannerNode, WaveShaperNode, event,
  task } from './helpers.mjs';

const RATE = 48000, QUANTUM = 128;
const at = (frame, rate = RATE) => frame / rate;
const SQRT_HALF = Math.SQRT1_2;

function constant(c, offset = 1, when = 0) {
  const source = new ConstantSourceNode(c, { offset });
  source.start(when);
  return source;
}

function bufferOf(c, ...channels) {
  const buffer = new AudioBuffer({ length: channels[0].length, numberOfChannels: channels.length,
    sampleRate: c.sampleRate });
  channels.forEach((data, channel) => buffer.copyToChannel(Float32Array.from(data), channel));
  return buffer;
}

function play(c, buffer, options = {}, ...when) {
  const source = new AudioBufferSourceNode(c, { buffer, ...options });
  source.start(...when);
  return source;
}

// One value in each channel, for ever.
const steady = (c, ...values) => play(c, bufferOf(c, ...values.map((value) => [value])), { loop: true });

async function rendered(build, { length = 1024, channels = 1, rate = RATE, quantum = QUANTUM } = {}) {
  const context = new OfflineAudioContext({ numberOfChannels: channels, length, sampleRate: rate,
    renderSizeHint: quantum });
  build(context)?.connect(context.destination);
  const buffer = await context.startRendering();
  return Array.from({ length: channels }, (_, channel) => buffer.getChannelData(channel));
}

// wanted: by frame, of the first channel, or a list of all of them
function rows(list) {
  for (const [name, build, wanted, { error = 1e-6, ...options } = {}] of list) {
    it(name, async () => {
      const out = await rendered(build, options);
      for (const [frame, value] of Object.entries(wanted)) {
        [value].flat().forEach((each, channel) => assert.ok(Math.abs(out[channel][frame] - each) <= error,
          `frame ${frame}, channel ${channel}: ${out[channel][frame]}, not ${each}`));
      }
    });
  }
}

describe('mixing', () => {
  const layouts = [
    [[0.5], 2, [0.5, 0.5]], [[0.5], 4, [0.5, 0.5, 0, 0]], [[0.5], 6, [0, 0, 0.5, 0, 0, 0]],
    [[1, 3], 1, [2]], [[1, 3], 4, [1, 3, 0, 0]], [[1, 3], 6, [1, 3, 0, 0, 0, 0]],
    [[1, 3, 5, 7], 1, [4]], [[1, 3, 5, 7], 2, [3, 5]], [[1, 3, 5, 7], 6, [1, 3, 0, 0, 5, 7]],
    [[1, 2, 4, 8, 16, 32], 1, [SQRT_HALF * 3 + 4 + 24]],
    [[1, 2, 4, 8, 16, 32], 2, [1 + SQRT_HALF * 20, 2 + SQRT_HALF * 36]],
    [[1, 2, 4, 8, 16, 32], 4, [1 + SQRT_HALF * 4, 2 + SQRT_HALF * 4, 16, 32]],
    [[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1]], [[1, 2], 3, [1, 2, 0]], [[1, 2, 3, 4, 5], 6, [1, 2, 3, 4, 5,
      0]],
    [[1, 2, 3, 4, 5, 6, 7, 8], 6, [1, 2, 3, 4, 5, 6]],
  ];
  for (const [from, to, wanted] of layouts) {
    it(`${from.length} to ${to}`, async () => {
      const out = await rendered((c) => steady(c, ...from), { channels: to, length: 8 });
      wanted.forEach((value, channel) => assert.ok(Math.abs(out[channel][4] - value) < 1e-5, `${channel}: ${
        out[channel][4]}, not ${value}`));
    });
  }
  rows([
    ['each connection is mixed by itself, then summed', (c) => {
      const bus = new GainNode(c, { channelCount: 2, channelCountMode: 'explicit' });
      steady(c, 1).connect(bus);
      steady(c, 10, 20, 30, 40).connect(bus);
      return bus;
    }, { 9: [21, 31] }, { channels: 2 }],
    ['discrete', (c) => {
      const bus = new GainNode(c, { channelCount: 1, channelCountMode: 'explicit',
        channelInterpretation: 'discrete' });
      steady(c, 3, 5).connect(bus);
      return bus;
    }, { 9: [3, 3] }, { channels: 2 }],
    ['clamped-max', (c) => steady(c, 1, 2, 3, 4).connect(new GainNode(c, { channelCount: 2,
      channelCountMode: 'clamped-max' })),
      { 9: [2, 3, 0, 0] }, { channels: 4 }],
    ['a stereo signal into a param is mixed down', (c) => {
      const gain = new GainNode(c, { gain: 1 });
      steady(c, 1, 3).connect(gain.gain);
      return constant(c).connect(gain);
    }, { 9: 3 }],
    ['an AudioBufferSource that has ended is mono: what is mono beside it is not mixed up', (c) => {
      const merger = c.createChannelMerger(1);
      play(c, bufferOf(c, new Array(64).fill(4), new Array(64).fill(8))).connect(merger);
      return merger;
    }, { 9: 6, 200: 0 }],
  ]);
});

describe('delays', () => {
  const impulse = (c) => play(c, bufferOf(c, [1]));
  rows([
    ['of 0 outside a cycle', (c) => impulse(c).connect(new DelayNode(c)), { 0: 1, 1: 0 }],
    ['of a fraction of a frame', (c) => impulse(c).connect(new DelayNode(c, { delayTime: at(10.25) })),
      { 10: 0.75, 11: 0.25 }, { error: 1e-5 }],
    ['in a cycle are at least a quantum', (c) => {
      const [line, back] = [new DelayNode(c, { delayTime: at(1) }), new GainNode(c, { gain: 0.5 })];
      impulse(c).connect(line).connect(back).connect(line);
      return line;
    }, { 1: 0, 127: 0, 128: 1, 256: 0.5, 384: 0.25 }],
    ['in a cycle that are longer are what they say', (c) => {
      const [line, back] = [new DelayNode(c, { delayTime: at(200) }), new GainNode(c, { gain: 0.5 })];
      impulse(c).connect(line).connect(back).connect(line);
      return line;
    }, { 128: 0, 200: 1, 400: 0.5, 600: 0.25 }],
    ['a cycle without one is mute, and nothing else is', (c) => {
      const [one, other] = [new GainNode(c), new GainNode(c)];
      constant(c, 3).connect(one).connect(other).connect(one);
      one.connect(c.destination);
      return constant(c, 2);
    }, { 9: 2, 300: 2 }],
    ['the time is clamped to the most', (c) => impulse(c).connect(new DelayNode(c, { maxDelayTime: at(20),
      delayTime: 9 })),
      { 20: 1, 21: 0 }, { error: 1e-4 }],
  ]);
});

describe('automation', () => {
  const on = (edit, options = {}) => (c) => {
    const gain = new GainNode(c, { gain: 1, ...options });
    edit(gain.gain, c, gain);
    return constant(c).connect(gain);
  };
  const curve = new Float32Array([0, 1, 0]);
  rows([
    ['a ramp without an event before it starts from the value now', on((p) => {
      p.value = 2;
      p.linearRampToValueAtTime(4, at(200));
    }), { 0: 2, 100: 3, 200: 4, 900: 4 }, { error: 1e-5 }],
    ['an exponential ramp across zero holds, then jumps', on((p) => p.setValueAtTime(-1, 0)
      .exponentialRampToValueAtTime(4, at(200))), { 0: -1, 199: -1, 200: 4 }],
    ['an exponential ramp from zero, too', on((p) => p.setValueAtTime(0, 0).exponentialRampToValueAtTime(4,
      at(200))),
      { 0: 0, 199: 0, 200: 4 }],
    ['setTarget with a time constant of 0 jumps', on((p) => p.setTargetAtTime(5, at(100), 0)), { 99: 1,
      100: 5, 101: 5 }],
    ['setTarget goes on to the next event', on((p) => p.setTargetAtTime(0, 0, at(100)).setValueAtTime(9,
      at(300))),
      { 0: 1, 100: Math.exp(-1), 299: Math.exp(-2.99), 300: 9 }, { error: 1e-5 }],
    ['events at the same time are in the order of the calls', on((p) => p.setValueAtTime(5,
      at(100)).setValueAtTime(6, at(100))),
      { 99: 1, 100: 6 }],
    ['between two frames it is the next one that hears of it', on((p) => p.setValueAtTime(5, at(99.5))),
      { 99: 1, 100: 5 }],
    ['a curve is joined by lines, and stays', on((p) => p.setValueCurveAtTime(curve, at(100), at(200))),
      { 99: 1, 100: 0, 150: 0.5, 200: 1, 250: 0.5, 301: 0, 900: 0 }, { error: 1e-5 }],
    ['cancelled in the middle a curve was never there', on((p) => p.setValueCurveAtTime(curve, at(100),
      at(200))
      .cancelScheduledValues(at(150))), { 99: 1, 150: 1, 200: 1 }],
    ['held in the middle it keeps its frames', on((p) => p.setValueCurveAtTime(curve, at(100), at(200))
      .cancelAndHoldAtTime(at(150))), { 100: 0, 125: 0.25, 149: 0.49, 151: 0.5, 300: 0.5 }, { error: 1e-5 }],
    ['cancelling takes events from that time on', on((p) => p.setValueAtTime(2, at(100)).setValueAtTime(3,
      at(200))
      .cancelScheduledValues(at(200))), { 100: 2, 300: 2 }],
    ['a ramp that is held keeps its way', on((p) => p.setValueAtTime(0, 0).linearRampToValueAtTime(4, at(400))
      .cancelAndHoldAtTime(at(200))), { 100: 1, 200: 2, 500: 2 }, { error: 1e-5 }],
    ['k-rate is the first frame of the quantum', on((p) => {
      p.automationRate = 'k-rate';
      p.setValueAtTime(0, 0).linearRampToValueAtTime(1024, at(1024));
    }), { 0: 0, 127: 0, 128: 128, 255: 128, 256: 256 }, { error: 1e-3 }],
    ['k-rate of what is connected, too', on((p, c) => {
      p.automationRate = 'k-rate';
      play(c, bufferOf(c, Array.from({ length: 1024 }, (_, frame) => frame))).connect(p);
    }, { gain: 0 }), { 1: 0, 127: 0, 200: 128 }],
    ['NaN is the default', (c) => {
      const gain = new GainNode(c, { gain: 7 });
      const huge = new GainNode(c, { gain: 3e38 });
      constant(c, 3e38).connect(huge).connect(gain.gain); // infinite
      const other = new GainNode(c, { gain: -1 });
      huge.connect(other).connect(gain.gain);
      return constant(c).connect(gain);
    }, { 9: 1 }],
    ['out of its range it is clamped where it is used, not in between', (c) => {
      const panner = new StereoPannerNode(c);
      panner.pan.setValueAtTime(-3, 0).linearRampToValueAtTime(3, at(600));
      return constant(c).connect(panner);
    }, { 100: [1, 0], 200: [1, 0], 300: [SQRT_HALF, SQRT_HALF], 400: [0, 1] }, { channels: 2, error: 1e-3 }],
  ]);

  it('insertion into a curve, and a curve over events', () => {
    const { gain } = new OfflineAudioContext(1, 1, RATE).createGain();
    gain.setValueCurveAtTime([0, 1], 1, 1);
    for (const time of [1, 1.5, 1.999]) {
      assert.throws(() => gain.setValueAtTime(0, time), { name: 'NotSupportedError' });
      assert.throws(() => gain.linearRampToValueAtTime(0, time), { name: 'NotSupportedError' });
      assert.throws(() => gain.setTargetAtTime(0, time, 1), { name: 'NotSupportedError' });
    }
    gain.setValueAtTime(0, 2);
    gain.setValueAtTime(0, 0.999);
    assert.throws(() => gain.setValueCurveAtTime([0, 1], 0.5, 1), { name: 'NotSupportedError' });
    assert.throws(() => gain.setValueCurveAtTime([0, 1], 1.5, 9), { name: 'NotSupportedError' });
    gain.setValueCurveAtTime([0, 1], 2.5, 1);
  });

  it('a ramp starts at the time of the call, not at the last event of the past', async () => {
    const c = new OfflineAudioContext(1, 1024, RATE);
    const gain = new GainNode(c, { gain: 1 });
    constant(c).connect(gain).connect(c.destination);
    void c.suspend(at(256)).then(() => {
      gain.gain.linearRampToValueAtTime(3, at(512));
      return c.resume();
    });
    const out = (await c.startRendering()).getChannelData(0);
    for (const [frame, value] of [[255, 1], [256, 1], [384, 2], [512, 3]]) {
      assert.ok(Math.abs(out[frame] - value) < 1e-5, `${frame}: ${out[frame]}`);
    }
  });
});

describe('sources', () => {
  const ramp = (c, length = 64) => bufferOf(c, Array.from({ length }, (_, frame) => frame));
  const loop = (c, options, ...when) => play(c, ramp(c, 8), { loop: true, ...options }, ...when);
  rows([
    ['start on the frame that was asked for, whatever rounding does', (c) => constant(c, 1, 1024 / 44100),
      { 1023: 0, 1024: 1 }, { rate: 44100, length: 1200 }],
    ['start between two frames: the signal is where it would be', (c) => play(c, ramp(c), {}, at(10.5)),
      { 10: 0, 11: 0.5, 12: 1.5 }, { error: 1e-4 }],
    ['an offset between two frames', (c) => play(c, ramp(c), {}, 0, at(2.25)), { 0: 2.25, 1: 3.25 },
      { error: 1e-4 }],
    ['a duration is of the buffer, not of what is heard', (c) => play(c, ramp(c), { playbackRate: 2 }, 0, 0,
      at(8)),
      { 3: 6, 4: 0, 20: 0 }],
    ['a duration ends what plays backwards', (c) => play(c, ramp(c), { playbackRate: -1 }, 0, at(32), at(8)),
      { 0: 32, 7: 25, 8: 0, 20: 0 }],
    ['stop before start is silence', (c) => {
      const source = constant(c, 1, at(200));
      source.stop(at(100));
      return source;
    }, { 150: 0, 250: 0 }],
    ['the last stop counts', (c) => {
      const source = constant(c);
      source.stop(at(100));
      source.stop(at(300));
      return source;
    }, { 299: 1, 300: 0 }],
    ['stop without rounding up', (c) => {
      const source = constant(c);
      source.stop(at(100.5));
      return source;
    }, { 100: 1, 101: 0 }],
    ['loops between two frames: what is behind the end is the beginning', (c) => loop(c, { loopStart: at(2),
      loopEnd: at(4.5) }),
      { 4: 4, 5: 2.5, 6: 3.5 }, { error: 1e-4 }],
    ['loop points of no meaning loop the whole', (c) => loop(c, { loopStart: at(6), loopEnd: at(2) }), { 7: 7,
      8: 0, 9: 1 }],
    ['a loop that begins beyond the end is the whole', (c) => loop(c, { loopStart: 9, loopEnd: 99 }),
      { 0: 0, 7: 7, 8: 0, 1001: 1 }],
    ['looped backwards', (c) => loop(c, { playbackRate: -1 }, 0, at(3)), { 0: 3, 3: 0, 4: 7, 5: 6 }],
    ['rate and detune are multiplied', (c) => play(c, ramp(c), { playbackRate: 2, detune: 1200 }), { 1: 4,
      2: 8 }, { error: 1e-4 }],
    ['a buffer of another rate', (c) => {
      const buffer = new AudioBuffer({ length: 8, sampleRate: RATE / 2 });
      buffer.copyToChannel(Float32Array.from({ length: 8 }, (_, frame) => frame), 0);
      return play(c, buffer);
    }, { 0: 0, 1: 0.5, 13: 6.5, 16: 0 }],
    ['an oscillator begins with phase 0 where it starts', (c) => {
      const source = new OscillatorNode(c, { frequency: 1000 });
      source.start(at(100.5));
      return source;
    }, { 100: 0, 101: Math.sin(2 * Math.PI * 1000 * 0.5 / RATE),
      113: Math.sin(2 * Math.PI * 1000 * 12.5 / RATE) },
    { error: 1e-4 }],
    ['a negative frequency runs backwards', (c) => {
      const source = new OscillatorNode(c, { frequency: -1000 });
      source.start();
      return source;
    }, { 3: -Math.sin(2 * Math.PI * 3000 / RATE) }, { error: 1e-4 }],
    ['a wave has no DC', (c) => {
      const source = new OscillatorNode(c, { frequency: 0, periodicWave: new PeriodicWave(c, { real: [5, 1],
        imag: [5, 0],
        disableNormalization: true }) });
      source.start();
      return source;
    }, { 9: 1 }, { error: 1e-4 }],
    ['a wave is normalised by its largest value', (c) => {
      const source = new OscillatorNode(c, { frequency: 0, periodicWave: new PeriodicWave(c, { real: [0, 2,
        2] }) });
      source.start();
      return source;
    }, { 9: 1 }, { error: 1e-4 }],
  ]);

  it('ended comes to all, also to what never sounded, and buffers of none', async () => {
    const c = new OfflineAudioContext(1, 1024, RATE);
    const sources = [constant(c, 1, at(200)), play(c, ramp(c)), play(c, null), play(c, ramp(c), {}, 0, 9),
      play(c, ramp(c), { loop: true })];
    sources[0].stop(at(100));
    sources[4].stop(at(500));
    const ends = sources.map((source) => event(source, 'ended'));
    sources[2].stop(at(300));
    await c.startRendering();
    await task();
    await Promise.all(ends);
  });
});

describe('effects', () => {
  const impulse = (c, value = 1) => play(c, bufferOf(c, [value]));
  const dc = (type, options) => (c) => constant(c).connect(new BiquadFilterNode(c, { type, frequency: 6000,
    ...options }));
  rows([
    ['a lowpass passes DC, whatever its Q, which is in dB', dc('lowpass', { Q: 20 }), { 1000: 1 },
      { error: 1e-4 }],
    ['a lowshelf has its gain there', dc('lowshelf', { gain: 6 }), { 1000: 10 ** (6 / 20) }, { error: 1e-4 }],
    ['a peak has none', dc('peaking', { gain: 6 }), { 1000: 1 }, { error: 1e-4 }],
    ['a highpass takes it away', dc('highpass'), { 1000: 0 }, { error: 1e-4 }],
    ['what is not a number does not stay in a filter', (c) => {
      const filter = new BiquadFilterNode(c, { frequency: 6000 });
      const huge = new GainNode(c, { gain: 3e38 });
      play(c, bufferOf(c, [3e38])).connect(huge).connect(filter);
      constant(c, 1, at(512)).connect(filter);
      return filter;
    }, { 1000: 1 }, { error: 1e-3 }],
    ['a curve that lifts zero sounds without an input', (c) => new WaveShaperNode(c, { curve: [0.25, 0.5,
      0.75] }), { 9: 0.5, 900: 0.5 }],
    ['a curve ends where it ends', (c) => {
      const merger = c.createChannelMerger(3);
      [-5, 0.5, 5].forEach((value, index) => constant(c, value).connect(new WaveShaperNode(c, { curve: [-1, 0,
        3] }))
        .connect(merger, 0, index));
      return merger;
    }, { 9: [-1, 1.5, 3] }, { channels: 3 }],
    ['an impulse response is scaled by its power', (c) => impulse(c).connect(new ConvolverNode(c,
      { buffer: bufferOf(c, [1, 1]) })),
      { 0: 0.00125 * 44100 / RATE }, { error: 1e-7 }],
    ['of four channels it is half of that', (c) => impulse(c).connect(new ConvolverNode(c,
      { buffer: bufferOf(c, [1], [0], [0], [1]) })),
      { 0: 0.00125 / 0.5 ** 0.5 * 44100 / RATE * 0.5 }, { channels: 2, error: 1e-7 }],
    ['four channels are a matrix', (c) => play(c, bufferOf(c, [1], [0])).connect(new ConvolverNode(c,
      { disableNormalization: true,
      buffer: bufferOf(c, [1], [2], [3], [4]) })), { 0: [1, 2] }, { channels: 2 }],
    ['a panner at the listener is in the middle', (c) => constant(c).connect(new PannerNode(c)),
      { 9: [SQRT_HALF, SQRT_HALF] }, { channels: 2 }],
    ['distance: inverse', (c) => constant(c).connect(new PannerNode(c, { positionZ: -4 })),
      { 9: [SQRT_HALF / 4, SQRT_HALF / 4] }, { channels: 2 }],
    ['distance: linear, its roll-off at most 1', (c) => constant(c).connect(new PannerNode(c, { positionZ: -4,
      rolloffFactor: 9,
      distanceModel: 'linear', maxDistance: 7 })), { 9: [SQRT_HALF / 2, SQRT_HALF / 2] }, { channels: 2 }],
    ['to the right', (c) => constant(c).connect(new PannerNode(c, { positionX: 1 })), { 9: [0, 1] },
      { channels: 2 }],
    ['behind is as before', (c) => constant(c).connect(new PannerNode(c, { positionZ: 1 })), { 9: [SQRT_HALF,
      SQRT_HALF] },
      { channels: 2 }],
    ['stereo to the left: the right one leaks', (c) => steady(c, 1, 2).connect(new StereoPannerNode(c,
      { pan: -1 })),
      { 9: [3, 0] }, { channels: 2 }],
  ]);
});

it('a compressor is 6 ms late', async () => {
  const [out] = await rendered((c) => play(c, bufferOf(c, [1])).connect(c.createDynamicsCompressor()));
  assert.equal(out.findIndex((value) => value !== 0), 0.006 * RATE);
});

describe('offline', () => {
  it('suspend rounds up, and the clock is that of the quantum', async () => {
    const c = new OfflineAudioContext(1, 300, RATE);
    const seen = [];
    for (const frame of [1, 129]) {
      void c.suspend(at(frame)).then(() => {
        seen.push(Math.round(c.currentTime * RATE));
        return c.resume();
      });
    }
    const buffer = await c.startRendering();
    assert.deepEqual([seen, buffer.length], [[128, 256], 300]);
    await assert.rejects(new OfflineAudioContext(1, 300, RATE).suspend(at(257)),
      { name: 'InvalidStateError' });
  });

  it('a value that is read is that of the last quantum', async () => {
    const c = new OfflineAudioContext(1, 1024, RATE);
    const gain = new GainNode(c);
    gain.connect(c.destination);
    gain.gain.setValueAtTime(0, 0).linearRampToValueAtTime(1024, at(1024));
    let value;
    void c.suspend(at(512)).then(() => {
      ({ gain: { value } } = gain);
      return c.resume();
    });
    await c.startRendering();
    assert.equal(value, 384);
  });
});
