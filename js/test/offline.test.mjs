// Goal: OfflineAudioContext renders whole, in chunks, with suspensions and closes, as the newest text says.
// Method: rows of lengths and chunk sizes; ramps whose every frame tells where it comes from.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, ConstantSourceNode, GainNode, OfflineAudioContext, RATE, event, memory, offline, task }
  from './helpers.mjs';

const QUANTUM = 256;
const make = (length, options = {}) =>
  new OfflineAudioContext({ numberOfChannels: 2, sampleRate: 44100, renderSizeHint: QUANTUM, length,
    ...options });

// The output at frame f is f.
function ramp(context) {
  const buffer = new AudioBuffer({ length: 65536, sampleRate: context.sampleRate });
  buffer.copyToChannel(Float32Array.from({ length: 65536 }, (_, frame) => frame), 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.start();
}
const isRamp = (buffer, from) => buffer.getChannelData(0).every((value, frame) => value === from + frame);

describe('constructors', () => {
  it('take a dictionary or three numbers', () => {
    const a = new OfflineAudioContext(3, 1000, 44100);
    assert.deepEqual([a.length, a.sampleRate, a.destination.channelCount, a.renderQuantumSize, a.state,
      a.currentTime],
      [1000, 44100, 3, 128, 'suspended', 0]);
    const b = new OfflineAudioContext({ sampleRate: 44100 });
    assert.deepEqual([b.length, b.destination.channelCount], [null, 1]);
    assert.equal(make(null, { renderSizeHint: 'hardware' }).renderQuantumSize, 128);
    assert.equal(make(null, { renderSizeHint: 'default' }).renderQuantumSize, 128);
    assert.equal(make(10, { renderSizeHint: 1 }).renderQuantumSize, 1);
    assert.equal(new OfflineAudioContext('2', '10', '44100').length, 10);
  });
});

describe('chunks', () => {
  const rows = [
    // length, chunk sizes, lengths of the buffers
    [1000, [null], [1000]],
    [1000, [undefined], [1000]],
    [1000, [300, 300], [512, 488]],
    [1000, [256, 256, 256, 256], [256, 256, 256, 232]],
    [1000, [1, 2000], [256, 744]],
    [null, [null, null], [256, 256]],
    [null, [300, 256, 257, 1], [512, 256, 512, 256]],
    [1, [null], [1]],
  ];
  for (const [length, sizes, wanted] of rows) {
    it(`${length} frames in chunks of ${sizes}`, async () => {
      for (const isAtOnce of [false, true]) {
        const context = make(length);
        ramp(context);
        const promises = [];
        for (const size of sizes) {
          promises.push(context.startRendering(size));
          if (!isAtOnce) await promises.at(-1);
        }
        if (length !== null) {
          await assert.rejects(context.startRendering(1), { name: 'InvalidStateError' });
        }
        const buffers = await Promise.all(promises);
        assert.deepEqual(buffers.map((each) => each.length), wanted);
        let frame = 0;
        for (const buffer of buffers) {
          assert.ok(isRamp(buffer, frame));
          frame += buffer.length;
        }
        assert.equal(context.length, length);
        assert.equal(context.state, length === null ? 'running' : 'closed');
        assert.equal(context.currentTime, Math.ceil(frame / QUANTUM) * QUANTUM / 44100);
        if (length === null) await context.close();
        assert.equal(context.state, 'closed');
      }
    });
  }

  it('of no frames, or of more than the budget, reject', async () => {
    await assert.rejects(make(null).startRendering(0), { name: 'NotSupportedError' });
    await assert.rejects(make(null).startRendering(2 ** 30), { name: 'QuotaExceededError' });
  });

  it('complete events come with each', async () => {
    const context = make(null);
    let done = event(context, 'complete');
    const first = await context.startRendering();
    assert.equal((await done).renderedBuffer, first);
    done = event(context, 'complete');
    const second = await context.startRendering();
    assert.equal((await done).renderedBuffer, second);
    await context.close();
  });
});

describe('suspend', () => {
  it('at times, to edit, and to the frame', async () => {
    const context = offline(1024);
    const source = new ConstantSourceNode(context);
    const node = source.connect(new GainNode(context, { gain: 0 }));
    node.connect(context.destination);
    source.start();
    const times = [];
    for (const [index, frame] of [0, 128, 300, 896].entries()) {
      void context.suspend(frame / RATE).then(() => {
        assert.equal(context.state, 'suspended');
        times.push(Math.round(context.currentTime * RATE));
        node.gain.value = index + 1;
        return context.resume();
      });
    }
    const out = (await context.startRendering()).getChannelData(0);
    assert.deepEqual(times, [0, 128, 384, 896]);
    assert.deepEqual([0, 127, 128, 383, 384, 895, 896, 1023].map((frame) => out[frame]), [1, 1, 2, 2, 3, 3,
      4, 4]);
  });

  it('while suspended, at a later time', async () => {
    const context = offline(1024);
    const log = [];
    void context.suspend(0).then(() => {
      void context.suspend(0.01).then(() => {
        log.push(context.currentTime);
        return context.resume();
      });
      return context.resume();
    });
    await context.startRendering();
    assert.deepEqual(log, [512 / RATE]);
  });

  // The thread may be past it before we have asked; then it is asked of another one.
  it('while it renders, ahead of it', async () => {
    let isAhead = false;
    for (let count = 0; count < 50 && !isAhead; count++) {
      const context = offline(60 * RATE);
      for (let index = 0; index < 50; index++) {
        const source = context.createOscillator();
        source.connect(context.destination);
        source.start();
      }
      const rendering = context.startRendering();
      const [late, far, near] = [0, 59, 30].map((time) => context.suspend(time));
      await assert.rejects(late, { name: 'InvalidStateError' });
      isAhead = await near.then(() => true, () => false);
      if (!isAhead) {
        void far.catch(() => {});
        void rendering.catch(() => {});
        await context.close();
        continue;
      }
      assert.equal(context.currentTime, 30);
      assert.equal(context.state, 'suspended');
      await assert.rejects(context.suspend(29), { name: 'InvalidStateError' });
      await context.resume();
      await far;
      assert.equal(context.currentTime, 59);
      await context.resume();
      assert.equal((await rendering).length, 60 * RATE);
    }
    assert.ok(isAhead);
  });

  it('refuses what is not ahead, beyond the end, or taken', async () => {
    const context = offline(1024);
    const rejects = (time) => assert.rejects(context.suspend(time), { name: 'InvalidStateError' });
    await rejects(-1);
    await rejects(1024 / RATE);
    await rejects(1000);
    const first = context.suspend(1 / RATE);
    await rejects(100 / RATE);
    await assert.rejects(context.suspend(), TypeError);
    await assert.rejects(context.suspend(NaN), TypeError);
    const rendering = context.startRendering();
    await first;
    await rejects(0);
    await rejects(128 / RATE);
    await context.resume();
    await rendering;
    await assert.rejects(context.suspend(0), { name: 'InvalidStateError' });
  });

  it('at the boundary of a chunk waits for the next one', async () => {
    const context = make(2 * QUANTUM);
    const suspended = context.suspend(QUANTUM / 44100);
    await context.startRendering(QUANTUM);
    assert.equal(context.state, 'running');
    const second = context.startRendering(QUANTUM);
    await suspended;
    assert.equal(context.state, 'suspended');
    await context.resume();
    assert.equal((await second).length, QUANTUM);
    assert.equal(context.state, 'closed');
  });

  it('resume without a start, or of a closed one, rejects', async () => {
    const context = offline(128);
    await assert.rejects(context.resume(), { name: 'InvalidStateError' });
    await context.startRendering();
    await assert.rejects(context.resume(), { name: 'InvalidStateError' });
    await assert.rejects(context.startRendering(), { name: 'InvalidStateError' });
  });
});

describe('close', () => {
  it('before, between, and twice', async () => {
    const context = make(null);
    const closing = context.close();
    await assert.rejects(context.close(), { name: 'InvalidStateError' });
    await assert.rejects(context.startRendering(), { name: 'InvalidStateError' });
    await closing;
    assert.equal(context.state, 'closed');
    const other = make(null);
    await other.startRendering(300);
    await other.close();
    assert.equal(other.state, 'closed');
    assert.equal(other.currentTime, 512 / 44100);
  });

  it('while it renders', async () => {
    const context = make(null);
    const rendering = assert.rejects(context.startRendering(5000000), { name: 'AbortError' });
    assert.equal(context.state, 'running');
    const before = memory().buffers;
    await context.close();
    await rendering;
    assert.equal(context.state, 'closed');
    assert.ok(memory().buffers <= before - 2 * 4 * 5000000, 'what it had rendered is given back');
  });

  it('while it is suspended', async () => {
    const context = make(null);
    context.oncomplete = () => assert.fail('it was closed');
    const [now, later] = [context.suspend(0), context.suspend(1)];
    const renderings = [1, 2, 3].map(() => context.startRendering(300));
    await now;
    assert.equal(context.state, 'suspended');
    const all = [...renderings.map((each) => assert.rejects(each, { name: 'AbortError' })),
      assert.rejects(later, { name: 'InvalidStateError' })];
    await context.close();
    await Promise.all(all);
    await task();
    assert.equal(context.state, 'closed');
  });
});

it('the event loop is free while it renders, and edits are heard', async () => {
  const context = offline(10 * RATE);
  const source = new ConstantSourceNode(context);
  source.connect(context.destination);
  source.start();
  const rendering = context.startRendering();
  let turns = 0;
  let isDone = false;
  void rendering.then(() => {
    isDone = true;
  });
  while (!isDone) {
    turns++;
    assert.ok(context.currentTime >= 0 && context.currentTime <= 10.01);
    context.createGain().connect(context.destination);
    await task();
  }
  assert.ok(turns > 1);
});

it('many contexts at once', async () => {
  const buffers = await Promise.all(Array.from({ length: 40 }, async (_, index) => {
    const context = offline(5000);
    const source = new ConstantSourceNode(context, { offset: index });
    source.connect(context.destination);
    source.start();
    return context.startRendering();
  }));
  buffers.forEach((buffer, index) => assert.equal(buffer.getChannelData(0)[4999], index));
});
