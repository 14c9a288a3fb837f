// Goal: AudioBuffer's contents, acquired and not, and decoding. Method: views before and after a node has
// taken the contents; a WAV file written here.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AudioBuffer, AudioBufferSourceNode, RATE, gc, memory, offline, wavFile as wav } from './helpers.mjs';

function filled(values) {
  const buffer = new AudioBuffer({ length: values.length, sampleRate: RATE });
  buffer.copyToChannel(Float32Array.from(values), 0);
  return buffer;
}

async function played(source) {
  source.connect(source.context.destination);
  return [...(await source.context.startRendering()).getChannelData(0).slice(0, 4)];
}

describe('contents', () => {
  it('attributes', () => {
    const buffer = offline().createBuffer(2, 441, 44100);
    assert.deepEqual([buffer.numberOfChannels, buffer.length, buffer.sampleRate, buffer.duration], [2, 441,
      44100,
      441 / 44100]);
    assert.throws(() => {
      buffer.length = 1;
    }, TypeError);
  });

  it('views are the same until they are acquired, and write through', () => {
    const buffer = new AudioBuffer({ length: 3, sampleRate: RATE, numberOfChannels: 2 });
    const view = buffer.getChannelData(1);
    assert.ok(view instanceof Float32Array);
    assert.deepEqual([...view], [0, 0, 0]);
    assert.equal(buffer.getChannelData(1), view);
    assert.notEqual(buffer.getChannelData(0), view);
    view[1] = 5;
    const out = new Float32Array(3);
    buffer.copyFromChannel(out, 1);
    assert.deepEqual([...out], [0, 5, 0]);
    assert.throws(() => buffer.getChannelData(2), { name: 'IndexSizeError' });
    assert.throws(() => buffer.getChannelData(-1), { name: 'IndexSizeError' });
    assert.equal(buffer.getChannelData('1'), view);
  });

  it('copies what fits', () => {
    const buffer = filled([1, 2, 3, 4]);
    const rows = [[[0, 0], 0, [1, 2]], [[0, 0], 3, [4, 0]], [[0, 0], 4, [0, 0]], [[0, 0], 4294967295, [0, 0]],
      [[], 0, []], [[0, 0, 0, 0, 9], 0, [1, 2, 3, 4, 9]]];
    for (const [start, offset, wanted] of rows) {
      const out = Float32Array.from(start);
      buffer.copyFromChannel(out, 0, offset);
      assert.deepEqual([...out], wanted);
    }
    buffer.copyToChannel(Float32Array.of(8, 9), 0, 3);
    assert.deepEqual([...buffer.getChannelData(0)], [1, 2, 3, 8]);
    buffer.copyToChannel(buffer.getChannelData(0).subarray(0, 3), 0, 1); // over itself
    assert.deepEqual([...buffer.getChannelData(0)], [1, 1, 2, 3]);
    const rejected = [[[new Float32Array(1), 1], 'IndexSizeError'], [[[1], 0], 'TypeError'],
      [[new Float64Array(1), 0], 'TypeError'], [[new Float32Array(new SharedArrayBuffer(4)), 0],
        'TypeError']];
    for (const [given, name] of rejected) {
      assert.throws(() => buffer.copyFromChannel(...given), { name });
      assert.throws(() => buffer.copyToChannel(...given), { name });
    }
  });
});

describe('acquired contents', () => {
  it('are as they were at start', async () => {
    const context = offline(128);
    const buffer = filled([1, 2, 3, 4]);
    const view = buffer.getChannelData(0);
    const source = new AudioBufferSourceNode(context, { buffer });
    view[0] = 9; // not acquired yet
    source.start();
    assert.equal(view.length, 0);
    assert.equal(view.buffer.byteLength, 0);
    const next = buffer.getChannelData(0);
    assert.deepEqual([...next], [9, 2, 3, 4]);
    next.fill(7);
    buffer.copyToChannel(Float32Array.of(6), 0);
    assert.deepEqual(await played(source), [9, 2, 3, 4]);
    assert.deepEqual([...next], [6, 7, 7, 7]);
  });

  it('also by the setter after start, and by copyToChannel alone', async () => {
    const context = offline(128);
    const buffer = filled([1, 2, 3, 4]);
    const source = new AudioBufferSourceNode(context);
    source.start();
    const view = buffer.getChannelData(0);
    source.buffer = buffer;
    assert.equal(view.length, 0);
    buffer.copyToChannel(Float32Array.of(5, 5, 5, 5), 0);
    assert.deepEqual(await played(source), [1, 2, 3, 4]);
  });

  it('cost no copy when nobody looks at them', () => {
    const context = offline(128);
    const buffer = new AudioBuffer({ length: 100000, sampleRate: RATE });
    const before = memory().buffers;
    for (let count = 0; count < 100; count++) new AudioBufferSourceNode(context, { buffer }).start();
    assert.equal(memory().buffers, before);
  });

  it('in two contexts', async () => {
    const buffer = filled([1, 2, 3, 4]);
    for (let count = 0; count < 2; count++) {
      const source = new AudioBufferSourceNode(offline(128), { buffer });
      source.start();
      assert.deepEqual(await played(source), [1, 2, 3, 4]);
    }
  });

  it('without a buffer nothing is heard', async () => {
    const source = new AudioBufferSourceNode(offline(128));
    source.start();
    assert.deepEqual(await played(source), [0, 0, 0, 0]);
  });
});

it('memory comes back with the wrapper, not before the last view', async () => {
  await gc();
  const before = memory().buffers;
  let view = new AudioBuffer({ length: 1000000, sampleRate: RATE }).getChannelData(0);
  view[999999] = 3;
  await gc();
  assert.ok(memory().buffers >= before + 4000000);
  assert.equal(view[999999], 3);
  view = null;
  await gc();
  assert.equal(memory().buffers, before);
});

it('dropped buffers come back well before the budget is used up', async () => {
  for (let count = 0; count < 300; count++) {
    new AudioBuffer({ length: 250000, sampleRate: RATE });
    // A collector that has begun may be held up where the machine is busy.
    for (let waits = 0; memory().used > 70e6 && waits < 300; waits++) {
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
    assert.ok(memory().used < 70e6); // of 100 MB; 40 where nothing else runs
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
});

// -- decoding -----------------------------------------------------------------------------------------------

describe('decodeAudioData', () => {
  it('resolves, calls back, and detaches', async () => {
    const context = offline();
    const data = wav([0, 0.5, -0.5, 0.25]);
    let called;
    const callback = new Promise((resolve) => {
      called = resolve;
    });
    const decoding = context.decodeAudioData(data, called, () => assert.fail('no error'));
    assert.equal(data.byteLength, 0);
    const buffer = await decoding;
    assert.ok(buffer instanceof AudioBuffer);
    assert.deepEqual([...buffer.getChannelData(0)], [0, 0.5, -0.5, 0.25]);
    assert.equal(await callback, buffer);
    const again = await context.decodeAudioData(wav(new Array(100).fill(0.5), 24000), null, undefined);
    assert.deepEqual([again.length, again.sampleRate], [200, RATE]);
  });

  it('rejects what is no audio, and what is detached', async () => {
    const context = offline();
    for (const bytes of [new ArrayBuffer(0), new ArrayBuffer(100), wav([]).slice(0, 30)]) {
      let heard;
      const callback = new Promise((resolve) => {
        heard = resolve;
      });
      await assert.rejects(context.decodeAudioData(bytes, null, heard), { name: 'EncodingError' });
      assert.equal((await callback).name, 'EncodingError');
      assert.equal(bytes.byteLength, 0);
    }
    const data = wav([0]);
    await context.decodeAudioData(data);
    await assert.rejects(context.decodeAudioData(data), { name: 'DataCloneError' });
    for (const wrong of [null, {}, new Uint8Array(4), new SharedArrayBuffer(4)]) {
      await assert.rejects(context.decodeAudioData(wrong), TypeError);
    }
    await assert.rejects(context.decodeAudioData(wav([0]), 1), TypeError);
  });

  it('many at once, on a closed context too', async () => {
    const context = offline();
    await context.close();
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => context.decodeAudioData(
      wav(new Array(index + 1).fill(0)))));
    assert.deepEqual(all.map((each) => each.length), all.map((_, index) => index + 1));
  });
});
