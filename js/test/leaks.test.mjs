// Goal: nothing stays behind: not of graphs with cycles, not of closures that hold what holds them, not of
// contexts that are dropped in the middle of something, not of calls that failed; and the collector comes
// before the budget is used up. Method: the ledger's bytes after each of some rounds, with a collector that
// is
// called; loops of large things without one.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AudioContext, ConvolverNode, DelayNode, GainNode, OfflineAudioContext, PeriodicWave, RATE,
  WaveShaperNode, event, gc,
  memory, offline, silent, task } from './helpers.mjs';

const times = (count, f) => {
  for (let index = 0; index < count; index++) f(index);
};

// Every round makes and drops the same. The first ones may leave what is kept for the next, and what rings may
// ring on: it is a leak if it never stops to grow.
async function mustStay(round) {
  const found = [];
  for (let same = 0; same < 2; same = found.at(-1) <= found.at(-2) + 1000 ? same + 1 : 0) {
    assert.ok(found.length < 10, `bytes after each round: ${found}`);
    await round();
    await gc();
    found.push(memory().used);
  }
}

const context = offline(128);

const graphs = {
  'cycles through delays and params': () => times(100, () => {
    const [line, gain] = [new DelayNode(context, { maxDelayTime: 0.1 }), context.createGain()];
    line.connect(gain).connect(line);
    gain.connect(context.destination);
    gain.connect(line.delayTime);
  }),
  'cycles without a delay, and of one node': () => times(100, () => {
    const [one, other] = [context.createGain(), context.createGain()];
    one.connect(other).connect(one);
    one.connect(one);
    other.connect(other.gain);
  }),
  'closures and properties that hold their node': () => times(100, () => {
    const source = context.createOscillator();
    source.onended = () => source.disconnect();
    source.addEventListener('ended', () => source);
    source.frequency.mine = source;
    source.big = new Float32Array(1000);
    const gain = context.createGain();
    gain.self = gain;
    gain.addEventListener('x', () => gain);
  }),
  'automation': () => times(100, () => {
    const { gain } = context.createGain();
    gain.setValueCurveAtTime(new Float32Array(1000), 0, 1);
    times(20, (index) => gain.setValueAtTime(index, 2 + index));
  }),
  'impulse responses that are replaced': () => times(3, () => {
    const node = context.createConvolver();
    times(3, () => {
      node.buffer = context.createBuffer(2, 4000, RATE);
    });
    node.connect(context.destination);
  }),
  'calls that fail': () => times(100, () => {
    for (const call of [() => new DelayNode(context, { maxDelayTime: 200 }), () => context.createBuffer(99, 1,
      RATE),
      () => new WaveShaperNode(context, { curve: [1] }), () => new GainNode(context, { channelCount: 99 }),
      () => new OfflineAudioContext(99, 1, RATE), () => new PeriodicWave(context, { real: [1] }),
      () => context.createBuffer(32, 4000000, RATE),
        () => context.createGain().connect(offline.destination)]) {
      assert.throws(call);
    }
  }),
  'sounds that are none': async () => {
    for (let count = 0; count < 5; count++) {
      await assert.rejects(context.decodeAudioData(new ArrayBuffer(10000)), { name: 'EncodingError' });
    }
  },
};

describe('graphs', () => {
  for (const [name, round] of Object.entries(graphs)) it(name, () => mustStay(round));
});

// Each in a context of its own, which is dropped.
const dropped = {
  'never rendered': () => times(5, () => {
    const own = offline();
    own.createOscillator().start();
    own.onstatechange = () => own;
  }),
  'suspended in a render': async () => {
    for (let count = 0; count < 5; count++) {
      const own = offline();
      const source = own.createOscillator();
      source.onended = () => own;
      source.start();
      const suspended = own.suspend(0.01);
      void own.startRendering();
      await suspended;
    }
  },
  'between two chunks': async () => {
    for (let count = 0; count < 5; count++) {
      const own = new OfflineAudioContext({ length: null, sampleRate: RATE });
      own.createOscillator().start();
      own.oncomplete = () => own;
      await own.startRendering(1000);
    }
  },
  'rendered, with nodes that are made afterwards': async () => {
    for (let count = 0; count < 5; count++) {
      const own = offline(128);
      await own.startRendering();
      own.createDelay().connect(own.destination);
      own.createBufferSource().start();
    }
  },
  'in real time, suspended or closed': async () => {
    for (let count = 0; count < 4; count++) {
      const own = silent();
      own.createOscillator().start();
      own.onstatechange = () => own;
      await own.resume();
      await (count % 2 === 0 ? own.close() : own.suspend());
    }
  },
};

describe('contexts', () => {
  for (const [name, round] of Object.entries(dropped)) {
    it(name, async () => {
      await mustStay(round);
      const threads = () => readdirSync('/proc/self/task').length;
      const before = process.platform === 'linux' ? threads() : 0;
      await round();
      await gc(5);
      if (process.platform === 'linux') assert.ok(threads() <= before,
        `${threads()} threads, ${before} before`);
    });
  }
});

it('sources that have ended, in cycles, with buffers that were written to', async () => {
  const real = new AudioContext({ sinkId: { type: 'none' } });
  await real.resume();
  await mustStay(async () => {
    const ends = Array.from({ length: 50 }, () => {
      const buffer = real.createBuffer(2, 480, RATE);
      buffer.getChannelData(0)[3] = 1;
      const source = real.createBufferSource();
      source.buffer = buffer;
      const [gain, line] = [new GainNode(real, { gain: 1e-30 }), real.createDelay(0.05)];
      source.connect(gain).connect(line).connect(gain);
      line.connect(real.destination);
      source.start(0, 0, 0.005);
      buffer.getChannelData(0)[3] = 2;
      return event(source, 'ended');
    });
    await Promise.all(ends);
  });
  await real.close();
});

// Each a good deal more than the budget, if all stayed.
const large = {
  contexts: [130, () => offline().createGain()],
  'delay lines': [60, () => new DelayNode(context, { maxDelayTime: 10 })],
  'analysers': [400, () => context.createAnalyser()],
  'impulse responses': [60, () => new ConvolverNode(context, { buffer: context.createBuffer(1, 96000,
    RATE) })],
};

// What takes long to make.
if (process.env.WAVEPOOL_SOAK) {
  large['periodic waves'] = [150, () => context.createPeriodicWave(new Float32Array(4096).fill(1),
    new Float32Array(4096))];
}

describe('dropped without a word', () => {
  for (const [name, [count, make]] of Object.entries(large)) {
    it(`${count} ${name}`, async () => {
      await gc();
      for (let index = 0; index < count; index++) {
        make();
        await task();
      }
    });
  }
});
