// Goal: what nobody can hear or reach comes back to the engine, and nothing else. Method: counts of nodes and
// bytes under a collector that is called.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calls, slots } from '../src/host/node.mjs';
import { contextState } from '../src/generated/interfaces.mjs';
import { ConstantSourceNode, DelayNode, GainNode, event, gc, memory, offline, silent,
  task } from './helpers.mjs';

const weak = (object) => new WeakRef(object);

// Nodes alive in the engine, by what making all that the budget allows would say: bytes of nodes.
const bytes = () => {
  const now = memory();
  return now.nodes + now.params + now.delayLines + now.objects;
};

function churn(context, count) {
  for (let index = 0; index < count; index++) {
    const source = context.createOscillator();
    const gain = context.createGain();
    gain.gain.setValueAtTime(1, 0);
    source.connect(gain).connect(context.destination);
  }
}

describe('wrappers', () => {
  it('and their nodes go when they are dropped', async () => {
    const context = offline();
    churn(context, 1000);
    await gc();
    const before = bytes();
    for (let round = 0; round < 20; round++) {
      churn(context, 1000);
      await gc(2);
    }
    assert.ok(bytes() < 1.5 * before, `${bytes()} bytes, ${before} before`);
  });

  it('of delays bring back their lines', async () => {
    const context = offline();
    const before = memory().delayLines;
    const kept = context.createGain();
    for (let index = 0; index < 10; index++) new DelayNode(context, { maxDelayTime: 10 }).connect(kept);
    assert.ok(memory().delayLines >= before + 10 * 10 * 48000 * 4);
    await gc();
    assert.equal(memory().delayLines, before);
    assert.ok(kept);
  });

  it('that are held keep their nodes', async () => {
    const context = offline(256);
    const source = new ConstantSourceNode(context);
    (() => source.connect(new GainNode(context, { gain: 3 })).connect(context.destination))();
    await gc();
    source.start(); // the gain has no wrapper any more, and is there
    const buffer = await context.startRendering();
    assert.equal(buffer.getChannelData(0)[5], 3);
  });

  it('a param holds its node', async () => {
    const context = offline(256);
    const param = (() => {
      const gain = new GainNode(context);
      gain.connect(context.destination);
      const source = new ConstantSourceNode(context);
      source.connect(gain);
      source.start();
      return gain.gain;
    })();
    await gc();
    param.value = 5;
    assert.equal((await context.startRendering()).getChannelData(0)[5], 5);
  });

  it('one that lives on does not keep all that was made with it', async () => {
    const context = offline();
    const kept = [];
    const round = async () => {
      kept.push(context.createGain());
      churn(context, 2000);
      await gc(2);
    };
    await round();
    const before = bytes();
    for (let count = 0; count < 5; count++) await round();
    assert.ok(bytes() < 1.2 * before, `${bytes()} bytes, ${before} before`);
    assert.equal(kept.length, 6);
  });
});

describe('sources', () => {
  it('give their node back as soon as they have ended, with the wrapper still there', async () => {
    const context = silent();
    await context.resume();
    const kept = [];
    const wave = async () => {
      const now = Array.from({ length: 500 }, () => {
        const source = context.createConstantSource();
        source.connect(context.destination);
        source.start();
        source.stop(context.currentTime + 0.001);
        return source;
      });
      kept.push(...now);
      await Promise.all(now.map((source) => event(source, 'ended')));
      await task();
    };
    await wave();
    const before = bytes();
    for (let count = 0; count < 5; count++) await wave();
    assert.ok(bytes() < 1.5 * before, `${bytes()} bytes, ${before} before`);
    assert.equal(kept.length, 3000);
    await context.close();
  });

  it('play on without a wrapper, and tell their listeners', async () => {
    const context = offline(4800);
    let ended = 0;
    let reference;
    (() => {
      const source = new ConstantSourceNode(context);
      source.connect(context.destination);
      source.start();
      source.stop(0.05);
      source.onended = () => ended++;
      reference = weak(source);
    })();
    await gc();
    const buffer = await context.startRendering();
    assert.equal(buffer.getChannelData(0)[2000], 1);
    await task();
    assert.equal(ended, 1);
    await gc();
    assert.equal(reference.deref(), undefined);
  });

  it('without listeners have no wrapper while they play', async () => {
    const context = silent();
    await context.resume();
    const reference = (() => {
      const source = context.createOscillator();
      source.connect(context.destination);
      source.start();
      return weak(source);
    })();
    await gc();
    assert.equal(reference.deref(), undefined);
    await context.close();
  });
});

describe('contexts', () => {
  it('closed ones give all back at once', async () => {
    await gc();
    const first = offline(128);
    churn(first, 10);
    await first.startRendering();
    const before = memory().used;
    const kept = [];
    for (let count = 0; count < 50; count++) {
      const context = offline(128);
      churn(context, 100);
      kept.push(context, new DelayNode(context, { maxDelayTime: 1 }));
      await context.startRendering();
    }
    assert.ok(memory().used < before + 200000, `${memory().used} bytes, ${before} before`);
    assert.equal(kept.length, 100);
  });

  it('that are dropped go, with what was scheduled in them', async () => {
    const round = async () => {
      const references = Array.from({ length: 20 }, () => {
        const context = offline();
        const source = new ConstantSourceNode(context);
        source.onended = () => {};
        source.connect(context.destination);
        source.start();
        return weak(context);
      });
      await gc(8);
      assert.ok(references.every((each) => each.deref() === undefined));
      return memory().objects;
    };
    const before = await round();
    assert.equal(await round(), before);
  });

  it('that play are held', async () => {
    const reference = (() => weak(silent()))();
    await gc();
    const context = reference.deref();
    assert.ok(context);
    await context.close();
  });

  it('a suspended one that nobody holds goes', async () => {
    const reference = await (async () => {
      const context = silent();
      context.createOscillator().start();
      await context.suspend();
      return weak(context);
    })();
    await gc(8);
    assert.equal(reference.deref(), undefined);
  });

  it('one whose nodes are held is held', async () => {
    const node = (() => offline().createGain())();
    await gc();
    assert.equal(node.context.destination.context, node.context);
    const { pointer } = contextState(node.context);
    slots[0] = pointer;
    calls.contextClock();
    assert.equal(slots[0], 0);
  });
});
