// Goal: VoicePool: a chain is handed out, played and given back as one (M2.7); a note is one call; misuse is
// told. Method: renders of constant sources, whose frames say what happened; the same notes from plain nodes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, AudioBufferSourceNode, AudioWorkletNode, BiquadFilterNode, ConstantSourceNode,
  DelayNode, GainNode,
  OscillatorNode, StereoPannerNode, Voice, VoicePool, event, gc, memory, offline, program, setBudget, silent,
    task }
  from './helpers.mjs';

const RATE = 48000;
const fails = (f, name, part) => assert.throws(f, (error) => {
  assert.equal(error.name, name);
  assert.match(error.message, part);
  return true;
});

// A level for a time.
const levels = (context, options = {}) => new VoicePool(context, {
  nodes: { source: [ConstantSourceNode, { offset: 0 }], amp: GainNode },
  arguments: ['level', 'duration'],
  note: { 'source.offset': 'level', 'stop': 'duration' },
  ...options,
});

const at = (context, frame, f) => context.suspend(frame / RATE).then(() => {
  f();
  context.resume();
});

describe('templates', () => {
  it('are checked when the pool is made', () => {
    const context = offline();
    const made = (options) => () => new VoicePool(context, { nodes: { source: ConstantSourceNode,
      amp: GainNode }, ...options });
    const rows = [
      [{ nodes: undefined }, 'TypeError', /nodes is not an object/],
      [{ nodes: {} }, 'TypeError', /no nodes/],
      [{ nodes: { a: 'GainNode' } }, 'TypeError', /nodes.a/],
      [{ nodes: { a: class {} } }, 'TypeError', /nodes.a/],
      [{ nodes: { 'a.b': GainNode } }, 'TypeError', /a\.b/],
      [{ nodes: { a: [GainNode, { gain: NaN }] } }, 'TypeError', /gain/],
      [{ nodes: { a: [GainNode, { channelCount: 33 }] } }, 'NotSupportedError', /channelCount|channel_count/],
      [{ nodes: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`n${index}`, GainNode])) },
        'NotSupportedError', /32/],
      [{ connections: [['source', 'none']] }, 'TypeError', /'none' names none/],
      [{ connections: [['source', 'amp.pan']] }, 'TypeError', /no param 'pan'/],
      [{ connections: [['source:1', 'amp']] }, 'IndexSizeError', /1 outputs/],
      [{ connections: [['amp', 'source']] }, 'IndexSizeError', /0 inputs/],
      [{ connections: [['amp', 'amp:x']] }, 'IndexSizeError', /1 inputs/],
      [{ output: 'none' }, 'TypeError', /output 'none'/],
      [{ destination: {} }, 'TypeError', /destination/],
      [{ destination: offline().destination }, 'InvalidAccessError', /another context/],
      [{ destination: context.createOscillator() }, 'IndexSizeError', /no input/],
      [{ maxSize: -1 }, 'RangeError', /maxSize/],
      [{ releaseTime: NaN }, 'TypeError', /releaseTime/],
      [{ notes: {} }, 'TypeError', /no option 'notes'/],
      [{ arguments: new Array(9).fill('a') }, 'NotSupportedError', /8 arguments/],
      [{ note: { 'none.gain': 1 } }, 'TypeError', /'none.gain'/],
      [{ note: { 'amp.pan': 1 } }, 'TypeError', /GainNode has no 'pan'/],
      [{ note: { 'amp.start': 1 } }, 'TypeError', /GainNode has no 'start'/],
      [{ note: { 'amp.gain': 'level' } }, 'TypeError', /'level' is none of its arguments/],
      [{ note: { 'amp.gain': NaN } }, 'TypeError', /NaN/],
      [{ note: { 'amp.gain': [['jump', 1, 2]] } }, 'TypeError', /begins with set/],
      [{ note: { 'amp.gain': [['set', 1]] } }, 'TypeError', /'set' takes 2/],
      [{ note: { 'amp.gain': Array.from({ length: 40 }, () => ['set', 1, 0]) } }, 'RangeError', /35 steps/],
      [{ arguments: ['a', 'b', 'c'], note: { 'amp.gain': ['a', 'b', 'c'] } }, 'TypeError',
        /2 arguments are added/],
    ];
    for (const [options, name, part] of rows) fails(made(options), name, part);
    fails(() => new VoicePool({}, {}), 'TypeError', /BaseAudioContext/);
    assert.throws(() => new VoicePool(context, { nodes: { a: AudioWorkletNode } }));
    fails(() => new Voice(), 'TypeError', /illegal/);
  });

  it('connections: params, ports, cycles, and each to the next by default', async () => {
    const context = offline(1024);
    const modulated = new VoicePool(context, {
      nodes: { source: [ConstantSourceNode, { offset: 0.25 }], amp: [GainNode, { gain: 2 }] },
      connections: [['source:0', 'amp:0'], ['source', 'amp.gain']],
    });
    modulated.play();
    const chained = new VoicePool(context, {
      nodes: { source: ConstantSourceNode, one: [GainNode, { gain: 0.5 }], two: [GainNode, { gain: 0.5 }] },
    });
    chained.play(512 / RATE);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.equal(frames[100], 0.25 * 2.25);
    assert.equal(frames[600], 0.25 * 2.25 + 0.25);
  });

  it('output and destination', async () => {
    const context = offline(512);
    const bus = new GainNode(context, { gain: 3 });
    bus.connect(context.destination);
    const pool = new VoicePool(context, { nodes: { amp: [GainNode, { gain: 0.5 }],
      source: ConstantSourceNode },
      connections: [['source', 'amp']], output: 'amp', destination: bus });
    pool.play();
    const loose = new VoicePool(context, { nodes: { source: ConstantSourceNode }, destination: null });
    loose.play();
    const voice = loose.acquire();
    voice.nodes.source.connect(bus);
    voice.nodes.source.start(256 / RATE);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[5], frames[300]], [1.5, 4.5]);
  });
});

describe('play', () => {
  it('a note is one call, to the frame, and gives itself back', async () => {
    const context = offline(2048);
    const pool = levels(context);
    assert.ok(pool.play(100 / RATE, 0.5, 50 / RATE) instanceof Voice);
    pool.play(1000 / RATE, 0.25, 100 / RATE);
    assert.deepEqual([pool.getStats().inUse, pool.getStats().created], [2, 2]);
    at(context, 1536, () => {
      assert.deepEqual([pool.getStats().inUse, pool.getStats().available], [0, 2]);
      pool.play(1600 / RATE, 1, 10 / RATE);
      assert.equal(pool.getStats().reused, 2); // the first one made was idle too
    });
    const frames = (await context.startRendering()).getChannelData(0);
    const heard = [99, 100, 149, 150, 999, 1000, 1099, 1100, 1599, 1600, 1609,
      1610].map((frame) => frames[frame]);
    assert.deepEqual(heard, [0, 0.5, 0.5, 0, 0, 0.25, 0.25, 0, 0, 1, 1, 0]);
  });

  it('every kind of automation, as plain nodes have it', async () => {
    const curve = Float32Array.of(0, 1, 0.25, 0.5);
    const plain = offline(9600, 2), pooled = offline(9600, 2);
    const when = 0.0101, level = 0.75, pitch = 330;
    const osc = new OscillatorNode(plain, { type: 'square' }), amp = new GainNode(plain, { gain: 0 });
    const pan = new StereoPannerNode(plain), filter = new BiquadFilterNode(plain, { Q: 5 });
    osc.connect(filter).connect(amp).connect(pan).connect(plain.destination);
    osc.frequency.value = pitch + 110;
    amp.gain.setValueAtTime(0.1, when);
    amp.gain.linearRampToValueAtTime(level, when + 0.01);
    amp.gain.exponentialRampToValueAtTime(0.2, when + 0.03);
    amp.gain.setTargetAtTime(0.9, when + 0.04, 0.02);
    amp.gain.cancelAndHoldAtTime(when + 0.07);
    pan.pan.setValueCurveAtTime(curve, when + 0.02, 0.05);
    filter.frequency.setValueAtTime(100, when);
    filter.frequency.linearRampToValueAtTime(900, when + 0.1);
    filter.frequency.cancelScheduledValues(when + 0.05);
    osc.start(when + 0.001);
    osc.stop(when + 0.15);
    const wanted = await plain.startRendering();
    const pool = new VoicePool(pooled, {
      nodes: { osc: [OscillatorNode, { type: 'square' }], filter: [BiquadFilterNode, { Q: 5 }],
        amp: [GainNode, { gain: 0 }],
        pan: StereoPannerNode },
      arguments: ['pitch', 'level', 'length'],
      note: {
        'osc.frequency': ['pitch', 110],
        'amp.gain': [['set', 0.1, 0], ['linear', 'level', 0.01], ['exponential', 0.2, 0.03],
          ['target', 0.9, 0.04, 0.02],
          ['hold', 0.07]],
        'pan.pan': [['curve', curve, 0.02, 0.05]],
        'filter.frequency': [['set', 100, 0], ['linear', 900, ['length', -0.05]], ['cancel', 0.05]],
        'osc.start': 0.001,
        'stop': 'length',
      },
    });
    pool.play(when, pitch, level, 0.15);
    const heard = await pooled.startRendering();
    for (const channel of [0, 1]) assert.deepEqual(heard.getChannelData(channel),
      wanted.getChannelData(channel));
    assert.ok(heard.getChannelData(0).some((each) => Math.abs(each) > 0.01));
  });

  it('buffers: which, from where, how long', async () => {
    const context = offline(1024);
    const buffer = new AudioBuffer({ length: 400, sampleRate: RATE });
    buffer.getChannelData(0).forEach((_, frame, frames) => {
      frames[frame] = frame;
    });
    const pool = new VoicePool(context, {
      nodes: { player: AudioBufferSourceNode },
      arguments: ['sample', 'offset', 'rate'],
      note: { 'player.buffer': 'sample', 'player.offset': 'offset', 'player.duration': 100 / RATE,
        'player.playbackRate': 'rate' },
    });
    pool.play(128 / RATE, buffer, 200 / RATE, 1);
    pool.play(512 / RATE, buffer, 0, 2);
    pool.play(900 / RATE, null, 0, 1);
    fails(() => pool.play(0, {}, 0, 1), 'TypeError', /sample is not an AudioBuffer/);
    fails(() => pool.play(0), 'TypeError', /sample is not an AudioBuffer/);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([128, 227, 228, 512, 530, 561, 562].map((frame) => frames[frame]),
      [200, 299, 0, 0, 36, 98, 0]);
  });

  it('bad arguments are told, and nothing is played', () => {
    const context = offline();
    const pool = levels(context);
    fails(() => pool.play(-1, 1, 1), 'RangeError', /below 0/);
    fails(() => pool.play(NaN, 1, 1), 'TypeError', /finite/);
    fails(() => pool.play(0, 1), 'TypeError', /duration is missing/);
    fails(() => pool.play(0, Infinity, 1), 'TypeError', /level is Infinity/);
    fails(() => pool.play(0, '1', 1), 'TypeError', /level is not a number/);
    fails(() => pool.play(0, 1, -5), 'RangeError', /when_s|negative|below/);
    assert.deepEqual([pool.getStats().inUse, pool.getStats().available], [0, 1]);
    const ramp = new VoicePool(context, { nodes: { source: ConstantSourceNode, amp: GainNode },
      note: { 'amp.gain': [['set', 1, 0], ['exponential', 0, 1]] } });
    fails(() => ramp.play(), 'RangeError', /0/);
    assert.equal(ramp.getStats().inUse, 0);
  });

  it('a refused note is not heard', async () => {
    const context = offline(512);
    const pool = levels(context);
    fails(() => pool.play(0, 1, -5), 'RangeError', /./);
    pool.play(256 / RATE, 0.5, 1);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[100], frames[300]], [0, 0.5]);
  });

  it('12,000 notes ahead', async () => {
    const context = offline(RATE);
    const pool = levels(context, { maxSize: 100 });
    for (let index = 0; index < 12000; index++) pool.play(index * 4 / RATE, 1, 4 / RATE);
    assert.equal(pool.getStats().peak, 12000);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.ok(frames.every((each) => each === 1));
  });
});

describe('stop and release', () => {
  it("a voice is stopped with the template's release", async () => {
    const context = offline(2048);
    const pool = levels(context, {
      arguments: ['level'], note: { 'source.offset': 'level' },
      release: { 'amp.gain': [['set', 0.5, 0]], 'stop': 100 / RATE },
    });
    const first = pool.play(0, 1), second = pool.play(0, 0.25);
    at(context, 512, () => {
      first.stop(600 / RATE, 1);
      pool.stop(second, 1024 / RATE, 1);
    });
    at(context, 1536, () => assert.equal(pool.getStats().inUse, 0));
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([500, 599, 600, 699, 700, 1023, 1024, 1123, 1124].map((frame) => frames[frame]),
      [1.25, 1.25, 0.75, 0.75, 0.25, 0.25, 0.125, 0.125, 0]);
  });

  it('without a release in the template it stops', async () => {
    const context = offline(512);
    const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode } });
    pool.play().stop(300 / RATE);
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[299], frames[300]], [1, 0]);
  });

  it('now, with a fade, after the tail', async () => {
    for (const [mode, wanted] of [['now', [0, 0]], ['fade', [0.5, 0]], ['after-tail', [1, 0]]]) {
      const context = offline(2048);
      const pool = new VoicePool(context, { releaseTime: 400 / RATE,
        nodes: { source: ConstantSourceNode, delay: [DelayNode,
          { maxDelayTime: 0.01, delayTime: 256 / RATE }] } });
      const voice = pool.play();
      at(context, 512, () => voice.release(mode, 512 / RATE));
      const frames = (await context.startRendering()).getChannelData(0);
      assert.equal(frames[500], 1);
      [768, 1900].forEach((frame, index) => assert.ok(Math.abs(frames[frame] - wanted[index]) < 0.02,
        `${mode} ${frames[frame]}`));
    }
  });

  it('stale voices, foreign ones and strangers are told', async () => {
    const context = offline(1024);
    const pool = levels(context), other = levels(context);
    const voice = pool.play(0, 1, 100 / RATE), foreign = other.acquire();
    fails(() => pool.release(foreign), 'InvalidAccessError', /not of this pool/);
    fails(() => pool.release({}), 'TypeError', /not a Voice/);
    fails(() => pool.stop(context.createGain()), 'TypeError', /not a Voice/);
    fails(() => voice.release('later'), 'TypeError', /'later'/);
    other.release(foreign);
    fails(() => other.release(foreign), 'InvalidStateError', /released/);
    fails(() => foreign.nodes.source.start(), 'InvalidStateError', /./);
    at(context, 512, () => {
      fails(() => voice.release(), 'InvalidStateError', /./);
      fails(() => voice.stop(1, 1, 1), 'InvalidStateError', /./);
      fails(() => voice.releaseWhenDone(), 'InvalidStateError', /./);
      fails(() => voice.nodes, 'InvalidStateError', /over/);
    });
    await context.startRendering();
    fails(() => pool.play(0, 1, 1), 'InvalidStateError', /closed/);
    fails(() => pool.acquire(), 'InvalidStateError', /closed/);
    fails(() => voice.release(), 'InvalidStateError', /closed/);
  });

  it('debug: a Voice stands for one note alone', () => {
    const pool = levels(offline(), { debug: true });
    const first = pool.acquire();
    first.release();
    const second = pool.acquire();
    assert.notEqual(first, second);
    assert.equal(pool.getStats().created, 1);
    fails(() => first.release(), 'InvalidStateError', /./);
    fails(() => first.nodes.source.start(), 'InvalidStateError', /./);
    second.nodes.source.start();
    const plain = levels(offline());
    const voice = plain.acquire();
    voice.release();
    assert.equal(plain.acquire(), voice);
  });

  it('releaseAll, preAllocate, trim, destroy', () => {
    const context = offline();
    const pool = levels(context, { maxSize: 5 });
    assert.equal(pool.preAllocate(3), 3);
    assert.equal(pool.preAllocate(9), 5);
    const voices = [pool.acquire(), pool.acquire(), pool.play(0, 1, 1)];
    assert.deepEqual(pool.getStats(), { available: 2, inUse: 3, created: 5, reused: 3, dropped: 0, peak: 3 });
    pool.releaseAll();
    assert.equal(pool.getStats().available, 5);
    voices.forEach((voice) => fails(() => voice.release(), 'InvalidStateError', /./));
    assert.equal(pool.trim(1), 4);
    pool.destroy();
    fails(() => pool.play(0, 1, 1), 'InvalidStateError', /destroyed/);
  });

  it('maxLive refuses, or steals the oldest', async () => {
    fails(() => {
      const pool = levels(offline(), { maxLive: 2 });
      for (let count = 0; count < 3; count++) pool.play(0, 1, 1);
    }, 'QuotaExceededError', /live_max is 2/);
    const context = offline(2048);
    const pool = levels(context, { maxLive: 2, steal: true });
    const first = pool.acquire();
    first.nodes.source.offset.value = 1;
    first.nodes.source.start();
    pool.play(0, 0.25, 1);
    at(context, 512, () => {
      pool.play(0, 0.125, 1);
      fails(() => first.release(), 'InvalidStateError', /./);
    });
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[500], frames[1500]], [1.25, 0.375]);
  });
});

describe('acquire', () => {
  it('its nodes are nodes', async () => {
    const context = offline(1024, 2);
    const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode, amp: [GainNode, { gain: 0.5 }],
      pan: StereoPannerNode } });
    const { source, amp, pan } = pool.acquire().nodes;
    assert.ok(source instanceof ConstantSourceNode && amp instanceof GainNode &&
      pan instanceof StereoPannerNode);
    assert.deepEqual([amp.gain.value, amp.context, pan.channelCountMode], [0.5, context, 'clamped-max']);
    amp.gain.setValueAtTime(0.25, 512 / RATE);
    pan.pan.value = -1;
    source.start(256 / RATE);
    const [left, right] = [0, 1].map((channel) => context.startRendering !== undefined && channel);
    const buffer = await context.startRendering();
    assert.deepEqual([100, 300, 600].map((frame) => buffer.getChannelData(left)[frame]), [0, 0.5, 0.25]);
    assert.ok(Math.abs(buffer.getChannelData(right)[600]) < 1e-6);
  });

  it('comes back as the template says, with the same objects', () => {
    const context = offline();
    const pool = new VoicePool(context, { nodes: { osc: [OscillatorNode, { type: 'square', frequency: 100 }],
      amp: GainNode } });
    const voice = pool.acquire(), { nodes } = voice;
    nodes.osc.type = 'sine';
    nodes.osc.frequency.value = 5;
    nodes.osc.onended = () => {};
    nodes.amp.channelCount = 1;
    nodes.osc.start();
    voice.release();
    assert.equal(pool.acquire(), voice);
    assert.equal(voice.nodes, nodes);
    assert.deepEqual([nodes.osc.type, nodes.osc.frequency.value, nodes.osc.onended, nodes.amp.channelCount],
      ['square', 100, null, 2]);
    nodes.osc.start();
  });

  it('ended is told of what is held', async () => {
    const context = silent();
    await context.resume();
    const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode } });
    for (let count = 0; count < 3; count++) {
      const voice = pool.acquire();
      voice.nodes.source.start();
      voice.nodes.source.stop();
      await event(voice.nodes.source, 'ended');
      voice.release();
      while (pool.getStats().available === 0) await task();
    }
    assert.equal(pool.getStats().created, 1);
    await context.close();
  });

  it('nodes of a note that was played can be reached, and cannot be started again', () => {
    const pool = levels(offline());
    const { source, amp } = pool.play(0, 0.5, 1).nodes;
    assert.equal(source.offset.value, 0.5);
    fails(() => source.start(), 'InvalidStateError', /started before/);
    amp.gain.value = 2;
    assert.equal(amp.gain.value, 2);
  });
});

describe('budget and life', () => {
  it('over the budget a note throws, and nothing has changed', () => {
    const context = offline();
    const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode,
      delay: [DelayNode, { maxDelayTime: 100 }] } });
    pool.play();
    const { used, budget } = memory();
    assert.ok(setBudget(used + 4000000));
    try {
      fails(() => pool.play(), 'QuotaExceededError', /budget/);
      fails(() => pool.acquire(), 'QuotaExceededError', /budget/);
      assert.deepEqual([pool.getStats().inUse, pool.getStats().created], [1, 1]);
    } finally {
      setBudget(budget);
    }
    pool.play();
  });

  it('a pool that nobody holds plays on, and goes when it is silent', async () => {
    const context = offline(4096);
    const before = memory().objects;
    (() => levels(context).play(0, 1, 2048 / RATE))();
    await gc(6);
    at(context, 1024, () => {});
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[10], frames[2000], frames[2100]], [1, 1, 0]);
    await gc(6);
    assert.ok(memory().objects <= before);
  });

  it('a program ends when its notes have ended, and not before', async () => {
    const { code, out } = await program(`
      const context = new AudioContext({ sinkId: { type: 'none' } });
      await context.resume();
      const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode }, note: { stop: 0.1 } });
      pool.acquire();
      pool.play(0.1);
      pool.play(0.2);
      process.on('exit', () => console.log(context.currentTime >= 0.3, pool.getStats().inUse));`);
    assert.deepEqual([code, out], [0, 'true 1\n']);
  });

  it('Voices that the pool had no room for are forgotten, not those that it keeps', async () => {
    const context = offline(8192);
    const pool = levels(context, { maxSize: 100 });
    const seen = new Set();
    for (let count = 0; count < 400; count++) pool.play(0, 0.1, 0.001);
    at(context, 2048, () => {
      for (let count = 0; count < 100; count++) seen.add(pool.play(context.currentTime, 0.1, 0.001));
    });
    at(context, 4096, () => {
      assert.deepEqual([pool.getStats().created, pool.getStats().dropped, pool.getStats().available],
        [400, 300, 100]);
      for (let count = 0; count < 100; count++) assert.ok(seen.has(pool.play(context.currentTime, 0.1,
        0.001)));
    });
    await context.startRendering();
    assert.equal(seen.size, 100);
  });

  it('a program ends when its notes are taken away with their pool', async () => {
    const { code, out } = await program(`
      const context = new AudioContext({ sinkId: { type: 'none' } });
      await context.resume();
      const pool = new VoicePool(context, { nodes: { source: ConstantSourceNode } });
      pool.play();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      pool.destroy();
      process.on('exit', () => console.log('over'));`);
    assert.deepEqual([code, out], [0, 'over\n']);
  });

  it('steady notes make no voices and take no memory', async () => {
    const context = offline(RATE);
    const pool = levels(context);
    const counts = [];
    for (let turn = 0; turn < 90; turn++) {
      at(context, (turn + 1) * 512, () => {
        for (let note = 0; note < 5; note++) pool.play(context.currentTime + 0.01, 0.1, 0.02);
        counts.push([memory().used, pool.getStats().created]);
      });
    }
    await context.startRendering();
    assert.deepEqual(counts[89], counts[30]);
    assert.ok(counts[89][1] <= 30);
  });
});
