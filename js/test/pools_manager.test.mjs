// Goal: AudioMemoryManager and AudioProfiler say what the journal asks for (M3, M4), truly.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AudioMemoryManager, AudioProfiler, BiquadFilterNode, GainNode, OscillatorNode, VoicePool, gc, memory,
  offline, program,
  setBudget, silent, task } from './helpers.mjs';

const fails = (f, name, part) => assert.throws(f, (error) => {
  assert.equal(error.name, name);
  assert.match(error.message, part);
  return true;
});

describe('M3.1, M3.2 the pools it owns', () => {
  it('readies twenty buffers, of 2048 and of 4096 frames', () => {
    const manager = new AudioMemoryManager(offline());
    const { pooledBuffers, keys, memoryBytes } = manager.bufferPool.getStats();
    assert.deepEqual([pooledBuffers, keys], [20, 2]);
    assert.ok(memoryBytes >= 10 * 2 * (2048 + 4096) * 4);
    assert.equal(manager.getStats().audioBuffers, 20);
  });

  it('or others', () => {
    const manager = new AudioMemoryManager(offline(), { bufferPool: { maxSize: 5, preAllocate: 3 },
      preAllocate: [[1, 128]],
      nodePools: { maxSize: 2 } });
    assert.equal(manager.getStats().audioBuffers, 3);
    manager.nodePools.gainPool.preAllocate(9);
    assert.equal(manager.nodePools.gainPool.getStats().available, 2);
    assert.equal(new AudioMemoryManager(offline(), { preAllocate: [] }).getStats().audioBuffers, 0);
  });

  it('hands out and takes back', () => {
    const context = offline();
    const manager = new AudioMemoryManager(context);
    const buffer = manager.acquireBuffer(2, 2048);
    assert.equal(manager.getStats().audioBuffers, 19);
    manager.releaseBuffer(buffer);
    fails(() => manager.releaseBuffer(buffer), 'InvalidStateError', /./);
    const oscillator = manager.acquireNode(OscillatorNode);
    assert.ok(oscillator instanceof OscillatorNode);
    manager.releaseNode(oscillator);
    fails(() => manager.releaseNode(oscillator), 'InvalidStateError', /released before/);
    fails(() => manager.releaseNode(context.createGain()), 'InvalidAccessError', /none of its pools/);
    fails(() => manager.releaseNode(new AudioMemoryManager(context).acquireNode(GainNode)),
      'InvalidAccessError', /none/);
    fails(() => manager.releaseNode(5), 'TypeError', /not an AudioNode/);
  });

  it('bad options are told', () => {
    const context = offline();
    fails(() => new AudioMemoryManager(5), 'TypeError', /BaseAudioContext/);
    fails(() => new AudioMemoryManager(context, { pool: 1 }), 'TypeError', /'pool'/);
    fails(() => new AudioMemoryManager(context, { pressure: { medium: 5, high: 1 } }), 'RangeError',
      /pressure/);
    fails(() => new AudioMemoryManager(context, { pressure: { low: 1 } }), 'TypeError', /'low'/);
  });
});

describe('M3.3 stats', () => {
  it('nodes of all pools of the context, delays and voices too', () => {
    const context = offline();
    const manager = new AudioMemoryManager(context);
    assert.equal(manager.getStats().audioNodes, 0);
    manager.nodePools.gainPool.acquire();
    manager.nodePools.delayPool.preAllocate(2);
    const voices = new VoicePool(context, { nodes: { source: OscillatorNode, filter: BiquadFilterNode,
      amp: GainNode } });
    voices.play(10);
    assert.equal(manager.getStats().audioNodes, 3 + 3);
    offline().createGain();
    assert.equal(manager.getStats().audioNodes, 6);
  });

  it('bytes: everything, by category', () => {
    const manager = new AudioMemoryManager(offline());
    const before = manager.getStats();
    manager.nodePools.delayPool.acquire();
    const after = manager.getStats();
    assert.equal(Object.values(after.categories).reduce((sum, each) => sum + each, 0), after.estimatedBytes);
    assert.ok(after.categories.delayLines - before.categories.delayLines >= 5 * 48000 * 4);
    assert.ok(after.peakBytes >= after.estimatedBytes);
    assert.equal(after.budget, 100000000);
  });
});

describe('M3.4 pressure', () => {
  // Alone in a process: it tells of all that the thread allocates.
  const levels = async (text) => (await program(`
    const context = new OfflineAudioContext(1, 48000, 48000);
    const manager = new AudioMemoryManager(context, { preAllocate: [] });
    const pool = manager.nodePools.gainPool;
    pool.preAllocate(10);
    new VoicePool(context, { nodes: { a: GainNode } });
    await new Promise((resolve) => { setTimeout(resolve, 1200); });
    ${text}
    console.log(manager.getStats().gcPressure, manager.getStats().gcPressure);`)).out.trim();

  it('low while nothing is made, pool hits included; reading does not change it', async () => {
    assert.equal(await levels(`
      for (let count = 0; count < 5000; count++) pool.release(pool.acquire());`), 'low low');
  });

  it('medium above 50 a second, high above 100', async () => {
    assert.equal(await levels('for (let count = 0; count < 49; count++) context.createGain();'), 'low low');
    assert.equal(await levels('for (let count = 0; count < 80; count++) context.createGain();'),
      'medium medium');
    assert.equal(await levels('for (let count = 0; count < 150; count++) context.createGain();'),
      'high high');
    assert.equal(await levels('for (let count = 0; count < 150; count++) context.createBuffer(1, 1, 48000);'),
      'high high');
  });

  it('thresholds of its own', () => {
    const context = offline();
    const strict = new AudioMemoryManager(context, { pressure: { medium: 0, high: 0 }, preAllocate: [] });
    const lax = new AudioMemoryManager(context, { pressure: { medium: 1e6, high: 1e7 }, preAllocate: [] });
    context.createGain();
    assert.deepEqual([strict.getStats().gcPressure, lax.getStats().gcPressure], ['high', 'low']);
    assert.ok(lax.getStats().objectsPerSecond >= 1);
  });

  it("what JavaScript's collector does is told", async () => {
    const manager = new AudioMemoryManager(offline(), { preAllocate: [] });
    const before = manager.getStats().gc;
    await gc(2);
    const after = manager.getStats().gc;
    assert.ok(after.major > before.major);
    assert.ok(after.pauseMs > before.pauseMs && after.longestPauseMs > 0);
  });
});

describe('M3.5 budget', () => {
  it('is enforced, and can be changed', () => {
    const context = offline();
    const manager = new AudioMemoryManager(context, { preAllocate: [] });
    const { budget } = manager;
    try {
      manager.trim();
      manager.budget = manager.getStats().estimatedBytes + 1000000;
      fails(() => manager.acquireBuffer(2, 1000000), 'QuotaExceededError', /budget/);
      fails(() => manager.acquireNode(GainNode) && context.createDelay(60), 'QuotaExceededError', /budget/);
      assert.ok(manager.getStats().refused >= 2);
      fails(() => {
        manager.budget = 1000;
      }, 'QuotaExceededError', /./);
      fails(() => {
        manager.budget = 'much';
      }, 'TypeError', /budget/);
    } finally {
      setBudget(budget);
    }
    manager.acquireBuffer(2, 1000000);
  });

  it('a soft limit is told once per crossing', async () => {
    const told = [];
    const context = offline();
    const manager = new AudioMemoryManager(context, { preAllocate: [],
      onsoftlimit: (event) => told.push(event) });
    const turn = async () => {
      await task();
      await task();
    };
    await gc(8); // what other contexts held
    try {
      assert.equal(manager.softLimit, 0);
      const softLimit = manager.getStats().estimatedBytes + 4000000;
      manager.softLimit = softLimit;
      const small = manager.acquireBuffer(1, 10000);
      await turn();
      assert.deepEqual(told, []);
      const large = manager.acquireBuffer(1, 8000000);
      await turn();
      assert.deepEqual(told, [{ used: told[0].used, softLimit }]);
      assert.ok(told[0].used > softLimit);
      manager.acquireBuffer(1, 1000);
      await turn();
      assert.equal(told.length, 1);
      manager.releaseBuffer(large);
      manager.releaseBuffer(small);
      manager.trim();
      manager.acquireBuffer(1, 1000);
      await turn();
      context.createDelay(100);
      await turn();
      assert.equal(told.length, 2);
      fails(() => {
        manager.softLimit = NaN;
      }, 'TypeError', /softLimit/);
    } finally {
      manager.destroy();
    }
    assert.equal(manager.softLimit, 0);
  });

  it('trim gives back what is idle', () => {
    const manager = new AudioMemoryManager(offline(), { preAllocate: [[2, 300000]] });
    const before = manager.getStats().estimatedBytes;
    assert.ok(manager.trim() >= 10 * 2 * 300000 * 4);
    assert.ok(manager.getStats().estimatedBytes <= before - 10 * 2 * 300000 * 4);
    assert.equal(manager.getStats().audioBuffers, 0);
    fails(() => manager.trim(-1), 'TypeError', /trim/);
  });
});

describe('M4 AudioProfiler', () => {
  const render = async (context) => {
    const source = context.createOscillator();
    source.connect(context.destination);
    source.start();
    await context.startRendering();
  };

  it("the journal's metrics, of an offline context also when it is over", async () => {
    const context = offline(48000);
    const profiler = new AudioProfiler(context);
    assert.deepEqual([profiler.getMetrics().contextTime, profiler.getMetrics().renderQuantum], [0, 128]);
    let inside;
    context.suspend(0.512).then(() => {
      inside = profiler.getMetrics();
      context.resume();
    });
    await render(context);
    assert.equal(inside.contextTime, 0.512);
    assert.ok(inside.processingLoad > 0 && inside.processingLoad < 1);
    assert.equal(inside.quanta, 192);
    assert.ok(inside.load.p50 <= inside.load.p99 && inside.load.p99 <= inside.load.p999 &&
      inside.load.p999 <= inside.load.max * 1.02);
    assert.deepEqual(profiler.getMetrics(), inside); // the last that was read
  });

  it('in real time', async () => {
    const context = silent();
    const profiler = new AudioProfiler(context);
    await context.resume();
    while (profiler.getMetrics().callbacks < 5) await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    const metrics = profiler.getMetrics();
    assert.equal(metrics.latency, context.baseLatency + context.outputLatency);
    assert.ok(metrics.bufferUnderruns === null || metrics.bufferUnderruns >= 0);
    assert.ok(metrics.averageLatency >= metrics.minimumLatency &&
      metrics.averageLatency <= metrics.maximumLatency);
    profiler.reset();
    assert.ok(profiler.getMetrics().callbacks <= metrics.callbacks);
    await context.close();
    fails(() => profiler.reset(), 'InvalidStateError', /closed/);
    fails(() => new AudioProfiler(context), 'InvalidStateError', /closed/);
    fails(() => new AudioProfiler({}), 'TypeError', /BaseAudioContext/);
  });

  it('M4.4 log writes the line of the journal', async () => {
    const { out } = await program(`
      const context = new OfflineAudioContext(1, 48000, 48000);
      const profiler = new AudioProfiler(context);
      context.suspend(0.512).then(() => { profiler.log(); context.resume(); });
      await context.startRendering();`);
    const line = out.replace(/\s+/g, ' ').trim();
    assert.match(line, /^\[AudioProfiler\] \{ time: '0\.51s', load: '\d+\.\d%', underruns: /);
    assert.match(line, /underruns: (\d+|'unavailable'), latency: '\d+\.\dms' \}$/);
  });

  it('M4.6 a snapshot of everything', async () => {
    const context = offline(9600);
    const profiler = new AudioProfiler(context);
    profiler.setNodeTiming(1);
    const manager = new AudioMemoryManager(context);
    const voices = Array.from({ length: 40 }, () => new VoicePool(context, { nodes: { a: GainNode } }));
    let seen;
    context.suspend(0.1).then(() => {
      seen = profiler.snapshot();
      assert.equal(manager.getStats().audioNodes, voices.length);
      context.resume();
    });
    await render(context);
    assert.equal(seen.renderQuantum, 128);
    assert.equal(seen.memory.budgetBytes, 100000000);
    assert.ok(seen.pools.length >= 43);
    assert.ok(seen.typeCosts.some((row) => row.type === 'Oscillator'));
    assert.ok(JSON.stringify(seen).length > 4096);
  });

  it('M4.6 a trace', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wavepool-'));
    const path = join(folder, 'trace.json');
    try {
      const context = offline(9600);
      const profiler = new AudioProfiler(context);
      fails(() => profiler.traceEnd(path), 'InvalidStateError', /./);
      profiler.traceBegin();
      fails(() => profiler.traceBegin(), 'InvalidStateError', /./);
      context.suspend(0.1).then(() => {
        profiler.traceEnd(path);
        context.resume();
      });
      await render(context);
      assert.ok(existsSync(path));
      const trace = JSON.parse(readFileSync(path, 'utf8'));
      assert.ok(trace.traceEvents.length > 10);
      fails(() => profiler.traceBegin(0), 'RangeError', /events/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
