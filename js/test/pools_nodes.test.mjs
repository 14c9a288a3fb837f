// Goal: NodePool and AudioNodePools do what the journal says (M2.1 to M2.6), and tell misuse. Method: a
// context that is suspended, where what is released is back at once; renders where it is about sound.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioNodePools, AudioWorkletNode, BiquadFilterNode, ConstantSourceNode, DelayNode, GainNode,
  NodePool,
  OfflineAudioContext, OscillatorNode, event, gc, memory, offline, program, setBudget, silent, task }
  from './helpers.mjs';

const fails = (f, name, part) => assert.throws(f, (error) => {
  assert.equal(error.name, name);
  assert.match(error.message, part);
  return true;
});

const gains = (context, options) => new NodePool(context, () => context.createGain(), options);

describe('M2.1 factories and sizes', () => {
  it('the factory runs when nothing is idle, and not else', () => {
    const context = offline();
    let runs = 0;
    const pool = new NodePool(context, () => {
      runs++;
      return context.createGain();
    });
    const first = pool.acquire();
    pool.release(first);
    assert.equal(pool.acquire(), first);
    assert.equal(runs, 1);
    assert.notEqual(pool.acquire(), first);
    assert.equal(runs, 2);
  });

  it('twenty idle ones are kept by default, or as many as are asked for', () => {
    for (const [options, kept] of [[undefined, 20], [3, 3], [{ maxSize: 5 }, 5], [0, 0]]) {
      const pool = gains(offline(), options);
      const nodes = Array.from({ length: 25 }, () => pool.acquire());
      nodes.forEach((node) => pool.release(node));
      const { available, dropped, inUse } = pool.getStats();
      assert.deepEqual([available, dropped, inUse], [kept, 25 - kept, 0]);
    }
  });

  it('preAllocate has them ready, and no more than fit', () => {
    const pool = gains(offline(), 4);
    assert.equal(pool.preAllocate(3), 3);
    assert.equal(pool.preAllocate(2), 3);
    assert.equal(pool.preAllocate(10), 4);
    assert.deepEqual(pool.getStats(), { available: 4, inUse: 0, returning: 0, created: 4, reused: 0,
      dropped: 0, peak: 0 });
    pool.acquire();
    assert.equal(pool.getStats().reused, 1);
    assert.equal(pool.trim(1), 2);
    assert.equal(pool.getStats().available, 1);
  });

  it('maxLive is a cap', () => {
    const pool = gains(offline(), { maxLive: 2 });
    const first = pool.acquire();
    pool.acquire();
    fails(() => pool.acquire(), 'QuotaExceededError', /live_max is 2/);
    pool.release(first);
    assert.equal(pool.acquire(), first);
  });

  it('bad factories are told', () => {
    const context = offline();
    const acquire = (factory) => () => new NodePool(context, factory).acquire();
    fails(() => new NodePool(context, null), 'TypeError', /factory/);
    fails(acquire(() => 5), 'TypeError', /AudioNode/);
    fails(acquire(() => offline().createGain()), 'InvalidAccessError', /another context/);
    fails(acquire(() => context.destination), 'NotSupportedError', /AudioDestinationNode/);
    fails(acquire(() => {
      const gain = context.createGain();
      gain.connect(context.destination);
      return gain;
    }), 'InvalidStateError', /connected/);
    fails(acquire(() => {
      const source = context.createOscillator();
      source.start();
      return source;
    }), 'InvalidStateError', /started/);
    const pool = gains(context);
    fails(acquire(() => pool.acquire()), 'InvalidStateError', /belongs to a pool/);
    let count = 0;
    const mixed = new NodePool(context, () => (count++ === 0 ? context.createGain() : context.createDelay()));
    mixed.acquire();
    fails(() => mixed.acquire(), 'TypeError', /DelayNode/);
    fails(acquire(() => {
      throw new RangeError('mine');
    }), 'RangeError', /mine/);
  });

  it('bad arguments are told', () => {
    const context = offline();
    fails(() => new NodePool({}, () => null), 'TypeError', /BaseAudioContext/);
    fails(() => gains(context, { maxsize: 3 }), 'TypeError', /'maxsize'/);
    fails(() => gains(context, -1), 'RangeError', /maxSize is -1/);
    fails(() => gains(context, 1.5), 'RangeError', /maxSize is 1.5/);
    const pool = gains(context);
    const node = pool.acquire();
    fails(() => pool.release(node, 'soon'), 'TypeError', /'soon' is none of 'now'/);
    fails(() => pool.release(node, 'toString'), 'TypeError', /none of/);
    fails(() => pool.release(node, 'fade', 11), 'RangeError', /fade_s/);
    fails(() => pool.release(node, 'fade', -1), 'RangeError', /fadeTime/);
    pool.release(node, 'fade', 0.01);
  });
});

describe('M2.2 release', () => {
  it('a second release, a foreign node and a stranger are told, and change nothing', () => {
    const context = offline();
    const pool = gains(context), other = gains(context);
    const node = pool.acquire(), foreign = other.acquire();
    pool.release(node);
    const before = pool.getStats();
    fails(() => pool.release(node), 'InvalidStateError', /released before/);
    fails(() => pool.release(foreign), 'InvalidAccessError', /not of this pool/);
    fails(() => pool.release(context.createGain()), 'InvalidAccessError', /not of this pool/);
    fails(() => pool.release({}), 'TypeError', /not an AudioNode/);
    assert.deepEqual(pool.getStats(), before);
    assert.equal(other.getStats().inUse, 1);
  });

  it('whoever uses a released node is told', () => {
    const context = offline();
    const pool = gains(context);
    const node = pool.acquire();
    pool.release(node);
    fails(() => {
      node.gain.value = 3;
    }, 'InvalidStateError', /released|stale/);
    fails(() => node.connect(context.destination), 'InvalidStateError', /released|stale/);
  });

  it('inputs, outputs and param inputs are cut', async () => {
    const context = offline(256);
    const pool = gains(context);
    const one = new ConstantSourceNode(context);
    one.start();
    const node = pool.acquire();
    one.connect(node).connect(context.destination);
    one.connect(node.gain);
    pool.release(node);
    pool.acquire().connect(context.destination);
    assert.deepEqual(new Set((await context.startRendering()).getChannelData(0)), new Set([0]));
  });

  it('with a fade, after the tail, or when it has ended by itself', async () => {
    const RATE = 48000;
    for (const [mode, heard] of [['now', [0, 0, 0]], ['fade', [0.9, 0, 0]], ['when-done', [1, 1, 0]]]) {
      const context = offline(4096);
      const pool = new NodePool(context, () => new ConstantSourceNode(context));
      const source = pool.acquire();
      source.connect(context.destination);
      source.start();
      source.stop(3000 / RATE);
      context.suspend(128 / RATE).then(() => {
        pool.release(source, mode, 0.01);
        context.resume();
      });
      const frames = (await context.startRendering()).getChannelData(0);
      assert.equal(frames[100], 1);
      [160, 2000, 3500].forEach((frame, index) => {
        assert.ok(Math.abs(frames[frame] - heard[index]) <= (mode === 'fade' && index === 0 ? 0.2 : 0),
          `${mode}: frame ${frame} is ${frames[frame]}`);
      });
    }
  });

  it('after the tail: a delay rings out', async () => {
    const context = offline(4096);
    const pool = new NodePool(context, () => new DelayNode(context,
      { maxDelayTime: 0.03, delayTime: 1024 / 48000 }));
    const source = new ConstantSourceNode(context);
    const delay = pool.acquire();
    source.connect(delay).connect(context.destination);
    source.start();
    context.suspend(512 / 48000).then(() => {
      pool.release(delay, 'after-tail');
      assert.deepEqual([pool.getStats().inUse, pool.getStats().returning], [0, 1]);
      context.resume();
    });
    context.suspend(3840 / 48000).then(() => {
      assert.equal(pool.getStats().returning, 0);
      context.resume();
    });
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[1030], frames[1500], frames[1600]], [1, 1, 0]);
  });
});

describe('M2.3 reuse', () => {
  it('a node comes back as its factory made it', () => {
    const context = offline();
    const pool = new NodePool(context, () => new BiquadFilterNode(context,
      { type: 'highpass', frequency: 1000, Q: 3 }));
    const node = pool.acquire();
    node.type = 'notch';
    node.frequency.value = 50;
    node.frequency.automationRate = 'k-rate';
    node.Q.setValueAtTime(9, 0);
    node.channelCount = 1;
    node.channelCountMode = 'explicit';
    node.channelInterpretation = 'discrete';
    pool.release(node);
    assert.equal(pool.acquire(), node);
    assert.deepEqual([node.type, node.frequency.value, node.frequency.automationRate, node.Q.value,
      node.channelCount,
      node.channelCountMode, node.channelInterpretation], ['highpass', 1000, 'a-rate', 3, 2, 'max',
        'speakers']);
  });

  it('without listeners, and without events that were on their way', async () => {
    const context = silent();
    await context.resume();
    const pool = new NodePool(context, () => new ConstantSourceNode(context));
    const source = pool.acquire();
    let count = 0;
    source.addEventListener('ended', () => count++);
    source.onended = () => count++;
    source.start();
    source.stop();
    await event(source, 'ended');
    assert.equal(count, 2);
    pool.release(source);
    assert.equal(source.onended, null);
    while (pool.getStats().available === 0) await task();
    assert.equal(pool.acquire(), source);
    source.start();
    source.stop();
    const ended = event(source, 'ended');
    await ended;
    assert.equal(count, 2);
    await context.close();
  });

  it('sounds to the bit like a fresh one', async () => {
    const play = (context, source, filter) => {
      source.frequency.value = 330;
      source.connect(filter).connect(context.destination);
      filter.frequency.setValueAtTime(400, 0.01);
      filter.frequency.linearRampToValueAtTime(4000, 0.05);
      source.start(0.012345);
      source.stop(0.08);
    };
    const fresh = offline(8192);
    play(fresh, fresh.createOscillator(), fresh.createBiquadFilter());
    const wanted = (await fresh.startRendering()).getChannelData(0);

    const context = offline(16384);
    const sources = new NodePool(context, () => context.createOscillator());
    const filters = new NodePool(context, () => context.createBiquadFilter());
    const used = [sources.acquire(), filters.acquire()];
    used[0].type = 'square';
    used[0].connect(used[1]).connect(context.destination);
    used[1].Q.value = 20;
    used[0].start();
    context.suspend(4096 / 48000).then(() => {
      sources.release(used[0]);
      filters.release(used[1]);
      const again = [sources.acquire(), filters.acquire()];
      assert.deepEqual(again, used);
      const begin = 4096 / 48000;
      again[0].frequency.value = 330;
      again[0].connect(again[1]).connect(context.destination);
      again[1].frequency.setValueAtTime(400, begin + 0.01);
      again[1].frequency.linearRampToValueAtTime(4000, begin + 0.05);
      again[0].start(begin + 0.012345);
      again[0].stop(begin + 0.08);
      context.resume();
    });
    const heard = (await context.startRendering()).getChannelData(0).subarray(4096, 4096 + 8192);
    let worst = 0;
    for (let frame = 0; frame < wanted.length; frame++) worst = Math.max(worst,
      Math.abs(heard[frame] - wanted[frame]));
    assert.ok(worst < 2e-6, `${worst}`); // the ramp's times are sums of rounded ones
    assert.ok(wanted.some((each) => Math.abs(each) > 0.1));
  });

  it('debug: a wrapper stands for one use alone', () => {
    const context = offline();
    const pool = gains(context, { debug: true });
    const first = pool.acquire();
    pool.release(first);
    const second = pool.acquire();
    assert.notEqual(second, first);
    assert.deepEqual([pool.getStats().created, pool.getStats().reused], [1, 1]);
    fails(() => {
      first.gain.value = 2;
    }, 'InvalidStateError', /stale|released|gone/);
    fails(() => pool.release(first), 'InvalidStateError', /released before/);
    second.gain.value = 2;
    assert.equal(second.gain.value, 2);
    pool.release(second);
  });
});

describe('M2.4, M2.5 releaseAll and stats', () => {
  it('all of them are back', () => {
    const pool = gains(offline(), 30);
    const nodes = Array.from({ length: 25 }, () => pool.acquire());
    pool.release(nodes[3]);
    pool.releaseAll();
    assert.deepEqual(pool.getStats(), { available: 25, inUse: 0, returning: 0, created: 25, reused: 0,
      dropped: 0, peak: 25 });
    fails(() => pool.release(nodes[0]), 'InvalidStateError', /released before/);
    assert.equal(new Set(Array.from({ length: 25 }, () => pool.acquire())).size, 25);
  });

  it('any order of releases keeps account', () => {
    const pool = gains(offline(), 8);
    const out = new Set();
    let seed = 1;
    const random = (below) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    for (let step = 0; step < 2000; step++) {
      if (out.size > 0 && random(2) === 0) {
        const node = [...out][random(out.size)];
        out.delete(node);
        pool.release(node);
      } else {
        const node = pool.acquire();
        assert.equal(out.has(node), false);
        node.gain.value = step;
        assert.equal(node.gain.value, step);
        out.add(node);
        if (out.size > 12) {
          pool.releaseAll();
          out.clear();
        }
      }
      const { inUse, available, returning } = pool.getStats();
      assert.equal(inUse, out.size);
      assert.ok(available <= 8 && returning === 0);
    }
  });
});

describe('M2.6 AudioNodePools', () => {
  it("the journal's three", () => {
    const pools = new AudioNodePools(offline());
    assert.ok(pools.gainPool.acquire() instanceof GainNode);
    assert.ok(pools.filterPool.acquire() instanceof BiquadFilterNode);
    assert.equal(pools.delayPool.acquire().delayTime.maxValue, 5);
    for (const pool of [pools.gainPool, pools.filterPool, pools.delayPool]) {
      assert.ok(pool instanceof NodePool);
      assert.equal(pool.getStats().inUse, 1);
    }
    pools.releaseAll();
    assert.equal(pools.gainPool.getStats().available, 1);
  });

  it('and one of any other type', () => {
    const context = offline();
    const pools = new AudioNodePools(context, { maxSize: 2 });
    const pool = pools.pool(OscillatorNode);
    assert.equal(pools.pool(OscillatorNode), pool);
    assert.equal(pools.pool(GainNode), pools.gainPool);
    const nodes = Array.from({ length: 3 }, () => pool.acquire());
    assert.ok(nodes[0] instanceof OscillatorNode);
    nodes.forEach((node) => pool.release(node));
    assert.equal(pool.getStats().available, 2);
    fails(() => pools.pool('gain'), 'TypeError', /class of nodes/);
    assert.throws(() => pools.pool(AudioWorkletNode).acquire());
  });

  it('a source that has ended plays again', async () => {
    const context = offline(1024);
    const pool = new NodePool(context, () => new ConstantSourceNode(context));
    const play = (when) => {
      const source = pool.acquire();
      source.connect(context.destination);
      source.start(when);
      source.stop(when + 128 / 48000);
      return source;
    };
    const first = play(0);
    context.suspend(256 / 48000).then(() => {
      pool.release(first);
      assert.equal(play(512 / 48000), first);
      assert.equal(pool.getStats().created, 1);
      context.resume();
    });
    const frames = (await context.startRendering()).getChannelData(0);
    assert.deepEqual([frames[5], frames[300], frames[520], frames[700]], [1, 0, 1, 0]);
  });
});

describe('budget and life', () => {
  it('over the budget acquire throws, and nothing has changed', () => {
    const context = offline();
    const pool = new NodePool(context, () => context.createDelay(100));
    const { used, budget } = memory();
    assert.ok(setBudget(used + 4000000));
    try {
      fails(() => pool.acquire(), 'QuotaExceededError', /budget/);
      assert.deepEqual([pool.getStats().inUse, pool.getStats().created], [0, 0]);
    } finally {
      setBudget(budget);
    }
    assert.ok(pool.acquire() instanceof DelayNode);
  });

  it('a closed context takes its pools with it', async () => {
    const context = silent();
    const pool = gains(context);
    const node = pool.acquire();
    await context.close();
    fails(() => pool.acquire(), 'InvalidStateError', /closed/);
    fails(() => pool.getStats(), 'InvalidStateError', /closed/);
    pool.release(node);
    fails(() => pool.release(node), 'InvalidStateError', /released before/);
    fails(() => gains(context), 'InvalidStateError', /closed/);
  });

  it('a destroyed pool gives all back', () => {
    const context = offline();
    const pool = new NodePool(context, () => context.createDelay(10));
    pool.preAllocate(3);
    pool.acquire();
    assert.ok(memory().delayLines > 3 * 10 * 48000 * 4);
    pool.destroy();
    fails(() => pool.acquire(), 'InvalidStateError', /destroyed/);
    context.createGain();
    assert.equal(new NodePool(context, () => context.createDelay(10)).getStats().created, 0);
  });

  it('what nobody holds goes, what is handed out is held', async () => {
    const context = offline();
    await gc();
    const before = memory().objects;
    (() => {
      for (let count = 0; count < 50; count++) gains(context).preAllocate(2);
    })();
    assert.ok(memory().objects > before);
    await gc(8);
    assert.ok(memory().objects <= before + 1000, `${memory().objects} bytes, ${before} before`);

    const source = new ConstantSourceNode(context);
    source.start();
    (() => source.connect(gains(context).acquire()).connect(context.destination))();
    await gc(8);
    assert.equal((await context.startRendering()).getChannelData(0)[500], 1);
  });

  it('a program ends when its pooled sources have ended, and not before', async () => {
    const { code, out } = await program(`
      const context = new AudioContext({ sinkId: { type: 'none' } });
      await context.resume();
      const pool = new NodePool(context, () => context.createConstantSource());
      const source = pool.acquire();
      source.connect(context.destination);
      source.start();
      source.stop(context.currentTime + 0.2);
      pool.release(source, 'when-done');
      const held = new NodePool(context, () => context.createGain()).acquire();
      process.on('exit', () => console.log(context.currentTime >= 0.2));`);
    assert.deepEqual([code, out], [0, 'true\n']);
  });

  it('steady churn makes no nodes and takes no memory', async () => {
    const context = new OfflineAudioContext(1, 48000, 48000);
    const sources = new NodePool(context, () => context.createOscillator()), amplifiers = gains(context);
    const play = () => {
      const source = sources.acquire(), gain = amplifiers.acquire();
      gain.gain.setValueAtTime(1, context.currentTime);
      source.connect(gain).connect(context.destination);
      source.start();
      source.stop(context.currentTime + 0.02);
      sources.release(source, 'when-done');
      amplifiers.release(gain, 'when-done');
    };
    const counts = [];
    for (let turn = 0; turn < 90; turn++) {
      context.suspend((turn + 1) * 0.01).then(() => {
        for (let note = 0; note < 3; note++) play();
        counts.push([memory().used, sources.getStats().created, amplifiers.getStats().created]);
        context.resume();
      });
    }
    await context.startRendering();
    assert.deepEqual(counts[89], counts[30]);
    assert.ok(counts[89][1] < 20);
  });
});
