// Goal: AudioBufferPool does what the journal says (M1.1 to M1.6), and tells misuse.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detach } from '../src/host/node.mjs';
import { AudioBuffer, AudioBufferPool, AudioBufferSourceNode, gc, memory, offline, setBudget,
  task } from './helpers.mjs';

const fails = (f, name, part) => assert.throws(f, (error) => {
  assert.equal(error.name, name);
  assert.match(error.message, part);
  return true;
});

describe('M1.1, M1.2 shapes and sizes', () => {
  it('exact shapes, at the rate of the context', () => {
    const context = offline(128, 1, 44100);
    const pool = new AudioBufferPool(context);
    for (const [channels, length] of [[1, 1], [2, 2048], [32, 100]]) {
      const buffer = pool.acquire(channels, length);
      assert.ok(buffer instanceof AudioBuffer);
      assert.deepEqual([buffer.numberOfChannels, buffer.length, buffer.sampleRate],
        [channels, length, 44100]);
      pool.release(buffer);
    }
    assert.equal(pool.getStats().keys, 3);
    const other = pool.acquire(2, 2049);
    assert.deepEqual([other.numberOfChannels, other.length, pool.getStats().hits], [2, 2049, 0]);
    fails(() => pool.acquire(0, 5), 'NotSupportedError', /channel/);
    fails(() => pool.acquire(33, 5), 'NotSupportedError', /channel/);
    fails(() => pool.acquire(1, 0), 'NotSupportedError', /frame/);
    fails(() => pool.acquire(1, 1.5), 'RangeError', /length is 1.5/);
    fails(() => pool.acquire(1), 'RangeError', /length is undefined/);
    fails(() => pool.acquire('1', 5), 'RangeError', /channels is 1/);
  });

  it('fifty are kept of a shape, and ten readied, by default', () => {
    const pool = new AudioBufferPool(offline());
    assert.equal(pool.preAllocate(2, 64), 10);
    assert.equal(pool.preAllocate(2, 64), 10);
    const buffers = Array.from({ length: 60 }, () => pool.acquire(2, 64));
    buffers.forEach((buffer) => pool.release(buffer));
    const { pooledBuffers, drops, hits, misses } = pool.getStats();
    assert.deepEqual([pooledBuffers, drops, hits, misses], [50, 10, 10, 50]);
  });

  it('or as the configuration says', () => {
    const context = offline();
    const pool = new AudioBufferPool(context, { maxSize: 3, preAllocate: 2 });
    assert.equal(pool.preAllocate(1, 8), 2);
    assert.equal(new AudioBufferPool(context, { maxSize: 4 }).preAllocate(1, 8), 4);
    fails(() => new AudioBufferPool(context, { maxSize: 2, preAllocate: 3 }), 'NotSupportedError',
      /pre_allocate/);
    fails(() => new AudioBufferPool(context, { maxSize: -1 }), 'RangeError', /maxSize/);
    fails(() => new AudioBufferPool(context, { size: 1 }), 'TypeError', /'size'/);
    fails(() => new AudioBufferPool(null), 'TypeError', /BaseAudioContext/);
  });
});

describe('M1.3 acquire', () => {
  it('zeros, whatever was there before', () => {
    const pool = new AudioBufferPool(offline());
    const buffer = pool.acquire(2, 100);
    buffer.getChannelData(0).fill(1);
    buffer.copyToChannel(new Float32Array(100).fill(2), 1);
    pool.release(buffer);
    const again = pool.acquire(2, 100);
    assert.equal(again, buffer);
    assert.ok([0, 1].every((channel) => again.getChannelData(channel).every((frame) => frame === 0)));
  });

  it('uncleared: what was there before', () => {
    const pool = new AudioBufferPool(offline());
    const buffer = pool.acquire(1, 100);
    buffer.getChannelData(0).fill(3);
    pool.release(buffer);
    assert.equal(pool.acquireUncleared(1, 100).getChannelData(0)[50], 3);
    assert.ok(pool.acquireUncleared(1, 100).getChannelData(0).every((frame) => frame === 0));
  });

  it('over the budget it throws, and nothing has changed', () => {
    const pool = new AudioBufferPool(offline());
    const { used, budget } = memory();
    assert.ok(setBudget(used + 1000000));
    try {
      fails(() => pool.acquire(2, 1000000), 'QuotaExceededError', /bytes asked.*in use/);
      assert.deepEqual([pool.getStats().inUse, pool.getStats().misses], [0, 0]);
    } finally {
      setBudget(budget);
    }
  });
});

describe('M1.4 release', () => {
  it('a second release, a foreign buffer and a stranger are told, and change nothing', () => {
    const context = offline();
    const pool = new AudioBufferPool(context), other = new AudioBufferPool(context);
    const buffer = pool.acquire(1, 8);
    pool.release(buffer);
    const before = pool.getStats();
    fails(() => pool.release(buffer), 'InvalidStateError', /./);
    fails(() => pool.release(other.acquire(1, 8)), 'InvalidAccessError', /not of this pool/);
    fails(() => pool.release(context.createBuffer(1, 8, 48000)), 'InvalidAccessError', /not of this pool/);
    fails(() => pool.release(new Float32Array(8)), 'TypeError', /not an AudioBuffer/);
    assert.deepEqual(pool.getStats(), before);
  });

  it('whoever uses a released one is told; its arrays are empty', () => {
    const pool = new AudioBufferPool(offline());
    const buffer = pool.acquire(1, 8);
    const data = buffer.getChannelData(0);
    pool.release(buffer);
    assert.equal(data.length, 0);
    fails(() => buffer.getChannelData(0), 'InvalidStateError', /./);
    fails(() => buffer.copyToChannel(new Float32Array(8), 0), 'InvalidStateError', /./);
    fails(() => buffer.copyFromChannel(new Float32Array(8), 0), 'InvalidStateError', /./);
  });

  it('an array that somebody has taken away does no harm', () => {
    const pool = new AudioBufferPool(offline());
    const buffer = pool.acquire(1, 8);
    detach(buffer.getChannelData(0).buffer); // as ArrayBuffer.prototype.transfer would, where there is one
    pool.release(buffer);
    assert.equal(pool.acquire(1, 8).getChannelData(0).length, 8);
  });

  it('one that plays goes back when it has been played', async () => {
    const context = offline(2048);
    const pool = new AudioBufferPool(context);
    const buffer = pool.acquire(1, 512);
    buffer.getChannelData(0).fill(0.5);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.start();
    pool.release(buffer);
    assert.deepEqual([pool.getStats().inUse, pool.getStats().pooledBuffers], [1, 0]);
    const second = pool.acquire(1, 512);
    second.getChannelData(0).fill(9);
    context.suspend(1024 / 48000).then(async () => {
      await task();
      assert.deepEqual([pool.getStats().inUse, pool.getStats().pooledBuffers], [1, 1]);
      context.resume();
    });
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[10], frames[511], frames[512]], [0.5, 0.5, 0]);
    assert.equal(second.getChannelData(0)[0], 9);
  });

  it('the same turn may use it again', () => {
    const pool = new AudioBufferPool(offline());
    for (let count = 0; count < 100; count++) {
      const buffer = pool.acquire(2, 256);
      buffer.getChannelData(0)[0] = 1;
      buffer.getChannelData(1)[0] = 1;
      pool.release(buffer);
    }
    const { misses, hits, inUse } = pool.getStats();
    assert.deepEqual([misses, hits, inUse], [1, 99, 0]);
  });

  it('debug: a wrapper stands for one use alone', () => {
    const pool = new AudioBufferPool(offline(), { debug: true });
    const first = pool.acquire(1, 8);
    pool.release(first);
    const second = pool.acquire(1, 8);
    assert.notEqual(first, second);
    assert.equal(pool.getStats().hits, 1);
    fails(() => first.getChannelData(0), 'InvalidStateError', /./);
    fails(() => pool.release(first), 'InvalidStateError', /./);
    pool.release(second);
  });
});

describe('M1.5, M1.6 stats, trim and life', () => {
  it("the journal's two, and the others", () => {
    const pool = new AudioBufferPool(offline());
    const one = pool.acquire(2, 1000);
    const bytes = pool.getStats().inUseBytes;
    assert.ok(bytes >= 8000 && bytes < 9000);
    assert.deepEqual(pool.getStats(), { pooledBuffers: 0, memoryBytes: 0, inUse: 1, inUseBytes: bytes,
      hits: 0, misses: 1,
      drops: 0, peakBytes: bytes, keys: 0 });
    pool.release(one);
    assert.deepEqual(pool.getStats(), { pooledBuffers: 1, memoryBytes: bytes, inUse: 0, inUseBytes: 0,
      hits: 0, misses: 1,
      drops: 0, peakBytes: bytes, keys: 1 });
  });

  it('the shape that was used longest ago goes first', () => {
    const pool = new AudioBufferPool(offline());
    for (const length of [1000, 2000]) pool.release(pool.acquire(1, length));
    pool.release(pool.acquire(1, 1000));
    const { memoryBytes } = pool.getStats();
    assert.ok(pool.trim(memoryBytes - 1) >= 8000);
    assert.equal(pool.getStats().pooledBuffers, 1);
    pool.acquire(1, 1000);
    assert.equal(pool.getStats().hits, 2);
    assert.equal(pool.trim(), 0);
  });

  it('one that nobody holds comes back, and a pool that nobody holds goes', async () => {
    const context = offline();
    const pool = new AudioBufferPool(context);
    (() => pool.acquire(1, 100000).getChannelData(0).fill(1))();
    await gc(8);
    assert.deepEqual([pool.getStats().inUse, pool.getStats().pooledBuffers], [0, 1]);
    const before = memory().buffers;
    (() => new AudioBufferPool(context).preAllocate(1, 100000))();
    await gc(8);
    assert.ok(memory().buffers <= before);
  });
});
