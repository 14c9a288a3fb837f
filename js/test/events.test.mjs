// Goal: nodes and contexts are EventTargets in every respect, though a node's internals are made late.
// Method: the same questions to a node, a context, and a plain EventTarget.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLean, leanTargetsWork } from '../src/impl/brands.mjs';
import { AudioNode, OfflineAudioCompletionEvent, event, offline, program, task } from './helpers.mjs';

const objects = {
  'a node': () => offline().createGain(),
  'a source': () => offline().createOscillator(),
  'a context': () => offline(),
  'an EventTarget': () => new EventTarget(),
};

for (const [name, make] of Object.entries(objects)) {
  describe(name, () => {
    it('listens, in order, once, and no more', () => {
      const target = make();
      const log = [];
      const first = (e) => log.push(['first', e.type, e.target === target, e.currentTarget === target]);
      target.addEventListener('x', first);
      target.addEventListener('x', first);
      target.addEventListener('x', { handleEvent: () => log.push('object') }, { once: true });
      assert.equal(target.dispatchEvent(new Event('x')), true);
      target.dispatchEvent(new Event('y'));
      target.removeEventListener('x', first);
      target.dispatchEvent(new Event('x'));
      assert.deepEqual(log, [['first', 'x', true, true], 'object']);
      target.addEventListener('x', (e) => e.preventDefault());
      assert.equal(target.dispatchEvent(new Event('x', { cancelable: true })), false);
    });

    it('is told apart from others of its kind', () => {
      const [one, other] = [make(), make()];
      let count = 0;
      one.addEventListener('x', () => count++);
      other.dispatchEvent(new Event('x'));
      assert.equal(count, 0);
      const { signal } = Object.assign(new AbortController(), {});
      one.addEventListener('y', () => count++, { signal });
      one.dispatchEvent(new Event('y'));
      assert.equal(count, 1);
    });

    it('has no enumerable properties of its own', () => {
      const target = make();
      target.addEventListener('x', () => {});
      assert.deepEqual(Object.keys(target), []);
      assert.ok(target instanceof EventTarget);
    });
  });
}

it('the short cut for nodes is taken, and its test would find out', () => {
  assert.equal(leanTargetsWork(), true);
  assert.equal(isLean, true);
  const { dispatchEvent } = EventTarget.prototype;
  EventTarget.prototype.dispatchEvent = () => true;
  try {
    assert.equal(leanTargetsWork(), false);
  } finally {
    EventTarget.prototype.dispatchEvent = dispatchEvent;
  }
  const { getOwnPropertySymbols } = Object;
  Object.getOwnPropertySymbols = () => [];
  try {
    assert.equal(leanTargetsWork(), false);
  } finally {
    Object.getOwnPropertySymbols = getOwnPropertySymbols;
  }
});

it('internals appear with the first listener', () => {
  const node = offline().createGain();
  assert.equal(Object.getOwnPropertySymbols(node).length, 0);
  node.removeEventListener('x', () => {});
  assert.ok(Object.getOwnPropertySymbols(node).length > 0);
  assert.throws(() => AudioNode.prototype.addEventListener('x', () => {}), TypeError);
  assert.throws(() => Object.create(AudioNode.prototype).addEventListener('x', () => {}), TypeError);
});

describe('handlers', () => {
  it('keep their place among listeners', () => {
    const source = offline().createOscillator();
    const log = [];
    source.onended = () => log.push('first handler');
    source.addEventListener('ended', () => log.push('listener'));
    source.onended = function handler(e) {
      assert.equal(this, source);
      assert.equal(e.currentTarget, source);
      log.push('handler');
    };
    source.dispatchEvent(new Event('ended'));
    source.onended = null;
    source.dispatchEvent(new Event('ended'));
    source.onended = () => log.push('last');
    source.dispatchEvent(new Event('ended'));
    assert.deepEqual(log, ['handler', 'listener', 'listener', 'listener', 'last']);
  });

  it('that are objects or return false', () => {
    const source = offline().createOscillator();
    source.onended = { handleEvent: () => assert.fail('is not called') };
    source.dispatchEvent(new Event('ended'));
    source.onended = () => false;
    assert.equal(source.dispatchEvent(new Event('ended', { cancelable: true })), false);
  });
});

it('ended comes once for each source, with listeners that call back into the graph', async () => {
  const context = offline(4800);
  const log = [];
  const start = (index, frames) => {
    const source = context.createConstantSource();
    source.connect(context.destination);
    source.start(context.currentTime);
    source.stop(context.currentTime + frames / 48000);
    source.addEventListener('ended', (e) => {
      assert.equal(e.target, source);
      log.push(index);
      source.disconnect();
      source.disconnect(context.destination);
      source.connect(context.destination);
      source.offset.value = 3;
      assert.equal(source.offset.value, 3);
      assert.throws(() => source.start(), { name: 'InvalidStateError' });
      source.stop();
      if (index === 0) context.createGain().connect(context.destination);
    });
    return source;
  };
  start(0, 100);
  start(1, 200);
  await context.startRendering();
  await task();
  assert.deepEqual(log.sort(), [0, 1]);
});

it('an exception in a listener does not keep others from theirs', async () => {
  const { out } = await program(`
    process.on('uncaughtException', (error) => console.log(error.message));
    const context = new OfflineAudioContext(1, 256, 48000);
    for (const index of [0, 1]) {
      const source = new ConstantSourceNode(context);
      source.start();
      source.stop(0.001);
      source.onended = () => {
        console.log(index);
        throw new Error('mine');
      };
    }
    await context.startRendering();`);
  assert.deepEqual(out.split('\n').sort(), ['', '0', '1', 'mine', 'mine']);
});

it('state changes and completion are events in their order', async () => {
  const context = offline(256);
  const log = [];
  context.onstatechange = (e) => log.push([e.type, context.state]);
  context.oncomplete = (e) => {
    assert.ok(e instanceof OfflineAudioCompletionEvent);
    log.push([e.type, e.renderedBuffer.length]);
  };
  const done = event(context, 'complete');
  const buffer = await context.startRendering();
  assert.equal((await done).renderedBuffer, buffer);
  assert.deepEqual(log, [['statechange', 'running'], ['statechange', 'closed'], ['complete', 256]]);
});

it('completion events are made by users too', () => {
  const renderedBuffer = offline().createBuffer(1, 1, 48000);
  const made = new OfflineAudioCompletionEvent('complete', { renderedBuffer, bubbles: true });
  assert.deepEqual([made.type, made.renderedBuffer, made.bubbles, made.cancelable], ['complete',
    renderedBuffer, true,
    false]);
  assert.ok(made instanceof Event);
  assert.throws(() => new OfflineAudioCompletionEvent('complete'), TypeError);
  assert.throws(() => new OfflineAudioCompletionEvent('complete', {}), TypeError);
  assert.throws(() => new OfflineAudioCompletionEvent('complete', { renderedBuffer: {} }), TypeError);
});
